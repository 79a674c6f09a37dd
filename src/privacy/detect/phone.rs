//! Phone numbers in text.
//!
//! Knows international numbers and the national ways of grouping that cannot be taken for anything else;
//! no numbering plans. Invariant: a bare run of digits, a date, a time, a version or a coordinate is not one.

use std::ops::RangeInclusive;

use super::{Find, digits, next_digit};
use crate::privacy::Category;
use crate::privacy::glance::{COLON, Glance, PLUS_AND_DIGIT};

/// With `tel:` before it a number may be one within a town.
const LOCAL: RangeInclusive<usize> = 6..=15;
/// ITU-T E.164.
const E164: RangeInclusive<usize> = 8..=15;
/// With the zero in front that the country dials.
const TRUNK: RangeInclusive<usize> = 9..=12;
const GROUPS: usize = 8;

/// Whether a text of which this was seen can hold a phone number.
pub const fn may_stand(glance: &Glance) -> bool {
    glance.digits >= *TRUNK.start()
        || glance.digits >= *E164.start() && glance.any(PLUS_AND_DIGIT)
        || glance.digits >= *LOCAL.start() && glance.any(COLON)
}

pub fn find(text: &[u8], finds: &mut Vec<Find>) {
    let mut at = 0;
    while let Some(digit) = next_digit(text, at) {
        at = digit + digits(text, digit);
        let before = &text[..digit];
        let number = || Number::read(text, digit);
        let length = match before {
            [.., b'+'] => number().international(text, before),
            _ if ends_with_tel(before) => number().prefix(text, LOCAL),
            _ if follows_a_word_or_number(before) => None,
            _ => number().national(text),
        };
        if let Some(end) = length {
            // The sign and an opening bracket belong to it.
            let open = before.iter().rev().take_while(|byte| matches!(byte, b'+' | b'(')).count();
            finds.push(Find { span: digit - open..end, category: Category::Contact, address: None });
            at = end;
        }
    }
}

/// Digits in groups.
struct Number {
    groups: [Group; GROUPS],
    count: usize,
    /// It starts inside a bracket.
    bracketed: bool,
}

#[derive(Clone, Copy, Default)]
struct Group {
    start: usize,
    digits: usize,
    /// What stands before it: the first character of the gap.
    gap: u8,
}

impl Group {
    fn end(&self) -> usize {
        self.start + self.digits
    }
}

impl Number {
    fn read(text: &[u8], start: usize) -> Self {
        let bracketed = start > 0 && text[start - 1] == b'(';
        let mut number = Self { groups: [Group::default(); GROUPS], count: 0, bracketed };
        let (mut at, mut gap, mut total) = (start, 0, 0);
        while number.count < GROUPS && total <= *E164.end() {
            let digits = digits(text, at);
            if digits == 0 {
                break;
            }
            number.groups[number.count] = Group { start: at, digits, gap };
            (number.count, total) = (number.count + 1, total + digits);
            let end = at + digits;
            let length = gap_len(&text[end..]);
            if length == 0 {
                break;
            }
            (at, gap) = (end + length, text[end]);
        }
        number
    }

    fn groups(&self) -> &[Group] {
        &self.groups[..self.count]
    }

    /// Where the longest start of it ends that has so many digits.
    fn prefix(&self, text: &[u8], digits: RangeInclusive<usize>) -> Option<usize> {
        (1..=self.count)
            .rev()
            .filter(|&count| digits.contains(&self.groups[..count].iter().map(|group| group.digits).sum()))
            .map(|count| self.groups[count - 1].end())
            .find(|&end| ends_well(text, end))
    }

    /// `+1 (555) 010-4477`.
    fn international(&self, text: &[u8], before: &[u8]) -> Option<usize> {
        let glued = before.len() > 1 && before[before.len() - 2].is_ascii_alphabetic();
        let first = self.groups[0];
        let end = self.prefix(text, E164)?;
        // With one dot it may be a coordinate, unless it is a country code and a whole number.
        let decimal = self.count > 1
            && self.groups[1].gap == b'.'
            && end == self.groups[1].end()
            && !(first.digits <= 3 && matches!(self.groups[1].digits, 9..=10));
        (!glued && text[first.start] != b'0' && !decimal).then_some(end)
    }

    /// As it is dialed within a country, or out of it.
    fn national(&self, text: &[u8]) -> Option<usize> {
        self.with_two_zeros(text).or_else(|| self.trunk(text)).or_else(|| self.american(text))
    }

    /// `0049 30 1234567`.
    fn with_two_zeros(&self, text: &[u8]) -> Option<usize> {
        let number = &text[self.groups[0].start..];
        let international =
            number.starts_with(b"00") && number.get(2).is_some_and(|digit| (b'1'..=b'9').contains(digit));
        international.then(|| self.prefix(text, 11..=15)).flatten()
    }

    /// `030/1234567`, `01 23 45 67 89`, `07700 900123`: a zero, an area or network, and the rest.
    fn trunk(&self, text: &[u8]) -> Option<usize> {
        let [area, second, rest @ ..] = self.groups() else { return None };
        let number = &text[area.start..area.end()];
        let zero_led = matches!(number, [b'0', b'1'..=b'9', ..]) && (2..=6).contains(&area.digits);
        let short = second.digits < 2 || rest.iter().any(|group| group.digits < 2);
        let decimal = second.gap == b'.' && rest.is_empty();
        let slashes = rest.iter().any(|group| group.gap == b'/');
        if !zero_led || short || decimal || slashes || self.is_date(text) {
            return None;
        }
        let end = self.prefix(text, TRUNK)?;
        (end > area.end()).then_some(end)
    }

