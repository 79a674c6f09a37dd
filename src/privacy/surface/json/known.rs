//! What the walk has found out about members, so that the next container of the same kind need not be asked again.
//!
//! A recording has the same few names ten thousand times, each time below the same rules and mostly in the same
//! order. A kind tells what becomes of each of its members, and of what kind those are that are containers, so most
//! of a document is a walk from one kind to the next. Does not know what is known; `rewrite` does. Invariant: two
//! containers are of one kind only if nothing that decides about a member's value differs.

use std::rc::Rc;

use super::form::Filling;
use super::lexer::Lexer;
use super::member::{Below, Member, Still};
use super::memory::Slot;
use super::recent::Recent;
use super::rewrite::At;
use super::stencil::{Level, Stencil};
use crate::privacy::places::NodeId;
use crate::privacy::refusal::Refusal;
use crate::privacy::surface::replay::Told;

/// How many kinds of containers are remembered, and how many names of one and in all.
const KINDS: usize = 32;
const NAMES_OF_ONE: usize = 32;
const NAMES: usize = 512;

/// How many holes of all stencils are remembered.
const HOLES: usize = 2048;

/// Smaller documents have little that comes again.
const LEAST: usize = 4096;

/// What is known of a document's members.
pub struct Known<'i, 'p> {
    /// The latest kinds; the oldest goes for the next.
    kinds: Vec<Like<'i, 'p>>,
    /// How many kinds there were.
    born: usize,
    /// How many names may still be remembered, and how many holes.
    room: usize,
    holes: usize,
}

/// Containers whose members are treated alike: the number of their kind in the order they were met.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Kind(usize);

/// What makes a container's kind, and its members in the order they came.
struct Like<'i, 'p> {
    kind: Kind,
    /// `{` or `[`
    open: u8,
    at: At<'p>,
    owner: Option<&'i str>,
    reached: Vec<NodeId>,
    members: Vec<Member<'i, 'p>>,
    /// Of a list: what becomes of its elements.
    stencils: Recent<Rc<Stencil<'i, 'p>>>,
}

/// Where members that were passed over end, and the comma after them.
pub struct Passed {
    pub end: usize,
    pub comma: Option<usize>,
}

/// A member that is known: the place of its value, and which of its kind's it is.
#[derive(Clone, Copy)]
pub struct Met {
    pub value: usize,
    kind: Kind,
    index: usize,
}

impl<'i, 'p> Known<'i, 'p> {
    /// What is known of a document before it is walked.
    pub fn of(document: &str) -> Self {
        if document.len() < LEAST { Self::nothing() } else { Self { room: NAMES, ..Self::nothing() } }
    }

    /// Of a document of which nothing is to be remembered.
    pub const fn nothing() -> Self {
        Self { kinds: Vec::new(), born: 0, room: 0, holes: HOLES }
    }

    /// The kind of a container; `None` where nothing is remembered.
    pub fn kind(&mut self, open: u8, at: At<'p>, owner: Option<&'i str>, reached: &[NodeId]) -> Option<Kind> {
        if self.room == 0 && self.kinds.is_empty() {
            return None;
        }
        let alike = |like: &&Like<'_, '_>| {
            like.open == open && like.at == at && like.owner == owner && like.reached.as_slice() == reached
        };
        if let Some(like) = self.kinds.iter().find(alike) {
            return Some(like.kind);
        }
        let kind = Kind(self.born);
        let (reached, members, stencils) = (reached.to_vec(), Vec::new(), Recent::default());
        let like = Like { kind, open, at, owner, reached, members, stencils };
        match self.kinds.get_mut(self.born % KINDS) {
            Some(oldest) => {
                let oldest = std::mem::replace(oldest, like);
                self.room += oldest.members.len();
                self.holes += oldest.stencils.iter().map(|stencil| stencil.size()).sum::<usize>();
            }
            None => self.kinds.push(like),
        }
        self.born += 1;
        Some(kind)
    }

    /// Whether a kind is still remembered.
    pub fn knows(&self, kind: Kind) -> bool {
        kind.0 + KINDS >= self.born
    }

    /// Passes over the members that come in their turn and of which all stays.
    pub fn pass_still(
        &self,
        kind: Kind,
        lexer: &mut Lexer<'_>,
        turn: &mut usize,
    ) -> Result<Option<Passed>, Refusal> {
        let members = self.members(kind);
        let mut passed = None;
        while let Some(Member { spelled, still: Some(still), .. }) = members.get(*turn)
            && let Some(value) = lexer.value_of(lexer.at, spelled)
            && let Some(end) = still.end(lexer, value)
        {
            lexer.at = end;
            *turn += 1;
            let comma = lexer.separator(b'}')?;
            passed = Some(Passed { end, comma });
            if comma.is_none() {
                break;
            }
        }
        Ok(passed)
    }

    /// The member that starts here, if it is known and is spelled plainly; `turn` tells which should come.
    pub fn meet(&self, kind: Kind, lexer: &Lexer<'_>, turn: &mut usize) -> Option<Met> {
        let members = self.members(kind);
        let expected = members.get(*turn).and_then(|member| lexer.value_of(lexer.at, member.spelled));
        let (value, index) = match expected {
            Some(value) => (value, *turn),
            None => {
                let (name, value) = lexer.plain_key()?;
                (value, members.iter().position(|member| member.name() == name)?)
            }
        };
        *turn = index + 1;
        let unspaced = lexer.input.as_bytes().get(value).is_some_and(|byte| *byte > b' ');
        unspaced.then_some(Met { value, kind, index })
    }

