//! A visitor's cookies: only pairs that a rule names leave, in one line, in their order.
#![no_main]

use bytes::Bytes;
use http::header::{COOKIE, HeaderValue};
use http::{HeaderMap, Request};
use libfuzzer_sys::fuzz_target;
use privet_fuzz::{Stage, laws};

/// Beginnings of the names that the stage's rules, the general map and PostHog's know.
const KNOWN: [&str; 6] = ["keep", "lang", "page", "ph_", "dmn_chk_", "__ph_opt_in_out_"];

fuzz_target!(|data: &[u8]| {
    let Some((stage, cookies)) = Stage::of(data) else { return };
    // Two lines, as HTTP/2 splits them.
    let lines: Vec<HeaderValue> = cookies
        .splitn(2, |byte| *byte == b'\n')
        .filter_map(|line| HeaderValue::from_bytes(line).ok())
        .collect();
    let Some(left) = leaving(&stage, &lines) else { return };
    laws::nobody_in(&left, stage.address);
    assert!(left.get_all(COOKIE).iter().count() <= 1, "cookies left in two lines");
    let Some(line) = left.get(COOKIE) else { return };
    let text = line.to_str().expect("cookies leave as plain text").to_owned();
    let mut came = lines.iter().flat_map(|line| names(line.as_bytes()));
    for name in names(text.as_bytes()) {
        assert!(KNOWN.iter().any(|known| name.starts_with(known.as_bytes())), "{text:?}");
        assert!(came.any(|other| other == name), "{text:?} of {lines:?}");
    }
    laws::bounded(cookies.len(), text.len());
    if stage.is_idempotent() {
        let again = leaving(&stage, &[line.clone()]).expect("what left once leaves again");
        laws::same(text.as_bytes(), again.get(COOKIE).map_or(b"", |line| line.as_bytes()));
    }
});

fn leaving(stage: &Stage, lines: &[HeaderValue]) -> Option<HeaderMap> {
    let mut request = Request::get("/").body(Bytes::new()).expect("a request");
    for line in lines {
        request.headers_mut().append(COOKIE, line.clone());
    }
    let (left, _) = laws::left(stage.request(request).ok()?);
    Some(left.headers().clone())
}

fn names(line: &[u8]) -> Vec<Vec<u8>> {
    let pairs = line.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    pairs.filter_map(|pair| pair.split(|byte| *byte == b'=').next()).map(<[u8]>::to_vec).collect()
}
