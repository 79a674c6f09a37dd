//! A visitor's choice and a site's consent, as settings say they are heeded.

use std::sync::Arc;

use super::*;
use crate::privacy::choice::{Effect, Signal, Test, VisitorChoice};

fn route(all: &str, more: &str) -> Arc<Route> {
    Arc::clone(&fine(&format!("{LISTENER}{all}\n{ROUTE}{more}\n")).routes[0])
}

#[test]
fn every_signal_is_heeded_and_a_browsers_general_one_blocks_only_where_the_settings_mean_it() {
    let plain = route("", "");
    assert_eq!(plain.choice, VisitorChoice::default());
    assert!(plain.strict.is_some() && plain.consent.is_none() && !plain.activate_on_click);
    for (all, more) in [
        ("", "on_opt_out = \"block\""),
        ("", "signals = [\"gpc\", \"dnt\"]"),
        ("[visitor_choice]\nsignals = [\"cookie\", \"gpc\", \"dnt\", \"query\"]", ""),
    ] {
        let route = route(all, more);
        assert_eq!((route.choice.on_gpc, route.choice.on_dnt), (Effect::Block, Effect::Block), "{all}{more}");
        assert!(route.strict.is_none());
    }
    assert_eq!(route("[visitor_choice]\nsite = \"example.com\"", "").choice, plain.choice);
}

#[test]
fn a_route_says_it_for_itself_and_the_table_for_all_routes() {
    let all = "[visitor_choice]\nsignals = [\"cookie\", \"gpc\"]\non_opt_out = \"strict\"\nopt_in_over = []";
    let of_all = route(all, "");
    assert_eq!(of_all.choice.signals, [Signal::Cookie, Signal::Gpc]);
    assert_eq!((of_all.choice.on_opt_out, of_all.choice.on_gpc), (Effect::Strict, Effect::Strict));
    assert!(of_all.choice.opt_in_over.is_empty());
    let own = route(all, "signals = [\"dnt\", \"query\"]\non_opt_out = \"block\"\non_dnt = \"strict\"");
    assert_eq!(own.choice.signals, [Signal::Dnt, Signal::Query]);
    assert_eq!((own.choice.on_opt_out, own.choice.on_dnt), (Effect::Block, Effect::Strict));
    let over = route("", "opt_in_over = [\"gpc\", \"dnt\"]");
    assert_eq!(over.choice.opt_in_over, [Signal::Gpc, Signal::Dnt]);
}

#[test]
fn who_said_no_passes_under_strict_without_what_the_operator_let_pass() {
    use crate::privacy::{Action, Category};
    let more = "policy = \"address-only\"\non_gpc = \"strict\"\nundecodable = \"keep\"\n[route.actions]\nlanguage = \"keep\"\n\
        [[route.rule]]\nselect = \"query:a\"\naction = \"keep\"\n[[route.rule]]\nselect = \"query:b\"\naction = \"remove\"";
    let route = route("", more);
    let strict = route.strict.as_ref().unwrap();
    assert_eq!((&*strict.policy_name, &*strict.name), ("strict", "chat"));
    assert_eq!(route.policy.action(Category::Language), &Action::Keep);
    assert_eq!(strict.policy.action(Category::Language), &Action::Remove);
    assert_eq!(strict.policy.undecodable(), crate::privacy::Undecodable::Refuse);
    let kept = |route: &Route, place: &str| {
        let mut rules = route.policy.rules();
        rules
            .find(|(rule, _)| rule.selector.to_string() == place)
            .map(|(_, treatment)| treatment.action.clone())
    };
    assert_eq!(kept(&route, "query:a"), Some(Action::Keep));
    assert_eq!(kept(strict, "query:a"), None);
    assert_eq!(kept(strict, "query:b"), Some(Action::Remove));
}

#[test]
fn a_consent_is_one_predicate_or_several_of_a_cookie_or_of_a_known_tool() {
    let of = |more: &str| route("", more).consent.clone().unwrap().0;
    let one = of("require_consent = { cookie = \"ok\", equals = \"yes\" }");
    assert_eq!(
        (one.len(), one[0].cookie.to_string(), &one[0].test),
        (1, "ok".into(), &Test::Equals("yes".into()))
    );
    let two = of("require_consent = [{ cookie = \"c\", pointer = \"/a/0\", equals = true },\n\
        { preset = \"complianz\", purpose = \"statistics\" }]");
    assert_eq!((two[0].pointer.as_deref(), &two[0].test), (Some("/a/0"), &Test::Equals("true".into())));
    assert_eq!(
        (two[1].cookie.to_string(), &two[1].test),
        ("cmplz_statistics".into(), &Test::Equals("allow".into()))
    );
    let own = of("require_consent = { preset = \"onetrust\", purpose = \"C0007\" }");
    assert_eq!(own[0].test, Test::Contains("C0007:1".into()));
}

