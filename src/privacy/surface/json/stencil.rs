//! An element of a list as a text with holes where its values stand, so that the next one like it need not be walked.
//!
//! A recording says the same few sentences ten thousand times, and a batch or a list of products one, with other values in it. Knows what
//! stands between values and where in the rules each is; does not know what becomes of them. Invariant: an element that fits differs from the one
//! that was walked in its values alone, and by none of these in what the outline says of it: each stands where that one's stood.

use std::ops::Range;

use super::known::Still;
use super::lexer::Lexer;
use super::memory::Slot;
use super::rewrite::At;
use crate::privacy::surface::replay::{Outline, Shape};

/// Elements with more values are walked.
const MOST_HOLES: usize = 128;

/// An element's text with holes in it.
pub struct Stencil<'i, 'p> {
    holes: Vec<Hole<'i, 'p>>,
    /// What the outline says of containers inside: how many holes before each, how far behind the last of these, and what it is.
    shapes: Vec<(usize, usize, Shape)>,
    /// How its list stands in the document.
    level: Level,
    /// Whether any of it passes.
    pub passes: bool,
}

/// Containers that may still be entered, and whether an event of a recording is around.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Level {
    pub room: usize,
    pub recorded: bool,
}

struct Hole<'i, 'p> {
    /// What stands between it and the one before.
    border: &'i str,
    fill: Fill<'i, 'p>,
}

enum Fill<'i, 'p> {
    Value(Value<'i, 'p>),
    /// The rest of a list of rows.
    Rows,
    /// Nothing: here the element ends.
    End,
}

/// A value that is no container.
#[derive(Clone, Copy)]
pub struct Value<'i, 'p> {
    pub at: At<'i, 'p>,
    pub level: Level,
    /// What stays there without a look.
    pub still: Option<Still>,
    /// Where such values are remembered.
    pub slot: Option<Slot>,
}

/// A stencil while its element is walked.
pub struct Draft<'i, 'p> {
    /// Where the element starts.
    pub start: usize,
    level: Level,
    /// The outline's shapes from this one on may be inside.
    shape: usize,
    /// Where the last hole ends.
    end: usize,
    holes: Vec<Hole<'i, 'p>>,
    shapes: Vec<(usize, usize, Shape)>,
}

/// A value to be looked at: of which hole it is, and where it stands.
pub type Filling = (usize, Range<usize>);

impl<'i, 'p> Draft<'i, 'p> {
    pub fn new(start: usize, level: Level, outline: &mut Outline) -> Self {
        let shape = outline.reach(start);
        Self { start, level, shape, end: start, holes: Vec::new(), shapes: Vec::new() }
    }

    /// Cuts a hole for a value; whether there is room for more.
    pub fn cut(
        &mut self,
        document: &'i str,
        outline: &Outline,
        span: Range<usize>,
        value: Value<'i, 'p>,
    ) -> bool {
        self.hole(document, outline, span, Fill::Value(value));
        self.holes.len() < MOST_HOLES
    }

    /// The same for the rest of a list of rows.
    pub fn cut_rows(&mut self, document: &'i str, outline: &Outline, span: Range<usize>) {
        self.hole(document, outline, span, Fill::Rows);
    }

    /// The stencil of the element that ends at a place.
    pub fn finish(
        mut self,
        document: &'i str,
        outline: &Outline,
        end: usize,
        passes: bool,
    ) -> Stencil<'i, 'p> {
        self.hole(document, outline, end..end, Fill::End);
        Stencil { holes: self.holes, shapes: self.shapes, level: self.level, passes }
    }

    fn hole(&mut self, document: &'i str, outline: &Outline, span: Range<usize>, fill: Fill<'i, 'p>) {
        while let Some((place, shape)) = outline.shape(self.shape).filter(|(place, _)| *place < span.start) {
            self.shapes.push((self.holes.len(), place - self.end, shape.without_place()));
            self.shape += 1;
        }
        self.holes.push(Hole { border: &document[self.end..span.start], fill });
        self.end = span.end;
    }
}

impl<'i, 'p> Stencil<'i, 'p> {
    /// Where the element ends that starts here, if it fits; what of it has to be looked at is put on a list.
    pub fn fits(
        &self,
        lexer: &Lexer<'_>,
        level: Level,
        outline: &mut Outline,
        fillings: &mut Vec<Filling>,
    ) -> Option<usize> {
        fillings.clear();
        let mut at = lexer.at;
        let mut shape = outline.reach(at);
        let mut shapes = self.shapes.iter().peekable();
        // The end of the last list of rows.
        let mut rows = None;
        for (index, hole) in self.holes.iter().enumerate().filter(|_| self.level == level) {
            let start = lexer.value_of(at, hole.border)?;
            while let Some((_, offset, known)) = shapes.next_if(|(before, ..)| *before == index) {
                let (place, found) = outline.shape(shape)?;
                if place != at + offset || found.without_place() != *known {
                    return None;
                }
                rows = found.end_of_rows().or(rows);
                shape += 1;
            }
            at = match &hole.fill {
                Fill::Value(value) => match value.still.and_then(|still| still.end(lexer, start)) {
                    Some(end) => end,
                    None => {
                        let end = lexer.scalar(start)?;
                        fillings.push((index, start..end));
                        end
                    }
                },
                Fill::Rows => rows.filter(|end| *end >= start)?,
                Fill::End => {
                    return outline.shape(shape).is_none_or(|(place, _)| place >= start).then_some(start);
                }
            };
        }
        None
    }

    /// What is known of the value in a hole.
    pub fn value(&self, hole: usize) -> Option<Value<'i, 'p>> {
        match &self.holes.get(hole)?.fill {
            Fill::Value(value) => Some(*value),
            _ => None,
        }
    }

    /// How many holes it has.
    pub const fn size(&self) -> usize {
        self.holes.len()
    }
}
