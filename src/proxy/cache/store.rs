//! What is kept, within its bounds.
//!
//! Knows entries by their keys; does not know answers. Invariants: never more bytes and entries than the bounds say;
//! what is still on its way counts at most as much again.

use std::collections::{HashMap, HashSet};

use super::{Entry, Key};

const MOST_ENTRIES: usize = 1024;
/// An entry is at most this part of all; as many may be on their way.
const PARTS: usize = 8;
/// What an entry takes beside its texts.
const BESIDE: usize = 512;

#[derive(Debug, Default)]
pub struct Store {
    most: usize,
    held: usize,
    /// Each with when it was last asked for.
    entries: HashMap<Key, (Entry, u64)>,
    coming: HashSet<Key>,
    /// Counts what is asked for.
    asked: u64,
}

impl Store {
    pub fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    pub const fn is_off(&self) -> bool {
        self.most == 0
    }

    pub fn get(&mut self, key: &Key) -> Option<Entry> {
        self.asked += 1;
        let (entry, last) = self.entries.get_mut(key)?;
        *last = self.asked;
        Some(entry.clone())
    }

    /// How large something may be that is on its way from now on; `None`: there is no place for it.
    pub fn begin(&mut self, key: &Key) -> Option<usize> {
        let fits = self.coming.len() < PARTS && !self.is_off();
        (fits && self.coming.insert(key.clone())).then_some(self.most / PARTS)
    }

    /// It came, or it did not.
    pub fn end(&mut self, key: &Key, entry: Option<Entry>) {
        // What began under other settings is not kept under these.
        if !self.coming.remove(key) {
            return;
        }
        let Some(entry) = entry.filter(|entry| size(key, entry) <= self.most / PARTS) else { return };
        self.drop(key);
        while self.held + size(key, &entry) > self.most || self.entries.len() == MOST_ENTRIES {
            let Some(oldest) = self.oldest() else { return };
            self.drop(&oldest);
        }
        self.held += size(key, &entry);
        self.entries.insert(key.clone(), (entry, self.asked));
    }

    fn drop(&mut self, key: &Key) {
        if let Some((entry, _)) = self.entries.remove(key) {
            self.held -= size(key, &entry);
        }
    }

    /// What nobody asked for the longest; what is no longer fresh first.
    fn oldest(&self) -> Option<Key> {
        let is_fresh = |entry: &Entry| entry.since.elapsed() < entry.fresh;
        let oldest = self.entries.iter().min_by_key(|(_, (entry, last))| (is_fresh(entry), *last));
        oldest.map(|(key, _)| key.clone())
    }
}

fn size(key: &Key, entry: &Entry) -> usize {
    let headers: usize = entry.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let named = key.route.len() + key.target.as_str().len() + key.authority.len();
    BESIDE + headers + named + entry.body.len()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;
    use crate::config::Spot;
    use bytes::Bytes;
    use http::HeaderMap;
    use std::time::{Duration, Instant};

    pub fn key(target: &str) -> Key {
        Key {
            route: "r".into(),
            spot: Spot::Root,
            target: target.parse().unwrap(),
            origin: None,
            authority: "shop.example".into(),
            secure: true,
        }
    }

    fn entry(length: usize) -> Entry {
        let body = Bytes::from(vec![b'x'; length]);
        Entry {
            headers: HeaderMap::new(),
            body,
            since: Instant::now(),
            fresh: Duration::from_mins(1),
            age: 0,
        }
    }

    fn put(store: &mut Store, target: &str, length: usize) {
        assert!(store.begin(&key(target)).is_some());
        store.end(&key(target), Some(entry(length)));
    }

    #[test]
    fn what_nobody_asks_for_makes_room() {
        let mut store = Store::new(80_000);
        for number in 0..30 {
            put(&mut store, &format!("/{number}"), 5_000);
            assert!(store.get(&key("/0")).is_some() && store.held <= 80_000, "{number}");
        }
        assert!(store.get(&key("/1")).is_none() && store.get(&key("/29")).is_some());
        let held: usize = store.entries.iter().map(|(key, (entry, _))| size(key, entry)).sum();
        assert_eq!(held, store.held);
    }

    #[test]
    fn what_is_stale_makes_room_first() {
        let mut store = Store::new(40_000);
        for number in 0..8 {
            put(&mut store, &format!("/{number}"), 4_000);
        }
        store.entries.get_mut(&key("/0")).unwrap().0.fresh = Duration::ZERO;
        assert!(store.get(&key("/0")).is_some(), "it was asked for last");
        put(&mut store, "/more", 4_000);
        assert!(store.get(&key("/0")).is_none() && store.entries.len() == 8);
    }

    #[test]
    fn an_entry_is_a_part_and_so_many_are_on_their_way() {
        let mut store = Store::new(80_000);
        put(&mut store, "/large", 10_000);
        assert!(store.get(&key("/large")).is_none());
        for number in 0..PARTS {
            assert_eq!(store.begin(&key(&format!("/{number}"))), Some(10_000));
        }
        assert_eq!(store.begin(&key("/more")), None);
        store.end(&key("/0"), None);
        assert_eq!(store.begin(&key("/1")), None);
        assert!(store.begin(&key("/more")).is_some());
        assert!(Store::new(0).begin(&key("/a")).is_none());
    }

    #[test]
    fn what_began_under_other_settings_is_not_kept() {
        let mut store = Store::new(80_000);
        store.end(&key("/a"), Some(entry(10)));
        assert!(store.get(&key("/a")).is_none());
    }

    #[test]
    fn entries_are_counted_too() {
        let mut store = Store::new(64 << 20);
        for number in 0..MOST_ENTRIES + 10 {
            put(&mut store, &format!("/{number}"), 1);
        }
        assert_eq!(store.entries.len(), MOST_ENTRIES);
    }
}
