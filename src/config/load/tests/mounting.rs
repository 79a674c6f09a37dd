//! What a route comes to that names its vendor alone, and what can be wrong with it.

use super::*;

fn alone(vendor: &str, more: &str) -> String {
    let route = ROUTE.replace("upstream = \"https://vendor.example\"", &format!("vendor = \"{vendor}\""));
    format!("{LISTENER}{route}{more}\n")
}

/// Where each of the vendor's hosts stands.
fn places(route: &Route) -> Vec<String> {
    let told =
        |mount: &crate::privacy::Mount| format!("{} {}{}", mount.place, mount.upstream, mount.base_path);
    route.own_mounts().iter().map(told).collect()
}

#[test]
fn a_vendor_alone_brings_its_hosts_each_at_its_place() {
    let settings = fine(&alone("posthog", ""));
    let route = &settings.routes[0];
    let eu = [
        "/ eu.i.posthog.com",
        "/static/ eu-assets.i.posthog.com/static",
        "/array/ eu-assets.i.posthog.com/array",
        "/_p/assets/ eu-assets.i.posthog.com",
    ];
    assert_eq!(places(route), eu);
    assert_eq!(route.addresses(), "eu.i.posthog.com, eu-assets.i.posthog.com");
    assert!(route.places.iter().all(|place| place.upstream.scheme.as_str() == "https"));
    let note = "region is \"eu\", as it is not written; there is eu or us";
    assert!(settings.notes.iter().any(|told| told.contains(note)), "{:?}", settings.notes);
    let strict = fine(&alone("posthog", "on_opt_out = \"strict\""));
    assert_eq!(places(strict.routes[0].strict.as_ref().unwrap()), eu);
}

#[test]
fn a_region_and_a_path_are_where_the_places_are() {
    let settings = fine(&alone("posthog", "region = \"us\"\npath = \"/stats\""));
    let us = [
        "/stats/ us.i.posthog.com",
        "/stats/static/ us-assets.i.posthog.com/static",
        "/stats/array/ us-assets.i.posthog.com/array",
        "/stats/_p/assets/ us-assets.i.posthog.com",
    ];
    assert_eq!(places(&settings.routes[0]), us);
    assert!(!settings.notes.iter().any(|told| told.contains("region")), "{:?}", settings.notes);
}

#[test]
fn an_upstream_that_is_written_is_the_only_one() {
    let settings = fine(&format!("{LISTENER}{ROUTE}vendor = \"posthog\"\n"));
    assert_eq!(places(&settings.routes[0]), ["/ vendor.example"]);
}

#[test]
fn an_account_is_one_label_in_the_vendors_hosts() {
    let settings = fine(&alone("sentry", "account = \"o123\""));
    assert_eq!(settings.routes[0].upstream.authority, "o123.ingest.de.sentry.io");
    for (more, sentence) in [
        (
            "",
            "line 4: route \"chat\": there is no account; write account = \"…\": what stands between @ and .ingest",
        ),
        (
            "account = \"evil.example/\"",
            "line 8: route \"chat\": account \"evil.example/\" is no part of a host's name; write small letters, digits and -: what stands",
        ),
        ("account = \"\"", "account \"\" is no part of a host's name"),
        ("account = \"a.b\"", "account \"a.b\" is no part of a host's name"),
        ("account = \"*\"", "account \"*\" is no part of a host's name"),
    ] {
        let told = told(&alone("sentry", more));
        assert!(told.len() == 1 && told[0].contains(sentence), "{more}: {told:?}");
    }
}

#[test]
fn every_connection_goes_where_the_route_says() {
    let settings = fine(&alone("posthog", "connect_to = \"127.0.0.1:9443\""));
    let route = &settings.routes[0];
    let all = route.places.iter().map(|place| &place.upstream).chain([&route.upstream]);
    assert!(all.map(|upstream| upstream.connect_to).all(|to| to == "127.0.0.1:9443".parse().ok()));
    let note = "connect_to: every connection of the route goes to 127.0.0.1:9443";
    assert!(settings.notes.iter().any(|told| told.contains(note)), "{:?}", settings.notes);
}

#[test]
fn what_selects_no_host_of_the_vendor_is_told() {
    for (vendor, more, sentence) in [
        ("posthog", "region = \"de\"", "line 8: route \"chat\": PostHog has no region \"de\"; use eu or us"),
        (
            "clarity",
            "region = \"eu\"",
            "line 8: route \"chat\": Microsoft Clarity has no regions; remove region",
        ),
        (
            "posthog",
            "account = \"acme\"",
            "line 8: route \"chat\": PostHog has no hosts of an account; remove account",
        ),
        (
            "posthog",
            "path = \"/a/\"\nkeep_path = true",
            "line 9: route \"chat\": keep_path, and the vendor's hosts are each at a place of their own",
        ),
        (
            "countly",
            "",
            "line 4: route \"chat\": there is no upstream; Countly is wherever the site runs it: write upstream = \"https://…\"",
        ),
        (
            "posthog",
            "connect_to = \"localhost:9443\"",
            "line 8: route \"chat\": connect_to \"localhost:9443\" is no address with a port; write connect_to = \"127.0.0.1:9443\"",
        ),
        ("posthog", "connect_to = \"0.0.0.0:9443\"", "connect_to \"0.0.0.0:9443\" is no address"),
        ("posthog", "connect_to = \"127.0.0.1:0\"", "connect_to \"127.0.0.1:0\" is no address"),
        (
            "posthog",
            "upstream = \"https://eu.i.posthog.com\"\nregion = \"eu\"",
            "line 9: route \"chat\": region says nothing where an upstream is written; remove region, or remove upstream",
        ),
    ] {
        let told = told(&alone(vendor, more));
        assert!(told.len() == 1 && told[0].contains(sentence), "{vendor} {more}: {told:?}");
    }
}

#[test]
fn no_other_route_lies_among_the_places() {
    let other = |host: &str, path: &str| {
        format!(
            "[[route]]\nname = \"other\"\nhost = \"{host}\"\npath = \"{path}\"\nupstream = \"https://b.example\""
        )
    };
    let both = |host: &str, path: &str| format!("{}{}\n", alone("clarity", ""), other(host, path));
    for path in ["/_p/", "/_p/shard/k/", "/_p/c/"] {
        let told = told(&both("chat.example.com", path));
        let sentence = format!(
            "line 9: route \"other\": path \"{path}\" lies where route \"chat\" serves its vendor's hosts"
        );
        assert!(told.len() == 1 && told[0].contains(&sentence), "{path}: {told:?}");
    }
    for (host, path) in [("chat.example.com", "/a/"), ("chat.example.com", "/_p/d/"), ("a.example", "/_p/c/")]
    {
        fine(&both(host, path));
    }
}
