//! IPv6 addresses in text.
//!
//! Knows every spelling of RFC 4291 §2.2, zones (RFC 4007 §11) and ip6.arpa; does not know whose an address
//! is. Invariant: bounded work for every byte, whatever the text.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use memchr::memchr_iter;

use super::address::{canonical, is_host, suffix_len};
use super::{Find, address};
use crate::privacy::glance::{GAP, Glance};

const ARPA: &[u8] = b".ip6.arpa";
/// Nibbles that spell a /64; fewer name a network, not a household.
const ARPA_LEAST: usize = 16;

/// An IPv6 address as it was read.
pub struct Reading {
    pub address: Ipv6Addr,
    pub end: usize,
    /// Groups spelled out, a dotted tail counting as two.
    groups: usize,
    dotted: bool,
}

/// So many colons part the groups of an address without a gap, if its tail is dotted.
const COLONS: usize = 6;

/// Whether a text of which this was seen has the colons of any address written with them.
pub const fn may_stand(glance: &Glance) -> bool {
    glance.any(GAP) || glance.colons >= COLONS
}

/// Every plausible address written with colons.
pub fn find(text: &[u8], finds: &mut Vec<Find>) {
    let mut done = 0;
    for colon in memchr_iter(b':', text) {
        if colon < done {
            continue;
        }
        let start = first_group(text, colon, done);
        if !may_begin(&text[start..]) {
            continue;
        }
        let Some(reading) = read(text, start, b':').filter(|reading| reading.is_plausible(text)) else {
            continue;
        };
        let colons = text[done..start].iter().rev().take_while(|byte| **byte == b':').count();
        // An address that came to stand behind two colons would be another one with them; one parts it from what is
        // before.
        let start = if text[start..].starts_with(b"::") { start - colons.saturating_sub(1) } else { start };
        done = reading.end + zone_len(&text[reading.end..]);
        finds.push(address::found(start..done, canonical(IpAddr::V6(reading.address))));
    }
}

/// Where the group that ends at a colon begins: at most four hex digits before it.
pub fn first_group(text: &[u8], colon: usize, floor: usize) -> usize {
    let digits = text[floor..colon].iter().rev().take(4).take_while(|byte| byte.is_ascii_hexdigit()).count();
    colon - digits
}

/// Reads the longest address that starts at `at`, its groups parted by `separator`.
pub fn read(text: &[u8], at: usize, separator: u8) -> Option<Reading> {
    let mut groups = [0_u16; 8];
    let (mut count, mut gap, mut end, mut dotted) = (0, None, at, false);
    if text[at..].starts_with(&[separator, separator]) {
        (gap, end) = (Some(0), at + 2);
    }
    while count < 8 {
        if count <= 6
            && let Some((tail, length)) = dotted_tail(&text[end..])
        {
            let [a, b, c, d] = tail.octets();
            groups[count] = u16::from_be_bytes([a, b]);
            groups[count + 1] = u16::from_be_bytes([c, d]);
            (count, end, dotted) = (count + 2, end + length, true);
            break;
        }
        let Some((group, length)) = hex_group(&text[end..]) else { break };
        groups[count] = group;
        (count, end) = (count + 1, end + length);
        match text[end..] {
            [a, b, ..] if a == separator && b == separator && gap.is_none() && count < 8 => {
                (gap, end) = (Some(count), end + 2);
            }
            [a, b, ..] if a == separator && b.is_ascii_hexdigit() && count < 8 => end += 1,
            _ => break,
        }
    }
    let address = match gap {
        None if count == 8 => groups,
        Some(gap) if count < 8 => {
            let mut spread = [0; 8];
            spread[..gap].copy_from_slice(&groups[..gap]);
            spread[8 - (count - gap)..].copy_from_slice(&groups[gap..count]);
            spread
        }
        _ => return None,
    };
    Some(Reading { address: address.into(), end, groups: count, dotted })
}

