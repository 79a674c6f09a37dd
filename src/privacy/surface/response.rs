//! A response's head on its way to the visitor.
//!
//! Knows which headers a browser may be given and in which form; does not know routes, sockets or the clock.
//! Invariant: a header this file does not name does not reach the visitor, so nothing makes the browser tell
//! more (`Accept-CH`, `NEL`, `Report-To`), remember (`ETag`) or talk past the hedge (`Alt-Svc`, `Link`).

mod beginning;
mod content;
mod home;
mod location;
mod mount;
mod pieces;
mod reading;
mod rewrite;
mod security_policy;
mod set_cookie;

use std::mem;
use std::time::Duration;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::response::Parts;
use http::{Extensions, Version};

use crate::privacy::action::Action;

pub use crate::privacy::wrapping::flow::Undoing;
pub use beginning::{begins_like_json, begins_like_lengths};
pub use content::{Manner, scrub as scrub_content, scrub_binary};
pub use home::Home;
pub use mount::{Mount, is_label, is_shard};
pub use pieces::{Cut, Pieces, scrub as scrub_piece};
pub use reading::{Reading, is_said_as_text, is_text};
pub use rewrite::{Changes, Echo, Kind, Names, Origin, Patch, Text};
pub use set_cookie::{Brought, LONGEST_COOKIE, read_date};

/// What passes as it is. Cache validators (`ETag`, `Last-Modified`) are missing on purpose: they come back
/// with every visit and identify like a cookie.
const PASSED: [HeaderName; 17] = [
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_DISPOSITION,
    header::CONTENT_RANGE,
    header::ACCEPT_RANGES,
    header::ALLOW,
    header::CACHE_CONTROL,
    header::EXPIRES,
    header::DATE,
    header::AGE,
    header::VARY,
    header::RETRY_AFTER,
    header::X_CONTENT_TYPE_OPTIONS,
    header::X_FRAME_OPTIONS,
    HeaderName::from_static("cross-origin-resource-policy"),
    header::ACCESS_CONTROL_EXPOSE_HEADERS,
];

/// What belongs to one hop or is written by the connection; no rule lets it pass.
const HOP: [HeaderName; 9] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

/// What a response is read against: the two sides of a route, and the cookies that may pass.
#[derive(Clone, Copy)]
pub struct ResponseScope<'a> {
    pub home: Home<'a>,
    /// Where the answer comes from.
    pub route: &'a Mount,
    /// The same route's upstreams and further places.
    pub beside: &'a [Mount],
    /// Whether the policy lets a cookie of that name pass.
    pub allowed: &'a dyn Fn(&str) -> bool,
    /// How long a cookie of that name may live; none: as long as the vendor says.
    pub longest: &'a dyn Fn(&str) -> Option<Duration>,
    /// What a `response-header:` rule says of a header.
    pub rule: &'a dyn Fn(&str) -> Option<&'a Action>,
    /// The cookies of the request.
    pub brought: &'a Brought,
    /// Seconds since 1970.
    pub now: u64,
}

/// A redirect that leads out of the route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("redirects to a place outside of the route")]
pub struct Elsewhere;

/// Leaves in a response's head what the visitor's browser may know.
///
/// A redirect whose `Location` leads elsewhere is an error, since it would be blank without; on any other
/// status such a `Location` is dropped.
pub fn scrub(parts: &mut Parts, scope: &ResponseScope<'_>) -> Result<(), Elsewhere> {
    let upstreams = mem::take(&mut parts.headers);
    let named = connection_options(&upstreams);
    let mut set = Vec::new();
    for (name, value) in &upstreams {
        let own_hop = named.iter().any(|option| name == option.as_str()) && !describes_body(name);
        let treated = match *name {
            _ if own_hop || HOP.contains(name) => None,
            header::LOCATION => match scope.location(value) {
                None if parts.status.is_redirection() => return Err(Elsewhere),
                location => location,
            },
            header::SET_COOKIE => {
                set.push(value);
                None
            }
            header::CONTENT_SECURITY_POLICY => scope.content_security_policy(value),
            _ => match (scope.rule)(name.as_str()) {
                Some(Action::Keep) => Some(value.clone()),
                Some(Action::Replace(fixed)) => HeaderValue::from_str(fixed).ok(),
                Some(Action::Route) => Some(scope.handed_out(value)),
                // The way back knows no coarser form and no stand-in.
                Some(_) => None,
                None => PASSED.contains(name).then(|| value.clone()),
            },
        };
        if let Some(value) = treated {
            parts.headers.append(name, value);
        }
    }
    for cookie in scope.cookies(&set) {
        parts.headers.append(header::SET_COOKIE, cookie);
    }
    parts.extensions = Extensions::new(); // a reason phrase in the vendor's own words
    parts.version = Version::HTTP_11;
    Ok(())
}

/// The names that `Connection` declares to be of this hop only (RFC 9110 §7.6.1), lower case.
pub fn connection_options(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(header::CONNECTION).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|option| option.trim().to_ascii_lowercase()).collect()
}

