//! The visitor's address as a balancer tells it: PROXY protocol, versions 1 and 2.
//!
//! Knows the header; does not know what follows it. Invariant: only a trusted proxy is believed, a header is never
//! longer than its bound, and one that is broken or missing where it is required ends the connection.

use std::net::IpAddr;

use ppp::{v1, v2};

use super::wire::Wire;
use crate::config::ProxyProtocol;

/// Longest header of version 1, line end included.
const TEXT_LIMIT: usize = 107;
/// Longest header of version 2: addresses and a balancer's own notes (TLVs).
const BINARY_LIMIT: usize = 4096;
/// Signature, version, family and length.
const BINARY_START: usize = 16;

/// The connection cannot be believed and is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbelievable {
    #[error("no proxy protocol header")]
    Missing,
    #[error("broken proxy protocol header")]
    Malformed,
    #[error("the peer is not a trusted proxy")]
    Untrusted,
}

/// The address the connection stands for: the header's if there is one to be believed, else the socket's.
pub async fn address(
    wire: &mut Wire,
    socket: IpAddr,
    trusted: bool,
    mode: ProxyProtocol,
) -> Result<IpAddr, Unbelievable> {
    match (mode, trusted) {
        (ProxyProtocol::Off, _) | (ProxyProtocol::Optional, false) => return Ok(socket),
        (ProxyProtocol::Required, false) => return Err(Unbelievable::Untrusted),
        (ProxyProtocol::Optional | ProxyProtocol::Required, true) => {}
    }
    loop {
        match read(wire.seen()) {
            Header::Whole { length, source } => {
                wire.skip(length);
                return Ok(source.unwrap_or(socket));
            }
            Header::Absent if mode == ProxyProtocol::Optional => return Ok(socket),
            Header::Absent => return Err(Unbelievable::Missing),
            Header::Malformed => return Err(Unbelievable::Malformed),
            Header::Partial => {}
        }
        if !matches!(wire.look_further().await, Ok(true)) {
            return Err(Unbelievable::Missing);
        }
    }
}

/// How far the first bytes of a connection are a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    Absent,
    Partial,
    Malformed,
    /// `source` is `None` when the proxy speaks for itself (LOCAL) or does not know (UNKNOWN).
    Whole {
        length: usize,
        source: Option<IpAddr>,
    },
}

/// Reads the first bytes of a connection, as many as there are.
pub fn read(bytes: &[u8]) -> Header {
    let begins = |signature: &[u8]| bytes.iter().zip(signature).all(|(found, wanted)| found == wanted);
    if begins(v2::PROTOCOL_PREFIX) {
        if bytes.len() < BINARY_START { Header::Partial } else { read_binary(bytes) }
    } else if begins(b"PROXY ") {
        read_text(bytes)
    } else {
        Header::Absent
    }
}

fn read_binary(bytes: &[u8]) -> Header {
    let length = BINARY_START + usize::from(u16::from_be_bytes([bytes[14], bytes[15]]));
    if length > BINARY_LIMIT {
        return Header::Malformed;
    }
    let Some(bytes) = bytes.get(..length) else { return Header::Partial };
    let Ok(header) = v2::Header::try_from(bytes) else { return Header::Malformed };
    let source = match (header.command, header.addresses) {
        (v2::Command::Proxy, v2::Addresses::IPv4(found)) => Some(found.source_address.into()),
        (v2::Command::Proxy, v2::Addresses::IPv6(found)) => Some(found.source_address.into()),
        _ => None,
    };
    Header::Whole { length, source }
}

fn read_text(bytes: &[u8]) -> Header {
    let line = &bytes[..bytes.len().min(TEXT_LIMIT)];
    let Some(end) = line.windows(2).position(|pair| pair == b"\r\n") else {
        return if line.len() == TEXT_LIMIT { Header::Malformed } else { Header::Partial };
    };
    let length = end + 2;
    let Ok(header) = v1::Header::try_from(&line[..length]) else { return Header::Malformed };
    let source = match header.addresses {
        v1::Addresses::Tcp4(found) => Some(found.source_address.into()),
        v1::Addresses::Tcp6(found) => Some(found.source_address.into()),
        v1::Addresses::Unknown => None,
    };
    Header::Whole { length, source }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let mut header = v2::PROTOCOL_PREFIX.to_vec();
        header.extend([0x20 | command, family]);
        header.extend(u16::try_from(rest.len()).unwrap().to_be_bytes());
        header.extend(rest);
        header
    }

    fn whole(length: usize, source: &str) -> Header {
        Header::Whole { length, source: Some(source.parse().unwrap()) }
    }

    #[test]
    fn both_versions_name_the_visitor() {
        let text = b"PROXY TCP4 203.0.113.7 192.0.2.1 5000 443\r\nGET";
        assert_eq!(read(text), whole(text.len() - 3, "203.0.113.7"));
        let text = b"PROXY TCP6 2001:db8::7 2001:db8::1 5000 443\r\n";
        assert_eq!(read(text), whole(text.len(), "2001:db8::7"));
        let header = binary(1, 0x11, &[203, 0, 113, 7, 192, 0, 2, 1, 0x13, 0x88, 1, 0xbb]);
        assert_eq!(read(&header), whole(header.len(), "203.0.113.7"));
    }

    #[test]
    fn a_proxy_that_speaks_for_itself_names_nobody() {
        let local = binary(0, 0, &[]);
        assert_eq!(read(&local), Header::Whole { length: 16, source: None });
        assert_eq!(read(b"PROXY UNKNOWN\r\n"), Header::Whole { length: 15, source: None });
    }

    #[test]
    fn every_beginning_of_a_header_waits_for_the_rest() {
        let binary = binary(1, 0x11, &[203, 0, 113, 7, 192, 0, 2, 1, 0x13, 0x88, 1, 0xbb]);
        let text = b"PROXY TCP4 203.0.113.7 192.0.2.1 5000 443\r\n";
        for header in [&binary[..], &text[..]] {
            for cut in 0..header.len() {
                assert_eq!(read(&header[..cut]), Header::Partial, "cut at {cut}");
            }
        }
    }

    #[test]
    fn a_broken_header_is_told_from_a_missing_one() {
        assert_eq!(read(b"GET / HTTP/1.1\r\n"), Header::Absent);
        assert_eq!(read(&[0x16, 0x03, 0x01]), Header::Absent);
        for broken in [
            &b"PROXY TCP4 203.0.113.7\r\n"[..],
            b"PROXY TCP4 203.0.113.700 192.0.2.1 5000 443\r\n",
            b"PROXY TCP4 2001:db8::7 192.0.2.1 5000 443\r\n",
            &binary(1, 0x11, &[203, 0, 113, 7]),
            &binary(9, 0x11, &[0; 12]),
        ] {
            assert_eq!(read(broken), Header::Malformed);
        }
    }

    #[test]
    fn a_header_without_end_is_broken() {
        let endless = [b"PROXY UNKNOWN ".to_vec(), vec![b'x'; 200]].concat();
        assert_eq!(read(&endless), Header::Malformed);
        let mut huge = binary(1, 0x11, &[]);
        huge[14..16].copy_from_slice(&5000_u16.to_be_bytes());
        assert_eq!(read(&huge), Header::Malformed);
    }
}
