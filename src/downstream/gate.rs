//! What a visitor says, looked at before hyper reads it.
//!
//! Knows bytes and two watchers; does not know what they look for. Invariant: what a watcher turned away is not given
//! out, and nothing after it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, ReadBuf};

use super::attended::{Attendant, Attended};
use super::calm::{Calm, Unruly};
use super::strict::{Ambiguous, Strict};

/// A byte that no head may hold: hyper answers it with 400, after the answers that are still due.
const NO_HEAD: u8 = 0;
/// What ends a head. Of one that came in parts, hyper reads no more before it sees this.
const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// A connection, after TLS, whose reader is hyper.
pub type Gate<I> = Attended<I, Guard>;

#[derive(Debug)]
pub struct Guard {
    watch: Watch,
    stop: Option<Stop>,
}

#[derive(Debug)]
enum Watch {
    Http1(Strict),
    Http2(Calm),
}

#[derive(Clone, Copy, Debug)]
enum Stop {
    /// hyper is made to refuse a head.
    Head,
    /// It has all it needs for that.
    End,
    Body,
    Unruly(Unruly),
}

impl<I> Gate<I> {
    /// `longest`: a line of a head.
    pub fn http1(io: I, longest: usize) -> Self {
        Self { io, attendant: Guard { watch: Watch::Http1(Strict::new(longest)), stop: None } }
    }

    pub fn http2(io: I) -> Self {
        Self { io, attendant: Guard { watch: Watch::Http2(Calm::new(Instant::now())), stop: None } }
    }
}

impl<I: AsyncRead + Unpin> Attendant<I> for Guard {
    fn poll_read(
        &mut self,
        io: &mut I,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.stop {
            Some(Stop::Head) if buffer.remaining() >= END_OF_HEAD.len() => {
                buffer.put_slice(END_OF_HEAD);
                self.stop = Some(Stop::End);
                return Poll::Ready(Ok(()));
            }
            Some(Stop::Head | Stop::End) => return Poll::Ready(Ok(())),
            Some(Stop::Body) => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
            Some(Stop::Unruly(unruly)) => return Poll::Ready(Err(unruly.kind().into())),
            None => {}
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut *io).poll_read(cx, buffer))?;
        let came = &buffer.filled()[before..];
        let (fine, stop) = match &mut self.watch {
            Watch::Http1(strict) => match strict.read(came) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(Ambiguous { at, in_head: true }) => (at, Stop::Head),
                Err(Ambiguous { at, in_head: false }) => (at, Stop::Body),
            },
            Watch::Http2(calm) => match calm.read(came, Instant::now) {
                Ok(()) => return Poll::Ready(Ok(())),
                Err(unruly) => (0, Stop::Unruly(unruly)),
            },
        };
        self.stop = Some(stop);
        buffer.set_filled(before + fine);
        match stop {
            Stop::Head => buffer.put_slice(&[NO_HEAD]),
            // An empty read would be an end.
            _ if fine == 0 => return self.poll_read(io, cx, buffer),
            _ => {}
        }
        Poll::Ready(Ok(()))
    }

    fn wrote(&mut self, written: &Poll<io::Result<usize>>) {
        if let (Watch::Http2(calm), Poll::Ready(Ok(count))) = (&mut self.watch, written) {
            calm.sent(*count);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    /// What hyper reads of what a visitor says, and how it ends.
    async fn read(said: &'static str) -> (String, bool) {
        let mut gate = Gate::http1(said.as_bytes(), 1000);
        let mut got = Vec::new();
        let ended = gate.read_to_end(&mut got).await.is_ok();
        (String::from_utf8(got).unwrap(), ended)
    }

    #[tokio::test]
    async fn a_head_is_cut_where_it_is_ambiguous_so_that_it_is_none() {
        let told = read("GET / HTTP/1.1\r\nhost: h\nx: y\r\n\r\n").await;
        assert_eq!(told, ("GET / HTTP/1.1\r\nhost: h\0\r\n\r\n".to_owned(), true));
        let fine = "GET / HTTP/1.1\r\nhost: h\r\n\r\n";
        assert_eq!(read(fine).await, (fine.to_owned(), true));
    }

    #[tokio::test]
    async fn what_came_before_an_ambiguous_chunk_is_still_given_out() {
        let head = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        let told = read("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\nhello").await;
        assert_eq!(told, (format!("{head}5"), false));
    }
}
