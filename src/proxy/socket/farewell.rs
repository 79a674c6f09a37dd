//! A socket for who said no: granted, and closed at once.
//!
//! Knows the handshake and the close; does not know why. Invariants: no vendor is connected, and nothing the visitor
//! says is kept.
//!
//! Refusing the handshake would be an error in the page's console and, to every client, a connection that was lost
//! (1006), which it tries again and again. After a close with 1000 there is nothing to try: Phoenix, graphql-ws,
//! reconnecting-websocket and those made after it stop. A client that comes again all the same counts its pauses from
//! its own protocol's first message, which never comes, so they grow as after a refusal.

use bytes::Bytes;
use http::Response;
use http::header::{HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::super::error::words;
use super::super::handshake::Wish;
use super::super::{Afterwards, ResponseBody};
use super::{CLOSING, Conversation, LINGER};
use crate::upstream::leg::{self, CloseFrame, Connection, Frame};

/// Larger messages are not even read to be thrown away.
const LARGEST: usize = 64 * 1024;

/// The answer that grants a wish only to close the socket.
pub fn farewell(wish: Wish, offered: &HeaderMap) -> Response<ResponseBody> {
    let (mut head, ()) = Response::new(()).into_parts();
    wish.grant(&mut head);
    // A browser that offered some would not open a socket that speaks none of them.
    let first = offered.get(SEC_WEBSOCKET_PROTOCOL).and_then(|names| names.to_str().ok()?.split(',').next());
    let chosen = first.and_then(|name| HeaderValue::from_str(name.trim()).ok());
    head.headers.extend(chosen.map(|chosen| (SEC_WEBSOCKET_PROTOCOL, chosen)));
    head.extensions.insert(Afterwards::new(Conversation::Ended));
    Response::from_parts(head, words(""))
}

/// Closes, and gives the other end a moment to take it in.
pub async fn say(connection: Connection, early: Bytes) {
    let (mut ear, mut voice) = leg::open(connection, early, Role::Server, LARGEST, CLOSING);
    let _ = voice.close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() })).await;
    let answered = async { while !matches!(ear.hear(CLOSING).await, Ok(Frame::Close(_)) | Err(_)) {} };
    let _ = timeout(CLOSING, answered).await;
    voice.leave().await;
    ear.outlast(LINGER).await;
}
