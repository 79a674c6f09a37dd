//! Every kind of problem, by its sentence; what is fine; and what becomes a note.

#![allow(clippy::unwrap_used)]

mod choice;
mod listener;
mod mounting;
mod pages;
mod process;
mod pseudonyms;
mod route;
mod rules;
mod upstream;

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::config::settings::{ProxyProtocol, Tls};

const LISTENER: &str = "[[listener]]\naddress = \"0.0.0.0:8443\"\ntls = \"off\"\n";
const ROUTE: &str =
    "[[route]]\nname = \"chat\"\nhost = \"chat.example.com\"\nupstream = \"https://vendor.example\"\n";

/// The sentences a file comes to, without its name.
fn told(text: &str) -> Vec<String> {
    let problems = parse(text, Path::new("proxy.toml")).unwrap_err();
    problems.problems.iter().map(ToString::to_string).collect()
}

/// What is told of one more line in the route; lines 1 to 7 are fine.
fn of_route(more: &str) -> Vec<String> {
    told(&format!("{LISTENER}{ROUTE}{more}\n"))
}

fn of_listener(more: &str) -> Vec<String> {
    told(&format!("{ROUTE}[[listener]]\naddress = \"0.0.0.0:8443\"\n{more}\n"))
}

fn fine(text: &str) -> Settings {
    parse(text, Path::new("/etc/privet/proxy.toml")).unwrap_or_else(|problems| panic!("{problems}"))
}

fn notes(more: &str) -> String {
    fine(&format!("{LISTENER}{ROUTE}{more}\n")).notes.join("\n")
}

#[test]
fn three_mistakes_give_three_lines_with_their_numbers() {
    let text =
        format!("{LISTENER}proxy_protocl = \"off\"\n{ROUTE}polcy = \"strict\"\n[limits]\nidle = \"0\"\n");
    let problems = parse(&text, Path::new("proxy.toml")).unwrap_err().to_string();
    let expected = "proxy.toml: 3 problems\n  \
        line 4: listener \"0.0.0.0:8443\": unknown key \"proxy_protocl\"; did you mean \"proxy_protocol\"?\n  \
        line 9: route \"chat\": unknown key \"polcy\"; did you mean \"policy\"?\n  \
        line 11: [limits]: idle is 0; write 1ms to 1h";
    assert_eq!(problems, expected);
}

#[test]
fn one_mistake_is_one_problem() {
    for (right, wrong) in [
        ("host =", "hots ="),
        ("upstream =", "upstraem ="),
        ("\"https://vendor.example\"", "5"),
        ("name =", "nmae ="),
        ("[[route]]", "[[ruote]]"),
        ("[[listener]]", "[[listner]]"),
        ("address =", "adress ="),
        ("tls =", "tsl ="),
    ] {
        let told = told(&format!("{LISTENER}{ROUTE}").replace(right, wrong));
        assert_eq!(told.len(), 1, "{wrong}: {told:?}");
    }
}

#[test]
fn a_problem_in_one_part_hides_none_in_another() {
    let text = "[[listener]]\naddress = \"a\"\n[server]\nworkers = -1\n[limits]\nidle = \"0\"\n[pseudonyms]\n\
        epoch = \"0\"\n[admin]\naddress = \"b\"\n[[route]]\nvendor = \"x\"\nsite_origins = [\"y\"]\nbody = 0\n\
        [route.actions]\nlanguge = \"hash\"\n[[route.rule]]\ncategory = \"ip\"\naction = \"hash\"\n";
    let lines: Vec<usize> =
        told(text).iter().filter_map(|told| told[5..].split(':').next()?.parse().ok()).collect();
    assert_eq!(lines, [1, 2, 4, 6, 8, 10, 11, 11, 11, 12, 13, 14, 16, 16, 17, 18, 19]);
}

#[test]
fn a_small_file_is_fine_and_gets_the_defaults() {
    let settings = fine(&format!("{LISTENER}{ROUTE}"));
    assert_eq!(settings.listeners[0].tls, Tls::Off);
    assert_eq!(settings.listeners[0].proxy_protocol, ProxyProtocol::Off);
    assert!(settings.server.workers > 0 && settings.admin.is_none());
    assert_eq!(settings.limits.connections, 10_000);
    assert_eq!(settings.limits.header_read, Duration::from_secs(10));
    assert_eq!(settings.pseudonyms.epoch, Duration::from_secs(86_400));
    let route = &settings.routes[0];
    assert_eq!((&*route.policy_name, route.body_limit, route.keep_path), ("strict", 8 << 20, false));
    assert_eq!(route.upstream.authority, "vendor.example");
    assert_eq!(&*route.site, "chat.example.com");
}