    /// The element that starts at a place, if all elements of an array of this kind are known.
    pub fn meet_element(&self, kind: Kind, value: usize) -> Option<Met> {
        (!self.members(kind).is_empty()).then_some(Met { value, kind, index: 0 })
    }

    /// A member that was met just now.
    pub fn member(&self, met: Met) -> &Member<'i, 'p> {
        &self.members(met.kind)[met.index]
    }

    /// Remembers a member that was not known, if there is room.
    pub fn remember(&mut self, kind: Kind, member: Member<'i, 'p>) {
        if self.knows(kind)
            && self.room > 0
            && let members = &mut self.kinds[kind.0 % KINDS].members
            && members.len() < NAMES_OF_ONE
        {
            self.room -= 1;
            members.push(member);
        }
    }

    /// Remembers where the value of a member stands that was a container when it was met first.
    pub fn remember_scalar(&mut self, met: Met, at: At<'p>, still: Option<Still>, slot: Option<Slot>) {
        if let Some(member) = self.member_mut(met) {
            (member.scalar, member.still, member.slot) = (Some(at), still, slot);
        }
    }

    /// Remembers what the value of a member was.
    pub fn remember_below(&mut self, met: Met, below: Below<'i, 'p>) {
        if let Some(member) = self.member_mut(met) {
            member.below = Some(below);
        }
    }

    /// The stencil into which the element fits that starts here, and where the element ends.
    pub fn fitting(
        &mut self,
        list: Kind,
        lexer: &Lexer<'_>,
        level: Level,
        told: Option<Told<'_>>,
        fillings: &mut Vec<Filling>,
    ) -> Option<(Rc<Stencil<'i, 'p>>, usize)> {
        let fits = |stencil: &Rc<Stencil<'_, '_>>| stencil.fits(lexer, level, told, fillings);
        let (stencil, end) = self.like_mut(list)?.stencils.find(fits)?;
        Some((Rc::clone(stencil), end))
    }

    /// Forgets the stencil that fitted last: a value of the element had no place in it.
    pub fn tear(&mut self, list: Kind) {
        let torn = self.like_mut(list).and_then(|like| like.stencils.tear());
        self.holes += torn.map_or(0, |torn| torn.size());
    }

    /// Whether a stencil of a list's next element is worth its while.
    pub fn may_draw(&mut self, list: Kind) -> bool {
        self.holes > 0 && self.like_mut(list).is_some_and(|like| like.stencils.may_try())
    }

    /// Remembers what became of an element of a list.
    pub fn draw(&mut self, list: Kind, stencil: Stencil<'i, 'p>) {
        let (size, holes) = (stencil.size(), self.holes);
        if let Some(like) = self.like_mut(list).filter(|_| size <= holes) {
            let gone = like.stencils.add(Rc::new(stencil)).map_or(0, |gone| gone.size());
            self.holes = holes - size + gone;
        }
    }

    fn like_mut(&mut self, kind: Kind) -> Option<&mut Like<'i, 'p>> {
        if self.knows(kind) { self.kinds.get_mut(kind.0 % KINDS) } else { None }
    }

    fn members(&self, kind: Kind) -> &[Member<'i, 'p>] {
        if self.knows(kind) { &self.kinds[kind.0 % KINDS].members } else { &[] }
    }

    fn member_mut(&mut self, met: Met) -> Option<&mut Member<'i, 'p>> {
        self.like_mut(met.kind)?.members.get_mut(met.index)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use crate::privacy::fixture::{json, open, parts, policy};

    const RULES: &str = "json:/rows/*/n -> service
        json:/rows/*/plan = premium
        json:/**/lang -> language";

    /// One object, of names that mean something and names that do not, in an order of its own.
    fn object() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec![
            "n",
            "x",
            "plan",
            "lang",
            "ip",
            "email",
            "name",
            "value",
            "key",
            "k",
            "v",
            "element",
            "url",
            "a b",
            "jane@example.org",
            "203.0.113.77",
            "esc\\u0061ped",
            "",
        ]);
        let value = prop::sample::select(vec![
            "1",
            "-2.5e3",
            "true",
            "null",
            "1773480413017",
            "\"email\"",
            "\"198.51.100.23\"",
            "\"de-DE\"",
            "{}",
            "{\"x\":1}",
            "[1,2]",
            "\"{\\\"ip\\\":1}\"",
            "\"word\"",
            "3325256727",
        ]);
        let space = prop::sample::select(vec!["", "", "", " ", "\n"]);
        prop::collection::vec((name, value, space), 0..5).prop_map(|members| {
            let members: Vec<String> = members
                .iter()
                .map(|(name, value, space)| format!("\"{name}\"{space}:{space}{value}{space}"))
                .collect();
            format!("{{{}}}", members.join(","))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
        #[test]
        fn the_thousandth_object_is_treated_as_the_first(objects in prop::collection::vec(object(), 1..6)) {
            for policy in [policy("strict", RULES), open(parts("strict", RULES)), open(parts("address-only", RULES))] {
                let alone = |object: &String| {
                    let left = json(&policy, &format!("{{\"rows\":[{object},{{\"n\":1}}]}}")).unwrap();
                    left.strip_prefix("{\"rows\":[").unwrap().strip_suffix(",{\"n\":1}]}").unwrap().to_owned()
                };
                let once: Vec<String> = objects.iter().map(alone).collect();
                let times = 4096 / objects.concat().len() + 2;
                let many = json(&policy, &format!("{{\"rows\":[{},{{\"n\":1}}]}}", vec![objects.join(","); times].join(","))).unwrap();
                prop_assert_eq!(many, format!("{{\"rows\":[{},{{\"n\":1}}]}}", vec![once.join(","); times].join(",")));
            }
        }
    }
}