    /// `(555) 010-4477`, `555-010-4477`.
    fn american(&self, text: &[u8]) -> Option<usize> {
        let one = usize::from(self.groups[0].digits == 1 && text[self.groups[0].start] == b'1');
        let [area, exchange, line, ..] = self.groups().get(one..)? else { return None };
        let grouped = [area.digits, exchange.digits, line.digits] == [3, 3, 4];
        let area_code = (b'2'..=b'9').contains(&text[area.start]);
        let bracketed = exchange.gap == b')' && (self.bracketed || one == 1);
        let marked = bracketed || (matches!(exchange.gap, b'-' | b'.') && line.gap == exchange.gap);
        let last = self.count == one + 3 || !matches!(self.groups[one + 3].gap, b'-' | b'.' | b'/');
        (grouped && area_code && marked && last && ends_well(text, line.end())).then(|| line.end())
    }

    /// Day, month, year: `01.02.2024`.
    fn is_date(&self, text: &[u8]) -> bool {
        let [a, b, c, ..] = self.groups() else { return false };
        let small = |group: &Group| group.digits <= 2 && text[group.start] <= b'3';
        let year = c.digits == 4 && matches!(text[c.start..c.end()], [b'1', b'9', ..] | [b'2', b'0', ..]);
        small(a) && small(b) && year
    }
}

/// One space, dash, dot or slash, or one of these with a bracket.
fn gap_len(text: &[u8]) -> usize {
    let plain = |byte: u8| matches!(byte, b' ' | b'-' | b'.' | b'/');
    match *text {
        [b'(' | b')', next, ..] if next.is_ascii_digit() => 1,
        [a, b @ (b'(' | b')'), next, ..] if (plain(a) || a == b')') && a != b && next.is_ascii_digit() => 2,
        [b')', b, next, ..] if plain(b) && next.is_ascii_digit() => 2,
        [a, next, ..] if plain(a) && next.is_ascii_digit() => 1,
        _ => 0,
    }
}

/// What follows does not make it part of something longer.
fn ends_well(text: &[u8], end: usize) -> bool {
    match text.get(end..).unwrap_or_default() {
        [next, ..] if next.is_ascii_alphanumeric() => false,
        [b'/', next, ..] => !next.is_ascii_digit(),
        [b'-' | b'.' | b':' | b'_', next, ..] => !next.is_ascii_alphanumeric(),
        _ => true,
    }
}

fn follows_a_word_or_number(before: &[u8]) -> bool {
    let before = before.strip_suffix(b"(").unwrap_or(before);
    match before {
        [.., last] if last.is_ascii_alphanumeric() => true,
        // A colon may follow a name ("Tel:0170 …") but not a number.
        [.., other, b':'] => other.is_ascii_digit(),
        [.., b'.' | b'-' | b'/' | b'_' | b'%' | b'#'] => true,
        [.., other, b' ' | b','] => other.is_ascii_digit(),
        _ => false,
    }
}

fn ends_with_tel(before: &[u8]) -> bool {
    let start = before.len().saturating_sub(4);
    before[start..].eq_ignore_ascii_case(b"tel:")
}

#[cfg(test)]
mod tests {
    use super::super::stretches;
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        stretches(text, find)
    }

    #[test]
    fn phone_numbers_are_found() {
        for number in [
            "+15550104477",
            "+1 555 010-4477",
            "+1 (555) 010-4477",
            "+1.555.010-4477",
            "+1.5550104477",
            "+49 (0)30 1234567",
            "+49 30/1234567",
            "+41 44 668 18 00",
            "0049 30 1234567",
            "0041446681800",
            "(555) 010-4477",
            "555-010-4477",
            "555.010.4477",
            "1-555-010-4477",
            "0170 5550123",
            "0170-5550123",
            "030/1234567",
            "(030) 1234567",
            "01 23 45 67 89",
            "01.23.45.67.89",
            "07700 900123",
            "020 7946 0958",
            "044 668 18 00",
        ] {
            assert_eq!(found(&format!("call {number}, please")), [number]);
            assert_eq!(found(number), [number]);
        }
        assert_eq!(found("tel:5550104477"), ["5550104477"]);
        assert_eq!(found("tel:+15550104477"), ["+15550104477"]);
        assert_eq!(found("310150+15550104477"), ["+15550104477"]);
        assert_eq!(found("+15550104477 20240102"), ["+15550104477"]);
        assert_eq!(found("+15550104477, 0170 5550123").len(), 2);
    }

    #[test]
    fn other_numbers_are_left_alone() {
        for text in [
            "2147483647",
            "1700000000123",
            "5550104477",
            "0123456789",
            "2024-01-02",
            "01.02.2024",
            "01-02-2024 12:30",
            "01.02.2024 12 30",
            "12:34:56",
            "2024-01-01T00:00:00+01:00",
            "Mon Jan 01 2024 00:00:00 GMT+0100",
            "+48.8577",
            "+48.857712",
            "+48.85770012345678",
            "0.12 345 678 901",
            "3.14159265358979",
            "47.3769, 8.5417",
            "4.17.21",
            "126.0.6478.122",
            "203.0.113.77",
            "1+2=3",
            "1e+10",
            "24/7/365",
            "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa",
            "01-23-45-67-89-ab",
            "01:23:45:67:89:ab",
            "GA1.1.1830572291.1795321900",
            "/030/1234567",
            "640 480 1024",
            "1 000 000",
            "100.200.3000",
            "++++",
            "978-3-16-148410-0",
            "12345-678-9012",
            "0x0170 55",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
