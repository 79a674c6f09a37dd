//! This visitor's address, in every spelling: the last line of defence.
//!
//! Compares by value, not by text, and is generous with what may stand between the parts. Does not know
//! where the text comes from or what becomes of a find. Invariants: linear in the text, nothing allocated
//! for ASCII text, and `Debug` shows nothing of the address.

mod chains;
mod number;
mod parts;
pub mod plain;
mod spelled;
#[cfg(test)]
mod tests;

use std::fmt;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::ops::Range;

use super::detect::{Folded, canonical, first_group, may_have_groups, read_v6};
use super::glance::Glance;
use super::run;
use chains::Chains;
use number::{leading_number, trailing_number, value};
use parts::{Least, Parts};
use spelled::Spelled;

/// A visitor's address, ready to be searched for.
#[derive(Clone)]
pub struct Needle {
    address: IpAddr,
    parts: Parts,
    /// The least that any spelling has.
    least: Least,
    /// What a chain of the four numbers has; none where an address has groups.
    spelled: Option<Spelled>,
}

/// Of an address that is one number the smallest, 1.0.0.0, is 0x1000000.
const SHORTEST_NUMBER: usize = 7;

/// Below it, four numbers can be a time of day.
const CLOCK: u8 = 60;

impl Needle {
    pub fn new(address: IpAddr) -> Self {
        let address = canonical(address);
        let (parts, spelled) = match address {
            IpAddr::V4(v4) => (Parts::Octets(v4.octets()), Some(Spelled::longest_of(v4.octets()))),
            IpAddr::V6(v6) => (Parts::Groups(v6.segments()), None),
        };
        Self { address, parts, least: parts.least(), spelled }
    }

    /// A number for the visitor: of IPv6 for its /64, as the rest changes by itself.
    pub(super) fn mark(&self, key: &impl BuildHasher) -> u64 {
        match self.address {
            IpAddr::V4(own) => key.hash_one(own.to_bits()),
            IpAddr::V6(own) => key.hash_one(own.to_bits() >> 64),
        }
    }

