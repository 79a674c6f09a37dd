//! What is asked of identifiers: of measurement without consent, and of pseudonyms.
//!
//! Reads a route's compiled policy and the settings beside it. Invariant: nobody is said to be unfollowed where an
//! identifier leaves as it came.

use super::finding::{Asked, Finding, Standard, Verdict};
use crate::config::{KeyPlace, Route, Settings};
use crate::privacy::Category;
use crate::privacy::choice::{Effect, Signal};

/// The conditions under which measurement needs no consent.
pub fn audience(route: &Route) -> Standard {
    let opt_out = route.choice.on_opt_out == Effect::Block && route.choice.signals.contains(&Signal::Cookie);
    let findings = vec![
        Finding::duty(
            "Measurement for the site alone, and for nothing but measurement",
            "use the tool for nothing else; check what the vendor does with the data under its contract",
        ),
        Finding::duty(
            "No combination with other processing, nothing passed on to third parties",
            "switch off the vendor's own sharing, enrichment and advertising",
        ),
        stand_ins(
            route,
            "No one is followed from site to site",
            "pseudonyms are bound to site and vendor",
            "",
        ),
        Finding::built_in(
            "Trackers live for 13 months at most and are not prolonged by a visit",
            "cookies are capped at 13 months and not prolonged, but for the vendor's own opt-out and consent cookies",
            "what the vendor's script keeps in the browser's own storage is not a cookie: privet replaces it on its way out",
        ),
        Finding::duty("Data is kept for 25 months at most", "set the vendor's retention"),
        Finding {
            criterion: "Visitors are told, and can object",
            verdict: if opt_out { Verdict::Met } else { Verdict::NotMet },
            shown_by: if opt_out {
                vec!["/.privet/privacy and /.privet/opt-out; a no is blocked here".to_owned()]
            } else {
                vec![]
            },
            against: if opt_out { vec![] } else { vec!["a no by cookie does not block".to_owned()] },
            duty: "link both pages from the site's own privacy notice",
        },
    ];
    Standard {
        title: "CNIL, measurement without consent (Article 82, exemption)",
        source: "https://www.cnil.fr/fr/cookies-et-autres-traceurs/regles/cookies-solutions-pour-les-outils-de-mesure-daudience",
        findings,
    }
}

/// The terms of the guidelines, each with what it is here.
pub fn pseudonymisation(route: &Route, settings: &Settings) -> Standard {
    let hours = settings.pseudonyms.epoch.as_secs_f64() / 3600.0;
    let mut transformed = stand_ins(
        route,
        "Pseudonymising transformation",
        "HMAC-SHA-256 under a secret key, over site, vendor, category and value",
        "what leaves stays personal data",
    );
    transformed.shown_by.push(format!("a key lives for {hours} hours"));
    let findings = vec![
        transformed,
        Finding {
            criterion: "Pseudonymisation domain: who must not attribute",
            verdict: Verdict::Met,
            shown_by: vec![format!("the vendor at {}", route.hosts())],
            against: vec![],
            duty: "see that the vendor gets the same persons' data in no other way",
        },
        Finding::built_in(
            "Additional information is kept apart",
            match settings.pseudonyms.keys {
                KeyPlace::Memory => "keys are in privet's memory alone, and are wiped when their epoch ends",
                KeyPlace::File(_) => {
                    "keys are in memory and in a file that none but privet's user reads, until their epoch ends"
                }
                KeyPlace::Store(_) => {
                    "keys are in memory and in the operator's store, until their epoch ends"
                }
            },
            "keep the machine's administrators apart from those who read the vendor's reports",
        ),
        Finding::duty(
            "Quasi-identifiers are considered",
            "read the table above: what is kept there is what somebody could be singled out by",
        ),
    ];
    Standard {
        title: "EDPB, Guidelines 01/2025 on pseudonymisation",
        source: "https://www.edpb.europa.eu/our-work-tools/documents/public-consultations/2025/guidelines-012025-pseudonymisation_en",
        findings,
    }
}

/// What holds as long as no identifier leaves as it came.
fn stand_ins(route: &Route, criterion: &'static str, shown_by: &str, duty: &'static str) -> Finding {
    const REPLACED: &[&str] = &["remove", "replace", "mask", "pseudonymize"];
    const OF: &[(Category, &[&str])] = &[
        (Category::VisitorId, REPLACED),
        (Category::SessionId, REPLACED),
        (Category::AccountId, REPLACED),
        (Category::ClickId, REPLACED),
    ];
    let mut finding = Asked { criterion, of: OF, duty }.of(route);
    finding.shown_by.push(shown_by.to_owned());
    finding
}
