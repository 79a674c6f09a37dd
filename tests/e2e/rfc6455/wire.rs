//! Frames as bytes, right or wrong, and the strict reading of those that privet sends.
//!
//! Shares no code with the server it looks at. Invariant: whatever of privet's is not as RFC 6455 §5 says fails the
//! test that reads it.

use tokio::io::{AsyncRead, AsyncReadExt};

pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;

/// A frame to send.
#[derive(Clone, Debug)]
pub struct Frame {
    pub opcode: u8,
    pub payload: Vec<u8>,
    last: bool,
    reserved: u8,
    length: Length,
    /// Masked where the sender must not, unmasked where it must.
    wrongly_masked: bool,
}

/// How a frame tells its length.
#[derive(Clone, Copy, Debug)]
enum Length {
    Fewest,
    /// In two bytes or eight, whatever it is.
    In(u8),
    /// In eight bytes, and it is not true.
    Claimed(u64),
}

pub fn frame(opcode: u8, payload: impl Into<Vec<u8>>) -> Frame {
    let (last, reserved, wrongly_masked) = (true, 0, false);
    Frame { opcode, payload: payload.into(), last, reserved, length: Length::Fewest, wrongly_masked }
}

pub fn text(payload: impl Into<Vec<u8>>) -> Frame {
    frame(TEXT, payload)
}

pub fn binary(payload: impl Into<Vec<u8>>) -> Frame {
    frame(BINARY, payload)
}

pub fn more(payload: impl Into<Vec<u8>>) -> Frame {
    frame(CONTINUATION, payload)
}

pub fn ping(payload: impl Into<Vec<u8>>) -> Frame {
    frame(PING, payload)
}

pub fn pong(payload: impl Into<Vec<u8>>) -> Frame {
    frame(PONG, payload)
}

/// A close with a code and a reason.
pub fn close(code: u16, reason: &str) -> Frame {
    frame(CLOSE, [&code.to_be_bytes(), reason.as_bytes()].concat())
}

impl Frame {
    /// With others to follow.
    pub fn unfinished(self) -> Self {
        Self { last: false, ..self }
    }

    /// With reserved bits: 4 is RSV1, 2 RSV2, 1 RSV3.
    pub fn reserved(self, reserved: u8) -> Self {
        Self { reserved, ..self }
    }

    /// With its length in so many bytes.
    pub fn length_in(self, bytes: u8) -> Self {
        Self { length: Length::In(bytes), ..self }
    }

    pub fn claiming(self, length: u64) -> Self {
        Self { length: Length::Claimed(length), ..self }
    }

    pub fn wrongly_masked(self) -> Self {
        Self { wrongly_masked: true, ..self }
    }

    pub fn bytes(&self, from_client: bool) -> Vec<u8> {
        let masked = from_client != self.wrongly_masked;
        let mask_bit = if masked { 0x80 } else { 0 };
        let length = self.payload.len() as u64;
        let mut bytes = vec![u8::from(self.last) << 7 | self.reserved << 4 | self.opcode];
        match (self.length, length) {
            (Length::Fewest, 0..=125) => bytes.push(mask_bit | length as u8),
            (Length::Fewest, 126..=0xffff) | (Length::In(2), _) => {
                bytes.push(mask_bit | 126);
                bytes.extend((length as u16).to_be_bytes());
            }
            (Length::Claimed(length), _) | (_, length) => {
                bytes.push(mask_bit | 127);
                bytes.extend(length.to_be_bytes());
            }
        }
        let mask = if masked { [0x37, 0xfa, 0x21, 0x3d] } else { [0; 4] };
        bytes.extend(mask.iter().filter(|_| masked));
        bytes.extend(self.payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        bytes
    }
}

/// What an end hears: `TEXT` or `BINARY`, and the payload.
pub type Message = (u8, Vec<u8>);

/// All that privet said to one end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub messages: Vec<Message>,
    pub pongs: Vec<Vec<u8>>,
    /// The payload of the close, once it came.
    pub close: Option<Vec<u8>>,
    /// The masks of all frames.
    pub masks: Vec<[u8; 4]>,
}

impl Heard {
    /// Hears up to a close or the end of the connection.
    pub async fn all(socket: &mut (impl AsyncRead + Unpin), as_client: bool) -> Self {
        let mut heard = Self::default();
        let mut unfinished: Option<Message> = None;
        while let Some((first, payload, mask)) = read(socket, as_client).await {
            heard.masks.extend(mask);
            assert_eq!(first & 0x70, 0, "reserved bits are set");
            let (opcode, last) = (first & 0x0f, first & 0x80 != 0);
            assert!(opcode < CLOSE || (last && payload.len() <= 125), "a control frame is large or cut");
            match (opcode, &mut unfinished) {
                (TEXT | BINARY, None) => unfinished = Some((opcode, payload)),
                (CONTINUATION, Some((_, whole))) => whole.extend(payload),
                (PING, _) => continue,
                (PONG, _) => heard.pongs.push(payload),
                (CLOSE, _) => {
                    heard.close = Some(payload);
                    break;
                }
                _ => panic!("opcode {opcode} came at the wrong time"),
            }
            if opcode < CLOSE && last {
                heard.messages.extend(unfinished.take());
            }
        }
        heard
    }
}

/// The next frame's first byte, payload and mask.
async fn read(
    socket: &mut (impl AsyncRead + Unpin),
    as_client: bool,
) -> Option<(u8, Vec<u8>, Option<[u8; 4]>)> {
    let first = socket.read_u8().await.ok()?;
    let second = socket.read_u8().await.ok()?;
    assert_eq!(second & 0x80 != 0, !as_client, "a client masks, a server does not");
    let length = match second & 0x7f {
        126 => u64::from(socket.read_u16().await.ok()?),
        127 => socket.read_u64().await.ok()?,
        length => u64::from(length),
    };
    let told_in = match length {
        0..=125 => second & 0x7f < 126,
        126..=0xffff => second & 0x7f == 126,
        _ => true,
    };
    assert!(told_in, "a length is told in more bytes than needed");
    let mut mask = [0; 4];
    if !as_client {
        socket.read_exact(&mut mask).await.ok()?;
    }
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    socket.read_exact(&mut payload).await.ok()?;
    payload.iter_mut().zip(mask.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    Some((first, payload, (!as_client).then_some(mask)))
}
