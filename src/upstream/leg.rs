//! One end of a WebSocket (RFC 6455): an ear and a voice that two tasks may hold.
//!
//! Knows when something is heard and said; does not know what a message says, nor who is at the other end. Pings and closes are not
//! answered here, because only whoever holds both legs knows when a close is due. Invariants: an ear holds one message at most, and
//! of a bounded size; a word that is not taken in time is the end; after a close nothing is said, and nothing heard.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, ReadHalf, WriteHalf, split};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::alarm::Alarm;
use super::frames::{self, Frames};

pub use super::frames::{CloseFrame, Frame};

/// A connection of any kind, after its handshake.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

pub type Connection = Box<dyn Duplex>;

/// What is read at a time; a message may be longer.
const READ: usize = 4 * 1024;

/// Hears one message at a time.
pub struct Ear {
    frames: Frames,
    heard: ReadHalf<Connection>,
    /// When bytes last came.
    last: Instant,
    /// The other end said that nothing more comes.
    is_over: bool,
    /// Rings when there may have been a silence.
    alarm: Alarm,
}

/// Says one message at a time.
pub struct Voice {
    said: WriteHalf<Connection>,
    /// What is to be said and was not taken.
    unsaid: BytesMut,
    /// A client's.
    keys: Option<Keys>,
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
    early: &[u8],
    role: Role,
    limit: usize,
    patience: Duration,
) -> (Ear, Voice) {
    let ((heard, said), last) = (split(connection), Instant::now());
    let alarm = || Alarm::at(last + patience);
    let ear = Ear { frames: Frames::new(role, limit, early), heard, last, is_over: false, alarm: alarm() };
    let keys = (role == Role::Client).then(Keys::default);
    let (unsaid, alarm) = (BytesMut::new(), alarm());
    (ear, Voice { said, unsaid, keys, patience, alarm, verdict: None, is_closed: false })
}

impl Ear {
    /// The next message or control frame, unless nothing at all comes for so long.
    pub async fn hear(&mut self, patience: Duration) -> Result<Frame, Deaf> {
        let since = Instant::now();
        poll_fn(|cx| {
            loop {
                if self.is_over {
                    return Poll::Ready(Err(Deaf::Lost));
                }
                if let Some(frame) = self.frames.next().map_err(Deaf::Fault)? {
                    self.is_over = matches!(frame, Frame::Close(_));
                    return Poll::Ready(Ok(frame));
                }
                if let Poll::Ready(read) = self.poll_more(cx) {
                    self.is_over = !matches!(read, Ok(1..));
                    continue;
                }
                // A long message on a slow line is no silence.
                let due = since.max(self.last) + patience;
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
        let mut rest = [0; READ];
        let read = async { while matches!(self.heard.read(&mut rest).await, Ok(1..)) {} };
        let _ = timeout(patience, read).await;
    }

    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        // Not blanked: most messages are short.
        let mut room = [const { MaybeUninit::uninit() }; READ];
        let mut room = ReadBuf::uninit(&mut room);
        ready!(Pin::new(&mut self.heard).poll_read(cx, &mut room))?;
        self.last = Instant::now();
        self.frames.push(room.filled());
        Poll::Ready(Ok(room.filled().len()))
    }
}

impl Voice {
    pub async fn say(&mut self, frame: Frame) -> Result<(), Gone> {
        if self.is_closed {
            return Ok(());
        }
        let key = self.keys.as_mut().map(Keys::next).transpose()?;
        frames::write(&frame, key, &mut self.unsaid);
        let Self { said, unsaid, alarm, patience, .. } = self;
        let taken = async {
            // What is not taken is kept, and goes before the next word.
            said.write_all_buf(unsaid).await?;
            said.flush().await
        };
        match alarm.within(*patience, taken).await {
            Some(Ok(())) => {
                // No room is kept for what is seldom as long again.
                self.unsaid = BytesMut::new();
                Ok(())
            }
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

/// Keys of masks, which nobody may foresee (§10.3): many are drawn at once, for less than a call of the system each.
#[derive(Default)]
struct Keys(Vec<[u8; 4]>);

impl Keys {
    fn next(&mut self) -> Result<[u8; 4], Gone> {
        if self.0.is_empty() {
            let mut drawn = [0; 256];
            getrandom::fill(&mut drawn).map_err(|_| Gone)?;
            self.0.extend(drawn.as_chunks().0);
        }
        self.0.pop().ok_or(Gone)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::Message;
    use tokio::io::duplex;

    const SHORT: Duration = Duration::from_millis(100);

    fn text(text: &str) -> Frame {
        Frame::Message(Message::Text(text.to_owned()))
    }

    async fn ends() -> ((Ear, Voice), (Ear, Voice)) {
        let (one, other) = duplex(64);
        let server = open(Box::new(one), &[], Role::Server, 1000, SHORT);
        (server, open(Box::new(other), &[], Role::Client, 2000, SHORT))
    }

    #[tokio::test]
    async fn a_message_is_heard_as_it_was_said_and_pings_are_not_answered_here() {
        let ((mut ear, _voice), (mut other_ear, mut other)) = ends().await;
        let said = tokio::spawn(async move {
            other.ping().await.unwrap();
            other.say(text(&"x".repeat(1000))).await.unwrap();
            other
        });
        assert_eq!(ear.hear(SHORT).await, Ok(Frame::Ping(Bytes::new())));
        assert_eq!(ear.hear(SHORT).await, Ok(text(&"x".repeat(1000))));
        let _other = said.await.unwrap();
        assert_eq!(other_ear.hear(SHORT).await, Err(Deaf::Silence));
    }

    #[tokio::test]
    async fn a_message_longer_than_what_is_read_at_a_time_is_heard_whole_and_so_is_the_next() {
        let (one, other) = duplex(3 * READ);
        let (mut ear, _voice) = open(Box::new(one), &[], Role::Server, 10 * READ, SHORT);
        let (_ear, mut other) = open(Box::new(other), &[], Role::Client, 1000, SHORT);
        let long = "x".repeat(9 * READ);
        let words = [&*long, "short", &*long].map(text);
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
        let said = tokio::spawn(async move { other.say(text(&"x".repeat(1001))).await });
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
            let (mut ear, _voice) = open(Box::new(one), &[], Role::Server, 1000, SHORT);
            other.write_all(bytes).await.unwrap();
            drop(other);
            assert_eq!(ear.hear(SHORT).await, Err(heard));
        }
    }

    #[tokio::test]
    async fn a_word_that_is_not_taken_is_the_end_and_after_a_close_nothing_is_said() {
        let ((mut ear, mut voice), (_ear, mut other)) = ends().await;
        assert_eq!(voice.say(text(&"x".repeat(1000))).await, Err(Gone));
        other.close(None).await.unwrap();
        other.say(text("late")).await.unwrap();
        assert_eq!(ear.hear(SHORT).await, Ok(Frame::Close(None)));
        assert!(ear.hear(SHORT).await.is_err());
    }
}
