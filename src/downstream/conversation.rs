//! HTTP over one connection: requests in, answers out, each step within its time.
//!
//! Knows HTTP's bounds, and that a connection may go on as a socket; does not know what becomes of a request.
//! Invariant: a connection that rests holds no room to read or write, and no byte of what was said is lost meanwhile.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::activity::{Overdue, Patience};
use super::drive::{Connection, End, Fault, drive};
use super::exchanges::{Exchanges, Serving, draining};
use super::gate::Gate;
use super::wire::{Listens, Resumed};
use crate::config::Limits;

const STREAMS: u32 = 128;
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// Per stream: what a slow reader can make us hold.
const SEND_BUFFER: usize = 64 * 1024;
/// How long a connection keeps its room for reading and writing when nothing happens.
const REST: Duration = Duration::from_millis(250);
/// That were cancelled before hyper took them up: a page that is left cancels all it asked for.
const RESET_STREAMS: usize = STREAMS as usize;
/// Of streams that the visitor's own mistakes made us reset (CVE-2025-8671).
const MISTAKES: usize = 128;
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_PATIENCE: Duration = Duration::from_secs(20);
/// How much a visitor may still send, and for how long, so that our last words are read before the socket goes.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1024 * 1024;

/// Speaks the agreed version until either side leaves.
pub async fn speak<I>(io: I, http2: bool, exchanges: Exchanges, limits: Limits) -> End
where
    I: AsyncRead + AsyncWrite + Listens + Unpin + Send + 'static,
{
    let serving = Serving(Arc::new(exchanges));
    if http2 {
        speak_http2(io, serving, limits).await
    } else {
        // Boxed: neither version should be as large as both.
        Box::pin(speak_http1(io, serving, limits)).await
    }
}

async fn speak_http2<I>(io: I, serving: Serving, limits: Limits) -> End
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let exchanges = Arc::clone(&serving.0);
    let mut connection = {
        let io = TokioIo::new(Gate::http2(io));
        Box::pin(http2_settings(limits.head).serve_connection(io, serving))
    };
    let patience = Patience { head: None, idle: limits.idle, answer: limits.answer_read, rest: None };
    drive(&mut connection.as_mut(), &exchanges, patience).await
}

async fn speak_http1<I>(io: I, mut serving: Serving, limits: Limits) -> End
where
    I: AsyncRead + AsyncWrite + Listens + Unpin + Send + 'static,
{
    let exchanges = Arc::clone(&serving.0);
    let (head, idle, answer) = (Some(limits.header_read), limits.idle, limits.answer_read);
    let patience = Patience { head, idle, answer, rest: Some(REST) };
    let mut io = Resumed::new(io);
    loop {
        let gate = TokioIo::new(Gate::http1(io, limits.head));
        let mut connection = http1_settings(limits.head).serve_connection(gate, serving);
        let end = drive(&mut connection, &exchanges, patience).await;
        let http1::Parts { io: before, read_buf, service, .. } = connection.into_parts();
        (io, serving) = (before.into_inner().io.preceded_by(read_buf), service);
        match end {
            End::Overdue(Overdue::Rest) => {}
            // What ended badly cannot be ended well.
            End::Overdue(_) => return end,
            End::Closed(_) => {
                let conversation = exchanges.afterwards().take();
                // Boxed: most connections never become a socket, and should not be as large as one.
                match conversation {
                    Some(conversation) => {
                        let draining = draining(exchanges.stop.clone());
                        Box::pin(conversation.hold(Box::new(io.io), io.attendant, draining)).await;
                    }
                    None => drop(timeout(LINGER, Box::pin(linger(io.io))).await),
                }
                return end;
            }
        }
        if !io.unread().is_empty() {
            // The beginning of a head that came with the last request's end.
            exchanges.activity.bytes_came();
        }
        let mut resting = Resting { io: &mut io, is_over: false };
        let end = drive(&mut resting, &exchanges, Patience { rest: None, ..patience }).await;
        if resting.is_over || end != End::Closed(None) {
            let _ = timeout(LINGER, Box::pin(linger(io.io))).await;
            return end;
        }
    }
}

