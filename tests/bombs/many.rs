//! Many of everything: parts, fields, names, cookies, lines, elements.

use crate::range::{Range, request};

const LIMIT: usize = 8 << 20;
const MANY: usize = 10_000;

#[tokio::test]
async fn ten_thousand_parts_are_refused() {
    let range = Range::new("parts", LIMIT, "").await;
    let part = |number: usize| {
        format!("--b\r\nContent-Disposition: form-data; name=\"f{number}\"\r\n\r\n203.0.113.77\r\n")
    };
    let body: String = (0..MANY).map(part).collect();
    let label = "Content-Type: multipart/form-data; boundary=b";
    assert_eq!(range.throw(label, format!("{body}--b--\r\n").as_bytes()).await, 400);
    assert!(range.backend().requests().is_empty());
    range.stands(1).await;
}

#[tokio::test]
async fn many_small_things_are_treated_one_by_one() {
    let range = Range::new("many", LIMIT, "").await;
    let list =
        |piece: fn(usize) -> String, between| (0..3 * MANY).map(piece).collect::<Vec<_>>().join(between);
    let members = list(|n| format!("\"k{n}\":\"203.0.113.77\""), ",");
    let same = list(|_| "\"ip\":\"203.0.113.77\"".to_owned(), ",");
    for (label, body) in [
        ("application/json", format!("{{{members}}}")),
        ("application/json", format!("{{{same}}}")),
        ("application/json", format!("[{}]", list(|_| "\"203.0.113.77\"".to_owned(), ","))),
        ("application/json", format!("[{}]", list(|_| "{\"ip\":[[]]}".to_owned(), ","))),
        ("application/x-www-form-urlencoded", list(|n| format!("f{n}=203.0.113.77"), "&")),
        ("application/x-www-form-urlencoded", list(|_| "ip=203.0.113.77".to_owned(), "&")),
        ("application/x-ndjson", list(|n| format!("{{\"n\":{n},\"ip\":\"203.0.113.77\"}}"), "\n")),
        ("text/plain", list(|n| format!("a{n}=203.0.113.77"), "\n")),
    ] {
        range.backend().forget();
        let status = range.throw(&format!("Content-Type: {label}"), body.as_bytes()).await;
        assert_eq!(status, 200, "{label}");
        assert!(!range.backend().request().text().contains("203.0.113.77"), "{label}");
    }
    range.stands(1).await;
}

#[tokio::test]
async fn heads_of_many_fields_cookies_or_parameters_are_refused() {
    let range = Range::new("heads", LIMIT, "").await;
    let cookies: String = (0..3 * MANY).map(|n| format!("c{n}=203.0.113.77; ")).collect();
    let fields: String = (0..MANY).map(|n| format!("X-{n}: 203.0.113.77\n")).collect();
    for fields in [format!("Cookie: {cookies}"), fields] {
        let answer = range.visitor().send(&[request(&fields, b"")]).await;
        assert!(!answer.whole || answer.status == 431, "{}", answer.status);
    }
    let query: String = (0..3 * MANY).map(|n| format!("q{n}=203.0.113.77&")).collect();
    let answer = range.visitor().ask(&format!("GET /e?{query}"), "").await;
    assert!(!answer.whole || matches!(answer.status, 414 | 431), "{}", answer.status);
    assert!(range.backend().requests().is_empty());
    range.stands(1).await;
}
