//! One `Set-Cookie`, as browsers read it.
//!
//! Knows RFC 6265 §5.2 and what its successor, RFC 6265bis §5.6 and §5.7, adds: bounds, prefixes, `SameSite` and
//! `Partitioned`. Does not know which cookies pass. Invariants: what a browser would not take is none, and what is
//! written here is read in one way only.

use std::borrow::Cow;
use std::fmt;

use super::date;

/// Octets of a name and a value together, and of an attribute, beyond which browsers ignore them.
const LONGEST_PAIR: usize = 4096;
const LONGEST_ATTRIBUTE: usize = 1024;

#[derive(Clone)]
pub struct SetCookie<'c> {
    pub name: &'c str,
    pub value: &'c str,
    /// Seconds from now; 0: it is deleted. None: it goes with the browser's session.
    pub lifetime: Option<i64>,
    /// None: the host that sets it alone.
    pub domain: Option<&'c str>,
    /// None: the place of the request.
    pub path: Option<Cow<'c, str>>,
    pub same_site: SameSite,
    pub http_only: bool,
    pub partitioned: bool,
}

#[derive(Clone, Copy, Default)]
pub enum SameSite {
    Strict,
    /// What browsers take where nothing is said.
    #[default]
    Lax,
    None,
}

impl<'c> SetCookie<'c> {
    /// Reads a line at a moment, in seconds since 1970. A cookie without a name is none: no rule could speak of it.
    pub fn read(line: &'c str, now: i64) -> Option<Self> {
        if line.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t') {
            return None;
        }
        let mut parts = line.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let (name, value) = (trimmed(name), trimmed(value));
        if name.is_empty() || name.len() + value.len() > LONGEST_PAIR {
            return None;
        }
        let (mut secure, mut max_age, mut expires) = (false, None, None);
        let (lifetime, domain, path, same_site, http_only, partitioned) = Default::default();
        let mut cookie = Self { name, value, lifetime, domain, path, same_site, http_only, partitioned };
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let (key, value) = (trimmed(key).to_ascii_lowercase(), trimmed(value));
            if value.len() > LONGEST_ATTRIBUTE {
                continue;
            }
            // Of what is said twice, the last counts; of a time, the last that is one.
            match key.as_str() {
                "max-age" => max_age = seconds(value).or(max_age),
                "expires" => expires = date::read(value).or(expires),
                "path" => cookie.path = value.starts_with('/').then_some(Cow::Borrowed(value)),
                "samesite" => cookie.same_site = SameSite::read(value),
                "httponly" => cookie.http_only = true,
                "partitioned" => cookie.partitioned = true,
                "secure" => secure = true,
                "domain" => cookie.domain = (!value.is_empty()).then_some(value),
                _ => {}
            }
        }
        let until = |expires: i64| expires.saturating_sub(now);
        cookie.lifetime = max_age.or(expires.map(until)).map(|seconds| seconds.max(0));
        cookie.keeps_its_prefix(secure).then_some(cookie)
    }

    /// Whether a browser holds the one in the other's place.
    pub fn replaces(&self, other: &Self) -> bool {
        self.name == other.name && self.path == other.path
    }

    /// Whether the name says that the cookie belongs to its host as a whole.
    pub fn is_of_host(&self) -> bool {
        self.begins("__host-")
    }

    /// Whether the cookie is what a prefix of its name promises, or a browser would not take it.
    fn keeps_its_prefix(&self, secure: bool) -> bool {
        let of_host = secure && self.domain.is_none() && self.path.as_deref() == Some("/");
        (!self.begins("__secure-") || secure) && (!self.is_of_host() || of_host)
    }

    fn begins(&self, prefix: &str) -> bool {
        self.name.get(..prefix.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(prefix))
    }
}

/// As a browser is told; over TLS only, and for the host that tells it.
impl fmt::Display for SetCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)?;
        if self.http_only {
            f.write_str("; HttpOnly")?;
        }
        write!(f, "; SameSite={}; Secure", self.same_site.word())?;
        if self.partitioned {
            f.write_str("; Partitioned")?;
        }
        if let Some(path) = &self.path {
            write!(f, "; Path={path}")?;
        }
        self.lifetime.map_or(Ok(()), |seconds| write!(f, "; Max-Age={seconds}"))
    }
}

