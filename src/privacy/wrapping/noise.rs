//! Whether decoded bytes say anything.
//!
//! Any word of letters can be decoded, and most come to noise. Does not know what they were decoded from. Invariant:
//! what begins as noise is no text in any character set, and nothing compressed.

use super::base64;
use super::charset::Charset;
use super::coding::Coding;
use crate::privacy::refusal::Refusal;

/// Whether the first bytes of a word of base64 tell that it holds neither text nor anything compressed. Most words do.
pub(super) fn begins_as_noise(word: &str) -> bool {
    let (bytes, length) = base64::beginning(word);
    let bytes = &bytes[..length];
    is_noise(bytes, word.len()) && Coding::supposed(bytes).is_none()
}

/// Whether a text of at most so many bytes cannot begin with these, in any character set.
pub(super) fn is_noise(bytes: &[u8], length: usize) -> bool {
    // What is cut off in the middle of a character may go on as one.
    let broken = || std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_some());
    let odd = bytes.iter().any(|byte| !is_plain(*byte) && *byte < 0xa0);
    let lettered = || bytes.iter().filter(|byte| **byte >= 0xa0).count() * 4 > length;
    (odd || lettered()) && broken()
}

/// What was compressed must be text, or nobody knows what it says.
pub(super) fn text_of(bytes: Vec<u8>) -> Result<String, Refusal> {
    String::from_utf8(bytes).map_err(|_| Refusal::UnknownType)
}

/// Whether decoded bytes read as text rather than noise; noise means there was no wrapping.
pub(super) fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let odd = text.chars().filter(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')).count();
    (odd * 5 <= text.len()).then_some(text)
}

/// What decoded bytes say, which may have some letters beyond ASCII as `btoa` takes them, a byte each.
pub(super) fn said(bytes: Vec<u8>) -> Option<(String, Charset)> {
    if std::str::from_utf8(&bytes).is_ok() {
        return readable(bytes).map(|text| (text, Charset::Utf8));
    }
    let ascii = bytes.iter().filter(|byte| is_plain(**byte)).count();
    let letters = bytes.iter().filter(|byte| **byte >= 0xa0).count();
    let is_text = ascii + letters == bytes.len() && letters * 4 <= bytes.len();
    is_text.then(|| (bytes.into_iter().map(char::from).collect(), Charset::Latin1))
}

/// A byte of plain text.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0c' | b'\r' | b' '..=b'~')
}
