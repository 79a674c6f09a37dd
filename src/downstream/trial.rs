//! What this floor's tests stand on: a server on port 0, certificates of the moment, a visitor who speaks raw bytes.
//!
//! Invariant: every trial has its own ports and its own directory, and leaves nothing running and nothing behind.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;

use super::listener::Entrance;
use super::tls::Tickets;
use super::{Server, StartError, Stop};
use crate::config::{
    self, CertificatePair, KeyPlace, Limits, Listener, ProxyProtocol, PseudonymSettings, Settings, Tls,
};
use crate::metrics::Metrics;
use crate::proxy::{Answer, BoxError, BoxFuture, Peer, ResponseBody, Shared};

/// A server in threads of its own; it goes when the trial is over.
pub struct Running {
    pub addresses: Vec<SocketAddr>,
    pub admin: Option<SocketAddr>,
    pub stop: Stop,
    pub metrics: Arc<Metrics>,
    pub entrances: Vec<Arc<Entrance>>,
    pub tickets: Tickets,
    thread: Option<JoinHandle<Result<(), StartError>>>,
}

pub fn run(settings: Settings) -> Running {
    let metrics = Arc::new(Metrics::new());
    let server = Server::bind(&settings, metrics.clone()).unwrap();
    let mut running = Running {
        addresses: server.addresses().to_vec(),
        admin: server.admin_address(),
        stop: server.stop(),
        entrances: server.entrances.clone(),
        tickets: server.tickets.clone(),
        metrics: metrics.clone(),
        thread: None,
    };
    let shared = Shared::new(settings, metrics);
    let serve = move || server.serve(&shared, || Arc::new(Host), || Err(Vec::new()));
    running.thread = Some(thread::spawn(serve));
    running
}

impl Running {
    pub fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect(self.addresses[0]).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        socket
    }

    /// Waits for a line of the metrics.
    pub fn await_count(&self, line: &str) {
        let begin = Instant::now();
        while !self.metrics.encode().unwrap().lines().any(|found| found == line) {
            assert!(begin.elapsed() < Duration::from_secs(10), "{line}\n{}", self.metrics.encode().unwrap());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The server's own end, once it was asked to stop.
    pub fn end(mut self) -> Result<(), StartError> {
        self.thread.take().unwrap().join().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.next_step();
        self.stop.next_step();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers by path: `/slow` after a while, `/endless` without end, `/body` what was sent, all else who asked.
pub struct Host;

impl Answer for Host {
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: Peer,
    ) -> BoxFuture<'static, Response<ResponseBody>> {
        Box::pin(async move {
            let words = match request.uri().path() {
                "/endless" => return Response::new(ResponseBody::new(Endless)),
                "/body" => match request.into_body().collect().await {
                    Ok(body) => body.to_bytes(),
                    Err(_) => Bytes::from_static(b"broken"),
                },
                "/slow" => {
                    tokio::time::sleep(Duration::from_millis(300)).await;
                    Bytes::from_static(b"at last")
                }
                _ => format!("{} at {}, tls {}", peer.address, peer.listener, peer.tls).into(),
            };
            Response::new(ResponseBody::new(Full::new(words).map_err(Into::into)))
        })
    }
}

struct Endless;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        std::task::Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[b'x'; 16384])))))
    }
}

/// Sends raw bytes and gives all that comes back until the other side closes.
pub fn ask(mut socket: impl Read + Write, request: &[u8]) -> String {
    socket.write_all(request).unwrap();
    let mut answer = Vec::new();
    // Without close_notify, or after a reset, what came still counts.
    let _ = socket.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

pub const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";

pub struct Directory(PathBuf);

pub fn directory(name: &str) -> Directory {
    let path = std::env::temp_dir().join(format!("privet-{}-{name}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    Directory(path)
}

impl Deref for Directory {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A certificate for these names, and its key.
pub fn pair(directory: &Path, file: &str, names: &[&str]) -> CertificatePair {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    let pair = CertificatePair {
        certificate: directory.join(format!("{file}.pem")),
        key: directory.join(format!("{file}.key")),
        ocsp: None,
    };
    fs::write(&pair.certificate, made.cert.pem()).unwrap();
    fs::write(&pair.key, made.signing_key.serialize_pem()).unwrap();
    pair
}

pub fn listener(tls: Tls) -> Listener {
    Listener {
        address: ([127, 0, 0, 1], 0).into(),
        tls,
        trusted_proxies: Vec::new(),
        proxy_protocol: ProxyProtocol::Off,
        strict_sni: false,
    }
}

pub fn settings(listeners: Vec<Listener>) -> Settings {
    let patience = Duration::from_secs(5);
    Settings {
        geo: None,
        listeners,
        server: config::Server { workers: 2 },
        process: config::Process::default(),
        admin: None,
        limits: Limits {
            connections: 100,
            connections_per_address: 100,
            head: 32 * 1024,
            bodies: 1 << 20,
            cache: 0,
            header_read: patience,
            body_read: patience,
            answer_read: patience,
            upstream_connect: patience,
            upstream_response: patience,
            upstream_silence: patience,
            upstream_age: patience,
            idle: patience,
            drain: patience,
        },
        pages: config::pages::Pages::default(),
        pseudonyms: PseudonymSettings { epoch: Duration::from_secs(60), keys: KeyPlace::Memory },
        routes: Vec::new(),
        named: Vec::new(),
        notes: Vec::new(),
    }
}
