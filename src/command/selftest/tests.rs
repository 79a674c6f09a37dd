//! The self-test, tested: by settings that hold, by settings with a hole, and by a sink that is told everything.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::config::{self, vendors};
use crate::privacy::policies::POLICIES;

/// Settings with one route, and what is written of it besides.
fn settings(more: &str) -> Settings {
    let text = format!(
        "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n\
         [[route]]\nname = \"analytics\"\nhost = \"stats.example.com\"\npath = \"/stats/\"\nupstream = \"https://vendor.example/base\"\n{more}"
    );
    config::parse(&text, Path::new("proxy.toml")).unwrap()
}

fn report(more: &str) -> Report {
    let _ = aws_lc_rs::default_provider().install_default();
    tried(settings(more), None).unwrap()
}

fn places(report: &Report, outcome: Outcome) -> BTreeSet<String> {
    report.0.iter().flat_map(|route| route.of(outcome)).map(|finding| finding.place.clone()).collect()
}

#[test]
fn under_the_shipped_settings_nothing_leaks() {
    let _ = aws_lc_rs::default_provider().install_default();
    let report = tried(config::load(Path::new("proxy.toml")).unwrap(), Some("analytics")).unwrap();
    assert!(report.is_fine(), "{}", report.text());
    assert!(report.text().starts_with("route \"analytics\", in the place of eu.i.posthog.com\n"));
    assert!(report.text().lines().last().unwrap().starts_with("nothing leaks: "));
}

#[test]
fn under_every_vendor_and_policy_nothing_leaks() {
    // All pairs would take minutes in a debug build: each vendor meets two policies, each policy half of the vendors.
    let pairs: Vec<_> = vendors::names()
        .into_iter()
        .enumerate()
        .flat_map(|(at, vendor)| [at, at + 1].map(|at| (vendor, POLICIES[at % POLICIES.len()].0)))
        .collect();
    let next = AtomicUsize::new(0);
    let take = || pairs.get(next.fetch_add(1, Ordering::Relaxed));
    let work = || {
        while let Some((vendor, policy)) = take() {
            let report = report(&format!("vendor = \"{vendor}\"\npolicy = \"{policy}\"\n"));
            assert!(report.is_fine(), "{vendor}, {policy}: {}", report.text());
        }
    };
    thread::scope(|scope| {
        (0..thread::available_parallelism().map_or(1, usize::from)).for_each(|_| drop(scope.spawn(work)))
    });
}

#[test]
fn a_body_that_may_leave_unread_is_told_as_a_leak() {
    let open = report("vendor = \"posthog\"\nundecodable = \"keep\"\n");
    assert!(!open.is_fine());
    let leaks = places(&open, Outcome::Leaks);
    for hole in ["a JSON body cut short", "a gzip body cut short", "a body of bytes", "a message of bytes"] {
        assert!(leaks.contains(hole), "{hole} is not in {leaks:?}");
    }
    assert!(
        open.text().contains("LEAKS: contact at a JSON body cut short (the settings say remove)"),
        "{}",
        open.text()
    );
    let closed = report("vendor = \"posthog\"\n");
    assert!(closed.is_fine(), "{}", closed.text());
    assert!(places(&closed, Outcome::Refused).contains("a JSON body cut short"));
}

#[test]
fn a_file_that_may_leave_unread_is_told_as_a_leak() {
    let leaks = places(&report("files = \"keep\"\n"), Outcome::Leaks);
    assert_eq!(leaks, BTreeSet::from(["a file of bytes".to_owned()]));
}

#[test]
fn what_the_settings_let_pass_is_told_as_passing() {
    let kept = report(
        "[route.actions]\ncontact = \"keep\"\n[[route.rule]]\nselect = \"header:x-quixotic\"\naction = \"keep\"\n",
    );
    assert!(kept.is_fine(), "{}", kept.text());
    let passing = places(&kept, Outcome::Passes);
    for place in ["query:email", "json:/email", "text in json", "header:x-quixotic"] {
        assert!(passing.contains(place), "{place} is not in {passing:?}");
    }
}

#[test]
fn a_route_is_tried_with_its_own_host_prefix_and_rules() {
    let more = "keep_path = true\n[[route.rule]]\nselect = \"path:/stats/*/x\"\ncategory = \"account_id\"\n\
                [[route.rule]]\nselect = \"json:/a/*/b\"\naction = \"keep\"\n";
    let report = report(more);
    assert!(report.is_fine(), "{}", report.text());
    assert!(places(&report, Outcome::Held).contains("path:/stats/*/x"));
    let passing = places(&report, Outcome::Passes);
    assert!(passing.contains("json:/a/0/b") && passing.contains("json:/a/q7/b"), "{passing:?}");
}

#[test]
fn consent_and_click_are_taken_as_given_and_the_report_says_so() {
    let report = report("activate_on_click = true\n");
    assert!(report.is_fine(), "{}", report.text());
    assert!(report.text().contains("consent and click, which this route waits for, are taken as given"));
}

#[test]
fn whatever_a_visitor_says_no_vendor_and_no_store_is_contacted() {
    let mut settings = settings("on_opt_out = \"strict\"\n");
    settings.pseudonyms.keys = KeyPlace::File("keys".into());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (diverted, _) = runtime.block_on(diverted(settings)).unwrap();
    let route = &diverted.routes[0];
    for route in [route, route.strict.as_ref().unwrap()] {
        assert_eq!(route.upstream.authority.host(), "127.0.0.1");
        assert_eq!((&route.upstream.scheme, &*route.upstream.base_path), (&Scheme::HTTP, "/base"));
    }
    assert_eq!(diverted.pseudonyms.keys, KeyPlace::Memory);
    assert!(diverted.admin.is_none() && diverted.listeners.iter().all(|one| one.address.ip().is_loopback()));
}

#[test]
fn a_route_that_nothing_reaches_is_not_told_as_fine() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let route = settings("").routes.remove(0);
    let report = runtime.block_on(async {
        let (closed, address) = Sink::open().await.unwrap();
        // The letters go to one sink, another is asked.
        drop(closed);
        try_route(&route, &Sink::default(), address).await
    });
    let report = Report(vec![report]);
    assert!(!report.is_fine() && report.text().contains("a plain request does not arrive"));
    assert!(report.text().ends_with(" surfaces") && report.text().contains("not all was tried: "));
}

/// Without privet in between, every mark arrives: the judge finds it in every wrapping, and only passing ones pass.
#[test]
fn a_sink_that_is_told_everything_finds_every_mark() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for more in ["", "vendor = \"posthog\"\n"] {
        let route = settings(more).routes.remove(0);
        let report = runtime.block_on(async {
            let (sink, address) = Sink::open().await.unwrap();
            try_route(&route, &sink, address).await
        });
        assert!(report.arrives);
        let missed: Vec<&str> = report
            .findings
            .iter()
            .filter(|finding| !matches!(finding.outcome, Outcome::Leaks | Outcome::Passes))
            .map(|finding| &*finding.place)
            .collect();
        assert!(missed.is_empty(), "{missed:?}");
        assert!(report.of(Outcome::Leaks).count() > 1000);
    }
}
