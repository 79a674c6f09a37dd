//! The members of an object, their names, and what one says of another.
//!
//! Knows commas and labels; does not know what a value means. Invariant: a member leaves with its name, and only if
//! both may.
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use super::super::known::{Kind, Met};
use super::super::member::{Below, Member};
use super::super::spelling::quote;
use super::{At, Name, Outcome, Owner, Walk};
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::Fate;

/// What the general map calls the content of a field.
const FIELD: &str = "input_value";

impl<'p, 'i> Walk<'_, 'p, 'i> {
    /// The members of an object; whether any passes.
    pub(super) fn object(
        &mut self,
        reached: Range<usize>,
        at: At<'p>,
        below: &Below<'i, 'p>,
    ) -> Result<bool, Refusal> {
        let Below { kind, owner: name, .. } = *below;
        let owner = Owner { name, echoes: self.is_echo(name), folded: OnceCell::new() };
        let mut turn = 0;
        let sets = self.scrub.places().json.has_sets();
        let mut switched = Vec::new();
        // What the members so far call the value beside them.
        let mut beside = None;
        let mut passes = false;
        // The end of the last member that stays, and the comma after the last one read.
        let mut stays = None;
        let mut comma = None;
        loop {
            if let Some(kind) = kind.filter(|_| self.draft.is_none())
                && let Some(passed) = self.known.pass_still(kind, &mut self.lexer, &mut turn)?
            {
                (stays, comma, passes) = (Some(passed.end), passed.comma, true);
            }
            if self.lexer.peek()? == b'}' {
                break;
            }
            let met = kind.and_then(|kind| self.known.meet(kind, &self.lexer, &mut turn));
            if let Some(end) = met.and_then(|met| self.known.member(met).still?.end(&self.lexer, met.value)) {
                self.lexer.at = end;
                self.draw_still(met);
                comma = self.lexer.separator(b'}')?;
                (stays, passes) = (Some(end), true);
                continue;
            }
            let mark = self.edits.mark();
            let start = self.lexer.at;
            let (key, plain, labels) = match met {
                // No name is ever known that others may label.
                Some(met) => {
                    self.lexer.at = met.value;
                    let member = self.known.member(met);
                    (Cow::Borrowed(member.name()), Some(member.name()), member.labels)
                }
                None => {
                    let key = self.lexer.key()?;
                    let plain = match key {
                        Cow::Borrowed(plain) => Some(plain),
                        Cow::Owned(_) => self.lexer.spelled(start, &key),
                    };
                    (key, plain, true)
                }
            };
            let label = if labels { self.label(&key, &mut beside)? } else { None };
            let value = self.lexer.at;
            let set = if sets { self.set(&reached, &key) } else { None };
            let outcome = match set {
                Some((index, json)) => {
                    switched.push(index);
                    self.lexer.skip()?;
                    self.draw_skipped(value..self.lexer.at, None);
                    self.draw_cut(value, value..self.lexer.at, json.clone());
                    Fate::Replace(json.into_owned()).into()
                }
                None => {
                    let name = Name { owner: &owner, key: Some(&key), plain, label, named: false };
                    match met {
                        Some(met) => self.known_member(&name, met, at)?,
                        None => self.member(&name, kind, reached.clone(), at, start)?,
                    }
                }
            };
            let end = self.lexer.at;
            let next = self.lexer.separator(b'}')?;
            passes |= outcome.passes;
            match outcome.fate {
                Fate::Keep => stays = Some(end),
                Fate::Replace(new) => {
                    self.edits.cut(value..end, &new);
                    stays = Some(end);
                }
                Fate::Remove => {
                    let span = match (stays, comma) {
                        (Some(_), Some(comma)) => comma..end,
                        _ => start..if next.is_some() { self.lexer.at } else { end },
                    };
                    self.cut_out(start, &mark, span, "");
                }
            }
            comma = next;
        }
        let missing = if sets { self.missing(&reached, &switched) } else { String::new() };
        if missing.is_empty() {
            return Ok(passes);
        }
        let at = stays.unwrap_or(self.lexer.at).max(self.edits.copied);
        let comma = if stays.is_some() { "," } else { "" };
        let missing = format!("{comma}{missing}");
        self.edits.cut(at..at, &missing);
        self.draw_cut(at, at..at, missing.into());
        Ok(true)
    }

    /// What a member's value is called by the members beside it, if it is a value; a name is remembered.
    fn label<'l>(&self, key: &str, beside: &'l mut Option<Cow<'i, str>>) -> Result<Option<&'l str>, Refusal> {
        match key {
            "key" | "name" | "k" => *beside = self.lexer.text_here(),
            // What stands beside the place of an element on the page was in that element.
            "element" | "selector" | "xpath" => *beside = Some(Cow::Borrowed(FIELD)),
            "value" | "v" | "val" => {
                if beside.is_none() {
                    *beside = self.label_ahead();
                }
                let is_text = self.lexer.peek()? == b'"';
                return Ok(beside.as_deref().filter(|label| is_text || *label != FIELD));
            }
            _ => {}
        }
        Ok(None)
    }

    /// The name that stands behind a value which is no container.
    fn label_ahead(&self) -> Option<Cow<'i, str>> {
        let mut ahead = self.lexer.again(0);
        ahead.skip().ok()?;
        ahead.separator(b'}').ok()??;
        let key = ahead.key().ok()?;
        matches!(&*key, "key" | "name" | "k").then(|| ahead.text_here()).flatten()
    }

    /// A member that starts at a place and of which nothing is known.
    fn member(
        &mut self,
        name: &Name<'_, 'i>,
        kind: Option<Kind>,
        reached: Range<usize>,
        at: At<'p>,
        start: usize,
    ) -> Result<Outcome, Refusal> {
        let key = name.key.unwrap_or_default();
        let level = self.stack.len();
        self.scrub.places().json.step(reached, key.as_bytes(), &mut self.stack);
        let nodes = level..self.stack.len();
        let part = at.part.member(key);
        // A name with escapes is rare, and what is labelled depends on what stands beside it.
        if let Some(kind) = kind
            && !is_labelled(key)
            && let Some(spelled) = name.plain.and_then(|_| self.lexer.spelled_plainly(start))
        {
            let may_leave = self.may_leave_uncounted(key)?;
            self.known.remember(
                kind,
                Member::new(spelled, part, labels(key), may_leave, &self.stack[nodes.clone()]),
            );
        }
        let outcome = self.value(nodes, At { part, ..at }, name)?;
        self.stack.truncate(level);
        self.leaving(outcome, key)
    }

    /// A member that was met before in an object of the same kind.
    fn known_member(&mut self, name: &Name<'_, 'i>, met: Met, at: At<'p>) -> Result<Outcome, Refusal> {
        let may_leave = self.known.member(met).may_leave;
        let outcome = self.met(met, at, name)?;
        if may_leave {
            return Ok(outcome);
        }
        self.draft = None;
        self.leaving(outcome, name.key.unwrap_or_default())
    }

    /// What becomes of a member whose value has this outcome, for its name may say something as well.
    fn leaving(&mut self, outcome: Outcome, key: &str) -> Result<Outcome, Refusal> {
        let leaves = outcome.fate == Fate::Remove || self.scrub.name(key)?;
        Ok(if leaves { outcome } else { Fate::Remove.into() })
    }

    /// Whether a name may leave, and nothing in it is counted.
    fn may_leave_uncounted(&mut self, key: &str) -> Result<bool, Refusal> {
        let tally = self.scrub.tally.clone();
        let leaves = self.scrub.name(key)?;
        let counted = self.scrub.tally != tally;
        self.scrub.tally = tally;
        Ok(leaves && !counted)
    }

    /// What privet itself says under this name here, if it does.
    fn set(&self, reached: &Range<usize>, key: &str) -> Option<(usize, Cow<'p, str>)> {
        let mut sets = self.scrub.places().json.sets(&self.stack[reached.clone()]).enumerate();
        let (index, (_, set)) = sets.find(|(_, (name, _))| *name == key)?;
        Some((index, set.json(self.scrub.visitor)?))
    }

    /// What privet itself says in this object and the object lacks, as members.
    fn missing(&self, reached: &Range<usize>, switched: &[usize]) -> String {
        let sets = self.scrub.places().json.sets(&self.stack[reached.clone()]).enumerate();
        let members: Vec<String> = sets
            .filter(|(index, _)| !switched.contains(index))
            .filter_map(|(_, (key, set))| Some(format!("{}:{}", quote(key), set.json(self.scrub.visitor)?)))
            .collect();
        members.join(",")
    }
}

/// Whether a member of this name says what the value beside it is.
fn labels(key: &str) -> bool {
    matches!(key, "key" | "name" | "k" | "element" | "selector" | "xpath")
}

/// Whether a member of this name is that value.
fn is_labelled(key: &str) -> bool {
    matches!(key, "value" | "v" | "val")
}
