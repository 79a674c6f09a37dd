//! Hosts, paths and origins: how visitors' browsers name a route and its site.
//!
//! Does not know which routes there are. Invariant: each comes out in the one spelling it is compared in.

use std::net::Ipv6Addr;

use http::Uri;

use super::super::section::Written;
use super::super::words::quote;
use super::Desk;

/// Lower case, without port, an IPv6 address in brackets.
pub fn host(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<String> {
    let host = written.value.strip_suffix('.').unwrap_or(&written.value).to_ascii_lowercase();
    let instead = if host.contains("://") {
        "write the name alone, without a scheme"
    } else if host.contains('/') {
        "write the name alone, and path = \"/…/\" for a path"
    } else if host.contains('*') {
        "write a route for each name"
    } else if !host.is_ascii() {
        "write the name in its ASCII form, xn--…"
    } else if is_host(&host) {
        return Some(host);
    } else if host.rsplit_once(':').is_some_and(|(name, _)| is_host(name)) {
        "write the name without a port; any port matches"
    } else {
        "write a name such as stats.example.com"
    };
    desk.findings.tell(written.line, place, format!("{} is no host", quote(&written.value)), instead);
    None
}

/// Begins and ends with a slash.
pub fn path(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<String> {
    let mut path = written.value.clone();
    if !path.ends_with('/') {
        path.push('/');
    }
    let plain =
        |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'?' | b'#' | b'%' | b'*' | b'\\' | b';');
    let segments = path.trim_matches('/').split('/');
    let odd = path != "/" && segments.clone().any(|segment| matches!(segment, "" | "." | ".."));
    let (what, instead) = if !path.starts_with('/') {
        ("does not begin with /", "write path = \"/stats/\"")
    } else if odd || path.starts_with("//") || path.ends_with("//") || !path.bytes().all(plain) {
        ("is not a plain path", "write path = \"/stats/\"")
    } else if path.starts_with("/.privet/") {
        ("belongs to privet's own pages", "choose another path")
    } else {
        return Some(path);
    };
    desk.findings.tell(written.line, place, format!("path {} {what}", quote(&written.value)), instead);
    None
}

/// Scheme, host and port, as browsers write it: lower case, the scheme's own port left out.
pub fn origin(written: &Written<String>, place: &str, desk: &Desk<'_>) -> Option<String> {
    let lower = written.value.to_ascii_lowercase();
    let read = || {
        let uri: Uri = lower.parse().ok()?;
        let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
        let port = authority.port_u16();
        let bare = uri.path_and_query().is_none_or(|rest| rest == "/") && !lower.ends_with(['/', '#', '?']);
        let exact = authority.as_str().len() == authority.host().len() || port.is_some();
        let own = matches!((scheme, port), ("https", Some(443)) | ("http", Some(80)));
        let fits = matches!(scheme, "https" | "http") && is_host(authority.host()) && bare && exact;
        fits.then(|| match port {
            Some(port) if !own => format!("{scheme}://{}:{port}", authority.host()),
            _ => format!("{scheme}://{}", authority.host()),
        })
    };
    let origin = read();
    if origin.is_none() {
        let what = format!("{} in site_origins is no origin", quote(&written.value));
        desk.findings.tell(written.line, place, what, "write https://www.example.com, without a path");
    }
    origin
}

/// The host of an origin.
pub fn host_of(origin: &str) -> Option<&str> {
    let (_, authority) = origin.split_once("://")?;
    Some(
        authority
            .rsplit_once(':')
            .filter(|(_, port)| port.parse::<u16>().is_ok())
            .map_or(authority, |(host, _)| host),
    )
}

/// Whether a host is a domain's own or below it, so that it may set cookies for it.
pub fn is_within(host: &str, domain: &str) -> bool {
    let above = host.strip_suffix(domain);
    above.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// A name of ASCII labels, or an address as a URL writes it.
pub fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<Ipv6Addr>().is_ok();
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    host.len() <= 253 && host.split('.').all(label)
}
