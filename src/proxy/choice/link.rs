//! The link form: `?privet=off` or `on` in the address of anything on a route.
//!
//! Knows targets and where a request comes from; does not know how a choice is kept. Invariants: the parameter
//! reaches no vendor; a redirect leads back to the very host it came from; only the site itself can undo a no.

use http::header::{HeaderMap, HeaderName, ORIGIN, REFERER};
use http::request::Parts;
use http::{Method, Uri};

use super::Choice;
use crate::config::Route;

const PARAMETER: &str = "privet";
/// The word of a script that is loaded because a button was pressed.
pub const OPEN: &str = "open";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// What an address says to privet alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    pub choice: Option<Choice>,
    /// A button was pressed.
    pub open: bool,
}

/// Takes what is said to privet out of a target. Said in two ways, the no counts; any other word means nothing.
pub fn take(target: &mut Uri) -> Option<Said> {
    let query = target.query()?;
    let own = |pair: &&str| pair.split_once('=').map_or(*pair, |(name, _)| name) == PARAMETER;
    let words: Vec<&str> =
        query.split('&').filter(own).map(|pair| pair.split_once('=').map_or("", |(_, word)| word)).collect();
    if words.is_empty() {
        return None;
    }
    let said = Said {
        choice: Choice::strongest(words.iter().filter_map(|word| Choice::parse(word))),
        open: words.contains(&OPEN),
    };
    let rest: Vec<&str> = query.split('&').filter(|pair| !own(pair)).collect();
    let rest = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
    let without = Uri::builder().path_and_query(format!("{}{rest}", target.path())).build();
    // A part of a target that was read before.
    *target = without.unwrap_or_default();
    Some(said)
}

/// The place a browser is sent back to: the same, without what was said.
///
/// A path that begins with `//` would be read as another host.
pub fn back(uri: &Uri) -> String {
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut target = Uri::builder().path_and_query(target).build().unwrap_or_default();
    take(&mut target);
    let place = target.path_and_query().map_or("/", |target| target.as_str());
    if place.starts_with("//") { format!("/.{place}") } else { place.to_owned() }
}

/// Whether a person goes to this address, so that the browser can be sent on. Who does not say is taken to.
pub fn is_navigation(head: &Parts) -> bool {
    let mode = head.headers.get(SEC_FETCH_MODE);
    matches!(head.method, Method::GET | Method::HEAD) && mode.is_none_or(|mode| mode == "navigate")
}

/// Whether a request comes from the site itself or from nowhere else: a link on a foreign page must not undo a no.
///
/// Browsers say so in `Sec-Fetch-Site`, over TLS and since 2023 all of them; where it is missing, `Origin` and
/// `Referer` do, and where these are too, nothing tells of another site.
pub fn is_of_site(headers: &HeaderMap, host: &str, routes: &[impl AsRef<Route>]) -> bool {
    let told = origin(headers);
    let named = told.as_deref().is_some_and(|origin| {
        routes.iter().any(|route| route.as_ref().site_origins.iter().any(|site| site == origin))
    });
    match headers.get(SEC_FETCH_SITE) {
        Some(site) if site == "same-origin" || site == "same-site" || site == "none" => true,
        Some(_) => named,
        None => named || told.is_none_or(|origin| host_of(&origin) == Some(host)),
    }
}

/// The origin a request comes from, lower case, where it tells.
fn origin(headers: &HeaderMap) -> Option<String> {
    let told = headers.get(ORIGIN).or_else(|| headers.get(REFERER))?;
    let text = String::from_utf8_lossy(told.as_bytes()).to_ascii_lowercase();
    let end = text.match_indices('/').nth(2).map_or(text.len(), |(at, _)| at);
    Some(text[..end].to_owned())
}

fn host_of(origin: &str) -> Option<&str> {
    let (_, authority) = origin.split_once("://")?;
    Some(match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::proxy::shared::tests::route;
    use http::Request;
    use std::sync::Arc;

    #[test]
    fn what_is_said_to_privet_is_taken_out_of_the_address() {
        let (on, off) = (Some(Choice::On), Some(Choice::Off));
        for (target, choice, open, rest) in [
            ("/a?privet=off", off, false, "/a"),
            ("/a?x=%41&privet=on&&b", on, false, "/a?x=%41&&b"),
            ("/?privet=on&privet=off", off, false, "/"),
            ("/?privet=OFF&a", None, false, "/?a"),
            ("/?privet", None, false, "/"),
            ("/w.js?v=1&privet=open", None, true, "/w.js?v=1"),
            ("//x/?privet=off", off, false, "//x/"),
        ] {
            let mut uri = Uri::builder().path_and_query(target).build().unwrap();
            assert_eq!(take(&mut uri), Some(Said { choice, open }), "{target}");
            assert_eq!(uri.to_string(), rest);
        }
        for target in ["/", "/?a=privet", "/?xprivet=off", "/privet=off"] {
            assert_eq!(take(&mut target.parse().unwrap()), None, "{target}");
        }
    }

    #[test]
    fn a_browser_is_sent_back_to_the_same_host_only() {
        for (uri, place) in [
            ("/stats/a?privet=off&b=1", "/stats/a?b=1"),
            ("https://a.example/x?privet=on", "/x"),
            ("//evil.example/?privet=off", "/.//evil.example/"),
            ("/https://evil.example/?privet=off", "/https://evil.example/"),
        ] {
            let uri = match uri.strip_prefix("https://a.example") {
                Some(_) => uri.parse().unwrap(),
                None => Uri::builder().path_and_query(uri).build().unwrap(),
            };
            assert_eq!(back(&uri), place);
        }
    }

    #[test]
    fn only_a_way_a_person_goes_can_lead_on() {
        let goes = |method: &str, mode: Option<&str>| {
            let mut request = Request::builder().method(method).uri("/");
            if let Some(mode) = mode {
                request = request.header(SEC_FETCH_MODE, mode);
            }
            is_navigation(&request.body(()).unwrap().into_parts().0)
        };
        assert!(goes("GET", None) && goes("HEAD", Some("navigate")));
        assert!(!goes("GET", Some("no-cors")) && !goes("POST", Some("navigate")));
    }

    #[test]
    fn a_foreign_page_is_told_from_the_site() {
        let route = Route {
            site_origins: vec!["https://www.example.com".to_owned()],
            ..route("r", "http://127.0.0.1:1")
        };
        let from = |lines: &[(&'static str, &str)]| {
            let lines =
                lines.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
            is_of_site(&lines.collect(), "stats.example.com", &[Arc::new(route.clone())])
        };
        for site in ["same-origin", "same-site", "none"] {
            assert!(from(&[("sec-fetch-site", site), ("referer", "https://x.example/")]));
        }
        let foreign = ("sec-fetch-site", "cross-site");
        assert!(!from(&[foreign]) && !from(&[foreign, ("referer", "https://evil.example/")]));
        assert!(from(&[foreign, ("referer", "https://WWW.example.com/a/b")]));
        assert!(from(&[]) && from(&[("referer", "https://stats.example.com:8443/x")]));
        assert!(!from(&[("referer", "https://evil.example/stats.example.com/")]));
        assert!(
            !from(&[("origin", "null")]) && !from(&[("origin", "https://stats.example.com.evil.example")])
        );
    }
}
