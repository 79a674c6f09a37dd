//! Host and path → route.
//!
//! Knows how a request says where it goes, in every version of HTTP; does not know what a route does.
//! Invariants: a request that names its host in two ways, or a path that two readers could walk to two places,
//! finds no route; the bytes of a path that passes are the visitor's own.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::HOST;
use http::request::Parts;
use http::uri::Scheme;
use http::{Method, Uri, Version};

use super::Called;
use crate::config::{Route, Spot};
use crate::privacy::is_shard;

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

/// Why a request leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unroutable {
    #[error("method not supported")]
    Method,
    #[error("host is missing, malformed or said in two ways")]
    Host,
    #[error("request target is malformed")]
    Target,
    #[error("this connection is for another host")]
    Misdirected,
    #[error("no route for this host")]
    UnknownHost,
    #[error("no route for this path")]
    UnknownPath,
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

/// The host a request is for, as routes spell it. Only HTTP/1.0 may leave it out.
pub fn host(head: &Parts) -> Result<Option<Cow<'_, str>>, Unroutable> {
    let mut lines = head.headers.get_all(HOST).iter();
    let line = lines
        .next()
        .map(|line| line.to_str().ok().and_then(authority).ok_or(Unroutable::Host))
        .transpose()?;
    let in_target =
        head.uri.authority().map(|text| authority(text.as_str()).ok_or(Unroutable::Host)).transpose()?;
    if lines.next().is_some() || (head.version == Version::HTTP_11 && line.is_none()) {
        return Err(Unroutable::Host);
    }
    match (line, in_target) {
        (Some(line), Some(target)) if !agree(&line, &target) => Err(Unroutable::Host),
        (Some((host, _)), _) | (None, Some((host, _))) => Ok(Some(host)),
        (None, None) if head.version == Version::HTTP_10 => Ok(None),
        (None, None) => Err(Unroutable::Host),
    }
}

/// The host and port a request is for, lower case, as an origin has them.
pub fn authority_of(head: &Parts) -> Option<String> {
    let said = head.headers.get(HOST).and_then(|line| line.to_str().ok());
    said.or(head.uri.authority().map(|authority| authority.as_str())).map(str::to_ascii_lowercase)
}

/// A host, lower case and without final dot, and a port. No userinfo, no spaces, nothing clever.
fn authority(text: &str) -> Option<(Cow<'_, str>, Option<u16>)> {
    let end_of_host = if text.starts_with('[') {
        text.find(']')? + 1
    } else {
        memchr::memchr(b':', text.as_bytes()).unwrap_or(text.len())
    };
    let (host, port) = text.split_at(end_of_host);
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        Some("") => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
        _ => return None,
    };
    let valid = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')),
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    // Browsers say it in lower case.
    let lower_case = match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    };
    (valid && !name.is_empty() && !name.starts_with('.')).then_some((lower_case, port))
}

fn agree(one: &(Cow<'_, str>, Option<u16>), other: &(Cow<'_, str>, Option<u16>)) -> bool {
    one.0 == other.0 && (one.1 == other.1 || one.1.is_none() || other.1.is_none())
}

/// The path, if every reader walks it to the same place.
///
/// hyper has dropped a fragment and refused control characters and spaces before.
pub fn path(uri: &Uri) -> Result<&str, Unroutable> {
    let known_scheme = uri.scheme().is_none_or(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS);
    let path = uri.path();
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#');
    // An authority alone (`GET host:443`) has no path of its own.
    let has_path = path.starts_with('/') && (uri.scheme().is_some() || uri.authority().is_none());
    if known_scheme && has_path && plain && !has_dot_segment(path) {
        Ok(path)
    } else {
        Err(Unroutable::Target)
    }
}

