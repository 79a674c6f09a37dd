//! Why a request leads nowhere.
//!
//! Invariant: the words say nothing of what was asked for.

/// Why a request leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unroutable {
    #[error("method not supported")]
    Method,
    #[error("host is missing, malformed or said in two ways")]
    Host,
    #[error("request target is malformed")]
    Target,
    #[error("this connection is for another host")]
    Misdirected,
    #[error("no route for this host")]
    UnknownHost,
    #[error("no route for this path")]
    UnknownPath,
}
