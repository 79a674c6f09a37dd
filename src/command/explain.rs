//! `privet explain [ROUTE]`: the table a privacy officer can read.
//!
//! Knows how a route's rules are told; asks the engine itself what it would do. Invariant: every example went
//! through the running rules, none is written by hand.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::choice;
use super::output::say;
use super::snippet::Embedding;
use crate::config::{Route, units};
use crate::privacy::choice::{Effect, Signal};
use crate::privacy::{Action, Category, LONGEST_COOKIE, Mount, Treatment};

pub fn run(config: &Path, name: Option<&str>, snippet: bool, as_json: bool) -> Result<ExitCode, ExitCode> {
    let settings = choice::settings(config)?;
    let routes = match name {
        Some(name) => vec![choice::route(&settings, name)?],
        None => settings.routes.iter().collect(),
    };
    let routes = routes.into_iter();
    if as_json {
        let told = |route: &Arc<Route>| {
            if snippet { Embedding::of(route).program() } else { program(route) }
        };
        say(Value::Array(routes.map(told).collect()));
    } else {
        let told = |route: &Arc<Route>| if snippet { Embedding::of(route).person() } else { person(route) };
        say(routes.map(told).collect::<Vec<_>>().join("\n"));
    }
    Ok(ExitCode::SUCCESS)
}

/// A place that a rule names.
struct Placed<'r> {
    place: String,
    treatment: Treatment<'r>,
    /// Whether something else happens here than the policy says of the category.
    own: bool,
    /// In what the vendor answers.
    is_back: bool,
    /// How long a cookie may live that is set here.
    max_age: Option<Duration>,
}

impl Placed<'_> {
    fn told(&self) -> String {
        let mut said = Vec::new();
        if self.own {
            said.push(self.treatment.action.to_string());
        }
        said.extend(self.max_age.map(|span| format!("{} at most", units::written(span))));
        if said.is_empty() { self.place.clone() } else { format!("{} ({})", self.place, said.join(", ")) }
    }
}

/// The places of a route that carry a category and do with it what the policy says, or a rule's own action.
fn places(route: &Route) -> Vec<Placed<'_>> {
    let own = |category, action: &Action| route.policy.action(category) != action;
    let rules = route.policy.rules();
    rules
        .map(|(rule, treatment)| Placed {
            place: rule.selector.to_string(),
            own: own(treatment.category, treatment.action),
            is_back: rule.selector.is_back(),
            max_age: rule.max_age,
            treatment,
        })
        .collect()
}

fn person(route: &Route) -> String {
    let mut text = String::new();
    let vendor = route.vendor.as_deref().unwrap_or("no vendor's map");
    let _ = writeln!(
        text,
        "route \"{}\" to {} ({vendor}), policy {}\n",
        route.name,
        route.addresses(),
        route.policy_name
    );
    if !route.places.is_empty() {
        let mounts = route.own_mounts();
        let width = mounts.iter().map(|mount| mount.place.len()).max().unwrap_or_default();
        for Mount { place, upstream, base_path, .. } in mounts {
            let _ = writeln!(text, "  {place:<width$} leads to {upstream}{base_path}");
        }
        let _ = writeln!(text);
    }
    let _ = writeln!(text, "  {:<12} {:<13} {:<38} leaves as", "category", "action", "for example");
    for category in Category::ALL.into_iter().filter(|category| *category != Category::Unmapped) {
        let leaves = route.example(category).unwrap_or_else(|| "nothing".to_owned());
        let action = route.policy.action(category).name();
        let _ = writeln!(
            text,
            "  {category:<12} {action:<13} {:<38} {}",
            cut(category.sample(), 38),
            cut(&leaves, 60)
        );
    }
    let unmapped = route.policy.action(Category::Unmapped);
    let _ = writeln!(
        text,
        "  {:<12} {:<13} what no rule names, in queries and bodies; headers and cookies never leave",
        "unmapped",
        unmapped.name()
    );
    let _ = writeln!(text, "\n  the visitor's choice, for the site {}", route.site);
    for (what, how) in heeded(route) {
        let _ = writeln!(text, "  {what:<12} {how}");
    }
    let (back, out): (Vec<_>, Vec<_>) = places(route).into_iter().partition(|place| place.is_back);
    if let Some(collision) = route.collision {
        let _ = writeln!(
            text,
            "\n  of {} visitors in an epoch {} % share a stand-in: {:.1} bits of an identifier remain",
            collision.visitors(),
            100.0 * collision.rate(),
            collision.bits()
        );
    }
    let _ = writeln!(text, "\n  places the rules name, the first that matches decides");
    listed(&mut text, &out);
    let _ = writeln!(text, "\n  on the way back: {}", way_back(route));
    listed(&mut text, &back);
    for patch in route.names.patches() {
        let host = patch.host.as_deref().unwrap_or("any host");
        let _ = writeln!(text, "  {:<12} {} in {host} {}", "patch", patch.name, patch.path);
    }
    let longest = units::written(LONGEST_COOKIE);
    let _ = writeln!(text, "  {:<12} live {longest} at most, and no visit prolongs them", "cookies");
    text
}

