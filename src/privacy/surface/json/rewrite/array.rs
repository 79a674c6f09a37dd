//! The elements of an array.
//!
//! Knows indexes; does not know what an element means. Invariant: an element that goes leaves its slot.
use std::ops::Range;

use super::super::member::{Below, Member};
use super::{At, Name, Owner, Walk, is_container};
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::Fate;
use crate::privacy::surface::replay::Part;

impl<'i, 'p> Walk<'_, 'p, 'i> {
    /// The elements of an array; whether any passes.
    pub(super) fn array(
        &mut self,
        reached: Range<usize>,
        at: At<'p>,
        below: &Below<'i, 'p>,
    ) -> Result<bool, Refusal> {
        let owner = Owner { name: below.owner, ..Owner::default() };
        let name = Name::element(&owner);
        let mut passes = false;
        let mut index = 0_usize;
        let level = self.stack.len();
        let minds_index = self.scrub.places().json.minds_index(&self.stack[reached.clone()]);
        let first = if at.part.is_numbered() { self.lexer.number_here() } else { None };
        let kind = below.kind.filter(|_| !minds_index && !at.part.is_numbered() && at.part != Part::Pane);
        let mut stepped = false;
        while self.lexer.peek()? != b']' {
            let start = self.lexer.at;
            let met = kind.and_then(|kind| self.known.meet_element(kind, start));
            if let Some(end) = met.and_then(|met| self.known.member(met).still?.end(&self.lexer, start)) {
                self.lexer.at = end;
                self.draw_still(met);
                self.lexer.separator(b']')?;
                (passes, index) = (true, index + 1);
                continue;
            }
            if let Some(list) = kind.filter(|_| met.is_some() && self.draft.is_none())
                && is_container(self.lexer.peek()?)
            {
                if let Some(passed) = self.fill(list)? {
                    self.lexer.separator(b']')?;
                    (passes, index) = (passes | passed, index + 1);
                    continue;
                }
                self.begin_draft(list);
            }
            let mark = self.edits.mark();
            let outcome = match met {
                Some(met) => self.met(met, at, &name)?,
                None => {
                    // Most rules treat all elements alike.
                    if minds_index || !stepped {
                        self.stack.truncate(level);
                        let (mut room, json) = ([0; 20], &self.scrub.places().json);
                        json.step(reached.clone(), spelled(index, &mut room), &mut self.stack);
                        stepped = true;
                    }
                    let nodes = level..self.stack.len();
                    let part = at.part.element(index, first);
                    if let Some(kind) = kind {
                        self.known.remember(kind, Member::element(part, &self.stack[nodes.clone()]));
                    }
                    self.value(nodes, At { part, ..at }, &name)?
                }
            };
            passes |= outcome.passes;
            match outcome.fate {
                Fate::Keep => {
                    if let Some(list) = kind {
                        self.end_draft(list, start, outcome.passes);
                    }
                }
                Fate::Replace(new) => self.edits.cut(start..self.lexer.at, &new),
                // The slot stays: what follows keeps its index.
                Fate::Remove => self.cut_out(start, &mark, start..self.lexer.at, "null"),
            }
            self.lexer.separator(b']')?;
            index += 1;
        }
        self.stack.truncate(level);
        Ok(passes)
    }
}

/// An index, as a pointer spells it.
fn spelled(mut index: usize, room: &mut [u8; 20]) -> &[u8] {
    let mut start = room.len();
    loop {
        start -= 1;
        room[start] = b'0' + (index % 10) as u8;
        index /= 10;
        if index == 0 {
            return &room[start..];
        }
    }
}
