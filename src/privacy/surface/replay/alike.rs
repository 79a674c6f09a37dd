//! What elements of a list that look alike tell the outline, so that only the first of them is read member by member.
//!
//! Knows which values the outline asks for, by their names; does not know what comes of them. Invariant: an element
//! tells what the first one told, but for its numbers, or it is read.

use super::event::Id;
use super::holder::{Holder, Marks};
use super::outline::{Outline, Shape};
use crate::privacy::places::Places;
use crate::privacy::surface::json::{Filled, Filling, Form, Lexer, Spot};

/// What all elements of a form tell.
pub struct Alike<'i> {
    form: Form<'i>,
    /// The form's number in the document.
    pub number: usize,
    /// Containers that may still be entered from such an element on.
    room: usize,
    /// The holes with values that are asked for, and what has to be the same of them.
    asked: Vec<(usize, Asked<'i>)>,
    shapes: Vec<Shaped>,
    /// How many events there are in one.
    pub events: usize,
}

/// What of a value says something.
enum Asked<'i> {
    /// That it is a number, a string or a word.
    Kind(u8),
    /// All of it.
    Text(&'i str),
    /// That it is a whole number, and which.
    Id,
    /// That as an attribute of this name it says nothing of its element.
    Nothing(&'i str),
}

/// A shape, and where in an element it is.
struct Shaped {
    place: Spot,
    shape: Shape,
    /// The hole in which its element's number stands.
    id: Option<usize>,
}

impl<'i> Alike<'i> {
    /// Of an element that was read and starts at a place; these of the outline's shapes are inside, and so many of them
    /// are events. What fills its form is put on a list.
    pub fn of(
        lexer: &Lexer<'i>,
        start: usize,
        shapes: &[(usize, Shape)],
        events: usize,
        number: usize,
        fillings: &mut Vec<Filling>,
        places: &Places,
    ) -> Option<Self> {
        let form = Form::of(lexer, start..lexer.at, fillings)?;
        let asked = form.names().zip(fillings.iter()).enumerate();
        let asked = asked
            .filter(|(_, (_, filling))| filling.kind != Filled::Rows)
            .filter_map(|(hole, (name, filling))| {
                Some((hole, Asked::of(name, &lexer.input[filling.start..filling.end], places)?))
            })
            .collect();
        let spot = |(place, shape): &(usize, Shape)| {
            let id = match shape.id() {
                Some(id) => Some(fillings.iter().position(|filling| filling.start == id.at)?),
                None => None,
            };
            Some(Shaped { place: Spot::of(*place, start, fillings)?, shape: *shape, id })
        };
        let shapes = shapes.iter().map(spot).collect::<Option<_>>()?;
        Some(Self { form, number, room: lexer.room(), asked, shapes, events })
    }

    /// Where the element ends that starts here, if it tells the same. What fills it and what it tells is put into the
    /// outline.
    pub fn tell(&self, lexer: &Lexer<'i>, outline: &mut Outline, places: &Places) -> Option<usize> {
        let (first, told) = (outline.fillings.len(), outline.shapes.len());
        let end = (self.room == lexer.room())
            .then(|| self.form.fit(lexer, &mut outline.fillings))
            .flatten()
            .filter(|_| self.add_shapes(lexer, first, outline, places).is_some());
        if end.is_none() {
            outline.fillings.truncate(first);
            outline.shapes.truncate(told);
        }
        end
    }

    fn add_shapes(
        &self,
        lexer: &Lexer<'i>,
        first: usize,
        outline: &mut Outline,
        places: &Places,
    ) -> Option<()> {
        let fillings = &outline.fillings[first..];
        let text = |hole: usize| &lexer.input[fillings[hole].start..fillings[hole].end];
        if !self.asked.iter().all(|(hole, asked)| asked.says_the_same(text(*hole), places)) {
            return None;
        }
        for Shaped { place, shape, id } in &self.shapes {
            let id = match id {
                Some(hole) => Some(Id { number: text(*hole).parse().ok()?, at: fillings[*hole].start }),
                None => None,
            };
            if let (Shape::Element(Holder { secret: true, .. }, _), Some(id)) = (shape, id) {
                outline.secrets.insert(id.number);
            }
            outline.shapes.push((place.at(lexer.at, fillings), shape.with(id)));
        }
        Some(())
    }
}

impl<'i> Asked<'i> {
    /// What is asked of a value of such a name, if anything is.
    fn of(name: Option<&'i str>, text: &'i str, places: &Places) -> Option<Self> {
        let kind = kind(text);
        Some(match (name, kind) {
            (None, _) => Self::Kind(kind),
            (Some("id"), b'0') if text.parse::<u64>().is_ok() => Self::Id,
            (Some("type" | "source" | "id"), b'0') | (Some("data" | "tagName" | "plugin"), b'"') => {
                Self::Text(text)
            }
            (Some(name), b'"') if Marks::reads(name) => {
                let nothing = Self::Nothing(name);
                if nothing.says_the_same(text, places) { nothing } else { Self::Text(text) }
            }
            (Some(name), _) if Marks::reads(name) || TOLD.contains(&name) => Self::Kind(kind),
            _ => return None,
        })
    }

    fn says_the_same(&self, text: &str, places: &Places) -> bool {
        match self {
            Self::Kind(same) => kind(text) == *same,
            Self::Text(same) => text == *same,
            Self::Id => text.starts_with(|first: char| first.is_ascii_digit()),
            Self::Nothing(name) => {
                let plain = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                plain.is_some_and(|text| !text.contains('\\') && Marks::says_nothing(name, text, places))
            }
        }
    }
}

/// Names of values of which the outline asks whether they are there.
const TOLD: [&str; 10] =
    ["timestamp", "width", "href", "url", "text", "tag", "data", "tagName", "plugin", "source"];

/// A value's first byte, the same for all numbers.
fn kind(text: &str) -> u8 {
    match text.bytes().next() {
        Some(b'-' | b'0'..=b'9') | None => b'0',
        Some(other) => other,
    }
}
