//! One vendor's backend, and what may reach it.
//!
//! Does not compile a policy's rules itself. Invariant: every request that privet could get belongs to at most
//! one route, and every route has a way to be reached.

use std::sync::Arc;

use super::super::file::{ChoiceEntry, ObserveEntry, PurposeEntry, RouteEntry};
use super::super::pages::Purpose;
use super::super::parts::{Choice, treated};
use super::super::section::Written;
use super::super::settings::Route;
use super::super::upstream::Upstream;
use super::super::vendors::{self, Vendor};
use super::super::words::{either, nearest, quote};
use super::limits::{self, Bounds};
use super::pseudonyms::{self, Collides};
use super::upstream::Leads;
use super::{Desk, choice, distinct, given, pages, place, rules, texts, upstream};
use crate::privacy::choice::Consent;
use crate::privacy::policies::POLICIES;
use crate::privacy::surface::response::Names;
use crate::privacy::{
    Action, Category, Files, Mount, Name, Policy, PolicyParts, Selector, Sources, Undecodable,
};

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
    notes(entry, &choice, desk);
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

/// Routes that know where visitors find what the vendor's answers name.
pub fn mounted(routes: Vec<Route>) -> Vec<Arc<Route>> {
    let own: Vec<Vec<Mount>> = routes.iter().map(own_mounts).collect();
    let complete = |(index, route): (usize, Route)| {
        let others = own.iter().enumerate().filter(|(other, _)| *other != index);
        let others = others.flat_map(|(_, mounts)| mounts);
        let vendor = route.vendor.as_deref().and_then(vendors::find);
        let hosts = vendor.into_iter().flat_map(|vendor| &vendor.hosts.browser);
        // Better a request that finds nothing here than one that finds the vendor.
        let stand_in = |host: &String| {
            Some(Mount {
                upstream: host.parse().ok()?,
                base_path: String::new(),
                ..own[index].first()?.clone()
            })
        };
        let mounts = own[index].iter().chain(others).cloned().chain(hosts.filter_map(stand_in));
        let mounts: Arc<[Mount]> = mounts.collect();
        let patches = vendor.map(Vendor::patches).unwrap_or_default();
        let names = Arc::new(Names::new(Arc::clone(&mounts), patches));
        let sources = Sources::new(&own[index], &route.site_origins);
        let strictly = |strict: Arc<Route>| {
            let (mounts, names) = (Arc::clone(&mounts), Arc::clone(&names));
            let policy = strict.policy.clone().from(sources.clone());
            Arc::new(Route { mounts, names, policy, ..Arc::unwrap_or_clone(strict) })
        };
        let strict = route.strict.clone().map(strictly);
        let policy = route.policy.clone().from(sources);
        Arc::new(Route { mounts, names, policy, strict, ..route })
    };
    routes.into_iter().enumerate().map(complete).collect()
}

fn own_mounts(route: &Route) -> Vec<Mount> {
    let root = route.path.as_deref().unwrap_or("/");
    let mount = |upstream: Upstream, place: String| Mount {
        upstream: upstream.authority,
        base_path: upstream.base_path,
        host: route.host.clone(),
        place,
        keep_path: route.keep_path,
    };
    let roots = route.upstreams().map(|upstream| mount(upstream, root.to_owned()));
    let further = route.places.iter().map(|place| mount(place.upstream.clone(), place.below(root)));
    roots.chain(further).collect()
}

/// Tells routes of one name, and routes that want the same requests.
pub fn each_alone(entries: &[RouteEntry], routes: &[Option<Route>], desk: &Desk<'_>) {
    let names = entries.iter().map(|entry| entry.name.as_ref().map(|name| &name.value));
    distinct(names, |_, second| {
        let entry = &entries[second];
        let line = entry.name.as_ref().map_or(entry.line, |name| name.line);
        desk.findings.tell(
            line,
            &entry.place,
            "there is a route of this name already",
            "choose another name",
        );
    });
    let places = routes.iter().map(|route| {
        let route = route.as_ref()?;
        Some((route.host.as_deref(), route.path.as_deref().unwrap_or("/")))
    });
    distinct(places, |first, second| {
        let entry = &entries[second];
        let what = format!("{} has the same host and path", entries[first].place);
        desk.findings.tell(entry.line, &entry.place, what, "give one of them another host or path");
    });
    each_place_alone(entries, routes, desk);
    for named in routes.iter().flatten().filter(|route| route.host.is_some()) {
        for open in routes.iter().flatten().filter(|route| route.host.is_none()) {
            let [ours, theirs] = [named, open].map(|route| route.path.as_deref().unwrap_or("/"));
            if ours.starts_with(theirs) || theirs.starts_with(ours) {
                let text = format!(
                    "shares paths with route {}, which names no host; the named host wins",
                    quote(&open.name)
                );
                desk.findings.note(&format!("route {}", quote(&named.name)), &text);
            }
        }
    }
}

