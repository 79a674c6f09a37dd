//! What a vendor answers, where rules speak of it: treated whole, or event by event, and never passed half.

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::support::visitor::{Frames, HOME, Socket};
use crate::support::{Backend, Stage, request};

const PATIENCE: Duration = Duration::from_secs(20);

const RULES: &str = "policy = \"strict\"\nbody = \"16KiB\"\n\
    [[route.rule]]\nselect = \"response-json:/person/email\"\ncategory = \"contact\"\n\
    [[route.rule]]\nselect = \"response-json:/server\"\naction = \"route\"\n\
    [[route.rule]]\nselect = \"response-header:etag\"\naction = \"keep\"\n\
    [[route.rule]]\nselect = \"response-header:content-digest\"\naction = \"keep\"\n\
    [[route.rule]]\nselect = \"response-header:x-server\"\naction = \"route\"\n";

const BEFORE: &str = r#"{"person":{"id":7,"email":"jane@example.org"},"more":[1.0,"john@example.org"]}"#;
const AFTER: &str = r#"{"person":{"id":7},"more":[1.0,"john@example.org"]}"#;

fn answer(fields: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n{fields}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

async fn stage(fields: &str, body: &[u8]) -> Stage {
    Stage::before(Backend::answering(answer(fields, body)).await, RULES, "")
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn what_a_rule_names_in_an_answer_is_treated_over_both_versions_of_http() {
    let fields = "Content-Type: application/json\r\nETag: \"a\"\r\nContent-Digest: sha-256=:AA==:\r\n";
    let stage = stage(fields, BEFORE.as_bytes()).await;
    let one = stage.visitor().ask("GET /e", "").await;
    let request = Request::get("https://vendor.test/e").body(Frames::new(b"", 1, None)).unwrap();
    let two = stage.visitor().h2().await.send(request).await.unwrap();
    for answer in [one, two] {
        assert_eq!((answer.status, &*answer.text()), (200, AFTER));
        assert_eq!(answer.field("content-length"), Some(&*AFTER.len().to_string()));
        assert_eq!((answer.field("etag"), answer.field("content-digest")), (None, None));
    }
}

#[tokio::test]
async fn an_answer_that_nothing_touches_keeps_its_bytes_and_what_describes_them() {
    let body = r#" {"person" : {"id":1.10}, "person":{} } "#;
    let stage = stage("Content-Type: application/json\r\nETag: \"a\"\r\n", body.as_bytes()).await;
    let answer = stage.visitor().ask("GET /e", "").await;
    assert_eq!((&*answer.text(), answer.field("etag")), (body, Some("\"a\"")));
}

#[tokio::test]
async fn chunks_and_codings_do_not_hide_a_document() {
    let coded = gzip(BEFORE.as_bytes());
    let stage = stage("Content-Type: application/json\r\nContent-Encoding: gzip\r\n", &coded).await;
    let answer = stage.visitor().ask("GET /e", "").await;
    // Privet asks for no coding, and nobody asked what the visitor's browser undoes.
    assert_eq!((answer.field("content-encoding"), &*answer.text()), (None, AFTER));
    let head = stage.visitor().ask("HEAD /e", "").await;
    assert_eq!((head.status, head.text().as_str()), (200, ""));

    let chunks: String = BEFORE.chars().map(|byte| format!("1\r\n{byte}\r\n")).collect();
    for label in ["application/json", "text/html", "image/png"] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {label}\r\nTransfer-Encoding: chunked\r\n\r\n");
        stage.backend.answer_with(format!("{head}{chunks}0\r\n\r\n"));
        assert_eq!(stage.visitor().ask("GET /e", "").await.text(), AFTER, "{label}");
    }
}

#[tokio::test]
async fn an_answer_over_the_limit_or_that_cannot_be_read_is_a_502_and_nothing_of_it_passes() {
    let large = format!("{{\"person\":\"{}\"}}", "x".repeat(20_000));
    let bomb = gzip(large.as_bytes());
    let json = "Content-Type: application/json\r\n";
    let chunked = format!(
        "HTTP/1.1 200 OK\r\n{json}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    let coded = format!("{json}Content-Encoding: gzip\r\n");
    let stage = Stage::before(Backend::start().await, RULES, "");
    for (said, words) in [
        (answer(json, large.as_bytes()), "upstream: answer's body is too large\n"),
        (chunked.into_bytes(), "upstream: answer's body is too large\n"),
        (answer(&coded, &bomb), "upstream: answer's body is too large\n"),
        (answer(&coded, b"{}"), "upstream: answer's body is malformed or broke off\n"),
        (answer(json, b"{\"person\":"), "upstream: answer's body is not valid JSON\n"),
        (
            answer("Content-Type: text/event-stream\r\nContent-Encoding: compress\r\n", b"x"),
            "upstream: answer's body has a content encoding privet cannot undo\n",
        ),
    ] {
        stage.backend.answer_with(said);
        let answer = stage.visitor().ask("GET /e", "").await;
        assert_eq!((answer.status, &*answer.text()), (502, words));
    }
}

#[tokio::test]
async fn a_route_may_take_an_answer_that_cannot_be_read_without_its_body_or_as_it_is() {
    const CUT: &str = "{\"person\":";
    for undecodable in ["remove", "keep"] {
        let stage =
            Stage::before(Backend::start().await, &format!("undecodable = \"{undecodable}\"\n{RULES}"), "");
        // What is no document, what is in no coding that is known, and a part.
        let json = "Content-Type: application/json\r\n";
        let coded = answer(&format!("{json}Content-Encoding: compress\r\n"), CUT.as_bytes());
        let part =
            format!("HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\n{json}\r\n{CUT}", CUT.len());
        for said in [answer(json, CUT.as_bytes()), coded, part.into_bytes()] {
            stage.backend.answer_with(said);
            let answer = stage.visitor().ask("GET /e", "").await;
            assert!(matches!(answer.status, 200 | 206), "{}", answer.status);
            assert_eq!(answer.text(), if undecodable == "keep" { CUT } else { "" });
        }
    }
}

#[tokio::test]
async fn what_is_no_json_passes_on_a_route_with_rules_however_long_it_is() {
    let page = format!("<!doctype html>{}", "<p>jane@example.org</p>".repeat(2000));
    let mut picture = b"\x89PNG\r\n\x1a\n".to_vec();
    picture.extend((0..40_000_u32).map(|n| (n % 251) as u8));
    let stage = Stage::before(Backend::start().await, RULES, "");
    for (label, body) in [("text/html", page.as_bytes()), ("image/png", &picture), ("text/css", b"")] {
        stage.backend.answer_with(answer(&format!("Content-Type: {label}\r\n"), body));
        let answer = stage.visitor().ask("GET /e", "").await;
        assert!(answer.status == 200 && answer.message.body == body, "{label}");
        let length = answer.field("content-length");
        // A long page is looked through for names, so its length is not known before its end.
        assert!(length == Some(&*body.len().to_string()) || label == "text/html", "{label}");
    }
}

#[tokio::test]
async fn the_visitors_own_address_does_not_come_back_where_answers_are_read() {
    let body = format!("{{\"you\":\"{HOME}\",\"say\":\"hello {HOME}\",\"other\":\"192.0.2.1\"}}");
    let stage = stage("Content-Type: application/json\r\n", body.as_bytes()).await;
    let answer = stage.visitor().ask("GET /e", "").await;
    assert_eq!(answer.text(), "{\"say\":\"hello [address]\",\"other\":\"192.0.2.1\"}");
}

#[tokio::test]
async fn servers_that_the_vendor_hands_out_are_found_where_the_visitor_is() {
    let backend = Backend::start().await;
    let address = backend.address;
    let other = "[[route]]\nname = \"other\"\nhost = \"script.test\"\npath = \"/s/\"\n\
        upstream = \"https://cdn.vendor.example\"\n";
    let stage = Stage::before(backend, RULES, other);
    for (server, place) in [
        (format!("wss://{address}/s?a=1"), "wss://vendor.test/s?a=1"),
        (format!("http://{address}"), "https://vendor.test"),
        (address.to_string(), "vendor.test:443"),
        ("https://cdn.vendor.example/a.js".to_owned(), "https://script.test/s/a.js"),
        ("https://elsewhere.example/".to_owned(), "https://elsewhere.example/"),
    ] {
        let fields = format!("Content-Type: application/json\r\nX-Server: {server}\r\n");
        stage.backend.answer_with(answer(&fields, format!("{{\"server\":\"{server}\"}}").as_bytes()));
        let answer = stage.visitor().ask("GET /e", "").await;
        assert_eq!(answer.text(), format!("{{\"server\":\"{place}\"}}"));
        assert_eq!(answer.field("x-server"), Some(place));
    }
}

/// A backend that says its first words in these chunks, and its last when it is told that the first were read.
async fn slowly(
    label: &'static str,
    first: &'static [&'static str],
    last: &'static str,
) -> (Stage, Arc<Notify>) {
    let read = Arc::new(Notify::new());
    let heard = read.clone();
    let backend = Backend::scripted(move |mut socket, _| {
        let heard = heard.clone();
        async move {
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: {label}\r\ntransfer-encoding: chunked\r\n\r\n");
            socket.write_all(head.as_bytes()).await.unwrap();
            for chunk in first {
                socket.write_all(format!("{:x}\r\n{chunk}\r\n", chunk.len()).as_bytes()).await.unwrap();
                socket.flush().await.unwrap();
            }
            heard.notified().await;
            socket.write_all(format!("{:x}\r\n{last}\r\n0\r\n\r\n", last.len()).as_bytes()).await.unwrap();
        }
    });
    (Stage::before(backend.await, RULES, ""), read)
}

/// Reads until a text has come.
async fn until(socket: &mut Box<dyn Socket>, seen: &mut Vec<u8>, text: &str) {
    let reading = async {
        while !String::from_utf8_lossy(seen).contains(text) {
            assert_ne!(socket.read_buf(seen).await.unwrap(), 0, "{}", String::from_utf8_lossy(seen));
        }
    };
    timeout(PATIENCE, reading).await.expect("the first words before the last are said");
}

#[tokio::test]
async fn each_event_is_treated_and_none_waits_for_the_next() {
    let first = ["id: 1\nda", "ta: {\"person\":{\"email\":\"j@example.org\",", "\"id\":1}}\n\n"];
    let (stage, read) = slowly("text/event-stream", Box::leak(Box::new(first)), "data: [DONE]\n\n").await;
    let mut socket = stage.visitor().connect(b"http/1.1").await;
    socket.write_all(&request("GET /e", "")).await.unwrap();
    let mut seen = Vec::new();
    until(&mut socket, &mut seen, "id: 1\ndata: {\"person\":{\"id\":1}}\n\n").await;
    read.notify_one();
    until(&mut socket, &mut seen, "data: [DONE]\n\n").await;
    assert!(!String::from_utf8_lossy(&seen).contains("example.org"));
}

#[tokio::test]
async fn lines_of_documents_and_what_is_no_json_do_not_wait_either() {
    for (label, first, expected) in [
        ("application/x-ndjson", "{\"person\":{\"email\":1}}\n", "{\"person\":{}}\n"),
        ("text/plain", "hello there", "hello there"),
    ] {
        let (stage, read) = slowly(label, Box::leak(Box::new([first])), "{\"last\":1}").await;
        let mut socket = stage.visitor().connect(b"http/1.1").await;
        socket.write_all(&request("GET /e", "")).await.unwrap();
        let mut seen = Vec::new();
        until(&mut socket, &mut seen, expected).await;
        read.notify_one();
        until(&mut socket, &mut seen, "{\"last\":1}").await;
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_ends_the_answer_before_it() {
    let stream = "data: {\"person\":{\"email\":1}}\n\ndata: {\"person\":\n\ndata: {}\n\n";
    let stage = stage("Content-Type: text/event-stream\r\n", stream.as_bytes()).await;
    let answer = stage.visitor().ask("GET /e", "").await;
    assert!(!answer.whole, "{}", answer.text());
    assert!(!String::from_utf8_lossy(&answer.message.raw).contains("email"));
}

#[tokio::test]
async fn an_event_without_an_end_is_held_up_to_the_limit() {
    let stream = format!("data: {{\"n\":1}}\n\ndata: {}", "x".repeat(20_000));
    let stage = stage("Content-Type: text/event-stream\r\n", stream.as_bytes()).await;
    let answer = stage.visitor().ask("GET /e", "").await;
    assert!(!answer.whole && !answer.text().contains("xxx"), "{}", answer.text());
}
