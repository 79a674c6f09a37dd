//! The cases of `cases/leak.jsonl`, over real sockets: nothing of the person reaches a backend.
//!
//! A case is a request with marked values somewhere. Groups say what kind of place that is; every group is
//! named below, so that none is left out silently. Invariant: under `strict`, whatever arrives says no marked
//! value in any layer; what must survive survives under `address-only`.

mod case;

use std::collections::BTreeSet;

use case::{Case, cases};

use crate::judge;
use crate::support::{Backend, Stage};

/// Places this version reads: each case arrives, clean.
const READ: [&str; 21] = [
    "answer",
    "body-encoded",
    "body-form",
    "body-json",
    "body-json-ip",
    "connection",
    "header-fingerprint",
    "header-h2",
    "header-identity",
    "header-ip",
    "header-ip-unlisted",
    "header-shape",
    "split",
    "trailer",
    "url-email",
    "url-encoding",
    "url-field",
    "url-ip",
    "url-phone",
    "body-multipart",
    "body-other",
];
/// Places of later versions: refused, or clean.
const LATER: [&str; 1] = ["websocket"];
/// Cases of places that are read, in a wrapping that is not.
const LATER_CASES: [&str; 1] = ["protobuf-string"];
/// Ordinary traffic of later versions.
const LATER_KEPT: [&str; 2] = ["keep-ws-text", "keep-ws-frags"];

fn respond(backend: &Backend, case: &Case) {
    let (status, more) =
        case.respond.as_ref().map_or((200, &[][..]), |respond| (respond.status, &respond.headers[..]));
    let mut text = format!("HTTP/1.1 {status} X\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n");
    more.iter().for_each(|(name, value)| text.push_str(&format!("{name}: {value}\r\n")));
    backend.answer_with(text + "\r\nok");
}

/// Runs the cases one after the other; everything that is wrong, in words.
async fn run(cases: &[Case], stage: &Stage) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases {
        respond(&stage.backend, case);
        stage.backend.forget();
        let answer = case.send(stage.visitor()).await;
        let arrived = stage.backend.bytes();
        let delivered = stage.backend.requests().iter().any(|request| request.start.contains(&case.marker));
        let looked_at = if case.group == "answer" { &answer.message.raw } else { &arrived };
        let mut found: BTreeSet<String> = BTreeSet::new();
        for piece in pieces(looked_at, &stage.backend) {
            found.extend(judge::finds(&piece, &case.canaries()).into_iter().map(str::to_owned));
        }
        if !found.is_empty() {
            wrong.push(format!("{} ({}): leaks {found:?}", case.id, case.proto));
        }
        match delivered {
            false if case.may_block == 0 && !is_later(case) => {
                wrong.push(format!("{} ({}): refused with {}", case.id, case.proto, answer.status));
            }
            false if answer.whole && !(400..600).contains(&answer.status) => {
                wrong.push(format!("{} ({}): not delivered, yet {}", case.id, case.proto, answer.status));
            }
            _ => {}
        }
    }
    wrong
}

/// What is judged on its own: all bytes, and each request's body apart from its head.
fn pieces(bytes: &[u8], backend: &Backend) -> Vec<Vec<u8>> {
    let mut pieces = vec![bytes.to_vec()];
    let requests = backend.requests();
    pieces.extend(requests.iter().map(|request| request.body.clone()).filter(|body| !body.is_empty()));
    // A sweep's requests are all alike once they have arrived.
    pieces.sort();
    pieces.dedup();
    pieces
}

fn is_later(case: &Case) -> bool {
    LATER.contains(&&*case.group) || LATER_CASES.contains(&&*case.id)
}

fn to_strip() -> Vec<Case> {
    cases().into_iter().filter(|case| case.expect == "strip").collect()
}

#[test]
fn every_group_is_either_read_or_named_as_later() {
    for case in cases() {
        let named = READ.contains(&&*case.group) || LATER.contains(&&*case.group) || case.group == "keep";
        assert!(named, "{}: group {} is not named", case.id, case.group);
    }
    // An undecidable case may be read in two ways, both right; it is judged in neither.
    let expecting = |what: &str| cases().iter().filter(|case| case.expect == what).count();
    assert_eq!(["strip", "keep", "undecidable"].map(expecting), [294, 23, 9]);
}

#[tokio::test]
async fn no_case_leaks_under_strict() {
    let stage = Stage::with("policy = \"strict\"").await;
    let wrong = run(&to_strip(), &stage).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn no_case_leaks_in_the_other_version_of_http() {
    let stage = Stage::with("policy = \"strict\"").await;
    let cases: Vec<Case> =
        to_strip().into_iter().filter_map(|mut case| case.turn().then_some(case)).collect();
    assert!(cases.len() > 150, "{}", cases.len());
    let wrong = run(&cases, &stage).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn no_case_leaks_when_the_visitors_address_is_known() {
    let trusted = "trusted_proxies = [\"127.0.0.0/8\"]";
    let stage = Stage::trusting(Backend::start().await, "policy = \"strict\"", trusted);
    let mut cases = to_strip();
    cases.retain(|case| !["connection", "answer"].contains(&&*case.group) && case.proto != "ws");
    for case in &mut cases {
        let says_v6 =
            case.canary == ["ip6"] || format!("{:?}{:?}", case.headers, case.body).contains("2001:db8");
        let address = if says_v6 { "2001:db8:1234:5678:9abc:def0:1111:2222" } else { "203.0.113.77" };
        let name = |name: &str| case.headers.iter().any(|(found, _)| found.eq_ignore_ascii_case(name));
        if !name("x-forwarded-for") && !name("forwarded") {
            case.headers.push(("X-Forwarded-For".to_owned(), address.to_owned()));
        }
    }
    let wrong = run(&cases, &stage).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn ordinary_traffic_arrives_as_it_was_sent() {
    let stage = Stage::with("policy = \"address-only\"\nsite_origins = [\"https://shop.example\"]").await;
    let mut wrong = Vec::new();
    for case in cases().iter().filter(|case| case.expect == "keep") {
        stage.backend.forget();
        let answer = case.send(stage.visitor()).await;
        let request = stage.backend.requests().pop();
        let kept = match request {
            None => case.keep.contains_key("ok") && (200..300).contains(&answer.status),
            Some(request) => case.keep.iter().all(|(what, value)| match &**what {
                "target" => {
                    let target = format!("/e/{}{}", case.marker, value.as_str().unwrap());
                    request.start.split(' ').nth(1) == Some(&*target)
                }
                "body" => Some(&request.body) == case.body().as_ref(),
                "header" => request.field(value[0].as_str().unwrap()) == value[1].as_str(),
                "ok" => (200..300).contains(&answer.status),
                other => panic!("{}: unknown promise {other}", case.id),
            }),
        };
        let later = LATER_KEPT.contains(&&*case.id);
        if kept == later {
            wrong.push(format!("{}: {} {:?}", case.id, answer.status, stage.backend.requests()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
