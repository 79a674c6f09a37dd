//! The end, in two steps: drain (accept no more, finish what was begun), then abort (leave).
//!
//! Knows signals; does not know what listens to it. Invariant: a step once taken is never taken back.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::upstream::Woken;

/// After a drain has begun: for a request that is on its way to a connection nobody has told of the end.
pub const FAREWELL: Duration = Duration::from_secs(1);

/// Tells every thread when to drain and when to leave.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    drain: CancellationToken,
    abort: CancellationToken,
    /// What `drain` says, without the lock that all workers would share at each exchange.
    is_draining: Arc<AtomicBool>,
}

/// A drain's beginning. Who asks for it at every step, as connections do, takes the lock of all workers once.
pub struct Draining<'s> {
    stop: &'s Stop,
    begun: Pin<Box<WaitForCancellationFuture<'s>>>,
    woken: Woken,
}

impl Future for Draining<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.stop.is_draining() {
            Poll::Ready(())
        } else if self.woken.is_still(cx) {
            Poll::Pending
        } else {
            self.begun.as_mut().poll(cx)
        }
    }
}

/// Drains when dropped.
#[must_use]
pub struct DrainOnDrop(Stop);

impl Drop for DrainOnDrop {
    fn drop(&mut self) {
        self.0.drain();
    }
}

impl Stop {
    pub fn new() -> Self {
        Self::default()
    }

    /// The next step: drain, and if that was asked before, abort.
    pub fn next_step(&self) {
        if self.is_draining() {
            self.abort.cancel();
        }
        self.drain();
    }

    pub fn drain(&self) {
        self.is_draining.store(true, Ordering::Release);
        self.drain.cancel();
    }

    pub fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Acquire)
    }

    /// Ready when a drain begins.
    pub fn draining(&self) -> Draining<'_> {
        Draining { stop: self, begun: Box::pin(self.drain.cancelled()), woken: Woken::default() }
    }

    pub async fn aborted(&self) {
        self.abort.cancelled().await;
    }

    /// Drains when dropped: half a privet is none.
    pub fn drain_on_drop(&self) -> DrainOnDrop {
        DrainOnDrop(self.clone())
    }
}

/// What an operator asks for by a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Stop(&'static str),
    Reload,
}

pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    /// From here on signals are heard, and no longer end the process by themselves.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    pub async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.terminate.recv() => Asked::Stop("SIGTERM"),
            _ = self.interrupt.recv() => Asked::Stop("SIGINT"),
            _ = self.hang_up.recv() => Asked::Reload,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Wake;

    use super::*;

    #[tokio::test]
    async fn the_second_time_is_an_abort() {
        let stop = Stop::new();
        stop.next_step();
        assert!(stop.is_draining() && !stop.abort.is_cancelled());
        stop.next_step();
        stop.aborted().await;
    }

    #[test]
    fn a_drain_wakes_who_asked_for_its_beginning_last() {
        struct Bell(AtomicBool);
        impl Wake for Bell {
            fn wake(self: Arc<Self>) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let stop = Stop::new();
        let mut draining = stop.draining();
        let bells = [(); 2].map(|()| Arc::new(Bell(AtomicBool::new(false))));
        for bell in &bells {
            let waker = Arc::clone(bell).into();
            assert!(Pin::new(&mut draining).poll(&mut Context::from_waker(&waker)).is_pending());
        }
        stop.drain();
        assert!(bells[1].0.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn what_ends_unexpectedly_drains_the_rest() {
        let stop = Stop::new();
        drop(stop.drain_on_drop());
        stop.draining().await;
    }
}
