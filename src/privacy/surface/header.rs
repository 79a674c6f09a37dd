//! Request headers: an allow-list in a fixed order.
//!
//! Knows which headers every request has and which only rules let through; does not know routes. Invariant: two
//! browsers that ask for the same look the same, and a header that nobody named does not leave.

use http::HeaderMap;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, HeaderName,
    HeaderValue, ORIGIN, REFERER, USER_AGENT,
};

use super::super::action::Action;
use super::super::category::Category;
use super::super::places::Rank;
use super::super::refusal::Refusal;
use super::super::scrub::{Fate, Place, Scrub};
use super::super::wrapping::percent;
use super::body::Body;
use super::cookie;

/// `Sec-GPC` (Global Privacy Control §3.3): the visitor said no, and removing it is forbidden.
const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

/// Headers whose order does not depend on a rule; every other follows by name.
const FIRST: [HeaderName; 3] = [USER_AGENT, ACCEPT_LANGUAGE, REFERER];

/// Headers that only this room or the connection writes, whatever a rule says.
const OWN: [HeaderName; 7] =
    [ACCEPT, ACCEPT_ENCODING, ORIGIN, CONTENT_ENCODING, CONTENT_TYPE, COOKIE, SEC_GPC];

/// The headers a request leaves with, but for `Host` and the body's length, which the connection writes.
pub fn scrub(scrub: &mut Scrub<'_>, headers: &HeaderMap, body: &Body) -> Result<HeaderMap, Refusal> {
    let mut out = HeaderMap::new();
    out.insert(ACCEPT, HeaderValue::from_static("*/*"));
    // Answers stream through unread, so every visitor must be able to read them.
    out.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let ruled = ruled(scrub, headers);
    let (first, others) = ruled.split_at(ruled.partition_point(|field| field.order < FIRST.len()));
    for field in first {
        field.append_to(&mut out, scrub)?;
    }
    if let Some(origin) = origin(scrub, headers) {
        out.insert(ORIGIN, origin);
    }
    if let Some(content_type) = &body.content_type {
        out.insert(CONTENT_TYPE, content_type.clone());
    }
    if let Some(content_encoding) = &body.content_encoding {
        out.insert(CONTENT_ENCODING, content_encoding.clone());
    }
    for field in others {
        field.append_to(&mut out, scrub)?;
    }
    for (name, set) in &scrub.policy.header_sets {
        if let Some(value) = set.text(scrub.visitor).and_then(|text| HeaderValue::try_from(text).ok()) {
            out.insert(name, value);
        }
    }
    let cookies = cookie::scrub(scrub, headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes))?;
    if let Some(cookies) = cookies.and_then(|cookies| HeaderValue::try_from(cookies).ok()) {
        out.insert(COOKIE, cookies);
    }
    if headers.get(SEC_GPC).is_some_and(|value| value == "1") {
        out.insert(SEC_GPC, HeaderValue::from_static("1"));
    }
    Ok(out)
}

/// A header that a rule lets through.
struct Ruled<'h> {
    /// Its place in [`FIRST`], or behind all of them.
    order: usize,
    name: &'h HeaderName,
    value: &'h HeaderValue,
    rank: Rank,
}

/// The headers that have a rule, in the order in which they leave; all others are counted.
fn ruled<'h>(scrub: &mut Scrub<'_>, headers: &'h HeaderMap) -> Vec<Ruled<'h>> {
    let mut ruled = Vec::new();
    for (name, value) in headers.iter().filter(|(name, _)| !OWN.contains(name)) {
        let Some(rank) = scrub.places().header.find(name.as_str()) else {
            scrub.tally.add(Category::Unmapped, &Action::Remove);
            continue;
        };
        let order = FIRST.iter().position(|first| first == name).unwrap_or(FIRST.len());
        ruled.push(Ruled { order, name, value, rank });
    }
    ruled.sort_by_key(|field| (field.order, field.name.as_str()));
    ruled
}

impl Ruled<'_> {
    fn append_to(&self, out: &mut HeaderMap, scrub: &mut Scrub<'_>) -> Result<(), Refusal> {
        let Self { name, value, rank, .. } = *self;
        let treatment = scrub.places().treatment(rank);
        // A rule may name only how the name begins.
        if !scrub.places().header.spells(name.as_str()) && !scrub.name(name.as_str())? {
            return Ok(());
        }
        let new = match scrub.value(&percent::text(value.as_bytes()), Place::Known(treatment))? {
            Fate::Keep => Some(value.clone()),
            Fate::Remove => None,
            // A value that no header can hold does not leave.
            Fate::Replace(new) => HeaderValue::try_from(new).ok(),
        };
        if let Some(new) = new {
            out.append(name, new);
        }
        Ok(())
    }
}

/// The site the vendor is told of: the visitor's, if it is one of the route's.
fn origin(scrub: &Scrub<'_>, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    let known =
        scrub.policy.site_origins.iter().any(|site| origin.as_bytes().eq_ignore_ascii_case(site.as_bytes()));
    known.then(|| origin.clone())
}

#[cfg(test)]
mod tests {
    use crate::privacy::fixture::{headers, open, parts, policy};

    #[test]
    fn a_header_nobody_named_does_not_leave() {
        let policy = policy("strict", "header:x-plan -> service");
        let sent = [
            ("X-Forwarded-For", "203.0.113.77"),
            ("Forwarded", "for=203.0.113.77"),
            ("DNT", "1"),
            ("X-Plan", "gold"),
            ("Authorization", "Bearer x"),
            ("Range", "bytes=0-1"),
        ];
        assert_eq!(headers(&policy, &sent), ["accept: */*", "accept-encoding: identity", "x-plan: gold"]);
    }

    #[test]
    fn a_name_that_says_an_address_does_not_leave() {
        let policy = policy("strict", "header:x-* -> service");
        let sent = [("x-198.51.100.23", "1"), ("x-203-0-113-77", "1"), ("x-plan", "gold")];
        assert_eq!(headers(&policy, &sent), ["accept: */*", "accept-encoding: identity", "x-plan: gold"]);
    }

    #[test]
    fn order_and_spelling_do_not_show() {
        let policy = open(parts("strict", "header:b -> service\nheader:a -> service"));
        let one = headers(&policy, &[("b", "1"), ("accept", "text/html"), ("a", "2"), ("sec-gpc", "1")]);
        let two = headers(&policy, &[("sec-gpc", "1"), ("a", "2"), ("b", "1")]);
        assert_eq!(one, two);
        assert_eq!(one.last().map(String::as_str), Some("sec-gpc: 1"));
    }

    #[test]
    fn only_the_routes_own_sites_are_told_and_only_a_true_signal_passes() {
        let policy = policy("strict", "");
        let known = headers(&policy, &[("origin", "https://shop.example"), ("sec-gpc", "1; x")]);
        assert!(known.contains(&"origin: https://shop.example".to_owned()));
        assert!(!known.iter().any(|line| line.starts_with("sec-gpc")));
        let other = headers(&policy, &[("origin", "https://jane.example")]);
        assert!(!other.iter().any(|line| line.starts_with("origin")));
    }
}
