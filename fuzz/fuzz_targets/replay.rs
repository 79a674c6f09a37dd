//! Recordings of pages: as many events and keystrokes leave as came, and no letter of what was typed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use privet_fuzz::send::{self, JSON};
use privet_fuzz::{Stage, laws};
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let Some((stage, body)) = Stage::of(data) else { return };
    let Some(text) = send::plain_text(body) else { return };
    let Ok(came) = serde_json::from_str::<Value>(text) else { return };
    let Ok(left) = send::body(&stage, JSON, body, laws::nobody) else { return };
    let left: Value = serde_json::from_slice(&left).expect("JSON leaves as JSON");
    if stage.keeps_typed_text() || text.contains("allow") || text.contains("unmask") {
        return;
    }
    // One event in a list of its own is surely one of a recording.
    if let (Some(came), Some(left)) = (events(&came), events(&left)) {
        assert_eq!(came.len(), left.len(), "{} events became {}", came.len(), left.len());
        for (came, left) in came.iter().zip(left) {
            if let (Some(before), Some(typed)) = (typed(came), typed(left)) {
                assert_eq!(before.is_empty(), typed.is_empty(), "a keystroke was lost of {came}");
                assert!(typed.chars().all(|c| c == '*'), "{before:?} was typed and {typed:?} left");
            }
        }
    }
});

/// The events of a list in which every item is one.
fn events(document: &Value) -> Option<&Vec<Value>> {
    let is_event =
        |item: &Value| item["type"].is_u64() && item["data"].is_object() && item["timestamp"].is_u64();
    document.as_array().filter(|items| !items.is_empty() && items.iter().all(is_event))
}

/// What was typed, if an event tells of that: an incremental event whose source is input.
fn typed(event: &Value) -> Option<&str> {
    let data = &event["data"];
    let tells = event["type"] == 3 && data["source"] == 5;
    tells.then(|| data["text"].as_str()).flatten()
}
