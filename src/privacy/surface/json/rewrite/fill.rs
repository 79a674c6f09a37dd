//! Elements that fit into a stencil, and the stencils of those that were walked.
//!
//! Knows where values stand; does not know names. Invariant: an element leaves as if it had been walked: if a value of it has a fate that the
//! stencil has no place for, all that was done to the element is undone, and it is walked.

use super::super::known::{Kind, Met};
use super::super::member::Member;
use super::super::stencil::{Draft, Level, Stencil, Value};
use super::Walk;
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::Fate;

impl<'i, 'p> Walk<'_, 'p, 'i> {
    /// Treats the element that starts here, if it fits into a stencil of its list; whether any of it passes.
    pub(super) fn fill(&mut self, list: Kind) -> Result<Option<bool>, Refusal> {
        let (start, level) = (self.lexer.at, self.level());
        let told = self.outline.told(start);
        let fitting = self.known.fitting(list, &self.lexer, level, told, &mut self.fillings);
        let Some((stencil, end)) = fitting else { return Ok(None) };
        let (mark, counts) = (self.edits.mark(), self.scrub.counts());
        let filled = self.filled(&stencil)?;
        self.enter_level(level);
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
        for (index, value) in stencil.values.iter().enumerate() {
            let (Some(value), filling) = (value, self.fillings[index]) else { continue };
            if value.still.is_some_and(|still| still.keeps(filling, &self.lexer)) {
                continue;
            }
            self.enter_level(value.level);
            self.lexer.at = filling.start;
            match self.again(value.at, value.slot, Some(filling.end))? {
                Fate::Keep => {}
                Fate::Replace(new) => self.edits.cut(filling.start..filling.end, &new),
                Fate::Remove => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Begins a stencil of the element that starts here, if that is worth its while.
    pub(super) fn begin_draft(&mut self, list: Kind) {
        let start = self.lexer.at;
        if self.draft.is_none() && self.outline.lets_draw(start) && self.known.may_draw(list) {
            self.draft = Some(Draft::new(start, self.level()));
        }
    }

    /// Ends the stencil of the element that started at a place, if all of it was known.
    pub(super) fn end_draft(&mut self, list: Kind, start: usize, passes: bool) {
        if let Some(draft) = self.draft.take_if(|draft| draft.start == start)
            && let Some(stencil) = draft.finish(&self.lexer, self.outline.told(start), passes)
        {
            self.known.draw(list, stencil);
        }
    }

    /// A value that starts at a place was passed, and is one of the stencil's.
    pub(super) fn draw(&mut self, start: usize, value: Value<'p>, fate: &Fate) {
        if let Some(draft) = &mut self.draft
            && (!draft.add(start, value) || *fate == Fate::Remove)
        {
            self.draft = None;
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

    pub(super) const fn level(&self) -> Level {
        Level { room: self.lexer.room(), recorded: self.scrub.recorded }
    }

    const fn enter_level(&mut self, level: Level) {
        self.lexer.set_room(level.room);
        self.scrub.recorded = level.recorded;
    }
}
