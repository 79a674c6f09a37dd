//! The rules of a route, compiled: from a place on a surface to what happens there.
//!
//! Knows names and pointers; does not know how a surface is read or an action done. Invariant: of all rules
//! that match a place, the first as written decides.

use std::collections::HashMap;

use super::action::Action;
use super::category::Category;
use super::policies::Actions;
use super::rule::{Name, Path, Pointer, Rule, Selector, Step};

/// What stands at a place and what happens to it.
#[derive(Clone, Copy, Debug)]
pub struct Treatment<'p> {
    pub category: Category,
    pub action: &'p Action,
}

impl Treatment<'_> {
    /// What the protocol needs is the wrapper, not whatever is put into it: a document inside stands alone.
    pub fn is_wrapper(self) -> bool {
        self.category == Category::Service && *self.action == Action::Keep
    }
}

/// A rule's place in the order of rules.
type Rank = u32;

/// Every rule of a route, by surface.
#[derive(Clone, Debug)]
pub struct Places {
    treatments: Vec<(Category, Action)>,
    actions: Actions,
    pub header: Names,
    pub cookie: Names,
    pub query: Names,
    pub form: Names,
    pub set_cookie: Names,
    pub response_header: Names,
    paths: Vec<(Path, Rank)>,
    pub json: Tree,
    pub text: Option<Rank>,
    general: NameMap,
}

impl Places {
    pub fn compile(rules: &[Rule], general: NameMap, actions: Actions) -> Self {
        let mut places = Self {
            treatments: Vec::with_capacity(rules.len()),
            actions,
            header: Names::default(),
            cookie: Names::default(),
            query: Names::default(),
            form: Names::default(),
            set_cookie: Names::default(),
            response_header: Names::default(),
            paths: Vec::new(),
            json: Tree::default(),
            text: None,
            general,
        };
        for (rank, rule) in (0..).zip(rules) {
            let action = rule.action.as_ref().unwrap_or_else(|| places.actions.of(rule.category));
            places.treatments.push((rule.category, action.clone()));
            match &rule.selector {
                Selector::Header(name) => places.header.insert(name, rank),
                Selector::Cookie(name) => places.cookie.insert(name, rank),
                Selector::Query(name) => places.query.insert(name, rank),
                Selector::Form(name) => places.form.insert(name, rank),
                Selector::SetCookie(name) => places.set_cookie.insert(name, rank),
                Selector::ResponseHeader(name) => places.response_header.insert(name, rank),
                Selector::Path(path) => places.paths.push((path.clone(), rank)),
                Selector::Json(pointer) => places.json.insert(pointer, rank),
                Selector::Text => places.text = places.text.or(Some(rank)),
                // Multipart bodies and answers' documents are not read yet: the one is refused, the other streams.
                Selector::Part(_) | Selector::ResponseJson(_) => {}
            }
        }
        places
    }

    pub fn treatment(&self, rank: Rank) -> Treatment<'_> {
        let (category, action) = &self.treatments[rank as usize];
        Treatment { category: *category, action }
    }

    /// The policy's own action for a category.
    pub fn of(&self, category: Category) -> Treatment<'_> {
        Treatment { category, action: self.actions.of(category) }
    }

    /// A rule for a name on one surface, else the general map's word on it.
    pub fn named(&self, names: &Names, name: &str) -> Option<Treatment<'_>> {
        names.find(name).map(|rank| self.treatment(rank)).or_else(|| self.general(name))
    }

    /// What the general map says of a well-known name.
    pub fn general(&self, name: &str) -> Option<Treatment<'_>> {
        self.general.category(name).map(|category| self.of(category))
    }

    /// For every segment of a request path, the rule that names it.
    pub fn path(&self, segments: usize, segment: impl Fn(usize) -> Option<String>) -> Vec<Option<Rank>> {
        let mut ranks = vec![None; segments];
        for (path, rank) in self.paths.iter().filter(|(path, _)| path.0.len() == segments) {
            let fits = |(index, wanted): (usize, &Option<Box<str>>)| {
                wanted.as_deref().is_none_or(|wanted| segment(index).as_deref() == Some(wanted))
            };
            if path.0.iter().enumerate().all(fits) {
                for (slot, wanted) in ranks.iter_mut().zip(&path.0) {
                    if wanted.is_none() && slot.is_none() {
                        *slot = Some(*rank);
                    }
                }
            }
        }
        ranks
    }
}

/// Names on one surface.
#[derive(Clone, Debug, Default)]
pub struct Names {
    exact: HashMap<Box<str>, Rank>,
    open: Vec<(Box<str>, Rank)>,
}

impl Names {
    fn insert(&mut self, name: &Name, rank: Rank) {
        if name.open {
            self.open.push((name.stem.clone(), rank));
        } else {
            self.exact.entry(name.stem.clone()).or_insert(rank);
        }
    }

    pub fn find(&self, name: &str) -> Option<Rank> {
        let open = self.open.iter().find(|(stem, _)| name.starts_with(&**stem)).map(|(_, rank)| *rank);
        match (self.exact.get(name).copied(), open) {
            (Some(exact), Some(open)) => Some(exact.min(open)),
            (exact, open) => exact.or(open),
        }
    }
}

/// Well-known names, in whatever spelling: `userAgent`, `user_agent` and `User-Agent` are one.
#[derive(Clone, Debug, Default)]
pub struct NameMap(HashMap<Box<[u8]>, Category>);

