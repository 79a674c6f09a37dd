//! How a route's upstreams stand: which of them is asked next, which is out, and until when.
//!
//! Knows results, not connections; shared by all workers. Invariants: some upstream is always named, since an answer
//! that may fail is better than none; whatever fails, the time one is out is bounded; a label is a name from the
//! settings.

use std::cmp::Reverse;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use http::StatusCode;
use http::uri::Authority;

use super::UpstreamError;
use crate::config::{Ejection, Health, Route, Spread};
use crate::metrics::Metrics;

/// What a route's upstreams have shown so far.
pub struct Standing {
    route: Arc<str>,
    places: Box<[Place]>,
    health: Option<Health>,
    ejection: Option<Ejection>,
    /// Whose turn it is among equals.
    turn: AtomicUsize,
    metrics: Arc<Metrics>,
}

struct Place {
    /// Host and port, from the settings.
    name: Box<str>,
    /// Requests whose answer has not begun.
    pending: AtomicUsize,
    record: Mutex<Record>,
}

#[derive(Default)]
struct Record {
    /// The checks say so.
    ill: bool,
    /// Checks in a row that say otherwise.
    doubts: u32,
    /// Failures in a row.
    failures: u32,
    /// How often it was put out since it last answered.
    ejections: u32,
    /// Out until then.
    until: Option<Instant>,
}

