//! Where a document's events and elements begin, found in one pass before the walk.
//!
//! Needed because an event's kind and an element's marks may stand behind what they decide about. Knows shapes; does
//! not know what becomes of them. Invariant: linear in the document, and nothing is kept of a document without
//! events.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::event::{CHANGE, Event, Id};
use super::holder::Holder;
use super::part::Part;
use super::survey::Survey;
use crate::privacy::places::Places;
use crate::privacy::refusal::Refusal;
use crate::privacy::surface::json::{Filling, Lexer};

/// Values of elements alike are expected to stand so many bytes apart.
const EACH: usize = 32;

/// What begins where.
#[derive(Debug, Default)]
pub struct Outline {
    /// In the order of their places.
    pub(super) shapes: Vec<(usize, Shape)>,
    /// The first of them that was not asked for: the walk asks in order.
    next: usize,
    /// Numbers of elements that hold secrets.
    pub(super) secrets: HashSet<u64>,
    /// Elements of lists of which the form is known, in the order of their places; nothing of documents that were not
    /// read.
    pub(super) forms: Option<Vec<Known>>,
    /// What fills them, one after the other.
    pub(super) fillings: Vec<Filling>,
}

/// An element of which the form is known.
#[derive(Debug)]
pub(super) struct Known {
    pub start: usize,
    pub end: usize,
    pub form: usize,
    pub shapes: Range<usize>,
    pub fillings: Range<usize>,
}

/// What the outline tells of an element that looks like others.
#[derive(Clone, Copy)]
pub struct Told<'o> {
    /// The number of its form.
    pub form: usize,
    /// Where it ends.
    pub end: usize,
    pub fillings: &'o [Filling],
}

/// What a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An event, and the number of the element it tells of.
    Event(Event, Option<Id>),
    /// An element, and its number.
    Element(Holder, Option<Id>),
    /// A list or object with events somewhere inside.
    Recording,
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

    /// Of a document that is being read.
    pub(super) fn begun(document: &str) -> Self {
        let fillings = Vec::with_capacity(document.len() / EACH);
        Self { forms: Some(Vec::new()), fillings, ..Self::default() }
    }

    /// The same part, with what the object at this place says about itself.
    pub fn refine(&mut self, part: Part, at: usize) -> Part {
        match (part, self.shape_at(at)) {
            (Part::Outside | Part::Foreign, Some(Shape::Event(event, id))) => {
                Part::Event(self.resolved(event, id))
            }
            (Part::Node(outer), Some(Shape::Element(element, id))) => {
                Part::Node(outer.inner(self.known(element, id)))
            }
            (Part::Changes(_), Some(Shape::Element(element, id))) => Part::Changes(self.known(element, id)),
            (Part::Data(Event::Packed), Some(Shape::Event(event, id))) => data(self.resolved(event, id)),
            (Part::Data(event), _) => data(event),
            (part, _) => part,
        }
    }

    /// Whether the container at this place is a recording or has one inside.
    pub fn is_recording(&mut self, at: usize) -> bool {
        matches!(self.shape_at(at), Some(Shape::Event(..) | Shape::Recording))
    }

    /// What is told of the element at this place, if its form is known, and no other element tells more of it.
    pub fn told(&self, at: usize) -> Option<Told<'_>> {
        let known = self.forms.as_ref()?;
        let Known { end, form, shapes, fillings, .. } =
            &known[known.binary_search_by_key(&at, |known| known.start).ok()?];
        // Where an element told nothing, shapes may be fewer by now: those of containers around it went.
        let mut shapes = self.shapes.get(shapes.clone()).unwrap_or_default().iter();
        let more = !self.secrets.is_empty() && shapes.any(|(_, shape)| self.is_secret(shape.id()));
        let fillings = self.fillings.get(fillings.clone()).filter(|_| !more)?;
        Some(Told { form: *form, end: *end, fillings })
    }

    /// Whether what becomes of the element at this place may be used for others like it.
    pub fn lets_draw(&self, at: usize) -> bool {
        self.forms.is_none() || self.told(at).is_some()
    }

    /// The event as the walk needs it: the number of its element has told all it can.
    fn resolved(&self, event: Event, id: Option<Id>) -> Event {
        match event {
            Event::Input(_) => Event::Input(self.is_secret(id)),
            other => other,
        }
    }

    /// The same of an element.
    fn known(&self, element: Holder, id: Option<Id>) -> Holder {
        Holder { secret: element.secret || self.is_secret(id), ..element }
    }

    fn is_secret(&self, id: Option<Id>) -> bool {
        id.is_some_and(|id| self.secrets.contains(&id.number))
    }

    fn shape_at(&mut self, at: usize) -> Option<Shape> {
        let index = self.reach(at);
        self.shapes.get(index).filter(|(start, _)| *start == at).map(|(_, shape)| *shape)
    }

    /// The first shape from a place on.
    fn reach(&mut self, at: usize) -> usize {
        if self.shapes[..self.next].last().is_some_and(|(last, _)| *last >= at) {
            self.next = 0;
        }
        while self.shapes.get(self.next).is_some_and(|(start, _)| *start < at) {
            self.next += 1;
        }
        self.next
    }
}

impl Shape {
    /// The number of the element it tells of.
    pub(super) const fn id(self) -> Option<Id> {
        match self {
            Self::Event(_, id) | Self::Element(_, id) => id,
            Self::Recording | Self::Other => None,
        }
    }

    /// The same of another element.
    pub(super) const fn with(self, id: Option<Id>) -> Self {
        match self {
            Self::Event(event, _) => Self::Event(event, id),
            Self::Element(holder, _) => Self::Element(holder, id),
            other => other,
        }
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
