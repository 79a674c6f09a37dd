//! The elements of an array.
//!
//! Knows indexes and rows of like objects; does not know what an element means. Invariant: an element that goes leaves its slot.
use std::ops::Range;

use super::super::known::Still;
use super::{At, Name, Walk};
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::Fate;
use crate::privacy::surface::replay::Part;

impl<'p> Walk<'_, 'p, '_> {
    /// The elements of an array that starts at a place; whether any passes.
    pub(super) fn array(&mut self, reached: Range<usize>, at: At<'p>, start: usize) -> Result<bool, Refusal> {
        let mut passes = false;
        let mut index = 0_usize;
        let level = self.stack.len();
        let minds_index = self.scrub.places().json.minds_index(&self.stack[reached.clone()]);
        let first = if at.part.is_numbered() { self.lexer.number_here() } else { None };
        let alike = !minds_index && !at.part.is_numbered() && at.part != Part::Pane;
        let rows = self.outline.rows(start).filter(|_| alike);
        // What stays of the elements without a look, once one is known.
        let mut still = None::<Still>;
        while self.lexer.peek()? != b']' {
            if let Some(end) = still.and_then(|still| still.end(&self.lexer, self.lexer.at)) {
                self.lexer.at = end;
                self.lexer.separator(b']')?;
                (passes, index) = (true, index + 1);
                continue;
            }
            let mark = self.edits.mark();
            let start = self.lexer.at;
            // Most rules treat all elements alike.
            if minds_index || index == 0 {
                self.stack.truncate(level);
                let mut room = [0; 20];
                self.scrub.places().json.step(reached.clone(), spelled(index, &mut room), &mut self.stack);
            }
            let element = At { part: at.part.element(index, first), ..at };
            self.stayed = false;
            let nodes = level..self.stack.len();
            let (element, named) = self.place(nodes.clone(), element, Name::default())?;
            if alike && !self.is_container()? {
                still = self.still(element);
            }
            let outcome = self.placed(nodes, element, Name::default(), named)?;
            passes |= outcome.passes;
            if let Some(end) = rows
                && self.stayed
            {
                self.lexer.at = end;
                break;
            }
            match outcome.fate {
                Fate::Keep => {}
                Fate::Replace(new) => self.edits.cut(start..self.lexer.at, &new),
                // The slot stays: what follows keeps its index.
                Fate::Remove => {
                    self.edits.back_to(&mark);
                    self.edits.cut(start..self.lexer.at, "null");
                }
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
