//! Content codings (RFC 9110 §8.4.1) undone as they stream.
//!
//! Knows bytes; does not know what they say or how they arrive. Invariants: never more is held than a step gives,
//! never more given than the bytes that came may hold, and a stream that is cut short or followed by anything ends in
//! an error.

use std::io::Write;

use brotli::{BrotliDecompressStream, BrotliResult, BrotliState, HeapAlloc, HuffmanCode};
use flate2::write::MultiGzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{DParameter, Decoder as Zstd, InBuffer, Operation, OutBuffer};

use super::coding::{Coding, ZSTD_WINDOW_LOG};
use crate::privacy::refusal::Refusal;

/// What is undone at a time: so many bytes in, and so many out where the decoder lets its reader choose.
const STEP: usize = 8 * 1024;
/// How many bytes each one that came may stand for; scripts and styles stand for 3 to 10.
const RATIO: u64 = 200;
/// What a stream may hold however short it is.
const LEAST: u64 = 1 << 20;
/// As many as a request may have upon one another.
const MOST_CODINGS: usize = 4;

/// The codings of one body, the last that was put on first.
pub struct Undoing {
    layers: Vec<Layer>,
    came: u64,
    gave: u64,
}

struct Layer {
    name: String,
    /// `deflate` shows at its beginning which of two codings it is.
    beginning: Vec<u8>,
    decoder: Option<Decoder>,
}

enum Decoder {
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    Inflate { state: Box<Decompress>, ended: bool },
    Brotli { state: Box<Brotli>, ended: bool },
    Zstd { state: Zstd<'static>, ended: bool },
}

type Brotli = BrotliState<HeapAlloc<u8>, HeapAlloc<u32>, HeapAlloc<HuffmanCode>>;

impl Undoing {
    /// The codings by the names that a message declares, in the order they were put on.
    pub fn new(names: &[String]) -> Result<Self, Refusal> {
        if names.len() > MOST_CODINGS {
            return Err(Refusal::TooDeep);
        }
        if names.iter().any(|name| Coding::named(name, b"").is_none()) {
            return Err(Refusal::UnknownEncoding);
        }
        let layer = |name: &String| Layer { name: name.clone(), beginning: Vec::new(), decoder: None };
        Ok(Self { layers: names.iter().rev().map(layer).collect(), came: 0, gave: 0 })
    }

    /// Undoes what came next.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Refusal> {
        for step in bytes.chunks(STEP) {
            self.came += step.len() as u64;
            let mut current = step.to_vec();
            for layer in &mut self.layers {
                let most = LEAST + RATIO * self.came - self.gave.min(RATIO * self.came);
                current = layer.push(&current, usize::try_from(most).unwrap_or(usize::MAX))?;
            }
            self.gave += current.len() as u64;
            if self.gave > LEAST + RATIO * self.came {
                return Err(Refusal::TooLarge);
            }
            out.append(&mut current);
        }
        Ok(())
    }

    /// Nothing more comes.
    pub fn finish(self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        // A body of nothing was never coded.
        if self.came == 0 {
            return Ok(());
        }
        let mut current = Vec::new();
        for mut layer in self.layers {
            current = layer.push(&current, usize::MAX)?;
            current.append(&mut layer.finish()?);
        }
        out.append(&mut current);
        Ok(())
    }
}

impl Layer {
    fn push(&mut self, bytes: &[u8], most: usize) -> Result<Vec<u8>, Refusal> {
        let decoder = match &mut self.decoder {
            Some(decoder) => decoder,
            None => {
                self.beginning.extend_from_slice(bytes);
                if self.beginning.len() < 2 && self.name == "deflate" {
                    return Ok(Vec::new());
                }
                let coding = Coding::named(&self.name, &self.beginning).ok_or(Refusal::UnknownEncoding)?;
                let beginning = std::mem::take(&mut self.beginning);
                return self.decoder.insert(Decoder::new(coding)?).push(&beginning, most);
            }
        };
        decoder.push(bytes, most)
    }

    fn finish(self) -> Result<Vec<u8>, Refusal> {
        self.decoder.ok_or(Refusal::BrokenEncoding)?.finish()
    }
}

impl Decoder {
    fn new(coding: Coding) -> Result<Self, Refusal> {
        Ok(match coding {
            Coding::Gzip => Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            Coding::Zlib | Coding::Deflate => {
                let state = Box::new(Decompress::new(coding == Coding::Zlib));
                Self::Inflate { state, ended: false }
            }
            Coding::Brotli => {
                let (bytes, words) = (HeapAlloc::new(0), HeapAlloc::new(0));
                let state = Brotli::new(bytes, words, HeapAlloc::new(HuffmanCode::default()));
                Self::Brotli { state: Box::new(state), ended: false }
            }
            Coding::Zstd => {
                let mut state = Zstd::new().map_err(|_| Refusal::BrokenEncoding)?;
                let window = DParameter::WindowLogMax(ZSTD_WINDOW_LOG);
                state.set_parameter(window).map_err(|_| Refusal::BrokenEncoding)?;
                Self::Zstd { state, ended: false }
            }
        })
    }

    fn push(&mut self, bytes: &[u8], most: usize) -> Result<Vec<u8>, Refusal> {
        let mut out = Vec::new();
        let mut rest = bytes;
        let mut room = vec![0; STEP];
        while !rest.is_empty() || !out.is_empty() {
            let (read, written) = match self {
                Self::Gzip(decoder) => {
                    decoder.write_all(rest).map_err(|_| Refusal::BrokenEncoding)?;
                    out.append(decoder.get_mut());
                    rest = &[];
                    (0, 0)
                }
                Self::Inflate { ended: true, .. } | Self::Brotli { ended: true, .. } if !rest.is_empty() => {
                    return Err(Refusal::BrokenEncoding);
                }
                Self::Inflate { state, ended } => inflate(state, ended, rest, &mut room)?,
                Self::Brotli { state, ended } => unbrotli(state, ended, rest, &mut room)?,
                Self::Zstd { state, ended } => unzstd(state, ended, rest, &mut room)?,
            };
            rest = &rest[read..];
            out.extend_from_slice(&room[..written]);
            if out.len() > most {
                return Err(Refusal::TooLarge);
            }
            if rest.is_empty() && written < room.len() {
                break;
            }
        }
        Ok(out)
    }

