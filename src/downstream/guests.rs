//! How many connections each address has open.
//!
//! Knows networks by a keyed hash alone, whose key is this process's own and never told. Invariant: an entry lasts as
//! long as one of its connections, so there are never more entries than connections.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::proxy::network;

#[derive(Debug, Default)]
pub struct Guests {
    key: RandomState,
    open: Mutex<HashMap<u64, usize>>,
}

/// One connection, counted until it is dropped.
#[derive(Debug)]
pub struct Guest {
    guests: Arc<Guests>,
    mark: u64,
}

impl Guests {
    /// Counts one more, unless its network has as many as it may.
    pub fn admit(self: &Arc<Self>, address: IpAddr, most: usize) -> Option<Guest> {
        let mark = self.key.hash_one(network(address));
        let mut open = self.open();
        let count = open.entry(mark).or_insert(0);
        if *count >= most {
            return None;
        }
        *count += 1;
        drop(open);
        Some(Guest { guests: self.clone(), mark })
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if let Entry::Occupied(mut entry) = self.guests.open().entry(self.mark) {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn each_network_has_its_own_places_and_gets_them_back() {
        let guests = Arc::new(Guests::default());
        let admit = |address: &str| guests.admit(address.parse().unwrap(), 2);
        let first = admit("203.0.113.7").unwrap();
        let _second = admit("203.0.113.7").unwrap();
        assert!(admit("203.0.113.7").is_none());
        let other = admit("203.0.113.8").unwrap();
        drop(first);
        assert!(admit("203.0.113.7").is_some());
        drop(other);
        assert_eq!(guests.open().len(), 1, "who left is forgotten");
    }

    #[test]
    fn all_of_a_household_s_ipv6_is_one() {
        let guests = Arc::new(Guests::default());
        let admit = |address: &str| guests.admit(address.parse().unwrap(), 1);
        let _one = admit("2001:db8:1:2::1").unwrap();
        assert!(admit("2001:db8:1:2:ffff::1").is_none());
        assert!(admit("2001:db8:1:3::1").is_some());
    }
}
