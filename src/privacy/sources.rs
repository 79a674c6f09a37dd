//! Where the vendor's own files come from: on the visitor's side a place of the route, in what leaves the vendor's
//! name again.
//!
//! A stack frame names the script it stands in, and a vendor finds its source map by that name. Knows URLs as they
//! stand in texts; does not know surfaces. Invariant: a URL that leads to no place of the route stays as it is, for
//! it may be a page of the site.

use std::borrow::Cow;

use memchr::memmem::find_iter;

use super::surface::response::Mount;

/// The places of a route by the hosts they are found at, the longest place first.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<(Box<str>, Mount)>);

impl Sources {
    /// The places of these mounts; one that names no host is found at the sites' (scheme, host and port each).
    pub fn new(mounts: &[Mount], site_origins: &[String]) -> Self {
        let sites: Vec<&str> =
            site_origins.iter().filter_map(|origin| host(origin.split_once("//")?.1)).collect();
        let mut sources = Vec::new();
        for mount in mounts {
            let hosts = mount.host.as_deref().map_or_else(|| sites.clone(), |host| vec![host]);
            // Where all of a host is the route's, it has no pages only if the pages are known to be elsewhere.
            let has_pages = |host: &str| mount.place == "/" && (sites.is_empty() || sites.contains(&host));
            let own = |host: &str| host.eq_ignore_ascii_case(mount.upstream.host());
            let hosts = hosts.into_iter().filter(|host| !has_pages(host) && !own(host));
            sources.extend(hosts.map(|host| (host.into(), mount.clone())));
        }
        sources.sort_by_key(|(_, mount): &(Box<str>, Mount)| std::cmp::Reverse(mount.place.len()));
        Self(sources)
    }

    /// A text in which the vendor's places have the vendor's names; `None`: there are none in it.
    pub fn named(&self, text: &str) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        let (mut new, mut copied) = (String::new(), 0);
        for slashes in find_iter(text.as_bytes(), "//") {
            let start = slashes + 2;
            let found = text.get(start..).filter(|_| start >= copied).and_then(|rest| self.at(rest));
            if let Some((length, name)) = found {
                new.push_str(&text[copied..start]);
                new.push_str(&name);
                copied = start + length;
            }
        }
        new.push_str(&text[copied..]);
        (copied > 0).then_some(new)
    }

    /// What a text begins with, if it is a host and place of the route: its length, and the vendor's name for it.
    fn at(&self, text: &str) -> Option<(usize, String)> {
        let host = host(text)?;
        let port = text[host.len()..]
            .strip_prefix(':')
            .map_or(0, |port| 1 + port.bytes().take_while(u8::is_ascii_digit).count());
        let path = &text[host.len() + port..];
        let mut own = self.0.iter().filter(|(own, _)| own.eq_ignore_ascii_case(host));
        let mount = own.find_map(|(_, mount)| serving(mount, path))?;
        let within = if mount.keep_path { 0 } else { mount.place.len() - 1 };
        let name = format!("{}{}", mount.upstream, mount.base_path);
        Some((host.len() + port + within, name))
    }
}

/// The mount itself, or the one of a pattern's, if it serves a path.
fn serving<'m>(mount: &'m Mount, path: &str) -> Option<Cow<'m, Mount>> {
    let mount = match mount.place.split_once('*').filter(|_| mount.is_pattern()) {
        None => Cow::Borrowed(mount),
        Some((before, _)) => Cow::Owned(mount.capturing(path.strip_prefix(before)?.split('/').next()?)?),
    };
    path.starts_with(&mount.place).then_some(mount)
}

