//! Hosts that a vendor hands out, and where the visitor finds them.
//!
//! Knows the spellings in which a value names a server: a host, perhaps with a port or a path, `//host`, a URL. Does
//! not know documents. Invariant: what comes out names the visitor's side, never less secure than it was named.

use std::borrow::Cow;

use http::uri::Authority;

use super::mount::{Mount, path_of};

/// The visitor's side of an exchange.
#[derive(Clone, Copy, Debug)]
pub struct Home<'a> {
    /// Host and perhaps port, as the visitor asked for them.
    pub authority: &'a str,
    /// Whether the visitor came over TLS.
    pub secure: bool,
    /// The route's own first, then whatever else the visitor may reach here.
    pub mounts: &'a [Mount],
}

/// Schemes that name a server, and the secure one of each class.
const SCHEMES: [(&str, &str); 4] = [("https", "https"), ("http", "https"), ("wss", "wss"), ("ws", "wss")];

/// A value that names a server, cut into its parts.
struct Named<'t> {
    scheme: Option<&'t str>,
    /// `//host`, with or without a scheme.
    slashes: bool,
    authority: &'t str,
    /// From the path on.
    rest: &'t str,
}

impl Home<'_> {
    /// A server's name in the same spelling, on the visitor's side; `None` where the value names none that is served.
    pub fn place_of(&self, text: &str) -> Option<String> {
        let named = Named::read(text)?;
        let (mount, rest) = self.mounted(&named, true).or_else(|| self.mounted(&named, false))?;
        let mut place = String::new();
        if let Some(scheme) = named.scheme {
            let (_, secure) = SCHEMES.iter().find(|(known, _)| scheme.eq_ignore_ascii_case(known))?;
            place.push_str(if self.secure { secure } else { scheme });
            place.push(':');
        }
        if named.slashes {
            place.push_str("//");
        }
        // A port would stand in the way of a path.
        let with_port = named.has_port() && !named.slashes && (rest.is_empty() || rest == named.rest);
        place.push_str(&self.authority(&mount, with_port)?);
        place.push_str(&rest);
        Some(place)
    }

    /// The mount that serves what is named, and what follows the authority there.
    fn mounted(&self, named: &Named<'_>, wholly: bool) -> Option<(Cow<'_, Mount>, String)> {
        self.mounts.iter().find_map(|mount| {
            let mount = mount.for_host(named.host())?;
            let rest = named.on(&mount, wholly)?;
            Some((mount, rest))
        })
    }

    /// The visitor's name for a mount; where the vendor's had a port, so has this.
    pub(super) fn authority(&self, mount: &Mount, with_port: bool) -> Option<String> {
        let asked: Authority = self.authority.parse().ok()?;
        let host = mount.host.as_deref().unwrap_or(asked.host());
        let usual = if self.secure { 443 } else { 80 };
        Some(match asked.port_u16().or(with_port.then_some(usual)) {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        })
    }
}

