//! GIF (89a): its frames, their timing and how often they repeat.
//!
//! Knows blocks; does not undo LZW. Invariant: of extensions only the frames' timing and the number of repeats leave,
//! and nothing after the trailer.

use super::reader::Reader;

const FRAME: u8 = 0x2c;
const EXTENSION: u8 = 0x21;
const TRAILER: u8 = 0x3b;
const TIMING: u8 = 0xf9;
const APPLICATION: u8 = 0xff;

/// Who defined the number of repeats, and the size and kind of the block that says it.
const REPEATS: &[u8] = b"\x0bNETSCAPE2.0\x03\x01";

pub fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(bytes);
    let mut out = Vec::with_capacity(bytes.len());
    let head = reader.take(13)?;
    out.extend_from_slice(head);
    out.extend_from_slice(reader.take(colours(*head.get(10)?))?);
    let mut frames = false;
    loop {
        // Some writers leave the trailer out.
        let kind = if reader.rest.is_empty() { TRAILER } else { reader.byte()? };
        match kind {
            FRAME => {
                frames = true;
                let head: [u8; 9] = reader.array()?;
                out.push(FRAME);
                out.extend(head);
                out.extend_from_slice(reader.take(colours(head[8]))?);
                out.push(reader.byte()?);
                out.extend_from_slice(blocks(&mut reader)?);
            }
            EXTENSION => {
                let label = reader.byte()?;
                let body = blocks(&mut reader)?;
                match (label, body) {
                    (TIMING, [4, _, _, _, _, 0]) => {
                        out.extend([EXTENSION, label]);
                        out.extend_from_slice(body);
                    }
                    (APPLICATION, body) if body.starts_with(REPEATS) => {
                        let repeats = body.get(REPEATS.len()..REPEATS.len() + 2)?;
                        out.extend([EXTENSION, label]);
                        out.extend_from_slice(REPEATS);
                        out.extend_from_slice(repeats);
                        out.push(0);
                    }
                    _ => {}
                }
            }
            TRAILER => {
                out.push(TRAILER);
                return frames.then_some(out);
            }
            _ => return None,
        }
    }
}

/// Bytes of the table of colours that packed fields promise.
const fn colours(packed: u8) -> usize {
    if packed & 0x80 == 0 { 0 } else { 3 << ((packed & 7) + 1) }
}

/// A row of data blocks, with the empty one that ends it.
fn blocks<'b>(reader: &mut Reader<'b>) -> Option<&'b [u8]> {
    let start = reader.rest;
    let mut length = 0;
    loop {
        let size = usize::from(reader.byte()?);
        reader.take(size)?;
        length += 1 + size;
        if size == 0 {
            return start.get(..length);
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    const HEAD: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff";
    const LOOP: &[u8] = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0";
    const TIME: &[u8] = b"\x21\xf9\x04\0\x0a\0\0\0";
    const PICTURE: &[u8] = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";

    /// A picture that tells all it can.
    pub fn talkative() -> Vec<u8> {
        [
            HEAD,
            b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\x06CANARY\0",
            b"\x21\xfe\x06CANARY\x06CANARY\0",
            b"\x21\xff\x0bXMP DataXMP\x06CANARY\0",
            b"\x21\xfb\x06CANARY\0",
            TIME,
            b"\x21\xf9\x06CANARY\0",
            PICTURE,
            b"\x21\x01\x0c0123456789ab\x06CANARY\0",
            PICTURE,
            b"\x3bCANARY",
        ]
        .concat()
    }

    #[test]
    fn frames_and_their_timing_stay() {
        assert_eq!(strip(&talkative()), Some([HEAD, LOOP, TIME, PICTURE, PICTURE, b"\x3b"].concat()));
    }

    #[test]
    fn what_has_no_whole_frame_or_an_unknown_block_is_refused() {
        assert_eq!(strip(&[HEAD, b"\x3b"].concat()), None);
        assert_eq!(strip(&[HEAD, PICTURE, b"\0\x3b"].concat()), None);
        assert_eq!(strip(HEAD), None);
        let picture = [HEAD, PICTURE].concat();
        for end in 0..picture.len() {
            assert_eq!(strip(&picture[..end]), None, "cut at {end}");
        }
        assert_eq!(strip(&picture), Some([&picture[..], b"\x3b"].concat()));
    }
}