/// The host that a text begins with.
fn host(text: &str) -> Option<&str> {
    let length = text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)).count();
    (length > 0).then(|| &text[..length])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::fixture::{self, mount, on, parts};
    use crate::privacy::{Message, Policy};

    fn sources() -> Sources {
        let mounts = [
            mount("eu.vendor.example", "/stats/"),
            mount("cdn.vendor.example", "/stats/_p/cdn/"),
            mount("*.shard.example", "/stats/_p/shard/*/"),
            Mount { base_path: "/v2".to_owned(), ..on("api.example", mount("api.vendor.example:8443", "/")) },
            Mount { keep_path: true, ..on("api.example", mount("kept.vendor.example", "/static/")) },
            on("shop.example", mount("other.vendor.example", "/")),
        ];
        Sources::new(
            &mounts,
            &["https://shop.example".to_owned(), "https://www.shop.example:8443".to_owned()],
        )
    }

    #[test]
    fn a_place_of_the_route_is_the_vendors_file_again() {
        for (before, after) in [
            ("https://shop.example/stats/_p/cdn/a.js", "https://cdn.vendor.example/a.js"),
            (
                "at f (https://WWW.shop.example:8443/stats/e.js:1:23)",
                "at f (https://eu.vendor.example/e.js:1:23)",
            ),
            (
                "//shop.example/stats/_p/shard/k7/x //shop.example/stats/",
                "//k7.shard.example/x //eu.vendor.example/",
            ),
            ("https://api.example/a", "https://api.vendor.example:8443/v2/a"),
            ("https://api.example/static/a.js", "https://kept.vendor.example/static/a.js"),
        ] {
            assert_eq!(sources().named(before).as_deref(), Some(after), "{before}");
        }
    }

    #[test]
    fn a_page_of_the_site_and_another_server_stay() {
        for text in [
            "https://shop.example/",
            "https://shop.example/stats",
            "https://shop.example/cart?a=/stats/_p/cdn/a.js",
            "https://other.example/stats/e.js",
            "https://shop.example.evil.example/stats/e.js",
            "https://notshop.example/stats/e.js",
            "shop.example/stats/e.js",
            "//",
            "",
        ] {
            assert_eq!(sources().named(text), None, "{text}");
        }
        assert_eq!(Sources::default().named("https://shop.example/stats/e.js"), None);
        // All of a host may be pages, where nobody says where the pages are; and a vendor's own name needs no other.
        let whole = on("shop.example", mount("eu.vendor.example", "/"));
        let own = on("EU.vendor.example", mount("eu.vendor.example", "/stats/"));
        for (mount, text) in
            [(whole, "https://shop.example/e.js"), (own, "https://eu.vendor.example/stats/e.js")]
        {
            assert_eq!(Sources::new(&[mount], &[]).named(text), None, "{text}");
        }
    }

    #[test]
    fn it_is_named_so_in_every_surface_and_layer_but_not_as_what_led_there() {
        let rules =
            "json:/** -> service\nquery:u = keep\nform:u = keep\nheader:x-u = keep\nheader:referer = keep";
        let policy = Policy::compile(parts("strict", rules)).from(sources());
        let (own, vendors) = ("https://shop.example/stats/e.js", "https://eu.vendor.example/e.js");
        let (coded, coded_vendors) =
            ("https%3A%2F%2Fshop.example%2Fstats%2Fe.js", "https%3A%2F%2Feu.vendor.example%2Fe.js");
        let frame =
            |url| format!("{{\"f\":[{{\"file\":\"{url}:1:2\"}}],\"s\":\"{{\\\"u\\\":\\\"{url}\\\"}}\"}}");
        assert_eq!(fixture::json(&policy, &frame(own)).unwrap(), frame(vendors));
        assert_eq!(fixture::target(&policy, &format!("/e?u={coded}")), format!("/e?u={coded_vendors}"));
        let form = fixture::body(&policy, "application/x-www-form-urlencoded", &format!("u={coded}"));
        assert_eq!(form.unwrap(), format!("u={coded_vendors}"));
        let message = fixture::treat(&policy, Message::Text(format!("42[{}]", frame(own)))).unwrap();
        assert_eq!(message.message.unwrap().into_inner(), Message::Text(format!("42[{}]", frame(vendors))));
        let headers = fixture::headers(&policy, &[("x-u", own)]);
        assert!(headers.contains(&format!("x-u: {vendors}")), "{headers:?}");
    }

    #[test]
    fn what_led_to_a_request_is_the_sites_own() {
        let policy = Policy::compile(parts("balanced", "header:referer -> referrer")).from(sources());
        let headers =
            fixture::headers(&policy, &[("referer", "https://shop.example/stats/_p/cdn/frame.html")]);
        assert!(headers.contains(&"referer: https://shop.example/".to_owned()), "{headers:?}");
    }
}
