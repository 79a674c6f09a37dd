//! The cookies of a request, held until its answer is read.
//!
//! Knows RFC 6265 §4.2; does not know what a cookie means. Invariant: they live as long as the exchange and are shown
//! nowhere.

use std::fmt;

use http::header::{COOKIE, HeaderMap, HeaderValue};

/// What the browser brought, and what the vendor was shown of it.
#[derive(Default)]
pub struct Brought {
    held: Vec<HeaderValue>,
    shown: Vec<HeaderValue>,
}

impl Brought {
    /// The cookies of a request as it came.
    pub fn of(headers: &HeaderMap) -> Self {
        Self { held: lines(headers), shown: Vec::new() }
    }

    /// The same, of which the vendor was shown what these headers say.
    pub fn shown(self, headers: &HeaderMap) -> Self {
        Self { shown: lines(headers), ..self }
    }

    /// Whether the browser holds a cookie of this name.
    pub(super) fn holds(&self, name: &str) -> bool {
        pairs(&self.held).any(|(held, _)| held == name)
    }

    /// Whether the browser holds it with this value, or the vendor was shown this value in its place.
    pub(super) fn holds_value(&self, name: &str, value: &str) -> bool {
        pairs(&self.held).chain(pairs(&self.shown)).any(|pair| pair == (name, value))
    }
}

impl fmt::Debug for Brought {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Brought(..)")
    }
}

/// A header's value shares its bytes, so this copies none.
fn lines(headers: &HeaderMap) -> Vec<HeaderValue> {
    headers.get_all(COOKIE).iter().cloned().collect()
}

fn pairs(lines: &[HeaderValue]) -> impl Iterator<Item = (&str, &str)> {
    let lines = lines.iter().filter_map(|line| std::str::from_utf8(line.as_bytes()).ok());
    let pairs = lines.flat_map(|line| line.split(';'));
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (name.trim(), value.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_static(line))).collect()
    }

    #[test]
    fn cookies_are_found_in_every_line_with_the_value_on_either_side() {
        let brought = Brought::of(&headers(&["a=1; b=2=3", " c "])).shown(&headers(&["a=one"]));
        for name in ["a", "b", "c"] {
            assert!(brought.holds(name), "{name}");
        }
        assert!(!brought.holds("one") && !brought.holds("A"));
        assert!(brought.holds_value("a", "1") && brought.holds_value("a", "one"));
        assert!(brought.holds_value("b", "2=3") && brought.holds_value("c", ""));
        assert!(!brought.holds_value("a", "2") && !brought.holds_value("b", "1"));
    }

    #[test]
    fn what_a_browser_brought_is_not_shown() {
        assert_eq!(format!("{:?}", Brought::of(&headers(&["a=secret"]))), "Brought(..)");
    }
}
