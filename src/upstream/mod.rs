//! The vendor's side: sockets out, and the only way out.
//!
//! Knows how to reach one configured upstream and how to tell what failed; does not know routes, policies or
//! visitors. Invariant: nothing but a [`crate::privacy::Scrubbed`] request or message is sent, to nobody but the upstream
//! the client was made for.

mod address;
mod client;
mod connect;
pub mod leg;
mod pool;
mod roots;
mod socket;
mod stream;

pub use client::Client;
pub use roots::tls;
pub use socket::{Opened, Outward, Socket};
pub use stream::Streamed;

/// Anything a body can fail with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Which leg of the way to the upstream failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum UpstreamError {
    #[error("cannot read its certificate authorities")]
    Authorities,
    #[error("name does not resolve")]
    Resolve,
    #[error("address not allowed")]
    Address,
    #[error("cannot connect")]
    Connect,
    #[error("no connection in time")]
    ConnectTimeout,
    #[error("certificate not accepted")]
    Certificate,
    #[error("no TLS connection")]
    Handshake,
    #[error("connection lost before an answer")]
    Lost,
    #[error("no answer in time")]
    AnswerTimeout,
    #[error("answer cannot be read")]
    Answer,
    #[error("request target too long")]
    Target,
}

impl UpstreamError {
    /// A short word for a metric's label.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Authorities => "upstream_authorities",
            Self::Resolve => "upstream_resolve",
            Self::Address => "upstream_address",
            Self::Connect => "upstream_connect",
            Self::ConnectTimeout => "upstream_connect_timeout",
            Self::Certificate => "upstream_certificate",
            Self::Handshake => "upstream_handshake",
            Self::Lost => "upstream_lost",
            Self::AnswerTimeout => "upstream_answer_timeout",
            Self::Answer => "upstream_answer",
            Self::Target => "upstream_target",
        }
    }
}
