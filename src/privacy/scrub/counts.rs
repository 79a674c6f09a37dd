//! What is counted while a request is scrubbed, and the work that it may cost.
//!
//! Knows bytes and categories, no value. Invariant: however a request is wrapped, what is looked at and written for
//! it is linear in its bytes.

use super::Scrub;
use crate::privacy::refusal::Refusal;
use crate::privacy::tally::{self, Tally};
use crate::privacy::wrapping::MOST_LAYERS;
use crate::privacy::wrapping::coding::Allowance;

/// How often each byte of a request may be looked at, layers and all.
const LOOKS: usize = 12;

/// How many bytes may be written for each of a request's when layers are put back: an encoding that came for one
/// letter is given to all, and layers of it would grow without end.
const WRITES: usize = 4;

/// What may be looked at in the smallest request.
const LEAST: usize = 64 * 1024;

/// What a value added to the counts.
pub struct Gain {
    tally: tally::Gain,
    looked: usize,
    written: usize,
}

/// What is counted of a request while it is scrubbed.
pub struct Counts {
    tally: Tally,
    looked: usize,
    written: usize,
    allowance: Allowance,
}

impl Scrub<'_> {
    /// What was counted so far, to come back to.
    pub fn counts(&self) -> Counts {
        Counts {
            tally: self.tally.clone(),
            looked: self.looked,
            written: self.written,
            allowance: self.allowance,
        }
    }

    /// Forgets what was counted since.
    pub fn back_to(&mut self, counts: Counts) {
        Counts { tally: self.tally, looked: self.looked, written: self.written, allowance: self.allowance } =
            counts;
    }

    /// What was counted since, if nothing was decoded.
    pub fn gained(&self, before: &Counts) -> Option<Gain> {
        let Counts { tally, looked, written, allowance } = before;
        let (looked, written) = (self.looked - looked, self.written - written);
        (self.allowance == *allowance).then(|| Gain { tally: self.tally.gained(tally), looked, written })
    }

    /// Counts the same once more.
    pub fn gain(&mut self, gain: &Gain) -> Result<(), Refusal> {
        self.tally.gain(&gain.tally);
        self.look_at(gain.looked)?;
        self.write(gain.written)
    }

    pub(super) fn look_at(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.looked += bytes;
        let most = self.bytes().saturating_mul(LOOKS).saturating_add(LEAST);
        if self.looked > most { Err(Refusal::TooDeep) } else { Ok(()) }
    }

    pub(super) fn write(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.written += bytes;
        let most = self.bytes().saturating_mul(WRITES).saturating_add(LEAST);
        if self.written > most { Err(Refusal::TooLarge) } else { Ok(()) }
    }

    /// The bytes that came, and those they held.
    const fn bytes(&self) -> usize {
        self.size.saturating_add(self.allowance.spent)
    }

    /// Goes one layer down, within bounds.
    pub fn nested<T>(&mut self, look: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        if self.layers == MOST_LAYERS {
            return Err(Refusal::TooDeep);
        }
        self.layers += 1;
        let seen = look(self);
        self.layers -= 1;
        seen
    }
}