impl Reading {
    /// Whether it is an address rather than a path in code, a clock or a hardware address.
    fn is_plausible(&self, text: &[u8]) -> bool {
        let cut_short = text.get(self.end).is_some_and(u8::is_ascii_alphanumeric);
        if cut_short && self.groups < 4 {
            return false;
        }
        let routable =
            matches!(self.address.segments()[0], 0x2000..=0x3fff | 0xfc00..=0xfdff | 0xfe80..=0xfebf);
        routable
            || match canonical(IpAddr::V6(self.address)) {
                // Without a dotted tail, `::12:34` is more often anything else than an address of old.
                IpAddr::V4(v4) => is_host(v4) && (self.dotted || self.address.segments()[..6] != [0; 6]),
                IpAddr::V6(_) => false,
            }
    }
}

/// Whether an address that is plausible can begin with the group a text begins with.
fn may_begin(text: &[u8]) -> bool {
    match hex_group(text) {
        Some((group, _)) => group >> 13 == 1 || matches!(group, 0 | 0x64 | 0xfc00..=0xfdff | 0xfe80..=0xfebf),
        None => text.starts_with(b"::"),
    }
}

fn hex_group(text: &[u8]) -> Option<(u16, usize)> {
    let (mut group, mut length) = (0, 0);
    while let Some(digit) = text.get(length).and_then(|byte| char::from(*byte).to_digit(16)) {
        if length == 4 {
            return None;
        }
        (group, length) = (group << 4 | digit as u16, length + 1);
    }
    (length > 0).then_some((group, length))
}

fn dotted_tail(text: &[u8]) -> Option<(Ipv4Addr, usize)> {
    let dot = text.iter().take(4).position(|&byte| byte == b'.')?;
    let length = text.iter().take(15).take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let tail = std::str::from_utf8(&text[..length]).ok()?.trim_end_matches('.');
    (dot > 0).then_some(())?;
    Some((tail.parse().ok()?, tail.len()))
}

/// The length of a zone, `%eth0` or `%25eth0`. What could be a percent escape is left alone.
fn zone_len(text: &[u8]) -> usize {
    let Some(rest) = text.strip_prefix(b"%") else { return 0 };
    let rest = rest.strip_prefix(b"25").unwrap_or(rest);
    let name = rest.iter().take(16).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let escape = rest.iter().take(2).filter(|byte| byte.is_ascii_hexdigit()).count() == 2;
    if name == 0 || escape { 0 } else { text.len() - rest.len() + name }
}

/// Every address, or /64, written for ip6.arpa, in what others left of the text; they come in order.
pub fn find_arpa(text: &[u8], others: &[Find], finds: &mut Vec<Find>) {
    for dot in memchr_iter(b'.', text) {
        let Some(suffix) = suffix_len(&text[dot..], ARPA) else { continue };
        let others = &others[..others.partition_point(|find| find.span.start < dot)];
        let taken = [finds.last(), others.last()].into_iter().flatten().map(|find| find.span.end).max();
        let floor = taken.unwrap_or(0).min(dot);
        // Read backwards, so the highest nibble comes first.
        let (mut address, mut nibbles, mut start) = (0_u128, 0_usize, dot);
        while nibbles < 32
            && let Some(nibble) = nibble_before(&text[floor..], start - floor, nibbles == 0)
        {
            address |= nibble << (124 - 4 * nibbles);
            nibbles += 1;
            start -= if nibbles == 1 { 1 } else { 2 };
        }
        if nibbles >= ARPA_LEAST {
            finds.push(address::found(start..dot + suffix, canonical(IpAddr::V6(address.into()))));
        }
    }
}

