//! One layer around a text, and how it is put back.
//!
//! Does not know how it was found. Invariant: what [`Layer::wrap`] gives opens to the same text.

use super::charset::Charset;
use super::coding::Coding;
use super::{base64, escape, hex, percent};
use crate::privacy::refusal::Refusal;

/// A text with one layer taken off.
#[derive(Debug, PartialEq, Eq)]
pub struct Layer {
    pub inner: String,
    pub(super) back: Back,
}

/// How a layer is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Back {
    Percent,
    /// The plain text says the same.
    Plain,
    /// Compressed bytes as text, a character a byte.
    Latin1(Coding),
    Base64(base64::Form, Held),
    /// Base64 written from its end to its beginning.
    Reversed(base64::Form),
    Hex(Charset),
}

/// What base64 is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Text(Charset),
    Packed(Coding),
}

impl Layer {
    pub fn wrap(&self, inner: String) -> Result<String, Refusal> {
        Ok(match self.back {
            Back::Percent => percent::encode(&inner, percent::COMPONENT),
            Back::Plain => escape::controls(inner),
            Back::Latin1(coding) => coding.encode(inner.as_bytes())?.into_iter().map(char::from).collect(),
            Back::Base64(form, Held::Text(charset)) => {
                base64::encode(&charset.encode(inner).ok_or(Refusal::UnknownType)?, form)
            }
            Back::Base64(form, Held::Packed(coding)) => {
                base64::encode(&coding.encode(inner.as_bytes())?, form)
            }
            Back::Reversed(form) => base64::encode(inner.as_bytes(), form).chars().rev().collect(),
            Back::Hex(charset) => hex::encode(&charset.encode(inner).ok_or(Refusal::UnknownType)?),
        })
    }
}
