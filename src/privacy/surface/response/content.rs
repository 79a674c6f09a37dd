//! An answer's body: which bodies are read, and how.
//!
//! Knows labels, codings and how JSON begins, bare or in a script; does not know how a body arrives. Invariant: what is
//! JSON by its label or by its beginning is read whole, or piece by piece, or it does not pass.

use std::ops::Range;

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::super::body::{coded, declared, decoded, encoded};
use super::super::label::{Form, Label};
use super::super::{json, plain};
use super::pieces::Cut;
use super::reading::is_said_as_text;
use super::rewrite::{Echo, Origin};
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::Scrub;
use crate::privacy::wrapping::charset::Charset;
use crate::privacy::wrapping::coding::Coding;

/// How an answer's body comes home.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// As a whole, because it says it is JSON or is coded.
    Whole,
    /// Piece by piece, without waiting for the end.
    Pieces(Cut),
    /// As its first bytes say: see [`begins_like_json`].
    ByItsBeginning,
}

/// How far a body is looked into for its beginning.
const FAR_ENOUGH: usize = 1024;
/// The longest call that a document is an argument of.
const LONGEST_CALL: usize = 256;
/// No length and no type of a packet is longer.
const MOST_DIGITS: usize = 10;
/// What vendors put before a document so that no script can include it.
const GUARDS: [&str; 5] = [")]}'", "while(1);", "while (1);", "for(;;);", "for (;;);"];

impl Manner {
    pub fn of(headers: &HeaderMap) -> Self {
        let label = Label::of(headers);
        let (is_coded, is_utf8) = (!declared(headers).is_empty(), label.charset == Some(Charset::Utf8));
        match label.form {
            _ if is_event_stream(headers) => Self::Pieces(Cut::Events),
            Form::Ndjson if !is_coded && is_utf8 => Self::Pieces(Cut::Lines),
            Form::Json | Form::Ndjson => Self::Whole,
            _ if is_coded => Self::Whole,
            _ => Self::ByItsBeginning,
        }
    }
}

/// Whether a body whose label does not say so begins like JSON, like a polled packet or like something coded;
/// `None`: more of it is needed.
pub fn begins_like_json(beginning: &[u8], ended: bool) -> Option<bool> {
    if beginning.len() < 4 && !ended {
        return None;
    }
    if Coding::recognized(beginning).is_some() || Charset::recognized(beginning).is_some() {
        return Some(true);
    }
    let text = beginning.strip_prefix("\u{feff}".as_bytes()).unwrap_or(beginning).trim_ascii_start();
    match text.first() {
        // So much white space is no beginning.
        None if beginning.len() > FAR_ENOUGH => Some(true),
        None => ended.then_some(false),
        Some(b'{' | b'[') => Some(true),
        Some(b'0'..=b'9') => begins_like_packet(text, ended),
        // SockJS polls with `a["message"]`.
        Some(b'a') if text.get(1) == Some(&b'[') => Some(true),
        Some(_) => {
            let start = String::from_utf8_lossy(&text[..text.len().min(LONGEST_CALL)]);
            let guarded = GUARDS.iter().any(|guard| start.starts_with(guard));
            let head = start.trim_end();
            let head = head.strip_suffix('(').unwrap_or(head);
            let open = text.len() < LONGEST_CALL && !ended && is_call(head);
            if guarded || call(&start).is_some() {
                Some(true)
            } else if open {
                None
            } else {
                Some(false)
            }
        }
    }
}

/// Whether a body begins with the length of a packet, as Engine.IO 3 polls: `96:0{`; `None`: more of it is needed.
pub fn begins_like_lengths(beginning: &[u8], ended: bool) -> Option<bool> {
    let digits = beginning.iter().take(MOST_DIGITS).take_while(|byte| byte.is_ascii_digit()).count();
    match &beginning[digits..] {
        _ if digits == MOST_DIGITS => Some(false),
        [] | [b':'] if !ended => None,
        [b':', next, ..] if digits > 0 => Some(next.is_ascii_digit()),
        _ => Some(false),
    }
}

