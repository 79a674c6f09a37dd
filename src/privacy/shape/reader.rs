//! What a visitor sends, read for its shape: each value's place, as a rule would name it, and its kind.
//!
//! Takes off what the engine takes off, with the same rooms, and decides nothing. Invariants: nothing is refused,
//! what cannot be read is told as that; of a value its kind is left and nothing else; layers, bytes and values are
//! bounded.

use std::borrow::Cow;

use bytes::Bytes;
use http::Request;
use http::header::{CONTENT_TYPE, HeaderMap};

use super::Shapes;
use super::head::told;
use super::kind::Kind;

use super::tree::{Scalar, Tree};
use crate::privacy::framing::{Content, Framing};
use crate::privacy::glance::Glance;
use crate::privacy::image;
use crate::privacy::message::Message;
use crate::privacy::policy::Compiled;
use crate::privacy::refusal::{Format, Refusal};
use crate::privacy::rule::{Pointer, Selector};
use crate::privacy::surface::label::{Form, Label};
use crate::privacy::surface::{body, codings, envelope, json, multipart, pairs, url};
use crate::privacy::wrapping::coding::{Allowance, Coding};
use crate::privacy::wrapping::{self, Reading};

/// Layers upon one another; a deeper one is told as what it looks like from outside.
const MOST_LAYERS: usize = 8;

/// Values looked at in one request or message.
const MOST_VALUES: usize = 10_000;

/// How often each byte of it may be looked at, layers and all, and what may be looked at in the smallest.
const LOOKS: usize = 12;
const LEAST: usize = 64 * 1024;

pub struct Reader<'p> {
    pub(super) policy: &'p Compiled,
    shapes: Shapes,
    allowance: Allowance,
    layers: usize,
    /// Values that may still be looked at, and bytes.
    room: usize,
    looks: usize,
}

impl<'p> Reader<'p> {
    /// Reads something of this size.
    pub fn new(policy: &'p Compiled, size: usize) -> Self {
        let (shapes, allowance) = (Shapes::default(), Allowance::new(policy.body_limit));
        let looks = size.saturating_mul(LOOKS).saturating_add(LEAST);
        Self { policy, shapes, allowance, layers: 0, room: MOST_VALUES, looks }
    }

    pub fn request(mut self, request: &Request<Bytes>) -> Shapes {
        self.target(request.uri());
        self.headers(request.headers());
        let query = request.uri().query().unwrap_or_default();
        if !request.body().is_empty() && self.body(request.headers(), query, request.body()).is_err() {
            self.tell(Selector::Text, Kind::Unreadable);
        }
        self.shapes
    }

