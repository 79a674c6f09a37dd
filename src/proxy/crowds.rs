//! Rare visitors among common ones: what they say is scrubbed, and once more in disguise where few look like them.
//!
//! Knows the clock, and keeps each route's counts; the engine knows what a look is. Invariant: counts are in memory,
//! one route's are never another's, and no address is among them.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::sync::{Arc, Mutex, PoisonError};

use super::keys;
use crate::config::Route;
use crate::privacy::{Crowd, Disguise, Look, Policy, Pseudonyms, Rare, Refusal, Shown, Visitor};

/// The counts of all routes, shared by all workers.
#[derive(Default)]
pub struct Crowds {
    routes: Mutex<HashMap<Arc<str>, Crowd>>,
    hasher: RandomState,
}

/// One of the policy's doors: for requests, handshakes or messages.
pub type Door<I, O> = fn(&Policy, I, &Visitor, &Pseudonyms) -> Result<O, Refusal>;

/// How a crowd is asked: of a visitor that is counted, or of one that is not.
type Question = fn(&mut Crowd, &Look, u64, Rare, u64) -> Option<Disguise>;

impl Crowds {
    /// Scrubs what a visitor said so that its browser, screen and language are not that visitor's alone.
    pub fn scrub<I: Clone, O: Shown>(
        &self,
        route: &Route,
        door: Door<I, O>,
        said: I,
        visitor: &Visitor,
        pseudonyms: &Pseudonyms,
    ) -> Result<O, Refusal> {
        self.treat(Crowd::admit, route, door, said, visitor, pseudonyms)
    }

    /// The same for who only wants to see it: nobody is counted.
    pub fn show<I: Clone, O: Shown>(
        &self,
        route: &Route,
        door: Door<I, O>,
        said: I,
        visitor: &Visitor,
        pseudonyms: &Pseudonyms,
    ) -> Result<O, Refusal> {
        self.treat(Crowd::consult, route, door, said, visitor, pseudonyms)
    }

    fn treat<I: Clone, O: Shown>(
        &self,
        ask: Question,
        route: &Route,
        door: Door<I, O>,
        said: I,
        visitor: &Visitor,
        pseudonyms: &Pseudonyms,
    ) -> Result<O, Refusal> {
        let Some(rare) = route.rare else { return door(&route.policy, said, visitor, pseudonyms) };
        let treated = door(&route.policy, said.clone(), visitor, pseudonyms)?;
        let disguise = {
            let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
            let crowd = routes.entry(Arc::clone(&route.name)).or_default();
            ask(crowd, treated.look(), visitor.mark(&self.hasher), rare, keys::seconds())
        };
        match disguise {
            None => Ok(treated),
            Some(disguise) => door(&route.policy, said, &visitor.clone().in_disguise(disguise), pseudonyms),
        }
    }

    /// Forgets the counts of routes that are no more.
    pub fn keep(&self, routes: &[Arc<Route>]) {
        let mut counts = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        counts.retain(|name, _| routes.iter().any(|route| route.name == *name));
    }
}
