//! Percent-encoding (RFC 3986 §2.1), as browsers and careless scripts write it.
//!
//! Knows bytes; does not know pairs or paths. Invariant: text without a valid `%XX` is given back borrowed.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What `encodeURIComponent` leaves alone.
pub const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

pub fn encode(text: &str, set: &'static AsciiSet) -> String {
    utf8_percent_encode(text, set).to_string()
}

/// A text with every `%XX` undone, if there is one.
pub fn undone(text: &str) -> Option<String> {
    memchr::memchr(b'%', text.as_bytes())?;
    match decode(text.as_bytes()) {
        Cow::Owned(inner) => Some(inner),
        Cow::Borrowed(_) => None,
    }
}

/// Undoes every `%XX`; what is not UTF-8 is read as [`text`] says.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'%', bytes).is_none() {
        return text(bytes);
    }
    match Cow::from(percent_encoding::percent_decode(bytes)) {
        Cow::Borrowed(same) => text(same),
        Cow::Owned(decoded) => Cow::Owned(text(&decoded).into_owned()),
    }
}

/// The same of what is text already.
pub fn decode_text(text: &str) -> Cow<'_, str> {
    undone(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The same for a form's or query's value, where `+` is a space.
pub fn decode_plus(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'+', text.as_bytes()).is_none() {
        return decode_text(text);
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(undone(&spaced).unwrap_or(spaced))
}

/// Bytes as text: UTF-8, else byte by byte as a lenient reader would take it, so that an overlong `%C0%AE`
/// is the dot it stands for and any other stray byte is Latin-1.
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(lenient(bytes)),
    }
}

fn lenient(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    while let Some((&first, rest)) = bytes.split_first() {
        match (first, rest.first()) {
            (0xc0 | 0xc1, Some(&next @ 0x80..=0xbf)) => {
                text.push(char::from((first & 1) << 6 | next & 0x3f));
                bytes = &rest[1..];
            }
            _ => match (1..=4.min(bytes.len()))
                .find_map(|n| std::str::from_utf8(&bytes[..n]).ok().map(|s| (n, s)))
            {
                Some((length, piece)) => {
                    text.push_str(piece);
                    bytes = &bytes[length..];
                }
                None => {
                    text.push(char::from(first));
                    bytes = rest;
                }
            },
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_encoded_is_decoded() {
        assert!(matches!(decode(b"100% sure"), Cow::Borrowed("100% sure")));
        assert_eq!(decode(b"%41%zz%4"), "A%zz%4");
        assert_eq!(decode_plus("two+words%2B"), "two words+");
    }

    #[test]
    fn overlong_and_stray_bytes_are_read_as_a_lenient_reader_would() {
        assert_eq!(decode(b"203%c0%ae0"), "203.0");
        assert_eq!(decode(b"caf%e9 %E2%82%AC"), "caf\u{e9} \u{20ac}");
    }
}
