//! How a route heeds its visitors' choice: what it says itself, else what holds for all routes.
//!
//! Knows signals, effects and consent tools; does not read a request. Invariant: a setting that would never do anything
//! is told, and a consent that could be read in two ways too.

use super::super::consent::{self, Preset};
use super::super::file::{ChoiceEntry, ConsentEntry, PredicateEntry};
use super::super::section::Written;
use super::super::words::{either, nearest, quote};
use super::Desk;
use crate::privacy::Name;
use crate::privacy::choice::{Consent, Effect, Predicate, Signal, Test, VisitorChoice, is_own};

/// What a route's entry comes to, over that of all routes.
pub fn choice(own: &ChoiceEntry, shared: &ChoiceEntry, place: &str, desk: &Desk<'_>) -> VisitorChoice {
    let default = VisitorChoice::default();
    let list = |own: &Option<_>, shared: &Option<_>, default, known: &[Signal]| match (own, shared) {
        (Some(written), _) => signals(written, known, place, desk),
        (None, Some(written)) => signals(written, known, SHARED, desk),
        (None, None) => default,
    };
    let heeded = list(&own.signals, &shared.signals, default.signals, &Signal::ALL);
    let effect = |own: &Option<Written<Effect>>, shared: &Option<Written<Effect>>| {
        own.as_ref().or(shared.as_ref()).map(|written| written.value)
    };
    let on_opt_out = effect(&own.on_opt_out, &shared.on_opt_out);
    // A browser's signal that the settings name, or an effect they name, is meant as it stands.
    let is_meant = on_opt_out.is_some() || own.signals.is_some() || shared.signals.is_some();
    let on_opt_out = on_opt_out.unwrap_or(default.on_opt_out);
    let general =
        |own, shared, default| effect(own, shared).unwrap_or(if is_meant { on_opt_out } else { default });
    let choice = VisitorChoice {
        on_opt_out,
        on_gpc: general(&own.on_gpc, &shared.on_gpc, default.on_gpc),
        on_dnt: general(&own.on_dnt, &shared.on_dnt, default.on_dnt),
        opt_in_over: list(&own.opt_in_over, &shared.opt_in_over, default.opt_in_over, &BROWSERS),
        signals: heeded,
    };
    idle(own, &choice, place, desk);
    notes(&choice, place, desk);
    choice
}

/// `require_consent`.
pub fn consent(entry: &ConsentEntry, desk: &Desk<'_>) -> Option<Consent> {
    let predicates: Vec<_> = entry.0.iter().map(|entry| predicate(entry, desk)).collect();
    predicates.into_iter().collect::<Option<_>>().map(Consent)
}

const SHARED: &str = "[visitor_choice]";
/// The signals a browser sends to every site alike.
const BROWSERS: [Signal; 2] = [Signal::Gpc, Signal::Dnt];

fn signals(
    written: &Written<Vec<Written<String>>>,
    known: &[Signal],
    place: &str,
    desk: &Desk<'_>,
) -> Vec<Signal> {
    let names: Vec<&str> = known.iter().map(|signal| signal.name()).collect();
    let signal = |word: &Written<String>| {
        let found = known.iter().copied().find(|signal| signal.name() == word.value);
        if found.is_none() {
            let instead = match nearest(&word.value, names.iter().copied()) {
                Some(name) => format!("did you mean {}?", quote(name)),
                None => format!("use {}", either(&names)),
            };
            desk.findings.tell(word.line, place, format!("unknown signal {}", quote(&word.value)), instead);
        }
        found
    };
    written.value.iter().filter_map(signal).collect()
}

/// Tells what a route says of signals it does not heed.
fn idle(own: &ChoiceEntry, choice: &VisitorChoice, place: &str, desk: &Desk<'_>) {
    let never = |written: &Option<Written<Effect>>, key: &str, signals: &[Signal]| {
        if let Some(written) = written
            && !signals.iter().any(|signal| choice.heeds(*signal))
        {
            let names: Vec<&str> = signals.iter().map(|signal| signal.name()).collect();
            let what = format!("{key} never does anything: signals has no {}", names.join(" and no "));
            desk.findings.tell(written.line, place, what, "add the signal, or remove the key");
        }
    };
    never(&own.on_opt_out, "on_opt_out", &[Signal::Cookie, Signal::Query, Signal::Gpc, Signal::Dnt]);
    never(&own.on_gpc, "on_gpc", &[Signal::Gpc]);
    never(&own.on_dnt, "on_dnt", &[Signal::Dnt]);
}

fn notes(choice: &VisitorChoice, place: &str, desk: &Desk<'_>) {
    let note = |text: &str| desk.findings.note(place, text);
    if choice.signals.is_empty() {
        note("signals is empty: no visitor can opt out of this route");
    } else if !choice.heeds(Signal::Cookie) {
        note("signals has no cookie: a choice made on privet's pages or by link is not kept");
    }
    if !choice.signals.is_empty() && !choice.heeds(Signal::Gpc) {
        note("signals has no gpc: browsers' Global Privacy Control is not heeded, and gpc.json says so");
    }
}

