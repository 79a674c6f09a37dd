//! The cookies a request brings, read for privet itself.
//!
//! Knows RFC 6265 §4.2; does not know what a cookie means. Invariant: a cookie that comes twice is read twice.

use http::header::{COOKIE, HeaderMap};

use super::super::rule::Name;

/// What privet's own cookies are called: neither read nor set by a vendor.
const OWN: &str = "privet_";

/// Whether a cookie is privet's own.
pub fn is_own(name: &str) -> bool {
    name.starts_with(OWN)
}

/// The value of each cookie of this name, quotes taken off.
pub fn values<'h>(headers: &'h HeaderMap, name: &'h Name) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| std::str::from_utf8(line.as_bytes()).ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(found, _)| name.matches(found.trim_end().as_bytes())).map(|(_, value)| {
        let value = value.trim();
        value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
    })
}