/// An HTTP/1 connection between two exchanges, with no room to read or write: for a visitor who comes back within the
/// minute, or does not.
struct Resting<'a, I> {
    io: &'a mut Resumed<I>,
    is_over: bool,
}

impl<I: Listens> Connection for Resting<'_, I> {
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<Fault>> {
        if self.is_over || !self.io.unread().is_empty() {
            Poll::Ready(None)
        } else {
            self.io.io.poll_word(cx).map(|_| None)
        }
    }

    fn finish(&mut self) {
        self.is_over = true;
    }
}

fn http1_settings(head: usize) -> http1::Builder {
    let mut settings = http1::Builder::new();
    // The head's deadline is ours: hyper's would also end a connection that rests between two requests. The bound of a
    // hundred headers is hyper's: room for another number would be made anew for each request.
    settings.header_read_timeout(None).max_buf_size(head).half_close(false);
    settings
}

fn http2_settings(head: usize) -> http2::Builder<TokioExecutor> {
    let mut settings = http2::Builder::new(TokioExecutor::new());
    settings
        .timer(TokioTimer::new())
        .enable_connect_protocol()
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(head).unwrap_or(u32::MAX))
        .max_send_buf_size(SEND_BUFFER)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .adaptive_window(false)
        .max_pending_accept_reset_streams(RESET_STREAMS)
        .max_local_error_reset_streams(MISTAKES)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PING_PATIENCE);
    settings
}

