//! What regulators ask for, and whether a route's running settings give it.
//!
//! Reads the compiled policy and the settings beside it; sends nothing. Invariants: a criterion is met only if no
//! rule and no category says otherwise, and what privet cannot see is the operator's duty, never met.

mod cnil;
mod finding;
mod gpc;
mod identifiers;

use crate::config::{Route, Settings};

pub use finding::Standard;

/// Every standard, for one route.
pub fn all(route: &Route, settings: &Settings) -> [Standard; 4] {
    [
        cnil::standard(route, settings),
        identifiers::audience(route),
        identifiers::pseudonymisation(route, settings),
        gpc::standard(route),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

    use super::finding::Verdict;
    use super::*;
    use crate::config;

    /// The findings of a route under `cnil` with more lines, by standard.
    fn findings(vendor: &str, more: &str) -> [Vec<(Verdict, Vec<String>)>; 4] {
        let text = format!(
            "[[listener]]\naddress = \"127.0.0.1:0\"\ntls = \"off\"\n[[route]]\nname = \"r\"\nhost = \"a.example\"\n\
             upstream = \"https://vendor.example\"\npolicy = \"cnil\"\nvendor = \"{vendor}\"\n{more}\n"
        );
        let settings = config::parse(&text, Path::new("proxy.toml")).unwrap();
        all(&settings.routes[0], &settings).map(|standard| {
            standard.findings.into_iter().map(|finding| (finding.verdict(), finding.against)).collect()
        })
    }

    #[test]
    fn under_cnil_every_condition_that_privet_can_see_is_met() {
        for vendor in ["ga4", "matomo", "posthog"] {
            let [cnil, ..] = findings(vendor, "");
            let verdicts: Vec<Verdict> = cnil.iter().map(|(verdict, _)| *verdict).collect();
            assert_eq!(verdicts[..7], [Verdict::Met; 7], "{vendor}: {cnil:?}");
            assert_eq!(verdicts[7..], [Verdict::YourDuty]);
        }
    }

    #[test]
    fn a_condition_is_no_longer_met_when_the_rule_that_shows_it_is_gone() {
        let action = |category: &str, action: &str| format!("[route.actions]\n{category} = \"{action}\"");
        let rule = |category: &str| {
            format!("[[route.rule]]\nselect = \"json:/own\"\ncategory = \"{category}\"\naction = \"keep\"")
        };
        let of_category = [
            (0, "address"),
            (0, "location"),
            (1, "visitor_id"),
            (1, "session_id"),
            (2, "referrer"),
            (3, "page_url"),
            (3, "campaign"),
            (3, "click_id"),
            (4, "user_agent"),
            (4, "screen"),
            (4, "language"),
            (4, "device"),
            (4, "fingerprint"),
            (4, "timezone"),
            (5, "account_id"),
            (5, "contact"),
            (6, "unmapped"),
            (6, "typed_text"),
            (6, "page_text"),
            (6, "secret"),
        ];
        let mut changes: Vec<(usize, String)> =
            of_category.iter().map(|(condition, category)| (*condition, action(category, "keep"))).collect();
        changes.extend(of_category.iter().map(|(condition, category)| (*condition, rule(category))));
        changes.push((0, action("address", "generalize")));
        changes.push((1, "collision = \"off\"".to_owned()));
        changes.push((4, "rare = \"keep\"".to_owned()));
        changes.push((6, "undecodable = \"keep\"".to_owned()));
        changes.push((6, "files = \"keep\"".to_owned()));
        for (condition, more) in changes {
            let [cnil, ..] = findings("posthog", &more);
            for (index, (verdict, against)) in cnil.iter().take(7).enumerate() {
                let expected = if index == condition { Verdict::NotMet } else { Verdict::Met };
                assert_eq!(*verdict, expected, "condition {} after {more}: {against:?}", index + 1);
            }
        }
    }

    #[test]
    fn nobody_is_said_to_be_unfollowed_where_an_identifier_leaves_as_it_came() {
        for category in ["visitor_id", "session_id", "account_id", "click_id"] {
            let more = format!("[route.actions]\n{category} = \"keep\"");
            let [_, audience, pseudonymisation, _] = findings("matomo", &more);
            assert_eq!(
                (audience[2].0, pseudonymisation[0].0),
                (Verdict::NotMet, Verdict::NotMet),
                "{category}"
            );
        }
        let [_, audience, pseudonymisation, _] = findings("matomo", "");
        assert_eq!((audience[2].0, pseudonymisation[0].0), (Verdict::Met, Verdict::Met));
    }

    #[test]
    fn objecting_and_the_browsers_signal_count_only_where_they_are_heard() {
        let [_, audience, _, gpc] = findings("matomo", "");
        assert_eq!((audience[5].0, gpc[0].0), (Verdict::Met, Verdict::Met));
        let [_, audience, _, gpc] = findings("matomo", "signals = [\"dnt\"]");
        assert_eq!((audience[5].0, gpc[0].0), (Verdict::NotMet, Verdict::NotMet));
    }
}
