//! Forms in parts: what leaves is taken apart as RFC 2046 says, by a reader of its own, into parts that have a name.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use privet_fuzz::{Stage, laws, send};

/// Every seed's boundary.
const LABEL: &str = "multipart/form-data; boundary=b";

fuzz_target!(|data: &[u8]| {
    let Some((stage, body)) = Stage::of(data) else { return };
    let Ok((left, _)) = send::post(&stage, &[("content-type", LABEL)], body) else { return };
    let Some(label) = left.headers().get("content-type") else {
        assert!(left.body().is_empty(), "parts left without a label");
        return;
    };
    let label = label.to_str().expect("a label is text");
    let boundary = label.split("boundary=").nth(1).expect("a label names its boundary");
    let parts = parts(left.body(), boundary).expect("what leaves is in parts");
    let came = body.windows(3).filter(|bytes| bytes == b"--b").count();
    assert!(parts.len() < came.max(1), "{} parts of {came} delimiters", parts.len());
    for (head, content) in &parts {
        let head = std::str::from_utf8(head).expect("a head is text");
        assert!(head.to_lowercase().starts_with("content-disposition: form-data; name="), "{head:?}");
        nobody(head, content, stage.address);
    }
    laws::bounded(body.len(), left.body().len());
    if stage.is_idempotent() {
        laws::settles(left.body(), |body| {
            let (again, _) = send::post(&stage, &[("content-type", label)], body)?;
            Ok(again.into_body().to_vec())
        });
    }
});

fn nobody(head: &str, content: &[u8], address: IpAddr) {
    for line in head.lines().flat_map(|line| line.split(';')) {
        laws::nobody(line.as_bytes(), address);
    }
    laws::nobody_in_frames(content, address);
}

/// Heads and contents; nothing when the body does not end as it must.
fn parts<'b>(body: &'b [u8], boundary: &str) -> Option<Vec<(&'b [u8], &'b [u8])>> {
    let (first, delimiter, end) =
        (format!("--{boundary}\r\n"), format!("\r\n--{boundary}\r\n"), format!("\r\n--{boundary}--\r\n"));
    if body == format!("--{boundary}--\r\n").as_bytes() {
        return Some(Vec::new());
    }
    let mut rest = body.strip_prefix(first.as_bytes())?.strip_suffix(end.as_bytes())?;
    let mut parts = Vec::new();
    loop {
        let cut = find(rest, delimiter.as_bytes());
        let part = &rest[..cut.unwrap_or(rest.len())];
        let head = find(part, b"\r\n\r\n")?;
        parts.push((&part[..head], &part[head + 4..]));
        rest = match cut {
            Some(at) => &rest[at + delimiter.len()..],
            None => return Some(parts),
        };
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
