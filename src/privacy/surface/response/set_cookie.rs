//! A vendor's cookies on their way to the visitor.
//!
//! Knows `Set-Cookie` as browsers read it; does not know which cookies a policy lets pass. Invariant: a cookie
//! that passes belongs to the route's place alone, travels over TLS only, and is not kept alive by visits.

use cookie::time::{Duration, OffsetDateTime};
use cookie::{Cookie, SameSite};
use http::header::HeaderValue;

use super::ResponseScope;

/// How long a vendor's cookie may live: 13 months of 395 days.
const LONGEST_LIFETIME: Duration = Duration::days(395);

impl ResponseScope<'_> {
    /// A cookie that belongs to the route's place, over TLS only, for a bounded time.
    pub(super) fn cookie(&self, value: &HeaderValue) -> Option<HeaderValue> {
        let mut cookie = Cookie::parse(std::str::from_utf8(value.as_bytes()).ok()?).ok()?;
        if !(self.allowed)(cookie.name()) {
            return None;
        }
        cookie.unset_domain();
        cookie.set_secure(true);
        if cookie.same_site().is_none() {
            cookie.set_same_site(SameSite::Lax);
        }
        // Browsers take `__Host-` cookies with the path `/` only.
        if let Some(path) = cookie.path().filter(|_| !cookie.name().starts_with("__Host-")) {
            let path = self.route.visitors_path(path).unwrap_or_else(|| self.route.place.clone());
            cookie.set_path(path);
        }
        if !(self.kept)(cookie.name()) {
            self.bound_lifetime(&mut cookie);
        }
        HeaderValue::from_bytes(cookie.to_string().as_bytes()).ok()
    }

    /// A lifetime is capped, and a visit that already brought the cookie does not prolong it.
    fn bound_lifetime(&self, cookie: &mut Cookie<'_>) {
        let now = i64::try_from(self.now).unwrap_or(i64::MAX);
        let until = |expires: OffsetDateTime| Duration::seconds(expires.unix_timestamp() - now);
        let lifetime = cookie.max_age().or_else(|| cookie.expires_datetime().map(until));
        cookie.unset_expires();
        cookie.set_max_age(match lifetime {
            Some(lifetime) if lifetime <= Duration::ZERO => Some(Duration::ZERO),
            Some(_) if self.carried.iter().any(|name| name == cookie.name()) => None,
            Some(lifetime) => Some(lifetime.min(LONGEST_LIFETIME)),
            None => None,
        });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::ResponseScope;
    use super::super::tests::{scrubbed, scrubbed_in};

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
            (
                "ok=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
                Some("ok=1; SameSite=Lax; Secure; Max-Age=34128000"),
            ),
            ("ok=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", Some("ok=; SameSite=Lax; Secure; Max-Age=0")),
            ("optout=1; Max-Age=999999999", Some("optout=1; SameSite=Lax; Secure; Max-Age=999999999")),
        ] {
            let expected = expected.map(|to: &str| ("set-cookie".to_owned(), to.to_owned()));
            assert_eq!(scrubbed(200, &[("set-cookie", cookie)]), Ok(Vec::from_iter(expected)), "{cookie}");
        }
    }

    #[test]
    fn a_cookie_that_came_along_is_not_prolonged_but_may_be_deleted() {
        let all = |scope: &mut ResponseScope<'_>| scope.allowed = &|_| true;
        let told = |cookie| scrubbed_in(200, &[("set-cookie", cookie)], all).unwrap().remove(0).1;
        assert_eq!(told("seen=1; Max-Age=60"), "seen=1; SameSite=Lax; Secure");
        assert_eq!(told("seen=1; Max-Age=0"), "seen=1; SameSite=Lax; Secure; Max-Age=0");
    }
}
