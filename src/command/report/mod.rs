//! `privet report [ROUTE]`: a document for the record of processing, from the settings as they run.
//!
//! Knows what is told of a route and in which form; `standards` knows what regulators ask for. Invariants: every
//! action is read off the compiled policy and every example went through it; a stand-in is called a pseudonym.

mod standards;

use std::fmt::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use askama::Template;
use askama::filters::Escaper;
use clap::ValueEnum;
use cookie::time::OffsetDateTime;
use serde_json::{Value, json};

use super::choice;
use super::output::say;
use crate::config::vendors;
use crate::config::{Route, Settings, units};
use crate::privacy::choice::Effect;
use crate::privacy::{Action, Category, LONGEST_COOKIE, Selector};
use standards::Standard;

/// How the document is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Form {
    #[default]
    Markdown,
    Html,
    Json,
}

pub fn run(config: &Path, name: Option<&str>, form: Form) -> Result<ExitCode, ExitCode> {
    let settings = choice::settings(config)?;
    let routes: Vec<&Route> = match name {
        Some(name) => vec![choice::route(&settings, name)?],
        None => settings.routes.iter().map(|route| &**route).collect(),
    };
    let report = Report::of(&settings, &routes);
    match form {
        Form::Json => say(report.json()),
        // A template that was checked when it was compiled has nothing left to fail at.
        Form::Markdown => say(Markdown { report: &report }.render().unwrap_or_default().trim_end()),
        Form::Html => say(Html { report: &report }.render().unwrap_or_default().trim_end()),
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Template)]
#[template(path = "report.md", config = "src/command/report/askama.toml")]
struct Markdown<'r> {
    report: &'r Report<'r>,
}

#[derive(Template)]
#[template(path = "report.html", config = "src/command/report/askama.toml")]
struct Html<'r> {
    report: &'r Report<'r>,
}

/// Writes a value into a cell of a Markdown table.
#[derive(Clone, Copy)]
struct Cells;

impl Escaper for Cells {
    fn write_escaped_str<W: Write>(&self, mut to: W, text: &str) -> fmt::Result {
        text.chars().try_for_each(|char| match char {
            '|' => to.write_str("\\|"),
            '\n' | '\r' => to.write_char(' '),
            char => to.write_char(char),
        })
    }
}

/// All that is told.
struct Report<'s> {
    version: &'static str,
    date: String,
    routes: Vec<Record<'s>>,
}

/// One route: a recipient, what it gets and how that stands to the law.
struct Record<'s> {
    name: &'s str,
    facts: Vec<(&'static str, String)>,
    deviations: Vec<String>,
    processing: Vec<Processing>,
    standards: [Standard; 4],
}

/// A category of data on a route.
struct Processing {
    category: &'static str,
    meaning: &'static str,
    action: String,
    before: &'static str,
    after: String,
    places: String,
    kept: String,
}

impl<'s> Report<'s> {
    fn of(settings: &Settings, routes: &[&'s Route]) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            date: OffsetDateTime::now_utc().date().to_string(),
            routes: routes.iter().map(|route| Record::of(route, settings)).collect(),
        }
    }

    fn json(&self) -> Value {
        let routes: Vec<Value> = self.routes.iter().map(Record::json).collect();
        json!({ "privet": self.version, "date": self.date, "routes": routes })
    }
}

impl<'s> Record<'s> {
    fn of(route: &'s Route, settings: &Settings) -> Self {
        let processing = Category::ALL.map(|category| Processing::of(category, route, settings)).into();
        Self {
            name: &route.name,
            facts: facts(route, settings),
            deviations: deviations(route),
            processing,
            standards: standards::all(route, settings),
        }
    }

    fn json(&self) -> Value {
        let facts: serde_json::Map<String, Value> =
            self.facts.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        let processing: Vec<Value> = self
            .processing
            .iter()
            .map(|row| {
                json!({
                    "category": row.category, "meaning": row.meaning, "action": row.action, "before": row.before,
                    "after": row.after, "places": row.places, "kept": row.kept,
                })
            })
            .collect();
        let standards: Vec<Value> = self.standards.iter().map(standard).collect();
        json!({
            "route": self.name, "facts": facts, "deviations": self.deviations, "processing": processing,
            "standards": standards,
        })
    }
}

fn standard(standard: &Standard) -> Value {
    let findings: Vec<Value> = standard
        .findings
        .iter()
        .map(|finding| {
            json!({
                "criterion": finding.criterion, "verdict": finding.verdict().name(), "shown_by": finding.shown_by,
                "against": finding.against, "duty": finding.duty,
            })
        })
        .collect();
    json!({ "title": standard.title, "source": standard.source, "findings": findings })
}

