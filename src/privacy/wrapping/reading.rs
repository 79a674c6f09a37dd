//! Ways to read a whole text.
//!
//! Does not know what the text says. Invariant: a text that cannot be read in a way is left to the others; one that
//! holds what is compressed and cannot be opened is refused.

use super::coding::{self, Allowance};
use super::layer::{Back, Layer};
use super::noise::{readable, text_of};
use super::token::may_hold_tokens;
use super::{base64, escape, percent};
use crate::privacy::glance::{BYTE, EQUALS, ESCAPE, Glance, PERCENT};
use crate::privacy::refusal::Refusal;

/// A way to read a whole text. One text can be read in several, and each is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// `%2E`, as `encodeURIComponent` writes it.
    Percent,
    /// `\u002e`, `%u002e`, `&#46;`.
    Escapes,
    /// `=2E`.
    Quoted,
    /// Compressed bytes as text.
    Latin1,
    /// A document in base64, written from its end to its beginning, as Statsig's script hides it from blockers.
    Reversed,
}

impl Reading {
    pub const ALL: [Self; 5] = [Self::Percent, Self::Escapes, Self::Quoted, Self::Latin1, Self::Reversed];

    /// Whether a text of which this was seen can be read so.
    pub const fn fits(self, glance: &Glance) -> bool {
        match self {
            Self::Percent => glance.any(PERCENT),
            Self::Escapes => glance.any(ESCAPE | PERCENT),
            Self::Quoted => glance.any(EQUALS),
            Self::Latin1 => glance.any(BYTE),
            Self::Reversed => may_hold_tokens(glance),
        }
    }

    /// The text without the layer, if there is one.
    pub fn open(self, text: &str, allowance: &mut Allowance) -> Result<Option<Layer>, Refusal> {
        let layer = |back| move |inner| Layer { inner, back };
        Ok(match self {
            Self::Percent => percent::undone(text).map(layer(Back::Percent)),
            Self::Escapes => escape::unescape(text).map(layer(Back::Plain)),
            Self::Reversed => base64::reversed(text)
                .and_then(|(bytes, form)| Some((readable(bytes)?, form)))
                .map(|(inner, form)| Layer { inner, back: Back::Reversed(form) }),
            Self::Quoted => escape::unquote(text).map(layer(Back::Plain)),
            Self::Latin1 => {
                let Some((coding, bytes)) = coding::latin1(text) else {
                    return if coding::holds_packed(text) { Err(Refusal::BrokenEncoding) } else { Ok(None) };
                };
                let inner = text_of(allowance.decode(coding, &bytes)?)?;
                Some(Layer { inner, back: Back::Latin1(coding) })
            }
        })
    }
}
