//! The visitor's address, from the socket or from a trusted proxy's word.
//!
//! Knows RFC 7239 and `X-Forwarded-For`; does not know why it is asked. Invariant: an address is believed only
//! when every hop between it and privet is trusted; garbage, `unknown` and obfuscated names mean the last
//! trusted address, never one that the visitor may have written.
//!
//! A proxy that writes one of the two headers passes the other on as the visitor sent it. So when both are there
//! and tell of two addresses, neither is believed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use http::header::{FORWARDED, HeaderMap, HeaderName};
use ipnet::IpNet;

const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
/// More hops than this are not walked.
const MOST_HOPS: usize = 64;
/// A longer `Forwarded` is garbage.
const LONGEST: usize = 8 * 1024;

/// The address of the visitor behind a connection.
pub fn visitor(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
    if !is_trusted(peer) {
        return peer;
    }
    let walk = |nearest_first: Vec<Option<IpAddr>>| {
        let mut last = peer;
        for hop in nearest_first {
            match hop {
                Some(address) if is_trusted(address) => last = address,
                Some(address) => return address,
                None => break,
            }
        }
        last
    };
    match (forwarded(headers).map(walk), x_forwarded_for(headers).map(walk)) {
        (Some(one), Some(other)) if one != other => peer,
        (Some(address), _) | (None, Some(address)) => address,
        (None, None) => peer,
    }
}

/// Whether a trusted proxy says that the visitor came to it over TLS.
pub fn is_secure(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    let nearest = || {
        let said = headers.get_all(X_FORWARDED_PROTO).iter().next_back()?.to_str().ok()?;
        said.rsplit(',').next().map(str::trim)
    };
    trusted.iter().any(|net| net.contains(&peer))
        && nearest().is_some_and(|said| said.eq_ignore_ascii_case("https"))
}

/// The hops of `Forwarded`, nearest first; none where a part of it is garbage.
fn forwarded(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let lines = headers.get_all(FORWARDED).iter().map(|line| line.to_str().ok()).collect::<Option<Vec<_>>>();
    let text = lines.map(|lines| lines.join(","));
    if text.as_deref() == Some("") && !headers.contains_key(FORWARDED) {
        return None;
    }
    let hops = text
        .filter(|text| text.len() <= LONGEST)
        .and_then(|text| split(&text, b',')?.into_iter().map(forwarded_for).collect::<Option<Vec<_>>>());
    Some(hops.unwrap_or_default().into_iter().rev().take(MOST_HOPS).collect())
}

/// One element of `Forwarded`: `None` is garbage, `Some(None)` a hop that does not tell.
fn forwarded_for(element: &str) -> Option<Option<IpAddr>> {
    let mut hop = None;
    for pair in split(element, b';')? {
        let (name, value) = pair.split_once('=')?;
        let value = value_of(value)?;
        if !is_token(name) {
            return None;
        }
        if name.eq_ignore_ascii_case("for") && hop.replace(node(&value)).is_some() {
            return None;
        }
    }
    Some(hop.flatten())
}

/// Splits at a separator outside of quoted strings; nothing when a quote stays open.
fn split(text: &str, separator: u8) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if byte == separator && !quoted => {
                parts.push(text[start..at].trim_matches([' ', '\t']));
                start = at + 1;
            }
            _ => (),
        }
    }
    parts.push(text[start..].trim_matches([' ', '\t']));
    (!quoted).then_some(parts)
}

/// A token, or what a quoted string says.
fn value_of(text: &str) -> Option<String> {
    let Some(inner) = text.strip_prefix('"') else {
        return is_token(text).then(|| text.to_owned());
    };
    let mut said = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    loop {
        match characters.next()? {
            '"' => return characters.as_str().is_empty().then_some(said),
            '\\' => said.push(characters.next()?),
            other => said.push(other),
        }
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// The hops of `X-Forwarded-For`, nearest first.
fn x_forwarded_for(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    // Split as bytes: what a visitor wrote before it must not spoil the word of a trusted proxy.
    let hops = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')).take(MOST_HOPS);
    let told = |hop| node(std::str::from_utf8(hop).ok()?.trim_matches([' ', '\t']));
    let hops = hops.map(told).collect::<Vec<_>>();
    (!hops.is_empty()).then_some(hops)
}

/// An address with or without port; nothing for `unknown`, an obfuscated name or garbage.
fn node(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    let (address, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, port) = rest.split_once(']')?;
            (IpAddr::V6(address.parse::<Ipv6Addr>().ok()?), port)
        }
        None => {
            let colon = text.find(':')?;
            (IpAddr::V4(text[..colon].parse::<Ipv4Addr>().ok()?), &text[colon..])
        }
    };
    (port.is_empty() || port.strip_prefix(':').is_some_and(is_port)).then(|| address.to_canonical())
}

