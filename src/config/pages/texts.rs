//! Every text of the pages in one language.
//!
//! Knows the shape of a language's file; does not know which page says what. Invariant: a language with a missing or
//! an unknown text does not read.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};

use crate::privacy::{Action, Category};

/// The built-in languages by tag; the first is the one that others are measured by.
pub const BUILT_IN: [(&str, &str); 6] = [
    ("en", include_str!("texts/en.toml")),
    ("de", include_str!("texts/de.toml")),
    ("es", include_str!("texts/es.toml")),
    ("fr", include_str!("texts/fr.toml")),
    ("it", include_str!("texts/it.toml")),
    ("nl", include_str!("texts/nl.toml")),
];

/// A table of texts, each by its name.
macro_rules! texts {
    ($table:ident: $($name:ident)*) => {
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $table { $(pub $name: String),* }
    };
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Texts {
    /// The language's own name for itself.
    pub name: String,
    pub page: PageTexts,
    pub privacy: PrivacyTexts,
    pub part: PartTexts,
    pub fate: FateTexts,
    pub purpose: PurposeTexts,
    pub action: ActionTexts,
    pub period: PeriodTexts,
    category: CategoryTexts,
    pub opt_out: OptOutTexts,
    pub click: ClickTexts,
}

texts! { PageTexts: navigation privacy opt_out languages skip contact about }
texts! { PrivacyTexts:
    title lead change recipients goes_to purpose kept kept_period kept_cookies kept_here refusal refusal_block
    refusal_strict kinds kind treatment example nothing becomes rare unreadable files places
    places_text place request request_text
    request_refused part sent received server_address
}
texts! { PartTexts: connection query cookie header }
texts! { FateTexts: removed changed kept added }
texts! { PurposeTexts: measurement chat recording errors unsaid }
texts! { ActionTexts: keep remove replace mask generalize country pseudonymize route }
texts! { PeriodTexts: day days hour hours minute minutes second seconds }
texts! { OptOutTexts:
    title lead now open open_allowed no no_gpc no_dnt waiting say_no say_yes services service
    after passes waits click block strict memory memory_text
    signals gpc dnt sent_counts sent_firm sent_ignored unsent_counts unsent_ignored what foreign
}

texts! { ClickTexts: label hint }

/// A text for each category there is.
#[derive(Clone, Debug)]
struct CategoryTexts([String; Category::ALL.len()]);

impl Texts {
    /// Reads a language's file.
    pub fn read(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// What a category is called by people.
    pub fn category(&self, category: Category) -> &str {
        let place = Category::ALL.iter().position(|other| *other == category).unwrap_or_default();
        &self.category.0[place]
    }

    /// What an action does, with room for a period.
    pub fn action(&self, action: &Action) -> &str {
        let words = &self.action;
        match action {
            Action::Keep => &words.keep,
            Action::Remove => &words.remove,
            Action::Replace(_) => &words.replace,
            Action::Mask => &words.mask,
            Action::Generalize => &words.generalize,
            Action::Country => &words.country,
            Action::Pseudonymize => &words.pseudonymize,
            Action::Route => &words.route,
        }
    }

    /// A span of time as something that comes back: "every 2 hours".
    pub fn period(&self, seconds: u64) -> String {
        let words = &self.period;
        let units = [
            (86_400, &words.day, &words.days),
            (3_600, &words.hour, &words.hours),
            (60, &words.minute, &words.minutes),
        ];
        let whole = units.into_iter().find(|(unit, ..)| seconds > 0 && seconds.is_multiple_of(*unit));
        let (unit, one, many) = whole.unwrap_or((1, &words.second, &words.seconds));
        match seconds / unit {
            1 => one.clone(),
            count => fill(many, &[("count", &count.to_string())]),
        }
    }
}

/// A text with its `{places}` filled in; what is filled in is not looked at again.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let named = after.split_once('}').and_then(|(name, after)| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, after))
        });
        rest = match named {
            Some((value, after)) => {
                filled.push_str(value);
                after
            }
            None => {
                filled.push('{');
                after
            }
        };
    }
    filled + rest
}

