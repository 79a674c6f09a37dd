//! Words in a text that are texts in base64 or hex.
//!
//! Knows how words stand side by side; `noise` tells whether one says anything. Invariant: tokens are in the order they
//! stand, and do not overlap.

use std::ops::Range;

use super::coding::{Allowance, Coding};
use super::layer::{Back, Held, Layer};
use super::noise::{begins_as_noise, said, text_of};
use super::{base64, hex};
use crate::privacy::glance::Glance;
use crate::privacy::refusal::Refusal;

/// A stretch of a text that is itself a wrapped text, such as one part of a token.
#[derive(Debug, PartialEq, Eq)]
pub struct Token {
    pub span: Range<usize>,
    pub layer: Layer,
}

/// Whether a text of which this was seen can hold base64 or hex; the shortest hex is longer than the shortest base64.
pub const fn may_hold_tokens(glance: &Glance) -> bool {
    glance.long_word
}

/// Whether a text of nothing but digits is a number, and no way to write anything else.
pub fn is_mere_number(digits: &str) -> bool {
    // Of digits, every third byte is above all of ASCII: too many for letters a byte each, and none begins anything
    // compressed.
    let broken = |letters: &str| {
        let (bytes, length) = base64::beginning(letters);
        std::str::from_utf8(&bytes[..length]).is_err_and(|error| error.error_len().is_some())
    };
    digits.len() < hex::SHORTEST
        && (digits.len() < base64::SHORTEST || digits.get(..4).is_some_and(broken) || begins_as_noise(digits))
}

/// Finds base64 and hex that holds readable text, in the order they stand.
pub fn tokens(text: &str, allowance: &mut Allowance) -> Result<Vec<Token>, Refusal> {
    let hex =
        hex::tokens(text).map(|(span, inner, charset)| (span, Layer { inner, back: Back::Hex(charset) }));
    let hex: Vec<Token> = hex.map(|(span, layer)| Token { span, layer }).collect();
    let mut tokens = Vec::new();
    let mut add = |span| {
        let token = base64(text, span, allowance)?;
        let is_one = token.is_some();
        tokens.extend(token);
        Ok(is_one)
    };
    for word in base64::words(text).filter(|word| word.len() >= base64::SHORTEST) {
        if add(word.clone())? {
            continue;
        }
        // It may be several: lines of their own, what stands beside hex, names joined by marks.
        let lines = base64::lines(text, word.clone()).filter(|line| *line != word);
        for line in std::iter::once(word.clone()).chain(lines) {
            if line != word && add(line.clone())? {
                continue;
            }
            for piece in beside(&hex, line.clone()) {
                if piece != line && add(piece.clone())? {
                    continue;
                }
                for name in base64::between_marks(text, piece.clone()).filter(|name| *name != piece) {
                    add(name)?;
                }
            }
        }
    }
    let mut tokens: Vec<Token> = hex.into_iter().chain(tokens).collect();
    tokens.sort_by_key(|token| token.span.start);
    let mut end = 0;
    tokens.retain(|token| {
        let free = token.span.start >= end;
        end = if free { token.span.end } else { end };
        free
    });
    Ok(tokens)
}

/// What of a word stands beside tokens in it, which are in order.
fn beside(tokens: &[Token], word: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let first = tokens.partition_point(|token| token.span.start < word.start);
    let inside = tokens[first..].iter().map(|token| &token.span).take_while(move |span| span.end <= word.end);
    let starts = std::iter::once(word.start).chain(inside.clone().map(|span| span.end));
    starts.zip(inside.map(|span| span.start).chain([word.end])).map(|(start, end)| start..end)
}

/// A word of base64, if it holds a text or what a text was compressed to.
fn base64(text: &str, span: Range<usize>, allowance: &mut Allowance) -> Result<Option<Token>, Refusal> {
    let word = &text[span.clone()];
    if word.len() < base64::SHORTEST || begins_as_noise(word) {
        return Ok(None);
    }
    let Some((bytes, form)) = base64::word(word) else { return Ok(None) };
    let coding = base64::is_long(&span).then(|| Coding::supposed(&bytes)).flatten();
    let (inner, held) = match coding.map(|coding| (coding, allowance.decode(coding, &bytes))) {
        None | Some((Coding::Zlib, Err(Refusal::BrokenEncoding))) => {
            let Some((inner, charset)) = said(bytes) else { return Ok(None) };
            (inner, Held::Text(charset))
        }
        Some((coding, decoded)) => (text_of(decoded?)?, Held::Packed(coding)),
    };
    Ok(Some(Token { span, layer: Layer { inner, back: Back::Base64(form, held) } }))
}
