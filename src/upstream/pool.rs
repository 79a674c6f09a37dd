//! A request on one of the connections to an upstream.
//!
//! Knows HTTP/1.1 and HTTP/2 from the client's side; does not know how a connection is opened, nor what is asked.
//! Invariant: a request is sent again only when not a byte of it was.

use std::pin::Pin;
use std::time::Duration;

use http::uri::{Authority, Scheme};
use http::{Response, Uri};
use hyper::client::conn::{TrySendError, http1, http2};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, timeout_at};

use super::UpstreamError;
use super::alarm::Alarm;
use super::connect::Connector;
use super::resting::{Alone, Lease, Lent, Line, Question, Resting};
use crate::config::Upstream;

const LARGEST_HEAD: usize = 64 * 1024;
const PING: Duration = Duration::from_secs(30);
const PONG: Duration = Duration::from_secs(10);

pub type Answering<'p> = Pin<Box<dyn Future<Output = Result<Response<Lent>, Unanswered>> + Send + 'p>>;

/// One worker's connections to one upstream.
pub struct Pool {
    connector: Connector,
    scheme: Scheme,
    authority: Authority,
    age: Duration,
    resting: Resting,
}

impl Pool {
    /// `age` is for how long a connection is used again.
    pub fn new(connector: Connector, upstream: &Upstream, age: Duration) -> Self {
        let (scheme, authority) = (upstream.scheme.clone(), upstream.authority.clone());
        Self { connector, scheme, authority, age, resting: Resting::default() }
    }

    /// Asks on a connection that rests, or on a new one; the target is in origin form. Where a connection turns out
    /// to be closed, the question is made once more for the next. No answer is awaited longer than the deadline.
    pub async fn ask(
        &self,
        deadline: Instant,
        question: impl Fn() -> Result<Question, UpstreamError>,
    ) -> Result<Response<Lent>, UpstreamError> {
        while let Some(line) = self.resting.take(self.age) {
            match self.ask_on(line, question()?, deadline).await {
                Ok(answer) => return Ok(answer),
                Err(Unanswered { is_unsent: true, .. }) => {}
                Err(Unanswered { error: UpstreamError::Lost, .. }) => return Err(UpstreamError::Stale),
                Err(Unanswered { error, .. }) => return Err(error),
            }
        }
        Ok(self.ask_afresh(question()?, deadline).await?)
    }

    /// Asks on a new connection. Boxed: seldom needed, and far larger than all the rest.
    pub fn ask_afresh(&self, question: Question, deadline: Instant) -> Answering<'_> {
        Box::pin(async move {
            let line =
                timeout_at(deadline, self.open()).await.map_err(|_| UpstreamError::AnswerTimeout)??;
            self.ask_on(line, question, deadline).await
        })
    }

    /// Gives hyper the question before there is anything to wait for: what waits does not hold it, too.
    fn ask_on(&self, line: Line, question: Question, deadline: Instant) -> Answering<'_> {
        match line {
            Line::Alone(mut connection) => {
                let answer = connection.sender.try_send_request(question);
                Box::pin(async move {
                    let answer = connection.alarm.until(deadline, answer).await;
                    let answer = answer.ok_or(Unanswered::OVERDUE)??;
                    Ok(answer.map(|body| Lent::new(body, Lease { connection, home: self.resting.clone() })))
                })
            }
            Line::Shared(mut sender) => {
                let answer = sender.try_send_request(self.absolute(question));
                Box::pin(async move {
                    let answer = timeout_at(deadline, answer).await.map_err(|_| Unanswered::OVERDUE)?;
                    let answer = answer.map_err(|error| {
                        // It takes nothing more.
                        self.resting.forget_shared();
                        Unanswered::from(error)
                    })?;
                    Ok(answer.map(Lent::from))
                })
            }
        }
    }

    async fn open(&self) -> Result<Line, UpstreamError> {
        let stream = self.connector.open().await?;
        if stream.speaks_http2() {
            let (sender, connection) =
                http2_settings().handshake(stream).await.map_err(|_| UpstreamError::Lost)?;
            tokio::spawn(connection);
            self.resting.share(sender.clone());
            return Ok(Line::Shared(sender));
        }
        let (sender, connection) =
            http1_settings().handshake(stream).await.map_err(|_| UpstreamError::Lost)?;
        tokio::spawn(connection);
        let since = Instant::now();
        Ok(Line::Alone(Alone { sender, since, alarm: Alarm::at(since + self.age) }))
    }

    /// HTTP/2 says with each request whose it is.
    fn absolute(&self, mut question: Question) -> Question {
        let mut parts = std::mem::take(question.uri_mut()).into_parts();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        *question.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
        question
    }
}

/// Why there is no answer, and whether it is certain that not a byte of the question was sent.
pub struct Unanswered {
    error: UpstreamError,
    is_unsent: bool,
}

