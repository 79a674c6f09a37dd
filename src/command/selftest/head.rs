//! What browsers, proxies and content delivery networks say of a visitor beside the request itself.
//!
//! Knows headers by name; does not know which a route lets through. Invariant: each header carries a tell of its own.

use super::expected::Word;
use super::mark::{Mark, Marks, VISITOR};
use super::place::ANY;
use super::probe::{Carried, Letter, Probe};
use crate::privacy::Category;

/// Headers in which somebody on the way tells the visitor's address.
const ADDRESSES: [&str; 26] = [
    "x-real-ip",
    "x-client-ip",
    "client-ip",
    "x-cluster-client-ip",
    "x-remote-ip",
    "x-remote-addr",
    "remote-addr",
    "x-originating-ip",
    "x-host",
    "true-client-ip",
    "cf-connecting-ip",
    "cf-connecting-ipv6",
    "cf-pseudo-ipv4",
    "fastly-client-ip",
    "fly-client-ip",
    "x-azure-clientip",
    "x-azure-socketip",
    "cloudfront-viewer-address",
    "x-appengine-user-ip",
    "x-envoy-external-address",
    "ali-cdn-real-ip",
    "cdn-src-ip",
    "x-nf-client-connection-ip",
    "x-vercel-forwarded-for",
    "x-original-forwarded-for",
    "x-proxyuser-ip",
];

/// Headers of browsers and networks, and what each says.
const OTHERS: [(&str, Category); 44] = [
    ("user-agent", Category::UserAgent),
    ("accept-language", Category::Language),
    ("referer", Category::Referrer),
    ("sec-ch-ua", Category::UserAgent),
    ("sec-ch-ua-mobile", Category::UserAgent),
    ("sec-ch-ua-platform", Category::UserAgent),
    ("sec-ch-ua-platform-version", Category::UserAgent),
    ("sec-ch-ua-full-version", Category::UserAgent),
    ("sec-ch-ua-full-version-list", Category::UserAgent),
    ("sec-ch-ua-arch", Category::Device),
    ("sec-ch-ua-bitness", Category::Device),
    ("sec-ch-ua-model", Category::Device),
    ("sec-ch-ua-wow64", Category::Device),
    ("sec-ch-ua-form-factors", Category::Device),
    ("sec-ch-device-memory", Category::Device),
    ("sec-ch-dpr", Category::Screen),
    ("sec-ch-viewport-width", Category::Screen),
    ("sec-ch-viewport-height", Category::Screen),
    ("sec-ch-width", Category::Screen),
    ("sec-ch-prefers-color-scheme", Category::Device),
    ("device-memory", Category::Device),
    ("downlink", Category::Device),
    ("ect", Category::Device),
    ("rtt", Category::Device),
    ("save-data", Category::Device),
    ("from", Category::Contact),
    ("authorization", Category::Secret),
    ("proxy-authorization", Category::Secret),
    ("via", Category::Device),
    ("etag", Category::VisitorId),
    ("if-none-match", Category::VisitorId),
    ("x-request-id", Category::SessionId),
    ("x-correlation-id", Category::SessionId),
    ("traceparent", Category::SessionId),
    ("baggage", Category::AccountId),
    ("x-device-id", Category::VisitorId),
    ("x-user-id", Category::AccountId),
    ("x-csrf-token", Category::Secret),
    ("x-requested-with", Category::Device),
    ("x-wap-profile", Category::Device),
    ("cf-ipcountry", Category::Location),
    ("cf-ipcity", Category::Location),
    ("cloudfront-viewer-city", Category::Location),
    ("x-appengine-city", Category::Location),
];

/// A header of no trade, and the page that sends the request: no route knows either.
const UNKNOWN: [&str; 2] = ["x-quixotic", "origin"];

/// The same heads on a request and on a handshake.
pub fn probes(word: &Word<'_>, marks: &mut Marks) -> Vec<Probe> {
    let mut probes = Vec::new();
    let letters = [
        ("headers", Letter::get(format!("/{ANY}"))),
        ("headers over HTTP/2", Letter::get(format!("/{ANY}")).over_http2()),
        ("handshake", Letter::socket(Vec::new())),
    ];
    for (surface, letter) in letters {
        for cut in ["head", "forwarded"] {
            let probe = Probe { surface, carried: vec![connection(word)], letter: letter.clone() };
            probes.push(if cut == "head" { head(probe, word, marks) } else { forwarded(probe, word) });
        }
    }
    probes
}

/// The address that a trusted balancer tells of the connection: it is in every request.
fn connection(word: &Word<'_>) -> Carried {
    let expected = word.header("x-forwarded-for");
    Carried {
        mark: Mark::own_address(VISITOR.to_string()),
        place: "header:x-forwarded-for".to_owned(),
        expected,
    }
}

fn head(mut probe: Probe, word: &Word<'_>, marks: &mut Marks) -> Probe {
    let socket = probe.letter.socket;
    let addresses = ADDRESSES.iter().map(|name| (*name, Category::Address));
    // A page of another site opens no socket.
    let unknown =
        UNKNOWN.iter().filter(|name| !(socket && **name == "origin")).map(|name| (*name, Category::Unmapped));
    let mut letter = probe.letter;
    for (name, category) in addresses.chain(OTHERS).chain(unknown) {
        let mark = marks.next(category);
        let value = match name {
            "origin" => format!("https://{}.example", mark.value),
            "authorization" | "proxy-authorization" => format!("Bearer {}", mark.value),
            "sec-ch-ua" | "sec-ch-ua-full-version-list" => {
                format!("\"{}\";v=\"99\"", mark.value.replace(';', ""))
            }
            "if-none-match" | "etag" => format!("\"{}\"", mark.value),
            _ => mark.value.clone(),
        };
        letter = letter.with(name, value);
        probe.carried.push(Carried { mark, place: format!("header:{name}"), expected: word.header(name) });
    }
    let cookie = marks.next(Category::VisitorId);
    letter = letter.with("cookie", format!("{ANY}={}", cookie.value));
    probe.carried.push(Carried { mark: cookie, place: format!("cookie:{ANY}"), expected: word.cookie(ANY) });
    Probe { letter, ..probe }
}

/// RFC 7239 beside the older header: both tell the same, or neither would be believed.
fn forwarded(mut probe: Probe, word: &Word<'_>) -> Probe {
    let mark = Mark::own_address(VISITOR.to_string());
    probe.carried.push(Carried {
        mark,
        place: "header:forwarded".to_owned(),
        expected: word.header("forwarded"),
    });
    Probe { letter: probe.letter.with("forwarded", format!("for={VISITOR};proto=https")), ..probe }
}