/// Longer names are not well known.
const LONGEST_NAME: usize = 64;

impl NameMap {
    pub fn insert(&mut self, name: &str, category: Category) {
        let folded: Box<[u8]> = fold(name).collect();
        if !folded.is_empty() && folded.len() <= LONGEST_NAME {
            self.0.entry(folded).or_insert(category);
        }
    }

    /// The names it holds, folded, for `explain` and the docs.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Category)> {
        self.0.iter().map(|(name, category)| (&**name, *category))
    }

    /// The category of a name, or of its last part (`user[email]`, `ep.email`).
    pub fn category(&self, name: &str) -> Option<Category> {
        self.lookup(name).or_else(|| {
            let last = name.trim_end_matches([']', '[', '.']).rsplit(['[', '.', ']', ':']).next()?;
            if last.len() == name.len() { None } else { self.lookup(last) }
        })
    }

    fn lookup(&self, name: &str) -> Option<Category> {
        let mut folded = [0; LONGEST_NAME];
        let mut length = 0;
        for byte in fold(name) {
            *folded.get_mut(length)? = byte;
            length += 1;
        }
        self.0.get(&folded[..length]).copied()
    }
}

fn fold(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}

/// JSON pointers, merged where they begin alike.
#[derive(Clone, Debug)]
pub struct Tree {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, Default)]
struct Node {
    keys: HashMap<Box<str>, NodeId>,
    open: Vec<(Box<str>, NodeId)>,
    one: Option<NodeId>,
    /// The node after a `**`: reached together with this one, and stays reached below.
    any: Option<NodeId>,
    /// This node stands after a `**`.
    stays: bool,
    rank: Option<Rank>,
    /// Members that every object here must have.
    sets: Vec<(Box<str>, Box<str>)>,
}

/// Where a walk stands in the tree; see [`Tree::step`].
pub type NodeId = u16;

const ROOT: NodeId = 0;

impl Default for Tree {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Tree {
    fn insert(&mut self, pointer: &Pointer, rank: Rank) {
        let node = self.node(&pointer.0);
        let slot = &mut self.nodes[usize::from(node)].rank;
        *slot = slot.or(Some(rank));
    }

    /// Makes every object at the pointer's parent have a member with this JSON text as its value.
    pub fn insert_set(&mut self, pointer: &Pointer, json: &str) {
        if let Some((Step::Key(key), parent)) = pointer.0.split_last() {
            let node = self.node(parent);
            self.nodes[usize::from(node)].sets.push((key.stem.clone(), json.into()));
        }
    }

    fn node(&mut self, steps: &[Step]) -> NodeId {
        steps.iter().fold(ROOT, |at, step| self.child(at, step))
    }

    fn child(&mut self, at: NodeId, step: &Step) -> NodeId {
        let fresh = NodeId::try_from(self.nodes.len()).unwrap_or(NodeId::MAX);
        let node = &mut self.nodes[usize::from(at)];
        let child = match step {
            Step::Key(name) if name.open => match node.open.iter().find(|(stem, _)| *stem == name.stem) {
                Some((_, child)) => *child,
                None => {
                    node.open.push((name.stem.clone(), fresh));
                    fresh
                }
            },
            Step::Key(name) => *node.keys.entry(name.stem.clone()).or_insert(fresh),
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
    pub fn step(&self, from: std::ops::Range<usize>, key: &str, stack: &mut Vec<NodeId>) {
        for index in from {
            let id = stack[index];
            let node = &self.nodes[usize::from(id)];
            if node.stays {
                self.reach(id, stack);
            }
            if let Some(child) = node.keys.get(key) {
                self.reach(*child, stack);
            }
            for (_, child) in node.open.iter().filter(|(stem, _)| key.starts_with(&**stem)) {
                self.reach(*child, stack);
            }
            if let Some(child) = node.one {
                self.reach(child, stack);
            }
        }
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

    /// The members every object at these nodes must have: name and JSON text.
    pub fn sets(&self, reached: &[NodeId]) -> impl Iterator<Item = (&str, &str)> {
        reached.iter().flat_map(|id| &self.nodes[usize::from(*id)].sets).map(|(key, json)| (&**key, &**json))
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
            tree.step(from, key, &mut stack);
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
    fn an_exact_name_and_an_open_one_compete_by_order() {
        let mut names = Names::default();
        names.insert(&"utm_*".parse().unwrap(), 0);
        names.insert(&"utm_source".parse().unwrap(), 1);
        names.insert(&"a".parse().unwrap(), 2);
        assert_eq!(names.find("utm_source"), Some(0));
        assert_eq!(names.find("a"), Some(2));
        assert_eq!(names.find("ab"), None);
    }

    #[test]
    fn a_well_known_name_is_known_in_every_spelling() {
        let mut map = NameMap::default();
        map.insert("user_agent", Category::UserAgent);
        map.insert("email", Category::Contact);
        for name in ["userAgent", "User-Agent", "user_agent", "USERAGENT", "$user_agent", "context.userAgent"]
        {
            assert_eq!(map.category(name), Some(Category::UserAgent), "{name}");
        }
        for name in ["u[email][]", "ep.email", "user[0][email]"] {
            assert_eq!(map.category(name), Some(Category::Contact), "{name}");
        }
        assert_eq!(map.category("agent"), None);
        assert_eq!(map.category(&"x".repeat(200)), None);
    }
}
