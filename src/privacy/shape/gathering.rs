//! Shapes of many requests: a place is told once enough visitors have shown it.
//!
//! A name may be one visitor's own word; what several say is the script's. Knows visitors by sixteen bits of a keyed
//! hash, as many as are needed and no longer; does not know the clock. Invariants: no more than [`MOST`] places are
//! kept, and a flood of new ones pushes out none that is told.

use std::collections::{BTreeMap, HashMap, VecDeque};

use zeroize::Zeroizing;

use super::{Kind, Shapes};
use crate::privacy::rule::Selector;

/// Places kept of one route.
const MOST: usize = 2000;

/// The shapes of a route.
#[derive(Default)]
pub struct Gathering {
    places: HashMap<Selector, Seen>,
    /// Places that too few visitors have shown, from the oldest on; some may be told since.
    waiting: VecDeque<Selector>,
    overlooked: u64,
}

#[derive(Default)]
struct Seen {
    kinds: BTreeMap<Kind, u64>,
    /// Who has shown it; none once these were enough.
    witnesses: Option<Zeroizing<Vec<u16>>>,
}

/// A place that may be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told<'g> {
    pub place: &'g Selector,
    /// How often each kind was seen.
    pub kinds: &'g BTreeMap<Kind, u64>,
}

impl Gathering {
    /// Adds what a visitor showed; `enough` visitors make a place told.
    pub fn add(&mut self, shapes: &Shapes, visitor: u64, enough: usize) {
        self.overlooked = self.overlooked.saturating_add(shapes.overlooked());
        for (place, kind, count) in shapes.iter() {
            if !self.places.contains_key(place) {
                if self.places.len() == MOST && !self.forget_one() {
                    self.overlooked = self.overlooked.saturating_add(count);
                    continue;
                }
                self.waiting.push_back(place.clone());
                let witnesses = Some(Zeroizing::new(Vec::with_capacity(enough)));
                self.places.insert(place.clone(), Seen { witnesses, ..Seen::default() });
            }
            if let Some(seen) = self.places.get_mut(place) {
                seen.add(kind, count, visitor, enough);
            }
        }
    }

    /// What may be told, in order.
    pub fn told(&self) -> Vec<Told<'_>> {
        let told = self.places.iter().filter(|(_, seen)| seen.witnesses.is_none());
        let mut told: Vec<_> = told.map(|(place, seen)| Told { place, kinds: &seen.kinds }).collect();
        told.sort_by_cached_key(|told| told.place.to_string());
        told
    }

    /// How many places wait for more visitors.
    pub fn withheld(&self) -> usize {
        self.places.values().filter(|seen| seen.witnesses.is_some()).count()
    }

    /// How many values there was no room for.
    pub const fn overlooked(&self) -> u64 {
        self.overlooked
    }

    /// Makes room by the oldest place that waits; false: none does.
    fn forget_one(&mut self) -> bool {
        while let Some(oldest) = self.waiting.pop_front() {
            if self.places.get(&oldest).is_some_and(|seen| seen.witnesses.is_some()) {
                self.places.remove(&oldest);
                return true;
            }
        }
        false
    }
}

impl Seen {
    fn add(&mut self, kind: Kind, count: u64, visitor: u64, enough: usize) {
        let seen = self.kinds.entry(kind).or_default();
        *seen = seen.saturating_add(count);
        let Some(witnesses) = &mut self.witnesses else { return };
        let mark = (visitor & u64::from(u16::MAX)) as u16;
        if !witnesses.contains(&mark) {
            witnesses.push(mark);
        }
        if witnesses.len() >= enough {
            self.witnesses = None;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shapes(places: impl IntoIterator<Item = String>) -> Shapes {
        let mut shapes = Shapes::default();
        for place in places {
            shapes.add(place.parse().unwrap(), Kind::Word);
        }
        shapes
    }

    fn told(gathering: &Gathering) -> Vec<String> {
        gathering.told().iter().map(|told| format!("{} {:?}", told.place, told.kinds)).collect()
    }

    #[test]
    fn a_place_is_told_once_three_visitors_have_shown_it() {
        let mut gathering = Gathering::default();
        let shown = || shapes(["json:/jane".to_owned()]);
        for visitor in [1, 1, 2, 2] {
            gathering.add(&shown(), visitor, 3);
            assert_eq!((told(&gathering).len(), gathering.withheld()), (0, 1));
        }
        // The same in its last sixteen bits: too few are counted, never too many.
        gathering.add(&shown(), 1 << 16 | 2, 3);
        assert_eq!(gathering.withheld(), 1);
        gathering.add(&shown(), 3, 3);
        assert_eq!(told(&gathering), ["json:/jane {Word: 6}"]);
        assert_eq!(gathering.withheld(), 0);
    }

    #[test]
    fn a_flood_of_names_pushes_out_what_waits_and_nothing_that_is_told() {
        let mut gathering = Gathering::default();
        gathering.add(&shapes(["json:/told".to_owned()]), 1, 1);
        let flood = |from: usize| shapes((from..from + 900).map(|n| format!("json:/n{n}")));
        for visitor in 0..20 {
            gathering.add(&flood(900 * visitor), 1, 3);
        }
        assert_eq!(told(&gathering), ["json:/told {Word: 1}"]);
        assert_eq!(gathering.places.len(), MOST);
        assert!(gathering.waiting.len() <= MOST);
        gathering.add(&shapes(["json:/late".to_owned()]), 1, 1);
        assert_eq!(told(&gathering).len(), 2);
    }

    #[test]
    fn where_all_is_told_the_rest_is_counted() {
        let mut gathering = Gathering::default();
        for visitor in 0..3 {
            gathering.add(&shapes((0..900).map(|n| format!("json:/n{}", 900 * visitor + n))), 1, 1);
        }
        assert_eq!((gathering.told().len(), gathering.overlooked()), (MOST, 700));
    }
}
