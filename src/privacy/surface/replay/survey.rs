//! The pass over a document by which its outline is made.
//!
//! Knows the names that say something of the object they stand in; does not know what comes of it. Invariant: every value is passed once, and
//! nothing is decoded or copied that nobody asks for.

use super::event::{CHANGE, Data, Event, PAGE, Plugin};
use super::holder::{Marks, Tag};
use super::outline::{Outline, Shape};
use crate::privacy::places::Places;
use crate::privacy::refusal::Refusal;
use crate::privacy::surface::json::{Lexer, Row};
use crate::privacy::wrapping::coding;

/// Fewer rows are walked one by one.
const ROWS: usize = 3;

pub struct Survey<'i, 'p> {
    lexer: Lexer<'i>,
    places: &'p Places,
    pub outline: Outline,
    /// How many events there were so far.
    events: usize,
}

/// What was seen of an element of a list.
enum Seen {
    Number,
    List(List),
    Object(Object),
    Other,
}

/// What a list begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Number,
    /// Lists that begin with a number.
    Numbered,
    Other,
}

/// What was seen of an object.
#[derive(Default)]
struct Object {
    number: Option<u64>,
    timed: bool,
    tag: Option<Tag>,
    marks: Option<Marks>,
    /// What was seen of its `data`: the number may stand behind them.
    data: Option<Data>,
    packed: bool,
    compact: bool,
    /// It holds more than numbers and words.
    is_deep: bool,
    own: Data,
}

impl<'i, 'p> Survey<'i, 'p> {
    pub fn new(lexer: Lexer<'i>, places: &'p Places) -> Self {
        Self { lexer, places, outline: Outline::default(), events: 0 }
    }

    /// Reads all of the document; what was seen of it, if it is an object.
    pub fn document(&mut self) -> Result<Option<Data>, Refusal> {
        let seen = self.element()?;
        self.lexer.finish()?;
        Ok(if let Seen::Object(object) = seen { Some(object.own) } else { None })
    }

    fn element(&mut self) -> Result<Seen, Refusal> {
        match self.lexer.peek()? {
            b'{' => return self.object().map(Seen::Object),
            b'[' => return self.list().map(Seen::List),
            b'-' | b'0'..=b'9' => return self.lexer.number().map(|_| Seen::Number),
            _ => self.lexer.skip()?,
        }
        Ok(Seen::Other)
    }

    fn list(&mut self) -> Result<List, Refusal> {
        let (slot, events) = (self.open(), self.events);
        self.lexer.enter()?;
        let mut begins = None;
        while self.lexer.peek()? != b']' {
            let start = self.lexer.at;
            let seen = self.element()?;
            self.lexer.separator(b']')?;
            if begins.is_none() {
                begins = Some(match seen {
                    Seen::Number => List::Number,
                    Seen::List(List::Number) => List::Numbered,
                    _ => List::Other,
                });
                if matches!(seen, Seen::Object(Object { is_deep: false, .. })) {
                    self.rows(slot, start)?;
                }
            }
        }
        self.lexer.leave();
        self.close(slot, events);
        Ok(begins.unwrap_or(List::Other))
    }

    /// Passes over the rows after the one that starts at a place, the first of a list: they hold neither events nor elements.
    fn rows(&mut self, slot: usize, first: usize) -> Result<(), Refusal> {
        let Some(row) = Row::at(&self.lexer, first) else { return Ok(()) };
        let mut rows = 1;
        while let Some(end) = row.end(&self.lexer) {
            self.lexer.at = end;
            self.lexer.separator(b']')?;
            rows += 1;
        }
        if rows >= ROWS && self.lexer.peek()? == b']' {
            self.outline.shapes[slot].1 = Shape::Rows(self.lexer.at);
        }
        Ok(())
    }

    fn object(&mut self) -> Result<Object, Refusal> {
        let (slot, events) = (self.open(), self.events);
        let mut object = Object::default();
        self.lexer.enter()?;
        while self.lexer.peek()? != b'}' {
            let name = self.lexer.key()?;
            self.member(&name, &mut object)?;
            self.lexer.separator(b'}')?;
        }
        self.lexer.leave();
        self.conclude(slot, events, &object);
        Ok(object)
    }

