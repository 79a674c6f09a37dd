//! A handshake's fields: an allow-list leaves in a fixed order, and of the subprotocols offered none that could be a
//! token.
//!
//! After the stage each line is a header, `name: value`.
#![no_main]

use bytes::Bytes;
use http::header::SEC_WEBSOCKET_PROTOCOL;
use http::{HeaderMap, Request};
use libfuzzer_sys::fuzz_target;
use privet::privacy::Refusal;
use privet_fuzz::{Stage, head, laws};

/// Headers that privet writes itself.
const OWN: [&str; 2] = ["accept", "accept-encoding"];

fuzz_target!(|data: &[u8]| {
    let Some((stage, text)) = Stage::of(data) else { return };
    let came = head::headers(text);
    let Ok(left) = leaving(&stage, came.clone()) else { return };
    laws::nobody_in(&left, stage.address);
    for (name, value) in &left {
        assert!(came.contains_key(name) || OWN.contains(&name.as_str()), "{name} was made up");
        assert!(
            !value.as_bytes().iter().any(|byte| byte.is_ascii_control() && *byte != b'\t'),
            "{name} holds a control"
        );
    }
    for hidden in ["x-forwarded-for", "forwarded", "via", "authorization", "sec-websocket-key", "host"] {
        assert!(!left.contains_key(hidden), "{hidden} left");
    }
    if let Some(protocols) = left.get(SEC_WEBSOCKET_PROTOCOL) {
        let offered: Vec<&str> = came
            .get_all(SEC_WEBSOCKET_PROTOCOL)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(',').map(str::trim))
            .collect();
        let told = protocols.to_str().expect("a subprotocol is a word");
        assert!(told.split(", ").all(|word| offered.contains(&word) && word.len() < 25), "{told}");
    }
    if stage.is_idempotent() {
        laws::settles(&written(&left), |lines| Ok(written(&leaving(&stage, head::headers(lines))?)));
    }
});

fn written(headers: &HeaderMap) -> Vec<u8> {
    let lines =
        headers.iter().flat_map(|(name, value)| [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"]);
    lines.collect::<Vec<_>>().concat()
}

fn leaving(stage: &Stage, headers: HeaderMap) -> Result<HeaderMap, Refusal> {
    let mut request = Request::get("/chat").body(Bytes::new()).expect("a request");
    *request.headers_mut() = headers;
    let (left, _) = laws::left(stage.handshake(request)?);
    Ok(left.headers().clone())
}
