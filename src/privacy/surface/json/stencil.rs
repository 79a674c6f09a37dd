//! What becomes of the values of an element of a list, so that the next one of the same form need not be walked.
//!
//! Knows where in the rules each value is; does not know what an element looks like, nor what becomes of it. Invariant: an element that has a
//! stencil's form differs from the one that was walked in its values alone, and by none of these in what the outline says of it: each
//! stands where that one's stood.

use super::form::{Filled, Filling, Form};
use super::lexer::Lexer;
use super::member::Still;
use super::memory::Slot;
use super::rewrite::At;
use crate::privacy::surface::replay::Told;

/// Of elements with more values none is made.
const MOST_VALUES: usize = 1024;

/// What becomes of elements of one form.
pub struct Stencil<'i, 'p> {
    form: Look<'i>,
    /// How its list stands in the document.
    level: Level,
    /// What is known of the value in each hole; nothing of rows, which stay.
    pub values: Vec<Option<Value<'p>>>,
    /// Whether any of it passes.
    pub passes: bool,
}

/// How an element of the form is told.
enum Look<'i> {
    /// The outline knows them, by this number.
    Told(usize),
    Own(Form<'i>),
}

/// Containers that may still be entered, and whether an event of a recording is around.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Level {
    pub room: usize,
    pub recorded: bool,
}

/// A value that is no container.
#[derive(Clone, Copy)]
pub struct Value<'p> {
    pub at: At<'p>,
    pub level: Level,
    /// What stays there without a look.
    pub still: Option<Still>,
    /// Where such values are remembered.
    pub slot: Option<Slot>,
}

/// A stencil while its element is walked.
pub struct Draft<'p> {
    /// Where the element starts.
    pub start: usize,
    level: Level,
    /// What was passed so far, and where it starts.
    values: Vec<(usize, Value<'p>)>,
}

impl<'i, 'p> Draft<'p> {
    pub const fn new(start: usize, level: Level) -> Self {
        Self { start, level, values: Vec::new() }
    }

    /// Adds a value that starts at a place; whether there is room for more.
    pub fn add(&mut self, start: usize, value: Value<'p>) -> bool {
        self.values.push((start, value));
        self.values.len() < MOST_VALUES
    }

    /// The stencil of the element, which ends here, if each of its values is known.
    pub fn finish(self, lexer: &Lexer<'i>, told: Option<Told<'_>>, passes: bool) -> Option<Stencil<'i, 'p>> {
        let mut fillings = Vec::new();
        let form = match told {
            Some(told) => {
                fillings.extend_from_slice(told.fillings);
                Look::Told(told.form)
            }
            None => Look::Own(Form::of(lexer, self.start..lexer.at, &mut fillings)?),
        };
        let mut passed = self.values.into_iter().peekable();
        let mut value = |filling: &Filling| {
            if filling.kind != Filled::Rows {
                return passed.next_if(|(start, _)| *start == filling.start).map(|(_, value)| Some(value));
            }
            while let Some((_, value)) = passed.next_if(|(start, _)| *start < filling.end) {
                value.still?;
            }
            Some(None)
        };
        let values = fillings.iter().map(&mut value).collect::<Option<Vec<_>>>()?;
        passed.next().is_none().then_some(Stencil { form, level: self.level, values, passes })
    }
}

impl Stencil<'_, '_> {
    /// Where the element ends that starts here, if it fits; what fills it is put on a list.
    pub fn fits(
        &self,
        lexer: &Lexer<'_>,
        level: Level,
        told: Option<Told<'_>>,
        fillings: &mut Vec<Filling>,
    ) -> Option<usize> {
        if self.level != level {
            return None;
        }
        fillings.clear();
        match (&self.form, told) {
            (Look::Told(form), Some(told)) if *form == told.form => {
                fillings.extend_from_slice(told.fillings);
                Some(told.end)
            }
            (Look::Own(form), None) => form.fit(lexer, fillings),
            _ => None,
        }
    }

    /// How many holes it has.
    pub const fn size(&self) -> usize {
        self.values.len()
    }
}
