//! What a vendor says: answers, pieces of answers and messages, on their way to the visitor.
//!
//! Knows the doors of the surfaces; does not know how bytes arrive. Invariants: only what a rule names is treated, and
//! what holds this visitor's address; everything else passes byte for byte. A route without rules for answers has
//! nothing to ask for here.

use bytes::Bytes;
use http::HeaderMap;

use super::framing::Framing;
use super::message::Message;
use super::policy::{Policy, Undecodable};
use super::pseudonym::Pseudonyms;
use super::refusal::Refusal;
use super::scrub::Scrub;
use super::surface::plain;
use super::surface::response::{self, Cut, Home};
use super::tally::Tally;
use super::visitor::Visitor;

/// Whom an answer goes to.
#[derive(Clone, Copy, Debug)]
pub struct Homeward<'a> {
    pub visitor: &'a Visitor,
    pub pseudonyms: &'a Pseudonyms,
    pub home: Home<'a>,
}

/// What comes home of something the vendor said, and what was done to it.
#[derive(Debug)]
pub struct Returned<T> {
    pub left: Left<T>,
    pub tally: Tally,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left<T> {
    AsItCame,
    Changed(T),
    /// It could not be read, and the route says to go on without.
    Nothing,
}

impl Policy {
    /// Whether a rule speaks of what the vendor's documents say.
    pub fn reads_answers(&self) -> bool {
        self.back().is_some()
    }

    /// Treats a whole body under these headers.
    pub fn scrub_answer(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        homeward: Homeward<'_>,
    ) -> Result<Returned<Bytes>, Refusal> {
        self.read(body.len(), homeward, |scrub| {
            Ok(response::scrub_content(scrub, headers, body)?.map(Bytes::from))
        })
    }

    /// Treats one event, or one line.
    pub fn scrub_piece(
        &self,
        cut: Cut,
        piece: &[u8],
        homeward: Homeward<'_>,
    ) -> Result<Returned<Bytes>, Refusal> {
        self.read(piece.len(), homeward, |scrub| {
            Ok(response::scrub_piece(scrub, cut, piece)?.map(Bytes::from))
        })
    }

    /// Treats one message on a socket.
    pub fn scrub_returning(
        &self,
        message: &Message,
        homeward: Homeward<'_>,
    ) -> Result<Returned<Message>, Refusal> {
        self.read(message.len(), homeward, |scrub| match message {
            Message::Text(text) => Ok(self::text(scrub, text)?.map(Message::Text)),
            Message::Binary(bytes) => Ok(binary(scrub, bytes)?.map(|new| Message::Binary(new.into()))),
        })
    }

    fn read<T>(
        &self,
        size: usize,
        Homeward { visitor, pseudonyms, home }: Homeward<'_>,
        look: impl FnOnce(&mut Scrub<'_>) -> Result<Option<T>, Refusal>,
    ) -> Result<Returned<T>, Refusal> {
        let Some(back) = self.back() else {
            return Ok(Returned { left: Left::AsItCame, tally: Tally::default() });
        };
        let mut scrub = Scrub::new(back, visitor, pseudonyms, size);
        scrub.home = Some(&home);
        let left = match look(&mut scrub) {
            Ok(None) => Left::AsItCame,
            Ok(Some(new)) => Left::Changed(new),
            Err(refusal) => match self.undecodable() {
                Undecodable::Refuse => return Err(refusal),
                Undecodable::Remove => Left::Nothing,
                Undecodable::Keep => Left::AsItCame,
            },
        };
        Ok(Returned { left, tally: scrub.tally })
    }
}

fn text(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    if text.trim_ascii().is_empty() { Ok(None) } else { plain::scrub(scrub, text) }
}

fn binary(scrub: &mut Scrub<'_>, bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    match std::str::from_utf8(bytes) {
        Ok(framed) if Framing::of(framed).is_some() => Ok(text(scrub, framed)?.map(String::into_bytes)),
        _ => response::scrub_binary(scrub, bytes),
    }
}
