//! Content codings, put on and taken off by the codecs themselves.
//!
//! Knows the names of `Content-Encoding`; does not know how the engine reads them. Invariant: no more than `MOST` bytes
//! are ever taken out.

use std::io::{Cursor, Read, Write};

use flate2::Compression;
use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

/// More than any law lets leave.
const MOST: u64 = 4 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Gzip,
    /// As HTTP means `deflate`.
    Zlib,
    /// As some senders mean it.
    Deflate,
    Brotli,
    Zstd,
}

impl Coding {
    pub const ALL: [Self; 5] = [Self::Gzip, Self::Zlib, Self::Deflate, Self::Brotli, Self::Zstd];

    /// The name it is declared by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zlib | Self::Deflate => "deflate",
            Self::Brotli => "br",
            Self::Zstd => "zstd",
        }
    }

    pub fn pack(self, bytes: &[u8]) -> Vec<u8> {
        let packed = match self {
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(bytes).and_then(|()| encoder.finish())
            }
            Self::Zlib => {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(bytes).and_then(|()| encoder.finish())
            }
            Self::Deflate => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(bytes).and_then(|()| encoder.finish())
            }
            Self::Brotli => {
                let mut packed = Vec::new();
                let parameters = brotli::enc::BrotliEncoderParams { quality: 1, ..Default::default() };
                brotli::BrotliCompress(&mut Cursor::new(bytes), &mut packed, &parameters).map(|_| packed)
            }
            Self::Zstd => zstd::encode_all(bytes, 1),
        };
        packed.expect("memory takes every byte")
    }

    /// What the bytes hold, if they are whole.
    pub fn unpack(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut unpacked = Vec::new();
        let read = match self {
            Self::Gzip => MultiGzDecoder::new(bytes).take(MOST).read_to_end(&mut unpacked),
            Self::Zlib => ZlibDecoder::new(bytes).take(MOST).read_to_end(&mut unpacked),
            Self::Deflate => DeflateDecoder::new(bytes).take(MOST).read_to_end(&mut unpacked),
            Self::Brotli => brotli::Decompressor::new(bytes, 4096).take(MOST).read_to_end(&mut unpacked),
            Self::Zstd => zstd::Decoder::new(bytes).ok()?.take(MOST).read_to_end(&mut unpacked),
        };
        read.ok().map(|_| unpacked)
    }
}
