//! What privet counts about itself, in the Prometheus text format.
//!
//! Knows the words of the settings and of the engine; knows no request. Invariant: a label's value is a name from
//! the settings, a word fixed in the code or a registered status, so no visitor can add to it and its variety is
//! bounded.

mod counts;
mod labels;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

pub use counts::Counts;
use counts::Families;
use labels::{
    CertificateLabels, CheckLabels, CutLabels, FailureLabels, ListenerLabel, PatchLabels, ReloadLabel,
    RouteLabel, UpstreamLabels,
};

/// The media type of [`Metrics::encode`]'s text.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Every counter, shared by all threads.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Of all routes, and of each.
    families: Families,
    counts: RwLock<HashMap<Box<str>, Arc<Counts>>>,
    open_connections: Family<ListenerLabel, Gauge>,
    connections: Family<ListenerLabel, Counter>,
    cut_connections: Family<CutLabels, Counter>,
    handshake_failures: Family<ListenerLabel, Counter>,
    reloads: Family<ReloadLabel, Counter>,
    certificates: Family<CertificateLabels, Gauge>,
    upstream_up: Family<UpstreamLabels, Gauge>,
    upstream_failures: Family<FailureLabels, Counter>,
    upstream_ejections: Family<UpstreamLabels, Counter>,
    upstream_checks: Family<CheckLabels, Counter>,
    upstream_retries: Family<RouteLabel, Counter>,
    patches: Family<PatchLabels, Counter>,
}

impl Metrics {
    pub fn new() -> Self {
        let mut new = Self {
            registry: Registry::with_prefix("privet"),
            families: Families::new(),
            counts: RwLock::default(),
            open_connections: Family::default(),
            connections: Family::default(),
            cut_connections: Family::default(),
            handshake_failures: Family::default(),
            reloads: Family::default(),
            certificates: Family::default(),
            upstream_up: Family::default(),
            upstream_failures: Family::default(),
            upstream_ejections: Family::default(),
            upstream_checks: Family::default(),
            upstream_retries: Family::default(),
            patches: Family::default(),
        };
        new.register();
        new
    }

    /// Tells of log lines that were left out, too.
    pub fn with_lost_lines(mut self, lost: Counter) -> Self {
        self.registry.register("log_lines_lost", "Log lines left out, because they were not read", lost);
        self
    }

    /// What is counted of one route: a name from the settings, or "none".
    pub fn of(&self, route: &str) -> Arc<Counts> {
        let known = self.counts.read().unwrap_or_else(PoisonError::into_inner).get(route).cloned();
        known.unwrap_or_else(|| {
            let mut counts = self.counts.write().unwrap_or_else(PoisonError::into_inner);
            let new = || Arc::new(Counts::new(route, &self.families));
            Arc::clone(counts.entry(route.into()).or_insert_with(new))
        })
    }

    /// A connection was accepted; it counts as open until the value returned is dropped.
    pub fn connection_opened(&self, listener: &Arc<str>) -> Open {
        let labels = ListenerLabel { listener: listener.clone() };
        self.connections.get_or_create(&labels).inc();
        Open::of(&self.open_connections.get_or_create(&labels))
    }

    /// A connection was given up before its visitor left, for a reason in fixed words.
    pub fn connection_cut(&self, listener: &Arc<str>, reason: &'static str) {
        self.cut_connections.get_or_create(&CutLabels { listener: listener.clone(), reason }).inc();
    }

    pub fn tls_handshake_failed(&self, listener: &Arc<str>) {
        self.handshake_failures.get_or_create(&ListenerLabel { listener: listener.clone() }).inc();
    }

    pub fn reloaded(&self, taken: bool) {
        let result = if taken { "taken" } else { "rejected" };
        self.reloads.get_or_create(&ReloadLabel { result }).inc();
    }

    /// A certificate in use ends then, in seconds since 1970.
    pub fn certificate(&self, listener: &Arc<str>, file: &str, until: u64) {
        let labels = CertificateLabels { listener: listener.clone(), certificate: file.into() };
        self.certificates.get_or_create(&labels).set(until.try_into().unwrap_or(i64::MAX));
    }

    /// Other certificates take the place of those told so far.
    pub fn forget_certificates(&self) {
        self.certificates.clear();
    }

    /// Whether an upstream is asked, where anything could put it out.
    pub fn upstream_stands(&self, route: &str, upstream: &str, stands: bool) {
        self.upstream_up.get_or_create(&UpstreamLabels::of(route, upstream)).set(stands.into());
    }

    /// An upstream is no longer in the settings.
    pub fn upstream_left(&self, route: &str, upstream: &str) {
        self.upstream_up.remove(&UpstreamLabels::of(route, upstream));
    }

    /// An upstream gave no answer, or not all of it.
    pub fn upstream_failed(&self, route: &str, upstream: &str, reason: &'static str) {
        let labels = FailureLabels { route: route.into(), upstream: upstream.into(), reason };
        self.upstream_failures.get_or_create(&labels).inc();
    }

