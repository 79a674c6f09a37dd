//! A vendor's own pairs of before and after, played through the engine.
//!
//! Knows how a pair is written and compared; does not know what the engine does. Invariant: the same visitor,
//! site and key each time, so a pair holds today and tomorrow or not at all.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use super::super::parts::Choice;
use super::super::raw;
use super::entries::{Pair, Vendor};
use crate::privacy::{Files, Key, Policy, Pseudonyms, Undecodable, Visitor};

/// Whose requests the pairs are: documentation addresses and names only.
const VISITOR: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));
const SITE: &str = "www.example.com";
const KEY: [u8; 32] = [7; 32];
const DEPTH: usize = 64;
const BODY: usize = 1 << 20;
/// Begins what stands in an `after` for whatever pseudonym the engine makes: `{pseudonym}`, or `{pseudonym:NAME}` for
/// one that is the same at each place of this name.
const STAND_IN: &str = "{pseudonym";

/// A pair that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub vendor: String,
    /// The pair's name.
    pub pair: String,
    /// The lines that differ: `- ` expected, `+ ` found.
    pub lines: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: \"{}\" does not hold", self.vendor, self.pair)?;
        self.lines.iter().try_for_each(|line| write!(f, "\n    {line}"))
    }
}

/// Plays every pair of a vendor; gives those that do not hold.
pub fn rehearse(vendor: &Vendor) -> Vec<Difference> {
    vendor.tests.iter().filter_map(|pair| difference(vendor, pair)).collect()
}

fn difference(vendor: &Vendor, pair: &Pair) -> Option<Difference> {
    let expected = raw::read(pair.after.as_bytes()).map_or_else(
        |error| format!("the request after cannot be read: {error}"),
        |request| raw::write(&request),
    );
    let found = play(vendor, pair).unwrap_or_else(|why| why);
    let (mut expected, mut found) = (expected.split('\n'), found.split('\n'));
    let mut lines = Vec::new();
    let mut known = HashMap::new();
    loop {
        match (expected.next(), found.next()) {
            (None, None) => break,
            (Some(expected), Some(found)) if agree(expected, found, &pair.before, &mut known) => {}
            (expected, found) => {
                lines.extend(expected.map(|line| format!("- {line}")));
                lines.extend(found.map(|line| format!("+ {line}")));
            }
        }
    }
    let (vendor, pair) = (vendor.name.clone(), pair.name.clone());
    (!lines.is_empty()).then_some(Difference { vendor, pair, lines })
}

/// Whether a line is the expected one, with some stand-in in every place that asks for one. What stood in the
/// request before is no stand-in.
fn agree<'w>(expected: &'w str, found: &'w str, before: &str, known: &mut HashMap<&'w str, &'w str>) -> bool {
    let mut pieces = expected.split(STAND_IN);
    let Some(mut rest) = pieces.next().and_then(|literal| found.strip_prefix(literal)) else {
        return false;
    };
    for piece in pieces {
        let Some((name, literal)) = piece.split_once('}') else { return false };
        let end = if literal.is_empty() { Some(rest.len()) } else { rest.find(literal) };
        let Some((stand_in, after)) = end.map(|end| rest.split_at(end)) else { return false };
        let one_value = !stand_in.is_empty() && !stand_in.contains(['"', '&', ',', ' ']);
        let same = name.is_empty() || *known.entry(name).or_insert(stand_in) == stand_in;
        if !one_value || !same || before.contains(stand_in) {
            return false;
        }
        rest = &after[literal.len()..];
    }
    rest.is_empty()
}

/// What leaves, or why nothing does.
fn play(vendor: &Vendor, pair: &Pair) -> Result<String, String> {
    let before = raw::read(pair.before.as_bytes()).map_err(|error| error.to_string())?;
    let (rules, actions) = (Vec::new(), Vec::new());
    let choice = Choice {
        policy: &pair.policy,
        vendor: Some(vendor),
        rules,
        actions,
        country: None,
        undecodable: Undecodable::Refuse,
        files: Files::Refuse,
        depth: DEPTH,
        body_limit: BODY,
        site_origins: vec![format!("https://{SITE}")],
    };
    let policy = Policy::compile(choice.parts().ok_or("there is no such policy")?);
    let pseudonyms = Pseudonyms::new(&Key::from_bytes(KEY), 0, SITE, &vendor.name);
    let treated = policy
        .scrub_request(before, &Visitor::new(VISITOR), &pseudonyms)
        .map_err(|refusal| format!("refused: {refusal}"))?;
    Ok(raw::write(treated.request.as_inner()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn vendor(after: &str) -> Vendor {
        let text = format!(
            "name = \"small\"\ntitle = \"Small\"\n[[map]]\ncategory = \"service\"\nselect = [\"query:v\"]\n\
             [[test]]\nname = \"a version passes\"\npolicy = \"strict\"\nbefore = 'GET /a?v=1 HTTP/1.1'\n\
             after = \"\"\"\n{after}\naccept: */*\naccept-encoding: identity\n\"\"\"\n"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn a_pair_that_holds_is_silent() {
        assert_eq!(rehearse(&vendor("GET /a?v=1 HTTP/1.1")), []);
    }

    #[test]
    fn a_pair_that_does_not_hold_shows_the_lines_that_differ() {
        let told: Vec<String> =
            rehearse(&vendor("GET /a?v=2 HTTP/1.1")).iter().map(ToString::to_string).collect();
        let line =
            "small: \"a version passes\" does not hold\n    - GET /a?v=2 HTTP/1.1\n    + GET /a?v=1 HTTP/1.1";
        assert_eq!(told, [line]);
    }

    #[test]
    fn a_place_for_a_stand_in_takes_any_value_that_was_not_there_before() {
        let agree = |expected, found, before| agree(expected, found, before, &mut HashMap::new());
        let expected = "id={pseudonym}&v=1&s={pseudonym}";
        assert!(agree(expected, "id=7f&v=1&s=9c", "id=jane&v=1&s=smith"));
        assert!(!agree(expected, "id=jane&v=1&s=9c", "id=jane&v=1&s=smith"));
        assert!(!agree(expected, "id=&v=1&s=9c", "id=jane"));
        assert!(!agree(expected, "id=7f&x=2&v=1&s=9c", "id=jane"));
        assert!(!agree(expected, "id=7f&v=2&s=9c", "id=jane"));
        assert!(!agree("a", "ab", ""));
    }

    #[test]
    fn places_of_one_name_take_one_stand_in() {
        let expected = "id={pseudonym:user}&s={pseudonym:visit}&u={pseudonym:user}";
        let mut known = HashMap::new();
        assert!(agree(expected, "id=7f&s=9c&u=7f", "jane", &mut known));
        assert!(!agree("u={pseudonym:user}", "u=9c", "jane", &mut known), "on the next line");
        assert!(!agree(expected, "id=7f&s=9c&u=9c", "jane", &mut HashMap::new()));
    }
}
