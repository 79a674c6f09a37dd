//! JSON pointers, merged where they begin alike, to the rules that end there.
//!
//! Knows steps; does not know JSON. Invariant: a walk holds the nodes it has reached on the caller's stack, and
//! nothing else.

use super::table::Table;
use super::{Rank, Set};
use crate::privacy::rule::{Name, Pointer, Step};

/// JSON pointers, merged where they begin alike.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
    /// Whether any node has members to set.
    sets: bool,
}

#[derive(Clone, Debug, Default)]
struct Node {
    keys: Table<NodeId>,
    open: Vec<(Box<str>, NodeId)>,
    /// How these names begin: most that are asked for begin otherwise.
    heads: Heads,
    one: Option<NodeId>,
    /// One of the names may be an index.
    minds_index: bool,
    /// The node after a `**`: reached together with this one, and stays reached below.
    any: Option<NodeId>,
    /// This node stands after a `**`.
    stays: bool,
    rank: Option<Rank>,
    /// Members that every object here must have.
    sets: Vec<(Box<str>, Set)>,
}

/// First bytes, a bit each.
#[derive(Clone, Copy, Debug, Default)]
struct Heads([u64; 4]);

/// Where a walk stands in the tree; see [`Tree::step`].
pub type NodeId = u16;

const ROOT: NodeId = 0;

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()], sets: false }
    }
}

impl Tree {
    pub(super) fn insert(&mut self, pointer: &Pointer, rank: Rank) {
        let node = self.node(&pointer.0);
        let slot = &mut self.nodes[usize::from(node)].rank;
        *slot = slot.or(Some(rank));
    }

    /// Makes every object at the pointer's parent have a member with this value.
    pub fn insert_set(&mut self, pointer: &Pointer, set: Set) {
        if let Some((Step::Key(key), parent)) = pointer.0.split_last() {
            let node = self.node(parent);
            self.nodes[usize::from(node)].sets.push((key.stem.clone(), set));
            self.sets = true;
        }
    }

    fn node(&mut self, steps: &[Step]) -> NodeId {
        steps.iter().fold(ROOT, |at, step| self.child(at, step))
    }

    fn child(&mut self, at: NodeId, step: &Step) -> NodeId {
        let fresh = NodeId::try_from(self.nodes.len()).unwrap_or(NodeId::MAX);
        let node = &mut self.nodes[usize::from(at)];
        if let Step::Key(name) = step {
            node.heads.add(name);
            node.minds_index |=
                name.stem.is_empty() || name.stem.starts_with(|first: char| first.is_ascii_digit());
        }
        let child = match step {
            Step::Key(name) if name.open => match node.open.iter().find(|(stem, _)| *stem == name.stem) {
                Some((_, child)) => *child,
                None => {
                    node.open.push((name.stem.clone(), fresh));
                    fresh
                }
            },
            Step::Key(name) => *node.keys.entry(name.stem.as_bytes(), fresh),
            Step::One => *node.one.get_or_insert(fresh),
            Step::Any => *node.any.get_or_insert(fresh),
        };
        if child == fresh {
            self.nodes.push(Node { stays: *step == Step::Any, ..Node::default() });
        }
        child
    }

    /// Puts the nodes a document's root reaches on the stack.
    pub fn start(&self, stack: &mut Vec<NodeId>) {
        self.reach(ROOT, stack);
    }

    /// Puts on the stack what the nodes in `from` reach by a member's name or an index.
    pub fn step(&self, from: std::ops::Range<usize>, key: &[u8], stack: &mut Vec<NodeId>) {
        for index in from {
            let id = stack[index];
            let node = &self.nodes[usize::from(id)];
            if node.stays {
                self.reach(id, stack);
            }
            if node.heads.have(key) {
                if let Some(child) = node.keys.get(key) {
                    self.reach(*child, stack);
                }
                for (_, child) in node.open.iter().filter(|(stem, _)| key.starts_with(stem.as_bytes())) {
                    self.reach(*child, stack);
                }
            }
            if let Some(child) = node.one {
                self.reach(child, stack);
            }
        }
    }

