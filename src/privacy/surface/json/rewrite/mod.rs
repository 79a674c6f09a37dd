//! A walk through one document, with the rules' tree in step.
//!
//! Copies nothing until something changes: number spelling, key order, duplicates, escapes and white space
//! stay. Knows where a value stands and puts its fate into the text; does not know what a value means.

mod array;
mod echo;
mod leaf;
mod object;

use std::ops::Range;

use super::edits::Edits;
use super::known::Known;
use super::lexer::{Lexer, quote};
use crate::privacy::action::Action;
use crate::privacy::category::Category;
use crate::privacy::places::{NodeId, Treatment};
use crate::privacy::policy::Way;
use crate::privacy::refusal::Refusal;
use crate::privacy::scan::Index;
use crate::privacy::scrub::{Fate, Place, Scrub};
use crate::privacy::surface::replay::{self, Outline, Part};

/// Where a value stands: what its container says of it, and which part of a recording it is.
#[derive(Clone, Copy)]
pub struct At<'p> {
    pub place: Place<'p>,
    pub part: Part,
    /// Where the name of the object around it is spelled: `{"page":{"title":…}}` is a page's title.
    owner: Option<Span>,
    /// Whether the object around it tells the visitor of the visitor.
    echoes: bool,
}

/// A stretch of the document.
type Span = (usize, usize);

impl<'p> At<'p> {
    /// A document that is such a part, at a place.
    pub const fn root(place: Place<'p>, part: Part) -> Self {
        Self { place, part, owner: None, echoes: false }
    }

    /// Whether both say the same of a value, the owner's name aside.
    pub fn is_like(&self, other: Self) -> bool {
        self.part == other.part && self.place == other.place && self.echoes == other.echoes
    }
}

/// Rewrites a document. A `named` one stays even when nothing in it may pass.
pub fn document<'p>(scrub: &mut Scrub<'p>, input: &str, at: At<'p>, named: bool) -> Result<Fate, Refusal> {
    let (room, recorded) = (scrub.room, scrub.recorded);
    let fate = rewrite(scrub, input, at, named);
    (scrub.room, scrub.recorded) = (room, recorded);
    fate
}

fn rewrite<'p>(scrub: &mut Scrub<'p>, input: &str, at: At<'p>, named: bool) -> Result<Fate, Refusal> {
    let room = scrub.room;
    let index = Index::of(input);
    let mut lexer = Lexer::new(input, &index, room);
    // A byte order mark is no part of the document, and stays.
    lexer.at = if input.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    lexer.space();
    let mut stack = Vec::new();
    scrub.places().json.start(&mut stack);
    let deepest = if scrub.recorded { room } else { room + replay::DEEPER };
    let outline = match scrub.policy.way {
        Way::Out => Outline::read(&lexer, deepest, at.part, scrub.places())?,
        // A vendor records nobody.
        Way::Back => Outline::default(),
    };
    let (edits, known) = (Edits::new(input), Known::of(input));
    let quiet = scrub.keeps_quiet_texts();
    let mut walk = Walk { scrub, lexer, outline, edits, known, stack, quiet, stayed: false };
    let start = walk.lexer.at;
    let reached = 0..walk.stack.len();
    let outcome = walk.value(reached, at, Name { named, ..Name::default() })?;
    let end = walk.lexer.at;
    walk.lexer.finish()?;
    Ok(match outcome.fate {
        Fate::Remove => Fate::Remove,
        Fate::Keep if walk.edits.copied == 0 => Fate::Keep,
        Fate::Keep => Fate::Replace(walk.edits.finish()),
        Fate::Replace(new) => {
            walk.edits.cut(start..end, &new);
            Fate::Replace(walk.edits.finish())
        }
    })
}

/// What becomes of a value, and whether anything of it passes.
struct Outcome {
    fate: Fate,
    /// Said of containers that no rule names: something below was let through.
    passes: bool,
}

impl From<Fate> for Outcome {
    fn from(fate: Fate) -> Self {
        let passes = fate != Fate::Remove;
        Self { fate, passes }
    }
}

/// What a value is called by.
#[derive(Clone, Copy, Default)]
struct Name<'k> {
    key: Option<&'k str>,
    /// Where the key stands.
    span: Option<Span>,
    /// What the member beside it calls it, in an object that is a name and a value.
    label: Option<&'k str>,
    /// Whether something other than the rules says it may stay.
    named: bool,
}

struct Walk<'s, 'p, 'i> {
    scrub: &'s mut Scrub<'p>,
    lexer: Lexer<'i>,
    outline: Outline,
    edits: Edits<'i>,
    known: Known<'i, 'p>,
    /// The nodes of the rules' tree that the walk has reached, level upon level.
    stack: Vec<NodeId>,
    /// Whether a quiet text stays where no rule speaks.
    quiet: bool,
    /// Whether the last object read stayed as it is, by names that were known: one like it would, too.
    stayed: bool,
}

impl<'p> Walk<'_, 'p, '_> {
    /// One value, reached through these nodes; `at` is what its container says of it.
    fn value(&mut self, reached: Range<usize>, at: At<'p>, name: Name<'_>) -> Result<Outcome, Refusal> {
        let (at, named) = self.place(reached.clone(), at, name)?;
        self.placed(reached, at, name, named)
    }

