//! Elements that fit into a stencil, and the stencils of those that were walked.
//!
//! Knows where values stand; does not know names. Invariant: an element leaves as if it had been walked: if a value of it has a fate that the
//! stencil has no place for, all that was done to the element is undone, and it is walked.

use super::super::known::{Kind, Member, Met};
use super::super::stencil::{Draft, Level, Stencil, Value};
use super::Walk;
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::Fate;

impl<'i, 'p> Walk<'_, 'p, 'i> {
    /// Treats the element that starts here, if it fits into a stencil of its list; whether any of it passes.
    pub(super) fn fill(&mut self, list: Kind) -> Result<Option<bool>, Refusal> {
        let (start, level) = (self.lexer.at, self.level());
        let fitting = self.known.fitting(list, &self.lexer, level, &mut self.outline, &mut self.fillings);
        let Some((stencil, end)) = fitting else { return Ok(None) };
        let (mark, counts) = (self.edits.mark(), self.scrub.counts());
        let filled = self.filled(&stencil)?;
        self.enter_level(level);
        self.stayed = false;
        if filled {
            self.lexer.at = end;
            return Ok(Some(stencil.passes));
        }
        self.known.tear(list);
        self.edits.back_to(&mark);
        self.scrub.back_to(counts);
        self.lexer.at = start;
        Ok(None)
    }

    /// Treats what has to be looked at; whether all of it stays in its hole.
    fn filled(&mut self, stencil: &Stencil<'i, 'p>) -> Result<bool, Refusal> {
        for index in 0..self.fillings.len() {
            let (hole, span) = self.fillings[index].clone();
            let Some(value) = stencil.value(hole) else { return Ok(false) };
            self.enter_level(value.level);
            self.lexer.at = span.start;
            match self.again(value.at, value.slot)? {
                Fate::Keep => {}
                Fate::Replace(new) => self.edits.cut(span, &new),
                Fate::Remove => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Begins a stencil of the element that starts here, if that is worth its while.
    pub(super) fn begin_draft(&mut self, list: Kind) {
        if self.draft.is_none() && self.known.may_draw(list) {
            self.draft = Some(Draft::new(self.lexer.at, self.level(), &mut self.outline));
        }
    }

    /// Ends the stencil of the element that started at a place, if all of it was known.
    pub(super) fn end_draft(&mut self, list: Kind, start: usize, passes: bool) {
        if let Some(draft) = self.draft.take_if(|draft| draft.start == start) {
            let stencil = draft.finish(self.lexer.input, &self.outline, self.lexer.at, passes);
            self.known.draw(list, stencil);
        }
    }

    /// A value that was passed, from a place on, is one of the stencil's.
    pub(super) fn draw(&mut self, start: usize, value: Value<'i, 'p>, fate: &Fate) {
        if let Some(draft) = &mut self.draft {
            let room = draft.cut(self.lexer.input, &self.outline, start..self.lexer.at, value);
            if *fate == Fate::Remove || !room {
                self.draft = None;
            }
        }
    }

    /// A value that stays without a look was passed.
    pub(super) fn draw_still(&mut self, met: Option<Met>) {
        if self.draft.is_some()
            && let Some(met) = met
            && let Member { scalar: Some(at), still, slot, .. } = *self.known.member(met)
        {
            let value = Value { at, level: self.level(), still, slot };
            self.draw(met.value, value, &Fate::Keep);
        }
    }

    /// The rest of a list of rows was passed, from a place on.
    pub(super) fn draw_rows(&mut self, start: usize) {
        if let Some(draft) = &mut self.draft {
            draft.cut_rows(self.lexer.input, &self.outline, start..self.lexer.at);
        }
    }

    pub(super) const fn level(&self) -> Level {
        Level { room: self.lexer.room(), recorded: self.scrub.recorded }
    }

    const fn enter_level(&mut self, level: Level) {
        self.lexer.set_room(level.room);
        self.scrub.recorded = level.recorded;
    }
}
