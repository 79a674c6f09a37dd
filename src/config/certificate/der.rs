//! DER (X.690 §8, §10), as far as certificates and OCSP responses need it: elements one after the other, and times.
//!
//! Knows tags and lengths; does not know what an element means. Invariant: what is not there is `None`, never a guess,
//! and no step reads beyond its element.

/// What is left to read of an element's content.
#[derive(Clone, Copy, Debug)]
pub struct Der<'a>(&'a [u8]);

pub const INTEGER: u8 = 0x02;
pub const OCTETS: u8 = 0x04;
pub const OBJECT: u8 = 0x06;
pub const ENUMERATED: u8 = 0x0a;
pub const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// `[number]` of the context, constructed: around another element.
pub const fn around(number: u8) -> u8 {
    0xa0 | number
}

/// `[number]` of the context, primitive: in place of another element's tag.
pub const fn instead(number: u8) -> u8 {
    0x80 | number
}

impl<'a> Der<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next element's tag.
    pub fn tag(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The next element: its tag, its content and all of its bytes.
    fn next(&mut self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk()?;
        let (length, rest) = match first {
            0..0x80 => (usize::from(first), rest),
            // A length of more than four bytes is of nothing that is read here.
            0x81..=0x84 => {
                let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (length.iter().fold(0, |all, byte| all << 8 | usize::from(*byte)), rest)
            }
            // No length that is said later (BER).
            0x80 | 0x85.. => return None,
        };
        let (content, after) = rest.split_at_checked(length)?;
        let (whole, _) = self.0.split_at(self.0.len() - after.len());
        self.0 = after;
        Some((tag, content, whole))
    }

    /// The content of the next element, if it is of this kind.
    pub fn content(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, ..)| *found == tag).map(|(_, content, _)| content)
    }

    /// Goes into the next element, if it is of this kind.
    pub fn within(&mut self, tag: u8) -> Option<Self> {
        self.content(tag).map(Self)
    }

    /// All bytes of the next element, if it is of this kind.
    pub fn whole(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().filter(|(found, ..)| *found == tag).map(|(.., whole)| whole)
    }

    /// Passes over the next element, if it is of this kind.
    pub fn skip(&mut self, tag: u8) {
        if self.tag() == Some(tag) {
            let _ = self.next();
        }
    }

    /// Passes over the next element, whatever it is.
    pub fn skip_any(&mut self) -> Option<()> {
        self.next().map(drop)
    }

    /// A time, in seconds since 1970; 0 for what was before.
    pub fn time(&mut self) -> Option<u64> {
        let (tag, digits, _) = self.next()?;
        let digits = digits.strip_suffix(b"Z")?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = |from: usize, to: usize| {
            let digits = digits.get(from..to)?;
            Some(digits.iter().fold(0, |all, digit| all * 10 + i64::from(digit - b'0')))
        };
        let (year, rest) = match (tag, digits.len()) {
            // Two digits mean 1950 to 2049 (RFC 5280 §4.1.2.5.1).
            (UTC_TIME, 12) => {
                (number(0, 2).map(|year| if year < 50 { 2000 + year } else { 1900 + year })?, 2)
            }
            (GENERALIZED_TIME, 14) => (number(0, 4)?, 4),
            _ => return None,
        };
        let part = |index: usize| number(rest + 2 * index, rest + 2 * index + 2);
        let (month, day) = (part(0)?, part(1)?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return None;
        }
        let seconds = days(year, month, day) * 86_400 + part(2)? * 3600 + part(3)? * 60 + part(4)?;
        Some(u64::try_from(seconds).unwrap_or(0))
    }
}

/// Days from 1970 to a date of our calendar, counted in years that begin in March, so that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(tag: u8, text: &str) -> Option<u64> {
        let bytes = [&[tag, text.len() as u8], text.as_bytes()].concat();
        Der::new(&bytes).time()
    }

    #[test]
    fn times_of_both_forms_are_seconds_since_1970() {
        assert_eq!(time(UTC_TIME, "700101000000Z"), Some(0));
        assert_eq!(time(UTC_TIME, "491231235959Z"), Some(2_524_607_999));
        assert_eq!(time(GENERALIZED_TIME, "20240229120000Z"), Some(1_709_208_000));
        assert_eq!(time(GENERALIZED_TIME, "20500301000000Z"), Some(2_529_705_600));
        assert_eq!(time(GENERALIZED_TIME, "19691231235959Z"), Some(0));
        assert_eq!(time(UTC_TIME, "500101000000Z"), Some(0));
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "Z",
            "20241301000000Z",
            "20240100000000Z",
            "2024010100000Z",
            "20240101000000",
            "2024010100000xZ",
        ] {
            assert_eq!(time(GENERALIZED_TIME, text), None, "{text}");
        }
        assert_eq!(time(OCTETS, "20240101000000Z"), None);
    }

    #[test]
    fn elements_are_read_in_both_forms_of_length_and_never_beyond_their_end() {
        let long = [&[OCTETS, 0x81, 0x80][..], &[7; 128]].concat();
        assert_eq!(Der::new(&long).content(OCTETS), Some(&[7; 128][..]));
        assert_eq!(Der::new(&long).whole(OCTETS), Some(&long[..]));
        assert_eq!(Der::new(&long).content(INTEGER), None);
        for cut in 0..long.len() {
            assert_eq!(Der::new(&long[..cut]).content(OCTETS), None, "{cut}");
        }
        assert_eq!(Der::new(&[OCTETS, 0x80, 0, 0]).content(OCTETS), None, "said later");
        assert_eq!(Der::new(&[OCTETS, 0x85, 0, 0, 0, 0, 1, 7]).content(OCTETS), None);
    }
}
