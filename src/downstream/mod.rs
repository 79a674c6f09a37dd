//! Floor 5, the visitor's side: sockets in, TLS, HTTP, reload and drain.
//!
//! Knows connections; does not know what an exchange does: whoever implements [`crate::proxy::Answer`] does.
//! Invariant: all sockets and certificates are in hand before the first visitor is accepted, and no request that was
//! begun is lost to a reload or, within its limit, to a drain.

mod activity;
mod admin;
mod attended;
pub mod called;
pub mod calm;
mod certificates;
mod connection;
mod conversation;
mod drive;
mod exchanges;
mod expiry;
mod front;
mod gate;
mod guests;
mod handed;
mod listener;
mod notice;
pub mod proxy_protocol;
mod reload;
mod self_signed;
mod server;
mod shutdown;
pub mod strict;
mod tls;
#[cfg(test)]
mod trial;
mod wire;

pub use server::{Server, StartError};
pub use shutdown::Stop;
pub use tls::TlsError;