    /// An upstream failed too often in a row.
    pub fn upstream_ejected(&self, route: &str, upstream: &str) {
        self.upstream_ejections.get_or_create(&UpstreamLabels::of(route, upstream)).inc();
    }

    /// An upstream was asked how it is.
    pub fn checked(&self, route: &str, upstream: &str, well: bool) {
        let result = if well { "well" } else { "ill" };
        let labels = CheckLabels { route: route.into(), upstream: upstream.into(), result };
        self.upstream_checks.get_or_create(&labels).inc();
    }

    /// A request went out once more.
    pub fn sent_again(&self, route: &str) {
        self.upstream_retries.get_or_create(&RouteLabel { route: route.into() }).inc();
    }

    /// A patch of the vendor's file was put in so often; none shows that it waits for its text.
    pub fn patched(&self, route: &str, patch: &str, count: u64) {
        let labels = PatchLabels { route: route.into(), patch: patch.into() };
        self.patches.get_or_create(&labels).inc_by(count);
    }

    /// Everything counted so far, as text of [`CONTENT_TYPE`].
    pub fn encode(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("requests", "Exchanges, by how they ended", self.families.requests.clone());
        registry.register("values", "Values treated by the engine", self.families.values.clone());
        registry.register("refusals", "Requests the engine let not pass", self.families.refusals.clone());
        registry.register("unmapped_fields", "Fields no map names", self.families.unmapped_fields.clone());
        registry.register(
            "messages",
            "Messages on sockets, by direction and outcome",
            self.families.messages.clone(),
        );
        registry.register("sockets_open", "Sockets of visitors now", self.families.open_sockets.clone());
        registry.register_with_unit(
            "upstream",
            "Time until the vendor's answer began",
            Unit::Seconds,
            self.families.upstream.clone(),
        );
        registry.register("connections_open", "Visitors' connections now", self.open_connections.clone());
        registry.register("connections", "Visitors' connections accepted", self.connections.clone());
        registry.register("connections_cut", "Connections given up", self.cut_connections.clone());
        registry.register(
            "tls_handshake_failures",
            "Connections that ended before TLS was agreed",
            self.handshake_failures.clone(),
        );
        registry.register("reloads", "Settings read again while running", self.reloads.clone());
        registry.register_with_unit(
            "certificate_expires",
            "When a certificate ends, since 1970",
            Unit::Seconds,
            self.certificates.clone(),
        );
        registry.register("upstream_up", "Upstreams that are asked", self.upstream_up.clone());
        registry.register(
            "upstream_failures",
            "Answers that did not come whole",
            self.upstream_failures.clone(),
        );
        registry.register("upstream_ejections", "Upstreams put out", self.upstream_ejections.clone());
        registry.register("upstream_checks", "Health asked for, by result", self.upstream_checks.clone());
        registry.register("upstream_retries", "Requests sent once more", self.upstream_retries.clone());
        registry.register("patches", "Changes made to vendors' scripts", self.patches.clone());
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts a connection or a socket as open for as long as it lives.
#[derive(Debug)]
pub struct Open(Gauge);

impl Open {
    fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::privacy::Category;

    #[test]
    fn what_was_counted_is_told() {
        let metrics = Metrics::new();
        let (analytics, chat) = (metrics.of("analytics"), metrics.of("chat"));
        analytics.request(StatusCode::OK, "passed");
        metrics.of("none").request(StatusCode::NOT_FOUND, "refused");
        analytics.values(Category::Address, "remove", 3);
        analytics.unmapped(2);
        analytics.refusal("too-deep");
        analytics.upstream_seconds(0.02);
        chat.message("up", "passed");
        drop(chat.socket_opened());
        metrics.reloaded(false);
        let text = metrics.encode().unwrap();
        for line in [
            r#"privet_requests_total{route="analytics",status="200",outcome="passed"} 1"#,
            r#"privet_requests_total{route="none",status="404",outcome="refused"} 1"#,
            r#"privet_values_total{route="analytics",category="address",action="remove"} 3"#,
            r#"privet_unmapped_fields_total{route="analytics"} 2"#,
            r#"privet_refusals_total{route="analytics",reason="too-deep"} 1"#,
            r#"privet_messages_total{route="chat",direction="up",outcome="passed"} 1"#,
            r#"privet_sockets_open{route="chat"} 0"#,
            r#"privet_reloads_total{result="rejected"} 1"#,
            r#"privet_upstream_seconds_bucket{le="0.025",route="analytics"} 1"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
    }

    #[test]
    fn a_connection_is_open_until_it_is_dropped() {
        let metrics = Metrics::new();
        let listener: Arc<str> = "127.0.0.1:8443".into();
        let open = metrics.connection_opened(&listener);
        assert!(
            metrics.encode().unwrap().contains("privet_connections_open{listener=\"127.0.0.1:8443\"} 1\n")
        );
        drop(open);
        let text = metrics.encode().unwrap();
        assert!(text.contains("privet_connections_open{listener=\"127.0.0.1:8443\"} 0\n"));
        assert!(text.contains("privet_connections_total{listener=\"127.0.0.1:8443\"} 1\n"));
    }
}
