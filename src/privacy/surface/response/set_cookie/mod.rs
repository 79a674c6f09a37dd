//! A vendor's cookies on their way to the visitor.
//!
//! `reading` knows `Set-Cookie` as browsers read it, `date` its dates, `brought` what the browser held before. Does
//! not know which cookies a policy lets pass. Invariant: a cookie that passes belongs to the route alone, there to the
//! place of its host or to what the places of its domain have in common (but for a `__Host-` one), travels over TLS
//! only, and is not kept alive by visits.

mod brought;
mod date;
mod reading;

use std::time::Duration;

use http::header::HeaderValue;

use super::{Mount, ResponseScope};
use reading::SetCookie;

pub use brought::Brought;
pub use date::read as read_date;

/// How long a vendor's cookie may live: 13 months, of 395 days.
pub const LONGEST_COOKIE: Duration = Duration::from_hours(24 * 395);
/// After so many seconds without a request a visit is over. What lives no longer is brought by no second visit.
const VISIT: i64 = 30 * 60;

impl ResponseScope<'_> {
    /// What may be set of the cookies of an answer. Of two that are one to a browser, the last counts.
    pub(super) fn cookies(&self, lines: &[&HeaderValue]) -> Vec<HeaderValue> {
        let mut cookies: Vec<SetCookie<'_>> = Vec::new();
        for cookie in lines.iter().filter_map(|line| self.here(line)) {
            cookies.retain(|earlier| !cookie.replaces(earlier));
            cookies.push(cookie);
        }
        let set = cookies.into_iter().filter_map(|cookie| self.for_its_time(cookie));
        set.filter_map(|cookie| HeaderValue::from_bytes(cookie.to_string().as_bytes()).ok()).collect()
    }

    /// A cookie that may pass, at the route's place.
    fn here<'c>(&self, line: &'c HeaderValue) -> Option<SetCookie<'c>> {
        let now = i64::try_from(self.now).unwrap_or(i64::MAX);
        let text = std::str::from_utf8(line.as_bytes()).ok()?;
        let mut cookie = SetCookie::read(text, now).filter(|cookie| (self.allowed)(cookie.name))?;
        // Browsers take `__Host-` cookies with the path `/` only.
        if !cookie.is_of_host() {
            let here =
                |path: &str| self.route.visitors_path(path).unwrap_or_else(|| self.route.place.clone());
            cookie.path = cookie.path.map(|path| match cookie.domain {
                Some(domain) if path == "/" => self.shared(domain).into(),
                _ => here(&path).into(),
            });
        }
        Some(cookie)
    }

    /// What the route's places have in common whose hosts are of a domain: there such a cookie is sent (RFC 6265
    /// §5.1.3). Of one that is not the host's own, it is the host's place.
    fn shared(&self, domain: &str) -> String {
        let domain = domain.strip_prefix('.').unwrap_or(domain).to_ascii_lowercase();
        let is_of_it = |mount: &&Mount| {
            let subdomain = mount.upstream.host().strip_suffix(&*domain);
            domain.contains('.') && subdomain.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let own = self.route.place.clone();
        if !is_of_it(&self.route) {
            return own;
        }
        let others = self.beside.iter().filter(|mount| mount.host == self.route.host).filter(is_of_it);
        others.fold(own, |shared, mount| common(&shared, &mount.place).to_owned())
    }

    /// A lifetime is capped, and no visit that already brought the cookie prolongs it; deleting is always right.
    fn for_its_time<'c>(&self, cookie: SetCookie<'c>) -> Option<SetCookie<'c>> {
        let (Some(longest), Some(asked)) = ((self.longest)(cookie.name), cookie.lifetime) else {
            return Some(cookie);
        };
        let longest = i64::try_from(longest.as_secs()).unwrap_or(i64::MAX);
        let lifetime = match asked.min(longest) {
            lifetime if lifetime <= VISIT || !self.brought.holds(cookie.name) => Some(lifetime),
            // The browser's own goes on, for the time it was given first.
            _ if self.brought.holds_value(cookie.name, cookie.value) => return None,
            // When that time ends nobody told, so the new value ends with the browser's session.
            _ => None,
        };
        Some(SetCookie { lifetime, ..cookie })
    }
}