#[test]
fn what_contradicts_itself_or_never_does_anything_is_told() {
    let consent = |inner: &str| format!("require_consent = {{ {inner} }}");
    for (more, sentence) in [
        (
            "signals = [\"gcp\"]".to_owned(),
            "line 8: route \"chat\": unknown signal \"gcp\"; did you mean \"gpc\"?",
        ),
        ("opt_in_over = [\"cookie\"]".to_owned(), "unknown signal \"cookie\"; use gpc or dnt"),
        ("on_opt_out = \"ignore\"".to_owned(), "unknown on_opt_out \"ignore\"; use block or strict"),
        (
            "signals = [\"cookie\"]\non_gpc = \"strict\"".to_owned(),
            "line 9: route \"chat\": on_gpc never does anything: signals has no gpc",
        ),
        (
            "[visitor_choice]\nsignals = [\"smoke\"]".to_owned(),
            "line 9: [visitor_choice]: unknown signal \"smoke\"; use query, cookie, gpc or dnt",
        ),
        ("require_consent = true".to_owned(), "require_consent is a TOML boolean; write { cookie"),
        (consent(""), "require_consent: there is no preset and no cookie"),
        (consent("cookie = \"a\""), "there is no equals and no contains"),
        (consent("cookie = \"a\", equals = \"b\", contains = \"c\""), "there are equals and contains"),
        (consent("cookie = \"a\", contains = \"\""), "contains is empty"),
        (consent("cookie = \"a b\", equals = \"c\""), "\"a b\" is no cookie's name"),
        (consent("cookie = \"privet_choice\", equals = \"on\""), "\"privet_choice\" is privet's own cookie"),
        (consent("cookie = \"a\", pointer = \"b\", equals = 1"), "the pointer does not begin with /"),
        (
            consent("cookie = \"a\", equals = 1.5"),
            "equals is a TOML float; write a text, a number, true or false",
        ),
        (consent("cookie = \"a\", equals = \"b\", purpose = \"c\""), "there is a purpose and no preset"),
        (consent("preset = \"klaro\", cookie = \"a\""), "there is a preset and a cookie"),
        (consent("preset = \"klaro\", purpose = \"a\", equals = \"b\""), "there is a preset and equals"),
        (
            consent("preset = \"cookiebot\""),
            "there is no purpose; write purpose = \"marketing\", \"preferences\" or \"statistics\"",
        ),
        (
            consent("preset = \"cookiebot\", purpose = \"chat\""),
            "Cookiebot has no purpose \"chat\"; use \"marketing\"",
        ),
        (
            consent("preset = \"cokiebot\", purpose = \"chat\""),
            "unknown preset \"cokiebot\"; did you mean \"cookiebot\"?",
        ),
        (
            consent("preset = \"usercentrics\", purpose = \"a\""),
            "Usercentrics keeps consent in the browser's local storage, so no server can read it",
        ),
        (consent("cokie = \"a\", equals = \"b\""), "unknown key \"cokie\"; did you mean \"cookie\"?"),
    ] {
        let told = of_route(&more);
        assert_eq!(told.len(), 1, "{more}: {told:?}");
        assert!(told[0].contains(sentence), "{more}: {told:?}");
    }
}

#[test]
fn what_narrows_a_visitors_choice_is_noted() {
    assert!(notes("signals = []").contains("no visitor can opt out"));
    assert!(notes("signals = [\"gpc\"]").contains("signals has no cookie"));
    assert!(notes("signals = [\"cookie\"]").contains("gpc.json says so"));
    let origins = "site_origins = [\"https://www.example.com\"]";
    assert!(notes(&format!("{origins}\nactivate_on_click = true")).contains("with credentials"));
    assert!(!notes(origins).contains("credentials, or"));
    let own = "site_origins = [\"https://chat.example.com\"]\nactivate_on_click = true";
    assert!(!notes(own).contains("with credentials"));
}
