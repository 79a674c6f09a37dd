//! What all exchanges share: the settings, the keys of pseudonyms, the counters.
//!
//! Knows how settings are swapped whole; does not know what is done with them. Invariant: an exchange sees the
//! settings it began with to its end.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::cache::Cache;
use super::crowds::Crowds;
use super::keys::{self, Keys};
use super::rate::Rates;
use super::room::Room;
use super::shapes::{Observations, ObservedRoute};
use super::standings::Standings;
use crate::config::{Route, Settings, Spot};
use crate::metrics::{Counts, Metrics};
use crate::privacy::{Epoch, Visitor};
use crate::upstream::{UpstreamError, Upstreams, Ways};

/// Shared by all workers.
pub struct Shared {
    settings: ArcSwap<Settings>,
    pub(super) keys: Keys,
    pub(super) crowds: Crowds,
    pub(super) rates: Rates,
    pub(super) room: Room,
    pub(super) metrics: Arc<Metrics>,
    pub(super) cache: Cache,
    pub(super) standings: Standings,
    pub(super) observations: Observations,
    /// Tells visitors apart where one is to stay with one upstream.
    marks: RandomState,
}

impl Shared {
    pub fn new(settings: Settings, metrics: Arc<Metrics>) -> Arc<Self> {
        let keys = Keys::new(&settings.pseudonyms);
        let standings = Standings::new(&settings.routes, &metrics);
        let room = Room::new(settings.limits.bodies);
        tell_patches(&settings, &metrics);
        let cache = Cache::default();
        cache.set(settings.limits.cache);
        let (settings, crowds, rates) =
            (ArcSwap::from_pointee(settings), Crowds::default(), Rates::default());
        let (observations, marks) = (Observations::default(), RandomState::new());
        Arc::new(Self { settings, keys, crowds, rates, room, metrics, cache, standings, observations, marks })
    }

    pub fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// What privet remembers is looked after for as long as it runs.
    pub async fn tend(&self) {
        tokio::join!(self.keys.tend(), self.standings.tend(|| self.settings()));
    }

    /// The same once, so that what is far is there before the first visitor.
    pub async fn prepare(&self) {
        self.keys.look_after().await;
    }

    /// Forgets what privet remembers.
    pub fn wipe(&self) {
        self.keys.wipe();
        self.crowds.keep(&[]);
        self.rates.keep(&[]);
        self.observations.keep(&[]);
        self.cache.set(self.settings().limits.cache);
    }

    /// The shapes of observed routes, for operators.
    pub fn shapes(&self) -> Vec<ObservedRoute> {
        self.observations.told(&self.settings().routes)
    }

    /// From now on, exchanges begin with these settings.
    pub fn replace(&self, settings: Settings) {
        self.keys.set(&settings.pseudonyms);
        self.crowds.keep(&settings.routes);
        self.rates.keep(&settings.routes);
        self.room.resize(settings.limits.bodies);
        self.observations.keep(&settings.routes);
        tell_patches(&settings, &self.metrics);
        let settings = Arc::new(settings);
        self.settings.store(Arc::clone(&settings));
        self.cache.set(settings.limits.cache);
        self.standings.keep(&settings.routes);
    }

    /// What a visitor's requests to a sticky route have in common for an epoch. It stays in this process.
    pub fn mark(&self, route: &Route, visitor: &Visitor, settings: &Settings) -> Option<u64> {
        let epoch = || Epoch::at(keys::seconds(), settings.pseudonyms.epoch).number();
        route.spread.sticky.then(|| self.marks.hash_one((visitor.mark(&self.marks), epoch())))
    }
}

/// A patch that was never put in shows as nought, not as nothing.
fn tell_patches(settings: &Settings, metrics: &Metrics) {
    for route in &settings.routes {
        for patch in route.names.patches() {
            metrics.patched(&route.name, &patch.name, 0);
        }
    }
}

/// One worker's view of some settings: what its exchanges need of each route, found once.
pub struct Generation {
    pub settings: Arc<Settings>,
    /// In the order of the settings.
    routes: Vec<Ready>,
}

/// A route that is ready for exchanges.
struct Ready {
    counts: Arc<Counts>,
    /// The ways out, whose pools are nobody else's.
    ways: Result<Ways, UpstreamError>,
}

