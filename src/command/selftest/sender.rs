//! The made-up visitor's browser: sends one letter over a real socket and waits for its answer.
//!
//! Knows HTTP/1.1, HTTP/2 and WebSocket; does not know what it carries. Invariant: never waits for ever.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::header::{CONNECTION, HOST, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;

use super::probe::Letter;
use crate::config::Route;

/// For one request or message and its answer.
const DEADLINE: Duration = Duration::from_secs(30);

/// Sends a letter to a route; the answer's status, if there was an answer.
pub async fn send(letter: &Letter, route: &Route, to: SocketAddr) -> Option<u16> {
    let request = letter.request(route)?;
    let exchange = async {
        let stream = TcpStream::connect(to).await.ok()?;
        // A message must not wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        match letter {
            Letter { socket: true, .. } => converse(letter, request, stream).await,
            Letter { http2: true, .. } => ask_over_http2(letter, request, stream).await,
            _ => ask(letter, request, stream).await,
        }
    };
    timeout(DEADLINE, exchange).await.ok().flatten()
}

async fn ask(letter: &Letter, request: Request<()>, stream: TcpStream) -> Option<u16> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
    let served = tokio::spawn(connection);
    let status = answered(sender.send_request(letter.filled(request)).await).await;
    served.abort();
    status
}

/// By prior knowledge (RFC 9113 §3.3): the listener of a self-test is plain.
async fn ask_over_http2(letter: &Letter, mut request: Request<()>, stream: TcpStream) -> Option<u16> {
    let host = request.headers_mut().remove(HOST)?;
    *request.uri_mut() = format!("http://{}{}", host.to_str().ok()?, request.uri()).parse().ok()?;
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.ok()?;
    let served = tokio::spawn(connection);
    let status = answered(sender.send_request(letter.filled(request)).await).await;
    served.abort();
    status
}

/// An answer's status, once all of it is there: nothing else says anything here.
async fn answered(answer: hyper::Result<Response<Incoming>>) -> Option<u16> {
    let (head, body) = answer.ok()?.into_parts();
    let _ = body.collect().await;
    Some(head.status.as_u16())
}

/// Says each message and waits for what is said to it, or for the end.
async fn converse(letter: &Letter, mut request: Request<()>, stream: TcpStream) -> Option<u16> {
    let host = request.headers().get(HOST)?.to_str().ok()?.to_owned();
    *request.uri_mut() = format!("ws://{host}{}", request.uri()).parse().ok()?;
    let headers = request.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::try_from(generate_key()).ok()?);
    let (mut socket, answer) = match client_async(request, stream).await {
        Ok(opened) => opened,
        Err(Error::Http(answer)) => return Some(answer.status().as_u16()),
        Err(_) => return None,
    };
    for message in &letter.messages {
        if socket.send(message.clone()).await.is_err() {
            break;
        }
        if !matches!(socket.next().await, Some(Ok(said)) if !said.is_close()) {
            break;
        }
    }
    // Whoever has left already heard enough.
    let _ = socket.close(None).await;
    Some(answer.status().as_u16())
}
