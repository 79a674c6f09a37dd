//! JSON bodies: what the engine takes for JSON is what the grammar says, and what leaves is JSON again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet::privacy::{Format, Refusal};
use privet_fuzz::send::{self, JSON};
use privet_fuzz::{Stage, laws};

fuzz_target!(|data: &[u8]| {
    let Some((stage, body)) = Stage::of(data) else { return };
    let Some(text) = send::plain_text(body) else { return };
    let valid = send::is_json(text);
    match send::body(&stage, JSON, body, laws::nobody) {
        Ok(left) => {
            let left = std::str::from_utf8(&left).expect("text leaves as text");
            assert!(valid, "{text:?} is no JSON, and left as {left:?}");
            assert!(send::is_json(left), "{text:?} left as {left:?}");
        }
        Err(Refusal::Invalid(Format::Json)) => assert!(!valid, "{text:?} was refused"),
        Err(_) => {}
    }
});