    pub fn message(mut self, message: &Message) -> Shapes {
        let read = match message {
            Message::Text(text) => self.plain(text),
            Message::Binary(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) if text.is_empty() || Framing::of(text).is_some() => self.plain(text),
                _ => self.coded(&Label::parse("application/octet-stream"), bytes),
            },
        };
        if read.is_err() {
            self.tell(Selector::Text, Kind::Unreadable);
        }
        self.shapes
    }

    fn tell(&mut self, place: Selector, kind: Kind) {
        self.shapes.add(place, kind);
    }

    /// What stands at a place is a text.
    pub(super) fn value(&mut self, place: Selector, text: &str) {
        if let Some(kind) = self.text(text) {
            self.tell(place, kind);
        }
    }

    fn body(&mut self, headers: &HeaderMap, query: &str, bytes: &[u8]) -> Result<(), Refusal> {
        let bytes = self.undone(&codings::declared(headers), query, bytes)?;
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        match kind.and_then(multipart::boundary) {
            None => self.content(&Label::of(headers), &bytes),
            Some(boundary) => {
                for field in multipart::fields(&bytes, &boundary?)? {
                    self.field(&field);
                }
                Ok(())
            }
        }
    }

    /// A part of a form: a document of its own, a text, or a file.
    fn field(&mut self, field: &multipart::Field<'_>) {
        let place = Selector::Part(told(&field.name));
        let label = field.label.as_deref().map(Label::parse);
        let document = label.filter(|label| !matches!(label.form, Form::Text | Form::Unknown));
        let is_packed = Coding::recognized(field.content).is_some();
        if image::strip(field.content).is_some() {
            return self.tell(place, Kind::Binary);
        }
        if document.is_some() || is_packed {
            let label = document.unwrap_or_else(|| Label::parse("text/plain"));
            let read = self.coded(&label, field.content);
            return self.tell(place, if read.is_ok() { Kind::Document } else { Kind::Unreadable });
        }
        match std::str::from_utf8(field.content) {
            Ok(text) => self.value(place, text),
            Err(_) => self.tell(place, Kind::Binary),
        }
    }

    /// What stands under one label, perhaps compressed by itself.
    fn coded(&mut self, label: &Label, bytes: &[u8]) -> Result<(), Refusal> {
        let bytes = self.undone(&[], "", bytes)?;
        self.content(label, &bytes)
    }

    /// What stands under codings; it may be looked at as often as what came.
    fn undone<'b>(
        &mut self,
        declared: &[String],
        query: &str,
        bytes: &'b [u8],
    ) -> Result<Cow<'b, [u8]>, Refusal> {
        let (bytes, codings) = codings::undone(&mut self.allowance, declared, query, bytes)?;
        if !codings.is_empty() {
            self.looks = self.looks.saturating_add(bytes.len().saturating_mul(LOOKS));
        }
        Ok(bytes)
    }

    fn content(&mut self, label: &Label, bytes: &[u8]) -> Result<(), Refusal> {
        if image::strip(bytes).is_some() {
            self.tell(Selector::Text, Kind::Binary);
            return Ok(());
        }
        if label.form == Form::Envelope || (label.form == Form::Text && envelope::is_envelope(bytes)) {
            let label = Label::parse("text/plain");
            return envelope::pieces(bytes)?
                .into_iter()
                .try_for_each(|piece| self.nested(|reader| reader.coded(&label, piece)));
        }
        let (_, text) = body::decoded(label, bytes)?;
        match label.form {
            Form::Json => self.document(&text, false),
            Form::Ndjson => self.lines(&text),
            Form::Urlencoded | Form::Unknown if json::looks_like_document(&text) => {
                self.document(&text, false)
            }
            Form::Urlencoded => {
                self.pairs(&text, '&', Selector::Form);
                Ok(())
            }
            Form::Text => self.plain(&text),
            Form::Envelope | Form::Unknown => Err(Refusal::UnknownType),
        }
    }

    /// A body or message that is a text: packets, a document, lines of forms, or talk.
    fn plain(&mut self, text: &str) -> Result<(), Refusal> {
        if text.trim_ascii().is_empty() {
            return Ok(());
        }
        if let Some(framing) = Framing::of(text) {
            return framing.contents(text)?.into_iter().try_for_each(|content| self.packed(content));
        }
        if json::looks_like_document(text) && (self.document(text, false).is_ok() || self.lines(text).is_ok())
        {
            return Ok(());
        }
        if json::claims_to_be_a_document(text) {
            return Err(Refusal::Invalid(Format::Json));
        }
        if text.lines().all(pairs::looks_like_form) {
            text.lines().for_each(|line| self.pairs(line, '&', Selector::Form));
            return Ok(());
        }
        self.value(Selector::Text, text);
        Ok(())
    }

    fn packed(&mut self, content: Content<'_>) -> Result<(), Refusal> {
        match content {
            Content::Header(name, value) => self.value(Selector::Header(told(&name)), &value),
            Content::Event(document) => self.document(document, true)?,
            Content::Text(text) => self.nested(|reader| reader.plain(&text))?,
        }
        Ok(())
    }

    fn lines(&mut self, text: &str) -> Result<(), Refusal> {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty());
        lines.try_for_each(|line| self.document(line, false))
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Refusal>) -> Result<T, Refusal> {
        if self.layers == MOST_LAYERS {
            return Err(Refusal::TooDeep);
        }
        self.layers += 1;
        let read = read(self);
        self.layers -= 1;
        read
    }

    /// A JSON document; in a row, positions mean something at the top.
    fn document(&mut self, text: &str, is_row: bool) -> Result<(), Refusal> {
        self.looks = self.looks.checked_sub(text.len()).ok_or(Refusal::TooDeep)?;
        let depth = self.policy.depth;
        let look = &mut |value: Scalar<'_>| match value {
            Scalar::Text(text) => self.text(text),
            Scalar::Number(number) => self.counted(Kind::of_number(number)),
            Scalar::Bool => self.counted(Kind::Bool),
            Scalar::Null => self.counted(Kind::Null),
        };
        let mut tree = Tree::read(text, depth, look)?;
        recording(&mut tree);
        tree.tell(is_row, &mut |steps, kind| self.tell(Selector::Json(Pointer(steps.into())), *kind));
        Ok(())
    }

    /// A text's kind, once the documents in it are told by themselves; nothing where there is no room for more.
    fn text(&mut self, text: &str) -> Option<Kind> {
        let kind = self.counted(Kind::Document)?;
        let opened = self.nested(|reader| Ok(reader.opened(text)));
        Some(if opened == Ok(true) { kind } else { Kind::of(text) })
    }

    fn counted(&mut self, kind: Kind) -> Option<Kind> {
        let room = self.room.checked_sub(1);
        self.room = room.unwrap_or_default();
        if room.is_none() {
            self.shapes.overlook();
        }
        room.map(|_| kind)
    }

    /// Reads the document that a text is or wraps, if it does.
    fn opened(&mut self, text: &str) -> bool {
        let Some(looks) = self.looks.checked_sub(text.len()) else { return false };
        self.looks = looks;
        let inner = text.strip_prefix('?').unwrap_or(text);
        if json::looks_like_document(text) && self.document(text, false).is_ok() {
            return true;
        }
        if (inner.len() < text.len() || (text.contains('&') && !url::is_page(text)))
            && pairs::looks_like_form(inner)
        {
            self.pairs(inner, '&', Selector::Query);
            return true;
        }
        self.unwrapped(text).is_some_and(|inner| self.nested(|reader| Ok(reader.opened(&inner))) == Ok(true))
    }

    /// A whole text without its outermost layer.
    fn unwrapped(&mut self, text: &str) -> Option<String> {
        let glance = Glance::of(text);
        for reading in [Reading::Latin1, Reading::Percent, Reading::Reversed] {
            if let (true, Ok(Some(layer))) = (reading.fits(&glance), reading.open(text, &mut self.allowance))
            {
                return Some(layer.inner);
            }
        }
        if !wrapping::may_hold_tokens(&glance) {
            return None;
        }
        let tokens = wrapping::tokens(text, &mut self.allowance).ok()?;
        tokens.into_iter().find(|token| token.span.len() == text.len()).map(|token| token.layer.inner)
    }
}

/// Events of a recorded page become one leaf: the engine knows their places, and there are thousands.
fn recording(tree: &mut Tree<Kind>) {
    match tree {
        Tree::Leaf(_) => {}
        Tree::List(elements) => elements.iter_mut().for_each(recording),
        Tree::Object(members) => {
            let has = |wanted: &str, fits: fn(&Tree<Kind>) -> bool| {
                members.iter().any(|(name, value)| name.as_deref() == Some(wanted) && fits(value))
            };
            let is_event = has("type", |value| matches!(value, Tree::Leaf(Kind::Integer)))
                && has("timestamp", |value| matches!(value, Tree::Leaf(Kind::Time | Kind::Integer)))
                && has("data", |value| {
                    matches!(value, Tree::Object(_) | Tree::Leaf(Kind::Document | Kind::Words))
                });
            if is_event {
                *tree = Tree::Leaf(Kind::Recording);
            } else {
                members.iter_mut().for_each(|(_, member)| recording(member));
            }
        }
    }
}
