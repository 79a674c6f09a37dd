//! `proxy.toml` as written: which keys there are, and of which type.
//!
//! Knows names and shapes; does not know what they mean or which values make sense, that is `load`. Invariant:
//! every value keeps the line it stands on.

mod choice;
mod collision;
mod listener;
mod pages;
mod route;
mod upstream;

use std::time::Duration;

use toml::de::DeTable;

pub use choice::{ChoiceEntry, ConsentEntry, PredicateEntry};
pub use collision::CollisionEntry;
pub use listener::{ListenerEntry, PairEntry, TlsEntry};
pub use pages::{ColoursEntry, ContactEntry, PagesEntry};
pub use route::{
    ActionEntry, ActionsEntry, LimitEntry, ObserveEntry, PurposeEntry, RareEntry, RouteEntry, RuleEntry,
};
pub use upstream::{EjectionEntry, HealthEntry, UpstreamEntry};

use super::problem::Findings;
use super::section::{Section, Written};
use crate::privacy::Smaller;

#[derive(Debug)]
pub struct File {
    pub listeners: Vec<ListenerEntry>,
    pub server: ServerEntry,
    pub process: ProcessEntry,
    pub admin: Option<AdminEntry>,
    pub limits: LimitsEntry,
    pub pseudonyms: PseudonymsEntry,
    pub pages: PagesEntry,
    pub visitor_choice: VisitorChoiceEntry,
    pub geo: Option<GeoEntry>,
    pub routes: Vec<RouteEntry>,
}

#[derive(Debug, Default)]
pub struct ServerEntry {
    pub workers: Option<Written<u64>>,
}

#[derive(Debug, Default)]
pub struct ProcessEntry {
    pub sandbox: Option<Written<bool>>,
    pub user: Option<Written<String>>,
    pub group: Option<Written<String>>,
}

#[derive(Debug)]
pub struct AdminEntry {
    pub line: usize,
    pub address: Option<Written<String>>,
}

#[derive(Debug, Default)]
pub struct LimitsEntry {
    pub connections: Option<Written<u64>>,
    pub connections_per_address: Option<Written<u64>>,
    pub head: Option<Written<u64>>,
    pub body: Option<Written<u64>>,
    pub bodies: Option<Written<u64>>,
    pub cache: Option<Written<u64>>,
    pub depth: Option<Written<u64>>,
    pub header_read: Option<Written<Duration>>,
    pub body_read: Option<Written<Duration>>,
    pub answer_read: Option<Written<Duration>>,
    pub upstream_connect: Option<Written<Duration>>,
    pub upstream_response: Option<Written<Duration>>,
    pub upstream_silence: Option<Written<Duration>>,
    pub upstream_age: Option<Written<Duration>>,
    pub idle: Option<Written<Duration>>,
    pub drain: Option<Written<Duration>>,
}

/// What is the same for all routes of a site when a visitor says no.
#[derive(Debug, Default)]
pub struct VisitorChoiceEntry {
    pub site: Option<Written<String>>,
    pub choice: ChoiceEntry,
}

#[derive(Debug, Default)]
pub struct PseudonymsEntry {
    pub epoch: Option<Written<Duration>>,
    pub keys: Option<Written<String>>,
    pub keys_ca: Option<Written<String>>,
    pub collision: Option<Written<CollisionEntry>>,
}

#[derive(Debug)]
pub struct GeoEntry {
    pub line: usize,
    pub database: Option<Written<String>>,
    pub minimum_population: Option<Written<u64>>,
    pub smaller: Option<Written<Smaller>>,
    pub header: Option<Written<String>>,
}

impl File {
    pub fn read(table: &DeTable<'_>, findings: &Findings) -> Self {
        Section::top(table, findings).read(|top| Self {
            listeners: top.sections("listener", "address").into_iter().map(ListenerEntry::read).collect(),
            server: top.section("server").map(ServerEntry::read).unwrap_or_default(),
            process: top.section("process").map(ProcessEntry::read).unwrap_or_default(),
            admin: top.section("admin").map(AdminEntry::read),
            limits: top.section("limits").map(LimitsEntry::read).unwrap_or_default(),
            pseudonyms: top.section("pseudonyms").map(PseudonymsEntry::read).unwrap_or_default(),
            visitor_choice: top.section("visitor_choice").map(VisitorChoiceEntry::read).unwrap_or_default(),
            pages: top.section("pages").map(PagesEntry::read).unwrap_or_default(),
            geo: top.section("geo").map(GeoEntry::read),
            routes: top.sections("route", "name").into_iter().map(RouteEntry::read).collect(),
        })
    }
}

impl ServerEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self { workers: s.count("workers") })
    }
}

impl ProcessEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self { sandbox: s.flag("sandbox"), user: s.text("user"), group: s.text("group") })
    }
}

impl AdminEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self { line: s.line, address: s.text("address") })
    }
}

impl LimitsEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            connections: s.count("connections"),
            connections_per_address: s.count("connections_per_address"),
            head: s.size("head"),
            body: s.size("body"),
            bodies: s.size("bodies"),
            cache: s.size("cache"),
            depth: s.count("depth"),
            header_read: s.duration("header_read"),
            body_read: s.duration("body_read"),
            answer_read: s.duration("answer_read"),
            upstream_connect: s.duration("upstream_connect"),
            upstream_response: s.duration("upstream_response"),
            upstream_silence: s.duration("upstream_silence"),
            upstream_age: s.duration("upstream_age"),
            idle: s.duration("idle"),
            drain: s.duration("drain"),
        })
    }
}

impl VisitorChoiceEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self { site: s.text("site"), choice: ChoiceEntry::read(s) })
    }
}

impl GeoEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            line: s.line,
            database: s.text("database"),
            minimum_population: s.count("minimum_population"),
            smaller: s.word("smaller", &[("nothing", Smaller::Nothing), ("region", Smaller::Region)]),
            header: s.text("header"),
        })
    }
}

impl PseudonymsEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            epoch: s.duration("epoch"),
            keys: s.text("keys"),
            keys_ca: s.text("keys_ca"),
            collision: CollisionEntry::read(s),
        })
    }
}
