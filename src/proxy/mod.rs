//! One exchange, start to end: a visitor's request in, a response out, whatever happens in between.
//!
//! Knows routes, the engine and the way upstream; does not know sockets, TLS or signals of the visitor's side.
//! Invariant: [`Proxy::exchange`] never fails; what goes wrong becomes a response in `error.rs`, and what leaves
//! went through [`crate::privacy::Policy`].

mod arrival;
mod body;
pub mod cache;
pub mod choice;
pub mod cors;
mod crowds;
mod error;
mod exchange;
mod fence;
pub mod forwarded;
pub mod handshake;
mod homeward;
pub mod hop;
pub mod keys;
pub mod offers;
pub mod own;
pub mod pages;
mod pieces;
mod rate;
mod record;
mod rehearsal;
mod rewriting;
mod room;
pub mod router;
mod shapes;
mod shared;
mod socket;
mod standings;

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;

pub use crate::upstream::BoxError;
pub use error::Failure;
pub use exchange::Proxy;
pub use rate::network;
pub use rehearsal::rehearse;
pub use shapes::{ObservedPlace, ObservedRoute};
pub use shared::Shared;
pub use socket::Conversation;

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

/// A request's connection was opened by another name than the request's host (SNI), and no certificate makes them one.
#[derive(Clone)]
pub struct Called(pub Arc<str>);

/// What is spoken on a connection once its answer is given: it travels with the response, to whoever has the
/// connection in hand.
#[derive(Clone)]
pub struct Afterwards(Arc<Mutex<Option<Conversation>>>);

impl Afterwards {
    fn new(conversation: Conversation) -> Self {
        Self(Arc::new(Mutex::new(Some(conversation))))
    }

    /// Takes the conversation that a response announces.
    pub fn take<B>(response: &mut Response<B>) -> Option<Conversation> {
        let Self(afterwards) = response.extensions_mut().remove()?;
        afterwards.lock().unwrap_or_else(PoisonError::into_inner).take()
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
        let (head, body) = request.into_parts();
        let head = Box::new(head);
        Box::pin(async move { self.exchange(head, body, peer).await })
    }
}
