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
}

impl Visitor {
    pub fn new(address: IpAddr) -> Self {
        Self { needle: Needle::new(address) }
    }

    /// This visitor's address, to be searched for.
    pub(super) fn needle(&self) -> &Needle {
        &self.needle
    }
}

impl fmt::Debug for Visitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Visitor(..)")
    }
}
