//! This visitor's address, in every spelling: the last line of defence.
//!
//! Compares by value, not by text, and is generous with what may stand between the parts. Does not know
//! where the text comes from or what becomes of a find. Invariants: linear in the text, nothing allocated
//! for ASCII text, and `Debug` shows nothing of the address.

use std::fmt;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::ops::Range;

use super::detect::{Folded, canonical, first_group, holds_digit, read_v6};
use super::glance::Glance;

/// A visitor's address, ready to be searched for.
#[derive(Clone)]
pub struct Needle {
    address: IpAddr,
    parts: Parts,
    /// The fewest digits that any spelling has.
    fewest: usize,
}

/// The numbers an address is spelled with.
#[derive(Clone, Copy)]
enum Parts {
    Octets([u8; 4]),
    Groups([u16; 8]),
}

/// At most so many other characters stand between two parts of an address.
const GAP: usize = 3;
/// Below it, four numbers can be a time of day.
const CLOCK: u8 = 60;

impl Needle {
    pub fn new(address: IpAddr) -> Self {
        let address = canonical(address);
        let parts = match address {
            IpAddr::V4(v4) => Parts::Octets(v4.octets()),
            IpAddr::V6(v6) => Parts::Groups(v6.segments()),
        };
        Self { address, parts, fewest: parts.fewest_digits() }
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
        glance.digits >= self.fewest
    }

    /// Whether every spelling of the address has a digit.
    pub const fn has_digits(&self) -> bool {
        self.fewest > 0
    }

    /// Every place where the visitor's address stands, in order; `None` when there are more than `most`.
    pub fn find_all(&self, text: &str, most: usize) -> Option<Vec<Range<usize>>> {
        if text.is_ascii() {
            return self.every(text.as_bytes(), most);
        }
        let folded = Folded::new(text);
        let mut found = folded.original_spans(text, self.every(folded.text().as_bytes(), most)?);
        // What vanishes when it is folded may stand between two numbers.
        let mut unfolded = self.every(text.as_bytes(), most)?;
        unfolded.retain(|span| found.iter().all(|other| span.end <= other.start || other.end <= span.start));
        found.append(&mut unfolded);
        found.sort_unstable_by_key(|span| span.start);
        Some(found)
    }

