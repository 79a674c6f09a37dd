//! An answer's body: which bodies are read, and how.
//!
//! Knows labels and codings; `beginning` tells what a body is without them. Does not know how a body arrives.
//! Invariant: what is JSON by its label or by its beginning is read whole, or piece by piece, or it does not pass.

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use super::super::body::{decoded, encoded};
use super::super::codings::{coded, declared};
use super::super::label::{Form, Label};
use super::super::{json, plain};
use super::beginning::{begins_like_json, document};
use super::pieces::Cut;
use super::reading::is_said_as_text;
use super::rewrite::{Echo, Origin};
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::Scrub;
use crate::privacy::wrapping::charset::Charset;

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
    use crate::privacy::wrapping::coding::Coding;
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
