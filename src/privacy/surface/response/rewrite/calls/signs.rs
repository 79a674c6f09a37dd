//! A text sign by sign, however its signs are written, as far as it is there.
//!
//! Does not know what is looked for. Invariant: of a text that goes on nothing is said that more of it could change.

use super::super::spelling::{Next, ahead};

/// More of the text is needed.
pub struct Short;

/// A text from some place on, sign by sign.
pub struct Signs<'t> {
    pub text: &'t [u8],
    pub at: usize,
    pub ended: bool,
}

impl Signs<'_> {
    pub fn peek(&self) -> Result<Option<(u8, usize)>, Short> {
        match ahead(&self.text[self.at..], self.ended) {
            Next::Sign(sign, length) => Ok(Some((sign, length))),
            Next::End => Ok(None),
            Next::Unknown => Err(Short),
        }
    }

    /// Passes signs over, as long as they are such.
    pub fn skip(&mut self, is_such: impl Fn(u8) -> bool) -> Result<(), Short> {
        while let Some((_, length)) = self.peek()?.filter(|(sign, _)| is_such(*sign)) {
            self.at += length;
        }
        Ok(())
    }

    /// How many of the bytes from here on are such; `None`: too many.
    pub fn run(&self, most: usize, is_such: impl Fn(u8) -> bool) -> Result<Option<usize>, Short> {
        let rest = &self.text[self.at..];
        match rest.iter().take(most).position(|byte| !is_such(*byte)) {
            Some(length) => Ok(Some(length)),
            None if rest.len() >= most => Ok(None),
            None if self.ended => Ok(Some(rest.len())),
            None => Err(Short),
        }
    }
}
