//! `[[route]]` as written, with its actions and rules.
//!
//! Does not know which vendors, policies or categories there are. Invariant: an action is a word or a
//! replacement, and nothing else.

use std::time::Duration;

use toml::Spanned;
use toml::de::DeValue;

use super::super::section::{Section, Written};
use super::CollisionEntry;
use super::choice::{ChoiceEntry, ConsentEntry};
use super::upstream::UpstreamEntry;
use crate::privacy::{Files, Undecodable};

#[derive(Debug)]
pub struct RouteEntry {
    pub line: usize,
    pub place: String,
    pub name: Option<Written<String>>,
    pub host: Option<Written<String>>,
    pub path: Option<Written<String>>,
    pub keep_path: Option<Written<bool>>,
    pub upstream: UpstreamEntry,
    pub vendor: Option<Written<String>>,
    pub policy: Option<Written<String>>,
    pub recipient: Option<Written<String>>,
    pub purpose: Option<Written<PurposeEntry>>,
    pub site: Option<Written<String>>,
    pub collision: Option<Written<CollisionEntry>>,
    pub site_origins: Vec<Written<String>>,
    pub body: Option<Written<u64>>,
    pub undecodable: Option<Written<Undecodable>>,
    pub files: Option<Written<Files>>,
    pub choice: ChoiceEntry,
    pub require_consent: Option<ConsentEntry>,
    pub activate_on_click: Option<Written<bool>>,
    pub rare: Option<RareEntry>,
    pub observe: Option<ObserveEntry>,
    pub limit: Option<LimitEntry>,
    pub actions: Option<ActionsEntry>,
    pub rules: Vec<RuleEntry>,
}

/// What becomes of combinations that few visitors share.
#[derive(Debug)]
pub enum RareEntry {
    Keep,
    Counted {
        below: Option<Written<u64>>,
        window: Option<Written<Duration>>,
    },
    /// Told already.
    Wrong,
}

/// Whether shapes are collected, and from how many visitors on each is told.
#[derive(Debug)]
pub enum ObserveEntry {
    Flag(bool),
    Told {
        visitors: Option<Written<u64>>,
    },
    /// Told already.
    Wrong,
}

/// `[route.limit]`
#[derive(Debug)]
pub struct LimitEntry {
    pub line: usize,
    pub place: String,
    pub requests: Option<Written<u64>>,
    pub messages: Option<Written<u64>>,
    pub per: Option<Written<Duration>>,
    pub burst: Option<Written<u64>>,
}

#[derive(Debug)]
pub struct ActionsEntry {
    pub place: String,
    /// A category's name, and what to do with it.
    pub actions: Vec<(Written<String>, ActionEntry)>,
}

#[derive(Debug)]
pub struct RuleEntry {
    pub line: usize,
    pub place: String,
    pub select: Option<Written<String>>,
    pub category: Option<Written<String>>,
    pub action: Option<Written<ActionEntry>>,
    pub max_age: Option<Written<Duration>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionEntry {
    Word(String),
    Replace(String),
    /// Told already.
    Wrong,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PurposeEntry {
    Word(String),
    /// A text for each language.
    Own(Vec<(String, Written<String>)>),
    /// Told already.
    Wrong,
}

impl RouteEntry {
    pub(super) fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            line: s.line,
            place: s.place.clone(),
            name: s.text("name"),
            host: s.text("host"),
            path: s.text("path"),
            keep_path: s.flag("keep_path"),
            upstream: UpstreamEntry::read(s),
            vendor: s.text("vendor"),
            policy: s.text("policy"),
            recipient: s.text("recipient"),
            purpose: s.value("purpose").map(|(value, line)| {
                let value = PurposeEntry::read(s, value.get_ref(), line);
                Written { value, line }
            }),
            site: s.text("site"),
            collision: CollisionEntry::read(s),
            site_origins: s.texts("site_origins").map(|list| list.value).unwrap_or_default(),
            body: s.size("body"),
            undecodable: s.word(
                "undecodable",
                &[
                    ("refuse", Undecodable::Refuse),
                    ("remove", Undecodable::Remove),
                    ("keep", Undecodable::Keep),
                ],
            ),
            files: s.word("files", &[("refuse", Files::Refuse), ("keep", Files::Keep)]),
            rare: RareEntry::read(s),
            observe: ObserveEntry::read(s),
            choice: ChoiceEntry::read(s),
            require_consent: ConsentEntry::read(s),
            activate_on_click: s.flag("activate_on_click"),
            limit: s.section("limit").map(LimitEntry::read),
            actions: s.section("actions").map(ActionsEntry::read),
            rules: s.sections("rule", "").into_iter().map(RuleEntry::read).collect(),
        })
    }
}

