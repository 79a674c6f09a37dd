//! An answer's head: what reaches the browser makes it tell no more, and every cookie belongs to the route's place.
//!
//! A first byte chooses the status, then each line is a header, `name: value`. The vendor's paths and the visitor's are
//! the same here, or a place translated twice would rightly be another.
#![no_main]

use http::header::{COOKIE, HeaderMap, HeaderValue, LOCATION, SET_COOKIE};
use http::{Response, StatusCode};
use libfuzzer_sys::fuzz_target;
use privet::privacy::Action;
use privet::privacy::surface::response::{self, Brought, Home, LONGEST_COOKIE, Mount, ResponseScope};
use privet_fuzz::head;

/// 13 months of 395 days.
const LONGEST: i64 = 395 * 24 * 3600;
/// What lives no longer than a visit may be set anew in it.
const VISIT: i64 = 30 * 60;
const NOW: u64 = 1_700_000_000;
/// What makes a browser tell more, remember, or talk past the hedge.
const TELLTALES: [&str; 12] = [
    "accept-ch",
    "nel",
    "report-to",
    "reporting-endpoints",
    "alt-svc",
    "link",
    "etag",
    "refresh",
    "strict-transport-security",
    "clear-site-data",
    "sourcemap",
    "connection",
];

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let status = if first & 1 == 0 { StatusCode::OK } else { StatusCode::FOUND };
    let came = head::headers(text);
    let Some(left) = passing(status, came.clone()) else { return };
    for telltale in TELLTALES {
        assert!(!left.contains_key(telltale), "{telltale} passed");
    }
    left.get_all(SET_COOKIE).iter().for_each(cookie);
    left.get_all(LOCATION).iter().for_each(location);
    for name in left.keys() {
        assert!(left.get_all(name).iter().count() <= came.get_all(name).iter().count(), "{name} was made up");
    }
    assert_eq!(passing(status, left.clone()), Some(left), "the second time it passed in another way");
});

fn passing(status: StatusCode, headers: HeaderMap) -> Option<HeaderMap> {
    let mounts = [Mount {
        upstream: "eu.vendor.example".parse().expect("an authority"),
        base_path: String::new(),
        host: None,
        place: "/".to_owned(),
        keep_path: false,
    }];
    // What stands in a line of its own was brought by the visitor.
    let mut cookies = HeaderMap::from_iter([(COOKIE, HeaderValue::from_static("seen=1"))]);
    cookies.extend(headers.get_all(COOKIE).iter().map(|line| (COOKIE, line.clone())));
    let brought = Brought::of(&cookies);
    let scope = ResponseScope {
        home: Home { authority: "shop.example", secure: true, mounts: &mounts },
        route: &mounts[0],
        beside: &[],
        allowed: &|name| name != "no",
        longest: &|name| (name != "optout").then_some(LONGEST_COOKIE),
        rule: &|name| (name == "x-mine").then_some(&Action::Keep),
        brought: &brought,
        now: NOW,
    };
    let (mut parts, ()) = Response::new(()).into_parts();
    (parts.status, parts.headers) = (status, headers);
    response::scrub(&mut parts, &scope).ok().map(|()| parts.headers)
}

/// Attributes as RFC 6265 §5.2 reads them.
fn cookie(value: &HeaderValue) {
    let text = std::str::from_utf8(value.as_bytes()).expect("a cookie passes as text");
    let mut parts = text.split(';');
    let name = parts.next().and_then(|pair| pair.split('=').next()).unwrap_or_default().trim();
    assert_ne!(name, "no", "{text:?}");
    let attributes: Vec<(String, &str)> = parts
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim()))
        .collect();
    let said = |wanted: &str| attributes.iter().filter(|(name, _)| name == wanted).count();
    assert!(said("domain") == 0 && said("secure") == 1 && said("samesite") == 1, "{text:?}");
    let lifetime = attributes.iter().find(|(name, _)| name == "max-age").map(|(_, value)| value);
    if name != "optout" {
        assert_eq!(said("expires"), 0, "{text:?}");
        let seconds = lifetime.map(|value| value.parse::<i64>().expect("a number of seconds"));
        assert!(seconds.is_none_or(|seconds| (0..=LONGEST).contains(&seconds)), "{text:?}");
        assert!(name != "seen" || seconds.is_none_or(|seconds| seconds <= VISIT), "{text:?}");
    }
}

/// A place of this route, as browsers read it.
fn location(value: &HeaderValue) {
    let text = value.to_str().expect("a place passes as plain text");
    let path = text.split(['?', '#']).next().unwrap_or_default();
    assert!(!text.starts_with("//") && !text.contains('\\'), "{text:?}");
    assert!(!path.split('/').next().unwrap_or_default().contains(':'), "{text:?}");
    let climbs = path.to_ascii_lowercase().replace("%2e", ".").split('/').any(|segment| segment == "..");
    assert!(!climbs && text.bytes().all(|byte| byte.is_ascii_graphic()), "{text:?}");
}
