//! What a request and a message are told as.

use bytes::Bytes;
use http::Request;

use super::Shapes;
use crate::privacy::fixture::{open, parts};
use crate::privacy::wrapping::coding::Coding;
use crate::privacy::{Message, Policy};

fn policy() -> Policy {
    open(parts("strict", ""))
}

fn told(shapes: &Shapes) -> Vec<String> {
    let mut told: Vec<_> =
        shapes.iter().map(|(place, kind, count)| format!("{place} {kind} {count}")).collect();
    told.sort();
    told
}

fn body(label: &str, body: impl Into<Bytes>) -> Vec<String> {
    let request = Request::post("/e").header("content-type", label).body(body.into()).unwrap();
    told(&policy().shapes_of_request(&request))
}

fn said(text: &str) -> Vec<String> {
    told(&policy().shapes_of_message(&Message::Text(text.to_owned())))
}

#[test]
fn every_place_of_a_head_is_told() {
    let request = Request::get(
        "/projects/20931/x;s=1?v=2.1.0&ref=https%3A%2F%2Fa.example%2F&jane%40example.org=1&q=a+b",
    )
    .header("user-agent", "Mozilla/5.0")
    .header("sec-ch-ua", "x")
    .header("x-plan", "gold")
    .header("x-9ec79c33ec9942ab8353589fcb2e04dc", "1")
    .header("cookie", "_pk_id=8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa; privet_choice=no; u=%7B%22a%22%3A1%7D")
    .body(Bytes::new());
    assert_eq!(
        told(&policy().shapes_of_request(&request.unwrap())),
        [
            "cookie:_pk_id uuid 1",
            "cookie:u document 1",
            "header:* integer 1",
            "header:x-plan word 1",
            "json:/a integer 1",
            "path:/projects/*/x integer 1",
            "query:* integer 1",
            "query:q words 1",
            "query:ref url 1",
            "query:s integer 1",
            "query:v version 1",
        ]
    );
}

#[test]
fn a_body_is_read_by_what_it_is() {
    let event =
        "{\"batch\":[{\"e\":\"click\",\"ip\":\"203.0.113.77\"},{\"e\":\"view\"}],\"sent\":1763841600123}";
    let shapes = ["json:/batch/*/e word 2", "json:/batch/*/ip address 1", "json:/sent time 1"];
    for label in ["application/json", "text/plain", "application/x-www-form-urlencoded", ""] {
        assert_eq!(body(label, event), shapes, "{label}");
    }
    for coding in [Coding::Gzip, Coding::Zlib, Coding::Zstd] {
        assert_eq!(body("text/plain", coding.encode(event.as_bytes()).unwrap()), shapes, "{coding:?}");
    }
    assert_eq!(body("application/x-ndjson", "{\"a\":1}\n{\"a\":2}\n"), ["json:/a integer 2"]);
    assert_eq!(
        body("application/x-www-form-urlencoded", "a=1&b=two+words"),
        ["form:a integer 1", "form:b words 1"]
    );
    assert_eq!(body("text/plain", "en=a&v=1\nen=b&v=2"), ["form:en word 2", "form:v integer 2"]);
    assert_eq!(body("text/plain", "Where is my parcel?"), ["text: words 1"]);
    let parts = "--b\r\ncontent-disposition: form-data; name=\"m\"\r\n\r\nhello you\r\n\
        --b\r\ncontent-disposition: form-data; name=\"meta\"\r\ncontent-type: application/json\r\n\r\n{\"lang\":\"de-CH\"}\r\n--b--";
    let form = ["json:/lang language 1", "part:m words 1", "part:meta document 1"];
    assert_eq!(body("multipart/form-data; boundary=b", parts), form);
    let envelope =
        "{\"event_id\":\"9ec79c33ec9942ab8353589fcb2e04dc\"}\n{\"type\":\"event\"}\n{\"level\":\"error\"}\n";
    assert_eq!(
        body("text/plain", envelope),
        ["json:/event_id id 1", "json:/level word 1", "json:/type word 1"]
    );
}

