//! Base64 and base64url (RFC 4648 §4, §5), padded or not.
//!
//! Knows words and their bytes; whether the bytes say anything is the door's business. Invariant: what is encoded
//! keeps the word's alphabet and padding.

use std::ops::Range;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use crate::privacy::glance::LONG_WORD;
use crate::privacy::run;

/// Shorter words are words; nine bytes hold no address, no email and no phone.
pub const SHORTEST: usize = LONG_WORD;

/// How many `=` may stand at the end of a word.
const PADDING: usize = 2;

/// Lines are broken at 60, 64 or 76 letters by those who mean to; receivers forgive a break anywhere.
const LONG_LINE: usize = 60;

/// The shortest base64 of anything compressed.
const LONG: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    pub url_safe: bool,
    pub padded: bool,
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);

/// The marks of one alphabet, the other, and both, each a bit.
const MARKS: [u8; 3] = [1, 2, 1 | 2];

/// What stands between marks in a word, if it is long enough: those of one alphabet may join words of the other, and
/// both may join names.
pub fn between_marks(text: &str, span: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let word = &text.as_bytes()[..span.end];
    let marks = match word[span.start..].iter().fold(0, |marks, byte| marks | mark(*byte)) {
        0 => &[],
        1 | 2 => &MARKS[2..],
        _ => &MARKS[..],
    };
    marks.iter().flat_map(move |marks| {
        let mut at = span.start;
        std::iter::from_fn(move || {
            let part = run::next(word, at, SHORTEST, |byte| mark(byte) & marks == 0)?;
            at = part.end;
            Some(part)
        })
    })
}

/// Of which alphabet a byte is a mark.
const fn mark(byte: u8) -> u8 {
    match byte {
        b'+' | b'/' => MARKS[0],
        b'-' | b'_' => MARKS[1],
        _ => 0,
    }
}

/// The bytes a word says, if it is base64, and how.
pub fn word(word: &str) -> Option<(Vec<u8>, Form)> {
    let word = Some(word).filter(|word| word.len() >= SHORTEST)?;
    let url_safe = word.contains(['-', '_']);
    let mut letters: Vec<u8> = letters(word.trim_end_matches('=')).collect();
    // A word of whole groups needs no padding, but its reader may ask for some when it has changed.
    let form =
        Form { url_safe, padded: word.ends_with('=') || (!url_safe && letters.len().is_multiple_of(4)) };
    // One letter past a whole group carries nothing.
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    Some((engine(url_safe, false).decode(letters).ok()?, form))
}

/// The letters of a word, without its lines' ends.
fn letters(word: &str) -> impl Iterator<Item = u8> {
    let mut rest = word.as_bytes();
    std::iter::from_fn(move || {
        let (first, after) = rest[breaks(rest)..].split_first()?;
        rest = after;
        Some(*first)
    })
}

/// How long is what bytes begin with that receivers skip in base64: ends of lines, also as a script spells them.
/// Behind a space there is another word.
fn breaks(bytes: &[u8]) -> usize {
    let mut length = 0;
    loop {
        length += match bytes[length..] {
            [b'\t' | b'\n' | b'\x0c' | b'\r', ..] => 1,
            [b'\\', b'n' | b'r' | b't', ..] => 2,
            _ => return length,
        };
    }
}

/// How many letters are read to tell whether a word says anything, and the bytes they come to.
const BEGINNING: usize = 24;

/// The first bytes of what a word says, if it is base64, and how many they are; nothing is allocated.
pub fn beginning(word: &str) -> ([u8; BEGINNING / 4 * 3], usize) {
    let (mut bytes, mut length, mut rest) = ([0; BEGINNING / 4 * 3], 0, word.as_bytes());
    while length < bytes.len()
        && let Some(group) = next_group(&mut rest)
    {
        bytes[length..length + 3].copy_from_slice(&u32::to_be_bytes(group)[1..]);
        length += 3;
    }
    (bytes, length)
}

/// The bits of the next four letters.
fn next_group(rest: &mut &[u8]) -> Option<u32> {
    if let Some((four, behind)) = rest.split_first_chunk()
        && let Some(group) = group(four)
    {
        *rest = behind;
        return Some(group);
    }
    // A line may end among them.
    let mut four = [0; 4];
    for letter in &mut four {
        let (first, behind) = rest[breaks(rest)..].split_first()?;
        (*letter, *rest) = (*first, behind);
    }
    group(&four)
}

fn group(letters: &[u8; 4]) -> Option<u32> {
    letters.iter().try_fold(0, |group, letter| Some(group << 6 | value(*letter)?))
}

/// A letter's six bits, in either alphabet.
const fn value(letter: u8) -> Option<u32> {
    let bits = VALUES[letter as usize];
    if bits == NO_LETTER { None } else { Some(bits as u32) }
}

const NO_LETTER: u8 = u8::MAX;

