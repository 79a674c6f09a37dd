//! Whether a vendor may hear of a request.
//!
//! Knows a route's terms; does not know what the page gets instead. Invariant: a no outweighs everything, a yes only
//! what was missing.

use std::sync::Arc;

use http::HeaderMap;

use super::click;
use super::link::Said;
use crate::config::Route;
use crate::privacy::choice::{Effect, Signal, Standing};

/// What becomes of a request.
#[derive(Clone, Debug)]
pub enum Verdict {
    Pass,
    /// On the way of who said no, under `strict`.
    PassStrictly(Arc<Route>),
    Withhold(Withheld),
}

/// Why a vendor does not hear of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    #[error("the visitor said no by {0}; privet answers itself")]
    OptedOut(Signal),
    #[error("the site's consent tool has not said yes; privet answers itself")]
    NoConsent,
    #[error("the visitor has not pressed the button; privet answers itself")]
    NotActivated,
}

impl Withheld {
    /// For the log and a metric's label.
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::OptedOut(_) => "opted_out",
            Self::NoConsent => "no_consent",
            Self::NotActivated => "not_activated",
        }
    }

    /// By which signal.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::OptedOut(signal) => signal.name(),
            Self::NoConsent | Self::NotActivated => "",
        }
    }
}

/// Judges a request, by its headers and by what its address said.
pub fn verdict(route: &Route, headers: &HeaderMap, said: Said) -> (Standing, Verdict) {
    let standing = route.choice.standing(headers, said.choice);
    let effect = match standing {
        Standing::Out(signal) => Some((signal, route.choice.effect(signal))),
        Standing::In | Standing::Unsaid => None,
    };
    let verdict = match (effect, &route.strict) {
        (Some((signal, Effect::Block)), _) | (Some((signal, Effect::Strict)), None) => {
            Verdict::Withhold(Withheld::OptedOut(signal))
        }
        _ if route.consent.as_ref().is_some_and(|consent| !consent.is_given(headers)) => {
            Verdict::Withhold(Withheld::NoConsent)
        }
        _ if route.activate_on_click && !said.open && !click::is_active(headers, route) => {
            Verdict::Withhold(Withheld::NotActivated)
        }
        (Some((_, Effect::Strict)), Some(strict)) => Verdict::PassStrictly(Arc::clone(strict)),
        (None, _) => Verdict::Pass,
    };
    (standing, verdict)
}
