//! Where a document's events and elements begin, found in one pass before the walk.
//!
//! Needed because an event's kind and an element's marks may stand behind what they decide about. Knows shapes;
//! does not know what becomes of them. Invariant: linear in the document, and nothing is kept of a document without events.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::event::{Data, Event, Plugin};
use super::holder::{Holder, Marks, Tag};
use super::part::Part;
use crate::privacy::places::Places;
use crate::privacy::refusal::Refusal;
use crate::privacy::surface::json::{Lexer, Row};
use crate::privacy::wrapping::coding;

/// The numbers of events that may come packed.
const PAGE: u64 = 2;
const CHANGE: u64 = 3;

/// What begins where.
#[derive(Debug, Default)]
pub struct Outline {
    /// In the order of their places.
    shapes: Vec<(usize, Shape)>,
    /// The first of them that was not asked for: the walk asks in order.
    next: usize,
    /// Numbers of elements that hold secrets.
    secrets: HashSet<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Event(Event),
    Element(Holder),
    /// A list or object with events somewhere inside.
    Recording,
    /// A list of rows that ends there.
    Rows(usize),
    /// None of these, but some of them are inside.
    Other,
}

/// Fewer rows are walked one by one.
const ROWS: usize = 3;

impl Outline {
    /// Reads the document that starts here, whose root is such a part.
    pub fn read(document: &Lexer<'_>, room: usize, root: Part, places: &Places) -> Result<Self, Refusal> {
        if root == Part::Outside && !may_hold_events(document.input) {
            return Ok(Self::default());
        }
        let (start, lexer) = (document.at, document.again(room));
        let mut reader = Reader { lexer, places, outline: Self::default(), events: 0 };
        let seen = reader.value()?;
        reader.lexer.finish()?;
        let mut outline = reader.outline;
        if let (Part::Data(Event::Packed), Seen::Object(data)) = (root, seen) {
            let event = Event::of(CHANGE, &data).unwrap_or(Event::Plain);
            outline.shapes.retain(|(at, _)| *at > start);
            outline.shapes.insert(0, (start, Shape::Event(event)));
        }
        Ok(outline)
    }

    /// The same part, with what the object at this place says about itself.
    pub fn refine(&mut self, part: Part, at: usize) -> Part {
        match (part, self.shape(at)) {
            (Part::Outside | Part::Foreign, Some(Shape::Event(event))) => Part::Event(self.told(event)),
            (Part::Node(outer), Some(Shape::Element(element))) => {
                Part::Node(outer.inner(self.known(element)))
            }
            (Part::Changes(_), Some(Shape::Element(element))) => Part::Changes(self.known(element)),
            (Part::Data(Event::Packed), Some(Shape::Event(event))) => self.data(event),
            (Part::Data(event), _) => self.data(event),
            (part, _) => part,
        }
    }

    /// Whether the container at this place is a recording or has one inside.
    pub fn is_recording(&mut self, at: usize) -> bool {
        matches!(self.shape(at), Some(Shape::Event(_) | Shape::Recording))
    }

    /// Where the list at this place ends, if its elements are rows that differ in nothing but short numbers and words.
    pub fn rows(&mut self, at: usize) -> Option<usize> {
        match self.shape(at) {
            Some(Shape::Rows(end)) => Some(end),
            _ => None,
        }
    }

    fn data(&self, event: Event) -> Part {
        match event {
            Event::Input(id) => Part::Typing(self.known(Holder { id, ..Holder::default() })),
            event => Part::Data(event),
        }
    }

    /// The event as the walk needs it: only the number of a field that holds secrets matters.
    fn told(&self, event: Event) -> Event {
        match event {
            Event::Input(id) => Event::Input(id.filter(|id| self.secrets.contains(id))),
            other => other,
        }
    }

    /// The element as the walk needs it: its number has told all it can.
    fn known(&self, element: Holder) -> Holder {
        let secret = element.id.is_some_and(|id| self.secrets.contains(&id));
        Holder { secret: element.secret || secret, id: None, ..element }
    }

    fn shape(&mut self, at: usize) -> Option<Shape> {
        if self.shapes[..self.next].last().is_some_and(|(last, _)| *last >= at) {
            self.next = 0;
        }
        while self.shapes.get(self.next).is_some_and(|(start, _)| *start < at) {
            self.next += 1;
        }
        self.shapes.get(self.next).filter(|(start, _)| *start == at).map(|(_, shape)| *shape)
    }
}

/// The names that every event has.
static NAMES: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| ["timestamp", "data", "type"].map(Finder::new));

/// Whether the names that every event has stand in a text.
pub fn may_hold_events(text: &str) -> bool {
    NAMES.iter().all(|name| name.find(text.as_bytes()).is_some())
}

struct Reader<'i, 'p> {
    lexer: Lexer<'i>,
    places: &'p Places,
    outline: Outline,
    events: usize,
}