fn predicate(entry: &PredicateEntry, desk: &Desk<'_>) -> Option<Predicate> {
    let tell = |line, what: &str, instead: &str| desk.findings.tell(line, &entry.place, what, instead);
    let place = &entry.place;
    let (cookie, pointer, equals, contains) = match (&entry.preset, &entry.cookie) {
        (Some(preset), Some(_)) => {
            tell(
                preset.line,
                "there is a preset and a cookie",
                "a preset names the cookie; remove one of them",
            );
            return None;
        }
        (None, None) => {
            desk.findings.missing(
                entry.line,
                place,
                &["preset", "cookie"],
                "write cookie = \"…\" or preset = \"…\"",
            );
            return None;
        }
        (Some(preset), None) => {
            for (written, key) in
                [(&entry.pointer, "pointer"), (&entry.equals, "equals"), (&entry.contains, "contains")]
            {
                if let Some(written) = written {
                    tell(
                        written.line,
                        &format!("there is a preset and {key}"),
                        "a preset says all; remove the key",
                    );
                }
            }
            let written = filled(preset, entry, desk)?;
            (written.cookie, written.pointer, written.equals, written.contains)
        }
        (None, Some(cookie)) => {
            if let Some(purpose) = &entry.purpose {
                tell(
                    purpose.line,
                    "there is a purpose and no preset",
                    "write what the cookie must say instead",
                );
            }
            let text =
                |written: &Option<Written<String>>| written.as_ref().map(|written| written.value.clone());
            (cookie.value.clone(), text(&entry.pointer), text(&entry.equals), text(&entry.contains))
        }
    };
    let test = match (equals, contains) {
        (Some(whole), None) => Test::Equals(whole),
        (None, Some(part)) if !part.is_empty() => Test::Contains(part),
        (None, Some(_)) => {
            tell(entry.line, "contains is empty", "write what stands in the cookie after a yes");
            return None;
        }
        (Some(_), Some(_)) => {
            tell(
                entry.line,
                "there are equals and contains",
                "remove one, or write two predicates in a list",
            );
            return None;
        }
        (None, None) => {
            let instead = "write what the cookie says after a yes";
            desk.findings.missing(entry.line, place, &["equals", "contains"], instead);
            return None;
        }
    };
    if pointer.as_ref().is_some_and(|pointer| !pointer.is_empty() && !pointer.starts_with('/')) {
        tell(entry.line, "the pointer does not begin with /", "write pointer = \"/a/b\" (RFC 6901)");
    }
    Some(Predicate { cookie: name(&cookie, entry, desk)?, pointer, test })
}

fn name(cookie: &str, entry: &PredicateEntry, desk: &Desk<'_>) -> Option<Name> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b';' | b'=' | b',' | b'"' | b'\\');
    let name: Option<Name> = cookie.parse().ok().filter(|_| cookie.bytes().all(fits));
    let (what, instead) = match &name {
        None => ("is no cookie's name", "write the name alone"),
        Some(name) if is_own(&name.stem) => {
            ("is privet's own cookie", "name the one the consent tool sets; privet's own is heeded anyway")
        }
        Some(_) => return name,
    };
    desk.findings.tell(entry.line, &entry.place, format!("{} {what}", quote(cookie)), instead);
    None
}

/// A preset's predicate, for the purpose that is written beside it.
fn filled(written: &Written<String>, entry: &PredicateEntry, desk: &Desk<'_>) -> Option<consent::Written> {
    let place = &entry.place;
    let Some(preset) = consent::find(&written.value) else {
        unknown(written, place, desk);
        return None;
    };
    let Some(purpose) = &entry.purpose else {
        desk.findings.missing(
            entry.line,
            place,
            &["purpose"],
            &format!("write purpose = {}", purposes(preset)),
        );
        return None;
    };
    let found = preset.of(&purpose.value).filter(|_| !purpose.value.is_empty());
    if found.is_none() {
        let what = format!("{} has no purpose {}", preset.title, quote(&purpose.value));
        desk.findings.tell(purpose.line, place, what, format!("use {}", purposes(preset)));
    }
    found
}

fn unknown(written: &Written<String>, place: &str, desk: &Desk<'_>) {
    let names: Vec<&str> = consent::presets().iter().map(|preset| preset.name.as_str()).collect();
    let (what, instead) = match consent::closed(&written.value) {
        Some(closed) => (
            format!("{}, so no server can read it", closed.why),
            "let its callback set a cookie of the site's own, and name that: { cookie = \"…\", equals = \"…\" }"
                .to_owned(),
        ),
        None => (
            format!("unknown preset {}", quote(&written.value)),
            match nearest(&written.value, names.iter().copied()) {
                Some(name) => format!("did you mean {}?", quote(name)),
                None => format!("use {}, or name the cookie itself", either(&names)),
            },
        ),
    };
    desk.findings.tell(written.line, place, what, instead);
}

/// The purposes a preset knows, in a sentence.
fn purposes(preset: &Preset) -> String {
    let known: Vec<String> = preset.purposes.keys().map(|word| format!("\"{word}\"")).collect();
    let own = "the name the tool has for the category or service";
    match (known.is_empty(), preset.own) {
        (true, _) => own.to_owned(),
        (false, true) => format!("{}, or {own}", either(&known)),
        (false, false) => either(&known),
    }
}
