//! `/.privet/choice`: the visitor's choice as JSON, for the site's own settings page.
//!
//! Knows the request for it; does not know HTML. Invariant: a choice is taken only from the site's own pages, in a
//! form that no foreign page can send without being asked (Fetch standard §4.8: CORS preflight).

use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, ORIGIN, SET_COOKIE};
use http::request::Parts;
use http::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::super::ResponseBody;
use super::super::own::Own;
use super::super::router;
use super::link::Said;
use super::tracking::{self, Status};
use super::verdict::{Verdict, verdict};
use super::{Choice, Signal, Standing, cookie, instead};

/// Tells the choice, or takes one.
pub fn answer(own: &Own, head: &Parts, body: &[u8]) -> Response<ResponseBody> {
    if head.method != Method::POST {
        return instead::of("application/json", told(own, &head.headers, None).to_string());
    }
    if !is_from_site(own, head) {
        return refused(StatusCode::FORBIDDEN, "the origin is not one of the site");
    }
    if !is_json(&head.headers) {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "write content-type: application/json");
    }
    let chosen = serde_json::from_slice::<Value>(body).ok();
    let Some(choice) = chosen.as_ref().and_then(|chosen| Choice::parse(chosen.get("choice")?.as_str()?))
    else {
        return refused(StatusCode::BAD_REQUEST, "write {\"choice\": \"off\"} or {\"choice\": \"on\"}");
    };
    let mut response = instead::of("application/json", told(own, &head.headers, Some(choice)).to_string());
    let headers = response.headers_mut();
    headers.insert(SET_COOKIE, cookie(choice, own.site(), &own.host, own.secure));
    if let Some(status) = tracking::header(&head.headers, || Status::Updated) {
        headers.insert("tk", status);
    }
    response
}

/// The choice as it stands, or as it will from the next request on.
fn told(own: &Own, headers: &HeaderMap, chosen: Option<Choice>) -> Value {
    let said = Said { choice: chosen, open: false };
    let of = |route: &std::sync::Arc<crate::config::Route>| {
        let (standing, verdict) = verdict(route, headers, said);
        // A choice is told as what will keep it.
        let signal =
            signal(standing).map(|signal| if signal == Signal::Query { Signal::Cookie } else { signal });
        json!({
            "name": &*route.name,
            "standing": word(standing),
            "signal": signal.map(Signal::name),
            "passes": match verdict {
                Verdict::Pass => &*route.policy_name,
                Verdict::PassStrictly(_) => "strict",
                Verdict::Withhold(_) => "nothing",
            },
        })
    };
    let routes: Vec<Value> = own.routes.iter().map(of).collect();
    // The page's own route, or the host's first.
    let first = routes.first().cloned().unwrap_or_default();
    json!({ "standing": first["standing"], "signal": first["signal"], "routes": routes })
}

const fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Out(_) => "out",
        Standing::In => "in",
        Standing::Unsaid => "unsaid",
    }
}

const fn signal(standing: Standing) -> Option<Signal> {
    match standing {
        Standing::Out(signal) => Some(signal),
        Standing::In | Standing::Unsaid => None,
    }
}

/// Whether a page of the site, or of this very host, asks. Browsers name the origin of every `POST`.
fn is_from_site(own: &Own, head: &Parts) -> bool {
    let Some(origin) = head.headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()) else { return false };
    let origin = origin.to_ascii_lowercase();
    own.site_origins().any(|site| site == origin) || is_origin_of(&origin, own, head)
}

/// Whether a request for this host is one to its own origin.
fn is_origin_of(origin: &str, own: &Own, head: &Parts) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    (scheme == "https" || !own.secure) && router::authority_of(head).is_some_and(|own| own == authority)
}

fn is_json(headers: &HeaderMap) -> bool {
    let written = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    written.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

fn refused(status: StatusCode, why: &'static str) -> Response<ResponseBody> {
    let mut response = instead::of("application/json", json!({ "error": why }).to_string());
    *response.status_mut() = status;
    if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        response.headers_mut().insert("accept-post", HeaderValue::from_static("application/json"));
    }
    response
}
