//! Plain text: what leaves holds nothing that a detector would still take out.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use privet::privacy::detect;
use privet_fuzz::send::{self, TEXT};
use privet_fuzz::{Stage, laws};

fuzz_target!(|data: &[u8]| {
    let Some((stage, body)) = Stage::of(data) else { return };
    let Some(text) = send::plain_text(body) else { return };
    let mut end = 0;
    for find in detect::find(text) {
        assert!(find.span.start >= end && find.span.end > find.span.start, "finds overlap in {text:?}");
        assert!(text.get(find.span.clone()).is_some(), "a find cuts a character of {text:?}");
        end = find.span.end;
    }
    let _ = send::body(&stage, TEXT, body, nobody);
});

/// Lines of pairs are read as such, all else as it stands.
fn nobody(text: &[u8], address: IpAddr) {
    let text = String::from_utf8_lossy(text);
    if text.lines().all(|line| line.contains('=') && !line.contains(' ')) {
        text.lines().for_each(|line| laws::nobody_in_target(line, address));
    } else {
        laws::nobody_in_frames(text.as_bytes(), address);
    }
}
