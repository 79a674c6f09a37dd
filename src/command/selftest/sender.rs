//! The made-up visitor's browser: sends one letter over a real socket and waits for its answer.
//!
//! Knows HTTP/1.1 and WebSocket; does not know what it carries. Invariant: never waits for ever.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::HeaderValue;
use http::Request;
use http::header::{CONNECTION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
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
        if letter.socket {
            converse(letter, request, stream).await
        } else {
            ask(letter, request, stream).await
        }
    };
    timeout(DEADLINE, exchange).await.ok().flatten()
}

async fn ask(letter: &Letter, request: Request<()>, stream: TcpStream) -> Option<u16> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.ok()?;
    let served = tokio::spawn(connection);
    let request = request.map(|()| Full::new(Bytes::from(letter.body.clone())));
    let answer = sender.send_request(request).await.ok();
    let status = answer.as_ref().map(|answer| answer.status().as_u16());
    if let Some(answer) = answer {
        // Only its status says anything here.
        let _ = answer.into_body().collect().await;
    }
    served.abort();
    status
}

/// Says each message and waits for what is said to it, or for the end.
async fn converse(letter: &Letter, mut request: Request<()>, stream: TcpStream) -> Option<u16> {
    let host = request.headers().get(http::header::HOST)?.to_str().ok()?.to_owned();
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
