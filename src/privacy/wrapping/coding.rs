//! Content codings (RFC 9110 §8.4.1): gzip, deflate, br and zstd, undone within a limit and put back.
//!
//! Knows bytes; does not know what they say. Invariants: no more than the limit is ever decoded, and a stream that
//! is cut short or followed by anything is not decoded at all.

use std::io::{Cursor, Read};

use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, HeapAlloc, HuffmanCode};
use flate2::{Compression, Decompress, FlushDecompress, Status};

use crate::privacy::refusal::Refusal;

/// One coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// RFC 1952.
    Gzip,
    /// RFC 1950, which HTTP calls deflate.
    Zlib,
    /// RFC 1951, which some senders call deflate.
    Deflate,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

/// How much may still be decoded in one request, all layers together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    left: usize,
    /// What was decoded so far.
    pub spent: usize,
}

impl Allowance {
    pub const fn new(left: usize) -> Self {
        Self { left, spent: 0 }
    }

    pub fn decode(&mut self, coding: Coding, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        let mut decoded = Vec::new();
        let outcome = coding.decode_to(&mut decoded, bytes, self.left);
        // A stream that breaks late has cost as much as a whole one.
        self.left = self.left.saturating_sub(decoded.len());
        outcome?;
        self.spent += decoded.len();
        Ok(decoded)
    }
}

/// Compressed bytes that travel as text, a character a byte.
pub fn latin1(text: &str) -> Option<(Coding, Vec<u8>)> {
    let byte = |character: char| u8::try_from(character).ok();
    let start: Vec<u8> = text.chars().take(BEGINNING + 2).map_while(byte).collect();
    let coding = Coding::recognized(&start)?;
    let bytes: Option<Vec<u8>> = text.chars().map(byte).collect();
    bytes.map(|bytes| (coding, bytes))
}

/// So many bytes tell a text from what is compressed: of ten million streams, one has no control among them.
const BEGINNING: usize = 64;

/// Whether a control that is no space stands among the first bytes, of ASCII, or of Latin-1 if they are no UTF-8.
fn holds_controls(bytes: &[u8]) -> bool {
    let bytes = &bytes[..bytes.len().min(BEGINNING)];
    let is_broken = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_some());
    bytes.iter().any(|byte| match byte {
        0..=0x1f | 0x7f => !byte.is_ascii_whitespace(),
        0x80..=0x9f => is_broken,
        _ => false,
    })
}

/// What compressed bytes begin with, and no text holds, a character a byte.
const MARKS: [&str; 2] = ["\u{1f}\u{8b}\u{8}", "(\u{b5}/\u{fd}"];

/// Whether compressed bytes stand amid a text: nobody knows where they end.
pub fn holds_packed(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark))
}

/// RFC 9659 §3: a larger window is nothing that HTTP may use.
pub const ZSTD_WINDOW_LOG: u32 = 23;

/// How hard gzip, raw deflate and brotli try: of a recording a quarter to a third of what their usual 6 and 5 cost,
/// for a tenth more bytes.
const QUALITY: u32 = 2;

/// The first level of zstd makes a recording as small as the third, which is the usual one.
const ZSTD_LEVEL: i32 = 1;

/// What a decoder gives at a time.
const STEP: usize = 32 * 1024;

