//! What the settings say of a place: which rule is the first to name it, and whether what stands there may pass.
//!
//! Reads the rules as they are written and asks the engine nothing: the two are to be compared. Invariant: what no rule
//! lets pass is expected to stay.

use std::collections::{HashMap, HashSet};

use super::place::{Key, Surface};
use crate::config::{Route, vendors};
use crate::privacy::{Action, Category, Policy, Selector, Step};

/// What should become of a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    pub category: Category,
    /// The action's word in the settings.
    pub action: &'static str,
}

impl Expected {
    fn of(category: Category, action: &Action) -> Self {
        Self { category, action: action.name() }
    }

    pub fn passes(&self) -> bool {
        self.action == Action::Keep.name()
    }
}

/// The places of one route, as its settings describe them.
pub struct Word<'r> {
    policy: &'r Policy,
    /// Each rule's place in the order, by the name that it ends with; under `None`, where any name may stand.
    ends: HashMap<Option<&'r str>, Vec<(usize, &'r Selector, Expected)>>,
    known: Vec<(Category, &'static str)>,
}

impl<'r> Word<'r> {
    pub fn of(route: &'r Route) -> Self {
        let policy = &route.policy;
        let mut ends = HashMap::<_, Vec<_>>::new();
        for (rank, (rule, treatment)) in policy.rules().enumerate() {
            let expected = Expected::of(treatment.category, treatment.action);
            ends.entry(end(&rule.selector)).or_default().push((rank, &rule.selector, expected));
        }
        Self { policy, ends, known: known(route) }
    }

    /// Names that mean something anywhere: a vendor's own come before the general ones.
    pub fn known(&self) -> &[(Category, &'static str)] {
        &self.known
    }

    /// What a category comes to where no rule says otherwise.
    pub fn category(&self, category: Category) -> Expected {
        Expected::of(category, self.policy.action(category))
    }

    pub fn header(&self, name: &str) -> Expected {
        self.named(Surface::Header, name).unwrap_or_else(Self::unnamed)
    }

    pub fn cookie(&self, name: &str) -> Expected {
        if self.policy.keeps_cookie(name) {
            return Expected::of(Category::Service, &Action::Keep);
        }
        self.named(Surface::Cookie, name).unwrap_or_else(Self::unnamed)
    }

    /// A place with a name; `otherwise` is what the name is known for anywhere.
    pub fn at(&self, surface: Surface, name: &str, otherwise: Category) -> Expected {
        match surface {
            Surface::Header => self.header(name),
            Surface::Cookie => self.cookie(name),
            _ => self.named(surface, name).unwrap_or_else(|| self.category(otherwise)),
        }
    }

    pub fn json(&self, keys: &[Key], otherwise: Category) -> Expected {
        let last = keys.last().map(Key::text);
        let named =
            |selector: &Selector| matches!(selector, Selector::Json(pointer) if leads(&pointer.0, keys));
        self.first(last.as_deref(), named).unwrap_or_else(|| self.category(otherwise))
    }

    /// A plain text body, where a rule names it.
    pub fn text(&self) -> Option<Expected> {
        self.first(None, |selector| *selector == Selector::Text)
    }

    /// A segment of a path, all segments given; `None` where no rule names it.
    pub fn segment(&self, segments: &[String], index: usize) -> Option<Expected> {
        self.first(None, |selector| {
            let Selector::Path(path) = selector else { return false };
            let fits = |(wanted, segment): (&Option<Box<str>>, &String)| {
                wanted.as_deref().is_none_or(|wanted| wanted == segment)
            };
            path.0.len() == segments.len()
                && path.0.get(index).is_some_and(Option::is_none)
                && path.0.iter().zip(segments).all(fits)
        })
    }

    fn named(&self, surface: Surface, name: &str) -> Option<Expected> {
        let named =
            |selector: &Selector| surface.name(selector).is_some_and(|it| it.matches(name.as_bytes()));
        self.first(Some(name), named)
    }

    /// The first rule that names a place, of those that end with its name or with any.
    fn first(&self, end: Option<&str>, names: impl Fn(&Selector) -> bool) -> Option<Expected> {
        let ends = [end, None].into_iter().take(if end.is_some() { 2 } else { 1 });
        let first = |end| self.ends.get(&end)?.iter().find(|(_, selector, _)| names(selector));
        let found = ends.filter_map(first).min_by_key(|(rank, ..)| *rank);
        found.map(|(_, _, expected)| expected.clone())
    }

    /// Headers and cookies that no rule names never leave.
    fn unnamed() -> Expected {
        Expected::of(Category::Unmapped, &Action::Remove)
    }
}

/// The name that a place must end with for a selector to name it.
fn end(selector: &Selector) -> Option<&str> {
    let last = match selector {
        Selector::Json(pointer) => match pointer.0.last() {
            Some(Step::Key(name)) => Some(name),
            _ => None,
        },
        named => Surface::ALL.into_iter().find_map(|surface| surface.name(named)),
    };
    last.filter(|name| !name.open).map(|name| &*name.stem)
}

fn known(route: &Route) -> Vec<(Category, &'static str)> {
    let vendor = route.vendor.as_deref().and_then(vendors::find);
    let mut seen = HashSet::new();
    let names = vendor.into_iter().chain([vendors::general()]).flat_map(|vendor| vendor.named());
    let letters = |name: &str| name.to_ascii_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "");
    names.filter(|(_, name)| seen.insert(letters(name))).collect()
}

/// Whether a pointer leads to a place.
fn leads(steps: &[Step], keys: &[Key]) -> bool {
    match (steps.split_first(), keys.split_first()) {
        (None, None) => true,
        (Some((Step::Any, rest)), _) => {
            leads(rest, keys) || keys.split_first().is_some_and(|(_, keys)| leads(steps, keys))
        }
        (Some((Step::One, rest)), Some((_, keys))) => leads(rest, keys),
        (Some((Step::Key(name), rest)), Some((key, keys))) => {
            name.matches(key.text().as_bytes()) && leads(rest, keys)
        }
        _ => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::Pointer;

    #[test]
    fn a_pointer_leads_where_its_steps_go() {
        let keys = |path: &str| -> Vec<Key> {
            path.split('/').skip(1).map(|key| Key::Member(key.to_owned())).collect()
        };
        for (pointer, path, there) in [
            ("/a/b", "/a/b", true),
            ("/a/b", "/a", false),
            ("/a/*", "/a/x", true),
            ("/a/*", "/a/x/y", false),
            ("/**/ip", "/ip", true),
            ("/**/ip", "/a/b/ip", true),
            ("/**/utm_*", "/a/utm_x", true),
            ("/x/**", "/x/y/z", true),
            ("/x/**", "/y", false),
        ] {
            let pointer: Pointer = pointer.parse().unwrap();
            assert_eq!(leads(&pointer.0, &keys(path)), there, "{pointer} {path}");
        }
    }
}
