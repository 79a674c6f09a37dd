//! How a choice is kept: in one cookie of the site, that holds a word and no id.
//!
//! Knows `Set-Cookie`; does not know who may choose. Invariants: it lives 13 months from the act of choosing, and no
//! visit prolongs it; no script of the page or of a vendor can read or change it.

use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use http::header::HeaderValue;

use crate::privacy::choice::{CHOICE_COOKIE, Choice};

/// How long a choice lives: 13 months, of 395 days.
const LIFETIME: Duration = Duration::days(395);

/// The cookie that keeps a choice, for all of a site where the request's host lies within it, else for that host alone.
pub fn cookie(choice: Choice, site: &str, host: &str, secure: bool) -> HeaderValue {
    let mut cookie = Cookie::build((CHOICE_COOKIE, choice.name()))
        .path("/")
        .max_age(LIFETIME)
        .same_site(SameSite::Lax)
        .http_only(true)
        .secure(secure);
    if may_share(site, host) {
        cookie = cookie.domain(site);
    }
    // Words, names of hosts and numbers: always a header's value.
    HeaderValue::try_from(cookie.to_string()).unwrap_or(HeaderValue::from_static(""))
}

/// Whether a host may set cookies for a whole site. Browsers take none for a single label or an address.
fn may_share(site: &str, host: &str) -> bool {
    let is_name = site.contains('.') && !site.starts_with('[') && site.parse::<std::net::Ipv4Addr>().is_err();
    let above = host.strip_suffix(site);
    is_name && above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_kept_for_thirteen_months_out_of_reach_of_scripts_and_without_an_id() {
        for (choice, site, host, secure, expected) in [
            (
                Choice::Off,
                "example.com",
                "stats.example.com",
                true,
                "privet_choice=off; HttpOnly; SameSite=Lax; Secure; Path=/; Domain=example.com; Max-Age=34128000",
            ),
            (
                Choice::On,
                "www.example.com",
                "stats.example.com",
                true,
                "privet_choice=on; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=34128000",
            ),
            (
                Choice::On,
                "localhost",
                "localhost",
                false,
                "privet_choice=on; HttpOnly; SameSite=Lax; Path=/; Max-Age=34128000",
            ),
        ] {
            assert_eq!(cookie(choice, site, host, secure), expected);
        }
    }

    #[test]
    fn a_cookie_is_shared_only_by_names_above_the_host() {
        for (site, host, shared) in [
            ("example.com", "example.com", true),
            ("example.com", "a.b.example.com", true),
            ("example.com", "badexample.com", false),
            ("www.example.com", "example.com", false),
            ("127.0.0.1", "127.0.0.1", false),
            ("[::1]", "[::1]", false),
            ("com", "example.com", false),
            ("analytics", "analytics", false),
        ] {
            assert_eq!(may_share(site, host), shared, "{site} {host}");
        }
    }
}
