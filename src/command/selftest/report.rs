//! What became of every mark, for people and for programs.
//!
//! Knows outcomes; does not know how they came about. Invariants: a route whose requests do not arrive is never told as
//! one that leaks nothing; only made-up values are ever shown.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

/// What became of one mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Its request arrived without it: nothing of it, or a coarser form or stand-in.
    Held,
    /// It arrived, and the settings say that it may.
    Passes,
    /// Its request was refused as a whole.
    Refused,
    /// It arrived, and the settings say that it must not.
    Leaks,
    /// Its request neither arrived nor was refused.
    Lost,
}

/// One mark's fate.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    pub surface: &'static str,
    pub place: String,
    pub category: &'static str,
    /// What the settings say of the place.
    pub action: &'static str,
    pub outcome: Outcome,
    /// The answer's, if there was one.
    pub status: Option<u16>,
}

/// What was found on one route.
#[derive(Clone, Debug, Serialize)]
pub struct RouteReport {
    pub route: String,
    /// Whom the route leads to, who hears nothing of the test.
    pub instead_of: BTreeSet<String>,
    /// Whether the route waits for a visitor's consent or click, which the test does without.
    pub held_back: bool,
    /// Whether a request without any mark arrived: what follows proves nothing otherwise.
    pub arrives: bool,
    pub findings: Vec<Finding>,
}

#[derive(Clone, Debug)]
pub struct Report(pub Vec<RouteReport>);

impl RouteReport {
    fn count(&self, surface: &str, outcome: Outcome) -> usize {
        self.of(outcome).filter(|finding| finding.surface == surface).count()
    }

    pub fn of(&self, outcome: Outcome) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.outcome == outcome)
    }

    /// In the order they were tried.
    fn surfaces(&self) -> Vec<&'static str> {
        let mut surfaces: Vec<&'static str> = Vec::new();
        for finding in &self.findings {
            if !surfaces.contains(&finding.surface) {
                surfaces.push(finding.surface);
            }
        }
        surfaces
    }

    fn text(&self) -> String {
        let hosts = self.instead_of.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        let mut text = format!("route \"{}\", in the place of {hosts}\n", self.route);
        if self.held_back {
            text.push_str("  consent and click, which this route waits for, are taken as given\n");
        }
        if !self.arrives {
            text.push_str("  a plain request does not arrive, so nothing is shown of this route\n");
        }
        let _ = writeln!(
            text,
            "  {:<12} {:>6} {:>8} {:>14} {:>8} {:>6}",
            "surface", "marks", "held", "passes by rule", "refused", "LEAKS"
        );
        for surface in self.surfaces() {
            let marks = self.findings.iter().filter(|finding| finding.surface == surface).count();
            let count = |outcome| self.count(surface, outcome);
            let _ = writeln!(
                text,
                "  {surface:<12} {marks:>6} {:>8} {:>14} {:>8} {:>6}",
                count(Outcome::Held),
                count(Outcome::Passes),
                count(Outcome::Refused),
                count(Outcome::Leaks)
            );
        }
        for finding in self.of(Outcome::Leaks) {
            let _ = writeln!(
                text,
                "  LEAKS: {} at {} (the settings say {})",
                finding.category, finding.place, finding.action
            );
        }
        for finding in self.of(Outcome::Lost) {
            let status =
                finding.status.map_or_else(|| "no answer".to_owned(), |status| format!("status {status}"));
            let _ = writeln!(text, "  not sent: {} at {} ({status})", finding.category, finding.place);
        }
        text
    }
}

impl Report {
    /// Nothing leaks, and all was tried.
    pub fn is_fine(&self) -> bool {
        self.0.iter().all(|route| route.arrives && !route.findings.is_empty())
            && self.count(Outcome::Leaks) + self.count(Outcome::Lost) == 0
    }

    pub fn count(&self, outcome: Outcome) -> usize {
        self.0.iter().map(|route| route.of(outcome).count()).sum()
    }

    fn marks(&self) -> usize {
        self.0.iter().map(|route| route.findings.len()).sum()
    }

    fn surfaces(&self) -> usize {
        self.0.iter().map(|route| route.surfaces().len()).sum()
    }

    pub fn text(&self) -> String {
        let mut text: String = self.0.iter().map(|route| route.text() + "\n").collect();
        let of = format!("{} marks on {} surfaces", self.marks(), self.surfaces());
        let _ = match (self.count(Outcome::Leaks), self.is_fine()) {
            (0, true) => write!(text, "nothing leaks: {of}"),
            (0, false) => write!(text, "not all was tried: {of}"),
            (1, _) => write!(text, "1 mark LEAKS: {of}"),
            (leaks, _) => write!(text, "{leaks} marks LEAK: {of}"),
        };
        text
    }

    pub fn json(&self) -> Value {
        json!({
            "fine": self.is_fine(),
            "marks": self.marks(),
            "surfaces": self.surfaces(),
            "leaks": self.count(Outcome::Leaks),
            "routes": self.0,
        })
    }
}
