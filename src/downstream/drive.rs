//! A connection's driver: runs it to its end, whichever version of HTTP it speaks.
//!
//! Knows patience and drains; does not know what is said. Invariant: every state of a connection in which the visitor
//! is to move has a deadline, and a drain lets what was begun be finished.

use std::error::Error as _;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::activity::{Overdue, Patience};
use super::calm::Unruly;
use super::exchanges::{Exchanges, Serving};
use super::shutdown::FAREWELL;
use crate::upstream::Alarm;

/// How HTTP on a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Patience did.
    Overdue(Overdue),
    /// Either side left; or hyper would not go on, and why.
    Closed(Option<Fault>),
}

/// What a visitor did that no exchange came of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    LargeHead,
    Malformed,
    Flood,
}

/// A connection of either version, as far as its driver is concerned.
pub trait Connection {
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<Fault>>;
    fn finish(&mut self);
}

impl<I> Connection for http1::Connection<TokioIo<I>, Serving>
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<Fault>> {
        self.poll_without_shutdown(cx).map(|end| end.err().and_then(|error| fault(&error)))
    }

    fn finish(&mut self) {
        Pin::new(self).graceful_shutdown();
    }
}

impl<I> Connection for Pin<&mut http2::Connection<TokioIo<I>, Serving, TokioExecutor>>
where
    I: AsyncRead + AsyncWrite + Unpin,
{
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<Option<Fault>> {
        self.as_mut().poll(cx).map(|end| end.err().and_then(|error| fault(&error)))
    }

    fn finish(&mut self) {
        self.as_mut().graceful_shutdown();
    }
}

/// Runs a connection to its end, asks it to finish when a drain begins or nothing happens, and gives up on a visitor
/// who does not move.
///
/// HTTP/2 says in order that it ends (GOAWAY, RFC 9113 §6.8). HTTP/1 has no such word before the next answer's
/// `Connection: close`, so a connection that rests stays open for a moment: its request may be on the way.
pub async fn drive(
    connection: &mut impl Connection,
    Exchanges { activity, stop, .. }: &Exchanges,
    mut patience: Patience,
) -> End {
    let mut draining = stop.draining();
    let mut alarm = Alarm::at(Instant::now() + patience.rest.unwrap_or(patience.idle));
    let (mut finishing, mut leave_at) = (false, None);
    poll_fn(|cx| {
        loop {
            if let Poll::Ready(fault) = connection.poll_end(cx) {
                return Poll::Ready(End::Closed(fault));
            }
            let now = Instant::now();
            let overdue = activity.due(&patience);
            if leave_at.is_none() && Pin::new(&mut draining).poll(cx).is_ready() {
                leave_at = Some(if patience.head.is_some() { now + FAREWELL } else { now });
            }
            let is_time = leave_at.is_some_and(|at| {
                patience.head.is_none() || activity.is_busy() || (at <= now && activity.rests())
            });
            let is_over = overdue.is_some_and(|(at, _)| at <= now);
            match overdue {
                Some((_, Overdue::Idle)) if is_over && !finishing => {}
                Some((_, what)) if is_over => return Poll::Ready(End::Overdue(what)),
                _ if !finishing && is_time => {}
                _ => {
                    let next = overdue.map_or(now + patience.idle, |(at, _)| at);
                    let next = leave_at.filter(|at| now < *at).map_or(next, |at| next.min(at));
                    ready!(alarm.poll_until(next, cx));
                    continue;
                }
            }
            finishing = true;
            patience.rest = None;
            activity.begin_anew();
            connection.finish();
        }
    })
    .await
}

/// What hyper's error says of the visitor; of one that merely left, nothing.
fn fault(error: &hyper::Error) -> Option<Fault> {
    if error.is_parse_too_large() {
        return Some(Fault::LargeHead);
    }
    let cause = error.source();
    if let Some(io) = cause.and_then(|cause| cause.downcast_ref::<io::Error>()) {
        return Unruly::told_by(io.kind()).map(|unruly| match unruly {
            Unruly::Flood => Fault::Flood,
            Unruly::Unsettled => Fault::Malformed,
        });
    }
    match cause.and_then(|cause| cause.downcast_ref::<h2::Error>()) {
        Some(cause) if cause.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM) => Some(Fault::Flood),
        Some(cause) if cause.is_library() => Some(Fault::Malformed),
        _ => error.is_parse().then_some(Fault::Malformed),
    }
}
