//! The pass over a document by which its outline is made.
//!
//! Knows the names that say something of the object they stand in; does not know what comes of it. Invariant: every
//! value is passed, of elements that look alike by its place in their form, and nothing is decoded or copied that
//! nobody asks for.

use super::alike::Alike;
use super::event::{CHANGE, Data, Event, Id, PAGE, Plugin};
use super::holder::{Marks, Tag};
use super::outline::{Known, Outline, Shape};
use crate::privacy::places::Places;
use crate::privacy::refusal::Refusal;
use crate::privacy::surface::json::{Filling, Lexer, Recent};
use crate::privacy::wrapping::coding;

/// The forms of elements are remembered of so many lists, by their names.
const LISTS: usize = 16;

/// So many values of elements alike are remembered.
const FILLINGS: usize = 1 << 18;

pub struct Survey<'i, 'p> {
    lexer: Lexer<'i>,
    places: &'p Places,
    pub outline: Outline,
    /// How many events there were so far.
    events: usize,
    /// The forms of the elements of lists.
    lists: Vec<(String, Recent<Alike<'i>>)>,
    /// How many forms there were so far.
    forms: usize,
    /// What fills the latest of them.
    fillings: Vec<Filling>,
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
    own: Data,
}

impl<'i, 'p> Survey<'i, 'p> {
    pub fn new(lexer: Lexer<'i>, places: &'p Places) -> Self {
        let outline = Outline::begun(lexer.input);
        Self { lexer, places, outline, events: 0, lists: Vec::new(), forms: 0, fillings: Vec::new() }
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
            b'[' => return self.list("").map(Seen::List),
            b'-' | b'0'..=b'9' => return self.lexer.number().map(|_| Seen::Number),
            _ => self.lexer.skip()?,
        }
        Ok(Seen::Other)
    }

    /// A list that stands under this name.
    fn list(&mut self, name: &str) -> Result<List, Refusal> {
        let (slot, events, list) = (self.open(), self.events, self.list_of(name));
        self.lexer.enter()?;
        let mut begins = None;
        while self.lexer.peek()? != b']' {
            let seen = match list {
                Some(list) if self.lexer.peek()? == b'{' => self.one_of(list)?,
                _ => self.element()?,
            };
            self.lexer.separator(b']')?;
            begins.get_or_insert(match seen {
                Seen::Number => List::Number,
                Seen::List(List::Number) => List::Numbered,
                _ => List::Other,
            });
        }
        self.lexer.leave();
        self.close(slot, events);
        Ok(begins.unwrap_or(List::Other))
    }

    /// Which of the lists of whose elements the forms are remembered has this name.
    fn list_of(&mut self, name: &str) -> Option<usize> {
        let known = self.lists.iter().position(|(known, _)| known == name);
        known.or_else(|| {
            (self.lists.len() < LISTS).then(|| self.lists.push((name.to_owned(), Recent::default())))?;
            Some(self.lists.len() - 1)
        })
    }

    /// An object that is an element of such a list: it tells what one like it has told, or is read.
    fn one_of(&mut self, list: usize) -> Result<Seen, Refusal> {
        let (start, shape, filling) = (self.lexer.at, self.outline.shapes.len(), self.outline.fillings.len());
        let Self { lexer, outline, places, .. } = self;
        let told = self.lists[list].1.find(|alike| alike.tell(lexer, outline, places));
        if let Some((alike, end)) = told {
            let form = alike.number;
            self.events += alike.events;
            self.lexer.at = end;
            self.know(start, form, shape, filling);
            return Ok(Seen::Other);
        }
        let (known, events) = (self.outline.forms.as_ref().map_or(0, Vec::len), self.events);
        self.object()?;
        if self.lists[list].1.may_try() {
            self.fillings.clear();
            let (shapes, events) = (&self.outline.shapes[shape..], self.events - events);
            let (lexer, places) = (&self.lexer, self.places);
            let alike = Alike::of(lexer, start, shapes, events, self.forms, &mut self.fillings, places);
            if let Some(alike) = alike {
                self.lists[list].1.add(alike);
                self.outline.fillings.truncate(filling);
                self.outline.fillings.append(&mut self.fillings);
                self.outline.forms.iter_mut().for_each(|forms| forms.truncate(known));
                self.know(start, self.forms, shape, filling);
                self.forms += 1;
            }
        }
        Ok(Seen::Other)
    }

    /// Remembers the form of an element that ends here, if there is room; from these on, shapes and fillings are its
    /// own.
    fn know(&mut self, start: usize, form: usize, shape: usize, filling: usize) {
        let Outline { shapes, fillings, forms, .. } = &mut self.outline;
        if fillings.len() > FILLINGS {
            fillings.truncate(filling);
        } else if let Some(forms) = forms {
            let (shapes, fillings) = (shape..shapes.len(), filling..fillings.len());
            forms.push(Known { start, end: self.lexer.at, form, shapes, fillings });
        }
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
        match (next, name) {
            (b'-' | b'0'..=b'9', _) => {
                let at = self.lexer.at;
                object.note_number(name, self.lexer.number()?, at);
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
            (b'[', "data") => object.compact = self.list(name)? == List::Numbered,
            (b'[', _) => drop(self.list(name)?),
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
                self.outline.secrets.extend(id.map(|id| id.number));
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
    fn note_number(&mut self, name: &str, number: &str, at: usize) {
        match name {
            "type" => self.number = number.parse().ok(),
            "timestamp" => self.timed = true,
            "id" => self.own.id = number.parse().ok().map(|number| Id { number, at }),
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
