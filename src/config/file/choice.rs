//! How a visitor's choice is heeded, as written: in `[visitor_choice]` for all routes, in a route for that one.
//!
//! Does not know which signals or consent tools there are. Invariant: a predicate keeps its line, and what is neither
//! one nor a list of them is told.

use toml::de::DeValue;

use super::super::section::{Section, Written};
use crate::privacy::choice::Effect;

#[derive(Debug, Default)]
pub struct ChoiceEntry {
    pub signals: Option<Written<Vec<Written<String>>>>,
    pub on_opt_out: Option<Written<Effect>>,
    pub on_gpc: Option<Written<Effect>>,
    pub on_dnt: Option<Written<Effect>>,
    pub opt_in_over: Option<Written<Vec<Written<String>>>>,
}

/// `require_consent`: all of these must hold.
#[derive(Debug)]
pub struct ConsentEntry(pub Vec<PredicateEntry>);

#[derive(Debug)]
pub struct PredicateEntry {
    pub line: usize,
    pub place: String,
    pub cookie: Option<Written<String>>,
    pub pointer: Option<Written<String>>,
    /// A text, a number or a truth, as text.
    pub equals: Option<Written<String>>,
    pub contains: Option<Written<String>>,
    pub preset: Option<Written<String>>,
    pub purpose: Option<Written<String>>,
}

impl ChoiceEntry {
    pub(super) fn read(s: &mut Section<'_>) -> Self {
        const EFFECTS: [(&str, Effect); 2] = [("block", Effect::Block), ("strict", Effect::Strict)];
        Self {
            signals: s.texts("signals"),
            on_opt_out: s.word("on_opt_out", &EFFECTS),
            on_gpc: s.word("on_gpc", &EFFECTS),
            on_dnt: s.word("on_dnt", &EFFECTS),
            opt_in_over: s.texts("opt_in_over"),
        }
    }
}

impl ConsentEntry {
    /// What is right, for whoever wrote something else.
    const RIGHT: &str =
        "{ cookie = \"…\", equals = \"…\" }, { preset = \"…\", purpose = \"…\" } or a list of these";

    pub(super) fn read(s: &mut Section<'_>) -> Option<Self> {
        let (written, line) = s.value("require_consent")?;
        let place = format!("{}, require_consent", s.place);
        let predicates = match written.get_ref() {
            DeValue::Table(table) => vec![PredicateEntry::read(s.inner(table, line, place))],
            DeValue::Array(items)
                if !items.is_empty() && items.iter().all(|item| item.get_ref().is_table()) =>
            {
                let predicate = |(index, item): (usize, &'_ toml::Spanned<DeValue<'_>>)| {
                    let line = s.findings.line(item.span().start);
                    let table = item.get_ref().as_table()?;
                    Some(PredicateEntry::read(s.inner(table, line, format!("{place} {}", index + 1))))
                };
                items.iter().enumerate().filter_map(predicate).collect()
            }
            other => {
                s.wrong(line, "require_consent", Self::RIGHT, other);
                return None;
            }
        };
        Some(Self(predicates))
    }
}

impl PredicateEntry {
    fn read(section: Section<'_>) -> Self {
        section.read(|s| Self {
            line: s.line,
            place: s.place.clone(),
            cookie: s.text("cookie"),
            pointer: s.text("pointer"),
            equals: scalar(s),
            contains: s.text("contains"),
            preset: s.text("preset"),
            purpose: s.text("purpose"),
        })
    }
}

fn scalar(s: &mut Section<'_>) -> Option<Written<String>> {
    let (written, line) = s.value("equals")?;
    let value = match written.get_ref() {
        DeValue::String(text) => text.as_ref().to_owned(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
        other => {
            s.wrong(line, "equals", "a text, a number, true or false", other);
            return None;
        }
    };
    Some(Written { value, line })
}
