//! A route seen from both sides: where an upstream's paths are found on the visitor's.
//!
//! Knows authorities and paths; does not know headers or documents. Invariants: a path that a browser would walk out
//! of the route is in none; a pattern stands for hosts that differ in one label or a part of it, and for no others.

use std::borrow::Cow;

use http::uri::Authority;

/// RFC 1035 §2.3.4: octets of a label.
const LONGEST_LABEL: usize = 63;
/// Vendors' own are shorter, and number few hosts.
const LONGEST_SHARD: usize = 24;
const MOST_DIGITS: usize = 3;

/// Where one upstream stands on the visitor's side, or where all upstreams of a pattern do: `*.vendor.example` at
/// `/shard/*/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// Its host may have one `*`, and so has `place` then.
    pub upstream: Authority,
    /// What the upstream's paths begin with, without a final `/`.
    pub base_path: String,
    /// The name visitors ask for, without a port; any, if it is `None`.
    pub host: Option<String>,
    /// What the visitor's paths begin with; begins and ends with `/`.
    pub place: String,
    /// Whether `place` is part of the upstream's paths too.
    pub keep_path: bool,
}

impl Mount {
    /// Whether it stands for more than one host.
    pub fn is_pattern(&self) -> bool {
        self.upstream.host().contains('*')
    }

    /// The same for a host alone, if it is the upstream's: what the pattern captures of it stands in the place.
    pub fn for_host(&self, host: &str) -> Option<Cow<'_, Self>> {
        if !self.is_pattern() {
            return self.upstream.host().eq_ignore_ascii_case(host).then_some(Cow::Borrowed(self));
        }
        let host = host.to_ascii_lowercase();
        self.capturing(captured(self.upstream.host(), &host)?).map(Cow::Owned)
    }

    /// The same for what a pattern's `*` stands for.
    pub fn capturing(&self, label: &str) -> Option<Self> {
        let upstream =
            self.upstream.as_str().replacen('*', label, 1).parse().ok().filter(|_| is_shard(label))?;
        Some(Self { upstream, place: self.place.replacen('*', label, 1), ..self.clone() })
    }

    /// Whether an authority is the upstream's. Ports that a scheme implies are no difference.
    pub fn is_upstream(&self, authority: &str) -> bool {
        let explicit = |authority: &Authority| authority.port_u16().filter(|port| !matches!(port, 80 | 443));
        !authority.contains('@')
            && authority.parse::<Authority>().is_ok_and(|other| {
                self.for_host(other.host()).is_some() && explicit(&other) == explicit(&self.upstream)
            })
    }

    /// Where an upstream's path is found on the visitor's side, if it lies in the route at all.
    pub fn visitors_path(&self, path: &str) -> Option<String> {
        let inner = match path.strip_prefix(&*self.base_path)? {
            "" => "/",
            inner if inner.starts_with('/') => inner,
            _ => return None,
        };
        if climbs(inner) {
            None
        } else if self.keep_path {
            (inner.starts_with(&self.place) || inner == self.place.trim_end_matches('/'))
                .then(|| inner.to_owned())
        } else {
            Some(format!("{}{inner}", self.place.trim_end_matches('/')))
        }
    }
}

/// What the `*` of a pattern stands for in a text, if it may, in lower case.
pub fn captured<'t>(pattern: &str, text: &'t str) -> Option<&'t str> {
    let (before, after) = pattern.split_once('*')?;
    text.strip_prefix(before)?.strip_suffix(after).filter(|label| is_shard(label))
}

/// Whether a text can stand in a host's name without making it another domain's.
pub fn is_label(text: &str) -> bool {
    let sign = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=LONGEST_LABEL).contains(&text.len()) && text.bytes().all(sign)
}

/// Whether `*` may stand for a text. It leaves as a host's name, which nothing scrubs: so it has no room for an
/// identifier, nor for an address as people write it.
pub fn is_shard(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    is_label(text) && text.len() <= LONGEST_SHARD && digits <= MOST_DIGITS
}

/// What stands before a query or fragment.
pub fn path_of(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or(text)
}

/// Whether a browser would leave a directory on this path.
pub fn climbs(path: &str) -> bool {
    path.to_ascii_lowercase().replace("%2e", ".").split('/').any(|segment| segment == "..")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::fixture::mount;

    fn shards() -> Mount {
        mount("edge-*.vendor.example", "/stats/_p/shard/*/")
    }

    #[test]
    fn a_pattern_stands_for_hosts_that_differ_in_one_label_or_a_part_of_it() {
        for (host, place) in [
            ("edge-k.vendor.example", Some("/stats/_p/shard/k/")),
            ("EDGE-Eu-2.Vendor.example", Some("/stats/_p/shard/eu-2/")),
            ("edge-.vendor.example", None),
            ("edge-*.vendor.example", None),
            ("edge-a.b.vendor.example", None),
            ("edge-a_b.vendor.example", None),
            ("vendor.example", None),
            ("edge-k.vendor.example.evil.example", None),
            ("edge-k.evil.example/.vendor.example", None),
        ] {
            let found = shards().for_host(host).map(|mount| mount.place.clone());
            assert_eq!(found.as_deref(), place, "{host}");
            assert_eq!(shards().is_upstream(host), place.is_some(), "{host}");
        }
        assert!(!shards().is_upstream("edge-k.vendor.example:8443"));
    }

    #[test]
    fn what_a_place_captures_names_a_host_of_the_pattern_and_no_other() {
        let host = |label| shards().capturing(label).map(|mount| mount.upstream.to_string());
        assert_eq!(host("k").as_deref(), Some("edge-k.vendor.example"));
        assert!(host("pod-127").is_some() && host("australia-websocket").is_some());
        for label in [
            "",
            "K",
            "a.b",
            "evil.example/",
            "a@b",
            "a:1",
            "*",
            "%61",
            "pod-1234",
            "198-51-100-7",
            "0f8fad5bd9cb469fa165",
            &"k".repeat(25),
        ] {
            assert_eq!(host(label), None, "{label}");
        }
    }

    #[test]
    fn a_captured_hosts_path_is_found_at_its_own_place() {
        let shard = shards().capturing("k").unwrap();
        assert!(!shard.is_pattern());
        assert_eq!(shard.visitors_path("/collect").as_deref(), Some("/stats/_p/shard/k/collect"));
    }
}
