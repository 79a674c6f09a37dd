//! When a key begins and when it is forgotten.
//!
//! Knows no clock and no randomness: the time and fresh bytes are handed in. Invariant: what keys are made of is
//! wiped as soon as it is let go, and `Debug` shows nothing of it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::washed::washed;

/// What a key is made from: 32 random bytes, which never move and are wiped when dropped.
pub struct Secret(Box<[u8; 32]>);

/// What pseudonyms are keyed with: HMAC-SHA-256, the key taken in. Never moves, and is wiped when the last who holds it
/// lets go.
#[derive(Clone)]
pub struct Key(Arc<Hmac<Sha256>>);

/// A span of time of the same length as all others, counted from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    number: u64,
    seconds: u64,
}

impl Secret {
    /// Made in place by whoever has randomness.
    pub fn filled<E>(fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Self, E> {
        let mut secret = Self(Box::new([0; 32]));
        fill(&mut *secret.0)?;
        Ok(secret)
    }

    /// Reads 64 hex digits.
    pub fn read(text: &str) -> Option<Self> {
        let mut secret = Self(Box::new([0; 32]));
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        for (byte, at) in secret.0.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
        }
        Some(secret)
    }

    /// As 64 hex digits.
    pub fn spelled(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(64));
        for nibble in self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
            text.push(char::from_digit(nibble.into(), 16).unwrap_or_default());
        }
        text
    }
}

impl Key {
    pub fn new(secret: &Secret) -> Self {
        washed(|| {
            // A key as long as a block is one that HMAC takes as it is.
            let mut block = Zeroizing::new([0_u8; 64]);
            block[..32].copy_from_slice(&*secret.0);
            Self(Arc::new(Hmac::new((&*block).into())))
        })
    }

    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let key = Self::new(&Secret(Box::new(bytes)));
        bytes.zeroize();
        key
    }

    /// The same key with some fields taken in before all others.
    pub(super) fn taking(&self, fields: &[&[u8]]) -> Self {
        washed(|| {
            let mut mac = (*self.0).clone();
            fields.iter().for_each(|field| absorb(&mut mac, field));
            Self(Arc::new(mac))
        })
    }

    /// The keyed hash of some fields.
    pub(super) fn hash(&self, fields: &[&[u8]]) -> [u8; 32] {
        washed(|| {
            let mut mac = (*self.0).clone();
            fields.iter().for_each(|field| absorb(&mut mac, field));
            mac.finalize().into_bytes().into()
        })
    }
}

impl Epoch {
    /// The epoch that a time (in seconds since 1970) falls in. Epochs shorter than a second last one.
    pub fn at(now: u64, length: Duration) -> Self {
        let seconds = length.as_secs().max(1);
        Self { number: now / seconds, seconds }
    }

    pub fn next(self) -> Self {
        Self { number: self.number + 1, ..self }
    }

    pub fn number(self) -> u64 {
        self.number
    }

    /// How long it lasts.
    pub fn seconds(self) -> u64 {
        self.seconds
    }

    pub fn begins(self) -> u64 {
        self.number.saturating_mul(self.seconds)
    }

    /// The first second after it.
    pub fn ends(self) -> u64 {
        self.begins().saturating_add(self.seconds)
    }
}

/// With its length before it, so that no two lists of fields read alike.
fn absorb(mac: &mut Hmac<Sha256>, field: &[u8]) {
    mac.update(&(field.len() as u64).to_be_bytes());
    mac.update(field);
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_second_belongs_to_one_epoch() {
        let at = |now| Epoch::at(now, Duration::from_secs(100));
        assert_eq!((at(1000).number(), at(1099).number(), at(1100).number()), (10, 10, 11));
        assert_eq!((at(1050).begins(), at(1050).ends()), (1000, 1100));
        assert_eq!(at(1050).next(), at(1100));
        assert_eq!(Epoch::at(77, Duration::ZERO), Epoch { number: 77, seconds: 1 });
    }

    #[test]
    fn a_secret_reads_back_as_it_is_spelled() {
        let secret = Secret::filled(|bytes| {
            bytes.iter_mut().zip(200..).for_each(|(byte, value)| *byte = value);
            Ok::<(), ()>(())
        });
        let spelled = secret.unwrap().spelled();
        assert!(spelled.starts_with("c8c9cacb") && spelled.len() == 64);
        assert_eq!(*Secret::read(&spelled).unwrap().spelled(), *spelled);
        for wrong in ["", "c8", &spelled[1..], &format!("{}g", &spelled[1..]), &"é".repeat(32)] {
            assert!(Secret::read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn debug_shows_nothing_of_a_key() {
        assert_eq!(format!("{:?}", Key::from_bytes([77; 32])), "Key(..)");
        assert_eq!(format!("{:?}", Secret::read(&"4d".repeat(32))), "Some(Secret(..))");
    }
}
