//! Who was here shortly before an epoch turned: so that its end does not cut a visit in two.
//!
//! Knows keyed hashes and the seeds of stand-ins, no value and no key of an epoch; the time is handed in. Invariant:
//! what is remembered is bounded in number and in time, is never read from the table without its own key, and is
//! wiped when it is forgotten.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::dice::Seed;
use crate::privacy::epoch::{Epoch, Key};

/// How many identifiers are remembered; of more, the longest unseen goes first.
const MOST: usize = 50_000;
/// A visit is over when nothing was seen for so long.
const QUIET: u64 = 30 * 60;
/// However long the visit, the stand-in of the old epoch goes so long after its end.
const LONGEST: u64 = 4 * 60 * 60;

/// An identifier's keyed hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag([u8; 16]);

/// The identifiers seen before the turn, and those of them still here.
pub struct Visits {
    /// The table's own, so that a tag tells nothing to who does not hold it.
    key: Key,
    quiet: u64,
    most: usize,
    seen: HashMap<Tag, Seen>,
    /// By when it was seen last.
    order: BTreeSet<(u64, Tag)>,
}

struct Seen {
    seed: Seed,
    last: u64,
    until: u64,
}

impl Tag {
    pub fn of(hash: [u8; 32]) -> Self {
        let mut tag = [0; 16];
        tag.copy_from_slice(&hash[..16]);
        Self(tag)
    }
}

impl Visits {
    /// An empty table with a key of its own, for epochs of a length.
    pub fn new(key: Key, epochs: Duration) -> Self {
        Self::of_at_most(MOST, key, epochs)
    }

    fn of_at_most(most: usize, key: Key, epochs: Duration) -> Self {
        let quiet = quiet(epochs.as_secs());
        // A table that grows would leave copies behind.
        Self { key, quiet, most, seen: HashMap::with_capacity(most), order: BTreeSet::new() }
    }

    /// Until when a value seen now may keep its stand-in, if the epoch turns so soon that a visit would be cut.
    ///
    /// Of a short epoch the last quarter counts as soon, and half of it as long: else it would never end.
    pub fn closing(epoch: Epoch, now: u64) -> Option<u64> {
        let soon = epoch.ends().saturating_sub(now) <= quiet(epoch.seconds());
        let longest = LONGEST.min(epoch.seconds() / 2);
        soon.then(|| epoch.ends().saturating_add(longest)).filter(|_| quiet(epoch.seconds()) > 0)
    }

    /// Lets go of the visits that are over.
    pub fn forget(&mut self, now: u64) {
        while let Some(&(last, tag)) = self.order.first() {
            if now.saturating_sub(last) <= self.quiet {
                break;
            }
            self.remove(tag);
        }
        let late = |(tag, seen): (&Tag, &Seen)| (seen.until <= now).then_some(*tag);
        let late: Vec<Tag> = self.seen.iter().filter_map(late).collect();
        late.into_iter().for_each(|tag| self.remove(tag));
    }

    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    pub(super) fn key(&self) -> Key {
        self.key.clone()
    }

    /// What the stand-ins of a visitor's identifier were made from, if the visit is not over.
    pub(super) fn recall(&mut self, tag: Tag, now: u64) -> Option<Seed> {
        let seen = self.seen.get_mut(&tag)?;
        if now >= seen.until || now.saturating_sub(seen.last) > self.quiet {
            self.remove(tag);
            return None;
        }
        if seen.last < now {
            self.order.remove(&(seen.last, tag));
            self.order.insert((now, tag));
            seen.last = now;
        }
        Some(seen.seed.clone())
    }

    /// From now on known again, until some time at most.
    pub(super) fn remember(&mut self, tag: Tag, seed: Seed, now: u64, until: u64) {
        if self.seen.len() >= self.most
            && let Some(&(_, oldest)) = self.order.first()
        {
            self.remove(oldest);
        }
        self.order.insert((now, tag));
        self.seen.insert(tag, Seen { seed, last: now, until });
    }

    fn remove(&mut self, tag: Tag) {
        if let Some(seen) = self.seen.get_mut(&tag) {
            // In its place: what is moved out of a table leaves a copy there.
            seen.seed.wipe();
            self.order.remove(&(seen.last, tag));
            self.seen.remove(&tag);
        }
    }
}

fn quiet(epoch: u64) -> u64 {
    QUIET.min(epoch / 4)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn visits(most: usize) -> Visits {
        Visits::of_at_most(most, Key::from_bytes([1; 32]), DAY)
    }

    fn tag(number: u8) -> Tag {
        Tag([number; 16])
    }

    fn seed(number: u8) -> Seed {
        Seed::new([number; 32], 0)
    }

    fn place(seed: Option<Seed>) -> Option<u64> {
        seed.map(|seed| seed.place(256))
    }

    #[test]
    fn a_visit_goes_on_while_it_is_seen_and_not_after_half_an_hour_of_silence() {
        let mut visits = visits(10);
        visits.remember(tag(1), seed(1), 0, 100_000);
        visits.remember(tag(2), seed(2), 0, 100_000);
        for now in [1000, 2800, 4600] {
            assert_eq!(place(visits.recall(tag(1), now)), Some(1), "{now}");
        }
        assert!(visits.recall(tag(2), 1801).is_none());
        assert!(visits.recall(tag(1), 4600 + 1801).is_none());
        assert!(visits.is_empty() && visits.order.is_empty());
    }

    #[test]
    fn no_visit_goes_on_for_ever() {
        let mut visits = visits(10);
        visits.remember(tag(1), seed(1), 0, 5000);
        assert!([1000, 2000, 3000, 4000, 4999].iter().all(|now| visits.recall(tag(1), *now).is_some()));
        assert!(visits.recall(tag(1), 5000).is_none());
    }

    #[test]
    fn of_too_many_the_longest_unseen_is_forgotten() {
        let mut visits = visits(2);
        visits.remember(tag(1), seed(1), 0, 100_000);
        visits.remember(tag(2), seed(2), 1, 100_000);
        assert!(visits.recall(tag(1), 2).is_some());
        visits.remember(tag(3), seed(3), 3, 100_000);
        assert!(visits.recall(tag(2), 3).is_none());
        assert!(visits.recall(tag(1), 3).is_some() && visits.recall(tag(3), 3).is_some());
        assert_eq!((visits.seen.len(), visits.order.len()), (2, 2));
    }

    #[test]
    fn what_is_over_is_let_go_without_being_asked_for() {
        let mut visits = visits(10);
        visits.remember(tag(1), seed(1), 0, 100_000);
        visits.remember(tag(2), seed(2), 1000, 2000);
        visits.forget(1500);
        assert_eq!(visits.seen.len(), 2);
        visits.forget(2000);
        assert!(visits.is_empty());
    }

    #[test]
    fn a_turn_is_near_in_the_last_half_hour_and_in_the_last_quarter_of_a_short_epoch() {
        let day = Epoch::at(0, DAY);
        assert_eq!(Visits::closing(day, 86_400 - 1801), None);
        assert_eq!(Visits::closing(day, 86_400 - 1800), Some(86_400 + 4 * 3600));
        let minute = Epoch::at(0, Duration::from_secs(60));
        assert_eq!(Visits::closing(minute, 44), None);
        assert_eq!(Visits::closing(minute, 45), Some(90));
        assert_eq!(Visits::closing(Epoch::at(0, Duration::from_secs(3)), 2), None);
    }
}
