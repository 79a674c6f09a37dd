//! Bounds: how many, how large, how deep, how long.
//!
//! Invariant: none is zero where zero would mean never or always, and none is beyond sense.

use std::fmt::Display;
use std::time::Duration;

use super::super::file::{
    EjectionEntry, HealthEntry, LimitEntry, LimitsEntry, ObserveEntry, RareEntry, RouteEntry,
};
use super::super::section::Written;
use super::super::settings::{Frequency, Limits, RouteLimit};
use super::super::units::{written, written_size};
use super::super::upstream::Ejection;
use super::Desk;
use crate::privacy::Rare;

const DAY: Duration = Duration::from_hours(24);
const SHORT: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_hours(1);
/// Longer than any regulator lets a visitor be recognized: thirteen months.
const LONGEST_EPOCH: Duration = Duration::from_hours(24 * 395);
/// How long a stream of events may be silent, whatever the limit for idle connections.
const LEAST_SILENCE: Duration = Duration::from_mins(5);
const LARGEST_BODY: u64 = 1 << 30;
const MOST_BODIES: u64 = 1 << 40;
const DEEPEST: u64 = 512;
/// The counts tell no more visitors apart.
const MOST_TOLD_APART: u64 = 100;
const LONGEST_WINDOW: Duration = Duration::from_hours(24 * 30);
const MOST_CONNECTIONS: u64 = 1_000_000;
/// Answers or failures of an upstream that are counted as a row.
const MOST_IN_A_ROW: u64 = 100;
/// Less than hyper reads at a time, and more than any browser sends.
const SMALLEST_HEAD: u64 = 8 << 10;
const LARGEST_HEAD: u64 = 1 << 20;
const MINUTE: Duration = Duration::from_mins(1);
const MOST_REQUESTS: u64 = 1_000_000;

/// The limits of all routes, and those that each route may change or takes into its policy.
pub struct Bounds {
    pub shared: Limits,
    pub body: usize,
    pub depth: usize,
}

pub fn limits(entry: &LimitsEntry, desk: &Desk<'_>) -> Bounds {
    let seconds = Duration::from_secs;
    let number = |key, value: &Option<Written<u64>>, default, most| {
        within(
            Limit { place: "[limits]", key, value: value.as_ref(), least: 1, most, default },
            u64::to_string,
            desk,
        )
    };
    let time = |key, value: &Option<Written<Duration>>, default, least| {
        let limit = Limit { place: "[limits]", key, value: value.as_ref(), least, most: HOUR, default };
        within(limit, |span| written(*span), desk)
    };
    let idle = time("idle", &entry.idle, seconds(60), SHORT);
    let connections = number("connections", &entry.connections, 10_000, MOST_CONNECTIONS);
    let per_address =
        number("connections_per_address", &entry.connections_per_address, connections, MOST_CONNECTIONS);
    let body = body("[limits]", entry.body.as_ref(), 8 << 20, desk);
    Bounds {
        shared: Limits {
            connections: connections as usize,
            connections_per_address: per_address as usize,
            head: head(entry.head.as_ref(), desk),
            bodies: bodies(entry.bodies.as_ref(), body, desk),
            cache: cache(entry.cache.as_ref(), desk),
            header_read: time("header_read", &entry.header_read, seconds(10), SHORT),
            body_read: time("body_read", &entry.body_read, seconds(30), SHORT),
            answer_read: time("answer_read", &entry.answer_read, seconds(30), SHORT),
            upstream_connect: time("upstream_connect", &entry.upstream_connect, seconds(5), SHORT),
            upstream_response: time("upstream_response", &entry.upstream_response, seconds(60), SHORT),
            upstream_silence: time(
                "upstream_silence",
                &entry.upstream_silence,
                idle.max(LEAST_SILENCE),
                SHORT,
            ),
            upstream_age: time("upstream_age", &entry.upstream_age, seconds(300), SHORT),
            idle,
            drain: time("drain", &entry.drain, seconds(30), Duration::ZERO),
        },
        body,
        depth: number("depth", &entry.depth, 64, DEEPEST) as usize,
    }
}

