//! The built-in vendors: where each one's traffic carries what, as data.
//!
//! Knows the shape of a vendor's file; does not know what a policy does. Invariant: every built-in file parses, with
//! every selector and category, before any test passes; at run time they are read once.

mod entries;
mod rehearsal;

use std::sync::OnceLock;

pub use entries::{
    ACCOUNT, HostName, HostPlace, Hosts, Impact, Lacks, MapEntry, NamesEntry, OffSwitchEntry, Pair,
    PatchEntry, Vendor,
};
pub use rehearsal::{Difference, rehearse};

const FILES: [(&str, &str); 37] = [
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
    ("intercom", include_str!("intercom.toml")),
    ("userlike", include_str!("userlike.toml")),
    ("liveperson", include_str!("liveperson.toml")),
    ("livechat", include_str!("livechat.toml")),
    ("tawk", include_str!("tawk.toml")),
    ("zendesk", include_str!("zendesk.toml")),
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

    /// So much of a script is held back at most.
    const LONGEST_PATCH: usize = 1024;

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
    fn every_vendor_has_what_others_have_or_says_why_not_and_shows_itself_under_every_policy() {
        for vendor in all() {
            let name = &vendor.name;
            for (what, has, why_not) in vendor.possessions() {
                assert_ne!(has, !why_not.is_empty(), "{name}: {what}");
            }
            for policy in ["strict", "cnil", "balanced", "address-only"] {
                assert!(
                    vendor.tests.iter().any(|pair| pair.policy == policy),
                    "{name}: no pair under {policy}"
                );
            }
        }
    }

    /// The places of a vendor in each of its regions.
    fn mounted(vendor: &Vendor) -> impl Iterator<Item = Vec<(&str, String)>> {
        let hosts = &vendor.hosts;
        let regions = hosts.regions.iter().map(|region| Some(region.as_str()));
        let nowhere = hosts.regions.is_empty().then_some(None);
        regions.chain(nowhere).map(|region| hosts.mounted(region, "account"))
    }

    fn stars(text: &str) -> usize {
        text.matches('*').count()
    }

    #[test]
    fn every_place_is_one_of_its_own_and_captures_what_its_host_does() {
        for vendor in all() {
            let (name, hosts) = (&vendor.name, &vendor.hosts);
            for places in mounted(vendor) {
                assert!(places.first().is_none_or(|(at, _)| *at == "/"), "{name}: the root comes first");
                for (index, (at, host)) in places.iter().enumerate() {
                    assert!(
                        at.starts_with('/') && at.ends_with('/') && !at.starts_with("/.privet/"),
                        "{name}: {at}"
                    );
                    assert!(places[..index].iter().all(|(other, _)| other != at), "{name}: {at} twice");
                    let whole = stars(at) == 0 || at.ends_with("/*/");
                    assert!(
                        whole && stars(host) < 2 && stars(at) == stars(host),
                        "{name}: {at} is not {host}"
                    );
                    // The domain is the vendor's own, whatever is captured.
                    let domain = host.rsplit('*').next().unwrap_or(host);
                    assert!(stars(host) == 0 || domain.matches('.').count() > 1, "{name}: {host}");
                    // What is named comes before what a pattern or a shorter path could name as well.
                    let mut later = places[index..].iter();
                    assert!(stars(host) == 0 || later.all(|(_, host)| stars(host) == 1), "{name}: {host}");
                    let longer = format!("{host}/");
                    assert!(
                        !places[index..].iter().any(|(_, later)| later.starts_with(&longer)),
                        "{name}: {host}"
                    );
                }
            }
            for place in &hosts.places {
                let HostName::ByRegion(by_region) = &place.host else { continue };
                assert!(
                    by_region.keys().all(|region| hosts.regions.contains(region)),
                    "{name}: {}",
                    place.at
                );
            }
        }
    }

    #[test]
    fn every_host_that_is_served_is_told_and_where_an_account_is_found() {
        for vendor in all() {
            let (name, hosts) = (&vendor.name, &vendor.hosts);
            let written = hosts.places.iter().flat_map(|place| match &place.host {
                HostName::Everywhere(host) => vec![host],
                HostName::ByRegion(by_region) => by_region.values().collect(),
            });
            for host in written {
                let alone = host.split('/').next().unwrap_or(host);
                let told = hosts.browser.iter().any(|known| known == alone);
                assert!(told || host.contains(['*', '{']), "{name}: {host} is not among hosts.browser");
                assert!(!host.contains(ACCOUNT) || !hosts.account.is_empty(), "{name}: where is it found?");
            }
        }
    }

    #[test]
    fn a_snippet_names_the_route_and_no_host_of_the_vendor() {
        for Vendor { name, hosts, snippet, .. } in all() {
            assert!(!snippet.is_empty() || hosts.places.is_empty(), "{name} has no snippet");
            assert!(
                snippet.is_empty()
                    || snippet.contains("{origin}{place}")
                    || snippet.contains("{host}{place}"),
                "{name}"
            );
            assert!(!hosts.browser.iter().any(|host| snippet.contains(host.as_str())), "{name}");
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
    fn every_patch_says_what_it_finds_where_and_why() {
        for vendor in all() {
            for patch in &vendor.patches {
                let told = format!("{}: {}", vendor.name, patch.name);
                assert!(patch.find.len() > 3 && patch.find.len() <= LONGEST_PATCH, "{told}");
                assert!(patch.path.starts_with('/') && patch.source.starts_with("https://"), "{told}");
                let same = vendor.patches.iter().filter(|other| other.name == patch.name);
                assert!(!patch.name.is_empty() && same.count() == 1, "{told}");
                // Its text stands once in what the vendor published, and not in what is put there.
                assert_eq!(patch.excerpt.matches(&patch.find).count(), 1, "{told}");
                assert!(
                    patch.excerpt.len() > patch.find.len() && !patch.replace.contains(&patch.find),
                    "{told}"
                );
            }
        }
    }

    #[test]
    fn every_built_in_pair_of_before_and_after_holds() {
        let told: Vec<String> =
            all().iter().flat_map(rehearse).map(|difference| difference.to_string()).collect();
        assert!(told.is_empty(), "{}", told.join("\n\n"));
    }
}
