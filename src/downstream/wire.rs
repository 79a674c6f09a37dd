//! The visitor's socket, with what was read too early put back in front.
//!
//! Knows bytes; does not know what they mean. Invariant: every byte read is given out once and in order, and the
//! connection's [`Activity`] hears of every movement.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::activity::Activity;

#[derive(Debug)]
pub struct Wire {
    socket: TcpStream,
    unread: BytesMut,
    activity: Arc<Activity>,
}

impl Wire {
    pub fn new(socket: TcpStream, activity: Arc<Activity>) -> Self {
        Self { socket, unread: BytesMut::new(), activity }
    }

    /// Reads some more to look at; `false` at the end.
    pub async fn look_further(&mut self) -> io::Result<bool> {
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

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.unread.is_empty() {
            let count = self.unread.len().min(buffer.remaining());
            buffer.put_slice(&self.unread.split_to(count));
            return Poll::Ready(Ok(()));
        }
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.socket).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.bytes_came();
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
