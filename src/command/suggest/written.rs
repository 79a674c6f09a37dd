//! Proposals as they are written: tables of TOML for the settings file, or JSON.
//!
//! Invariants: what is printed is TOML, and stays TOML when the marks of what is to be decided are taken off; places,
//! kinds and counts are all it says of what was seen.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::proposal::{Outcome, Proposal, Says};
use super::seen::{Kinds, Seen};
use crate::privacy::Selector;

/// Proposals for a person, to be pasted below the route.
pub fn person(seen: &Seen, outcome: &Outcome<'_>) -> String {
    let (sure, asked): (Vec<_>, Vec<_>) = outcome.proposals.iter().partition(|proposal| proposal.sure);
    let mut text = counts(seen, outcome, sure.len(), asked.len());
    if !sure.is_empty() {
        let _ = writeln!(text, "# Paste this below the route, then run privet check and privet explain.");
    }
    let mut says = None;
    for proposal in sure {
        if says != Some(proposal.says) {
            let _ = writeln!(text, "\n# {}", heading(proposal.says));
        }
        says = Some(proposal.says);
        text.push_str(&table(proposal, ""));
    }
    if !asked.is_empty() {
        let _ = writeln!(
            text,
            "\n# To decide. Each line is a guess: where the vendor's protocol needs the value, service is right; where it says\n\
             # something of the person, its category. Take off the # in front of a table, or leave it out."
        );
    }
    for proposal in asked {
        text.push_str(&table(proposal, "#"));
    }
    text.trim_end().to_owned()
}

/// The same for a program.
pub fn program(seen: &Seen, outcome: &Outcome<'_>) -> Value {
    let proposal = |proposal: &Proposal<'_>| {
        json!({
            "select": proposal.place.to_string(),
            "category": category(proposal.says),
            "action": action(proposal.says),
            "kinds": proposal.kinds.map(|kinds| kinds.iter().map(|(kind, count)| (kind.name(), *count)).collect::<std::collections::BTreeMap<_, _>>()),
            "sure": proposal.sure,
        })
    };
    json!({
        "route": (!seen.route.is_empty()).then_some(&seen.route),
        "requests": seen.requests,
        "messages": seen.messages,
        "covered": outcome.covered,
        "withheld": seen.withheld,
        "overlooked": seen.overlooked,
        "unreadable": outcome.unreadable,
        "unread": seen.unread,
        "proposals": outcome.proposals.iter().map(proposal).collect::<Vec<_>>(),
    })
}

fn counts(seen: &Seen, outcome: &Outcome<'_>, sure: usize, asked: usize) -> String {
    let mut text = String::new();
    let whose = if seen.route.is_empty() { String::new() } else { format!("route \"{}\": ", seen.route) };
    let _ = writeln!(
        text,
        "# {whose}{} requests, {} messages; {} places are covered, {sure} rules proposed, {asked} places to decide",
        seen.requests, seen.messages, outcome.covered
    );
    for (count, what) in [
        (seen.withheld as u64, "places shown by too few visitors yet"),
        (seen.overlooked, "values there was no room for"),
        (
            outcome.unreadable,
            "bodies and messages nobody here can read, refused unless the route says undecodable",
        ),
        (seen.unread, "entries that make no sense"),
    ] {
        if count > 0 {
            let _ = writeln!(text, "# {what}: {count}");
        }
    }
    text
}

fn heading(says: Says) -> String {
    match says {
        Says::Category(category) => format!("{category}: {}", category.meaning()),
        Says::Route => {
            "hosts that answers hand out: the visitor finds them here, where a route leads to them".to_owned()
        }
    }
}

/// One rule, each line after a mark.
fn table(proposal: &Proposal<'_>, mark: &str) -> String {
    let wide = if proposal.sweeps { "; a rule here speaks of every name" } else { "" };
    let told = |kinds| format!("# {}{wide}\n", self::kinds(kinds));
    let seen = proposal.kinds.map(told).unwrap_or_default();
    let says = match (category(proposal.says), action(proposal.says)) {
        (Some(category), _) => format!("category = \"{category}\""),
        (None, action) => format!("action = \"{}\"", action.unwrap_or_default()),
    };
    let place = quoted(proposal.place);
    format!("\n{seen}{mark}[[route.rule]]\n{mark}select = {place}\n{mark}{says}\n")
}

fn quoted(place: &Selector) -> String {
    toml::Value::from(place.to_string()).to_string()
}

fn category(says: Says) -> Option<&'static str> {
    match says {
        Says::Category(category) => Some(category.name()),
        Says::Route => None,
    }
}

const fn action(says: Says) -> Option<&'static str> {
    match says {
        Says::Category(_) => None,
        Says::Route => Some("route"),
    }
}

/// `uuid, 12 times; null, once`, the most frequent first.
fn kinds(kinds: &Kinds) -> String {
    let mut kinds: Vec<_> = kinds.iter().collect();
    kinds.sort_by_key(|(kind, count)| (u64::MAX - **count, **kind));
    let told = |(kind, count): (_, &u64)| match count {
        1 => format!("{kind}, once"),
        count => format!("{kind}, {count} times"),
    };
    kinds.into_iter().map(told).collect::<Vec<_>>().join("; ")
}
