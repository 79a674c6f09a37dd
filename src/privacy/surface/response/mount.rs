//! A route seen from both sides: where an upstream's paths are found on the visitor's.
//!
//! Knows authorities and paths; does not know headers or documents. Invariant: a path that a browser would walk out
//! of the route is in none.

use http::uri::Authority;

/// Where one upstream stands on the visitor's side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
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
    /// Whether an authority is the upstream's. Ports that a scheme implies are no difference.
    pub fn is_upstream(&self, authority: &str) -> bool {
        let explicit = |authority: &Authority| authority.port_u16().filter(|port| !matches!(port, 80 | 443));
        !authority.contains('@')
            && authority.parse::<Authority>().is_ok_and(|other| {
                other.host().eq_ignore_ascii_case(self.upstream.host())
                    && explicit(&other) == explicit(&self.upstream)
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

/// What stands before a query or fragment.
pub fn path_of(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or(text)
}

/// Whether a browser would leave a directory on this path.
pub fn climbs(path: &str) -> bool {
    path.to_ascii_lowercase().replace("%2e", ".").split('/').any(|segment| segment == "..")
}
