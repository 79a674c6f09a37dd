//! When each network of visitors comes next, without knowing any.
//!
//! Knows keyed marks of networks; does not know what is asked. A mark names a few of a fixed number of cells, and the
//! one that says the least holds for it (a count-min sketch of turns). Invariants: memory is the same whoever comes and
//! however many; a network that is over its pace is never let pass; no address is stored, and each key lasts a minute,
//! read for one more.
//!
//! There is no table to fill, so nobody is locked out by a full one and nobody passes for free. What many networks
//! together can do is to make a stranger's cells look used: with 5,000 networks at their limit one stranger in 200
//! waits along with them, for a minute at most, since the next key gives it other cells.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::network;
use super::pace::{self, Turn};
use crate::config::Frequency;

const MINUTE: u64 = 60_000_000_000;
/// A mark of 64 bits names four cells by 16 bits each.
const CELLS: usize = 1 << 16;
const NAMED: usize = 4;

#[derive(Debug)]
pub struct Turns {
    pub frequency: Frequency,
    since: Instant,
    now: Minute,
    /// What was so far, so that a new minute is no fresh start.
    before: Option<Minute>,
}

#[derive(Debug)]
struct Minute {
    key: RandomState,
    began: u64,
    cells: Box<[Turn]>,
}

impl Turns {
    pub fn new(frequency: Frequency) -> Self {
        Self { frequency, since: Instant::now(), now: Minute::new(0), before: None }
    }

    /// Lets one more request of a network pass, or tells how long it has to wait.
    pub fn admit(&mut self, visitor: IpAddr) -> Result<(), Duration> {
        self.admit_at(visitor, pace::nanoseconds(self.since.elapsed()))
    }

    fn admit_at(&mut self, visitor: IpAddr, now: u64) -> Result<(), Duration> {
        self.turn_to(now);
        let network = network(visitor);
        let cells = self.now.cells_of(network);
        let last = self.now.last(cells).max(self.before.as_ref().map_or(0, |before| before.last_of(network)));
        let next = pace::next(last, now, self.frequency)?;
        for cell in cells {
            self.now.cells[cell] = self.now.cells[cell].max(next);
        }
        Ok(())
    }

    fn turn_to(&mut self, now: u64) {
        let age = now.saturating_sub(self.now.began);
        if age >= MINUTE {
            let over = std::mem::replace(&mut self.now, Minute::new(now));
            self.before = (age < 2 * MINUTE).then_some(over);
        }
    }
}

impl Minute {
    fn new(began: u64) -> Self {
        Self { key: RandomState::new(), began, cells: vec![0; CELLS].into_boxed_slice() }
    }

    fn cells_of(&self, network: IpAddr) -> [usize; NAMED] {
        let mark = self.key.hash_one(network);
        [0, 16, 32, 48].map(|shift| (mark >> shift) as usize % CELLS)
    }

    fn last_of(&self, network: IpAddr) -> Turn {
        self.last(self.cells_of(network))
    }

    fn last(&self, cells: [usize; NAMED]) -> Turn {
        cells.into_iter().map(|cell| self.cells[cell]).min().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const ALLOWANCE: Frequency = Frequency { count: 60, per: Duration::from_mins(1), burst: 10 };

    fn visitor(number: u32) -> IpAddr {
        Ipv4Addr::from(0x0a00_0000 + number).into()
    }

    /// How many of so many requests at one moment pass.
    fn passed(turns: &mut Turns, visitor: IpAddr, count: usize, now: u64) -> usize {
        (0..count).filter(|_| turns.admit_at(visitor, now).is_ok()).count()
    }

    #[test]
    fn each_network_has_its_own_pace() {
        let mut turns = Turns::new(ALLOWANCE);
        assert_eq!(passed(&mut turns, visitor(1), 100, SECOND), 10);
        assert_eq!(passed(&mut turns, visitor(2), 100, SECOND), 10);
        assert_eq!(passed(&mut turns, visitor(1), 100, 4 * SECOND), 3);
        let of = |last: u16| Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 0, 0, 0, last).into();
        assert_eq!(passed(&mut turns, of(1), 10, SECOND), 10);
        assert_eq!(passed(&mut turns, of(2), 10, SECOND), 0, "one household");
    }

    #[test]
    fn a_new_minute_is_no_fresh_start() {
        let mut turns = Turns::new(ALLOWANCE);
        assert_eq!(passed(&mut turns, visitor(1), 100, MINUTE - SECOND), 10);
        assert_eq!(passed(&mut turns, visitor(1), 100, MINUTE), 1);
        assert_eq!(passed(&mut turns, visitor(1), 100, 10 * MINUTE), 10);
    }

    #[test]
    fn who_was_silent_for_two_minutes_is_a_stranger() {
        let hourly = Frequency { count: 1, per: Duration::from_hours(1), burst: 1 };
        for (later, again) in [(2 * MINUTE - 1, 0), (2 * MINUTE, 1)] {
            let mut turns = Turns::new(hourly);
            assert_eq!(passed(&mut turns, visitor(1), 2, 0), 1);
            assert_eq!(passed(&mut turns, visitor(1), 2, later), again);
        }
    }

    #[test]
    fn a_flood_of_networks_neither_passes_nor_locks_others_out() {
        let mut turns = Turns::new(ALLOWANCE);
        for number in 0..5000 {
            assert!(passed(&mut turns, visitor(number), 20, SECOND) <= 10);
        }
        let strangers = 10_000..20_000;
        let served =
            strangers.clone().filter(|number| turns.admit_at(visitor(*number), SECOND).is_ok()).count();
        assert!(served > strangers.len() * 95 / 100, "{served}");
        assert_eq!((turns.now.cells.len(), passed(&mut turns, visitor(7), 5, SECOND)), (CELLS, 0));
    }
}
