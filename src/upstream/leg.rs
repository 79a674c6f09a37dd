//! One end of a WebSocket (RFC 6455): an ear and a voice that two tasks may hold.
//!
//! Knows frames; does not know what a message says, nor who is at the other end. tungstenite joins fragments and
//! checks every frame; its own answers to pings and closes go nowhere, because only whoever holds both legs knows
//! when a close is due. Invariants: an ear holds one message at most, and of a bounded size; a word that is not
//! taken in time is the end; after a close nothing is said.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, Empty, Join, ReadBuf, ReadHalf, Sink, WriteHalf,
    empty, join, sink, split,
};
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

pub use tokio_tungstenite::tungstenite::Message as Frame;
pub use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// A connection of any kind, after its handshake.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub type Connection = Box<dyn Duplex>;

/// What is read at a time; a message may be longer. tungstenite blanks this much before each read.
const READ_BUFFER: usize = 4 * 1024;

/// Hears one message at a time.
pub struct Ear {
    frames: WebSocketStream<Join<Watched, Sink>>,
    /// Rings when there may have been a silence. Set too early, it rings once in vain: cheaper than one for each message.
    alarm: Pin<Box<Sleep>>,
}

/// Says one message at a time.
pub struct Voice {
    frames: WebSocketStream<Join<Empty, WriteHalf<Connection>>>,
    patience: Duration,
    /// What a close says, whatever else it is asked to say.
    verdict: Option<CloseFrame>,
    is_closed: bool,
}

/// Nothing more will be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deaf {
    /// Not a byte came in time.
    Silence,
    /// The connection is lost.
    Lost,
    /// What came is not as RFC 6455 says, or too large: the code to close with.
    Fault(CloseCode),
}

/// The other end takes nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// Opens an end of a connection on which `early` was read too soon. `limit` bounds each message, and `patience` the
/// time a word may take to be taken.
pub async fn open(
    connection: Connection,
    early: Bytes,
    role: Role,
    limit: usize,
    patience: Duration,
) -> (Ear, Voice) {
    let (read, write) = split(connection);
    let settings = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    let watched = Watched { inner: read, last: Instant::now() };
    let heard = join(watched, sink());
    let frames = WebSocketStream::from_partially_read(heard, early.into(), role, Some(settings)).await;
    let ear = Ear { frames, alarm: Box::pin(sleep(patience)) };
    let said = join(empty(), write);
    // A voice reads nothing.
    let settings = settings.read_buffer_size(0);
    let frames = WebSocketStream::from_raw_socket(said, role, Some(settings)).await;
    (ear, Voice { frames, patience, verdict: None, is_closed: false })
}

impl Ear {
    /// The next message or control frame, unless nothing at all comes for so long.
    pub async fn hear(&mut self, patience: Duration) -> Result<Frame, Deaf> {
        let since = Instant::now();
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(heard) = self.frames.poll_next_unpin(cx) {
                    return Poll::Ready(heard.ok_or(Deaf::Lost)?.map_err(|error| deaf(&error)));
                }
                ready!(self.alarm.as_mut().poll(cx));
                // A long message on a slow line is no silence.
                let due = since.max(self.frames.get_ref().reader().last) + patience;
                if due <= Instant::now() {
                    return Poll::Ready(Err(Deaf::Silence));
                }
                self.alarm.as_mut().reset(due);
            }
        })
        .await
    }

    /// Lets the other end finish: a connection closed over unread bytes would take our last words with it.
    pub async fn outlast(&mut self, patience: Duration) {
        let mut rest = [0; 4096];
        let read =
            async { while matches!(self.frames.get_mut().reader_mut().read(&mut rest).await, Ok(1..)) {} };
        let _ = timeout(patience, read).await;
    }
}