#[test]
fn every_key_of_the_design_is_read() {
    let text = r#"
        [[listener]]
        address = "[::1]:8443"
        tls = { self_signed = ["localhost", "127.0.0.1"] }
        trusted_proxies = ["10.1.2.3/8", "192.0.2.1"]
        proxy_protocol = "required"
        [server]
        workers = 3
        [admin]
        [limits]
        connections = 5
        connections_per_address = 4
        head = "16KiB"
        body = "64KiB"
        depth = 9
        header_read = "1s"
        body_read = "2s"
        answer_read = "7s"
        upstream_connect = "3s"
        upstream_response = "4s"
        upstream_silence = "1m"
        upstream_age = "2m"
        idle = "500ms"
        drain = "0"
        [pseudonyms]
        epoch = "1h"
        keys = "memory"
        [[route]]
        name = "stats"
        host = "Stats.Example.com."
        path = "/stats"
        keep_path = true
        upstream = "https://EU.i.posthog.com/base/"
        allow_private = true
        vendor = "posthog"
        policy = "cnil"
        site_origins = ["https://WWW.example.com:443", "http://localhost:8080"]
        body = 1000
        undecodable = "remove"
        [route.actions]
        language = "keep"
        screen = { replace = "1920x1080" }
        unmapped = "keep"
        [[route.rule]]
        select = "json:/properties/customer_no"
        category = "account_id"
        action = "pseudonymize"
        [[route.rule]]
        select = "header:x-plan"
        action = "keep"
    "#;
    let settings = fine(text);
    let listener = &settings.listeners[0];
    assert_eq!(
        listener.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["10.0.0.0/8", "192.0.2.1/32"]
    );
    assert_eq!(listener.proxy_protocol, ProxyProtocol::Required);
    let directory = PathBuf::from("/etc/privet/certs");
    assert_eq!(
        listener.tls,
        Tls::SelfSigned { names: vec!["localhost".into(), "127.0.0.1".into()], directory }
    );
    assert_eq!((settings.server.workers, settings.limits.idle), (3, Duration::from_millis(500)));
    assert_eq!(settings.admin.map(|admin| admin.address.to_string()).as_deref(), Some("127.0.0.1:9443"));
    let route = &settings.routes[0];
    assert_eq!((route.host.as_deref(), route.path.as_deref()), (Some("stats.example.com"), Some("/stats/")));
    assert_eq!(
        (route.upstream.authority.as_str(), route.upstream.base_path.as_str()),
        ("eu.i.posthog.com", "/base")
    );
    assert_eq!(route.site_origins, ["https://www.example.com", "http://localhost:8080"]);
    assert_eq!((&*route.site, route.body_limit), ("www.example.com", 1000));
    assert_eq!(route.vendor.as_deref(), Some("posthog"));
}

#[test]
fn the_shipped_example_is_fine() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let settings = load(&root.join("proxy.toml")).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(settings.routes[0].vendor.as_deref(), Some("posthog"));
}

#[test]
fn toml_that_cannot_be_read_is_told_by_line_and_column_and_never_quoted() {
    let told = told("[limits]\nidle = \"10s\"\nbody = 'hunter2\n");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("line 3, column ") && !told[0].contains("hunter2"), "{told:?}");
    assert_eq!(self::told("idle = 1\nidle = 2\n"), ["line 2, column 1: duplicate key"]);
}

#[test]
fn a_file_that_cannot_be_read_is_one_problem() {
    let problems = load(Path::new("/nowhere/proxy.toml")).unwrap_err();
    assert_eq!(problems.to_string(), "/nowhere/proxy.toml: 1 problem\n  cannot be read: no such file");
}

#[test]
fn an_empty_file_lacks_a_listener_and_a_route() {
    let told = told("");
    assert_eq!(told[0], "line 1: there is no listener; add [[listener]] with an address and tls");
    assert_eq!(
        told[1],
        "line 1: there is no route; add [[route]] with a name, a host or path, and a vendor or an upstream"
    );
}

#[test]
fn a_value_of_the_wrong_type_is_told_with_the_right_one() {
    for (more, sentence) in [
        ("keep_path = 1", "line 8: route \"chat\": keep_path is 1; write true or false"),
        (
            "body = true",
            "body is a TOML boolean; write a size such as \"64KiB\", \"8MiB\" or a number of bytes",
        ),
        ("body = \"8 parsecs\"", "body is \"8 parsecs\"; write a size such as"),
        ("site_origins = \"https://a.example\"", "write a list of texts"),
        ("site_origins = [1]", "write a list of texts"),
        ("rule = 5", "rule is 5; write a list of tables, each written [[route.rule]]"),
        ("actions = \"keep\"", "actions is \"keep\"; write a table"),
        (
            "[route.actions]\nscreen = 5",
            "line 9: route \"chat\", actions: screen is 5; write the word of an action",
        ),
        ("[route.actions]\nscreen = { replac = \"a\" }", "unknown key \"replac\"; did you mean \"replace\"?"),
        ("[limits]\nidle = 10", "line 9: [limits]: idle is 10; write a span of time such as"),
        ("[[limits]]\nidle = \"1s\"", "limits is a TOML array; write a table, written [limits]"),
        ("[limitz]", "line 8: unknown key \"limitz\"; did you mean \"limits\"?"),
        (
            "[weather]",
            "unknown key \"weather\"; known here: listener, server, process, admin, limits, pseudonyms, visitor_choice, pages, geo, route",
        ),
    ] {
        let told = of_route(more);
        assert!(told.iter().any(|told| told.contains(sentence)), "{more}: {told:?}");
    }
}