/// A number, or an obfuscated port (`_x`).
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(name) => is_token(name),
        None => !text.is_empty() && text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn told(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        visitor(peer.parse().unwrap(), &map, &trusted).to_string()
    }

    #[test]
    fn nobody_but_a_trusted_proxy_is_believed() {
        let headers = [("x-forwarded-for", "9.9.9.9"), ("forwarded", "for=9.9.9.9")];
        assert_eq!(told("192.0.2.1", &headers), "192.0.2.1");
        assert_eq!(told("10.0.0.1", &headers), "9.9.9.9");
        assert_eq!(told("::ffff:10.0.0.1", &headers), "9.9.9.9");
        assert_eq!(told("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn x_forwarded_for_is_walked_from_the_right() {
        for (value, expected) in [
            ("9.9.9.9", "9.9.9.9"),
            ("6.6.6.6, 9.9.9.9", "9.9.9.9"),
            ("6.6.6.6, 9.9.9.9, 10.0.0.2,10.0.0.3", "9.9.9.9"),
            ("9.9.9.9:1234", "9.9.9.9"),
            ("2001:db8::9", "2001:db8::9"),
            ("[2001:db8::9]:443", "2001:db8::9"),
            ("::ffff:9.9.9.9", "9.9.9.9"),
            ("10.0.0.7, 10.0.0.2", "10.0.0.7"),
            ("9.9.9.9, garbage", "10.0.0.1"),
            ("9.9.9.9, unknown, 10.0.0.2", "10.0.0.2"),
            ("garbage, 9.9.9.9", "9.9.9.9"),
            ("9.9.9.9,", "10.0.0.1"),
            ("", "10.0.0.1"),
            ("9.9.9.9.9", "10.0.0.1"),
            ("\u{e9}, 9.9.9.9", "9.9.9.9"),
            ("9.9.9.9, \u{e9}", "10.0.0.1"),
            ("9.9.9.9:", "10.0.0.1"),
            ("9.9.9.9:123456", "10.0.0.1"),
            ("[2001:db8::9", "10.0.0.1"),
            ("fe80::1%eth0", "10.0.0.1"),
        ] {
            assert_eq!(told("10.0.0.1", &[("x-forwarded-for", value)]), expected, "{value}");
        }
        let lines = [("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "9.9.9.9")];
        assert_eq!(told("10.0.0.1", &lines), "9.9.9.9");
    }

    #[test]
    fn forwarded_is_read_by_its_grammar() {
        for (value, expected) in [
            ("for=9.9.9.9", "9.9.9.9"),
            ("For=\"9.9.9.9:80\";proto=https;by=10.0.0.1", "9.9.9.9"),
            ("for=6.6.6.6, for=9.9.9.9 , for=10.0.0.2", "9.9.9.9"),
            ("for=\"[2001:db8::9]:_port\"", "2001:db8::9"),
            ("for=\"\\9.9.9.9\"", "9.9.9.9"),
            ("host=\"a,b;for=6.6.6.6\";for=9.9.9.9", "9.9.9.9"),
            ("for=9.9.9.9, for=unknown", "10.0.0.1"),
            ("for=9.9.9.9, for=_hidden, for=10.0.0.2", "10.0.0.2"),
            ("for=9.9.9.9, proto=https", "10.0.0.1"),
            ("for=9.9.9.9;for=6.6.6.6", "10.0.0.1"),
            ("for=\", for=9.9.9.9", "10.0.0.1"),
            ("for=[2001:db8::9]", "10.0.0.1"),
            ("for = 9.9.9.9", "10.0.0.1"),
            ("9.9.9.9", "10.0.0.1"),
            ("for=\"9.9.9.9\"x", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(told("10.0.0.1", &[("forwarded", value)]), expected, "{value}");
        }
    }

    #[test]
    fn two_headers_that_disagree_are_both_not_believed() {
        let headers = |one, other| told("10.0.0.1", &[("forwarded", one), ("x-forwarded-for", other)]);
        assert_eq!(headers("for=9.9.9.9", "9.9.9.9"), "9.9.9.9");
        assert_eq!(headers("for=6.6.6.6", "9.9.9.9"), "10.0.0.1");
        assert_eq!(headers("nonsense", "9.9.9.9"), "10.0.0.1");
    }

    #[test]
    fn a_long_chain_is_walked_so_far_and_no_further() {
        let chain = format!("9.9.9.9{}", ", 10.0.0.2".repeat(MOST_HOPS));
        assert_eq!(told("10.0.0.1", &[("x-forwarded-for", &chain)]), "10.0.0.2");
        let long = format!("for=9.9.9.9{}", ", for=10.0.0.2".repeat(LONGEST / 10));
        assert_eq!(told("10.0.0.1", &[("forwarded", &long)]), "10.0.0.1");
    }
}
