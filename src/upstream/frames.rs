//! The frames of a WebSocket (RFC 6455 §5): read out of bytes and joined to messages, and written.
//!
//! Knows bytes, and which end masks what it says; does not know connections, nor what a message says. Invariants: a message is
//! whole, within its limit and, as a text, UTF-8; no extension gives a reserved bit or opcode a meaning; who breaks a rule is
//! told by the code to close with.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::privacy::Message;

pub use tokio_tungstenite::tungstenite::protocol::CloseFrame;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

const LAST: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0f;
const CONTROL: u8 = 0x08;
const MASKED: u8 = 0x80;

/// What a control frame may carry, and a length of one byte can tell.
const SHORT: usize = 125;

/// What one end says to the other.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub enum Frame {
    Message(Message),
    Ping(Bytes),
    Pong(Bytes),
    Close(Option<CloseFrame>),
}

/// Reads what the other end says.
pub struct Frames {
    /// Which end reads.
    role: Role,
    /// Of a message.
    limit: usize,
    /// What came and is not read.
    came: BytesMut,
    /// A message whose last frame did not come, and whether it is a text.
    begun: Option<(BytesMut, bool)>,
}

/// What stands before a frame's payload.
struct Head {
    is_last: bool,
    opcode: u8,
    key: Option<[u8; 4]>,
    /// Of the payload.
    length: usize,
    /// Of the head itself.
    size: usize,
}

impl Frames {
    pub fn new(role: Role, limit: usize, early: &[u8]) -> Self {
        Self { role, limit, came: early.into(), begun: None }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.came.extend_from_slice(bytes);
    }

    /// The next message or control frame, if all of it came.
    pub fn next(&mut self) -> Result<Option<Frame>, CloseCode> {
        while let Some(head) = self.head()? {
            if self.came.len() < head.size + head.length {
                return Ok(None);
            }
            self.came.advance(head.size);
            let mut payload = self.came.split_to(head.length);
            if self.came.is_empty() {
                // Then the payload has its room to itself, and none is kept.
                self.came = BytesMut::new();
            }
            if let Some(key) = head.key {
                mask(&mut payload, key);
            }
            let frame = match head.opcode {
                CLOSE => Some(Frame::Close(word(&payload)?)),
                PING => Some(Frame::Ping(payload.freeze())),
                PONG => Some(Frame::Pong(payload.freeze())),
                _ => self.joined(&head, payload)?.map(Frame::Message),
            };
            if frame.is_some() {
                return Ok(frame);
            }
        }
        Ok(None)
    }

    /// The head of the next frame, if all of it came. One that is at fault is told before its payload comes.
    fn head(&self) -> Result<Option<Head>, CloseCode> {
        let mut rest = &*self.came;
        let (Ok(first), Ok(second)) = (rest.try_get_u8(), rest.try_get_u8()) else { return Ok(None) };
        let length = match second & !MASKED {
            126 => rest.try_get_u16().map(u64::from),
            127 => rest.try_get_u64(),
            short => Ok(u64::from(short)),
        };
        let Ok(length) = length else { return Ok(None) };
        let begun = self.begun.as_ref().filter(|_| first & CONTROL == 0);
        let held = begun.map_or(0, |(whole, _)| whole.len());
        let length = usize::try_from(length).ok().filter(|length| *length <= self.limit.saturating_sub(held));
        let (length, is_masked) = (length.ok_or(CloseCode::Size)?, second & MASKED != 0);
        let (opcode, is_last) = (first & OPCODE, first & LAST != 0);
        let is_fine = first & RESERVED == 0
            && is_masked == (self.role == Role::Server)
            && match opcode {
                CONTINUATION => self.begun.is_some(),
                TEXT | BINARY => self.begun.is_none(),
                CLOSE | PING | PONG => is_last && length <= SHORT,
                _ => false,
            };
        if !is_fine {
            return Err(CloseCode::Protocol);
        }
        let key = if is_masked {
            let Some((key, after)) = rest.split_first_chunk() else { return Ok(None) };
            rest = after;
            Some(*key)
        } else {
            None
        };
        Ok(Some(Head { is_last, opcode, key, length, size: self.came.len() - rest.len() }))
    }

