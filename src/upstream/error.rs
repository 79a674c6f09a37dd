//! Which leg of the way to an upstream failed, in words.
//!
//! Does not know statuses. Invariant: the words are fixed, so none can hold a value of the visitor or of the upstream.

use std::error::Error as _;
use std::io;

use rustls::{AlertDescription, CertificateError};

/// Anything a body can fail with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Which leg of the way to the upstream failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum UpstreamError {
    #[error("name does not resolve")]
    Resolve,
    #[error("address not allowed")]
    Address,
    #[error("cannot connect")]
    Connect,
    #[error("no connection in time")]
    ConnectTimeout,
    /// The system has no descriptor, port or memory left for a connection.
    #[error("no connection to be had now")]
    Exhausted,
    #[error("certificate not accepted")]
    Certificate(Flaw),
    #[error("no TLS connection")]
    Handshake,
    /// The upstream does not accept privet's own certificate, or wants one where there is none.
    #[error("no TLS connection")]
    Unwelcome,
    #[error("connection lost before an answer")]
    Lost,
    /// The same, on a connection that had served before.
    #[error("connection lost before an answer")]
    Stale,
    /// The upstream says that it did nothing with it: REFUSED_STREAM, or a GOAWAY that leaves it out (RFC 9113 §8.7,
    /// §6.8).
    #[error("request not taken")]
    Refused,
    #[error("no answer in time")]
    AnswerTimeout,
    #[error("answer cannot be read")]
    Answer,
    #[error("request target too long")]
    Target,
}

/// What is wrong with an upstream's certificate. The operator may know, the visitor need not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    Expired,
    NotYetValid,
    Name,
    Issuer,
    Other,
}

impl UpstreamError {
    /// A short word for a metric's label.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Resolve => "upstream_resolve",
            Self::Address => "upstream_address",
            Self::Connect => "upstream_connect",
            Self::ConnectTimeout => "upstream_connect_timeout",
            Self::Exhausted => "upstream_exhausted",
            Self::Certificate(Flaw::Expired) => "upstream_certificate_expired",
            Self::Certificate(Flaw::NotYetValid) => "upstream_certificate_not_yet_valid",
            Self::Certificate(Flaw::Name) => "upstream_certificate_name",
            Self::Certificate(Flaw::Issuer) => "upstream_certificate_issuer",
            Self::Certificate(Flaw::Other) => "upstream_certificate",
            Self::Handshake => "upstream_handshake",
            Self::Unwelcome => "upstream_client_certificate",
            Self::Lost => "upstream_lost",
            Self::Stale => "upstream_stale",
            Self::Refused => "upstream_refused",
            Self::AnswerTimeout => "upstream_answer_timeout",
            Self::Answer => "upstream_answer",
            Self::Target => "upstream_target",
        }
    }

    /// Whether it is certain that the upstream did nothing with the request.
    pub(super) const fn is_unsent(self) -> bool {
        matches!(
            self,
            Self::Resolve
                | Self::Address
                | Self::Connect
                | Self::ConnectTimeout
                | Self::Certificate(_)
                | Self::Handshake
                | Self::Refused
        )
    }

    /// Whether the upstream is to blame, and not the request or this machine.
    pub(super) const fn is_upstreams(self) -> bool {
        !matches!(self, Self::Exhausted | Self::Target | Self::Stale | Self::Refused)
    }

    /// Why there is no connection.
    pub(super) fn of_connecting(error: &io::Error) -> Self {
        if is_exhaustion(error) { Self::Exhausted } else { Self::Connect }
    }

    /// Why a connection brought no answer.
    pub(super) fn of_http(error: &hyper::Error) -> Self {
        if error.is_parse() {
            return Self::Answer;
        }
        match error.source().and_then(|source| source.downcast_ref::<h2::Error>()) {
            Some(error) if is_refusal(error) => return Self::Refused,
            Some(error) if error.is_library() => return Self::Answer,
            _ => {}
        }
        let io = error.source().and_then(|source| source.downcast_ref::<io::Error>());
        let tls = io.and_then(io::Error::get_ref).and_then(|inner| inner.downcast_ref::<rustls::Error>());
        tls.and_then(Self::of_alert).unwrap_or(Self::Lost)
    }

    /// Why a handshake brought no TLS.
    pub(super) fn of_handshake(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        if let Some(rustls::Error::InvalidCertificate(error)) = inner {
            return Self::Certificate(Flaw::of(error));
        }
        inner.and_then(Self::of_alert).unwrap_or(Self::Handshake)
    }

    /// What an upstream says of privet's certificate; in TLS 1.3 it does so when the handshake is over (RFC 8446 §6.2).
    fn of_alert(error: &rustls::Error) -> Option<Self> {
        use AlertDescription as Alert;
        let about_certificate = matches!(
            error,
            rustls::Error::AlertReceived(
                Alert::CertificateRequired
                    | Alert::BadCertificate
                    | Alert::UnsupportedCertificate
                    | Alert::CertificateRevoked
                    | Alert::CertificateExpired
                    | Alert::CertificateUnknown
                    | Alert::UnknownCA
                    | Alert::DecryptError
                    | Alert::AccessDenied
            )
        );
        about_certificate.then_some(Self::Unwelcome)
    }
}

impl Flaw {
    fn of(error: &CertificateError) -> Self {
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Self::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Self::Name,
            CertificateError::UnknownIssuer => Self::Issuer,
            _ => Self::Other,
        }
    }
}

/// h2 tells a request of a GOAWAY only where the GOAWAY leaves it out; all others go on.
fn is_refusal(error: &h2::Error) -> bool {
    error.is_remote() && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM))
}

/// Whether the system, and not the other end, is why there is no connection.
pub(super) fn is_exhaustion(error: &io::Error) -> bool {
    /// `ENFILE` and `EMFILE`, which have no kind of their own.
    const NO_DESCRIPTOR: [i32; 2] = [23, 24];
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::OutOfMemory)
        || error.raw_os_error().is_some_and(|code| NO_DESCRIPTOR.contains(&code))
}
