//! Which rules are proposed for what was seen.
//!
//! Knows what the rules say already; `guess` says what a place may be. Invariants: a place that is covered gets no
//! proposal; a rule that would let something pass is never proposed by itself, a person decides it.

use std::collections::HashSet;

use super::guess::{Guess, guess};
use super::seen::{Kinds, Seen};
use crate::privacy::{Action, Category, Kind, Pointer, Policy, Selector, Step};

/// A rule that may be written.
#[derive(Debug)]
pub struct Proposal<'s> {
    pub place: &'s Selector,
    /// What was seen there; none: a host of an answer.
    pub kinds: Option<&'s Kinds>,
    pub says: Says,
    /// Whether the rule would speak of more places than this.
    pub sweeps: bool,
    /// Whether it may be written without a person's decision.
    pub sure: bool,
}

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Says {
    Category(Category),
    /// `action = "route"`, at a place of an answer.
    Route,
}

/// What all that was seen comes to.
#[derive(Debug, Default)]
pub struct Outcome<'s> {
    /// By category, then by place.
    pub proposals: Vec<Proposal<'s>>,
    /// Places that the rules speak of already, or that are documents of their own.
    pub covered: usize,
    /// How often a body or message could not be read.
    pub unreadable: u64,
}

pub fn propose<'s>(seen: &'s Seen, policy: &Policy) -> Outcome<'s> {
    let mut outcome = Outcome::default();
    let named = parents(seen);
    for (place, kinds) in &seen.places {
        outcome.unreadable += kinds.get(&Kind::Unreadable).copied().unwrap_or_default();
        match guess(place, kinds).filter(|_| policy.says(place).is_none()) {
            None => outcome.covered += usize::from(!is_unreadable(kinds)),
            Some(Guess { category, sure }) => {
                let sweeps = sweeps(place, &named);
                let sure = sure && !sweeps && *policy.action(category) != Action::Keep;
                let says = Says::Category(category);
                outcome.proposals.push(Proposal { place, kinds: Some(kinds), says, sweeps, sure });
            }
        }
    }
    for place in &seen.handed_out {
        match policy.says(place) {
            Some(_) => outcome.covered += 1,
            None => {
                let (says, sweeps) = (Says::Route, false);
                outcome.proposals.push(Proposal { place, kinds: None, says, sweeps, sure: true });
            }
        }
    }
    // The first rule that matches decides, so what sweeps comes last.
    outcome.proposals.sort_by_cached_key(|it| (it.sweeps, it.says, it.place.to_string()));
    outcome
}

/// Whether a rule for the place would speak of places with names of their own, too.
fn sweeps(place: &Selector, named: &HashSet<&[Step]>) -> bool {
    match place {
        Selector::Header(name) | Selector::Cookie(name) | Selector::Query(name) => name.open,
        Selector::Form(name) | Selector::Part(name) => name.open,
        Selector::Json(Pointer(steps)) => {
            let any = |at: &usize| matches!(steps[*at], Step::One | Step::Any);
            (0..steps.len()).filter(any).any(|at| named.contains(&steps[..at]))
        }
        _ => false,
    }
}

/// What has members with names: a `*` beside them is a name that is none, and no list's index.
fn parents(seen: &Seen) -> HashSet<&[Step]> {
    let pointers = seen.places.keys().filter_map(|place| match place {
        Selector::Json(Pointer(steps)) => Some(steps),
        _ => None,
    });
    let keys = pointers.flat_map(|steps| {
        (0..steps.len()).filter(|at| matches!(steps[*at], Step::Key(_))).map(|at| &steps[..at])
    });
    keys.collect()
}

/// Whether nothing was seen at a place but what nobody can read.
fn is_unreadable(kinds: &Kinds) -> bool {
    kinds.keys().all(|kind| *kind == Kind::Unreadable)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn proposed(policy: &str, places: &[(&str, Kind)]) -> Vec<String> {
        let mut seen = Seen::default();
        for (place, kind) in places {
            seen.places.insert(place.parse().unwrap(), Kinds::from([(*kind, 1)]));
        }
        seen.hand_out("response-json:/rt".parse().unwrap());
        let policy = super::super::general(policy).unwrap();
        let outcome = propose(&seen, &policy);
        let told =
            |it: &Proposal<'_>| format!("{} {:?}{}", it.place, it.says, if it.sure { "" } else { "?" });
        outcome.proposals.iter().map(told).collect()
    }

    #[test]
    fn a_rule_that_would_let_something_pass_is_left_to_a_person() {
        let places = [("json:/who", Kind::Email), ("json:/sent", Kind::Time), ("json:/say", Kind::Words)];
        assert_eq!(
            proposed("strict", &places),
            [
                "json:/who Category(Contact)",
                "json:/say Category(Message)?",
                "json:/sent Category(Time)?",
                "response-json:/rt Route"
            ]
        );
        assert!(
            proposed("address-only", &places).iter().all(|it| it.ends_with('?') || it.ends_with("Route"))
        );
    }

    #[test]
    fn what_the_rules_know_is_not_proposed() {
        assert_eq!(
            proposed("strict", &[("json:/a/email", Kind::Email), ("query:ip", Kind::Address)]).len(),
            1
        );
    }

    #[test]
    fn a_rule_that_would_sweep_over_named_places_is_left_to_a_person_and_comes_last() {
        let places = [
            ("json:/users/*", Kind::Email),
            ("json:/users/owner", Kind::Email),
            ("json:/list/*", Kind::Email),
            ("query:*", Kind::Email),
        ];
        assert_eq!(
            proposed("strict", &places),
            [
                "json:/list/* Category(Contact)",
                "json:/users/owner Category(Contact)",
                "response-json:/rt Route",
                "json:/users/* Category(Contact)?",
                "query:* Category(Contact)?"
            ]
        );
    }
}
