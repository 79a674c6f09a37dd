//! A head out of lines one can read: a method and a target, then a header a line, `name: value`.
//!
//! Knows what hyper lets through; does not know what a header means. Invariant: a line that is no header is left out,
//! and says nothing of the others.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Request, Uri, Version};

/// More than any law needs.
const MOST: usize = 64;

/// A request's head. A first digit says the version: `0` HTTP/1.1, `1` HTTP/2, `2` HTTP/1.0.
pub fn request(data: &[u8]) -> Option<Parts> {
    let (first, text) = data.split_first()?;
    let version = [Version::HTTP_11, Version::HTTP_2, Version::HTTP_10][usize::from(first & 3) % 3];
    let (line, lines) = cut(text, b"\n");
    let (method, target) = cut(line, b" ");
    let target = Uri::try_from(target).ok()?;
    let request = Request::builder().method(Method::from_bytes(method).ok()?).version(version).uri(target);
    let (mut head, ()) = request.body(()).ok()?.into_parts();
    head.headers = headers(lines);
    Some(head)
}

/// The lines that are headers.
pub fn headers(text: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in text.split(|byte| *byte == b'\n').take(MOST) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (HeaderName::from_bytes(&line[..colon]), line[colon + 1..].trim_ascii());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value)) {
            headers.append(name, value);
        }
    }
    headers
}

/// What stands before and behind a mark; all of it before one that is not there.
pub fn cut<'b>(bytes: &'b [u8], mark: &[u8]) -> (&'b [u8], &'b [u8]) {
    let at = bytes.windows(mark.len()).position(|window| window == mark);
    at.map_or((bytes, &[]), |at| (&bytes[..at], &bytes[at + mark.len()..]))
}
