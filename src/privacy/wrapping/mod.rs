//! Wrappings: what a text is put into before it travels, undone and put back.
//!
//! Knows one layer at a time; does not know what the text says. Invariant: what [`Wrapping::wrap`] gives opens
//! to the same text.

mod base64;
pub mod charset;
pub mod coding;
mod compressed;
mod escape;
mod hex;
pub mod percent;

use std::borrow::Cow;
use std::ops::Range;

/// More layers than any real traffic has; past them a value is refused.
pub const MOST_LAYERS: usize = 16;

/// A layer that may cover a whole text. One text can be read in several ways, and each is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// `%2E`, as `encodeURIComponent` writes it.
    Percent,
    /// `\u002e`, `%u002e`, `&#46;`.
    Escapes,
    /// `=2E`.
    Quoted,
}

impl Wrapping {
    pub const ALL: [Self; 3] = [Self::Percent, Self::Escapes, Self::Quoted];

    /// The text under the layer, if there is one.
    pub fn open(self, text: &str) -> Option<String> {
        match self {
            Self::Percent => match percent::decode(text.as_bytes()) {
                Cow::Owned(inner) => Some(inner),
                Cow::Borrowed(_) => None,
            },
            Self::Escapes => escape::unescape(text),
            Self::Quoted => escape::unquote(text),
        }
    }

    pub fn wrap(self, inner: String) -> String {
        match self {
            Self::Percent => percent::encode(&inner, percent::COMPONENT),
            // The plain text says the same, so it is put back plain.
            Self::Escapes | Self::Quoted => inner,
        }
    }
}

/// A stretch of a text that is itself a wrapped text, such as one part of a token.
#[derive(Debug, PartialEq, Eq)]
pub struct Token {
    pub span: Range<usize>,
    pub inner: String,
    alphabet: Alphabet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alphabet {
    Base64(base64::Form),
    Hex,
}

/// Finds base64 and hex that holds readable text, in the order they stand.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = hex::tokens(text)
        .map(|(span, inner)| Token { span, inner, alphabet: Alphabet::Hex })
        .chain(base64::tokens(text).map(|(span, inner, form)| Token {
            span,
            inner,
            alphabet: Alphabet::Base64(form),
        }))
        .collect();
    tokens.sort_by_key(|token| token.span.start);
    let mut end = 0;
    tokens.retain(|token| {
        let free = token.span.start >= end;
        end = if free { token.span.end } else { end };
        free
    });
    tokens
}

/// Whether a text is, or holds in base64, what some compression made: it cannot be read yet, so it must not leave.
pub fn holds_compressed(text: &str) -> bool {
    compressed::is_latin1(text) || base64::starts(text).any(|start| compressed::is_compressed(&start))
}

pub use compressed::is_compressed;

impl Token {
    pub fn wrap(&self, inner: &str) -> String {
        match self.alphabet {
            Alphabet::Base64(form) => base64::encode(inner, form),
            Alphabet::Hex => hex::encode(inner),
        }
    }
}

/// Whether decoded bytes read as text rather than noise; noise means there was no wrapping.
fn readable(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    let odd = text.chars().filter(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r')).count();
    (odd * 10 <= text.len()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_put_back_opens_to_the_same_text() {
        for text in ["a b", "203.0.113.77", "{\"a\":\"\u{e9}\"}", "100%"] {
            let wrapped = Wrapping::Percent.wrap(text.to_owned());
            assert_eq!(Wrapping::Percent.open(&wrapped).as_deref().unwrap_or(&wrapped), text);
        }
    }

    #[test]
    fn tokens_do_not_overlap_and_open_to_text() {
        let text = "x=MjAzLjAuMTEzLjc3 y=3230332e302e3131332e3737";
        let found: Vec<_> = tokens(text).into_iter().map(|token| token.inner).collect();
        assert_eq!(found, ["203.0.113.77", "203.0.113.77"]);
        assert!(tokens("anonymization of internationalization").is_empty());
        assert!(tokens("8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa").is_empty());
    }
}
