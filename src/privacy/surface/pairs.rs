//! `name=value` pairs: a query, an urlencoded form (WHATWG URL §5), the parameters of a path segment.
//!
//! Knows how pairs are split and put back; the caller says which rules apply. Invariant: a pair that nothing
//! touches leaves byte for byte as it came, and one that is removed takes its separator with it.

use std::borrow::Cow;

use super::super::action::Action;
use super::super::category::Category;
use super::super::places::{Names, Set, Treatment};
use super::super::refusal::Refusal;
use super::super::scrub::{Fate, Place, Scrub};
use super::super::wrapping::{self, percent};

/// Which pairs these are.
#[derive(Clone, Copy)]
pub struct Pairs<'p> {
    pub names: &'p Names,
    /// A byte of ASCII.
    pub separator: u8,
    /// Whether a `+` is a space.
    pub plus: bool,
    /// Parameters that privet itself says.
    pub sets: &'p [(String, Set)],
    /// A parameter that the protocol itself handed out, and must have back.
    pub own: Option<&'static str>,
}

/// What the protocol handed out stays, unless a rule of the route or the vendor says otherwise.
const OWN: Treatment<'static> = Treatment { category: Category::Service, action: &Action::Keep };

impl<'p> Pairs<'p> {
    /// The query of a request target, or of a URL inside a value.
    pub const fn query(names: &'p Names, sets: &'p [(String, Set)]) -> Self {
        Self { names, separator: b'&', plus: true, sets, own: None }
    }
}

/// Rewrites a list of pairs; `None` when it may leave as it came.
pub fn scrub<'p>(scrub: &mut Scrub<'p>, input: &str, pairs: Pairs<'p>) -> Result<Option<String>, Refusal> {
    let (mut out, mut stays, mut changed) = (String::with_capacity(input.len()), false, false);
    let mut add = |pair: &str| {
        if std::mem::replace(&mut stays, true) {
            out.push(char::from(pairs.separator));
        }
        out.push_str(pair);
    };
    let visitor = scrub.visitor;
    let said = |(name, set): &'p (String, Set)| Some((name.as_str(), set.text(visitor)?));
    let mut missing: Vec<_> = pairs.sets.iter().filter_map(said).collect();
    for pair in split(input, pairs.separator) {
        let is_said = |(set, _): &(&str, &str)| *set == decode(halves(pair).0, pairs.plus);
        let fate = match pairs.sets.iter().filter_map(said).find(is_said) {
            // It is said once: where it stood first.
            Some(set) => match missing.iter().position(|other| *other == set) {
                Some(index) => Fate::Replace(joined(missing.remove(index))),
                None => Fate::Remove,
            },
            None => self::pair(scrub, pair, pairs)?,
        };
        changed |= fate != Fate::Keep;
        match fate {
            Fate::Keep => add(pair),
            Fate::Remove => {}
            Fate::Replace(new) => add(&new),
        }
    }
    changed |= !missing.is_empty();
    missing.into_iter().for_each(|set| add(&joined(set)));
    Ok(changed.then_some(out))
}

/// The pairs of a list; there are none in an empty one.
fn split(input: &str, separator: u8) -> impl Iterator<Item = &str> {
    let last = (!input.is_empty()).then_some(input.len());
    let ends = memchr::memchr_iter(separator, input.as_bytes()).chain(last);
    ends.scan(0, |start, end| Some(&input[std::mem::replace(start, end + 1)..end]))
}

/// Rewrites a query that stands in a value, as vendors' batches hold them: `a=1&b=2`.
pub fn scrub_inside(scrub: &mut Scrub<'_>, query: &str) -> Result<Fate, Refusal> {
    let pairs = Pairs::query(&scrub.places().query, &scrub.policy.query_sets);
    Ok(match self::scrub(scrub, query, pairs)? {
        None => Fate::Keep,
        Some(new) if new.is_empty() => Fate::Remove,
        Some(new) => Fate::Replace(new),
    })
}

/// `a=1&b=2`, with names as scripts spell them.
pub fn looks_like_form(line: &str) -> bool {
    let name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-$[]%~+".contains(&byte);
    !line.contains(' ')
        && line
            .split('&')
            .all(|pair| pair.split_once('=').is_some_and(|(key, _)| !key.is_empty() && key.bytes().all(name)))
}

fn pair<'p>(scrub: &mut Scrub<'p>, pair: &str, pairs: Pairs<'p>) -> Result<Fate, Refusal> {
    if pair.is_empty() {
        return Ok(Fate::Keep);
    }
    let (raw_name, raw_value) = halves(pair);
    let name = decode(raw_name, pairs.plus);
    let places = scrub.places();
    let rule = pairs.names.find(&name).map(|rank| places.treatment(rank));
    let own = (pairs.own == Some(&*name)).then_some(OWN);
    let place = rule.or(own).or_else(|| places.general(&name)).map_or(scrub.unmapped(), Place::Known);
    let plus = pairs.plus && !is_forgotten(scrub, raw_value)?;
    let value = decode(raw_value, plus);
    let fate = scrub.value(&value, place)?;
    // A name may be a value that nobody named, alone or before a `=`.
    if fate == Fate::Remove || !scrub.name(&name)? {
        return Ok(Fate::Remove);
    }
    if fate == Fate::Keep {
        // Of a plus, servers make what they like.
        let has_plus = pairs.plus && memchr::memchr(b'+', raw_value.as_bytes()).is_some();
        let other = has_plus.then(|| decode(raw_value, !plus));
        let tells = other.map_or(Ok(false), |other| scrub.tells(&other))? || tells_as_spelled(scrub, pair)?;
        return Ok(if tells { Fate::Remove } else { Fate::Keep });
    }
    Ok(fate.map(|new| format!("{raw_name}={}", encode(&new))))
}

/// Whether the address shows only where escapes are left as they stand: its first digits may be one.
pub fn tells_as_spelled(scrub: &mut Scrub<'_>, text: &str) -> Result<bool, Refusal> {
    if memchr::memchr(b'%', text.as_bytes()).is_none() || scrub.visitor.needle().find(text).is_none() {
        return Ok(false);
    }
    Ok(scrub.value(text, Place::Known(scrub.places().of(Category::Address)))? != Fate::Keep)
}

/// Whether a plus means itself, in an email or in base64: scripts forget to encode it, and servers forgive that.
fn is_forgotten(scrub: &mut Scrub<'_>, raw: &str) -> Result<bool, Refusal> {
    if memchr::memchr(b'+', raw.as_bytes()).is_none() {
        return Ok(false);
    }
    let text = percent::decode_text(raw);
    let tokens = wrapping::tokens(&text, &mut scrub.allowance)?;
    Ok(text.contains('@') || tokens.iter().any(|token| text[token.span.clone()].contains('+')))
}

/// A pair's name and its value, which may be missing.
fn halves(pair: &str) -> (&str, &str) {
    let end = memchr::memchr(b'=', pair.as_bytes());
    end.map_or((pair, ""), |end| (&pair[..end], &pair[end + 1..]))
}

fn joined((name, value): (&str, &str)) -> String {
    format!("{}={}", encode(name), encode(value))
}

fn decode(raw: &str, plus: bool) -> Cow<'_, str> {
    if plus { percent::decode_plus(raw) } else { percent::decode_text(raw) }
}

fn encode(text: &str) -> String {
    percent::encode(text, percent::COMPONENT)
}
