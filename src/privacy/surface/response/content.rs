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
    /// It can be read neither at its end nor before.
    Unreadable,
}

/// How far a body is looked into for its beginning.
const FAR_ENOUGH: usize = 1024;
/// The longest call that a document is an argument of.
const LONGEST_CALL: usize = 256;
/// What vendors put before a document so that no script can include it.
const GUARDS: [&str; 5] = [")]}'", "while(1);", "while (1);", "for(;;);", "for (;;);"];

impl Manner {
    pub fn of(headers: &HeaderMap) -> Self {
        let label = Label::of(headers);
        let (is_coded, is_utf8) = (!declared(headers).is_empty(), label.charset == Some(Charset::Utf8));
        match label.form {
            // Events never end, and a coding that is not undone to its end is not undone.
            _ if is_event_stream(headers) && is_coded => Self::Unreadable,
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
            let open = text.len() < LONGEST_CALL && !ended && is_call(&start);
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

/// Whether digits begin a packet of Engine.IO, as it is polled: `42["event"]`, `451-[…]`, `10:42["event"]`.
fn begins_like_packet(text: &[u8], ended: bool) -> Option<bool> {
    const MOST_DIGITS: usize = 10;
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
    coded(scrub, &declared(headers), "", bytes, |scrub, bytes| self::bytes(scrub, &label, bytes))
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

/// What may stand before the argument: a name, after a comment and a test that there is such a function.
fn is_call(head: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_$.[]\"' /*=&(".contains(&byte);
    head.bytes().all(fits) && !head.is_empty()
}

fn is_event_stream(headers: &HeaderMap) -> bool {
    let label = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = label.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("text/event-stream")
}