#[test]
fn a_country_without_a_database_is_told() {
    let told = of_route("[route.actions]\naddress = \"country\"");
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains(
        "line 9: route \"chat\", actions: action country needs a database of countries; add [geo] with database"
    ));
}

#[test]
fn a_database_of_countries_is_read_at_the_start_or_told() {
    let [country, readme] = ["tests/geo/country.mmdb", "README.md"]
        .map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join(name).display().to_string());
    let geo = |more: &str| format!("[route.actions]\naddress = \"country\"\n[geo]\n{more}");
    let settings = fine(&format!("{LISTENER}{ROUTE}{}", geo(&format!("database = \"{country}\"\n"))));
    let place = settings.geo.unwrap().place([203, 0, 113, 42].into());
    assert_eq!(place, Some("DE"));
    for (more, sentence) in [
        (geo(""), "line 10: [geo]: there is no database"),
        (geo("database = \"none.mmdb\""), "line 11: [geo]: cannot read none.mmdb"),
        (geo(&format!("database = \"{readme}\"")), "is no MaxMind DB"),
        (geo("database = \"x\"\nheader = \"x y\""), "line 12: [geo]: \"x y\" is no header name"),
        (geo("database = \"x\"\nsmaller = \"city\""), "line 12: [geo]: unknown smaller \"city\""),
    ] {
        let told = of_route(&more);
        assert!(told.iter().any(|told| told.contains(sentence)), "{more}: {told:?}");
    }
}

#[test]
fn bounds_are_told() {
    for (more, sentence) in [
        (
            "collision = { visitors = 1, rate = 0.05 }",
            "route \"chat\", collision: visitors is 1; write 2 to 1000000000",
        ),
        (
            "[pseudonyms]\ncollision = { visitors = 50, rate = 1.5 }",
            "line 9: [pseudonyms], collision: rate is 1.5; write 0.001 to 0.9",
        ),
        ("[limits]\nconnections = 0", "line 9: [limits]: connections is 0; write 1 to 1000000"),
        ("[limits]\nbody = 0", "body is 0; write 1 to 1GiB"),
        ("[limits]\nbody = \"2GiB\"", "body is 2GiB; write 1 to 1GiB"),
        ("[limits]\nbodies = \"1MiB\"", "[limits]: bodies is 1MiB; write 8MiB to 1024GiB"),
        (
            "body = \"300MiB\"",
            "route \"chat\": body is 300MiB, more than all bodies together; write at most 256MiB, or more for limits.bodies",
        ),
        ("[limits]\ndepth = 100000", "depth is 100000; write 1 to 512"),
        ("[limits]\nheader_read = \"0\"", "header_read is 0; write 1ms to 1h"),
        ("[limits]\nupstream_response = \"2h\"", "upstream_response is 2h; write 1ms to 1h"),
        ("[pseudonyms]\nepoch = \"0\"", "[pseudonyms]: epoch is 0; write 1s to 395d"),
        ("[server]\nworkers = 5000", "[server]: workers is 5000; write 0 (one per core) to 1024"),
        ("body = 0", "line 8: route \"chat\": body is 0; write 1 to 1GiB"),
    ] {
        assert!(of_route(more).iter().any(|told| told.contains(sentence)), "{more}: {:?}", of_route(more));
    }
}

#[test]
fn what_is_allowed_and_still_worth_saying_becomes_a_note() {
    let none = notes("vendor = \"posthog\"\nsite_origins = [\"https://www.example.com\"]");
    assert_eq!(none, "listener \"0.0.0.0:8443\": plain HTTP; fine only behind a balancer that ends TLS");
    for (more, note) in [
        ("", "route \"chat\": no vendor"),
        ("", "route \"chat\": unmapped is keep"),
        ("", "route \"chat\": no site_origins"),
        ("undecodable = \"keep\"", "route \"chat\": undecodable is keep"),
        ("files = \"keep\"", "route \"chat\": files is keep"),
        ("allow_private = true", "route \"chat\": allow_private"),
        ("[admin]\naddress = \"0.0.0.0:9443\"", "[admin]: health and metrics are plain HTTP"),
        (
            "[[route]]\nname = \"b\"\npath = \"/b/\"\nupstream = \"http://vendor.example\"",
            "route \"b\": the upstream is http://",
        ),
        (
            "[[route]]\nname = \"b\"\npath = \"/b/\"\nupstream = \"http://vendor.example\"",
            "route \"chat\": shares paths with route \"b\"",
        ),
    ] {
        assert!(notes(more).contains(note), "{more}: {}", notes(more));
    }
    for quiet in
        ["http://127.0.0.1:9100", "http://localhost:9100", "http://collector:80", "http://c.internal"]
    {
        let route = ROUTE.replace("https://vendor.example", quiet);
        assert!(!fine(&format!("{LISTENER}{route}")).notes.join("\n").contains("plain text"), "{quiet}");
    }
}
