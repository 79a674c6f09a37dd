//! HTTP/2 as a protocol, in the order of RFC 9113, and RFC 7541's errors: the cases of h2spec and some more, as frames.
//!
//! A case says what a visitor sends after the preface, and what must come of it. Where a server may choose between
//! ending the stream and ending the connection, both are right, as for h2spec. So is the general PROTOCOL_ERROR at
//! the end of a connection where a code says more: hyper's parser of frames and blocks knows no other.

mod compression;
mod kinds;
mod messages;
mod streams;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::timeout;

use crate::frames::*;
use crate::support::{Backend, Stage};

const NO_ERROR: u32 = 0;
const PROTOCOL_ERROR: u32 = 1;
const FLOW_CONTROL_ERROR: u32 = 3;
const STREAM_CLOSED: u32 = 5;
const FRAME_SIZE_ERROR: u32 = 6;
const REFUSED_STREAM: u32 = 7;
const COMPRESSION_ERROR: u32 = 9;

/// The largest frame that nobody has to agree to.
const MAX_FRAME: usize = 16384;

/// What h2spec has: its version 2.6.0 and what was added since.
const CASES: usize = 147;
const GROUPS: usize = 49;

/// Long enough to come in pieces.
const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n0123456789";

struct Case {
    section: &'static str,
    says: &'static str,
    steps: Vec<Step>,
    expects: Expected,
}

enum Step {
    Say(Vec<u8>),
    /// Waits until stream 1 is answered.
    Answered,
    /// Waits for a frame of this kind; of settings and pings, for the answer to them.
    Hear(u8),
}

#[derive(Clone, Copy, Debug)]
enum Expected {
    /// The connection ends, with one of these codes in a GOAWAY if there is one.
    Connection(&'static [u32]),
    /// A GOAWAY with this very code, and the connection ends.
    Told(u32),
    /// The stream is reset with one of these codes, or the connection ends with one.
    Stream(&'static [u32]),
    /// The stream is reset with this very code.
    Reset(u32),
    /// A ping is answered and the connection goes on: what was said is ignored.
    Ignored,
    /// A ping is answered, or the connection ends without an error.
    Parted,
    /// This stream is answered with 200, and the vendor was asked for what the visitor asked for.
    Served(u32),
    /// The next piece of an answer is so long.
    Piece(usize),
}

use Expected::{Connection, Ignored, Parted, Piece, Reset, Served, Stream, Told};
use Step::{Answered, Hear, Say};

fn case(section: &'static str, says: &'static str, frames: &[Vec<u8>], expects: Expected) -> Case {
    Case { section, says, steps: vec![Say(frames.concat())], expects }
}

/// The same after a first request was answered.
fn after(section: &'static str, says: &'static str, frames: &[Vec<u8>], expects: Expected) -> Case {
    Case { section, says, steps: vec![Say(get(1)), Answered, Say(frames.concat())], expects }
}

/// A frame that is answered by one of this kind.
fn heard(section: &'static str, says: &'static str, frame: Vec<u8>, kind: u8) -> Case {
    Case { section, says, steps: vec![Say(frame), Hear(kind)], expects: Ignored }
}

fn priority(stream: u32, depends_on: u32, weight: u8) -> Vec<u8> {
    frame(PRIORITY, 0, stream, [&depends_on.to_be_bytes()[..], &[weight]].concat())
}

fn data(flags: u8, stream: u32, text: &str) -> Vec<u8> {
    frame(DATA, flags, stream, text)
}

/// A request with these fields behind its pseudo-headers.
fn with(stream: u32, fields: &[(&str, &str)]) -> Vec<u8> {
    let all = asking("GET").into_iter().chain(fields.iter().copied());
    frame(HEADERS, END_HEADERS | END_STREAM, stream, block(all))
}

/// A request whose block ends with these bytes.
fn ending(bytes: &[u8]) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, 1, [block(asking("GET")), bytes.to_vec()].concat())
}

/// A block in two parts: the first in HEADERS, the second on its own.
fn halves() -> (Vec<u8>, Vec<u8>) {
    let all = block(asking("GET"));
    (all[..20].to_vec(), all[20..].to_vec())
}

/// Less than the wire's own, so that it is told which case had to wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// The ping that ends each case.
const MARK: [u8; 8] = [1, 2, 3, 4, 5, 6, 7, 8];