    fn finish(self) -> Result<Vec<u8>, Refusal> {
        match self {
            Self::Gzip(mut decoder) => {
                decoder.try_finish().map_err(|_| Refusal::BrokenEncoding)?;
                Ok(std::mem::take(decoder.get_mut()))
            }
            Self::Inflate { ended, .. } | Self::Brotli { ended, .. } | Self::Zstd { ended, .. } => {
                if ended {
                    Ok(Vec::new())
                } else {
                    Err(Refusal::BrokenEncoding)
                }
            }
        }
    }
}

/// How much was read and written.
type Step = Result<(usize, usize), Refusal>;

fn inflate(state: &mut Decompress, ended: &mut bool, bytes: &[u8], room: &mut [u8]) -> Step {
    let (read, written) = (state.total_in(), state.total_out());
    let status = state.decompress(bytes, room, FlushDecompress::None);
    *ended = status.map_err(|_| Refusal::BrokenEncoding)? == Status::StreamEnd;
    let since = |now: u64, before: u64| usize::try_from(now - before).unwrap_or(0);
    Ok((since(state.total_in(), read), since(state.total_out(), written)))
}

fn unbrotli(state: &mut Brotli, ended: &mut bool, bytes: &[u8], room: &mut [u8]) -> Step {
    let (mut left, mut read, mut space, mut written, mut total) = (bytes.len(), 0, room.len(), 0, 0);
    let result = BrotliDecompressStream(
        &mut left,
        &mut read,
        bytes,
        &mut space,
        &mut written,
        room,
        &mut total,
        state,
    );
    *ended = matches!(result, BrotliResult::ResultSuccess);
    if let BrotliResult::ResultFailure = result { Err(Refusal::BrokenEncoding) } else { Ok((read, written)) }
}

fn unzstd(state: &mut Zstd<'_>, ended: &mut bool, bytes: &[u8], room: &mut [u8]) -> Step {
    let (mut from, mut to) = (InBuffer::around(bytes), OutBuffer::around(room));
    let left = state.run(&mut from, &mut to).map_err(|_| Refusal::BrokenEncoding)?;
    // Whole frames may follow one another.
    *ended = left == 0;
    Ok((from.pos(), to.pos()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVERY: [(&str, Coding); 5] = [
        ("gzip", Coding::Gzip),
        ("deflate", Coding::Zlib),
        ("deflate", Coding::Deflate),
        ("br", Coding::Brotli),
        ("zstd", Coding::Zstd),
    ];

    fn undone(names: &[&str], chunks: &[&[u8]]) -> Result<Vec<u8>, Refusal> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let (mut undoing, mut out) = (Undoing::new(&names)?, Vec::new());
        for chunk in chunks {
            undoing.push(chunk, &mut out)?;
        }
        undoing.finish(&mut out)?;
        Ok(out)
    }

    proptest! {
        #[test]
        fn cut_anywhere_the_same_is_undone(words in prop::collection::vec("[a-c]{1,9}", 0..400), cut in any::<prop::sample::Index>()) {
            let text = words.concat().into_bytes();
            for (name, coding) in EVERY {
                let coded = coding.encode(&text).unwrap();
                let (first, last) = coded.split_at(cut.index(coded.len()));
                prop_assert_eq!(undone(&[name], &[first, last]), Ok(text.clone()), "{:?}", coding);
            }
        }
    }

    #[test]
    fn byte_by_byte_and_one_upon_another_is_the_same() {
        let text = b"function a(){return 'https://eu.vendor.example'}".repeat(500);
        for (name, coding) in EVERY {
            let coded = coding.encode(&text).unwrap();
            let bytes: Vec<&[u8]> = coded.chunks(1).collect();
            assert_eq!(undone(&[name], &bytes).unwrap(), text, "{coding:?}");
            let twice = Coding::Gzip.encode(&coded).unwrap();
            assert_eq!(undone(&[name, "gzip"], &[&twice]).unwrap(), text, "{coding:?}");
        }
        assert_eq!(undone(&["gzip"], &[]), Ok(Vec::new()));
    }

    #[test]
    fn a_stream_that_is_cut_or_followed_by_anything_ends_in_an_error() {
        for (name, coding) in EVERY {
            let coded = coding.encode(b"a page view and a click").unwrap();
            for end in 1..coded.len() {
                assert_eq!(
                    undone(&[name], &[&coded[..end]]),
                    Err(Refusal::BrokenEncoding),
                    "{coding:?} {end}"
                );
            }
            assert_eq!(undone(&[name], &[&coded, b"{}"]), Err(Refusal::BrokenEncoding), "{coding:?}");
        }
        assert_eq!(undone(&["compress"], &[b"x"]), Err(Refusal::UnknownEncoding));
        assert_eq!(undone(&["gzip"; 5], &[b"x"]), Err(Refusal::TooDeep));
    }

    #[test]
    fn a_bomb_ends_soon() {
        let zeros = vec![0; 8 << 20];
        for (name, coding) in EVERY {
            assert_eq!(
                undone(&[name], &[&coding.encode(&zeros).unwrap()]),
                Err(Refusal::TooLarge),
                "{coding:?}"
            );
        }
    }
}
