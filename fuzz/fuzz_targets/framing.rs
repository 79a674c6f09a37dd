//! The two readers that stand before hyper: cut anywhere they come to the same verdict, and what passes is no riddle.
//!
//! An even first byte: a connection of HTTP/1.1; an odd one: of HTTP/2, without its preface. The rest is what comes.
#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use privet::downstream::calm::Calm;
use privet::downstream::strict::{Strict, mentions_websocket};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const LONGEST: usize = 1024;
/// What a flood may cost before it is cut, and what a request pays for.
const PURSE: usize = 2000;
const PAID: usize = 2;

fuzz_target!(|data: &[u8]| {
    let Some((first, bytes)) = data.split_first() else { return };
    if first & 1 == 0 {
        lines(bytes);
    } else {
        frames(bytes);
    }
});

fn lines(bytes: &[u8]) {
    let passes = |step: usize| {
        let mut strict = Strict::new(LONGEST);
        bytes.chunks(step).all(|piece| strict.read(piece).is_ok())
    };
    let whole = passes(bytes.len().max(1));
    for step in [1, 2, 7] {
        assert_eq!(passes(step), whole, "{step} at a time: {:?}", String::from_utf8_lossy(bytes));
    }
    // After a wish for a socket nothing is read.
    if whole && !mentions_websocket(bytes) {
        let readings = [read(bytes, careful), read(bytes, careless)];
        assert_eq!(readings[0], readings[1], "{:?}", String::from_utf8_lossy(bytes));
    }
}

/// How a reader finds the end of a body: its length, or that it comes in chunks.
type Reading = fn(&[(String, String)]) -> Body;

#[derive(Clone, Copy)]
enum Body {
    Length(usize),
    Chunks,
}

/// RFC 9112 §6.3: chunks win.
fn careful(fields: &[(String, String)]) -> Body {
    match fields.iter().any(|(name, _)| name == "transfer-encoding") {
        true => Body::Chunks,
        false => careless(fields),
    }
}

/// A reader that does not know chunks where there is a length, and takes what digits it finds in the last one.
fn careless(fields: &[(String, String)]) -> Body {
    let said = |wanted: &str| fields.iter().rfind(|(name, _)| name == wanted).map(|(_, value)| value);
    match (said("content-length"), said("transfer-encoding")) {
        (Some(length), _) => {
            let digits: String = length.chars().take_while(char::is_ascii_digit).collect();
            Body::Length(digits.parse().unwrap_or(0))
        }
        (None, Some(_)) => Body::Chunks,
        (None, None) => Body::Length(0),
    }
}

/// Where each whole request ends; a line may end without its CR.
fn read(bytes: &[u8], reading: Reading) -> Vec<usize> {
    let (mut ends, mut at) = (Vec::new(), 0);
    while let Some(end) = request(&bytes[at..], reading) {
        at += end;
        ends.push(at);
    }
    ends
}

fn request(bytes: &[u8], reading: Reading) -> Option<usize> {
    let mut at = 0;
    // One empty line before a request is nothing.
    while bytes[at..].starts_with(b"\n") || bytes[at..].starts_with(b"\r\n") {
        at += line(&bytes[at..])?.1;
    }
    // The line that begins a request is no field, whatever stands in it; hyper reads it.
    at += line(&bytes[at..])?.1;
    let mut fields = Vec::new();
    loop {
        let (text, length) = line(&bytes[at..])?;
        at += length;
        if text.is_empty() {
            break;
        }
        if let Some((name, value)) = text.split_once(':') {
            fields.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    match reading(&fields) {
        Body::Length(length) => at.checked_add(length).filter(|end| *end <= bytes.len()),
        Body::Chunks => Some(at + chunks(&bytes[at..])?),
    }
}

fn chunks(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let (text, length) = line(&bytes[at..])?;
        let digits: String = text.chars().take_while(char::is_ascii_hexdigit).collect();
        let size = usize::from_str_radix(&digits, 16).ok()?;
        at += length;
        if size == 0 {
            break;
        }
        at = at.checked_add(size).filter(|end| *end <= bytes.len())?;
        at += line(&bytes[at..])?.1;
    }
    loop {
        let (text, length) = line(&bytes[at..])?;
        at += length;
        if text.is_empty() {
            return Some(at);
        }
    }
}

/// A line without its end, and its length with it.
fn line(bytes: &[u8]) -> Option<(String, usize)> {
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let text = bytes[..end].strip_suffix(b"\r").unwrap_or(&bytes[..end]);
    Some((text.iter().map(|byte| char::from(*byte)).collect(), end + 1))
}

fn frames(bytes: &[u8]) {
    let now = Instant::now();
    let passes = |step: usize| {
        let mut calm = Calm::new(now);
        let all = [PREFACE, bytes].concat();
        all.chunks(step).all(|piece| calm.read(piece, || now).is_ok())
    };
    let whole = passes(PREFACE.len() + bytes.len());
    for step in [1, 5, 9] {
        assert_eq!(passes(step), whole, "{step} at a time: {bytes:?}");
    }
    if whole {
        let (requests, idle) = count(bytes);
        assert!(idle <= PURSE + PAID * requests, "{idle} frames for {requests} requests");
    }
}

/// Requests, and frames that ask for nothing and carry nothing.
fn count(mut bytes: &[u8]) -> (usize, usize) {
    let (mut requests, mut idle) = (0, 0);
    while let [a, b, c, kind, flags, _, _, _, _, rest @ ..] = bytes {
        let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
        match kind {
            0 if length > 0 || flags & 1 == 1 => {}
            1 => requests += 1,
            _ => idle += 1,
        }
        bytes = rest.get(length..).unwrap_or_default();
    }
    (requests, idle)
}
