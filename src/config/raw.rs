//! A request as text, read and written: the head of HTTP/1.1, an empty line, the body.
//!
//! Knows how people write requests down (line feeds alone are fine, the body is all that follows); it is no
//! server's parser and nothing from a socket comes here. Invariant: an error names a line, never its content.

use bytes::Bytes;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use http::{Method, Request, Uri, Version};

/// Why a text is no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RawError {
    #[error("line 1 is not a request line, such as: POST /path HTTP/1.1")]
    RequestLine,
    #[error("line 1 has a target that does not begin with / or cannot be read")]
    Target,
    #[error("line 1 ends in an unknown version; write HTTP/1.1")]
    Version,
    #[error("line {0} is not a header, such as: content-type: application/json")]
    Header(usize),
    #[error("the head is not text")]
    Text,
}

/// Reads a request.
pub fn read(text: &[u8]) -> Result<Request<Bytes>, RawError> {
    let (head, body) = split(text);
    let head = str::from_utf8(head).map_err(|_| RawError::Text)?;
    let mut lines = head.lines();
    let (method, target, version) = request_line(lines.next().unwrap_or_default())?;
    let mut request = Request::new(Bytes::copy_from_slice(body));
    *request.method_mut() = method;
    *request.uri_mut() = target;
    *request.version_mut() = version;
    for (number, line) in (2..).zip(lines) {
        let (name, value) = header(line).ok_or(RawError::Header(number))?;
        request.headers_mut().append(name, value);
    }
    Ok(request)
}

/// Writes a request. Bytes that are not text become `\u{fffd}`.
pub fn write(request: &Request<Bytes>) -> String {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let mut text = format!("{} {target} HTTP/1.1\n", request.method());
    write_headers(request.headers(), &mut text);
    if !request.body().is_empty() {
        text.push('\n');
        text.push_str(&String::from_utf8_lossy(request.body()));
    }
    text
}

fn write_headers(headers: &HeaderMap, text: &mut String) {
    for (name, value) in headers {
        for part in [name.as_str(), ": ", &String::from_utf8_lossy(value.as_bytes()), "\n"] {
            text.push_str(part);
        }
    }
}

/// The head, and what follows the first empty line.
fn split(text: &[u8]) -> (&[u8], &[u8]) {
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let end = start + line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return (&text[..start], &text[end..]);
        }
        start = end;
    }
    (text, &[])
}

fn request_line(line: &str) -> Result<(Method, Uri, Version), RawError> {
    let mut words = line.split_ascii_whitespace();
    let (Some(method), Some(target), version, None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(RawError::RequestLine);
    };
    let version = match version {
        None | Some("HTTP/1.1") => Version::HTTP_11,
        Some("HTTP/1.0") => Version::HTTP_10,
        Some("HTTP/2" | "HTTP/2.0") => Version::HTTP_2,
        Some(_) => return Err(RawError::Version),
    };
    let target = Some(target).filter(|target| target.starts_with('/')).and_then(|target| target.parse().ok());
    let method = method.parse().map_err(|_| RawError::RequestLine)?;
    Ok((method, target.ok_or(RawError::Target)?, version))
}

fn header(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    Some((name.parse().ok()?, HeaderValue::from_bytes(value.trim().as_bytes()).ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_request_reads_and_writes_back() {
        let text = "POST /e/?ip=1 HTTP/1.1\nhost: eu.i.posthog.com\nx-a: 1\nx-a: 2\n\n{\"a\":\n\n1}\n";
        let request = read(text.as_bytes()).unwrap();
        assert_eq!(request.method(), Method::POST);
        assert_eq!(request.uri(), "/e/?ip=1");
        assert_eq!(request.headers().get_all("x-a").iter().count(), 2);
        assert_eq!(request.body(), "{\"a\":\n\n1}\n");
        assert_eq!(write(&request), text);
    }

    #[test]
    fn line_endings_of_either_kind_are_fine_and_a_body_keeps_its_bytes() {
        let request = read(b"POST / HTTP/1.1\r\nContent-Type:text/plain \r\n\r\n\xff\r\n\x00").unwrap();
        assert_eq!(request.headers()["content-type"], "text/plain");
        assert_eq!(request.body().as_ref(), b"\xff\r\n\x00");
    }

    #[test]
    fn a_head_alone_is_a_request() {
        let request = read(b"GET /a").unwrap();
        assert!(request.body().is_empty());
        assert_eq!(write(&request), "GET /a HTTP/1.1\n");
    }

    #[test]
    fn an_error_names_the_line() {
        for (text, error) in [
            ("", RawError::RequestLine),
            ("GET", RawError::RequestLine),
            ("GET / HTTP/1.1 x", RawError::RequestLine),
            ("G(T / HTTP/1.1", RawError::RequestLine),
            ("GET https://example.com/ HTTP/1.1", RawError::Target),
            ("GET /a|\u{7f} HTTP/1.1", RawError::Target),
            ("GET / HTTP/9", RawError::Version),
            ("GET / HTTP/1.1\na: b\nno colon", RawError::Header(3)),
            ("GET / HTTP/1.1\na b: c", RawError::Header(2)),
        ] {
            assert_eq!(read(text.as_bytes()).map(|_| ()), Err(error), "{text}");
        }
        assert_eq!(read(b"GET / HTTP/1.1\na: \xff\n\n").map(|_| ()), Err(RawError::Text));
    }
}
