//! Where requests lead, and which lead nowhere.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use http::header::HOST;
use http::{Request, Version};

use super::{Unroutable, find};
use crate::config::{Place, Route, Spot};
use crate::proxy::shared::tests::route;

fn routes() -> Vec<Arc<Route>> {
    let at = |name, host: Option<&str>, path: Option<&str>, keep| {
        Arc::new(Route {
            host: host.map(str::to_owned),
            path: path.map(str::to_owned),
            keep_path: keep,
            ..route(name, "http://127.0.0.1:1")
        })
    };
    let upstream = || route("v", "https://vendor.example").upstream;
    let place = |at: &str| Place { at: at.to_owned(), upstream: upstream() };
    let places = ["/_p/assets/", "/_p/", "/_p/shard/*/"].map(place).into();
    let mounted = at("mounted", Some("m.example"), Some("/m/"), false);
    vec![
        Arc::new(Route { places, ..Arc::unwrap_or_clone(mounted) }),
        at("site", Some("a.example"), None, false),
        at("stats", Some("a.example"), Some("/stats/"), false),
        at("deep", Some("a.example"), Some("/stats/deep/"), false),
        at("kept", Some("a.example"), Some("/kept/"), true),
        at("only", Some("b.example"), Some("/b/"), false),
    ]
}

fn told(version: Version, uri: &str, hosts: &[&str]) -> Result<(String, String), Unroutable> {
    let mut request = Request::builder().version(version).uri(uri);
    for host in hosts {
        request = request.header(HOST, *host);
    }
    let found = find(&routes(), &request.body(()).unwrap().into_parts().0)?;
    let spot = match found.spot {
        Spot::Root => String::new(),
        Spot::Further { number, captured } => {
            format!(" {number} {}", captured.unwrap_or_default()).trim_end().to_owned()
        }
    };
    Ok((format!("{}{spot}", found.route.name), found.target.to_string()))
}

fn at(uri: &str) -> Result<(String, String), Unroutable> {
    told(Version::HTTP_11, uri, &["a.example"])
}

fn leads(route: &str, target: &str) -> Result<(String, String), Unroutable> {
    Ok((route.to_owned(), target.to_owned()))
}

#[test]
fn the_longest_path_of_whole_segments_wins() {
    for (uri, route, target) in [
        ("/", "site", "/"),
        ("/x?y=%41", "site", "/x?y=%41"),
        ("/stats", "stats", "/"),
        ("/stats?a", "stats", "/?a"),
        ("/stats/", "stats", "/"),
        ("/stats/x%20y", "stats", "/x%20y"),
        ("/stats/deep/x", "deep", "/x"),
        ("/statsx", "site", "/statsx"),
        ("/stats//x", "stats", "//x"),
        ("//x/y", "site", "//x/y"),
        ("/kept/x", "kept", "/kept/x"),
    ] {
        assert_eq!(at(uri), leads(route, target), "{uri}");
    }
}

#[test]
fn the_longest_place_below_the_route_wins_and_is_stripped() {
    for (uri, route, target) in [
        ("/m/", "mounted", "/"),
        ("/m/_pa", "mounted", "/_pa"),
        ("/m/_p/assets/a//b?c", "mounted 0", "/a//b?c"),
        ("/m/_p/assets", "mounted 0", "/"),
        ("/m/_p/assets?a=/_p/", "mounted 0", "/?a=/_p/"),
        ("/m/_p/assetsx", "mounted 1", "/assetsx"),
        ("/m/_p/shard/k-1/x", "mounted 2 k-1", "/x"),
        ("/m/_p/shard/k", "mounted 2 k", "/"),
        ("/m/_p/shard/k//x", "mounted 2 k", "//x"),
        ("/m/x/_p/assets/", "mounted", "/x/_p/assets/"),
    ] {
        assert_eq!(told(Version::HTTP_11, uri, &["m.example"]), leads(route, target), "{uri}");
    }
    for uri in [
        "/m/_p/shard/",
        "/m/_p/shard/K/x",
        "/m/_p/shard/a.b/",
        "/m/_p/shard/a%2eb/",
        "/m/_p/shard/*/",
        "/m/_p/shard/u-10482/",
    ] {
        let told = told(Version::HTTP_11, uri, &["m.example"]);
        assert_eq!(told, Err(Unroutable::UnknownPath), "{uri}");
    }
}

