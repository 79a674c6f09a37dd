//! JSON documents, wherever they are found.
//!
//! Knows documents; `rewrite` walks one and `lexer` knows the grammar. Invariant: what comes out is valid JSON,
//! and where no rule, detector or needle spoke, it is the bytes that came in.

mod ahead;
mod border;
mod edits;
mod form;
mod known;
mod lexer;
mod member;
mod memory;
mod recent;
mod rewrite;
mod row;
mod spelling;
mod stencil;

pub use form::{Filled, Filling, Form, Spot};
pub use lexer::{Lexer, member};
pub use recent::Recent;
use rewrite::At;
pub use spelling::quote;

use super::super::refusal::Refusal;
use super::super::scrub::{Fate, Place, Scrub};
use super::replay::Part;

/// Rewrites a whole document; `None` when it may leave as it came.
pub fn scrub(scrub: &mut Scrub<'_>, input: &str) -> Result<Option<String>, Refusal> {
    let place = scrub.unmapped();
    Ok(match rewrite::document(scrub, input, At { place, part: Part::Outside }, true)? {
        Fate::Keep => None,
        Fate::Replace(new) => Some(new),
        Fate::Remove => Some("null".to_owned()),
    })
}

/// Rewrites a document found inside a value at some place; `None` when it is no JSON after all.
pub fn scrub_inside<'p>(
    scrub: &mut Scrub<'p>,
    text: &str,
    place: Place<'p>,
) -> Result<Option<Fate>, Refusal> {
    let tally = scrub.tally.clone();
    let (inside, named) = match place {
        Place::Known(treatment) if treatment.is_wrapper() => (Place::Inside(treatment), true),
        other => (other, false),
    };
    match rewrite::document(scrub, text, At { place: inside, part: Part::Outside }, named) {
        Ok(fate) => Ok(Some(fate)),
        Err(Refusal::Invalid(_)) => {
            scrub.tally = tally;
            Ok(None)
        }
        Err(refusal) => Err(refusal),
    }
}

/// Rewrites the JSON text of a part of a recording, found in a string.
pub fn scrub_part(scrub: &mut Scrub<'_>, text: &str, part: Part) -> Result<Fate, Refusal> {
    let place = scrub.unmapped();
    rewrite::document(scrub, text, At { place, part }, true)
}

/// Whether a text may be a JSON document with places inside.
pub fn looks_like_document(text: &str) -> bool {
    let text = text.trim_ascii();
    matches!(
        (text.as_bytes().first(), text.as_bytes().last()),
        (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']'))
    )
}