impl<'t> Named<'t> {
    fn read(text: &'t str) -> Option<Self> {
        // Browsers read `\` as `/` and skip tabs, so neither may be in what is compared here.
        if text.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'\\') {
            return None;
        }
        let (scheme, slashes, after) = match text.split_once("://") {
            Some((scheme, after)) => (Some(scheme), true, after),
            None => match text.strip_prefix("//") {
                Some(after) => (None, true, after),
                None => (None, false, text),
            },
        };
        if scheme.is_some_and(|scheme| !SCHEMES.iter().any(|(known, _)| scheme.eq_ignore_ascii_case(known))) {
            return None;
        }
        let end = after.find(['/', '?', '#']).unwrap_or(after.len());
        let (authority, rest) = after.split_at(end);
        (!authority.is_empty()).then_some(Self { scheme, slashes, authority, rest })
    }

    /// The authority without its port.
    fn host(&self) -> &'t str {
        let end = self.authority.rfind(':').filter(|colon| !self.authority[*colon..].contains(']'));
        &self.authority[..end.unwrap_or(self.authority.len())]
    }

    fn has_port(&self) -> bool {
        self.authority.parse::<Authority>().is_ok_and(|authority| authority.port().is_some())
    }

    /// What follows the authority on the visitor's side, if the value names something of this mount; `wholly`: a host
    /// that stands alone is none of a mount that serves a part of it.
    fn on(&self, mount: &Mount, wholly: bool) -> Option<String> {
        // A bare host says nothing of the port.
        let is_bare = !self.slashes && self.authority.eq_ignore_ascii_case(mount.upstream.host());
        if !is_bare && !mount.is_upstream(self.authority) {
            return None;
        }
        let path = path_of(self.rest);
        let prefix = match path {
            // What scripts put a path behind.
            "" if !self.slashes && mount.keep_path => String::new(),
            "" if !self.slashes && (mount.base_path.is_empty() || !wholly) => {
                mount.place.trim_end_matches('/').to_owned()
            }
            "" | "/" if mount.keep_path && mount.base_path.is_empty() => path.to_owned(),
            "" if mount.base_path.is_empty() => mount.place.trim_end_matches('/').to_owned(),
            _ => mount.visitors_path(path)?,
        };
        // `host//x` is no other host here, but nothing that a route serves begins so.
        (!prefix.starts_with("//")).then(|| format!("{prefix}{}", &self.rest[path.len()..]))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::fixture::{mount, on};

    fn home(mounts: &[Mount]) -> Home<'_> {
        Home { authority: "shop.example:8443", secure: true, mounts }
    }

    #[test]
    fn a_host_becomes_the_routes_place_in_the_same_spelling() {
        let mounts = [mount("eu.vendor.example", "/chat/")];
        for (handed_out, place) in [
            ("eu.vendor.example", "shop.example:8443/chat"),
            ("EU.vendor.example:443", "shop.example:8443/chat"),
            ("eu.vendor.example/v1", "shop.example:8443/chat/v1"),
            ("//eu.vendor.example/v1?a=/b", "//shop.example:8443/chat/v1?a=/b"),
            ("https://eu.vendor.example", "https://shop.example:8443/chat"),
            ("https://eu.vendor.example/", "https://shop.example:8443/chat/"),
            ("wss://eu.vendor.example:443/s#f", "wss://shop.example:8443/chat/s#f"),
            ("http://eu.vendor.example/x", "https://shop.example:8443/chat/x"),
            ("ws://eu.vendor.example?x", "wss://shop.example:8443/chat?x"),
        ] {
            assert_eq!(home(&mounts).place_of(handed_out).as_deref(), Some(place), "{handed_out}");
        }
    }

    #[test]
    fn what_names_no_server_of_the_routes_stays() {
        let mounts = [mount("eu.vendor.example", "/")];
        for other in [
            "",
            "de",
            "/v1",
            "us.vendor.example",
            "eu.vendor.example.evil.example",
            "noteu.vendor.example",
            "eu.vendor.example:8443",
            "https://me@eu.vendor.example/",
            "https://eu.vendor.example@evil.example/",
            "https:eu.vendor.example",
            "ftp://eu.vendor.example/",
            "https://eu.vendor.example/../x",
            "https://eu.vendor.example//evil.example",
            "see https://eu.vendor.example",
            "eu.vendor.example\\x",
        ] {
            assert_eq!(home(&mounts).place_of(other), None, "{other}");
        }
    }

    #[test]
    fn another_routes_upstream_is_found_at_that_route() {
        let script =
            Mount { keep_path: true, ..on("stats.example", mount("cdn.vendor.example", "/static/")) };
        let config = Mount { keep_path: true, ..mount("cdn.vendor.example", "/array/") };
        let mounts = [mount("eu.vendor.example", "/"), script, config];
        for (handed_out, place) in [
            ("https://cdn.vendor.example/static/a.js", Some("https://stats.example:8443/static/a.js")),
            ("https://cdn.vendor.example/array/b", Some("https://shop.example:8443/array/b")),
            ("https://cdn.vendor.example", Some("https://stats.example:8443")),
            ("https://cdn.vendor.example/other", None),
            ("https://eu.vendor.example/e", Some("https://shop.example:8443/e")),
        ] {
            assert_eq!(home(&mounts).place_of(handed_out).as_deref(), place, "{handed_out}");
        }
    }

    #[test]
    fn a_host_of_a_pattern_is_found_where_its_label_stands() {
        let mounts = [
            mount("www.vendor.example", "/"),
            mount("*.vendor.example", "/_p/shard/*/"),
            on("chat.example", mount("*.vendor.example:8080", "/_p/socket/*/")),
        ];
        for (handed_out, place) in [
            ("https://k.vendor.example/collect", Some("https://shop.example:8443/_p/shard/k/collect")),
            ("wss://K.vendor.example", Some("wss://shop.example:8443/_p/shard/k")),
            ("https://www.vendor.example/tag", Some("https://shop.example:8443/tag")),
            ("wss://k.vendor.example:8080/s", Some("wss://chat.example:8443/_p/socket/k/s")),
            ("https://a.b.vendor.example/", None),
            ("https://*.vendor.example/", None),
            ("https://vendor.example/", None),
        ] {
            assert_eq!(home(&mounts).place_of(handed_out).as_deref(), place, "{handed_out}");
        }
    }

    #[test]
    fn a_host_alone_is_found_where_all_of_it_is_served() {
        let part = Mount { base_path: "/static".to_owned(), ..mount("cdn.vendor.example", "/static/") };
        let whole = mount("cdn.vendor.example", "/_p/cdn/");
        for (mounts, place) in [
            (&[part.clone(), whole.clone()][..], "shop.example:8443/_p/cdn"),
            (std::slice::from_ref(&part), "shop.example:8443/static"),
        ] {
            assert_eq!(home(mounts).place_of("cdn.vendor.example").as_deref(), Some(place));
        }
        let mounts = [part, whole];
        for (handed_out, place) in [
            ("https://cdn.vendor.example/static/a.js", "https://shop.example:8443/static/a.js"),
            ("https://cdn.vendor.example/b.js", "https://shop.example:8443/_p/cdn/b.js"),
            ("https://cdn.vendor.example", "https://shop.example:8443/_p/cdn"),
        ] {
            assert_eq!(home(&mounts).place_of(handed_out).as_deref(), Some(place), "{handed_out}");
        }
    }

    #[test]
    fn ports_and_schemes_are_the_visitors_and_never_less_secure() {
        let mounts = [Mount { base_path: "/api".to_owned(), ..mount("vendor.example:8080", "/") }];
        let plain = Home { authority: "shop.example", secure: false, mounts: &mounts };
        for (handed_out, place) in [
            ("vendor.example", Some("shop.example")),
            ("vendor.example:8080", Some("shop.example:80")),
            ("http://vendor.example:8080/api/x", Some("http://shop.example/x")),
            ("https://vendor.example:8080/api", Some("https://shop.example/")),
            ("https://vendor.example:8080/other", None),
            ("https://vendor.example/api/x", None),
        ] {
            assert_eq!(plain.place_of(handed_out).as_deref(), place, "{handed_out}");
        }
    }
}
