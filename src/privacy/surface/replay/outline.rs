//! Where a document's events and elements begin, found in one pass before the walk.
//!
//! Needed because an event's kind and an element's marks may stand behind what they decide about. Knows shapes;
//! does not know what becomes of them. Invariant: linear in the document, and nothing is kept of a document without events.

use std::collections::HashSet;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::event::{CHANGE, Event};
use super::holder::Holder;
use super::part::Part;
use super::survey::Survey;
use crate::privacy::places::Places;
use crate::privacy::refusal::Refusal;
use crate::privacy::surface::json::Lexer;

/// What begins where.
#[derive(Debug, Default)]
pub struct Outline {
    /// In the order of their places.
    pub(super) shapes: Vec<(usize, Shape)>,
    /// The first of them that was not asked for: the walk asks in order.
    next: usize,
    /// Numbers of elements that hold secrets.
    pub(super) secrets: HashSet<u64>,
}

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An event, and the number of the element it tells of.
    Event(Event, Option<u64>),
    /// An element, and its number.
    Element(Holder, Option<u64>),
    /// A list or object with events somewhere inside.
    Recording,
    /// A list of rows that ends there.
    Rows(usize),
    /// None of these, but some of them are inside.
    Other,
}

impl Outline {
    /// Reads the document that starts here, whose root is such a part.
    pub fn read(document: &Lexer<'_>, room: usize, root: Part, places: &Places) -> Result<Self, Refusal> {
        if root == Part::Outside && !may_hold_events(document.input) {
            return Ok(Self::default());
        }
        let (start, lexer) = (document.at, document.again(room));
        let mut survey = Survey::new(lexer, places);
        let seen = survey.document()?;
        let mut outline = survey.outline;
        if let (Part::Data(Event::Packed), Some(data)) = (root, seen) {
            let event = Event::of(CHANGE, &data).unwrap_or(Event::Plain);
            outline.shapes.retain(|(at, _)| *at > start);
            outline.shapes.insert(0, (start, Shape::Event(event, data.id)));
        }
        Ok(outline)
    }

    /// The same part, with what the object at this place says about itself.
    pub fn refine(&mut self, part: Part, at: usize) -> Part {
        match (part, self.shape_at(at)) {
            (Part::Outside | Part::Foreign, Some(Shape::Event(event, id))) => {
                Part::Event(self.told(event, id))
            }
            (Part::Node(outer), Some(Shape::Element(element, id))) => {
                Part::Node(outer.inner(self.known(element, id)))
            }
            (Part::Changes(_), Some(Shape::Element(element, id))) => Part::Changes(self.known(element, id)),
            (Part::Data(Event::Packed), Some(Shape::Event(event, id))) => data(self.told(event, id)),
            (Part::Data(event), _) => data(event),
            (part, _) => part,
        }
    }

    /// Whether the container at this place is a recording or has one inside.
    pub fn is_recording(&mut self, at: usize) -> bool {
        matches!(self.shape_at(at), Some(Shape::Event(..) | Shape::Recording))
    }

    /// Where the list at this place ends, if its elements are rows that differ in nothing but short numbers and words.
    pub fn rows(&mut self, at: usize) -> Option<usize> {
        match self.shape_at(at) {
            Some(Shape::Rows(end)) => Some(end),
            _ => None,
        }
    }

    /// The event as the walk needs it: the number of its element has told all it can.
    fn told(&self, event: Event, id: Option<u64>) -> Event {
        match event {
            Event::Input(_) => Event::Input(self.is_secret(id)),
            other => other,
        }
    }

    /// The same of an element.
    fn known(&self, element: Holder, id: Option<u64>) -> Holder {
        Holder { secret: element.secret || self.is_secret(id), ..element }
    }

    fn is_secret(&self, id: Option<u64>) -> bool {
        id.is_some_and(|id| self.secrets.contains(&id))
    }

    fn shape_at(&mut self, at: usize) -> Option<Shape> {
        let index = self.reach(at);
        self.shapes.get(index).filter(|(start, _)| *start == at).map(|(_, shape)| *shape)
    }

    /// The first shape from a place on.
    pub fn reach(&mut self, at: usize) -> usize {
        if self.shapes[..self.next].last().is_some_and(|(last, _)| *last >= at) {
            self.next = 0;
        }
        while self.shapes.get(self.next).is_some_and(|(start, _)| *start < at) {
            self.next += 1;
        }
        self.next
    }

    /// A shape by its number, and its place.
    pub fn shape(&self, index: usize) -> Option<(usize, Shape)> {
        let (at, shape) = self.shapes.get(index)?;
        let told = match *shape {
            Shape::Event(event, id) => Shape::Event(self.told(event, id), None),
            Shape::Element(element, id) => Shape::Element(self.known(element, id), None),
            other => other,
        };
        Some((*at, told))
    }
}

impl Shape {
    /// Where a list of rows ends.
    pub const fn end_of_rows(self) -> Option<usize> {
        if let Self::Rows(end) = self { Some(end) } else { None }
    }

    /// What is the same of two that stand elsewhere.
    pub const fn without_place(self) -> Self {
        if let Self::Rows(_) = self { Self::Rows(0) } else { self }
    }
}

/// What the data of an event are.
fn data(event: Event) -> Part {
    match event {
        Event::Input(secret) => Part::Typing(Holder { secret, ..Holder::default() }),
        other => Part::Data(other),
    }
}

/// The names that every event has.
static NAMES: LazyLock<[Finder<'static>; 3]> =
    LazyLock::new(|| ["timestamp", "data", "type"].map(Finder::new));

/// Whether the names that every event has stand in a text.
pub fn may_hold_events(text: &str) -> bool {
    NAMES.iter().all(|name| name.find(text.as_bytes()).is_some())
}
