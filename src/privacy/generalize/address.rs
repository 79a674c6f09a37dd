//! An address as the network around it: /24 of IPv4, /48 of IPv6.
//!
//! Reads every spelling the detectors know; does not know whose an address is. Invariant: an IPv4 address
//! that travels inside an IPv6 one is cut as what it is, so its last part never survives in a prefix.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::privacy::Category;
use crate::privacy::detect::{self, canonical};

pub fn generalize(value: &str) -> Option<String> {
    read(value.trim()).map(coarsen)
}

/// The network an address is in, as the address that all its bits but the network's are zero.
pub fn coarsen(address: IpAddr) -> String {
    match canonical(address) {
        IpAddr::V4(v4) => Ipv4Addr::from(v4.to_bits() & !0xff).to_string(),
        IpAddr::V6(v6) => Ipv6Addr::from(v6.to_bits() >> 80 << 80).to_string(),
    }
}

/// One address and nothing else, but for a port, a prefix length, brackets or quotes.
fn read(value: &str) -> Option<IpAddr> {
    let bare = value.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse() {
        return Some(address);
    }
    if let Ok(socket) = value.parse::<SocketAddr>() {
        return Some(socket.ip());
    }
    let finds = detect::find(value);
    let [find] = finds.as_slice() else { return None };
    let (before, after) = (&value[..find.span.start], &value[find.span.end..]);
    let alone = !before.contains(char::is_alphanumeric) && is_port_or_prefix(after);
    find.address.filter(|_| alone && find.category == Category::Address)
}

fn is_port_or_prefix(text: &str) -> bool {
    let digits = text.trim_start_matches([']', ':', '/']).trim_end_matches(['"', '\'', ']', ' ']);
    digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit())
        || !text.contains(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_spelling_becomes_its_network() {
        for (value, network) in [
            ("203.0.113.77", "203.0.113.0"),
            (" 203.0.113.77 ", "203.0.113.0"),
            ("203.0.113.77:51234", "203.0.113.0"),
            ("203.0.113.77/32", "203.0.113.0"),
            ("\"203.0.113.77\"", "203.0.113.0"),
            ("203.000.113.077", "203.0.113.0"),
            ("0xcb00714d", "203.0.113.0"),
            ("10.0.0.0", "10.0.0.0"),
            ("127.0.0.1", "127.0.0.0"),
            ("::ffff:203.0.113.77", "203.0.113.0"),
            ("[::ffff:cb00:714d]:443", "203.0.113.0"),
            ("64:ff9b::203.0.113.77", "203.0.113.0"),
            ("2002:cb00:714d::1", "203.0.113.0"),
            ("2001:db8:1234:5678:9abc:def0:1111:2222", "2001:db8:1234::"),
            ("[2001:DB8:1234:5678::1]", "2001:db8:1234::"),
            ("[2001:db8:1234:5678::1]:443", "2001:db8:1234::"),
            ("fe80::1%eth0", "fe80::"),
            ("2001:db8:1234:5678::/64", "2001:db8:1234::"),
            ("::1", "::"),
        ] {
            assert_eq!(generalize(value).as_deref(), Some(network), "{value}");
        }
    }

    #[test]
    fn what_is_not_one_address_cannot_be_read() {
        for value in
            ["", "unknown", "203.0.113.77, 10.0.0.1", "host 203.0.113.77", "203.0.113.77 jane", "1.2.3"]
        {
            assert_eq!(generalize(value), None, "{value}");
        }
    }

    proptest! {
        #[test]
        fn a_network_is_its_own_network(v4 in any::<u32>(), v6 in any::<u128>()) {
            for address in [IpAddr::V4(v4.into()), IpAddr::V6(v6.into())] {
                let network = coarsen(address);
                prop_assert_eq!(generalize(&network), Some(network));
            }
        }
    }
}