impl Generation {
    pub fn new(settings: Arc<Settings>, shared: &Shared) -> Self {
        let ready = |route: &Arc<Route>| {
            let ways = Ways::new(route, &settings.limits, &shared.standings.of(route));
            let told = |error: &UpstreamError| tracing::error!(route = %route.name, "upstream: {error}");
            Ready { counts: shared.metrics.of(&route.name), ways: ways.inspect_err(told) }
        };
        Self { routes: settings.routes.iter().map(ready).collect(), settings }
    }

    /// What is counted of the route of this number.
    pub fn counts(&self, number: usize) -> Arc<Counts> {
        Arc::clone(&self.routes[number].counts)
    }

    /// The upstreams of one of its places.
    pub fn upstreams(&self, number: usize, spot: &Spot) -> Result<Arc<Upstreams>, UpstreamError> {
        self.routes[number].ways.as_ref().map_err(|error| *error)?.to(spot)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod tests {
    use super::*;
    use crate::config::pages::{Pages, Purpose};
    use crate::config::{
        KeyPlace, Limits, Listener, Process, ProxyProtocol, PseudonymSettings, RouteLimit, Server, Spread,
        Tls, Upstream,
    };
    use crate::privacy::choice::VisitorChoice;
    use crate::privacy::{Actions, Files, Mount, NameMap, Policy, PolicyParts, Undecodable};
    use std::time::Duration;

    /// A route to an upstream, under `strict`, for any host and path.
    pub fn route(name: &str, upstream: &str) -> Route {
        let uri: http::Uri = upstream.parse().unwrap();
        let parts = PolicyParts {
            rules: vec![],
            names: NameMap::default(),
            actions: Actions::builtin("strict").unwrap(),
            sentinels: vec![],
            off_switches: vec![],
            country: vec![],
            kept_cookies: vec![],
            withheld_cookies: vec![],
            undecodable: Undecodable::Refuse,
            files: Files::Refuse,
            depth: 64,
            body_limit: 1024,
            site_origins: vec![],
        };
        Route {
            name: name.into(),
            host: None,
            path: None,
            keep_path: false,
            upstream: Upstream {
                scheme: uri.scheme().unwrap().clone(),
                authority: uri.authority().unwrap().clone(),
                base_path: String::new(),
                ca: None,
                client: None,
                allow_private: false,
                connect_to: None,
            },
            spread: Spread::default(),
            places: [].into(),
            mounts: [Mount {
                upstream: uri.authority().unwrap().clone(),
                base_path: String::new(),
                host: None,
                place: "/".to_owned(),
                keep_path: false,
            }]
            .into(),
            names: Arc::default(),
            vendor: None,
            recipient: "Vendor".into(),
            purpose: Purpose::default(),
            policy_name: "strict".into(),
            rare: None,
            observe: None,
            policy: Policy::compile(parts),
            choice: VisitorChoice::default(),
            strict: None,
            consent: None,
            activate_on_click: false,
            limit: RouteLimit::default(),
            body_limit: 1024,
            site_origins: vec![],
            site: "site.example".into(),
            collision: None,
        }
    }

    pub fn settings(routes: Vec<Route>) -> Settings {
        let second = Duration::from_secs(1);
        Settings {
            geo: None,
            listeners: vec![Listener {
                address: "127.0.0.1:0".parse().unwrap(),
                tls: Tls::Off,
                trusted_proxies: vec![],
                proxy_protocol: ProxyProtocol::Off,
                strict_sni: false,
            }],
            server: Server { workers: 1 },
            process: Process::default(),
            admin: None,
            limits: Limits {
                connections: 10,
                connections_per_address: 10,
                head: 32 * 1024,
                bodies: 1 << 20,
                cache: 1 << 20,
                header_read: second,
                body_read: second,
                answer_read: second,
                upstream_connect: second,
                upstream_response: second,
                upstream_silence: second,
                upstream_age: second,
                idle: second,
                drain: second,
            },
            pages: Pages::default(),
            pseudonyms: PseudonymSettings { epoch: Duration::from_secs(86400), keys: KeyPlace::Memory },
            routes: routes.into_iter().map(Arc::new).collect(),
            named: vec![],
            notes: vec![],
        }
    }
}
