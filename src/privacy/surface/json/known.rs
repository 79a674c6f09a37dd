//! What the walk has found out about members, so that the next object of the same kind need not be asked again.
//!
//! A recording has the same few names ten thousand times, each time below the same rules and mostly in the same order. Does not know what is
//! known; `rewrite` does. Invariant: two objects are of one kind only if nothing that decides about a member's value differs.

use super::lexer::Lexer;
use super::rewrite::At;
use crate::privacy::places::NodeId;
use crate::privacy::refusal::Refusal;

/// How many kinds of objects are remembered of each depth, and how many names of one and in all.
const KINDS: usize = 4;
const NAMES_OF_ONE: usize = 32;
const NAMES: usize = 512;

/// Smaller documents have little that comes again.
const LEAST: usize = 4096;

/// What is known of a document's members.
pub struct Known<'i, 'p> {
    levels: Vec<Level<'i, 'p>>,
    /// How many names may still be remembered.
    room: usize,
}

/// Objects whose members are treated alike: how deep they stand, and which of the kinds there they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    depth: usize,
    slot: usize,
}

/// The kinds of one depth, and which of them goes next.
#[derive(Default)]
struct Level<'i, 'p> {
    kinds: Vec<Like<'i, 'p>>,
    next: usize,
}

/// What makes an object's kind, and its members in the order they came.
struct Like<'i, 'p> {
    at: At<'p>,
    owner: Option<&'i str>,
    reached: Vec<NodeId>,
    members: Vec<Member<'i, 'p>>,
}

/// A member that an object of this kind had.
pub struct Member<'i, 'p> {
    /// Its name as it is spelled, with its quotes and the colon.
    pub spelled: &'i str,
    /// Where its value stood, if that was no container.
    pub scalar: Option<At<'p>>,
    /// What stays under its name without a look.
    pub still: Option<Still>,
    /// Whether the name may leave, and nobody counts it.
    pub may_leave: bool,
    /// The rules' nodes that its name reached.
    pub nodes: Vec<NodeId>,
}

/// What stays where it stands without a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Still {
    /// Short numbers, `true`, `false` and `null`.
    Figures,
    /// These, and texts of which the index says that they are quiet.
    Words,
}

impl<'i> Member<'i, '_> {
    pub fn name(&self) -> &'i str {
        &self.spelled[1..self.spelled.len() - 2]
    }
}

impl Still {
    /// Where the value ends that starts at a place, if it is one that stays.
    pub fn end(self, lexer: &Lexer<'_>, start: usize) -> Option<usize> {
        match self {
            Self::Words => lexer.quiet_text(start).or_else(|| lexer.short_scalar(start)),
            Self::Figures => lexer.short_scalar(start),
        }
    }
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
        Self { levels: Vec::new(), room: if document.len() < LEAST { 0 } else { NAMES } }
    }

    /// The kind of an object so deep in the document; `None` where nothing is remembered.
    pub fn kind(
        &mut self,
        depth: usize,
        at: At<'p>,
        owner: Option<&'i str>,
        reached: &[NodeId],
    ) -> Option<Kind> {
        if self.room == 0 && self.levels.is_empty() {
            return None;
        }
        if self.levels.len() <= depth {
            self.levels.resize_with(depth + 1, Level::default);
        }
        let level = &mut self.levels[depth];
        let alike = |like: &Like<'_, '_>| {
            like.at.is_like(at) && like.owner == owner && like.reached.as_slice() == reached
        };
        if let Some(slot) = level.kinds.iter().position(alike) {
            return Some(Kind { depth, slot });
        }
        let like = Like { at, owner, reached: reached.to_vec(), members: Vec::new() };
        let slot = if level.kinds.len() < KINDS { level.kinds.len() } else { level.next };
        if slot == level.kinds.len() {
            level.kinds.push(like);
        } else {
            self.room += std::mem::replace(&mut level.kinds[slot], like).members.len();
            level.next = (slot + 1) % KINDS;
        }
        Some(Kind { depth, slot })
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

    pub fn member(&self, met: Met) -> &Member<'i, 'p> {
        &self.members(met.kind)[met.index]
    }

    /// Remembers a member that was not known, if there is room.
    pub fn remember(&mut self, kind: Kind, member: Member<'i, 'p>) {
        let members = &mut self.levels[kind.depth].kinds[kind.slot].members;
        if self.room > 0 && members.len() < NAMES_OF_ONE {
            self.room -= 1;
            members.push(member);
        }
    }

    /// Remembers where the value of a member stands that was a container when it was met first.
    pub fn remember_scalar(&mut self, met: Met, at: At<'p>, still: Option<Still>) {
        let member = &mut self.levels[met.kind.depth].kinds[met.kind.slot].members[met.index];
        (member.scalar, member.still) = (Some(at), still);
    }

    fn members(&self, kind: Kind) -> &[Member<'i, 'p>] {
        &self.levels[kind.depth].kinds[kind.slot].members
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