/// The largest request body, of all routes or of one.
pub fn body(place: &str, value: Option<&Written<u64>>, default: usize, desk: &Desk<'_>) -> usize {
    let limit = Limit { place, key: "body", value, least: 1, most: LARGEST_BODY, default: default as u64 };
    within(limit, |bytes| written_size(*bytes), desk) as usize
}

/// All bodies together: one at the least.
fn bodies(value: Option<&Written<u64>>, body: usize, desk: &Desk<'_>) -> usize {
    let (place, key, least, most) = ("[limits]", "bodies", body as u64, MOST_BODIES);
    let limit = Limit { place, key, value, least, most, default: least.max(256 << 20) };
    within(limit, |bytes| written_size(*bytes), desk) as usize
}

/// A route whose largest body finds no room even alone contradicts itself.
pub fn each_fits(routes: &[RouteEntry], bodies: usize, desk: &Desk<'_>) {
    for (entry, body) in routes.iter().filter_map(|entry| Some((entry, entry.body.as_ref()?))) {
        if body.value > bodies as u64 {
            let what = format!("body is {}, more than all bodies together", written_size(body.value));
            let most = written_size(bodies as u64);
            desk.findings.tell(
                body.line,
                &entry.place,
                what,
                format!("write at most {most}, or more for limits.bodies"),
            );
        }
    }
}

fn head(value: Option<&Written<u64>>, desk: &Desk<'_>) -> usize {
    let (place, key, least, most) = ("[limits]", "head", SMALLEST_HEAD, LARGEST_HEAD);
    let limit = Limit { place, key, value, least, most, default: 32 << 10 };
    within(limit, |bytes| written_size(*bytes), desk) as usize
}

fn cache(value: Option<&Written<u64>>, desk: &Desk<'_>) -> usize {
    let (place, key, most) = ("[limits]", "cache", LARGEST_BODY);
    let limit = Limit { place, key, value, least: 0, most, default: 16 << 20 };
    within(limit, |bytes| written_size(*bytes), desk) as usize
}

/// What one visitor may ask of a route.
pub fn route(entry: &LimitEntry, desk: &Desk<'_>) -> RouteLimit {
    let place = &entry.place;
    if entry.requests.is_none() && entry.messages.is_none() {
        let instead = "write requests = 600, messages = 600 or both";
        desk.findings.missing(entry.line, place, &["requests", "messages"], instead);
    }
    let per = Limit {
        place,
        key: "per",
        value: entry.per.as_ref(),
        least: Duration::from_secs(1),
        most: MINUTE,
        default: MINUTE,
    };
    let per = within(per, |span| written(*span), desk);
    let frequency = |key, value: &Option<Written<u64>>, burst: Option<&Written<u64>>| {
        let count = value.as_ref()?;
        let limit = Limit { place, key, value: Some(count), least: 1, most: MOST_REQUESTS, default: 1 };
        let count = within(limit, u64::to_string, desk).max(1);
        // What is forgotten within a minute must be earned again within one.
        let most = (u128::from(count) * MINUTE.as_millis() / per.as_millis().max(1)) as u64;
        let limit = Limit { place, key: "burst", value: burst, least: 1, most, default: count };
        let burst = within(limit, u64::to_string, desk);
        Some(Frequency { count: count as u32, per, burst: u32::try_from(burst).unwrap_or(u32::MAX) })
    };
    RouteLimit {
        requests: frequency("requests", &entry.requests, entry.burst.as_ref()),
        messages: frequency("messages", &entry.messages, None),
    }
}

/// How long an epoch lasts.
pub fn epoch(value: Option<&Written<Duration>>, desk: &Desk<'_>) -> Duration {
    let (place, least) = ("[pseudonyms]", Duration::from_secs(1));
    let limit = Limit { place, key: "epoch", value, least, most: LONGEST_EPOCH, default: DAY };
    within(limit, |span| written(*span), desk)
}