impl Voice {
    pub async fn say(&mut self, frame: Frame) -> Result<(), Gone> {
        if self.is_closed {
            return Ok(());
        }
        match timeout(self.patience, self.frames.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Gone),
        }
    }

    pub async fn ping(&mut self) -> Result<(), Gone> {
        self.say(Frame::Ping(Bytes::new())).await
    }

    /// From here on only one reason for a close is right.
    pub fn resolve(&mut self, verdict: Option<CloseFrame>) {
        self.verdict = verdict;
    }

    /// The last word; a second one is not said.
    pub async fn close(&mut self, frame: Option<CloseFrame>) -> Result<(), Gone> {
        let word = self.verdict.take().or(frame);
        let said = self.say(Frame::Close(word)).await;
        self.is_closed = true;
        said
    }

    /// Ends our side of the connection.
    pub async fn leave(&mut self) {
        let _ = timeout(self.patience, self.frames.get_mut().writer_mut().shutdown()).await;
    }
}

fn deaf(error: &Error) -> Deaf {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { .. }) => Deaf::Fault(CloseCode::Size),
        Error::Utf8(_) => Deaf::Fault(CloseCode::Invalid),
        Error::Protocol(
            tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
        ) => Deaf::Lost,
        Error::Protocol(_) => Deaf::Fault(CloseCode::Protocol),
        _ => Deaf::Lost,
    }
}

/// Notes when bytes last came.
struct Watched {
    inner: ReadHalf<Connection>,
    last: Instant,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        ready!(Pin::new(&mut self.inner).poll_read(cx, buffer))?;
        self.last = Instant::now();
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use tokio::io::duplex;

    const SHORT: Duration = Duration::from_millis(100);

    async fn ends() -> ((Ear, Voice), (Ear, Voice)) {
        let (one, other) = duplex(64);
        let server = open(Box::new(one), Bytes::new(), Role::Server, 1000, SHORT).await;
        (server, open(Box::new(other), Bytes::new(), Role::Client, 2000, SHORT).await)
    }

    #[tokio::test]
    async fn a_message_is_heard_as_it_was_said_and_pings_are_not_answered_here() {
        let ((mut ear, _voice), (mut other_ear, mut other)) = ends().await;
        let said = tokio::spawn(async move {
            other.ping().await.unwrap();
            other.say(Frame::text("x".repeat(1000))).await.unwrap();
            other
        });
        assert_eq!(ear.hear(SHORT).await, Ok(Frame::Ping(Bytes::new())));
        assert_eq!(ear.hear(SHORT).await, Ok(Frame::text("x".repeat(1000))));
        let _other = said.await.unwrap();
        assert_eq!(other_ear.hear(SHORT).await, Err(Deaf::Silence));
    }

    #[tokio::test]
    async fn what_is_too_large_or_malformed_says_how_to_close() {
        let ((mut ear, _voice), (_, mut other)) = ends().await;
        let said = tokio::spawn(async move { other.say(Frame::text("x".repeat(1001))).await });
        assert_eq!(ear.hear(SHORT).await, Err(Deaf::Fault(CloseCode::Size)));
        drop(ear);
        let _ = said.await;
        for (bytes, heard) in [
            (&b"\x81\x01a"[..], Deaf::Fault(CloseCode::Protocol)), // not masked
            (b"\xc1\x80\0\0\0\0", Deaf::Fault(CloseCode::Protocol)), // compressed
            (b"\x81\x81\0\0\0\0\xff", Deaf::Fault(CloseCode::Invalid)),
            (b"", Deaf::Lost),
        ] {
            let (one, mut other) = duplex(64);
            let (mut ear, _voice) = open(Box::new(one), Bytes::new(), Role::Server, 1000, SHORT).await;
            other.write_all(bytes).await.unwrap();
            drop(other);
            assert_eq!(ear.hear(SHORT).await, Err(heard));
        }
    }

    #[tokio::test]
    async fn a_word_that_is_not_taken_is_the_end_and_after_a_close_nothing_is_said() {
        let ((mut ear, mut voice), (_ear, mut other)) = ends().await;
        assert_eq!(voice.say(Frame::text("x".repeat(1000))).await, Err(Gone));
        other.close(None).await.unwrap();
        other.say(Frame::text("late")).await.unwrap();
        assert_eq!(ear.hear(SHORT).await, Ok(Frame::Close(None)));
        assert!(ear.hear(SHORT).await.is_err());
    }
}
