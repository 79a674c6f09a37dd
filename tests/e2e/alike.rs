//! Two visitors who send the same thing are one to the backend: order, case, version and framing do not show.

use http::Request;

use crate::support::{Backend, Frames, Stage};

const CHROME: &str = "Connection: keep-alive
sec-ch-ua: \"Chromium\";v=\"126\", \"Not/A)Brand\";v=\"8\"
sec-ch-ua-mobile: ?0
sec-ch-ua-platform: \"Windows\"
User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36
Accept: */*
Sec-Fetch-Site: same-origin
Sec-Fetch-Mode: cors
Sec-Fetch-Dest: empty
Referer: https://shop.example/
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9";

const FIREFOX: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0
Accept: */*
Accept-Language: de-CH,de;q=0.7,en;q=0.3
Accept-Encoding: gzip, deflate, br
Referer: https://shop.example/
Connection: keep-alive
Sec-Fetch-Dest: empty
Sec-Fetch-Mode: cors
Sec-Fetch-Site: same-origin
Priority: u=4
TE: trailers";

const BODY: &str = "{\"event\":\"page\"}";

async fn stage() -> Stage {
    Stage::before(Backend::start().await, "policy = \"strict\"", "")
}

fn get(fields: &str, version: &str) -> Vec<u8> {
    let fields: String = fields.lines().map(|field| format!("{field}\r\n")).collect();
    format!("GET /e?v=1 HTTP/{version}\r\nHost: vendor.test\r\n{fields}\r\n").into_bytes()
}

fn post(fields: &str, framing: &str, body: &str) -> Vec<u8> {
    let fields: String = fields.lines().map(|field| format!("{field}\r\n")).collect();
    let head = "POST /e?v=1 HTTP/1.1\r\nHost: vendor.test\r\nContent-Type: application/json\r\n";
    format!("{head}{fields}{framing}\r\n\r\n{body}").into_bytes()
}

/// What the backend gets of a request, to the byte.
async fn arrives(stage: &Stage, sent: Vec<u8>) -> String {
    stage.backend.forget();
    assert_eq!(stage.visitor().send(&[sent]).await.status, 200);
    String::from_utf8(stage.backend.request().raw).unwrap()
}

async fn arrives_by_h2(stage: &Stage, fields: &str, body: &str) -> String {
    stage.backend.forget();
    let method = if body.is_empty() { "GET" } else { "POST" };
    let mut request = Request::builder().method(method).uri("https://vendor.test/e?v=1");
    for field in fields.lines() {
        let (name, value) = field.split_once(": ").unwrap();
        if !name.eq_ignore_ascii_case("connection") {
            request = request.header(name, value);
        }
    }
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    let request = request.body(Frames::new(body.as_bytes(), 3, None)).unwrap();
    assert_eq!(stage.visitor().h2().await.send(request).await.unwrap().status, 200);
    String::from_utf8(stage.backend.request().raw).unwrap()
}

#[tokio::test]
async fn browsers_order_and_case_do_not_show() {
    let stage = stage().await;
    let one = arrives(&stage, get(CHROME, "1.1")).await;
    let reversed: Vec<&str> = CHROME.lines().rev().collect();
    let without_accept: Vec<&str> = CHROME.lines().filter(|field| !field.starts_with("Accept: ")).collect();
    for (what, fields) in [
        ("another order", reversed.join("\n")),
        ("another case", CHROME.to_lowercase()),
        ("another browser", FIREFOX.to_owned()),
        ("no browser at all", String::new()),
        ("an unknown header", format!("{CHROME}\nX-Rare-Extension: 1")),
        ("no accept", without_accept.join("\n")),
    ] {
        assert_eq!(arrives(&stage, get(&fields, "1.1")).await, one, "{what}");
    }
}

#[tokio::test]
async fn the_version_of_http_does_not_show() {
    let stage = stage().await;
    let one = arrives(&stage, get(CHROME, "1.1")).await;
    assert_eq!(arrives(&stage, get(CHROME, "1.0")).await, one);
    assert_eq!(arrives_by_h2(&stage, CHROME, "").await, one);
    assert_eq!(arrives_by_h2(&stage, FIREFOX, "").await, one);
}

#[tokio::test]
async fn the_framing_of_a_body_does_not_show() {
    let stage = stage().await;
    let length = format!("Content-Length: {}", BODY.len());
    let one = arrives(&stage, post(CHROME, &length, BODY)).await;
    let chunk = format!("{:x}\r\n{BODY}\r\n0\r\n\r\n", BODY.len());
    let bytes: String = BODY.chars().map(|c| format!("1\r\n{c}\r\n")).collect();
    let chunked = "Transfer-Encoding: chunked";
    assert_eq!(arrives(&stage, post(CHROME, chunked, &chunk)).await, one);
    assert_eq!(arrives(&stage, post(CHROME, chunked, &format!("{bytes}0\r\n\r\n"))).await, one);
    assert_eq!(arrives(&stage, post(FIREFOX, &length, BODY)).await, one);
    assert_eq!(arrives_by_h2(&stage, FIREFOX, BODY).await, one);
}
