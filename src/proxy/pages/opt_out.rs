//! The page on which a visitor says no, and yes again, and the form it sends.
//!
//! Knows where a visitor stands with each route; does not know how a no is kept or obeyed. Invariants: nothing
//! changes but by a form sent from the site itself; the page always says the present state first.

use askama::Template;
use http::header::{DNT, HeaderName};
use http::{Response, StatusCode};

use super::super::{ResponseBody, choice};
use super::frame::Frame;
use super::{Asked, answer};
use crate::config::Route;
use crate::config::pages::{OptOutTexts, Texts};
use crate::privacy::choice::{Choice, Effect, Signal, Standing};

const SEC_GPC: HeaderName = HeaderName::from_static("sec-gpc");

#[derive(Template)]
#[template(path = "opt_out.html", config = "src/proxy/pages/askama.toml")]
struct Page<'a> {
    frame: &'a Frame<'a>,
    t: &'a OptOutTexts,
    state: &'a str,
    is_no: bool,
    is_foreign: bool,
    may_say_no: bool,
    may_say_yes: bool,
    services: Vec<Service<'a>>,
    gpc: &'a str,
    dnt: &'a str,
}

struct Service<'a> {
    recipient: &'a str,
    now: &'a str,
    after: &'a str,
}

/// Where a visitor stands with all the routes of a host together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    No(Signal),
    Open,
    Allowed,
    /// Nothing passes before the site's consent tool says yes.
    Waiting,
}

/// The page as it stands.
pub fn page(asked: &Asked<'_>, status: StatusCode) -> Response<ResponseBody> {
    let language = asked.language();
    let (frame, state) = (Frame::of(asked, language), State::of(asked));
    let t = &language.texts.opt_out;
    let routes = &asked.own.routes;
    let page = Page {
        frame: &frame,
        t,
        state: state.told(&language.texts),
        is_no: matches!(state, State::No(_) | State::Waiting),
        is_foreign: status == StatusCode::FORBIDDEN,
        may_say_no: !matches!(state, State::No(Signal::Cookie | Signal::Query)),
        may_say_yes: match state {
            State::No(Signal::Cookie | Signal::Query) => true,
            State::No(signal) => routes.iter().any(|route| route.choice.opt_in_over.contains(&signal)),
            _ => false,
        },
        services: routes
            .iter()
            .map(|route| Service {
                recipient: &route.recipient,
                now: now(asked, route, t),
                after: after(route, t),
            })
            .collect(),
        gpc: signal(asked, Signal::Gpc, t),
        dnt: signal(asked, Signal::Dnt, t),
    };
    match page.render() {
        Ok(page) => answer::html(page, &frame.style, &language.tag, status),
        Err(_) => answer::failed(),
    }
}

/// Takes a choice, and sends the browser to see it.
pub fn choose(asked: &Asked<'_>, form: &[u8]) -> Response<ResponseBody> {
    if !choice::is_of_site(&asked.head.headers, &asked.own.host, &asked.own.routes) {
        return page(asked, StatusCode::FORBIDDEN);
    }
    let pairs = str::from_utf8(form).unwrap_or_default().split('&');
    let said = pairs.filter_map(|pair| pair.strip_prefix("choice=")).map(Choice::parse).next().flatten();
    let Some(said) = said else { return answer::unclear() };
    let own = asked.own;
    let cookie = choice::cookie(said, own.site(), &own.host, own.secure);
    let query = asked.picked().map(|_| format!("?lang={}", asked.language().tag)).unwrap_or_default();
    answer::see(&format!("opt-out{query}#state"), cookie)
}

impl State {
    pub fn of(asked: &Asked<'_>) -> Self {
        let of_routes = asked.own.routes.iter().map(|route| Self::with(asked, route));
        // A no for one is told before an open way to another.
        of_routes.min_by_key(|state| state.rank()).unwrap_or(Self::Open)
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::No(_) => "no",
            Self::Open => "open",
            Self::Allowed => "allowed",
            Self::Waiting => "waiting",
        }
    }

    pub fn told(self, texts: &Texts) -> &str {
        let t = &texts.opt_out;
        match self {
            Self::No(Signal::Gpc) => &t.no_gpc,
            Self::No(Signal::Dnt) => &t.no_dnt,
            Self::No(Signal::Cookie | Signal::Query) => &t.no,
            Self::Open => &t.open,
            Self::Allowed => &t.open_allowed,
            Self::Waiting => &t.waiting,
        }
    }

    fn with(asked: &Asked<'_>, route: &Route) -> Self {
        let headers = &asked.head.headers;
        match choice::read(headers, route) {
            Standing::Out(signal) => Self::No(signal),
            _ if route.consent.as_ref().is_some_and(|consent| !consent.is_given(headers)) => Self::Waiting,
            Standing::In => Self::Allowed,
            Standing::Unsaid => Self::Open,
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::No(Signal::Query | Signal::Cookie) => 0,
            Self::No(_) => 1,
            Self::Open => 2,
            Self::Allowed => 3,
            Self::Waiting => 4,
        }
    }
}

/// What becomes of requests to a service now.
fn now<'a>(asked: &Asked<'_>, route: &Route, t: &'a OptOutTexts) -> &'a str {
    match State::with(asked, route) {
        State::No(signal) => effect(route.choice.effect(signal), t),
        State::Waiting => &t.waits,
        State::Open | State::Allowed if route.activate_on_click => &t.click,
        State::Open | State::Allowed => &t.passes,
    }
}

fn after<'a>(route: &Route, t: &'a OptOutTexts) -> &'a str {
    effect(route.choice.on_opt_out, t)
}

fn effect(effect: Effect, t: &OptOutTexts) -> &str {
    match effect {
        Effect::Block => &t.block,
        Effect::Strict => &t.strict,
    }
}

/// What a signal of this browser means here: the most that any route makes of it.
fn signal<'a>(asked: &Asked<'_>, signal: Signal, t: &'a OptOutTexts) -> &'a str {
    let name = if signal == Signal::Gpc { SEC_GPC } else { DNT };
    let is_sent = asked.head.headers.get_all(name).iter().any(|value| value == "1");
    let mut heeding = asked.own.routes.iter().filter(|route| route.choice.heeds(signal)).peekable();
    let counts = heeding.peek().is_some();
    let is_firm = heeding.any(|route| !route.choice.opt_in_over.contains(&signal));
    match (is_sent, counts) {
        (true, true) if is_firm => &t.sent_firm,
        (true, true) => &t.sent_counts,
        (true, false) => &t.sent_ignored,
        (false, true) => &t.unsent_counts,
        (false, false) => &t.unsent_ignored,
    }
}
