//! What is known of a member, or of all elements of an array.
//!
//! Does not know how it was found out; `rewrite` does. Invariant: what stays without a look is told by its bytes alone.

use super::form::{Filled, Filling};
use super::known::Kind;
use super::lexer::Lexer;
use super::memory::Slot;
use super::rewrite::At;
use crate::privacy::places::NodeId;
use crate::privacy::surface::replay::Part;

/// A member that an object of this kind had, or what all elements of an array are.
pub struct Member<'i, 'p> {
    /// Its name as it is spelled, with its quotes and the colon; elements have none.
    pub spelled: &'i str,
    /// Which part of a recording it is, by its name alone.
    pub part: Part,
    /// Where its value stood, if that was no container.
    pub scalar: Option<At<'p>>,
    /// Where such values are remembered.
    pub slot: Option<Slot>,
    /// What its value was, if that was a container.
    pub below: Option<Below<'i, 'p>>,
    /// What stays under its name without a look.
    pub still: Option<Still>,
    /// Whether it says what the value beside it is.
    pub labels: bool,
    /// Whether the name may leave, and nobody counts it.
    pub may_leave: bool,
    /// The rules' nodes that its name reached.
    pub nodes: Vec<NodeId>,
}

/// A container: where it stands, and of what kind it is.
#[derive(Clone, Copy)]
pub struct Below<'i, 'p> {
    /// `{` or `[`
    pub open: u8,
    /// Which part of a recording it is, by its name and what it says of itself.
    pub part: Part,
    pub at: At<'p>,
    /// The name of the nearest object around what it holds, its own included, if it is spelled plainly.
    pub owner: Option<&'i str>,
    /// Whether its name or a rule means it.
    pub named: bool,
    /// Its kind; none where nothing is remembered.
    pub kind: Option<Kind>,
}

/// What stays where it stands without a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Still {
    /// Short numbers, `true`, `false` and `null`.
    Figures,
    /// These, and quiet texts.
    Words,
}

impl<'i> Member<'i, '_> {
    /// What is known of a member at first.
    pub fn new(spelled: &'i str, part: Part, labels: bool, may_leave: bool, nodes: &[NodeId]) -> Self {
        let nodes = nodes.to_vec();
        Self { spelled, part, scalar: None, slot: None, below: None, still: None, labels, may_leave, nodes }
    }

    /// The same of an array's elements.
    pub fn element(part: Part, nodes: &[NodeId]) -> Self {
        Self::new("", part, false, true, nodes)
    }

    pub fn name(&self) -> &'i str {
        &self.spelled[1..self.spelled.len() - 2]
    }
}

impl Still {
    /// Where the value ends that starts at a place, if it is one that stays.
    #[inline]
    pub fn end(self, lexer: &Lexer<'_>, start: usize) -> Option<usize> {
        match self {
            Self::Words => lexer.quiet_text(start).or_else(|| lexer.short_scalar(start)),
            Self::Figures => lexer.short_scalar(start),
        }
    }

    /// Whether what fills a hole stays.
    #[inline]
    pub fn keeps(self, filling: Filling, lexer: &Lexer<'_>) -> bool {
        filling.kind == Filled::Figure || self == Self::Words && lexer.quiet_text(filling.start).is_some()
    }
}