impl RareEntry {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let (written, line) = section.value("rare")?;
        Some(match written.get_ref() {
            DeValue::String(word) if word == "keep" => Self::Keep,
            DeValue::Table(table) => section
                .inner(table, line, format!("{}, rare", section.place))
                .read(|s| Self::Counted { below: s.count("below"), window: s.duration("window") }),
            other => {
                section.wrong(line, "rare", "{ below = 10, window = \"24h\" } or \"keep\"", other);
                Self::Wrong
            }
        })
    }
}

impl ObserveEntry {
    fn read(section: &mut Section<'_>) -> Option<Self> {
        let (written, line) = section.value("observe")?;
        Some(match written.get_ref() {
            DeValue::Boolean(flag) => Self::Flag(*flag),
            DeValue::Table(table) => section
                .inner(table, line, format!("{}, observe", section.place))
                .read(|s| Self::Told { visitors: s.count("visitors") }),
            other => {
                section.wrong(line, "observe", "true, false or { visitors = 3 }", other);
                Self::Wrong
            }
        })
    }
}

impl LimitEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            line: s.line,
            place: s.place.clone(),
            requests: s.count("requests"),
            messages: s.count("messages"),
            per: s.duration("per"),
            burst: s.count("burst"),
        })
    }
}

impl ActionsEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| {
            let entries = s.entries().into_iter();
            let entry = |(name, value, line): (&str, &Spanned<DeValue<'_>>, usize)| {
                let action = ActionEntry::read(s, name, value.get_ref(), line);
                (Written { value: name.to_owned(), line }, action)
            };
            let actions = entries.map(entry).collect();
            Self { place: s.place.clone(), actions }
        })
    }
}

impl RuleEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            line: s.line,
            place: s.place.clone(),
            select: s.text("select"),
            category: s.text("category"),
            action: s.value("action").map(|(value, line)| {
                let value = ActionEntry::read(s, "action", value.get_ref(), line);
                Written { value, line }
            }),
            max_age: s.duration("max_age"),
        })
    }
}

impl PurposeEntry {
    fn read(section: &Section<'_>, value: &DeValue<'_>, line: usize) -> Self {
        match value {
            DeValue::String(word) => Self::Word(word.as_ref().to_owned()),
            DeValue::Table(table) => {
                let inner = section.inner(table, line, format!("{}, purpose", section.place));
                let texts = inner.read(|s| {
                    let mut entries = s.entries();
                    // As written: the first speaks where no other does.
                    entries.sort_by_key(|(_, value, _)| value.span().start);
                    let text = |(tag, value, line): (&str, &Spanned<DeValue<'_>>, usize)| {
                        let text = value.get_ref().as_str().map(str::to_owned);
                        if text.is_none() {
                            s.wrong(line, tag, "a text in quotes", value.get_ref());
                        }
                        Some((tag.to_owned(), Written { value: text?, line }))
                    };
                    entries.into_iter().map(text).collect::<Option<Vec<_>>>()
                });
                texts.map_or(Self::Wrong, Self::Own)
            }
            other => {
                section.wrong(line, "purpose", "a word, or a table with a text for each language", other);
                Self::Wrong
            }
        }
    }
}

impl ActionEntry {
    fn read(section: &Section<'_>, key: &str, value: &DeValue<'_>, line: usize) -> Self {
        match value {
            DeValue::String(word) => Self::Word(word.as_ref().to_owned()),
            DeValue::Table(table) => {
                let place = format!("{}, {key}", section.place);
                let replace = section.inner(table, line, place).read(|s| s.text("replace"));
                replace.map_or(Self::Wrong, |text| Self::Replace(text.value))
            }
            other => {
                section.wrong(line, key, "the word of an action or { replace = \"…\" }", other);
                Self::Wrong
            }
        }
    }
}