impl SameSite {
    fn read(word: &str) -> Self {
        match word {
            _ if word.eq_ignore_ascii_case("strict") => Self::Strict,
            _ if word.eq_ignore_ascii_case("none") => Self::None,
            _ => Self::Lax,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

/// `Max-Age`: digits, with a minus for what is over; more than fit are the most there are.
fn seconds(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits.len() < text.len() { Some(0) } else { Some(digits.parse().unwrap_or(i64::MAX)) }
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: i64 = 1_700_000_000;

    /// A cookie as it is written again; of one that no browser takes, a dash.
    fn told(line: &str) -> String {
        SetCookie::read(line, NOW).map_or_else(|| "-".to_owned(), |cookie| cookie.to_string())
    }

    fn lifetime(attributes: &str) -> Option<i64> {
        SetCookie::read(&format!("a=1; {attributes}"), NOW).unwrap().lifetime
    }

    #[test]
    fn a_lifetime_is_a_number_or_a_date_and_the_number_wins() {
        const LATER: &str = "Expires=Tue, 14 Nov 2023 22:14:20 GMT";
        for (attributes, expected) in [
            ("Max-Age=10", Some(10)),
            ("max-age = 10", Some(10)),
            ("Max-Age=0", Some(0)),
            ("Max-Age=-1", Some(0)),
            ("Max-Age=-99999999999999999999", Some(0)),
            ("Max-Age=99999999999999999999", Some(i64::MAX)),
            ("Max-Age=", None),
            ("Max-Age=-", None),
            ("Max-Age=+10", None),
            ("Max-Age=1e3", None),
            ("Max-Age=\"10\"", None),
            ("Max-Age=10 0", None),
            ("Max-Age", None),
            (LATER, Some(60)),
            ("expires=14 NOV 23 22:14:20", Some(60)),
            ("Expires=Thu, 1-Jan-1970 00:00:01 GMT", Some(0)),
            ("Expires=0", None),
            ("Expires=session", None),
            (&format!("{LATER}; Max-Age=10"), Some(10)),
            (&format!("Max-Age=10; {LATER}"), Some(10)),
            (&format!("{LATER}; Max-Age=x"), Some(60)),
            (&format!("{LATER}; Max-Age=0"), Some(0)),
        ] {
            assert_eq!(lifetime(attributes), expected, "{attributes}");
        }
    }

    #[test]
    fn of_what_is_said_twice_the_last_counts_and_of_a_time_the_last_that_is_one() {
        for (attributes, expected) in [
            ("Max-Age=10; Max-Age=20", Some(20)),
            ("Max-Age=10; Max-Age=soon", Some(10)),
            ("Expires=14 Nov 23 22:14:20; Expires=14 Nov 23 22:13:30", Some(10)),
            ("Expires=14 Nov 23 22:14:20; Expires=never", Some(60)),
        ] {
            assert_eq!(lifetime(attributes), expected, "{attributes}");
        }
        assert_eq!(told("a=1; Path=/x; Path=/y"), "a=1; SameSite=Lax; Secure; Path=/y");
        assert_eq!(told("a=1; Path=/x; Path=y"), "a=1; SameSite=Lax; Secure");
        assert_eq!(told("a=1; SameSite=None; SameSite=Strict"), "a=1; SameSite=Strict; Secure");
        assert_eq!(told("a=1; SameSite=None; SameSite=Later"), "a=1; SameSite=Lax; Secure");
    }

    #[test]
    fn attributes_are_known_in_any_case_and_with_any_space_around_them() {
        for (line, expected) in [
            (
                "a=1;HTTPONLY;\tsamesite=\tNONE ;PARTITIONED",
                "a=1; HttpOnly; SameSite=None; Secure; Partitioned",
            ),
            ("\ta \t=\t 1 2 \t; PaTh = /x ;;", "a=1 2; SameSite=Lax; Secure; Path=/x"),
            ("a=1; HttpOnly=no; Path; SameSite", "a=1; HttpOnly; SameSite=Lax; Secure"),
            ("a=1; Priority=High; Version=1; Comment=x; foo", "a=1; SameSite=Lax; Secure"),
        ] {
            assert_eq!(told(line), expected, "{line}");
        }
    }

    #[test]
    fn a_value_is_whatever_follows_the_first_equals_sign_quotes_included() {
        for (line, expected) in [
            ("a=\"b c\"", "a=\"b c\"; SameSite=Lax; Secure"),
            ("a=\"b; Path=/\"", "a=\"b; SameSite=Lax; Secure; Path=/\""),
            ("a=b=c==", "a=b=c==; SameSite=Lax; Secure"),
            ("a=", "a=; SameSite=Lax; Secure"),
            ("a=Größe", "a=Größe; SameSite=Lax; Secure"),
        ] {
            assert_eq!(told(line), expected, "{line}");
        }
    }

    #[test]
    fn what_a_browser_would_not_take_or_no_rule_could_name_is_none() {
        let long = "x".repeat(LONGEST_PAIR);
        for line in [
            "",
            ";",
            "a",
            "=1",
            " = ",
            "; Path=/",
            "a=1\0",
            "a=1\n; Path=/",
            "a=\x7f",
            "a=1; Path=/\x1b",
            &format!("a={long}"),
            &format!("{long}=1"),
        ] {
            assert_eq!(told(line), "-", "{line:?}");
        }
        assert_ne!(told(&format!("a={}", &long[1..])), "-");
        let endless = format!("a=1; Max-Age=10; Max-Age=0{long}; Path=/x; Path=/{long}");
        assert_eq!(told(&endless), "a=1; SameSite=Lax; Secure; Path=/x; Max-Age=10");
    }

    #[test]
    fn a_prefix_of_a_name_is_a_promise_in_any_case() {
        for (line, taken) in [
            ("__Secure-a=1; Secure", true),
            ("__Secure-a=1", false),
            ("__secure-a=1", false),
            ("__Host-a=1; Secure; Path=/", true),
            ("__Host-a=1; Secure; Path=/; Domain=", true),
            ("__hOST-a=1; Secure", false),
            ("__Host-a=1; Secure; Path=/x", false),
            ("__Host-a=1; Path=/", false),
            ("__Host-a=1; Secure; Path=/; Domain=vendor.example", false),
            ("__Hos-a=1; Domain=vendor.example", true),
        ] {
            assert_eq!(told(line) != "-", taken, "{line}");
        }
    }
}
