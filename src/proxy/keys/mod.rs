//! The keys of pseudonyms: random, one an epoch, in memory, and where the settings say so in a file or a store.
//!
//! Knows the clock and the system's randomness, which floor 1 does not. Invariant: a key exists only while its
//! epoch does, is wiped within a second of its end, and without a key there are no pseudonyms.

mod file;
pub mod store;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::config::{KeyPlace, PseudonymSettings, Route};
use crate::privacy::{Epoch, Key, Pseudonyms, Secret, Visits};
use file::KeyFile;
use store::Store;

/// How often keys are looked after.
const TICK: Duration = Duration::from_secs(1);
/// How long before an epoch the store is asked for its key, at most.
const AHEAD: u64 = 60;

/// The keys of this epoch, shared by all workers.
pub struct Keys {
    state: Mutex<State>,
}

struct State {
    settings: PseudonymSettings,
    source: Source,
    current: Option<Held>,
    /// The next epoch's, where it comes from afar.
    next: Option<Held>,
    visits: Option<Arc<Mutex<Visits>>>,
    /// Whether the store was told to be lost.
    lost: bool,
}

struct Held {
    epoch: Epoch,
    key: Key,
    /// What it comes to for each site and vendor asked for: gone with it. In order, because to hash two names takes
    /// longer than to compare them with a few.
    of_routes: Vec<(Arc<str>, Arc<str>, Pseudonyms)>,
}

impl Held {
    fn new(epoch: Epoch, key: Key) -> Self {
        Self { epoch, key, of_routes: Vec::new() }
    }

    /// Made once: to key a hash costs more than to use it.
    fn pseudonyms(&mut self, route: &Route) -> Pseudonyms {
        let vendor = route.vendor.as_ref().unwrap_or(&route.name);
        let asked = (&*route.site, &**vendor);
        let found = self.of_routes.binary_search_by(|(site, vendor, _)| (&**site, &**vendor).cmp(&asked));
        let place = found.unwrap_or_else(|place| {
            let made = Pseudonyms::of(&self.key, self.epoch, &route.site, vendor);
            self.of_routes.insert(place, (route.site.clone(), vendor.clone(), made));
            place
        });
        let (.., held) = &self.of_routes[place];
        held.clone().colliding(route.collision)
    }
}

enum Source {
    Memory,
    File(KeyFile),
    Store(Arc<Store>),
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    #[error("no randomness for pseudonyms")]
    Randomness,
    #[error("no key for pseudonyms")]
    Store,
}

impl NoKey {
    /// A short word for the log and a metric's label.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Randomness => "no_randomness",
            Self::Store => "no_key",
        }
    }
}

impl Keys {
    pub fn new(settings: &PseudonymSettings) -> Self {
        Self { state: Mutex::new(State::new(settings)) }
    }

    /// Other settings begin with another key; the same change nothing.
    pub fn set(&self, settings: &PseudonymSettings) {
        let mut state = self.state();
        if state.settings != *settings {
            state.give_up(settings);
            *state = State::new(settings);
        }
    }

    /// The stand-ins of this moment, for a route's site and vendor.
    pub fn pseudonyms(&self, route: &Route) -> Result<Pseudonyms, NoKey> {
        self.pseudonyms_at(route, seconds())
    }

    fn pseudonyms_at(&self, route: &Route, now: u64) -> Result<Pseudonyms, NoKey> {
        let mut state = self.state();
        let held = state.held(now)?;
        let (pseudonyms, closing) = (held.pseudonyms(route), Visits::closing(held.epoch, now));
        if closing.is_some() && state.visits.is_none() {
            let visits = Visits::new(Key::new(&drawn()?), state.settings.epoch);
            state.visits = Some(Arc::new(Mutex::new(visits)));
        }
        let visits = state.visits.clone();
        drop(state);
        Ok(match &visits {
            Some(visits) => pseudonyms.recalling(visits, now, closing),
            None => pseudonyms,
        })
    }

    /// Looks after the keys for as long as privet runs: what is over is wiped, what is far is fetched.
    pub async fn tend(&self) {
        loop {
            tokio::time::sleep(TICK).await;
            self.look_after().await;
        }
    }

