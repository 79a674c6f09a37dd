//! Where an upstream's places are found on the visitor's side.
//!
//! Knows how browsers read a `Location`, and that they read more than RFC 3986 writes; does not know redirects.
//! Invariant: what is not surely a place in the route is none.

use std::borrow::Cow;

use http::header::HeaderValue;
use http::uri::Authority;

use super::ResponseScope;
use super::mount::{Mount, climbs, path_of};

impl ResponseScope<'_> {
    /// The same place on the visitor's side, as a path: the visitor's own scheme, host and port stand.
    pub(super) fn location(&self, value: &HeaderValue) -> Option<HeaderValue> {
        let text = value.to_str().ok()?;
        // Browsers read `\` as `/` and skip tabs, so neither may be in what is compared here.
        if text.is_empty() || text.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'\\') {
            return None;
        }
        let (mount, local) = match text.find([':', '/', '?', '#']) {
            Some(colon) if text.as_bytes()[colon] == b':' => {
                self.beyond_authority(without_scheme(text, colon)?)?
            }
            _ => match text.strip_prefix("//") {
                Some(rest) => self.beyond_authority(rest)?,
                None if text.starts_with('/') => (Cow::Borrowed(self.route), text),
                None => return (!climbs(path_of(text))).then(|| value.clone()),
            },
        };
        let path = path_of(local);
        let visitors = format!("{}{}", mount.visitors_path(path)?, &local[path.len()..]);
        // `//x` would be another host.
        if visitors.starts_with("//") { None } else { visitors.parse().ok() }
    }

    /// Whose the authority is, of the route's own, and what follows it.
    fn beyond_authority<'t>(&self, text: &'t str) -> Option<(Cow<'_, Mount>, &'t str)> {
        let (authority, local) = text.split_at(text.find(['/', '?', '#']).unwrap_or(text.len()));
        let host = authority.parse::<Authority>().ok()?;
        let mut own =
            [self.route].into_iter().chain(self.beside).filter(|mount| mount.is_upstream(authority));
        Some((own.find_map(|mount| mount.for_host(host.host()))?, local))
    }
}

/// What follows `http://` or `https://`.
fn without_scheme(text: &str, colon: usize) -> Option<&str> {
    let scheme = &text[..colon];
    let known = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    text[colon + 1..].strip_prefix("//").filter(|_| known)
}

#[cfg(test)]
mod tests {
    use super::super::Elsewhere;
    use super::super::mount::Mount;
    use super::super::tests::{scrubbed, scrubbed_at};

    #[test]
    fn a_location_in_the_route_is_told_from_one_elsewhere() {
        for (location, expected) in [
            ("https://eu.vendor.example/api/a?b=c#d", Some("/stats/a?b=c#d")),
            ("http://EU.vendor.example:80/api/a", Some("/stats/a")),
            ("//eu.vendor.example/api", Some("/stats/")),
            ("https://eu.vendor.example/api?x=1", Some("/stats/?x=1")),
            ("/api/x", Some("/stats/x")),
            ("x/y?z", Some("x/y?z")),
            ("?next=https://evil.example/", Some("?next=https://evil.example/")),
            ("https://eu.vendor.example/login", None),
            ("https://eu.vendor.example:8443/api/", None),
            ("https://eu.vendor.example@evil.example/api/", None),
            ("https://evil.example/api/", None),
            ("https:evil.example", None),
            ("https:///evil.example", None),
            ("//evil.example", None),
            ("/\\evil.example", None),
            ("/apix", None),
            ("/api/../admin", None),
            ("/api/%2E%2e/admin", None),
            ("../admin", None),
            ("javascript:alert(1)", None),
            ("intent://x", None),
            ("/api/a b", None),
            ("", None),
        ] {
            let result = scrubbed(302, &[("location", location)]);
            match expected {
                Some(to) => assert_eq!(result, Ok(vec![("location".into(), to.into())]), "{location}"),
                None => assert_eq!(result, Err(Elsewhere), "{location}"),
            }
        }
    }

    #[test]
    fn a_location_elsewhere_is_dropped_where_it_is_no_redirect() {
        assert_eq!(scrubbed(201, &[("location", "https://evil.example/")]), Ok(vec![]));
    }

    #[test]
    fn a_double_slash_never_becomes_another_host() {
        let at_root = |mount: &mut Mount| "/".clone_into(&mut mount.place);
        assert_eq!(scrubbed_at(302, &[("location", "/api//evil.example")], at_root), Err(Elsewhere));
    }

    #[test]
    fn a_kept_path_stays_in_its_place() {
        let keep = |mount: &mut Mount| mount.keep_path = true;
        let result = scrubbed_at(302, &[("location", "/api/stats/x")], keep);
        assert_eq!(result, Ok(vec![("location".into(), "/stats/x".into())]));
        assert_eq!(scrubbed_at(302, &[("location", "/api/other")], keep), Err(Elsewhere));
    }
}
