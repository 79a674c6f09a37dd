//! Which answers are looked through for the vendor's names, and as what.
//!
//! Knows labels and what text begins like; does not know names. Invariant: what a browser could read as a page, a
//! script or a document is looked through, whatever its label says; pictures, fonts, sounds and programs are not
//! touched.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::super::codings::declared;
use super::super::label::Label;
use super::rewrite::Kind;
use crate::privacy::framing::Framing;
use crate::privacy::wrapping::charset::Charset;

/// How an answer's body is looked through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    pub kind: Kind,
    pub charset: Option<Charset>,
    /// Whether the label says that it is text; where not, the beginning does.
    pub is_sure: bool,
    /// Whether it is called plain text, as polled packets are.
    pub is_plain: bool,
    /// The codings it declares, in the order they were put on.
    pub codings: Vec<String>,
}

/// What no browser reads as text.
const BINARY: [&str; 5] = ["image/", "audio/", "video/", "font/", "model/"];
const BINARY_APPLICATIONS: [&str; 11] = [
    "application/wasm",
    "application/pdf",
    "application/zip",
    "application/gzip",
    "application/x-gzip",
    "application/vnd.ms-fontobject",
    "application/font-woff",
    "application/font-woff2",
    "application/x-font-ttf",
    "application/x-font-woff",
    "application/x-protobuf",
];
const PAGES: [&str; 5] =
    ["text/html", "application/xhtml+xml", "image/svg+xml", "application/xml", "text/xml"];
const TEXTS: [&str; 7] = [
    "application/javascript",
    "application/x-javascript",
    "application/ecmascript",
    "application/json",
    "application/x-ndjson",
    "application/x-mpegurl",
    "application/x-www-form-urlencoded",
];

impl Reading {
    /// `None`: the body is not touched.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let label = headers.get(CONTENT_TYPE).map(|label| label.to_str().unwrap_or_default());
        let essence = label.and_then(|label| label.split(';').next()).unwrap_or_default();
        let essence = essence.trim().to_ascii_lowercase();
        let is_page = PAGES.contains(&&*essence);
        let starts = |start: &&str| essence.starts_with(*start);
        if !is_page && (BINARY.iter().any(starts) || BINARY_APPLICATIONS.contains(&&*essence)) {
            return None;
        }
        let ends = essence.ends_with("+json") || essence.ends_with("+xml");
        let is_sure = is_page || ends || essence.starts_with("text/") || TEXTS.contains(&&*essence);
        // Without a label, a browser may take it for a page.
        let kind = if is_page || !is_sure { Kind::Page } else { Kind::Text };
        let charset = label.and_then(|label| Label::parse(label).charset);
        let is_plain = essence == "text/plain";
        Some(Self { kind, charset, is_sure, is_plain, codings: declared(headers) })
    }
}

/// Whether a beginning is text: it has none of the bytes that only binary data has (WHATWG MIME Sniffing §7.1), or it
/// is marked as UTF-16.
pub fn is_text(beginning: &[u8]) -> bool {
    let is_binary = |byte: u8| {
        (byte <= 8) | (byte == 0x0b) | (0x0e..=0x1a).contains(&byte) | (0x1c..=0x1f).contains(&byte)
    };
    let is_marked = matches!(beginning, [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
    // How much of it browsers look at; without a branch, so that many bytes are looked at at once.
    let looked_at = &beginning[..beginning.len().min(1445)];
    is_marked || !looked_at.iter().fold(false, |found, byte| found | (is_binary(*byte) & (*byte != RECORD)))
}

/// The same of what is there as a whole: a frame of text may end in a byte that texts have not.
pub fn is_said_as_text(whole: &[u8]) -> bool {
    is_text(whole) || std::str::from_utf8(whole).is_ok_and(|text| Framing::of(text).is_some())
}

/// Between the records of SignalR and of what Engine.IO is polled for.
const RECORD: u8 = 0x1e;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn reading(label: &str) -> Option<Reading> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, label.parse().unwrap());
        Reading::of(&headers)
    }

    #[test]
    fn what_is_text_is_looked_through_and_what_is_no_text_is_not_touched() {
        for label in ["image/png", "IMAGE/webp; x=y", "font/woff2", "video/mp4", "application/wasm"] {
            assert_eq!(reading(label), None, "{label}");
        }
        for (label, kind, is_sure) in [
            ("text/html; charset=utf-8", Kind::Page, true),
            ("image/svg+xml", Kind::Page, true),
            ("Application/JavaScript", Kind::Text, true),
            ("text/css", Kind::Text, true),
            ("application/manifest+json", Kind::Text, true),
            ("application/octet-stream", Kind::Page, false),
            ("x", Kind::Page, false),
        ] {
            let reading = reading(label).unwrap();
            assert_eq!((reading.kind, reading.is_sure), (kind, is_sure), "{label}");
        }
        assert!(!Reading::of(&HeaderMap::new()).unwrap().is_sure);
        assert_eq!(reading("text/plain;charset=utf-16le").unwrap().charset, Some(Charset::Utf16Le));
    }

    #[test]
    fn a_beginning_shows_what_is_no_text() {
        for text in [
            &b"<!doctype html>"[..],
            b"",
            b"\xef\xbb\xbf{",
            b"\xff\xfe{\0",
            b"caf\xe9",
            b"2\x1e42[",
            b"\t\r\n\x0c\x1b",
        ] {
            assert!(is_text(text), "{text:?}");
        }
        for binary in [&b"\0asm\x01"[..], b"\x89PNG\r\n\x1a\n", b"{\0\"\0", b"PK\x03\x04"] {
            assert!(!is_text(binary), "{binary:?}");
        }
    }
}
