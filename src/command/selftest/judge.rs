//! Does a word arrive in these bytes, under whatever layers?
//!
//! Shares no code with the engine it judges: undoes what a receiver might undo, one layer after the other, and compares
//! words whatever their case. Invariants: a layer is only ever added to what is read; layers, bytes and readings have
//! bounds.

use std::collections::{HashSet, VecDeque};
use std::io::Read;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode;

const DEEPEST: usize = 6;
const MOST_READINGS: usize = 2000;
/// Of one layer, and of all together.
const LARGEST: usize = 4 << 20;
const MOST_BYTES: usize = 64 << 20;
/// Runs of letters shorter than these are words, not bytes.
const SHORTEST_BASE64: usize = 12;
const SHORTEST_HEX: usize = 16;

const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// All that some bytes can be read as, in lower case.
pub struct Readings(Vec<String>);

impl Readings {
    pub fn of(bytes: &[u8]) -> Self {
        let mut seen = HashSet::new();
        let mut texts = Vec::new();
        let mut read = 0;
        let mut queue = VecDeque::from([(bytes.to_vec(), 0)]);
        while let Some((bytes, depth)) = queue.pop_front() {
            if bytes.is_empty() || !seen.insert(bytes.clone()) {
                continue;
            }
            read += bytes.len();
            if texts.len() >= MOST_READINGS || read > MOST_BYTES {
                break;
            }
            if depth < DEEPEST {
                queue.extend(unpacked(&bytes).into_iter().map(|inner| (inner, depth + 1)));
            }
            for text in texts_of(&bytes) {
                if depth < DEEPEST {
                    queue.extend(under(&text).into_iter().map(|inner| (inner, depth + 1)));
                }
                texts.push(text.to_lowercase());
            }
        }
        Self(texts)
    }

    pub fn say(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        self.0.iter().any(|text| text.contains(&word))
    }
}

/// What the bytes hold if they are in some content coding; as much of it as can be had of one that is cut short.
fn unpacked(bytes: &[u8]) -> Vec<Vec<u8>> {
    let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    let read = |decoder: &mut dyn Read| {
        let mut inner = Vec::new();
        // What stands before a break is read all the same.
        let _ = decoder.take(limit).read_to_end(&mut inner);
        inner
    };
    let mut found = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        found.push(read(&mut flate2::read::MultiGzDecoder::new(bytes)));
    } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        found.extend(zstd::Decoder::new(bytes).ok().map(|mut decoder| read(&mut decoder)));
    } else if !bytes.iter().all(|byte| (b' '..=b'~').contains(byte) || byte.is_ascii_whitespace()) {
        // RFC 1950 §2.2: the first two bytes are a multiple of 31, the method is 8.
        if let [first, second, ..] = bytes
            && first & 0x0f == 8
            && u16::from_be_bytes([*first, *second]) % 31 == 0
        {
            found.push(read(&mut flate2::read::ZlibDecoder::new(bytes)));
        }
        // These two have no beginning of their own.
        found.push(read(&mut flate2::read::DeflateDecoder::new(bytes)));
        found.push(read(&mut brotli::Decompressor::new(bytes, 4096)));
    }
    found.retain(|inner| !inner.is_empty());
    found
}

/// The bytes as text: in UTF-8, and in UTF-16 where every second byte is nothing.
fn texts_of(bytes: &[u8]) -> Vec<String> {
    let mut texts = vec![String::from_utf8_lossy(bytes).into_owned()];
    let zeros = bytes.iter().filter(|byte| **byte == 0).count();
    if zeros * 4 > bytes.len() || bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        for join in [u16::from_le_bytes, u16::from_be_bytes] {
            for start in [0, 1] {
                let pairs = bytes.get(start..).unwrap_or_default().chunks_exact(2);
                let units: Vec<u16> = pairs.map(|pair| join([pair[0], pair[1]])).collect();
                texts.push(String::from_utf16_lossy(&units));
            }
        }
    }
    texts
}

/// What stands under one layer of a text, by every layer there might be.
fn under(text: &str) -> Vec<Vec<u8>> {
    let mut inner = Vec::new();
    if text.contains('%') {
        inner.push(percent_decode(text.as_bytes()).collect());
    }
    if text.contains('+') {
        inner.push(text.replace('+', " ").into_bytes());
    }
    if text.contains('\\') {
        inner.push(unescaped(text).into_bytes());
    }
    if text.contains("&#") {
        inner.push(entities(text).into_bytes());
    }
    let letter = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
    for run in text.split(|c| !letter(c)).filter(|run| run.len() >= SHORTEST_BASE64) {
        let standard = run.replace('-', "+").replace('_', "/");
        // A path's slash may stand before it.
        for standard in [standard.as_str(), standard.trim_start_matches('/')] {
            let whole = &standard[..standard.len() - usize::from(standard.len() % 4 == 1)];
            inner.extend(FORGIVING.decode(whole).ok());
        }
    }
    for run in text.split(|c: char| !c.is_ascii_hexdigit()).filter(|run| run.len() >= SHORTEST_HEX) {
        let pairs = run.as_bytes().chunks_exact(2).filter_map(|pair| std::str::from_utf8(pair).ok());
        inner.push(pairs.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect());
    }
    inner
}

/// JSON's escapes undone (RFC 8259 §7); what is none stays.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let code = after.strip_prefix('u').and_then(|hex| hex.get(..4));
        match code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32) {
            Some(c) => {
                out.push(c);
                rest = &after[5..];
            }
            None => {
                let mut chars = after.chars();
                out.extend(chars.next().map(|c| if c == 'n' { '\n' } else { c }));
                rest = chars.as_str();
            }
        }
    }
    out + rest
}

/// Numbers of characters as HTML writes them.
fn entities(text: &str) -> String {
    let mut pieces = text.split("&#");
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (number, rest) = piece.split_once(';').unwrap_or((piece, ""));
        let hex = number.strip_prefix(['x', 'X']).map(|hex| u32::from_str_radix(hex, 16));
        let c = hex.unwrap_or_else(|| number.parse()).ok().and_then(char::from_u32);
        out.extend(c);
        out.push_str(if c.is_some() { rest } else { piece });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_under_every_layer() {
        for hidden in [
            "canary",
            "CANARY",
            "%63anary",
            "%2563anary",
            r"\u0063anary",
            r"\\u0063an\\/ary \u0063anary",
            "&#99;anary",
            "&#x63;anary",
            "Y2FuYXJ5IGluIGI2NA",
            "x=Y2FuYXJ5IGluIGI2NA%3D%3D",
            "/Y2FuYXJ5IGluIGI2NA/",
            "63616e6172792068657265",
            "eyJ4IjoiXHUwMDYzYW5hcnkifQ",
        ] {
            assert!(Readings::of(hidden.as_bytes()).say("canary"), "{hidden}");
        }
        for wide in [&b"c\0a\0n\0a\0r\0y\0"[..], b"\0c\0a\0n\0a\0r\0y", b"\nc\0a\0n\0a\0r\0y\0"] {
            assert!(Readings::of(wide).say("canary"));
        }
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for other in [&b"POST /e?v=1&id=eyJhIjoxfQ HTTP/1.1"[..], b"canar y", b"\x1f\x8b\x08canar", b""] {
            assert!(!Readings::of(other).say("canary"));
        }
    }

    #[test]
    fn noise_comes_to_an_end() {
        let noise: Vec<u8> =
            (0..200_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        assert!(!Readings::of(&noise).say("canary"));
        assert!(!Readings::of("%25".repeat(50_000).as_bytes()).say("canary"));
    }
}
