//! The built-in vendors: where each one's traffic carries what, as data.
//!
//! Knows the shape of a vendor's file; does not know what a policy does. Invariant: every built-in file parses, with
//! every selector and category, before any test passes; at run time they are read once.

mod entries;
mod rehearsal;

use std::sync::OnceLock;

pub use entries::{Hosts, Impact, MapEntry, NamesEntry, OffSwitchEntry, Pair, Vendor};
pub use rehearsal::{Difference, rehearse};

const FILES: [(&str, &str); 31] = [
    ("posthog", include_str!("posthog.toml")),
    ("mixpanel", include_str!("mixpanel.toml")),
    ("matomo", include_str!("matomo.toml")),
    ("plausible", include_str!("plausible.toml")),
    ("segment", include_str!("segment.toml")),
    ("ga4", include_str!("ga4.toml")),
    ("umami", include_str!("umami.toml")),
    ("fathom", include_str!("fathom.toml")),
    ("amplitude", include_str!("amplitude.toml")),
    ("snowplow", include_str!("snowplow.toml")),
    ("rudderstack", include_str!("rudderstack.toml")),
    ("jitsu", include_str!("jitsu.toml")),
    ("countly", include_str!("countly.toml")),
    ("gtm", include_str!("gtm.toml")),
    ("clarity", include_str!("clarity.toml")),
    ("hotjar", include_str!("hotjar.toml")),
    ("meta-pixel", include_str!("meta-pixel.toml")),
    ("hubspot", include_str!("hubspot.toml")),
    ("generic-analytics", include_str!("generic-analytics.toml")),
    ("sentry", include_str!("sentry.toml")),
    ("datadog-rum", include_str!("datadog-rum.toml")),
    ("rrweb", include_str!("rrweb.toml")),
    ("openreplay", include_str!("openreplay.toml")),
    ("bugsnag", include_str!("bugsnag.toml")),
    ("rollbar", include_str!("rollbar.toml")),
    ("elastic-apm", include_str!("elastic-apm.toml")),
    ("newrelic", include_str!("newrelic.toml")),
    ("otel", include_str!("otel.toml")),
    ("chatwoot", include_str!("chatwoot.toml")),
    ("crisp", include_str!("crisp.toml")),
    ("generic-chat", include_str!("generic-chat.toml")),
];

const GENERAL: &str = include_str!("general.toml");

/// A built-in vendor.
pub fn find(name: &str) -> Option<&'static Vendor> {
    all().iter().find(|vendor| vendor.name == name)
}

/// The names of all built-in vendors.
pub fn names() -> [&'static str; FILES.len()] {
    FILES.map(|(name, _)| name)
}

/// What holds without a vendor and after every vendor's own map: well-known names anywhere.
pub fn general() -> &'static Vendor {
    static READ: OnceLock<Vendor> = OnceLock::new();
    READ.get_or_init(|| toml::from_str(GENERAL).unwrap_or_default())
}

fn all() -> &'static [Vendor] {
    static READ: OnceLock<Vec<Vendor>> = OnceLock::new();
    READ.get_or_init(|| FILES.iter().filter_map(|(_, text)| toml::from_str(text).ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::pages::Purpose;
    use crate::privacy::{Actions, LONGEST_COOKIE, Selector};

    /// What sites host by themselves, under names of their own.
    const ANYWHERE: [&str; 8] =
        ["snowplow", "jitsu", "countly", "generic-analytics", "rrweb", "elastic-apm", "otel", "generic-chat"];

    #[test]
    fn every_built_in_file_reads_with_every_selector_and_category() {
        for (name, text) in FILES.into_iter().chain([("general", GENERAL)]) {
            let read = toml::from_str::<Vendor>(text);
            assert_eq!(read.as_ref().map(|vendor| vendor.name.as_str()), Ok(name));
        }
        assert_eq!(all().len(), FILES.len());
        assert!(names().iter().all(|name| find(name).is_some()));
        assert!(find("general").is_none());
    }

    #[test]
    fn every_vendor_names_its_sources_its_hosts_and_what_stops_working() {
        for vendor in all() {
            let name = &vendor.name;
            assert!(!vendor.title.is_empty() && !vendor.sources.is_empty(), "{name}");
            assert!(Purpose::parse(&vendor.purpose).is_some(), "{name}: purpose");
            assert_eq!(
                vendor.hosts.browser.is_empty(),
                ANYWHERE.contains(&&**name),
                "{name} may be anywhere"
            );
            assert!(!vendor.map.is_empty() && !vendor.tests.is_empty(), "{name}");
            for policy in ["strict", "cnil", "balanced", "address-only"] {
                assert!(
                    !vendor.impact.of(policy).unwrap_or_default().is_empty(),
                    "{name}: impact of {policy}"
                );
            }
        }
    }

    #[test]
    fn every_off_switch_can_be_set_and_every_pair_has_a_policy() {
        for vendor in all() {
            for switch in vendor.off_switches() {
                assert!(switch.is_settable(), "{}: {} cannot be set", vendor.name, switch.place);
                if let Selector::Json(_) = switch.place {
                    let json = serde_json::from_str::<serde_json::Value>(&switch.value);
                    assert!(json.is_ok(), "{}: {}", vendor.name, switch.place);
                }
            }
            for pair in &vendor.tests {
                assert!(Actions::builtin(&pair.policy).is_some(), "{}: {}", vendor.name, pair.name);
            }
        }
    }

    #[test]
    fn hosts_are_handed_out_in_answers_and_a_map_names_nothing_else_there() {
        for vendor in all().iter().chain([general()]) {
            let answers = |selector: &Selector| {
                matches!(selector, Selector::ResponseJson(_) | Selector::ResponseHeader(_))
            };
            assert!(vendor.hosts.handed_out.iter().all(answers), "{}", vendor.name);
            // What may be done there is less than what a policy may do with a category.
            assert!(!vendor.map.iter().flat_map(|entry| &entry.select).any(answers), "{}", vendor.name);
        }
    }

    #[test]
    fn a_map_caps_cookies_of_the_vendor_alone_and_lets_none_live_longer_than_all_may() {
        for entry in all().iter().chain([general()]).flat_map(|vendor| &vendor.map) {
            let Some(max_age) = entry.max_age else { continue };
            assert!(!max_age.is_zero() && max_age < LONGEST_COOKIE, "{max_age:?}");
            let set = |selector: &Selector| matches!(selector, Selector::SetCookie(_));
            assert!(entry.select.iter().all(set), "{:?}", entry.select);
        }
    }

    #[test]
    fn every_built_in_pair_of_before_and_after_holds() {
        let told: Vec<String> =
            all().iter().flat_map(rehearse).map(|difference| difference.to_string()).collect();
        assert!(told.is_empty(), "{}", told.join("\n\n"));
    }
}
