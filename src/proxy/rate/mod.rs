//! How often one visitor may ask: `[route.limit]`.
//!
//! Knows how often routes allow, and a visitor's address for the length of one call; does not know what is asked. RFC
//! 6585 §4 is the answer to more. Invariant: routes share nothing, and a route without a limit costs nothing.

mod pace;
mod turns;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::config::Route;
pub use pace::Pace;
use turns::Turns;

/// The turns of all routes' visitors, shared by all workers.
#[derive(Debug, Default)]
pub struct Rates(Mutex<HashMap<Arc<str>, Turns>>);

/// One more than is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests from here")]
pub struct TooMany {
    pub wait: Duration,
}

impl Rates {
    /// Counts a request on a route, if that is limited.
    pub fn admit(&self, route: &Route, visitor: IpAddr) -> Result<(), TooMany> {
        let Some(frequency) = route.limit.requests else { return Ok(()) };
        let mut routes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turns = routes.entry(Arc::clone(&route.name)).or_insert_with(|| Turns::new(frequency));
        turns.frequency = frequency;
        turns.admit(visitor).map_err(|wait| TooMany { wait })
    }

    /// Forgets the turns of routes that are no more.
    pub fn keep(&self, routes: &[Arc<Route>]) {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|name, _| routes.iter().any(|route| route.name == *name));
    }
}

/// What one visitor can be told by: an IPv4 address, or the 64 bits of an IPv6 address that a household has.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}
