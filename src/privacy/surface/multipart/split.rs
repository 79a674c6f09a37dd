//! A multipart body taken apart (RFC 2046 §5.1).
//!
//! Knows delimiter lines; does not read heads. Invariants: a body that two readers could take apart in two ways is
//! refused; what stands before the first delimiter and after the last belongs to no part.

use crate::privacy::refusal::{Format, Refusal};

/// More parts than any form has.
const MOST_PARTS: usize = 1000;

/// Bytes of a part's head, its lines and the empty one.
const LONGEST_HEAD: usize = 8 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'b> {
    /// Lines, each with its end.
    pub head: &'b [u8],
    pub content: &'b [u8],
}

/// The parts of a body, in order.
pub fn split<'b>(input: &'b [u8], boundary: &str) -> Result<Vec<Part<'b>>, Refusal> {
    const BROKEN: Refusal = Refusal::Invalid(Format::Multipart);
    if !is_boundary(boundary) {
        return Err(BROKEN);
    }
    let delimiter = format!("--{boundary}");
    let mut parts = Vec::new();
    let mut start = None;
    for at in memchr::memmem::find_iter(input, &delimiter) {
        let (before, rest) = input.split_at(at);
        if !(before.is_empty() || before.ends_with(b"\r\n")) {
            continue;
        }
        if let Some(start) = start {
            if parts.len() == MOST_PARTS {
                return Err(Refusal::TooManyParts);
            }
            let end = at.checked_sub(2).ok_or(BROKEN)?;
            parts.push(input.get(start..end).and_then(part).ok_or(BROKEN)?);
        }
        let after = rest.strip_prefix(delimiter.as_bytes()).ok_or(BROKEN)?;
        if let Some(after) = after.strip_prefix(b"--") {
            let end = unpadded(after);
            return if end.is_empty() || end.starts_with(b"\r\n") { Ok(parts) } else { Err(BROKEN) };
        }
        let content = unpadded(after).strip_prefix(b"\r\n").ok_or(BROKEN)?;
        start = Some(input.len() - content.len());
    }
    Err(BROKEN)
}

/// Whether a word may be a boundary (RFC 2046 §5.1.1).
pub fn is_boundary(word: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    (1..=70).contains(&word.len()) && word.bytes().all(legal) && !word.ends_with(' ')
}

fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let end = memchr::memmem::find(&bytes[..bytes.len().min(LONGEST_HEAD)], b"\r\n\r\n")?;
    Some(Part { head: bytes.get(..end + 2)?, content: bytes.get(end + 4..)? })
}

/// A line's rest past the padding that gateways may add.
const fn unpadded(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', after @ ..] = rest {
        rest = after;
    }
    rest
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn contents<'b>(input: &'b str, boundary: &str) -> Option<Vec<&'b str>> {
        let parts = split(input.as_bytes(), boundary).ok()?;
        Some(parts.iter().map(|part| std::str::from_utf8(part.content).unwrap()).collect())
    }

    #[test]
    fn parts_are_what_stands_between_delimiter_lines() {
        let body = "before\r\n--b \t\r\nA: 1\r\n\r\none\r\n\r\n--b\r\nA: 2\r\n\r\n\r\n--b--\r\nafter --b";
        assert_eq!(contents(body, "b").unwrap(), ["one\r\n", ""]);
        assert_eq!(split(body.as_bytes(), "b").unwrap()[0].head, b"A: 1\r\n");
        assert_eq!(contents("--b--", "b").unwrap(), [""; 0]);
        assert_eq!(contents("--b\r\nA: 1\r\n\r\nx--b\n--b\r\n--b--", "b").unwrap(), ["x--b\n--b"]);
    }

    #[test]
    fn what_could_be_taken_apart_in_two_ways_is_refused() {
        for body in [
            "",
            "text",
            "--b\r\nA: 1\r\n\r\none",
            "--b\r\nA: 1\r\n\r\none\r\n--b",
            "--b\r\nA: 1\r\n\r\none\r\n--b\r\n",
            "--b\nA: 1\n\none\n--b--",
            "--b\r\nA: 1\r\n\r\none\r\n--bc\r\n--b--",
            "--b\r\nA: 1\r\n\r\none\r\n--b--c",
            "--b\r\n--b--",
            "--b\r\nA: 1\r\n--b--",
            "--b\r\nA: 1\r\n\r\n--b--",
        ] {
            assert_eq!(contents(body, "b"), None, "{body:?}");
        }
    }

    #[test]
    fn a_boundary_is_short_and_of_legal_signs() {
        for legal in ["b", "----WebKitFormBoundary7MA4YWxkTrZu0gW", "a b", &"x".repeat(70)] {
            assert!(is_boundary(legal));
        }
        for illegal in ["", "b ", "a\"b", "a\rb", "é", &"x".repeat(71)] {
            assert!(!is_boundary(illegal));
        }
    }

    #[test]
    fn parts_and_heads_are_bounded() {
        let body = |parts: usize| format!("{}--b--", "--b\r\nA: 1\r\n\r\n\r\n".repeat(parts));
        assert_eq!(split(body(MOST_PARTS).as_bytes(), "b").unwrap().len(), MOST_PARTS);
        assert_eq!(split(body(MOST_PARTS + 1).as_bytes(), "b"), Err(Refusal::TooManyParts));
        let long = format!("--b\r\nA: {}\r\n\r\n\r\n--b--", "x".repeat(LONGEST_HEAD));
        assert_eq!(contents(&long, "b"), None);
    }
}
