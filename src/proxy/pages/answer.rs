//! The heads of privet's own pages: nothing is loaded, framed, cached or told to anybody.
//!
//! Does not know what a page says. Invariant: every answer from here carries the same guards.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    LOCATION, REFERRER_POLICY, SET_COOKIE, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full};
use sha2::{Digest, Sha256};

use super::super::ResponseBody;

const GUARDS: [(HeaderName, &str); 7] = [
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (VARY, "accept, accept-language, cookie, sec-gpc, dnt"),
];

/// A page for people, whose one style is this.
pub fn html(page: String, style: &str, language: &str, status: StatusCode) -> Response<ResponseBody> {
    let mut response = guarded("text/html; charset=utf-8", page, status);
    let digest = STANDARD.encode(Sha256::digest(style.as_bytes()));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    set(&mut response, CONTENT_SECURITY_POLICY, &policy);
    set(&mut response, CONTENT_LANGUAGE, language);
    response
}

/// The same for programs.
pub fn json(document: &serde_json::Value, language: &str) -> Response<ResponseBody> {
    let mut response = guarded("application/json", format!("{document}\n"), StatusCode::OK);
    set(&mut response, CONTENT_LANGUAGE, language);
    response
}

/// Sends the browser to the page's proper address.
pub fn elsewhere(place: &str) -> Response<ResponseBody> {
    let mut response = words("the pages are one slash further\n", StatusCode::PERMANENT_REDIRECT);
    set(&mut response, LOCATION, place);
    response
}

/// Sends the browser to look at what its act has come to.
pub fn see(place: &str, cookie: HeaderValue) -> Response<ResponseBody> {
    let mut response = words("", StatusCode::SEE_OTHER);
    set(&mut response, LOCATION, place);
    response.headers_mut().insert(SET_COOKIE, cookie);
    response
}

pub fn missing() -> Response<ResponseBody> {
    words("no such page\n", StatusCode::NOT_FOUND)
}

pub fn unclear() -> Response<ResponseBody> {
    words("choice is neither on nor off\n", StatusCode::BAD_REQUEST)
}

/// Told when the page itself cannot be made.
pub fn failed() -> Response<ResponseBody> {
    words("the page cannot be made at this moment\n", StatusCode::SERVICE_UNAVAILABLE)
}

pub fn not_allowed(methods: &'static str) -> Response<ResponseBody> {
    let mut response = words("method not supported\n", StatusCode::METHOD_NOT_ALLOWED);
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    response
}

fn words(text: &str, status: StatusCode) -> Response<ResponseBody> {
    let mut response = guarded("text/plain; charset=utf-8", text.to_owned(), status);
    set(&mut response, CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    response
}

fn guarded(content_type: &'static str, body: String, status: StatusCode) -> Response<ResponseBody> {
    let mut response =
        Response::new(Full::new(Bytes::from(body)).map_err(|never| match never {}).boxed_unsync());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.extend(GUARDS.map(|(name, value)| (name, HeaderValue::from_static(value))));
    response
}

fn set(response: &mut Response<ResponseBody>, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        response.headers_mut().insert(name, value);
    }
}
