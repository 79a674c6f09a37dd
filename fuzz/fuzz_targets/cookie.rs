//! A visitor's cookies: only pairs that a rule names leave, in one line, in their order.
#![no_main]

use bytes::Bytes;
use http::header::{COOKIE, HeaderValue};
use http::{HeaderMap, Request};
use libfuzzer_sys::fuzz_target;
use privet::privacy::Refusal;
use privet_fuzz::{Stage, laws};

/// Beginnings of the names that the stage's rules, the general map and PostHog's know.
const KNOWN: [&str; 6] = ["keep", "lang", "page", "ph_", "dmn_chk_", "__ph_opt_in_out_"];

fuzz_target!(|data: &[u8]| {
    let Some((stage, cookies)) = Stage::of(data) else { return };
    // Two lines, as HTTP/2 splits them.
    let lines: Vec<HeaderValue> = cookies.splitn(2, |byte| *byte == b'\n').filter_map(line).collect();
    let Ok(left) = leaving(&stage, &lines) else { return };
    assert!(left.get_all(COOKIE).iter().count() <= 1, "cookies left in two lines");
    let Some(line) = left.get(COOKIE) else { return };
    for pair in line.as_bytes().split(|byte| *byte == b';') {
        laws::nobody_in_target(&String::from_utf8_lossy(pair), stage.address);
    }
    let mut came = lines.iter().flat_map(|line| names(line.as_bytes()));
    for name in names(line.as_bytes()) {
        assert!(KNOWN.iter().any(|known| name.starts_with(known.as_bytes())), "{line:?}");
        assert!(came.any(|other| other == name), "{line:?} of {lines:?}");
    }
    laws::bounded(cookies.len(), line.len());
    if stage.is_idempotent() {
        laws::settles(line.as_bytes(), |line| {
            let line = HeaderValue::from_bytes(line).expect("a header leaves as one");
            Ok(leaving(&stage, &[line])?.get(COOKIE).map_or(Vec::new(), |line| line.as_bytes().to_vec()))
        });
    }
});

fn leaving(stage: &Stage, lines: &[HeaderValue]) -> Result<HeaderMap, Refusal> {
    let mut request = Request::get("/").body(Bytes::new()).expect("a request");
    for line in lines {
        request.headers_mut().append(COOKIE, line.clone());
    }
    let (left, _) = laws::left(stage.request(request)?);
    Ok(left.headers().clone())
}

/// A header of text; octets beyond are spelled anew.
fn line(bytes: &[u8]) -> Option<HeaderValue> {
    HeaderValue::from_bytes(bytes).ok().filter(|_| std::str::from_utf8(bytes).is_ok())
}

fn names(line: &[u8]) -> Vec<Vec<u8>> {
    let pairs = line.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    pairs.filter_map(|pair| pair.split(|byte| *byte == b'=').next()).map(<[u8]>::to_vec).collect()
}
