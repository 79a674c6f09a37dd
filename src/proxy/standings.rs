//! How the upstreams of all routes stand, over every reload, and who asks them.
//!
//! Knows routes; what makes an upstream stand is floor 3's. Invariant: a route that a reload leaves as it was keeps
//! what is known of its upstreams; of one that is gone nothing is asked any more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::config::{Route, Settings};
use crate::metrics::Metrics;
use crate::upstream::{self, Standing};

/// How often upstreams whose time is up are let back in though nobody asks for them.
const TICK: Duration = Duration::from_secs(1);

/// How the upstreams of a route's root stand, then that of each further place.
type OfRoute = Arc<[Arc<Standing>]>;

/// By route, shared by all workers.
pub struct Standings {
    routes: Mutex<HashMap<Arc<str>, OfRoute>>,
    metrics: Arc<Metrics>,
    changed: Notify,
}

impl Standings {
    pub fn new(routes: &[Arc<Route>], metrics: &Arc<Metrics>) -> Self {
        let new = Self { routes: Mutex::default(), metrics: Arc::clone(metrics), changed: Notify::new() };
        new.keep(routes);
        new
    }

    /// What is known of the upstreams of a route's root, then of each further place's.
    pub fn of(&self, route: &Route) -> OfRoute {
        let routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        match routes.get(&route.name) {
            Some(standings) if Standing::are_of(standings, route) => Arc::clone(standings),
            // Of settings that are no longer those of all.
            _ => Standing::all(route, &self.metrics),
        }
    }

    /// From now on these are the routes.
    pub fn keep(&self, routes: &[Arc<Route>]) {
        let mut current = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        current.retain(|_, standings| {
            let stays = routes.iter().any(|route| Standing::are_of(standings, route));
            if !stays {
                standings.iter().for_each(|standing| standing.leave());
            }
            stays
        });
        for route in routes {
            let new = || Standing::all(route, &self.metrics);
            current.entry(Arc::clone(&route.name)).or_insert_with(new);
        }
        self.changed.notify_one();
    }

    /// Asks upstreams how they are where the settings say so, for as long as it is polled.
    pub async fn tend(&self, settings: impl Fn() -> Arc<Settings>) {
        loop {
            // Dropped, and so at an end, when the settings change.
            let _checks = self.checks(&settings());
            tokio::select! {
                () = self.changed.notified() => {}
                () = self.settle() => {}
            }
        }
    }

    fn checks(&self, settings: &Settings) -> JoinSet<()> {
        let mut checks = JoinSet::new();
        for route in &settings.routes {
            let Some(health) = &route.spread.health else { continue };
            let standings = self.of(route);
            let Some(standing) = standings.first() else { continue };
            for (number, upstream) in route.upstreams().enumerate() {
                let standing = Arc::clone(standing);
                checks.spawn(upstream::watch(upstream, number, health.clone(), settings.limits, standing));
            }
        }
        checks
    }

    async fn settle(&self) {
        loop {
            sleep(TICK).await;
            let standings: Vec<_> =
                self.routes.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
            standings.iter().flat_map(|of_route| of_route.iter()).for_each(|standing| standing.settle());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::{Ejection, Place, Spread, Upstream};
    use crate::proxy::shared::tests::route;

    #[test]
    fn a_route_with_other_places_is_another() {
        let with = |hosts: &[&str]| {
            let route = route("one", "https://vendor.example");
            let place = |host: &&str| Place {
                at: format!("/_p/{host}/"),
                upstream: Upstream { authority: host.parse().unwrap(), ..route.upstream.clone() },
            };
            Arc::new(Route { places: hosts.iter().map(place).collect(), ..route.clone() })
        };
        let standings = Standings::new(&[with(&["a.example", "b.example"])], &Arc::new(Metrics::new()));
        let known = standings.of(&with(&["a.example", "b.example"]));
        assert_eq!(known.len(), 3);
        assert!(Arc::ptr_eq(&known, &standings.of(&with(&["a.example", "b.example"]))));
        for other in [&["a.example"][..], &["a.example", "c.example"], &[]] {
            let made = standings.of(&with(other));
            assert!(!Arc::ptr_eq(&known, &made) && made.len() == 1 + other.len());
        }
    }

    #[test]
    fn a_route_keeps_what_is_known_of_it_until_it_changes() {
        let one = || Arc::new(route("one", "http://127.0.0.1:1"));
        let spread = |failures| {
            let (time, longest) = (Duration::from_secs(1), Duration::from_secs(1));
            Spread { ejection: Some(Ejection { failures, time, longest }), ..Spread::default() }
        };
        let two =
            |failures| Arc::new(Route { spread: spread(failures), ..route("two", "http://127.0.0.1:2") });
        let metrics = Arc::new(Metrics::new());
        let told = |place: &str| metrics.encode().is_ok_and(|text| text.contains(place));
        let standings = Standings::new(&[one(), two(5)], &metrics);
        let (first, second) = (standings.of(&one()), standings.of(&two(5)));
        assert!(told("privet_upstream_up{route=\"two\",upstream=\"127.0.0.1:2\"} 1"));
        standings.keep(&[one(), two(4)]);
        assert!(Arc::ptr_eq(&first, &standings.of(&one())));
        assert!(!Arc::ptr_eq(&second, &standings.of(&two(4))));
        standings.keep(&[one()]);
        assert!(!told("upstream=\"127.0.0.1:2\""));
    }
}
