//! Where a route leads.
//!
//! Does not resolve a name. Invariant: an upstream is a scheme, a name and at most a path; what else a URL can
//! carry is told and never shown again, since it may be a password.

use std::net::IpAddr;
use std::sync::Arc;

use http::StatusCode;
use http::uri::{Authority, Scheme, Uri};
use rustls::sign::CertifiedKey;

use super::super::file::{EjectionEntry, HealthEntry, PairEntry, RouteEntry, UpstreamEntry};
use super::super::section::Written;
use super::super::upstream::{Ejection, Health, Place, Spread, Upstream};
use super::super::vendors::Vendor;
use super::{Desk, certificate, given, limits, mounting};

/// Where requests go: the first upstream, how they are spread over it and the others, and the further places.
pub struct Leads {
    pub upstream: Upstream,
    pub spread: Spread,
    pub places: Vec<Place>,
}

/// Where a route says it leads, or where its vendor does.
pub fn upstreams(entry: &RouteEntry, vendor: Option<&Vendor>, desk: &Desk<'_>) -> Option<Leads> {
    let (written, place) = (&entry.upstream, &entry.place);
    let connect_to = given(&written.connect_to, |address| mounting::connect_to(address, place, desk));
    let ca = given(&written.ca, |ca| certificate::authorities(ca, place, desk).map(Arc::new));
    let client = given(&written.client, |pair| client(pair, desk).map(Arc::new));
    let health = given(&written.health, |entry| health(entry, desk));
    let allow_private = written.allow_private.as_ref().is_some_and(|allowed| allowed.value);
    let ejection = ejection(written.ejection.as_ref(), desk);
    let count = written.urls.as_ref().map_or(1, Vec::len);
    if count == 1 && (written.sticky.is_some() || written.ejection.is_some()) {
        let note = "sticky and ejection do nothing with one upstream, which is never left out";
        desk.findings.note(place, note);
    }
    let Some(urls) = written.urls.as_ref().filter(|urls| !urls.is_empty()) else {
        let (root, further) = mounting::hosts(entry, vendor, desk)?;
        let (ca, client, connect_to) = (ca?, client?, connect_to?);
        let to = |(authority, base_path)| Upstream {
            scheme: Scheme::HTTPS,
            authority,
            base_path,
            ca: ca.clone(),
            client: client.clone(),
            allow_private,
            connect_to,
        };
        let spread = Spread { health: health?, ..Spread::default() };
        let places = further.into_iter().map(|(at, host)| Place { at, upstream: to(host) });
        return Some(Leads { upstream: to(root), spread, places: places.collect() });
    };
    mounting::of_no_use(entry, desk);
    let mut read = Vec::new();
    for url in urls {
        match parts(&url.value) {
            Ok(parts) => {
                judge(written, url, (&parts.0, &parts.1), place, desk);
                read.push((parts, url.line));
            }
            Err((what, instead)) => desk.findings.tell(url.line, place, what, instead),
        }
    }
    alike(&read, place, desk);
    let mut read = read.into_iter().map(|(parts, _)| parts);
    let (scheme, authority, base_path) = read.next()?;
    let others: Vec<Authority> = read.map(|(_, authority, _)| authority).collect();
    let ejection = ejection.filter(|_| !others.is_empty());
    let sticky = written.sticky.as_ref().is_some_and(|sticky| sticky.value);
    let (ca, client, connect_to) = (ca?, client?, connect_to?);
    let upstream = Upstream { scheme, authority, base_path, ca, client, allow_private, connect_to };
    let spread = Spread { others, sticky, health: health?, ejection };
    Some(Leads { upstream, spread, places: Vec::new() })
}

type Wrong = (&'static str, &'static str);

type Parts = (Scheme, Authority, String);

fn parts(text: &str) -> Result<Parts, Wrong> {
    const RIGHT: &str = "write https://name or https://name/path";
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(("upstream has no scheme", RIGHT));
    };
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "https" => Scheme::HTTPS,
        "http" => Scheme::HTTP,
        _ => return Err(("upstream is neither https nor http", RIGHT)),
    };
    if rest.contains('#') {
        return Err(("upstream has a fragment", "leave out what follows #"));
    }
    if rest.contains('?') {
        return Err(("upstream has a query", "leave out what follows ?"));
    }
    if rest.split('/').next().is_some_and(|authority| authority.contains('@')) {
        return Err(("upstream carries a user name or password", "leave out what stands before @"));
    }
    let uri: Uri = format!("{scheme}://{}", rest).parse().map_err(|_| ("upstream is not a URL", RIGHT))?;
    let authority = uri.authority().map(|authority| authority.as_str().to_ascii_lowercase());
    let authority: Option<Authority> = authority.and_then(|authority| authority.parse().ok());
    let authority =
        authority.filter(|authority| !authority.host().is_empty()).ok_or(("upstream has no host", RIGHT))?;
    if authority.as_str().len() != authority.host().len() && authority.port_u16().is_none_or(|port| port == 0)
    {
        return Err(("upstream has a port that is none", "write a port from 1 to 65535"));
    }
    if uri.path().split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err(("upstream has a path with . or ..", "write the path it leads to"));
    }
    Ok((scheme, authority, uri.path().trim_end_matches('/').to_owned()))
}

/// Tells what several upstreams of one route do not have in common, or have.
fn alike(read: &[(Parts, usize)], place: &str, desk: &Desk<'_>) {
    let Some(((scheme, _, path), _)) = read.first() else { return };
    for (index, ((other, authority, other_path), line)) in read.iter().enumerate() {
        if (other, other_path) != (scheme, path) {
            let what = "the route's upstreams differ in scheme or path";
            let instead = "write one route for each, or the same scheme and path for all";
            desk.findings.tell(*line, place, what, instead);
        } else if read[..index].iter().any(|((_, earlier, _), _)| earlier == authority) {
            desk.findings.tell(*line, place, "an upstream is there twice", "leave one of them out");
        }
    }
}

