//! One exchange, start to end: a visitor's request in, a response out, whatever happens in between.
//!
//! Knows routes, the engine and the way upstream; does not know sockets, TLS or signals of the visitor's side.
//! Invariant: [`Proxy::exchange`] never fails; what goes wrong becomes a response in `error.rs`, and what leaves
//! went through [`crate::privacy::Policy`].

mod body;
mod cors;
mod error;
mod exchange;
mod forwarded;
mod hop;
mod keys;
mod rehearsal;
mod router;
mod shared;

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;

pub use crate::upstream::BoxError;
pub use error::Failure;
pub use exchange::Proxy;
pub use rehearsal::rehearse;
pub use shared::Shared;

/// A response's body: privet's own few words, or an upstream's stream.
pub type ResponseBody = UnsyncBoxBody<Bytes, BoxError>;

/// A future that may move between threads.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Who speaks on the other end of a connection.
#[derive(Clone, Copy)]
pub struct Peer {
    /// The socket's, or the PROXY protocol's.
    pub address: IpAddr,
    /// Which of the settings' listeners took the connection.
    pub listener: usize,
    pub tls: bool,
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Peer")
            .field("listener", &self.listener)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

/// Whoever answers a visitor: the proxy, or something that stands before it.
pub trait Answer: Send + Sync + 'static {
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: Peer,
    ) -> BoxFuture<'static, Response<ResponseBody>>;
}

impl Answer for Proxy {
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: Peer,
    ) -> BoxFuture<'static, Response<ResponseBody>> {
        Box::pin(async move { self.exchange(request, peer).await })
    }
}
