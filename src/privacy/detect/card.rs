//! Payment card numbers in text.
//!
//! Knows issuers' prefixes and lengths, customary grouping and the Luhn digit. Does not know whether a card
//! exists. Invariant: times in milliseconds or microseconds are not cards, no issuer starts with 1.

use super::{Find, digits, next_digit};
use crate::privacy::Category;
use crate::privacy::glance::Glance;

const MOST: usize = 19;
/// Diners Club's.
const FEWEST: usize = 14;

/// How digits are grouped on cards.
const GROUPINGS: [&[usize]; 4] = [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4], &[4, 4, 4, 4, 3]];

/// Whether a text of which this was seen can hold a card's number.
pub const fn may_stand(glance: &Glance) -> bool {
    glance.digits >= FEWEST
}

pub fn find(text: &[u8], finds: &mut Vec<Find>) {
    let mut at = 0;
    while let Some(start) = next_digit(text, at) {
        let bare = digits(text, start);
        at = start + bare;
        let end = match bare {
            4 => GROUPINGS.iter().find_map(|grouping| grouped(text, start, grouping)),
            13..=MOST => Some(at),
            _ => None,
        };
        if let Some(end) = end.filter(|&end| stands_alone(text, start, end) && is_card(&text[start..end])) {
            finds.push(Find { span: start..end, category: Category::Secret, address: None });
            at = end;
        }
    }
}

/// Where groups of these lengths end, parted by one and the same character.
fn grouped(text: &[u8], start: usize, grouping: &[usize]) -> Option<usize> {
    let separator = *text.get(start + grouping[0]).filter(|byte| matches!(byte, b' ' | b'-'))?;
    let mut end = start;
    for (group, &length) in grouping.iter().enumerate() {
        if group > 0 {
            end += usize::from(text.get(end) == Some(&separator));
        }
        if digits(text, end) != length {
            return None;
        }
        end += length;
    }
    let goes_on = text.get(end) == Some(&separator) && digits(text, end + 1) > 0;
    (!goes_on).then_some(end)
}

/// Not the inside of a word, a decimal fraction or a longer series.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).map(|at| text[at]);
    let after = text.get(end).copied();
    let in_word = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphabetic());
    let fraction = before == Some(b'.') && start > 1 && text[start - 2].is_ascii_digit();
    let whole_part = after == Some(b'.') && digits(text, end + 1) > 0;
    let series = before == Some(b'-') && start > 1 && text[start - 2].is_ascii_alphanumeric();
    let inside = in_word(before) && in_word(after);
    !(inside || fraction || whole_part || series)
}

fn is_card(spelled: &[u8]) -> bool {
    let mut number = [0; MOST];
    let mut length = 0;
    for digit in spelled.iter().filter(|byte| byte.is_ascii_digit()).take(MOST) {
        number[length] = digit - b'0';
        length += 1;
    }
    let number = &number[..length];
    is_issued(number) && luhn(number)
}

/// Whether an issuer has numbers that start like this and are this long.
fn is_issued(number: &[u8]) -> bool {
    let prefix = number.iter().take(4).fold(0, |prefix, digit| prefix * 10 + u32::from(*digit));
    match (number.len(), prefix) {
        (14, 3000..=3059 | 3600..=3699 | 3800..=3899) => true, // Diners Club
        (15, 3400..=3499 | 3700..=3799) => true,               // American Express
        (16, 4000..=4999) => true,                             // Visa
        (16, 5100..=5599 | 2221..=2720) => true,               // Mastercard
        (16, 6011 | 6440..=6499 | 6500..=6599 | 6200..=6299) => true, // Discover, UnionPay
        (16, 3528..=3589) => true,                             // JCB
        (16 | 18 | 19, 5018 | 5020 | 5038 | 5893 | 6304 | 6759..=6763) => true, // Maestro
        _ => false,
    }
}

/// ISO/IEC 7812-1, annex B.
fn luhn(number: &[u8]) -> bool {
    let sum: u32 = number
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| u32::from(*digit) * if at % 2 == 1 { 2 } else { 1 })
        .map(|digit| if digit > 9 { digit - 9 } else { digit })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::super::stretches;
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        stretches(text, find)
    }

    #[test]
    fn cards_are_found() {
        for card in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "3782 822463 10005",
            "6011111111111117",
            "30569309025904",
            "3056 930902 5904",
            "3530111333300000",
            "6759649826438453",
        ] {
            assert_eq!(found(&format!("card: {card}.")), [card]);
        }
        assert_eq!(found("card4111111111111111"), ["4111111111111111"]);
    }

    #[test]
    fn other_long_numbers_are_left_alone() {
        for text in [
            "4111111111111112",
            "1700000000123",
            "1700000000123456",
            "1234567812345670",
            "0.4111111111111111",
            "4111111111111111.5",
            "a4111111111111111b",
            "41111111111111111",
            "4111 1111 1111 1111 1111",
            "4111 1111-1111 1111",
            "8f14e45f-4111-1111-1111-1111",
            "0000000000000000",
            "2147483647",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
