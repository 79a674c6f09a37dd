//! A criterion, and how a route stands to it.
//!
//! Does not know which standards there are. Invariant: what stands against a criterion keeps it from being met.

use crate::config::Route;
use crate::privacy::{Category, Selector};

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
pub struct Asked {
    pub criterion: &'static str,
    pub of: &'static [(Category, &'static [&'static str])],
    pub duty: &'static str,
}

impl Asked {
    /// How the route's categories and rules stand to what is asked.
    pub fn of(&self, route: &Route) -> Finding {
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
    pub fn duty(criterion: &'static str, duty: &'static str) -> Self {
        Self { criterion, verdict: Verdict::YourDuty, shown_by: Vec::new(), against: Vec::new(), duty }
    }

    /// What no setting can change.
    pub fn built_in(criterion: &'static str, shown_by: &str, duty: &'static str) -> Self {
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
