//! What is told of an exchange: one log line when it ends, and its counters.
//!
//! Knows names from the settings, fixed words and numbers. Invariant: nothing of the visitor's is among them.

use std::sync::Arc;
use std::time::Instant;

use http::StatusCode;
use http::header::HeaderValue;

use super::error::Failure;
use crate::metrics::Counts;
use crate::privacy::Tally;

/// What is told of an exchange when it ends: names from the settings, and numbers.
pub struct Record {
    pub counts: Arc<Counts>,
    started: Instant,
    pub outcome: &'static str,
    pub reason: &'static str,
    /// What the visitor's browser is told, where it asked.
    pub tk: Option<HeaderValue>,
    treated: u64,
    unmapped: u64,
}

impl Record {
    pub fn begin(counts: Arc<Counts>) -> Self {
        Self {
            counts,
            started: Instant::now(),
            outcome: "passed",
            reason: "",
            tk: None,
            treated: 0,
            unmapped: 0,
        }
    }

    pub fn count(&mut self, tally: &Tally) {
        self.counts.treated(tally);
        self.treated += tally.treated();
        self.unmapped += tally.unmapped();
    }

    pub fn waited(&self, since: Instant) {
        self.counts.upstream_seconds(since.elapsed().as_secs_f64());
    }

    pub fn fail(&mut self, failure: &Failure) {
        self.outcome = failure.outcome();
        self.reason = failure.reason();
        if self.outcome == "refused" || failure.is_unread_answer() {
            self.counts.refusal(self.reason);
        }
    }

    pub fn end(self, status: StatusCode) {
        self.counts.request(status, self.outcome);
        let milliseconds = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let Self { counts, outcome, reason, treated, unmapped, .. } = self;
        let (route, status) = (counts.route(), status.as_u16());
        tracing::info!(route, status, outcome, reason, treated, unmapped, milliseconds, "exchange");
    }
}
