//! What the walk has found out about members, so that the next object of the same kind need not be asked again.
//!
//! A recording has the same few names ten thousand times, each time below the same rules. Does not know what is known;
//! `rewrite` does. Invariant: two objects are of one kind only if nothing that decides about a member's value differs.

use super::lexer::Lexer;
use super::rewrite::At;
use super::series::Series;
use crate::privacy::places::NodeId;

/// How many kinds of objects are remembered of each depth, and how many names in all.
const KINDS: usize = 4;
const NAMES: usize = 256;

/// Smaller documents have little that comes again.
const LEAST: usize = 4096;

/// What is known of a document's members.
pub struct Known<'i, 'p> {
    levels: Vec<Level<'i, 'p>>,
    names: Vec<Option<Member<'i, 'p>>>,
    /// Kinds seen so far.
    kinds: u32,
    /// The names of the last kind of objects, of which short numbers and words stay.
    series: Series<'i>,
    serial: Option<Kind>,
}

/// Objects whose members are treated alike, by number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Kind(u32);

/// The kinds of one depth, and which of them goes next.
#[derive(Default)]
struct Level<'i, 'p> {
    kinds: Vec<Like<'i, 'p>>,
    next: usize,
}

/// What makes an object's kind.
struct Like<'i, 'p> {
    kind: Kind,
    at: At<'p>,
    owner: Option<&'i str>,
    reached: Vec<NodeId>,
}

#[derive(Clone, Copy)]
struct Member<'i, 'p> {
    kind: Kind,
    name: &'i str,
    at: At<'p>,
    still: bool,
}

impl<'i, 'p> Known<'i, 'p> {
    /// What is known of a document before it is walked.
    pub fn of(document: &str) -> Self {
        let names = if document.len() < LEAST { Vec::new() } else { vec![None; NAMES] };
        Self { levels: Vec::new(), names, kinds: 0, series: Series::default(), serial: None }
    }

    /// The kind of an object so deep in the document; `None` where nothing is remembered.
    pub fn kind(
        &mut self,
        depth: usize,
        at: At<'p>,
        owner: Option<&'i str>,
        reached: &[NodeId],
    ) -> Option<Kind> {
        if self.names.is_empty() {
            return None;
        }
        if self.levels.len() <= depth {
            self.levels.resize_with(depth + 1, Level::default);
        }
        let level = &mut self.levels[depth];
        let alike = |like: &&Like<'_, '_>| {
            like.at.is_like(at) && like.owner == owner && like.reached.as_slice() == reached
        };
        if let Some(like) = level.kinds.iter().find(alike) {
            return Some(like.kind);
        }
        self.kinds = self.kinds.wrapping_add(1);
        let like = Like { kind: Kind(self.kinds), at, owner, reached: reached.to_vec() };
        if level.kinds.len() < KINDS {
            level.kinds.push(like);
        } else {
            level.kinds[level.next] = like;
            level.next = (level.next + 1) % KINDS;
        }
        Some(Kind(self.kinds))
    }

    /// Where a scalar of this name stands, as it was found out before.
    pub fn member(&self, kind: Kind, name: &str) -> Option<At<'p>> {
        let member = self.names[slot(kind, name)].as_ref()?;
        (member.kind == kind && member.name == name).then_some(member.at)
    }

    /// An object begins.
    pub const fn begin(&mut self) {
        self.series.begin();
    }

    /// The place of the value of the member that starts here, if short numbers and words of its name stay.
    pub fn pass_still_name(&mut self, kind: Kind, lexer: &Lexer<'i>) -> Option<usize> {
        if self.serial != Some(kind) {
            self.serial = Some(kind);
            self.series.forget();
        }
        if let Some(value) = self.series.expected().and_then(|name| lexer.value_of(name)) {
            self.series.met();
            return Some(value);
        }
        let (name, value) = lexer.plain_key().filter(|(name, _)| self.is_still(kind, name))?;
        self.series.note(name);
        Some(value)
    }

    /// Whether short numbers and words of this name stay, as they were found to.
    fn is_still(&self, kind: Kind, name: &str) -> bool {
        let member = self.names[slot(kind, name)].as_ref();
        member.is_some_and(|member| member.still && member.kind == kind && member.name == name)
    }

    /// Remembers where a scalar of this name stands, and whether short numbers and words stay there.
    pub fn remember(&mut self, kind: Kind, name: &'i str, at: At<'p>, still: bool) {
        self.names[slot(kind, name)] = Some(Member { kind, name, at, still });
    }
}

fn slot(kind: Kind, name: &str) -> usize {
    let byte = |at: usize| name.as_bytes().get(at).copied().map_or(0, usize::from);
    let (first, middle, last) = (byte(0), byte(name.len() / 2), byte(name.len().wrapping_sub(1)));
    (kind.0 as usize * 97 + first + 29 * middle + 7 * last + 61 * name.len()) % NAMES
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