impl Case {
    fn name(&self) -> String {
        format!("{} {}", self.section, self.says)
    }

    /// Says what is to be said; whether all that was waited for came.
    async fn play(&self, wire: &mut Wire) -> bool {
        for step in &self.steps {
            let is_heard = match step {
                Say(bytes) => {
                    wire.send(bytes).await;
                    true
                }
                Answered => wire.answer(1).await == Some(200),
                Hear(kind) => wire.await_frame(|frame| frame.answers(*kind)).await.is_some(),
            };
            if !is_heard {
                return false;
            }
        }
        wire.send(&frame(PING, 0, 0, MARK)).await;
        true
    }

    /// Whether a frame is what is expected; `None` if it says nothing about that.
    fn judge(&self, found: &Frame) -> Option<bool> {
        let ends = |codes: &[u32]| codes.contains(&found.code()) || found.code() == PROTOCOL_ERROR;
        match (self.expects, found.kind) {
            (Connection(codes) | Stream(codes), GOAWAY) => Some(ends(codes)),
            (Stream(codes), RST_STREAM) => Some(codes.contains(&found.code())),
            (Told(code), GOAWAY) | (Reset(code), RST_STREAM) => Some(found.code() == code),
            (Parted, GOAWAY) => Some(found.code() == NO_ERROR),
            (Ignored | Parted, PING) if found.flags == ACK => Some(found.payload == MARK),
            (Served(stream), HEADERS) if found.stream == stream => Some(found.status() == 200),
            (Piece(length), DATA) => Some(found.payload.len() == length),
            (_, GOAWAY) => Some(false),
            (Served(_) | Piece(_), RST_STREAM) => Some(false),
            _ => None,
        }
    }

    /// What became of it, in words, if it is not what it should be.
    async fn wrong(&self, stage: &Stage) -> Option<String> {
        stage.backend.forget();
        let mut wire = Wire::open(&stage.visitor(), &[]).await;
        wire.await_frame(|frame| frame.answers(SETTINGS)).await;
        if !self.play(&mut wire).await {
            return Some("what was waited for did not come".to_owned());
        }
        let (mut seen, mut is_answered, mut is_marked) = (Vec::new(), false, false);
        loop {
            let Some(found) = wire.next().await else {
                let fine = matches!(self.expects, Connection(_) | Stream(_) | Parted);
                return (!fine).then(|| format!("the connection ended; {seen:?}"));
            };
            seen.push((found.kind, found.stream, found.code()));
            is_answered |= found.kind == HEADERS;
            is_marked |= found.kind == PING && found.payload == MARK;
            match self.judge(&found) {
                Some(true) if found.kind == GOAWAY => {
                    let last = wire.await_frame(|_| false).await;
                    return last.map(|_| "a GOAWAY, and no end".to_owned());
                }
                Some(true) if found.kind == HEADERS => {
                    let asked = stage.backend.requests().last().map(|request| request.start.clone());
                    let is_right = asked.as_ref().is_some_and(|start| start.ends_with(" /e HTTP/1.1"));
                    return (!is_right).then(|| format!("the vendor was asked for {asked:?}"));
                }
                Some(true) => return None,
                Some(false) => return Some(format!("{seen:?}")),
                // An answer where an error should be: no error will come.
                None if is_marked && is_answered && !matches!(self.expects, Served(_) | Piece(_)) => {
                    return Some(format!("no error; {seen:?}"));
                }
                None => {}
            }
        }
    }
}

fn cases() -> Vec<Case> {
    let parts =
        [streams::frames_and_streams(), kinds::each_kind(), messages::messages(), compression::compression()];
    parts.into_iter().flatten().collect()
}

#[tokio::test]
async fn what_rfc_9113_and_rfc_7541_forbid_is_refused_and_the_rest_served() {
    let stage = Stage::before(Backend::answering(ANSWER).await, "policy = \"strict\"", "");
    let mut failed = Vec::new();
    for case in cases() {
        let told = timeout(PATIENCE, case.wrong(&stage)).await;
        if let Some(why) = told.unwrap_or(Some("nothing came of it".to_owned())) {
            failed.push(format!("{}: {why}", case.name()));
        }
    }
    assert!(failed.is_empty(), "{}:\n{}", failed.len(), failed.join("\n"));
}