/// A request under way to an upstream, until it is dropped.
pub struct Pending<'a> {
    pub upstream: usize,
    count: &'a AtomicUsize,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Standing {
    /// How the upstreams of a route's root stand, then that of each further place.
    pub fn all(route: &Route, metrics: &Arc<Metrics>) -> Arc<[Arc<Self>]> {
        let alone = Spread::default();
        let further = route.places.iter().map(|place| &place.upstream.authority);
        let further = further.map(|name| Self::new(route, std::iter::once(name), &alone, metrics));
        let root = Self::new(route, route.authorities(), &route.spread, metrics);
        std::iter::once(root).chain(further).collect()
    }

    fn new<'n>(
        route: &Route,
        names: impl Iterator<Item = &'n Authority>,
        spread: &Spread,
        metrics: &Arc<Metrics>,
    ) -> Arc<Self> {
        let place = |name: &Authority| Place {
            name: name.as_str().into(),
            pending: AtomicUsize::new(0),
            record: Mutex::default(),
        };
        let new = Self {
            route: Arc::clone(&route.name),
            places: names.map(place).collect(),
            health: spread.health.clone(),
            ejection: spread.ejection,
            turn: AtomicUsize::new(0),
            metrics: Arc::clone(metrics),
        };
        if new.is_watched() {
            new.places.iter().for_each(|place| new.metrics.upstream_stands(&new.route, &place.name, true));
        }
        Arc::new(new)
    }

    /// Whether these still tell of a route after the settings were read again.
    pub fn are_of(all: &[Arc<Self>], route: &Route) -> bool {
        let Some(root) = all.first() else { return false };
        let Route { name, spread, .. } = route;
        let names = all.iter().flat_map(|standing| standing.places.iter().map(|place| &*place.name));
        *name == root.route
            && (&spread.health, spread.ejection) == (&root.health, root.ejection)
            && root.places.len() == route.authorities().count()
            && route.recipients().map(Authority::as_str).eq(names)
    }

    /// The metrics forget upstreams that are no more.
    pub fn leave(&self) {
        self.places.iter().for_each(|place| self.metrics.upstream_left(&self.route, &place.name));
    }

    /// The upstream to ask: of those that stand, the one that `mark` stays with, or else the least busy; where all
    /// are out, the one whose time is up first. None that was tried already; `None` when all were.
    pub(super) fn choose(&self, mark: Option<u64>, tried: &[usize]) -> Option<Pending<'_>> {
        if self.places.len() == 1 && tried.is_empty() {
            return Some(self.pending(0));
        }
        let untried = |upstream: &usize| !tried.contains(upstream);
        let (turn, count) = (self.turn.fetch_add(1, Ordering::Relaxed), self.places.len());
        let now = Instant::now();
        let in_turn = (0..count).map(|step| (turn.wrapping_add(step)) % count).filter(untried);
        let (stand, out): (Vec<_>, Vec<_>) = in_turn.partition(|upstream| self.stands(*upstream, now));
        let chosen = match mark {
            Some(mark) => stand.into_iter().max_by_key(|upstream| self.affinity(mark, *upstream)),
            None => stand.into_iter().min_by_key(|upstream| self.busy(*upstream)),
        };
        let chosen = chosen.or_else(|| {
            out.into_iter().min_by_key(|upstream| {
                let record = self.record(*upstream);
                (record.ill, record.until)
            })
        });
        chosen.map(|upstream| self.pending(upstream))
    }

    /// An upstream's answer has begun.
    pub(super) fn answered(&self, upstream: usize, status: StatusCode) {
        match status {
            StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
                self.failed_at(upstream, Instant::now());
            }
            _ if self.ejection.is_some() => {
                let mut record = self.record(upstream);
                (record.failures, record.ejections) = (0, 0);
            }
            _ => {}
        }
    }

    /// There was none.
    pub(super) fn failed(&self, upstream: usize, error: UpstreamError) {
        self.count_failure(upstream, error.reason());
        if error.is_upstreams() {
            self.failed_at(upstream, Instant::now());
        }
    }

    /// It broke off after it had begun.
    pub(super) fn broke_off(&self, upstream: usize, reason: &'static str) {
        self.count_failure(upstream, reason);
        let name = &*self.places[upstream].name;
        tracing::info!(route = &*self.route, upstream = name, reason, "answer broke off");
        self.failed_at(upstream, Instant::now());
    }

    /// A request goes out once more.
    pub(super) fn sent_again(&self) {
        self.metrics.sent_again(&self.route);
    }

    /// What a check found.
    pub(super) fn checked(&self, upstream: usize, well: bool) {
        let Some(health) = &self.health else { return };
        let name = &*self.places[upstream].name;
        self.metrics.checked(&self.route, name, well);
        let mut record = self.record(upstream);
        if record.ill != well {
            record.doubts = 0;
            return;
        }
        record.doubts += 1;
        let needed = if well { health.healthy_after } else { health.unhealthy_after };
        if record.doubts >= needed {
            (record.ill, record.doubts) = (!well, 0);
            let stands = well && record.until.is_none();
            drop(record);
            self.tell(upstream, stands, "check");
        }
    }

    /// Lets those back in whose time is up.
    pub fn settle(&self) {
        let now = Instant::now();
        (0..self.places.len()).for_each(|upstream| {
            self.stands(upstream, now);
        });
    }

    fn stands(&self, upstream: usize, now: Instant) -> bool {
        if !self.is_watched() {
            return true;
        }
        let mut record = self.record(upstream);
        if record.until.is_some_and(|until| until <= now) {
            record.until = None;
            // It has to show itself: one more failure, and it is out again, for longer.
            record.failures = self.ejection.map_or(0, |ejection| ejection.failures.saturating_sub(1));
            if !record.ill {
                drop(record);
                self.tell(upstream, true, "time");
                return true;
            }
        }
        !record.ill && record.until.is_none()
    }

    fn failed_at(&self, upstream: usize, now: Instant) {
        let Some(Ejection { failures, time, longest }) = self.ejection else { return };
        let mut record = self.record(upstream);
        record.failures = record.failures.saturating_add(1);
        if record.until.is_none() && record.failures >= failures {
            record.until = now.checked_add(span(time, longest, record.ejections));
            record.ejections = record.ejections.saturating_add(1);
            let was_ill = record.ill;
            drop(record);
            self.metrics.upstream_ejected(&self.route, &self.places[upstream].name);
            if !was_ill {
                self.tell(upstream, false, "failures");
            }
        }
    }

    fn tell(&self, upstream: usize, stands: bool, reason: &'static str) {
        let (route, upstream) = (&*self.route, &*self.places[upstream].name);
        self.metrics.upstream_stands(route, upstream, stands);
        if stands {
            tracing::info!(route, upstream, reason, "upstream is back");
        } else {
            tracing::warn!(route, upstream, reason, "upstream is out");
        }
    }

    fn count_failure(&self, upstream: usize, reason: &'static str) {
        self.metrics.upstream_failed(&self.route, &self.places[upstream].name, reason);
    }

    /// Whether anything could put an upstream out.
    fn is_watched(&self) -> bool {
        self.health.is_some() || self.ejection.is_some()
    }

    fn pending(&self, upstream: usize) -> Pending<'_> {
        let count = &self.places[upstream].pending;
        count.fetch_add(1, Ordering::Relaxed);
        Pending { upstream, count }
    }

    fn busy(&self, upstream: usize) -> usize {
        self.places[upstream].pending.load(Ordering::Relaxed)
    }

    /// Rendezvous hashing: when one upstream is out, only its own visitors go elsewhere.
    fn affinity(&self, mark: u64, upstream: usize) -> Reverse<u64> {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        Reverse(hasher.hash_one((mark, &self.places[upstream].name)))
    }

    fn record(&self, upstream: usize) -> MutexGuard<'_, Record> {
        self.places[upstream].record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Twice as long each time, up to the longest.
