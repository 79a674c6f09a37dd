//! What a visitor's choice makes of a request: who goes further, and who is answered here.
//!
//! Knows the order in which a choice is read; does not know how anything is sent. Invariant: what it answers, no
//! vendor hears of.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::{HeaderValue, LOCATION, SET_COOKIE, VARY};
use http::request::Parts;
use http::{Response, StatusCode};

use super::super::ResponseBody;
use super::super::router::{self, Found};
use super::instead::Kind;
use super::link::Said;
use super::tracking::{self, Status};
use super::verdict::{Verdict, Withheld, verdict};
use super::{Choice, Signal, click, cookie, instead, is_of_site, link};
use crate::config::Route;
use crate::config::pages::Language;

/// What a choice makes of a request.
pub struct Considered {
    /// What the browser is told of it, where it asks.
    pub tk: Option<HeaderValue>,
    pub next: Next,
}

/// Where it goes on.
pub enum Next {
    /// Nowhere.
    Answer { response: Box<Response<ResponseBody>>, outcome: &'static str, reason: &'static str },
    /// To the vendor, by this route.
    Pass { found: Box<Found>, outcome: &'static str, marker: Marker },
}

/// What an answer that passed says besides.
#[derive(Default)]
pub struct Marker {
    /// Whether it is one for who pressed the button.
    depends: bool,
    pressed: Option<HeaderValue>,
}

/// Reads the choice: in the address, then in cookies and headers.
pub fn consider(
    mut found: Box<Found>,
    head: &Parts,
    secure: bool,
    is_socket: bool,
    languages: &[Language],
) -> Considered {
    let site = Site { head, secure };
    if let Some(response) = (!is_socket).then(|| site.follow(&found)).flatten() {
        let tk = tracking::header(&head.headers, || Status::Updated);
        return Considered {
            tk,
            next: Next::Answer { response: Box::new(response), outcome: "chosen", reason: "" },
        };
    }
    let said = site.said(&mut found);
    let route = Arc::clone(&found.route);
    let (standing, verdict) = verdict(&route, &head.headers, said);
    let tk = tracking::header(&head.headers, || Status::of(&route, &head.headers, standing, &verdict));
    let outcome = match verdict {
        Verdict::Withhold(withheld) => {
            let (outcome, reason) = (withheld.outcome(), withheld.reason());
            let response = Box::new(withhold(withheld, &route, head, languages));
            return Considered { tk, next: Next::Answer { response, outcome, reason } };
        }
        Verdict::PassStrictly(strict) => {
            found.route = strict;
            "passed_strictly"
        }
        Verdict::Pass => "passed",
    };
    let pressed = said.open.then(|| click::marker(&route, secure));
    let marker = Marker { depends: route.activate_on_click, pressed };
    Considered { tk, next: Next::Pass { found, outcome, marker } }
}

/// The route by which a request would go further, by nobody's word but its own; what is said in its address is taken
/// out.
pub fn admitted<'r>(route: &'r Route, head: &mut Parts) -> Result<&'r Route, Withheld> {
    let said = link::take(&mut head.uri).unwrap_or_default();
    match verdict(route, &head.headers, said).1 {
        Verdict::Withhold(withheld) => Err(withheld),
        Verdict::PassStrictly(_) => Ok(route.strict.as_deref().unwrap_or(route)),
        Verdict::Pass => Ok(route),
    }
}

/// Completes an answer that passed.
pub fn mark(mut response: Response<ResponseBody>, marker: Marker) -> Response<ResponseBody> {
    let headers = response.headers_mut();
    if marker.depends {
        headers.append(VARY, HeaderValue::from_static("cookie"));
    }
    if let Some(cookie) = marker.pressed {
        headers.append(SET_COOKIE, cookie);
    }
    response
}

/// Where a request came in.
struct Site<'h> {
    head: &'h Parts,
    secure: bool,
}

impl Site<'_> {
    /// What the address says to privet, taken out of the target that may leave. Only the site itself says yes.
    fn said(&self, found: &mut Found) -> Said {
        let Some(said) = link::take(&mut found.target) else { return Said::default() };
        let (heeded, is_own) = (found.route.choice.heeds(Signal::Query), self.is_origin_of(found));
        Said {
            choice: said.choice.filter(|choice| heeded && (is_own || *choice == Choice::Off)),
            open: said.open && is_own && found.route.activate_on_click,
        }
    }

    /// Sends a person who followed a link of choice on: to the same place without it, with the choice kept; to the
    /// page where one can choose, who would undo a no by a link on a foreign page.
    fn follow(&self, found: &Found) -> Option<Response<ResponseBody>> {
        // Most addresses say nothing at all.
        found.target.query()?;
        let heeds = |signal| found.route.choice.heeds(signal);
        if !heeds(Signal::Query) || !heeds(Signal::Cookie) || !link::is_navigation(self.head) {
            return None;
        }
        let choice = link::take(&mut found.target.clone())?.choice?;
        if choice == Choice::On && !self.is_origin_of(found) {
            return Some(see_other(&page(&found.route, "opt-out")));
        }
        let mut response = see_other(&link::back(&self.head.uri));
        let kept = cookie(choice, &found.route.site, &self.host(), self.secure);
        response.headers_mut().insert(SET_COOKIE, kept);
        Some(response)
    }

    fn is_origin_of(&self, found: &Found) -> bool {
        is_of_site(&self.head.headers, &self.host(), std::slice::from_ref(&found.route))
    }

    /// Asked only where something was said, which is seldom.
    fn host(&self) -> Cow<'_, str> {
        router::host(self.head).ok().flatten().unwrap_or_default()
    }
}

/// What a page gets in the vendor's place.
fn withhold(
    withheld: Withheld,
    route: &Route,
    head: &Parts,
    languages: &[Language],
) -> Response<ResponseBody> {
    match (withheld, instead::kind(head)) {
        (Withheld::NotActivated, Kind::Script) => {
            instead::of("text/javascript; charset=utf-8", click::stub(route, languages))
        }
        // A person who came here is told why there is nothing.
        (Withheld::OptedOut(_), Kind::Page) if instead::is_document(head) => {
            see_other(&page(route, "opt-out"))
        }
        (_, kind) => instead::empty(kind),
    }
}

/// The address of one of privet's pages, as a route's visitors see it.
fn page(route: &Route, name: &str) -> String {
    format!("{}.privet/{name}", route.path.as_deref().unwrap_or("/"))
}

fn see_other(place: &str) -> Response<ResponseBody> {
    let mut response = instead::of("", b"");
    *response.status_mut() = StatusCode::SEE_OTHER;
    if let Ok(place) = HeaderValue::try_from(place) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}
