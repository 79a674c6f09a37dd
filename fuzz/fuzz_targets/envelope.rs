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
    let Some(came) = items(body) else { return };
    let left = items(&left).expect("an envelope leaves as one");
    let others = |items: &[Item<'_>]| items.iter().filter(|item| !item.attached).count();
    assert_eq!(others(&came), others(&left), "items were lost or made up");
    assert!(left.len() <= came.len(), "attachments were made up");
});

fn nobody(envelope: &[u8], address: IpAddr) {
    match items(envelope) {
        Some(items) => items.iter().for_each(|item| laws::nobody_in_frames(item.payload, address)),
        None => laws::nobody_in_frames(envelope, address),
    }
}

/// A payload; an attachment that nobody can read is left behind.
struct Item<'e> {
    attached: bool,
    payload: &'e [u8],
}

/// The envelope's own line, then the payloads; nothing where a reader that takes lengths at their word loses its way.
fn items(envelope: &[u8]) -> Option<Vec<Item<'_>>> {
    let (head, mut rest) = line(envelope);
    serde_json::from_slice::<Value>(head).ok()?;
    let mut items = vec![Item { attached: false, payload: head }];
    while let Some(start) = rest.iter().position(|byte| *byte != b'\n') {
        let (header, after) = line(&rest[start..]);
        let header: Value = serde_json::from_slice(header).ok()?;
        let (payload, after) = match header.get("length") {
            Some(length) => after.split_at_checked(usize::try_from(length.as_u64()?).ok()?)?,
            None => line(after),
        };
        let attached = header.get("type").is_some_and(|kind| kind == "attachment");
        items.push(Item { attached, payload });
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
