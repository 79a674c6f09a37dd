//! `Forwarded`, `X-Forwarded-For` and `X-Forwarded-Proto`: whoever writes them, only trusted hops are believed, and
//! nothing a visitor writes before them changes what they say.
//!
//! A first byte chooses the header; a first line is what the visitor wrote, the rest is the header as it comes.
#![no_main]

use std::net::IpAddr;

use http::HeaderMap;
use http::header::HeaderValue;
use ipnet::IpNet;
use libfuzzer_sys::fuzz_target;
use privet::proxy::forwarded;

const VISITOR: &str = "192.0.2.99";
const BALANCER: &str = "10.0.0.1";

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let name = if first & 1 == 0 { "x-forwarded-for" } else { "forwarded" };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let lines: Vec<&str> = text.split('\n').take(8).collect();
    let (balancer, visitor) = (address(BALANCER), address(VISITOR));
    secure(&lines);

    // A peer that nobody trusts is the visitor, whatever it says.
    assert_eq!(told(visitor, name, &lines), visitor);
    // The address is one that stands there, or the balancer's.
    let believed = told(balancer, name, &lines);
    assert!(believed == balancer || stands_in(text, believed), "{believed} does not stand in {text:?}");

    // What the balancer appends decides: the visitor's own words before it can at most spoil the header.
    let appended = if first & 1 == 0 { VISITOR.to_owned() } else { format!("for={VISITOR}") };
    let behind = format!("{}, {appended}", lines[0]);
    let believed = told(balancer, name, &[&behind]);
    if HeaderValue::from_str(&behind).is_ok() {
        let spoilt = first & 1 == 1 && believed == balancer;
        assert!(believed == visitor || spoilt, "{behind:?} tells of {believed}");
    }
});

fn told(peer: IpAddr, name: &'static str, lines: &[&str]) -> IpAddr {
    forwarded::visitor(peer, &headers(name, lines), &trusted())
}

/// How the visitor came is what a trusted proxy said last.
fn secure(lines: &[&str]) {
    let headers = headers("x-forwarded-proto", lines);
    assert!(!forwarded::is_secure(address(VISITOR), &headers, &trusted()), "{headers:?}");
    let last = headers
        .get_all("x-forwarded-proto")
        .iter()
        .next_back()
        .and_then(|line| line.to_str().ok()?.split(',').next_back());
    let said = last.is_some_and(|word| word.trim().eq_ignore_ascii_case("https"));
    assert_eq!(forwarded::is_secure(address(BALANCER), &headers, &trusted()), said, "{headers:?}");
}

fn headers(name: &'static str, lines: &[&str]) -> HeaderMap {
    let values = lines.iter().filter_map(|line| HeaderValue::from_str(line).ok());
    values.fold(HeaderMap::new(), |mut headers, value| {
        headers.append(name, value);
        headers
    })
}

fn trusted() -> [IpNet; 2] {
    ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().expect("a network"))
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Whether some stretch between marks reads as the address, with backslashes of quoted strings taken away.
fn stands_in(text: &str, address: IpAddr) -> bool {
    let plain = text.replace('\\', "");
    let pieces = plain.split([',', ';', '=', '"', '[', ']', ' ', '\t', '\n']);
    let mut readings = pieces.flat_map(|piece| [Some(piece), piece.rsplit_once(':').map(|(host, _)| host)]);
    readings.any(|piece| {
        piece
            .and_then(|piece| piece.parse::<IpAddr>().ok())
            .is_some_and(|read| read.to_canonical() == address)
    })
}