    /// A value of which it is known where it stands.
    fn placed(
        &mut self,
        reached: Range<usize>,
        at: At<'p>,
        name: Name<'_>,
        named: bool,
    ) -> Result<Outcome, Refusal> {
        if matches!(self.lexer.peek()?, b'{' | b'[') {
            let at = At { owner: name.span.or(at.owner), ..at };
            return self.container(reached, at, named);
        }
        self.scalar(at).map(Outcome::from)
    }

    /// Where the value that stands here is, by all that is said of it; and whether its name or a rule means it.
    fn place(
        &mut self,
        reached: Range<usize>,
        at: At<'p>,
        name: Name<'_>,
    ) -> Result<(At<'p>, bool), Refusal> {
        let places = self.scrub.places();
        let next = self.lexer.peek()?;
        let part = match at.part {
            Part::Own if !matches!(next, b'{' | b'[') => Part::Foreign,
            part @ Part::Data(_) => self.outline.refine(part, self.lexer.at),
            part if matches!(next, b'{' | b'[') => self.outline.refine(part, self.lexer.at),
            part => part,
        };
        let rule = places.json.rank(&self.stack[reached]).map(|rank| places.treatment(rank));
        // A recording's own names mean something else than they do elsewhere.
        let key = name.key.filter(|_| part.is_foreign());
        let rule = rule.or_else(|| key.and_then(|key| self.well_known(key, name, at)));
        let named = name.named || rule.is_some();
        // What a map calls text of the page is read more finely here.
        let rule = rule.filter(|rule| part.is_foreign() || rule.category != Category::PageText);
        let at = match (part, rule) {
            (Part::Event(_), rule) if !rule.is_some_and(goes_whole) => {
                At { place: self.scrub.unmapped(), part, ..at }
            }
            (_, Some(rule)) => At { place: Place::Known(rule), part: Part::Outside, ..at },
            (_, None) => At { part, ..at },
        };
        Ok((at, named))
    }

    /// What the general map says of a member: by its own name, by the object's and its own, by its label.
    fn well_known(&self, key: &str, name: Name<'_>, at: At<'p>) -> Option<Treatment<'p>> {
        let places = self.scrub.places();
        if at.echoes {
            return places.echoed(key).map(|category| places.of(category));
        }
        let owner = at.owner.map(|(start, end)| &self.lexer.input[start..end]);
        places
            .general(key)
            .or_else(|| owner.and_then(|owner| places.general_in(owner, key)))
            .or_else(|| name.label.and_then(|label| places.general(label)))
    }

    fn container(&mut self, reached: Range<usize>, at: At<'p>, named: bool) -> Result<Outcome, Refusal> {
        let recorded = !at.part.is_foreign();
        if let Place::Known(treatment) = at.place
            && goes_whole(treatment)
            && !recorded
            && !(treatment.category == Category::PageText && self.outline.is_recording(self.lexer.at))
        {
            self.lexer.skip()?;
            self.scrub.tally.add(treatment.category, treatment.action);
            return Ok(match treatment.action {
                Action::Replace(value) => Fate::Replace(quote(value)).into(),
                _ => Fate::Remove.into(),
            });
        }
        let mark = self.edits.mark();
        let passes = match at.part {
            Part::Event(_) if !self.scrub.recorded => self.event(reached, at)?,
            _ => self.members(reached, at)?,
        };
        if named || recorded || passes || !matches!(at.place, Place::Closed) {
            return Ok(Fate::Keep.into());
        }
        // Of a container that no rule names and of which nothing passes, the keys must not leave either.
        self.edits.back_to(&mark);
        Ok(Fate::Remove.into())
    }

    /// An event, in which the recorded page may nest deeper; whether anything passes.
    fn event(&mut self, reached: Range<usize>, at: At<'p>) -> Result<bool, Refusal> {
        self.scrub.recorded = true;
        self.lexer.widen(replay::DEEPER);
        let passes = self.members(reached, at)?;
        self.lexer.narrow(replay::DEEPER);
        self.scrub.recorded = false;
        Ok(passes)
    }

    /// What an object or array holds; whether any passes.
    fn members(&mut self, reached: Range<usize>, at: At<'p>) -> Result<bool, Refusal> {
        let (open, start) = (self.lexer.peek()?, self.lexer.at);
        self.lexer.enter()?;
        let passes = match (open, at.place) {
            (b'{', Place::Inside(_)) => self.object(reached, At { place: self.scrub.unmapped(), ..at })?,
            (b'{', _) => self.object(reached, at)?,
            _ => self.array(reached, at, start)?,
        };
        self.lexer.leave();
        Ok(passes)
    }

    fn is_container(&self) -> Result<bool, Refusal> {
        Ok(matches!(self.lexer.peek()?, b'{' | b'['))
    }
}

/// Whether a container treated like this is not looked into.
const fn goes_whole(treatment: Treatment<'_>) -> bool {
    matches!(treatment.action, Action::Remove | Action::Replace(_))
}