    /// The value of a member, read as far as its name asks for.
    fn member(&mut self, name: &str, object: &mut Object) -> Result<(), Refusal> {
        let next = self.lexer.peek()?;
        object.is_deep |= matches!(next, b'"' | b'{' | b'[');
        match (next, name) {
            (b'-' | b'0'..=b'9', _) => {
                let number = self.lexer.number()?;
                object.note_number(name, number);
            }
            (b'"', "data") => {
                let text = self.lexer.string()?;
                object.packed = text.starts_with('{') || coding::latin1(&text).is_some();
            }
            (b'"', "tagName") => object.tag = Some(Tag::named(&self.lexer.string()?)),
            (b'"', "plugin") => object.own.plugin = Some(Plugin::named(&self.lexer.string()?)),
            (b'"', _) => {
                self.lexer.pass_string()?;
                object.own.note_text(name);
            }
            (b'{', "attributes") => object.marks = Some(self.attributes()?),
            (b'{', _) => {
                let inner = self.object()?.own;
                match name {
                    "data" => object.data = Some(inner),
                    "node" => object.own.page = true,
                    _ => {}
                }
            }
            (b'[', "data") => object.compact = self.list()? == List::Numbered,
            (b'[', _) => drop(self.list()?),
            _ => self.lexer.skip()?,
        }
        object.own.page |= name == "wireframes";
        Ok(())
    }

    /// Remembers an object that is an event or an element, or that holds events.
    fn conclude(&mut self, slot: usize, events: usize, object: &Object) {
        if let (Some(event), true) = (object.event(), object.timed) {
            self.events += 1;
            self.outline.shapes[slot].1 = Shape::Event(event, object.data.and_then(|data| data.id));
        } else if let Some(marks) = object.marks {
            let (holder, id) = (marks.holder(object.tag), object.own.id);
            if holder.secret {
                self.outline.secrets.extend(id);
            }
            self.outline.shapes[slot].1 = Shape::Element(holder, id);
        } else {
            self.close(slot, events);
        }
    }

    /// Keeps a slot for the container that starts here, so that all stand in order.
    fn open(&mut self) -> usize {
        self.outline.shapes.push((self.lexer.at, Shape::Other));
        self.outline.shapes.len() - 1
    }

    /// Ends a container that is neither an event nor an element.
    fn close(&mut self, slot: usize, events: usize) {
        let shapes = &mut self.outline.shapes;
        if self.events > events {
            shapes[slot].1 = Shape::Recording;
        } else if shapes.len() == slot + 1 && shapes[slot].1 == Shape::Other {
            shapes.pop();
        }
    }

    /// An element's attributes; what they hold beyond texts is passed over.
    fn attributes(&mut self) -> Result<Marks, Refusal> {
        let mut marks = Marks::default();
        self.lexer.enter()?;
        while self.lexer.peek()? != b'}' {
            let name = self.lexer.key()?;
            match self.lexer.peek()? {
                b'"' => {
                    let value = self.lexer.string()?;
                    marks.read(&name, &value, self.places);
                }
                _ => {
                    self.lexer.skip()?;
                    marks.read(&name, "", self.places);
                }
            }
            self.lexer.separator(b'}')?;
        }
        self.lexer.leave();
        Ok(marks)
    }
}

impl Object {
    fn note_number(&mut self, name: &str, number: &str) {
        match name {
            "type" => self.number = number.parse().ok(),
            "timestamp" => self.timed = true,
            "id" => self.own.id = number.parse().ok(),
            "source" => self.own.source = number.parse().ok(),
            "width" => self.own.sides = true,
            _ => {}
        }
    }

    /// The event it is, if it is one and has a time.
    fn event(&self) -> Option<Event> {
        let number = self.number?;
        match number {
            _ if self.compact => Some(Event::Compact),
            PAGE if self.packed => Some(Event::Snapshot),
            CHANGE if self.packed => Some(Event::Packed),
            _ => Event::of(number, &self.data?),
        }
    }
}

impl Data {
    fn note_text(&mut self, name: &str) {
        match name {
            "href" => self.href = true,
            "url" => self.url = true,
            "text" => self.text = true,
            "tag" => self.tag = true,
            _ => {}
        }
    }
}
