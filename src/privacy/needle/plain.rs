//! This visitor's address as people and programs write it down: dotted, or in groups with colons.
//!
//! For texts that stream and are mostly not about anybody: scripts, pages, styles. Does not know what becomes of a
//! find. Invariants: whether it stands somewhere depends on the text around it, never on how the text was cut; where
//! no such spelling stands the text is only passed over, at the speed of a search for a word.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::ops::Range;

use memchr::memmem::Finder;

use super::Needle;

/// `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`
const LONGEST: usize = 45;
/// What is looked at before an address.
pub const CONTEXT: usize = 2;

/// The address, ready to be searched for in a stream.
#[derive(Clone)]
pub struct Plain {
    needle: Needle,
    /// What each spelling has in it.
    anchors: Vec<Finder<'static>>,
}

/// Where the address stands next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    At(Range<usize>),
    /// Nowhere before this place; what follows is yet to be known.
    NotBefore(usize),
}

impl Plain {
    pub fn new(needle: &Needle) -> Self {
        let anchors = match needle.address {
            IpAddr::V4(own) => vec![own.to_string()],
            // The first group is written out wherever it is not zero, and those of no interface are.
            IpAddr::V6(own) => {
                let lower = format!("{:x}:", own.segments()[0]);
                let upper = lower.to_ascii_uppercase();
                if upper == lower { vec![lower] } else { vec![lower, upper] }
            }
        };
        let anchors = anchors.iter().map(|anchor| Finder::new(anchor).into_owned()).collect();
        Self { needle: needle.clone(), anchors }
    }

    /// The address in its usual spelling.
    pub fn spelled(&self) -> String {
        self.needle.address.to_string()
    }

    pub fn stands_in(&self, text: &[u8]) -> bool {
        matches!(self.next(text, 0, true), Next::At(_))
    }

    /// Where it stands in a text, from some place on.
    pub fn next(&self, text: &[u8], from: usize, ended: bool) -> Next {
        let known = if ended { text.len() } else { text.len() - self.unknown(&text[from..]) };
        let mut at = from;
        while let Some(anchor) = self.anchor(text, at) {
            let found = match self.needle.address {
                IpAddr::V4(_) => self.dotted(text, &anchor),
                IpAddr::V6(_) => self.groups(text, anchor.start),
            };
            if let Some(found) = found.filter(|found| found.start >= from) {
                // What goes on to the end may go on beyond it.
                let is_known = ended || found.end + run(&text[found.end..], LONGEST) < text.len();
                return if is_known { Next::At(found) } else { Next::NotBefore(found.start.min(known)) };
            }
            at = anchor.start + 1;
        }
        Next::NotBefore(known.max(from))
    }

    /// How much of the end of a text may belong to the address and go on.
    fn unknown(&self, text: &[u8]) -> usize {
        let run = text.iter().rev().take(LONGEST + CONTEXT).take_while(|byte| is_of_one(**byte)).count();
        let begins = |rest: &[u8]| {
            self.anchors.iter().map(Finder::needle).any(|anchor| {
                let both = rest.len().min(anchor.len());
                rest[..both] == anchor[..both]
            })
        };
        (1..=run).rev().find(|length| begins(&text[text.len() - length..])).unwrap_or(0)
    }

    fn anchor(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let first = |finder: &Finder<'_>| {
            finder.find(&text[from..]).map(|at| from + at..from + at + finder.needle().len())
        };
        self.anchors.iter().filter_map(first).min_by_key(|anchor| anchor.start)
    }

    /// Whether the address itself stands there, and no other that has it as a part.
    fn dotted(&self, text: &[u8], span: &Range<usize>) -> Option<Range<usize>> {
        let goes_on = match text[span.end..] {
            [b'.', next, ..] => next.is_ascii_digit(),
            [next, ..] => next.is_ascii_digit(),
            [] => false,
        };
        let begins_before = match text[..span.start] {
            [.., last, b'.'] => last.is_ascii_digit(),
            [.., last] => last.is_ascii_digit(),
            [] => false,
        };
        (!goes_on && !begins_before).then(|| span.clone())
    }

    /// An address of the visitor's network whose first group is found there.
    fn groups(&self, text: &[u8], start: usize) -> Option<Range<usize>> {
        if text[..start].last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b':') {
            return None;
        }
        let rest = &text[start..start + run(&text[start..], LONGEST + 1)];
        let rest = rest.strip_suffix(b".").unwrap_or(rest);
        let rest = rest.strip_suffix(b":").filter(|rest| !rest.ends_with(b":")).unwrap_or(rest);
        let address: Ipv6Addr = std::str::from_utf8(rest).ok()?.parse().ok()?;
        self.needle.is(address.into()).then_some(start..start + rest.len())
    }
}

fn run(text: &[u8], most: usize) -> usize {
    text.iter().take(most).take_while(|byte| is_of_one(**byte)).count()
}

/// Whether a byte may stand in an address.
fn is_of_one(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':')
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Plain(..)")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn found<'t>(address: &str, text: &'t str) -> Vec<&'t str> {
        let plain = Plain::new(&Needle::new(address.parse().unwrap()));
        let (mut found, mut from) = (Vec::new(), 0);
        while let Next::At(span) = plain.next(text.as_bytes(), from, true) {
            from = span.end;
            found.push(&text[span]);
        }
        found
    }

    #[test]
    fn the_address_is_found_as_it_is_written_and_no_other_that_has_it_in_it() {
        let own = "198.51.100.23";
        assert_eq!(found(own, "ip=\"198.51.100.23\";198.51.100.23:80 ::ffff:198.51.100.23."), [own; 3]);
        for other in
            ["198.51.100.230", "1198.51.100.23", "1.198.51.100.23", "198.51.100.23.5", "198.51.100.2"]
        {
            assert_eq!(found(own, other), [""; 0], "{other}");
        }
        let text = "a [2001:DB8::7]:443 2001:0db8:0:0:1::7, 2001:db8:0:0:ffff::.";
        assert_eq!(found("2001:db8::7", text), ["2001:DB8::7", "2001:0db8:0:0:1::7", "2001:db8:0:0:ffff::"]);
        for other in ["2001:db9::7", "12001:db8::7", "1:2001:db8::7", "2001:db8:0:1::7", "2001:db8::7:z2001:"]
        {
            assert_eq!(found("2001:db8:7::7", other), [""; 0], "{other}");
        }
    }

    #[test]
    fn what_may_still_become_the_address_is_yet_to_be_known() {
        let plain = Plain::new(&Needle::new("198.51.100.23".parse().unwrap()));
        for (text, known) in [
            ("x=198.51.100.23", 2),
            ("x=198.51.1", 2),
            ("x=\"", 3),
            ("no digits, no 8.98", 18),
            ("0.198.51.100.2", 2),
            ("198.51.100.23 and ", 0),
        ] {
            let next = plain.next(text.as_bytes(), 0, false);
            let expected = if known == 0 { Next::At(0..13) } else { Next::NotBefore(known) };
            assert_eq!(next, expected, "{text}");
        }
    }
}
