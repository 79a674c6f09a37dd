//! Every text that some bytes hold, one layer under another, and whether one of them says an address.
//!
//! Reads documents value by value, as their receivers do: numbers that merely stand side by side in one are no
//! address. Knows the layers and spellings of tests/judge, none of the engine's own.

use std::net::IpAddr;

use serde_json::Value;

use crate::judge::{address, layers};

/// Layers that are taken off one another.
const DEEPEST: u8 = 6;
/// Texts that are looked at; an input that holds more is not judged to its end.
const MOST: usize = 600;

/// The text in `bytes` that says the address, if any does.
pub fn saying(bytes: &[u8], address: IpAddr) -> Option<String> {
    Judge { address, framed: false, left: MOST }.bytes(bytes, DEEPEST)
}

/// The same of bytes that may be several texts: lines, records, frames of a socket, pairs of a form.
pub fn saying_in_frames(bytes: &[u8], address: IpAddr) -> Option<String> {
    Judge { address, framed: true, left: MOST }.bytes(bytes, DEEPEST)
}

struct Judge {
    address: IpAddr,
    framed: bool,
    left: usize,
}

impl Judge {
    fn bytes(&mut self, bytes: &[u8], depth: u8) -> Option<String> {
        if layers::packed(bytes).first() == Some(&0)
            && let Some(inner) = layers::unpacked(bytes)
        {
            return self.bytes(&inner, depth.checked_sub(1)?);
        }
        layers::charsets(bytes).into_iter().find_map(|text| self.text(&text, depth))
    }

    fn text(&mut self, text: &str, depth: u8) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        if text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '['])
            && let Ok(document) = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        {
            return self.value(&document, depth);
        }
        if self.framed
            && let Some(pieces) = pieces(text)
        {
            return pieces.into_iter().find_map(|piece| self.text(piece, depth));
        }
        if self.is_said(text) {
            return Some(text.to_owned());
        }
        let depth = depth.checked_sub(1)?;
        if let Some(packed) = layers::from_mark(text) {
            return self.bytes(&packed, depth);
        }
        layers::under(text)
            .into_iter()
            .filter(|inner| inner != text.as_bytes())
            .find_map(|inner| self.bytes(&inner, depth))
    }

    fn value(&mut self, value: &Value, depth: u8) -> Option<String> {
        match value {
            Value::String(text) => self.text(text, depth),
            Value::Number(number) => self.text(&number.to_string(), 0),
            Value::Array(items) => items.iter().find_map(|item| self.value(item, depth)),
            Value::Object(members) => members
                .iter()
                .find_map(|(key, value)| self.text(key, depth).or_else(|| self.value(value, depth))),
            Value::Null | Value::Bool(_) => None,
        }
    }

    fn is_said(&self, text: &str) -> bool {
        match self.address {
            IpAddr::V4(address) => address::says_v4(text, address),
            IpAddr::V6(address) => address::says_v6(text, address) || address::says_v6_network(text, address),
        }
    }
}

/// What stands between the marks of framings, or behind a packet's number; nothing when it is all one.
fn pieces(text: &str) -> Option<Vec<&str>> {
    const MARKS: [char; 5] = ['\u{1e}', '\0', '\n', '\r', '&'];
    let document = text.find(['{', '[']).filter(|at| (1..40).contains(at));
    let numbered =
        |at: &usize| text[..*at].bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/,:-".contains(&byte));
    if text.contains(MARKS) {
        Some(text.split(MARKS).collect())
    } else {
        document.filter(numbered).map(|at| vec![&text[..at], &text[at..]])
    }
}
