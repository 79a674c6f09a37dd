//! What regulators ask for, and whether a route's running settings give it.
//!
//! Reads the compiled policy and the settings beside it; sends nothing. Invariants: a criterion is met only if no
//! rule and no category says otherwise, and what privet cannot see is the operator's duty, never met.

use crate::config::{KeyPlace, Route, Settings};
use crate::privacy::choice::{Effect, Signal};
use crate::privacy::{Category, Files, Selector, Undecodable};

/// Whether a criterion holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Met,
    NotMet,
    /// It depends on what privet cannot see.
    YourDuty,
}

/// One criterion, and what shows how it stands.
#[derive(Debug)]
pub struct Finding {
    pub criterion: &'static str,
    pub verdict: Verdict,
    /// The settings that show it.
    pub shown_by: Vec<String>,
    /// What stands against it; nothing where it is met.
    pub against: Vec<String>,
    /// What remains to be done by the operator, whatever the verdict.
    pub duty: &'static str,
}

/// A list of criteria with its source.
#[derive(Debug)]
pub struct Standard {
    pub title: &'static str,
    pub source: &'static str,
    pub findings: Vec<Finding>,
}

/// What a criterion asks of categories: for each, the actions that satisfy it.
struct Asked {
    criterion: &'static str,
    of: &'static [(Category, &'static [&'static str])],
    duty: &'static str,
}

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

/// Every standard, for one route.
pub fn all(route: &Route, settings: &Settings) -> [Standard; 4] {
    [cnil(route, settings), audience(route), pseudonymisation(route, settings), gpc(route)]
}

fn cnil(route: &Route, settings: &Settings) -> Standard {
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

/// The conditions under which measurement needs no consent.
fn audience(route: &Route) -> Standard {
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

/// The terms of the guidelines, each with what it is here.
fn pseudonymisation(route: &Route, settings: &Settings) -> Standard {
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

fn gpc(route: &Route) -> Standard {
    let heard = route.choice.signals.contains(&Signal::Gpc);
    let effect = route.choice.on_gpc.name();
    let heeded = Finding {
        criterion: "A browser that sends Sec-GPC: 1 has said no",
        verdict: if heard { Verdict::Met } else { Verdict::NotMet },
        shown_by: if heard {
            vec![format!("gpc is a signal of this route; it comes to {effect}")]
        } else {
            vec![]
        },
        against: if heard { vec![] } else { vec!["gpc is not among the signals".to_owned()] },
        duty: "",
    };
    let passed_on =
        Finding::built_in("The signal is not taken away", "Sec-GPC: 1 leaves with what does leave", "");
    Standard {
        title: "Global Privacy Control",
        source: "https://w3c.github.io/gpc/",
        findings: vec![heeded, passed_on],
    }
}

impl Asked {
    /// How the route's categories and rules stand to what is asked.
    fn of(&self, route: &Route) -> Finding {
        let (mut shown_by, mut against) = (Vec::new(), Vec::new());
        for (category, fits) in self.of {
            let action = route.policy.action(*category);
            let told = format!("{category}: {}", action.name());
            if fits.contains(&action.name()) { &mut shown_by } else { &mut against }.push(told);
        }
        for (rule, treatment) in route.policy.rules().filter(|(rule, _)| is_of_requests(&rule.selector)) {
            let asked = self.of.iter().find(|(category, _)| *category == treatment.category);
            if let Some((category, fits)) = asked
                && !fits.contains(&treatment.action.name())
                && treatment.action != route.policy.action(*category)
            {
                against.push(format!("rule {}: {}", rule.selector, treatment.action.name()));
            }
        }
        let verdict = Verdict::Met;
        Finding { criterion: self.criterion, verdict, shown_by, against, duty: self.duty }
    }
}

impl Finding {
    fn duty(criterion: &'static str, duty: &'static str) -> Self {
        Self { criterion, verdict: Verdict::YourDuty, shown_by: Vec::new(), against: Vec::new(), duty }
    }

    /// What no setting can change.
    fn built_in(criterion: &'static str, shown_by: &str, duty: &'static str) -> Self {
        let shown_by = vec![shown_by.to_owned()];
        Self { criterion, verdict: Verdict::Met, shown_by, against: Vec::new(), duty }
    }

    /// Nothing that stands against a criterion lets it be met.
    pub fn verdict(&self) -> Verdict {
        if self.against.is_empty() { self.verdict } else { Verdict::NotMet }
    }
}

impl Verdict {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not met",
            Self::YourDuty => "your duty",
        }
    }

    /// The name as a style sheet has it.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not-met",
            Self::YourDuty => "your-duty",
        }
    }
}

fn is_of_requests(selector: &Selector) -> bool {
    !matches!(selector, Selector::ResponseHeader(_) | Selector::ResponseJson(_) | Selector::SetCookie(_))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::path::Path;

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
