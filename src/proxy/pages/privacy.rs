//! The page that says what leaves here, to whom and why.
//!
//! Knows routes, texts and the account of each route; does not know how a value is treated. Invariant: what it says
//! of a route is read off the route as it runs, at the moment it is asked.

use askama::Template;
use http::{Response, StatusCode};
use serde_json::{Value, json};

use super::super::ResponseBody;
use super::account::{Account, Fate, Kind, holes};
use super::comparison::{Part, Row, compare};
use super::frame::Frame;
use super::opt_out::State;
use super::{Asked, answer, negotiation};
use crate::config::Route;
use crate::config::pages::{Language, PrivacyTexts, Texts, fill};
use crate::privacy::choice::Effect;
use crate::privacy::{Action, Pseudonyms};

#[derive(Template)]
#[template(path = "privacy.html", config = "src/proxy/pages/askama.toml")]
struct Page<'a> {
    frame: &'a Frame<'a>,
    t: &'a PrivacyTexts,
    state: &'a str,
    services: Vec<Service<'a>>,
}

/// All that is said of one route.
struct Service<'a> {
    anchor: String,
    recipient: &'a str,
    host: String,
    purpose: &'a str,
    refusal: &'a str,
    kept: Vec<String>,
    holes: Vec<&'a str>,
    spans: Vec<Span<'a>>,
    kinds: Vec<KindRow<'a>>,
    places: Vec<PlacesRow<'a>>,
    request_text: String,
    received: String,
    rows: Option<Vec<RequestRow<'a>>>,
    /// Whether a rare browser, screen and language are shown as common ones.
    has_crowd: bool,
}

/// So many kinds of data of one fate.
struct Span<'a> {
    fate: &'static str,
    told: &'a str,
    start: usize,
    length: usize,
}

struct KindRow<'a> {
    name: &'a str,
    fate: &'static str,
    treatment: String,
    before: &'a str,
    after: Option<String>,
}

struct PlacesRow<'a> {
    name: &'a str,
    treatment: String,
    places: Vec<String>,
}

struct RequestRow<'a> {
    part: &'a str,
    name: String,
    fate: &'static str,
    told: &'a str,
    sent: Option<String>,
    received: Option<String>,
}

/// The page, for people or for programs.
pub fn page(asked: &Asked<'_>) -> Response<ResponseBody> {
    let language = asked.language();
    if negotiation::wants_json(&asked.head.headers) {
        return match document(asked, language) {
            Some(document) => answer::json(&document, &language.tag),
            None => answer::failed(),
        };
    }
    let frame = Frame::of(asked, language);
    let routes = asked.own.routes.iter().enumerate();
    let services =
        routes.map(|(index, route)| Service::of(asked, language, index, route)).collect::<Option<_>>();
    let Some(services) = services else { return answer::failed() };
    let state = State::of(asked).told(&language.texts);
    let page = Page { frame: &frame, t: &language.texts.privacy, state, services };
    match page.render() {
        Ok(page) => answer::html(page, &frame.style, &language.tag, StatusCode::OK),
        Err(_) => answer::failed(),
    }
}

impl<'a> Service<'a> {
    fn of(asked: &Asked<'_>, language: &'a Language, index: usize, route: &'a Route) -> Option<Self> {
        let texts = &language.texts;
        let t = &texts.privacy;
        let (account, period) = (Account::of(route), texts.period(asked.epoch.as_secs()));
        let recipient: &str = &route.recipient;
        let named = |text: &str| fill(text, &[("recipient", recipient)]);
        let treatment = |action: &Action| fill(texts.action(action), &[("period", &period)]);
        let (unreadable, files) = holes(route);
        let rows = rows(asked, route, &t.server_address)?;
        Some(Self {
            anchor: format!("service-{}", index + 1),
            recipient,
            host: route.hosts(),
            purpose: route.purpose.told(&language.tag, texts),
            refusal: match route.choice.on_opt_out {
                Effect::Block => &t.refusal_block,
                Effect::Strict => &t.refusal_strict,
            },
            kept: kept(&account, texts, &period).iter().map(|text| named(text)).collect(),
            holes: [(unreadable, &t.unreadable), (files, &t.files)]
                .into_iter()
                .filter_map(|(is_open, text)| is_open.then_some(text.as_str()))
                .collect(),
            spans: spans(&account, texts),
            has_crowd: route.rare.is_some(),
            request_text: named(&t.request_text),
            received: named(&t.received),
            rows: rows.map(|rows| rows.into_iter().map(|row| RequestRow::of(row, texts)).collect()),
            places: account
                .places
                .into_iter()
                .map(|group| PlacesRow {
                    name: texts.category(group.category),
                    treatment: treatment(group.action),
                    places: group.places,
                })
                .collect(),
            kinds: account
                .kinds
                .into_iter()
                .map(|kind| KindRow {
                    name: texts.category(kind.category),
                    fate: kind.fate().name(),
                    treatment: treatment(kind.action),
                    before: kind.before,
                    after: kind.after,
                })
                .collect(),
        })
    }
}

