//! What a body is by its first bytes: JSON, bare or in a script, a polled packet, something coded.
//!
//! Knows how each begins; does not know labels. Invariant: what begins like something that is read is held to be it,
//! and more is asked for only as long as that can tell.

use std::ops::Range;

use crate::privacy::wrapping::charset::Charset;
use crate::privacy::wrapping::coding::Coding;

/// How far a body is looked into for its beginning.
const FAR_ENOUGH: usize = 1024;
/// The longest call that a document is an argument of.
const LONGEST_CALL: usize = 256;
/// No length and no type of a packet is longer.
const MOST_DIGITS: usize = 10;
/// What vendors put before a document so that no script can include it.
const GUARDS: [&str; 5] = [")]}'", "while(1);", "while (1);", "for(;;);", "for (;;);"];

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

/// The document behind a guard, or in a call.
pub fn document(text: &str) -> Option<Range<usize>> {
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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
}
