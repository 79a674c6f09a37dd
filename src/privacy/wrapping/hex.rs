//! Hexadecimal digits of readable text.
//!
//! Invariant: digits that decode to noise are digits.

use std::ops::Range;

use super::charset::Charset;
use super::noise::{is_noise, said};
use crate::privacy::run;

/// Seven bytes: the shortest address.
pub const SHORTEST: usize = 14;

/// The stretches of hex digits that hold readable text; a digit too many may be glued to either end.
pub fn tokens(text: &str) -> impl Iterator<Item = (Range<usize>, String, Charset)> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        let run = run::next(bytes, at, SHORTEST, |byte| byte.is_ascii_hexdigit())?;
        at = run.end;
        Some(run)
    })
    .filter_map(|span| {
        [span.start, span.start + 1].into_iter().find_map(|start| {
            let end = span.end - (span.end - start) % 2;
            decode(&bytes[start..end]).map(|(inner, charset)| (start..end, inner, charset))
        })
    })
}

fn decode(digits: &[u8]) -> Option<(String, Charset)> {
    let (pairs, _) = digits.as_chunks();
    let byte = |pair: &[u8; 2]| digit(pair[0]) << 4 | digit(pair[1]);
    // Most say by their first bytes that they are noise, before anything is allocated.
    let beginning: [u8; SHORTEST / 2 - 1] = std::array::from_fn(|at| pairs.get(at).map_or(b' ', byte));
    if is_noise(&beginning, pairs.len()) { None } else { said(pairs.iter().map(byte).collect()) }
}

pub fn encode(inner: &[u8]) -> String {
    inner.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        _ => (byte | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn hex_of_text_is_opened_and_put_back() {
        let found: Vec<_> = tokens("a=3230332e302e3131332e3737;").collect();
        assert_eq!(found, [(2..26, "203.0.113.77".to_owned(), Charset::Utf8)]);
        for glued in ["id3230332e302e3131332e3737z", "f3230332e302e3131332e3737", "3230332e302e3131332e3737f"]
        {
            assert_eq!(tokens(glued).next().unwrap().1, "203.0.113.77", "{glued}");
        }
        assert_eq!(encode(b"203.0.113.77"), "3230332e302e3131332e3737");
    }

    #[test]
    fn digests_and_long_numbers_are_left_alone() {
        assert_eq!(tokens("3081e6499beaf8ea5fb08f9ebbb418d932c0ae7da4efd310249b447b2a409a90").count(), 0);
        assert_eq!(tokens("17953219012345678901").count(), 0);
    }
}
