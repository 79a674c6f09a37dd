//! What the settings say of a place: which rule is the first to name it, and whether what stands there may pass.
//!
//! Reads the rules as they are written and asks the engine nothing: the two are to be compared. Invariant: what no rule
//! lets pass is expected to stay.

use super::place::{Key, Surface};
use crate::config::Route;
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
#[derive(Clone, Copy)]
pub struct Word<'r> {
    policy: &'r Policy,
}

impl<'r> Word<'r> {
    pub fn of(route: &'r Route) -> Self {
        Self { policy: &route.policy }
    }

    /// What a category comes to where no rule says otherwise.
    pub fn category(self, category: Category) -> Expected {
        Expected::of(category, self.policy.action(category))
    }

    pub fn header(self, name: &str) -> Expected {
        self.named(Surface::Header, name).unwrap_or_else(Self::unnamed)
    }

    pub fn cookie(self, name: &str) -> Expected {
        if self.policy.keeps_cookie(name) {
            return Expected::of(Category::Service, &Action::Keep);
        }
        self.named(Surface::Cookie, name).unwrap_or_else(Self::unnamed)
    }

    /// A place with a name; `otherwise` is what the name is known for anywhere.
    pub fn at(self, surface: Surface, name: &str, otherwise: Category) -> Expected {
        match surface {
            Surface::Header => self.header(name),
            Surface::Cookie => self.cookie(name),
            _ => self.named(surface, name).unwrap_or_else(|| self.category(otherwise)),
        }
    }

    pub fn json(self, keys: &[Key], otherwise: Category) -> Expected {
        let named =
            |selector: &Selector| matches!(selector, Selector::Json(pointer) if leads(&pointer.0, keys));
        self.first(named).unwrap_or_else(|| self.category(otherwise))
    }

    /// A plain text body, where a rule names it.
    pub fn text(self) -> Option<Expected> {
        self.first(|selector| *selector == Selector::Text)
    }

    /// A segment of a path, all segments given; `None` where no rule names it.
    pub fn segment(self, segments: &[String], index: usize) -> Option<Expected> {
        self.first(|selector| {
            let Selector::Path(path) = selector else { return false };
            let fits = |(wanted, segment): (&Option<Box<str>>, &String)| {
                wanted.as_deref().is_none_or(|wanted| wanted == segment)
            };
            path.0.len() == segments.len()
                && path.0.get(index).is_some_and(Option::is_none)
                && path.0.iter().zip(segments).all(fits)
        })
    }

    fn named(self, surface: Surface, name: &str) -> Option<Expected> {
        self.first(|selector| surface.name(selector).is_some_and(|wanted| wanted.matches(name.as_bytes())))
    }

    /// The first rule that names a place.
    fn first(self, names: impl Fn(&Selector) -> bool) -> Option<Expected> {
        let found = self.policy.rules().find(|(rule, _)| names(&rule.selector));
        found.map(|(_, treatment)| Expected::of(treatment.category, treatment.action))
    }

    /// Headers and cookies that no rule names never leave.
    fn unnamed() -> Expected {
        Expected::of(Category::Unmapped, &Action::Remove)
    }
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