/// Closes our side and waits for the visitor's: a socket closed over unread bytes would take our last answer with it.
async fn linger(mut io: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    io.shutdown().await?;
    let mut rest = [0; 8192];
    let mut left = LINGER_BYTES;
    while left > 0 {
        match io.read(&mut rest).await? {
            0 => break,
            count => left = left.saturating_sub(count),
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::{Read, Write};

    use bytes::Bytes;
    use http::Request;
    use http_body_util::Empty;
    use hyper::client::conn;
    use tokio::net::TcpStream;

    use super::*;
    use crate::config::{Settings, Tls};
    use crate::downstream::trial::{self, GET, ask};

    const SHORT: Duration = Duration::from_millis(200);
    const HEADERS: usize = 100;

    fn plain() -> Settings {
        trial::settings(vec![trial::listener(Tls::Off)])
    }

    #[test]
    fn a_head_that_never_ends_is_cut_though_bytes_keep_coming() {
        let mut settings = plain();
        settings.limits.header_read = SHORT;
        let running = trial::run(settings);
        let mut socket = running.connect();
        socket.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n").unwrap();
        for _ in 0..10 {
            std::thread::sleep(SHORT / 5);
            let _ = socket.write_all(b"a: b\r\n");
        }
        running.await_count(r#"privet_connections_cut_total{listener="127.0.0.1:0",reason="slow_head"} 1"#);
    }

    #[test]
    fn a_rest_between_requests_may_be_longer_than_a_head() {
        let mut settings = plain();
        settings.limits.header_read = SHORT;
        let running = trial::run(settings);
        let mut socket = running.connect();
        let mut answer = [0; 512];
        socket.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
        assert!(socket.read(&mut answer).unwrap() > 0);
        std::thread::sleep(SHORT * 2);
        assert!(ask(socket, GET).starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn a_connection_that_was_laid_to_rest_goes_on_where_it_was() {
        let whole = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
        for begun in ["", "GET / HT"] {
            let running = trial::run(plain());
            let mut socket = running.connect();
            for _ in 0..2 {
                socket.write_all(whole.as_bytes()).unwrap();
                socket.write_all(begun.as_bytes()).unwrap();
                let mut answer = [0; 512];
                let read = socket.read(&mut answer).unwrap();
                assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
                std::thread::sleep(REST * 2);
                socket.write_all(&whole.as_bytes()[begun.len()..]).unwrap();
                assert!(socket.read(&mut answer).unwrap() > 0);
            }
            running.stop.drain();
            assert_eq!(ask(socket, b""), "", "a resting connection is closed at once");
            running.end().unwrap();
        }
    }

    #[test]
    fn a_head_that_began_with_the_request_before_must_end_too() {
        let mut settings = plain();
        settings.limits.header_read = SHORT;
        let running = trial::run(settings);
        let mut socket = running.connect();
        socket.write_all(b"GET / HTTP/1.1\r\nhost: h\r\n\r\nGET / HT").unwrap();
        running.await_count(r#"privet_connections_cut_total{listener="127.0.0.1:0",reason="slow_head"} 1"#);
    }

    #[test]
    fn a_visitor_who_does_not_read_is_cut() {
        let mut settings = plain();
        settings.limits.answer_read = SHORT;
        let running = trial::run(settings);
        let mut socket = running.connect();
        socket.write_all(b"GET /endless HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
        running.await_count(r#"privet_connections_cut_total{listener="127.0.0.1:0",reason="slow_reader"} 1"#);
    }

    #[test]
    fn a_slow_vendor_is_not_the_visitor_s_fault() {
        let mut settings = plain();
        settings.limits.idle = SHORT;
        settings.limits.header_read = SHORT;
        let running = trial::run(settings);
        let request = b"GET /slow HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
        assert!(ask(running.connect(), request).ends_with("at last"));
    }

    #[test]
    fn an_answer_before_the_whole_body_came_is_still_read() {
        let running = trial::run(plain());
        let head = "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 500000\r\n\r\n";
        let request = [head.as_bytes(), &[b'x'; 500_000]].concat();
        assert!(ask(running.connect(), &request).starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn a_head_beyond_its_bound_is_refused_in_words() {
        let running = trial::run(plain());
        let large = format!("GET / HTTP/1.1\r\nhost: h\r\na: {}\r\n\r\n", "x".repeat(40 * 1024));
        assert!(ask(running.connect(), large.as_bytes()).starts_with("HTTP/1.1 431"));
        let long =
            format!("GET / HTTP/1.1\r\nhost: h\r\n{}\r\n", format!("a: {}\r\n", "x".repeat(1000)).repeat(40));
        assert!(ask(running.connect(), long.as_bytes()).starts_with("HTTP/1.1 431"));
        let cut = |count| {
            format!(r#"privet_connections_cut_total{{listener="127.0.0.1:0",reason="large_head"}} {count}"#)
        };
        running.await_count(&cut(2));
        let many = format!("GET / HTTP/1.1\r\nhost: h\r\n{}\r\n", "a: b\r\n".repeat(HEADERS + 1));
        assert!(ask(running.connect(), many.as_bytes()).starts_with("HTTP/1.1 431"));
        let fits = format!(
            "GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\na: {}\r\n{}\r\n",
            "x".repeat(28 * 1024),
            "a: b\r\n".repeat(HEADERS - 10)
        );
        assert!(ask(running.connect(), fits.as_bytes()).starts_with("HTTP/1.1 200"));
    }

    #[test]
    fn pipelined_requests_are_answered_in_order() {
        let running = trial::run(plain());
        let request =
            [b"POST /body HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\none".as_slice(), GET].concat();
        let answer = ask(running.connect(), &request);
        assert_eq!(answer.matches("HTTP/1.1 200").count(), 2, "{answer}");
        assert!(answer.find("one") < answer.find("127.0.0.1"), "{answer}");
    }

    #[tokio::test]
    async fn a_http2_visitor_who_opens_no_window_is_cut() {
        let mut settings = plain();
        settings.limits.answer_read = SHORT;
        let running = trial::run(settings);
        let socket = TcpStream::connect(running.addresses[0]).await.unwrap();
        let (mut send, connection) =
            conn::http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
        let ended = tokio::spawn(connection);
        let request = Request::get("http://h/endless").body(Empty::<Bytes>::new()).unwrap();
        let _unread = send.send_request(request).await.unwrap();
        let _ = timeout(Duration::from_secs(5), ended).await.unwrap();
        running.await_count(r#"privet_connections_cut_total{listener="127.0.0.1:0",reason="slow_reader"} 1"#);
    }
}