    /// Whether an address is the visitor's. One in the same /64 is: the rest of it changes by itself.
    pub fn is(&self, address: IpAddr) -> bool {
        match (self.address, canonical(address)) {
            (IpAddr::V4(own), IpAddr::V4(other)) => own == other,
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let coarse = other.to_bits() << 48 == 0;
                own == other || (own.to_bits() >> 64 == other.to_bits() >> 64 && !coarse)
            }
            _ => false,
        }
    }

    /// Whether the address may stand in a text of which this was seen.
    pub fn may_stand(&self, glance: &Glance) -> bool {
        glance.digits >= self.least.digits || self.least.numbers.is_some_and(|least| glance.numbers >= least)
    }

    /// Whether every spelling of the address has a digit.
    pub const fn has_digits(&self) -> bool {
        self.least.digits > 0 && !matches!(self.least.numbers, Some(0))
    }

    /// Every place where the visitor's address stands, in order; `None` when there are more than `most`.
    pub fn find_all(&self, text: &str, most: usize) -> Option<Vec<Range<usize>>> {
        let glance = Glance::of(text);
        if text.is_ascii() {
            return self.every(text.as_bytes(), &glance, most);
        }
        let folded = Folded::new(text);
        let mut found = folded.original_spans(text, self.every(folded.text().as_bytes(), &glance, most)?);
        // What vanishes when it is folded may stand between two numbers.
        let mut unfolded = self.every(text.as_bytes(), &glance, most)?;
        unfolded.retain(|span| found.iter().all(|other| span.end <= other.start || other.end <= span.start));
        found.append(&mut unfolded);
        found.sort_unstable_by_key(|span| span.start);
        Some(found)
    }

    fn every(&self, text: &[u8], glance: &Glance, most: usize) -> Option<Vec<Range<usize>>> {
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(span) = self.search(&text[from..], glance) {
            if found.len() == most {
                return None;
            }
            found.push(from + span.start..from + span.end);
            from += span.end;
        }
        Some(found)
    }

    /// The first place where the visitor's address stands.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        self.find_seen(text, &Glance::of(text))
    }

    /// The same in a text of which this was seen already.
    pub fn find_seen(&self, text: &str, glance: &Glance) -> Option<Range<usize>> {
        if text.is_ascii() {
            return self.search(text.as_bytes(), glance);
        }
        let folded = Folded::new(text);
        match self.search(folded.text().as_bytes(), glance) {
            Some(span) => Some(folded.original_span(text, &span)),
            None => self.search(text.as_bytes(), glance),
        }
    }

    /// Of the text this was seen, or of a longer one that it is part of.
    fn search(&self, text: &[u8], glance: &Glance) -> Option<Range<usize>> {
        if !self.may_stand(glance) {
            return None;
        }
        if text.iter().all(u8::is_ascii_digit) {
            return self.is_number(text).then_some(0..text.len());
        }
        let chained = self.least.numbers.is_none_or(|least| glance.numbers >= least)
            && self.spelled.is_none_or(|spelled| spelled.stands_in(text));
        let grouped = may_have_groups(glance) || self.address.is_ipv6();
        let mut chains = Chains::default();
        let (mut last, mut last_gap): (Range<usize>, &[u8]) = (0..0, b"");
        // Where no chain of its numbers can stand, it may stand as one.
        let shortest = if chained || grouped { 1 } else { SHORTEST_NUMBER };
        while let Some(word) = run::next(text, last.end, shortest, is_in_word) {
            let gap = &text[last.end..word.start];
            let mut found = self.number_in(text, &word);
            if grouped {
                found = found.or_else(|| self.colons_at(text, &word, last.end));
            }
            if chained {
                chains.pass(gap, last_gap, self.is_like_a_clock());
                found = found.or_else(|| self.chain_to(&mut chains, text, &word));
            }
            if found.is_some() {
                return found;
            }
            (last, last_gap) = (word, gap);
        }
        None
    }

    /// Whether digits, and nothing beside them, are the address as one number.
    pub fn is_number(&self, digits: &[u8]) -> bool {
        digits.len() >= 8 && self.is_meant(value::<10>(digits))
            || matches!(digits.len(), 8 | 32) && self.is_meant(value::<16>(digits))
    }

    /// The address as one number, in decimal or hex.
    fn number_in(&self, text: &[u8], word: &Range<usize>) -> Option<Range<usize>> {
        let bytes = &text[word.clone()];
        if bytes.len() < SHORTEST_NUMBER {
            return None;
        }
        let mut at = word.start;
        for digits in bytes.split(|byte| !byte.is_ascii_digit()) {
            if digits.len() >= 8 && self.is_meant(value::<10>(digits)) {
                return Some(at..at + digits.len());
            }
            at += digits.len() + 1;
        }
        let mut at = word.start;
        // Whatever else is glued to it.
        for digits in bytes.split(|byte| !byte.is_ascii_hexdigit()) {
            let prefix = if matches!(text[word.start..at], [.., b'0', b'x' | b'X']) { 2 } else { 0 };
            if (prefix > 0 || matches!(digits.len(), 8 | 32)) && self.is_meant(value::<16>(digits)) {
                return Some(at - prefix..at + digits.len());
            }
            at += digits.len() + 1;
        }
        None
    }

    /// The address, or one that holds it, as IPv6 text around a word.
    fn colons_at(&self, text: &[u8], word: &Range<usize>, floor: usize) -> Option<Range<usize>> {
        let read = |start, separator| {
            let reading = read_v6(text, start, separator)?;
            self.is_or_holds(reading.address.to_bits()).then_some(start..reading.end)
        };
        let before = word.start.checked_sub(2).filter(|&start| start >= floor);
        match before.filter(|&start| text[start..].starts_with(b"::")).and_then(|start| read(start, b':')) {
            Some(found) => Some(found),
            None => match text.get(word.end) {
                Some(b':') => read(first_group(text, word.end, word.start), b':'),
                // As a host name: `2001-db8--1.ipv6-literal.net`.
                Some(b'-') if self.address.is_ipv6() => read(first_group(text, word.end, word.start), b'-'),
                _ => None,
            },
        }
    }

    /// The address as a chain of numbers that ends in a word.
    fn chain_to(&self, chains: &mut Chains, text: &[u8], word: &Range<usize>) -> Option<Range<usize>> {
        let bytes = &text[word.clone()];
        match self.parts {
            Parts::Octets(octets) => {
                let end = word.start + leading_number(bytes).len();
                let chained = chains.octets(bytes, octets);
                chained.then(|| chain_start(text, word.start, 4)..end)
            }
            Parts::Groups(groups) => {
                let parts = chains.groups(bytes, groups)?;
                Some(chain_start(text, word.start, parts)..word.end)
            }
        }
    }

    fn is_meant(&self, number: Option<u128>) -> bool {
        number.is_some_and(|number| self.is_or_holds(number))
    }

    /// Whether a number is the address, or an IPv6 address whose last part it is.
    fn is_or_holds(&self, value: u128) -> bool {
        match self.address {
            IpAddr::V4(own) if value as u32 == own.to_bits() => true,
            // Only an address of 6to4 tells it at another place, and is longer.
            IpAddr::V4(_) if value >> 64 == 0 => false,
            _ => self.is(IpAddr::V6(value.into())),
        }
    }

    fn is_like_a_clock(&self) -> bool {
        matches!(self.parts, Parts::Octets(octets) if octets.iter().all(|&octet| octet < CLOCK))
    }
}

/// Where a chain of so many parts starts whose last word starts at `last`.
fn chain_start(text: &[u8], last: usize, parts: usize) -> usize {
    let mut start = last;
    for _ in 1..parts {
        let end = text[..start].iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |at| at + 1);
        start = text[..end].iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
    }
    let word = &text[start..];
    let word = &word[..word.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count()];
    start + word.len() - trailing_number(word).len()
}

fn is_in_word(byte: u8) -> bool {
    IN_WORD[usize::from(byte)]
}

/// Letters and digits of ASCII.
const IN_WORD: [bool; 256] = {
    let (mut in_word, mut byte) = ([false; 256], 0);
    while byte < 128 {
        in_word[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    in_word
};

impl fmt::Debug for Needle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Needle(..)")
    }
}
