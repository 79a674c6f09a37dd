//! Recordings before and after, event by event, and what holds for every stream of events.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::Value;

use crate::privacy::fixture::{json, open, parts, policy};
use crate::privacy::wrapping::coding::Coding;
use crate::privacy::{Action, Category, Policy, Refusal};

fn strict() -> Policy {
    policy("strict", "")
}

/// An event as it leaves under a policy.
fn event(policy: &Policy, kind: u8, data: &str) -> String {
    let after =
        json(policy, &format!(r#"[{{"type":{kind},"data":{data},"timestamp":1700000000123}}]"#)).unwrap();
    let (before, rest) = after.split_once("\"data\":").unwrap();
    assert_eq!(before, format!("[{{\"type\":{kind},"));
    rest.strip_suffix(",\"timestamp\":1700000000123}]").unwrap().to_owned()
}

fn snapshot(policy: &Policy, node: &str) -> String {
    let after = event(policy, 2, &format!(r#"{{"node":{node},"initialOffset":{{"left":0,"top":0}}}}"#));
    let node = after.strip_prefix("{\"node\":").unwrap();
    node.strip_suffix(",\"initialOffset\":{\"left\":0,\"top\":0}}").unwrap().to_owned()
}

fn element(tag: &str, attributes: &str, children: &str) -> String {
    format!(
        r#"{{"type":2,"tagName":"{tag}","attributes":{{{attributes}}},"childNodes":[{children}],"id":9}}"#
    )
}

fn text(text: &str) -> String {
    format!(r#"{{"type":3,"textContent":"{text}","id":10}}"#)
}

#[test]
fn a_page_keeps_its_structure_and_loses_its_words() {
    let before = format!(
        r#"{{"type":0,"childNodes":[{{"type":1,"name":"html","publicId":"","systemId":"","id":2}},{}],"id":1}}"#,
        element("p", r#""class":"a","id":"x""#, &format!("{},{}", text("Hello Jane"), text("\\n  ")))
    );
    let after = before.replace("Hello Jane", "****************");
    assert_eq!(snapshot(&strict(), &before), after);
    assert_eq!(snapshot(&policy("address-only", ""), &before), before);
}

#[test]
fn an_attribute_is_treated_by_what_it_holds() {
    for (before, after) in [
        (
            r#""class":"btn","width":12,"rr_scrollTop":1204,"checked":true"#,
            r#""class":"btn","width":12,"rr_scrollTop":1204,"checked":true"#,
        ),
        (
            r#""value":"Jane R","placeholder":"Name","title":"""#,
            r#""value":"********","placeholder":"****","title":"""#,
        ),
        (
            r#""data-kunde":"k-1","aria-label":"Jane","aria-hidden":"true""#,
            r#""data-kunde":"****","aria-label":"****","aria-hidden":"true""#,
        ),
        (
            r#""src":"https://shop.example/a.png?u=jane","alt":"Jane""#,
            r#""src":"https://shop.example/a.png","alt":"****""#,
        ),
        (r#""srcset":"/a.png?u=1 1x, /b.png 2x""#, r#""srcset":"/a.png 1x, /b.png 2x""#),
        (r##""xlink:href":"#icon""##, r##""xlink:href":"#icon""##),
        (
            r#""style":"color:red;background:url(/x.png?u=1)""#,
            r#""style":"color:red;background:url(/x.png)""#,
        ),
        (r#""src":"data:image/png;base64,AAAA""#, r#""src":"********************************""#),
        (r#""id":"jane@example.org user""#, r#""id":"[contact] user""#),
    ] {
        let strict = strict();
        assert_eq!(snapshot(&strict, &element("img", before, "")), element("img", after, ""), "{before}");
    }
    let link = |href: &str| element("a", &format!(r#""href":"{href}""#), "");
    assert_eq!(snapshot(&strict(), &link("/o?x=1#jane")), link("/o"));
}

#[test]
fn style_stays_and_scripts_go() {
    let css = "a{color:red;background:url('/x.png?u=jane')}";
    let style = element("style", r#""_cssText":"b{margin:0}""#, &text(css));
    assert_eq!(snapshot(&strict(), &style), style.replace("?u=jane", ""));
    let script = |code: &str| element("script", "", &text(code));
    assert_eq!(snapshot(&strict(), &script("var user=7")), script(""));
    assert_eq!(snapshot(&strict(), &script("SCRIPT_PLACEHOLDER")), script("SCRIPT_PLACEHOLDER"));
}

#[test]
fn a_secret_is_masked_whatever_the_policy_says() {
    let keeps = policy("address-only", "");
    for marks in [
        r#""type":"password""#,
        r#""autocomplete":"section-a cc-number""#,
        r#""name":"password""#,
        r#""data-rr-is-password":"true""#,
        r#""type":"password","data-privet-allow":"""#,
    ] {
        let field = |value: &str| element("input", &format!(r#""value":"{value}",{marks}"#), "");
        assert_eq!(snapshot(&keeps, &field("hunter22")), field("********"), "{marks}");
    }
    let field = element("input", r#""value":"Jane""#, "");
    assert_eq!(snapshot(&keeps, &field), field);
    let card = text("4111 1111 1111 1111");
    assert_eq!(snapshot(&keeps, &card), text("********************************"));
}

#[test]
fn what_is_typed_into_a_field_known_as_secret_is_secret() {
    let field = element("input", r#""type":"password""#, "");
    let body = |typed: &str| {
        format!(
            r#"[{{"type":2,"data":{{"node":{field}}},"timestamp":1}},{{"type":3,"data":{{"source":5,"text":"{typed}","id":9}},"timestamp":2}},{{"type":3,"data":{{"source":0,"attributes":[{{"id":9,"attributes":{{"value":"{typed}"}}}}]}},"timestamp":3}},{{"type":3,"data":{{"source":5,"text":"pizza","id":8}},"timestamp":4}}]"#
        )
    };
    assert_eq!(json(&policy("address-only", ""), &body("hunter22")).unwrap(), body("********"));
}

#[test]
fn what_the_site_allows_passes_until_it_is_forbidden_again() {
    for mark in [
        r#""data-privet-allow":"""#,
        r#""class":"x sentry-unmask""#,
        r#""data-dd-privacy":"allow""#,
        r#""class":"fs-unmask""#,
        r#""class":"amp-unmask""#,
    ] {
        let page = |inner: &str| {
            let child = element("b", r#""data-dd-privacy":"mask","title":"""#, &text(inner));
            element("p", &format!(r#"{mark},"title":"Terms""#), &format!("{},{child}", text("Terms of use")))
        };
        assert_eq!(
            snapshot(&strict(), &page("Jane")),
            page("****").replace(r#""data-dd-privacy":"mask""#, r#""data-dd-privacy":"****""#),
            "{mark}"
        );
    }
    let found = element("p", r#""data-privet-allow":"""#, &text("write to jane@example.org"));
    assert_eq!(snapshot(&strict(), &found), found.replace("jane@example.org", "[contact]"));
}

#[test]
fn a_change_is_treated_like_the_page() {
    let before = format!(
        r#"{{"source":0,"texts":[{{"id":7,"value":"Jane"}}],"attributes":[{{"id":8,"attributes":{{"class":"on","value":"abc","style":{{"width":"3px","background":["url(/x?y)",""]}},"href":"/a?b"}}}}],"removes":[{{"parentId":6,"id":7}}],"adds":[{{"parentId":71,"nextId":null,"node":{}}}]}}"#,
        element("li", "", &text("to Jane Roe"))
    );
    let after = before
        .replace(r#""Jane""#, r#""****""#)
        .replace("abc", "****")
        .replace("/x?y", "/x")
        .replace("/a?b", "/a")
        .replace("to Jane Roe", "****************");
    assert_eq!(event(&strict(), 3, &before), after);
}

#[test]
fn every_keystroke_stays_and_says_no_more_than_its_class() {
    for (typed, after) in [("", ""), ("J", "****"), ("Jane", "****"), ("Jane Roe", "********")] {
        let input = |text: &str| format!(r#"{{"source":5,"text":"{text}","isChecked":false,"id":34}}"#);
        assert_eq!(event(&strict(), 3, &input(typed)), input(after));
    }
}

#[test]
fn the_other_events_keep_what_a_player_needs() {
    let strict = strict();
    for (kind, before, after) in [
        (
            4,
            r#"{"href":"https://shop.example/a?email=jane#x","width":1211,"height":617}"#,
            r#"{"href":"https://shop.example/a","width":1366,"height":768}"#,
        ),
        (3, r#"{"source":4,"width":1211,"height":617}"#, r#"{"source":4,"width":1366,"height":768}"#),
        (
            3,
            r#"{"source":1,"positions":[{"x":350,"y":12.5,"id":7,"timeOffset":-3}]}"#,
            r#"{"source":1,"positions":[{"x":350,"y":12.5,"id":7,"timeOffset":-3}]}"#,
        ),
        (
            3,
            r#"{"source":8,"id":7,"adds":[{"rule":"a{b:url(/c?d)}","index":0}]}"#,
            r#"{"source":8,"id":7,"adds":[{"rule":"a{b:url(/c)}","index":0}]}"#,
        ),
        (
            3,
            r#"{"source":9,"id":7,"type":0,"commands":[{"property":"fillText","args":["Jane",1,2]}]}"#,
            r#"{"source":9,"id":7,"type":0,"commands":[{"property":"fillText","args":["****",1,2]}]}"#,
        ),
        (
            5,
            r#"{"tag":"cart","payload":{"href":"https://shop.example/a?b","email":"j@example.org","new":1}}"#,
            r#"{"tag":"cart","payload":{}}"#,
        ),
        (
            6,
            r#"{"plugin":"rrweb/console@1","payload":{"level":"log","trace":["a (https://x/y)"],"payload":["\"Jane\""]}}"#,
            r#"{"plugin":"rrweb/console@1","payload":{"level":"log","trace":["****************"],"payload":["********"]}}"#,
        ),
        (
            6,
            r#"{"plugin":"rrweb/network@1","payload":{"requests":[{"name":"https://a.example/b?c","method":"POST","status":200,"requestHeaders":{"cookie":"sid=7"},"responseBody":"Jane"}]}}"#,
            r#"{"plugin":"rrweb/network@1","payload":{"requests":[{"name":"https://a.example/b","method":"POST","status":200,"requestHeaders":{"cookie":"********"},"responseBody":"****"}]}}"#,
        ),
        (6, r#"{"plugin":"x@1","payload":{"secret":1}}"#, r#"{"plugin":"x@1","payload":{}}"#),
    ] {
        assert_eq!(event(&strict, kind, before), after, "{before}");
    }
}

#[test]
fn an_event_stays_where_the_rest_of_a_vendors_fields_must_be_mapped() {
    let policy = policy("strict", "json:/app -> service");
    let event =
        r#"{"timestamp":17.5,"windowId":"w1","data":{"source":5,"text":"ab","id":1},"type":3,"delay":7}"#;
    let before =
        format!(r#"{{"app":"a","events":[{event},{{"n":1}}],"text":"{}"}}"#, event.replace('"', "\\\""));
    let event = event.replace(r#""windowId":"w1","#, "").replace("ab", "****");
    let after = format!(r#"{{"app":"a","events":[{event},null],"text":"{}"}}"#, event.replace('"', "\\\""));
    assert_eq!(json(&policy, &before).unwrap(), after);
}

#[test]
fn a_place_mapped_as_page_text_that_holds_a_recording_is_read_and_the_rest_of_it_goes() {
    let policy = policy("strict", "json:/snapshots -> page_text");
    let event =
        |text: &str| format!(r#"{{"type":3,"data":{{"source":5,"text":"{text}","id":1}},"timestamp":2}}"#);
    let quoted = |text: &str| serde_json::to_string(&format!("[{}]", event(text))).unwrap();
    for (before, after) in [
        (format!("[{},{{\"a\":1}},\"b\"]", event("x")), format!("[{},null,null]", event("****"))),
        (quoted("x"), quoted("****")),
    ] {
        let body = |value| format!(r#"{{"snapshots":{value}}}"#);
        assert_eq!(json(&policy, &body(before)).unwrap(), body(after));
    }
    assert_eq!(json(&policy, r#"{"snapshots":[{"data":1}]}"#).unwrap(), "{}");
    let inside = crate::privacy::fixture::policy("strict", "json:/*/data -> page_text");
    let stream = |text: &str| format!(r#"[{},{{"data":"x"}}]"#, event(text));
    assert_eq!(json(&inside, &stream("x")).unwrap(), stream("****").replace(r#"{"data":"x"}"#, "null"));
}

#[test]
fn a_rule_for_a_place_inside_an_event_or_for_the_whole_of_it_wins() {
    let event = |data: &str| format!(r#"[{{"type":5,"data":{{"tag":"t"{data}}},"timestamp":2}}]"#);
    let policy = policy("strict", "json:/*/data/payload/plan -> service");
    let payload = event(r#","payload":{"plan":"gold"}"#);
    assert_eq!(json(&policy, &payload).unwrap(), payload);
    let whole = crate::privacy::fixture::policy("strict", "json:/* = remove");
    assert_eq!(json(&whole, &payload).unwrap(), "[null]");
}

#[test]
fn what_a_later_recorder_adds_loses_its_words() {
    let strict = strict();
    for (kind, before) in [
        (3, r#"{"source":17,"id":4,"words":["Jane"],"on":true}"#),
        (3, r#"{"source":2,"type":2,"id":4,"words":"Jane"}"#),
        (3, r#"{"source":0,"adds":[{"parentId":1,"words":"Jane","node":{"type":3,"words":"Jane","id":2}}]}"#),
        (2, r#"{"node":{"type":0,"id":1},"words":"Jane"}"#),
        (2, r#"{"wireframes":[{"id":1,"type":"****","x":1,"text":"Jane"}]}"#),
    ] {
        assert_eq!(event(&strict, kind, before), before.replace("Jane", "****"));
    }
}

#[test]
fn what_a_site_says_in_a_recording_is_named_or_text_of_the_page() {
    let payload =
        |name: &str| format!(r#"{{"tag":"login","payload":{{"name":"{name}","n":7,"more":["{name}"]}}}}"#);
    assert_eq!(event(&open(parts("strict", "")), 5, &payload("Jane")), payload("****"));
    assert_eq!(event(&strict(), 5, &payload("Jane")), r#"{"tag":"login","payload":{}}"#);
    assert_eq!(event(&policy("address-only", ""), 5, &payload("Jane")), payload("Jane"));
    assert_eq!(event(&strict(), 0, r#"{"name":"Jane"}"#), "{}");
}

#[test]
fn what_looks_like_an_event_and_is_none_is_treated_as_anything_else() {
    let policy = open(parts("strict", ""));
    for message in [
        r#"{"type":3,"data":{"text":"hi"},"timestamp":2}"#,
        r#"{"type":2,"data":"hi","timestamp":2}"#,
        r#"{"type":"3","data":{"source":5,"text":"hi"},"timestamp":2}"#,
        r#"{"type":3,"data":{"source":5,"text":"hi"}}"#,
        r#"{"type":12,"data":{"source":5,"text":"hi"},"timestamp":2}"#,
    ] {
        assert_eq!(json(&policy, message).unwrap(), message);
    }
}

#[test]
fn a_part_in_a_string_is_read_as_the_part_and_a_broken_one_is_refused() {
    let packed = |kind: u8, data: &str| {
        let data = serde_json::to_string(data).unwrap();
        format!(r#"[{{"type":{kind},"data":{data},"cv":"2024-10","timestamp":2}}]"#)
    };
    let page = |words: &str| format!(r#"{{"node":{}}}"#, element("p", "", &text(words)));
    assert_eq!(json(&strict(), &packed(2, &page("Jane"))).unwrap(), packed(2, &page("****")));
    let input = |text: &str| format!(r#"{{"source":5,"text":"{text}","id":1}}"#);
    assert_eq!(json(&strict(), &packed(3, &input("Jane"))).unwrap(), packed(3, &input("****")));
    let adds = |value: &str| {
        let adds = serde_json::to_string(&format!(r#"[{{"parentId":1,"node":{}}}]"#, text(value))).unwrap();
        format!(r#"[{{"type":3,"data":{{"source":0,"adds":{adds}}},"timestamp":2}}]"#)
    };
    assert_eq!(json(&strict(), &adds("Jane")).unwrap(), adds("****"));
    let broken = r#"[{"type":3,"data":{"source":0,"texts":"\u001f\u008b\b"},"timestamp":2}]"#;
    assert_eq!(json(&strict(), broken), Err(Refusal::BrokenEncoding));
}

#[test]
fn a_compressed_part_is_opened_and_put_back() {
    let latin1 = |text: &str| -> String {
        Coding::Gzip.encode(text.as_bytes()).unwrap().into_iter().map(char::from).collect()
    };
    let opened = |text: &Value| {
        let bytes: Vec<u8> = text.as_str().unwrap().chars().map(|c| u8::try_from(c).unwrap()).collect();
        String::from_utf8(Coding::Gzip.decode(&bytes, 1000).unwrap()).unwrap()
    };
    let page = |words: &str| format!(r#"{{"node":{}}}"#, element("p", "", &text(words)));
    let adds = |words: &str| format!(r#"[{{"parentId":1,"node":{}}}]"#, text(words));
    let before = serde_json::json!([
        {"type": 2, "data": latin1(&page("Jane")), "cv": "2024-10", "timestamp": 2},
        {"type": 3, "data": {"source": 0, "adds": latin1(&adds("Jane")), "texts": latin1("[]")}, "cv": "2024-10", "timestamp": 3},
    ]);
    let after: Value = serde_json::from_str(&json(&strict(), &before.to_string()).unwrap()).unwrap();
    assert_eq!(opened(&after[0]["data"]), page("****"));
    assert_eq!(opened(&after[1]["data"]["adds"]), adds("****"));
    assert_eq!(after[1]["data"]["texts"], before[1]["data"]["texts"]);
    assert_eq!(after[1]["cv"], "2024-10");
}

#[test]
fn a_page_may_nest_deeper_than_other_documents_and_has_an_end() {
    let nested = |depth: usize| {
        let page = (0..depth).fold(text("Jane"), |inner, _| element("p", "", &inner));
        format!(r#"[{{"type":2,"data":{{"node":{page}}},"timestamp":2}}]"#)
    };
    assert_eq!(json(&strict(), &nested(100)).unwrap(), nested(100).replace("Jane", "****"));
    assert_eq!(json(&strict(), &nested(200)), Err(Refusal::TooDeep));
    let inside = serde_json::to_string(&nested(120)).unwrap();
    let wrapped = format!(r#"[{{"type":5,"data":{{"tag":"t","payload":{{"n":{inside}}}}},"timestamp":2}}]"#);
    assert!(json(&strict(), &wrapped).is_ok());
    let bottomless = format!(r#"{{"type":2,"data":{{"timestamp":{}"#, "[".repeat(1_000_000));
    assert_eq!(json(&strict(), &bottomless), Err(Refusal::TooDeep));
}

#[test]
fn this_visitors_address_is_found_in_what_stays() {
    let page =
        element("p", r#""class":"ip-198.51.100.23""#, r#"{"type":3,"textContent":"","id":3325256727}"#);
    let after = page.replace("ip-198.51.100.23", "ip-[address]").replace("3325256727", "0");
    assert_eq!(snapshot(&policy("strict", ""), &page), after);
}

#[test]
fn a_policy_that_keeps_the_page_keeps_it_byte_for_byte() {
    let mut parts = parts("address-only", "");
    parts.actions.set(Category::TypedText, Action::Mask);
    let policy = Policy::compile(parts);
    let before = r#" [ {"type" : 3, "data":{"source":5,"text":"ab","isChecked":false,"id":1.0} ,"timestamp":1e3},{"type":4,"data":{"href":"https://shop.example/a?b=c","width":1211,"height":617},"timestamp":2} ]"#;
    assert_eq!(json(&policy, before).unwrap(), before.replace("\"ab\"", "\"****\""));
}

/// Datadog's newer records: words in tables by their role, and numbers that refer to them.
#[test]
fn words_of_numbered_changes_are_treated_by_their_role() {
    let before = r##"{"records":[
        {"type":2,"format":1,"timestamp":1,"data":[[11,[1,"#document","INPUT"],[2,"type"],[3,"zebra"],[4,"zebra one"],[5,"zebra"],[6,"a{background:url(/x?zebra)}"],[7,"/p?zebra"]],[1,[null,0],[0,1,[2,3]]],[10,[0,0,0,0,1211,617,1]]]},
        {"type":12,"timestamp":2,"data":[[0,"zebra"],[11,[9,"zebra"],["zebra"]],[12,[21,83]],[4,[7,"zebra"]]]},
        {"type":8,"timestamp":3,"data":{"scale":1,"offsetLeft":0,"width":1211,"height":617}}]}"##;
    let after = json(&strict(), before).unwrap();
    for word in ["zebra", "1211", "617"] {
        assert!(!after.contains(word), "{word}: {after}");
    }
    for kept in [
        "#document",
        "INPUT",
        "\"type\"",
        "[1,[null,0],[0,1,[2,3]]]",
        "[12,[21,83]]",
        "[10,[0,0,0,0,1366,768,1]]",
    ] {
        assert!(after.contains(kept), "{kept}: {after}");
    }
    let spoken = json(&policy("address-only", ""), before).unwrap();
    assert!(spoken.contains("[4,\"zebra one\"]"), "{spoken}");
}

#[test]
fn an_event_that_looks_like_many_before_it_is_treated_by_what_it_says_itself() {
    let field = |tag: &str, attributes: &str, id: u64| {
        format!(
            r#"{{"type":3,"data":{{"source":0,"texts":[],"removes":[],"attributes":[],"adds":[{{"parentId":4,"nextId":null,"node":{{"type":2,"tagName":"{tag}","attributes":{{{attributes}}},"childNodes":[],"id":{id}}}}}]}},"timestamp":1700000000123}}"#
        )
    };
    let typed = |id: u64, text: &str| {
        format!(
            r#"{{"type":3,"data":{{"source":5,"text":"{text}","isChecked":false,"id":{id}}},"timestamp":1700000000123}}"#
        )
    };
    let many: Vec<String> = (0..20)
        .flat_map(|turn| {
            let attributes = format!(r#""type":"text","class":"a-{turn} b","value":"Jane {turn}""#);
            [field("input", &attributes, turn), typed(turn, &format!("Jane {turn}"))]
        })
        .collect();
    for odd in [
        field("input", r#""type":"password","class":"a-1 b","value":"Jane Roe""#, 90),
        field("input", r#""type":"text","class":"data-privet-allow","value":"Jane Roe""#, 90),
        field("input", r#""type":"text","class":"jane@example.org","value":"Jane Roe""#, 90),
        field("option", r#""type":"text","class":"a-1 b","value":"Jane Roe""#, 90),
        field("input", r#""type":"text","class":"a-1 b","value":7"#, 90),
        field("input", r#""type":"text","class":"a-1 b","value":"Jane Roe""#, 3_325_256_727),
        field("input", r#""type":"text","class":"a-1 b","value":"Jane Roe""#, 90).replacen(
            "\"type\":3",
            "\"type\":99",
            1,
        ),
        typed(90, "198.51.100.23"),
        typed(90, "Jane Roe").replace("\"source\":5", "\"source\":11"),
        typed(90, "Jane Roe").replace("1700000000123", "\"3325256727\""),
        format!("{},{}", typed(90, "Jane Roe"), field("input", r#""type":"password""#, 90)),
    ] {
        for policy in ["strict", "balanced", "address-only"].map(|name| policy(name, "")) {
            let alone = json(&policy, &format!("[{odd}]")).unwrap();
            let among = json(&policy, &format!("[{},{odd}]", many.join(","))).unwrap();
            assert!(among.ends_with(&format!(",{}", &alone[1..])), "{odd}\n{alone}");
        }
    }
}

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
}
