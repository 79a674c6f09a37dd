//! Where a route leads, as meant: one upstream or several, whom they trust, and when one is left out.
//!
//! Knows no socket; certificates and keys are here as they were read. Invariant: all upstreams of a route have scheme
//! and trust in common, and those that take turns the path as well, so that to whichever a request goes, it goes the
//! same way.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http::uri::{Authority, PathAndQuery, Scheme};
use rustls::RootCertStore;
use rustls::sign::CertifiedKey;

use super::settings::Route;
use crate::privacy::{Mount, Visitor, is_shard};

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
    /// Where every connection goes, instead of where the name leads; what is said on it names the upstream all the
    /// same.
    pub connect_to: Option<SocketAddr>,
}

/// A further host of the vendor's, and where the route serves it.
#[derive(Clone, Debug)]
pub struct Place {
    /// Below the route's path; begins and ends with `/`.
    pub at: String,
    /// Its host may have one `*`, and so has `at` then: it stands for one label or a part of it.
    pub upstream: Upstream,
}

/// One of a route's places, as a request asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Spot {
    #[default]
    Root,
    Further {
        number: usize,
        /// What `*` stands for.
        captured: Option<Box<str>>,
    },
}

/// The further upstreams of a route, which have all but the authority in common with its first, and how they take
/// turns.
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

impl Spot {
    /// Whether what `*` stands for, and leaves as a host's name, tells this visitor's address.
    pub fn tells_of(&self, visitor: &Visitor) -> bool {
        matches!(self, Self::Further { captured: Some(label), .. } if visitor.is_told_in(label))
    }
}

impl Place {
    /// Where it stands below a route's path.
    pub fn below(&self, root: &str) -> String {
        format!("{}{}", root.trim_end_matches('/'), self.at)
    }

    /// The same up to `*`.
    pub fn fixed_part(&self, root: &str) -> String {
        let place = self.below(root);
        place.split('*').next().unwrap_or(&place).to_owned()
    }

    /// How much of a path, told from below the route's on, leads here, and what `*` stands for in it.
    pub fn reached_by<'p>(&self, path: &'p str) -> Option<(usize, Option<&'p str>)> {
        let at = &self.at[1..];
        let Some((before, after)) = at.split_once('*') else {
            return is_below(path, at).then_some((at.len(), None));
        };
        let rest = path.strip_prefix(before)?;
        let label = rest.split('/').next().unwrap_or(rest);
        is_below(&rest[label.len()..], after)
            .then_some((before.len() + label.len() + after.len(), Some(label)))
    }

    /// Where it leads for what `*` stands for; none where it may not stand for that.
    pub fn leading_to(&self, label: &str) -> Option<Upstream> {
        let authority = self.upstream.authority.as_str().replacen('*', label, 1);
        let authority = authority.parse().ok().filter(|_| is_shard(label))?;
        Some(Upstream { authority, ..self.upstream.clone() })
    }
}

/// Whether a path is a prefix's own place or below it; the prefix ends with `/`.
fn is_below(path: &str, prefix: &str) -> bool {
    path.starts_with(prefix) || Some(path) == prefix.strip_suffix('/')
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

    /// The same, and those of the further places.
    pub fn recipients(&self) -> impl Iterator<Item = &Authority> {
        self.authorities().chain(self.places.iter().map(|place| &place.upstream.authority))
    }

    /// All of them as one text, each once.
    pub fn addresses(&self) -> String {
        each_once(self.recipients().map(Authority::as_str))
    }

    /// Their hosts, the same.
    pub fn hosts(&self) -> String {
        each_once(self.recipients().map(Authority::host))
    }

    /// Where the vendor's hosts of this route stand on the visitor's side: its upstreams, then its further places.
    pub fn own_mounts(&self) -> &[Mount] {
        let count = 1 + self.spread.others.len() + self.places.len();
        self.mounts.get(..count).unwrap_or(&self.mounts)
    }

    /// The one that a request asks for.
    pub fn mount(&self, spot: &Spot) -> Option<Cow<'_, Mount>> {
        match spot {
            Spot::Root => self.mounts.first().map(Cow::Borrowed),
            Spot::Further { number, captured } => {
                let mount = self.mounts.get(1 + self.spread.others.len() + number)?;
                match captured {
                    Some(label) => mount.capturing(label).map(Cow::Owned),
                    None => Some(Cow::Borrowed(mount)),
                }
            }
        }
    }
}

fn each_once<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut known: Vec<&str> = Vec::new();
    for name in names {
        if !known.contains(&name) {
            known.push(name);
        }
    }
    known.join(", ")
}
