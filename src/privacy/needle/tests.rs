//! The spellings in which an address is found, and what is left alone.
#![allow(clippy::unwrap_used)]

use std::net::{Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::*;

fn needle(address: &str) -> Needle {
    Needle::new(address.parse().unwrap())
}

fn found<'t>(address: &str, text: &'t str) -> Option<&'t str> {
    needle(address).find(text).map(|span| &text[span])
}

fn spellings_of_v4(address: Ipv4Addr) -> Vec<String> {
    let [a, b, c, d] = address.octets();
    let n = address.to_bits();
    let (high, low) = (n >> 16, n & 0xffff);
    vec![
        format!("{a}.{b}.{c}.{d}"),
        format!("{a:03}.{b:03}.{c:03}.{d:03}"),
        format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
        format!("{a:02x}.{b:02x}.{c:02x}.{d:02x}"),
        format!("{a}-{b}-{c}-{d}"),
        format!("{a}[.]{b}[.]{c}[.]{d}"),
        format!("{a}, {b}, {c}, {d}"),
        format!("{d}.{c}.{b}.{a}.in-addr.arpa"),
        format!("{n}"),
        format!("{n:#010x}"),
        format!("{n:08X}"),
        format!("::ffff:{address}"),
        format!("::ffff:{high:x}:{low:x}"),
        format!("0:0:0:0:0:FFFF:{high:04X}:{low:04X}"),
        format!("0:0:0:0:0:ffff:{address}"),
        format!("::{address}"),
        format!("64:ff9b::{high:x}:{low:x}"),
        format!("2002:{high:x}:{low:x}::1"),
        format!("00000000000000000000ffff{n:08x}"),
        format!("{a}\u{200b}.{b}\u{3002}{c}\u{ff0e}{d}"),
    ]
}

fn spellings_of_v6(address: Ipv6Addr) -> Vec<String> {
    let groups = address.segments();
    let exploded = groups.map(|group| format!("{group:04x}"));
    let octets = address.octets();
    let nibbles: Vec<String> = exploded.concat().chars().rev().map(|nibble| nibble.to_string()).collect();
    let tail = Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]);
    let head = groups[..6].iter().map(|group| format!("{group:X}:")).collect::<String>();
    vec![
        address.to_string(),
        address.to_string().to_uppercase(),
        format!("[{address}]:443"),
        format!("{address}%25eth0"),
        format!("{address}/128"),
        address.to_string().replace(':', "-"),
        exploded.join(":"),
        exploded.join("-"),
        exploded.concat(),
        format!("0x{}", exploded.concat()),
        format!("{head}{tail}"),
        format!("{}.ip6.arpa", nibbles.join(".")),
        format!("{}", address.to_bits()),
    ]
}

#[test]
fn only_the_spelling_is_taken() {
    for (text, span) in [
        ("ip203.0.113.77z", "203.0.113.77"),
        ("1.203.0.113.77.5", "203.0.113.77"),
        ("203.000.113.077", "203.000.113.077"),
        ("[203,0,113,77]", "203,0,113,77"),
        ("x=3405803853&y", "3405803853"),
        ("id3405803853z", "3405803853"),
        ("id=0xcb00714dxyz", "0xcb00714d"),
        ("idxcb00714dz", "cb00714d"),
        ("ip-203-0-113-77.compute", "203-0-113-77"),
        ("cb.00.71.4d", "cb.00.71.4d"),
        ("2001:db8::1, ::ffff:cb00:714d!", "::ffff:cb00:714d"),
        ("203.0.113.77\u{feff}33", "203.0.113.77"),
        ("000313.00.0161.0115", "000313.00.0161.0115"),
        ("or0X203.0.113.77b", "0X203.0.113.77"),
        ("日本 ２０３．０．１１３．７７", "２０３．０．１１３．７７"),
    ] {
        assert_eq!(found("203.0.113.77", text), Some(span), "{text}");
    }
    let v6 = "2001:db8:1234:5678:9abc:def0:1111:2222";
    for (text, span) in [
        ("/9abc:def0:1111:2222/x", "9abc:def0:1111:2222"),
        ("2001:db8:1234:5678::/64", "2001:db8:1234:5678::"),
        ("ip=2001:db8:1234:5678:1::2", "2001:db8:1234:5678:1::2"),
        ("8.7.6.5.4.3.2.1.8.b.d.0.1.0.0.2.ip6.arpa", "8.7.6.5.4.3.2.1.8.b.d.0.1.0.0.2"),
    ] {
        assert_eq!(found(v6, text), Some(span), "{text}");
    }
}

#[test]
fn what_is_not_the_address_is_left_alone() {
    for text in [
        "",
        "page viewed",
        "203.0.113.0",
        "203.0.113.7",
        "203.0.113.770",
        "1203.0.113.77",
        "203.0 and 113.77",
        "203....0.113.77",
        "34058038530",
        "0xcb00714d0",
        "::ffff:cb00:714e",
        "1700000000123",
    ] {
        assert_eq!(found("203.0.113.77", text), None, "{text}");
    }
    for text in ["2001:db8:1234::", "2001:db8:1234:5679::1", "::2222", "1111:2222", "a::b"] {
        assert_eq!(found("2001:db8:1234:5678:9abc:def0:1111:2222", text), None, "{text}");
    }
    assert_eq!(found("2001:db8:1234::1", "2001:db8:1234::"), None);
    assert_eq!(found("10.0.0.1", "2026-03-04T10:00:00.001Z"), None);
    assert_eq!(found("10.20.30.40", "10:20:30:40"), None);
    assert_eq!(found("10.0.0.1", "Chrome/10.0.0.0"), None);
}

