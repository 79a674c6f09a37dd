//! How far each way of spelling an address with its parts has come, number after number.
//!
//! Knows octets, groups and nibbles, forward and backward; does not know where the numbers stand. Invariant: a
//! chain goes on only over a gap that an address may have.

use super::super::detect::holds_digit;
use super::number::{Places, Plain, is_long_number, value};

/// At most so many other characters stand between two parts of an address.
const GAP: usize = 3;

/// How far each way of spelling has come: bit *i* says that the part *i* has just been read.
#[derive(Default)]
pub struct Chains {
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
    pub fn pass(&mut self, gap: &[u8], last_gap: &[u8], like_a_clock: bool) {
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
    pub fn octets(&mut self, word: &[u8], [a, b, c, d]: [u8; 4]) -> bool {
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
    pub fn groups(&mut self, word: &[u8], groups: [u16; 8]) -> Option<usize> {
        let group = Some(word).filter(|word| word.len() <= 4).and_then(value::<16>);
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