/// `h2spec.toml`: each case of h2spec, by its number, and the case here that holds it.
#[test]
fn each_case_of_h2spec_is_held_here() {
    let table: BTreeMap<String, String> = toml::from_str(include_str!("h2spec.toml")).unwrap();
    let names: BTreeSet<String> = cases().iter().map(Case::name).collect();
    assert_eq!(names.len(), cases().len(), "two cases of one name");
    for (number, held_by) in &table {
        let own = include_str!("mod.rs").contains(&format!("async fn {held_by}()"));
        assert!(own || names.contains(held_by), "{number}: nothing is called {held_by:?}");
    }
    let mut groups = BTreeMap::<&str, BTreeSet<u32>>::new();
    for number in table.keys() {
        let (group, last) = number.rsplit_once('/').unwrap();
        groups.entry(group).or_default().insert(last.parse().unwrap());
    }
    assert_eq!(groups.len(), GROUPS);
    for (group, numbers) in groups {
        assert!(numbers.iter().copied().eq(1..=numbers.len() as u32), "{group}: {numbers:?}");
    }
    assert_eq!(table.len(), CASES);
}

/// RFC 9113 §3.4.
#[tokio::test]
async fn the_first_word_is_settings() {
    let stage = Stage::with("policy = \"strict\"").await;
    let first = Wire::open(&stage.visitor(), &[]).await.next().await.unwrap();
    assert_eq!((first.kind, first.flags, first.stream), (SETTINGS, 0, 0));
}

/// RFC 9113 §3.4: whoever does not begin as HTTP/2 is not spoken to.
#[tokio::test]
async fn a_preface_that_is_none_ends_the_connection() {
    let stage = Stage::with("policy = \"strict\"").await;
    let bad_settings = [PREFACE, &frame(PING, 0, 0, [7; 8])].concat();
    for bytes in [
        &b"INVALID CONNECTION PREFACE\r\n\r\n"[..],
        b"GET / HTTP/1.1\r\nHost: vendor.test\r\n\r\n",
        &bad_settings,
    ] {
        let mut wire = Wire::silent(&stage.visitor()).await;
        wire.send(bytes).await;
        let last = wire.await_frame(|frame| frame.kind == GOAWAY).await;
        assert!(last.is_none_or(|frame| frame.code() == PROTOCOL_ERROR));
    }
    assert!(stage.backend.bytes().is_empty());
}

/// RFC 9113 §5.1.2: more streams than agreed are refused one by one, or the connection ends.
#[tokio::test]
async fn more_streams_than_agreed_are_refused() {
    let stage = Stage::with("policy = \"strict\"").await;
    let mut wire = Wire::open(&stage.visitor(), &[]).await;
    let streams: Vec<u8> = (0..200).flat_map(|number| post(2 * number + 1)).collect();
    wire.send(&streams).await;
    let refused = wire.await_frame(|frame| matches!(frame.kind, RST_STREAM | GOAWAY)).await;
    assert!(refused.is_none_or(|frame| [REFUSED_STREAM, PROTOCOL_ERROR].contains(&frame.code())));
}

/// RFC 9113 §6.9: an answer keeps within its window, however small and whatever settings make of it.
#[tokio::test]
async fn an_answer_keeps_within_its_window() {
    let stage = Stage::before(Backend::answering(ANSWER).await, "policy = \"strict\"", "");
    let mut wire = Wire::open(&stage.visitor(), &[(4, 1)]).await;
    wire.send(&get(1)).await;
    let mut got = String::new();
    let mut piece = async |wire: &mut Wire| {
        let frame = wire.await_frame(|frame| frame.kind == DATA).await.unwrap();
        got.push_str(std::str::from_utf8(&frame.payload).unwrap());
        got.clone()
    };
    assert_eq!(piece(&mut wire).await, "0");
    wire.send(&window(1, 2)).await;
    assert_eq!(piece(&mut wire).await, "012");
    // The window is one less than nothing, and opened again to three.
    wire.send(&settings(&[(4, 0)])).await;
    wire.send(&window(1, 4)).await;
    assert_eq!(piece(&mut wire).await, "012345");
    wire.send(&settings(&[(4, 100)])).await;
    assert_eq!(piece(&mut wire).await, "0123456789");
}
