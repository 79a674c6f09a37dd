//! What can be wrong with where a route leads, and what several upstreams come to.

use super::*;

fn with(upstream: &str, more: &str) -> String {
    let route = ROUTE.replace("\"https://vendor.example\"", upstream);
    format!("{LISTENER}{route}{more}\n")
}

const TWO: &str = "[\"https://a.example/api\", \"https://B.example:8443/api/\"]";

#[test]
fn several_upstreams_have_all_but_the_host_in_common() {
    let settings = fine(&with(TWO, ""));
    let route = &settings.routes[0];
    assert_eq!(route.addresses(), "a.example, b.example:8443");
    let all: Vec<_> =
        route.upstreams().map(|one| format!("{}://{}{}", one.scheme, one.authority, one.base_path)).collect();
    assert_eq!(all, ["https://a.example/api", "https://b.example:8443/api"]);
    let mounted: Vec<_> = route.mounts.iter().map(|mount| mount.upstream.to_string()).collect();
    assert_eq!(mounted, ["a.example", "b.example:8443"]);
}

#[test]
fn a_list_of_upstreams_is_judged_one_by_one() {
    for (list, sentence) in [
        ("[]", "line 4: route \"chat\": there is no upstream; write upstream = \"https://…\""),
        ("5", "line 7: route \"chat\": upstream is 5; write a URL in quotes, or a list of them"),
        ("[\"https://a.example\", 5]", "upstream is a TOML array; write a list of texts"),
        ("[\"https://a.example\", \"b.example\"]", "line 7: route \"chat\": upstream has no scheme"),
        ("[\"https://a.example\", \"http://b.test\"]", "the route's upstreams differ in scheme or path"),
        (
            "[\"https://a.example/x\", \"https://b.example/y\"]",
            "the route's upstreams differ in scheme or path",
        ),
        (
            "[\"https://a.example\", \"https://A.example\"]",
            "line 7: route \"chat\": an upstream is there twice; leave one of them out",
        ),
        ("[\"https://a.example\", \"https://10.0.0.1\"]", "private, loopback or link-local address"),
    ] {
        let told = told(&with(list, ""));
        assert!(told.len() == 1 && told[0].contains(sentence), "{list}: {told:?}");
    }
}

#[test]
fn health_and_ejection_have_their_defaults() {
    let settings = fine(&with(TWO, "sticky = true\n[route.health]\npath = \"/up?a=b\"\nstatus = 204"));
    let spread = &settings.routes[0].spread;
    assert!(spread.sticky);
    let health = spread.health.clone().unwrap();
    assert_eq!((health.path.as_str(), health.status.unwrap().as_u16()), ("/up?a=b", 204));
    assert_eq!((health.interval, health.timeout), (Duration::from_secs(10), Duration::from_secs(2)));
    assert_eq!((health.healthy_after, health.unhealthy_after), (2, 3));
    let ejection = spread.ejection.unwrap();
    assert_eq!(
        (ejection.failures, ejection.time, ejection.longest),
        (5, Duration::from_secs(10), Duration::from_mins(5))
    );
}

#[test]
fn the_only_upstream_is_never_left_out_and_ejection_can_be_off() {
    assert_eq!(fine(&with("\"https://a.example\"", "")).routes[0].spread.ejection, None);
    assert_eq!(fine(&with(TWO, "ejection = \"off\"")).routes[0].spread.ejection, None);
    let single = fine(&with("\"https://a.example\"", "sticky = true\n[route.ejection]\nfailures = 1"));
    assert_eq!(single.routes[0].spread.ejection, None);
    assert!(
        single.notes.iter().any(|note| note.contains("sticky and ejection do nothing with one upstream"))
    );
    let short =
        fine(&with(TWO, "ejection = { failures = 1, time = \"10m\" }")).routes[0].spread.ejection.unwrap();
    assert_eq!((short.time, short.longest), (Duration::from_mins(10), Duration::from_mins(10)));
}

#[test]
fn what_is_wrong_with_them_is_told() {
    for (more, sentence) in [
        ("health = true", "health is a TOML boolean; write a table, written [health]"),
        ("[route.health]", "line 8: route \"chat\", health: there is no path; write path = \"/health\""),
        ("[route.health]\npath = \"up\"", "line 9: route \"chat\", health: path is not the path of a URL"),
        ("[route.health]\npath = \"/up#x\"", "path is not the path of a URL"),
        ("[route.health]\npath = \"/\"\nstatus = 199", "status is 199; write 200 to 599"),
        ("[route.health]\npath = \"/\"\nstatus = 600", "status is 600; write 200 to 599"),
        ("[route.health]\npath = \"/\"\ninterval = \"0\"", "interval is 0; write 1ms to 1h"),
        ("[route.health]\npath = \"/\"\nunhealthy_after = 0", "unhealthy_after is 0; write 1 to 100"),
        ("[route.health]\npath = \"/\"\nretries = 1", "unknown key \"retries\""),
        (
            "ejection = \"on\"",
            "ejection is \"on\"; write { failures = 5, time = \"10s\", longest = \"5m\" } or \"off\"",
        ),
        (
            "ejection = { failures = 101 }",
            "line 8: route \"chat\", ejection: failures is 101; write 1 to 100",
        ),
        ("ejection = { time = \"10s\", longest = \"5s\" }", "longest is 5s; write 10s to 1d"),
        (
            "upstream_client = \"own.pem\"",
            "upstream_client is \"own.pem\"; write { certificate = \"…\", key = \"…\" }",
        ),
        (
            "upstream_client = { key = \"own.key\" }",
            "route \"chat\", upstream_client: there is no certificate",
        ),
        (
            "upstream_client = { certificate = \"own.pem\", key = \"own.key\" }",
            "cannot read own.pem: no such file",
        ),
        (
            "upstream_client = { certificate = \"own.pem\", key = \"own.key\", ocsp = \"own.ocsp\" }",
            "upstream_client: ocsp is for the certificates that visitors are shown; leave it out",
        ),
    ] {
        assert!(of_route(more).iter().any(|told| told.contains(sentence)), "{more}: {:?}", of_route(more));
    }
}

#[test]
fn trust_without_tls_is_told() {
    let told = told(&with(
        "\"http://a.test\"",
        "upstream_client = { certificate = \"own.pem\", key = \"own.key\" }",
    ));
    let sentence = "line 8: route \"chat\", upstream_client: cannot read own.key: no such file";
    assert!(told.iter().any(|one| one == sentence), "{told:?}");
    let sentence = "line 8: route \"chat\": upstream_client without TLS: the upstream is http://; use https:// or remove upstream_client";
    assert!(told.iter().any(|one| one == sentence), "{told:?}");
}

#[test]
fn a_certificate_of_ones_own_needs_its_own_key() {
    let directory = std::env::temp_dir().join(format!("privet-own-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    for name in ["one", "two"] {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        std::fs::write(directory.join(format!("{name}.pem")), made.cert.pem()).unwrap();
        std::fs::write(directory.join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    }
    let read = |certificate: &str, key: &str| {
        let own = format!("upstream_client = {{ certificate = \"{certificate}\", key = \"{key}\" }}");
        parse(&with("\"https://a.example\"", &own), &directory.join("proxy.toml"))
    };
    let problems = read("one.pem", "two.key").unwrap_err().to_string();
    assert!(
        problems.contains("route \"chat\", upstream_client: two.key is not the key of one.pem"),
        "{problems}"
    );
    let route = &read("one.pem", "one.key").unwrap().routes[0];
    assert!(route.upstream.client.is_some());
    std::fs::remove_dir_all(directory).unwrap();
}
