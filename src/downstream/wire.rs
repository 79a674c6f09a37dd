//! The visitor's socket, with what was read too early put back in front.
//!
//! Knows bytes; does not know what they mean. Invariant: every byte read is given out once and in order, and the
//! connection's [`Activity`] hears of every movement.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncReadExt, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::activity::Activity;
use super::attended::{Attendant, Attended};

/// What comes first is seldom more: a hello with a key that withstands quanta.
const HELLO: usize = 2048;

pub type Wire = Attended<TcpStream, Socket>;

/// What is known of the socket.
#[derive(Debug)]
pub struct Socket {
    unread: BytesMut,
    /// The visitor said that nothing more comes.
    is_over: bool,
    activity: Arc<Activity>,
}

impl Wire {
    pub fn new(io: TcpStream, activity: Arc<Activity>) -> Self {
        Self { io, attendant: Socket { unread: BytesMut::new(), is_over: false, activity } }
    }

    /// Reads some more to look at; `false` at the end.
    pub async fn look_further(&mut self) -> io::Result<bool> {
        let Socket { unread, activity, .. } = &mut self.attendant;
        unread.reserve(HELLO);
        let count = self.io.read_buf(unread).await?;
        activity.bytes_came();
        Ok(count > 0)
    }

    /// What was read and not given out.
    pub fn seen(&self) -> &[u8] {
        &self.attendant.unread
    }

    /// Takes away the first bytes of what was seen.
    pub fn skip(&mut self, count: usize) {
        self.attendant.unread.advance(count);
    }
}

/// A connection that can wait for its visitor's next word without room to read it.
pub trait Listens {
    /// Ready when there is something to read, be it the end.
    fn poll_word(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl Listens for Wire {
    fn poll_word(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.seen().is_empty() { self.io.poll_read_ready(cx) } else { Poll::Ready(Ok(())) }
    }
}

impl Listens for Box<TlsStream<Wire>> {
    fn poll_word(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self).poll_fill_buf(cx).map_ok(drop)
    }
}

impl Attendant<TcpStream> for Socket {
    fn poll_read(
        &mut self,
        socket: &mut TcpStream,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let count = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread.split_to(count));
            if self.unread.is_empty() {
                // A connection keeps no room for what is seldom read.
                self.unread = BytesMut::new();
            }
            return Poll::Ready(Ok(()));
        }
        if self.is_over {
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(socket).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.bytes_came();
        } else if polled.is_ready() && buffer.remaining() > 0 {
            self.is_over = true;
        }
        polled
    }

    fn wrote(&mut self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Pending => self.activity.write_blocked(),
            Poll::Ready(_) => self.activity.bytes_went(),
        }
    }
}

/// A connection with what was read of it before in front.
pub type Resumed<I> = Attended<I, Bytes>;

impl<I> Resumed<I> {
    pub const fn new(io: I) -> Self {
        Self { io, attendant: Bytes::new() }
    }

    /// With what came earlier still.
    pub fn preceded_by(self, earlier: Bytes) -> Self {
        // Copied, even if it is nothing: a slice holds the whole room it was read into.
        Self { attendant: [earlier, self.attendant].concat().into(), ..self }
    }

    /// What was read and not given out.
    pub const fn unread(&self) -> &Bytes {
        &self.attendant
    }
}

impl<I: AsyncRead + Unpin> Attendant<I> for Bytes {
    fn poll_read(
        &mut self,
        io: &mut I,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_empty() {
            return Pin::new(io).poll_read(cx, buffer);
        }
        let count = self.len().min(buffer.remaining());
        buffer.put_slice(&self.split_to(count));
        Poll::Ready(Ok(()))
    }
}
