//! What is too large, too deep, too slow or too much ends in a clear answer, and the backend hears nothing of it.

use std::time::Duration;

use http::Request;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use crate::support::{Backend, Frames, Stage, request, visitor};

async fn stage(limits: &str) -> Stage {
    Stage::before(Backend::start().await, "policy = \"strict\"", &format!("[limits]\n{limits}"))
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_however_it_is_framed() {
    let stage = stage("body = \"1KiB\"").await;
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(2000));
    let chunks = format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let head = "POST /e HTTP/1.1\r\nHost: vendor.test\r\nContent-Type: application/json\r\n";
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}");
    // Announced, and not even sent.
    let announced = format!("{head}Content-Length: 99999999999\r\n\r\n");
    let whole = request("POST /e\nContent-Type: application/json", &body);
    for sent in [chunked.into_bytes(), announced.into_bytes(), whole] {
        assert_eq!(stage.visitor().send(&[sent]).await.status, 413);
    }
    let by_h2 = Request::post("https://vendor.test/e").header("content-type", "application/json");
    let by_h2 = by_h2.body(Frames::new(body.as_bytes(), 100, None)).unwrap();
    assert_eq!(stage.visitor().h2().await.send(by_h2).await.unwrap().status, 413);
    assert_eq!(stage.backend.bytes(), b"");
}

#[tokio::test]
async fn a_body_within_the_limit_passes() {
    let stage = stage("body = \"1KiB\"").await;
    let body = format!("{{\"a\":\"{}\"}}", "x y ".repeat(200));
    assert_eq!(stage.visitor().ask("POST /e\nContent-Type: application/json", &body).await.status, 200);
    assert_eq!(stage.backend.request().text(), body);
}

#[tokio::test]
async fn a_body_that_does_not_come_is_not_waited_for() {
    let stage = stage("body_read = \"200ms\"").await;
    let half = "POST /e HTTP/1.1\r\nHost: vendor.test\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{\"a\"";
    assert_eq!(stage.visitor().send(&[half]).await.status, 408);
    assert_eq!(stage.backend.bytes(), b"");
}

#[tokio::test]
async fn a_head_that_does_not_come_is_not_waited_for() {
    let stage = stage("header_read = \"200ms\"").await;
    for visitor in [stage.visitor(), stage.privet.plain_visitor()] {
        let answer = visitor.send(&["GET /e HTTP/1.1\r\nHost: vendor.te"]).await;
        assert!(!answer.whole || answer.status == 408, "{answer:?}");
    }
    assert_eq!(stage.backend.bytes(), b"");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let stage = stage("").await;
    let large = format!("GET /e\nX-Large: {}", "x".repeat(200_000));
    let many: String = (0..5000).map(|n| format!("\nX-{n}: v")).collect();
    let long = format!("GET /{}", "x".repeat(200_000));
    for head in [large, format!("GET /e{many}"), long] {
        let answer = stage.visitor().ask(&head, "").await;
        assert!(!answer.whole || matches!(answer.status, 414 | 431), "{}", answer.status);
    }
    assert_eq!(stage.backend.bytes(), b"");
}

#[tokio::test]
async fn json_that_nests_too_deep_is_refused() {
    let stage = stage("depth = 8").await;
    let nested = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let json = "POST /e\nContent-Type: application/json";
    assert_eq!(stage.visitor().ask(json, &nested(8)).await.status, 200);
    stage.backend.forget();
    for body in
        [nested(9), nested(100_000), format!("{{\"d\":{}}}", serde_json::to_string(&nested(9)).unwrap())]
    {
        let answer = stage.visitor().ask(json, &body).await;
        assert_eq!((answer.status, &*answer.text()), (400, "body is nested too deeply\n"));
    }
    assert_eq!(stage.backend.bytes(), b"");
}

#[tokio::test]
async fn a_value_wrapped_too_often_is_refused_or_removed() {
    let stage = stage("").await;
    let mut value = "203.0.113.77".to_owned();
    for _ in 0..60 {
        value = value.replace('%', "%25").replace('.', "%2E");
    }
    let answer = stage.visitor().ask(&format!("GET /e?v={value}"), "").await;
    assert!(matches!(answer.status, 200 | 400), "{}", answer.status);
    assert!(!String::from_utf8_lossy(&stage.backend.bytes()).contains("203"));
}

#[tokio::test]
async fn there_is_room_for_so_many_connections_and_the_next_one_waits() {
    let stage = stage("connections = 2").await;
    let mut open = Vec::new();
    for _ in 0..2 {
        let mut socket = stage.visitor().connect(b"http/1.1").await;
        socket.write_all(b"GET /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n").await.unwrap();
        assert_eq!(visitor::read(&mut *socket, false).await.status, 200);
        open.push(socket);
    }
    let third = tokio::spawn({
        let visitor = stage.visitor();
        async move { visitor.ask("GET /third", "").await.status }
    });
    let mut third = third;
    assert!(timeout(Duration::from_millis(300), &mut third).await.is_err(), "there was room for a third");
    open.pop();
    assert_eq!(third.await.unwrap(), 200);
}

#[tokio::test]
async fn a_connection_that_is_not_used_is_closed() {
    let stage = stage("idle = \"200ms\"").await;
    let mut socket = stage.visitor().connect(b"http/1.1").await;
    socket.write_all(b"GET /e HTTP/1.1\r\nHost: vendor.test\r\n\r\n").await.unwrap();
    assert_eq!(visitor::read(&mut *socket, false).await.status, 200);
    let nothing = visitor::read(&mut *socket, false).await;
    assert!(!nothing.whole && nothing.message.raw.is_empty());
}
