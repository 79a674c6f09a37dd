//! Before and after, as data: one folder a surface, read through the engine.
//!
//! A case has a name, perhaps some lines of a `[[route]]` of `proxy.toml` (the default is `policy = "strict"`
//! without a vendor), the request that came, and either the request that left or why it did not; in `answer/` what the
//! vendor answered, and the body that came home. `{pseudonym}`
//! stands for some stand-in. Whoever wonders what privet does with something adds a case and sees.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[allow(dead_code)] // the policies here are those of settings
mod engine;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use privet::config::{self, Route};
use privet::privacy::{Home, Homeward, Key, Left, Pseudonyms, Refusal, Visitor};
use serde::Deserialize;

const SURFACES: [&str; 8] = ["header", "cookie", "target", "json", "form", "multipart", "text", ANSWER];

/// The folder of what comes back: headers and a body of the vendor's, and the body that comes home.
const ANSWER: &str = "answer";

/// Who asks.
const VISITOR: [u8; 4] = [203, 0, 113, 7];

/// Stands in an `after` for whatever stand-in the engine makes.
const STAND_IN: &str = "{pseudonym}";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// What the file shows.
    about: String,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default = "strict")]
    route: String,
    before: String,
    after: Option<String>,
    refused: Option<String>,
}

fn strict() -> String {
    "policy = \"strict\"".to_owned()
}

impl Case {
    fn route(&self) -> Arc<Route> {
        let text = format!(
            "[[listener]]\naddress = \"127.0.0.1:8443\"\ntls = \"off\"\n\
             [[route]]\nname = \"r\"\nhost = \"site.example\"\nupstream = \"https://vendor.example\"\n{}\n",
            self.route
        );
        let settings =
            config::parse(&text, Path::new("proxy.toml")).unwrap_or_else(|problems| panic!("{problems}"));
        settings.routes[0].clone()
    }

    fn request(&self) -> Result<String, Refusal> {
        let before = config::raw::read(self.before.as_bytes()).expect("a request before");
        let left = engine::scrub(&self.route().policy, before, VISITOR.into())?;
        Ok(config::raw::write(&left).trim_end().to_owned())
    }

    fn answer(&self) -> Result<String, Refusal> {
        let (head, body) = self.before.trim().split_once("\n\n").expect("headers and a body");
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        let headers = fields.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let (route, visitor) = (self.route(), Visitor::new(VISITOR.into()));
        let pseudonyms = Pseudonyms::new(&Key::from_bytes([7; 32]), 1, "site.example", "vendor");
        let home = Home { authority: "site.example:8443", secure: true, mounts: &route.mounts };
        let homeward = Homeward { visitor: &visitor, pseudonyms: &pseudonyms, home, names: None };
        let returned = route.policy.scrub_answer(&headers, body.as_bytes(), homeward)?;
        Ok(match returned.left {
            Left::AsItCame => body.to_owned(),
            Left::Changed(new) => String::from_utf8(new.to_vec()).unwrap(),
            Left::Nothing => String::new(),
        })
    }

    /// What is not as the case says.
    fn difference(&self, surface: &str) -> Option<String> {
        let left = if surface == ANSWER { self.answer() } else { self.request() };
        let found = left.unwrap_or_else(|refusal| refusal.to_string());
        let expected = match (&self.after, &self.refused) {
            (Some(after), None) => after.trim_end(),
            (None, Some(refused)) => refused,
            _ => panic!("{}: a case has an after or is refused", self.name),
        };
        (!agree(expected, &found))
            .then(|| format!("{}\n--- expected\n{expected}\n--- found\n{found}\n", self.name))
    }
}

/// Whether a text is the expected one, with some stand-in in each place that asks for one.
fn agree(expected: &str, found: &str) -> bool {
    let mut literals = expected.split(STAND_IN);
    let Some(mut rest) = literals.next().and_then(|literal| found.strip_prefix(literal)) else {
        return false;
    };
    for literal in literals {
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(rest.len());
        match rest[end..].strip_prefix(literal) {
            Some(after) if end > 0 => rest = after,
            _ => return false,
        }
    }
    rest.is_empty()
}

fn files(surface: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(surface);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn every_case_leaves_as_it_says() {
    let mut differences = Vec::new();
    for (surface, path) in
        SURFACES.iter().flat_map(|surface| files(surface).into_iter().map(move |path| (surface, path)))
    {
        let file: File = toml::from_str(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(file.about.len() > 20, "{} does not say what it shows", path.display());
        let name = path.file_name().unwrap().display().to_string();
        let told = file.case.iter().filter_map(|case| case.difference(surface));
        differences.extend(told.map(|told| format!("{name}: {told}")));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_surface_has_cases() {
    assert!(SURFACES.iter().all(|surface| !files(surface).is_empty()));
}
