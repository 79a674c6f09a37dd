//! What can be wrong with a route, by its sentence.

use super::*;

#[test]
fn a_routes_problems_are_told() {
    for (more, sentence) in [
        (
            "vendor = \"posthorn\"",
            "line 8: route \"chat\": unknown vendor \"posthorn\"; use posthog, mixpanel, matomo, plausible, segment, ga4, umami, fathom, amplitude, snowplow, rudderstack, jitsu, countly, gtm, clarity, hotjar, meta-pixel, hubspot, generic-analytics, sentry, datadog-rum, rrweb, openreplay, bugsnag, rollbar, elastic-apm, newrelic, otel, chatwoot, crisp, intercom, userlike, liveperson, livechat, tawk, zendesk or generic-chat, or leave the key out",
        ),
        ("policy = \"strickt\"", "unknown policy \"strickt\"; did you mean \"strict\"?"),
        ("policy = \"lenient\"", "unknown policy \"lenient\"; use strict, cnil, balanced or address-only"),
        ("undecodable = \"pass\"", "unknown undecodable \"pass\"; use refuse, remove or keep"),
        ("files = \"remove\"", "unknown files \"remove\"; use refuse or keep"),
        ("keep_path = true", "there is no path; write path = \"/…/\" or remove keep_path"),
        ("path = \"stats\"", "path \"stats\" does not begin with /; write path = \"/stats/\""),
        ("path = \"/a/../b\"", "path \"/a/../b\" is not a plain path"),
        ("path = \"/a?b\"", "path \"/a?b\" is not a plain path"),
        ("path = \"/.privet/\"", "path \"/.privet/\" belongs to privet's own pages"),
        (
            "site_origins = [\"https://a.example/page\"]",
            "\"https://a.example/page\" in site_origins is no origin; write https://www.example.com, without a path",
        ),
        ("site_origins = [\"*\"]", "\"*\" in site_origins is no origin"),
        ("upstream_ca = \"ca.pem\"", "line 8: route \"chat\": cannot read ca.pem: no such file"),
    ] {
        assert!(of_route(more).iter().any(|told| told.contains(sentence)), "{more}: {:?}", of_route(more));
    }
}

#[test]
fn hosts_and_upstreams_are_told_without_their_secrets() {
    let with = |from: &str, to: &str| told(&format!("{LISTENER}{}", ROUTE.replace(from, to))).join("\n");
    let host = |host| with("chat.example.com", host);
    assert!(host("https://chat.example.com").contains("line 6: route \"chat\": \"https://chat.example.com\" is no host; write the name alone, without a scheme"));
    assert!(host("chat.example.com:8443").contains("write the name without a port"));
    assert!(host("*.example.com").contains("write a route for each name"));
    assert!(host("bücher.example").contains("write the name in its ASCII form, xn--…"));
    assert!(host("chat.example.com/a").contains("write the name alone, and path"));
    assert!(host("").contains("write a name such as stats.example.com"));
    assert!(
        with("host = \"chat.example.com\"\n", "")
            .contains("line 4: route \"chat\": there is no host and no path")
    );
    assert!(with("name = \"chat\"\n", "").contains("line 4: route 1: there is no name"));
    assert!(
        with("\"chat\"", "\"a b\"").contains("route \"a b\": the name is empty, too long or has other signs")
    );
    assert!(with("upstream = \"https://vendor.example\"\n", "").contains("there is no upstream"));
    let upstream = |upstream| with("https://vendor.example", upstream);
    assert!(
        upstream("vendor.example")
            .contains("line 7: route \"chat\": upstream has no scheme; write https://name")
    );
    let secret = upstream("https://me:hunter2@vendor.example");
    assert!(secret.contains("upstream carries a user name or password") && !secret.contains("hunter2"));
    for home in [
        "https://127.0.0.1:9",
        "https://[::1]",
        "https://localhost",
        "https://10.0.0.1",
        "https://[::ffff:10.0.0.1]",
    ] {
        assert!(
            upstream(home).contains(
                "private, loopback or link-local address; if that is meant, add allow_private = true"
            )
        );
    }
}

#[test]
fn routes_must_differ() {
    let second = "[[route]]\nname = \"chat\"\nhost = \"CHAT.example.com\"\npath = \"/\"\nupstream = \"https://b.example\"";
    let told = of_route(second);
    assert_eq!(
        told[0],
        "line 8: route \"chat\": route \"chat\" has the same host and path; give one of them another host or path"
    );
    assert_eq!(told[1], "line 9: route \"chat\": there is a route of this name already; choose another name");
}

#[test]
fn a_route_belongs_to_the_site_it_names_or_to_that_of_all_routes_or_to_that_of_its_pages() {
    let site = |all: &str, more: &str| {
        let text = format!("{LISTENER}{all}\n{ROUTE}{more}\n");
        fine(&text).routes[0].site.to_string()
    };
    let all = "[visitor_choice]\nsite = \"Example.com\"";
    let pages = "site_origins = [\"https://www.shop.example:8443\"]";
    assert_eq!(site(all, "site = \"own.example.\""), "own.example");
    assert_eq!(site(all, pages), "example.com");
    assert_eq!(site("", pages), "www.shop.example");
    assert_eq!(site("", ""), "chat.example.com");
    // A site of others is not this route's.
    assert_eq!(site("[visitor_choice]\nsite = \"ample.com\"", ""), "chat.example.com");
    assert_eq!(site("[visitor_choice]\nsite = \"other.example\"", pages), "www.shop.example");
}

