//! Text in UTF-16 read as if it were a byte a sign, and written back the same.
//!
//! Knows what browsers take for UTF-16 (WHATWG Encoding §6.1: a mark at the beginning beats every label). Invariant:
//! what is read and not changed is written back bit for bit, lone surrogates and a last odd byte included.

use crate::privacy::wrapping::charset::Charset;

/// Signs beyond ASCII are three bytes, none of which is ASCII.
const BEYOND: u16 = 0x80;

/// A text that may be in UTF-16.
#[derive(Debug)]
pub struct Wide {
    /// What the label says, until the beginning says otherwise.
    charset: Option<Charset>,
    begun: bool,
    /// Bytes of a unit that is not complete, on the way in and on the way out.
    unread: Vec<u8>,
    unwritten: Vec<u8>,
}

impl Wide {
    pub const fn new(labelled: Option<Charset>) -> Self {
        Self { charset: labelled, begun: false, unread: Vec::new(), unwritten: Vec::new() }
    }

    /// The bytes as they are looked at; `None`: as they came.
    pub fn read(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        if !self.begun {
            self.unread.extend_from_slice(bytes);
            if self.unread.len() < 2 {
                return Some(Vec::new());
            }
            self.begun = true;
            let marked = match self.unread[..] {
                [0xff, 0xfe, ..] => Some(Charset::Utf16Le),
                [0xfe, 0xff, ..] => Some(Charset::Utf16Be),
                _ => None,
            };
            self.charset = marked.or(self.charset);
            let all = std::mem::take(&mut self.unread);
            return Some(self.narrow(&all).unwrap_or(all));
        }
        self.narrow(bytes)
    }

    /// What was held of a unit when nothing more comes; it is no text.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.unread)
    }

    /// Writes what was looked at as it came.
    pub fn write(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let Some(unit) = self.bytes_of() else { return out.extend_from_slice(text) };
        for byte in text {
            self.unwritten.push(*byte);
            match self.unwritten[..] {
                [plain] if plain < 0x80 => out.extend(unit(plain.into())),
                [first, second, third] => {
                    let bits = |byte: u8| u16::from(byte & 0x3f);
                    out.extend(unit(u16::from(first) << 12 | bits(second) << 6 | bits(third)));
                }
                _ => continue,
            }
            self.unwritten.clear();
        }
    }

    fn narrow(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let unit = match self.charset? {
            Charset::Utf16Le => u16::from_le_bytes,
            Charset::Utf16Be => u16::from_be_bytes,
            Charset::Utf8 | Charset::Latin1 => return None,
        };
        let mut narrow = Vec::with_capacity(bytes.len());
        for byte in bytes {
            self.unread.push(*byte);
            if let [first, second] = self.unread[..] {
                match unit([first, second]) {
                    plain if plain < BEYOND => narrow.push(plain as u8),
                    wide => narrow.extend([
                        0xe0 | (wide >> 12) as u8,
                        0x80 | (wide >> 6 & 0x3f) as u8,
                        0x80 | (wide & 0x3f) as u8,
                    ]),
                }
                self.unread.clear();
            }
        }
        Some(narrow)
    }

    fn bytes_of(&self) -> Option<fn(u16) -> [u8; 2]> {
        match self.charset? {
            Charset::Utf16Le => Some(u16::to_le_bytes),
            Charset::Utf16Be => Some(u16::to_be_bytes),
            Charset::Utf8 | Charset::Latin1 => None,
        }
    }
}
