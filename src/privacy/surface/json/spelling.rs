//! How texts and numbers are spelled in JSON (RFC 8259 §6 and §7).
//!
//! Knows escapes and digits; does not know documents. Invariant: what is quoted here reads as the text it was.

use crate::privacy::refusal::{Format, Refusal};

const INVALID: Refusal = Refusal::Invalid(Format::Json);

/// A text as a JSON string.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut rest = text;
    loop {
        let (plain, other) = rest.split_at(plain(rest.as_bytes()));
        quoted.push_str(plain);
        let mut characters = other.chars();
        match characters.next() {
            Some('"') => quoted.push_str("\\\""),
            Some('\\') => quoted.push_str("\\\\"),
            Some('\n') => quoted.push_str("\\n"),
            Some('\r') => quoted.push_str("\\r"),
            Some('\t') => quoted.push_str("\\t"),
            Some(control) => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            None => break,
        }
        rest = characters.as_str();
    }
    quoted.push('"');
    quoted
}

/// Whether a text can stand as a JSON number.
pub fn is_number(text: &str) -> bool {
    number_length(text.as_bytes()) == Some(text.len())
}

/// The length of a whole number of fewer than eight digits, as most are, with eight bytes to read behind its sign.
#[inline]
pub fn short_integer(bytes: &[u8]) -> Option<usize> {
    let (sign, digits) = if let [b'-', digits @ ..] = bytes { (1, digits) } else { (0, bytes) };
    let eight = digits.first_chunk()?;
    let length = digits_of(*eight);
    let begins_well = length == 1 || (length > 1 && eight[0] != b'0');
    (begins_well && length < 8 && !matches!(eight[length], b'.' | b'e' | b'E')).then_some(sign + length)
}

/// How long the number is that bytes begin with.
#[inline]
pub fn number_length(bytes: &[u8]) -> Option<usize> {
    short_integer(bytes).or_else(|| long_number_length(bytes))
}

fn long_number_length(bytes: &[u8]) -> Option<usize> {
    let digits = |from: usize| digits(&bytes[from.min(bytes.len())..]);
    let mut at = usize::from(bytes.first() == Some(&b'-'));
    match (bytes.get(at)?, digits(at)) {
        (b'0', _) => at += 1,
        (_, 0) => return None,
        (_, count) => at += count,
    }
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        at += (fraction > 0).then_some(1 + fraction)?;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at + 1 + sign);
        at += (exponent > 0).then_some(1 + sign + exponent)?;
    }
    Some(at)
}

/// How many digits bytes begin with, eight bytes at a time.
fn digits(bytes: &[u8]) -> usize {
    let (blocks, rest) = bytes.as_chunks::<8>();
    match blocks.iter().map(|block| digits_of(*block)).enumerate().find(|(_, digits)| *digits < 8) {
        Some((block, digits)) => block * 8 + digits,
        None => blocks.len() * 8 + rest.iter().take_while(|byte| byte.is_ascii_digit()).count(),
    }
}

/// How many digits eight bytes begin with.
const fn digits_of(bytes: [u8; 8]) -> usize {
    const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);
    const ABOVE_NINE: u64 = u64::from_le_bytes([0x80 - 10; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    let digits = u64::from_le_bytes(bytes) ^ ZEROS;
    // The high bit of the first byte that is no digit, and perhaps of some after it.
    let others = (digits.wrapping_add(ABOVE_NINE) | digits) & HIGHS;
    others.trailing_zeros() as usize / 8
}

/// How many bytes a string goes on for before a quote, a backslash or a control character, eight bytes at a time.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The high bit of the first byte below a limit, and perhaps of some after it (Mycroft's test).
    let below = |block: u64, limit: u8| block.wrapping_sub(ONES * u64::from(limit)) & !block & HIGHS;
    let is = |block: u64, byte: u8| below(block ^ (ONES * u64::from(byte)), 1);
    let (blocks, rest) = bytes.as_chunks::<8>();
    for (index, block) in blocks.iter().enumerate() {
        let block = u64::from_le_bytes(*block);
        let stops = below(block, b' ') | is(block, b'"') | is(block, b'\\');
        if stops != 0 {
            return index * 8 + stops.trailing_zeros() as usize / 8;
        }
    }
    let stops = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
    blocks.len() * 8 + rest.iter().position(stops).unwrap_or(rest.len())
}

/// A string between its quotes, decoded.
pub fn unescape(raw: &str) -> Result<String, Refusal> {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let (character, length) = escape(&rest[at..])?;
        text.push(character);
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    Ok(text)
}

/// The escape a text begins with: its character and its length.
fn escape(text: &str) -> Result<(char, usize), Refusal> {
    Ok(match text.as_bytes().get(1).ok_or(INVALID)? {
        b'"' => ('"', 2),
        b'\\' => ('\\', 2),
        b'/' => ('/', 2),
        b'b' => ('\u{8}', 2),
        b'f' => ('\u{c}', 2),
        b'n' => ('\n', 2),
        b'r' => ('\r', 2),
        b't' => ('\t', 2),
        b'u' => {
            let high = unit(text).ok_or(INVALID)?;
            let low = text[6..].starts_with("\\u").then(|| unit(&text[6..])).flatten();
            match (high, low) {
                (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) => {
                    let code = 0x1_0000 + ((u32::from(high) - 0xd800) << 10) + (u32::from(low) - 0xdc00);
                    (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
                }
                _ => (char::from_u32(u32::from(high)).unwrap_or(char::REPLACEMENT_CHARACTER), 6),
            }
        }
        _ => return Err(INVALID),
    })
}

/// The four digits after `\u`.
fn unit(text: &str) -> Option<u16> {
    let digits = text.get(2..6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::super::lexer::Lexer;
    use super::*;
    use crate::privacy::scan::Index;

    proptest! {
        #[test]
        fn a_quoted_text_reads_as_the_text(text in any::<String>(), odd in "[a-z\"\\\\\n\u{1}\u{7f}é]{0,40}") {
            for text in [text, odd] {
                let quoted = quote(&text);
                prop_assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), text.clone());
                let index = Index::of(&quoted);
                prop_assert_eq!(Lexer::new(&quoted, &index, 1).string().unwrap(), text);
            }
        }
    }
}
