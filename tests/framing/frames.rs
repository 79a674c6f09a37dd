//! HTTP/2 as bytes: frames written as a test likes, and read as far as tests need it.
//!
//! Shares no code with the server it looks at: header blocks are literals that no table holds (RFC 7541 §6.2.2).
//! Invariant: never waits for ever.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::support::Visitor;
use crate::support::visitor::Socket;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PUSH_PROMISE: u8 = 5;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const ACK: u8 = 1;
pub const END_HEADERS: u8 = 4;
pub const PADDED: u8 = 8;
pub const WITH_PRIORITY: u8 = 0x20;

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const PATIENCE: Duration = Duration::from_secs(20);

/// One frame (RFC 9113 §4.1).
pub fn frame(kind: u8, flags: u8, stream: u32, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A header block of literals: names and values as they are, however wrong.
pub fn block<N: AsRef<[u8]>, V: AsRef<[u8]>>(fields: impl IntoIterator<Item = (N, V)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, value) in fields {
        bytes.push(0);
        for text in [name.as_ref(), value.as_ref()] {
            length(text.len(), &mut bytes);
            bytes.extend(text);
        }
    }
    bytes
}

/// An integer with a prefix of seven bits (RFC 7541 §5.1).
fn length(mut count: usize, bytes: &mut Vec<u8>) {
    if count < 127 {
        return bytes.push(count as u8);
    }
    bytes.push(127);
    count -= 127;
    while count >= 128 {
        bytes.push((count % 128) as u8 | 128);
        count /= 128;
    }
    bytes.push(count as u8);
}

/// The pseudo-headers of a plain request.
pub fn asking(method: &str) -> [(&str, &str); 4] {
    [(":method", method), (":scheme", "https"), (":path", "/e"), (":authority", "vendor.test")]
}

/// A whole request without a body.
pub fn get(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, block(asking("GET")))
}

/// A request whose body is still to come.
pub fn post(stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, stream, block(asking("POST")))
}

pub fn settings(pairs: &[(u16, u32)]) -> Vec<u8> {
    let payload =
        pairs.iter().flat_map(|(id, value)| id.to_be_bytes().into_iter().chain(value.to_be_bytes()));
    frame(SETTINGS, 0, 0, payload.collect::<Vec<u8>>())
}

pub fn window(stream: u32, more: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, more.to_be_bytes())
}

pub fn reset(stream: u32) -> Vec<u8> {
    frame(RST_STREAM, 0, stream, 8_u32.to_be_bytes())
}

/// What came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frame {
    /// The code of a GOAWAY or RST_STREAM.
    pub fn code(&self) -> u32 {
        let at = if self.kind == GOAWAY { 4 } else { 0 };
        self.payload.get(at..at + 4).map_or(u32::MAX, |code| u32::from_be_bytes(code.try_into().unwrap()))
    }

    /// Whether it is of this kind; of settings and pings, whether it answers one.
    pub fn answers(&self, kind: u8) -> bool {
        self.kind == kind && (!matches!(kind, SETTINGS | PING) || self.flags == ACK)
    }

    pub fn ends_stream(&self) -> bool {
        matches!(self.kind, DATA | HEADERS) && self.flags & END_STREAM != 0
    }

    /// The status of an answer's first header block, which hyper says by the static table or in digits.
    pub fn status(&self) -> u16 {
        let block = &self.payload[..];
        match block {
            [first @ 0x88..=0x8e, ..] => [200, 204, 206, 304, 400, 404, 500][usize::from(first - 0x88)],
            [0x08 | 0x18 | 0x48, length, rest @ ..] => {
                digits(&rest[..usize::from(length & 0x7f)], length & 0x80 != 0)
            }
            _ => 0,
        }
    }
}

/// Three digits, maybe in Huffman's code (RFC 7541, Appendix B).
fn digits(text: &[u8], huffman: bool) -> u16 {
    if !huffman {
        return std::str::from_utf8(text).unwrap().parse().unwrap();
    }
    let bits: String = text.iter().map(|byte| format!("{byte:08b}")).collect();
    let (mut at, mut number) = (0, 0);
    for _ in 0..3 {
        let five = u16::from_str_radix(&bits[at..at + 5], 2).unwrap();
        let digit =
            if five < 3 { five } else { u16::from_str_radix(&bits[at..at + 6], 2).unwrap() - 0x19 + 3 };
        at += if five < 3 { 5 } else { 6 };
        number = number * 10 + digit;
    }
    number
}

/// A visitor's connection.
pub struct Wire {
    socket: Box<dyn Socket>,
    unread: Vec<u8>,
}

impl Wire {
    /// Connects and says nothing.
    pub async fn silent(visitor: &Visitor) -> Self {
        Self { socket: visitor.connect(b"h2").await, unread: Vec::new() }
    }

    /// Connects and says the preface and what one likes of settings.
    pub async fn open(visitor: &Visitor, pairs: &[(u16, u32)]) -> Self {
        let mut wire = Self::silent(visitor).await;
        wire.send(&[PREFACE, &settings(pairs)].concat()).await;
        wire
    }

    /// Says bytes; whether they went.
    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        self.socket.write_all(bytes).await.is_ok() && self.socket.flush().await.is_ok()
    }

    /// The next frame; `None` at the end. Settings are acknowledged.
    pub async fn next(&mut self) -> Option<Frame> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(frame) = self.take() {
                if frame.kind == SETTINGS && frame.flags == 0 {
                    self.send(&self::frame(SETTINGS, ACK, 0, [])).await;
                }
                return Some(frame);
            }
            let read = timeout_at(until, self.socket.read_buf(&mut self.unread)).await;
            match read.expect("a frame or an end") {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// The first frame that fits; `None` if the connection ends before.
    pub async fn await_frame(&mut self, fits: impl Fn(&Frame) -> bool) -> Option<Frame> {
        loop {
            let frame = self.next().await?;
            if fits(&frame) {
                return Some(frame);
            }
        }
    }

    /// Waits for the end of a stream; its status, if it was an answer.
    pub async fn answer(&mut self, stream: u32) -> Option<u16> {
        let mut status = None;
        loop {
            let frame = self.next().await?;
            if frame.stream != stream {
                continue;
            }
            if frame.kind == HEADERS && status.is_none() {
                status = Some(frame.status());
            }
            if frame.kind == RST_STREAM || frame.ends_stream() {
                return status;
            }
        }
    }

    fn take(&mut self) -> Option<Frame> {
        let head = self.unread.get(..9)?;
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let (kind, flags) = (head[3], head[4]);
        let stream = u32::from_be_bytes(head[5..9].try_into().unwrap()) & 0x7fff_ffff;
        let payload = self.unread.get(9..9 + length)?.to_vec();
        self.unread.drain(..9 + length);
        Some(Frame { kind, flags, stream, payload })
    }
}
