//! A case of the tables: what one end sends after the handshake, and what both ends hear of it.
//!
//! Does not know which end speaks. Invariant: what a case does not expect, nobody hears.

use super::wire::{BINARY, Frame, Message, TEXT};

pub struct Case {
    /// Of RFC 6455, unless it says otherwise.
    pub section: &'static str,
    pub says: String,
    pub sends: Vec<Frame>,
    /// So many bytes at a time; 0: all at once.
    pub cut: usize,
    /// What the other end hears.
    pub hears: Vec<Message>,
    /// What the speaker's pings are answered with.
    pub pongs: Vec<Vec<u8>>,
    pub end: End,
    pub by: By,
}

/// How it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Not: the socket carries on.
    None,
    /// The speaker is told this code: it is at fault, or its connection's other end is told so as well.
    Fails(u16),
    /// A close is carried to the other end, and its answer back.
    Closes(Option<u16>),
    /// A close that may not be said: both ends are told this code.
    Misspoken(u16),
}

/// Which end may speak so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Either,
    Visitor,
    Vendor,
}

pub fn case(section: &'static str, says: impl Into<String>, sends: impl Into<Vec<Frame>>) -> Case {
    Case {
        section,
        says: says.into(),
        sends: sends.into(),
        cut: 0,
        hears: Vec::new(),
        pongs: Vec::new(),
        end: End::None,
        by: By::Either,
    }
}

impl Case {
    pub fn cut(self, cut: usize) -> Self {
        Self { cut, ..self }
    }

    pub fn hears_text(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.hears.push((TEXT, text.into()));
        self
    }

    pub fn hears_binary(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.hears.push((BINARY, bytes.into()));
        self
    }

    pub fn pong(mut self, payload: impl Into<Vec<u8>>) -> Self {
        self.pongs.push(payload.into());
        self
    }

    pub fn fails(self, code: u16) -> Self {
        Self { end: End::Fails(code), ..self }
    }

    pub fn closes(self, code: impl Into<Option<u16>>) -> Self {
        Self { end: End::Closes(code.into()), ..self }
    }

    pub fn misspoken(self, code: u16) -> Self {
        Self { end: End::Misspoken(code), ..self }
    }

    pub fn by(self, by: By) -> Self {
        Self { by, ..self }
    }
}
