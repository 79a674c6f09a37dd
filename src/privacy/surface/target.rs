//! The request target: path and query (RFC 9112 §3.2.1).
//!
//! Knows segments, their parameters and the query; does not know where a route begins. Invariant: a path keeps
//! its number of segments, so that what the vendor's API finds in the third stays in the third.

use percent_encoding::AsciiSet;

use super::super::framing::engine_io;
use super::super::places::Treatment;
use super::super::refusal::Refusal;
use super::super::scrub::{Fate, Place, Scrub};
use super::super::wrapping::percent;
use super::pairs::{self, Pairs};

/// What stands in the place of a segment that must not leave.
const TAKEN: &str = "*";

const SEGMENT: &AsciiSet =
    &percent::COMPONENT.remove(b':').remove(b'@').remove(b'$').remove(b',').remove(b'=').remove(b'+');

/// Rewrites a request target in origin form; `None` when it may leave as it came.
pub fn scrub(scrub: &mut Scrub<'_>, target: &str) -> Result<Option<String>, Refusal> {
    let (path_text, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let new_path = path(scrub, path_text)?;
    let sets = &scrub.policy.query_sets;
    let query = match query {
        Some(query) => Some(query),
        None => (!sets.is_empty()).then_some(""),
    };
    let places = scrub.places();
    // Where what no rule names is removed, so is the protocol around the session, and nobody needs it back.
    let speaks = |query: &&str| matches!(scrub.unmapped(), Place::Open) && engine_io::is_session(query);
    let own = query.filter(speaks).map(|_| engine_io::SESSION);
    let pairs = Pairs { own, ..Pairs::query(&places.query, sets) };
    let new_query = query.map(|query| pairs::scrub(scrub, query, pairs)).transpose()?.flatten();
    // A question mark with nothing behind it does not leave.
    if new_path.is_none() && new_query.is_none() && !target.ends_with('?') {
        return Ok(None);
    }
    let mut new = new_path.unwrap_or_else(|| path_text.to_owned());
    if let Some(query) = new_query.as_deref().or(query).filter(|query| !query.is_empty()) {
        new.push('?');
        new.push_str(query);
    }
    Ok(Some(new))
}

/// Rewrites a path; `None` when it may leave as it came.
pub fn path(scrub: &mut Scrub<'_>, path: &str) -> Result<Option<String>, Refusal> {
    let text = |index: usize| {
        path.split('/').nth(index + 1).map(|segment| percent::decode_text(own(segment)).into_owned())
    };
    let ranks = scrub.places().path(path.bytes().filter(|byte| *byte == b'/').count(), text);
    let (mut new, mut copied, mut start) = (String::new(), 0, 0);
    for (index, segment) in path.split('/').enumerate() {
        let rank = index.checked_sub(1).and_then(|index| *ranks.get(index)?);
        let rule = rank.map(|rank| scrub.places().treatment(rank));
        let end = start + segment.len();
        if let Some(text) = self::segment(scrub, segment, rule)? {
            new.push_str(&path[copied..start]);
            new.push_str(&text);
            copied = end;
        }
        start = end + 1;
    }
    if copied == 0 {
        return Ok(None);
    }
    new.push_str(&path[copied..]);
    Ok(Some(new))
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
    let mut fate = scrub.value(&percent::decode_text(own), place)?;
    if fate == Fate::Keep && pairs::tells_as_spelled(scrub, own)? {
        fate = Fate::Remove;
    }
    let places = scrub.places();
    let pairs = Pairs { names: &places.query, separator: b';', plus: false, sets: &[], own: None };
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

#[cfg(test)]
mod tests {
    use crate::privacy::fixture::{open, parts, policy, target};

    #[test]
    fn what_nothing_touches_stays_as_it_is_spelled() {
        let policy = open(parts("strict", ""));
        for kept in [
            "/a%2Fb/%E6%97%A5/c%20d?v=4.17.21&&x=a::b&q=%E6%97%A5&e=&f&s=a%3Bb&p=100%25&b=1+2",
            "/array/phc_abc/config.js",
            "/",
            "//double//",
            "/x;v=1/y?d=24/7/365&i=logo@2x.png&u=%40handle&t=1700000000123&id=2147483647",
        ] {
            assert_eq!(target(&policy, kept), kept);
        }
    }

    #[test]
    fn a_removed_parameter_takes_its_separator_with_it() {
        let policy = open(parts("strict", "query:gclid -> click_id"));
        for (before, after) in [
            ("/e?gclid=1", "/e"),
            ("/e?a=1&gclid=2&b=3", "/e?a=1&b=3"),
            ("/e?gclid=1&gclid=2&b=3", "/e?b=3"),
            ("/e?user%5Bemail%5D=x&u[ip][]=1&b=3", "/e?b=3"),
            ("/e;ip=1;v=2/x?a", "/e;v=2/x?a"),
        ] {
            assert_eq!(target(&policy, before), after, "{before}");
        }
    }

    #[test]
    fn where_a_vendor_is_mapped_only_mapped_parameters_pass_and_segments_stay() {
        let policy = policy("strict", "query:v -> service\npath:/projects/*/x -> account_id");
        assert_eq!(target(&policy, "/projects/77/x?v=1&new=2&203.0.113.77"), "/projects/*/x?v=1");
        assert_eq!(target(&policy, "/projects/77/y?v=1"), "/projects/77/y?v=1");
    }

    #[test]
    fn addresses_are_found_in_paths_names_and_values_under_every_layer() {
        let policy = open(parts("strict", ""));
        for (before, after) in [
            ("/203.0.113.77/x", "/*/x"),
            ("/at-203.0.113.77/x", "/at-%5Baddress%5D/x"),
            ("/%3325256727/x", "/*/x"),
            ("/e?203.0.113.77=1&a=1", "/e?a=1"),
            ("/e?203.0.113.77&a=1", "/e?a=1"),
            ("/e?d=203%252e0%252e113%252e77&a=1", "/e?a=1"),
            ("/e?d=MjAzLjAuMTEzLjc3&a=1", "/e?a=1"),
            ("/e?d=x:%3DB2198.51.100.23&a=1", "/e?d=x%3A%C2%B2%5Baddress%5D&a=1"),
            ("/e?d=%3325256727&%3325256727=1&a=1", "/e?a=1"),
            ("/e?d=%33252567270&a=1", "/e?d=%33252567270&a=1"),
            ("/e?d=jane+77@example.org&a=1", "/e?a=1"),
            ("/e?d=eyJ0Ijoia+KCrCIsImlwIjoiMjAzLjAuMTEzLjc3In0=", "/e?d=eyJ0Ijoia%2BKCrCJ9"),
            ("/e?d=https://203.0.113.77/&a=1", "/e?d=https%3A%2F%2F%5Baddress%5D%2F&a=1"),
            ("/e?d={%22u%22:%22Lz8\\/a+KCrCAxOTguNTEuMTAwLjIz%22}&a=1", "/e?a=1"),
            ("/e?d=see+203.0.113.77+now", "/e?d=see%20%5Baddress%5D%20now"),
            ("/e?d=%7B%22ip%22%3A%221.2.3.4%22%2C%22b%22%3A1%7D", "/e?d=%7B%22b%22%3A1%7D"),
        ] {
            assert_eq!(target(&policy, before), after, "{before}");
        }
    }

    #[test]
    fn a_url_in_a_value_is_read_part_by_part_where_pages_are_kept() {
        let policy = open(parts("address-only", ""));
        let before = "/e?u=https%3A%2F%2Fshop.example%2Fp%3Fv%3D1%26x%3D203.0.113.77%23top";
        assert_eq!(
            target(&policy, before),
            "/e?u=https%3A%2F%2Fshop.example%2Fp%3Fv%3D1%26x%3D203.0.113.0%23top"
        );
    }

    #[test]
    fn the_session_an_engine_io_server_handed_out_comes_back_to_it() {
        let mut parts = parts("strict", "");
        parts.names.insert("sid", crate::privacy::Category::SessionId);
        let closed = crate::privacy::Policy::compile(parts.clone());
        let policy = open(parts);
        let polling = "/socket.io/?EIO=4&transport=polling&t=a&sid=77bu-aoaZgsSDB-TAAAA";
        assert_eq!(target(&policy, polling), polling);
        assert!(!target(&closed, polling).contains("77bu-aoaZgsSDB-TAAAA"));
        for other in
            ["/socket.io/?EIO=4&transport=polling&sid=jane@example.org", "/e?sid=77bu-aoaZgsSDB-TAAAA"]
        {
            assert_ne!(target(&policy, other), other, "{other}");
        }
    }

    #[test]
    fn an_off_switch_is_in_every_query_once() {
        let mut parts = parts("strict", "query:v -> service");
        parts.off_switches = vec![crate::privacy::fixture::off_switch("query:ip", "0")];
        let policy = crate::privacy::Policy::compile(parts);
        assert_eq!(target(&policy, "/e?ip=1&v=1&ip=2"), "/e?ip=0&v=1");
        assert_eq!(target(&policy, "/e"), "/e?ip=0");
    }
}