impl<'a> RequestRow<'a> {
    fn of(row: Row, texts: &'a Texts) -> Self {
        let (fate, part) = (&texts.fate, &texts.part);
        Self {
            part: match row.part {
                Part::Connection => &part.connection,
                Part::Query => &part.query,
                Part::Cookie => &part.cookie,
                Part::Header => &part.header,
            },
            name: row.name,
            fate: row.fate.name(),
            told: match row.fate {
                Fate::Removed => &fate.removed,
                Fate::Changed => &fate.changed,
                Fate::Kept => &fate.kept,
                Fate::Added => &fate.added,
            },
            sent: row.sent,
            received: row.received,
        }
    }
}

/// This request as if it had been for the route; the outer `None`: there are no stand-ins at this moment.
fn rows(asked: &Asked<'_>, route: &Route, server: &str) -> Option<Option<Vec<Row>>> {
    let pseudonyms: Pseudonyms = asked.keys.pseudonyms(route).ok()?;
    Some(compare(asked.head, asked.address, &asked.visitor(), route, (&pseudonyms, asked.crowds), server))
}

/// How long what is kept; a stand-in is spoken of where there is one.
fn kept(account: &Account<'_>, texts: &Texts, period: &str) -> Vec<String> {
    let t = &texts.privacy;
    let stands_in = |kind: &Kind<'_>| *kind.action == Action::Pseudonymize;
    let mut lines = Vec::new();
    if account.kinds.iter().any(stands_in) {
        lines.push(fill(&t.kept_period, &[("period", period)]));
    }
    lines.extend([t.kept_cookies.clone(), t.kept_here.clone()]);
    lines
}

fn spans<'a>(account: &Account<'_>, texts: &'a Texts) -> Vec<Span<'a>> {
    let fates = [
        (Fate::Removed, &texts.fate.removed),
        (Fate::Changed, &texts.fate.changed),
        (Fate::Kept, &texts.fate.kept),
    ];
    let mut start = 0;
    let span = |(fate, told): (Fate, &'a String)| {
        let span = Span { fate: fate.name(), told, start, length: account.count(fate) };
        start += span.length;
        span
    };
    fates.into_iter().map(span).filter(|span| span.length > 0).collect()
}

/// The same for programs: the words of the settings, and what people are told beside them.
fn document(asked: &Asked<'_>, language: &Language) -> Option<Value> {
    let texts = &language.texts;
    let services: Option<Vec<Value>> =
        asked.own.routes.iter().map(|route| told(asked, language, route)).collect();
    let state = State::of(asked);
    let contact = asked
        .pages
        .contact
        .as_ref()
        .map(|contact| json!({ "name": contact.name, "email": contact.email, "url": contact.url }));
    Some(json!({
        "site": asked.own.routes.first().map(|route| &*route.site),
        "host": asked.own.host,
        "language": language.tag,
        "contact": contact,
        "choice": { "state": state.name(), "told": state.told(texts), "change": format!("{}opt-out", asked.own.base) },
        "services": services?,
    }))
}

fn told(asked: &Asked<'_>, language: &Language, route: &Route) -> Option<Value> {
    let texts = &language.texts;
    let account = Account::of(route);
    let period = texts.period(asked.epoch.as_secs());
    let treatment = |action: &Action| fill(texts.action(action), &[("period", &period)]);
    let kinds: Vec<Value> = account
        .kinds
        .iter()
        .map(|kind| {
            json!({
                "category": kind.category.name(), "name": texts.category(kind.category),
                "action": kind.action.name(), "treatment": treatment(kind.action),
                "before": kind.before, "after": kind.after,
            })
        })
        .collect();
    let places: Vec<Value> = account
        .places
        .iter()
        .map(|group| {
            json!({
                "category": group.category.name(), "action": group.action.name(), "places": group.places,
            })
        })
        .collect();
    let rows = rows(asked, route, &texts.privacy.server_address)?.map(|rows| {
        let row = |row: Row| {
            json!({
                "part": row.part.name(), "name": row.name, "fate": row.fate.name(),
                "sent": row.sent, "received": row.received,
            })
        };
        rows.into_iter().map(row).collect::<Vec<_>>()
    });
    let (unreadable, files) = holes(route);
    Some(json!({
        "route": &*route.name,
        "recipient": &*route.recipient,
        "host": route.hosts(),
        "purpose": route.purpose.told(&language.tag, texts),
        "policy": &*route.policy_name,
        "on_opt_out": route.choice.on_opt_out.name(),
        "stand_ins_change_after_seconds": asked.epoch.as_secs(),
        "rare_looks_are_shared": route.rare.is_some(),
        "unread": { "undecodable": unreadable, "files": files },
        "kinds": kinds,
        "places": places,
        "this_request": rows,
    }))
}
