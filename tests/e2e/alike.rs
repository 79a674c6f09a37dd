//! Two visitors who send the same thing are one to the backend: order, case, version and framing do not show.

use http::Request;

use crate::support::{Backend, Frames, Stage, request};

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

/// A visitor's browser, and all that it would tell of the visitor.
struct Browser {
    fields: &'static str,
    agent: &'static str,
    address: &'static str,
    languages: &'static str,
    screen: (u32, u32),
    id: &'static str,
    session: &'static str,
    time: &'static str,
}

const ONE: Browser = Browser {
    fields: CHROME,
    agent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.6478.122 Safari/537.36",
    address: "203.0.113.77",
    languages: "en-US",
    screen: (1920, 1080),
    id: "8f14e45f-ceea-467f-a8d1-0fdc2b7f77aa",
    session: "0190a3c2-5fce-7a46-a8d1-0fdc2b7f77aa",
    time: "2026-11-22T10:42:31.123Z",
};

const OTHER: Browser = Browser {
    fields: FIREFOX,
    agent: "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    address: "2001:db8:85a3:8d3:1319:8a2e:370:7348",
    languages: "de-CH",
    screen: (412, 915),
    id: "1c9bd2a0-77b4-4f0e-9c55-d03f6e1a2b34",
    session: "0190b7ff-0123-7bcd-9fff-123456789abc",
    time: "2026-11-23T23:59:59.999Z",
};

/// A place where an event may stand: a vendor, and the request with a browser's event.
type Surface = (&'static str, fn(&Browser) -> (String, String, String));

/// What stands between these two is a stand-in or a time.
const MAY_DIFFER: [(&str, &str); 8] = [
    ("\"distinct_id\":\"", "\""),
    ("\"$device_id\":\"", "\""),
    ("\"$session_id\":\"", "\""),
    ("\"timestamp\":\"", "\""),
    ("\"anonymousId\":\"", "\""),
    ("_id=", "&"),
    ("h=", "&"),
    ("cid=", "&"),
];

/// Vendor, target with a content type, and body.
const EVENTS: [Surface; 4] = [
    ("posthog", |browser| {
        let Browser { agent, address, languages, screen: (width, height), id, session, time, .. } = browser;
        let body = format!(
            "{{\"api_key\":\"phc_x\",\"event\":\"$pageview\",\"properties\":{{\"distinct_id\":\"{id}\",\
             \"$device_id\":\"{id}\",\"$session_id\":\"{session}\",\"$ip\":\"{address}\",\"$raw_user_agent\":\
             \"{agent}\",\"$browser_language\":\"{languages}\",\"$screen_width\":{width},\"$screen_height\":{height},\
             \"$current_url\":\"https://shop.example/cart?from={address}\"}},\"timestamp\":\"{time}\"}}"
        );
        ("/e/".to_owned(), "application/json".to_owned(), body)
    }),
    ("segment", |browser| {
        let Browser { agent, address, languages, screen: (width, height), id, time, .. } = browser;
        let body = format!(
            "{{\"anonymousId\":\"{id}\",\"context\":{{\"ip\":\"{address}\",\"locale\":\"{languages}\",\"userAgent\":\
             \"{agent}\",\"screen\":{{\"width\":{width},\"height\":{height}}}}},\"event\":\"Bought\",\"type\":\"track\",\
             \"timestamp\":\"{time}\"}}"
        );
        ("/v1/t".to_owned(), "text/plain".to_owned(), body)
    }),
    ("matomo", |browser| {
        let query = matomo(browser);
        (format!("/matomo.php?{query}"), String::new(), String::new())
    }),
    ("matomo", |browser| {
        let form = "application/x-www-form-urlencoded".to_owned();
        ("/matomo.php".to_owned(), form, matomo(browser))
    }),
];

fn matomo(browser: &Browser) -> String {
    let Browser { agent, address, languages, screen: (width, height), id, time, .. } = browser;
    let (id, agent) = (&id.replace('-', "")[..16], agent.replace(['/', ' ', ';', '(', ')', ',', ':'], "+"));
    format!(
        "idsite=1&rec=1&action_name=Cart&_id={id}&h={}&ua={agent}&lang={languages}&res={width}x{height}&cip={}&send_image=0",
        &time[11..13],
        address.replace(':', "%3A")
    )
}

/// What arrived, without what may differ; each of it was there.
fn same(arrived: &str, browser: &Browser) -> String {
    let mut same = arrived.to_owned();
    for (before, after) in MAY_DIFFER {
        let Some(start) = same.find(before).map(|at| at + before.len()) else { continue };
        let end = start + same[start..].find(after).unwrap();
        assert!(end > start && &same[start..end] != browser.id, "{same}");
        same.replace_range(start..end, "*");
    }
    same
}

/// What the backend gets of a request, to the byte.
async fn arrives(stage: &Stage, sent: Vec<u8>) -> String {
    stage.backend.forget();
    assert_eq!(stage.visitor().send(&[sent]).await.status, 200);
    String::from_utf8(stage.backend.request().raw).unwrap()
}

async fn arrives_by_h2(stage: &Stage, fields: &str, body: &str) -> String {
    let kind = if body.is_empty() { "" } else { "application/json" };
    arrives_at_by_h2(stage, "/e?v=1", fields, kind, body).await
}

async fn arrives_at_by_h2(stage: &Stage, target: &str, fields: &str, kind: &str, body: &str) -> String {
    stage.backend.forget();
    let method = if body.is_empty() { "GET" } else { "POST" };
    let mut request = Request::builder().method(method).uri(format!("https://vendor.test{target}"));
    for field in fields.lines() {
        let (name, value) = field.split_once(": ").unwrap();
        if !name.eq_ignore_ascii_case("connection") {
            request = request.header(name, value);
        }
    }
    if !kind.is_empty() {
        request = request.header("content-type", kind);
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

#[tokio::test]
async fn two_browsers_that_send_the_same_event_differ_in_pseudonyms_and_time_alone() {
    for (vendor, event) in EVENTS {
        let more = format!("policy = \"strict\"\nvendor = \"{vendor}\"");
        let stage = Stage::trusting(Backend::start().await, &more, "trusted_proxies = [\"127.0.0.0/8\"]");
        let mut seen = Vec::new();
        for browser in [&ONE, &OTHER] {
            let (target, kind, body) = event(browser);
            let fields = format!("{}\nX-Forwarded-For: {}", browser.fields, browser.address);
            let typed = if kind.is_empty() { String::new() } else { format!("\nContent-Type: {kind}") };
            let method = if body.is_empty() { "GET" } else { "POST" };
            let head = format!("{method} {target}\n{fields}{typed}");
            let by_h1 = arrives(&stage, request(&head, &body)).await;
            assert!(by_h1.contains(if vendor == "matomo" { "rec=1" } else { "event" }), "{by_h1}");
            seen.push(same(&by_h1, browser));
            let by_h2 = arrives_at_by_h2(&stage, &target, &fields, &kind, &body).await;
            seen.push(same(&by_h2, browser));
        }
        for other in &seen[1..] {
            assert_eq!(*other, seen[0], "{vendor}");
        }
    }
}
