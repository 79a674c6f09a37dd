//! How a problem of the settings is told: where it stands, what is wrong, and what to write instead.
//!
//! Does not know what can be wrong. Invariant: all problems of a file are told at once, in the order of
//! its lines, and no line of the file is quoted.

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt;

use serde::Serialize;

/// One thing to mend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// Counted from 1; missing when it is the file itself.
    pub line: Option<usize>,
    /// Told for TOML that cannot be read.
    pub column: Option<usize>,
    /// The part of the file in its own words: `route "chat", rule 3`; empty at the top.
    pub place: String,
    pub what: String,
    pub instead: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "line {line}, column {column}: ")?,
            (Some(line), None) => write!(f, "line {line}: ")?,
            _ => {}
        }
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.what)?;
        self.instead.iter().try_for_each(|instead| write!(f, "; {instead}"))
    }
}

/// Everything that keeps a file from being run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct Problems {
    pub file: String,
    pub problems: Vec<Problem>,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        write!(f, "{}: {count} problem{}", self.file, if count == 1 { "" } else { "s" })?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

/// What the reading of one file finds, gathered on the way.
#[derive(Debug, Default)]
pub struct Findings {
    /// Where each line begins.
    lines: Vec<usize>,
    problems: RefCell<Vec<Problem>>,
    notes: RefCell<Vec<String>>,
    /// Keys, with their place, that are there and were told to be wrong.
    flawed: RefCell<HashSet<(String, String)>>,
}

impl Findings {
    pub fn new(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { lines, ..Self::default() }
    }

    /// The line, counted from 1, that a byte stands on.
    pub fn line(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).max(1)
    }

    /// A problem, and what is right instead.
    pub fn tell(&self, line: usize, place: &str, what: impl Into<String>, instead: impl Into<String>) {
        self.push(Some(line), None, place, what.into(), Some(instead.into()));
    }

    /// A problem whose mending goes without saying.
    pub fn plain(&self, line: usize, place: &str, what: impl Into<String>) {
        self.push(Some(line), None, place, what.into(), None);
    }

    /// None of these keys is there, unless one of them is there and was told already: one mistake, one
    /// problem.
    pub fn missing(&self, line: usize, place: &str, keys: &[&str], instead: &str) {
        let flawed = self.flawed.borrow();
        if !keys.iter().any(|key| flawed.contains(&(place.to_owned(), (*key).to_owned()))) {
            self.tell(line, place, format!("there is no {}", keys.join(" and no ")), instead);
        }
    }

    /// A key that is there, misspelled or of the wrong type.
    pub fn flawed(&self, place: &str, key: &str) {
        self.flawed.borrow_mut().insert((place.to_owned(), key.to_owned()));
    }

    /// TOML that cannot be read, at a byte of the text.
    pub fn syntax(&self, text: &str, at: usize, what: &str) {
        let line = self.line(at);
        let column = text.get(self.lines[line - 1]..at).map_or(1, |before| before.chars().count() + 1);
        self.push(Some(line), Some(column), "", what.to_owned(), None);
    }

    /// Something allowed and still worth saying.
    pub fn note(&self, place: &str, text: &str) {
        let (note, mut notes) = (format!("{place}: {text}"), self.notes.borrow_mut());
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// What was meant and the notes on it, or every problem.
    pub fn conclude<T>(self, file: &str, meant: Option<T>) -> Result<(T, Vec<String>), Problems> {
        let mut problems = self.problems.into_inner();
        problems.sort();
        problems.dedup();
        match meant {
            Some(meant) if problems.is_empty() => Ok((meant, self.notes.into_inner())),
            _ => Err(Problems { file: file.to_owned(), problems }),
        }
    }

    fn push(
        &self,
        line: Option<usize>,
        column: Option<usize>,
        place: &str,
        what: String,
        instead: Option<String>,
    ) {
        let place = place.to_owned();
        self.problems.borrow_mut().push(Problem { line, column, place, what, instead });
    }
}

impl Problems {
    /// The file itself is the problem.
    pub fn of_file(file: &str, what: &str) -> Self {
        let (place, what) = (String::new(), what.to_owned());
        Self {
            file: file.to_owned(),
            problems: vec![Problem { line: None, column: None, place, what, instead: None }],
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn two() -> Problems {
        let findings = Findings::new("a\nb\n");
        findings.tell(12, "route \"chat\", rule 3", "unknown action \"hash\"", "use keep or remove");
        findings.plain(3, "listener \"https\"", "cannot read certs/site.pem: permission denied");
        findings.conclude("proxy.toml", Some(())).unwrap_err()
    }

    #[test]
    fn problems_are_told_in_the_order_of_lines_with_what_is_right() {
        let told = "proxy.toml: 2 problems\n  \
            line 3: listener \"https\": cannot read certs/site.pem: permission denied\n  \
            line 12: route \"chat\", rule 3: unknown action \"hash\"; use keep or remove";
        assert_eq!(two().to_string(), told);
    }

    #[test]
    fn programs_get_the_parts() {
        let json = serde_json::to_value(two()).unwrap();
        assert_eq!(json["file"], "proxy.toml");
        assert_eq!(json["problems"][1]["line"], 12);
        assert_eq!(json["problems"][1]["instead"], "use keep or remove");
    }

    #[test]
    fn a_byte_is_found_on_its_line() {
        let findings = Findings::new("ab\ncd\n");
        assert_eq!([0, 2, 3, 6, 99].map(|at| findings.line(at)), [1, 1, 2, 3, 3]);
    }
}
