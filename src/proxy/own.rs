//! Requests for privet itself: its pages and well-known files, on every route's host.
//!
//! Knows where they stand; does not know what they say. Invariant: a path that is privet's own reaches no vendor.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Response};
use http_body::Body;

use super::error::Failure;
use super::pages::Asked;
use super::router::{self, Unroutable};
use super::shared::Shared;
use super::{ResponseBody, body, choice, cors, hop, pages};
use crate::config::{Route, Settings};

/// Below a host and below each route's path.
const PAGES: &str = ".privet";
const GPC: &str = "/.well-known/gpc.json";
const TRACKING_STATUS: &str = "/.well-known/dnt/";

/// More than any form of privet's own has.
const LARGEST_BODY: usize = 4096;
const METHODS: [Method; 4] = [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS];

/// A request for something of privet's own.
#[derive(Clone, Debug)]
pub struct Own {
    pub thing: Thing,
    /// All routes of the request's host; the one below whose path the page was asked for comes first.
    pub routes: Vec<Arc<Route>>,
    /// Lower case, without port; empty where HTTP/1.0 names none.
    pub host: String,
    /// Whether the visitor came over TLS.
    pub secure: bool,
    /// Where privet's pages begin here: `/.privet/`, or `/stats/.privet/`.
    pub base: String,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// The page of this name below [`Own::base`]: `privacy`, `opt-out`, `choice`.
    Page(String),
    /// `/.well-known/gpc.json`
    Gpc,
    /// `/.well-known/dnt/`
    TrackingStatus,
}

/// Whether a request is for privet itself. One that leads nowhere is for the router to turn away.
pub fn find(routes: &[Arc<Route>], head: &Parts, secure: bool) -> Option<Own> {
    let may_be_own = |path: &str| path.contains("/.privet") || path.starts_with("/.well-known/");
    if !may_be_own(head.uri.path()) {
        return None;
    }
    let path = router::path(&head.uri).ok()?;
    let host = router::host(head).ok()?;
    if router::is_misdirected(routes, head) {
        return None;
    }
    let mut routes: Vec<Arc<Route>> =
        routes.iter().filter(|route| router::is_for(route, host.as_deref())).cloned().collect();
    let below = |route: &Route| {
        let place = route.path.as_deref().unwrap_or("/");
        let rest = path.strip_prefix(place)?.strip_prefix(PAGES)?;
        let page = if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }?;
        Some((place.len(), format!("{place}{PAGES}/"), page.to_owned()))
    };
    let page_at_root = || {
        let rest = path.strip_prefix("/.privet")?;
        let page = if rest.is_empty() { Some("") } else { rest.strip_prefix('/') }?;
        Some((1, "/.privet/".to_owned(), page.to_owned()))
    };
    let here = routes.iter().filter_map(|route| below(route)).max().or_else(page_at_root);
    let (base, thing) = match here {
        Some((_, base, page)) => (base, Thing::Page(page)),
        None if path == GPC => ("/.privet/".to_owned(), Thing::Gpc),
        None if path.starts_with(TRACKING_STATUS) => ("/.privet/".to_owned(), Thing::TrackingStatus),
        None => return None,
    };
    if routes.is_empty() {
        return None;
    }
    let place = base.trim_end_matches(".privet/").to_owned();
    let is_elsewhere = |route: &Arc<Route>| route.path.as_deref().unwrap_or("/") != place;
    routes.sort_by_key(|route| (is_elsewhere(route), route.host.is_none()));
    Some(Own { thing, routes, host: host.unwrap_or_default().into_owned(), secure, base })
}

impl Own {
    /// The site that a choice made here is for.
    pub fn site(&self) -> &str {
        self.routes.first().map_or("", |route| &route.site)
    }

    /// The sites of all routes here: their pages may read and choose.
    pub fn site_origins(&self) -> impl Iterator<Item = &str> {
        self.routes.iter().flat_map(|route| &route.site_origins).map(String::as_str)
    }

