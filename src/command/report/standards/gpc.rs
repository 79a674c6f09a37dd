//! The Global Privacy Control: a browser that says no for its visitor.
//!
//! Invariant: a route that does not hear the signal does not meet it.

use super::finding::{Finding, Standard, Verdict};
use crate::config::Route;
use crate::privacy::choice::Signal;

pub fn standard(route: &Route) -> Standard {
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
