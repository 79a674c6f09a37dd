//! A fence around the documents and workers that a vendor serves through a route: they talk to the route and the site.
//!
//! A page's policy ends where a frame or a worker begins, which has the policy of its own answer alone (CSP3 §4.2),
//! so what a vendor's frame asks for would pass the hedge by. Nor does it call anybody or ask where the visitor is.
//! Knows Content Security Policy and Permissions Policy; does not know a vendor. Invariant: it is added to what the
//! vendor's own policies say, and can only take away.

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What a call needs, which shows the visitor's address past privet, and the visitor's place (Permissions Policy §5.2).
const DENIED: HeaderValue =
    HeaderValue::from_static("camera=(), display-capture=(), geolocation=(), microphone=()");

/// What a document brings along itself, and what vendors' scripts do within it, contacts no host.
const WITHIN: &str = "data: blob: 'unsafe-inline' 'unsafe-eval'";

/// Kinds that neither show a document nor run as a worker, by how they begin.
const INERT: [&str; 8] = [
    "application/json",
    "application/octet-stream",
    "audio/",
    "font/",
    "image/",
    "text/css",
    "text/event-stream",
    "video/",
];

/// Whether an answer may be a document or a worker's script.
pub fn may_stand_around(head: &HeaderMap) -> bool {
    let kind = head.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.trim_start().to_ascii_lowercase();
    kind.starts_with("image/svg") || !INERT.iter().any(|inert| kind.starts_with(inert))
}

/// The headers it consists of. `authority` is the route's, as the visitor asked for it.
pub fn around(authority: &str, secure: bool, site_origins: &[String]) -> [(HeaderName, HeaderValue); 2] {
    let socket = if secure { "wss" } else { "ws" };
    let own = ["'self'".to_owned(), format!("{socket}://{authority}")];
    let allowed = own.iter().chain(site_origins).map(String::as_str).collect::<Vec<_>>().join(" ");
    let policy =
        format!("default-src {allowed} {WITHIN}; object-src 'none'; base-uri 'self'; form-action {allowed}");
    // An authority that no header can hold is one that no host has: nothing may be asked for.
    let policy = policy.parse().unwrap_or(HeaderValue::from_static("default-src 'none'"));
    [(CONTENT_SECURITY_POLICY, policy), (PERMISSIONS_POLICY, DENIED)]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_document_and_a_worker_may_ask_the_route_and_the_site_and_nobody_else() {
        let [(_, policy), (_, denied)] =
            around("chat.example", true, &["https://www.shop.example".to_owned()]);
        assert_eq!(
            policy,
            "default-src 'self' wss://chat.example https://www.shop.example data: blob: 'unsafe-inline' \
             'unsafe-eval'; object-src 'none'; base-uri 'self'; form-action 'self' wss://chat.example \
             https://www.shop.example"
        );
        assert_eq!(denied, "camera=(), display-capture=(), geolocation=(), microphone=()");
    }

    #[test]
    fn what_shows_and_runs_nothing_needs_none() {
        let may = |kind: &str| {
            may_stand_around(&HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_str(kind).unwrap())]))
        };
        for kind in
            ["text/html; charset=utf-8", "application/xhtml+xml", "image/svg+xml", "text/javascript", ""]
        {
            assert!(may(kind), "{kind}");
        }
        assert!(may_stand_around(&HeaderMap::new()));
        for kind in ["application/json", "image/png", "text/css", "Font/WOFF2"] {
            assert!(!may(kind), "{kind}");
        }
    }
}
