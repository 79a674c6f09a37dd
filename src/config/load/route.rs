//! One vendor's backend, and what may reach it.
//!
//! Does not compile a policy's rules itself, nor look at other routes. Invariant: every route has a way to be reached.

use std::sync::Arc;

use super::super::file::{ChoiceEntry, PurposeEntry, RouteEntry};
use super::super::pages::Purpose;
use super::super::parts::{Choice, treated};
use super::super::section::Written;
use super::super::settings::Route;
use super::super::vendors::{self, Vendor};
use super::super::words::{either, nearest, quote};
use super::limits::{self, Bounds};
use super::pseudonyms::{self, Collides};
use super::upstream::Leads;
use super::{Desk, choice, given, notes, pages, place, rules, texts, upstream};
use crate::privacy::choice::Consent;
use crate::privacy::policies::POLICIES;
use crate::privacy::{Files, Policy, PolicyParts, Undecodable};

/// The strictest, when a route does not say.
const POLICY: &str = "strict";

/// What holds for each route that does not say otherwise.
pub struct Shared<'a> {
    pub bounds: &'a Bounds,
    pub site: Option<&'a str>,
    pub choice: &'a ChoiceEntry,
    pub collision: Collides,
}

pub fn route(entry: &RouteEntry, shared: &Shared<'_>, desk: &Desk<'_>) -> Option<Route> {
    let Shared { bounds, site, .. } = *shared;
    let at = &entry.place;
    let name = name(entry, desk);
    let host = given(&entry.host, |written| place::host(written, at, desk));
    let path = given(&entry.path, |written| place::path(written, at, desk));
    if entry.host.is_none() && entry.path.is_none() {
        let instead = "write host = \"stats.example.com\" or path = \"/stats/\"";
        desk.findings.missing(entry.line, at, &["host", "path"], instead);
    }
    if let (Some(keep), None) = (&entry.keep_path, &entry.path) {
        desk.findings.missing(keep.line, at, &["path"], "write path = \"/…/\" or remove keep_path");
    }
    let recipient = given(&entry.recipient, |written| pages::line(written, at, desk));
    let purpose = given(&entry.purpose, |written| purpose(written, at, desk));
    let vendor = given(&entry.vendor, |written| vendor(written, at, desk));
    let leads = upstream::upstreams(entry, vendor.flatten(), desk);
    let policy = policy(entry.policy.as_ref(), at, desk);
    let own_site = given(&entry.site, |written| place::host(written, at, desk));
    let site_origins: Vec<Option<String>> =
        entry.site_origins.iter().map(|written| place::origin(written, at, desk)).collect();
    let body_limit = limits::body(at, entry.body.as_ref(), bounds.body, desk);
    let collision = pseudonyms::collision(entry.collision.as_ref(), at, desk);
    let actions = entry.actions.as_ref().map(|entry| rules::actions(entry, desk)).unwrap_or_default();
    let treated = policy.zip(vendor).and_then(|(policy, vendor)| treated(policy, vendor.is_some(), &actions));
    let rules = rules::rules(&entry.rules, treated.as_ref(), desk);
    let heeded = choice::choice(&entry.choice, shared.choice, at, desk);
    let consent = given(&entry.require_consent, |entry| choice::consent(entry, desk));

    let (host, path, vendor, own_site) = (host?, path?, vendor?, own_site?);
    let site_origins = site_origins.into_iter().collect::<Option<Vec<_>>>()?;
    let undecodable = entry.undecodable.as_ref().map_or(Undecodable::Refuse, |written| written.value);
    let files = entry.files.as_ref().map_or(Files::Refuse, |written| written.value);
    let (policy, depth) = (policy?, bounds.depth);
    let rare = limits::rare(entry, policy, desk);
    let observe = limits::observe(entry, desk);
    let limit = entry.limit.as_ref().map(|entry| limits::route(entry, desk)).unwrap_or_default();
    let country = desk.country.clone();
    let choice = Choice {
        policy,
        vendor,
        rules,
        actions,
        country,
        undecodable,
        files,
        depth,
        body_limit,
        site_origins,
    };
    notes::of_route(entry, &choice, desk);
    let (name, policy_name, site_origins) = (name?, policy.into(), choice.site_origins.clone());
    let (consent, activate_on_click) =
        (consent?, entry.activate_on_click.as_ref().is_some_and(|flag| flag.value));
    let strict = heeded.may_pass_strictly().then(|| choice.strictly());
    let compile = |choice: Choice<'_>| {
        let withheld_cookies = consent.iter().flat_map(Consent::cookies).cloned().collect();
        Some(Policy::compile(PolicyParts { withheld_cookies, ..choice.parts()? }))
    };
    let strict_policy = strict.map(compile);
    let site = own_site.or_else(|| site_of(host.as_deref(), site, &site_origins, at, desk));
    let Leads { upstream, spread, places } = leads?;
    let title = vendor.map(|vendor| vendor.title.as_str());
    let recipient = recipient?.unwrap_or_else(|| title.unwrap_or(upstream.authority.host()).to_owned());
    let route = Route {
        site: site.map_or_else(|| Arc::clone(&name), Into::into),
        collision: collision.or(shared.collision).settled(choice.policy, at, desk),
        name,
        recipient: recipient.into(),
        purpose: purpose?.or_else(|| Purpose::parse(&vendor?.purpose)).unwrap_or_default(),
        host,
        path,
        keep_path: entry.keep_path.as_ref().is_some_and(|keep| keep.value),
        upstream,
        spread,
        places: places.into(),
        mounts: [].into(),
        names: Arc::default(),
        vendor: vendor.map(|vendor| vendor.name.as_str().into()),
        policy_name,
        policy: compile(choice)?,
        choice: heeded,
        strict: None,
        consent,
        activate_on_click,
        rare,
        observe,
        limit,
        body_limit,
        site_origins,
    };
    Some(match strict_policy {
        Some(policy) => Route { strict: Some(Arc::new(strictly(&route, policy?))), ..route },
        None => route,
    })
}

