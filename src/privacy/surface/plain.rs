//! Bodies that are text: what their label calls text, and forms of lines.
//!
//! Knows the forms that hide under `text/plain`; each has its own surface. Invariant: a text that begins as only a
//! document does is read as one, or refused.

use super::super::framing::Framing;
use super::super::places::Names;
use super::super::policy::Way;
use super::super::refusal::{Format, Refusal};
use super::super::scrub::{Fate, Place, Scrub};
use super::json;
use super::pairs::{self, Pairs};

/// `text/plain` is what `sendBeacon` calls everything, and messages on a socket have no label: the text decides.
pub fn scrub(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    if let Some(framing) = Framing::of(text) {
        return framing.scrub(scrub, text);
    }
    if json::looks_like_document(text) {
        for read in [json::scrub, ndjson] {
            let tally = scrub.tally.clone();
            match read(scrub, text) {
                Err(Refusal::Invalid(_)) => scrub.tally = tally,
                read => return read,
            }
        }
    }
    if json::claims_to_be_a_document(text) {
        return Err(Refusal::Invalid(Format::Json));
    }
    if text.lines().all(pairs::looks_like_form) {
        return lines(scrub, text, form);
    }
    match scrub.value(text, place(scrub))? {
        Fate::Keep => Ok(None),
        Fate::Replace(new) => Ok(Some(new)),
        Fate::Remove if scrub.policy.way == Way::Back => Ok(Some(String::new())),
        // A body is no field that could be left out: without it there is no request.
        Fate::Remove => Err(Refusal::UnknownType),
    }
}

/// The place that a body which is one value stands at.
pub fn place<'p>(scrub: &Scrub<'p>) -> Place<'p> {
    let rule = scrub.places().text.map(|rank| scrub.places().treatment(rank));
    rule.map_or(scrub.unmapped(), Place::Known)
}

/// Newline-delimited JSON.
pub fn ndjson(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    lines(scrub, text, json::scrub).map_err(|refusal| match refusal {
        Refusal::Invalid(_) => Refusal::Invalid(Format::Ndjson),
        other => other,
    })
}

pub fn form(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    let names: &Names = &scrub.places().form;
    pairs::scrub(scrub, text, Pairs { names, separator: b'&', plus: true, sets: &[], own: None })
}

/// Each line on its own; line ends and empty lines stay.
fn lines(
    scrub: &mut Scrub<'_>,
    text: &str,
    surface: fn(&mut Scrub<'_>, &str) -> Result<Option<String>, Refusal>,
) -> Result<Option<String>, Refusal> {
    let mut out = String::new();
    let mut changed = false;
    for line in text.split_inclusive('\n') {
        let inner = line.trim_end_matches(['\r', '\n']);
        let new = if inner.trim().is_empty() { None } else { surface(scrub, inner)? };
        changed |= new.is_some();
        out.push_str(new.as_deref().unwrap_or(inner));
        out.push_str(&line[inner.len()..]);
    }
    Ok(changed.then_some(out))
}
