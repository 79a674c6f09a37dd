//! A found address → verified TLS, with one deadline for all of the way from the name on.
//!
//! Knows one upstream; does not know what is sent over the connection. Invariant: a public name never leads
//! to an address that is not public, unless the settings allow it.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::Scheme;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;

use super::address::is_public_name;
use super::dial::{Dial, Fixed, System};
use super::{UpstreamError, roots};
use crate::config::Upstream;

/// Opens connections to one upstream.
#[derive(Clone)]
pub struct Connector {
    target: Arc<Target>,
}

struct Target {
    dial: Dial,
    tls: Option<(TlsConnector, ServerName<'static>)>,
    deadline: Duration,
}

impl Connector {
    pub fn new(upstream: &Upstream, deadline: Duration) -> Result<Self, UpstreamError> {
        let host = upstream.authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let secure = upstream.scheme == Scheme::HTTPS;
        let tls = if secure {
            let name = ServerName::try_from(host.clone()).map_err(|_| UpstreamError::Resolve)?;
            let settings = roots::tls(upstream.ca.clone(), upstream.client.clone())?;
            Some((TlsConnector::from(Arc::new(settings)), name))
        } else {
            None
        };
        let dial = Dial {
            port: upstream.authority.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            // Plain HTTP is for a neighbour, whom the operator named, as an address to connect to is.
            guarded: secure
                && !upstream.allow_private
                && upstream.connect_to.is_none()
                && is_public_name(&host),
            host,
            resolver: match upstream.connect_to {
                Some(address) => Arc::new(Fixed(address)),
                None => Arc::new(System),
            },
        };
        Ok(Self { target: Arc::new(Target { dial, tls, deadline }) })
    }

    /// The same, for connections on which HTTP/1.1 is spoken and no later version offered.
    pub fn of_http1(&self) -> Self {
        let Target { dial, tls, deadline } = &*self.target;
        let tls = tls.as_ref().map(|(connector, name)| {
            let mut settings = rustls::ClientConfig::clone(connector.config());
            settings.alpn_protocols = vec![b"http/1.1".to_vec()];
            (TlsConnector::from(Arc::new(settings)), name.clone())
        });
        Self { target: Arc::new(Target { dial: dial.clone(), tls, deadline: *deadline }) }
    }

    /// One connection.
    pub async fn open(&self) -> Result<Stream, UpstreamError> {
        let target = &self.target;
        timeout(target.deadline, target.open()).await.unwrap_or(Err(UpstreamError::ConnectTimeout))
    }
}

impl Target {
    async fn open(&self) -> Result<Stream, UpstreamError> {
        let tcp = self.dial.connect().await?;
        // Small requests must not wait for an acknowledgement.
        let _ = tcp.set_nodelay(true);
        let Some((connector, name)) = &self.tls else {
            return Ok(Stream { io: TokioIo::new(Either::Left(tcp)), http2: false });
        };
        let tls = connector.connect(name.clone(), tcp).await;
        let tls = tls.map_err(|error| UpstreamError::of_handshake(&error))?;
        let http2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok(Stream { io: TokioIo::new(Either::Right(tls)), http2 })
    }
}

/// A connection to an upstream, ready for HTTP.
pub struct Stream {
    io: TokioIo<Either<TcpStream, TlsStream<TcpStream>>>,
    http2: bool,
}

impl Stream {
    /// Whether both sides agreed on HTTP/2.
    pub const fn speaks_http2(&self) -> bool {
        self.http2
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::Flaw;
    use super::*;
    use http::Uri;

    fn upstream(url: &str) -> Upstream {
        let uri: Uri = url.parse().unwrap();
        let (scheme, authority) = (uri.scheme().unwrap().clone(), uri.authority().unwrap().clone());
        let base_path = String::new();
        Upstream {
            scheme,
            authority,
            base_path,
            ca: None,
            client: None,
            allow_private: false,
            connect_to: None,
        }
    }

    async fn failure(url: &str) -> Option<UpstreamError> {
        let connector = Connector::new(&upstream(url), Duration::from_millis(500)).unwrap();
        connector.open().await.err()
    }

    #[tokio::test]
    async fn each_leg_fails_in_its_own_words() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let open = listener.local_addr().unwrap().port();
        assert_eq!(failure(&format!("http://127.0.0.1:{open}")).await, None);
        assert_eq!(failure(&format!("http://localhost:{open}")).await, None);
        // accepted by the kernel, answered by nobody
        assert_eq!(failure(&format!("https://127.0.0.1:{open}")).await, Some(UpstreamError::ConnectTimeout));
        drop(listener);
        assert_eq!(failure(&format!("http://127.0.0.1:{open}")).await, Some(UpstreamError::Connect));
    }

    #[tokio::test]
    async fn a_public_name_that_leads_to_a_private_address_is_refused() {
        let connector = |url: &str, allow_private| {
            let upstream = Upstream { allow_private, ..upstream(url) };
            Connector::new(&upstream, Duration::from_secs(1)).unwrap()
        };
        for (url, allow_private, guarded) in [
            ("https://vendor.example", false, true),
            ("https://vendor.example", true, false),
            ("https://127.0.0.1", false, false),
            ("https://localhost", false, false),
            ("http://matomo:80", false, false),
        ] {
            assert_eq!(connector(url, allow_private).target.dial.guarded, guarded, "{url}");
        }
        // The guard itself, with a name that every machine resolves to itself.
        let mut guarded = connector("http://localhost:1", false);
        Arc::get_mut(&mut guarded.target).unwrap().dial.guarded = true;
        assert_eq!(guarded.open().await.err(), Some(UpstreamError::Address));
    }

    /// A TLS server for `localhost` whose own certificate is its only authority, kept in a file.
    async fn secure_backend(alpn: &[u8]) -> (u16, std::path::PathBuf) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls_pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config =
            rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_no_client_auth();
        let mut config = config.with_single_cert(vec![made.cert.der().clone()], key).unwrap();
        config.alpn_protocols = vec![alpn.to_vec()];
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = acceptor.accept(stream).await;
            }
        });
        let file = std::env::temp_dir().join(format!("privet-authority-{}-{port}.pem", std::process::id()));
        std::fs::write(&file, made.cert.pem()).unwrap();
        (port, file)
    }

    #[tokio::test]
    async fn a_certificate_is_verified_against_the_authorities_named() {
        let (port, file) = secure_backend(b"h2").await;
        let unknown = failure(&format!("https://localhost:{port}")).await;
        assert_eq!(unknown, Some(UpstreamError::Certificate(Flaw::Issuer)));
        let authorities = Arc::new(roots::authorities(&file).unwrap());
        let trusting =
            |host| Upstream { ca: Some(authorities.clone()), ..upstream(&format!("https://{host}:{port}")) };
        let connector = Connector::new(&trusting("localhost"), Duration::from_secs(5)).unwrap();
        assert!(connector.open().await.unwrap().http2);
        let connector = Connector::new(&trusting("127.0.0.1"), Duration::from_secs(5)).unwrap();
        let misnamed = connector.open().await.err();
        assert_eq!(misnamed, Some(UpstreamError::Certificate(Flaw::Name)));
        std::fs::remove_file(file).unwrap();
    }
}
