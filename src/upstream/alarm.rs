//! One alarm for many waits, as on a connection: setting another for each would cost more than what is waited for.
//!
//! Knows instants and who is to be woken; does not know what is waited for. Invariant: who waits is woken at its
//! instant at the latest; before that, an alarm that was set for an earlier one may ring in vain.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Rings again and again.
pub struct Alarm {
    sleep: Pin<Box<Sleep>>,
    woken: Woken,
}

impl Alarm {
    pub fn at(first: Instant) -> Self {
        Self { sleep: Box::pin(sleep_until(first)), woken: Woken::default() }
    }

    /// Ready at this instant, or before: whoever it rings for looks at the clock.
    pub fn poll_until(&mut self, at: Instant, cx: &mut Context<'_>) -> Poll<()> {
        let is_still = self.woken.is_still(cx);
        if self.sleep.is_elapsed() || at < self.sleep.deadline() {
            self.sleep.as_mut().reset(at);
        } else if is_still {
            return Poll::Pending;
        }
        self.sleep.as_mut().poll(cx)
    }

    /// What comes of it within this time; `None`: nothing did.
    pub async fn within<F: Future>(&mut self, patience: Duration, waited_for: F) -> Option<F::Output> {
        self.until(Instant::now() + patience, waited_for).await
    }

    /// What comes of it until then; `None`: nothing did.
    pub async fn until<F: Future>(&mut self, at: Instant, waited_for: F) -> Option<F::Output> {
        let mut waited_for = pin!(waited_for);
        poll_fn(|cx| {
            if let Poll::Ready(output) = waited_for.as_mut().poll(cx) {
                return Poll::Ready(Some(output));
            }
            // Set for an earlier wait, it rings in vain.
            while Instant::now() < at {
                ready!(self.poll_until(at, cx));
            }
            Poll::Ready(None)
        })
        .await
    }
}

/// Who was promised to be woken.
#[derive(Default)]
pub struct Woken(Option<Waker>);

impl Woken {
    /// Whether it is still the same; from now on it is this one.
    pub fn is_still(&mut self, cx: &Context<'_>) -> bool {
        let is_still = self.0.as_ref().is_some_and(|waker| waker.will_wake(cx.waker()));
        if !is_still {
            self.0 = Some(cx.waker().clone());
        }
        is_still
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use futures_util::FutureExt;
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_millis(10);
    const LATE: Duration = Duration::from_secs(60 * 60);

    /// Whether it rings for this instant before the test is given up.
    async fn rings(alarm: &mut Alarm, at: Instant) -> bool {
        let waiting = async {
            while Instant::now() < at {
                poll_fn(|cx| alarm.poll_until(at, cx)).await;
            }
        };
        timeout(LATE / 360, waiting).await.is_ok()
    }

    #[tokio::test]
    async fn it_rings_in_time_though_it_was_set_for_later_or_has_rung_before() {
        let mut alarm = Alarm::at(Instant::now() + LATE);
        for _ in 0..2 {
            assert!(rings(&mut alarm, Instant::now() + SOON).await);
        }
    }

    #[tokio::test]
    async fn what_does_not_come_in_time_is_given_up_and_what_does_is_given() {
        for _ in 0..2 {
            // Its first instant is over before anybody asks: it rings in vain.
            let mut alarm = Alarm::at(Instant::now());
            sleep_until(Instant::now() + SOON).await;
            assert_eq!(alarm.within(LATE, sleep_until(Instant::now() + SOON)).await, Some(()));
            let never = timeout(LATE / 360, alarm.within(SOON, pending::<()>())).await;
            assert_eq!(never, Ok(None));
        }
    }

    #[tokio::test]
    async fn it_rings_for_who_waits_now() {
        let (mut alarm, at) = (Alarm::at(Instant::now() + LATE), Instant::now() + SOON);
        // Nobody is woken for this one.
        assert_eq!(poll_fn(|cx| alarm.poll_until(at, cx)).now_or_never(), None);
        assert!(rings(&mut alarm, at).await);
    }
}
