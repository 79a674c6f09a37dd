//! The common consent tools: which cookie of theirs says yes to what, as data.
//!
//! Knows the shape of that data; does not read a request. Invariant: every preset parses, and its own examples of a
//! yes and a no hold, before any test passes.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::Deserialize;

const FILE: &str = include_str!("presets.toml");
/// Stands in a preset for the tool's own word.
const PURPOSE: &str = "{purpose}";

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Presets {
    preset: Vec<Preset>,
    closed: Vec<Closed>,
}

/// What one tool's cookie says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    pub name: String,
    /// The name as the tool's maker writes it.
    pub title: String,
    /// Public documentation the preset was written from.
    pub source: String,
    cookie: String,
    pointer: Option<String>,
    equals: Option<String>,
    contains: Option<String>,
    /// The words of the settings, and the tool's own.
    #[serde(default)]
    pub purposes: BTreeMap<String, String>,
    /// Whether a site may have given the tool words of its own.
    #[serde(default)]
    pub own: bool,
    #[serde(default, rename = "test")]
    pub tests: Vec<Example>,
}

/// A tool whose word no server can read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closed {
    pub name: String,
    pub why: String,
}

/// The cookies of a visitor, and what they say yes and no to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    pub cookies: String,
    #[serde(default)]
    pub yes: Vec<String>,
    #[serde(default)]
    pub no: Vec<String>,
}

/// The parts of a predicate, as an operator would write them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub cookie: String,
    pub pointer: Option<String>,
    pub equals: Option<String>,
    pub contains: Option<String>,
}

impl Preset {
    /// What must be written in the cookie for a purpose; nothing, where the tool knows no such purpose.
    pub fn of(&self, purpose: &str) -> Option<Written> {
        let word = self.purposes.get(purpose).map(String::as_str).or(self.own.then_some(purpose))?;
        let fill = |text: &String| text.replace(PURPOSE, word);
        Some(Written {
            cookie: fill(&self.cookie),
            // A word stands in a pointer as RFC 6901 writes it.
            pointer: self
                .pointer
                .as_ref()
                .map(|text| text.replace(PURPOSE, &word.replace('~', "~0").replace('/', "~1"))),
            equals: self.equals.as_ref().map(fill),
            contains: self.contains.as_ref().map(fill),
        })
    }
}

/// A tool's preset.
pub fn find(name: &str) -> Option<&'static Preset> {
    all().preset.iter().find(|preset| preset.name == name)
}

/// A tool that is known to be closed.
pub fn closed(name: &str) -> Option<&'static Closed> {
    all().closed.iter().find(|closed| closed.name == name)
}

/// All presets, in the order of the file.
pub fn presets() -> &'static [Preset] {
    &all().preset
}

fn all() -> &'static Presets {
    static READ: OnceLock<Presets> = OnceLock::new();
    READ.get_or_init(|| toml::from_str(FILE).unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::choice::{Consent, Predicate, Test};

    fn consent(preset: &Preset, purpose: &str) -> Consent {
        let Written { cookie, pointer, equals, contains } = preset.of(purpose).unwrap();
        let test = equals.map(Test::Equals).or(contains.map(Test::Contains)).unwrap();
        Consent(vec![Predicate { cookie: cookie.parse().unwrap(), pointer, test }])
    }

    #[test]
    fn every_preset_names_its_source_and_its_own_examples_hold() {
        assert_eq!(toml::from_str::<Presets>(FILE).map(|read| read.preset.len()), Ok(presets().len()));
        assert!(presets().len() >= 10);
        for preset in presets() {
            let name = &preset.name;
            assert!(preset.source.starts_with("https://") && !preset.title.is_empty(), "{name}");
            let asked =
                |say: fn(&Example) -> &Vec<String>| preset.tests.iter().any(|test| !say(test).is_empty());
            assert!(asked(|test| &test.yes) && asked(|test| &test.no), "{name} has no example");
            for Example { cookies, yes, no } in &preset.tests {
                let headers = [(http::header::COOKIE, cookies.parse().unwrap())].into_iter().collect();
                for (purposes, expected) in [(yes, true), (no, false)] {
                    for purpose in purposes {
                        let given = consent(preset, purpose).is_given(&headers);
                        assert_eq!(given, expected, "{name}: {purpose} in {cookies}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_purpose_the_tool_does_not_know_is_none_unless_sites_name_their_own() {
        assert_eq!(find("cookiebot").unwrap().of("chat"), None);
        let klaro = find("klaro").unwrap().of("a/b~c").unwrap();
        assert_eq!(klaro.pointer.as_deref(), Some("/a~1b~0c"));
        assert!(find("usercentrics").is_none() && closed("usercentrics").is_some());
    }
}