/// Whether some reader would find a `.` or `..` segment: percent-encoded, between encoded slashes, or before
/// a `;`. Browsers resolve these before they send, so nobody misses them.
fn has_dot_segment(path: &str) -> bool {
    if memchr::memchr2(b'.', b'%', path.as_bytes()).is_none() {
        return false;
    }
    let decoded = path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    decoded
        .replace("%3b", ";")
        .split('/')
        .any(|segment| matches!(segment.split(';').next(), Some("." | "..")))
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::Place;
    use crate::proxy::shared::tests::route;
    use http::Request;

    fn routes() -> Vec<Arc<Route>> {
        let at = |name, host: Option<&str>, path: Option<&str>, keep| {
            Arc::new(Route {
                host: host.map(str::to_owned),
                path: path.map(str::to_owned),
                keep_path: keep,
                ..route(name, "http://127.0.0.1:1")
            })
        };
        let upstream = || route("v", "https://vendor.example").upstream;
        let place = |at: &str| Place { at: at.to_owned(), upstream: upstream() };
        let places = ["/_p/assets/", "/_p/", "/_p/shard/*/"].map(place).into();
        let mounted = at("mounted", Some("m.example"), Some("/m/"), false);
        vec![
            Arc::new(Route { places, ..Arc::unwrap_or_clone(mounted) }),
            at("site", Some("a.example"), None, false),
            at("stats", Some("a.example"), Some("/stats/"), false),
            at("deep", Some("a.example"), Some("/stats/deep/"), false),
            at("kept", Some("a.example"), Some("/kept/"), true),
            at("only", Some("b.example"), Some("/b/"), false),
        ]
    }

    fn told(version: Version, uri: &str, hosts: &[&str]) -> Result<(String, String), Unroutable> {
        let mut request = Request::builder().version(version).uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let found = find(&routes(), &request.body(()).unwrap().into_parts().0)?;
        let spot = match found.spot {
            Spot::Root => String::new(),
            Spot::Further { number, captured } => {
                format!(" {number} {}", captured.unwrap_or_default()).trim_end().to_owned()
            }
        };
        Ok((format!("{}{spot}", found.route.name), found.target.to_string()))
    }

    fn at(uri: &str) -> Result<(String, String), Unroutable> {
        told(Version::HTTP_11, uri, &["a.example"])
    }

    fn leads(route: &str, target: &str) -> Result<(String, String), Unroutable> {
        Ok((route.to_owned(), target.to_owned()))
    }

    #[test]
    fn the_longest_path_of_whole_segments_wins() {
        for (uri, route, target) in [
            ("/", "site", "/"),
            ("/x?y=%41", "site", "/x?y=%41"),
            ("/stats", "stats", "/"),
            ("/stats?a", "stats", "/?a"),
            ("/stats/", "stats", "/"),
            ("/stats/x%20y", "stats", "/x%20y"),
            ("/stats/deep/x", "deep", "/x"),
            ("/statsx", "site", "/statsx"),
            ("/stats//x", "stats", "//x"),
            ("//x/y", "site", "//x/y"),
            ("/kept/x", "kept", "/kept/x"),
        ] {
            assert_eq!(at(uri), leads(route, target), "{uri}");
        }
    }

    #[test]
    fn the_longest_place_below_the_route_wins_and_is_stripped() {
        for (uri, route, target) in [
            ("/m/", "mounted", "/"),
            ("/m/_pa", "mounted", "/_pa"),
            ("/m/_p/assets/a//b?c", "mounted 0", "/a//b?c"),
            ("/m/_p/assets", "mounted 0", "/"),
            ("/m/_p/assets?a=/_p/", "mounted 0", "/?a=/_p/"),
            ("/m/_p/assetsx", "mounted 1", "/assetsx"),
            ("/m/_p/shard/k-1/x", "mounted 2 k-1", "/x"),
            ("/m/_p/shard/k", "mounted 2 k", "/"),
            ("/m/_p/shard/k//x", "mounted 2 k", "//x"),
            ("/m/x/_p/assets/", "mounted", "/x/_p/assets/"),
        ] {
            assert_eq!(told(Version::HTTP_11, uri, &["m.example"]), leads(route, target), "{uri}");
        }
        for uri in [
            "/m/_p/shard/",
            "/m/_p/shard/K/x",
            "/m/_p/shard/a.b/",
            "/m/_p/shard/a%2eb/",
            "/m/_p/shard/*/",
            "/m/_p/shard/u-10482/",
        ] {
            let told = told(Version::HTTP_11, uri, &["m.example"]);
            assert_eq!(told, Err(Unroutable::UnknownPath), "{uri}");
        }
    }

    #[test]
    fn a_host_is_compared_without_case_port_and_final_dot() {
        for host in ["a.example", "A.EXAMPLE", "a.example:8443", "a.example.", "a.example.:1", "a.example:"] {
            assert_eq!(told(Version::HTTP_11, "/", &[host]), leads("site", "/"), "{host}");
        }
    }

    #[test]
    fn a_host_that_is_missing_malformed_or_doubled_leads_nowhere() {
        for hosts in [
            &[][..],
            &[""],
            &["a.example", "a.example"],
            &["a.example:x"],
            &["a.example:99999"],
            &["a.example@c.example"],
            &["a.example/x"],
            &["a.example, c.example"],
            &["[::1"],
            &["[a.example]"],
            &[".a.example"],
        ] {
            assert_eq!(told(Version::HTTP_11, "/", hosts), Err(Unroutable::Host), "{hosts:?}");
        }
        assert_eq!(told(Version::HTTP_2, "/", &[]), Err(Unroutable::Host));
        assert_eq!(told(Version::HTTP_10, "/", &[]), Err(Unroutable::UnknownHost));
    }

    #[test]
    fn a_target_and_a_host_header_must_agree() {
        let h2 = |uri, hosts: &[&str]| told(Version::HTTP_2, uri, hosts);
        assert_eq!(h2("https://a.example/x", &[]), leads("site", "/x"));
        assert_eq!(h2("https://a.example:8443/x", &["A.example:8443"]), leads("site", "/x"));
        assert_eq!(h2("https://a.example/x", &["b.example"]), Err(Unroutable::Host));
        assert_eq!(h2("https://a.example:1/x", &["a.example:2"]), Err(Unroutable::Host));
        assert_eq!(h2("https://u:p@a.example/x", &[]), Err(Unroutable::Host));
        assert_eq!(told(Version::HTTP_11, "http://a.example/x", &[]), Err(Unroutable::Host));
        assert_eq!(told(Version::HTTP_11, "http://a.example/x", &["a.example"]), leads("site", "/x"));
        assert_eq!(told(Version::HTTP_11, "ftp://a.example/x", &["a.example"]), Err(Unroutable::Target));
        assert_eq!(told(Version::HTTP_11, "a.example:443", &["a.example"]), Err(Unroutable::Target));
        assert_eq!(told(Version::HTTP_11, "*", &["a.example"]), Err(Unroutable::Target));
    }

    #[test]
    fn a_path_two_readers_could_walk_to_two_places_leads_nowhere() {
        for uri in [
            "/stats/../x",
            "/stats/..",
            "/./x",
            "/stats/%2e%2e/x",
            "/stats/.%2E/x",
            "/stats/..%2fx",
            "/stats/x%2f..%5cy",
            "/stats/..;a=b/x",
            "/stats/..%3ba/x",
            "/a\\b",
            "/\u{e9}",
        ] {
            assert_eq!(at(uri), Err(Unroutable::Target), "{uri}");
        }
        for uri in [
            "/stats/a..b",
            "/stats/...",
            "/stats/.well-known",
            "/stats/a%2fb",
            "/stats/%252e%252e/x",
            "/?/../x",
        ] {
            assert!(at(uri).is_ok(), "{uri}");
        }
    }

    #[test]
    fn an_unknown_host_is_told_from_an_unknown_path() {
        assert_eq!(told(Version::HTTP_11, "/", &["c.example"]), Err(Unroutable::UnknownHost));
        assert_eq!(told(Version::HTTP_11, "/c", &["b.example"]), Err(Unroutable::UnknownPath));
    }
}