#[test]
fn parts_stand_as_far_apart_as_characters_say_and_not_bytes() {
    let needle = Needle::new([198, 51, 100, 23].into());
    for text in ["198.51.(100\u{ff11}.23", "198 – 51 – 100 – 23", "198・ 51・ 100・ 23"] {
        assert!(needle.find(text).is_some(), "{text}");
    }
    assert_eq!(needle.find("198 –– 51 –– 100 –– 23"), None);
}

#[test]
fn an_address_without_digits_is_found_too() {
    assert_eq!(found("fdab::cdef", "from fdab::cdef"), Some("fdab::cdef"));
    assert_eq!(found("218.222.0.234", "from ::ffff:dade:ea"), Some("::ffff:dade:ea"));
}

#[test]
fn a_mapped_visitor_is_the_same_visitor() {
    assert_eq!(found("::ffff:203.0.113.77", "203.0.113.77"), Some("203.0.113.77"));
    assert!(needle("203.0.113.77").is("64:ff9b::cb00:714d".parse().unwrap()));
    assert!(!needle("203.0.113.77").is("203.0.113.0".parse().unwrap()));
    assert!(!needle("2001:db8::1").is("203.0.113.77".parse().unwrap()));
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", needle("203.0.113.77")), "Needle(..)");
}

proptest! {
    #[test]
    fn any_spelling_of_an_ipv4_address_is_found(
        bits in 0x0100_0000_u32..0xf000_0000, before in "([a-z ]{0,4}[ =/(]|[\"\\[é])?", after in "([ ,;&)\"é].{0,5})?",
    ) {
        let needle = Needle::new(Ipv4Addr::from(bits).into());
        for spelling in spellings_of_v4(bits.into()) {
            let text = format!("{before}{spelling}{after}");
            let span = needle.find(&text);
            prop_assert!(span.is_some(), "{text}");
            prop_assert!(needle.find(&text.replace(&text[span.unwrap()], "")).is_none() || !after.is_empty());
        }
    }

    #[test]
    fn any_spelling_of_an_ipv6_address_is_found(
        high in 0x2003_u128..0x4000, low in any::<u128>(), zeros in 0_u32..8, before in "([a-z ]{0,4}[ =/(]|[\"\\[é])?",
    ) {
        let bits = high << 112 | (low << 16 >> 16) & !(0xffff_ffff << (16 * zeros.min(5)));
        // A network is nobody's address.
        prop_assume!(bits << 48 != 0);
        let address = Ipv6Addr::from(bits);
        let needle = Needle::new(address.into());
        for spelling in spellings_of_v6(address) {
            let text = format!("{before}{spelling} ");
            prop_assert!(needle.find(&text).is_some(), "{text}");
        }
    }

    #[test]
    fn a_glance_rules_out_no_spelling(low in any::<u64>(), letters in any::<bool>(), v4 in any::<bool>(), text in "[0-9a-fx:. -]{0,40}") {
        // Letters alone, which hex spells without a digit.
        let bits = if letters { low | 0xaaaa_aaaa_aaaa_aaaa } else { low };
        let (address, mut spellings): (IpAddr, _) = if v4 {
            let address = Ipv4Addr::from(bits as u32);
            (address.into(), spellings_of_v4(address))
        } else {
            let address = Ipv6Addr::from(u128::from(bits) << 64 | u128::from(bits.swap_bytes()));
            (address.into(), spellings_of_v6(address))
        };
        spellings.push(text);
        let needle = Needle::new(address);
        for spelling in spellings {
            prop_assert_eq!(needle.find(&spelling), needle.find_seen(&spelling, &Glance::ALL), "{}", spelling);
        }
    }

    #[test]
    fn another_address_is_not_found(bits in 0x0100_0000_u32..0xf000_0000, other in any::<u32>()) {
        prop_assume!(bits != other && bits != other.swap_bytes());
        let needle = Needle::new(Ipv4Addr::from(bits).into());
        let other = Ipv4Addr::from(other);
        prop_assert_eq!(needle.find(&other.to_string()), None);
        prop_assert_eq!(needle.find(&format!("::ffff:{other}")), None);
    }

    #[test]
    fn a_number_alone_is_found_as_one_among_others(bits in any::<u32>(), other in "[0-9]{0,40}", low in any::<u64>()) {
        let group = u128::from(low) << 64 | u128::from(bits);
        for address in [IpAddr::V4(bits.into()), IpAddr::V6(group.into())] {
            let needle = Needle::new(address);
            for number in [bits.to_string(), group.to_string(), format!("{bits:08x}"), other.clone()] {
                prop_assert_eq!(needle.find(&number), needle.find(&format!("{number} ")));
            }
        }
    }

    #[test]
    fn no_text_is_too_strange(text in any::<String>(), digits in "[0-9a-fx:.%\\[\\]-]{0,60}") {
        for address in ["203.0.113.77", "2001:db8::1"] {
            for text in [&text, &digits] {
                let span = needle(address).find(text);
                prop_assert!(span.is_none_or(|span| !text[span].is_empty()));
            }
        }
    }
}
