//! Request targets: a path keeps its segments, a query its order, and both are a target again.
#![no_main]

use bytes::Bytes;
use http::Request;
use http::uri::PathAndQuery;
use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;
use privet::privacy::Refusal;
use privet_fuzz::{Stage, laws};

fuzz_target!(|data: &[u8]| {
    let Some((stage, target)) = Stage::of(data) else { return };
    let Ok(came) = PathAndQuery::try_from(target) else { return };
    if !came.as_str().starts_with('/') {
        return;
    }
    let Ok((left, treated)) = leaving(&stage, came.as_str()) else { return };
    laws::nobody_in_target(&left, stage.address);
    laws::bounded(came.as_str().len(), left.len());
    if stage.is_open() && !came.as_str().ends_with('?') {
        laws::untouched(treated, came.as_str().as_bytes(), left.as_bytes());
    }
    let segments = |target: &str| target.split('?').next().map_or(0, |path| path.split('/').count());
    assert_eq!(segments(came.as_str()), segments(&left), "{came} became {left:?}");
    if stage.is_open() {
        let mut names_came = names(came.as_str());
        for name in names(&left) {
            assert!(names_came.any(|other| other == name), "{name:?} of {left:?} is not in {came}");
        }
    }
    if stage.is_idempotent() {
        laws::settles(left.as_bytes(), |target| {
            let target = std::str::from_utf8(target).expect("a target is text");
            Ok(leaving(&stage, target)?.0.into_bytes())
        });
    }
});

fn leaving(stage: &Stage, target: &str) -> Result<(String, u64), Refusal> {
    let request = Request::get(target).body(Bytes::new()).expect("a target is a target");
    let (left, treated) = laws::left(stage.request(request)?);
    Ok((left.uri().to_string(), treated))
}

fn names(target: &str) -> impl Iterator<Item = String> {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let names = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split('=').next().unwrap_or_default());
    names.map(|name| percent_decode_str(&name.replace('+', " ")).decode_utf8_lossy().into_owned())
}
