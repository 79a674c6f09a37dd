//! HTTP/2's frames, counted beside hyper: how much a visitor says that asks for nothing and carries nothing.
//!
//! Knows the nine bytes before each frame (RFC 9113 §4.1); does not know streams, windows or what a header block says,
//! for hyper refuses what is malformed. Invariant: what such frames cost is bounded by time and by what was answered,
//! whatever their kind, so a flood of a kind yet to be invented is bounded too.
//!
//! Each request and each byte sent pays for some: a reader opens windows for what it reads, a browser cancels what it
//! asked for. Rapid resets (CVE-2023-44487), PING and SETTINGS (CVE-2019-9512, -9515), tiny windows (CVE-2019-9511,
//! -9517), priorities (-9513), empty frames (-9518) and frames of no known kind all draw on one purse.

use std::io::ErrorKind;
use std::time::Instant;

/// What is in the purse at first, and at most.
const FULL: u32 = 2000;
/// What comes back each second.
const PER_SECOND: u32 = 100;
/// What a request pays in.
const PER_REQUEST: u32 = 2;
/// So many bytes of answers pay for one frame.
const BYTES: usize = 32;

/// What begins each connection.
const PREFACE: usize = 24;
const FRAME_HEAD: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;

/// Why a visitor is not listened to any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unruly {
    /// More control frames than any visitor needs.
    Flood,
    /// No settings before all other frames (RFC 9113 §3.4), which hyper lets pass.
    Unsettled,
}

impl Unruly {
    /// The kind of an error of the connection: all that hyper keeps of one.
    pub const fn kind(self) -> ErrorKind {
        match self {
            Self::Flood => ErrorKind::QuotaExceeded,
            Self::Unsettled => ErrorKind::InvalidData,
        }
    }

    pub fn told_by(kind: ErrorKind) -> Option<Self> {
        [Self::Flood, Self::Unsettled].into_iter().find(|unruly| unruly.kind() == kind)
    }
}

/// Where a stream of frames stands, and what is left in the purse.
#[derive(Debug)]
pub struct Calm {
    /// Bytes to pass over before the next frame.
    ahead: usize,
    head: [u8; FRAME_HEAD],
    filled: usize,
    is_settled: bool,
    purse: u32,
    filled_up: Instant,
    /// Bytes sent that have not paid for a frame.
    change: usize,
}

impl Calm {
    pub fn new(now: Instant) -> Self {
        let (head, filled, change) = ([0; FRAME_HEAD], 0, 0);
        Self { ahead: PREFACE, head, filled, is_settled: false, purse: FULL, filled_up: now, change }
    }

    /// Reads on.
    pub fn read(&mut self, mut bytes: &[u8], now: impl Fn() -> Instant) -> Result<(), Unruly> {
        while !bytes.is_empty() {
            if self.ahead > 0 {
                let here = self.ahead.min(bytes.len());
                self.ahead -= here;
                bytes = &bytes[here..];
                continue;
            }
            let here = (FRAME_HEAD - self.filled).min(bytes.len());
            self.head[self.filled..self.filled + here].copy_from_slice(&bytes[..here]);
            self.filled += here;
            bytes = &bytes[here..];
            if self.filled == FRAME_HEAD {
                self.filled = 0;
                self.frame(&now)?;
            }
        }
        Ok(())
    }

    /// So many bytes were sent.
    pub fn sent(&mut self, count: usize) {
        let all = self.change + count;
        self.change = all % BYTES;
        self.earn(u32::try_from(all / BYTES).unwrap_or(FULL));
    }

    fn frame(&mut self, now: &impl Fn() -> Instant) -> Result<(), Unruly> {
        let [a, b, c, kind, flags, ..] = self.head;
        self.ahead = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        let ends_stream = flags & 1 == 1;
        self.is_settled |= kind == SETTINGS && flags & 1 == 0;
        if !self.is_settled {
            return Err(Unruly::Unsettled);
        }
        let price = match kind {
            DATA if self.ahead > 0 || ends_stream => 0,
            HEADERS => {
                self.earn(PER_REQUEST);
                0
            }
            // A cancelled request is work done for nothing; settings are agreed upon once.
            RST_STREAM | SETTINGS => 10,
            _ => 1,
        };
        if price > self.purse {
            self.fill_up(now());
        }
        self.purse = self.purse.checked_sub(price).ok_or(Unruly::Flood)?;
        Ok(())
    }

    fn earn(&mut self, pence: u32) {
        self.purse = self.purse.saturating_add(pence).min(FULL);
    }

    /// Only when the purse is empty is the time asked for.
    fn fill_up(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.filled_up);
        let pence = since.as_millis() * u128::from(PER_SECOND) / 1000;
        if pence > 0 {
            self.filled_up = now;
            self.earn(u32::try_from(pence).unwrap_or(FULL));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// How long an empty purse takes to be full.
    const REST: Duration = Duration::from_secs((FULL / PER_SECOND) as u64);
    const PING: [u8; 17] = [0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
    const EMPTY: [u8; 9] = [0, 0, 0, 0, 0, 0, 0, 0, 1];
    const RESET: [u8; 13] = [0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8];
    const REQUEST: [u8; 10] = [0, 0, 1, 1, 5, 0, 0, 0, 1, 0x82];
    const DATA: [u8; 10] = [0, 0, 1, 0, 0, 0, 0, 0, 1, b'a'];

    fn begun(at: Instant) -> Calm {
        let mut calm = Calm::new(at);
        assert_eq!(calm.read(&[&[b'x'; PREFACE][..], &[0, 0, 0, 4, 0, 0, 0, 0, 0]].concat(), || at), Ok(()));
        calm.purse = FULL;
        calm
    }

    /// How many of these frames pass before it is a flood.
    fn borne(frame: &[u8], most: usize) -> usize {
        let at = Instant::now();
        let mut calm = begun(at);
        (0..most).take_while(|_| frame.chunks(7).all(|part| calm.read(part, || at).is_ok())).count()
    }

    #[test]
    fn what_asks_for_nothing_is_bounded_and_what_asks_or_carries_is_not() {
        assert_eq!(borne(&PING, 10_000), 2000);
        assert_eq!(borne(&EMPTY, 10_000), 2000);
        assert_eq!(borne(&RESET, 10_000), 200);
        assert_eq!(borne(&[REQUEST.as_slice(), &RESET].concat(), 10_000), 249);
        assert_eq!(borne(&REQUEST, 10_000), 10_000);
        assert_eq!(borne(&DATA, 10_000), 10_000);
    }

    #[test]
    fn settings_come_first() {
        let at = Instant::now();
        let mut calm = Calm::new(at);
        assert_eq!(calm.read(&[b'x'; PREFACE], || at), Ok(()));
        assert_eq!(calm.read(&PING, || at), Err(Unruly::Unsettled));
    }

    #[test]
    fn time_and_answers_pay() {
        let at = Instant::now();
        let mut calm = begun(at);
        let pings = PING.repeat(2000);
        assert_eq!(calm.read(&pings, || at), Ok(()));
        assert_eq!(calm.read(&pings, || at + REST), Ok(()));
        calm.sent(BYTES / 2);
        calm.sent(BYTES / 2);
        assert_eq!(calm.read(&PING, || at + REST), Ok(()));
        assert_eq!(calm.read(&PING, || at + REST), Err(Unruly::Flood));
    }
}
