//! The CNIL's conditions for a proxy in front of a measurement tool.
//!
//! Reads a route's compiled policy and the settings beside it. Invariant: a setting that lets something pass unread
//! stands against a condition.

use super::finding::{Asked, Finding, Standard};
use crate::config::{Route, Settings};
use crate::privacy::{Category, Files, Undecodable};

const GONE: &[&str] = &["remove", "replace"];
const HIDDEN: &[&str] = &["remove", "replace", "mask"];
const COARSE: &[&str] = &["remove", "replace", "generalize"];

/// The CNIL's conditions of 2022, in its order.
const CNIL: [Asked; 7] = [
    Asked {
        criterion: "1. No IP address reaches the measurement tool, and a place at most so coarse that it identifies nobody",
        of: &[(Category::Address, &["remove", "replace", "country"]), (Category::Location, GONE)],
        duty: "",
    },
    Asked {
        criterion: "2. The identifier of the visitor is replaced, by something that changes over time and collides often enough",
        of: &[
            (Category::VisitorId, &["remove", "replace", "mask", "pseudonymize"]),
            (Category::SessionId, &["remove", "replace", "mask", "pseudonymize"]),
        ],
        duty: "choose the number of visitors that the collision rate is derived from to fit the site",
    },
    Asked {
        criterion: "3. No referrer from outside of the site",
        of: &[(Category::Referrer, COARSE)],
        duty: "",
    },
    Asked {
        criterion: "4. No parameters in collected addresses of pages, campaigns included",
        of: &[
            (Category::PageUrl, &["remove", "replace", "mask", "generalize"]),
            (Category::Campaign, HIDDEN),
            (Category::ClickId, HIDDEN),
        ],
        duty: "",
    },
    Asked {
        criterion: "5. What could make a fingerprint is reworked, and the rarest configurations are gone",
        of: &[
            (Category::UserAgent, COARSE),
            (Category::Screen, &["remove", "replace", "mask", "generalize"]),
            (Category::Language, COARSE),
            (Category::Device, HIDDEN),
            (Category::Fingerprint, HIDDEN),
            (Category::Timezone, HIDDEN),
        ],
        duty: "",
    },
    Asked {
        criterion: "6. No identifiers across sites, or of long life, such as those of a customer database",
        of: &[(Category::AccountId, HIDDEN), (Category::Contact, HIDDEN)],
        duty: "",
    },
    Asked {
        criterion: "7. Nothing else that could identify again",
        of: &[
            (Category::Unmapped, GONE),
            (Category::TypedText, HIDDEN),
            (Category::PageText, HIDDEN),
            (Category::Secret, HIDDEN),
        ],
        duty: "page titles, event names, paths and messages pass: put no person into them",
    },
];

pub fn standard(route: &Route, settings: &Settings) -> Standard {
    let mut findings: Vec<Finding> = CNIL.iter().map(|asked| asked.of(route)).collect();
    identifiers(&mut findings[1], route, settings);
    fingerprint(&mut findings[4], route);
    holes(&mut findings[6], route);
    findings.push(Finding::duty(
        "Hosting: the proxy runs where its operator alone controls it, and the tool cannot reach it",
        "choose the machine, its operator and the country it stands in; keep its keys from the vendor",
    ));
    Standard {
        title: "CNIL, a proxy in front of audience measurement",
        source: "https://www.cnil.fr/en/google-analytics-and-data-transfers-how-make-your-analytics-tool-compliant-gdpr",
        findings,
    }
}

/// A stand-in has to change and to collide.
fn identifiers(finding: &mut Finding, route: &Route, settings: &Settings) {
    let stands_in = [Category::VisitorId, Category::SessionId]
        .into_iter()
        .any(|category| route.policy.action(category).name() == "pseudonymize");
    if !stands_in {
        return;
    }
    let hours = settings.pseudonyms.epoch.as_secs_f64() / 3600.0;
    finding.shown_by.push(format!("pseudonyms change every {hours} hours"));
    match route.collision {
        Some(collision) => finding.shown_by.push(format!(
            "of {} visitors a share of {} has its pseudonym together with somebody else",
            collision.visitors(),
            collision.rate()
        )),
        None => finding.against.push("no collision is asked for".to_owned()),
    }
}

/// Parts that are each coarse may still name a person together.
fn fingerprint(finding: &mut Finding, route: &Route) {
    let told = [Category::UserAgent, Category::Screen, Category::Language]
        .into_iter()
        .any(|category| !GONE.contains(&route.policy.action(category).name()));
    match route.rare {
        Some(rare) => finding.shown_by.push(format!(
            "combinations of fewer than {} visitors in {} hours become the most common one",
            rare.below,
            rare.window as f64 / 3600.0
        )),
        None if told => finding.against.push("rare combinations are kept".to_owned()),
        None => {}
    }
}

/// What the engine cannot look into, and the operator's own words for places.
fn holes(finding: &mut Finding, route: &Route) {
    if route.policy.undecodable() == Undecodable::Keep {
        finding.against.push("undecodable is keep: bodies pass unread".to_owned());
    }
    if route.policy.files() == Files::Keep {
        finding.against.push("files is keep: uploads pass unread".to_owned());
    }
}
