//! Where a route leads, as written: its upstreams, whom they trust, and how they are watched.
//!
//! Does not know which URLs, files or spans make sense. Invariant: one upstream is a text, several are a list of texts,
//! and nothing else is either.

use std::time::Duration;

use toml::de::DeValue;

use super::super::section::{Section, Written};
use super::PairEntry;

#[derive(Debug)]
pub struct UpstreamEntry {
    /// `None`: not written; without a URL: told already.
    pub urls: Option<Vec<Written<String>>>,
    pub ca: Option<Written<String>>,
    pub client: Option<PairEntry>,
    pub allow_private: Option<Written<bool>>,
    pub region: Option<Written<String>>,
    pub account: Option<Written<String>>,
    pub connect_to: Option<Written<String>>,
    pub sticky: Option<Written<bool>>,
    pub health: Option<HealthEntry>,
    pub ejection: Option<EjectionEntry>,
}

#[derive(Debug)]
pub struct HealthEntry {
    pub line: usize,
    pub place: String,
    pub path: Option<Written<String>>,
    pub interval: Option<Written<Duration>>,
    pub timeout: Option<Written<Duration>>,
    pub healthy_after: Option<Written<u64>>,
    pub unhealthy_after: Option<Written<u64>>,
    pub status: Option<Written<u64>>,
}

#[derive(Debug)]
pub enum EjectionEntry {
    Off,
    After {
        place: String,
        failures: Option<Written<u64>>,
        time: Option<Written<Duration>>,
        longest: Option<Written<Duration>>,
    },
    /// Told already.
    Wrong,
}

impl UpstreamEntry {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        Self {
            urls: urls(section),
            ca: section.text("upstream_ca"),
            client: client(section),
            allow_private: section.flag("allow_private"),
            region: section.text("region"),
            account: section.text("account"),
            connect_to: section.text("connect_to"),
            sticky: section.flag("sticky"),
            health: section.section("health").map(HealthEntry::read),
            ejection: EjectionEntry::read(section),
        }
    }
}

fn urls(section: &mut Section<'_>) -> Option<Vec<Written<String>>> {
    let (value, line) = section.value("upstream")?;
    match value.get_ref() {
        DeValue::String(url) => Some(vec![Written { value: url.as_ref().to_owned(), line }]),
        DeValue::Array(_) => Some(section.texts("upstream").map(|list| list.value).unwrap_or_default()),
        other => {
            section.wrong(line, "upstream", "a URL in quotes, or a list of them", other);
            None
        }
    }
}

fn client(section: &mut Section<'_>) -> Option<PairEntry> {
    let (value, line) = section.value("upstream_client")?;
    let DeValue::Table(table) = value.get_ref() else {
        let right = "{ certificate = \"…\", key = \"…\" }";
        section.wrong(line, "upstream_client", right, value.get_ref());
        return None;
    };
    let inner = section.inner(table, line, format!("{}, upstream_client", section.place));
    Some(PairEntry::read(inner))
}

impl HealthEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            line: s.line,
            place: s.place.clone(),
            path: s.text("path"),
            interval: s.duration("interval"),
            timeout: s.duration("timeout"),
            healthy_after: s.count("healthy_after"),
            unhealthy_after: s.count("unhealthy_after"),
            status: s.count("status"),
        })
    }
}

impl EjectionEntry {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let (value, line) = section.value("ejection")?;
        Some(match value.get_ref() {
            DeValue::String(word) if word == "off" => Self::Off,
            DeValue::Table(table) => {
                let place = format!("{}, ejection", section.place);
                section.inner(table, line, place).read(|s| Self::After {
                    place: s.place.clone(),
                    failures: s.count("failures"),
                    time: s.duration("time"),
                    longest: s.duration("longest"),
                })
            }
            other => {
                let right = "{ failures = 5, time = \"10s\", longest = \"5m\" } or \"off\"";
                section.wrong(line, "ejection", right, other);
                Self::Wrong
            }
        })
    }
}
