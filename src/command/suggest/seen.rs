//! All places that were seen, with the kinds of their values, wherever they were seen.
//!
//! Invariant: places and kinds and counts, nothing else.

use std::collections::{BTreeMap, HashMap};

use crate::privacy::{Kind, Selector, Shapes};
use crate::proxy::ObservedRoute;

/// How often each kind was seen at a place.
pub type Kinds = BTreeMap<Kind, u64>;

/// What rules may be written of.
#[derive(Debug, Default)]
pub struct Seen {
    /// The route; empty where there is none.
    pub route: String,
    pub requests: u64,
    pub messages: u64,
    /// Places that too few visitors have shown.
    pub withheld: usize,
    /// Values there was no room for.
    pub overlooked: u64,
    /// Requests, messages and places that could not be read.
    pub unread: u64,
    pub places: HashMap<Selector, Kinds>,
    /// Where answers hand out hosts.
    pub handed_out: Vec<Selector>,
}

impl Seen {
    /// What a running privet tells.
    pub fn observed(observed: &ObservedRoute) -> Self {
        let mut seen = Self {
            route: observed.route.clone(),
            requests: observed.requests,
            messages: observed.messages,
            withheld: observed.withheld,
            overlooked: observed.overlooked,
            ..Self::default()
        };
        for told in &observed.places {
            let kinds = told.kinds.iter().map(|(name, count)| Some((name.parse().ok()?, *count)));
            // What another version of privet tells may be unknown here.
            match (told.place.parse::<Selector>(), kinds.collect::<Option<Kinds>>()) {
                (Ok(place), Some(kinds)) => drop(seen.places.insert(place, kinds)),
                _ => seen.unread += 1,
            }
        }
        seen
    }

    pub fn add(&mut self, shapes: &Shapes) {
        self.overlooked += shapes.overlooked();
        for (place, kind, count) in shapes.iter() {
            *self.places.entry(place.clone()).or_default().entry(kind).or_default() += count;
        }
    }

    /// A place of an answer that holds a host the visitor goes to.
    pub fn hand_out(&mut self, place: Selector) {
        if !self.handed_out.contains(&place) {
            self.handed_out.push(place);
        }
    }
}
