//! Visitors who mean well, each over and over until the day ends, and what became of what they sent.
//!
//! Invariant: each says too much, on every surface.

use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flate2::{Compression, write::GzEncoder};
use http::Request;
use tokio::io::AsyncWriteExt;
use tokio::task::JoinHandle;

use crate::ledger::Ledger;
use crate::support::visitor::{self, Socket};
use crate::support::{Frames, Visitor};
use crate::{rude, social};

/// A debug build on a busy machine takes its time.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What visitors share.
pub struct Day {
    pub visitor: Visitor,
    pub ledger: Arc<Ledger>,
    end: Instant,
}

impl Day {
    pub fn new(address: SocketAddr, ledger: Arc<Ledger>, end: Instant) -> Self {
        Self { visitor: Visitor::new(address, true), ledger, end }
    }

    pub fn lasts(&self) -> bool {
        Instant::now() < self.end
    }
}

/// What became of all that was sent.
#[derive(Default)]
pub struct Tally {
    /// Events that were answered well, or said back.
    pub numbers: Vec<u64>,
    pub answered: usize,
    pub messages: usize,
    /// Answers of an error's status, and answers that broke off: the failing vendor's.
    pub failed: usize,
    /// Visitors who left in the middle, or talked nonsense.
    pub broken: usize,
    /// What should have been answered well, and was not.
    pub lost: usize,
}

impl Tally {
    pub fn add(&mut self, other: Self) {
        self.numbers.extend(other.numbers);
        self.answered += other.answered;
        self.messages += other.messages;
        self.failed += other.failed;
        self.broken += other.broken;
        self.lost += other.lost;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answered, messages, failed, broken, lost, .. } = self;
        write!(
            f,
            "visitors: {answered} answered, {messages} messages, {failed} failed, {broken} broke off, {lost} lost"
        )
    }
}

/// All of them, at once.
pub fn all(day: &Arc<Day>) -> Vec<JoinHandle<Tally>> {
    let mut visitors = vec![
        tokio::spawn(replay(day.clone())),
        tokio::spawn(modern(day.clone())),
        tokio::spawn(modern(day.clone())),
        tokio::spawn(unlucky(day.clone())),
        tokio::spawn(unlucky(day.clone())),
        tokio::spawn(unwilling(day.clone())),
    ];
    for _ in 0..4 {
        visitors.push(tokio::spawn(steady(day.clone())));
        visitors.push(tokio::spawn(social::write(day.clone())));
        visitors.push(tokio::spawn(rude::leave(day.clone())));
    }
    visitors
}

/// An event that says who sent it.
pub fn event(number: u64, pad: &str) -> String {
    format!(
        "{{\"n\":{number},\"ip\":\"203.0.113.77\",\"email\":\"soak.person@example.org\",\"seen\":\"127.77.77.77\",\
         \"url\":\"https://shop.example/a?gclid=soak-click&title=soak-page\",\"pad\":\"{pad}\"}}"
    )
}

/// The head of a request to a host, with all that a browser says.
pub fn head(host: &str, more: &str, length: usize) -> String {
    format!(
        "POST /e?gclid=soak-click&ip=203.0.113.77 HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         User-Agent: SoakBrowser/1.0\r\nAccept-Language: nl-SR\r\nCookie: _ga=soak-cookie\r\n\
         Referer: https://shop.example/soak-page\r\n{more}Content-Length: {length}\r\n\r\n"
    )
}

/// Sends an event and reads the answer's status and number; `None`: the connection is of no more use.
async fn send(socket: &mut dyn Socket, head: &str, body: &[u8]) -> Option<(u16, Option<u64>)> {
    socket.write_all(&[head.as_bytes(), body].concat()).await.ok()?;
    let answer = visitor::read(socket, false).await;
    let number = serde_json::from_slice::<serde_json::Value>(&answer.message.body).ok();
    answer.whole.then(|| (answer.status, number.and_then(|answer| answer["n"].as_u64())))
}

