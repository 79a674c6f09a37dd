//! One table of the file while it is read: keys are asked for by name and type, and what was not asked
//! for is unknown.
//!
//! Knows TOML with its places; does not know which keys there are. Invariant: [`Section::read`] ends with a
//! problem for every key that nobody asked for, so nothing is ignored in silence.

use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Findings;
use super::units;
use super::words::{either, nearest, quote};

/// A value, and the line it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written<T> {
    pub value: T,
    pub line: usize,
}

/// A table of the file.
#[derive(Debug)]
pub struct Section<'a> {
    table: &'a DeTable<'a>,
    pub findings: &'a Findings,
    /// Where the table begins.
    pub line: usize,
    /// How problems name the table: `route "chat", rule 3`.
    pub place: String,
    asked: Vec<&'static str>,
    /// Whether every key was asked for.
    open: bool,
}

impl<'a> Section<'a> {
    /// The whole file.
    pub fn top(table: &'a DeTable<'a>, findings: &'a Findings) -> Self {
        Self { table, findings, line: 1, place: String::new(), asked: Vec::new(), open: false }
    }

    /// Reads the table, then tells every key that was not asked for.
    pub fn read<T>(mut self, read: impl FnOnce(&mut Self) -> T) -> T {
        let read = read(&mut self);
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if !self.open && !self.asked.contains(&name) {
                let instead = match nearest(name, self.asked.iter().copied()) {
                    Some(known) => {
                        self.findings.flawed(&self.place, known);
                        format!("did you mean {}?", quote(known))
                    }
                    None => format!("known here: {}", self.asked.join(", ")),
                };
                let line = self.findings.line(key.span().start);
                self.findings.tell(line, &self.place, format!("unknown key {}", quote(name)), instead);
            }
        }
        read
    }

    pub fn text(&mut self, key: &'static str) -> Option<Written<String>> {
        self.typed(key, "a text in quotes", |value| value.as_str().map(str::to_owned))
    }

    pub fn flag(&mut self, key: &'static str) -> Option<Written<bool>> {
        self.typed(key, "true or false", DeValue::as_bool)
    }

    pub fn count(&mut self, key: &'static str) -> Option<Written<u64>> {
        self.typed(key, "a whole number", whole)
    }

    pub fn fraction(&mut self, key: &'static str) -> Option<Written<f64>> {
        self.typed(key, "a number such as 0.05", |value| match value {
            DeValue::Float(number) => number.as_str().replace('_', "").parse().ok(),
            _ => None,
        })
    }

    pub fn duration(&mut self, key: &'static str) -> Option<Written<Duration>> {
        self.typed(key, "a span of time such as \"500ms\", \"10s\", \"5m\" or \"24h\"", |value| {
            value.as_str().and_then(units::duration)
        })
    }

    pub fn size(&mut self, key: &'static str) -> Option<Written<u64>> {
        self.typed(key, "a size such as \"64KiB\", \"8MiB\" or a number of bytes", |value| {
            whole(value).or_else(|| value.as_str().and_then(units::size))
        })
    }

    /// A list of texts, each with its own line.
    pub fn texts(&mut self, key: &'static str) -> Option<Written<Vec<Written<String>>>> {
        let findings = self.findings;
        self.typed(key, "a list of texts, [\"…\", \"…\"]", |value| {
            let element = |item: &Spanned<DeValue<'_>>| {
                let line = findings.line(item.span().start);
                item.get_ref().as_str().map(|text| Written { value: text.to_owned(), line })
            };
            value.as_array()?.iter().map(element).collect()
        })
    }

    /// One of several words.
    pub fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<Written<T>> {
        let Written { value, line } = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == value);
        if found.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let what = format!("unknown {key} {}", quote(&value));
            self.findings.tell(line, &self.place, what, format!("use {}", either(&known)));
        }
        found.map(|(_, meant)| Written { value: *meant, line })
    }

    /// A table written `[key]`.
    pub fn section(&mut self, key: &'static str) -> Option<Section<'a>> {
        let (value, line) = self.value(key)?;
        let place = if self.place.is_empty() { format!("[{key}]") } else { format!("{}, {key}", self.place) };
        match value.get_ref().as_table() {
            Some(table) => Some(self.inner(table, line, place)),
            None => {
                self.wrong(line, key, &format!("a table, written [{key}]"), value.get_ref());
                None
            }
        }
    }

    /// Tables written `[[key]]`, each named by one of its own texts, or else counted.
    pub fn sections(&mut self, key: &'static str, name: &str) -> Vec<Section<'a>> {
        let Some((value, line)) = self.value(key) else { return Vec::new() };
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(
                line,
                key,
                &format!("a list of tables, each written [[{}{key}]]", self.prefix()),
                value.get_ref(),
            );
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let line = self.findings.line(item.span().start);
            let Some(table) = item.get_ref().as_table() else {
                self.wrong(
                    line,
                    key,
                    &format!("a list of tables, each written [[{}{key}]]", self.prefix()),
                    item.get_ref(),
                );
                continue;
            };
            let named = table.get(name).and_then(|text| text.get_ref().as_str());
            let own =
                named.map_or_else(|| format!("{key} {}", index + 1), |text| format!("{key} {}", quote(text)));
            let place = if self.place.is_empty() { own } else { format!("{}, {own}", self.place) };
            sections.push(self.inner(table, line, place));
        }
        sections
    }

    /// A value of any type, and the line of its key.
    pub fn value(&mut self, key: &'static str) -> Option<(&'a Spanned<DeValue<'a>>, usize)> {
        self.asked.push(key);
        let (name, value) = self.table.get_key_value(key)?;
        Some((value, self.findings.line(name.span().start)))
    }

    /// Every key with its value and line, for a table whose keys are words of their own.
    pub fn entries(&mut self) -> Vec<(&'a str, &'a Spanned<DeValue<'a>>, usize)> {
        self.open = true;
        let entry = |(key, value): (&'a Spanned<_>, _)| {
            let name: &'a std::borrow::Cow<'a, str> = key.get_ref();
            (name.as_ref(), value, self.findings.line(key.span().start))
        };
        self.table.iter().map(entry).collect()
    }

    /// A table found in a value of this one.
    pub fn inner(&self, table: &'a DeTable<'a>, line: usize, place: String) -> Section<'a> {
        Section { table, findings: self.findings, line, place, asked: Vec::new(), open: false }
    }

    /// Tells that none of these keys is there.
    pub fn need(&self, keys: &[&str], instead: &str) {
        if !keys.iter().any(|key| self.table.contains_key(*key)) {
            self.findings.missing(self.line, &self.place, keys, instead);
        }
    }

    /// A value of the wrong type.
    pub fn wrong(&self, line: usize, key: &str, right: &str, found: &DeValue<'_>) {
        let what = match found {
            DeValue::String(text) => format!("{key} is {}", quote(text)),
            DeValue::Integer(number) => format!("{key} is {number:.20}"),
            other => format!("{key} is a TOML {}", other.type_str()),
        };
        self.findings.flawed(&self.place, key);
        self.findings.tell(line, &self.place, what, format!("write {right}"));
    }

    fn typed<T>(
        &mut self,
        key: &'static str,
        right: &str,
        read: impl FnOnce(&DeValue<'a>) -> Option<T>,
    ) -> Option<Written<T>> {
        let (value, line) = self.value(key)?;
        let read = read(value.get_ref());
        if read.is_none() {
            self.wrong(line, key, right, value.get_ref());
        }
        read.map(|value| Written { value, line })
    }

    fn prefix(&self) -> &'static str {
        if self.place.is_empty() { "" } else { "route." }
    }
}

fn whole(value: &DeValue<'_>) -> Option<u64> {
    let number = value.as_integer()?;
    u64::from_str_radix(number.as_str(), number.radix()).ok()
}
