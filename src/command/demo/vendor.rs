//! The pretend vendor: a plain HTTP server on the loopback that remembers what reached it, and says so.
//!
//! Knows nothing of privet: it shows all it was sent, as a vendor that keeps everything would have it. Invariant:
//! only this machine can reach it.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;

use super::record::{Message, Record};

/// Opens shop on a free port, in a thread that lasts as long as the process.
pub fn open(record: Arc<Record>) -> io::Result<SocketAddr> {
    let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.set_nonblocking(true)?;
    let address = socket.local_addr()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let serve = async move {
        let socket = tokio::net::TcpListener::from_std(socket)?;
        loop {
            let (stream, peer) = socket.accept().await?;
            tokio::spawn(connection(stream, peer, record.clone()));
        }
    };
    thread::Builder::new()
        .name("vendor".into())
        .spawn(move || -> io::Result<()> { runtime.block_on(serve) })?;
    Ok(address)
}

async fn connection(stream: TcpStream, peer: SocketAddr, record: Arc<Record>) {
    let answer = |request| answer(request, peer, &record);
    // A connection that breaks is privet's to tell.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service_fn(answer))
        .await;
}

async fn answer(
    request: Request<Incoming>,
    peer: SocketAddr,
    record: &Record,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = body.collect().await else { return Ok(Response::default()) };
    let message = Message::new(peer.ip().to_string(), &head, &body.to_bytes());
    let text = format!("{:#}\n", account(&message));
    record.receive(message);
    let mut response = Response::new(Full::new(text.into()));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// All that the vendor knows now.
fn account(message: &Message) -> Value {
    let headers = message.headers.iter().map(|(name, value)| (name.clone(), value.as_str().into()));
    json!({
        "received": {
            "from": message.from,
            "request": message.line,
            "headers": headers.collect::<Map<_, _>>(),
            "body": serde_json::from_str(&message.body).unwrap_or_else(|_| Value::from(message.body.as_str())),
        }
    })
}
