//! Where a visitor comes from, and how, as far as it is believed.
//!
//! Knows connections and the settings' trusted proxies; does not know what is asked. Invariant: the address is kept
//! for one exchange, and never shown.

use std::net::IpAddr;

use http::HeaderMap;

use super::{Peer, forwarded};
use crate::config::Settings;
use crate::privacy::Visitor;

/// Found once for an exchange.
#[derive(Clone, Copy)]
pub struct Arrival {
    pub address: IpAddr,
    /// Over TLS, to privet or to the balancer before it.
    pub secure: bool,
    /// To privet itself.
    pub tls: bool,
}

impl Arrival {
    pub fn of(peer: Peer, headers: &HeaderMap, settings: &Settings) -> Self {
        let listener = settings.listeners.get(peer.listener);
        let trusted = listener.map_or(&[][..], |listener| &listener.trusted_proxies);
        Self {
            address: forwarded::visitor(peer.address, headers, trusted),
            secure: peer.tls || forwarded::is_secure(peer.address, headers, trusted),
            tls: peer.tls,
        }
    }

    /// The person, with the place that the settings' database knows. The address itself goes no further than the search
    /// for it.
    pub fn visitor(self, settings: &Settings) -> Visitor {
        let place = settings.geo.as_ref().and_then(|geo| geo.place(self.address));
        Visitor::new(self.address).in_place(place)
    }
}
