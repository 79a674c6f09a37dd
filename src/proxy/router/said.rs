//! What a request says of where it goes: its host and its path.
//!
//! Knows every version of HTTP's ways to say so; does not know routes. Invariant: a host that is named in two ways,
//! and a path that two readers could walk to two places, are none.

use std::borrow::Cow;

use http::header::HOST;
use http::request::Parts;
use http::uri::Scheme;
use http::{Uri, Version};

use super::unroutable::Unroutable;

/// The host a request is for, as routes spell it. Only HTTP/1.0 may leave it out.
pub fn host(head: &Parts) -> Result<Option<Cow<'_, str>>, Unroutable> {
    let mut lines = head.headers.get_all(HOST).iter();
    let line = lines
        .next()
        .map(|line| line.to_str().ok().and_then(authority).ok_or(Unroutable::Host))
        .transpose()?;
    let in_target =
        head.uri.authority().map(|text| authority(text.as_str()).ok_or(Unroutable::Host)).transpose()?;
    if lines.next().is_some() || (head.version == Version::HTTP_11 && line.is_none()) {
        return Err(Unroutable::Host);
    }
    match (line, in_target) {
        (Some(line), Some(target)) if !agree(&line, &target) => Err(Unroutable::Host),
        (Some((host, _)), _) | (None, Some((host, _))) => Ok(Some(host)),
        (None, None) if head.version == Version::HTTP_10 => Ok(None),
        (None, None) => Err(Unroutable::Host),
    }
}

/// The host and port a request is for, lower case, as an origin has them.
pub fn authority_of(head: &Parts) -> Option<String> {
    let said = head.headers.get(HOST).and_then(|line| line.to_str().ok());
    said.or(head.uri.authority().map(|authority| authority.as_str())).map(str::to_ascii_lowercase)
}

/// A host, lower case and without final dot, and a port. No userinfo, no spaces, nothing clever.
fn authority(text: &str) -> Option<(Cow<'_, str>, Option<u16>)> {
    let end_of_host = if text.starts_with('[') {
        text.find(']')? + 1
    } else {
        memchr::memchr(b':', text.as_bytes()).unwrap_or(text.len())
    };
    let (host, port) = text.split_at(end_of_host);
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        Some("") => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(digits.parse().ok()?),
        _ => return None,
    };
    let valid = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')),
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    // Browsers say it in lower case.
    let lower_case = match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(name.to_ascii_lowercase()),
        false => Cow::Borrowed(name),
    };
    (valid && !name.is_empty() && !name.starts_with('.')).then_some((lower_case, port))
}

fn agree(one: &(Cow<'_, str>, Option<u16>), other: &(Cow<'_, str>, Option<u16>)) -> bool {
    one.0 == other.0 && (one.1 == other.1 || one.1.is_none() || other.1.is_none())
}

/// The path, if every reader walks it to the same place.
///
/// hyper has dropped a fragment and refused control characters and spaces before.
pub fn path(uri: &Uri) -> Result<&str, Unroutable> {
    let known_scheme = uri.scheme().is_none_or(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS);
    let path = uri.path();
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#');
    // An authority alone (`GET host:443`) has no path of its own.
    let has_path = path.starts_with('/') && (uri.scheme().is_some() || uri.authority().is_none());
    if known_scheme && has_path && plain && !has_dot_segment(path) {
        Ok(path)
    } else {
        Err(Unroutable::Target)
    }
}

/// Whether some reader would find a `.` or `..` segment: percent-encoded, between encoded slashes, or before
/// a `;`. Browsers resolve these before they send, so nobody misses them.
fn has_dot_segment(path: &str) -> bool {
    if memchr::memchr2(b'.', b'%', path.as_bytes()).is_none() {
        return false;
    }
    let decoded = path.to_ascii_lowercase().replace("%2e", ".").replace("%2f", "/").replace("%5c", "/");
    decoded
        .replace("%3b", ";")
        .split('/')
        .any(|segment| matches!(segment.split(';').next(), Some("." | "..")))
}
