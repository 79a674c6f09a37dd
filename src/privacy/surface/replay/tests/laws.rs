//! What holds for every page and every stream of events.

use proptest::prelude::*;
use serde_json::Value;

use super::strict;
use crate::privacy::fixture::{json, open, parts, policy};

fn any_event() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        "[a-z@. #/:?=]{0,12}".prop_map(Value::from)
    ];
    let name = prop::sample::select(vec![
        "node",
        "childNodes",
        "attributes",
        "textContent",
        "tagName",
        "type",
        "id",
        "source",
        "text",
        "texts",
        "adds",
        "value",
        "href",
        "payload",
        "plugin",
        "tag",
        "width",
        "style",
        "email",
        "data",
        "timestamp",
    ]);
    let data = leaf.prop_recursive(6, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..5).prop_map(|members| Value::Object(
                members.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
            )),
        ]
    });
    (0..9_u8, any::<u32>(), data, 0..17_u8).prop_map(|(kind, time, mut data, source)| {
        if let (3, Some(data)) = (kind, data.as_object_mut()) {
            data.insert("source".to_owned(), source.into());
        }
        serde_json::json!({"type": kind, "data": data, "timestamp": time})
    })
}

/// A node whose every word is marked, with marks to allow and to secure here and there.
fn any_node() -> impl Strategy<Value = Value> {
    let names = ["value", "title", "data-x", "alt", "content", "srcdoc", "onclick", "customer", "aria-label"];
    let attribute = (prop::sample::select(names.to_vec()), "zebra[a-z ]{0,9}");
    let attributes = prop::collection::vec(attribute, 0..3);
    let url = "/[a-z]{1,5}\\?zebra".prop_map(|url| ("href".to_owned(), url));
    let element =
        (prop::sample::select(vec!["p", "a", "input", "textarea", "script", "svg"]), attributes, url);
    let text =
        "zebra[a-z ]{0,9}".prop_map(|text| serde_json::json!({"type": 3, "textContent": text, "id": 3}));
    text.prop_recursive(5, 30, 4, move |inner| {
        (element.clone(), prop::collection::vec(inner, 0..4)).prop_map(|((tag, attributes, url), children)| {
            let attributes: serde_json::Map<String, Value> = attributes
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .chain([url])
                .map(|(name, value)| (name, value.into()))
                .collect();
            serde_json::json!({"type": 2, "tagName": tag, "attributes": attributes, "childNodes": children, "id": 2})
        })
    })
}

/// Events that look alike but for values that mean something here and there.
fn alike_event() -> impl Strategy<Value = String> {
    let word = |words: &[&'static str]| prop::sample::select(words.to_vec());
    let marks = (
        word(&["text", "password", "email"]),
        word(&["on", "ph-mask", "sentry-unmask a", "\\u0070h-mask"]),
        word(&["input", "p"]),
        word(&["nick", "card_number", "password"]),
    );
    let change = ((1..4_u8, 0..1_000_u16), marks, "[a-z]{1,6}( [0-9]{1,3})?").prop_map(
        |((id, parent), (kind, class, tag, name), text)| {
            format!(
                r#"{{"type":3,"data":{{"source":0,"texts":[],"attributes":[{{"id":{id},"attributes":{{"class":"{class}","value":"{text}"}}}}],"adds":[{{"parentId":{parent},"nextId":null,"node":{{"type":2,"tagName":"{tag}","attributes":{{"type":"{kind}","name":"{name}","value":"{text}","class":"{class}"}},"childNodes":[{{"type":3,"textContent":"{text}","id":9}}],"id":{id}}}}}]}},"timestamp":1773480413{parent:03}}}"#
            )
        },
    );
    let input = (word(&["1", "2", "3", "-1", "null"]), word(&["5", "4", "8"]), "[a-z ]{1,9}").prop_map(
        |(id, source, text)| {
            format!(
                r#"{{"type":3,"data":{{"source":{source},"id":{id},"text":"{text}","isChecked":false,"width":1211}},"timestamp":1773480413017}}"#
            )
        },
    );
    let moves = (1..5_usize, word(&["3", "4", "5"]), word(&["1773480413017", "\"soon\""])).prop_map(
        |(count, kind, time)| {
            let rows = vec![r#"{"x":1,"y":-20.5,"id":3}"#; count].join(",");
            format!(
                r#"{{"type":{kind},"data":{{"source":1,"tag":"t","positions":[{rows}]}},"timestamp":{time}}}"#
            )
        },
    );
    prop_oneof![change, input, moves]
}

proptest! {
    #[test]
    fn no_word_of_a_page_leaves_and_every_node_does(node in any_node()) {
        let changes = serde_json::json!([
            {"type": 2, "data": {"node": node}, "timestamp": 1},
            {"type": 3, "data": {"source": 0, "adds": [{"parentId": 1, "nextId": null, "node": node}]}, "timestamp": 2},
        ]);
        let before = changes.to_string();
        let after = json(&strict(), &before).unwrap();
        prop_assert!(!after.contains("zebra"), "{}", after);
        prop_assert_eq!(after.matches("\"id\":").count(), before.matches("\"id\":").count());
        prop_assert_eq!(json(&policy("address-only", ""), &before).unwrap().matches("\"id\":").count(), before.matches("\"id\":").count());
    }

    #[test]
    fn a_stream_keeps_its_events_and_what_leaves_leaves_again_unchanged(events in prop::collection::vec(any_event(), 0..6)) {
        for policy in [strict(), policy("strict", "json:/app -> service"), policy("balanced", "")] {
            let before = Value::from(events.clone()).to_string();
            let Ok(after) = json(&policy, &before) else { continue };
            let left: Vec<Value> = serde_json::from_str(&after).unwrap();
            prop_assert_eq!(left.len(), events.len());
            for (left, event) in left.iter().zip(&events).filter(|(_, event)| event["data"].is_object()) {
                prop_assert_eq!(&left["type"], &event["type"]);
                prop_assert_eq!(&left["timestamp"], &event["timestamp"]);
            }
            prop_assert_eq!(json(&policy, &after).unwrap(), after);
        }
    }

    #[test]
    fn an_event_among_others_like_it_is_treated_as_if_it_looked_like_none(events in prop::collection::vec(alike_event(), 1..12)) {
        let many: Vec<&String> = events.iter().cycle().take(40).collect();
        let spaced = many.iter().enumerate().map(|(turn, event)| event.replace('{', &format!("{{{}", " ".repeat(turn))));
        let spaced: Vec<String> = spaced.collect();
        let alike: Vec<&str> = many.iter().map(|event| event.as_str()).collect();
        for policy in [strict(), policy("balanced", ""), open(parts("address-only", ""))] {
            let left = |events: String| serde_json::from_str::<Value>(&json(&policy, &format!("[{events}]")).unwrap()).unwrap();
            prop_assert_eq!(left(alike.join(",")), left(spaced.join(",")));
        }
    }
}
