//! What privet says of itself to browsers: `Tk`, the tracking status, and the support of Global Privacy Control.
//!
//! Knows the Tracking Preference Expression (W3C, 2019) §6 and GPC §4; does not decide anything. Invariant: it never
//! promises more than the settings do: what passes is told as tracking, whatever was taken out.

use std::sync::Arc;

use http::Response;
use http::header::{DNT, HeaderMap, HeaderValue};
use serde_json::json;

use super::super::ResponseBody;
use super::super::own::Own;
use super::instead;
use super::link::Said;
use super::verdict::{Verdict, verdict};
use crate::config::Route;
use crate::privacy::choice::{Signal, Standing};

/// When the meaning of GPC was read that these settings promise to keep.
const GPC_READ: &str = "2026-11-22";

/// What became of a request, in one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// `N`: no vendor hears of it.
    NotTracking,
    /// `C`: the visitor's own yes outweighs the browser's no.
    Consent,
    /// `T`
    Tracking,
    /// `D`: the route does not read `DNT`.
    Disregarding,
    /// `U`: the request changed the choice.
    Updated,
}

impl Status {
    pub fn of(route: &Route, headers: &HeaderMap, standing: Standing, verdict: &Verdict) -> Self {
        let says_no = headers.get_all(DNT).iter().any(|value| value == "1");
        match (verdict, standing) {
            (Verdict::Withhold(_), _) => Self::NotTracking,
            (_, Standing::In) => Self::Consent,
            _ if says_no && !route.choice.heeds(Signal::Dnt) => Self::Disregarding,
            _ => Self::Tracking,
        }
    }

    const fn letter(self) -> &'static str {
        match self {
            Self::NotTracking => "N",
            Self::Consent => "C",
            Self::Tracking => "T",
            Self::Disregarding => "D",
            Self::Updated => "U",
        }
    }
}

/// The header that tells what became of a request, for who sent `DNT`.
pub fn header(headers: &HeaderMap, status: impl FnOnce() -> Status) -> Option<HeaderValue> {
    headers.contains_key(DNT).then(|| HeaderValue::from_static(status().letter()))
}

/// `/.well-known/dnt/`: the status of a request like this one, the least favourable of the host's routes.
pub fn status(own: &Own, headers: &HeaderMap) -> Response<ResponseBody> {
    let of = |route: &Arc<Route>| {
        let (standing, verdict) = verdict(route, headers, Said::default());
        Status::of(route, headers, standing, &verdict)
    };
    let status = own.routes.iter().map(of).max().unwrap_or(Status::Tracking);
    let page = |name: &str| format!("{}{name}", own.base);
    let told = json!({
        "tracking": status.letter(),
        "policy": page("privacy"),
        "config": page("opt-out"),
    });
    instead::of("application/tracking-status+json", told.to_string())
}

/// `/.well-known/gpc.json`: whether every route of the host heeds the signal.
pub fn gpc(own: &Own) -> Response<ResponseBody> {
    let heeded = own.routes.iter().all(|route| route.choice.heeds(Signal::Gpc));
    instead::of("application/json", json!({ "gpc": heeded, "lastUpdate": GPC_READ }).to_string())
}