    fn every(&self, text: &[u8], most: usize) -> Option<Vec<Range<usize>>> {
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(span) = self.search(&text[from..]) {
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
        if text.is_ascii() {
            return self.search(text.as_bytes());
        }
        let folded = Folded::new(text);
        match self.search(folded.text().as_bytes()) {
            Some(span) => Some(folded.original_span(text, &span)),
            None => self.search(text.as_bytes()),
        }
    }

    fn search(&self, text: &[u8]) -> Option<Range<usize>> {
        if text.iter().all(u8::is_ascii_digit) {
            let means = |radix| value(text, radix).is_some_and(|it| self.is_or_holds(it));
            let found = text.len() >= 8 && means(10) || matches!(text.len(), 8 | 32) && means(16);
            return found.then_some(0..text.len());
        }
        if !holds_digit(text) && !self.may_lack_digits(text) {
            return None;
        }
        let mut chains = Chains::default();
        let (mut last, mut last_gap): (Range<usize>, &[u8]) = (0..0, b"");
        while let Some(word) = next_word(text, last.end) {
            let gap = &text[last.end..word.start];
            chains.pass(gap, last_gap, self.is_like_a_clock());
            let found = self
                .number_in(text, &word)
                .or_else(|| self.colons_at(text, &word, last.end))
                .or_else(|| self.chain_to(&mut chains, text, &word));
            if found.is_some() {
                return found;
            }
            (last, last_gap) = (word, gap);
        }
        None
    }

    /// `fdab::cdef` has no digit, nor has `de.aa.be.ea`; every other spelling of every address has one.
    fn may_lack_digits(&self, text: &[u8]) -> bool {
        match self.parts {
            Parts::Octets(octets) => octets.iter().all(|octet| may_be_letters(*octet)),
            Parts::Groups(_) => text.contains(&b':'),
        }
    }

    /// The address as one number, in decimal or hex.
    fn number_in(&self, text: &[u8], word: &Range<usize>) -> Option<Range<usize>> {
        let bytes = &text[word.clone()];
        // The smallest, 1.0.0.0, is 0x1000000.
        if bytes.len() < 7 {
            return None;
        }
        let means = |digits: &[u8], radix| value(digits, radix).is_some_and(|it| self.is_or_holds(it));
        let mut at = word.start;
        for digits in bytes.split(|byte| !byte.is_ascii_digit()) {
            if digits.len() >= 8 && means(digits, 10) {
                return Some(at..at + digits.len());
            }
            at += digits.len() + 1;
        }
        let mut at = word.start;
        // Whatever else is glued to it.
        for digits in bytes.split(|byte| !byte.is_ascii_hexdigit()) {
            let prefix = if matches!(text[word.start..at], [.., b'0', b'x' | b'X']) { 2 } else { 0 };
            if (prefix > 0 || matches!(digits.len(), 8 | 32)) && means(digits, 16) {
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

    /// Whether a number is the address, or an IPv6 address whose last part it is.
    fn is_or_holds(&self, value: u128) -> bool {
        let holds = match self.address {
            IpAddr::V4(own) => value & u128::from(u32::MAX) == u128::from(own.to_bits()),
            IpAddr::V6(_) => false,
        };
        holds || self.is(IpAddr::V6(value.into()))
    }

    fn is_like_a_clock(&self) -> bool {
        matches!(self.parts, Parts::Octets(octets) if octets.iter().all(|&octet| octet < CLOCK))
    }
}

impl Parts {
    /// The fewest digits of ASCII that any spelling of the address, or of what stands for it, has.
    fn fewest_digits(self) -> usize {
        // Zeros may be left out, and a number in decimal has no fewer digits than this.
        let nibbles = |bits: u64| (0..16).filter(|at| matches!(bits >> (4 * at) & 15, 1..=9)).count().min(8);
        match self {
            Self::Octets(octets) => {
                let numbers = octets.iter().filter(|octet| !may_be_letters(**octet)).count();
                numbers.min(nibbles(u32::from_be_bytes(octets).into()))
            }
            Self::Groups(groups) => {
                let half =
                    |groups: &[u16]| groups.iter().fold(0, |bits, group| bits << 16 | u64::from(*group));
                nibbles(half(&groups[..4])).min(nibbles(half(&groups[4..])))
            }
        }
    }
}

/// Whether hex spells an octet without a digit.
const fn may_be_letters(octet: u8) -> bool {
    octet & 15 > 9 && (octet >> 4 == 0 || octet >> 4 > 9)
}

/// How far each way of spelling has come: bit *i* says that the part *i* has just been read.
#[derive(Default)]
struct Chains {
    octets: u8,
    octets_reversed: u8,
    groups: u8,
    /// The last four groups by themselves.
    interface: u8,
    /// Nibbles, last first, as in ip6.arpa.
    nibbles: u32,
    /// The nibbles of the /64 by themselves.
    nibbles_of_net: u16,
}

impl Chains {
    /// What stands between two parts may break a chain.
    fn pass(&mut self, gap: &[u8], last_gap: &[u8], like_a_clock: bool) {
        if gap.is_empty() || is_far(gap) {
            *self = Self::default();
        } else if like_a_clock && gap != last_gap {
            // `10:00:00.001` is not 10.0.0.1; only a chain that starts with this gap goes on.
            self.octets &= 1;
            self.octets_reversed &= 1;
        }
        if like_a_clock && gap == b":" {
            (self.octets, self.octets_reversed) = (0, 0);
        }
    }

    /// Takes the next number, and tells whether it completes four octets.
    fn octets(&mut self, word: &[u8], [a, b, c, d]: [u8; 4]) -> bool {
        let (mask, reversed) = match Plain::read(word) {
            Some(number) => (number.mask([a, b, c, d]), number.mask([d, c, b, a])),
            // Only two letters can be a number without a digit.
            None if word.len() != 2 && !holds_digit(word) => (0, 0),
            None if is_long_number(word) => (0, 0),
            None => {
                let places = Places::new(word);
                (places.mask([a, b, c, d]), places.mask([d, c, b, a]))
            }
        };
        self.octets = (self.octets << 1 | 1) & mask;
        self.octets_reversed = (self.octets_reversed << 1 | 1) & reversed;
        (self.octets | self.octets_reversed) & 0b1000 != 0
    }

    /// Takes the next group, and tells how many parts make up the address, or the /64 or interface of it.
    fn groups(&mut self, word: &[u8], groups: [u16; 8]) -> Option<usize> {
        let group = Some(word).filter(|word| word.len() <= 4).and_then(|word| value(word, 16));
        let Some(group) = group else {
            *self = Self::default();
            return None;
        };
        let mask = (0..8).filter(|&at| u128::from(groups[at]) == group).fold(0_u8, |mask, at| mask | 1 << at);
        self.groups = (self.groups << 1 | 1) & mask;
        self.interface = (self.interface << 1 | 1) & mask >> 4;
        let nibbles = if word.len() == 1 { nibble_places(groups, group) } else { 0 };
        self.nibbles = (self.nibbles << 1 | 1) & nibbles;
        self.nibbles_of_net = (self.nibbles_of_net << 1 | 1) & (nibbles >> 16) as u16;
        // `::1` and its like are everybody's interface.
        let telling = groups[4] != 0 && groups[4..].iter().filter(|&&group| group > 0xff).count() > 1;
        if self.nibbles >> 31 == 1 {
            Some(32)
        } else if self.nibbles_of_net >> 15 == 1 {
            Some(16)
        } else if self.groups & 0b1000_0000 != 0 {
            Some(8)
        } else if self.groups & 0b1000 != 0 || (telling && self.interface & 0b1000 != 0) {
            Some(4)
        } else {
            None
        }
    }
}

/// Whether more characters stand between two parts than one address has there, whatever the bytes of each.
fn is_far(gap: &[u8]) -> bool {
    let begins = |byte: &&u8| **byte & 0xc0 != 0x80;
    gap.len() > 4 * GAP || (gap.len() > GAP && gap.iter().filter(begins).count() > GAP)
}

/// Where in an address a hex digit stands, counted from its end.
fn nibble_places(groups: [u16; 8], nibble: u128) -> u32 {
    let bits = groups.iter().fold(0_u128, |bits, &group| bits << 16 | u128::from(group));
    (0..32).filter(|at| bits >> (4 * at) & 0xf == nibble).fold(0, |mask, at| mask | 1 << at)
}

/// Up to three digits by themselves, as most numbers are: they read the same at each place of a chain.
struct Plain {
    decimal: u16,
    octal: Option<u16>,
    hex: Option<u16>,
}

impl Plain {
    fn read(word: &[u8]) -> Option<Self> {
        if word.len() > 3 || !word.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let based = |base| word.iter().fold(0, |number, digit| number * base + u16::from(digit - b'0'));
        let octal = word.iter().all(|digit| *digit < b'8').then(|| based(8));
        Some(Self { decimal: based(10), octal, hex: (word.len() == 2).then(|| based(16)) })
    }

    fn mask(&self, octets: [u8; 4]) -> u8 {
        let reads = |octet: u8| {
            let octet = u16::from(octet);
            self.decimal == octet || self.octal == Some(octet) || self.hex == Some(octet)
        };
        (0..4).fold(0, |mask, at| mask | u8::from(reads(octets[at])) << at)
    }
}

/// Whether a word is nothing but digits, and too many for an octet in any base, as times are.
fn is_long_number(word: &[u8]) -> bool {
    word.len() > 4 && word[0] != b'0' && word.iter().all(u8::is_ascii_digit)
}

/// What a word reads as at each place of a chain of octets: letters may be glued to its ends.
struct Places {
    first: Readings,
    inner: Readings,
    last: Readings,
}

/// A number as decimal, octal and hex.
type Readings = [Option<u32>; 3];

impl Places {
    fn new(word: &[u8]) -> Self {
        let inner = readings(word);
        let mut first = readings(trailing_number(word));
        // What looks like a sign of hex may be glued to a number as well.
        first[0] = first[0].or_else(|| readings(trailing_digits(word))[0]);
        Self { first, inner, last: readings(leading_number(word)) }
    }

    fn mask(&self, octets: [u8; 4]) -> u8 {
        let reads =
            |readings: &Readings, at: usize| u8::from(readings.contains(&Some(u32::from(octets[at])))) << at;
        let inner = (0..4).fold(0, |mask, at| mask | reads(&self.inner, at));
        inner | reads(&self.first, 0) | reads(&self.last, 3)
    }
}

fn readings(number: &[u8]) -> Readings {
    let short = |digits: &[u8]| digits.iter().skip_while(|digit| **digit == b'0').count() < 5;
    match number {
        [b'0', b'x' | b'X', digits @ ..] if short(digits) => [None, None, small(digits, 16)],
        _ if !short(number) => [None; 3],
        // Bare hex is read only where it could not be taken for a longer number.
        _ => [small(number, 10), small(number, 8), small(number, 16).filter(|_| is_hex_octet(number))],
    }
}

/// A number of fewer than five digits, zeros aside.
fn small(digits: &[u8], radix: u32) -> Option<u32> {
    let digit = |number: u32, byte: &u8| Some(number * radix + char::from(*byte).to_digit(radix)?);
    digits.iter().try_fold(0, digit).filter(|_| !digits.is_empty())
}

fn value(digits: &[u8], radix: u32) -> Option<u128> {
    // Of so few digits a number fits into 64 bits in any base up to hex.
    if (1..=16).contains(&digits.len()) {
        let digit = |number: u64, byte: &u8| {
            Some(number * u64::from(radix) + u64::from(char::from(*byte).to_digit(radix)?))
        };
        return digits.iter().try_fold(0, digit).map(u128::from);
    }
    let digits = std::str::from_utf8(digits).ok()?;
    u128::from_str_radix(digits, radix).ok()
}

/// The number a word ends with, or the word itself.
fn trailing_number(word: &[u8]) -> &[u8] {
    let hex = word.windows(2).rposition(|pair| pair.eq_ignore_ascii_case(b"0x"));
    match (hex, trailing_digits(word)) {
        (Some(at), _) => &word[at..],
        (None, digits) if digits.is_empty() || is_hex_octet(word) => word,
        (None, digits) => digits,
    }
}

fn trailing_digits(word: &[u8]) -> &[u8] {
    &word[word.len() - word.iter().rev().take_while(|byte| byte.is_ascii_digit()).count()..]
}

fn is_hex_octet(word: &[u8]) -> bool {
    word.len() == 2 && word.iter().all(u8::is_ascii_hexdigit)
}

/// The number a word begins with, or the word itself.
fn leading_number(word: &[u8]) -> &[u8] {
    let (prefix, digits): (usize, fn(&u8) -> bool) = match word {
        [b'0', b'x' | b'X', ..] => (2, u8::is_ascii_hexdigit),
        _ => (0, u8::is_ascii_digit),
    };
    match word[prefix..].iter().take_while(|byte| digits(byte)).count() {
        0 => word,
        _ if is_hex_octet(word) => word,
        count => &word[..prefix + count],
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

fn next_word(text: &[u8], from: usize) -> Option<Range<usize>> {
    let start = from + text[from..].iter().position(u8::is_ascii_alphanumeric)?;
    let length = text[start..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    Some(start..start + length)
}

impl fmt::Debug for Needle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Needle(..)")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
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
                prop_assert!(needle.may_stand(&Glance::of(&spelling)) || needle.find(&spelling).is_none(), "{spelling}");
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
        fn a_plain_number_reads_as_any_word_does(word in "[0-9]{1,3}", octets in any::<[u8; 4]>()) {
            let octets = [octets[0], word.parse().unwrap_or(octets[1]), octets[2] % 8, octets[3] % 100];
            prop_assert_eq!(Plain::read(word.as_bytes()).unwrap().mask(octets), Places::new(word.as_bytes()).mask(octets));
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
        fn a_long_number_is_no_octet(word in "[0-9]{1,9}[a-f]?", octets in any::<[u8; 4]>()) {
            if is_long_number(word.as_bytes()) {
                prop_assert_eq!(Places::new(word.as_bytes()).mask(octets), 0);
            }
        }

        #[test]
        fn a_number_is_as_great_as_it_says(digits in "[0-9a-f]{0,34}", decimal in any::<bool>()) {
            let radix = if decimal { 10 } else { 16 };
            prop_assert_eq!(value(digits.as_bytes(), radix), u128::from_str_radix(&digits, radix).ok());
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
}
