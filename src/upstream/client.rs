//! Sends one scrubbed request; the only way out.
//!
//! Knows one upstream, a pool of connections to it, and its deadlines; follows no redirect and changes nothing of
//! what was sealed but to say where it goes. Invariant: a request reaches the upstream at most once. Whether it may
//! go out once more is [`super::Upstreams`]' matter.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue};
use http::uri::PathAndQuery;
use http::{Method, Request, Response, Uri};
use http_body_util::Full;
use tokio::time::Instant;

use super::UpstreamError;
use super::connect::Connector;
use super::pool::Pool;
use super::resting::Lent;
use super::stream::Streamed;
use crate::config::{Limits, Upstream};
use crate::privacy::Scrubbed;

/// A pool of connections to one upstream.
pub struct Client {
    base_path: String,
    host: HeaderValue,
    pool: Pool,
    /// Opens the connections that become sockets.
    pub(super) sockets: Connector,
    /// How long the upstream may take to take a message.
    pub(super) word_deadline: Duration,
    patience: Duration,
}

impl Client {
    pub fn new(upstream: &Upstream, limits: &Limits) -> Result<Self, UpstreamError> {
        let connector = Connector::new(upstream, limits.upstream_connect)?;
        Ok(Self {
            host: HeaderValue::from_str(upstream.authority.as_str()).map_err(|_| UpstreamError::Target)?,
            base_path: upstream.base_path.clone(),
            sockets: connector.of_http1(),
            pool: Pool::new(connector, upstream, limits.upstream_age),
            word_deadline: limits.idle,
            patience: limits.upstream_silence,
        })
    }

    /// Sends a request and waits for the head of its answer; the body follows as it comes.
    pub async fn send(
        &self,
        request: &Scrubbed<Request<Bytes>>,
        deadline: Instant,
    ) -> Result<Response<Streamed>, UpstreamError> {
        self.dispatch(request.as_inner(), deadline).await
    }

    /// The same, on a connection that nobody used before.
    pub async fn send_afresh(
        &self,
        request: &Scrubbed<Request<Bytes>>,
        deadline: Instant,
    ) -> Result<Response<Streamed>, UpstreamError> {
        let question = self.addressed(request.as_inner())?;
        self.streamed(self.pool.ask_afresh(question, deadline).await?)
    }

    async fn dispatch(
        &self,
        request: &Request<Bytes>,
        deadline: Instant,
    ) -> Result<Response<Streamed>, UpstreamError> {
        self.streamed(self.pool.ask(deadline, || self.addressed(request)).await?)
    }

    /// An answer whose body follows.
    pub(super) fn streamed(&self, response: Response<Lent>) -> Result<Response<Streamed>, UpstreamError> {
        // No upgrade is answered here, so a 101 is nonsense, and so is a status that no RFC knows.
        if response.status().is_informational() || response.status().as_u16() >= 600 {
            return Err(UpstreamError::Answer);
        }
        Ok(response.map(|body| Streamed::new(body, self.patience)))
    }

    /// The request with the upstream's place and host, and a length where a body is expected.
    pub(super) fn addressed(&self, request: &Request<Bytes>) -> Result<Request<Full<Bytes>>, UpstreamError> {
        let (method, body) = (request.method(), request.body());
        let mut addressed = Request::new(Full::new(body.clone()));
        let mut headers = HeaderMap::with_capacity(request.headers().len() + 2);
        headers.insert(HOST, self.host.clone());
        // Whatever a rule let through: both are the connection's own words.
        let is_own = |name: &HeaderName| *name == HOST || *name == CONTENT_LENGTH;
        for (name, value) in request.headers().iter().filter(|(name, _)| !is_own(name)) {
            headers.append(name, value.clone());
        }
        if !body.is_empty() || matches!(*method, Method::POST | Method::PUT | Method::PATCH) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        *addressed.headers_mut() = headers;
        *addressed.method_mut() = method.clone();
        *addressed.uri_mut() = self.place(request.uri())?;
        Ok(addressed)
    }

