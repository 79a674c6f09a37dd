//! What a word reads as: a number in decimal, octal and hex, whatever is glued to it.
//!
//! Does not know addresses. Invariant: a reading is a number the word's digits spell, never one that it only resembles.

/// Up to three digits by themselves, as most numbers are: they read the same at each place of a chain.
pub struct Plain {
    decimal: u16,
    octal: Option<u16>,
    hex: Option<u16>,
}

impl Plain {
    pub fn read(word: &[u8]) -> Option<Self> {
        if word.len() > 3 || !word.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let based = |base| word.iter().fold(0, |number, digit| number * base + u16::from(digit - b'0'));
        let octal = word.iter().all(|digit| *digit < b'8').then(|| based(8));
        Some(Self { decimal: based(10), octal, hex: (word.len() == 2).then(|| based(16)) })
    }

    pub fn mask(&self, octets: [u8; 4]) -> u8 {
        let reads = |octet: u8| {
            let octet = u16::from(octet);
            self.decimal == octet || self.octal == Some(octet) || self.hex == Some(octet)
        };
        (0..4).fold(0, |mask, at| mask | u8::from(reads(octets[at])) << at)
    }
}

/// Whether a word is nothing but digits, and too many for an octet in any base, as times are.
pub fn is_long_number(word: &[u8]) -> bool {
    word.len() > 4 && word[0] != b'0' && word.iter().all(u8::is_ascii_digit)
}

/// What a word reads as at each place of a chain of octets: letters may be glued to its ends.
pub struct Places {
    first: Readings,
    inner: Readings,
    last: Readings,
}

/// A number as decimal, octal and hex.
type Readings = [Option<u32>; 3];

impl Places {
    pub fn new(word: &[u8]) -> Self {
        let inner = readings(word);
        let mut first = readings(trailing_number(word));
        // What looks like a sign of hex may be glued to a number as well.
        first[0] = first[0].or_else(|| readings(trailing_digits(word))[0]);
        Self { first, inner, last: readings(leading_number(word)) }
    }

    pub fn mask(&self, octets: [u8; 4]) -> u8 {
        let reads =
            |readings: &Readings, at: usize| u8::from(readings.contains(&Some(u32::from(octets[at])))) << at;
        let inner = (0..4).fold(0, |mask, at| mask | reads(&self.inner, at));
        inner | reads(&self.first, 0) | reads(&self.last, 3)
    }
}

fn readings(number: &[u8]) -> Readings {
    let short = |digits: &[u8]| digits.iter().skip_while(|digit| **digit == b'0').count() < 5;
    match number {
        [b'0', b'x' | b'X', digits @ ..] if short(digits) => [None, None, small(digits, 16)],
        _ if !short(number) => [None; 3],
        // Bare hex is read only where it could not be taken for a longer number.
        _ => [small(number, 10), small(number, 8), small(number, 16).filter(|_| is_hex_octet(number))],
    }
}

/// A number of fewer than five digits, zeros aside.
fn small(digits: &[u8], radix: u32) -> Option<u32> {
    let digit = |number: u32, byte: &u8| Some(number * radix + char::from(*byte).to_digit(radix)?);
    digits.iter().try_fold(0, digit).filter(|_| !digits.is_empty())
}

pub fn value<const RADIX: u32>(digits: &[u8]) -> Option<u128> {
    // Of so few digits a number fits into 64 bits in any base up to hex.
    if (1..=16).contains(&digits.len()) {
        let digit = |number: u64, byte: &u8| {
            Some(number * u64::from(RADIX) + u64::from(char::from(*byte).to_digit(RADIX)?))
        };
        return digits.iter().try_fold(0, digit).map(u128::from);
    }
    let digits = std::str::from_utf8(digits).ok()?;
    u128::from_str_radix(digits, RADIX).ok()
}

/// The number a word ends with, or the word itself.
pub fn trailing_number(word: &[u8]) -> &[u8] {
    let hex = word.windows(2).rposition(|pair| pair.eq_ignore_ascii_case(b"0x"));
    match (hex, trailing_digits(word)) {
        (Some(at), _) => &word[at..],
        (None, digits) if digits.is_empty() || is_hex_octet(word) => word,
        (None, digits) => digits,
    }
}

fn trailing_digits(word: &[u8]) -> &[u8] {
    &word[word.len() - word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count()..]
}

fn is_hex_octet(word: &[u8]) -> bool {
    word.len() == 2 && word.iter().all(u8::is_ascii_hexdigit)
}

/// The number a word begins with, or the word itself.
pub fn leading_number(word: &[u8]) -> &[u8] {
    let (prefix, digits): (usize, fn(&u8) -> bool) = match word {
        [b'0', b'x' | b'X', ..] => (2, u8::is_ascii_hexdigit),
        _ => (0, u8::is_ascii_digit),
    };
    match word[prefix..].iter().take_while(|byte| digits(byte)).count() {
        0 => word,
        _ if is_hex_octet(word) => word,
        count => &word[..prefix + count],
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_plain_number_reads_as_any_word_does(word in "[0-9]{1,3}", octets in any::<[u8; 4]>()) {
            let octets = [octets[0], word.parse().unwrap_or(octets[1]), octets[2] % 8, octets[3] % 100];
            prop_assert_eq!(Plain::read(word.as_bytes()).unwrap().mask(octets), Places::new(word.as_bytes()).mask(octets));
        }

        #[test]
        fn a_long_number_is_no_octet(word in "[0-9]{1,9}[a-f]?", octets in any::<[u8; 4]>()) {
            if is_long_number(word.as_bytes()) {
                prop_assert_eq!(Places::new(word.as_bytes()).mask(octets), 0);
            }
        }

        #[test]
        fn a_number_is_as_great_as_it_says(digits in "[0-9a-f]{0,34}", decimal in any::<bool>()) {
            let (radix, value) = if decimal { (10, value::<10>(digits.as_bytes())) } else { (16, value::<16>(digits.as_bytes())) };
            prop_assert_eq!(value, u128::from_str_radix(&digits, radix).ok());
        }
    }
}
