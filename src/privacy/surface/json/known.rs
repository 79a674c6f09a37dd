//! What the walk has found out about members, so that the next object of the same kind need not be asked again.
//!
//! A recording has the same few names ten thousand times, each time below the same rules. Does not know what is known;
//! `rewrite` does. Invariant: two objects are of one kind only if nothing that decides about a member's value differs.

use super::rewrite::At;
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
}

impl<'i, 'p> Known<'i, 'p> {
    /// What is known of a document before it is walked.
    pub fn of(document: &str) -> Self {
        let names = if document.len() < LEAST { Vec::new() } else { vec![None; NAMES] };
        Self { levels: Vec::new(), names, kinds: 0 }
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

    /// Remembers where a scalar of this name stands.
    pub fn remember(&mut self, kind: Kind, name: &'i str, at: At<'p>) {
        self.names[slot(kind, name)] = Some(Member { kind, name, at });
    }
}

fn slot(kind: Kind, name: &str) -> usize {
    let byte = |at: usize| name.as_bytes().get(at).copied().map_or(0, usize::from);
    let (first, middle, last) = (byte(0), byte(name.len() / 2), byte(name.len().wrapping_sub(1)));
    (kind.0 as usize * 97 + first + 29 * middle + 7 * last + 61 * name.len()) % NAMES
}
