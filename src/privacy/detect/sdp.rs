//! Addresses in descriptions of a call: SDP's lines (RFC 8866 §5.2, §5.7; RFC 3605 §2.1) and ICE's candidates (RFC
//! 8839 §5.1).
//!
//! A browser writes there what its machine is called in its own network, which no connection shows and which lasts for
//! years. Does not know what becomes of a find. Invariant: what stands for no machine is none (`0.0.0.0`, loopback, a
//! name that mDNS made up).

use std::net::IpAddr;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::{Finder, find_iter};

use super::super::glance::{DIGIT, Glance, SPACE};
use super::address;

/// What stands before an address.
const BEFORE: [&str; 3] = ["IN IP4 ", "IN IP6 ", " raddr "];
const CANDIDATE: &str = "candidate:";
/// Foundation, component, transport, priority.
const FIELDS: usize = 4;
const LONGEST_FIELD: usize = 32;

/// The same and [`CANDIDATE`], to be searched for.
static WORDS: LazyLock<[Finder<'static>; 4]> =
    LazyLock::new(|| [BEFORE[0], BEFORE[1], BEFORE[2], CANDIDATE].map(Finder::new));

/// Whether any may stand in a text of which this was seen.
pub fn may_stand(text: &str, glance: &Glance) -> bool {
    glance.all(DIGIT | SPACE)
        && address::may_stand_plainly(glance)
        && WORDS.iter().any(|word| word.find(text.as_bytes()).is_some())
}

/// Every address that a description of a call tells, in order.
pub fn find(text: &str) -> Vec<(Range<usize>, IpAddr)> {
    let after = |word: &'static str| {
        find_iter(text.as_bytes(), word).map(move |at| at + word.len()).collect::<Vec<usize>>()
    };
    let mut starts: Vec<usize> = BEFORE.into_iter().flat_map(after).collect();
    starts.extend(after(CANDIDATE).into_iter().filter_map(|at| beyond_fields(text, at)));
    starts.sort_unstable();
    starts.dedup();
    starts.into_iter().filter_map(|start| address(text, start)).collect()
}

/// Where the address of a candidate begins.
fn beyond_fields(text: &str, mut at: usize) -> Option<usize> {
    for _ in 0..FIELDS {
        let field = text.as_bytes()[at..].iter().take(LONGEST_FIELD + 1).position(|byte| *byte == b' ')?;
        if field == 0 {
            return None;
        }
        at += field + 1;
    }
    Some(at)
}

fn address(text: &str, start: usize) -> Option<(Range<usize>, IpAddr)> {
    let rest = &text.as_bytes()[start..];
    let is_of_it = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
    let end = start + rest.iter().take_while(|byte| is_of_it(byte)).count();
    let address: IpAddr = text[start..end].parse().ok()?;
    (!address.is_unspecified() && !address.is_loopback()).then_some((start..end, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        find(text).into_iter().map(|(span, _)| &text[span]).collect()
    }

    #[test]
    fn every_line_that_tells_an_address_is_read() {
        let description = "v=0\r\no=- 46117 2 IN IP4 192.168.1.23\r\ns=-\r\nc=IN IP6 fd00::23\r\n\
            m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtcp:9 IN IP4 192.168.1.23\r\n\
            a=candidate:84 1 udp 2113937151 192.168.1.24 46154 typ host generation 0\r\n\
            a=candidate:85 1 UDP 16777 203.0.113.5 46154 typ srflx raddr 10.0.0.7 rport 46154\r\n\
            a=candidate:86 2 tcp 15 fe80::1 9 typ host tcptype active\r\n";
        let addresses = [
            "192.168.1.23",
            "fd00::23",
            "192.168.1.23",
            "192.168.1.24",
            "203.0.113.5",
            "10.0.0.7",
            "fe80::1",
        ];
        assert_eq!(found(description), addresses);
        assert_eq!(found("candidate:1 1 udp raddr 10.0.0.7 9"), ["10.0.0.7"]);
        for line in description.lines() {
            assert!(found(line).is_empty() || may_stand(line, &Glance::of(line)), "{line}");
        }
    }

    #[test]
    fn what_stands_far_behind_a_candidate_is_none_of_it() {
        let candidate = |foundation: usize| format!("candidate:{} 1 udp 2 10.0.0.7", "8".repeat(foundation));
        assert_eq!(found(&candidate(LONGEST_FIELD)), ["10.0.0.7"]);
        assert!(found(&candidate(LONGEST_FIELD + 1)).is_empty());
    }

    #[test]
    fn what_stands_for_no_machine_is_none() {
        for text in [
            "c=IN IP4 0.0.0.0",
            "o=- 1 2 IN IP4 127.0.0.1",
            "a=candidate:1 1 udp 2 6f1c9b0e-4a3d.local 50000 typ host raddr 0.0.0.0 rport 0",
            "the candidate: one of 1 10.0.0.7",
            "candidate:1 1 udp",
            "IN IP4 ",
            "",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