/// Tells routes whose paths lie among the places of another's vendor.
fn each_place_alone(entries: &[RouteEntry], routes: &[Option<Route>], desk: &Desk<'_>) {
    let path = |route: &Route| route.path.clone().unwrap_or_else(|| "/".to_owned());
    for (mounted, first) in routes.iter().zip(entries) {
        let Some(mounted) = mounted else { continue };
        for (other, entry) in routes.iter().zip(entries) {
            let Some(other) = other.as_ref().filter(|other| other.host == mounted.host) else { continue };
            let (ours, theirs) = (path(mounted), path(other));
            let meets = |place: &str| place.starts_with(&theirs) || theirs.starts_with(place);
            // A shorter path than the route's own is asked after it.
            if theirs.len() > ours.len() && mounted.places.iter().any(|place| meets(&place.fixed_part(&ours)))
            {
                let what =
                    format!("path {} lies where {} serves its vendor's hosts", quote(&theirs), first.place);
                desk.findings.tell(entry.line, &entry.place, what, "choose another path");
            }
        }
    }
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

fn notes(entry: &RouteEntry, choice: &Choice<'_>, desk: &Desk<'_>) {
    let note = |text: &str| desk.findings.note(&entry.place, text);
    if choice.vendor.is_none() {
        note("no vendor, so only the general names and the detectors know what a value is");
    }
    if choice.treated().is_some_and(|actions| actions.of(Category::Unmapped) == &Action::Keep) {
        note("unmapped is keep: query parameters, form fields and JSON members that no rule names pass");
    }
    if choice.undecodable == Undecodable::Keep {
        note("undecodable is keep: a body that cannot be read leaves as it came, a hole in the hedge");
    }
    if choice.files == Files::Keep {
        note(
            "files is keep: an uploaded file that is no text and no known image leaves unread, a hole in the hedge",
        );
    }
    if matches!(entry.observe, Some(ObserveEntry::Flag(true) | ObserveEntry::Told { .. })) {
        note(
            "observe is on: names and kinds of what visitors send are kept in memory and told to the admin; turn it off \
             once the rules are written",
        );
    }
    if (entry.require_consent.is_some() || entry.activate_on_click.is_some())
        && !shares_an_origin(entry, choice)
    {
        note(
            "the route's host is none of site_origins: scripts of the page must send their requests with \
             credentials, or no cookie says that they may pass; a path on the site's own host needs nothing",
        );
    }
    let kept = choice.vendor.into_iter().flat_map(|vendor| &vendor.kept_cookies);
    let kept: Vec<Name> = kept.filter_map(|name| name.parse().ok()).collect();
    for rule in choice.rules.iter().filter(|rule| rule.max_age.is_some()) {
        if let Selector::SetCookie(name) = &rule.selector
            && kept.iter().any(|kept| kept.matches(name.stem.as_bytes()))
        {
            note(&format!(
                "max_age does not hold for {}: in it the vendor remembers a visitor's own choice",
                quote(&name.to_string())
            ));
        }
    }
    if choice.site_origins.is_empty() {
        note("no site_origins: pages of any site can use the route, without cookies");
    }
}

/// Whether the site's pages and the route are one origin, as far as the settings tell.
fn shares_an_origin(entry: &RouteEntry, choice: &Choice<'_>) -> bool {
    let hosts: Vec<&str> = choice.site_origins.iter().filter_map(|origin| place::host_of(origin)).collect();
    entry.host.as_ref().is_none_or(|host| hosts.iter().any(|site| site.eq_ignore_ascii_case(&host.value)))
}