/// The hex digit that ends at `end`, or, past the first, the one before the dot that ends there.
fn nibble_before(text: &[u8], end: usize, first: bool) -> Option<u128> {
    let end = if first { end } else { end.checked_sub(1).filter(|&dot| text[dot] == b'.')? };
    let digit = *text.get(end.checked_sub(1)?)?;
    char::from(digit).to_digit(16).map(u128::from)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::addresses;
    use super::*;

    fn found(text: &str) -> Vec<(&str, String)> {
        addresses(text, |text, finds| {
            find(text, finds);
            let others = std::mem::take(finds);
            find_arpa(text, &others, finds);
            finds.extend(others);
        })
    }

    proptest! {
        #[test]
        fn what_cannot_stand_is_not_read(text in "[0-9a-f:.]{0,40}", groups in "(2?[0-9a-f]:){0,8}((1[0-9]?\\.){3}1)?:?[0-9a-f]?") {
            for text in [text, groups] {
                let reads = (0..text.len()).any(|at| read(text.as_bytes(), at, b':').is_some());
                prop_assert!(may_stand(&Glance::of(&text)) || !reads, "{}", text);
            }
        }
    }

    #[test]
    fn every_spelling_is_found_and_read() {
        let mapped = "203.0.113.77";
        for (text, span, address) in [
            ("2001:db8::1", "2001:db8::1", "2001:db8::1"),
            ("[2001:DB8::1]:443", "2001:DB8::1", "2001:db8::1"),
            ("ip2001:db8::1,", "2001:db8::1", "2001:db8::1"),
            ("a:2001:db8::1", "2001:db8::1", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8::", "2001:db8::"),
            (
                "2001:0db8:0000:0000:0000:0000:0000:0001",
                "2001:0db8:0000:0000:0000:0000:0000:0001",
                "2001:db8::1",
            ),
            ("2001:db8:1:2:3:4:5:6:443", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2:3:4:5:6"),
            ("2001:db8::17.17.34.34.", "2001:db8::17.17.34.34", "2001:db8::1111:2222"),
            ("fe80::1%eth0", "fe80::1%eth0", "fe80::1"),
            ("fe80::1%25eth0/x", "fe80::1%25eth0", "fe80::1"),
            ("2001:db8::1%20x", "2001:db8::1", "2001:db8::1"),
            ("fd12:3456:789a::1", "fd12:3456:789a::1", "fd12:3456:789a::1"),
            ("::ffff:203.0.113.77", "::ffff:203.0.113.77", mapped),
            ("::ffff:cb00:714d", "::ffff:cb00:714d", mapped),
            ("::203.0.113.77", "::203.0.113.77", mapped),
            ("ip:::ffff:203.0.113.77", "::ffff:203.0.113.77", mapped),
            ("ip::::::203.0.113.77", ":::::203.0.113.77", mapped),
            ("0:0:0:0:0:ffff:203.0.113.77", "0:0:0:0:0:ffff:203.0.113.77", mapped),
            ("64:ff9b::203.0.113.77", "64:ff9b::203.0.113.77", mapped),
            ("64:ff9b::cb00:714d", "64:ff9b::cb00:714d", mapped),
        ] {
            assert_eq!(found(text), [(span, address.to_owned())], "{text}");
        }
    }

    #[test]
    fn a_name_for_reverse_lookup_is_read_backwards() {
        let name = "2.2.2.2.1.1.1.1.0.f.e.d.c.b.a.9.8.7.6.5.4.3.2.1.8.b.d.0.1.0.0.2.IP6.arpa";
        assert_eq!(found(name), [(name, "2001:db8:1234:5678:9abc:def0:1111:2222".to_owned())]);
        let zone = "8.7.6.5.4.3.2.1.8.b.d.0.1.0.0.2.ip6.arpa";
        assert_eq!(found(zone), [(zone, "2001:db8:1234:5678::".to_owned())]);
        assert_eq!(found("8.b.d.0.1.0.0.2.ip6.arpa"), []);
    }

    #[test]
    fn ordinary_colons_are_left_alone() {
        for text in [
            "a::b",
            "std::vec::Vec",
            "a::before{content:\"\\201C\"}",
            "hello :: world 12:34:56",
            "12:34:56",
            "2024:01:02 12:34:56",
            "00:1b:44:11:3a:b7",
            "00:11:22:33:44:55:66:77",
            "::",
            "::1",
            "::12:34",
            "dead::beef",
            "::ffff",
            "::ffff:0:0",
            "2024::before",
            "x:y:z:",
            ":::::::::",
            "https://example.org:8443/",
            "a:1:b:2:c:3:d:4:e:5:f:6",
            "1:2:3:4:5:6:7:8",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
