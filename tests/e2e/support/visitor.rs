//! A visitor: raw HTTP/1.1 bytes cut where a test likes, or HTTP/2 frames, over TLS that verifies nothing.
//!
//! Comes from an address of its own, so that a test can look for it. Invariant: never waits for ever.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::wire::{self, Answer};

/// Where visitors come from, where the system allows it: all of 127.0.0.0/8 on Linux.
pub const HOME: Ipv4Addr = Ipv4Addr::new(127, 77, 77, 77);

/// A debug build on a busy machine takes seconds for a body that an ordinary one reads in a blink.
const PATIENCE: Duration = Duration::from_secs(60);

pub trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Socket for S {}

#[derive(Clone, Copy)]
pub struct Visitor {
    address: SocketAddr,
    tls: bool,
    /// The name called while shaking hands.
    called: Option<&'static str>,
    /// Where it comes from.
    home: Ipv4Addr,
}

impl Visitor {
    pub fn new(address: SocketAddr, tls: bool) -> Self {
        Self { address, tls, called: Some("vendor.test"), home: HOME }
    }

    /// The same, calling another name, or none.
    pub fn calling(self, called: Option<&'static str>) -> Self {
        Self { called, ..self }
    }

    /// The same without TLS, wherever that leads.
    pub fn unencrypted(self) -> Self {
        Self { tls: false, ..self }
    }

    /// The same, from elsewhere.
    pub fn from(self, home: Ipv4Addr) -> Self {
        Self { home, ..self }
    }

    pub async fn connect(&self, protocol: &[u8]) -> Box<dyn Socket> {
        let socket = self.tcp().await;
        socket.set_nodelay(true).unwrap();
        if !self.tls {
            return Box::new(socket);
        }
        let mut config = trusting(protocol);
        config.enable_sni = self.called.is_some();
        let name = ServerName::try_from(self.called.unwrap_or("vendor.test")).unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        Box::new(timeout(PATIENCE, connector.connect(name, socket)).await.unwrap().unwrap())
    }

    async fn tcp(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        // Elsewhere a visitor comes from where everybody comes from.
        let _ = socket.bind((IpAddr::V4(self.home), 0).into());
        socket.connect(self.address).await.unwrap()
    }

    /// Sends the bytes, each segment on its own, and reads one answer.
    pub async fn send(&self, segments: &[impl AsRef<[u8]>]) -> Answer {
        let mut socket = self.connect(b"http/1.1").await;
        for segment in segments {
            // A server that has heard enough may close before all is said.
            if socket.write_all(segment.as_ref()).await.is_err() || socket.flush().await.is_err() {
                break;
            }
            if segments.len() > 1 {
                tokio::time::sleep(Duration::from_micros(300)).await;
            }
        }
        let head_only = segments.first().is_some_and(|first| first.as_ref().starts_with(b"HEAD "));
        read(&mut *socket, head_only).await
    }

    /// A whole request as text, its body's length filled in.
    pub async fn ask(&self, head: &str, body: &str) -> Answer {
        self.send(&[request(head, body)]).await
    }

    pub async fn h2(&self) -> H2 {
        let socket = self.connect(b"h2").await;
        let (sender, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
        tokio::spawn(connection);
        H2 { sender }
    }
}

/// The bytes of a request: `GET /path` and further lines of the head, then the body.
pub fn request(head: &str, body: &str) -> Vec<u8> {
    let (start, fields) = head.split_once('\n').unwrap_or((head, ""));
    let mut text = format!("{start} HTTP/1.1\r\nHost: vendor.test\r\nConnection: close\r\n");
    for field in fields.lines().map(str::trim).filter(|field| !field.is_empty()) {
        text.push_str(&format!("{field}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    (text + "\r\n" + body).into_bytes()
}

/// Reads one answer, or as much of it as comes.
pub async fn read(socket: &mut (dyn Socket + '_), head_only: bool) -> Answer {
    let mut bytes = Vec::new();
    loop {
        let answer = wire::answer(bytes.clone(), false, head_only);
        if answer.whole {
            return answer;
        }
        match timeout(PATIENCE, socket.read_buf(&mut bytes)).await.expect("an answer or an end") {
            Ok(0) => return wire::answer(bytes, true, head_only),
            // TLS that ends without saying so: what came is all there is, and nothing was "to the end".
            Err(_) => return wire::answer(bytes, false, head_only),
            Ok(_) => {}
        }
    }
}

/// A visitor's HTTP/2 connection.
pub struct H2 {
    sender: SendRequest<Frames>,
}

impl H2 {
    /// Sends a request and waits for its answer's head, as long as the future lives.
    pub fn begin(&self, request: Request<Frames>) -> impl Future<Output = u16> + use<> {
        let mut sender = self.sender.clone();
        async move { sender.send_request(request).await.unwrap().status().as_u16() }
    }

    /// Sends a request, its body in these frames; the answer's status, fields and body, or why there is none.
    pub async fn send(&mut self, request: Request<Frames>) -> Result<Answer, hyper::Error> {
        let response = timeout(PATIENCE, self.sender.send_request(request)).await.unwrap()?;
        let (head, body) = response.into_parts();
        let body = timeout(PATIENCE, body.collect()).await.unwrap()?.to_bytes().to_vec();
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let fields = head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let message = wire::Message { fields, body, ..wire::Message::default() };
        Ok(Answer { status: head.status.as_u16(), message, whole: true })
    }
}

/// A body that leaves in exactly these frames.
pub struct Frames(pub VecDeque<Frame<Bytes>>);

impl Frames {
    pub fn new(body: &[u8], step: usize, trailers: Option<HeaderMap>) -> Self {
        let mut frames: VecDeque<_> =
            body.chunks(step.max(1)).map(|piece| Frame::data(Bytes::copy_from_slice(piece))).collect();
        frames.extend(trailers.map(Frame::trailers));
        Self(frames)
    }
}

impl Body for Frames {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.pop_front().map(Ok))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }
}

fn trusting(protocol: &[u8]) -> ClientConfig {
    let mut config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Trusting))
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    config
}

/// Trusts any certificate: the tests look at what is said, not to whom.
#[derive(Debug)]
struct Trusting;

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