#[test]
fn a_document_under_any_wrapping_is_a_document_of_its_own() {
    let inner = r#"{"a":1}"#;
    for wrapped in ["{\\\"a\\\":1}", "%7B%22a%22%3A1%7D", "eyJhIjogICAgICAgICAgMX0="] {
        let whole = format!("{{\"data\":\"{wrapped}\"}}");
        assert_eq!(
            body("application/json", whole),
            ["json:/a integer 1", "json:/data document 1"],
            "{wrapped}"
        );
    }
    let form = format!("data={}", inner.replace('"', "%22"));
    assert_eq!(
        body("application/x-www-form-urlencoded", form),
        ["form:data document 1", "json:/a integer 1"]
    );
    let batch = r#"{"requests":["?idsite=1&res=1920x1080"]}"#;
    let places = ["json:/requests/* document 1", "query:idsite integer 1", "query:res size 1"];
    assert_eq!(body("application/json", batch), places);
}

#[test]
fn a_message_is_read_out_of_its_framing() {
    let event = ["json:/0 word 1", "json:/1 words 1"];
    assert_eq!(said("42[\"typing\",\"hello you\"]"), event);
    assert_eq!(said("11:42[\"a\",\"b\"]1:2").len(), 2);
    assert_eq!(said("{\"type\":1}\u{1e}{\"type\":6}\u{1e}"), ["json:/type integer 2"]);
    assert_eq!(
        said("SEND\ndestination:/a\nx-k:v1\n\n{\"m\":\"hi\"}\0"),
        ["header:x-k word 1", "json:/m word 1"]
    );
    let cable = r#"{"command":"message","data":"{\"text\":\"hello you\"}"}"#;
    assert_eq!(said(cable), ["json:/command word 1", "json:/data document 1", "json:/text words 1"]);
    assert_eq!(
        said("[\"1\",\"2\",\"room\",\"say\",{\"body\":\"hi\"}]").last().unwrap(),
        "json:/4/body word 1"
    );
    assert_eq!(said("hello you"), ["text: words 1"]);
    assert_eq!(said("2"), [""; 0]);
}

#[test]
fn what_cannot_be_read_is_told_as_that() {
    for (label, bytes) in [
        ("application/json", &b"{"[..]),
        ("application/x-protobuf", b"\x0a\x03abc"),
        ("text/plain", b"\x78\x9cabc"),
        ("multipart/form-data; boundary=b", b"--b\r\n"),
    ] {
        assert_eq!(body(label, bytes), ["text: unreadable 1"], "{label}");
    }
    let binary = policy().shapes_of_message(&Message::Binary(Bytes::from_static(b"\xff\xfe\x00")));
    assert_eq!(told(&binary), ["text: unreadable 1"]);
}

#[test]
fn a_recording_is_one_leaf() {
    let event = r#"{"type":3,"data":{"source":5,"text":"hunter2"},"timestamp":1763841600123}"#;
    assert_eq!(
        body("application/json", format!("{{\"events\":[{event},{event}]}}")),
        ["json:/events/* recording 2"]
    );
}

#[test]
fn shapes_are_bounded_and_the_rest_is_counted() {
    let names = |first: char| (0..400).map(move |n| format!("\"{first}{}_{}\":1", n / 20, n % 20));
    let object = |first| format!("{{{}}}", names(first).take(200).collect::<Vec<_>>().join(","));
    let objects: Vec<String> = ('a'..='z').map(object).collect();
    let request = Request::post("/e").body(Bytes::from(format!("[{}]", objects.join(",")))).unwrap();
    let shapes = policy().shapes_of_request(&request);
    assert_eq!(shapes.iter().count(), super::MOST);
    assert_eq!(shapes.overlooked(), 26 * 200 - 1000);
    let many = Request::post("/e").body(Bytes::from(format!("[{}1]", "1,".repeat(20_000)))).unwrap();
    let shapes = policy().shapes_of_request(&many);
    assert_eq!((told(&shapes), shapes.overlooked()), (vec!["json:/* integer 10000".to_owned()], 10_001));
}

#[test]
fn hosts_in_an_answer_are_told_by_their_places() {
    let answer = r#"{"api":"https://eu.vendor.example/x","list":["wss://rt.vendor.example","https://other.example"],"n":1}"#;
    let places = super::places_in_answer(answer, 16, &|text| text.contains(".vendor.example"));
    let told: Vec<String> = places.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["response-json:/api", "response-json:/list/*"]);
    assert!(super::places_in_answer("not json", 16, &|_| true).is_empty());
}