#[test]
fn a_route_for_any_host_is_a_site_of_its_own_and_that_is_noted() {
    let open = ROUTE.replace("host = \"chat.example.com\"", "path = \"/chat/\"");
    let settings = fine(&format!("{LISTENER}{open}"));
    assert_eq!(&*settings.routes[0].site, "chat");
    assert!(settings.notes.iter().any(|note| note.contains("one stand-in on all sites")));
    let named = fine(&format!("{LISTENER}{open}site = \"example.com\"\n"));
    assert_eq!(&*named.routes[0].site, "example.com");
    assert!(!named.notes.iter().any(|note| note.contains("one stand-in on all sites")));
}

#[test]
fn a_site_that_is_no_name_is_told() {
    let told = of_route("site = \"https://example.com\"");
    assert!(told[0].contains("line 8: route \"chat\": \"https://example.com\" is no host"), "{told:?}");
    let told = of_route("[visitor_choice]\nsite = \"*.example.com\"");
    assert!(told[0].contains("line 9: [visitor_choice]: \"*.example.com\" is no host"), "{told:?}");
}

#[test]
fn a_route_knows_where_its_own_upstream_the_others_and_the_vendors_other_hosts_are_found() {
    let second = "vendor = \"plausible\"\n[[route]]\nname = \"script\"\npath = \"/s/\"\nupstream = \"https://b.example/api\"\n";
    let routes = fine(&format!("{LISTENER}{ROUTE}{second}")).routes;
    let found = |index: usize| -> Vec<String> {
        let told = |mount: &crate::privacy::Mount| {
            format!(
                "{}{} {}{}",
                mount.upstream,
                mount.base_path,
                mount.host.as_deref().unwrap_or("*"),
                mount.place
            )
        };
        routes[index].mounts.iter().map(told).collect()
    };
    let (chat, script) = ("vendor.example chat.example.com/", "b.example/api */s/");
    assert_eq!(found(0), [chat, script, "plausible.io chat.example.com/"]);
    assert_eq!(found(1), [script, chat]);
}

#[test]
fn how_often_one_visitor_may_ask_has_units_and_bounds() {
    let limit = |more: &str| {
        let settings = fine(&format!("{LISTENER}{ROUTE}[route.limit]\n{more}\n"));
        let limit = settings.routes[0].limit;
        [limit.requests, limit.messages]
            .map(|often| often.map(|often| (often.count, often.per.as_secs(), often.burst)))
    };
    assert_eq!(fine(&format!("{LISTENER}{ROUTE}")).routes[0].limit, crate::config::RouteLimit::default());
    assert_eq!(limit("requests = 600"), [Some((600, 60, 600)), None]);
    assert_eq!(limit("requests = 10\nper = \"1s\"\nburst = 40"), [Some((10, 1, 40)), None]);
    assert_eq!(limit("messages = 5\nrequests = 7"), [Some((7, 60, 7)), Some((5, 60, 5))]);

    let told = |more: &str| of_route(&format!("[route.limit]\n{more}"));
    let place = "route \"chat\", limit";
    for (more, what) in [
        (
            "",
            "line 8: PLACE: there is no requests and no messages; write requests = 600, messages = 600 or both",
        ),
        ("requests = 0", "line 9: PLACE: requests is 0; write 1 to 1000000"),
        ("requests = 6\nper = \"2m\"", "line 10: PLACE: per is 2m; write 1s to 1m"),
        ("requests = 6\nburst = 7", "line 10: PLACE: burst is 7; write 1 to 6"),
        ("requests = 6\nper = \"30s\"\nburst = 13", "line 11: PLACE: burst is 13; write 1 to 12"),
        ("request = 6\nmessages = 1", "line 9: PLACE: unknown key \"request\"; did you mean \"requests\"?"),
    ] {
        assert_eq!(told(more), [what.replace("PLACE", place)], "{more}");
    }
}

#[test]
fn a_head_and_an_address_have_bounds() {
    let told = |more: &str| told(&format!("{LISTENER}{ROUTE}[limits]\n{more}\n"));
    assert_eq!(told("head = \"4KiB\""), ["line 9: [limits]: head is 4KiB; write 8KiB to 1MiB"]);
    assert_eq!(
        told("connections_per_address = 0"),
        ["line 9: [limits]: connections_per_address is 0; write 1 to 1000000"]
    );
    let limits = fine(&format!("{LISTENER}{ROUTE}[limits]\nconnections = 7\n")).limits;
    assert_eq!((limits.connections_per_address, limits.head), (7, 32 << 10));
}

#[test]
fn what_is_observed_is_told_from_three_visitors_on_unless_the_route_says_otherwise() {
    let observed = |more: &str| {
        let settings = fine(&format!("{LISTENER}{ROUTE}{more}\n"));
        let noted = settings.notes.iter().any(|note| note.contains("observe is on"));
        let route = &settings.routes[0];
        assert!(route.strict.as_ref().is_none_or(|strict| strict.observe.is_none()));
        (route.observe, noted)
    };
    assert_eq!(observed(""), (None, false));
    assert_eq!(observed("observe = false"), (None, false));
    assert_eq!(observed("observe = true"), (Some(3), true));
    assert_eq!(observed("observe = { visitors = 1 }\non_gpc = \"strict\""), (Some(1), true));
    for (more, sentence) in [
        ("observe = \"yes\"", "observe is \"yes\"; write true, false or { visitors = 3 }"),
        ("observe = { visitors = 0 }", "route \"chat\", observe: visitors is 0; write 1 to 100"),
        ("observe = { visitor = 1 }", "unknown key \"visitor\"; did you mean \"visitors\"?"),
    ] {
        assert!(of_route(more).iter().any(|told| told.contains(sentence)), "{more}: {:?}", of_route(more));
    }
}
