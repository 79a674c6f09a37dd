//! A fence around the documents and workers that a vendor serves through a route: they talk to the route and the site.
//!
//! A page's policy ends where a frame or a worker begins, which has the policy of its own answer alone (CSP3 §4.2), so
//! what a vendor's frame asks for would pass the hedge by. Knows Content Security Policy; does not know a vendor.
//! Invariant: it is added to what the vendor's own policy says, and can only take away.

use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue};

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

/// Adds the fence to an answer that may be a document or a worker's script. `authority` is the route's, as the visitor
/// asked for it.
pub fn around(head: &mut HeaderMap, authority: &str, secure: bool, site_origins: &[String]) {
    let kind = head.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.trim_start().to_ascii_lowercase();
    if !kind.starts_with("image/svg") && INERT.iter().any(|inert| kind.starts_with(inert)) {
        return;
    }
    let socket = if secure { "wss" } else { "ws" };
    let own = ["'self'".to_owned(), format!("{socket}://{authority}")];
    let allowed = own.iter().chain(site_origins).map(String::as_str).collect::<Vec<_>>().join(" ");
    let policy =
        format!("default-src {allowed} {WITHIN}; object-src 'none'; base-uri 'self'; form-action {allowed}");
    // An authority that no header can hold is one that no host has: nothing may be asked for.
    let policy = policy.parse().unwrap_or(HeaderValue::from_static("default-src 'none'"));
    head.append(CONTENT_SECURITY_POLICY, policy);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn fenced(kind: &str, own: &str) -> Vec<String> {
        let mut head = HeaderMap::new();
        head.insert(CONTENT_TYPE, kind.parse().unwrap());
        if !own.is_empty() {
            head.insert(CONTENT_SECURITY_POLICY, own.parse().unwrap());
        }
        around(&mut head, "chat.example", true, &["https://www.shop.example".to_owned()]);
        head.get_all(CONTENT_SECURITY_POLICY).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn a_document_and_a_worker_may_ask_the_route_and_the_site_and_nobody_else() {
        let policy = "default-src 'self' wss://chat.example https://www.shop.example data: blob: 'unsafe-inline' \
                      'unsafe-eval'; object-src 'none'; base-uri 'self'; form-action 'self' wss://chat.example \
                      https://www.shop.example";
        for kind in
            ["text/html; charset=utf-8", "application/xhtml+xml", "image/svg+xml", "text/javascript", ""]
        {
            assert_eq!(fenced(kind, ""), [policy], "{kind}");
        }
    }

    #[test]
    fn the_vendors_own_policy_stays_beside_it() {
        let policies = fenced("text/html", "script-src 'self'");
        assert_eq!(policies.len(), 2);
        assert_eq!(policies[0], "script-src 'self'");
    }

    #[test]
    fn what_shows_and_runs_nothing_is_left_as_it_is() {
        for kind in ["application/json", "image/png", "text/css", "Font/WOFF2"] {
            assert!(fenced(kind, "").is_empty(), "{kind}");
        }
    }
}
