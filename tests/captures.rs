//! What real scripts of some thirty vendors sent, replayed through the engine under `strict`.
//!
//! The recordings in `captures/` hold marked words in every place a script takes data from. Invariant: what
//! leaves says none of them in any layer, still is what the vendor's protocol needs, and still is of its form;
//! what this version cannot read is refused.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod engine;
mod judge;
#[path = "captures/others.rs"]
mod others;
#[path = "captures/protocol.rs"]
mod protocol;
#[path = "captures/recording.rs"]
mod recording;

use std::collections::BTreeSet;

use privet::privacy::{Action, Category, Message, Policy};
use protocol::Protocol;
use recording::{Recorded, Recording};

/// Replays one recording; returns how many requests left, how many were refused, and what is wrong.
fn findings(name: &str, policy: &Policy, protocol: &Protocol) -> (usize, usize, Vec<String>) {
    let recording = Recording::read(name);
    let canaries = recording.canaries();
    let mut wrong = Vec::new();
    let (mut left, mut refused) = (0, 0);
    for request in &recording.requests {
        let place = format!("{name} request {} ({} {})", request.n, request.method, request.path_only());
        match engine::scrub(policy, request.to_http(), recording.address()) {
            Err(_) if protocol.may_refuse => refused += 1,
            Err(refusal) => wrong.push(format!("{place}: refused, though it can be read: {refusal}")),
            Ok(out) => {
                left += 1;
                let out = Recorded::from_http(request.n, &out);
                for (part, bytes) in out.parts() {
                    let found = judge::finds(&bytes, &canaries).into_iter();
                    let found = found.filter(|canary| !is_handed_back(canary, &part, &out));
                    wrong.extend(found.map(|canary| format!("{place}: {canary} leaves in {part}")));
                }
                wrong.extend(
                    protocol.broken(request, &out).into_iter().map(|what| format!("{place}: {what}")),
                );
            }
        }
    }
    for socket in &recording.websockets {
        let place = format!("{name} socket {}", socket.n);
        let opened = engine::scrub(policy, socket.handshake().to_http(), recording.address()).unwrap();
        for (part, bytes) in Recorded::from_http(socket.n, &opened).parts() {
            wrong.extend(
                judge::finds(&bytes, &canaries)
                    .iter()
                    .map(|what| format!("{place}: {what} leaves in {part}")),
            );
        }
        for message in socket.said() {
            let size = message.len();
            match engine::say(policy, message, recording.address()) {
                Err(_) if protocol.may_refuse => refused += 1,
                Err(refusal) => wrong.push(format!("{place}: {size} bytes refused: {refusal}")),
                Ok(said) => {
                    left += 1;
                    let bytes = match said {
                        Some(Message::Text(text)) => text.into_bytes(),
                        Some(Message::Binary(bytes)) => bytes.to_vec(),
                        None => Vec::new(),
                    };
                    let found = judge::finds(&bytes, &canaries);
                    wrong.extend(found.iter().map(|what| format!("{place}: {what} leaves in a message")));
                }
            }
        }
    }
    (left, refused, wrong)
}

/// An Engine.IO server makes its sessions up itself, and must have them back: in this one place.
fn is_handed_back(canary: &str, part: &str, out: &Recorded) -> bool {
    canary == "session_id" && part == "query sid" && out.query().contains("EIO=4&transport=")
}

/// Replays one recording in which nothing may be wrong; returns how many requests left and were refused.
fn replay(name: &str, policy: &Policy, protocol: &Protocol) -> (usize, usize) {
    let (left, refused, wrong) = findings(name, policy, protocol);
    assert!(
        wrong.is_empty(),
        "{} of {} findings:\n{}",
        wrong.len().min(60),
        wrong.len(),
        wrong[..wrong.len().min(60)].join("\n")
    );
    (left, refused)
}

fn strict(name: &str, protocol: &Protocol) -> (usize, usize) {
    replay(name, &engine::policy("strict", Some(protocol.vendor), &[]), protocol)
}

#[test]
fn posthog_compressed_keeps_its_events_and_loses_the_person() {
    assert_eq!(strict("posthog", &protocol::POSTHOG), (22, 0));
}

#[test]
fn posthog_keeps_its_events_and_loses_the_person() {
    assert_eq!(strict("posthog-base64", &protocol::POSTHOG), (97, 0));
}

#[test]
fn mixpanel_keeps_its_events_and_loses_the_person() {
    assert_eq!(strict("mixpanel", &protocol::MIXPANEL), (15, 0));
}

#[test]
fn matomo_keeps_its_hits_and_loses_the_person() {
    assert_eq!(strict("matomo", &protocol::MATOMO), (9, 0));
}

#[test]
fn plausible_keeps_its_events_and_loses_the_person() {
    assert_eq!(strict("plausible", &protocol::PLAUSIBLE), (14, 0));
}

#[test]
fn segment_keeps_its_events_and_loses_the_person() {
    assert_eq!(strict("segment", &protocol::SEGMENT), (16, 0));
}

#[test]
fn ga4_keeps_its_hits_and_loses_the_person() {
    assert_eq!(strict("ga4", &protocol::GA4), (6, 0));
}

