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
        if let Some(name) = Folded::of(name).whole().filter(|name| !name.is_empty()) {
            self.0.entry(name, category);
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
        self.category_in(&Folded::NOTHING, name)
    }

    /// The same; and else of the name with that of what it stands in before it.
    pub fn category_in(&self, owner: &Folded, name: &str) -> Option<Category> {
        let name = Folded::of(name);
        let own = name.whole();
        let known = |name: &[u8]| self.0.get(name).copied();
        let joined = || match (owner.whole()?, own?) {
            ([], _) => None,
            (owner, own) if owner.len() + own.len() > LONGEST_NAME => None,
            (owner, own) => self.0.get_joined([owner, own]).copied(),
        };
        own.and_then(known).or_else(|| name.parts().find_map(known)).or_else(joined)
    }
}

/// A name in the one spelling that stands for all of its spellings: its letters and digits, small.
pub struct Folded {
    /// Filled from the end on, for a name's last parts say most.
    bytes: [u8; LONGEST_NAME],
    /// Where the name begins; nowhere if it is too long to be well known.
    start: Option<usize>,
    /// Where its last part begins and the last but one, if it has parts.
    parts: [Option<usize>; 2],
}

impl Folded {
    /// What has no name.
    const NOTHING: Self = Self { bytes: [0; LONGEST_NAME], start: Some(LONGEST_NAME), parts: [None; 2] };

    pub fn of(name: &str) -> Self {
        let mut folded = Self { start: None, ..Self::NOTHING };
        let (mut start, mut parts, mut within) = (LONGEST_NAME, 0, false);
        for byte in name.bytes().rev() {
            let letter = FOLDED[usize::from(byte)];
            if letter > BETWEEN_PARTS {
                // Before the first byte there is none.
                start = start.wrapping_sub(1);
                let Some(byte) = folded.bytes.get_mut(start) else { return folded };
                (*byte, within) = (letter, true);
            } else if letter < BETWEEN_PARTS {
                within = true;
            } else if std::mem::take(&mut within)
                && let Some(part) = folded.parts.get_mut(parts)
            {
                (*part, parts) = (Some(start), parts + 1);
            }
        }
        folded.start = Some(start);
        folded
    }

    /// All of it, if it is not too long.
    fn whole(&self) -> Option<&[u8]> {
        self.start.map(|start| &self.bytes[start..])
    }

    /// Its last part, and its last two as one.
    fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.parts.iter().flatten().map(|start| &self.bytes[*start..])
    }
}

/// What parts a name into parts, in [`FOLDED`].
const BETWEEN_PARTS: u8 = 1;

/// Letters and digits of ASCII, small; nought for what stands between words.
const FOLDED: [u8; 256] = {
    let (mut folded, mut byte) = ([0; 256], 0);
    while byte < 128 {
        folded[byte] = match byte as u8 {
            letter if letter.is_ascii_alphanumeric() => letter.to_ascii_lowercase(),
            b'[' | b']' | b'.' | b':' => BETWEEN_PARTS,
            _ => 0,
        };
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
        assert_eq!(map.category_in(&Folded::of("user"), "agent"), Some(Category::UserAgent));
        assert_eq!(map.category("agent"), None);
        assert_eq!(map.category(&"x".repeat(200)), None);
    }
}
