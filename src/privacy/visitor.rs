//! What privet knows of the person on the other end of an exchange.
//!
//! Invariant: neither `Debug` nor `Display` shows anything of it.

use std::fmt;
use std::net::IpAddr;

use super::needle::Needle;

/// The visitor of one exchange. Forgotten when the exchange ends.
#[derive(Clone)]
pub struct Visitor {
    needle: Needle,
    place: Option<&'static str>,
}

impl Visitor {
    pub fn new(address: IpAddr) -> Self {
        Self { needle: Needle::new(address), place: None }
    }

    /// The same visitor, whose country may be told.
    pub fn in_place(self, place: Option<&'static str>) -> Self {
        Self { place, ..self }
    }

    /// This visitor's address, to be searched for.
    pub(super) fn needle(&self) -> &Needle {
        &self.needle
    }

    /// A country's code, where it may be told; see [`super::Geo`].
    pub(super) fn place(&self) -> Option<&'static str> {
        self.place
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Visitor(..)")
    }
}