/// What was seen of a value.
enum Seen<'i> {
    Number(&'i str),
    Text(Cow<'i, str>),
    Object(Data),
    List(List),
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
    data: Option<Event>,
    packed: bool,
    compact: bool,
    own: Data,
}

impl<'i> Reader<'i, '_> {
    fn value(&mut self) -> Result<Seen<'i>, Refusal> {
        Ok(match self.lexer.peek()? {
            b'{' => Seen::Object(self.object()?.own),
            b'[' => Seen::List(self.array()?),
            b'"' => Seen::Text(self.lexer.string()?),
            b'-' | b'0'..=b'9' => Seen::Number(self.lexer.number()?),
            _ => {
                self.lexer.skip()?;
                Seen::Other
            }
        })
    }

    fn array(&mut self) -> Result<List, Refusal> {
        let (slot, events) = (self.open(), self.events);
        self.lexer.enter()?;
        let rows = self.rows()?;
        let mut begins = (rows > 0).then_some(List::Other);
        if rows >= ROWS && self.lexer.peek()? == b']' {
            self.outline.shapes[slot].1 = Shape::Rows(self.lexer.at);
        }
        while self.lexer.peek()? != b']' {
            let seen = self.value()?;
            begins.get_or_insert(match seen {
                Seen::Number(_) => List::Number,
                Seen::List(List::Number) => List::Numbered,
                _ => List::Other,
            });
            self.lexer.separator(b']')?;
        }
        self.lexer.leave();
        self.close(slot, events);
        Ok(begins.unwrap_or(List::Other))
    }

    /// Passes over the rows that a list begins with, and tells how many: they hold neither events nor elements.
    fn rows(&mut self) -> Result<usize, Refusal> {
        let Some(row) = Row::here(&self.lexer) else { return Ok(0) };
        let mut rows = 0;
        while let Some(end) = row.end(&self.lexer) {
            self.lexer.at = end;
            rows += 1;
            if self.lexer.separator(b']')?.is_none() {
                break;
            }
        }
        Ok(rows)
    }

    fn object(&mut self) -> Result<Object, Refusal> {
        let (slot, events) = (self.open(), self.events);
        let mut object = Object::default();
        // The number may stand behind the data, so the data wait for it.
        let mut data = None;
        self.lexer.enter()?;
        while self.lexer.peek()? != b'}' {
            let key = self.lexer.key()?;
            if key == "attributes" && self.lexer.peek()? == b'{' {
                object.marks = Some(self.attributes()?);
            } else {
                let seen = self.member(&key)?;
                match (&*key, seen) {
                    ("data", Seen::Object(inner)) => data = Some(inner),
                    ("data", Seen::List(list)) => object.compact = list == List::Numbered,
                    ("data", Seen::Text(text)) => {
                        object.packed = text.starts_with('{') || coding::latin1(&text).is_some()
                    }
                    (key, seen) => object.note(key, seen),
                }
            }
            self.lexer.separator(b'}')?;
        }
        self.lexer.leave();
        object.data = object.number.zip(data).and_then(|(number, data)| Event::of(number, &data));
        if object.packed {
            object.data = match object.number {
                Some(PAGE) => Some(Event::Snapshot),
                Some(CHANGE) => Some(Event::Packed),
                _ => object.data,
            };
        }
        if object.compact && object.number.is_some() {
            object.data = Some(Event::Compact);
        }
        self.conclude(slot, events, &object);
        Ok(object)
    }

    /// The value of a member, read as far as its name asks for.
    fn member(&mut self, key: &str) -> Result<Seen<'i>, Refusal> {
        match self.lexer.peek()? {
            b'"' if !matches!(key, "data" | "tagName" | "plugin") => {
                self.lexer.pass_string()?;
                Ok(Seen::Text(Cow::default()))
            }
            _ => self.value(),
        }
    }

    /// Remembers an object that is an event or an element, or that holds events.
    fn conclude(&mut self, slot: usize, events: usize, object: &Object) {
        if let (Some(event), true) = (object.data, object.timed) {
            self.events += 1;
            self.outline.shapes[slot].1 = Shape::Event(event);
        } else if let Some(marks) = object.marks {
            let holder = marks.holder(object.tag, object.own.id);
            if holder.secret {
                self.outline.secrets.extend(holder.id);
            }
            self.outline.shapes[slot].1 = Shape::Element(holder);
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
    fn note(&mut self, key: &str, seen: Seen<'_>) {
        match (key, seen) {
            ("type", Seen::Number(number)) => self.number = number.parse().ok(),
            ("timestamp", Seen::Number(_)) => self.timed = true,
            ("tagName", Seen::Text(name)) => self.tag = Some(Tag::named(&name)),
            ("id", Seen::Number(id)) => self.own.id = id.parse().ok(),
            ("source", Seen::Number(source)) => self.own.source = source.parse().ok(),
            ("node", Seen::Object(_)) | ("wireframes", _) => self.own.page = true,
            ("href", Seen::Text(_)) => self.own.href = true,
            ("url", Seen::Text(_)) => self.own.url = true,
            ("text", Seen::Text(_)) => self.own.text = true,
            ("width", Seen::Number(_)) => self.own.sides = true,
            ("tag", Seen::Text(_)) => self.own.tag = true,
            ("plugin", Seen::Text(name)) => self.own.plugin = Some(Plugin::named(&name)),
            _ => {}
        }
    }
}