    /// A message, if this was its last frame.
    fn joined(&mut self, head: &Head, payload: BytesMut) -> Result<Option<Message>, CloseCode> {
        let (whole, is_text) = match self.begun.take() {
            Some((mut whole, is_text)) => {
                whole.extend_from_slice(&payload);
                (whole, is_text)
            }
            None => (payload, head.opcode == TEXT),
        };
        if !head.is_last {
            self.begun = Some((whole, is_text));
            return Ok(None);
        }
        if !is_text {
            return Ok(Some(Message::Binary(whole.freeze())));
        }
        let text = String::from_utf8(whole.into()).map_err(|_| CloseCode::Invalid)?;
        Ok(Some(Message::Text(text)))
    }
}

/// Writes a frame, masked by the key that a client has drawn for it (§5.3).
pub fn write(frame: &Frame, key: Option<[u8; 4]>, out: &mut BytesMut) {
    let reason;
    let (opcode, payload) = match frame {
        Frame::Message(Message::Text(text)) => (TEXT, text.as_bytes()),
        Frame::Message(Message::Binary(bytes)) => (BINARY, &**bytes),
        Frame::Ping(payload) => (PING, &**payload),
        Frame::Pong(payload) => (PONG, &**payload),
        Frame::Close(None) => (CLOSE, &[][..]),
        Frame::Close(Some(word)) => {
            reason = [&u16::from(word.code).to_be_bytes(), word.reason.as_bytes()].concat();
            (CLOSE, &*reason)
        }
    };
    out.reserve(payload.len() + size_of::<[u8; 14]>());
    out.put_u8(LAST | opcode);
    let masked = if key.is_some() { MASKED } else { 0 };
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if usize::from(length) <= SHORT => out.put_u8(masked | length),
        (_, Ok(length)) => {
            out.put_u8(masked | 126);
            out.put_u16(length);
        }
        _ => {
            out.put_u8(masked | 127);
            out.put_u64(payload.len() as u64);
        }
    }
    out.put_slice(key.as_ref().map_or(&[][..], |key| key));
    let begins = out.len();
    out.put_slice(payload);
    if let Some(key) = key {
        mask(&mut out[begins..], key);
    }
}

/// Masks, or takes the mask off: eight bytes at a time.
fn mask(payload: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let twice = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (eights, rest) = payload.as_chunks_mut::<8>();
    for eight in eights {
        *eight = (u64::from_ne_bytes(*eight) ^ twice).to_ne_bytes();
    }
    rest.iter_mut().zip(key.into_iter().cycle()).for_each(|(byte, key)| *byte ^= key);
}

