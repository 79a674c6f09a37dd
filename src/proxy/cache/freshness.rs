//! What a shared cache may keep, and for how long (RFC 9111).
//!
//! Knows `Cache-Control`, `Expires`, `Age` and `Vary`; does not know where anything is kept. Invariants: what is
//! meant for one person is not kept; nothing is kept by a guess (§4.2.2).

use std::time::Duration;

use http::header::{AGE, CACHE_CONTROL, DATE, EXPIRES, HeaderMap, HeaderName, PRAGMA, SET_COOKIE, VARY};
use http::{Method, StatusCode, header};

use crate::privacy::surface::response::read_date;

/// Directives that are no number, or too large a one, are as good as this (§1.2.2).
const LONGEST: u64 = 1 << 31;
/// What every request is alike in, or what a key holds.
const ALIKE: [HeaderName; 3] = [header::ACCEPT, header::ACCEPT_ENCODING, header::ORIGIN];

/// What a request says of caches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// No older than this; none: however old it is.
    max_age: Option<u64>,
    pub no_store: bool,
}

impl Wish {
    /// `None`: no cache can help with such a request.
    pub fn of(method: &Method, headers: &HeaderMap) -> Option<Self> {
        if method != Method::GET {
            return None;
        }
        let said = Directives::of(headers);
        let no_cache = said.has("no-cache") || (said.is_empty() && headers.contains_key(PRAGMA));
        let max_age = if no_cache { Some(0) } else { said.seconds("max-age") };
        Some(Self { max_age, no_store: said.has("no-store") })
    }

    /// Whether something so old will do. What was asked for anew is never old enough.
    pub fn takes(&self, age: u64) -> bool {
        self.max_age.is_none_or(|most| age < most)
    }
}

/// How long an answer is fresh from now on, and how old it is; `None`: it is not to be kept.
pub fn lifetime(status: StatusCode, headers: &HeaderMap, now: u64) -> Option<(Duration, u64)> {
    let said = Directives::of(headers);
    let is_for_all = ["no-store", "no-cache", "private"].iter().all(|name| !said.has(name));
    if status != StatusCode::OK || !is_for_all || headers.contains_key(SET_COOKIE) || !varies_not(headers) {
        return None;
    }
    let date = seconds(headers, DATE).unwrap_or(now);
    let expires =
        || headers.get(EXPIRES).map(|_| seconds(headers, EXPIRES).unwrap_or(0).saturating_sub(date));
    let fresh = said.seconds("s-maxage").or_else(|| said.seconds("max-age")).or_else(expires)?;
    let age = headers.get(AGE).and_then(|age| age.to_str().ok()?.trim().parse().ok()).unwrap_or(0);
    let age = now.saturating_sub(date).max(age);
    let left = fresh.checked_sub(age).filter(|left| *left > 0)?;
    Some((Duration::from_secs(left), age))
}

/// Whether the answer is the same for all who ask.
fn varies_not(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(VARY).iter().map(|line| line.to_str().unwrap_or("*"));
    let mut names = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|name| !name.is_empty());
    names.all(|name| ALIKE.iter().any(|alike| name.eq_ignore_ascii_case(alike.as_str())))
}

fn seconds(headers: &HeaderMap, name: HeaderName) -> Option<u64> {
    let text = headers.get(name)?.to_str().ok()?;
    u64::try_from(read_date(text)?).ok()
}

/// The directives of `Cache-Control`, lower case, each with its argument.
struct Directives(Vec<(String, String)>);

impl Directives {
    fn of(headers: &HeaderMap) -> Self {
        // What cannot be read forbids whatever it may have forbidden.
        let lines = headers.get_all(CACHE_CONTROL).iter().map(|line| line.to_str().unwrap_or("no-store"));
        let words = lines.flat_map(|line| line.split(',')).map(str::trim).filter(|word| !word.is_empty());
        let read = words.map(|word| {
            let (name, argument) = word.split_once('=').unwrap_or((word, ""));
            (name.trim().to_ascii_lowercase(), argument.trim().trim_matches('"').to_owned())
        });
        Self(read.collect())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// Said twice, the shorter counts.
    fn seconds(&self, name: &str) -> Option<u64> {
        let said = self.0.iter().filter(|(known, _)| known == name);
        said.map(|(_, argument)| argument.parse().unwrap_or(0).min(LONGEST)).min()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110 §5.6.7.
    const NOW: u64 = 784_111_777;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    fn kept(lines: &[(&'static str, &str)]) -> Option<(u64, u64)> {
        lifetime(StatusCode::OK, &headers(lines), NOW).map(|(left, age)| (left.as_secs(), age))
    }

    #[test]
    fn what_says_how_long_it_lives_is_kept_for_so_long() {
        for (lines, expected) in [
            (&[("cache-control", "max-age=60")][..], Some((60, 0))),
            (&[("cache-control", "Public, S-MaxAge=\"90\", max-age=5")], Some((90, 0))),
            (&[("cache-control", "max-age=60, max-age=20")], Some((20, 0))),
            (&[("cache-control", "max-age=60"), ("age", "50")], Some((10, 50))),
            (&[("cache-control", "max-age=60"), ("date", "Sun, 06 Nov 1994 08:49:07 GMT")], Some((30, 30))),
            (&[("expires", "Sun, 06 Nov 1994 08:50:37 GMT")], Some((60, 0))),
            (&[("cache-control", "max-age=9"), ("vary", "Accept-Encoding, origin")], Some((9, 0))),
            (&[("cache-control", "max-age=99999999999999999999")], None),
            (&[("cache-control", "max-age=60"), ("age", "60")], None),
            (&[("cache-control", "s-maxage=0, max-age=60")], None),
            (&[("cache-control", "public")], None),
            (&[], None),
            (&[("expires", "0")], None),
            (&[("cache-control", "max-age=60, no-store")], None),
            (&[("cache-control", "max-age=60"), ("cache-control", "private=\"set-cookie\"")], None),
            (&[("cache-control", "no-cache, max-age=60")], None),
            (&[("cache-control", "max-age=60"), ("set-cookie", "a=1")], None),
            (&[("cache-control", "max-age=60"), ("vary", "User-Agent")], None),
            (&[("cache-control", "max-age=60"), ("vary", "*")], None),
        ] {
            assert_eq!(kept(lines), expected, "{lines:?}");
        }
        assert_eq!(lifetime(StatusCode::NOT_FOUND, &headers(&[("cache-control", "max-age=60")]), NOW), None);
    }

    #[test]
    fn who_asks_for_something_newer_gets_it() {
        let wish = |lines: &[(&'static str, &str)]| Wish::of(&Method::GET, &headers(lines)).unwrap();
        assert!(wish(&[]).takes(1000));
        assert!(wish(&[("cache-control", "max-age=30")]).takes(29));
        assert!(!wish(&[("cache-control", "max-age=30")]).takes(30));
        assert!(!wish(&[("cache-control", "no-cache")]).takes(0));
        assert!(!wish(&[("pragma", "no-cache")]).takes(0));
        assert!(wish(&[("cache-control", "no-store")]).no_store);
        assert_eq!(Wish::of(&Method::POST, &HeaderMap::new()), None);
    }
}
