//! A connection, and who hears what passes on it.
//!
//! Knows how bytes are read and written; does not know what is listened for. Invariant: what is written goes on as it
//! is.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

#[derive(Debug)]
pub struct Attended<I, A> {
    pub io: I,
    pub attendant: A,
}

pub trait Attendant<I> {
    /// Reads for the connection's reader, who gets what the attendant gives out.
    fn poll_read(
        &mut self,
        io: &mut I,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>>;

    /// Hears how a write went.
    fn wrote(&mut self, _: &Poll<io::Result<usize>>) {}
}

impl<I: Unpin, A: Attendant<I> + Unpin> AsyncRead for Attended<I, A> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Self { io, attendant } = &mut *self;
        attendant.poll_read(io, cx, buffer)
    }
}

impl<I: AsyncWrite + Unpin, A: Attendant<I> + Unpin> AsyncWrite for Attended<I, A> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write(cx, bytes);
        self.attendant.wrote(&written);
        written
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, slices);
        self.attendant.wrote(&written);
        written
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
