//! The element that holds a text or an attribute, as far as it decides about them.
//!
//! Knows passwords, cards and the marks by which sites allow a text to be recorded; does not know policies.
//! Invariant: an allowance never reaches a password or a card, and ends where a mark to mask begins.

use crate::privacy::category::Category;
use crate::privacy::places::Places;

/// What a text inherits from the elements around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    pub tag: Tag,
    /// Holds a password, a card or another secret.
    pub secret: bool,
    /// The site says its text may be recorded; an element may take that back.
    pub allowed: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tag {
    #[default]
    Any,
    Style,
    Script,
    /// Its `href` leads away from the page.
    Link,
    /// Its `value` is the page's, not the visitor's.
    Choice,
    /// Takes what a visitor types.
    Field,
}

impl Tag {
    pub fn named(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "style" => Self::Style,
            "script" | "noscript" => Self::Script,
            "a" | "area" => Self::Link,
            "option" | "button" | "li" | "meter" | "progress" | "param" | "data" => Self::Choice,
            "input" | "textarea" | "select" => Self::Field,
            _ => Self::Any,
        }
    }
}

impl Holder {
    /// An element inside this one.
    pub fn inner(self, element: Self) -> Self {
        Self { secret: self.secret || element.secret, allowed: element.allowed.or(self.allowed), ..element }
    }
}

/// What the attributes of an element say about it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// A field of passwords or cards, whatever it is called.
    secret: bool,
    /// Called as secrets are called.
    named_secret: bool,
    allowed: Option<bool>,
}

/// Classes and attributes that let a text be recorded, and those that forbid it.
const ALLOW: [&str; 6] = [
    "data-privet-allow",
    "data-sentry-unmask",
    "sentry-unmask",
    "fs-unmask",
    "amp-unmask",
    "dd-privacy-allow",
];
const MASK: [&str; 16] = [
    "data-sentry-mask",
    "sentry-mask",
    "data-sentry-block",
    "sentry-block",
    "fs-mask",
    "fs-exclude",
    "amp-mask",
    "amp-block",
    "dd-privacy-mask",
    "dd-privacy-mask-user-input",
    "dd-privacy-hidden",
    "ph-mask",
    "ph-no-capture",
    "mp-mask",
    "rr-mask",
    "rr-block",
];

impl Marks {
    /// Whether what stands in an attribute of this name is read.
    pub fn reads(name: &str) -> bool {
        matches!(name, "type" | "autocomplete" | "name" | "id" | "class" | "data-dd-privacy")
    }

    /// Whether an attribute of a name that is read says nothing of its element.
    pub fn says_nothing(name: &str, value: &str, places: &Places) -> bool {
        let mut marks = Self::default();
        marks.read(name, value, places);
        marks == Self::default()
    }

    /// Reads one attribute more.
    pub fn read(&mut self, name: &str, value: &str, places: &Places) {
        match name {
            "type" => self.secret |= value.eq_ignore_ascii_case("password"),
            "data-rr-is-password" => self.secret = true,
            "autocomplete" => self.secret |= value.split_ascii_whitespace().any(completes_a_secret),
            "name" | "id" => self.named_secret |= is_secret(value, places),
            "class" => value.split_ascii_whitespace().for_each(|class| self.mark(class)),
            "data-dd-privacy" => self.allowed = Some(value == "allow"),
            mark => self.mark(mark),
        }
    }

    fn mark(&mut self, mark: &str) {
        if MASK.contains(&mark) {
            self.allowed = Some(false);
        } else if ALLOW.contains(&mark) && self.allowed.is_none() {
            self.allowed = Some(true);
        }
    }

    /// The element that these attributes and this tag make; without a tag it may be any.
    pub fn holder(self, tag: Option<Tag>) -> Holder {
        let field = tag.is_none_or(|tag| tag == Tag::Field);
        let secret = self.secret || self.named_secret && field;
        Holder { tag: tag.unwrap_or_default(), secret, allowed: self.allowed }
    }
}

/// The values of `autocomplete` by which browsers fill in cards, passwords and codes.
fn completes_a_secret(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.starts_with("cc-") || matches!(word.as_str(), "current-password" | "new-password" | "one-time-code")
}

fn is_secret(name: &str, places: &Places) -> bool {
    places.general(name).is_some_and(|treatment| treatment.category == Category::Secret)
}
