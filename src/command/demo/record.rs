//! Both sides of the demo's latest exchanges, and who wants to hear of new ones.
//!
//! Knows what is to be shown; does not know how it was sent. Invariant: memory only and bounded, and nothing but the
//! demo ever makes one: privet itself has no place where a request is kept.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::request::Parts;
use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::comparison::Row;

/// As many exchanges are remembered, and as many may wait for a slow reader.
const MOST: usize = 32;

/// A request as one side saw it.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// Who the connection came from.
    pub from: String,
    /// Method, target and version.
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Message {
    pub fn new(from: String, head: &Parts, body: &Bytes) -> Self {
        let target = head.uri.path_and_query().map_or("/", |target| target.as_str());
        let header = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Self {
            from,
            line: format!("{} {target} {:?}", head.method, head.version),
            headers: head.headers.iter().map(header).collect(),
            body: String::from_utf8_lossy(body).into_owned(),
        }
    }

    /// Path and query as they were sent.
    pub fn target(&self) -> &str {
        self.line.split(' ').nth(1).unwrap_or("/")
    }
}

/// A request on its way from the browser to the vendor, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct Exchange {
    pub number: u64,
    pub route: String,
    pub policy: String,
    /// The answer's, to the browser.
    pub status: u16,
    pub sent: Message,
    /// `None` when nothing left.
    pub received: Option<Message>,
    pub rows: Vec<Row>,
}

/// What the demo remembers.
#[derive(Debug, Default)]
pub struct Record(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    count: u64,
    exchanges: VecDeque<Exchange>,
    /// What the vendor received in the exchange that is under way.
    received: Option<Message>,
    listeners: Vec<Sender<Exchange>>,
}

impl Record {
    /// The vendor received something.
    pub fn receive(&self, message: Message) {
        self.kept().received = Some(message);
    }

    /// What the vendor received since this was last asked.
    pub fn take_received(&self) -> Option<Message> {
        self.kept().received.take()
    }

    /// Numbers an exchange that is over, keeps it and tells everyone who listens.
    pub fn note(&self, mut exchange: Exchange) {
        let mut kept = self.kept();
        kept.count += 1;
        exchange.number = kept.count;
        kept.listeners.retain(|listener| listener.try_send(exchange.clone()).is_ok());
        if kept.exchanges.len() == MOST {
            kept.exchanges.pop_front();
        }
        kept.exchanges.push_back(exchange);
    }

    /// What is remembered, oldest first, and all that comes from now on.
    pub fn listen(&self) -> (Vec<Exchange>, Receiver<Exchange>) {
        let (sender, receiver) = channel(MOST);
        let mut kept = self.kept();
        kept.listeners.push(sender);
        (kept.exchanges.iter().cloned().collect(), receiver)
    }

    /// Nobody hears anything more.
    pub fn close(&self) {
        self.kept().listeners.clear();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn message(line: &str) -> Message {
        Message { from: "192.0.2.1".into(), line: line.into(), headers: Vec::new(), body: String::new() }
    }

    fn exchange() -> Exchange {
        let sent = message("GET /a HTTP/1.1");
        let (route, policy) = ("analytics".into(), "strict".into());
        Exchange { number: 0, route, policy, status: 200, sent, received: None, rows: Vec::new() }
    }

    #[test]
    fn what_was_received_is_told_once() {
        let record = Record::default();
        record.receive(message("GET /a?b=c HTTP/1.1"));
        assert_eq!(record.take_received().unwrap().target(), "/a?b=c");
        assert!(record.take_received().is_none());
    }

    #[test]
    fn who_listens_late_hears_the_latest_first_and_who_never_reads_is_let_go() {
        let record = Record::default();
        for _ in 0..MOST + 3 {
            record.note(exchange());
        }
        let (past, mut to_come) = record.listen();
        assert_eq!(past.iter().map(|past| past.number).collect::<Vec<_>>(), (4..=35).collect::<Vec<_>>());
        for _ in 0..=MOST {
            record.note(exchange());
        }
        assert_eq!(to_come.try_recv().unwrap().number, 36);
        assert!(record.kept().listeners.is_empty());
    }
}
