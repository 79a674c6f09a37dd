//! Texts that each detector, each reading and each surface would rather not meet, as long as a body may be.
//!
//! Work that grew with the square of a text would not end before the visitor's patience does.

use crate::makers;
use crate::range::Range;

const LIMIT: usize = 64 << 10;

/// What is looked for begins with these, and never ends.
const PIECES: [&str; 24] = [
    "1",
    "1.",
    "1:",
    "::",
    "1-",
    "+1 ",
    "(0",
    "4111 ",
    "0x",
    "@",
    "a@b.",
    "://a:",
    "ey.",
    "de89",
    "%",
    "%25",
    "\\",
    "\\u0",
    "&#",
    "=2",
    "QUFB",
    "é1.",
    "\u{200b}1",
    "\u{a0}",
];

async fn thrown(range: &Range, text: &str) {
    let word = makers::json(text);
    let element = makers::json(text.get(..40).unwrap_or("é1.é1."));
    for (label, body) in [
        ("text/plain", text.to_owned()),
        ("application/json", format!("{{\"a\":{word}}}")),
        ("application/json", format!("[{}]", vec![&*element; LIMIT / (element.len() + 1) - 2].join(","))),
        ("application/x-www-form-urlencoded", format!("a={text}")),
    ] {
        let body = &body.as_bytes()[..body.len().min(LIMIT)];
        let status = range.throw(&format!("Content-Type: {label}"), body).await;
        assert!(matches!(status, 200 | 400 | 413 | 415), "{status} for {label}");
    }
}

#[tokio::test]
async fn hostile_text_is_treated_or_refused_in_time() {
    let range = Range::new("hostile", LIMIT, "").await;
    for piece in PIECES {
        thrown(&range, &piece.repeat(LIMIT / 2 / makers::json(piece).len())).await;
    }
    range.stands(1).await;
}

#[tokio::test]
async fn what_is_found_everywhere_is_bounded() {
    const LIMIT: usize = 256 << 10;
    let range = Range::new("finds", LIMIT, "policy = \"balanced\"").await;
    for find in ["1.1.1.1 ", "a@b.io ", "127.77.77.77 ", "MjAzLjAuMTEzLjc3 ", "203%2E0%2E113%2E77 "] {
        let text = find.repeat(LIMIT / find.len());
        let status = range.throw("Content-Type: text/plain", text.as_bytes()).await;
        assert!(matches!(status, 200 | 400 | 413 | 415), "{status} for {find}");
    }
    range.stands(1).await;
}