/// Whether digits begin a packet of Engine.IO, as it is polled: `42["event"]`, `451-[…]`, `10:42["event"]`.
fn begins_like_packet(text: &[u8], ended: bool) -> Option<bool> {
    let digits = text.iter().take(MOST_DIGITS).take_while(|byte| byte.is_ascii_digit()).count();
    match &text[digits..] {
        _ if digits == MOST_DIGITS => Some(false),
        [] | [b'-'] if !ended => None,
        [b'-', next, ..] => Some(matches!(next, b'[' | b'/')),
        rest => Some(matches!(rest.first(), None | Some(b':' | b'[' | b'{' | b'/' | 0x1e))),
    }
}

/// Rewrites a whole body; `None` when it may pass as it came.
pub fn scrub(scrub: &mut Scrub<'_>, headers: &HeaderMap, bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let label = Label::of(headers);
    if bytes.is_empty() {
        return Ok(None);
    }
    coded(scrub, &declared(headers), "", bytes, |scrub, bytes| {
        let new = self::bytes(scrub, &label, bytes)?;
        Ok(named(scrub, &label, new.as_deref().unwrap_or(bytes)).or(new))
    })
}

/// The vendor's names in a text; `None`: there are none, or it is no text.
fn named(scrub: &mut Scrub<'_>, label: &Label, text: &[u8]) -> Option<Vec<u8>> {
    let (names, home) = (scrub.names?, scrub.home?);
    let charset = label.charset.filter(|charset| matches!(charset, Charset::Utf16Le | Charset::Utf16Be));
    if charset.is_none() && !is_said_as_text(text) {
        return None;
    }
    let echo = Echo::within(scrub, text);
    let (new, changes) = names.whole(home, Origin { charset, ..Origin::BODY }, echo.as_ref(), text);
    scrub.tally.add_changes(&changes);
    new
}

/// Rewrites a message that is neither text nor surely anything else.
pub fn scrub_binary(scrub: &mut Scrub<'_>, bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let label = Label::parse("application/octet-stream");
    coded(scrub, &[], "", bytes, |scrub, bytes| self::bytes(scrub, &label, bytes))
}

fn bytes(scrub: &mut Scrub<'_>, label: &Label, bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let says_so = matches!(label.form, Form::Json | Form::Ndjson);
    if bytes.is_empty() || (!says_so && begins_like_json(bytes, true) != Some(true)) {
        return Ok(None);
    }
    let (charset, text) = match decoded(label, bytes) {
        // A picture may begin with any byte.
        Err(_) if !says_so => return Ok(None),
        decoded => decoded?,
    };
    encoded(charset, label, self::text(scrub, label.form, &text)?)
}

fn text(scrub: &mut Scrub<'_>, form: Form, text: &str) -> Result<Option<String>, Refusal> {
    if let Some(span) = document(text) {
        let new = json::scrub(scrub, &text[span.clone()]);
        match new {
            // It was a script after all.
            Err(Refusal::Invalid(_)) if form != Form::Json => {}
            new => return Ok(new?.map(|new| format!("{}{new}{}", &text[..span.start], &text[span.end..]))),
        }
    }
    match form {
        Form::Json => json::scrub(scrub, text),
        Form::Ndjson => plain::ndjson(scrub, text),
        _ => plain::scrub(scrub, text),
    }
}

/// The document behind a guard, or in a call.
fn document(text: &str) -> Option<Range<usize>> {
    let start = text.len() - text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).len();
    let inner = &text[start..];
    if let Some(guard) = GUARDS.iter().find(|guard| inner.starts_with(**guard)) {
        let after = inner[guard.len()..].trim_start_matches([',', ' ', '\t', '\r', '\n']);
        return Some(text.len() - after.len()..text.len());
    }
    let start = start + call(inner)?;
    let end = text.trim_end().trim_end_matches(';').trim_end().strip_suffix(')')?.len();
    (start < end).then_some(start..end)
}

/// Where the argument of a call begins that a text begins with, if it is an object or array.
fn call(text: &str) -> Option<usize> {
    let open = text.bytes().take(LONGEST_CALL).position(|byte| byte == b'(')?;
    let argument = text[open + 1..].trim_start();
    (is_call(&text[..open]) && argument.starts_with(['{', '['])).then(|| text.len() - argument.len())
}

