//! Where a value stands, by its name, by the rules and by what the outline says of it.
//!
//! Knows how these are asked, and what they said of others of its kind; does not know what becomes of a value.
//! Invariant: a recording's own names mean what they mean there, and no rule is asked twice for a kind.
use std::ops::Range;

use super::super::known::Met;
use super::super::member::Below;
use super::super::stencil::Value;
use super::{At, Name, Outcome, Walk, goes_whole, is_container};
use crate::privacy::category::Category;
use crate::privacy::places::Treatment;
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::{Fate, Place};
use crate::privacy::surface::replay::Part;

impl<'i, 'p> Walk<'_, 'p, 'i> {
    /// The value of a member or an element of a kind that is known.
    pub(super) fn met(&mut self, met: Met, at: At<'p>, name: &Name<'_, 'i>) -> Result<Outcome, Refusal> {
        let known = self.known.member(met);
        let at = At { part: known.part, ..at };
        let (next, level) = (self.lexer.peek()?, self.stack.len());
        if !is_container(next) {
            let (at, still, slot) = match known.scalar {
                Some(at) => (at, known.still, known.slot),
                None => {
                    let may_stay = known.may_leave && !known.labels;
                    self.stack.extend_from_slice(&known.nodes);
                    let at = self.leaf(level..self.stack.len(), at, name);
                    let still = if may_stay { self.still(at) } else { None };
                    let slot = self.memory.slot();
                    self.known.remember_scalar(met, at, still, slot);
                    self.stack.truncate(level);
                    (at, still, slot)
                }
            };
            let start = self.lexer.at;
            let fate = self.again(at, slot, None)?;
            let value = Value { at, level: self.level(), still, slot, goes: fate == Fate::Remove };
            self.draw(start, value);
            return Ok(fate.into());
        }
        self.stack.extend_from_slice(&known.nodes);
        let (nodes, below) = (level..self.stack.len(), known.below);
        let part = self.outline.refine(at.part, self.lexer.at);
        let same = |below: &Below<'_, '_>| {
            below.open == next && below.part == part && below.kind.is_none_or(|kind| self.known.knows(kind))
        };
        let below = match below.filter(same) {
            Some(below) => below,
            None => {
                let below = self.below(next, nodes.clone(), At { part, ..at }, name);
                self.known.remember_below(met, below);
                below
            }
        };
        let outcome = self.container(nodes, &below);
        self.stack.truncate(level);
        outcome
    }

    /// The container that stands here, of which the outline has told the part.
    pub(super) fn below(
        &mut self,
        open: u8,
        reached: Range<usize>,
        at: At<'p>,
        name: &Name<'_, 'i>,
    ) -> Below<'i, 'p> {
        let part = at.part;
        let (at, named) = self.place(reached.clone(), at, name);
        let owner = name.plain.or(name.owner.name);
        let whole = at.part.is_foreign() && at.goes_whole().is_some();
        let inside = self.inside(open, at);
        let kind = if whole { None } else { self.known.kind(open, inside, owner, &self.stack[reached]) };
        Below { open, part, at, owner, named, kind }
    }

    /// Where a value stands that is no container.
    pub(super) fn leaf(&mut self, reached: Range<usize>, at: At<'p>, name: &Name<'_, 'i>) -> At<'p> {
        let part = match at.part {
            Part::Own => Part::Foreign,
            Part::Data(_) => self.outline.refine(at.part, self.lexer.at),
            part => part,
        };
        self.place(reached, At { part, ..at }, name).0
    }

    /// Where a value is by all that is said of it; and whether its name or a rule means it.
    fn place(&self, reached: Range<usize>, at: At<'p>, name: &Name<'_, 'i>) -> (At<'p>, bool) {
        let (places, part) = (self.scrub.places(), at.part);
        let rule = places.json.rank(&self.stack[reached]).map(|rank| places.treatment(rank));
        // A recording's own names mean something else than they do elsewhere.
        let key = name.key.filter(|_| part.is_foreign());
        let rule = rule.or_else(|| key.and_then(|key| self.well_known(key, name)));
        let named = name.named || rule.is_some();
        // What a map calls text of the page is read more finely here.
        let rule = rule.filter(|rule| part.is_foreign() || rule.category != Category::PageText);
        let at = match (part, rule) {
            (Part::Event(_), rule) if !rule.is_some_and(goes_whole) => {
                At { place: self.scrub.unmapped(), part }
            }
            (_, Some(rule)) => At { place: Place::Known(rule), part: Part::Outside },
            (_, None) => at,
        };
        (at, named)
    }

    /// What the general map says of a member: by its own name, by the object's and its own, by its label.
    fn well_known(&self, key: &str, name: &Name<'_, '_>) -> Option<Treatment<'p>> {
        let places = self.scrub.places();
        if name.owner.echoes {
            return places.echoed(key).map(|category| places.of(category));
        }
        places
            .general_in(name.owner.folded(), key)
            .or_else(|| name.label.and_then(|label| places.general(label)))
    }
}
