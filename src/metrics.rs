//! What privet counts about itself, in the Prometheus text format.
//!
//! Knows the words of the settings and of the engine; knows no request. Invariant: a label's value is a name from
//! the settings, a word fixed in the code or a registered status, so no visitor can add to it and its variety is
//! bounded.

use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::privacy::Category;

/// The media type of [`Metrics::encode`]'s text.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const UPSTREAM_SECONDS: [f64; 13] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0];

/// Every counter, shared by all threads.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    values: Family<ValueLabels, Counter>,
    refusals: Family<RefusalLabels, Counter>,
    unmapped_fields: Family<RouteLabel, Counter>,
    messages: Family<MessageLabels, Counter>,
    open_sockets: Family<RouteLabel, Gauge>,
    upstream: Family<RouteLabel, Histogram>,
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
            requests: Family::default(),
            values: Family::default(),
            refusals: Family::default(),
            unmapped_fields: Family::default(),
            messages: Family::default(),
            open_sockets: Family::default(),
            upstream: Family::new_with_constructor(|| Histogram::new(UPSTREAM_SECONDS)),
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

    /// One exchange is over: passed, preflight, refused or failed.
    pub fn request(&self, route: &str, status: StatusCode, outcome: &'static str) {
        let labels = RequestLabels { route: route.into(), status: Status::of(status), outcome };
        self.requests.get_or_create(&labels).inc();
    }

    /// So many values of a category were treated by an action.
    pub fn values(&self, route: &str, category: Category, action: &'static str, count: u64) {
        let labels = ValueLabels { route: route.into(), category: category.name(), action };
        self.values.get_or_create(&labels).inc_by(count);
    }

    /// The engine let nothing pass.
    pub fn refusal(&self, route: &str, reason: &'static str) {
        self.refusals.get_or_create(&RefusalLabels { route: route.into(), reason }).inc();
    }

    /// Fields that no rule and no map names.
    pub fn unmapped(&self, route: &str, count: u64) {
        self.unmapped_fields.get_or_create(&RouteLabel { route: route.into() }).inc_by(count);
    }

    /// One message on a socket: `up` from the visitor or `down` to it; passed, removed or refused.
    pub fn message(&self, route: &str, direction: &'static str, outcome: &'static str) {
        self.messages.get_or_create(&MessageLabels { route: route.into(), direction, outcome }).inc();
    }

    /// A socket was opened; it counts as open until the value returned is dropped.
    pub fn socket_opened(&self, route: &str) -> Open {
        let open = self.open_sockets.get_or_create(&RouteLabel { route: route.into() }).clone();
        open.inc();
        Open(open)
    }

    /// How long the vendor took to begin its answer.
    pub fn upstream_seconds(&self, route: &str, seconds: f64) {
        self.upstream.get_or_create(&RouteLabel { route: route.into() }).observe(seconds);
    }

    /// A connection was accepted; it counts as open until the value returned is dropped.
    pub fn connection_opened(&self, listener: &Arc<str>) -> Open {
        let labels = ListenerLabel { listener: listener.clone() };
        self.connections.get_or_create(&labels).inc();
        let open = self.open_connections.get_or_create(&labels).clone();
        open.inc();
        Open(open)
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
        registry.register("requests", "Exchanges, by how they ended", self.requests.clone());
        registry.register("values", "Values treated by the engine", self.values.clone());
        registry.register("refusals", "Requests the engine let not pass", self.refusals.clone());
        registry.register("unmapped_fields", "Fields no map names", self.unmapped_fields.clone());
        registry.register("messages", "Messages on sockets, by direction and outcome", self.messages.clone());
        registry.register("sockets_open", "Sockets of visitors now", self.open_sockets.clone());
        registry.register_with_unit(
            "upstream",
            "Time until the vendor's answer began",
            Unit::Seconds,
            self.upstream.clone(),
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

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: Box<str>,
    status: Status,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ValueLabels {
    route: Box<str>,
    category: &'static str,
    action: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    route: Box<str>,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct MessageLabels {
    route: Box<str>,
    direction: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PatchLabels {
    route: Box<str>,
    patch: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabel {
    route: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ListenerLabel {
    listener: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CutLabels {
    listener: Arc<str>,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CertificateLabels {
    listener: Arc<str>,
    certificate: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReloadLabel {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct UpstreamLabels {
    route: Box<str>,
    upstream: Box<str>,
}

impl UpstreamLabels {
    fn of(route: &str, upstream: &str) -> Self {
        Self { route: route.into(), upstream: upstream.into() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FailureLabels {
    route: Box<str>,
    upstream: Box<str>,
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CheckLabels {
    route: Box<str>,
    upstream: Box<str>,
    result: &'static str,
}

/// A registered status, or the class of one that a vendor made up: the variety stays bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Status {
    Code(StatusCode),
    Class(&'static str),
}

impl Status {
    fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            _ if status.canonical_reason().is_some() => Self::Code(status),
            100..200 => Self::Class("1xx"),
            200..300 => Self::Class("2xx"),
            300..400 => Self::Class("3xx"),
            400..500 => Self::Class("4xx"),
            500..600 => Self::Class("5xx"),
            _ => Self::Class("other"),
        }
    }
}

impl EncodeLabelValue for Status {
    fn encode(&self, encoder: &mut LabelValueEncoder) -> fmt::Result {
        match self {
            Self::Code(code) => code.as_str().encode(encoder),
            Self::Class(class) => class.encode(encoder),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let metrics = Metrics::new();
        metrics.request("analytics", StatusCode::OK, "passed");
        metrics.request("none", StatusCode::NOT_FOUND, "refused");
        metrics.values("analytics", Category::Address, "remove", 3);
        metrics.unmapped("analytics", 2);
        metrics.refusal("analytics", "too-deep");
        metrics.upstream_seconds("analytics", 0.02);
        metrics.message("chat", "up", "passed");
        drop(metrics.socket_opened("chat"));
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

    #[test]
    fn a_status_a_vendor_made_up_is_counted_by_its_class() {
        assert_eq!(Status::of(StatusCode::from_u16(299).unwrap()), Status::Class("2xx"));
        assert_eq!(Status::of(StatusCode::from_u16(777).unwrap()), Status::Class("other"));
    }
}