    /// Path and query on the upstream.
    fn place(&self, target: &Uri) -> Result<Uri, UpstreamError> {
        if self.base_path.is_empty() {
            return Ok(target.clone());
        }
        let target = target.path_and_query().map_or("/", PathAndQuery::as_str);
        let target = Uri::builder().path_and_query(format!("{}{target}", self.base_path));
        target.build().map_err(|_| UpstreamError::Target)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::sync::mpsc;

    const SECOND: Duration = Duration::from_secs(1);

    fn client(address: SocketAddr) -> Client {
        let upstream = Upstream {
            scheme: http::uri::Scheme::HTTP,
            authority: address.to_string().parse().unwrap(),
            base_path: "/api".to_owned(),
            ca: None,
            client: None,
            allow_private: false,
            connect_to: None,
        };
        let limits = Limits {
            connections: 1,
            connections_per_address: 1,
            head: 32 * 1024,
            bodies: 1,
            cache: 0,
            header_read: SECOND,
            body_read: SECOND,
            answer_read: SECOND,
            upstream_connect: SECOND,
            upstream_response: SECOND,
            upstream_silence: SECOND,
            upstream_age: SECOND,
            idle: SECOND,
            drain: SECOND,
        };
        Client::new(&upstream, &limits).unwrap()
    }

    /// Gives each connection's first request the same answer, and closes; tells what it read.
    async fn backend(answer: &'static [u8]) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (heard, told) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut buffer = vec![0; 65536];
                let read = stream.read(&mut buffer).await.unwrap();
                heard.send(String::from_utf8_lossy(&buffer[..read]).into_owned()).unwrap();
                stream.write_all(answer).await.unwrap();
            }
        });
        (address, told)
    }

    fn soon() -> Instant {
        Instant::now() + SECOND
    }

    fn request(method: Method, body: &'static str) -> Request<Bytes> {
        let request = Request::builder().method(method).uri("/e?x=1").header("accept", "*/*");
        request.body(Bytes::from_static(body.as_bytes())).unwrap()
    }

    #[tokio::test]
    async fn a_request_says_where_it_goes_and_how_long_it_is() {
        let (address, mut told) = backend(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        let client = client(address);
        for (method, body, length) in [
            (Method::GET, "", ""),
            (Method::POST, "", "content-length: 0\r\n"),
            (Method::POST, "abc", "content-length: 3\r\n"),
        ] {
            let mut request = request(method.clone(), body);
            // As a rule for all headers lets them through.
            request.headers_mut().insert(HOST, HeaderValue::from_static("site.example"));
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("9"));
            let response = client.dispatch(&request, soon()).await.unwrap();
            assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "ok");
            let expected = format!(
                "{method} /api/e?x=1 HTTP/1.1\r\nhost: {address}\r\naccept: */*\r\n{length}\r\n{body}"
            );
            assert_eq!(told.recv().await.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn a_closed_pooled_connection_costs_no_request_and_sends_none_twice() {
        let (address, mut told) = backend(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        let client = client(address);
        for _ in 0..50 {
            let response = client.dispatch(&request(Method::POST, "abc"), soon()).await.unwrap();
            response.into_body().collect().await.unwrap();
        }
        told.close();
        let mut count = 0;
        while told.recv().await.is_some() {
            count += 1;
        }
        assert_eq!(count, 50);
    }

    #[tokio::test]
    async fn an_answer_that_cannot_be_read_is_told_from_one_that_never_came() {
        for (answer, expected) in [
            (&b"hello world\r\n\r\n"[..], UpstreamError::Answer),
            (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nabc", UpstreamError::Answer),
            (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n", UpstreamError::Answer),
            (b"HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n", UpstreamError::Answer),
            (b"", UpstreamError::Lost),
        ] {
            let (address, _told) = backend(answer).await;
            assert_eq!(
                client(address).dispatch(&request(Method::GET, ""), soon()).await.err(),
                Some(expected)
            );
        }
    }

    #[tokio::test]
    async fn an_answer_that_breaks_off_does_not_end_cleanly() {
        let (address, _told) =
            backend(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n").await;
        let response = client(address).dispatch(&request(Method::GET, ""), soon()).await.unwrap();
        assert!(response.into_body().collect().await.is_err());
    }

    #[tokio::test]
    async fn an_upstream_that_says_nothing_is_given_up_in_time() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = client(listener.local_addr().unwrap());
        let answer = client.dispatch(&request(Method::GET, ""), soon()).await;
        assert_eq!(answer.err(), Some(UpstreamError::AnswerTimeout));
    }
}
