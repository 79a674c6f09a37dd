//! The wires of a case: a visitor's end and a vendor's, with privet between them.
//!
//! Knows the opening handshake and no frames. Invariant: an end is handed out once both are open.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Request;
use http_body_util::Empty;
use hyper::client::conn::http2::{self, SendRequest};
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::support::visitor::Socket;
use crate::support::{Backend, Stage};

/// What a visitor asks, but for what a case changes.
pub const ASKS: &str = "GET /s HTTP/1.1\n\
    Host: vendor.test\n\
    Upgrade: websocket\n\
    Connection: Upgrade\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\
    Sec-WebSocket-Version: 13";

/// What privet proves to have read (the RFC's own example).
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// What a vendor answers, but for what a case changes.
pub const ANSWERS: &str = "HTTP/1.1 101 Switching Protocols\n\
    Upgrade: websocket\n\
    Connection: Upgrade\n\
    Sec-WebSocket-Accept: {accept}";

/// The version of HTTP that a visitor's socket is opened over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    Http1,
    Http2,
}

pub struct Wires {
    pub stage: Stage,
    /// A head's lines, and the bytes behind them.
    answer: Arc<Mutex<(String, Vec<u8>)>>,
    vendors: UnboundedReceiver<TcpStream>,
    http2: SendRequest<Empty<Bytes>>,
}

impl Wires {
    /// A route that passes what it cannot read; `more` is more of its settings.
    pub async fn lay(more: &str) -> Self {
        let answer = Arc::new(Mutex::new((String::new(), Vec::new())));
        let (open, vendors) = unbounded_channel();
        let said = Arc::clone(&answer);
        let backend = Backend::scripted(move |mut socket, request| {
            let key = request.field("sec-websocket-key").unwrap_or_default().to_owned();
            let (lines, then) = said.lock().unwrap().clone();
            let lines = lines.replace("{accept}", &derive_accept_key(key.as_bytes()));
            let answer = [lines.as_bytes(), &then].concat();
            let open = open.clone();
            async move {
                socket.set_nodelay(true).unwrap();
                if socket.write_all(&answer).await.is_ok() {
                    let _ = open.send(socket);
                }
            }
        });
        let route = format!("undecodable = \"keep\"\n{more}");
        let stage = Stage::before(backend.await, &route, "[limits]\nbody = \"64KiB\"\n");
        let socket = stage.visitor().connect(b"h2").await;
        let (mut http2, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
        tokio::spawn(connection);
        // The answer comes after the server's settings, which say that a visitor may ask for a socket.
        let ask = Request::get("https://vendor.test/.").body(Empty::new()).unwrap();
        let _ = http2.send_request(ask).await;
        let wires = Self { stage, answer, vendors, http2 };
        wires.answer_with(ANSWERS, &[]);
        wires
    }

    /// From now on the vendor answers with these lines, and with what follows them.
    pub fn answer_with(&self, lines: &str, then: &[u8]) {
        *self.answer.lock().unwrap() = (head(lines), then.to_vec());
    }

    /// A socket's two ends.
    pub async fn open(&mut self, carrier: Carrier) -> (Box<dyn Socket>, Box<dyn Socket>) {
        let visitor = match carrier {
            Carrier::Http1 => {
                let (head, socket) = self.ask(ASKS, &[]).await;
                assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
                socket
            }
            Carrier::Http2 => {
                self.ask_http2("websocket", &[("sec-websocket-version", "13")]).await.unwrap().1
            }
        };
        (visitor, self.vendor().await)
    }

    /// The vendor's end of the socket that was opened last.
    pub async fn vendor(&mut self) -> Box<dyn Socket> {
        Box::new(self.vendors.recv().await.unwrap())
    }

    /// Sends a request of these lines, and the bytes behind it: the head of the answer, and the connection.
    pub async fn ask(&self, lines: &str, then: &[u8]) -> (String, Box<dyn Socket>) {
        let mut socket = self.stage.privet.plain_visitor().connect(b"").await;
        socket.write_all(&[head(lines).as_bytes(), then].concat()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(socket.read_u8().await.unwrap());
        }
        (String::from_utf8(head).unwrap(), socket)
    }

    /// The same over HTTP/2 (RFC 8441 §4), or the status of the answer that opens no socket.
    pub async fn ask_http2(
        &mut self,
        protocol: &'static str,
        fields: &[(&'static str, &'static str)],
    ) -> Result<(http::HeaderMap, Box<dyn Socket>), u16> {
        let mut request =
            Request::connect("https://vendor.test/s").extension(Protocol::from_static(protocol));
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        self.http2.ready().await.unwrap();
        let answer = self.http2.send_request(request.body(Empty::new()).unwrap()).await.unwrap();
        if answer.status() != 200 {
            return Err(answer.status().as_u16());
        }
        let head = answer.headers().clone();
        Ok((head, Box::new(TokioIo::new(hyper::upgrade::on(answer).await.unwrap()))))
    }
}

/// Lines as they are on the wire.
fn head(lines: &str) -> String {
    lines.lines().map(|line| format!("{}\r\n", line.trim())).collect::<String>() + "\r\n"
}