/// Whether a text begins as only a document does, so that it must be read as one or not at all.
pub fn claims_to_be_a_document(text: &str) -> bool {
    let mut characters = text.chars().filter(|character| !character.is_ascii_whitespace());
    matches!((characters.next(), characters.next()), (Some('{'), Some('"')) | (Some('['), Some('{')))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::privacy::fixture::{json, off_switch, open, parts, policy};
    use crate::privacy::wrapping::coding::Coding;
    use crate::privacy::{Policy, Refusal};

    const EVENT: &str = "json:/event -> service
        json:/properties/lang -> language
        json:/properties/n -> service
        json:/list/* -> device
        json:/tags -> service
        json:/people -> contact
        json:/text -> message";

    fn closed() -> Policy {
        policy("strict", EVENT)
    }

    fn kept(name: &str) -> Policy {
        open(parts(name, EVENT))
    }

    #[test]
    fn what_no_rule_touches_leaves_byte_for_byte() {
        let body = "\u{feff} {\"z\" : 1.10, \"a\":12345678901234567890,\"a\":2 ,\n\"s\":\"\\u00e9\\ud83d\", \"e\":{ },\"l\":[ ]} ";
        assert_eq!(json(&kept("strict"), body).unwrap(), body);
    }

    #[test]
    fn a_removed_member_takes_its_key_and_comma_with_it() {
        let policy = kept("strict");
        for (before, after) in [
            (r#"{"ip":"1.2.3.4"}"#, "{}"),
            (r#"{ "ip":1 , "b":2 }"#, r#"{ "b":2 }"#),
            (r#"{"a":1,"ip":1}"#, r#"{"a":1}"#),
            (r#"{"a":1 , "ip":1, "b":2}"#, r#"{"a":1 , "b":2}"#),
            (r#"{"ip":1,"email":2,"c":3,"ip":4,"ip":5}"#, r#"{"c":3}"#),
            (r#"{"ip":1, "email":2 }"#, "{ }"),
            (r#"[1,{"ip":1},"x"]"#, r#"[1,{},"x"]"#),
            (r#"{"people":{"name":"J"},"b":[{"people":1}]}"#, r#"{"b":[{"people":1}]}"#),
        ] {
            assert_eq!(json(&policy, before).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn a_removed_element_leaves_its_slot() {
        assert_eq!(
            json(&kept("strict"), r#"{"list":[1, "a" ,{"b":2}]}"#).unwrap(),
            r#"{"list":[null, null ,null]}"#
        );
    }

    #[test]
    fn where_a_vendor_is_mapped_only_mapped_fields_pass() {
        let policy = closed();
        for (before, after) in [
            (
                r#"{"event":"page","new":1,"properties":{"n":1,"x":{"y":[1,2]},"lang":"de"}}"#,
                r#"{"event":"page","properties":{"n":1}}"#,
            ),
            (r#"{"new":{"jane@example.org":{"x":1}},"event":"e"}"#, r#"{"event":"e"}"#),
            (r#"{"tags":["a",{"b":[]}],"l":[[],{}]}"#, r#"{"tags":["a",{"b":[]}]}"#),
            (r#"{"x":1}"#, "{}"),
            ("[1,2]", "[null,null]"),
            ("1", "null"),
        ] {
            assert_eq!(json(&policy, before).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn a_document_inside_a_string_is_a_document_of_its_own() {
        let inner = r#"{"event":"e","wrapped":"{\"event\":\"f\",\"ip\":\"1.2.3.4\",\"x\":1}","data":"eyJldmVudCI6ImciLCJpcCI6IjEuMi4zLjQifQ=="}"#;
        let after = r#"{"event":"e","wrapped":"{\"event\":\"f\"}","data":"eyJldmVudCI6ImcifQ=="}"#;
        assert_eq!(json(&closed(), inner).unwrap(), after);
    }

    #[test]
    fn in_a_document_that_the_protocol_needs_positions_are_kept_and_names_stand_alone() {
        let before = r#"{"event":"[[\"sku1\",9.9,[\"shoes\"]],{\"x\":1}]"}"#;
        let after = r#"{"event":"[[\"sku1\",9.9,[\"shoes\"]],{}]"}"#;
        assert_eq!(json(&closed(), before).unwrap(), after);
    }

    #[test]
    fn a_replaced_value_is_valid_json_of_the_right_type() {
        let policy = policy(
            "balanced",
            "json:/n = 7\njson:/s = x\"y\njson:/b = false\njson:/o = gone\njson:/m = mask\njson:/z = keep",
        );
        let before = r#"{"n":1.5,"s":"a","b":true,"o":{"a":[1]},"m":12,"z":null}"#;
        assert_eq!(
            json(&policy, before).unwrap(),
            r#"{"n":7,"s":"x\"y","b":false,"o":"gone","m":0,"z":null}"#
        );
    }

    #[test]
    fn a_key_is_found_however_it_is_spelled_and_every_duplicate_counts() {
        let before = r#"{"\u0070assword":"a","password":"b","Pass-Word":"c","a":1}"#;
        assert_eq!(json(&kept("strict"), before).unwrap(), r#"{"a":1}"#);
    }

    #[test]
    fn a_name_that_is_an_address_does_not_leave() {
        assert_eq!(json(&kept("strict"), r#"{"203.0.113.77":{"hits":1},"a":1}"#).unwrap(), r#"{"a":1}"#);
    }

    #[test]
    fn a_name_is_known_with_what_it_stands_in_and_beside_a_value() {
        let mut parts = parts("strict", "");
        parts.names.insert("page_title", crate::privacy::Category::PageTitle);
        parts.names.insert("input_value", crate::privacy::Category::TypedText);
        let policy = open(parts);
        for (before, after) in [
            (r#"{"page":{"title":"J","x":1},"title":"b"}"#, r#"{"page":{"x":1},"title":"b"}"#),
            (
                r#"{"pages":[{"title":"J"}],"page":[{"title":"J"}]}"#,
                r#"{"pages":[{"title":"J"}],"page":[{}]}"#,
            ),
            (
                r#"[{"key":"a.email","value":{"stringValue":"J"}},{"key":"n","value":1}]"#,
                r#"[{"key":"a.email"},{"key":"n","value":1}]"#,
            ),
            (
                r#"[{"value":"J","name":"email"},{"v":"b","k":"x"}]"#,
                r#"[{"name":"email"},{"v":"b","k":"x"}]"#,
            ),
            (r#"{"element":"body > input","value":"J"}"#, r#"{"element":"body > input"}"#),
            (r#"{"element":"img","value":1200}"#, r#"{"element":"img","value":1200}"#),
        ] {
            assert_eq!(json(&policy, before).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn an_off_switch_is_set_once_in_every_object_that_has_its_place() {
        let mut parts = parts("strict", "json:/a -> service\njson:/**/p/x -> service");
        parts.off_switches = vec![off_switch("json:/**/p/$off", "true")];
        let policy = Policy::compile(parts);
        for (before, after) in [
            (r#"{"a":1,"p":{"x":1 }}"#, r#"{"a":1,"p":{"x":1,"$off":true }}"#),
            (r#"{"p":{"y":1}}"#, r#"{"p":{"$off":true}}"#),
            (r#"{"p":{}}"#, r#"{"p":{"$off":true}}"#),
            (r#"{"p":{"$off":false,"x":2,"$off":1}}"#, r#"{"p":{"$off":true,"x":2,"$off":true}}"#),
            (r#"{"a":1}"#, r#"{"a":1}"#),
        ] {
            assert_eq!(json(&policy, before).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn this_visitors_address_is_found_where_a_rule_keeps() {
        let before = r#"{"event":"seen 198.51.100.23","tags":[3325256727,"\u003198.51.100.23"]}"#;
        assert_eq!(json(&closed(), before).unwrap(), r#"{"event":"seen [address]","tags":[null,null]}"#);
    }

    #[test]
    fn a_sentinel_is_neutralized_wherever_it_stands() {
        assert_eq!(
            json(&closed(), r#"{"event":"$remote","tags":["$remote"]}"#).unwrap(),
            r#"{"tags":[null]}"#
        );
    }

    #[test]
    fn what_a_string_holds_compressed_is_opened_and_put_back() {
        let gzip = Coding::Gzip.encode(br#"{"ip":"203.0.113.77","a":1}"#).unwrap();
        let latin1: String = gzip.iter().copied().map(char::from).collect();
        let body = format!("{{\"data\":{},\"b\":1}}", super::quote(&latin1));
        let left: serde_json::Value = serde_json::from_str(&json(&kept("strict"), &body).unwrap()).unwrap();
        let left: Vec<u8> =
            left["data"].as_str().unwrap().chars().map(|c| u8::try_from(c).unwrap()).collect();
        assert_eq!(Coding::Gzip.decode(&left, 100).unwrap(), br#"{"a":1}"#);
        let broken = r#"{"data":"H4sIAAAAAAAC/6tWSi1LzStRslIqSExPVdJRKijKLyhWsqpWyiwA"}"#;
        assert_eq!(json(&kept("strict"), broken), Err(Refusal::BrokenEncoding));
    }

    #[test]
    fn invalid_and_bottomless_documents_are_refused() {
        for body in ["{", "{\"a\":1,}", "[01]", "{\"a\":\"\u{1}\"}", "{} x"] {
            assert!(matches!(json(&kept("strict"), body), Err(Refusal::Invalid(_))), "{body}");
        }
        let deep = format!("{}{}", "[".repeat(17), "]".repeat(17));
        assert_eq!(json(&kept("strict"), &deep), Err(Refusal::TooDeep));
        let skipped = format!("{{\"ip\":{}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(json(&kept("strict"), &skipped), Err(Refusal::TooDeep));
    }
}