/// What may stand before the argument: a name; after a comment, also a test that there is such a function.
fn is_call(head: &str) -> bool {
    let (head, more) = match head.strip_prefix("/**/") {
        Some(rest) => (rest, &b" =&("[..]),
        None => (head, &b""[..]),
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_$.[]\"'".contains(&byte) || more.contains(&byte);
    head.bytes().all(fits)
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let label = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = label.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("text/event-stream")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::fixture::{answer, policy};
    use crate::privacy::{Policy, Refusal};

    fn reading() -> Policy {
        policy("strict", "response-json:/ip = remove")
    }

    fn scrubbed(headers: &[(&str, &str)], body: &[u8]) -> Result<String, Refusal> {
        answer(&reading(), headers, body).map(|body| String::from_utf8_lossy(&body).into_owned())
    }

    fn manner(headers: &[(&'static str, &str)]) -> Manner {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Manner::of(&map)
    }

    #[test]
    fn a_label_says_how_a_body_comes_home() {
        for (label, expected) in [
            ("application/json", Manner::Whole),
            ("application/problem+json; charset=utf-8", Manner::Whole),
            ("Text/Event-Stream;charset=UTF-8", Manner::Pieces(Cut::Events)),
            ("application/x-ndjson", Manner::Pieces(Cut::Lines)),
            ("application/x-ndjson;charset=utf-16", Manner::Whole),
            ("text/html", Manner::ByItsBeginning),
            ("image/png", Manner::ByItsBeginning),
        ] {
            assert_eq!(manner(&[("content-type", label)]), expected, "{label}");
        }
        assert_eq!(manner(&[]), Manner::ByItsBeginning);
        assert_eq!(manner(&[("content-encoding", "gzip")]), Manner::Whole);
        let events = ("content-type", "text/event-stream");
        assert_eq!(manner(&[events, ("content-encoding", "identity")]), Manner::Pieces(Cut::Events));
    }

    #[test]
    fn what_a_body_is_shows_at_its_beginning() {
        let gzip = Coding::Gzip.encode(b"{}").unwrap();
        for (beginning, ended, expected) in [
            (&b"{\"a\""[..], false, Some(true)),
            (b" \r\n\t[1", false, Some(true)),
            (b"\xef\xbb\xbf{\"a", false, Some(true)),
            (b"{\0\"\0", false, Some(true)),
            (b"42[\"a\"", false, Some(true)),
            (b"96:0{\"", false, Some(true)),
            (b"2\x1e42[", false, Some(true)),
            (b"a[\"{", false, Some(true)),
            (b"cb({\"a\":", false, Some(true)),
            (b"/**/ typeof cb === 'function' && cb({", false, Some(true)),
            (b")]}',\n", false, Some(true)),
            (&gzip, false, Some(true)),
            (b"    ", false, None),
            (b"    ", true, Some(false)),
            (b"", true, Some(false)),
            (b"[]", false, None),
            (b"[]", true, Some(true)),
            (b"callback_17", false, None),
            (b"callback_17(", false, None),
            (b"({\"a\":1})", false, Some(true)),
            (b"callback_17", true, Some(false)),
            (b"hello there", false, Some(false)),
            (b"2024", false, None),
            (b"2024-01-01 a", false, Some(false)),
            (b"<!doctype html>", false, Some(false)),
            (b"!function(e){", false, Some(false)),
            (b"\x89PNG\r\n", false, Some(false)),
            (b"body{margin:0}", false, Some(false)),
        ] {
            let shown = String::from_utf8_lossy(beginning);
            assert_eq!(begins_like_json(beginning, ended), expected, "{shown} {ended}");
        }
        assert_eq!(begins_like_json(&b" ".repeat(2000), false), Some(true));
        assert_eq!(begins_like_json(&b"x".repeat(300), false), Some(false));
    }

    #[test]
    fn a_polled_packet_shows_by_its_length() {
        for (beginning, ended, expected) in [
            (&b"96:0{"[..], false, Some(true)),
            (b"1:2", true, Some(true)),
            (b"96", false, None),
            (b"96:", false, None),
            (b"96:", true, Some(false)),
            (b"", false, None),
            (b"", true, Some(false)),
            (b"12: noon", false, Some(false)),
            (b":1", false, Some(false)),
            (b"1234567890:1", false, Some(false)),
            (b"hello", false, Some(false)),
        ] {
            assert_eq!(begins_like_lengths(beginning, ended), expected, "{beginning:?} {ended}");
        }
    }

    #[test]
    fn json_is_read_whatever_its_label_says() {
        for label in ["application/json", "text/plain", "text/html", "image/png", "application/javascript"] {
            assert_eq!(scrubbed(&[("content-type", label)], b"{\"ip\":1,\"a\":2}").unwrap(), "{\"a\":2}");
        }
        assert_eq!(scrubbed(&[], b"{\"ip\":1}\n{\"ip\":2,\"b\":1}\n").unwrap(), "{}\n{\"b\":1}\n");
        let polled = ("content-type", "text/plain; charset=UTF-8");
        assert_eq!(scrubbed(&[polled], b"42[{\"ip\":1}]\x1e2").unwrap(), "42[{\"ip\":1}]\x1e2");
        assert_eq!(scrubbed(&[polled], b"4{\"ip\":1}\x1e2").unwrap(), "4{}\x1e2");
        assert_eq!(scrubbed(&[polled], b"9:4{\"ip\":1}1:2").unwrap(), "3:4{}1:2");
    }

    #[test]
    fn a_document_in_a_call_or_behind_a_guard_is_one() {
        let script = [("content-type", "text/javascript")];
        for (before, after) in [
            ("cb({\"ip\":1});", "cb({});"),
            (
                "/**/ typeof a.b === 'function' && a.b( {\"ip\":1,\"x\":2} ) ;\n",
                "/**/ typeof a.b === 'function' && a.b( {\"x\":2} ) ;\n",
            ),
            (")]}',\n{\"ip\":1}", ")]}',\n{}"),
            ("for(;;);{\"ip\":1}", "for(;;);{}"),
            ("define([\"a\"],function(a){return {ip:1}});", "define([\"a\"],function(a){return {ip:1}});"),
            ("[1,2].forEach(f)", "[1,2].forEach(f)"),
        ] {
            assert_eq!(scrubbed(&script, before.as_bytes()).unwrap(), after);
        }
        assert_eq!(
            scrubbed(&[("content-type", "application/json")], b")]}'\n{\"ip\":1}").unwrap(),
            ")]}'\n{}"
        );
    }

    #[test]
    fn what_was_coded_comes_home_coded_the_same_way() {
        for (names, codings) in [
            ("gzip", &[Coding::Gzip][..]),
            ("br", &[Coding::Brotli]),
            ("deflate", &[Coding::Zlib]),
            ("gzip, zstd", &[Coding::Gzip, Coding::Zstd]),
            ("", &[Coding::Gzip]),
        ] {
            let coded = codings.iter().fold(b"{\"ip\":1,\"a\":2}".to_vec(), |b, c| c.encode(&b).unwrap());
            let left = answer(&reading(), &[("content-encoding", names)], &coded).unwrap();
            let left = codings.iter().rev().fold(left, |bytes, coding| coding.decode(&bytes, 100).unwrap());
            assert_eq!(left, b"{\"a\":2}", "{names}");
        }
        let picture = Coding::Gzip.encode(b"\x89PNG").unwrap();
        assert_eq!(answer(&reading(), &[("content-encoding", "gzip")], &picture).unwrap(), picture);
    }

    #[test]
    fn what_cannot_be_read_does_not_pass() {
        let json = ("content-type", "application/json");
        for (headers, body) in [
            (&[json][..], &b"{\"ip\":1"[..]),
            (&[json], b"<html>"),
            (&[json], b"{\"a\":\"\xff\"}"),
            (&[("content-type", "text/plain")], b"{\"ip\":1"),
            (&[json, ("content-encoding", "compress")], b"{}"),
            (&[json, ("content-encoding", "gzip")], b"{}"),
            (&[("content-type", "image/png"), ("content-encoding", "x")], b"\x89PNG"),
            (&[("content-type", "application/json; charset=shift_jis")], b"{}"),
        ] {
            assert!(answer(&reading(), headers, body).is_err(), "{headers:?}");
        }
        assert_eq!(scrubbed(&[json, ("content-encoding", "gzip")], b""), Ok(String::new()));
        let bomb = Coding::Gzip.encode(&b" ".repeat(2 << 20)).unwrap();
        assert_eq!(scrubbed(&[json, ("content-encoding", "gzip")], &bomb), Err(Refusal::TooLarge));
    }
}
