//! A vendor's Content-Security-Policy on its way home.
//!
//! Knows directives and sources (CSP3 §2.3); does not know what else a head says. Invariant: it allows what it
//! allowed, found on the visitor's side, and reports nothing.

use http::HeaderValue;

use super::ResponseScope;
use super::mount::Mount;

impl ResponseScope<'_> {
    /// The protection stays (a file sent in a chat must not run on the site), the reports do not; the
    /// upstream as a source is the visitor's side itself.
    pub(super) fn content_security_policy(&self, value: &HeaderValue) -> Option<HeaderValue> {
        let policies = value.to_str().ok()?.split(',').map(|policy| {
            let directives = policy.split(';').filter_map(|directive| self.directive(directive));
            directives.collect::<Vec<_>>().join("; ")
        });
        let policies = policies.filter(|policy| !policy.is_empty()).collect::<Vec<_>>().join(", ");
        if policies.is_empty() { None } else { policies.parse().ok() }
    }

    fn directive(&self, directive: &str) -> Option<String> {
        let mut words = directive.split_ascii_whitespace();
        let name = words.next().filter(|name| !name.to_ascii_lowercase().starts_with("report-"))?;
        let mut sources: Vec<&str> = Vec::new();
        for source in words.map(|source| self.source(source)) {
            if !sources.contains(&source) {
                sources.push(source);
            }
        }
        Some(std::iter::once(name).chain(sources).collect::<Vec<_>>().join(" "))
    }

    /// Where what the vendor allows is found on the visitor's side; a pattern that a host of the vendor's is of allows
    /// that one.
    fn source<'s>(&'s self, source: &'s str) -> &'s str {
        let after_scheme = source.split_once("://").map_or(source, |(_, rest)| rest);
        let authority = after_scheme.split('/').next().unwrap_or(after_scheme);
        let is_of = |mount: &&Mount| match authority.strip_prefix('*') {
            Some(domain) => domain.len() > 1 && mount.upstream.host().ends_with(&domain.to_ascii_lowercase()),
            None => mount.is_upstream(authority),
        };
        let own = [self.route].into_iter().chain(self.home.mounts).find(is_of);
        own.map_or(source, |mount| mount.host.as_deref().unwrap_or("'self'"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::tests::scrubbed;

    #[test]
    fn a_content_security_policy_protects_and_does_not_report() {
        let csp = "default-src 'none'; script-src https://eu.vendor.example wss://*.vendor.example cdn.example * *.example.org; \
                   report-uri /r; report-to x";
        let expected = "default-src 'none'; script-src 'self' cdn.example * *.example.org";
        assert_eq!(
            scrubbed(200, &[("content-security-policy", csp)]),
            Ok(vec![("content-security-policy".into(), expected.into())])
        );
        assert_eq!(scrubbed(200, &[("content-security-policy", "report-uri https://x")]), Ok(vec![]));
    }
}
