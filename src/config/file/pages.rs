//! `[pages]` as written.
//!
//! Does not know which colours or languages there are. Invariant: a place for texts is one path, to a file or a
//! directory.

use super::super::section::{Section, Written};

#[derive(Debug, Default)]
pub struct PagesEntry {
    pub title: Option<Written<String>>,
    pub language: Option<Written<String>>,
    pub texts: Option<Written<String>>,
    pub contact: Option<ContactEntry>,
    pub colours: Option<ColoursEntry>,
}

#[derive(Debug)]
pub struct ContactEntry {
    pub line: usize,
    pub place: String,
    pub name: Option<Written<String>>,
    pub email: Option<Written<String>>,
    pub url: Option<Written<String>>,
}

#[derive(Debug)]
pub struct ColoursEntry {
    pub place: String,
    pub accent: Option<Written<String>>,
    pub background: Option<Written<String>>,
    pub text: Option<Written<String>>,
    /// Colours for the night.
    pub dark: Option<Box<ColoursEntry>>,
}

impl PagesEntry {
    pub(super) fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            title: s.text("title"),
            language: s.text("language"),
            texts: s.text("texts"),
            contact: s.section("contact").map(ContactEntry::read),
            colours: s.section("colours").map(|colours| ColoursEntry::read(colours, true)),
        })
    }
}

impl ContactEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            line: s.line,
            place: s.place.clone(),
            name: s.text("name"),
            email: s.text("email"),
            url: s.text("url"),
        })
    }
}

impl ColoursEntry {
    fn read(section: Section<'_>, by_day: bool) -> Self {
        section.read(|s| Self {
            place: s.place.clone(),
            accent: s.text("accent"),
            background: s.text("background"),
            text: s.text("text"),
            dark: if by_day { s.section("dark").map(|dark| Box::new(Self::read(dark, false))) } else { None },
        })
    }
}