fn span(first: Duration, longest: Duration, ejections: u32) -> Duration {
    first.saturating_mul(1u32.checked_shl(ejections).unwrap_or(u32::MAX)).min(longest)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config;

    const SETTINGS: &str = r#"
[[listener]]
address = "127.0.0.1:0"
tls = "off"

[[route]]
name = "r"
host = "a.example"
upstream = ["https://one.example", "https://two.example"]
ejection = { failures = 2, time = "10s", longest = "1m" }
health = { path = "/up", healthy_after = 2, unhealthy_after = 2 }
"#;

    fn standing() -> Arc<Standing> {
        let settings = config::parse(SETTINGS, Path::new("proxy.toml")).unwrap();
        Arc::clone(&Standing::all(&settings.routes[0], &Arc::new(Metrics::new()))[0])
    }

    /// Whether the first upstream is out from a moment on for just so many seconds.
    fn is_out_for(standing: &Standing, since: Instant, seconds: u64) -> bool {
        let end = since + Duration::from_secs(seconds);
        let is_out = [since, end - Duration::from_millis(1)].into_iter().all(|now| !standing.stands(0, now));
        is_out && standing.stands(0, end)
    }

    #[test]
    fn one_that_comes_back_and_fails_at_once_is_out_for_twice_as_long() {
        let (standing, mut now) = (standing(), Instant::now());
        standing.failed_at(0, now);
        assert!(standing.stands(0, now));
        for seconds in [10, 20, 40, 60, 60] {
            standing.failed_at(0, now);
            assert!(standing.stands(1, now) && is_out_for(&standing, now, seconds), "{seconds}");
            now += Duration::from_secs(seconds);
        }
    }

    #[test]
    fn an_answer_makes_up_for_every_failure() {
        let (standing, mut now) = (standing(), Instant::now());
        for _ in 0..2 {
            standing.failed_at(0, now);
            assert!(standing.stands(0, now));
            standing.failed_at(0, now);
            assert!(is_out_for(&standing, now, 10));
            now += Duration::from_secs(10);
            standing.answered(0, StatusCode::NOT_FOUND);
        }
    }

    #[test]
    fn checks_count_where_they_say_the_same_in_a_row() {
        let (standing, now) = (standing(), Instant::now());
        for (well, stands) in [
            (false, true),
            (true, true),
            (false, true),
            (false, false),
            (true, false),
            (false, false),
            (true, false),
            (true, true),
        ] {
            standing.checked(0, well);
            assert_eq!(standing.stands(0, now), stands);
        }
    }

    #[test]
    fn a_good_check_ends_no_time_out() {
        let (standing, now) = (standing(), Instant::now());
        let is_up = || {
            let line = "privet_upstream_up{route=\"r\",upstream=\"one.example\"} 1\n";
            standing.metrics.encode().unwrap().contains(line)
        };
        assert!(is_up());
        for well in [false, false, true, true] {
            standing.failed_at(0, now);
            standing.checked(0, well);
        }
        assert!(!is_up() && is_out_for(&standing, now, 10));
        assert!(is_up());
    }

    #[test]
    fn who_fails_again_is_out_for_twice_as_long_up_to_the_longest() {
        let (first, longest) = (Duration::from_secs(10), Duration::from_secs(65));
        let spans = [0, 1, 2, 3, 31, 32, u32::MAX].map(|ejections| span(first, longest, ejections).as_secs());
        assert_eq!(spans, [10, 20, 40, 65, 65, 65, 65]);
    }
}
