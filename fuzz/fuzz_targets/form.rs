//! Urlencoded bodies: pairs leave in their order, and none is made up.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode_str;
use privet_fuzz::send::{self, FORM};
use privet_fuzz::{Stage, laws};

fuzz_target!(|data: &[u8]| {
    let Some((stage, body)) = Stage::of(data) else { return };
    let Some(text) = send::plain_text(body) else { return };
    // Scripts send documents under this label, which are read as such.
    if text.trim_ascii().starts_with(['{', '[']) {
        return;
    }
    let Ok(left) = send::body(&stage, FORM, body, nobody) else { return };
    let left = std::str::from_utf8(&left).expect("text leaves as text");
    let mut came = names(text);
    for name in names(left) {
        assert!(came.any(|other| other == name), "{name:?} of {left:?} is not in {text:?}");
    }
});

fn names(form: &str) -> impl Iterator<Item = String> {
    let names = form
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split('=').next().unwrap_or_default());
    names.map(|name| percent_decode_str(&name.replace('+', " ")).decode_utf8_lossy().into_owned())
}

/// Pair by pair, a plus as a space and as a plus.
fn nobody(form: &[u8], address: IpAddr) {
    laws::nobody_in_target(&String::from_utf8_lossy(form), address);
}