    /// Once: an epoch that is over ends, and the store is asked for a key that is missing.
    pub async fn look_after(&self) {
        let Some((store, epoch, fresh)) = self.tidied_at(seconds()) else { return };
        let told = store.key(epoch, &fresh).await;
        let mut state = self.state();
        let is_same = matches!(&state.source, Source::Store(current) if Arc::ptr_eq(current, &store));
        match told {
            Ok(secret) if is_same => state.take(Held::new(epoch, Key::new(&secret))),
            Ok(_) => {}
            Err(error) if !state.lost => {
                tracing::error!(reason = error.reason(), "the store of keys is lost");
                state.lost = true;
            }
            Err(_) => {}
        }
    }

    /// Lets go of what is over; a store to ask, for which epoch, and the secret to offer.
    fn tidied_at(&self, now: u64) -> Option<(Arc<Store>, Epoch, Secret)> {
        let mut state = self.state();
        // Without a store this draws a key that is missing, so that none of an epoch that is over is kept anywhere.
        let held = state.held(now).map(|held| held.epoch);
        state.tidy(now);
        let Source::Store(store) = &state.source else { return None };
        let wanted = match held {
            Err(_) => Epoch::at(now, state.settings.epoch),
            Ok(epoch) if state.next.is_none() && is_near(epoch, now) => epoch.next(),
            Ok(_) => return None,
        };
        Some((Arc::clone(store), wanted, drawn().ok()?))
    }

    /// Forgets everything.
    pub fn wipe(&self) {
        let mut state = self.state();
        (state.current, state.next) = (None, None);
        if let Some(visits) = state.visits.take() {
            // Somebody may still hold it.
            visits.lock().unwrap_or_else(PoisonError::into_inner).forget(u64::MAX);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn new(settings: &PseudonymSettings) -> Self {
        let source = match &settings.keys {
            KeyPlace::Memory => Source::Memory,
            KeyPlace::File(path) => Source::File(KeyFile::new(path)),
            KeyPlace::Store(address) => Source::Store(Arc::new(Store::new(address.clone()))),
        };
        Self { settings: settings.clone(), source, current: None, next: None, visits: None, lost: false }
    }

    /// The key of a moment's epoch.
    fn held(&mut self, now: u64) -> Result<&mut Held, NoKey> {
        let epoch = Epoch::at(now, self.settings.epoch);
        // A clock that is set back a little, or two threads at the turn, do not bring back what is gone.
        let stays = |held: &Held| held.epoch == epoch || held.epoch == epoch.next();
        // What is over is wiped before another is made.
        let current = self.current.take().filter(stays).or_else(|| self.next.take().filter(stays));
        let held = match current {
            Some(held) => held,
            None => Held::new(epoch, self.source.key(epoch)?),
        };
        Ok(self.current.insert(held))
    }

    fn take(&mut self, held: Held) {
        if self.lost {
            tracing::info!("the store of keys is back");
            self.lost = false;
        }
        if self.current.is_some() { self.next = Some(held) } else { self.current = Some(held) }
    }

    /// Visits that are over are forgotten, and the table when none is left and no turn is near.
    fn tidy(&mut self, now: u64) {
        let turns = Visits::closing(Epoch::at(now, self.settings.epoch), now).is_some();
        let Some(visits) = &self.visits else { return };
        let mut table = visits.lock().unwrap_or_else(PoisonError::into_inner);
        table.forget(now);
        let is_over = table.is_empty() && !turns;
        drop(table);
        if is_over {
            self.visits = None;
        }
    }

    /// A file that the new settings do not name holds a key of nobody.
    fn give_up(&self, new: &PseudonymSettings) {
        if let Source::File(file) = &self.source
            && new.keys != self.settings.keys
        {
            file.retire();
        }
    }
}

impl Source {
    fn key(&self, epoch: Epoch) -> Result<Key, NoKey> {
        match self {
            Self::Memory => Ok(Key::new(&drawn()?)),
            Self::File(file) => Ok(Key::new(&file.secret(epoch, drawn)?)),
            Self::Store(_) => Err(NoKey::Store),
        }
    }
}

/// Seconds since 1970.
pub fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn is_near(epoch: Epoch, now: u64) -> bool {
    epoch.ends().saturating_sub(now) <= AHEAD.min(epoch.seconds() / 4).max(1)
}

fn drawn() -> Result<Secret, NoKey> {
    Secret::filled(|bytes| getrandom::fill(bytes).map_err(|_| NoKey::Randomness))
}
