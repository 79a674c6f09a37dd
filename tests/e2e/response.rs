//! What comes back: nothing that makes the browser tell more or talk past privet, and no waiting for the end.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Notify;

use crate::support::{Answer, Backend, Stage, request};

const ROUTE: &str = "policy = \"strict\"\nsite_origins = [\"https://shop.example\"]\n\
    [[route.rule]]\nselect = \"cookie:session\"\naction = \"keep\"";

async fn answering(fields: &str) -> Stage {
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n{fields}\r\nok");
    Stage::before(Backend::answering(answer).await, ROUTE, "")
}

async fn answer(fields: &str) -> Answer {
    let answer = answering(fields).await.visitor().ask("GET /e", "").await;
    assert_eq!((answer.status, &*answer.text()), (200, "ok"));
    answer
}

#[tokio::test]
async fn a_cookie_nobody_named_is_not_set_and_a_named_one_is_bound_to_the_route() {
    let fields = "Set-Cookie: tracker=1; Max-Age=63072000\r\nsEt-cOOkie: other=2\r\n\
        Set-Cookie: session=3; Domain=vendor.test; Max-Age=94608000; HttpOnly\r\n";
    let answer = answer(fields).await;
    let cookie = answer.field("set-cookie").unwrap();
    assert!(cookie.starts_with("session=3"), "{cookie}");
    assert!(
        cookie.contains("Secure") && cookie.contains("HttpOnly") && !cookie.contains("Domain"),
        "{cookie}"
    );
    let age = cookie.split("Max-Age=").nth(1).unwrap().split(';').next().unwrap();
    assert!(age.parse::<u64>().unwrap() <= 395 * 24 * 3600, "{cookie}");
}

#[tokio::test]
async fn nothing_makes_the_browser_tell_more_or_talk_past_privet() {
    let fields = [
        "Accept-CH: Sec-CH-UA-Model",
        "Critical-CH: Sec-CH-UA-Model",
        "NEL: {\"report_to\":\"n\"}",
        "Report-To: {\"group\":\"n\"}",
        "Reporting-Endpoints: n=\"https://vendor.example/\"",
        "Alt-Svc: h3=\":443\"",
        "Link: <https://vendor.example>; rel=preconnect",
        "Strict-Transport-Security: max-age=1",
        "Clear-Site-Data: \"*\"",
        "SourceMap: https://vendor.example/x.map",
        "Refresh: 0; url=https://vendor.example/",
        "Tk: T",
        "ETag: \"visitor\"",
        "Service-Worker-Allowed: /",
        "Observe-Browsing-Topics: ?1",
    ];
    let answer = answer(&(fields.join("\r\n") + "\r\n")).await;
    for field in fields {
        let name = field.split(':').next().unwrap();
        assert_eq!(answer.field(name), None, "{name}");
    }
}

#[tokio::test]
async fn a_redirect_within_the_vendor_stays_on_the_route_and_one_elsewhere_is_refused() {
    let backend = Backend::start().await;
    let stage = Stage::before(backend.clone(), ROUTE, "");
    let redirect =
        |place: &str| format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\n\r\n");
    for (place, seen) in [("/next?a=1", "/next?a=1"), (&*format!("{}/next", backend.url()), "/next")] {
        backend.answer_with(redirect(place));
        let answer = stage.visitor().ask("GET /e", "").await;
        assert_eq!((answer.status, answer.field("location")), (302, Some(seen)));
    }
    for place in ["https://elsewhere.example/", "//elsewhere.example/", "https:elsewhere.example"] {
        backend.answer_with(redirect(place));
        let answer = stage.visitor().ask("GET /e", "").await;
        assert_eq!((answer.status, answer.field("location")), (502, None), "{place}");
    }
}

#[tokio::test]
async fn a_preflight_is_answered_for_the_sites_pages_and_the_vendor_hears_nothing() {
    let stage = answering("").await;
    let wish = "Access-Control-Request-Method: POST\nAccess-Control-Request-Headers: content-type";
    let ours = stage.visitor().ask(&format!("OPTIONS /e\nOrigin: https://shop.example\n{wish}"), "").await;
    assert_eq!(ours.status, 204);
    assert_eq!(ours.field("access-control-allow-origin"), Some("https://shop.example"));
    assert_eq!(ours.field("access-control-allow-headers"), Some("content-type"));
    let others = stage.visitor().ask(&format!("OPTIONS /e\nOrigin: https://evil.example\n{wish}"), "").await;
    assert_eq!(others.field("access-control-allow-origin"), None);
    assert_eq!(stage.backend.bytes(), b"");
}

#[tokio::test]
async fn the_sites_pages_may_read_the_answer_whatever_the_vendor_says() {
    let stage = answering(
        "Access-Control-Allow-Origin: https://evil.example\r\nAccess-Control-Allow-Credentials: true\r\n",
    )
    .await;
    let ours = stage.visitor().ask("GET /e\nOrigin: https://shop.example", "").await;
    assert_eq!(ours.field("access-control-allow-origin"), Some("https://shop.example"));
    assert_eq!(stage.backend.request().field("origin"), Some("https://shop.example"));
    let others = stage.visitor().ask("GET /e\nOrigin: https://evil.example", "").await;
    assert_eq!(others.field("access-control-allow-origin"), None);
}

#[tokio::test]
async fn an_answer_is_not_held_back_to_be_complete() {
    let read = Arc::new(Notify::new());
    let backend = Backend::scripted({
        let read = read.clone();
        move |mut socket, _| {
            let read = read.clone();
            async move {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
                socket.write_all(format!("{head}5\r\nfirst\r\n").as_bytes()).await.unwrap();
                read.notified().await;
                socket.write_all(b"4\r\nlast\r\n0\r\n\r\n").await.unwrap();
            }
        }
    }).await;
    let stage = Stage::before(backend, ROUTE, "");
    let mut socket = stage.visitor().connect(b"http/1.1").await;
    socket.write_all(&request("GET /e", "")).await.unwrap();
    let mut seen = Vec::new();
    let first = async {
        while !String::from_utf8_lossy(&seen).contains("first") {
            assert_ne!(socket.read_buf(&mut seen).await.unwrap(), 0);
        }
    };
    tokio::time::timeout(Duration::from_secs(20), first)
        .await
        .expect("the first chunk before the last is sent");
    read.notify_one();
    while !String::from_utf8_lossy(&seen).contains("last") {
        assert_ne!(socket.read_buf(&mut seen).await.unwrap(), 0);
    }
}
