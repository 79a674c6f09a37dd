//! Where a route leads, as meant: one upstream or several, whom they trust, and when one is left out.
//!
//! Knows no socket; certificates and keys are here as they were read. Invariant: all upstreams of a route have scheme,
//! path and trust in common, so that to whichever a request goes, it goes the same way.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::uri::{Authority, PathAndQuery, Scheme};
use rustls::RootCertStore;
use rustls::sign::CertifiedKey;

use super::settings::Route;

/// Where a route leads. Two routes with equal upstreams share nothing but the rules of connecting.
#[derive(Clone, Debug)]
pub struct Upstream {
    pub scheme: Scheme,
    pub authority: Authority,
    /// Prefix put before every path, without a final `/`; often empty.
    pub base_path: String,
    /// Private authorities, trusted instead of the public roots.
    pub ca: Option<Arc<RootCertStore>>,
    /// The certificate privet shows, with its key.
    pub client: Option<Arc<CertifiedKey>>,
    /// Whether the name may resolve to a private, loopback or link-local address.
    pub allow_private: bool,
}

/// The further upstreams of a route, which have all but the authority in common with its first, and how they take turns.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    pub others: Vec<Authority>,
    /// Whether one visitor stays with one upstream.
    pub sticky: bool,
    pub health: Option<Health>,
    /// Never without others: the only upstream is never left out.
    pub ejection: Option<Ejection>,
}

/// What privet asks an upstream by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub path: PathAndQuery,
    pub interval: Duration,
    pub timeout: Duration,
    /// So many good answers in a row, and it is back.
    pub healthy_after: u32,
    /// So many failures in a row, and it is out.
    pub unhealthy_after: u32,
    /// The status of a good answer; none: any of 200 to 299.
    pub status: Option<StatusCode>,
}

/// When an upstream that fails is left out, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ejection {
    /// Failures in a row.
    pub failures: u32,
    /// The first time; twice as long each time after.
    pub time: Duration,
    pub longest: Duration,
}

impl Route {
    /// All upstreams, in the order written.
    pub fn upstreams(&self) -> impl Iterator<Item = Upstream> {
        let at = |authority: &Authority| Upstream { authority: authority.clone(), ..self.upstream.clone() };
        self.authorities().map(at)
    }

    /// Their hosts and ports.
    pub fn authorities(&self) -> impl Iterator<Item = &Authority> {
        [&self.upstream.authority].into_iter().chain(&self.spread.others)
    }

    /// The same as one text.
    pub fn places(&self) -> String {
        self.authorities().map(Authority::as_str).collect::<Vec<_>>().join(", ")
    }

    /// Their hosts, each once.
    pub fn hosts(&self) -> String {
        let mut hosts: Vec<&str> = Vec::new();
        for host in self.authorities().map(Authority::host) {
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts.join(", ")
    }
}