/// One connection kept alive, plain and packed bodies in turn: every event is answered.
async fn steady(day: Arc<Day>) -> Tally {
    let mut tally = Tally::default();
    let mut socket = day.visitor.connect(b"http/1.1").await;
    while day.lasts() {
        let number = day.ledger.number();
        let event = event(number, &"well ".repeat(100));
        let answer = if number.is_multiple_of(2) {
            send(&mut *socket, &head("steady.test", "", event.len()), event.as_bytes()).await
        } else {
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(event.as_bytes()).unwrap();
            let packed = packed.finish().unwrap();
            send(&mut *socket, &head("steady.test", "Content-Encoding: gzip\r\n", packed.len()), &packed)
                .await
        };
        count(&mut tally, number, answer);
        if answer.is_none() {
            socket = day.visitor.connect(b"http/1.1").await;
        }
    }
    tally
}

/// A recording of a session, large and repetitive.
async fn replay(day: Arc<Day>) -> Tally {
    let mut tally = Tally::default();
    let pad = "<div class='row'><span>a word</span></div>".repeat(3000);
    while day.lasts() {
        let number = day.ledger.number();
        let event = event(number, &pad);
        let mut socket = day.visitor.connect(b"http/1.1").await;
        count(
            &mut tally,
            number,
            send(&mut *socket, &head("steady.test", "", event.len()), event.as_bytes()).await,
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    tally
}

/// HTTP/2, a new connection every so often.
async fn modern(day: Arc<Day>) -> Tally {
    let mut tally = Tally::default();
    while day.lasts() {
        let mut connection = day.visitor.h2().await;
        for _ in 0..50 {
            let number = day.ledger.number();
            let request = Request::post("https://steady.test/e?gclid=soak-click")
                .header("content-type", "application/json")
                .header("user-agent", "SoakBrowser/1.0")
                .header("cookie", "_ga=soak-cookie")
                .body(Frames::new(event(number, "").as_bytes(), 100, None))
                .unwrap();
            let answer = connection.send(request).await.ok().map(|answer| {
                let said = serde_json::from_slice::<serde_json::Value>(&answer.message.body).ok();
                (answer.status, said.and_then(|said| said["n"].as_u64()))
            });
            count(&mut tally, number, answer);
        }
    }
    tally
}

fn count(tally: &mut Tally, number: u64, answer: Option<(u16, Option<u64>)>) {
    if answer == Some((200, Some(number))) {
        tally.numbers.push(number);
        tally.answered += 1;
    } else {
        tally.lost += 1;
    }
}

/// Talks to the vendor that fails: an answer is the right one, or clearly none.
async fn unlucky(day: Arc<Day>) -> Tally {
    let mut tally = Tally::default();
    while day.lasts() {
        let mut socket = day.visitor.connect(b"http/1.1").await;
        loop {
            let number = day.ledger.number();
            let event = event(number, "");
            match send(&mut *socket, &head("faulty.test", "", event.len()), event.as_bytes()).await {
                Some((200, answer)) => {
                    assert_eq!(answer, Some(number), "another visitor's answer");
                    tally.numbers.push(number);
                    tally.answered += 1;
                }
                Some((status, _)) => {
                    assert!(matches!(status, 502..=504), "{status}");
                    tally.failed += 1;
                }
                None => {
                    tally.failed += 1;
                    break;
                }
            }
            if !day.lasts() {
                break;
            }
        }
    }
    tally
}

/// Said no: is answered, and no vendor hears of it.
async fn unwilling(day: Arc<Day>) -> Tally {
    let mut tally = Tally::default();
    let mut socket = day.visitor.connect(b"http/1.1").await;
    while day.lasts() {
        let number = day.ledger.number();
        let event = event(number, "");
        let no = head("steady.test", "Cookie: privet_choice=off\r\n", event.len());
        let status = send(&mut *socket, &no, event.as_bytes()).await.map(|answer| answer.0);
        let own = "GET /.privet/privacy HTTP/1.1\r\nHost: steady.test\r\n\r\n";
        let page = send(&mut *socket, own, b"").await.map(|answer| answer.0);
        if status == Some(204) && page == Some(200) && day.ledger.arrivals(number) == 0 {
            tally.answered += 1;
        } else {
            tally.lost += 1;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tally
}