fn listed(text: &mut String, places: &[Placed<'_>]) {
    for category in Category::ALL {
        let here = places.iter().filter(|place| place.treatment.category == category);
        let here: Vec<String> = here.map(Placed::told).collect();
        if !here.is_empty() {
            let _ = writeln!(text, "  {category:<12} {}", wrap(&here, 15, 100));
        }
    }
}

/// What happens to the bodies of answers.
fn way_back(route: &Route) -> &'static str {
    if route.policy.reads_answers() {
        "JSON, events and messages are read; what no rule names passes, but for the visitor's own address"
    } else {
        "of texts the vendor's names become the route's, as they stream; nothing else is read"
    }
}

/// What becomes of each sign of a no, and what is asked before anything passes.
fn heeded(route: &Route) -> Vec<(&'static str, String)> {
    let choice = &route.choice;
    let effect = |signal: Signal| match choice.effect(signal) {
        _ if !choice.heeds(signal) => "not heeded",
        Effect::Block => "block: answered here, the vendor hears nothing",
        Effect::Strict => "strict: what the strict policy lets pass",
    };
    let mut lines: Vec<(&str, String)> =
        Signal::ALL.into_iter().map(|signal| (signal.name(), effect(signal).to_owned())).collect();
    if !choice.opt_in_over.is_empty() {
        lines.push(("a yes", format!("on the site outweighs {}", names(&choice.opt_in_over).join(" and "))));
    }
    let consent = route.consent.iter().flat_map(|consent| &consent.0);
    lines.extend(consent.map(|predicate| ("consent", format!("nothing passes until {predicate}"))));
    if route.activate_on_click {
        lines.push(("click", "nothing passes before the visitor presses a button".to_owned()));
    }
    lines
}

fn names(signals: &[Signal]) -> Vec<&'static str> {
    signals.iter().map(|signal| signal.name()).collect()
}

fn choice_for_programs(route: &Route) -> Value {
    let choice = &route.choice;
    let consent = route.consent.iter().flat_map(|consent| &consent.0);
    json!({
        "site": &*route.site,
        "signals": names(&choice.signals),
        "on_opt_out": choice.on_opt_out.name(),
        "on_gpc": choice.on_gpc.name(),
        "on_dnt": choice.on_dnt.name(),
        "opt_in_over": names(&choice.opt_in_over),
        "require_consent": consent.map(ToString::to_string).collect::<Vec<_>>(),
        "activate_on_click": route.activate_on_click,
    })
}

fn program(route: &Route) -> Value {
    let categories: Vec<Value> = Category::ALL
        .into_iter()
        .map(|category| {
            json!({
                "category": category.name(),
                "meaning": category.meaning(),
                "action": route.policy.action(category).to_string(),
                "before": category.sample(),
                "after": route.example(category),
            })
        })
        .collect();
    let places: Vec<Value> = places(route)
        .into_iter()
        .map(|Placed { place, treatment, max_age, .. }| {
            json!({
                "place": place, "category": treatment.category.name(), "action": treatment.action.to_string(),
                "max_age": max_age.map(units::written),
            })
        })
        .collect();
    json!({
        "route": &*route.name,
        "upstream": route.addresses(),
        "hosts": route.own_mounts().iter().map(|mount| {
            json!({ "place": mount.place, "host": mount.upstream.as_str(), "path": mount.base_path })
        }).collect::<Vec<_>>(),
        "vendor": route.vendor.as_deref(),
        "policy": &*route.policy_name,
        "site": &*route.site,
        "collision": route.collision.map(|collision| {
            json!({
                "visitors": collision.visitors(),
                "rate": collision.rate(),
                "stand_ins": collision.stand_ins(),
            })
        }),
        "choice": choice_for_programs(route),
        "categories": categories,
        "places": places,
        "reads_answers": route.policy.reads_answers(),
    })
}

/// The beginning of a text, so that a table stays a table.
fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width - 1).chain(['\u{2026}']).collect()
}

/// A list over several lines, indented.
fn wrap(items: &[String], indent: usize, width: usize) -> String {
    let mut text = String::new();
    let mut line = 0;
    for (index, item) in items.iter().enumerate() {
        if line > 0 && line + item.len() > width {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            line = 0;
        }
        text.push_str(item);
        line += item.len() + 2;
        if index + 1 < items.len() {
            text.push_str(", ");
        }
    }
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_routes_choice_is_told_as_it_is_heeded() {
        let text = "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n[[route]]\nname = \"chat\"\nhost = \"a.example\"\n\
            upstream = \"https://b.example\"\nsignals = [\"cookie\", \"gpc\"]\non_gpc = \"strict\"\nactivate_on_click = true\n\
            require_consent = { cookie = \"c\", pointer = \"/a\", equals = true }";
        let settings = crate::config::parse(text, Path::new("proxy.toml")).unwrap();
        let told = person(&settings.routes[0]);
        for line in [
            "  cookie       block: answered here",
            "  gpc          strict: what",
            "  dnt          not heeded",
            "  consent      nothing passes until cookie c at /a equals \"true\"",
            "  click        nothing passes before",
        ] {
            assert!(told.contains(line), "{told}");
        }
        assert_eq!(program(&settings.routes[0])["choice"]["on_gpc"], "strict");
    }

    #[test]
    fn long_values_and_long_lists_keep_the_table_narrow() {
        assert_eq!(cut("abcdef", 4), "abc\u{2026}");
        assert_eq!(cut("abcd", 4), "abcd");
        let items = ["a".repeat(6), "b".repeat(6)];
        assert_eq!(wrap(&items, 2, 8), "aaaaaa, \n  bbbbbb");
    }
}
