//! IPv4 addresses in text.
//!
//! Knows dotted quads in every base and padding, dashed quads in host names, in-addr.arpa and one hex
//! number; does not know whose an address is. Invariant: every byte is read at most twice.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Range;

use super::address::{self, is_host, suffix_len};
use super::{Find, next_digit};

const ARPA: &[u8] = b".in-addr.arpa";

/// Whether a text has what parts the four numbers of an address, or what begins one in hex.
pub fn may_stand(text: &[u8]) -> bool {
    let mut parted = 0;
    for pair in text.windows(2) {
        match pair {
            [b'0', b'x' | b'X'] => return true,
            [b'.' | b'-' | b'_' | b']' | b')', b'0'..=b'9'] => parted += 1,
            _ => continue,
        }
        if parted == 3 {
            return true;
        }
    }
    false
}

/// Every plausible address of four numbers, or of one hex number.
pub fn find(text: &[u8], finds: &mut Vec<Find>) {
    let mut at = 0;
    while let Some(start) = next_digit(text, at) {
        let run = Run::read(text, start);
        at = run.next;
        if let Some((address, end)) = run.address(text) {
            finds.push(address::found(start..end, IpAddr::V4(address)));
            // Its last number is no other's first.
            at = at.max(end);
        }
    }
}

/// Numbers with one and the same separator between them.
struct Run {
    span: Range<usize>,
    separator: &'static [u8],
    /// The first four.
    numbers: [Number; 4],
    count: usize,
    /// Where the next run may begin.
    next: usize,
}

#[derive(Clone, Copy, Default)]
struct Number {
    value: Option<u32>,
    /// How many digits, `0x` not counted.
    digits: usize,
    /// The value in base eight, when a zero leads.
    octal: Option<u32>,
    hex: bool,
}

impl Run {
    fn read(text: &[u8], start: usize) -> Self {
        let (first, end) = Number::read(text, start);
        let mut run = Self { span: start..end, separator: b"", numbers: [first; 4], count: 1, next: end };
        let mut last = start;
        while let Some(separator) = separator(&text[run.span.end..]) {
            if run.count > 1 && separator != run.separator {
                // The last number may be the first of another run.
                run.next = last;
                break;
            }
            last = run.span.end + separator.len();
            let (number, end) = Number::read(text, last);
            if let Some(slot) = run.numbers.get_mut(run.count) {
                *slot = number;
            }
            (run.separator, run.count, run.span.end, run.next) = (separator, run.count + 1, end, end);
        }
        run
    }

    /// The address it spells, and where the spelling ends.
    fn address(&self, text: &[u8]) -> Option<(Ipv4Addr, usize)> {
        match self.count {
            1 => self.whole(text),
            4 => self.quad(text),
            _ => None,
        }
        .filter(|(address, _)| is_host(*address))
    }

    /// `0xcb00714d`.
    fn whole(&self, text: &[u8]) -> Option<(Ipv4Addr, usize)> {
        let [number, ..] = self.numbers;
        let alone = !text[..self.span.start].last().is_some_and(u8::is_ascii_alphanumeric)
            && !text.get(self.span.end).is_some_and(u8::is_ascii_alphanumeric);
        let value = number.value.filter(|_| alone && number.hex && number.digits == 8)?;
        Some((value.into(), self.span.end))
    }

    fn quad(&self, text: &[u8]) -> Option<(Ipv4Addr, usize)> {
        let zero_led = |number: &Number| number.octal.is_some() && number.digits > 1;
        // A zero in front is padding to three digits, or else the sign of base eight.
        let octal = self.numbers.iter().any(|number| zero_led(number) && number.digits > 3);
        let mut octets = [0; 4];
        for (octet, number) in octets.iter_mut().zip(&self.numbers) {
            let value = match (zero_led(number), octal) {
                (true, true) => number.octal,
                (true, false) if number.digits != 3 => None,
                _ => number.value,
            };
            *octet = u8::try_from(value?).ok()?;
        }
        if matches!(self.separator, b"-" | b"_") && !self.is_host_label(octets) {
            return None;
        }
        match suffix_len(&text[self.span.end..], ARPA) {
            Some(suffix) => {
                octets.reverse();
                Some((octets.into(), self.span.end + suffix))
            }
            None => Some((octets.into(), self.span.end)),
        }
    }

    /// Numbers with dashes are most often something else: they must look like `ip-203-0-113-77`.
    fn is_host_label(&self, octets: [u8; 4]) -> bool {
        let plain = |number: &Number| !number.hex && (number.digits == 1 || number.octal.is_none());
        self.numbers.iter().all(plain) && octets[0] > 0 && octets.iter().any(|&octet| octet > 99)
    }
}