/// What a close says (§5.5.1). A code that may not be said is the other end's mistake.
fn word(payload: &[u8]) -> Result<Option<CloseFrame>, CloseCode> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() { Ok(None) } else { Err(CloseCode::Protocol) };
    };
    let code = CloseCode::from(u16::from_be_bytes(*code));
    let reason = std::str::from_utf8(reason).map_err(|_| CloseCode::Invalid)?;
    Ok(Some(match code.is_allowed() {
        true => CloseFrame { code, reason: reason.into() },
        false => CloseFrame { code: CloseCode::Protocol, reason: "".into() },
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const KEY: [u8; 4] = [1, 2, 4, 8];
    const LIMIT: usize = 100_000;

    fn text(text: &str) -> Frame {
        Frame::Message(Message::Text(text.to_owned()))
    }

    fn written(frame: &Frame, key: Option<[u8; 4]>) -> BytesMut {
        let mut out = BytesMut::new();
        write(frame, key, &mut out);
        out
    }

    #[test]
    fn a_frame_is_read_as_it_was_written_however_it_is_cut() {
        let word = CloseFrame { code: CloseCode::Away, reason: "κόσμε".into() };
        let messages = [0, 1, 7, 125, 126, 65_535, 65_536].map(|length| text(&"x".repeat(length)));
        let others = [
            Frame::Message(Message::Binary(Bytes::from_static(b"\xff\0"))),
            Frame::Ping(Bytes::from_static(b"here?")),
            Frame::Pong(Bytes::new()),
            Frame::Close(None),
            Frame::Close(Some(word)),
        ];
        for (role, key) in [(Role::Server, Some(KEY)), (Role::Client, None)] {
            for cut in [1, 3, 4096, usize::MAX] {
                let mut frames = Frames::new(role, LIMIT, &[]);
                for frame in messages.iter().chain(&others) {
                    let mut read = None;
                    for piece in written(frame, key).chunks(cut) {
                        assert_eq!(read, None);
                        frames.push(piece);
                        read = frames.next().unwrap();
                    }
                    assert!(read.as_ref() == Some(frame));
                }
            }
        }
    }

    #[test]
    fn frames_are_written_as_the_rfc_s_examples_are() {
        let hello = text("Hello");
        assert_eq!(written(&hello, None), b"\x81\x05Hello"[..]);
        let masked = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
        assert_eq!(written(&hello, Some([0x37, 0xfa, 0x21, 0x3d])), masked[..]);
        let long = Frame::Message(Message::Binary(vec![0; 256].into()));
        assert!(written(&long, None).starts_with(b"\x82\x7e\x01\x00"));
        let longer = Frame::Message(Message::Binary(vec![0; 65_536].into()));
        assert!(written(&longer, None).starts_with(b"\x82\x7f\0\0\0\0\0\x01\0\0"));
    }

    #[test]
    fn fragments_become_one_message_and_control_frames_stand_between_them() {
        let mut frames = Frames::new(Role::Client, LIMIT, b"\x01\x02\xe2\x82\x89\x00\x00\x00\x80\x01\xac");
        assert!(frames.next() == Ok(Some(Frame::Ping(Bytes::new()))));
        assert!(frames.next() == Ok(Some(text("€"))));
        assert!(frames.next() == Ok(None));
    }

    #[test]
    fn who_breaks_a_rule_is_told_by_the_code_to_close_with() {
        let size = |length: u64| [&b"\x82\x7f"[..], &length.to_be_bytes()].concat();
        for (bytes, code) in [
            (&b"\xc1\x01a"[..], CloseCode::Protocol),
            (b"\x83\x00", CloseCode::Protocol),
            (b"\x8b\x00", CloseCode::Protocol),
            (b"\x81\x81\0\0\0\0a", CloseCode::Protocol),
            (b"\x80\x01a", CloseCode::Protocol),
            (b"\x01\x01a\x81\x01b", CloseCode::Protocol),
            (b"\x09\x00", CloseCode::Protocol),
            (b"\x89\x7e\x00\x7e", CloseCode::Protocol),
            (b"\x88\x01\x03", CloseCode::Protocol),
            (b"\x88\x03\x03\xe8\xff", CloseCode::Invalid),
            (b"\x81\x01\xff", CloseCode::Invalid),
            (b"\x01\x01\xce\x80\x01\xce", CloseCode::Invalid),
            (&size(LIMIT as u64 + 1), CloseCode::Size),
            (&size(u64::MAX), CloseCode::Size),
        ] {
            let mut frames = Frames::new(Role::Client, LIMIT, bytes);
            assert!(frames.next() == Err(code), "{bytes:?}");
        }
        let fragments = [b"\x02\x7e\xff\xff".as_slice(), &[0; 65_535], b"\x80\x7e\xff\xff"].concat();
        assert!(Frames::new(Role::Client, LIMIT, &fragments).next() == Err(CloseCode::Size));
        assert!(Frames::new(Role::Server, LIMIT, b"\x81\x01a").next() == Err(CloseCode::Protocol));
        let illegal = Frames::new(Role::Client, LIMIT, b"\x88\x02\x03\xed").next();
        assert!(matches!(illegal, Ok(Some(Frame::Close(Some(word)))) if word.code == CloseCode::Protocol));
    }
}
