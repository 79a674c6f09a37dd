//! A walk through one document, with the rules' tree in step.
//!
//! Copies nothing until something changes: number spelling, key order, duplicates, escapes and white space
//! stay. Knows where a value stands and puts its fate into the text; does not know what a value means.

use std::borrow::Cow;
use std::ops::Range;

use super::edits::Edits;
use super::known::{Kind, Known, Member, Met, Still};
use super::lexer::{Lexer, is_number, quote};
use crate::privacy::action::Action;
use crate::privacy::category::Category;
use crate::privacy::places::{NodeId, Treatment};
use crate::privacy::policy::Way;
use crate::privacy::refusal::Refusal;
use crate::privacy::scan::Index;
use crate::privacy::scrub::{Fate, Place, Scrub};
use crate::privacy::surface::replay::{self, Outline, Part, Spelling};

/// Where a value stands: what its container says of it, and which part of a recording it is.
#[derive(Clone, Copy)]
pub struct At<'p> {
    pub place: Place<'p>,
    pub part: Part,
    /// Where the name of the object around it is spelled: `{"page":{"title":…}}` is a page's title.
    owner: Option<Span>,
}

/// A stretch of the document.
type Span = (usize, usize);

impl<'p> At<'p> {
    /// A document that is such a part, at a place.
    pub const fn root(place: Place<'p>, part: Part) -> Self {
        Self { place, part, owner: None }
    }

    /// Whether both say the same of a value, the owner's name aside.
    pub fn is_like(&self, other: Self) -> bool {
        self.part == other.part && self.place == other.place
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

/// What the general map calls the content of a field.
const FIELD: &str = "input_value";

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

impl<'p, 'i> Walk<'_, 'p, 'i> {
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

    /// What becomes of a value that is no container.
    fn scalar(&mut self, at: At<'p>) -> Result<Fate, Refusal> {
        Ok(match self.lexer.peek()? {
            b'"' => {
                if self.keeps_words(at)
                    && let Some(end) = self.lexer.quiet_text(self.lexer.at)
                {
                    self.lexer.at = end;
                    return Ok(Fate::Keep);
                }
                let text = self.lexer.string()?;
                // A document inside this string may nest as deep as is left here.
                self.scrub.room = self.lexer.room();
                self.text(&text, at)?.map(|new| quote(&new))
            }
            b't' => self.word("true", at)?,
            b'f' => self.word("false", at)?,
            b'n' => self.word("null", at)?,
            _ => {
                let number = self.lexer.number()?;
                let fate = if at.part.is_foreign() {
                    self.scrub.number(number, at.place)?
                } else {
                    replay::scalar(self.scrub, number, at.part, Spelling::Number)?
                };
                fate.map(|new| number_like(new, at.place))
            }
        })
    }

    /// What the general map says of a member: by its own name, by the object's and its own, by its label.
    fn well_known(&self, key: &str, name: Name<'_>, at: At<'p>) -> Option<Treatment<'p>> {
        let places = self.scrub.places();
        let owner = at.owner.map(|(start, end)| &self.lexer.input[start..end]);
        places
            .general(key)
            .or_else(|| owner.and_then(|owner| places.general_in(owner, key)))
            .or_else(|| name.label.and_then(|label| places.general(label)))
    }

    fn text(&mut self, text: &str, at: At<'p>) -> Result<Fate, Refusal> {
        let part = match at {
            // Where unnamed texts would stay, those in a recording are texts of the page.
            At { part: Part::Foreign, place: Place::Open, .. } => Part::Page,
            At { part, .. } => part,
        };
        if !part.is_foreign() {
            return replay::scalar(self.scrub, text, part, Spelling::Text);
        }
        if replay::holds_events(text, at.place) {
            let inside = self.scrub.nested(|scrub| super::scrub_inside(scrub, text, at.place))?;
            if let Some(fate) = inside {
                return Ok(fate);
            }
        }
        self.scrub.value(text, at.place)
    }

