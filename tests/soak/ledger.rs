//! What the vendors received: which numbered events, how often, and whether anything of the person was among it.
//!
//! Knows nothing of how events travel. Invariant: a message is searched as it came and, where it is packed, unpacked.

use std::fmt;
use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::GzDecoder;

use crate::support::Received;
use crate::visitors::Tally;

/// Words of the person, each on another surface of what visitors send.
pub const CANARIES: [&str; 8] = [
    "127.77.77.77",
    "203.0.113.77",
    "SoakBrowser",
    "soak-cookie",
    "soak.person@example.org",
    "soak-click",
    "soak-page",
    "nl-SR",
];

/// The first canary among these bytes.
pub fn canary(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    CANARIES.into_iter().find(|canary| text.contains(canary))
}

#[derive(Default)]
pub struct Ledger {
    next: AtomicU64,
    /// How often each number arrived.
    arrived: Mutex<Vec<u8>>,
    leaks: Mutex<Vec<&'static str>>,
}

impl Ledger {
    /// A number that no event had before.
    pub fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    /// Notes a request; its number, if it has one.
    pub fn note(&self, request: &Received) -> Option<u64> {
        self.search(&request.raw);
        let mut body = request.body.clone();
        if request.field("content-encoding") == Some("gzip") {
            body.clear();
            GzDecoder::new(&*request.body).read_to_end(&mut body).unwrap();
            self.search(&body);
        }
        self.arrive(&body)
    }

    /// Notes a message of a socket.
    pub fn hear(&self, message: &[u8]) {
        self.search(message);
        self.arrive(message);
    }

    /// Whether an event arrived, and how often.
    pub fn arrivals(&self, number: u64) -> u8 {
        let arrived = self.arrived.lock().unwrap();
        arrived.get(usize::try_from(number).unwrap()).copied().unwrap_or(0)
    }

    /// What was promised: each event that was answered well arrived once, and no other twice.
    pub fn judge(&self, tally: &Tally) {
        assert_eq!(*self.leaks.lock().unwrap(), Vec::<&str>::new(), "something of the person left");
        assert!(
            tally.answered > 0 && tally.messages > 0 && tally.broken > 0,
            "a kind of visitor never came: {tally}"
        );
        assert_eq!(tally.lost, 0, "{tally}");
        let lost = tally.numbers.iter().filter(|number| self.arrivals(**number) != 1).count();
        assert_eq!(lost, 0, "events that were answered well did not arrive exactly once");
        let doubled = self.arrived.lock().unwrap().iter().filter(|arrivals| **arrivals > 1).count();
        assert_eq!(doubled, 0, "events arrived twice");
    }

    fn search(&self, bytes: &[u8]) {
        if let Some(canary) = canary(bytes) {
            self.leaks.lock().unwrap().push(canary);
        }
    }

    fn arrive(&self, body: &[u8]) -> Option<u64> {
        let event: serde_json::Value = serde_json::from_slice(body).ok()?;
        let number = event["n"].as_u64()?;
        let mut arrived = self.arrived.lock().unwrap();
        let index = usize::try_from(number).unwrap();
        let length = arrived.len().max(index + 1);
        arrived.resize(length, 0);
        arrived[index] = arrived[index].saturating_add(1);
        Some(number)
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arrived = self.arrived.lock().unwrap().iter().filter(|arrivals| **arrivals > 0).count();
        write!(f, "vendors: {arrived} events of {} sent", self.next.load(Ordering::Relaxed))
    }
}