impl Coding {
    /// The coding of a name in `Content-Encoding`, or in a parameter that plays its part.
    pub fn named(name: &str, bytes: &[u8]) -> Option<Self> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" | "gzip-js" | "gz" => Self::Gzip,
            "deflate" | "zlib" if is_zlib(bytes) => Self::Zlib,
            "deflate" | "deflate-raw" => Self::Deflate,
            "zlib" => Self::Zlib,
            "br" | "brotli" => Self::Brotli,
            "zstd" => Self::Zstd,
            _ => return None,
        })
    }

    /// The coding that bytes begin like. Neither a raw deflate stream nor a brotli one has a beginning of its own.
    pub fn recognized(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, 0x08, ..] => Some(Self::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Self::Zstd),
            [0x78, 0x01 | 0x9c | 0xda, ..] => Some(Self::Zlib),
            // The header of the levels 2 to 5 is a word as well, but no text goes on so.
            [b'x', b'^', rest @ ..] if holds_controls(rest) => Some(Self::Zlib),
            _ => None,
        }
    }

    /// The same, and what a text may begin like, too: whoever asks goes on with the text if it is none.
    pub fn supposed(bytes: &[u8]) -> Option<Self> {
        Self::recognized(bytes).or_else(|| bytes.starts_with(b"x^").then_some(Self::Zlib))
    }

    /// Undoes the coding, up to a little more than `limit` bytes; what was decoded is there however it ends.
    fn decode_to(self, decoded: &mut Vec<u8>, bytes: &[u8], limit: usize) -> Result<(), Refusal> {
        match self {
            Self::Gzip => read(decoded, flate2::bufread::MultiGzDecoder::new(bytes), limit),
            Self::Zlib => inflate(decoded, bytes, true, limit),
            Self::Deflate => inflate(decoded, bytes, false, limit),
            Self::Brotli => brotli(decoded, bytes, limit),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(bytes).map_err(|_| Refusal::BrokenEncoding)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|_| Refusal::BrokenEncoding)?;
                read(decoded, decoder, limit)
            }
        }
    }

    /// Undoes the coding by itself.
    #[cfg(test)]
    pub fn decode(self, bytes: &[u8], limit: usize) -> Result<Vec<u8>, Refusal> {
        Allowance::new(limit).decode(self, bytes)
    }

    pub fn encode(self, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        let encoded = match self {
            Self::Gzip => all(flate2::bufread::GzEncoder::new(bytes, Compression::new(QUALITY))),
            // Below this level its header would be `x^`, which not everybody recognizes.
            Self::Zlib => all(flate2::bufread::ZlibEncoder::new(bytes, Compression::default())),
            Self::Deflate => all(flate2::bufread::DeflateEncoder::new(bytes, Compression::new(QUALITY))),
            Self::Brotli => all(brotli::CompressorReader::new(Cursor::new(bytes), STEP, QUALITY, 22)),
            Self::Zstd => zstd::encode_all(bytes, ZSTD_LEVEL).ok(),
        };
        encoded.ok_or(Refusal::BrokenEncoding)
    }
}

fn all(mut encoder: impl Read) -> Option<Vec<u8>> {
    let mut encoded = Vec::new();
    encoder.read_to_end(&mut encoded).ok().map(|_| encoded)
}

/// The header of RFC 1950 §2.2 that holds a window and a checksum of itself.
fn is_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [method, flags, ..]
        if method & 0x0f == 8 && method >> 4 <= 7 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31))
}

/// Reads a decoder that knows its own end to it.
fn read(decoded: &mut Vec<u8>, decoder: impl Read, limit: usize) -> Result<(), Refusal> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    decoder.take(most).read_to_end(decoded).map_err(|_| Refusal::BrokenEncoding)?;
    if decoded.len() > limit { Err(Refusal::TooLarge) } else { Ok(()) }
}

fn inflate(decoded: &mut Vec<u8>, bytes: &[u8], zlib: bool, limit: usize) -> Result<(), Refusal> {
    let mut decoder = Decompress::new(zlib);
    loop {
        let taken = usize::try_from(decoder.total_in()).unwrap_or(usize::MAX);
        let input = bytes.get(taken..).ok_or(Refusal::BrokenEncoding)?;
        let before = decoded.len();
        decoded.reserve(STEP);
        let status = decoder.decompress_vec(input, decoded, FlushDecompress::None);
        if decoded.len() > limit {
            return Err(Refusal::TooLarge);
        }
        match status.map_err(|_| Refusal::BrokenEncoding)? {
            Status::StreamEnd if decoder.total_in() == bytes.len() as u64 => return Ok(()),
            Status::Ok if decoder.total_in() > taken as u64 || decoded.len() > before => {}
            _ => return Err(Refusal::BrokenEncoding),
        }
    }
}

