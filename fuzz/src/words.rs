//! Every text that some bytes hold, one layer under another.
//!
//! Reads documents value by value, as their receivers do: numbers that merely stand side by side in one are no
//! address. Does not know what is looked for. Knows the layers and spellings of tests/judge, none of the engine's own.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use unicode_normalization::UnicodeNormalization;

use crate::judge::{address, layers};

/// Layers that are taken off one another.
const DEEPEST: u8 = 6;
/// Texts that are looked at; an input that holds more is not judged to its end.
const MOST: usize = 600;

/// The text in `bytes` of which something is true, if there is one. They may be `framed`, several texts in one: lines,
/// records, frames of a socket, pairs of a form.
pub fn find(bytes: &[u8], framed: bool, is_it: &dyn Fn(&str) -> bool) -> Option<String> {
    Search { is_it, framed, left: MOST }.bytes(bytes, DEEPEST)
}

/// Whether a text says the address, in any spelling.
pub fn says(text: &str, address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => address::says_v4(text, v4),
        IpAddr::V6(v6) => address::says_v6(text, v6) || address::says_v6_network(text, v6),
    }
}

struct Search<'f> {
    is_it: &'f dyn Fn(&str) -> bool,
    framed: bool,
    left: usize,
}

impl Search<'_> {
    fn bytes(&mut self, bytes: &[u8], depth: u8) -> Option<String> {
        if layers::packed(bytes).first() == Some(&0)
            && let Some(inner) = layers::unpacked(bytes)
        {
            return self.bytes(&inner, depth.checked_sub(1)?);
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => self.text(text, depth),
            // What stands for a byte that is none of UTF-8 has no bytes of its own.
            Err(_) => layers::charsets(bytes)
                .into_iter()
                .find_map(|text| self.text(&text.replace('\u{fffd}', "~"), depth)),
        }
    }

    fn text(&mut self, text: &str, depth: u8) -> Option<String> {
        self.left = self.left.checked_sub(1)?;
        if text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[', '"'])
            && let Ok(document) = serde_json::from_str::<Document>(text.trim_start_matches('\u{feff}'))
        {
            return self.value(&document, depth);
        }
        if self.framed
            && let Some(pieces) = pieces(text)
        {
            return pieces.into_iter().find_map(|piece| self.text(piece, depth));
        }
        if (self.is_it)(text) {
            return Some(text.to_owned());
        }
        let depth = depth.checked_sub(1)?;
        if let Some(packed) = layers::from_mark(text) {
            return self.bytes(&packed, depth);
        }
        // Lines of base64 are broken by line ends; what spaces stand between are words.
        let text = &*text.replace(' ', "~");
        let percent: Vec<u8> = percent_decode(text.as_bytes()).collect();
        // A plus is a space in pairs alone, and those are taken apart before.
        let spaced = text.replace('+', " ").into_bytes();
        let is_layer = |inner: &Vec<u8>| {
            inner != text.as_bytes() && *inner != spaced && (*inner == percent || is_text(inner))
        };
        // Whoever folds letters does so to read them, and takes nothing apart afterwards.
        let folded = folded(text).into_bytes();
        let deeper = |inner: &Vec<u8>| if *inner == folded { 0 } else { depth };
        layers::under(text).into_iter().filter(is_layer).find_map(|inner| self.bytes(&inner, deeper(&inner)))
    }

    fn value(&mut self, document: &Document, depth: u8) -> Option<String> {
        match document {
            Document::Plain => None,
            Document::Text(text) => self.text(text, depth),
            Document::Number(number) => self.text(number, 0),
            Document::Array(items) => items.iter().find_map(|item| self.value(item, depth)),
            Document::Object(members) => members
                .iter()
                .find_map(|(key, value)| self.text(key, depth).or_else(|| self.value(value, depth))),
        }
    }
}

/// A document with all its members: of two of one name, receivers take the first or the last.
enum Document {
    /// A word of JSON's own.
    Plain,
    Text(String),
    Number(String),
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document")
    }

    fn visit_unit<E>(self) -> Result<Document, E> {
        Ok(Document::Plain)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Document, E> {
        Ok(Document::Plain)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Document, E> {
        Ok(Document::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Document, E> {
        Ok(Document::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Document, E> {
        Ok(Document::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Document, E> {
        Ok(Document::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Document, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Document::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Document, A::Error> {
        let mut all = Vec::new();
        while let Some(member) = members.next_entry()? {
            all.push(member);
        }
        Ok(Document::Object(all))
    }
}

/// Letters as a reader sees them.
fn folded(text: &str) -> String {
    let seen = text.chars().filter(|c| !"\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}".contains(*c));
    seen.nfkc().collect::<String>().replace('\u{3002}', ".")
}

/// Letters that would be a text only but for what is glued to them are no base64, no hex and no escapes.
fn is_text(bytes: &[u8]) -> bool {
    let control = |byte: &u8| byte.is_ascii_control() && !byte.is_ascii_whitespace();
    // Letters a byte each.
    let beyond = bytes.iter().filter(|byte| **byte >= 0xa0).count();
    let few = bytes.iter().all(|byte| byte.is_ascii() || *byte >= 0xa0) && beyond * 4 < bytes.len();
    !bytes.iter().any(control) && (few || std::str::from_utf8(bytes).is_ok())
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
