//! The name a visitor called while shaking hands (SNI, RFC 6066 §3), and requests for another.
//!
//! Knows certificates' names; does not know routes, which say whether the difference matters. Invariant: a request for
//! a name that was neither called nor stands in a certificate of the called name bears the called one with it.
//!
//! A browser reuses an HTTP/2 connection for every name its certificate covers (RFC 9113 §9.1.1); nobody honest asks
//! further. RFC 9110 §7.4 wants the rest refused: whoever stands before privet saw only the name that was called.

use std::fmt;
use std::sync::Arc;

use http::Request;
use http::header::HOST;

use super::certificates::Certificates;
use crate::proxy;

#[derive(Clone)]
pub struct Called {
    name: Arc<str>,
    names: Arc<Certificates>,
}

impl Called {
    pub fn new(name: &str, names: Arc<Certificates>) -> Self {
        Self { name: name.to_ascii_lowercase().into(), names }
    }

    /// Marks a request that asks another name than the called one, or those certified with it.
    pub fn mark<B>(&self, request: &mut Request<B>) {
        let line = || request.headers().get(HOST).and_then(|line| line.to_str().ok());
        let said = request.uri().authority().map(|authority| authority.as_str()).or_else(line);
        // Who says none at all is turned away by the router.
        let host = said.map_or(&*self.name, host);
        let is_called = host.eq_ignore_ascii_case(&self.name) || self.names.are_one(&self.name, host);
        if !is_called {
            request.extensions_mut().insert(proxy::Called(self.name.clone()));
        }
    }
}

/// An authority without its port and final dot.
pub fn host(authority: &str) -> &str {
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let host =
        authority.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(authority, |(host, _)| host);
    host.strip_suffix('.').unwrap_or(host)
}

impl fmt::Debug for Called {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Called(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_what_stands_before_the_port() {
        for (authority, name) in
            [("a.test", "a.test"), ("a.test:8443", "a.test"), ("a.test.:1", "a.test"), ("[::1]:443", "[::1]")]
        {
            assert_eq!(host(authority), name);
        }
    }
}