fn brotli(decoded: &mut Vec<u8>, bytes: &[u8], limit: usize) -> Result<(), Refusal> {
    let mut state = BrotliState::new(
        HeapAlloc::<u8>::new(0),
        HeapAlloc::<u32>::new(0),
        HeapAlloc::<HuffmanCode>::new(HuffmanCode::default()),
    );
    let (mut left, mut taken, mut total) = (bytes.len(), 0, 0);
    let mut step = vec![0; STEP];
    loop {
        let (mut room, mut written) = (step.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut taken,
            bytes,
            &mut room,
            &mut written,
            &mut step,
            &mut total,
            &mut state,
        );
        decoded.extend_from_slice(&step[..written]);
        if decoded.len() > limit {
            return Err(Refusal::TooLarge);
        }
        match result {
            BrotliResult::ResultSuccess if left == 0 => return Ok(()),
            BrotliResult::NeedsMoreOutput => {}
            _ => return Err(Refusal::BrokenEncoding),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const EVERY: [Coding; 5] = [Coding::Gzip, Coding::Zlib, Coding::Deflate, Coding::Brotli, Coding::Zstd];

    #[test]
    fn what_is_put_back_opens_to_the_same_bytes() {
        let text = "a page view and a click, ".repeat(4000);
        for coding in EVERY {
            for bytes in [b"".as_slice(), b"x", text.as_bytes()] {
                let encoded = coding.encode(bytes).unwrap();
                assert_eq!(coding.decode(&encoded, text.len()).unwrap(), bytes, "{coding:?}");
            }
        }
    }

    #[test]
    fn a_stream_that_is_cut_or_followed_by_anything_is_refused() {
        for coding in EVERY {
            let encoded = coding.encode(b"{\"event\":\"page\",\"n\":[1,2,3]}").unwrap();
            for end in 0..encoded.len() {
                assert_eq!(
                    coding.decode(&encoded[..end], 1000),
                    Err(Refusal::BrokenEncoding),
                    "{coding:?} {end}"
                );
            }
            let followed = [&encoded[..], b"{}"].concat();
            assert_eq!(coding.decode(&followed, 1000), Err(Refusal::BrokenEncoding), "{coding:?}");
        }
    }

    #[test]
    fn a_bomb_ends_at_the_limit() {
        let zeros = vec![0; 16 << 20];
        for coding in EVERY {
            let bomb = coding.encode(&zeros).unwrap();
            assert!(bomb.len() < 64 * 1024);
            assert_eq!(coding.decode(&bomb, 1 << 20), Err(Refusal::TooLarge), "{coding:?}");
        }
    }

    #[test]
    fn a_stream_that_breaks_late_is_paid_for() {
        let mut broken = Coding::Zlib.encode(&[b' '; 1000]).unwrap();
        *broken.last_mut().unwrap() ^= 1;
        let mut allowance = Allowance::new(2500);
        for outcome in [Refusal::BrokenEncoding, Refusal::BrokenEncoding, Refusal::TooLarge] {
            assert_eq!(allowance.decode(Coding::Zlib, &broken), Err(outcome));
        }
    }

    #[test]
    fn a_gzip_of_several_members_is_one() {
        let two = [Coding::Gzip.encode(b"{\"a\":").unwrap(), Coding::Gzip.encode(b"1}").unwrap()].concat();
        assert_eq!(Coding::Gzip.decode(&two, 100).unwrap(), b"{\"a\":1}");
    }

    #[test]
    fn deflate_is_what_it_is_and_not_what_it_is_called() {
        let (zlib, raw) = (Coding::Zlib.encode(b"abc").unwrap(), Coding::Deflate.encode(b"abc").unwrap());
        assert_eq!(Coding::named("Deflate", &zlib), Some(Coding::Zlib));
        assert_eq!(Coding::named("deflate", &raw), Some(Coding::Deflate));
        assert_eq!(Coding::named("identity", &raw), None);
    }

    #[test]
    fn zlib_of_every_level_is_recognized() {
        let text = b"{\"event\":\"page\",\"properties\":{\"ip\":\"203.0.113.77\",\"n\":[1,2,3]}}";
        for level in 1..=9 {
            let packed = all(flate2::bufread::ZlibEncoder::new(&text[..], Compression::new(level))).unwrap();
            assert_eq!(Coding::recognized(&packed), Some(Coding::Zlib), "{level}");
            let characters: String = packed.iter().copied().map(char::from).collect();
            assert_eq!(latin1(&characters), Some((Coding::Zlib, packed)), "{level}");
        }
    }

    #[test]
    fn text_is_not_recognized_as_anything() {
        for text in
            ["", "x", "x^2", "x^2\r\n\u{fc}ber y \u{2013} \u{c0}", "x y", "xylophone", "{}", "(\u{b5}"]
        {
            assert_eq!(Coding::recognized(text.as_bytes()), None, "{text}");
        }
    }
}
