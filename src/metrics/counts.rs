//! What is counted of one route. An exchange adds to its counters without looking for them: each is found once.
//!
//! Knows which labels go with what; does not know what an exchange is. Invariant: a counter is told only once
//! something was counted, and asking for one takes no lock after the first time.

use std::sync::OnceLock;

use http::StatusCode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

use super::Open;
use super::labels::{MessageLabels, RefusalLabels, RequestLabels, RouteLabel, Status, ValueLabels};
use crate::privacy::{Category, Tally};

const UPSTREAM_SECONDS: [f64; 13] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// The counters of all routes.
#[derive(Clone, Debug)]
pub struct Families {
    pub requests: Family<RequestLabels, Counter>,
    pub values: Family<ValueLabels, Counter>,
    pub refusals: Family<RefusalLabels, Counter>,
    pub unmapped_fields: Family<RouteLabel, Counter>,
    pub messages: Family<MessageLabels, Counter>,
    pub open_sockets: Family<RouteLabel, Gauge>,
    pub upstream: Family<RouteLabel, Histogram>,
}

impl Families {
    pub fn new() -> Self {
        Self {
            requests: Family::default(),
            values: Family::default(),
            refusals: Family::default(),
            unmapped_fields: Family::default(),
            messages: Family::default(),
            open_sockets: Family::default(),
            upstream: Family::new_with_constructor(|| Histogram::new(UPSTREAM_SECONDS)),
        }
    }
}

/// The counters of one route.
#[derive(Debug)]
pub struct Counts {
    route: Box<str>,
    families: Families,
    requests: Found<(Status, &'static str), 16>,
    values: Found<(Category, &'static str), 32>,
    messages: Found<(&'static str, &'static str), 8>,
    upstream: OnceLock<Histogram>,
}

impl Counts {
    pub fn new(route: &str, families: &Families) -> Self {
        Self {
            route: route.into(),
            families: families.clone(),
            requests: Found::new(),
            values: Found::new(),
            messages: Found::new(),
            upstream: OnceLock::new(),
        }
    }

    /// The route's name.
    pub fn route(&self) -> &str {
        &self.route
    }

    /// One exchange is over: passed, preflight, refused or failed.
    pub fn request(&self, status: StatusCode, outcome: &'static str) {
        let status = Status::of(status);
        let labels = || RequestLabels { route: self.route.clone(), status, outcome };
        self.requests.add((status, outcome), 1, || self.families.requests.get_or_create_owned(&labels()));
    }

    /// What the engine did with one request, message or answer.
    pub fn treated(&self, tally: &Tally) {
        for (category, action, count) in tally.counts() {
            self.values(category, action, count);
        }
        if tally.unmapped() > 0 {
            self.unmapped(tally.unmapped());
        }
    }

    /// So many values of a category were treated by an action.
    pub(super) fn values(&self, category: Category, action: &'static str, count: u64) {
        let labels = || ValueLabels { route: self.route.clone(), category: category.name(), action };
        self.values.add((category, action), count, || self.families.values.get_or_create_owned(&labels()));
    }

    /// Fields that no rule and no map names.
    pub(super) fn unmapped(&self, count: u64) {
        self.families.unmapped_fields.get_or_create(&self.label()).inc_by(count);
    }

    /// The engine let nothing pass.
    pub fn refusal(&self, reason: &'static str) {
        let labels = RefusalLabels { route: self.route.clone(), reason };
        self.families.refusals.get_or_create(&labels).inc();
    }

    /// One message on a socket: `up` from the visitor or `down` to it; passed, removed or refused.
    pub fn message(&self, direction: &'static str, outcome: &'static str) {
        let labels = || MessageLabels { route: self.route.clone(), direction, outcome };
        self.messages.add((direction, outcome), 1, || self.families.messages.get_or_create_owned(&labels()));
    }

    /// A socket was opened; it counts as open until the value returned is dropped.
    pub fn socket_opened(&self) -> Open {
        Open::of(&self.families.open_sockets.get_or_create(&self.label()))
    }

    /// How long the vendor took to begin its answer.
    pub fn upstream_seconds(&self, seconds: f64) {
        let find = || self.families.upstream.get_or_create_owned(&self.label());
        self.upstream.get_or_init(find).observe(seconds);
    }

    fn label(&self) -> RouteLabel {
        RouteLabel { route: self.route.clone() }
    }
}

/// The first counters of a family that were asked for; the rest, if there are more, are looked up each time.
#[derive(Debug)]
struct Found<K, const N: usize>([OnceLock<(K, Counter)>; N]);

impl<K: PartialEq + Copy, const N: usize> Found<K, N> {
    const fn new() -> Self {
        Self([const { OnceLock::new() }; N])
    }

    fn add(&self, key: K, count: u64, find: impl Fn() -> Counter) {
        for place in &self.0 {
            let (known, counter) = place.get_or_init(|| (key, find()));
            if *known == key {
                counter.inc_by(count);
                return;
            }
        }
        find().inc_by(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_beyond_those_that_are_kept_at_hand_are_counted_too() {
        let families = Families::new();
        let counts = Counts::new("chat", &families);
        let statuses = || (100..600).filter_map(|code| StatusCode::from_u16(code).ok());
        for _ in 0..2 {
            statuses().for_each(|status| counts.request(status, "passed"));
        }
        let counted = |status| {
            let labels = RequestLabels { route: "chat".into(), status, outcome: "passed" };
            families.requests.get_or_create(&labels).get()
        };
        for status in [StatusCode::CONTINUE, StatusCode::OK, StatusCode::GATEWAY_TIMEOUT] {
            assert_eq!(counted(Status::of(status)), 2, "{status}");
        }
        assert!(counted(Status::Class("5xx")) > 100);
    }
}
