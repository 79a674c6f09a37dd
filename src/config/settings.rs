//! The settings as meant: always valid, ready to be used.
//!
//! Knows no TOML and no file. Invariant: a value of these types can only be run, never be wrong; what could
//! be wrong was told by `load` before.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use zeroize::Zeroizing;

use super::pages::{Pages, Purpose};
use super::upstream::{Place, Spread, Upstream};
use crate::privacy::choice::{Consent, VisitorChoice};
use crate::privacy::surface::response::Names;
use crate::privacy::{Category, Collision, Geo, Key, Mount, Policy, Pseudonyms, Rare};

/// All of `proxy.toml`, and the routes it comes to.
#[derive(Clone, Debug)]
pub struct Settings {
    pub listeners: Vec<Listener>,
    pub server: Server,
    pub process: Process,
    pub admin: Option<Admin>,
    pub limits: Limits,
    pub pseudonyms: PseudonymSettings,
    pub pages: Pages,
    /// Addresses to countries; none: no action can be `country`.
    pub geo: Option<Geo>,
    pub routes: Vec<Arc<Route>>,
    /// Every file and directory that was named or read.
    pub named: Vec<PathBuf>,
    /// What is allowed and still worth saying, shown by `check` and once at the start.
    pub notes: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listener {
    pub address: SocketAddr,
    pub tls: Tls,
    /// Whose word about the visitor's address is believed.
    pub trusted_proxies: Vec<IpNet>,
    pub proxy_protocol: ProxyProtocol,
    /// Whether a visitor who asks for none of the certificates' names is turned away.
    pub strict_sni: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    Off,
    /// Certificate chain and key, one pair for each set of names (SNI).
    Certificates(Vec<CertificatePair>),
    /// Names of a development certificate, made once and kept in `directory`.
    SelfSigned {
        names: Vec<String>,
        directory: PathBuf,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePair {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// What the authority says of the certificate, sent along with it.
    pub ocsp: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyProtocol {
    Off,
    Optional,
    Required,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// Threads, each with its own runtime and listener sockets; never 0.
    pub workers: usize,
}

/// What the process is, and what it may do, once its sockets are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Whether it gives up what it does not need; unsaid, the environment decides.
    pub sandbox: Option<bool>,
    /// Whom it becomes.
    pub identity: Option<Identity>,
}

/// A user and a group, by number; never root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub user: u32,
    pub group: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admin {
    pub address: SocketAddr,
}

/// Every bound that holds for all routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub connections: usize,
    /// Of one network: an IPv4 address, or 64 bits of an IPv6 one.
    pub connections_per_address: usize,
    /// A request's head, in bytes.
    pub head: usize,
    /// All bodies that are held at once, in bytes.
    pub bodies: usize,
    /// What is kept of vendors' scripts and styles, in bytes; 0: nothing.
    pub cache: usize,
    pub header_read: Duration,
    pub body_read: Duration,
    /// For a visitor to take the next piece of an answer.
    pub answer_read: Duration,
    pub upstream_connect: Duration,
    pub upstream_response: Duration,
    /// Between two pieces of an answer.
    pub upstream_silence: Duration,
    /// For which a connection is used again.
    pub upstream_age: Duration,
    pub idle: Duration,
    pub drain: Duration,
}

/// How much one visitor may ask of a route.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RouteLimit {
    pub requests: Option<Frequency>,
    /// Of one socket.
    pub messages: Option<Frequency>,
}

/// So many in a span of time, and so many of them at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frequency {
    pub count: u32,
    pub per: Duration,
    pub burst: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PseudonymSettings {
    /// How long a stand-in stays the same.
    pub epoch: Duration,
    pub keys: KeyPlace,
}

/// Where the key of an epoch is, beside in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    Memory,
    File(PathBuf),
    Store(StoreAddress),
}

/// A Redis store, and how to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreAddress {
    pub tls: bool,
    pub host: String,
    pub port: u16,
    pub user: Option<String>,
    pub password: Option<Password>,
    pub database: u32,
    /// PEM file of private authorities, trusted instead of the public roots.
    pub ca: Option<PathBuf>,
}

/// Never shown, wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub fn text(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// One vendor's backend, and what may reach it.
#[derive(Clone, Debug)]
pub struct Route {
    pub name: Arc<str>,
    /// Lower case, without port.
    pub host: Option<String>,
    /// Begins and ends with `/`.
    pub path: Option<String>,
    pub keep_path: bool,
    /// Where it leads; the first of several places.
    pub upstream: Upstream,
    pub spread: Spread,
    /// Further hosts of the vendor's, each served at a place of its own below the path.
    pub places: Arc<[Place]>,
    /// Where the visitor finds the vendor's servers: this route's own upstreams and places first, then the other
    /// routes', then the vendor's other hosts, which only this route stands for.
    pub mounts: Arc<[Mount]>,
    /// Their names and the vendor's patches, as they are looked for in answers.
    pub names: Arc<Names>,
    pub vendor: Option<Arc<str>>,
    /// Who stands behind the upstream, as visitors are told.
    pub recipient: Arc<str>,
    pub purpose: Purpose,
    pub policy_name: Arc<str>,
    /// The rules and actions, compiled.
    pub policy: Policy,
    /// How a visitor's choice is heeded.
    pub choice: VisitorChoice,
    /// The same route under `strict`, for who said no by a signal that leads there; none where no signal does.
    pub strict: Option<Arc<Route>>,
    /// What the site's consent tool must have said before anything passes.
    pub consent: Option<Consent>,
    /// Whether nothing passes before the visitor presses a button.
    pub activate_on_click: bool,
    /// From how many visitors on a browser, screen and language may be told together; none: always.
    pub rare: Option<Rare>,
    /// From how many visitors on the shape of what they send is told; none: nothing is observed.
    pub observe: Option<usize>,
    /// What one visitor may ask; none: as much as it likes.
    pub limit: RouteLimit,
    /// Largest request body in bytes, wrapped and unwrapped.
    pub body_limit: usize,
    /// Scheme, host and port, lower case; empty: any site, without credentials.
    pub site_origins: Vec<String>,
    /// The site whose visitors come here: what is one to them, and what pseudonyms are bound to.
    pub site: Arc<str>,
    /// Of how many visitors how many share their stand-in; without, none are meant to.
    pub collision: Option<Collision>,
}

impl Route {
    /// What would leave of a made-up visitor's value of a category; `None`: nothing. Of a stand-in it shows the shape
    /// alone, as it differs with every key.
    pub fn example(&self, category: Category) -> Option<String> {
        let vendor = self.vendor.as_deref().unwrap_or(&self.name);
        let pseudonyms = Pseudonyms::new(&Key::from_bytes([0; 32]), 0, &self.site, vendor);
        self.policy.example(category, category.sample(), &pseudonyms.colliding(self.collision))
    }
}
