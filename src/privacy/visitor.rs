//! What privet knows of the person on the other end of an exchange.
//!
//! Invariant: neither `Debug` nor `Display` shows anything of it.

use std::fmt;
use std::hash::BuildHasher;
use std::net::IpAddr;

use super::crowd::Disguise;
use super::needle::Needle;

/// The visitor of one exchange. Forgotten when the exchange ends.
#[derive(Clone)]
pub struct Visitor {
    needle: Needle,
    place: Option<&'static str>,
    disguise: Option<Disguise>,
}

impl Visitor {
    pub fn new(address: IpAddr) -> Self {
        Self { needle: Needle::new(address), place: None, disguise: None }
    }

    /// The same visitor, whose country may be told.
    pub fn in_place(self, place: Option<&'static str>) -> Self {
        Self { place, ..self }
    }

    /// The same visitor, to look like others.
    pub fn in_disguise(self, disguise: Disguise) -> Self {
        Self { disguise: Some(disguise), ..self }
    }

    /// A number that tells this visitor from others, under the caller's key.
    pub fn mark(&self, key: &impl BuildHasher) -> u64 {
        self.needle.mark(key)
    }

    /// Whether a text tells this visitor's address, in whatever spelling.
    pub fn is_told_in(&self, text: &str) -> bool {
        self.needle.find(text).is_some()
    }

    /// This visitor's address, to be searched for.
    pub(super) fn needle(&self) -> &Needle {
        &self.needle
    }

    /// A country's code, where it may be told; see [`super::Geo`].
    pub(super) fn place(&self) -> Option<&'static str> {
        self.place
    }

    pub(super) fn disguise(&self) -> Option<&Disguise> {
        self.disguise.as_ref()
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Visitor(..)")
    }
}
