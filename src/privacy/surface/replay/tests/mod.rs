//! Recordings before and after: elements of pages, events, and what holds for every stream of these.
#![allow(clippy::unwrap_used)]

mod event;
mod laws;
mod page;

use crate::privacy::Policy;
use crate::privacy::fixture::{json, policy};

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
