//! The labels that tell counters of one name apart.
//!
//! Invariant: a label's value is a name from the settings, a word fixed in the code or a registered status.

use std::fmt;
use std::sync::Arc;

use http::StatusCode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RequestLabels {
    pub route: Box<str>,
    pub status: Status,
    pub outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ValueLabels {
    pub route: Box<str>,
    pub category: &'static str,
    pub action: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RefusalLabels {
    pub route: Box<str>,
    pub reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct MessageLabels {
    pub route: Box<str>,
    pub direction: &'static str,
    pub outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct PatchLabels {
    pub route: Box<str>,
    pub patch: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct RouteLabel {
    pub route: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ListenerLabel {
    pub listener: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CutLabels {
    pub listener: Arc<str>,
    pub reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CertificateLabels {
    pub listener: Arc<str>,
    pub certificate: Box<str>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct ReloadLabel {
    pub result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct UpstreamLabels {
    pub route: Box<str>,
    pub upstream: Box<str>,
}

impl UpstreamLabels {
    pub fn of(route: &str, upstream: &str) -> Self {
        Self { route: route.into(), upstream: upstream.into() }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct FailureLabels {
    pub route: Box<str>,
    pub upstream: Box<str>,
    pub reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CheckLabels {
    pub route: Box<str>,
    pub upstream: Box<str>,
    pub result: &'static str,
}

/// A registered status, or the class of one that a vendor made up: the variety stays bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    Code(StatusCode),
    Class(&'static str),
}

impl Status {
    pub fn of(status: StatusCode) -> Self {
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
    fn a_status_a_vendor_made_up_is_counted_by_its_class() {
        assert_eq!(Status::of(StatusCode::from_u16(299).unwrap()), Status::Class("2xx"));
        assert_eq!(Status::of(StatusCode::from_u16(777).unwrap()), Status::Class("other"));
    }
}
