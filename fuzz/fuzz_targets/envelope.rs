//! Sentry envelopes: what leaves is read by its own lengths, and each header is JSON.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use privet_fuzz::send::{self, ENVELOPE};
use privet_fuzz::{Stage, laws};
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    let Some((stage, body)) = Stage::of(data) else { return };
    if send::plain_text(body).is_none() {
        return;
    }
    let Ok(left) = send::body(&stage, ENVELOPE, body, nobody) else { return };
    let came = items(body).map(|items| items.len());
    let items = items(&left).map(|items| items.len());
    assert!(came.is_none() || came == items, "{came:?} items became {items:?}");
});

fn nobody(envelope: &[u8], address: IpAddr) {
    match items(envelope) {
        Some(items) => items.iter().for_each(|item| laws::nobody_in_frames(item, address)),
        None => laws::nobody_in_frames(envelope, address),
    }
}

/// The envelope's own line, then the payloads; nothing where a reader that takes lengths at their word loses its way.
fn items(envelope: &[u8]) -> Option<Vec<&[u8]>> {
    let (head, mut rest) = line(envelope);
    serde_json::from_slice::<Value>(head).ok()?;
    let mut items = vec![head];
    while let Some(start) = rest.iter().position(|byte| *byte != b'\n') {
        let (header, after) = line(&rest[start..]);
        let header: Value = serde_json::from_slice(header).ok()?;
        let (payload, after) = match header.get("length") {
            Some(length) => after.split_at_checked(usize::try_from(length.as_u64()?).ok()?)?,
            None => line(after),
        };
        items.push(payload);
        rest = after;
    }
    Some(items)
}

fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}
