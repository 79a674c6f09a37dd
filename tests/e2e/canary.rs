//! One marked word on every surface, in every spelling; no backend ever sees it.
//!
//! Surfaces and spellings are lists: whoever adds one adds a line, and every combination is tried.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::judge::{self, Canary};
use crate::support::{Backend, Stage, request};

const ADDRESS: &str = "203.0.113.77";
const ADDRESS_V6: &str = "2001:db8:1234:5678:9abc:def0:1111:2222";
const EMAIL: &str = "jane.q.visitor@mail.example.org";

/// What a place is called, and a request with a word at it.
type Surface = (&'static str, fn(&str) -> Vec<u8>);

/// Where a word may stand.
const SURFACES: [Surface; 19] = [
    ("an unknown header", |word| request(&format!("GET /e\nX-Note: {word}"), "")),
    ("a known header", |word| request(&format!("GET /e\nX-Real-IP: {word}\nUser-Agent: {word}"), "")),
    ("Forwarded", |word| request(&format!("GET /e\nForwarded: for=\"{word}\";by={word}"), "")),
    ("the referrer", |word| {
        request(&format!("GET /e\nReferer: https://shop.example/{word}?v={word}#{word}"), "")
    }),
    ("a cookie", |word| request(&format!("GET /e\nCookie: a={}", percent(word)), "")),
    ("a path segment", |word| request(&format!("GET /e/{}/x", percent(word)), "")),
    ("a path parameter", |word| request(&format!("GET /e;v={}/x", percent(word)), "")),
    ("a query value", |word| request(&format!("GET /e?v={}&w=1", percent(word)), "")),
    ("a query name", |word| request(&format!("GET /e?{}=1&w=1", percent(word)), "")),
    ("an URL in a query", |word| {
        request(
            &format!("GET /e?u={}", percent(&format!("https://shop.example/a/{}?b={0}", percent(word)))),
            "",
        )
    }),
    ("a JSON string", |word| json(&format!("{{\"v\":{},\"w\":1}}", quoted(word)))),
    ("a JSON name", |word| json(&format!("{{\"w\":{{{}:1}}}}", quoted(word)))),
    ("an URL in a JSON string", |word| {
        json(&format!("{{\"v\":{}}}", quoted(&format!("https://shop.example/a/{}?b={0}", percent(word)))))
    }),
    ("JSON in a JSON string", |word| {
        json(&format!("{{\"d\":{}}}", quoted(&format!("{{\"v\":{}}}", quoted(word)))))
    }),
    ("JSON in base64 in a JSON string", |word| {
        json(&format!("{{\"d\":\"{}\"}}", BASE64_STANDARD.encode(format!("{{\"v\":{}}}", quoted(word)))))
    }),
    ("a form value", |word| form(&format!("v={}&w=1", percent(word)))),
    ("JSON in a form field", |word| form(&format!("d={}", percent(&format!("{{\"v\":{}}}", quoted(word)))))),
    ("lines of JSON", |word| {
        request(
            "POST /e\nContent-Type: application/x-ndjson",
            &format!("{{\"w\":1}}\n{{\"v\":{}}}\n", quoted(word)),
        )
    }),
    ("plain text", |word| request("POST /e\nContent-Type: text/plain", &format!("seen from {word} today"))),
];

/// How any word may be spelled.
const SPELLINGS: [fn(&str) -> String; 11] = [
    str::to_owned,
    str::to_uppercase,
    percent,
    |word| percent(&percent(word)),
    |word| BASE64_STANDARD.encode(word),
    |word| BASE64_URL_SAFE_NO_PAD.encode(format!("v={word}")),
    |word| word.bytes().map(|byte| format!("{byte:02x}")).collect(),
    |word| word.chars().map(|c| format!("\\u{:04x}", c as u32)).collect(),
    |word| word.replace('.', "&#46;").replace(':', "&#x3a;").replace('@', "&#64;"),
    |word| word.replace('.', "&period;").replace(':', "&colon;").replace('@', "&commat;"),
    |word| percent(&BASE64_STANDARD.encode(percent(word))),
];

/// How an address may be spelled besides.
const ADDRESSES: [&str; 9] = [
    "203.0.113.77:51234",
    "::ffff:203.0.113.77",
    "[::ffff:cb00:714d]:443",
    "3405803853",
    "0xcb00714d",
    "0313.0.0161.0115",
    "203.000.113.077",
    "77.113.0.203.in-addr.arpa",
    "203-0-113-77",
];
const ADDRESSES_V6: [&str; 5] = [
    "2001:0db8:1234:5678:9abc:def0:1111:2222",
    "[2001:db8:1234:5678:9abc:def0:1111:2222]:443",
    "2001:db8:1234:5678:9abc:def0:17.17.34.34",
    "2001:DB8:1234:5678:9ABC:DEF0:1111:2222%eth0",
    "20010db8123456789abcdef011112222",
];

fn percent(word: &str) -> String {
    utf8_percent_encode(word, NON_ALPHANUMERIC).to_string()
}

fn quoted(word: &str) -> String {
    serde_json::to_string(word).unwrap()
}

fn json(body: &str) -> Vec<u8> {
    request("POST /e\nContent-Type: application/json", body)
}

fn form(body: &str) -> Vec<u8> {
    request("POST /e\nContent-Type: application/x-www-form-urlencoded", body)
}

/// The request of a visitor whose address privet was told.
fn from(address: &str, mut request: Vec<u8>) -> Vec<u8> {
    let line_end = request.windows(2).position(|two| two == b"\r\n").unwrap() + 2;
    request.splice(line_end..line_end, format!("X-Forwarded-For: {address}\r\n").into_bytes());
    request
}

/// Tries words on all surfaces; what arrives must not say the canary.
async fn no_surface_says(canary: Canary, address: &str, words: &[String]) {
    let trusted = "trusted_proxies = [\"127.0.0.0/8\"]";
    let stage = Stage::trusting(Backend::start().await, "policy = \"strict\"", trusted);
    let canaries = [("the marked word".to_owned(), canary)];
    let (mut wrong, mut arrived) = (Vec::new(), 0);
    for (surface, request) in SURFACES {
        for word in words {
            stage.backend.forget();
            let answer = stage.visitor().send(&[from(address, request(word))]).await;
            let bytes = stage.backend.bytes();
            arrived += usize::from(!bytes.is_empty());
            if !judge::finds(&bytes, &canaries).is_empty() {
                wrong.push(format!("{surface}: {word} in {}", String::from_utf8_lossy(&bytes)));
            }
            if bytes.is_empty() && !(400..500).contains(&answer.status) {
                wrong.push(format!("{surface}: {word} answered with {}", answer.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{} times\n{}", wrong.len(), wrong.join("\n"));
    assert!(arrived * 10 > SURFACES.len() * words.len() * 9, "only {arrived} arrived: nothing was shown");
}

fn spelled(word: &str, more: &[&str]) -> Vec<String> {
    SPELLINGS
        .iter()
        .map(|spelling| spelling(word))
        .chain(more.iter().map(|more| (*more).to_owned()))
        .collect()
}

#[tokio::test]
async fn the_visitors_address_never_reaches_the_backend() {
    let canary = Canary::V4(ADDRESS.parse().unwrap());
    no_surface_says(canary, ADDRESS, &spelled(ADDRESS, &ADDRESSES)).await;
}

#[tokio::test]
async fn the_visitors_long_address_never_reaches_the_backend() {
    let canary = Canary::V6(ADDRESS_V6.parse().unwrap());
    no_surface_says(canary, ADDRESS_V6, &spelled(ADDRESS_V6, &ADDRESSES_V6)).await;
}

#[tokio::test]
async fn an_email_never_reaches_the_backend() {
    no_surface_says(Canary::Email(EMAIL.to_owned()), ADDRESS, &spelled(EMAIL, &[])).await;
}
