//! A walk through one document, with the rules' tree in step.
//!
//! Copies nothing until something changes: number spelling, key order, duplicates, escapes and white space
//! stay. Knows where a value stands and puts its fate into the text; does not know what a value means.

mod array;
mod echo;
mod fill;
mod leaf;
mod object;
mod place;

use std::cell::OnceCell;
use std::ops::Range;

use super::edits::Edits;
use super::form::Filling;
use super::known::Known;
use super::lexer::Lexer;
use super::member::Below;
use super::memory::Memory;
use super::spelling::quote;
use super::stencil::Draft;
use crate::privacy::action::Action;
use crate::privacy::category::Category;
use crate::privacy::places::{Folded, NodeId, Treatment};
use crate::privacy::policy::Way;
use crate::privacy::refusal::Refusal;
use crate::privacy::scan::Index;
use crate::privacy::scrub::{Fate, Place, Scrub};
use crate::privacy::surface::replay::{self, Outline, Part};

/// So many nodes of the rules' tree most documents reach at once.
const NODES: usize = 16;

/// Where a value stands: what its container says of it, and which part of a recording it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct At<'p> {
    pub place: Place<'p>,
    pub part: Part,
}

impl<'p> At<'p> {
    /// The treatment by which a container here would not be looked into.
    const fn goes_whole(&self) -> Option<Treatment<'p>> {
        match self.place {
            Place::Known(treatment) if goes_whole(treatment) => Some(treatment),
            _ => None,
        }
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
    let mut stack = Vec::with_capacity(NODES);
    scrub.places().json.start(&mut stack);
    let deepest = if scrub.recorded { room } else { room + replay::DEEPER };
    let outline = match scrub.policy.way {
        Way::Out => Outline::read(&lexer, deepest, at.part, scrub.places())?,
        // A vendor records nobody.
        Way::Back => Outline::default(),
    };
    // Of two objects that are alike one may tell the visitor of the visitor, by what stands in it, and the other not.
    let known = if scrub.places().knows_echoes() { Known::nothing() } else { Known::of(input) };
    let edits = Edits::new(input);
    let quiet = scrub.keeps_quiet_texts();
    let (draft, fillings, memory) = (None, Vec::new(), Memory::default());
    let mut walk = Walk { scrub, lexer, outline, edits, known, stack, quiet, draft, fillings, memory };
    let start = walk.lexer.at;
    let reached = 0..walk.stack.len();
    let nobody = Owner::default();
    let outcome = walk.value(reached, at, &Name { named, ..Name::element(&nobody) })?;
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

/// The object around a value, as far as it says what its members are.
#[derive(Default)]
struct Owner<'i> {
    /// Its name, if that is spelled plainly: `{"page":{"title":…}}` is a page's title.
    name: Option<&'i str>,
    folded: OnceCell<Folded>,
    /// Whether it tells the visitor of the visitor.
    echoes: bool,
}

/// What a value is called by.
struct Name<'k, 'i> {
    owner: &'k Owner<'i>,
    key: Option<&'k str>,
    /// The key as the document spells it, if that is plainly.
    plain: Option<&'i str>,
    /// What the member beside it calls it, in an object that is a name and a value.
    label: Option<&'k str>,
    /// Whether something other than the rules says it may stay.
    named: bool,
}

impl<'k, 'i> Name<'k, 'i> {
    /// An element of a list has no name of its own.
    const fn element(owner: &'k Owner<'i>) -> Self {
        Self { owner, key: None, plain: None, label: None, named: false }
    }
}

impl Owner<'_> {
    /// Its name, to be joined with its members' names.
    fn folded(&self) -> &Folded {
        self.folded.get_or_init(|| Folded::of(self.name.unwrap_or_default()))
    }
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
    /// The stencil of the element that is walked, if all of it is known so far.
    draft: Option<Draft<'p>>,
    fillings: Vec<Filling>,
    memory: Memory<'i>,
}

impl<'i, 'p> Walk<'_, 'p, 'i> {
    /// One value, reached through these nodes; `at` is what its container says of it.
    fn value(&mut self, reached: Range<usize>, at: At<'p>, name: &Name<'_, 'i>) -> Result<Outcome, Refusal> {
        self.draft = None;
        let open = self.lexer.peek()?;
        if is_container(open) {
            let part = self.outline.refine(at.part, self.lexer.at);
            let below = self.below(open, reached.clone(), At { part, ..at }, name);
            return self.container(reached, &below);
        }
        let at = self.leaf(reached, at, name);
        self.scalar(at).map(Outcome::from)
    }

    fn container(&mut self, reached: Range<usize>, below: &Below<'i, 'p>) -> Result<Outcome, Refusal> {
        let Below { at, named, .. } = *below;
        let recorded = !at.part.is_foreign();
        if let Some(treatment) = at.goes_whole()
            && !recorded
            && !(treatment.category == Category::PageText && self.outline.is_recording(self.lexer.at))
        {
            let start = self.lexer.at;
            self.lexer.skip()?;
            self.scrub.tally.add(treatment.category, treatment.action);
            if let Action::Replace(value) = treatment.action {
                self.draft = None;
                return Ok(Fate::Replace(quote(value)).into());
            }
            self.draw_skipped(start..self.lexer.at, Some(treatment));
            return Ok(Fate::Remove.into());
        }
        let passes = match at.part {
            Part::Event(_) if !self.scrub.recorded => self.event(reached, below)?,
            _ => self.members(reached, below)?,
        };
        if named || recorded || passes || !matches!(at.place, Place::Closed) {
            return Ok(Fate::Keep.into());
        }
        // Of a container that no rule names and of which nothing passes, the keys must not leave either.
        Ok(Fate::Remove.into())
    }

    /// An event, in which the recorded page may nest deeper; whether anything passes.
    fn event(&mut self, reached: Range<usize>, below: &Below<'i, 'p>) -> Result<bool, Refusal> {
        self.scrub.recorded = true;
        self.lexer.widen(replay::DEEPER);
        let passes = self.members(reached, below)?;
        self.lexer.narrow(replay::DEEPER);
        self.scrub.recorded = false;
        Ok(passes)
    }

    /// What an object or array holds; whether any passes.
    fn members(&mut self, reached: Range<usize>, below: &Below<'i, 'p>) -> Result<bool, Refusal> {
        let at = self.inside(below.open, below.at);
        self.lexer.enter()?;
        let passes = match below.open {
            b'{' => self.object(reached, at, below)?,
            _ => self.array(reached, at, below)?,
        };
        self.lexer.leave();
        Ok(passes)
    }

    /// What a container that stands at a place says of what it holds.
    fn inside(&self, open: u8, at: At<'p>) -> At<'p> {
        match (open, at.place) {
            (b'{', Place::Inside(_)) => At { place: self.scrub.unmapped(), ..at },
            _ => at,
        }
    }
}

/// Whether a value that begins like this is an object or an array.
const fn is_container(next: u8) -> bool {
    matches!(next, b'{' | b'[')
}

/// Whether a container treated like this is not looked into.
const fn goes_whole(treatment: Treatment<'_>) -> bool {
    matches!(treatment.action, Action::Remove | Action::Replace(_))
}
