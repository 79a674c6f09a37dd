//! A body sent under a label, and what holds of every body.
//!
//! Knows labels; does not know forms, so each target says how the visitor is looked for in its own. Invariant: a
//! body that no law was tried on is not given back.

use std::net::IpAddr;

use bytes::Bytes;
use http::Request;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use privet::privacy::Refusal;

use crate::laws;
use crate::stage::Stage;

pub const JSON: &str = "application/json";
pub const FORM: &str = "application/x-www-form-urlencoded";
pub const TEXT: &str = "text/plain";
pub const ENVELOPE: &str = "application/x-sentry-envelope";

/// How an address is looked for in a body of some form.
pub type Search = fn(&[u8], IpAddr);

/// What leaves of a body, with its labels.
pub fn post(stage: &Stage, labels: &[(&str, &str)], body: &[u8]) -> Result<(Request<Bytes>, u64), Refusal> {
    let mut request = Request::post("/e");
    for (name, value) in labels {
        request = request.header(*name, *value);
    }
    let request = request.body(Bytes::copy_from_slice(body)).expect("labels are headers");
    stage.request(request).map(laws::left)
}

/// What leaves of a body without codings, once every law was tried on it.
pub fn body(stage: &Stage, label: &str, came: &[u8], search: Search) -> Result<Bytes, Refusal> {
    let (left, treated) = post(stage, &[("content-type", label)], came)?;
    let label = left.headers().get(CONTENT_TYPE).map_or("", |value| value.to_str().expect("a label is text"));
    assert!(!left.headers().contains_key(CONTENT_ENCODING), "a coding was made up");
    search(left.body(), stage.address);
    laws::bounded(came.len(), left.body().len());
    if stage.is_open() {
        laws::untouched(treated, came, left.body());
    }
    if stage.is_idempotent() && !left.body().is_empty() {
        let labels = [("content-type", label)];
        laws::settles(left.body(), |body| Ok(post(stage, &labels, body)?.0.into_body().to_vec()));
    }
    Ok(left.into_body())
}

/// The body as a text of its own, if it is in no other form: neither packed nor an image, nor of two bytes a letter.
pub fn plain_text(body: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(body).ok()?;
    let other = text.starts_with("x\u{1}") || text.starts_with("GIF8") || text.starts_with("RIFF");
    let wide = matches!(body, [first, second, ..] if (*first == 0) != (*second == 0));
    (!other && !wide && !text.is_empty()).then_some(text)
}

/// Whether a text is JSON, by its grammar alone: browsers send halves of characters, and long numbers.
pub fn is_json(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}
