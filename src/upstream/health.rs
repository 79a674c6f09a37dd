//! Asks an upstream how it is, again and again.
//!
//! Knows what a good answer is; what comes of one is `standing`'s. Invariants: what is asked is sealed like
//! everything that leaves, holds nothing of a visitor, and goes over a connection of its own; one question at a time,
//! each with a deadline.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tokio::time::{Instant, sleep};

use super::client::Client;
use super::standing::Standing;
use crate::config::{Health, Limits, Upstream};
use crate::privacy::question;

/// Asks the upstream of this number for as long as it is polled.
pub async fn watch(
    upstream: Upstream,
    number: usize,
    health: Health,
    limits: Limits,
    standing: Arc<Standing>,
) {
    // Each question asks for the name, the connection and the handshake, too.
    let limits = Limits { upstream_connect: health.timeout, upstream_age: Duration::ZERO, ..limits };
    // The path is asked for as it was written.
    let upstream = Upstream { base_path: String::new(), ..upstream };
    // A client that cannot be made asks nobody, which is what a failing check would say.
    let client = Client::new(&upstream, &limits).ok();
    loop {
        let well = match &client {
            Some(client) => is_well(client, &health).await,
            None => false,
        };
        standing.checked(number, well);
        sleep(health.interval).await;
    }
}

async fn is_well(client: &Client, health: &Health) -> bool {
    let deadline = Instant::now() + health.timeout;
    let answer = client.send(&question(&health.path), deadline).await;
    answer.is_ok_and(|answer| is_good(health.status, answer.status()))
}

fn is_good(expected: Option<StatusCode>, status: StatusCode) -> bool {
    expected.map_or_else(|| status.is_success(), |expected| status == expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_answer_is_the_one_expected_or_any_that_says_yes() {
        for (expected, status, good) in [
            (None, 200, true),
            (None, 204, true),
            (None, 302, false),
            (None, 503, false),
            (Some(StatusCode::UNAUTHORIZED), 401, true),
            (Some(StatusCode::OK), 204, false),
        ] {
            let status = StatusCode::from_u16(status).unwrap_or_default();
            assert_eq!(is_good(expected, status), good, "{expected:?} {status}");
        }
    }
}
