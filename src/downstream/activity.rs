//! What moves on one connection, and when patience with it ends.
//!
//! Knows counts and instants; knows no socket and no request. Invariant: a connection that owes a step (a head
//! begun, an answer offered, a next request) and does not take it has a deadline; one that waits for the vendor
//! has none here, for that wait is bounded upstream.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a visitor may take for each step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// From a head's first byte to its last; `None` where heads share the connection (HTTP/2).
    pub head: Option<Duration>,
    /// Without any exchange.
    pub idle: Duration,
    /// Without any exchange, until the connection is laid to rest; `None` where it cannot be, or is.
    pub rest: Option<Duration>,
    /// For taking what an answer offers.
    pub answer: Duration,
}

/// What was not done in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overdue {
    /// No exchange, and none begun: what an exchange needs can be let go until the next.
    Rest,
    /// No exchange: nobody is hurt by an orderly end.
    Idle,
    Head,
    /// The visitor does not take the answer.
    Answer,
}

/// Shared by a connection's socket, its exchanges and its driver.
#[derive(Debug)]
pub struct Activity(Mutex<State>);

#[derive(Debug)]
struct State {
    exchanges: usize,
    /// Exchanges whose last piece of answer was given out, and no further one asked for.
    offered: usize,
    head_began: Option<Instant>,
    moved: Instant,
    write_blocked: bool,
}

impl Activity {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            exchanges: 0,
            offered: 0,
            head_began: None,
            moved: Instant::now(),
            write_blocked: false,
        })))
    }

    /// The visitor sent something: between exchanges that is the beginning of a head.
    pub fn bytes_came(&self) {
        let mut state = self.state();
        if state.exchanges == 0 && state.head_began.is_none() {
            state.head_began = Some(Instant::now());
        }
    }

    /// The socket takes no more for now.
    pub fn write_blocked(&self) {
        self.state().write_blocked = true;
    }

    /// The socket took bytes; after a full socket that is the visitor's progress.
    pub fn bytes_went(&self) {
        let mut state = self.state();
        if std::mem::take(&mut state.write_blocked) {
            state.moved = Instant::now();
        }
    }

    /// The connection begins a new part of its life.
    pub fn begin_anew(&self) {
        let mut state = self.state();
        state.head_began = None;
        state.moved = Instant::now();
    }

    /// A head is complete; the exchange lasts until the value returned is dropped.
    pub fn begin_exchange(self: &Arc<Self>) -> Exchange {
        let mut state = self.state();
        state.exchanges += 1;
        state.head_began = None;
        Exchange { activity: self.clone(), offered: false }
    }

    /// An exchange is under way.
    pub fn is_busy(&self) -> bool {
        self.state().exchanges > 0
    }

    /// Nothing is under way, nor begun.
    pub fn rests(&self) -> bool {
        let state = self.state();
        state.exchanges == 0 && state.head_began.is_none()
    }

    /// When patience ends as things stand, and with what.
    pub fn due(&self, patience: &Patience) -> Option<(Instant, Overdue)> {
        let state = self.state();
        let rest = patience.rest.filter(|rest| *rest < patience.idle && !state.write_blocked);
        match (state.exchanges, state.head_began, patience.head) {
            (0, Some(began), Some(head)) => Some((began + head, Overdue::Head)),
            (0, None, _) if let Some(rest) = rest => Some((state.moved + rest, Overdue::Rest)),
            (0, ..) => Some((state.moved + patience.idle, Overdue::Idle)),
            _ if state.offered > 0 => Some((state.moved + patience.answer, Overdue::Answer)),
            _ => None,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request and its answer, from the complete head to the answer's last byte.
#[derive(Debug)]
pub struct Exchange {
    activity: Arc<Activity>,
    offered: bool,
}

impl Exchange {
    /// A piece of the answer was given out: it is the visitor's turn.
    pub fn offer(&mut self) {
        let mut state = self.activity.state();
        state.offered += usize::from(!self.offered);
        state.moved = Instant::now();
        self.offered = true;
    }

    /// The next piece was asked for: what was offered went.
    pub fn taken(&mut self) {
        if self.offered {
            let mut state = self.activity.state();
            state.offered -= 1;
            state.moved = Instant::now();
            self.offered = false;
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let mut state = self.activity.state();
        state.exchanges -= 1;
        state.offered -= usize::from(self.offered);
        state.moved = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        head: Some(Duration::from_secs(10)),
        idle: Duration::from_secs(60),
        answer: Duration::from_secs(30),
        rest: None,
    };

    fn due(activity: &Activity) -> Option<(Instant, Overdue)> {
        activity.due(&PATIENCE)
    }

    fn a_moment_passes() {
        std::thread::sleep(Duration::from_millis(2));
    }

    #[test]
    fn a_head_that_has_begun_must_end_and_more_bytes_gain_no_time() {
        let activity = Activity::new();
        assert!(matches!(due(&activity), Some((_, Overdue::Idle))));
        activity.bytes_came();
        let first = due(&activity);
        assert!(matches!(first, Some((_, Overdue::Head))));
        a_moment_passes();
        activity.bytes_came();
        assert_eq!(due(&activity), first);
    }

    #[test]
    fn only_a_connection_on_which_nothing_is_begun_or_left_to_say_is_laid_to_rest() {
        let patience = Patience { rest: Some(Duration::from_millis(1)), ..PATIENCE };
        let activity = Activity::new();
        let what = |activity: &Activity| activity.due(&patience).map(|(_, what)| what);
        assert_eq!(what(&activity), Some(Overdue::Rest));
        activity.write_blocked();
        assert_eq!(what(&activity), Some(Overdue::Idle));
        activity.bytes_went();
        activity.bytes_came();
        assert_eq!(what(&activity), Some(Overdue::Head));
        let exchange = activity.begin_exchange();
        assert_eq!(what(&activity), None);
        drop(exchange);
        assert_eq!(what(&activity), Some(Overdue::Rest));
        let hasty = Patience { idle: Duration::from_millis(1), ..patience };
        assert_eq!(activity.due(&hasty).map(|(_, what)| what), Some(Overdue::Idle));
    }

    #[test]
    fn while_the_vendor_thinks_the_visitor_is_not_late() {
        let activity = Activity::new();
        activity.bytes_came();
        let exchange = activity.begin_exchange();
        activity.bytes_came();
        assert_eq!(due(&activity), None);
        drop(exchange);
        assert!(matches!(due(&activity), Some((_, Overdue::Idle))));
    }

    #[test]
    fn an_offered_answer_must_be_taken() {
        let activity = Activity::new();
        let mut exchange = activity.begin_exchange();
        exchange.offer();
        assert!(matches!(due(&activity), Some((_, Overdue::Answer))));
        exchange.taken();
        assert_eq!(due(&activity), None);
    }

    #[test]
    fn a_slow_reader_who_reads_gains_time_and_small_talk_does_not() {
        let activity = Activity::new();
        let mut exchange = activity.begin_exchange();
        exchange.offer();
        let first = due(&activity);
        a_moment_passes();
        activity.bytes_went();
        assert_eq!(due(&activity), first);
        activity.write_blocked();
        activity.bytes_went();
        assert!(due(&activity).map(|(at, _)| at) > first.map(|(at, _)| at));
    }
}
