//! Cookies on their way to a backend (RFC 6265 §4.2).
//!
//! Knows pairs; does not know which cookies a route keeps. Invariant: a pair that cannot be parsed, or that no
//! rule names, does not leave.

use std::borrow::Cow;

use super::super::action::Action;
use super::super::category::Category;
use super::super::places::Places;
use super::super::refusal::Refusal;
use super::super::scrub::{Fate, Place, Scrub};
use super::super::wrapping::percent;

/// Rewrites the visitor's cookies, from however many lines, into one; `None` when none may leave.
pub fn scrub<'h>(
    scrub: &mut Scrub<'_>,
    lines: impl Iterator<Item = &'h [u8]>,
) -> Result<Option<String>, Refusal> {
    let mut out: Vec<String> = Vec::new();
    for line in lines {
        let line = percent::text(line);
        for pair in line.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
            let Some((name, value)) = pair.split_once('=') else { continue };
            if scrub.policy.withholds(name) {
                continue;
            }
            if scrub.policy.keeps_cookie(name) {
                if scrub.visitor.needle().find(&percent::decode_text(pair)).is_none() {
                    out.push(pair.to_owned());
                }
                continue;
            }
            let Some(rank) = scrub.places().cookie.find(name) else {
                scrub.tally.add(Category::Unmapped, &Action::Remove);
                continue;
            };
            let treatment = scrub.places().treatment(rank);
            // A rule may name only how the name begins.
            if !scrub.places().cookie.spells(name) && !scrub.name(name)? {
                continue;
            }
            match scrub.value(&unquoted(value), Place::Known(treatment))? {
                Fate::Keep => out.push(pair.to_owned()),
                Fate::Remove => {}
                Fate::Replace(new) => out.push(format!("{name}={}", encode(&new))),
            }
        }
    }
    Ok((!out.is_empty()).then(|| out.join("; ")))
}

/// Whether a cookie the vendor sets may reach the visitor, whose browser would send it back.
pub fn may_be_set(places: &Places, name: &str) -> bool {
    let rank = places.set_cookie.find(name).or_else(|| places.cookie.find(name));
    rank.is_some_and(|rank| *places.treatment(rank).action != Action::Remove)
}

fn unquoted(value: &str) -> Cow<'_, str> {
    Cow::Borrowed(value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value))
}

/// The characters a cookie's value may hold stay, the others are percent-encoded as scripts do.
fn encode(value: &str) -> String {
    let octet = |c: char| matches!(c, '!' | '#'..='+' | '-'..=':' | '<'..='[' | ']'..='~');
    if value.chars().all(octet) { value.to_owned() } else { percent::encode(value, percent::COMPONENT) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::privacy::fixture::{headers, parts, policy};
    use crate::privacy::{Policy, PolicyParts};

    #[test]
    fn only_named_cookies_leave_and_the_vendors_own_opt_out_as_it_is() {
        let policy = policy("strict", "cookie:keep* -> service\ncookie:email -> contact");
        let sent = [
            ("cookie", "sid=secret; keep_a=1;; =x; junk; email=j@example.org"),
            ("cookie", "optout=\"1\"; keep=2"),
        ];
        assert!(headers(&policy, &sent).contains(&"cookie: keep_a=1; optout=\"1\"; keep=2".to_owned()));
        assert!(!headers(&policy, &[("cookie", "a=1; b=2")]).iter().any(|line| line.starts_with("cookie")));
    }

    #[test]
    fn a_name_that_says_an_address_does_not_leave() {
        let policy = policy("strict", "cookie:keep* -> service");
        let sent = "keep_198.51.100.23=1; keep203%2E0.113.77=1; keep_a=1; optout=198.51.100.23";
        assert!(headers(&policy, &[("cookie", sent)]).contains(&"cookie: keep_a=1".to_owned()));
    }

    #[test]
    fn what_is_between_the_visitor_and_the_site_passes_in_no_direction() {
        let withheld_cookies = vec!["CookieConsent".parse().unwrap()];
        let parts =
            PolicyParts { withheld_cookies, ..parts("strict", "cookie:* = keep\nset-cookie:* = keep") };
        let policy = Policy::compile(parts);
        let sent = [("cookie", "privet_choice=on; a=1; CookieConsent=yes; privet_open_chat=1; optout=1")];
        assert!(headers(&policy, &sent).contains(&"cookie: a=1; optout=1".to_owned()));
        assert!(policy.may_set_cookie("a") && policy.may_set_cookie("optout"));
        for name in ["privet_choice", "privet_open_chat", "CookieConsent"] {
            assert!(!policy.may_set_cookie(name) && !policy.keeps_cookie(name), "{name}");
        }
    }

    #[test]
    fn a_document_in_a_cookie_is_treated_and_encoded_again() {
        let policy = policy("strict", "cookie:ph -> service\njson:/keep -> service");
        let line = "ph=%7B%22keep%22%3A1%2C%22x%22%3A2%7D";
        assert!(
            headers(&policy, &[("cookie", line)]).contains(&"cookie: ph=%7B%22keep%22%3A1%7D".to_owned())
        );
    }
}
