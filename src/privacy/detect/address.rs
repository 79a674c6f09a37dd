//! IP addresses in text: anyone's, in any spelling.
//!
//! Puts both families together, and knows which addresses name a host; does not know whose one is.
//! Invariant: an address inside another's spelling is not told twice.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::{Find, digits, merge, next_digit, v4, v6};
use crate::privacy::Category;
use crate::privacy::glance::{DOT, Glance, HEX};

/// The digits of every integer between 2000:: and 3fff:…:ffff.
const INTEGER_DIGITS: usize = 38;

/// Each of an IPv4 address's numbers begins with a digit.
const NUMBERS: usize = 4;
/// A /64 for ip6.arpa, a letter and a dot for each of its nibbles.
const ARPA: usize = 2 * 16 + "ip6.arpa".len();

/// Whether a text of which this was seen can hold an address.
pub const fn may_stand(text: &[u8], glance: &Glance) -> bool {
    may_stand_plainly(glance)
        || glance.any(HEX)
        || may_be_reversed(text, glance)
        || glance.digits >= INTEGER_DIGITS
}

/// The same of one in the form that every reader takes (RFC 4291 §2.2).
pub const fn may_stand_plainly(glance: &Glance) -> bool {
    glance.numbers >= NUMBERS || v6::may_stand(glance)
}

/// For the name server.
const fn may_be_reversed(text: &[u8], glance: &Glance) -> bool {
    glance.any(DOT) && text.len() >= ARPA
}

/// Every plausible address in a text of which this was seen.
pub fn find(text: &[u8], glance: &Glance) -> Vec<Find> {
    let mut finds = Vec::new();
    if v6::may_stand(glance) {
        v6::find(text, &mut finds);
    }
    if may_be_reversed(text, glance) {
        let mut others = Vec::new();
        v6::find_arpa(text, &finds, &mut others);
        finds = merge(finds, others);
    }
    if (glance.numbers >= NUMBERS || glance.any(HEX)) && v4::may_stand(text) {
        let mut others = Vec::new();
        v4::find(text, &mut others);
        finds = merge(finds, others);
    }
    if glance.digits >= INTEGER_DIGITS {
        let mut others = Vec::new();
        find_integers(text, &mut others);
        finds = merge(finds, others);
    }
    finds
}

/// The address meant: an IPv4 address that travels inside an IPv6 one is told as itself.
pub fn canonical(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    embedded(v6).map_or(address, IpAddr::V4)
}

/// The IPv4 address in a mapped, compatible, NAT64 (RFC 6052) or 6to4 (RFC 3056) address.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => v4(g, h),
        // `::` and `::1` are themselves.
        [0, 0, 0, 0, 0, 0] if g != 0 => v4(g, h),
        [0x2002, ..] => v4(b, c),
        _ => None,
    }
}

/// Whether an address can be a host's: not "this network", not a whole network, not beyond multicast.
/// `126.0.0.0` in a text is the version of a browser.
pub fn is_host(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    (1..240).contains(&a) && [b, c, d] != [0, 0, 0]
}

pub fn found(span: Range<usize>, address: IpAddr) -> Find {
    Find { span, category: Category::Address, address: Some(address) }
}

/// The length of a suffix of host names, if the text starts with it and the name ends there.
pub fn suffix_len(text: &[u8], suffix: &[u8]) -> Option<usize> {
    let starts = text.get(..suffix.len()).is_some_and(|start| start.eq_ignore_ascii_case(suffix));
    let ends = !text.get(suffix.len()).is_some_and(u8::is_ascii_alphanumeric);
    (starts && ends).then_some(suffix.len())
}

/// IPv6 addresses as one decimal number.
fn find_integers(text: &[u8], finds: &mut Vec<Find>) {
    let mut at = 0;
    while let Some(start) = next_digit(text, at) {
        let length = digits(text, start);
        at = start + length;
        if length == INTEGER_DIGITS
            && let Ok(number) = std::str::from_utf8(&text[start..at])
            && let Ok(number) = number.parse::<u128>()
            && number >> 125 == 1
        {
            finds.push(found(start..at, canonical(IpAddr::V6(number.into()))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(text: &str) -> Vec<&str> {
        find(text.as_bytes(), &Glance::ALL).iter().map(|find| &text[find.span.clone()]).collect()
    }

    #[test]
    fn an_address_in_a_spelling_of_another_is_told_once() {
        assert_eq!(
            spans("::ffff:203.0.113.77 10.0.0.9 fe80::1"),
            ["::ffff:203.0.113.77", "10.0.0.9", "fe80::1"]
        );
    }

    #[test]
    fn an_address_for_the_name_server_shares_no_character_with_another() {
        let nibbles = "1.0.0.0.f.e.d.c.b.a.9.8.7.6.5.4";
        let rest = format!("8.7.6.5.{nibbles}.ip6.arpa");
        assert_eq!(spans(&format!("2001:db8::9.{rest}")), ["2001:db8::9", &*rest]);
        let twice = format!("{nibbles}.ip6.arpa.{nibbles}.ip6.arpa");
        let once = format!("{nibbles}.ip6.arpa");
        assert_eq!(spans(&twice), [&*once, &*once]);
    }

    #[test]
    fn a_decimal_number_of_38_digits_is_an_address_when_it_is_a_global_one() {
        let address = "42540766416916595524585004440541536802";
        assert_eq!(spans(address), [address]);
        assert_eq!(spans("92540766416916595524585004440541536802"), [""; 0]);
        assert_eq!(spans("142540766416916595524585004440541536802"), [""; 0]);
    }

    #[test]
    fn an_embedded_address_is_the_one_meant() {
        for (text, meant) in [
            ("::ffff:203.0.113.77", "203.0.113.77"),
            ("::203.0.113.77", "203.0.113.77"),
            ("64:ff9b::203.0.113.77", "203.0.113.77"),
            ("2002:cb00:714d::1", "203.0.113.77"),
            ("::1", "::1"),
            ("2001:db8::1", "2001:db8::1"),
        ] {
            let parse = |text: &str| text.parse::<IpAddr>().ok();
            assert_eq!(parse(text).map(canonical), parse(meant));
        }
    }
}