const VALUES: [u8; 256] = {
    let (mut values, mut byte) = ([NO_LETTER; 256], 0);
    while byte < 128 {
        let letter = byte as u8;
        values[byte] = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => NO_LETTER,
        };
        byte += 1;
    }
    values
};

/// The bytes of a document that was put into base64 and written from its end to its beginning.
pub fn reversed(text: &str) -> Option<(Vec<u8>, Form)> {
    // What `{"`, `[{` and `["` come to, the wrong way round.
    let ends = ["ye", "3W", "yW"].iter().any(|end| text.ends_with(end));
    let letters = text.trim_start_matches('=');
    if !ends || letters.len() < SHORTEST || words(letters).next() != Some(0..letters.len()) {
        return None;
    }
    let form = Form {
        url_safe: letters.contains(['-', '_']),
        padded: letters.len().is_multiple_of(4) || letters != text,
    };
    let bytes = engine(form.url_safe, false).decode(letters.chars().rev().collect::<String>()).ok()?;
    matches!(bytes.first(), Some(b'{' | b'[')).then_some((bytes, form))
}

/// Whether a word has room for anything compressed.
pub fn is_long(span: &Range<usize>) -> bool {
    span.len() >= LONG
}

pub fn encode(inner: &[u8], form: Form) -> String {
    engine(form.url_safe, form.padded).encode(inner)
}

fn engine(url_safe: bool, padded: bool) -> GeneralPurpose {
    GeneralPurpose::new(if url_safe { &URL_SAFE } else { &STANDARD }, LENIENT.with_encode_padding(padded))
}

/// The words of a text that could be base64: runs of the alphabets' letters, wherever lines end in them. Of a text
/// without such ends, those that are too short are left out.
pub fn words(text: &str) -> impl Iterator<Item = Range<usize>> {
    runs(text, 0..text.len(), 0)
}

/// The words of such a run whose lines are not one word: a line goes on after its break only if it is long (RFC 2045
/// §6.8).
pub fn lines(text: &str, span: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let broken = is_broken(&text.as_bytes()[span.clone()]);
    let (one, many) = if broken { (None, Some(runs(text, span, LONG_LINE))) } else { (Some(span), None) };
    one.into_iter().chain(many.into_iter().flatten())
}

/// Runs of letters; a line of at least so many goes on after its break.
fn runs(text: &str, span: Range<usize>, goes_on: usize) -> impl Iterator<Item = Range<usize>> {
    let bytes = &text.as_bytes()[..span.end];
    let letter = |byte: u8| value(byte).is_some();
    let run = move |from: usize| from + bytes[from..].iter().take_while(|byte| letter(**byte)).count();
    let least = if is_broken(&bytes[span.start..]) { 1 } else { SHORTEST - PADDING };
    let mut at = span.start;
    std::iter::from_fn(move || {
        let Range { start, mut end } = loop {
            let Range { mut start, end } = run::next(bytes, at, least, letter)?;
            // The first letter may be that of an escape.
            start += usize::from(start > span.start && breaks(&bytes[start - 1..start + 1]) == 2);
            if start < end {
                break start..end;
            }
            at = end;
        };
        let mut line = start;
        while end - line >= goes_on {
            let next = end + breaks(&bytes[end..]);
            if next == end || run(next) == next {
                break;
            }
            (line, end) = (next, run(next));
        }
        end += bytes[end..].iter().take(PADDING).take_while(|byte| **byte == b'=').count();
        at = end;
        Some(start..end)
    })
}

/// Whether a line may end in a text.
fn is_broken(text: &[u8]) -> bool {
    let is_break = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b'\\');
    // Without a branch, so that many bytes are compared at a time.
    text.iter().fold(false, |broken, byte| broken | is_break(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(Vec<u8>, Form)> {
        words(text).filter_map(|span| word(&text[span])).collect()
    }

    #[test]
    fn every_form_is_opened_and_put_back() {
        for (word, inner) in [
            ("eyJpcCI6IjIwMy4wLjExMy43NyJ9", "{\"ip\":\"203.0.113.77\"}"),
            ("MjAzLjAuMTEzLjc3", "203.0.113.77"),
            ("MjAzLjAuMTEzLjc3OQ==", "203.0.113.779"),
            ("MjAzLjAuMTEzLjc3OQ", "203.0.113.779"),
            ("w7_Dv8O_w7_Dv8O_", "\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}"),
        ] {
            let found = read(word);
            assert_eq!(found.len(), 1, "{word}");
            assert_eq!(found[0].0, inner.as_bytes());
            assert_eq!(encode(&found[0].0, found[0].1), word);
        }
    }

    #[test]
    fn lines_are_read_as_one() {
        let inner = "somebody at the address 203.0.113.77 asked for the price of the red shoes";
        let word = encode(inner.as_bytes(), Form { url_safe: false, padded: true });
        let broken = format!("{}\r\n{} end", &word[..60], &word[60..]);
        let found: Vec<_> = read(&broken).into_iter().map(|(inner, _)| inner).collect();
        assert_eq!(found, [inner.as_bytes()]);
    }
}
