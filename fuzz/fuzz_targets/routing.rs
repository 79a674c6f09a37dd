//! Where a request goes: a host and a path lead to the route that a plain reading finds, and a path that two readers
//! could walk to two places to none.
//!
//! A first byte says the version of HTTP; the first line is the target, each other line a `Host`.
#![no_main]

use std::path::Path;
use std::sync::{Arc, LazyLock};

use http::header::{HOST, HeaderValue};
use http::{Request, Uri, Version};
use libfuzzer_sys::fuzz_target;
use privet::config::{self, Route, Spot};
use privet::downstream::called;
use privet::proxy::router::{self, Unroutable};

const SETTINGS: &str = r#"
[[listener]]
address = "127.0.0.1:0"
tls = "off"

[[route]]
name = "site"
host = "a.example"
upstream = "https://one.example"

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

[[route]]
name = "vendor"
host = "b.example"
path = "/v/"
vendor = "posthog"
upstream = "https://eu.i.posthog.com"
"#;

static ROUTES: LazyLock<Vec<Arc<Route>>> =
    LazyLock::new(|| config::parse(SETTINGS, Path::new("proxy.toml")).expect("settings").routes);

fuzz_target!(|data: &[u8]| {
    let Some((first, text)) = data.split_first() else { return };
    let version = [Version::HTTP_11, Version::HTTP_2, Version::HTTP_10][usize::from(*first) % 3];
    let mut lines = text.split(|byte| *byte == b'\n');
    let Some(Ok(uri)) = lines.next().map(Uri::try_from) else { return };
    let hosts: Vec<HeaderValue> =
        lines.take(3).filter_map(|host| HeaderValue::from_bytes(host).ok()).collect();
    let mut request = Request::builder().version(version).uri(uri.clone());
    for host in &hosts {
        request = request.header(HOST, host);
    }
    let head = request.body(()).expect("a request").into_parts().0;
    let found = router::find(&ROUTES, &head);
    if let Some(route) = plainly(&uri, &hosts) {
        let number = found.as_ref().map(|found| found.number);
        assert_eq!(number.ok(), route, "{uri} of {hosts:?}");
    }
    let Ok(found) = found else {
        let wanders = matches!(found, Err(Unroutable::Misdirected | Unroutable::Method));
        assert!(!wanders, "{uri} of {hosts:?}: {found:?}");
        return;
    };
    assert!(hosts.len() <= 1, "one of {hosts:?}");
    let host =
        hosts.first().map_or(uri.host().unwrap_or_default(), |host| host.to_str().expect("a host is text"));
    // Whoever asks whether a name was called reads the same one.
    let said = uri.authority().map_or(host, |authority| authority.as_str());
    let read = router::host(&head).expect("a host").unwrap_or_default();
    assert!(called::host(said).eq_ignore_ascii_case(&read), "{said} is {read}");
    if let Some(wanted) = &found.route.host {
        let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
        assert_eq!(host.strip_suffix('.').unwrap_or(&host), wanted, "{hosts:?}");
    }
    assert!(!climbs(uri.path()), "{uri}");
    let (path, target) = (uri.path(), found.target.path());
    assert!(path.ends_with(target) || path.ends_with(&target[1..]), "{path} became {target}");
    assert!(
        found.target.query() == uri.query() && found.target.authority().is_none(),
        "{uri} became {}",
        found.target
    );
    if found.route.keep_path && found.spot == Spot::Root {
        assert_eq!(path, target);
    }
});

/// The route of a request that says one host and a path without anything clever; `None`: it is not so plain.
fn plainly(uri: &Uri, hosts: &[HeaderValue]) -> Option<Option<usize>> {
    let [host] = hosts else { return None };
    let host = host.to_str().ok()?;
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-./".contains(&byte));
    let path = uri.path();
    let further = path.starts_with("/v/_") || path.contains("/.") || uri.authority().is_some();
    if !plain(host)
        || host.is_empty()
        || host.starts_with('.')
        || host.contains('/')
        || !plain(path)
        || further
    {
        return None;
    }
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    if host.is_empty() || host.starts_with('.') || !path.starts_with('/') {
        return None;
    }
    let under = |prefix: &str| path.starts_with(prefix) || format!("{path}/") == prefix;
    Some(match host {
        "b.example" if under("/v/") => Some(3),
        "a.example" if under("/stats/") => Some(1),
        "a.example" => Some(0),
        _ if under("/stats/deep/") => Some(2),
        _ => None,
    })
}

/// Whether a reader finds a segment that leads elsewhere, one layer of percent-encoding undone.
fn climbs(path: &str) -> bool {
    let decoded: Vec<u8> = percent_encoding::percent_decode_str(path).collect();
    let mut segments = decoded.split(|byte| matches!(byte, b'/' | b'\\'));
    segments.any(|segment| matches!(segment.split(|byte| *byte == b';').next(), Some(b"." | b"..")))
}
