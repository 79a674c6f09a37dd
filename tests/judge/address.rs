//! Whether a text says an address, compared by value in any spelling.
//!
//! Knows the spellings of RFC 4291 and of `inet_aton`; shares no code with the engine it judges.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether the text says the IPv4 address: dotted, octal, hexadecimal, as one number, mapped, reversed for DNS.
pub fn says_v4(text: &str, address: Ipv4Addr) -> bool {
    let number = u32::from(address);
    stands(text, &address.to_string(), char::is_numeric)
        || runs(text, |c| c.is_ascii_digit()).any(|run| run.trim_start_matches('0') == number.to_string())
        || says_hex(text, number)
        || says_octets(text, address.octets())
        || v6_candidates(text).any(|candidate| {
            let bits = u128::from(candidate);
            let prefix = bits >> 32;
            (bits & 0xffff_ffff) as u32 == number && [0, 0xffff, 0x0064_ff9b_u128 << 64].contains(&prefix)
        })
}

/// Whether the text says the IPv6 address: any RFC 4291 form, bare digits, one number, reversed for DNS.
pub fn says_v6(text: &str, address: Ipv6Addr) -> bool {
    let lower = text.to_ascii_lowercase();
    let digits = format!("{:032x}", u128::from(address));
    let reversed: Vec<String> = digits.chars().rev().map(String::from).collect();
    let hex = |c: char| c.is_ascii_hexdigit();
    stands(&lower, &address.to_string(), hex)
        || stands(&lower, &digits, hex)
        || stands(&lower, &reversed.join("."), hex)
        || stands(&lower, &u128::from(address).to_string(), char::is_numeric)
        || v6_candidates(text).any(|candidate| candidate == address)
}

/// Whether the text says an address of the same /64: enough to know a household.
pub fn says_v6_network(text: &str, address: Ipv6Addr) -> bool {
    v6_candidates(text).any(|candidate| candidate.segments()[..4] == address.segments()[..4])
}

/// Whether a spelling stands in a text, and not as a part of a longer number.
fn stands(text: &str, spelling: &str, digit: fn(char) -> bool) -> bool {
    text.match_indices(spelling)
        .any(|(at, _)| !text[..at].ends_with(digit) && !text[at + spelling.len()..].starts_with(digit))
}

fn runs(text: &str, member: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(move |c| !member(c)).filter(|run| !run.is_empty())
}

fn says_hex(text: &str, number: u32) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.match_indices("0x").any(|(at, _)| {
        let digits = lower[at + 2..].split(|c: char| !c.is_ascii_hexdigit()).next().unwrap_or_default();
        u32::from_str_radix(digits, 16) == Ok(number)
    })
}

/// Four numbers with little between them, each decimal, octal or hexadecimal.
fn says_octets(text: &str, octets: [u8; 4]) -> bool {
    let words = words(text);
    let reversed = text.contains("in-addr");
    words.windows(4).any(|four| {
        let near = four.windows(2).all(|two| (1..=3).contains(&(two[1].start - two[0].end)));
        let alone = !four[0].after_dot;
        let says = |octets: [u8; 4]| {
            four.iter().zip(octets).enumerate().all(|(at, (word, octet))| word.says(octet, at == 3))
        };
        let mut backwards = octets;
        backwards.reverse();
        near && alone && (says(octets) || reversed && says(backwards))
    })
}

struct Word {
    letters: String,
    /// In characters.
    start: usize,
    end: usize,
    after_dot: bool,
}

impl Word {
    /// The last of four may have letters glued to its end.
    fn says(&self, octet: u8, last: bool) -> bool {
        let lower = self.letters.to_ascii_lowercase();
        let octet = u32::from(octet);
        if let Some(hex) = lower.strip_prefix("0x") {
            return u32::from_str_radix(hex, 16) == Ok(octet);
        }
        let digits = if last { lower.trim_end_matches(|c: char| !c.is_ascii_digit()) } else { &*lower };
        let digits =
            digits.split(|c: char| !c.is_ascii_digit()).next().filter(|found| last || *found == lower);
        digits.is_some_and(|digits| {
            digits.parse() == Ok(octet)
                || digits.starts_with('0') && u32::from_str_radix(digits, 8) == Ok(octet)
        })
    }
}

fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut before = ' ';
    for (at, c) in text.chars().enumerate() {
        if c.is_ascii_alphanumeric() {
            match words.last_mut().filter(|word| word.end == at) {
                Some(word) => {
                    word.letters.push(c);
                    word.end = at + 1;
                }
                None => {
                    words.push(Word { letters: c.into(), start: at, end: at + 1, after_dot: before == '.' })
                }
            }
        }
        before = c;
    }
    words
}

fn v6_candidates(text: &str) -> impl Iterator<Item = Ipv6Addr> {
    runs(text, |c| c.is_ascii_hexdigit() || c == ':' || c == '.')
        .filter(|run| run.matches(':').count() >= 2)
        .flat_map(|run| {
            let run = run.trim_matches('.');
            [run, run.trim_matches(':'), run.trim_start_matches(':'), run.trim_end_matches(':')]
        })
        .filter_map(|candidate| candidate.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 77);
    const V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0x1234, 0x5678, 0x9abc, 0xdef0, 0x1111, 0x2222);

    #[test]
    fn an_address_is_found_in_any_spelling() {
        for text in [
            "203.0.113.77",
            "ip203.0.113.77z",
            "203.0.113.77:51234",
            "3405803853",
            "0xcb00714d",
            "0xCB.0.0x71.77",
            "0313.00.0161.0115",
            "203.000.113.077",
            "203-0-113-77",
            "203, 0, 113, 77",
            "::ffff:cb00:714d",
            "0:0:0:0:0:ffff:203.0.113.77",
            "64:ff9b::cb00:714d",
            "77.113.0.203.in-addr.arpa",
        ] {
            assert!(says_v4(text, V4), "{text}");
        }
        for text in [
            "2001:db8:1234:5678:9abc:def0:1111:2222",
            "2001:0DB8:1234:5678:9abc:def0:17.17.34.34",
            "[2001:db8:1234:5678:9abc:def0:1111:2222]:443",
            "20010db8123456789abcdef011112222",
            "42540766416916595524585004440541536802",
        ] {
            assert!(says_v6(text, V6), "{text}");
        }
    }

    #[test]
    fn a_coarser_or_another_address_is_not_it() {
        for text in [
            "203.0.113.0",
            "1203.0.113.77",
            "203.0.113.771",
            "203.0.113.78",
            "13405803853",
            "::ffff:cb00:714e",
            "v=203.0.11.377",
        ] {
            assert!(!says_v4(text, V4), "{text}");
        }
        assert!(!says_v6("2001:db8:1234::", V6));
        assert!(!says_v6_network("2001:db8:1234::", V6));
        assert!(says_v6_network("2001:db8:1234:5678::1", V6));
    }
}
