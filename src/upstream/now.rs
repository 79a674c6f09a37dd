//! One direction of a connection at one moment, for who reads and writes without waiting, as tungstenite does.
//!
//! Knows how bytes are asked for and offered; does not know what they mean. Invariant: what would have to be waited
//! for blocks, and who waits is woken.

use std::io::{self, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::error::Error;

/// What can be done now. The other direction is somebody else's: there nothing comes, and what is said goes nowhere.
pub struct Now<'n, 'c, D> {
    direction: D,
    cx: &'n mut Context<'c>,
}

/// From the other end.
pub struct Heard<'n, R>(&'n mut R);

/// To the other end.
pub struct Said<'n, W>(&'n mut W);

impl<'n, 'c, R> Now<'n, 'c, Heard<'n, R>> {
    pub fn hearing(from: &'n mut R, cx: &'n mut Context<'c>) -> Self {
        Self { direction: Heard(from), cx }
    }
}

impl<'n, 'c, W> Now<'n, 'c, Said<'n, W>> {
    pub fn saying(to: &'n mut W, cx: &'n mut Context<'c>) -> Self {
        Self { direction: Said(to), cx }
    }
}

impl<R: AsyncRead + Unpin> Read for Now<'_, '_, Heard<'_, R>> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut room = ReadBuf::new(room);
        at_once(Pin::new(&mut *self.direction.0).poll_read(self.cx, &mut room))?;
        Ok(room.filled().len())
    }
}

impl<R> Write for Now<'_, '_, Heard<'_, R>> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W> Read for Now<'_, '_, Said<'_, W>> {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Ok(0)
    }
}

impl<W: AsyncWrite + Unpin> Write for Now<'_, '_, Said<'_, W>> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        at_once(Pin::new(&mut *self.direction.0).poll_write(self.cx, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        at_once(Pin::new(&mut *self.direction.0).poll_flush(self.cx))
    }
}

/// Waits where something blocked.
pub fn unless_blocked<T>(done: Result<T, Error>) -> Poll<Result<T, Error>> {
    match done {
        Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        done => Poll::Ready(done),
    }
}

fn at_once<T>(polled: Poll<io::Result<T>>) -> io::Result<T> {
    match polled {
        Poll::Ready(done) => done,
        Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
    }
}
