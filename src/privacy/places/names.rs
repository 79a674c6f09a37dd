//! Names of headers, cookies, parameters and fields, to the rules that know them.
//!
//! Invariant: of an exact name and an open one, the rule that was written first decides.

use super::Rank;
use super::table::Table;
use crate::privacy::category::Category;
use crate::privacy::rule::Name;

/// Names on one surface.
#[derive(Clone, Debug, Default)]
pub struct Names {
    exact: Table<Rank>,
    open: Vec<(Box<str>, Rank)>,
}

impl Names {
    pub(super) fn insert(&mut self, name: &Name, rank: Rank) {
        if name.open {
            self.open.push((name.stem.clone(), rank));
        } else {
            self.exact.entry(name.stem.as_bytes(), rank);
        }
    }

    /// Whether a rule spells a name out, so that the name tells nothing.
    pub fn spells(&self, name: &str) -> bool {
        self.exact.get(name.as_bytes()).is_some()
    }

    pub fn find(&self, name: &str) -> Option<Rank> {
        let open = self.open.iter().find(|(stem, _)| name.starts_with(&**stem)).map(|(_, rank)| *rank);
        match (self.exact.get(name.as_bytes()).copied(), open) {
            (Some(exact), Some(open)) => Some(exact.min(open)),
            (exact, open) => exact.or(open),
        }
    }
}

/// Well-known names, in whatever spelling: `userAgent`, `user_agent` and `User-Agent` are one.
#[derive(Clone, Debug, Default)]
pub struct NameMap(Table<Category>);

/// Longer names are not well known.
const LONGEST_NAME: usize = 64;

impl NameMap {
    pub fn insert(&mut self, name: &str, category: Category) {
        if let Some(folded) = Folded::of(&[name]).filter(|folded| folded.length > 0) {
            self.0.entry(folded.name(), category);
        }
    }

    /// The names it holds, folded, for `explain` and the docs.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], Category)> {
        self.0.iter().map(|(name, category)| (name, *category))
    }

    /// The names of these categories.
    pub fn only(&self, categories: &[Category]) -> Self {
        let mut only = Self::default();
        for (name, category) in self.0.iter().filter(|(_, category)| categories.contains(category)) {
            only.0.entry(name, *category);
        }
        only
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().next().is_none()
    }

    /// The category of a name, of its last part (`user[email]`, `ep.email`) or of its last two (`ai.user.id`).
    pub fn category(&self, name: &str) -> Option<Category> {
        self.category_in("", name)
    }

    /// The same; and else of the name with that of what it stands in before it.
    pub fn category_in(&self, owner: &str, name: &str) -> Option<Category> {
        let Some(folded) = Folded::of(&[owner, name]) else {
            // Both are too long for one.
            return if owner.is_empty() { self.category_of_parts(name) } else { self.category(name) };
        };
        let (_, own) = folded.name().split_at(folded.last);
        // Most names have no parts.
        let parts = || if own.len() == name.len() { None } else { self.category_of_parts(name) };
        let joined = || if folded.last == 0 { None } else { self.0.get(folded.name()).copied() };
        self.0.get(own).copied().or_else(parts).or_else(joined)
    }

    fn category_of_parts(&self, name: &str) -> Option<Category> {
        let mut parts = name.split(['[', '.', ']', ':']).rev().filter(|part| !part.is_empty());
        let last = parts.next().filter(|last| last.len() < name.len())?;
        self.lookup(&[last]).or_else(|| self.lookup(&[parts.next()?, last]))
    }

    fn lookup(&self, parts: &[&str]) -> Option<Category> {
        self.0.get(Folded::of(parts)?.name()).copied()
    }
}

/// A name in the one spelling that stands for all of its spellings.
struct Folded {
    /// One more than a name may have, so that it shows.
    bytes: [u8; LONGEST_NAME + 1],
    length: usize,
    /// Where the last part begins.
    last: usize,
}

impl Folded {
    /// The parts of a name as one; nothing of one that is too long to be well known.
    fn of(parts: &[&str]) -> Option<Self> {
        let mut folded = Self { bytes: [0; LONGEST_NAME + 1], length: 0, last: 0 };
        for part in parts {
            folded.last = folded.length;
            for byte in part.as_bytes() {
                // What is between words is written over by what follows.
                let letter = FOLDED[usize::from(*byte)];
                *folded.bytes.get_mut(folded.length)? = letter;
                folded.length += usize::from(letter > 0);
            }
        }
        (folded.length <= LONGEST_NAME).then_some(folded)
    }

    fn name(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Letters and digits of ASCII, small; nought for what stands between them.
const FOLDED: [u8; 256] = {
    let (mut folded, mut byte) = ([0; 256], 0);
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            folded[byte] = (byte as u8).to_ascii_lowercase();
        }
        byte += 1;
    }
    folded
};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_name_and_an_open_one_compete_by_order() {
        let mut names = Names::default();
        names.insert(&"utm_*".parse().unwrap(), 0);
        names.insert(&"utm_source".parse().unwrap(), 1);
        names.insert(&"a".parse().unwrap(), 2);
        assert_eq!(names.find("utm_source"), Some(0));
        assert_eq!(names.find("a"), Some(2));
        assert_eq!(names.find("ab"), None);
        assert!(names.spells("utm_source") && !names.spells("utm_medium"));
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
        for name in ["ai.user.agent", "user[agent]", "user.agent"] {
            assert_eq!(map.category(name), Some(Category::UserAgent), "{name}");
        }
        assert_eq!(map.category_in("user", "agent"), Some(Category::UserAgent));
        assert_eq!(map.category("agent"), None);
        assert_eq!(map.category(&"x".repeat(200)), None);
    }
}
