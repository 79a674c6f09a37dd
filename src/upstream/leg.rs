//! One end of a WebSocket (RFC 6455): an ear and a voice that two tasks may hold.
//!
//! Knows frames; does not know what a message says, nor who is at the other end. tungstenite joins fragments and
//! checks every frame; its own answers to pings and closes go nowhere, because only whoever holds both legs knows
//! when a close is due. Invariants: an ear holds one message at most, and of a bounded size; a word that is not
//! taken in time is the end; after a close nothing is said.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{
    AsyncBufRead, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf, ReadHalf,
    WriteHalf, split,
};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::error::{CapacityError, Error};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig, WebSocketContext};

use super::alarm::Alarm;
use super::now::{Now, unless_blocked};

pub use tokio_tungstenite::tungstenite::Message as Frame;
pub use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// A connection of any kind, after its handshake.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub type Connection = Box<dyn Duplex>;

/// What is read at a time; a message may be longer.
const READ_BUFFER: usize = 4 * 1024;
/// What tungstenite takes of it at a time: it blanks as much before, whether something came or not.
const PORTION: usize = 1024;

/// Hears one message at a time.
pub struct Ear {
    frames: WebSocketContext,
    heard: BufReader<Watched>,
    /// All that came was read.
    is_dry: bool,
    /// Rings when there may have been a silence.
    alarm: Alarm,
}

/// Says one message at a time.
pub struct Voice {
    frames: WebSocketContext,
    said: WriteHalf<Connection>,
    patience: Duration,
    /// Rings when patience may have ended.
    alarm: Alarm,
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
pub fn open(
    connection: Connection,
    early: Bytes,
    role: Role,
    limit: usize,
    patience: Duration,
) -> (Ear, Voice) {
    let (read, said) = split(connection);
    let settings = WebSocketConfig::default()
        .read_buffer_size(PORTION)
        .write_buffer_size(0)
        .max_message_size(Some(limit))
        .max_frame_size(Some(limit));
    let frames = WebSocketContext::from_partially_read(early.into(), role, Some(settings));
    let last = Instant::now();
    let heard = BufReader::with_capacity(READ_BUFFER, Watched { inner: read, last });
    let alarm = || Alarm::at(last + patience);
    let ear = Ear { frames, heard, is_dry: false, alarm: alarm() };
    // A voice reads nothing.
    let frames = WebSocketContext::new(role, Some(settings.read_buffer_size(0)));
    (ear, Voice { frames, said, patience, alarm: alarm(), verdict: None, is_closed: false })
}

impl Ear {
    /// The next message or control frame, unless nothing at all comes for so long.
    pub async fn hear(&mut self, patience: Duration) -> Result<Frame, Deaf> {
        let since = Instant::now();
        poll_fn(|cx| {
            loop {
                // tungstenite prepares for each read, whether something came or not.
                let is_waiting = self.is_dry && Pin::new(&mut self.heard).poll_fill_buf(cx).is_pending();
                if !is_waiting {
                    let heard = self.frames.read(&mut Now::hearing(&mut self.heard, cx));
                    if let Poll::Ready(heard) = unless_blocked(heard) {
                        self.is_dry = false;
                        return Poll::Ready(heard.map_err(|error| deaf(&error)));
                    }
                    self.is_dry = true;
                }
                // A long message on a slow line is no silence.
                let due = since.max(self.heard.get_ref().last) + patience;
                ready!(self.alarm.poll_until(due, cx));
                if due <= Instant::now() {
                    return Poll::Ready(Err(Deaf::Silence));
                }
            }
        })
        .await
    }

    /// Lets the other end finish: a connection closed over unread bytes would take our last words with it.
    pub async fn outlast(&mut self, patience: Duration) {
        let mut rest = [0; 4096];
        let read = async { while matches!(self.heard.read(&mut rest).await, Ok(1..)) {} };
        let _ = timeout(patience, read).await;
    }
}

impl Voice {
    pub async fn say(&mut self, frame: Frame) -> Result<(), Gone> {
        if self.is_closed {
            return Ok(());
        }
        let mut frame = Some(frame);
        let taken = poll_fn(|cx| {
            let mut now = Now::saying(&mut self.said, cx);
            // What blocks is kept, and goes on with the next flush.
            let said = frame.take().map_or(Ok(()), |frame| self.frames.write(&mut now, frame));
            unless_blocked(said.and_then(|()| self.frames.flush(&mut now)))
        });
        match self.alarm.within(self.patience, taken).await {
            Some(Ok(())) => Ok(()),
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
        let _ = timeout(self.patience, self.said.shutdown()).await;
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
    ) -> Poll<io::Result<()>> {
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
        let server = open(Box::new(one), Bytes::new(), Role::Server, 1000, SHORT);
        (server, open(Box::new(other), Bytes::new(), Role::Client, 2000, SHORT))
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
    async fn a_message_longer_than_what_is_read_at_a_time_is_heard_whole_and_so_is_the_next() {
        let (one, other) = duplex(3 * READ_BUFFER);
        let (mut ear, _voice) = open(Box::new(one), Bytes::new(), Role::Server, 10 * READ_BUFFER, SHORT);
        let (_ear, mut other) = open(Box::new(other), Bytes::new(), Role::Client, 1000, SHORT);
        let long = "x".repeat(9 * READ_BUFFER);
        let words = [long.clone(), "short".to_owned(), long].map(Frame::text);
        let said = words.clone();
        let said = tokio::spawn(async move {
            for word in said {
                other.say(word).await.unwrap();
            }
            other
        });
        for word in words {
            assert_eq!(ear.hear(SHORT).await, Ok(word));
        }
        said.await.unwrap();
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
            let (mut ear, _voice) = open(Box::new(one), Bytes::new(), Role::Server, 1000, SHORT);
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