/// What a body cannot be read without; no `Connection` header takes it away.
fn describes_body(name: &HeaderName) -> bool {
    *name == header::CONTENT_TYPE || *name == header::CONTENT_ENCODING
}

impl ResponseScope<'_> {
    /// A server of the vendor's that a header names, where the visitor finds it.
    fn handed_out(&self, value: &HeaderValue) -> HeaderValue {
        let place = value.to_str().ok().and_then(|text| self.home.place_of(text));
        place.and_then(|place| place.parse().ok()).unwrap_or_else(|| value.clone())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod tests {
    use super::*;
    use crate::privacy::fixture;
    use http::Response;

    pub fn mount() -> Mount {
        Mount { base_path: "/api".to_owned(), ..fixture::mount("eu.vendor.example", "/stats/") }
    }

    pub fn scope<'a>(mounts: &'a [Mount], brought: &'a Brought) -> ResponseScope<'a> {
        ResponseScope {
            home: Home { authority: "shop.example", secure: true, mounts },
            route: &mounts[0],
            beside: &[],
            allowed: &|name| matches!(name, "ok" | "__Host-ok" | "optout" | "short"),
            longest: &|name| match name {
                "optout" => None,
                "short" => Some(Duration::from_hours(24)),
                _ => Some(LONGEST_COOKIE),
            },
            rule: &|name| match name {
                "x-mine" | "upgrade" => Some(&Action::Keep),
                "x-frame-options" => Some(&Action::Remove),
                "x-server" => Some(&Action::Route),
                _ => None,
            },
            brought,
            now: 1_700_000_000,
        }
    }

    pub fn scrubbed(status: u16, headers: &[(&str, &str)]) -> Result<Vec<(String, String)>, Elsewhere> {
        read(status, headers, &[mount()], &Brought::default())
    }

    /// The same where the browser brought cookies.
    pub fn scrubbed_after(
        brought: &Brought,
        headers: &[(&str, &str)],
    ) -> Result<Vec<(String, String)>, Elsewhere> {
        read(200, headers, &[mount()], brought)
    }

    pub fn scrubbed_at(
        status: u16,
        headers: &[(&str, &str)],
        change: impl FnOnce(&mut Mount),
    ) -> Result<Vec<(String, String)>, Elsewhere> {
        let mut mount = mount();
        change(&mut mount);
        read(status, headers, &[mount], &Brought::default())
    }

    fn read(
        status: u16,
        headers: &[(&str, &str)],
        mounts: &[Mount],
        brought: &Brought,
    ) -> Result<Vec<(String, String)>, Elsewhere> {
        let scope = scope(mounts, brought);
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let (mut parts, ()) = response.body(()).unwrap().into_parts();
        scrub(&mut parts, &scope)?;
        Ok(parts.headers.iter().map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned())).collect())
    }

    #[test]
    fn a_header_nobody_named_does_not_pass() {
        let dropped = [
            "accept-ch",
            "critical-ch",
            "nel",
            "report-to",
            "reporting-endpoints",
            "alt-svc",
            "link",
            "strict-transport-security",
            "clear-site-data",
            "sourcemap",
            "x-sourcemap",
            "refresh",
            "tk",
            "etag",
            "last-modified",
            "content-security-policy-report-only",
            "set-login",
            "server",
            "via",
            "x-powered-by",
            "connection",
            "keep-alive",
            "transfer-encoding",
            "upgrade",
            "proxy-authenticate",
            "content-length",
            "access-control-allow-origin",
            "timing-allow-origin",
            "permissions-policy",
            "server-timing",
            "x-new",
        ];
        for name in dropped {
            assert_eq!(scrubbed(200, &[(name, "x")]), Ok(vec![]), "{name}");
        }
        let kept = scrubbed(200, &[("content-type", "text/css"), ("cache-control", "max-age=60")]).unwrap();
        assert_eq!(kept.len(), 2);
    }

    #[test]
    fn a_rule_decides_of_a_header_but_not_of_the_hop() {
        let headers = [("x-mine", "1"), ("x-frame-options", "deny"), ("upgrade", "h2c")];
        assert_eq!(scrubbed(200, &headers), Ok(vec![("x-mine".into(), "1".into())]));
        for (server, place) in
            [("wss://eu.vendor.example/api/s", "wss://shop.example/stats/s"), ("eu-2", "eu-2")]
        {
            assert_eq!(scrubbed(200, &[("x-server", server)]), Ok(vec![("x-server".into(), place.into())]));
        }
    }

    #[test]
    fn connection_takes_what_it_names_but_not_the_content_type() {
        let headers = [("connection", "Vary, Content-Type"), ("vary", "x"), ("content-type", "text/plain")];
        assert_eq!(scrubbed(200, &headers), Ok(vec![("content-type".into(), "text/plain".into())]));
    }
}
