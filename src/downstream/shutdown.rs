//! The end, in two steps: drain (accept no more, finish what was begun), then abort (leave).
//!
//! Knows signals; does not know what listens to it. Invariant: a step once taken is never taken back.

use std::io;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::{CancellationToken, DropGuard};

/// After a drain has begun: for a request that is on its way to a connection nobody has told of the end.
pub const FAREWELL: Duration = Duration::from_secs(1);

/// Tells every thread when to drain and when to leave.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    drain: CancellationToken,
    abort: CancellationToken,
}

impl Stop {
    pub fn new() -> Self {
        Self::default()
    }

    /// The next step: drain, and if that was asked before, abort.
    pub fn next_step(&self) {
        if self.drain.is_cancelled() {
            self.abort.cancel();
        }
        self.drain.cancel();
    }

    pub fn drain(&self) {
        self.drain.cancel();
    }

    pub fn is_draining(&self) -> bool {
        self.drain.is_cancelled()
    }

    pub async fn draining(&self) {
        self.drain.cancelled().await;
    }

    pub async fn aborted(&self) {
        self.abort.cancelled().await;
    }

    /// Drains when dropped: half a privet is none.
    pub fn drain_on_drop(&self) -> DropGuard {
        self.drain.clone().drop_guard()
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
    use super::*;

    #[tokio::test]
    async fn the_second_time_is_an_abort() {
        let stop = Stop::new();
        stop.next_step();
        assert!(stop.is_draining() && !stop.abort.is_cancelled());
        stop.next_step();
        stop.aborted().await;
    }

    #[tokio::test]
    async fn what_ends_unexpectedly_drains_the_rest() {
        let stop = Stop::new();
        drop(stop.drain_on_drop());
        stop.draining().await;
    }
}
