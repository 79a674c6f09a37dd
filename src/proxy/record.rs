//! What is told of an exchange: one log line when it ends, and its counters.
//!
//! Knows names from the settings, fixed words and numbers. Invariant: nothing of the visitor's is among them.

use std::time::Instant;

use http::StatusCode;
use http::header::HeaderValue;

use super::error::Failure;
use crate::config::Route;
use crate::metrics::Metrics;
use crate::privacy::Tally;

/// What is told of an exchange when it ends: names from the settings, and numbers.
pub struct Record<'a> {
    metrics: &'a Metrics,
    route: &'a str,
    started: Instant,
    pub outcome: &'static str,
    pub reason: &'static str,
    /// What the visitor's browser is told, where it asked.
    pub tk: Option<HeaderValue>,
    treated: u64,
    unmapped: u64,
}

impl<'a> Record<'a> {
    pub fn begin(metrics: &'a Metrics, route: Option<&'a Route>) -> Self {
        let route = route.map_or("none", |route| &route.name);
        Self {
            metrics,
            route,
            started: Instant::now(),
            outcome: "passed",
            reason: "",
            tk: None,
            treated: 0,
            unmapped: 0,
        }
    }

    pub fn count(&mut self, tally: &Tally) {
        for (category, action, count) in tally.counts() {
            self.metrics.values(self.route, category, action, count);
        }
        self.treated += tally.treated();
        self.unmapped += tally.unmapped();
        if tally.unmapped() > 0 {
            self.metrics.unmapped(self.route, tally.unmapped());
        }
    }

    pub fn waited(&self, since: Instant) {
        self.metrics.upstream_seconds(self.route, since.elapsed().as_secs_f64());
    }

    pub fn fail(&mut self, failure: &Failure) {
        self.outcome = failure.outcome();
        self.reason = failure.reason();
        if self.outcome == "refused" || failure.is_unread_answer() {
            self.metrics.refusal(self.route, self.reason);
        }
    }

    pub fn end(self, status: StatusCode) {
        self.metrics.request(self.route, status, self.outcome);
        let milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Self { route, outcome, reason, treated, unmapped, .. } = self;
        let status = status.as_u16();
        tracing::info!(route, status, outcome, reason, treated, unmapped, milliseconds, "exchange");
    }
}
