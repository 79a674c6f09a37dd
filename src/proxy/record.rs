//! What is told of an exchange: one log line when it ends, and its counters.
//!
//! Knows names from the settings, fixed words and numbers. Invariant: nothing of the visitor's is among them.

use std::sync::Arc;
use std::time::Instant;

use http::StatusCode;
use http::header::HeaderValue;

use super::error::Failure;
use crate::logging::{self, Field};
use crate::metrics::Counts;
use crate::privacy::Tally;

const ROUTE: Field = Field::of("route");
const STATUS: Field = Field::of("status");
const OUTCOME: Field = Field::of("outcome");
const REASON: Field = Field::of("reason");
const TREATED: Field = Field::of("treated");
const UNMAPPED: Field = Field::of("unmapped");
const MILLISECONDS: Field = Field::of("milliseconds");

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
        logging::info(module_path!(), "exchange", |line| {
            line.word(ROUTE, self.counts.route());
            line.count(STATUS, status.as_u16().into());
            line.word(OUTCOME, self.outcome);
            line.word(REASON, self.reason);
            line.count(TREATED, self.treated);
            line.count(UNMAPPED, self.unmapped);
            line.count(MILLISECONDS, milliseconds);
        });
    }
}