#[test]
fn a_host_is_compared_without_case_port_and_final_dot() {
    for host in ["a.example", "A.EXAMPLE", "a.example:8443", "a.example.", "a.example.:1", "a.example:"] {
        assert_eq!(told(Version::HTTP_11, "/", &[host]), leads("site", "/"), "{host}");
    }
}

#[test]
fn a_host_that_is_missing_malformed_or_doubled_leads_nowhere() {
    for hosts in [
        &[][..],
        &[""],
        &["a.example", "a.example"],
        &["a.example:x"],
        &["a.example:99999"],
        &["a.example@c.example"],
        &["a.example/x"],
        &["a.example, c.example"],
        &["[::1"],
        &["[a.example]"],
        &[".a.example"],
    ] {
        assert_eq!(told(Version::HTTP_11, "/", hosts), Err(Unroutable::Host), "{hosts:?}");
    }
    assert_eq!(told(Version::HTTP_2, "/", &[]), Err(Unroutable::Host));
    assert_eq!(told(Version::HTTP_10, "/", &[]), Err(Unroutable::UnknownHost));
}

#[test]
fn a_target_and_a_host_header_must_agree() {
    let h2 = |uri, hosts: &[&str]| told(Version::HTTP_2, uri, hosts);
    assert_eq!(h2("https://a.example/x", &[]), leads("site", "/x"));
    assert_eq!(h2("https://a.example:8443/x", &["A.example:8443"]), leads("site", "/x"));
    assert_eq!(h2("https://a.example/x", &["b.example"]), Err(Unroutable::Host));
    assert_eq!(h2("https://a.example:1/x", &["a.example:2"]), Err(Unroutable::Host));
    assert_eq!(h2("https://u:p@a.example/x", &[]), Err(Unroutable::Host));
    assert_eq!(told(Version::HTTP_11, "http://a.example/x", &[]), Err(Unroutable::Host));
    assert_eq!(told(Version::HTTP_11, "http://a.example/x", &["a.example"]), leads("site", "/x"));
    assert_eq!(told(Version::HTTP_11, "ftp://a.example/x", &["a.example"]), Err(Unroutable::Target));
    assert_eq!(told(Version::HTTP_11, "a.example:443", &["a.example"]), Err(Unroutable::Target));
    assert_eq!(told(Version::HTTP_11, "*", &["a.example"]), Err(Unroutable::Target));
}

#[test]
fn a_path_two_readers_could_walk_to_two_places_leads_nowhere() {
    for uri in [
        "/stats/../x",
        "/stats/..",
        "/./x",
        "/stats/%2e%2e/x",
        "/stats/.%2E/x",
        "/stats/..%2fx",
        "/stats/x%2f..%5cy",
        "/stats/..;a=b/x",
        "/stats/..%3ba/x",
        "/a\\b",
        "/\u{e9}",
    ] {
        assert_eq!(at(uri), Err(Unroutable::Target), "{uri}");
    }
    for uri in
        ["/stats/a..b", "/stats/...", "/stats/.well-known", "/stats/a%2fb", "/stats/%252e%252e/x", "/?/../x"]
    {
        assert!(at(uri).is_ok(), "{uri}");
    }
}

#[test]
fn an_unknown_host_is_told_from_an_unknown_path() {
    assert_eq!(told(Version::HTTP_11, "/", &["c.example"]), Err(Unroutable::UnknownHost));
    assert_eq!(told(Version::HTTP_11, "/c", &["b.example"]), Err(Unroutable::UnknownPath));
}
