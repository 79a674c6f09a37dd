//! Who may read an answer across origins: the site's own pages.
//!
//! Knows the Fetch standard's headers; does not know vendors: their own `Access-Control-*` headers were left
//! behind, but for the names of headers they expose. Invariant: a vendor never hears of a preflight, and an
//! origin outside of the route's sites is granted nothing. A route without sites grants any origin, without
//! credentials.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use http::request::Parts;
use http::{Method, Response, StatusCode};

use super::{ResponseBody, error};

/// More headers than this are not allowed in one preflight.
const MOST_HEADERS: usize = 64;
const LONGEST_METHOD: usize = 32;
/// How long a browser may remember the answer.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The answer to a preflight, if the request is one. [`grant`] completes it.
pub fn preflight(head: &Parts) -> Option<Response<ResponseBody>> {
    let method = head.headers.get(ACCESS_CONTROL_REQUEST_METHOD)?;
    if head.method != Method::OPTIONS || !head.headers.contains_key(ORIGIN) {
        return None;
    }
    let mut response = Response::new(error::words(""));
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(
        VARY,
        HeaderValue::from_static("access-control-request-method, access-control-request-headers"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    if is_plain_method(method) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    }
    if let Some(names) = requested_headers(&head.headers) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names);
    }
    Some(response)
}

/// Lets the site's pages read an answer, and nobody else.
pub fn grant(headers: &mut HeaderMap, origin: Option<&HeaderValue>, site_origins: &[String]) {
    if site_origins.is_empty() {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        return;
    }
    headers.append(VARY, HeaderValue::from_static("origin"));
    let of_site = |origin: &&HeaderValue| {
        site_origins.iter().any(|site| origin.as_bytes().eq_ignore_ascii_case(site.as_bytes()))
    };
    if let Some(origin) = origin.filter(of_site) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
}

fn is_plain_method(value: &HeaderValue) -> bool {
    value.len() <= LONGEST_METHOD
        && Method::from_bytes(value.as_bytes())
            .is_ok_and(|method| !matches!(method, Method::CONNECT | Method::TRACE))
}

/// The names asked for that are names, up to a bound.
fn requested_headers(headers: &HeaderMap) -> Option<HeaderValue> {
    let lines = headers.get_all(ACCESS_CONTROL_REQUEST_HEADERS).iter().filter_map(|line| line.to_str().ok());
    let names = lines.flat_map(|line| line.split(',')).take(MOST_HEADERS);
    let names = names.filter_map(|name| name.trim().parse::<HeaderName>().ok());
    let names = names.map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
    if names.is_empty() { None } else { names.join(", ").parse().ok() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use http::Request;

    fn asked(method: Method, headers: &[(&str, &str)]) -> Option<HeaderMap> {
        let mut request = Request::builder().method(method);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        preflight(&request.body(()).unwrap().into_parts().0).map(|response| {
            assert_eq!(response.status(), StatusCode::NO_CONTENT);
            response.into_parts().0.headers
        })
    }

    fn granted(origin: &str, sites: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        let sites = sites.iter().map(|site| (*site).to_owned()).collect::<Vec<_>>();
        grant(&mut headers, Some(&origin.parse().unwrap()), &sites);
        headers
    }

    #[test]
    fn only_a_preflight_is_answered_as_one() {
        let origin = ("origin", "https://a.example");
        let wish = ("access-control-request-method", "POST");
        assert!(asked(Method::OPTIONS, &[origin, wish]).is_some());
        assert!(asked(Method::OPTIONS, &[origin]).is_none());
        assert!(asked(Method::OPTIONS, &[wish]).is_none());
        assert!(asked(Method::GET, &[origin, wish]).is_none());
    }

    #[test]
    fn a_preflight_allows_what_is_a_name_and_nothing_else() {
        let origin = ("origin", "https://a.example");
        let names = ("access-control-request-headers", "Content-Type, x y,, x-a");
        let headers =
            asked(Method::OPTIONS, &[origin, ("access-control-request-method", "PUT"), names]).unwrap();
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_METHODS], "PUT");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_HEADERS], "content-type, x-a");
        assert_eq!(headers[ACCESS_CONTROL_MAX_AGE], "600");
        for method in ["A B", "TRACE", "X".repeat(33).as_str()] {
            let headers =
                asked(Method::OPTIONS, &[origin, ("access-control-request-method", method)]).unwrap();
            assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_METHODS));
        }
    }

    #[test]
    fn the_sites_pages_may_read_with_credentials_and_others_may_not() {
        let headers = granted("https://A.example", &["https://b.example", "https://a.example"]);
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "https://A.example");
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_CREDENTIALS], "true");
        assert_eq!(headers[VARY], "origin");
        for origin in ["https://a.example.evil.example", "http://a.example", "null"] {
            let headers = granted(origin, &["https://a.example"]);
            assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN), "{origin}");
            assert_eq!(headers[VARY], "origin");
        }
    }

    #[test]
    fn any_site_may_read_without_credentials_where_none_is_named() {
        let headers = granted("https://a.example", &[]);
        assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "*");
        assert!(!headers.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS));
    }
}