/// What is true of the route as a whole.
fn facts(route: &Route, settings: &Settings) -> Vec<(&'static str, String)> {
    let refusal = match route.choice.on_opt_out {
        Effect::Block => "answered here; the recipient is never contacted",
        Effect::Strict => "treated under the policy strict",
    };
    let signals: Vec<&str> = route.choice.signals.iter().map(|signal| signal.name()).collect();
    let consent =
        if route.consent.is_some() { "the site's consent tool must have said yes" } else { "not asked for" };
    vec![
        ("recipient", format!("{}, {}", route.recipient, route.addresses())),
        ("transfer", format!("{} from privet's own address", route.upstream.scheme)),
        ("site", route.site.to_string()),
        ("policy", route.policy_name.to_string()),
        ("vendor's map", route.vendor.as_deref().unwrap_or("none").to_owned()),
        ("who says no", format!("is {refusal}; heard by {}", signals.join(", "))),
        ("consent", consent.to_owned()),
        ("pseudonyms", format!("change every {} hours", settings.pseudonyms.epoch.as_secs_f64() / 3600.0)),
        ("cookies", cookies(route)),
        (
            "kept by privet",
            "nothing of a visitor on disk; what is in memory is listed in docs/storage.md".to_owned(),
        ),
    ]
}

/// How long cookies of the recipient live.
fn cookies(route: &Route) -> String {
    let shorter = route
        .policy
        .rules()
        .filter_map(|(rule, _)| Some(format!("{} after {}", rule.selector, units::written(rule.max_age?))));
    let shorter: Vec<String> = shorter.collect();
    let longest = units::written(LONGEST_COOKIE);
    let sooner = if shorter.is_empty() { String::new() } else { format!("; sooner: {}", shorter.join(", ")) };
    format!("end {longest} after they were set at the latest, and no visit prolongs them{sooner}")
}

/// Where the route does otherwise than the policy it names.
fn deviations(route: &Route) -> Vec<String> {
    let builtin = crate::privacy::Actions::builtin(&route.policy_name);
    let categories = Category::ALL.into_iter().filter_map(|category| {
        let (action, usual) = (route.policy.action(category), builtin.as_ref()?.of(category).clone());
        (category != Category::Unmapped && *action != usual)
            .then(|| format!("{category} is {action}, where {} says {usual}", route.policy_name))
    });
    let rules = route.policy.rules().filter_map(|(rule, treatment)| {
        // Hosts that a vendor hands out are its map's word, not a deviation.
        let own = rule.action.as_ref().filter(|action| **action != Action::Route)?;
        Some(format!("{} ({}) is {own}, by a rule of its own", rule.selector, treatment.category))
    });
    categories.chain(rules).collect()
}

impl Processing {
    fn of(category: Category, route: &Route, settings: &Settings) -> Self {
        let action = route.policy.action(category);
        let kept = match action.name() {
            "remove" => "does not leave".to_owned(),
            "pseudonymize" => {
                format!(
                    "stands for the visitor for {} hours",
                    settings.pseudonyms.epoch.as_secs_f64() / 3600.0
                )
            }
            _ => "as long as the recipient keeps it".to_owned(),
        };
        Self {
            category: category.name(),
            meaning: category.meaning(),
            action: action.to_string(),
            before: category.sample(),
            after: route.example(category).unwrap_or_else(|| "nothing".to_owned()),
            places: places(category, route),
            kept,
        }
    }
}

/// Where the category is looked for: the places of rules, well-known names, and what looks like it.
fn places(category: Category, route: &Route) -> String {
    const SHOWN: usize = 6;
    let rules: Vec<&Selector> = route
        .policy
        .rules()
        .filter(|(_, treatment)| treatment.category == category)
        .map(|(rule, _)| &rule.selector)
        .collect();
    let mut told: Vec<String> = rules.iter().take(SHOWN).map(ToString::to_string).collect();
    if rules.len() > SHOWN {
        told.push(format!("and {} more", rules.len() - SHOWN));
    }
    let vendor = route.vendor.as_deref().and_then(vendors::find);
    let sources = vendor.into_iter().chain([vendors::general()]);
    let names = sources.flat_map(|source| source.named()).filter(|(named, _)| *named == category).count();
    if names > 0 {
        told.push(format!("{names} well-known names anywhere"));
    }
    if told.is_empty() { "wherever it is recognized".to_owned() } else { told.join(", ") }
}