impl Unanswered {
    const OVERDUE: Self = Self { error: UpstreamError::AnswerTimeout, is_unsent: false };
}

/// Where there was no connection.
impl From<UpstreamError> for Unanswered {
    fn from(error: UpstreamError) -> Self {
        Self { error, is_unsent: true }
    }
}

impl From<Unanswered> for UpstreamError {
    fn from(unanswered: Unanswered) -> Self {
        unanswered.error
    }
}

impl From<TrySendError<Question>> for Unanswered {
    fn from(mut error: TrySendError<Question>) -> Self {
        let is_unsent = error.take_message().is_some();
        Self { error: UpstreamError::of_http(error.error()), is_unsent }
    }
}

pub(super) fn http1_settings() -> http1::Builder {
    let mut settings = http1::Builder::new();
    // No more than hyper's own hundred headers: room for more would be made anew for each answer.
    settings.max_buf_size(LARGEST_HEAD);
    settings
}

fn http2_settings() -> http2::Builder<TokioExecutor> {
    let mut settings = http2::Builder::new(TokioExecutor::new());
    settings
        .timer(TokioTimer::new())
        .max_header_list_size(LARGEST_HEAD as u32)
        .keep_alive_interval(PING)
        .keep_alive_timeout(PONG);
    settings
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use http::Request;
    use http_body_util::{BodyExt, Full};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::resting::{MOST_RESTING, REST};
    use super::*;

    const LENGTH: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    const CHUNKS: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";
    const EMPTY: &str = "HTTP/1.1 204 No Content\r\n\r\n";

    /// A pool to a backend that gives every request the same answer, and how many connections were opened to it.
    async fn pool(answer: &'static str) -> (Pool, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = Upstream {
            scheme: Scheme::HTTP,
            authority: listener.local_addr().unwrap().to_string().parse().unwrap(),
            base_path: String::new(),
            ca: None,
            client: None,
            allow_private: false,
            connect_to: None,
        };
        let opened = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&opened);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    while stream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {
                        stream.write_all(answer.as_bytes()).await.unwrap();
                    }
                });
            }
        });
        let connector = Connector::new(&upstream, Duration::from_secs(1)).unwrap();
        (Pool::new(connector, &upstream, Duration::from_secs(60)), opened)
    }

    async fn asked(pool: &Pool) -> Lent {
        let question = || Ok(Request::get("/x").header("host", "h").body(Full::default()).unwrap());
        pool.ask(Instant::now() + Duration::from_secs(60), question).await.unwrap().into_body()
    }

    #[tokio::test]
    async fn a_connection_whose_answer_was_read_is_used_again() {
        for answer in [LENGTH, CHUNKS, EMPTY] {
            let (pool, opened) = pool(answer).await;
            for _ in 0..20 {
                asked(&pool).await.collect().await.unwrap();
            }
            assert_eq!(opened.load(Ordering::SeqCst), 1, "{answer}");
        }
    }

    #[tokio::test]
    async fn a_connection_whose_answer_is_being_read_or_was_left_is_not() {
        let (pool, opened) = pool(CHUNKS).await;
        let (first, second) = (asked(&pool).await, asked(&pool).await);
        assert_eq!(opened.load(Ordering::SeqCst), 2);
        first.collect().await.unwrap();
        drop(second);
        asked(&pool).await.collect().await.unwrap();
        assert_eq!(opened.load(Ordering::SeqCst), 2);
        drop(asked(&pool).await);
        asked(&pool).await.collect().await.unwrap();
        assert_eq!(opened.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn what_rested_too_long_is_closed() {
        let (pool, _) = pool(LENGTH).await;
        asked(&pool).await.collect().await.unwrap();
        let mut state = pool.resting.state();
        let now = Instant::now();
        assert!(state.is_tended && state.keep(now));
        assert!(!state.keep(now + REST));
        assert!(state.alone.is_empty());
    }

    #[tokio::test]
    async fn what_rested_too_long_or_is_too_old_is_not_used() {
        let (pool, _) = pool(LENGTH).await;
        let (age, moment) = (2 * REST, Duration::from_secs(1));
        for (later, age, is_used) in
            [(REST - moment, age, true), (REST, age, false), (REST - moment, REST - moment, false)]
        {
            asked(&pool).await.collect().await.unwrap();
            let now = Instant::now() + later;
            assert_eq!(pool.resting.take_at(now, age).is_some(), is_used, "{later:?}, {age:?}");
        }
    }

    #[tokio::test]
    async fn no_more_rest_than_there_is_room_for() {
        let (pool, opened) = pool(CHUNKS).await;
        let mut answers = Vec::new();
        for _ in 0..=MOST_RESTING {
            answers.push(asked(&pool).await);
        }
        for answer in answers {
            answer.collect().await.unwrap();
        }
        assert_eq!(opened.load(Ordering::SeqCst), MOST_RESTING + 1);
        assert_eq!(pool.resting.state().alone.len(), MOST_RESTING);
    }
}
