//! Connections to one upstream that rest between two exchanges, and what is lent of them.
//!
//! Knows when a connection was opened and used; does not know what is asked on it. Invariants: in HTTP/1.1 a
//! connection carries one exchange at a time, and rests only once its answer was read to the end; no more than
//! [`MOST_RESTING`] rest, and none is used that rested longer than [`REST`] or is older than its age.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use tokio::time::{Instant, sleep};

use super::alarm::Alarm;

/// Below the keep-alive of most servers, so that a resting connection is rarely a closed one.
pub const REST: Duration = Duration::from_secs(25);
/// As many as one worker has exchanges at a time; opening one costs more than three exchanges.
pub const MOST_RESTING: usize = 256;

pub type Question = Request<Full<Bytes>>;
/// How questions are asked on a connection that many share.
type Sender = http2::SendRequest<Full<Bytes>>;

/// A connection for one exchange at a time.
pub struct Alone {
    pub sender: http1::SendRequest<Full<Bytes>>,
    /// Rings when an answer may be overdue.
    pub alarm: Alarm,
    /// Since when it is open.
    pub since: Instant,
}

/// A connection that a question can be asked on.
pub enum Line {
    Alone(Alone),
    /// For as many as come.
    Shared(Sender),
}

/// Connections between two exchanges. Cheap to clone.
#[derive(Clone, Default)]
pub struct Resting(Arc<Mutex<State>>);

#[derive(Default)]
pub struct State {
    /// The last used is the first taken, so that what is not needed grows old.
    pub alone: Vec<Rested<Alone>>,
    shared: Option<Rested<Shared>>,
    pub is_tended: bool,
}

/// A connection for as many exchanges as come, and since when it is open.
struct Shared {
    sender: Sender,
    since: Instant,
}

/// A connection, and when it was used last.
pub struct Rested<C> {
    connection: C,
    used: Instant,
}

impl Resting {
    /// One that is not older than this.
    pub fn take(&self, age: Duration) -> Option<Line> {
        self.take_at(Instant::now(), age)
    }

    /// The same at some moment.
    pub fn take_at(&self, now: Instant, age: Duration) -> Option<Line> {
        let mut state = self.state();
        // What is under way on a shared connection that is too old ends there.
        state.shared.take_if(|shared| now - shared.connection.since >= age);
        if let Some(shared) = &mut state.shared
            && !shared.connection.sender.is_closed()
        {
            shared.used = now;
            return Some(Line::Shared(shared.connection.sender.clone()));
        }
        loop {
            // One whose request is still being written, though it was answered, is passed over.
            let settled = |Rested { connection: Alone { sender, .. }, .. }: &Rested<Alone>| {
                sender.is_ready() || sender.is_closed()
            };
            let last = state.alone.iter().rposition(settled)?;
            let Rested { connection, used } = state.alone.remove(last);
            if !connection.sender.is_closed() && now - used < REST && now - connection.since < age {
                return Some(Line::Alone(connection));
            }
        }
    }

    fn give_back(&self, connection: Alone) {
        let mut state = self.state();
        if state.alone.len() < MOST_RESTING {
            state.alone.push(Rested { connection, used: Instant::now() });
        }
        self.tend(state);
    }

    pub fn share(&self, sender: Sender) {
        let (mut state, now) = (self.state(), Instant::now());
        state.shared = Some(Rested { connection: Shared { sender, since: now }, used: now });
        self.tend(state);
    }

    /// The shared one takes nothing more.
    pub fn forget_shared(&self) {
        self.state().shared = None;
    }

    /// Sees to it that what rests too long is closed.
    fn tend(&self, mut state: MutexGuard<'_, State>) {
        if std::mem::replace(&mut state.is_tended, true) {
            return;
        }
        let resting = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                sleep(REST).await;
                let Some(resting) = resting.upgrade().map(Self) else { return };
                let mut state = resting.state();
                if !state.keep(Instant::now()) {
                    state.is_tended = false;
                    return;
                }
            }
        });
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Closes what rested too long; whether anything is left.
    pub fn keep(&mut self, now: Instant) -> bool {
        self.alone.retain(|rested| !rested.connection.sender.is_closed() && now - rested.used < REST);
        self.shared.take_if(|rested| rested.connection.sender.is_closed() || now - rested.used >= REST);
        !self.alone.is_empty() || self.shared.is_some()
    }
}

/// A connection that an answer is still read from.
pub struct Lease {
    pub connection: Alone,
    pub home: Resting,
}

/// An answer's body. Read to the end, its connection rests; dropped before, the connection ends with it.
pub struct Lent {
    body: Incoming,
    lease: Option<Lease>,
}

impl Lent {
    pub fn new(body: Incoming, lease: Lease) -> Self {
        let mut lent = Self { body, lease: Some(lease) };
        if lent.body.is_end_stream() {
            lent.give_back();
        }
        lent
    }

    fn give_back(&mut self) {
        if let Some(Lease { connection, home }) = self.lease.take() {
            home.give_back(connection);
        }
    }
}

/// The body of a connection that nobody else will use, or that many do.
impl From<Incoming> for Lent {
    fn from(body: Incoming) -> Self {
        Self { body, lease: None }
    }
}

impl Body for Lent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        match &frame {
            Some(Ok(frame)) if frame.is_data() && !self.body.is_end_stream() => {}
            Some(Err(_)) => self.lease = None,
            _ => self.give_back(),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
