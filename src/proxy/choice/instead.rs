//! What a page gets in the vendor's place: an answer of the kind it asked for, and empty.
//!
//! Knows what browsers say of a request and how its path ends; does not know vendors. Invariant: nothing of a request
//! comes back in the answer, and it is kept by no cache.
//!
//! A script that is missing, an image that is broken or a body that is no JSON would be errors in the site's page. So
//! each asked-for thing is given, empty.

use bytes::Bytes;
use http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode};
use http_body_util::{BodyExt, Full};

use super::super::ResponseBody;

const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// A transparent image of one pixel.
const PIXEL: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";
const PAGE: &[u8] = b"<!doctype html><html lang=\"\"><title></title>\n";

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Script,
    Image,
    Style,
    Page,
    Json,
    /// A beacon, or anything that can be left unanswered.
    Nothing,
}

/// The empty answer to a request.
pub fn empty(kind: Kind) -> Response<ResponseBody> {
    match kind {
        Kind::Script => of("text/javascript; charset=utf-8", b""),
        Kind::Image => of("image/gif", PIXEL),
        Kind::Style => of("text/css; charset=utf-8", b""),
        Kind::Page => of("text/html; charset=utf-8", PAGE),
        Kind::Json => of("application/json", b"{}"),
        Kind::Nothing => {
            let mut response = of("", b"");
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
    }
}

/// An answer of privet's own that depends on who asks.
pub fn of(content_type: &'static str, body: impl AsRef<[u8]>) -> Response<ResponseBody> {
    let body =
        Full::new(Bytes::copy_from_slice(body.as_ref())).map_err(|never| match never {}).boxed_unsync();
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    if !content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(VARY, HeaderValue::from_static("cookie, sec-gpc, dnt, sec-fetch-dest, accept"));
    response
}

/// What a request asks for: in the browser's own word, else by its path, else by what it accepts first.
pub fn kind(head: &Parts) -> Kind {
    let wanted = match head.headers.get(SEC_FETCH_DEST).map(HeaderValue::as_bytes) {
        Some(b"empty") | None => None,
        Some(destination) => Some(by_destination(destination)),
    };
    let is_told = head.headers.contains_key(SEC_FETCH_DEST);
    if let Some(kind) = wanted {
        return kind;
    }
    if !matches!(head.method, Method::GET | Method::HEAD) {
        return if accepts(&head.headers) == Some(Kind::Json) { Kind::Json } else { Kind::Nothing };
    }
    // A script's own request is answered with data, not with a page.
    let fits = |kind: &Kind| !is_told || *kind != Kind::Page;
    by_ending(head.uri.path()).or_else(|| accepts(&head.headers)).filter(fits).unwrap_or(Kind::Nothing)
}

/// Whether a person is about to read the answer.
pub fn is_document(head: &Parts) -> bool {
    head.headers.get(SEC_FETCH_DEST).is_some_and(|destination| destination == "document")
}

/// Fetch standard, §2.2.7: what the answer is for.
fn by_destination(destination: &[u8]) -> Kind {
    match destination {
        b"script" | b"worker" | b"sharedworker" | b"serviceworker" | b"audioworklet" | b"paintworklet" => {
            Kind::Script
        }
        b"image" => Kind::Image,
        b"style" => Kind::Style,
        b"document" | b"iframe" | b"frame" | b"embed" | b"object" => Kind::Page,
        b"json" | b"manifest" => Kind::Json,
        _ => Kind::Nothing,
    }
}

fn by_ending(path: &str) -> Option<Kind> {
    let (_, name) = path.rsplit_once('/')?;
    let (_, ending) = name.rsplit_once('.')?;
    Some(match ending.to_ascii_lowercase().as_str() {
        "js" | "mjs" => Kind::Script,
        "gif" | "png" | "jpg" | "jpeg" | "webp" | "avif" | "svg" | "ico" => Kind::Image,
        "css" => Kind::Style,
        "html" | "htm" => Kind::Page,
        "json" | "map" => Kind::Json,
        _ => return None,
    })
}

/// The first of the accepted types that is one.
fn accepts(headers: &HeaderMap) -> Option<Kind> {
    let lines = headers.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).find_map(|range| {
        match range.split(';').next()?.trim().to_ascii_lowercase().as_str() {
            "text/html" | "application/xhtml+xml" => Some(Kind::Page),
            "application/json" => Some(Kind::Json),
            "text/css" => Some(Kind::Style),
            "text/javascript" | "application/javascript" | "application/x-javascript" => Some(Kind::Script),
            image if image.starts_with("image/") => Some(Kind::Image),
            _ => None,
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use http::Request;

    fn asked(method: &str, path: &str, headers: &[(&str, &str)]) -> Kind {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        kind(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_browsers_own_word_says_what_is_asked_for() {
        for (destination, expected) in [
            ("script", Kind::Script),
            ("serviceworker", Kind::Script),
            ("image", Kind::Image),
            ("style", Kind::Style),
            ("iframe", Kind::Page),
            ("document", Kind::Page),
            ("font", Kind::Nothing),
            ("report", Kind::Nothing),
        ] {
            let headers = [("sec-fetch-dest", destination), ("accept", "*/*")];
            assert_eq!(asked("GET", "/a.json", &headers), expected, "{destination}");
        }
    }

    #[test]
    fn without_it_the_path_and_then_the_accepted_type_say_so() {
        let image = "image/avif,image/webp,*/*;q=0.8";
        for (method, path, accept, expected) in [
            ("GET", "/matomo.js?v=1", "*/*", Kind::Script),
            ("GET", "/p.GIF", "", Kind::Image),
            ("GET", "/matomo.php?rec=1", image, Kind::Image),
            ("GET", "/a.b/c", "*/*", Kind::Nothing),
            ("GET", "/", "text/html,application/xhtml+xml,image/webp,*/*;q=0.8", Kind::Page),
            ("GET", "/flags", "application/json, text/plain, */*", Kind::Json),
            ("GET", "/x.css", "text/css,*/*;q=0.1", Kind::Style),
            ("POST", "/e", "*/*", Kind::Nothing),
            ("POST", "/a.js", "application/json", Kind::Json),
            ("DELETE", "/a.png", image, Kind::Nothing),
        ] {
            assert_eq!(asked(method, path, &[("accept", accept)]), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_scripts_own_request_gets_data_and_no_page() {
        let fetch = |accept| asked("GET", "/x", &[("sec-fetch-dest", "empty"), ("accept", accept)]);
        assert_eq!(fetch("text/html"), Kind::Nothing);
        assert_eq!(fetch("application/json"), Kind::Json);
        assert_eq!(asked("POST", "/x", &[("sec-fetch-dest", "empty")]), Kind::Nothing);
    }

    #[tokio::test]
    async fn each_answer_is_of_its_kind_and_kept_by_no_cache() {
        for (kind, status, content_type, length) in [
            (Kind::Script, 200, Some("text/javascript; charset=utf-8"), 0),
            (Kind::Image, 200, Some("image/gif"), 43),
            (Kind::Json, 200, Some("application/json"), 2),
            (Kind::Nothing, 204, None, 0),
        ] {
            let (head, body) = empty(kind).into_parts();
            assert_eq!(head.status, status);
            assert_eq!(head.headers.get(CONTENT_TYPE).map(|value| value.to_str().unwrap()), content_type);
            assert_eq!(head.headers[CACHE_CONTROL], "no-store");
            assert_eq!(body.collect().await.unwrap().to_bytes().len(), length, "{kind:?}");
        }
    }
}