fn judge(
    entry: &UpstreamEntry,
    written: &Written<String>,
    (scheme, authority): (&Scheme, &Authority),
    place: &str,
    desk: &Desk<'_>,
) {
    let host = authority.host();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let home = literal.map_or_else(|| is_home(host), is_private);
    let allow_private = entry.allow_private.as_ref().is_some_and(|allowed| allowed.value);
    if *scheme == Scheme::HTTPS {
        if home && !allow_private {
            let what = "upstream is a private, loopback or link-local address";
            desk.findings.tell(written.line, place, what, "if that is meant, add allow_private = true");
        }
        if allow_private && literal.is_none() {
            desk.findings.note(place, "allow_private: the upstream's name may resolve to a private address");
        }
        return;
    }
    let client = entry.client.as_ref().map(|pair| ("upstream_client", pair.line));
    for (key, line) in entry.ca.as_ref().map(|ca| ("upstream_ca", ca.line)).into_iter().chain(client) {
        let what = format!("{key} without TLS: the upstream is http://");
        desk.findings.tell(line, place, what, format!("use https:// or remove {key}"));
    }
    if !home && !is_local(host, literal) {
        desk.findings.note(place, "the upstream is http://: what leaves goes to the vendor in plain text");
    }
}

/// What privet shows an upstream that asks who it is.
fn client(pair: &PairEntry, desk: &Desk<'_>) -> Option<CertifiedKey> {
    if let Some(ocsp) = &pair.ocsp {
        let what = "ocsp is for the certificates that visitors are shown";
        desk.findings.tell(ocsp.line, &pair.place, what, "leave it out");
    }
    certificate::certified(pair, desk)
}

fn health(entry: &HealthEntry, desk: &Desk<'_>) -> Option<Health> {
    let place = &entry.place;
    let Some(path) = &entry.path else {
        desk.findings.missing(entry.line, place, &["path"], "write path = \"/health\"");
        return None;
    };
    // What a URL could carry beside is not asked for.
    let plain = path.value.starts_with('/') && !path.value.contains('#');
    let read = path.value.parse().ok().filter(|_| plain);
    if read.is_none() {
        let what = "path is not the path of a URL";
        desk.findings.tell(path.line, place, what, "write path = \"/health\"");
    }
    let status = given(&entry.status, |written| {
        let known = u16::try_from(written.value).ok().filter(|status| (200..600).contains(status));
        let status = known.and_then(|status| StatusCode::from_u16(status).ok());
        if status.is_none() {
            let what = format!("status is {}", written.value);
            desk.findings.tell(written.line, place, what, "write 200 to 599");
        }
        status
    });
    let [interval, timeout] = limits::health_times(entry, desk);
    let [healthy_after, unhealthy_after] = limits::health_counts(entry, desk);
    let (path, status) = (read?, status?);
    Some(Health { path, interval, timeout, healthy_after, unhealthy_after, status })
}

/// Where there are others, one that fails is left out unless the route says otherwise.
fn ejection(entry: Option<&EjectionEntry>, desk: &Desk<'_>) -> Option<Ejection> {
    match entry {
        Some(EjectionEntry::Off | EjectionEntry::Wrong) => None,
        entry => Some(limits::ejection(entry, desk)),
    }
}

/// Whether an address is one of this machine or of its own networks.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let shared = first == 100 && (64..128).contains(&second);
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified() || shared
        }
        IpAddr::V6(v6) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_unspecified()
        }
    }
}

/// Names that stand for this machine.
fn is_home(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    host == "localhost" || host.ends_with(".localhost")
}

/// Names that no public resolver knows: a container's, or one of the reserved endings.
fn is_local(host: &str, literal: Option<IpAddr>) -> bool {
    const ENDINGS: [&str; 5] = [".local", ".internal", ".test", ".lan", ".home.arpa"];
    literal.is_none() && (!host.contains('.') || ENDINGS.iter().any(|ending| host.ends_with(ending)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_a_scheme_a_name_and_at_most_a_path() {
        let read = |text| parts(text).map(|(scheme, authority, path)| format!("{scheme} {authority} {path}"));
        assert_eq!(read("https://EU.i.posthog.com"), Ok("https eu.i.posthog.com ".to_owned()));
        assert_eq!(read("HTTP://[::1]:9100/base/"), Ok("http [::1]:9100 /base".to_owned()));
        for (wrong, told) in [
            ("eu.i.posthog.com", "no scheme"),
            ("ftp://a", "neither https nor http"),
            ("https://", "not a URL"),
            ("https://:443", "no host"),
            ("https://a/?b=1", "query"),
            ("https://a/#b", "fragment"),
            ("https://user:secret@a", "user name or password"),
            ("https://a:0", "port"),
            ("https://a:", "port"),
            ("https://a:99999", "port"),
            ("https://a/../b", ".."),
            ("https://a b", "not a URL"),
        ] {
            let what = read(wrong).map_err(|(what, _)| what);
            assert!(what.as_ref().is_err_and(|what| what.contains(told)), "{wrong}: {what:?}");
        }
    }

    #[test]
    fn private_addresses_are_known_in_every_family() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.0.1",
            "100.64.0.1",
            "::1",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert_eq!(private.parse().map(is_private), Ok(true), "{private}");
        }
        for public in ["93.184.215.14", "100.128.0.1", "2606:2800::1"] {
            assert_eq!(public.parse().map(is_private), Ok(false), "{public}");
        }
    }
}
