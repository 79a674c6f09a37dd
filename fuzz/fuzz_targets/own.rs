//! What is said to privet itself: choices in an address, its own pages and their forms, preflights. It reaches no
//! vendor, nobody but the site undoes a no, and nothing a visitor writes is a page's own words.
//!
//! A request's head, an empty line and its body.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::header::{self, CONTENT_TYPE, HeaderMap, HeaderValue, ORIGIN, REFERER, SET_COOKIE};
use http::request::Parts;
use http::{Method, Response};
use http_body_util::{BodyExt, Full};
use libfuzzer_sys::fuzz_target;
use privet::config::{self, Route, Settings};
use privet::metrics::Metrics;
use privet::proxy::choice::{Choice, instead, link};
use privet::proxy::own::{self, Own, Thing};
use privet::proxy::{Shared, cors, router};
use privet_fuzz::head;
use tokio::runtime::{Builder, Runtime};

const SETTINGS: &str = r#"
[[listener]]
address = "127.0.0.1:0"
tls = "off"

[[route]]
name = "site"
host = "a.example"
upstream = "https://one.example"
site_origins = ["https://www.example"]

[[route]]
name = "stats"
host = "a.example"
path = "/stats/"
upstream = "https://one.example"

[[route]]
name = "deep"
path = "/stats/deep/"
keep_path = true
upstream = "https://one.example"
"#;

static SHARED: LazyLock<Arc<Shared>> = LazyLock::new(|| {
    let settings = config::parse(SETTINGS, Path::new("proxy.toml")).expect("settings");
    Shared::new(settings, Arc::new(Metrics::new()))
});
static ROUTES: LazyLock<Vec<Arc<Route>>> = LazyLock::new(|| SHARED.settings().routes.clone());
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_time().build().expect("a runtime"));

const VISITOR: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 23));
/// A mark-up of nobody's.
const MARK: &str = "<x-mark";

fuzz_target!(|data: &[u8]| {
    let (text, body) = head::cut(data, b"\n\n");
    let Some(head) = head::request(text) else { return };
    said(&head);
    asked_for(&head);
    preflight(&head);
    match own::find(&ROUTES, &head, true) {
        Some(own) => page(&own, &head, body),
        None => nobodys(&head),
    }
});

/// What an address says to privet, as a plain reading of its pairs has it.
fn said(head: &Parts) {
    let pairs = head.uri.query().map_or(Vec::new(), |query| query.split('&').collect());
    let (own, others): (Vec<&str>, Vec<&str>) =
        pairs.into_iter().partition(|pair| pair.split('=').next() == Some("privet"));
    let mut left = head.uri.clone();
    let Some(said) = link::take(&mut left) else {
        assert!(own.is_empty() && left == head.uri, "{} became {left}", head.uri);
        return;
    };
    let asked =
        |word: &str| own.iter().any(|pair| pair.split_once('=').is_some_and(|(_, said)| said == word));
    let choice = match (asked("off"), asked("on")) {
        (true, _) => Some(Choice::Off),
        (false, true) => Some(Choice::On),
        (false, false) => None,
    };
    assert_eq!((said.choice, said.open), (choice, asked("open")), "{}", head.uri);
    assert_eq!(left.path(), head.uri.path());
    assert_eq!(left.query().unwrap_or_default(), others.join("&"), "{}", head.uri);
    assert_eq!(link::take(&mut left), None, "{left}");
    if router::path(&head.uri).is_ok() {
        let back = link::back(&head.uri);
        assert!(
            !leads_away(&back) && HeaderValue::try_from(&back).is_ok(),
            "{} leads back to {back}",
            head.uri
        );
        let rest = back.split_once('?').map_or("", |(_, query)| query);
        assert!(rest.split('&').all(|pair| pair.split('=').next() != Some("privet")), "{back}");
    }
}

/// What stands in a vendor's place is of the kind that was asked for: several lines of types say what one does.
fn asked_for(head: &Parts) {
    let kind = instead::kind(head);
    let mut joined = head.clone();
    let lines: Vec<&[u8]> = head.headers.get_all(header::ACCEPT).iter().map(HeaderValue::as_bytes).collect();
    if lines.iter().all(|line| line.is_ascii()) && !lines.is_empty() {
        let line = HeaderValue::from_bytes(&lines.join(&b", "[..])).expect("a header");
        joined.headers.insert(header::ACCEPT, line);
    }
    assert_eq!(instead::kind(&joined), kind, "{:?}", head.headers);
}

/// Whether browsers read a place as one of another host.
fn leads_away(place: &str) -> bool {
    !place.starts_with('/') || place[1..].starts_with(['/', '\\'])
}

