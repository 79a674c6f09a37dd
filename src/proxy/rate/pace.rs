//! So many in a span of time, and so many of them at once.
//!
//! Knows two numbers; does not know whose they are. All that is remembered is when the last would have come, had each
//! waited its turn (the generic cell rate algorithm, ITU-T I.371). Invariant: within any span no more pass than the
//! frequency's burst and its share of that span.

use std::time::{Duration, Instant};

use crate::config::Frequency;

/// When the last would have come, in nanoseconds since some beginning.
pub type Turn = u64;

/// The turn of one more that comes now; or how long it had to wait.
pub fn next(last: Turn, now: Turn, frequency: Frequency) -> Result<Turn, Duration> {
    let each = nanoseconds(frequency.per) / u64::from(frequency.count.max(1));
    let ahead = each.saturating_mul(frequency.burst.into());
    let next = last.max(now).saturating_add(each);
    match next.saturating_sub(now).checked_sub(ahead) {
        None | Some(0) => Ok(next),
        Some(early) => Err(Duration::from_nanos(early)),
    }
}

pub fn nanoseconds(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// The pace of one socket.
#[derive(Debug)]
pub struct Pace {
    frequency: Option<Frequency>,
    since: Instant,
    last: Turn,
}

impl Pace {
    pub fn new(frequency: Option<Frequency>) -> Self {
        Self { frequency, since: Instant::now(), last: 0 }
    }

    /// Whether one more may come now.
    pub fn admits(&mut self) -> bool {
        let Some(frequency) = self.frequency else { return true };
        let turn = next(self.last, nanoseconds(self.since.elapsed()), frequency);
        self.last = turn.unwrap_or(self.last);
        turn.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const FIVE: Frequency = Frequency { count: 10, per: Duration::from_secs(1), burst: 5 };

    #[test]
    fn a_burst_passes_at_once_and_then_each_at_its_turn() {
        let mut last = 0;
        for _ in 0..5 {
            last = next(last, SECOND, FIVE).unwrap_or_default();
        }
        assert_eq!(next(last, SECOND, FIVE), Err(Duration::from_millis(100)));
        assert_eq!(next(last, SECOND + SECOND / 20, FIVE), Err(Duration::from_millis(50)));
        assert!(next(last, SECOND + SECOND / 10, FIVE).is_ok());
        assert_eq!(next(0, SECOND, FIVE), next(SECOND / 2, SECOND, FIVE), "what was long ago is forgotten");
    }

    #[test]
    fn no_span_sees_more_than_the_burst_and_its_share() {
        let (mut last, mut passed) = (0, 0);
        for millisecond in 0..3000 {
            if let Ok(turn) = next(last, SECOND + millisecond * SECOND / 1000, FIVE) {
                (last, passed) = (turn, passed + 1);
            }
        }
        assert_eq!(passed, 5 + 29);
    }
}
