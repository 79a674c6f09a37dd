//! The visitor's socket, with what was read too early put back in front.
//!
//! Knows bytes; does not know what they mean. Invariant: every byte read is given out once and in order, and the
//! connection's [`Activity`] hears of every movement.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::activity::Activity;

/// What comes first is seldom more: a hello with a key that withstands quanta.
const HELLO: usize = 2048;

#[derive(Debug)]
pub struct Wire {
    socket: TcpStream,
    unread: BytesMut,
    /// The visitor said that nothing more comes.
    is_over: bool,
    activity: Arc<Activity>,
}

impl Wire {
    pub fn new(socket: TcpStream, activity: Arc<Activity>) -> Self {
        Self { socket, unread: BytesMut::new(), is_over: false, activity }
    }

    /// Reads some more to look at; `false` at the end.
    pub async fn look_further(&mut self) -> io::Result<bool> {
        self.unread.reserve(HELLO);
        let count = self.socket.read_buf(&mut self.unread).await?;
        self.activity.bytes_came();
        Ok(count > 0)
    }

    /// What was read and not given out.
    pub fn seen(&self) -> &[u8] {
        &self.unread
    }

    /// Takes away the first bytes of what was seen.
    pub fn skip(&mut self, count: usize) {
        self.unread.advance(count);
    }
}

/// A connection that can wait for its visitor's next word without room to read it.
pub trait Listens {
    /// Ready when there is something to read, be it the end.
    fn poll_word(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;
}

impl Listens for Wire {
    fn poll_word(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.unread.is_empty() { self.socket.poll_read_ready(cx) } else { Poll::Ready(Ok(())) }
    }
}

impl Listens for Box<TlsStream<Wire>> {
    fn poll_word(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self).poll_fill_buf(cx).map_ok(drop)
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
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
        let polled = Pin::new(&mut self.socket).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.bytes_came();
        } else if polled.is_ready() && buffer.remaining() > 0 {
            self.is_over = true;
        }
        polled
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.note(&polled);
        polled
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.socket).poll_write_vectored(cx, slices);
        self.note(&polled);
        polled
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

impl Wire {
    fn note(&self, written: &Poll<io::Result<usize>>) {
        match written {
            Poll::Pending => self.activity.write_blocked(),
            Poll::Ready(_) => self.activity.bytes_went(),
        }
    }
}

/// A connection with what was read of it before in front.
#[derive(Debug)]
pub struct Resumed<I> {
    pub read: Bytes,
    pub io: I,
}

impl<I> Resumed<I> {
    pub const fn new(io: I) -> Self {
        Self { read: Bytes::new(), io }
    }

    /// With what came earlier still.
    pub fn preceded_by(self, earlier: Bytes) -> Self {
        // Copied, even if it is nothing: a slice holds the whole room it was read into.
        Self { read: [earlier, self.read].concat().into(), ..self }
    }
}

impl<I: AsyncRead + Unpin> AsyncRead for Resumed<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.is_empty() {
            return Pin::new(&mut self.io).poll_read(cx, buffer);
        }
        let count = self.read.len().min(buffer.remaining());
        buffer.put_slice(&self.read.split_to(count));
        Poll::Ready(Ok(()))
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Resumed<I> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