impl Number {
    /// Reads the number at `at`, where a digit stands, and tells where it ends.
    fn read(text: &[u8], at: usize) -> (Self, usize) {
        let run = |from: usize, is: fn(&u8) -> bool| {
            &text[from..from + text[from..].iter().take_while(|byte| is(byte)).count()]
        };
        if matches!(text[at..], [b'0', b'x' | b'X', digit, ..] if digit.is_ascii_hexdigit()) {
            let digits = run(at + 2, u8::is_ascii_hexdigit);
            let number = Self { value: value(digits, 16), digits: digits.len(), octal: None, hex: true };
            return (number, at + 2 + digits.len());
        }
        let digits = run(at, u8::is_ascii_digit);
        let octal = digits.starts_with(b"0").then(|| value(digits, 8)).flatten();
        (Self { value: value(digits, 10), digits: digits.len(), octal, hex: false }, at + digits.len())
    }
}

fn value(digits: &[u8], radix: u32) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits.get(..digits.len().min(9))?).ok()?, radix)
        .ok()
        .filter(|_| digits.len() <= 8)
}

/// What stands between two numbers of an address, with a digit after it.
fn separator(text: &[u8]) -> Option<&'static [u8]> {
    const SEPARATORS: [&[u8]; 5] = [b".", b"-", b"_", b"[.]", b"(.)"];
    SEPARATORS.into_iter().find(|separator| {
        text.starts_with(separator) && text.get(separator.len()).is_some_and(u8::is_ascii_digit)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::addresses;
    use super::*;

    fn found(text: &str) -> Vec<(&str, String)> {
        addresses(text, find)
    }

    proptest! {
        #[test]
        fn what_cannot_stand_is_not_found(
            dense in "[0-9a-cx.()\\[\\]_-]{0,30}",
            numbers in prop::collection::vec("1?[1-9][0-9]?|0x[1-9a-f][0-9a-f]?", 0..6),
            separator in prop::sample::select(vec![".", "-", "_", "[.]", "(.)"]),
        ) {
            for text in [dense, numbers.join(separator)] {
                prop_assert!(may_stand(text.as_bytes()) || found(&text).is_empty(), "{}", text);
            }
        }
    }

    #[test]
    fn every_spelling_is_found_and_read() {
        for (text, span) in [
            ("203.0.113.77", "203.0.113.77"),
            ("203.0.113.77:51234", "203.0.113.77"),
            ("203.0.113.77/32", "203.0.113.77"),
            ("\"203.0.113.77\"", "203.0.113.77"),
            ("ip203.0.113.77z", "203.0.113.77"),
            ("It was 203.0.113.77.", "203.0.113.77"),
            ("203.0.113.77.dsl.example.net", "203.0.113.77"),
            ("http://203.0.113.77/x", "203.0.113.77"),
            ("/ip-203-0-113-77.compute.internal", "203-0-113-77"),
            ("host_203_0_113_77", "203_0_113_77"),
            ("3-203.0.113.77", "203.0.113.77"),
            ("203.000.113.077", "203.000.113.077"),
            ("0313.00.0161.0115", "0313.00.0161.0115"),
            ("0xcb.0x0.0x71.0x4d", "0xcb.0x0.0x71.0x4d"),
            ("0xCB.0.113.0115", "0xCB.0.113.0115"),
            ("ip=0xcb00714d&", "0xcb00714d"),
            ("203[.]0[.]113[.]77", "203[.]0[.]113[.]77"),
            ("77.113.0.203.in-addr.arpa", "77.113.0.203.in-addr.arpa"),
        ] {
            assert_eq!(found(text), [(span, "203.0.113.77".to_owned())], "{text}");
        }
        assert_eq!(found("10.0.0.9,203.0.113.77, 172.16.4.1").len(), 3);
        assert_eq!(found("10.0.0.9-10.0.0.11").len(), 2);
        assert_eq!(found("1.2.3.4").len(), 1);
    }

    #[test]
    fn ordinary_numbers_are_left_alone() {
        for text in [
            "4.17.21",
            "Chrome/126.0.0.0 Safari/537.36",
            "Chrome/126.0.6478.122",
            "465.0.0.33.78",
            "1.2.3.4.5",
            "0.1.2.3",
            "255.255.255.0",
            "300.1.2.3",
            "24/7/365",
            "12:34:56",
            "2024-01-02",
            "2024-01-02-03",
            "1-2-3-4",
            "12-34-56-78",
            "02.03.04.05",
            "2024-01-02.03.04.05",
            "4111-1111-1111-1111",
            "1-555-010-4477",
            "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa",
            "1700000000123",
            "3405803853",
            "0xff00ff00",
            "0xcb00714d0",
            "0x52908400098527886E0F7030069857D2E4169EE7",
            "1.3.6.1.4.1.311",
            "99999999999.1.1.1",
            "1920x1080",
            "3.14 2.71 1.41 0.5",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