/// What two places begin with, to the last `/`.
fn common<'p>(one: &'p str, other: &str) -> &'p str {
    let alike = one.bytes().zip(other.bytes()).take_while(|(one, other)| one == other).count();
    let end = one.as_bytes()[..alike].iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    &one[..end]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use http::header::{COOKIE, HeaderMap};

    use super::super::tests::{scope, scrubbed_after};
    use super::*;
    use crate::privacy::fixture::{mount, on};

    /// What comes home of cookies that are set where the browser brought some, of which the vendor was shown others.
    fn told(set: &[&str], brought: &'static str, shown: &'static str) -> Vec<String> {
        let headers = |line| HeaderMap::from_iter([(COOKIE, HeaderValue::from_static(line))]);
        let brought = Brought::of(&headers(brought)).shown(&headers(shown));
        let lines: Vec<_> = set.iter().map(|line| ("set-cookie", *line)).collect();
        let left = scrubbed_after(&brought, &lines).unwrap();
        left.into_iter().map(|(_, line)| line).collect()
    }

    #[test]
    fn a_cookie_is_bound_to_the_route_and_to_thirteen_months() {
        for (cookie, expected) in [
            ("id=1; Path=/", None),
            ("=1", None),
            ("ok=1", Some("ok=1; SameSite=Lax; Secure")),
            ("ok=1; Domain=.vendor.example; Path=/api/x", Some("ok=1; SameSite=Lax; Secure; Path=/stats/x")),
            ("ok=1; Path=/; SameSite=None", Some("ok=1; SameSite=None; Secure; Path=/stats/")),
            ("ok=1; Max-Age=60; HttpOnly", Some("ok=1; HttpOnly; SameSite=Lax; Secure; Max-Age=60")),
            ("ok=1; Max-Age=999999999", Some("ok=1; SameSite=Lax; Secure; Max-Age=34128000")),
            ("ok=1; Expires=Tue, 14 Nov 2023 22:14:20 GMT", Some("ok=1; SameSite=Lax; Secure; Max-Age=60")),
            ("ok=1; Expires=1 Jan 2099 0:0:0", Some("ok=1; SameSite=Lax; Secure; Max-Age=34128000")),
            ("ok=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", Some("ok=; SameSite=Lax; Secure; Max-Age=0")),
            ("optout=1; Max-Age=999999999", Some("optout=1; SameSite=Lax; Secure; Max-Age=999999999")),
            ("short=1; Max-Age=999999999", Some("short=1; SameSite=Lax; Secure; Max-Age=86400")),
            ("short=1; Max-Age=60", Some("short=1; SameSite=Lax; Secure; Max-Age=60")),
            (
                "__Host-ok=1; Secure; Path=/; Max-Age=999999999",
                Some("__Host-ok=1; SameSite=Lax; Secure; Path=/; Max-Age=34128000"),
            ),
        ] {
            assert_eq!(told(&[cookie], "", ""), Vec::from_iter(expected), "{cookie}");
        }
    }

    #[test]
    fn a_cookie_of_a_domain_is_sent_to_every_place_of_it() {
        let mounts = [
            mount("in.vendor.example", "/stats/_p/in/"),
            mount("cdn.vendor.example", "/stats/_p/cdn/"),
            mount("x.in.vendor.example", "/stats/_p/x/"),
            mount("*.shard.vendor.example", "/stats/_p/cdn/*/"),
            mount("notvendor.example", "/stats/"),
            on("else.example", mount("vendor.example", "/")),
        ];
        let brought = Brought::default();
        let scope = ResponseScope { beside: &mounts, ..scope(&mounts, &brought) };
        for (cookie, path) in [
            ("ok=1; Domain=.vendor.example; Path=/", "/stats/_p/"),
            ("ok=1; Domain=VENDOR.example; Path=/", "/stats/_p/"),
            ("ok=1; Domain=in.vendor.example; Path=/", "/stats/_p/"),
            ("ok=1; Domain=x.in.vendor.example; Path=/", "/stats/_p/in/"),
            ("ok=1; Domain=shard.vendor.example; Path=/", "/stats/_p/in/"),
            ("ok=1; Domain=example; Path=/", "/stats/_p/in/"),
            ("ok=1; Domain=vendor.example; Path=/x", "/stats/_p/in/x"),
            ("ok=1; Path=/", "/stats/_p/in/"),
        ] {
            let set = scope.cookies(&[&HeaderValue::from_static(cookie)]);
            assert_eq!(set, [format!("ok=1; SameSite=Lax; Secure; Path={path}")], "{cookie}");
        }
    }

    #[test]
    fn a_cookie_that_came_along_lives_on_for_the_time_it_was_given_first() {
        let year = "ok=1; Max-Age=31536000";
        assert_eq!(told(&[year], "other=1", ""), ["ok=1; SameSite=Lax; Secure; Max-Age=31536000"]);
        assert_eq!(told(&[year], "ok=1", ""), [""; 0]);
        // What the vendor knows of it may be a stand-in.
        assert_eq!(told(&[year], "ok=mine", "ok=1"), [""; 0]);
        assert_eq!(told(&[year], "ok=2", "ok=2"), ["ok=1; SameSite=Lax; Secure"]);
        assert_eq!(told(&["optout=1; Max-Age=31536000"], "optout=1", "").len(), 1);
    }

    #[test]
    fn no_second_visit_brings_what_lives_no_longer_than_a_visit_and_deleting_is_always_right() {
        for (cookie, expected) in [
            ("ok=1; Max-Age=1800", "ok=1; SameSite=Lax; Secure; Max-Age=1800"),
            ("ok=1; Max-Age=0", "ok=1; SameSite=Lax; Secure; Max-Age=0"),
            ("ok=1; Max-Age=-5", "ok=1; SameSite=Lax; Secure; Max-Age=0"),
            ("ok=; Expires=Thu, 1-Jan-70 0:0:1 GMT", "ok=; SameSite=Lax; Secure; Max-Age=0"),
            ("ok=1", "ok=1; SameSite=Lax; Secure"),
            ("ok=2; Max-Age=1801", "ok=2; SameSite=Lax; Secure"),
        ] {
            assert_eq!(told(&[cookie], "ok=1", "ok=1"), [expected], "{cookie}");
        }
    }

    #[test]
    fn of_two_that_are_one_to_a_browser_the_last_counts() {
        let lax = "; SameSite=Lax; Secure";
        assert_eq!(told(&["ok=1", "ok=2"], "", ""), [format!("ok=2{lax}")]);
        assert_eq!(told(&["ok=; Max-Age=0", "ok=1; Max-Age=9999"], "ok=1", ""), [""; 0]);
        assert_eq!(told(&["ok=2; Max-Age=9999", "ok=1; Max-Age=9999"], "ok=1", ""), [""; 0]);
        assert_eq!(told(&["ok=1; Path=/a", "ok=2; Path=/api/"], "", "").len(), 1);
        assert_eq!(told(&["ok=1", "ok=2; Path=/api/x"], "", "").len(), 2);
        // What no browser takes replaces nothing.
        assert_eq!(told(&["ok=1", "ok=2\t; Domain=x", "ok"], "", ""), [format!("ok=2{lax}")]);
    }
}