/// What each protocol needs is the same with a map as without one.
fn mapped(name: &str, vendor: &'static str) -> Protocol {
    let other = others::OTHERS.iter().find(|other| other.name == name).unwrap();
    match vendor {
        "countly" => protocol::COUNTLY,
        "rollbar" => protocol::ROLLBAR,
        "sentry" => protocol::SENTRY,
        _ => Protocol { vendor, ..other.protocol },
    }
}

#[test]
fn scripts_with_a_map_keep_their_events_and_lose_the_person() {
    for (name, vendor, requests, _) in others::MAPPED {
        assert_eq!(strict(name, &mapped(name, vendor)), (requests, 0), "{name}");
    }
}

#[test]
fn scripts_with_a_map_say_what_useful_charts_need_and_nothing_else() {
    let (mut told, mut expected) = (Vec::new(), Vec::new());
    for (name, vendor, _, kept) in others::MAPPED {
        let balanced = engine::policy("balanced", Some(vendor), &[]);
        let (_, refused, wrong) = findings(name, &balanced, &mapped(name, vendor));
        let what = |wrong: &String| wrong.split_once("): ")?.1.split(" leaves in ").next().map(str::to_owned);
        told.push((name, refused, wrong.iter().filter_map(what).collect::<BTreeSet<_>>()));
        expected.push((name, 0, kept.iter().map(|&word| word.to_owned()).collect()));
    }
    assert_eq!(told, expected);
}

#[test]
fn new_relic_keeps_what_can_be_read_and_loses_the_person() {
    for policy in ["strict", "cnil", "balanced"] {
        let policy = engine::policy(policy, Some("newrelic"), &[]);
        assert_eq!(replay("newrelic", &policy, &protocol::NEW_RELIC), (7, 2));
    }
}

#[test]
fn a_session_recording_with_a_map_keeps_its_events_and_loses_the_person() {
    let protocol = Protocol { vendor: "rrweb", ..protocol::RECORDING };
    for policy in ["strict", "cnil", "balanced"] {
        let policy = engine::policy(policy, Some("rrweb"), &[]);
        assert_eq!(replay("rrweb", &policy, &protocol), (20, 0));
    }
}

/// No built-in map knows the last two: a route to such a backend removes what no rule names.
fn closed() -> Policy {
    engine::policy("strict", None, &[(Category::Unmapped, Action::Remove)])
}

#[test]
fn a_session_recording_without_a_map_does_not_leave() {
    let (left, refused) = replay("rrweb", &closed(), &protocol::UNKNOWN);
    assert_eq!(left + refused, 20);
}

#[test]
fn a_session_recording_keeps_its_events_and_loses_the_person() {
    assert_eq!(replay("rrweb", &engine::policy("strict", None, &[]), &protocol::RECORDING), (20, 0));
}

#[test]
fn a_socket_that_polls_without_a_map_does_not_leave() {
    let (left, refused) = replay("socketio", &closed(), &protocol::UNKNOWN);
    assert_eq!(left + refused, 25 + 22);
}

/// Where no map is, what no rule names stays (docs/model.md), whatever carried it: `name` is no name of a person, and
/// a chat's words are what the visitor chose to send. All that rules and detectors know is gone.
#[test]
fn a_socket_that_polls_on_an_open_route_says_what_no_rule_names_and_nothing_else() {
    let (_, _, wrong) = findings("socketio", &engine::policy("strict", None, &[]), &protocol::UNKNOWN);
    let said: BTreeSet<&str> = wrong.iter().filter_map(|wrong| wrong.split(": ").nth(2)).collect();
    let kept = ["login", "name", "a chat's words"];
    let expected: Vec<String> = ["body", "a message"]
        .iter()
        .flat_map(|part| kept.map(|word| format!("{word} leaves in {part}")))
        .collect();
    assert_eq!(said, expected.iter().map(String::as_str).collect(), "{wrong:?}");
}

#[test]
fn vendors_without_a_map_keep_their_events_and_lose_the_person() {
    let open = engine::policy("strict", None, &[]);
    let mut wrong = Vec::new();
    for other in &others::OTHERS {
        let (_, refused, found) = findings(other.name, &open, &other.protocol);
        assert_eq!(refused, 0);
        let left = |found: &&String| {
            other.leaves.iter().any(|leaves| found.contains(&format!("{leaves} leaves in")))
        };
        let missed = other
            .leaves
            .iter()
            .filter(|leaves| !found.iter().any(|found| found.contains(&format!("{leaves} leaves in"))));
        wrong.extend(missed.map(|leaves| format!("{}: {leaves} does not leave any more", other.name)));
        wrong.extend(found.iter().filter(|found| !left(found)).cloned());
        let recording = Recording::read(other.name);
        let places: Vec<&str> =
            recording.requests.iter().flat_map(|request| other.protocol.places(request)).collect();
        let all = [other.protocol.pairs, other.protocol.values, other.protocol.stand_ins].concat();
        wrong.extend(
            all.iter()
                .filter(|place| !places.contains(place))
                .map(|place| format!("{}: no {place}", other.name)),
        );
    }
    assert!(wrong.is_empty(), "{} findings:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn vendors_without_a_map_say_nothing_where_the_unnamed_is_removed() {
    for other in &others::OTHERS {
        replay(other.name, &closed(), &protocol::UNKNOWN);
    }
}
