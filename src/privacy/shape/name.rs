//! Whether a name is one: `{"jane@example.org": …}` has a value where others have a name.
//!
//! Knows how scripts spell names; knows no vendor. Invariant: what looks like a value, or like nothing that a
//! script's author would write, is no name.

use super::look::is_made_up;
use crate::privacy::detect;
use crate::privacy::glance::Glance;
use crate::privacy::wrapping;
use crate::privacy::wrapping::coding::Allowance;

/// Longer names are none.
const LONGEST: usize = 40;

/// A year, a port: more digits in a row are a number of something.
const MOST_DIGITS: usize = 4;

/// Whether a member's, parameter's, field's or segment's name may be told.
pub fn is_name(name: &str) -> bool {
    let first = |first: u8| first.is_ascii_alphabetic() || matches!(first, b'_' | b'$');
    let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"_-$.:[]".contains(&byte);
    let mut runs = name.split(|c: char| !c.is_ascii_digit()).map(str::len);
    let spelled = name.bytes().next().is_some_and(first) && name.len() <= LONGEST && name.bytes().all(sign);
    let plain = || name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    spelled
        && runs.all(|run| run <= MOST_DIGITS)
        && !is_made_up(name)
        && (plain() || detect::find(name).is_empty())
        && !is_wrapped(name)
}

/// Whether a text stands in the name in another alphabet.
fn is_wrapped(name: &str) -> bool {
    let tokens = || wrapping::tokens(name, &mut Allowance::new(LONGEST));
    wrapping::may_hold_tokens(&Glance::of(name)) && !tokens().is_ok_and(|tokens| tokens.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_scripts_are_names() {
        for name in [
            "a",
            "user_agent",
            "userAgent",
            "$ip",
            "x-plan",
            "ep.email",
            "user[name][]",
            "_gid",
            "utm_source",
            "v2",
            "deviceMemory",
            "cd12",
            "oauth2_state",
            "h264",
            "schema:1.0.3",
        ] {
            assert!(is_name(name), "{name}");
        }
    }

    #[test]
    fn values_in_the_place_of_names_are_not_told() {
        for value in [
            "",
            "*",
            "0",
            "42",
            "jane@example.org",
            "203.0.113.77",
            "203-0-113-77",
            "x-203.0.113.77",
            "Jane Doe",
            "+491701234567",
            "user_20931",
            "9ec79c33ec9942ab8353589fcb2e04dc",
            "deadbeefdeadbeefab",
            "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa",
            "phc_a1b2c3d4e5",
            "f1ng3rpr1nt",
            "amFuZUBleGFtcGxlLm9yZw",
            "x-c2VjcmV0c2VjcmV0",
            "a/b",
            "a*",
            "Zürich",
            "whatever_a_visitor_may_have_typed_into_a_field",
        ] {
            assert!(!is_name(value), "{value}");
        }
    }
}