/// Who may read an answer, and what a page may ask for after a preflight.
fn preflight(head: &Parts) {
    let asks = [header::ORIGIN, header::ACCESS_CONTROL_REQUEST_METHOD];
    let is_one = head.method == Method::OPTIONS && asks.iter().all(|name| head.headers.contains_key(name));
    let answer = cors::preflight(head);
    assert_eq!(answer.is_some(), is_one);
    let mut answer = answer.map(|answer| answer.into_parts().0.headers).unwrap_or_default();
    if let Some(method) = answer.get(header::ACCESS_CONTROL_ALLOW_METHODS) {
        assert_eq!(Some(method), head.headers.get(header::ACCESS_CONTROL_REQUEST_METHOD));
        let word = method.to_str().expect("a method is a word");
        assert!(
            word.len() <= 32 && !["CONNECT", "TRACE"].contains(&word) && !word.contains([' ', ',']),
            "{word}"
        );
    }
    let asked: Vec<String> = words(&head.headers, &header::ACCESS_CONTROL_REQUEST_HEADERS);
    for granted in words(&answer, &header::ACCESS_CONTROL_ALLOW_HEADERS) {
        assert!(asked.contains(&granted), "{granted} was not asked for");
    }
    assert!(words(&answer, &header::ACCESS_CONTROL_ALLOW_HEADERS).len() <= 64);
    let origin = head.headers.get(ORIGIN);
    cors::grant(&mut answer, origin, &ROUTES[0].site_origins);
    let is_site = origin.is_some_and(|origin| origin.as_bytes().eq_ignore_ascii_case(b"https://www.example"));
    let reads = answer.get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
    assert_eq!(reads, origin.filter(|_| is_site));
    assert_eq!(answer.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), is_site);
    assert!(answer.get_all(header::VARY).iter().any(|names| names == "origin"));
}

fn words(headers: &HeaderMap, name: &header::HeaderName) -> Vec<String> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|word| word.trim().to_ascii_lowercase()).collect()
}

/// What is not privet's own does not stand where its pages do, on any route that it may lead to.
fn nobodys(head: &Parts) {
    let Ok(found) = router::find(&ROUTES, head) else { return };
    let path = head.uri.path();
    let below = path.strip_prefix(found.route.path.as_deref().unwrap_or("/")).unwrap_or_default();
    for rest in [below, &path[1..]] {
        assert!(rest != ".privet" && !rest.starts_with(".privet/"), "{path} leads to a vendor");
    }
    assert!(path != "/.well-known/gpc.json" && !path.starts_with("/.well-known/dnt/"), "{path}");
}

/// A page stands where its address says, and says what it is, whoever asks.
fn page(own: &Own, head: &Parts, body: &[u8]) {
    let path = router::path(&head.uri).expect("a path that is read in one way");
    let host = router::host(head).expect("a host");
    assert!(!own.routes.is_empty() && own.routes.iter().all(|route| router::is_for(route, host.as_deref())));
    match &own.thing {
        Thing::Page(page) => {
            assert!(
                path == format!("{}{page}", own.base) || page.is_empty() && format!("{path}/") == own.base
            );
            assert!(own.base.ends_with("/.privet/"), "{path}");
        }
        Thing::Gpc => assert_eq!(path, "/.well-known/gpc.json"),
        Thing::TrackingStatus => assert!(path.starts_with("/.well-known/dnt/"), "{path}"),
    }
    let settings = SHARED.settings();
    let Some((answer, said)) = answer(own, head, body, &settings) else { return };
    let is_html = answer.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "text/html; charset=utf-8");
    assert!(!is_html || !said.contains(MARK), "a page has mark-up of a visitor's:\n{said}");
    if let Some(place) = answer.headers().get(header::LOCATION) {
        let place = place.to_str().expect("a place is text");
        assert!(!leads_away(place) || !place.contains([':', '/', '\\']), "{place}");
    }
    for cookie in answer.headers().get_all(SET_COOKIE) {
        let cookie = cookie.to_str().expect("a cookie is text");
        assert!(cookie.starts_with("privet_choice=o"), "{cookie}");
        assert!(is_sites(&head.headers, &own.host), "{cookie} came of {:?}", head.headers);
    }
}

fn answer(own: &Own, head: &Parts, body: &[u8], settings: &Settings) -> Option<(Response<()>, String)> {
    let body = Full::new(Bytes::copy_from_slice(body));
    let answer = RUNTIME.block_on(own::answer(own, head, body, settings, &SHARED, VISITOR)).ok()?;
    let (head, body) = answer.into_parts();
    let body = RUNTIME.block_on(body.collect()).expect("a page is all there").to_bytes();
    Some((Response::from_parts(head, ()), String::from_utf8(body.to_vec()).expect("a page is text")))
}

/// Whether a request says that it comes from the site or from this very host, or says nothing of where it comes from.
fn is_sites(headers: &HeaderMap, host: &str) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let Some(told) = headers.get(ORIGIN).or_else(|| headers.get(REFERER)) else {
        return site.is_none_or(is_friendly);
    };
    let told = String::from_utf8_lossy(told.as_bytes()).to_ascii_lowercase();
    let rest = told.split_once("://").map_or("", |(_, rest)| rest);
    let is_of = |host: &str| {
        rest.strip_prefix(host).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':']))
    };
    site.is_some_and(is_friendly) || is_of("www.example") || is_of(host)
}

fn is_friendly(site: &[u8]) -> bool {
    [&b"same-origin"[..], b"same-site", b"none"].contains(&site)
}