    /// `true`, `false` or `null`: there is no coarser form and no stand-in of so few words.
    fn word(&mut self, word: &str, at: At<'p>) -> Result<Fate, Refusal> {
        self.lexer.word(word)?;
        if !at.part.is_foreign() {
            return Ok(Fate::Keep);
        }
        let Place::Known(Treatment { category, action }) = at.place else {
            return self.scrub.value(word, at.place);
        };
        let fate = match action {
            Action::Keep | Action::Route => Fate::Keep,
            Action::Replace(new) if matches!(&**new, "true" | "false" | "null") => {
                Fate::Replace(new.to_string())
            }
            Action::Replace(new) => Fate::Replace(quote(new)),
            // Nothing is nothing, whoever says it.
            Action::Mask | Action::Generalize | Action::Pseudonymize if word == "null" => Fate::Keep,
            _ => Fate::Remove,
        };
        self.scrub.tally.add(category, if fate == Fate::Remove { &Action::Remove } else { action });
        Ok(fate)
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

    /// The members of an object; whether any passes.
    fn object(&mut self, reached: Range<usize>, at: At<'p>) -> Result<bool, Refusal> {
        let owner = at.owner.map(|(start, end)| &self.lexer.input[start..end]);
        let kind = self.known.kind(self.lexer.depth(), at, owner, &self.stack[reached.clone()]);
        let mut turn = 0;
        let sets = self.scrub.places().json.has_sets();
        let mut switched = Vec::new();
        // What the members so far call the value beside them.
        let mut beside = None;
        let mut passes = false;
        // Whether any member was looked at.
        let mut looked = false;
        // The end of the last member that stays, and the comma after the last one read.
        let mut stays = None;
        let mut comma = None;
        loop {
            if let Some(kind) = kind
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
                comma = self.lexer.separator(b'}')?;
                (stays, passes) = (Some(end), true);
                continue;
            }
            looked = true;
            let mark = self.edits.mark();
            let start = self.lexer.at;
            let (key, label) = match met {
                // No name of a label is ever known.
                Some(met) => {
                    self.lexer.at = met.value;
                    (Cow::Borrowed(self.known.member(met).name()), None)
                }
                None => {
                    let key = self.lexer.key()?;
                    let label = self.label(&key, &mut beside)?;
                    (key, label)
                }
            };
            let value = self.lexer.at;
            let set = if sets { self.set(&reached, &key) } else { None };
            let outcome = match set {
                Some((index, json)) => {
                    switched.push(index);
                    self.lexer.skip()?;
                    Fate::Replace(json.into_owned()).into()
                }
                None => {
                    let span = self.lexer.spelled(start, &key);
                    let name = Name { key: Some(&key), span, label, named: false };
                    match met {
                        Some(met) => self.known_member(name, met, at)?,
                        None => self.member(name, kind, reached.clone(), at)?,
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
                    self.edits.back_to(&mark);
                    match (stays, comma) {
                        (Some(_), Some(comma)) => self.edits.cut(comma..end, ""),
                        _ => self.edits.cut(start..if next.is_some() { self.lexer.at } else { end }, ""),
                    }
                }
            }
            comma = next;
        }
        self.stayed = !looked && !sets;
        let missing = if sets { self.missing(&reached, &switched) } else { String::new() };
        if missing.is_empty() {
            return Ok(passes);
        }
        let at = stays.unwrap_or(self.lexer.at).max(self.edits.copied);
        let comma = if stays.is_some() { "," } else { "" };
        self.edits.cut(at..at, &format!("{comma}{missing}"));
        Ok(true)
    }

    /// What stays where it stands under a name that may leave, and nobody counts it.
    fn still(&self, at: At<'p>) -> Option<Still> {
        let stays = match at.part {
            part if part.is_foreign() => at.place == Place::Open && !self.scrub.knows_short_sentinels(),
            part => replay::is_figure(part),
        };
        let still = if self.keeps_words(at) { Still::Words } else { Still::Figures };
        stays.then_some(still)
    }

    /// Whether a quiet text stays here.
    fn keeps_words(&self, at: At<'p>) -> bool {
        let open = match at.part {
            Part::Outside => at.place == Place::Open,
            part => part == Part::Kept,
        };
        self.quiet && open
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

    /// A member of which nothing is known.
    fn member(
        &mut self,
        name: Name<'_>,
        kind: Option<Kind>,
        reached: Range<usize>,
        at: At<'p>,
    ) -> Result<Outcome, Refusal> {
        let key = name.key.unwrap_or_default();
        let level = self.stack.len();
        self.scrub.places().json.step(reached, key.as_bytes(), &mut self.stack);
        let nodes = level..self.stack.len();
        let at = At { part: at.part.member(key), ..at };
        let (at, named) = self.place(nodes.clone(), at, name)?;
        // A name with escapes is rare, and those of labels decide about what stands beside them.
        let spelled = name.span.and_then(|span| self.lexer.spelled_plainly(span));
        if let Some((kind, spelled)) = kind.zip(spelled).filter(|_| !is_label(key)) {
            let scalar = (!self.is_container()?).then_some(at);
            let may_leave = self.may_leave_uncounted(key)?;
            let still = scalar.filter(|_| may_leave).and_then(|at| self.still(at));
            let nodes = self.stack[nodes.clone()].to_vec();
            self.known.remember(kind, Member { spelled, scalar, still, may_leave, nodes });
        }
        let outcome = self.placed(nodes, at, name, named)?;
        self.stack.truncate(level);
        self.leaving(outcome, key)
    }

    /// A member that was met before in an object of the same kind.
    fn known_member(&mut self, name: Name<'_>, met: Met, at: At<'p>) -> Result<Outcome, Refusal> {
        let key = name.key.unwrap_or_default();
        let known = self.known.member(met);
        let may_leave = known.may_leave;
        let outcome = match (known.scalar, self.is_container()?) {
            (Some(at), false) => self.scalar(at)?.into(),
            (_, is_container) => {
                let level = self.stack.len();
                self.stack.extend_from_slice(&known.nodes);
                let at = At { part: at.part.member(key), ..at };
                let (at, named) = self.place(level..self.stack.len(), at, name)?;
                if !is_container {
                    let still = Some(at).filter(|_| may_leave).and_then(|at| self.still(at));
                    self.known.remember_scalar(met, at, still);
                }
                let outcome = self.placed(level..self.stack.len(), at, name, named)?;
                self.stack.truncate(level);
                outcome
            }
        };
        if may_leave { Ok(outcome) } else { self.leaving(outcome, key) }
    }

    fn is_container(&self) -> Result<bool, Refusal> {
        Ok(matches!(self.lexer.peek()?, b'{' | b'['))
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

    /// The elements of an array that starts at a place; whether any passes.
    fn array(&mut self, reached: Range<usize>, at: At<'p>, start: usize) -> Result<bool, Refusal> {
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

/// Whether a member of this name says what the value beside it is, or is that value.
fn is_label(key: &str) -> bool {
    matches!(key, "key" | "name" | "k" | "element" | "selector" | "xpath" | "value" | "v" | "val")
}

/// Whether a container treated like this is not looked into.
const fn goes_whole(treatment: Treatment<'_>) -> bool {
    matches!(treatment.action, Action::Remove | Action::Replace(_))
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

/// A text in a number's place, of the right type.
fn number_like(new: String, place: Place<'_>) -> String {
    match place {
        _ if is_number(&new) => new,
        Place::Known(Treatment { action: Action::Replace(_), .. }) => quote(&new),
        _ => "0".to_owned(),
    }
}
