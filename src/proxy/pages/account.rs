//! What leaves by a route, as its running policy says: each kind of data, and each place that has a rule.
//!
//! Asks the engine; knows no language. Invariant: every example went through the route's own policy, none is written
//! by hand.

use crate::config::Route;
use crate::privacy::{Action, Category, Files, Undecodable};

/// A route's account.
pub struct Account<'r> {
    /// Kinds that lose most come first.
    pub kinds: Vec<Kind<'r>>,
    /// What is alike stands together, each group in the order in which its rules are tried.
    pub places: Vec<Places<'r>>,
}

/// What happens to a kind of data where no rule says otherwise.
pub struct Kind<'r> {
    pub category: Category,
    pub action: &'r Action,
    /// A made-up visitor's value, and what would leave of it; `None`: nothing.
    pub before: &'static str,
    pub after: Option<String>,
}

/// Places in the traffic that hold one kind of data, and what happens there.
pub struct Places<'r> {
    pub category: Category,
    pub action: &'r Action,
    pub places: Vec<String>,
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    Removed,
    Changed,
    Kept,
    Added,
}

impl<'r> Account<'r> {
    pub fn of(route: &'r Route) -> Self {
        let kind = |category: Category| Kind {
            category,
            action: route.policy.action(category),
            before: category.sample(),
            after: route.example(category),
        };
        let mut kinds: Vec<_> = Category::ALL.into_iter().map(kind).collect();
        kinds.sort_by_key(Kind::fate);
        Self { kinds, places: places(route) }
    }

    pub fn count(&self, fate: Fate) -> usize {
        self.kinds.iter().filter(|kind| kind.fate() == fate).count()
    }
}

impl Kind<'_> {
    pub fn fate(&self) -> Fate {
        Fate::of(self.action)
    }
}

impl Fate {
    pub const fn of(action: &Action) -> Self {
        match action {
            Action::Remove => Self::Removed,
            Action::Keep => Self::Kept,
            _ => Self::Changed,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Kept => "kept",
            Self::Added => "added",
        }
    }
}

fn places(route: &Route) -> Vec<Places<'_>> {
    let mut groups: Vec<Places<'_>> = Vec::new();
    for (rule, treatment) in route.policy.rules() {
        let (category, action) = (treatment.category, treatment.action);
        let place = rule.selector.to_string();
        match groups.iter_mut().find(|group| group.category == category && group.action == action) {
            Some(group) => group.places.push(place),
            None => groups.push(Places { category, action, places: vec![place] }),
        }
    }
    groups.sort_by_key(|group| group.category);
    groups
}

/// What a route lets through unread, if its settings say so.
pub fn holes(route: &Route) -> (bool, bool) {
    (route.policy.undecodable() == Undecodable::Keep, route.policy.files() == Files::Keep)
}
