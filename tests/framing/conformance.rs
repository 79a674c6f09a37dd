//! HTTP/2 as a protocol, in the order of RFC 9113, and RFC 7541's errors: the cases of h2spec and some more, as frames.
//!
//! A case says what a visitor sends after the preface, and what must come of it. Where a server may choose between ending
//! the stream and ending the connection, both are right, as for h2spec. So is the general PROTOCOL_ERROR where a code says
//! more: hyper's parser of frames and blocks knows no other.

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

fn frames_and_streams() -> Vec<Case> {
    let (first, second) = halves();
    let begun = || frame(HEADERS, END_STREAM, 1, &first);
    let ping = || frame(PING, 0, 0, [7; 8]);
    let long = |length| "x".repeat(length);
    vec![
        case("4.1", "a frame of an unknown kind", &[frame(0xff, 0, 0, [0; 8]), get(1)], Served(1)),
        case("4.1", "flags that mean nothing", &[frame(PING, 0x16, 0, [7; 8])], Ignored),
        case("4.1", "a reserved bit", &[frame(PING, 0, 1 << 31, [7; 8])], Ignored),
        case(
            "4.2",
            "a frame as large as any may be",
            &[post(1), data(END_STREAM, 1, &long(MAX_FRAME))],
            Served(1),
        ),
        case(
            "4.2",
            "DATA too large",
            &[post(1), data(END_STREAM, 1, &long(MAX_FRAME + 1))],
            Stream(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "4.2",
            "HEADERS too large",
            &[with(1, &[("x", &long(MAX_FRAME))])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "4.2",
            "a frame of no known kind too large",
            &[frame(0xff, 0, 0, vec![0; MAX_FRAME + 1])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "4.3",
            "a block that is none",
            &[frame(HEADERS, END_HEADERS | END_STREAM, 1, [0xff; 6])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "4.3",
            "a block interrupted by PRIORITY",
            &[begun(), frame(PRIORITY, 0, 1, [0, 0, 0, 0, 1]), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "4.3",
            "a block interrupted by PING",
            &[begun(), ping(), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("4.3", "a block interrupted by another", &[begun(), get(3)], Connection(&[PROTOCOL_ERROR])),
        case(
            "4.3",
            "a block continued on another stream",
            &[begun(), frame(CONTINUATION, END_HEADERS, 3, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "5.5",
            "a frame of no known kind within a block",
            &[begun(), frame(0xff, 0, 0, []), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("5.1", "idle: DATA", &[data(END_STREAM, 1, "a")], Connection(&[PROTOCOL_ERROR, STREAM_CLOSED])),
        case("5.1", "idle: RST_STREAM", &[reset(1)], Connection(&[PROTOCOL_ERROR])),
        case("5.1", "idle: WINDOW_UPDATE", &[window(1, 100)], Connection(&[PROTOCOL_ERROR])),
        case(
            "5.1",
            "idle: CONTINUATION",
            &[frame(CONTINUATION, END_HEADERS, 1, block(asking("GET")))],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("5.1", "half closed: DATA", &[get(1), data(END_STREAM, 1, "a")], Stream(&[STREAM_CLOSED])),
        case("5.1", "half closed: HEADERS", &[get(1), get(1)], Stream(&[STREAM_CLOSED])),
        case(
            "5.1",
            "half closed: CONTINUATION",
            &[get(1), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Stream(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        ),
        case(
            "5.1",
            "closed by a reset: HEADERS",
            &[post(1), reset(1), get(1)],
            Stream(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        ),
        case(
            "5.1",
            "closed by a reset: CONTINUATION",
            &[post(1), reset(1), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        ),
        case("5.1", "closed by a reset: a late RST_STREAM", &[post(1), reset(1), reset(1)], Ignored),
        after("5.1", "closed: DATA", &[data(END_STREAM, 1, "a")], Stream(&[STREAM_CLOSED])),
        after("5.1", "closed: HEADERS", &[get(1)], Connection(&[STREAM_CLOSED, PROTOCOL_ERROR])),
        after(
            "5.1",
            "closed: CONTINUATION",
            &[frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[STREAM_CLOSED, PROTOCOL_ERROR]),
        ),
        after("5.1", "closed: a late WINDOW_UPDATE", &[window(1, 1)], Ignored),
        after("5.1", "closed: PRIORITY", &[frame(PRIORITY, 0, 1, [0, 0, 0, 3, 1])], Ignored),
        case("5.1.1", "a stream of an even number", &[get(2)], Connection(&[PROTOCOL_ERROR])),
        case(
            "5.1.1",
            "a stream of a smaller number",
            &[get(5), get(3)],
            Connection(&[PROTOCOL_ERROR, STREAM_CLOSED]),
        ),
        case("5.1.1", "streams may be left out", &[get(7)], Served(7)),
        case(
            "5.3.1",
            "HEADERS that depend on themselves",
            &[frame(
                HEADERS,
                END_HEADERS | END_STREAM | WITH_PRIORITY,
                1,
                [vec![0, 0, 0, 1, 1], block(asking("GET"))].concat(),
            )],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "5.3.1",
            "HEADERS with a priority",
            &[frame(
                HEADERS,
                END_HEADERS | END_STREAM | WITH_PRIORITY,
                1,
                [vec![0, 0, 0, 0, 1], block(asking("GET"))].concat(),
            )],
            Served(1),
        ),
        case(
            "5.3.1",
            "PRIORITY that depends on itself",
            &[frame(PRIORITY, 0, 1, [0, 0, 0, 1, 1])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "5.4.1",
            "an error ends the connection",
            &[frame(PING, 0, 3, [7; 8])],
            Connection(&[PROTOCOL_ERROR]),
        ),
    ]
}

fn each_kind() -> Vec<Case> {
    let (first, second) = halves();
    let begun = || frame(HEADERS, END_STREAM, 1, &first);
    let padded = |pad: u8| [vec![pad], block(asking("GET"))].concat();
    vec![
        case("6.1", "DATA on no stream", &[data(END_STREAM, 0, "a")], Connection(&[PROTOCOL_ERROR])),
        case(
            "6.1",
            "DATA with padding",
            &[post(1), frame(DATA, PADDED | END_STREAM, 1, [3, b'a', 0, 0, 0])],
            Served(1),
        ),
        case(
            "6.1",
            "DATA with more padding than data",
            &[post(1), frame(DATA, PADDED | END_STREAM, 1, [6, 0, 0])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.1",
            "DATA without the length of its padding",
            &[post(1), frame(DATA, PADDED | END_STREAM, 1, [])],
            Connection(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        ),
        case(
            "6.2",
            "HEADERS on no stream",
            &[frame(HEADERS, END_HEADERS | END_STREAM, 0, block(asking("GET")))],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.2",
            "HEADERS with padding",
            &[frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, [padded(2), vec![0, 0]].concat())],
            Served(1),
        ),
        case(
            "6.2",
            "HEADERS with more padding than block",
            &[frame(HEADERS, END_HEADERS | END_STREAM | PADDED, 1, [200, 0x82])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.2",
            "HEADERS too short for a priority",
            &[frame(HEADERS, END_HEADERS | END_STREAM | WITH_PRIORITY, 1, [0, 0])],
            Connection(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        ),
        case(
            "6.3",
            "PRIORITY on no stream",
            &[frame(PRIORITY, 0, 0, [0, 0, 0, 0, 1])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.3",
            "PRIORITY of another length",
            &[post(1), frame(PRIORITY, 0, 1, [0, 0, 0, 1])],
            Stream(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "6.4",
            "RST_STREAM on no stream",
            &[frame(RST_STREAM, 0, 0, [0, 0, 0, 8])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("6.4", "RST_STREAM on an idle stream", &[reset(9)], Connection(&[PROTOCOL_ERROR])),
        case(
            "6.4",
            "RST_STREAM of another length",
            &[post(1), frame(RST_STREAM, 0, 1, [0, 0, 8])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "6.4",
            "RST_STREAM with an unknown code",
            &[post(1), frame(RST_STREAM, 0, 1, [0, 0, 0, 0xff])],
            Ignored,
        ),
        case(
            "6.5",
            "an acknowledgement with a payload",
            &[frame(SETTINGS, ACK, 0, [0; 6])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case("6.5", "SETTINGS on a stream", &[frame(SETTINGS, 0, 1, [])], Connection(&[PROTOCOL_ERROR])),
        case(
            "6.5",
            "SETTINGS of another length",
            &[frame(SETTINGS, 0, 0, [0, 3, 0])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case("6.5.2", "ENABLE_PUSH is neither", &[settings(&[(2, 2)])], Connection(&[PROTOCOL_ERROR])),
        case(
            "6.5.2",
            "INITIAL_WINDOW_SIZE beyond the largest",
            &[settings(&[(4, 1 << 31)])],
            Connection(&[FLOW_CONTROL_ERROR]),
        ),
        case(
            "6.5.2",
            "MAX_FRAME_SIZE below the least",
            &[settings(&[(5, 16383)])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.5.2",
            "MAX_FRAME_SIZE beyond the largest",
            &[settings(&[(5, 1 << 24)])],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("6.5.2", "a setting of no known kind", &[settings(&[(0xff, 1)])], Ignored),
        case("6.5.3", "settings twice", &[settings(&[(4, 100), (4, 1)]), get(1)], Ignored),
        case(
            "6.6",
            "PUSH_PROMISE of a visitor",
            &[
                post(1),
                frame(PUSH_PROMISE, END_HEADERS, 1, [vec![0, 0, 0, 2], block(asking("GET"))].concat()),
            ],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case("6.7", "PING is answered", &[frame(PING, 0, 0, [7; 8])], Ignored),
        case("6.7", "an answer to no PING", &[frame(PING, ACK, 0, [9; 8])], Ignored),
        case("6.7", "PING on a stream", &[frame(PING, 0, 1, [7; 8])], Connection(&[PROTOCOL_ERROR])),
        case("6.7", "PING of another length", &[frame(PING, 0, 0, [7; 6])], Connection(&[FRAME_SIZE_ERROR])),
        case("6.8", "GOAWAY on a stream", &[frame(GOAWAY, 0, 1, [0; 8])], Connection(&[PROTOCOL_ERROR])),
        case(
            "6.8",
            "GOAWAY too short",
            &[frame(GOAWAY, 0, 0, [0; 4])],
            Connection(&[FRAME_SIZE_ERROR, PROTOCOL_ERROR]),
        ),
        case(
            "6.9",
            "WINDOW_UPDATE by nothing, of the connection",
            &[window(0, 0)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.9",
            "WINDOW_UPDATE by nothing, of a stream",
            &[post(1), window(1, 0)],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.9",
            "WINDOW_UPDATE of another length",
            &[frame(WINDOW_UPDATE, 0, 0, [0, 0, 1])],
            Connection(&[FRAME_SIZE_ERROR]),
        ),
        case(
            "6.9.1",
            "a window of the connection beyond the largest",
            &[window(0, 0x7fff_ffff), window(0, 0x7fff_ffff)],
            Connection(&[FLOW_CONTROL_ERROR]),
        ),
        case(
            "6.9.1",
            "a window of a stream beyond the largest",
            &[post(1), window(1, 0x7fff_ffff), window(1, 0x7fff_ffff)],
            Stream(&[FLOW_CONTROL_ERROR]),
        ),
        case(
            "6.9.2",
            "a window made too large by settings",
            &[post(1), window(1, 0x7fff_0000), settings(&[(4, 0x7fff_ffff)])],
            Connection(&[FLOW_CONTROL_ERROR]),
        ),
        case(
            "6.10",
            "a block in three parts",
            &[
                frame(HEADERS, END_STREAM, 1, &first),
                frame(CONTINUATION, 0, 1, &second[..5]),
                frame(CONTINUATION, END_HEADERS, 1, &second[5..]),
            ],
            Served(1),
        ),
        case(
            "6.10",
            "a block interrupted by DATA",
            &[begun(), data(END_STREAM, 1, "a")],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.10",
            "CONTINUATION on no stream",
            &[begun(), frame(CONTINUATION, END_HEADERS, 0, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.10",
            "CONTINUATION behind a whole block",
            &[post(1), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.10",
            "CONTINUATION behind the last one",
            &[
                begun(),
                frame(CONTINUATION, END_HEADERS, 1, &second),
                frame(CONTINUATION, END_HEADERS, 1, &second),
            ],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "6.10",
            "CONTINUATION behind DATA",
            &[post(1), data(0, 1, "a"), frame(CONTINUATION, END_HEADERS, 1, &second)],
            Connection(&[PROTOCOL_ERROR]),
        ),
        case(
            "7",
            "GOAWAY with an unknown code",
            &[post(1), frame(GOAWAY, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0xff])],
            Ignored,
        ),
    ]
}

fn messages() -> Vec<Case> {
    let only = |fields: &[(&str, &str)]| frame(HEADERS, END_HEADERS | END_STREAM, 1, block(fields.to_vec()));
    let long = |length: &str| {
        frame(HEADERS, END_HEADERS, 1, block([&asking("POST")[..], &[("content-length", length)]].concat()))
    };
    let trailers =
        |flags, fields: &[(&str, &str)]| frame(HEADERS, END_HEADERS | flags, 1, block(fields.to_vec()));
    vec![
        case(
            "8.1",
            "a second block that does not end the stream",
            &[post(1), trailers(0, &[("x", "y")])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case("8.1", "trailers", &[post(1), data(0, 1, "a"), trailers(END_STREAM, &[("x", "y")])], Served(1)),
        case("8.1", "HEAD", &[only(&asking("HEAD"))], Served(1)),
        case("8.1.1", "a length that is not the DATA's", &[long("1"), data(END_STREAM, 1, "test")], Refused),
        case(
            "8.1.1",
            "a length that is not that of several DATA",
            &[long("1"), data(0, 1, "te"), data(END_STREAM, 1, "st")],
            Refused,
        ),
        case("8.2", "a name in capitals", &[with(1, &[("X-TEST", "y")])], Stream(&[PROTOCOL_ERROR])),
        case("8.2.2", "Connection", &[with(1, &[("connection", "keep-alive")])], Stream(&[PROTOCOL_ERROR])),
        case(
            "8.2.2",
            "TE with other than trailers",
            &[with(1, &[("te", "trailers, deflate")])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case("8.3", "a pseudo-header of no kind", &[with(1, &[(":test", "y")])], Stream(&[PROTOCOL_ERROR])),
        case(
            "8.3",
            "a pseudo-header of an answer",
            &[with(1, &[(":status", "200")])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "8.3",
            "a pseudo-header behind a field",
            &[only(&[
                (":method", "GET"),
                (":scheme", "https"),
                (":path", "/e"),
                ("x", "y"),
                (":authority", "vendor.test"),
            ])],
            Stream(&[PROTOCOL_ERROR]),
        ),
        case(
            "8.3.1",
            "no path",
            &[only(&[(":method", "GET"), (":scheme", "https"), (":authority", "vendor.test")])],
            Refused,
        ),
        case(
            "8.3.1",
            "an empty path",
            &[only(&[
                (":method", "GET"),
                (":scheme", "https"),
                (":path", ""),
                (":authority", "vendor.test"),
            ])],
            Refused,
        ),
        case(
            "8.3.1",
            "no method",
            &[only(&[(":scheme", "https"), (":path", "/e"), (":authority", "vendor.test")])],
            Refused,
        ),
        case(
            "8.3.1",
            "no scheme",
            &[only(&[(":method", "GET"), (":path", "/e"), (":authority", "vendor.test")])],
            Refused,
        ),
        case("8.3.1", "the method twice", &[with(1, &[(":method", "GET")])], Refused),
        case("8.3.1", "the scheme twice", &[with(1, &[(":scheme", "https")])], Refused),
        case("8.3.1", "the path twice", &[with(1, &[(":path", "/e")])], Refused),
    ]
}

/// RFC 7541: what a block may not say.
fn compression() -> Vec<Case> {
    vec![
        case(
            "HPACK 2.3.3",
            "an index beyond both tables",
            &[ending(&[0xbe + 4])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 2.3.3",
            "a name by an index beyond both tables",
            &[ending(&[0x7f, 0x10, 1, b'y'])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 4.2",
            "a table's size at the end of a block",
            &[ending(&[0x3f, 0x01])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 5.1",
            "an integer beyond all sense",
            &[ending(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case("HPACK 5.2", "a text that is cut", &[ending(&[0, 5, b'x'])], Connection(&[COMPRESSION_ERROR])),
        case(
            "HPACK 5.2",
            "a padding of more than seven bits",
            &[ending(&[0, 1, b'x', 0x83, 0xff, 0xff, 0xff])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 5.2",
            "a padding of zeros",
            &[ending(&[0, 1, b'x', 0x81, 0x18 << 1])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 5.2",
            "a text with the end of texts",
            &[ending(&[0, 1, b'x', 0x84, 0xff, 0xff, 0xff, 0xff])],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case("HPACK 6.1", "the index 0", &[ending(&[0x80])], Connection(&[COMPRESSION_ERROR])),
        case(
            "HPACK 6.3",
            "a table larger than agreed",
            &[frame(
                HEADERS,
                END_HEADERS | END_STREAM,
                1,
                [vec![0x3f, 0xe2, 0x7f], block(asking("GET"))].concat(),
            )],
            Connection(&[COMPRESSION_ERROR]),
        ),
        case(
            "HPACK 6.3",
            "a table of nothing",
            &[frame(HEADERS, END_HEADERS | END_STREAM, 1, [vec![0x20], block(asking("GET"))].concat())],
            Served(1),
        ),
    ]
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
    let cases = [frames_and_streams(), each_kind(), messages(), compression()].into_iter().flatten();
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
