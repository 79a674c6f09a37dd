//! The request target: path and query (RFC 9112 §3.2.1).
//!
//! Knows segments, their parameters and the query; does not know where a route begins. Invariant: a path keeps
//! its number of segments, so that what the vendor's API finds in the third stays in the third.

use percent_encoding::AsciiSet;

use super::super::places::Treatment;
use super::super::refusal::Refusal;
use super::super::scrub::{Fate, Place, Scrub};
use super::super::wrapping::percent;
use super::pairs::{self, Pairs};

/// What stands in the place of a segment that must not leave.
const TAKEN: &str = "*";

const SEGMENT: &AsciiSet = &percent::COMPONENT.remove(b':').remove(b'@').remove(b'$').remove(b',').remove(b'=').remove(b'+');

/// Rewrites a request target in origin form.
pub fn scrub(scrub: &mut Scrub<'_>, target: &str) -> Result<String, Refusal> {
    let (path_text, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let new_path = path(scrub, path_text)?;
    let switches = &scrub.policy.query_switches;
    let query = match query {
        Some(query) => Some(query),
        None => (!switches.is_empty()).then_some(""),
    };
    let places = scrub.places();
    let pairs = Pairs::query(&places.query, switches);
    let new_query = query.map(|query| pairs::scrub(scrub, query, pairs)).transpose()?.flatten();
    let mut new = new_path.unwrap_or_else(|| path_text.to_owned());
    if let Some(query) = new_query.as_deref().or(query).filter(|query| !query.is_empty()) {
        new.push('?');
        new.push_str(query);
    }
    Ok(new)
}

/// Rewrites a path; `None` when it may leave as it came.
pub fn path(scrub: &mut Scrub<'_>, path: &str) -> Result<Option<String>, Refusal> {
    let segments: Vec<&str> = path.split('/').collect();
    let text = |index: usize| segments.get(index + 1).map(|segment| percent::decode(own(segment).as_bytes()).into_owned());
    let ranks = scrub.places().path(segments.len() - 1, text);
    let mut new: Vec<Option<String>> = Vec::with_capacity(segments.len());
    for (index, segment) in segments.iter().enumerate() {
        let rank = index.checked_sub(1).and_then(|index| ranks[index]);
        let rule = rank.map(|rank| scrub.places().treatment(rank));
        new.push(self::segment(scrub, segment, rule)?);
    }
    if new.iter().all(Option::is_none) {
        return Ok(None);
    }
    let joined: Vec<&str> = new.iter().zip(&segments).map(|(new, old)| new.as_deref().unwrap_or(old)).collect();
    Ok(Some(joined.join("/")))
}

/// A segment without its parameters.
fn own(segment: &str) -> &str {
    segment.split(';').next().unwrap_or_default()
}

fn segment<'p>(
    scrub: &mut Scrub<'p>,
    segment: &str,
    rule: Option<Treatment<'p>>,
) -> Result<Option<String>, Refusal> {
    if segment.is_empty() {
        return Ok(None);
    }
    let (own, parameters) = match segment.split_once(';') {
        Some((own, parameters)) => (own, Some(parameters)),
        None => (segment, None),
    };
    let place = rule.map_or(Place::Open, Place::Known);
    let fate = scrub.value(&percent::decode(own.as_bytes()), place)?;
    let places = scrub.places();
    let pairs = Pairs { names: &places.query, separator: ';', plus: false, switches: &[] };
    let new_parameters = parameters.map(|list| pairs::scrub(scrub, list, pairs)).transpose()?.flatten();
    if fate == Fate::Keep && new_parameters.is_none() {
        return Ok(None);
    }
    let mut new = match fate {
        Fate::Keep => own.to_owned(),
        Fate::Remove => TAKEN.to_owned(),
        Fate::Replace(new) => percent::encode(&new, SEGMENT),
    };
    if let Some(parameters) = new_parameters.as_deref().or(parameters).filter(|list| !list.is_empty()) {
        new.push(';');
        new.push_str(parameters);
    }
    Ok(Some(new))
}