    /// Who may read an answer across origins; nobody where no site is named.
    pub fn readers(&self) -> Option<Vec<String>> {
        let sites: Vec<String> = self.site_origins().map(str::to_owned).collect();
        (!sites.is_empty()).then_some(sites)
    }
}

/// Answers by itself, to a visitor at this address.
pub async fn answer<B>(
    own: &Own,
    head: &Parts,
    body: B,
    settings: &Settings,
    Shared { keys, crowds, room, .. }: &Shared,
    address: IpAddr,
) -> Result<Response<ResponseBody>, Failure>
where
    B: Body<Data = Bytes> + Send + Unpin,
{
    hop::accept(head)?;
    if !METHODS.contains(&head.method) {
        return Err(Unroutable::Method.into());
    }
    if let Some(answer) = cors::preflight(head) {
        return Ok(answer);
    }
    let body = body::gather(body, LARGEST_BODY, settings.limits.body_read, &mut room.hold()).await?;
    match &own.thing {
        Thing::Gpc => Ok(choice::gpc(own)),
        Thing::TrackingStatus => Ok(choice::status(own, &head.headers)),
        Thing::Page(page) if page == "choice" => Ok(choice::state(own, head, &body)),
        Thing::Page(page) => {
            let (pages, geo, epoch) = (&settings.pages, settings.geo.as_ref(), settings.pseudonyms.epoch);
            Ok(pages::answer(&Asked { head, own, page, pages, address, geo, keys, crowds, epoch }, &body))
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::proxy::shared::tests::route;
    use http::Request;

    fn asked(host: &str, path: &str) -> Option<(Thing, String, Vec<String>)> {
        let at = |name, host: Option<&str>, path: Option<&str>| {
            let (host, path) = (host.map(str::to_owned), path.map(str::to_owned));
            Arc::new(Route { host, path, ..route(name, "http://127.0.0.1:1") })
        };
        let routes = [
            at("site", Some("a.example"), None),
            at("stats", Some("a.example"), Some("/stats/")),
            at("other", Some("b.example"), Some("/b/")),
        ];
        let head = Request::get(path).header("host", host).body(()).unwrap().into_parts().0;
        let names = |own: &Own| own.routes.iter().map(|route| route.name.to_string()).collect();
        find(&routes, &head, true).map(|own| (own.thing.clone(), own.base.clone(), names(&own)))
    }

    #[test]
    fn a_page_stands_below_the_host_and_below_each_routes_path() {
        for (host, path, page, base, first) in [
            ("a.example", "/.privet/privacy", "privacy", "/.privet/", "site"),
            ("A.example:8443", "/.privet/opt-out?x=1", "opt-out", "/.privet/", "site"),
            ("a.example", "/stats/.privet/choice", "choice", "/stats/.privet/", "stats"),
            ("a.example", "/.privet", "", "/.privet/", "site"),
            ("b.example", "/.privet/a/b", "a/b", "/.privet/", "other"),
            ("b.example", "/b/.privet/", "", "/b/.privet/", "other"),
        ] {
            let (thing, found, routes) = asked(host, path).unwrap();
            assert_eq!((thing, found.as_str()), (Thing::Page(page.to_owned()), base), "{path}");
            assert_eq!(routes[0], first, "{path}");
        }
        assert_eq!(asked("a.example", "/.privet/").unwrap().2, ["site", "stats"]);
        assert_eq!(asked("a.example", "/.well-known/gpc.json").unwrap().0, Thing::Gpc);
        assert_eq!(asked("a.example", "/.well-known/dnt/").unwrap().0, Thing::TrackingStatus);
    }

    #[test]
    fn what_only_looks_like_a_page_belongs_to_the_routes() {
        for path in
            ["/", "/.privetx", "/x/.privet/privacy", "/stats/x/.privet/", "/.well-known/x", "/?/.privet/"]
        {
            assert_eq!(asked("a.example", path), None, "{path}");
        }
        assert_eq!(asked("c.example", "/.privet/"), None);
    }
}
