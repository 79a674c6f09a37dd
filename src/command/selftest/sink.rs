//! The sink: a plain server on the loopback that stands where a vendor would, and keeps what reaches it.
//!
//! Knows nothing of routes or rules. Invariants: only this machine can reach it; what arrived is kept whole, head,
//! body, trailers and messages, until it is taken.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

/// What reached the sink since it was asked last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrived {
    pub requests: usize,
    pub messages: usize,
    /// Heads, bodies and messages, each by itself.
    pub pieces: Vec<Vec<u8>>,
}

#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<Arrived>>);

impl Sink {
    /// Opens a sink that lasts as long as the runtime, and says where.
    pub async fn open() -> io::Result<(Self, SocketAddr)> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = socket.local_addr()?;
        let sink = Self::default();
        let serving = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = socket.accept().await {
                tokio::spawn(serving.clone().connection(stream));
            }
        });
        Ok((sink, address))
    }

    pub fn take(&self) -> Arrived {
        std::mem::take(&mut *self.arrived())
    }

    fn arrived(&self) -> MutexGuard<'_, Arrived> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn connection(self, stream: TcpStream) {
        let answer = service_fn(move |request| self.clone().answer(request));
        let mut first = [0; 3];
        let is_http2 = stream.peek(&mut first).await.is_ok() && first == *b"PRI";
        let stream = TokioIo::new(stream);
        // A connection that breaks is privet's to tell.
        if is_http2 {
            let _ = http2::Builder::new(TokioExecutor::new()).serve_connection(stream, answer).await;
        } else {
            let _ = http1::Builder::new().serve_connection(stream, answer).with_upgrades().await;
        }
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let mut pieces = vec![head(&request)];
        if let Some(key) = request.headers().get(SEC_WEBSOCKET_KEY) {
            let accept = derive_accept_key(key.as_bytes());
            self.keep(pieces, 1, 0);
            tokio::spawn(self.clone().listen(request));
            return Ok(switched(&accept));
        }
        if let Ok(body) = request.into_body().collect().await {
            pieces.extend(body.trailers().map(lines));
            pieces.push(body.to_bytes().to_vec());
        }
        self.keep(pieces, 1, 0);
        Ok(Response::new(Full::default()))
    }

    /// Keeps every message, and says that it did.
    async fn listen(self, request: Request<Incoming>) {
        let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
        let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        while let Some(Ok(message)) = socket.next().await {
            if !(message.is_text() || message.is_binary()) {
                continue;
            }
            self.keep(vec![message.into_data().to_vec()], 0, 1);
            if socket.send(Message::text("noted")).await.is_err() {
                return;
            }
        }
    }

    fn keep(&self, pieces: Vec<Vec<u8>>, requests: usize, messages: usize) {
        let mut arrived = self.arrived();
        arrived.requests += requests;
        arrived.messages += messages;
        arrived.pieces.extend(pieces.into_iter().filter(|piece| !piece.is_empty()));
    }
}

fn head(request: &Request<Incoming>) -> Vec<u8> {
    let mut head = format!("{} {}\n", request.method(), request.uri()).into_bytes();
    head.extend(lines(request.headers()));
    head
}

fn lines(headers: &HeaderMap) -> Vec<u8> {
    let line = |(name, value): (&http::HeaderName, &HeaderValue)| {
        [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat()
    };
    headers.iter().flat_map(line).collect()
}

fn switched(accept: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.extend(HeaderValue::try_from(accept).ok().map(|accept| (SEC_WEBSOCKET_ACCEPT, accept)));
    response
}
