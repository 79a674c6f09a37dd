//! What real scripts sent, once more, by way of the real server: as the engine treats it, so it arrives.
//!
//! Invariant: of every recorded request either exactly one arrives and says no marked word, or none does.

#[path = "../captures/recording.rs"]
#[allow(dead_code)] // here requests are sent, not built
mod recording;

use http::Method;
use recording::{Recorded, Recording};

use crate::judge;
use crate::support::{Backend, Stage, Visitor};

/// Each recording's vendor, and how many requests arrive, are answered here, and are refused.
const RECORDINGS: [(&str, &str, [usize; 3]); 21] = [
    ("posthog", "posthog", [22, 0, 0]),
    ("posthog-base64", "posthog", [52, 45, 0]),
    ("mixpanel", "mixpanel", [14, 1, 0]),
    ("matomo", "matomo", [9, 0, 0]),
    ("plausible", "plausible", [14, 0, 0]),
    ("segment", "segment", [9, 7, 0]),
    ("ga4", "ga4", [6, 0, 0]),
    ("amplitude", "amplitude", [3, 0, 0]),
    ("countly", "countly", [3, 0, 0]),
    ("jitsu", "jitsu", [3, 0, 0]),
    ("rudderstack", "rudderstack", [4, 0, 0]),
    ("snowplow", "snowplow", [4, 0, 0]),
    ("snowplow-get", "snowplow", [6, 0, 0]),
    ("sentry", "sentry", [6, 0, 0]),
    ("datadog", "datadog-rum", [6, 0, 0]),
    ("bugsnag", "bugsnag", [2, 0, 0]),
    ("rollbar", "rollbar", [1, 0, 0]),
    ("elastic", "elastic-apm", [2, 0, 0]),
    ("newrelic", "newrelic", [7, 0, 2]),
    ("otlp", "otel", [1, 0, 0]),
    ("rrweb", "rrweb", [11, 9, 0]),
];

/// The bytes a browser sent, to another host.
fn bytes(request: &Recorded) -> Vec<u8> {
    let mut text =
        format!("{} {} HTTP/1.1\r\nHost: vendor.test\r\nConnection: close\r\n", request.method, request.path);
    for (name, value) in &request.headers {
        let own = ["host", "connection", "content-length"].iter().any(|own| name.eq_ignore_ascii_case(own));
        if !own {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    let body = request.body();
    text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    [text.into_bytes(), body].concat()
}

async fn replay(recording: &Recording, backend: &Backend, visitor: Visitor) -> ([usize; 3], Vec<String>) {
    let canaries = recording.canaries();
    let (mut counts, mut wrong) = ([0; 3], Vec::new());
    for request in &recording.requests {
        backend.forget();
        let answer = visitor.send(&[bytes(request)]).await;
        let arrived = backend.requests();
        let outcome = match (arrived.len(), answer.status) {
            (1, 200) => 0,
            (0, 204) if request.method == Method::OPTIONS.as_str() => 1,
            (0, 400..=499) => 2,
            (count, status) => {
                wrong.push(format!("request {}: {count} arrived, answered with {status}", request.n));
                continue;
            }
        };
        counts[outcome] += 1;
        for said in judge::finds(&backend.bytes(), &canaries) {
            wrong.push(format!("request {}: {said} arrives", request.n));
        }
    }
    (counts, wrong)
}

#[tokio::test]
async fn what_real_scripts_sent_arrives_without_the_person_or_not_at_all() {
    let mut wrong = Vec::new();
    for (name, vendor, expected) in RECORDINGS {
        let recording = Recording::read(name);
        let route = format!(
            "vendor = \"{vendor}\"\npolicy = \"strict\"\nsite_origins = [\"https://shop.example.test\"]"
        );
        let stage = Stage::with(&route).await;
        let (counts, mut told) = replay(&recording, &stage.backend, stage.visitor()).await;
        if !told.is_empty() {
            // A random stand-in says four digits of a screen now and then; what leaks, leaks under every key.
            let stage = Stage::with(&route).await;
            let (_, again) = replay(&recording, &stage.backend, stage.visitor()).await;
            told.retain(|told| again.contains(told));
        }
        wrong.extend(told.into_iter().map(|told| format!("{name}: {told}")));
        if counts != expected {
            wrong.push(format!(
                "{name}: {counts:?} arrived, were answered here, were refused; not {expected:?}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
