//! Where a route leads.
//!
//! Does not resolve a name. Invariant: an upstream is a scheme, a name and at most a path; what else a URL can
//! carry is told and never shown again, since it may be a password.

use std::net::IpAddr;

use http::uri::{Authority, Scheme, Uri};

use super::super::file::RouteEntry;
use super::super::section::Written;
use super::super::settings::Upstream;
use super::{Desk, certificate};

pub fn upstream(entry: &RouteEntry, desk: &Desk<'_>) -> Option<Upstream> {
    let place = &entry.place;
    if let Some(ca) = &entry.upstream_ca {
        certificate::authorities(ca, place, desk);
    }
    let Some(written) = &entry.upstream else {
        desk.findings.missing(entry.line, place, &["upstream"], "write upstream = \"https://…\"");
        return None;
    };
    let (scheme, authority, base_path) = match parts(&written.value) {
        Ok(parts) => parts,
        Err((what, instead)) => {
            desk.findings.tell(written.line, place, what, instead);
            return None;
        }
    };
    let ca = entry.upstream_ca.as_ref().map(|ca| desk.path(&ca.value));
    let allow_private = entry.allow_private.as_ref().is_some_and(|allowed| allowed.value);
    let upstream = Upstream { scheme, authority, base_path, ca, allow_private };
    judge(entry, written, &upstream, desk);
    Some(upstream)
}

type Wrong = (&'static str, &'static str);

fn parts(text: &str) -> Result<(Scheme, Authority, String), Wrong> {
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

fn judge(entry: &RouteEntry, written: &Written<String>, upstream: &Upstream, desk: &Desk<'_>) {
    let place = &entry.place;
    let host = upstream.authority.host();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    let home = literal.map_or_else(|| is_home(host), is_private);
    if upstream.scheme == Scheme::HTTPS {
        if home && !upstream.allow_private {
            let what = "upstream is a private, loopback or link-local address";
            desk.findings.tell(written.line, place, what, "if that is meant, add allow_private = true");
        }
        if upstream.allow_private && literal.is_none() {
            desk.findings.note(place, "allow_private: the upstream's name may resolve to a private address");
        }
    } else {
        if let Some(ca) = &entry.upstream_ca {
            let what = "upstream_ca without TLS: the upstream is http://";
            desk.findings.tell(ca.line, place, what, "use https:// or remove upstream_ca");
        }
        if !home && !is_local(host, literal) {
            desk.findings
                .note(place, "the upstream is http://: what leaves goes to the vendor in plain text");
        }
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
