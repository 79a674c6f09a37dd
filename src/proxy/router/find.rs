//! A request's route, and its target on the route's upstream.
//!
//! Knows routes and their places; does not know how a request says where it goes, nor what a route does. Invariant:
//! what leads to a place is stripped whole, and the bytes of a path that are left are the visitor's own.

use std::sync::Arc;

use http::request::Parts;
use http::{Method, Uri};

use super::said::{host, path};
use super::unroutable::Unroutable;
use crate::config::{Route, Spot};
use crate::privacy::is_shard;
use crate::proxy::Called;

/// Methods that vendors use. Another could be any word a visitor's script likes, and would leave as it is.
static METHODS: [Method; 7] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];

/// A route, and the target on its upstream's side.
#[derive(Debug)]
pub struct Found {
    /// Its place among the settings' routes, also of the strict one in its stead.
    pub number: usize,
    pub route: Arc<Route>,
    /// Which of the vendor's hosts.
    pub spot: Spot,
    /// Path and query, what leads to the place stripped unless it is kept.
    pub target: Uri,
}

/// The route of a request: its host's before one for any host, and the longest path first.
pub fn find(routes: &[Arc<Route>], head: &Parts) -> Result<Box<Found>, Unroutable> {
    if !METHODS.contains(&head.method) {
        return Err(Unroutable::Method);
    }
    let host = host(head)?;
    let path = path(&head.uri)?;
    if is_misdirected(routes, head) {
        return Err(Unroutable::Misdirected);
    }
    match at(routes, host.as_deref(), path) {
        Some((number, route)) => {
            let (spot, target) = target(route, &head.uri)?;
            // Boxed: handed on from step to step.
            Ok(Box::new(Found { number, route: Arc::clone(route), spot, target }))
        }
        None if !routes.iter().any(|route| is_for(route, host.as_deref())) => Err(Unroutable::UnknownHost),
        None => Err(Unroutable::UnknownPath),
    }
}

/// Whether a request is for another route than the name its connection was opened by (RFC 9110 §15.5.20).
pub fn is_misdirected(routes: &[Arc<Route>], head: &Parts) -> bool {
    let Some(Called(name)) = head.extensions.get() else { return false };
    let (Ok(host), Ok(path)) = (host(head), path(&head.uri)) else { return true };
    let [asked, called] =
        [host.as_deref(), Some(&**name)].map(|host| at(routes, host, path).map(|(number, _)| number));
    asked != called
}

/// The route at a host's path, and its number.
fn at<'r>(routes: &'r [Arc<Route>], host: Option<&str>, path: &str) -> Option<(usize, &'r Arc<Route>)> {
    let here = |route: &Route| route.path.as_ref().is_none_or(|prefix| inside(path, prefix));
    let precedence = |route: &Route| (route.host.is_some(), route.path.as_ref().map_or(0, String::len));
    let found = routes.iter().enumerate().filter(|(_, route)| is_for(route, host) && here(route));
    found.max_by_key(|(_, route)| precedence(route))
}

/// The place of one route, and the target there, whatever host the request is for.
pub fn target_on(route: &Route, head: &Parts) -> Result<(Spot, Uri), Unroutable> {
    let path = path(&head.uri)?;
    match &route.path {
        Some(prefix) if !inside(path, prefix) => Err(Unroutable::UnknownPath),
        _ => target(route, &head.uri),
    }
}

/// Whether a route serves a host.
pub fn is_for(route: &Route, host: Option<&str>) -> bool {
    route.host.as_deref().is_none_or(|wanted| Some(wanted) == host)
}

/// Whether a path is a prefix's own place or below it; the prefix ends with `/`.
fn inside(path: &str, prefix: &str) -> bool {
    path.starts_with(prefix) || Some(path) == prefix.strip_suffix('/')
}

fn target(route: &Route, uri: &Uri) -> Result<(Spot, Uri), Unroutable> {
    let prefix = route.path.as_deref().filter(|_| !route.keep_path).map_or(1, str::len);
    let (spot, beyond) = spot(route, uri.path().get(prefix..).unwrap_or_default())?;
    // Read once already; an authority that is followed by a query has no path to keep.
    let stays = prefix + beyond == 1;
    if let Some(whole) = uri.path_and_query().filter(|whole| stays && whole.as_str().starts_with('/')) {
        return Ok((spot, Uri::from(whole.clone())));
    }
    let path = uri.path().get(prefix + beyond..).unwrap_or_default();
    let target = match uri.query() {
        Some(query) => format!("/{path}?{query}"),
        None => format!("/{path}"),
    };
    // Built from parts: a path that begins with `//` must not be read as an authority.
    let target = Uri::builder().path_and_query(target).build().map_err(|_| Unroutable::Target)?;
    Ok((spot, target))
}

/// Which of a route's places a path below the route's leads to, and how much of it does: the longest.
fn spot(route: &Route, path: &str) -> Result<(Spot, usize), Unroutable> {
    let reached = route.places.iter().enumerate().filter_map(|(number, place)| {
        let (length, captured) = place.reached_by(path)?;
        Some((length, number, captured))
    });
    match reached.max_by_key(|(length, ..)| *length) {
        None => Ok((Spot::Root, 0)),
        // What no host of the vendor's can be called is not for another host of the vendor's.
        Some((_, _, Some(label))) if !is_shard(label) => Err(Unroutable::UnknownPath),
        Some((length, number, captured)) => {
            Ok((Spot::Further { number, captured: captured.map(Box::from) }, length))
        }
    }
}
