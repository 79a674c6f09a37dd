//! What becomes of the values of an element of a list, so that the next one of the same form need not be walked.
//!
//! Knows where in the rules each value is, and what was cut out with those that went; does not know what an element
//! looks like, nor what becomes of it. Invariant: an element that has a stencil's form differs from the one that was
//! walked in its values alone, and by none of these in what the outline says of it: each stands where that one's
//! stood, and if the same of them go, the same is cut.

use std::borrow::Cow;
use std::ops::Range;

use super::form::{Filled, Filling, Form, Spot};
use super::lexer::Lexer;
use super::member::Still;
use super::memory::Slot;
use super::rewrite::At;
use crate::privacy::places::Treatment;
use crate::privacy::surface::replay::Told;

/// Of elements with more values, or with more to cut, none is made.
const MOST_VALUES: usize = 1024;

/// What becomes of elements of one form.
pub struct Stencil<'i, 'p> {
    form: Look<'i>,
    /// How its list stands in the document.
    level: Level,
    /// What is done to it, in the order of the document.
    pub steps: Vec<Step<'p>>,
    /// What is counted of containers that go whole.
    pub counted: Vec<Treatment<'p>>,
    /// Whether any of it passes.
    pub passes: bool,
}

/// What is done to an element of a form. Of rows nothing is: they stay, or go with what is around them.
pub enum Step<'p> {
    /// The value in this hole is treated.
    Treat(usize, Value<'p>),
    /// That one is not looked at, for what it is part of goes, but it has to be valid.
    Skip(usize),
    /// What stands from here to there is cut.
    Cut(Cut<'p, Spot>),
}

/// What is cut out, and what stands there instead.
pub struct Cut<'p, P> {
    pub from: P,
    pub to: P,
    pub new: Cow<'p, str>,
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
    /// Whether it went.
    pub goes: bool,
}

/// A stencil while its element is walked.
pub struct Draft<'p> {
    /// Where the element starts.
    pub start: usize,
    level: Level,
    /// What was passed so far, and where it starts.
    values: Vec<(usize, Value<'p>)>,
    /// What was not looked at.
    skipped: Vec<Range<usize>>,
    counted: Vec<Treatment<'p>>,
    cuts: Vec<Cut<'p, usize>>,
}

impl<'p> Draft<'p> {
    pub const fn new(start: usize, level: Level) -> Self {
        Self { start, level, values: Vec::new(), skipped: Vec::new(), counted: Vec::new(), cuts: Vec::new() }
    }

    /// Adds a value that starts at a place; whether there is room for more.
    pub fn add(&mut self, start: usize, value: Value<'p>) -> bool {
        self.values.push((start, value));
        self.values.len() < MOST_VALUES
    }

    /// Adds what is not looked at, and what is counted of it; whether there is room for more.
    pub fn skip(&mut self, span: Range<usize>, counted: Option<Treatment<'p>>) -> bool {
        self.skipped.push(span);
        self.counted.extend(counted);
        self.skipped.len() < MOST_VALUES
    }

    /// Adds a cut, of which those are part that were made since a place was passed; whether there is room for more.
    pub fn cut(&mut self, since: usize, cut: Cut<'p, usize>) -> bool {
        self.cuts.truncate(self.cuts.partition_point(|made| made.to <= since));
        self.cuts.push(cut);
        self.cuts.len() < MOST_VALUES
    }

    /// The stencil of the element, which ends here, if each of its values is known.
    pub fn finish<'i>(
        self,
        lexer: &Lexer<'i>,
        told: Option<Told<'_>>,
        passes: bool,
    ) -> Option<Stencil<'i, 'p>> {
        let mut fillings = Vec::new();
        let form = match told {
            Some(told) => {
                fillings.extend_from_slice(told.fillings);
                Look::Told(told.form)
            }
            None => Look::Own(Form::of(lexer, self.start..lexer.at, &mut fillings)?),
        };
        let spot = |place| Spot::of(place, self.start, &fillings);
        let mut cuts = self.cuts.into_iter().peekable();
        let mut values = self.values.into_iter().peekable();
        let mut skipped = self.skipped.into_iter().peekable();
        let mut steps = Vec::with_capacity(fillings.len());
        for (hole, filling) in fillings.iter().enumerate() {
            while let Some(cut) = cuts.next_if(|cut| cut.from <= filling.start) {
                steps.push(Step::Cut(cut.of_form(spot)?));
            }
            while skipped.next_if(|span| span.end <= filling.start).is_some() {}
            let skipped = skipped.peek().is_some_and(|span| span.start <= filling.start);
            match filling.kind {
                Filled::Rows if skipped => {}
                Filled::Rows => {
                    while let Some((_, value)) = values.next_if(|(start, _)| *start < filling.end) {
                        value.still?;
                    }
                }
                _ if skipped => steps.push(Step::Skip(hole)),
                _ => steps.push(Step::Treat(hole, values.next_if(|(start, _)| *start == filling.start)?.1)),
            }
        }
        for cut in cuts {
            steps.push(Step::Cut(cut.of_form(spot)?));
        }
        let whole = values.next().is_none();
        whole.then_some(Stencil { form, level: self.level, steps, counted: self.counted, passes })
    }
}

impl<'p> Cut<'p, usize> {
    fn of_form(self, spot: impl Fn(usize) -> Option<Spot>) -> Option<Cut<'p, Spot>> {
        Some(Cut { from: spot(self.from)?, to: spot(self.to)?, new: self.new })
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

    /// How much it remembers.
    pub const fn size(&self) -> usize {
        self.steps.len()
    }
}
