//! The keys of pseudonyms: random, in memory, one an epoch.
//!
//! Knows the clock and the system's randomness, which floor 1 does not. Invariant: a key exists only while its
//! epoch does, and without randomness there is none.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::config::Route;
use crate::privacy::Pseudonyms;
use crate::privacy::epoch::Epochs;

/// The epochs' keys, shared by all workers.
pub struct Keys {
    state: Mutex<State>,
}

struct State {
    length: Duration,
    epochs: Epochs,
    /// Drawn before it is known whether a new epoch needs it, because drawing may fail.
    spare: Option<[u8; 32]>,
}

/// The system has no randomness to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no randomness for pseudonyms")]
pub struct NoRandomness;

impl Keys {
    pub fn new(length: Duration) -> Self {
        Self { state: Mutex::new(State { length, epochs: Epochs::new(length), spare: None }) }
    }

    /// A new length of epochs begins with a new key; the same length changes nothing.
    pub fn set_length(&self, length: Duration) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.length != length {
            *state = State { length, epochs: Epochs::new(length), spare: None };
        }
    }

    /// The stand-ins of this moment, for a route's site and vendor.
    pub fn pseudonyms(&self, route: &Route) -> Result<Pseudonyms, NoRandomness> {
        self.pseudonyms_at(route, seconds())
    }

    fn pseudonyms_at(&self, route: &Route, now: u64) -> Result<Pseudonyms, NoRandomness> {
        let (epoch, key) = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let fresh = match state.spare.take() {
                Some(spare) => spare,
                None => drawn()?,
            };
            let mut used = false;
            let current = state.epochs.key_at(now, || {
                used = true;
                fresh
            });
            state.spare = (!used).then_some(fresh);
            current
        };
        let vendor = route.vendor.as_ref().unwrap_or(&route.name);
        Ok(Pseudonyms::new(&key, epoch, &route.site, vendor))
    }
}

/// Seconds since 1970.
pub fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn drawn() -> Result<[u8; 32], NoRandomness> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::Category;
    use crate::proxy::shared::tests::route;

    #[test]
    fn a_stand_in_lasts_an_epoch_and_belongs_to_one_vendor() {
        let keys = Keys::new(Duration::from_secs(100));
        let (one, other) = (route("one", "http://127.0.0.1:1"), route("other", "http://127.0.0.1:1"));
        let at = |route, now| {
            keys.pseudonyms_at(route, now).unwrap().stand_in(Category::VisitorId, "jane-doe-0001")
        };
        let first = at(&one, 1000);
        assert_eq!(at(&one, 1050), first);
        assert_ne!(at(&other, 1050), first);
        let next = at(&one, 1150);
        assert_ne!(next, first);
        assert_eq!(at(&one, 1150), next);
    }

    #[test]
    fn a_new_length_begins_with_a_new_key() {
        let keys = Keys::new(Duration::from_secs(100));
        let route = route("one", "http://127.0.0.1:1");
        let at =
            |now| keys.pseudonyms_at(&route, now).unwrap().stand_in(Category::VisitorId, "jane-doe-0001");
        let first = at(0);
        keys.set_length(Duration::from_secs(100));
        assert_eq!(at(0), first);
        keys.set_length(Duration::from_secs(200));
        assert_ne!(at(0), first);
    }
}