/// The same route for who said no, of whom nothing is observed.
fn strictly(route: &Route, policy: Policy) -> Route {
    Route { policy_name: POLICY.into(), policy, observe: None, ..route.clone() }
}

/// The site of a route that does not name it: that of all routes if its host lies within, else the site its pages
/// stand on, else its host.
fn site_of(
    host: Option<&str>,
    shared: Option<&str>,
    origins: &[String],
    place: &str,
    desk: &Desk<'_>,
) -> Option<String> {
    let shared = shared.filter(|site| host.is_none_or(|host| place::is_within(host, site)));
    let site = shared.or_else(|| origins.first().and_then(|origin| place::host_of(origin))).or(host);
    if site.is_none() {
        let note =
            "no site, host or site_origins: one visitor has one stand-in on all sites that come in here";
        desk.findings.note(place, note);
    }
    site.map(str::to_owned)
}

fn name(entry: &RouteEntry, desk: &Desk<'_>) -> Option<Arc<str>> {
    let Some(Written { value, line }) = &entry.name else {
        desk.findings.missing(entry.line, &entry.place, &["name"], "write name = \"analytics\"");
        return None;
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if value.is_empty() || value.len() > 64 || !value.bytes().all(fits) {
        let what = "the name is empty, too long or has other signs";
        desk.findings.tell(*line, &entry.place, what, "use up to 64 letters, digits, - _ and .");
    }
    Some(value.as_str().into())
}

fn vendor(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<&'static Vendor> {
    let vendor = vendors::find(&written.value);
    if vendor.is_none() {
        let what = format!("unknown vendor {}", quote(&written.value));
        let known = either(&vendors::names());
        let instead = format!("use {known}, or leave the key out");
        desk.findings.tell(written.line, place, what, instead);
    }
    vendor
}

/// One of the words that are spoken in every language, or the operator's own.
fn purpose(written: &Written<PurposeEntry>, place: &str, desk: &Desk<'_>) -> Option<Purpose> {
    match &written.value {
        PurposeEntry::Wrong => None,
        PurposeEntry::Word(word) => {
            let purpose = Purpose::parse(word);
            if purpose.is_none() {
                let known = either(&Purpose::WORDS);
                let instead = format!("use {known}, or {{ en = \"…\", de = \"…\" }} for words of your own");
                desk.findings.tell(written.line, place, format!("unknown purpose {}", quote(word)), instead);
            }
            purpose
        }
        PurposeEntry::Own(own) => {
            if own.is_empty() {
                desk.findings.tell(written.line, place, "purpose says nothing", "write { en = \"…\" }");
            }
            let read = |(tag, text): &(String, Written<String>)| {
                if !texts::is_tag(tag) {
                    let what = format!("purpose in {}, which is no language", quote(tag));
                    desk.findings.tell(text.line, place, what, "write a tag such as de or pt-br");
                }
                Some((tag.to_ascii_lowercase(), pages::line(text, place, desk)?))
            };
            Some(Purpose::Own(own.iter().map(read).collect::<Option<_>>()?))
        }
    }
}

fn policy<'a>(written: Option<&'a Written<String>>, place: &str, desk: &Desk<'_>) -> Option<&'a str> {
    let Some(Written { value, line }) = written else { return Some(POLICY) };
    let names = POLICIES.map(|(name, _)| name);
    if names.contains(&value.as_str()) {
        return Some(value);
    }
    let instead = match nearest(value, names) {
        Some(name) => format!("did you mean {}?", quote(name)),
        None => format!("use {}", either(&names)),
    };
    desk.findings.tell(*line, place, format!("unknown policy {}", quote(value)), instead);
    None
}
