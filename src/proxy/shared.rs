//! What all exchanges share: the settings, the keys of pseudonyms, the counters.
//!
//! Knows how settings are swapped whole; does not know what is done with them. Invariant: an exchange sees the
//! settings it began with to its end.

use std::collections::HashMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::crowds::Crowds;
use super::keys::Keys;
use crate::config::{Route, Settings};
use crate::metrics::Metrics;
use crate::upstream::{Client, UpstreamError};

/// Shared by all workers.
pub struct Shared {
    settings: ArcSwap<Settings>,
    pub(super) keys: Keys,
    pub(super) crowds: Crowds,
    pub(super) metrics: Arc<Metrics>,
}

impl Shared {
    pub fn new(settings: Settings, metrics: Arc<Metrics>) -> Arc<Self> {
        let keys = Keys::new(&settings.pseudonyms);
        let (settings, crowds) = (ArcSwap::from_pointee(settings), Crowds::default());
        Arc::new(Self { settings, keys, crowds, metrics })
    }

    pub fn settings(&self) -> Arc<Settings> {
        self.settings.load_full()
    }

    /// What privet remembers is looked after for as long as it runs.
    pub async fn tend(&self) {
        self.keys.tend().await;
    }

    /// The same once, so that what is far is there before the first visitor.
    pub async fn prepare(&self) {
        self.keys.look_after().await;
    }

    /// Forgets what privet remembers.
    pub fn wipe(&self) {
        self.keys.wipe();
        self.crowds.keep(&[]);
    }

    /// From now on, exchanges begin with these settings.
    pub fn replace(&self, settings: Settings) {
        self.keys.set(&settings.pseudonyms);
        self.crowds.keep(&settings.routes);
        self.settings.store(Arc::new(settings));
    }
}

/// One worker's view of some settings: a client for each route, whose pools are nobody else's.
pub struct Generation {
    pub settings: Arc<Settings>,
    clients: HashMap<Arc<str>, Result<Client, UpstreamError>>,
}

impl Generation {
    pub fn new(settings: Arc<Settings>) -> Self {
        let made = |route: &Arc<Route>| (Arc::clone(&route.name), client(route, &settings));
        Self { clients: settings.routes.iter().map(made).collect(), settings }
    }

    pub fn client(&self, route: &Route) -> Result<&Client, UpstreamError> {
        self.clients
            .get(&route.name)
            .map_or(Err(UpstreamError::Connect), |client| client.as_ref().map_err(|e| *e))
    }
}

fn client(route: &Route, settings: &Settings) -> Result<Client, UpstreamError> {
    Client::new(&route.upstream, &settings.limits).inspect_err(|error| {
        tracing::error!(route = %route.name, "upstream: {error}");
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod tests {
    use super::*;
    use crate::config::pages::{Pages, Purpose};
    use crate::config::{
        KeyPlace, Limits, Listener, Process, ProxyProtocol, PseudonymSettings, Server, Tls, Upstream,
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
                allow_private: false,
            },
            mounts: [Mount {
                upstream: uri.authority().unwrap().clone(),
                base_path: String::new(),
                host: None,
                place: "/".to_owned(),
                keep_path: false,
            }]
            .into(),
            vendor: None,
            recipient: "Vendor".into(),
            purpose: Purpose::default(),
            policy_name: "strict".into(),
            rare: None,
            policy: Policy::compile(parts),
            choice: VisitorChoice::default(),
            strict: None,
            consent: None,
            activate_on_click: false,
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
                header_read: second,
                body_read: second,
                upstream_connect: second,
                upstream_response: second,
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