    /// Whether what these nodes reach by an index may depend on the index.
    pub fn minds_index(&self, reached: &[NodeId]) -> bool {
        reached.iter().any(|id| self.nodes[usize::from(*id)].minds_index)
    }

    fn reach(&self, id: NodeId, stack: &mut Vec<NodeId>) {
        stack.push(id);
        if let Some(any) = self.nodes[usize::from(id)].any {
            stack.push(any);
        }
    }

    /// The first rule that ends at one of these nodes.
    pub fn rank(&self, reached: &[NodeId]) -> Option<Rank> {
        reached.iter().filter_map(|id| self.nodes[usize::from(*id)].rank).min()
    }

    /// Whether any object must have any member.
    pub const fn has_sets(&self) -> bool {
        self.sets
    }

    /// The members every object at these nodes must have: name and value.
    pub fn sets(&self, reached: &[NodeId]) -> impl Iterator<Item = (&str, &Set)> {
        reached.iter().flat_map(|id| &self.nodes[usize::from(*id)].sets).map(|(key, set)| (&**key, set))
    }
}

impl Heads {
    fn add(&mut self, name: &Name) {
        if name.open && name.stem.is_empty() {
            self.0 = [u64::MAX; 4];
        } else {
            let (word, bit) = Self::place(name.stem.as_bytes());
            self.0[word] |= 1 << bit;
        }
    }

    fn have(&self, key: &[u8]) -> bool {
        let (word, bit) = Self::place(key);
        self.0[word] >> bit & 1 == 1
    }

    /// An empty name counts as beginning with nought.
    fn place(name: &[u8]) -> (usize, u32) {
        let head = name.first().copied().unwrap_or_default();
        (usize::from(head / 64), u32::from(head % 64))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn tree(pointers: &[&str]) -> Tree {
        let mut tree = Tree::default();
        for (rank, pointer) in (0..).zip(pointers) {
            tree.insert(&pointer.parse().unwrap(), rank);
        }
        tree
    }

    fn rank(tree: &Tree, keys: &[&str]) -> Option<Rank> {
        let mut stack = Vec::new();
        tree.start(&mut stack);
        let mut from = 0..stack.len();
        for key in keys {
            let start = stack.len();
            tree.step(from, key.as_bytes(), &mut stack);
            from = start..stack.len();
        }
        tree.rank(&stack[from])
    }

    #[test]
    fn the_first_pointer_that_matches_decides() {
        let tree = tree(&["/a/b", "/a/*", "/**/ip", "/a/ip", "/x/**", "/u/utm_*"]);
        assert_eq!(rank(&tree, &["a", "b"]), Some(0));
        assert_eq!(rank(&tree, &["a", "c"]), Some(1));
        assert_eq!(rank(&tree, &["a", "ip"]), Some(1));
        assert_eq!(rank(&tree, &["ip"]), Some(2));
        assert_eq!(rank(&tree, &["d", "0", "e", "ip"]), Some(2));
        assert_eq!(rank(&tree, &["x"]), Some(4));
        assert_eq!(rank(&tree, &["x", "y", "z"]), Some(4));
        assert_eq!(rank(&tree, &["u", "utm_source"]), Some(5));
        assert_eq!(rank(&tree, &["u", "source"]), None);
        assert_eq!(rank(&tree, &[]), None);
    }

    #[test]
    fn a_name_is_found_however_it_begins() {
        let tree = tree(&["/a/*", "/b/", "/c/**", "/d/\u{e9}*"]);
        assert_eq!(rank(&tree, &["a", ""]), Some(0));
        assert_eq!((rank(&tree, &["b", ""]), rank(&tree, &["b", "x"])), (Some(1), None));
        assert_eq!(rank(&tree, &["d", "\u{e9}t\u{e9}"]), Some(3));
    }

    #[test]
    fn only_a_name_that_may_be_an_index_minds_it() {
        let minds = |pointer: &str| {
            let (tree, mut stack) = (tree(&[pointer]), Vec::new());
            tree.start(&mut stack);
            tree.minds_index(&stack)
        };
        assert!(minds("/0") && minds("/1*") && minds("/**/0/a"));
        assert!(!minds("/a") && !minds("/*") && !minds("/**/a") && !minds("/utm_*"));
    }
}
