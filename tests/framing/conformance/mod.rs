//! HTTP/2 as a protocol, in the order of RFC 9113, and RFC 7541's errors: the cases of h2spec and some more, as frames.
//!
//! A case says what a visitor sends after the preface, and what must come of it. Where a server may choose between ending
//! the stream and ending the connection, both are right, as for h2spec. So is the general PROTOCOL_ERROR where a code says
//! more: hyper's parser of frames and blocks knows no other.

mod compression;
mod kinds;
mod messages;
mod streams;

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
}

#[derive(Clone, Copy, Debug)]
enum Expected {
    /// The connection ends, with one of these codes in a GOAWAY if there is one.
    Connection(&'static [u32]),
    /// The stream is reset with one of these codes, or the connection ends with one.
    Stream(&'static [u32]),
    /// A ping is answered and the connection goes on: what was said is ignored.
    Ignored,
    /// This stream is answered with 200.
    Served(u32),
    /// This stream is refused: reset, or answered with an error.
    Refused,
}

use Expected::{Connection, Ignored, Refused, Served, Stream};

fn case(section: &'static str, says: &'static str, frames: &[Vec<u8>], expects: Expected) -> Case {
    Case { section, says, steps: vec![Step::Say(frames.concat())], expects }
}

/// The same after a first request was answered.
fn after(section: &'static str, says: &'static str, frames: &[Vec<u8>], expects: Expected) -> Case {
    let steps = vec![Step::Say(get(1)), Step::Answered, Step::Say(frames.concat())];
    Case { section, says, steps, expects }
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

fn is_one(code: u32, codes: &[u32]) -> bool {
    codes.contains(&code) || code == PROTOCOL_ERROR
}

/// What became of a case, in words, if it is not what it should be.
async fn wrong(stage: &Stage, case: &Case) -> Option<String> {
    let mut wire = Wire::open(&stage.visitor(), &[]).await;
    for step in &case.steps {
        match step {
            Step::Say(bytes) => drop(wire.send(bytes).await),
            Step::Answered => assert_eq!(wire.answer(1).await, Some(200)),
        }
    }
    let mark = [1, 2, 3, 4, 5, 6, 7, 8];
    wire.send(&frame(PING, 0, 0, mark)).await;
    let mut seen = Vec::new();
    let mut ponged = false;
    loop {
        let Some(found) = wire.next().await else {
            let fine = matches!(case.expects, Connection(_) | Stream(_) | Refused);
            return (!fine).then(|| format!("the connection ended; {seen:?}"));
        };
        ponged |= found.kind == PING && found.flags == ACK && found.payload == mark;
        let fits = match case.expects {
            Connection(codes) => (found.kind == GOAWAY).then(|| is_one(found.code(), codes)),
            Stream(codes) => matches!(found.kind, GOAWAY | RST_STREAM).then(|| is_one(found.code(), codes)),
            Ignored => match found.kind {
                GOAWAY => Some(found.code() == NO_ERROR),
                _ => ponged.then_some(true),
            },
            Served(stream) => match found.kind {
                HEADERS if found.stream == stream => Some(found.status() == 200),
                RST_STREAM | GOAWAY => Some(false),
                _ => None,
            },
            Refused => match found.kind {
                HEADERS => Some(found.status() >= 400),
                RST_STREAM | GOAWAY => Some(true),
                _ => None,
            },
        };
        seen.push((found.kind, found.stream, found.code()));
        match fits {
            Some(true) => return None,
            Some(false) => return Some(format!("{seen:?}")),
            // An answer where an error should be: no error will come.
            None if ponged && seen.iter().any(|(kind, ..)| *kind == HEADERS) => {
                return Some(format!("no error; {seen:?}"));
            }
            None => {}
        }
    }
}

#[tokio::test]
async fn what_rfc_9113_and_rfc_7541_forbid_is_refused_and_the_rest_served() {
    let stage = Stage::with("policy = \"strict\"").await;
    let cases =
        [streams::frames_and_streams(), kinds::each_kind(), messages::messages(), compression::compression()]
            .into_iter()
            .flatten();
    let cases: Vec<Case> = cases.collect();
    let mut failed = Vec::new();
    for case in &cases {
        if let Some(why) = wrong(&stage, case).await {
            failed.push(format!("{} {}: {why}", case.section, case.says));
        }
    }
    assert!(cases.len() > 100, "{}", cases.len());
    assert!(failed.is_empty(), "{} of {}:\n{}", failed.len(), cases.len(), failed.join("\n"));
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
    let body = "0123456789";
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let stage = Stage::before(Backend::answering(answer).await, "policy = \"strict\"", "");
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
    assert_eq!(piece(&mut wire).await, body);
}
