//! What becomes of events, one after the other.

use serde_json::Value;

use super::{element, event, snapshot, strict, text};
use crate::privacy::fixture::{json, open, parts, policy};
use crate::privacy::wrapping::coding::Coding;
use crate::privacy::{Action, Category, Policy, Refusal};

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
