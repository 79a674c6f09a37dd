//! Even throws from a seed: what stand-ins are made of.
//!
//! Knows numbers, letters and times; does not know shapes or values. Invariant: the same seed throws the same, and
//! a seed, which was made with a key, tells nothing of the key.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

/// What one identifier comes to under one key. Wiped when dropped.
#[derive(Clone)]
pub struct Seed {
    bytes: [u8; 32],
    /// When the epoch of its key began, in seconds since 1970.
    begins: u64,
}

/// A stream of throws.
pub struct Dice {
    mac: Hmac<Sha256>,
    begins: u64,
    block: [u8; 32],
    used: usize,
    blocks: u32,
}

/// How long before the beginning of an epoch its made-up times lie: 24 bits of milliseconds, five hours.
const BEFORE: u64 = (1 << 24) - 1;

impl Seed {
    pub fn new(bytes: [u8; 32], begins: u64) -> Self {
        Self { bytes, begins }
    }

    /// One of so many places, each as likely as any other.
    pub fn place(&self, of: u64) -> u64 {
        let first = self.bytes.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        ((u128::from(first) * u128::from(of)) >> 64) as u64
    }

    pub fn wipe(&mut self) {
        self.bytes.zeroize();
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl Dice {
    /// The dice of one part of an identifier, in one of several tries.
    pub fn new(seed: &Seed, part: u32, throw: u32) -> Self {
        let mut block = Zeroizing::new([0_u8; 64]);
        block[..32].copy_from_slice(&seed.bytes);
        let mut mac = Hmac::new((&*block).into());
        mac.update(&part.to_be_bytes());
        mac.update(&throw.to_be_bytes());
        Self { mac, begins: seed.begins, block: [0; 32], used: 32, blocks: 0 }
    }

    /// A number below a limit, which is not 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        // Numbers past the last whole multiple would make small ones likelier.
        let past = u64::MAX - u64::MAX % limit;
        loop {
            let bytes: [u8; 8] = std::array::from_fn(|_| self.byte());
            let number = u64::from_be_bytes(bytes);
            if number < past {
                return number % limit;
            }
        }
    }

    /// One of the letters of an alphabet of ASCII.
    pub fn of(&mut self, alphabet: &[u8]) -> char {
        let limit = alphabet.len();
        loop {
            let byte = usize::from(self.byte());
            if byte < 256 - 256 % limit {
                return char::from(alphabet[byte % limit]);
            }
        }
    }

    /// A time, in milliseconds since 1970, that is nobody's: in the hours before the epoch began.
    pub fn time(&mut self) -> u64 {
        let back = self.below(BEFORE);
        self.begins.saturating_mul(1000).saturating_sub(back)
    }

    fn byte(&mut self) -> u8 {
        if self.used == self.block.len() {
            let mut mac = self.mac.clone();
            mac.update(&self.blocks.to_be_bytes());
            self.block = mac.finalize().into_bytes().into();
            (self.used, self.blocks) = (0, self.blocks + 1);
        }
        self.used += 1;
        self.block[self.used - 1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_are_even_and_the_same_for_the_same_seed() {
        let seed = Seed::new([7; 32], 1_000_000);
        let throws = |throw| {
            let mut dice = Dice::new(&seed, 0, throw);
            (0..10_000).map(|_| dice.below(10)).collect::<Vec<_>>()
        };
        assert_eq!(throws(0), throws(0));
        assert_ne!(throws(0), throws(1));
        for number in 0..10 {
            let count = throws(0).iter().filter(|thrown| **thrown == number).count();
            assert!((850..1150).contains(&count), "{number}: {count}");
        }
    }

    #[test]
    fn a_time_lies_in_the_hours_before_the_epoch() {
        let mut dice = Dice::new(&Seed::new([9; 32], 1_000_000), 0, 0);
        assert!((0..100).all(|_| (1_000_000_000 - BEFORE..=1_000_000_000).contains(&dice.time())));
        assert!(Dice::new(&Seed::new([9; 32], 0), 0, 0).time() == 0);
    }

    #[test]
    fn a_place_is_one_of_so_many() {
        let place = |byte| Seed::new([byte; 32], 0).place(10);
        assert_eq!([place(0), place(128), place(255)], [0, 5, 9]);
    }
}
