//! When a key begins and when it is forgotten.
//!
//! Knows no clock and no randomness: the time and fresh bytes are handed in. Invariant: there is one key at
//! a time, it is wiped when its epoch ends, and `Debug` shows nothing of it.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

/// What pseudonyms are keyed with. Wiped when dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The epochs of one length, and the key of the one that runs.
#[derive(Debug)]
pub struct Epochs {
    seconds: u64,
    current: Option<(u64, Key)>,
}

impl Epochs {
    /// Epochs shorter than a second last one.
    pub fn new(length: Duration) -> Self {
        Self { seconds: length.as_secs().max(1), current: None }
    }

    /// The number and key of the epoch that a time (in seconds since 1970) falls in. Fresh bytes are asked
    /// for once an epoch.
    pub fn key_at(&mut self, now: u64, fresh: impl FnOnce() -> [u8; 32]) -> (u64, Key) {
        let number = now / self.seconds;
        match &self.current {
            // A clock that is set back a little, or two threads at the turn, do not bring back what is gone.
            Some((current, key)) if *current == number || *current == number + 1 => (*current, key.clone()),
            _ => {
                let key = Key::from_bytes(fresh());
                self.current = Some((number, key.clone()));
                (number, key)
            }
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_has_one_key_and_the_next_another() {
        let mut epochs = Epochs::new(Duration::from_secs(100));
        let mut made = 0_u8;
        let mut at = |now| {
            let (number, key) = epochs.key_at(now, || {
                made += 1;
                [made; 32]
            });
            (number, key.bytes()[0])
        };
        assert_eq!(at(1000), (10, 1));
        assert_eq!(at(1099), (10, 1));
        assert_eq!(at(1100), (11, 2));
        // Set back a little, the clock does not revive an epoch; set back a lot, it starts one.
        assert_eq!(at(1099), (11, 2));
        assert_eq!(at(500), (5, 3));
        assert_eq!(at(5000), (50, 4));
    }

    #[test]
    fn debug_shows_nothing_of_a_key() {
        let mut epochs = Epochs::new(Duration::ZERO);
        epochs.key_at(77, || [77; 32]);
        assert_eq!(format!("{epochs:?}"), "Epochs { seconds: 1, current: Some((77, Key(..))) }");
    }
}