/// The names of the `{places}` of a text.
pub fn places(text: &str) -> Vec<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(name, _)| name)).collect()
}

impl<'de> Deserialize<'de> for CategoryTexts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut written = BTreeMap::<String, String>::deserialize(deserializer)?;
        let mut texts = [const { String::new() }; Category::ALL.len()];
        for (text, category) in texts.iter_mut().zip(Category::ALL) {
            *text = written
                .remove(category.name())
                .ok_or_else(|| de::Error::custom(format_args!("no text for {category}")))?;
        }
        match written.into_keys().next() {
            Some(unknown) => Err(de::Error::custom(format_args!("{unknown} is no category"))),
            None => Ok(Self(texts)),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> Vec<(&'static str, Texts)> {
        BUILT_IN.iter().map(|(tag, text)| (*tag, Texts::read(text).unwrap())).collect()
    }

    /// Every text of a file by its name.
    fn flat(text: &str) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        for (table, value) in toml::from_str::<toml::Table>(text).unwrap() {
            match value {
                toml::Value::Table(texts) => found.extend(
                    texts
                        .into_iter()
                        .map(|(name, text)| (format!("{table}.{name}"), text.as_str().unwrap().into())),
                ),
                other => drop(found.insert(table, other.as_str().unwrap().to_owned())),
            }
        }
        found
    }

    #[test]
    fn every_language_has_every_text_with_the_same_places() {
        let english = flat(BUILT_IN[0].1);
        assert!(english.len() > 100);
        for (tag, text) in BUILT_IN {
            let texts = flat(text);
            assert!(texts.keys().eq(english.keys()), "{tag}");
            for (name, text) in &texts {
                let set = |text| places(text).into_iter().collect::<BTreeSet<_>>();
                assert_eq!(set(text), set(&english[name]), "{tag}: {name}");
                assert!(!text.trim().is_empty() && text.trim() == text, "{tag}: {name}");
            }
        }
    }

    #[test]
    fn languages_are_translated_and_set_in_their_own_signs() {
        let english = flat(BUILT_IN[0].1);
        for (tag, text) in BUILT_IN.into_iter().skip(1) {
            let texts = flat(text);
            let same = texts.iter().filter(|(name, text)| english[*name] == **text).count();
            assert!(same < 12, "{tag}: {same} texts are English");
        }
        for (tag, text) in BUILT_IN {
            for (name, text) in flat(text) {
                assert!(
                    !text.contains(['\'', '"']) && !text.contains("..."),
                    "{tag}: {name} is typed, not set"
                );
                assert!(!text.to_lowercase().contains("anonym"), "{tag}: {name}");
                let french = text.contains([';', '!', '?', '»']) && tag == "fr";
                assert!(!french || text.contains('\u{202f}'), "{tag}: {name} lacks a narrow space");
            }
        }
    }

    #[test]
    fn a_missing_or_unknown_text_does_not_read() {
        let english = BUILT_IN[0].1;
        for (right, wrong) in [
            ("skip = ", "skipp = "),
            ("\nscreen = ", "\nscren = "),
            ("say_no = \"Say no\"\n", ""),
            ("timezone = \"Your time zone\"\n", ""),
        ] {
            assert!(Texts::read(&english.replacen(right, wrong, 1)).is_err(), "{right}");
        }
    }

    #[test]
    fn a_period_is_told_in_the_largest_whole_unit() {
        let english = &all()[0].1;
        for (seconds, told) in [
            (86_400, "every day"),
            (172_800, "every 2 days"),
            (43_200, "every 12 hours"),
            (3_600, "every hour"),
            (90, "every 90 seconds"),
            (1, "every second"),
        ] {
            assert_eq!(english.period(seconds), told);
        }
        assert_eq!(all()[1].1.period(7_200), "alle 2 Stunden");
    }

    #[test]
    fn what_is_filled_in_is_text_and_nothing_more() {
        let told = fill("{a} and {b}, {c", &[("a", "{b}"), ("b", "2")]);
        assert_eq!(told, "{b} and 2, {c");
        assert_eq!(places("{a} x {b}"), ["a", "b"]);
    }
}