/// From how many visitors on a look is told; `cnil` asks for it, other policies when they are told to.
pub fn rare(entry: &RouteEntry, policy: &str, desk: &Desk<'_>) -> Option<Rare> {
    let (below, window) = match &entry.rare {
        None if policy != "cnil" => return None,
        Some(RareEntry::Keep | RareEntry::Wrong) => return None,
        None => (None, None),
        Some(RareEntry::Counted { below, window }) => (below.as_ref(), window.as_ref()),
    };
    let place = &format!("{}, rare", entry.place);
    let below = Limit { place, key: "below", value: below, least: 2, most: MOST_TOLD_APART, default: 10 };
    let least = Duration::from_mins(1);
    let window = Limit { place, key: "window", value: window, least, most: LONGEST_WINDOW, default: DAY };
    Some(Rare {
        below: within(below, u64::to_string, desk) as u32,
        window: within(window, |span| written(*span), desk).as_secs(),
    })
}

/// From how many visitors on a shape is told; none where nothing is observed.
pub fn observe(entry: &RouteEntry, desk: &Desk<'_>) -> Option<usize> {
    let visitors = match entry.observe.as_ref()? {
        ObserveEntry::Flag(false) | ObserveEntry::Wrong => return None,
        ObserveEntry::Flag(true) => None,
        ObserveEntry::Told { visitors } => visitors.as_ref(),
    };
    let place = &format!("{}, observe", entry.place);
    let limit =
        Limit { place, key: "visitors", value: visitors, least: 1, most: MOST_TOLD_APART, default: 3 };
    Some(within(limit, u64::to_string, desk) as usize)
}

/// How often an upstream is asked for its health, and how long it may take to answer.
pub fn health_times(entry: &HealthEntry, desk: &Desk<'_>) -> [Duration; 2] {
    let time = |key, value: &Option<Written<Duration>>, default| {
        let (place, value) = (entry.place.as_str(), value.as_ref());
        let limit = Limit { place, key, value, least: SHORT, most: HOUR, default };
        within(limit, |span| written(*span), desk)
    };
    [
        time("interval", &entry.interval, Duration::from_secs(10)),
        time("timeout", &entry.timeout, Duration::from_secs(2)),
    ]
}

/// After how many answers it is back, and after how many failures out.
pub fn health_counts(entry: &HealthEntry, desk: &Desk<'_>) -> [u32; 2] {
    let count = |key, value: &Option<Written<u64>>, default| {
        let (place, value) = (entry.place.as_str(), value.as_ref());
        within(Limit { place, key, value, least: 1, most: MOST_IN_A_ROW, default }, u64::to_string, desk)
    };
    [
        count("healthy_after", &entry.healthy_after, 2) as u32,
        count("unhealthy_after", &entry.unhealthy_after, 3) as u32,
    ]
}

/// When an upstream is left out, and how long.
pub fn ejection(entry: Option<&EjectionEntry>, desk: &Desk<'_>) -> Ejection {
    let (place, failures, time, longest) = match entry {
        Some(EjectionEntry::After { place, failures, time, longest }) => {
            (place.as_str(), failures.as_ref(), time.as_ref(), longest.as_ref())
        }
        _ => ("", None, None, None),
    };
    let default = 5;
    let failures = Limit { place, key: "failures", value: failures, least: 1, most: MOST_IN_A_ROW, default };
    let default = Duration::from_secs(10);
    let time = Limit { place, key: "time", value: time, least: SHORT, most: HOUR, default };
    let time = within(time, |span| written(*span), desk);
    let default = time.max(Duration::from_mins(5));
    let longest = Limit { place, key: "longest", value: longest, least: time, most: DAY, default };
    Ejection {
        failures: within(failures, u64::to_string, desk) as u32,
        time,
        longest: within(longest, |span| written(*span), desk),
    }
}

struct Limit<'a, T> {
    place: &'a str,
    key: &'a str,
    value: Option<&'a Written<T>>,
    least: T,
    most: T,
    default: T,
}

fn within<T, S>(limit: Limit<'_, T>, show: impl Fn(&T) -> S, desk: &Desk<'_>) -> T
where
    T: PartialOrd + Copy,
    S: Display,
{
    let Limit { place, key, value, least, most, default } = limit;
    let Some(written) = value else { return default };
    if written.value < least || written.value > most {
        let what = format!("{key} is {}", show(&written.value));
        desk.findings.tell(written.line, place, what, format!("write {} to {}", show(&least), show(&most)));
    }
    written.value
}
