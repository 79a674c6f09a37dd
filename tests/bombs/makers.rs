//! Bombs, made without ever holding what they hold.
//!
//! Each coding's own way to say one letter many times. Invariant: each is a whole stream that a patient reader could
//! decode.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// What a large bomb holds: 25 times the ordinary body limit.
pub const DECODED: usize = 200 << 20;

const PIECE: usize = 128 << 10;
const LETTER: u8 = b' ';

/// Blocks of RFC 1951, each of which stands alone and so can be said again, and an empty last one.
pub fn deflate(decoded: usize) -> Vec<u8> {
    let mut piece = Vec::with_capacity(PIECE);
    let mut compress = Compress::new(Compression::best(), false);
    compress.compress_vec(&[LETTER; PIECE], &mut piece, FlushCompress::Full).unwrap();
    [piece.repeat(decoded / PIECE).as_slice(), b"\x03\x00"].concat()
}

pub fn gzip(decoded: usize) -> Vec<u8> {
    let (mut one, mut all) = (Crc::new(), Crc::new());
    one.update(&[LETTER; PIECE]);
    (0..decoded / PIECE).for_each(|_| all.combine(&one));
    let head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff";
    let size = u32::try_from(decoded).unwrap();
    [&head[..], &deflate(decoded), &all.sum().to_le_bytes(), &size.to_le_bytes()].concat()
}

pub fn zlib(decoded: usize) -> Vec<u8> {
    let (n, letter) = (decoded as u64, u64::from(LETTER));
    let (a, b) = ((1 + n * letter) % 65521, (n + letter * (n * (n + 1) / 2 % 65521)) % 65521);
    let sum = u32::try_from(b << 16 | a).unwrap();
    [b"\x78\x9c", &deflate(decoded)[..], &sum.to_be_bytes()].concat()
}

/// 200 MiB of spaces, which this crate's encoder takes long to write: `brotli -q 11 -w 24`.
pub fn brotli() -> Vec<u8> {
    include_bytes!("200MiB.br").to_vec()
}

/// Blocks of RFC 8878 that repeat a byte, in a frame that asks for a window of two to this power.
pub fn zstd(decoded: usize, window: u8) -> Vec<u8> {
    const BLOCK: usize = 128 << 10;
    let blocks = decoded / BLOCK;
    let block = |number: usize| {
        let head = u32::try_from(BLOCK << 3 | 1 << 1 | usize::from(number + 1 == blocks)).unwrap();
        let [a, b, c, _] = head.to_le_bytes();
        [a, b, c, LETTER]
    };
    let head = [0x28, 0xb5, 0x2f, 0xfd, 0, (window - 10) << 3];
    head.into_iter().chain((0..blocks).flat_map(block)).collect()
}

/// The same with a sum at the end that is wrong: all of it is decoded before that is known.
pub fn broken(mut bomb: Vec<u8>) -> Vec<u8> {
    let last = bomb.len() - 1;
    bomb[last] ^= 1;
    bomb
}

pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// A character a byte, as scripts put compressed bytes into JSON.
pub fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

pub fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn bombs_are_whole_streams() {
    use std::io::Read;
    let holds = |mut decoder: Box<dyn Read>| {
        let mut all = Vec::new();
        decoder.read_to_end(&mut all).unwrap();
        assert!(all.len() == 2 * PIECE && all.iter().all(|byte| *byte == LETTER));
    };
    let bytes = |bomb: Vec<u8>| std::io::Cursor::new(bomb);
    holds(Box::new(flate2::bufread::GzDecoder::new(bytes(gzip(2 * PIECE)))));
    holds(Box::new(flate2::bufread::ZlibDecoder::new(bytes(zlib(2 * PIECE)))));
    holds(Box::new(flate2::bufread::DeflateDecoder::new(bytes(deflate(2 * PIECE)))));
    holds(Box::new(zstd::Decoder::with_buffer(bytes(zstd(2 * PIECE, 20))).unwrap()));
    let mut beginning = brotli::Decompressor::new(bytes(brotli()), 4096).take(2 * PIECE as u64);
    let mut all = Vec::new();
    beginning.read_to_end(&mut all).unwrap();
    assert!(all.len() == 2 * PIECE && all.iter().all(|byte| *byte == LETTER));
}
