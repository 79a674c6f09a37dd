//! `privet check`: is the file fine, and what is worth knowing about it.
//!
//! Opens no socket. Invariant: what it calls fine, `privet` can start with.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use serde_json::json;

use super::USAGE;
use super::output::say;
use crate::config::vendors::{self, Difference};
use crate::config::{self, Problems, Settings, Upstream};

pub fn run(file: &Path, json: bool) -> ExitCode {
    let report = Report::of(file);
    if json {
        say(report.json(file));
    } else {
        say(report.text(file));
    }
    if report.is_fine() { ExitCode::SUCCESS } else { ExitCode::from(USAGE) }
}

enum Report {
    Read { settings: Box<Settings>, pairs: BTreeMap<&'static str, Pairs> },
    Wrong(Problems),
}

/// A vendor's pairs of before and after.
struct Pairs {
    count: usize,
    differences: Vec<Difference>,
}

/// Plays the pairs of every vendor that a route names.
fn play(settings: &Settings) -> BTreeMap<&'static str, Pairs> {
    let used = settings.routes.iter().filter_map(|route| vendors::find(route.vendor.as_deref()?));
    let used: BTreeMap<&'static str, _> = used.map(|vendor| (vendor.name.as_str(), vendor)).collect();
    let pairs = |vendor: &vendors::Vendor| Pairs {
        count: vendor.tests.len(),
        differences: vendors::rehearse(vendor),
    };
    used.into_iter().map(|(name, vendor)| (name, pairs(vendor))).collect()
}

impl Report {
    fn of(file: &Path) -> Self {
        match config::load(file) {
            Ok(settings) => Self::Read { pairs: play(&settings), settings: Box::new(settings) },
            Err(problems) => Self::Wrong(problems),
        }
    }

    fn is_fine(&self) -> bool {
        match self {
            Self::Read { pairs, .. } => pairs.values().all(|pairs| pairs.differences.is_empty()),
            Self::Wrong(_) => false,
        }
    }

    fn text(&self, file: &Path) -> String {
        let (settings, pairs) = match self {
            Self::Read { settings, pairs } => (settings, pairs),
            Self::Wrong(problems) => return problems.to_string(),
        };
        let mut lines = Vec::new();
        let counts = format!(
            "{}, {}",
            count(settings.listeners.len(), "listener"),
            count(settings.routes.len(), "route")
        );
        let verdict = if self.is_fine() { "fine" } else { "read, but a vendor's map does not hold" };
        lines.push(format!("{}: {verdict} ({counts})", file.display()));
        for route in &settings.routes {
            let vendor = route.vendor.as_deref().unwrap_or("no vendor");
            let place =
                format!("{}{}", route.host.as_deref().unwrap_or("*"), route.path.as_deref().unwrap_or("/"));
            let further = route.places.iter().map(|place| place.upstream.clone());
            let url = |to: Upstream| format!("{}://{}{}", to.scheme, to.authority, to.base_path);
            let to = route.upstreams().chain(further).map(url).collect::<Vec<_>>().join(", ");
            lines.push(format!(
                "  route \"{}\": {place} → {to} ({vendor}, {})",
                route.name, route.policy_name
            ));
        }
        for (vendor, pairs) in pairs {
            let held = pairs.count - pairs.differences.len();
            lines.push(format!("  {vendor}: {held} of {} before and after hold", pairs.count));
            lines.extend(pairs.differences.iter().map(|difference| format!("  {difference}")));
        }
        if !settings.notes.is_empty() {
            lines.push(format!("{}:", count(settings.notes.len(), "note")));
            lines.extend(settings.notes.iter().map(|note| format!("  {note}")));
        }
        lines.join("\n")
    }

    fn json(&self, file: &Path) -> serde_json::Value {
        match self {
            Self::Read { settings, pairs } => json!({
                "file": file.display().to_string(),
                "fine": self.is_fine(),
                "listeners": settings.listeners.iter().map(|one| one.address.to_string()).collect::<Vec<_>>(),
                "routes": settings.routes.iter().map(|route| route.name.as_ref()).collect::<Vec<_>>(),
                "differences": pairs
                    .values()
                    .flat_map(|pairs| pairs.differences.iter().map(ToString::to_string))
                    .collect::<Vec<_>>(),
                "notes": settings.notes,
            }),
            Self::Wrong(problems) => {
                json!({ "file": problems.file, "fine": false, "problems": problems.problems })
            }
        }
    }
}

fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn report(name: &str, text: &str) -> (Report, std::path::PathBuf) {
        let file = std::env::temp_dir().join(format!("privet-check-{}-{name}.toml", std::process::id()));
        std::fs::write(&file, text).unwrap();
        let report = Report::of(&file);
        std::fs::remove_file(&file).unwrap();
        (report, file)
    }

    const FINE: &str = "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n[[route]]\nname = \"chat\"\n\
        path = \"/chat/\"\nupstream = \"https://vendor.example\"\n";

    #[test]
    fn a_fine_file_is_told_with_its_counts_its_routes_and_its_notes() {
        let (report, file) = report("fine", FINE);
        assert!(report.is_fine());
        let text = report.text(&file);
        assert!(text.contains(".toml: fine (1 listener, 1 route)\n"), "{text}");
        assert!(
            text.contains("route \"chat\": */chat/ → https://vendor.example (no vendor, strict)"),
            "{text}"
        );
        assert!(text.contains("notes:\n  route \"chat\": "), "{text}");
        assert_eq!(report.json(&file)["fine"], true);
    }

    #[test]
    fn a_wrong_file_is_told_with_every_problem() {
        let (report, file) = report("wrong", "[[route]]\nnam = \"a\"\n");
        assert!(!report.is_fine());
        assert!(report.text(&file).contains("problems\n  line 1: "), "{}", report.text(&file));
        let json = report.json(&file);
        assert_eq!(json["fine"], false);
        assert!(json["problems"].as_array().unwrap().iter().any(|problem| problem["line"] == 2));
    }
}
