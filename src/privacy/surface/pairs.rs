//! `name=value` pairs: a query, an urlencoded form (WHATWG URL §5), the parameters of a path segment.
//!
//! Knows how pairs are split and put back; the caller says which rules apply. Invariant: a pair that nothing
//! touches leaves byte for byte as it came, and one that is removed takes its separator with it.

use std::borrow::Cow;

use super::super::places::Names;
use super::super::refusal::Refusal;
use super::super::scrub::{Fate, Place, Scrub};
use super::super::wrapping::percent;

/// Which pairs these are.
#[derive(Clone, Copy)]
pub struct Pairs<'p> {
    pub names: &'p Names,
    pub separator: char,
    /// Whether a `+` is a space.
    pub plus: bool,
    /// Parameters the vendor's off-switches set.
    pub switches: &'p [(String, String)],
}

impl<'p> Pairs<'p> {
    /// The query of a request target, or of a URL inside a value.
    pub const fn query(names: &'p Names, switches: &'p [(String, String)]) -> Self {
        Self { names, separator: '&', plus: true, switches }
    }
}

/// Rewrites a list of pairs; `None` when it may leave as it came.
pub fn scrub<'p>(scrub: &mut Scrub<'p>, input: &str, pairs: Pairs<'p>) -> Result<Option<String>, Refusal> {
    let mut out: Vec<Cow<'_, str>> = Vec::new();
    let mut changed = false;
    for pair in input.split(pairs.separator).filter(|_| !input.is_empty()) {
        match self::pair(scrub, pair, pairs)? {
            Fate::Keep => out.push(Cow::Borrowed(pair)),
            Fate::Remove => changed = true,
            Fate::Replace(new) => {
                changed = true;
                out.push(Cow::Owned(new));
            }
        }
    }
    for (name, value) in pairs.switches {
        changed = true;
        out.push(Cow::Owned(format!("{}={}", encode(name), encode(value))));
    }
    Ok(changed.then(|| out.join(pairs.separator.encode_utf8(&mut [0; 4]))))
}

fn pair<'p>(scrub: &mut Scrub<'p>, pair: &str, pairs: Pairs<'p>) -> Result<Fate, Refusal> {
    if pair.is_empty() {
        return Ok(Fate::Keep);
    }
    let (raw_name, raw_value) = match pair.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (pair, None),
    };
    let name = decode(raw_name, pairs);
    if pairs.switches.iter().any(|(switch, _)| *switch == name) {
        return Ok(Fate::Remove);
    }
    let place = scrub.places().named(pairs.names, &name).map_or(scrub.unmapped(), Place::Known);
    // A name alone may be a value that nobody named.
    let value = raw_value.map_or(Cow::Borrowed(""), |value| decode(value, pairs));
    let fate = scrub.value(&value, place)?;
    if fate == Fate::Remove || scrub.name(&name)? {
        return Ok(fate.map(|new| format!("{raw_name}={}", encode(&new))));
    }
    Ok(Fate::Remove)
}

fn decode<'t>(raw: &'t str, pairs: Pairs<'_>) -> Cow<'t, str> {
    if pairs.plus { percent::decode_plus(raw.as_bytes()) } else { percent::decode(raw.as_bytes()) }
}

fn encode(text: &str) -> String {
    percent::encode(text, percent::COMPONENT)
}
