//! Numbers that stand in for numbers.
//!
//! Knows decimal digits; does not know what the number counted. Invariant: a stand-in has as many digits, no zero in
//! front that was not there, and never becomes too large for a field that could hold the number.

use super::dice::Dice;

/// The largest number of so many digits that the smallest usual field with room for them can hold: 8 and 16 bits,
/// a signed 32, a float's 53, a signed 64, 64 bits.
fn largest(digits: u32) -> Option<u64> {
    Some(match digits {
        3 => u8::MAX.into(),
        5 => u16::MAX.into(),
        10 => i32::MAX as u64,
        16 => (1 << 53) - 1,
        19 => i64::MAX as u64,
        20 => u64::MAX,
        1..=18 => 10_u64.pow(digits) - 1,
        _ => return None,
    })
}

/// Puts a number of as many digits behind what is made already.
pub fn replace(digits: &str, dice: &mut Dice, made: &mut String) {
    let count = digits.len() as u32;
    let smallest = || 10_u64.pow(count - 1);
    match largest(count) {
        // Ten or thirteen digits from 1 may be a time: it becomes another, and never one to come.
        Some(_) if matches!(count, 10 | 13) && digits.starts_with('1') => {
            let times = smallest() / 10 * 7;
            made.push_str(&(smallest() + dice.below(times)).to_string());
        }
        Some(largest) if count > 1 && !digits.starts_with('0') => {
            let thrown = dice.below((largest - smallest()).saturating_add(1));
            made.push_str(&(smallest() + thrown).to_string());
        }
        _ => made.extend((0..count).map(|at| {
            let leads = at == 0 && count > 1 && !digits.starts_with('0');
            dice.of(if leads { b"123456789" } else { b"0123456789" })
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::super::dice::Seed;
    use super::*;

    fn stand_ins(digits: &str) -> impl Iterator<Item = String> {
        (0..200).map(move |throw| {
            let mut made = String::new();
            replace(digits, &mut Dice::new(&Seed::new([3; 32], 0), 0, throw), &mut made);
            made
        })
    }

    #[test]
    fn a_number_keeps_its_length_and_gets_no_zero_in_front() {
        let long = "9".repeat(30);
        for digits in ["7", "42", "255", "77123", "2147483647", "18446744073709551615", &long] {
            for made in stand_ins(digits) {
                assert_eq!(made.len(), digits.len(), "{digits}");
                assert!(digits.len() == 1 || !made.starts_with('0'), "{digits}: {made}");
            }
        }
        assert!(stand_ins("007712").all(|made| made.len() == 6));
        assert!(stand_ins("007712").any(|made| made.starts_with('0')));
    }

    #[test]
    fn a_number_is_never_too_large_for_what_held_it() {
        for most in
            ["255", "65535", "2147483647", "9007199254740991", "9223372036854775807", "18446744073709551615"]
        {
            let limit: u64 = most.parse().unwrap_or(0);
            assert!(
                stand_ins(most).all(|made| made.parse::<u64>().is_ok_and(|made| made <= limit)),
                "{most}"
            );
        }
    }

    #[test]
    fn a_time_becomes_another_that_has_passed() {
        for made in stand_ins("1795321900") {
            assert!((1_000_000_000..1_700_000_000).contains(&made.parse().unwrap_or(0)), "{made}");
        }
        assert!(stand_ins("1795321900123").all(|made| *made < *"1700000000000"));
    }
}
