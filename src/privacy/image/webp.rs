//! WebP (RFC 9649): the chunks that make the picture, its alpha, its colours and its motion.
//!
//! Knows chunks and the frames they nest in. Invariants: the extended header promises what is there and no
//! more, the container's size is right, and nothing follows it.

use super::orientation;
use super::reader::Reader;

/// Bits of the extended header (RFC 9649 §2.7).
const PROFILE: u8 = 0x20;
const ALPHA: u8 = 0x10;
const EXIF: u8 = 0x08;
const MOTION: u8 = 0x02;

/// What an animation's frame says before its own chunks.
const FRAME_HEAD: usize = 16;

pub fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(bytes);
    let _riff: [u8; 4] = reader.array()?;
    let size = usize::try_from(u32::from_le_bytes(reader.array()?)).ok()?;
    let mut reader = Reader::new(reader.take(size)?);
    let mut out = b"RIFF\0\0\0\0".to_vec();
    out.extend_from_slice(reader.take(4)?);
    let mut extended = None;
    let (mut profile, mut picture, mut turn) = (false, false, None);
    while !reader.rest.is_empty() {
        let (name, data) = chunk(&mut reader)?;
        match name {
            b"VP8X" if out.len() == 12 && data.len() == 10 => {
                extended = Some(out.len() + 8);
                write(&mut out, name, &[data])?;
            }
            b"ICCP" if extended.is_some() => {
                profile = true;
                write(&mut out, name, &[data])?;
            }
            b"ALPH" | b"ANIM" if extended.is_some() => write(&mut out, name, &[data])?,
            b"ANMF" if extended.is_some() => {
                picture = true;
                write(&mut out, name, &[&frame(data)?])?;
            }
            b"VP8 " | b"VP8L" if !picture => {
                picture = true;
                write(&mut out, name, &[data])?;
            }
            b"EXIF" if extended.is_some() && turn.is_none() => {
                // Some writers put JPEG's prefix in front.
                turn = orientation::read(data.strip_prefix(b"Exif\0\0").unwrap_or(data));
            }
            _ => {}
        }
    }
    if let Some(turn) = turn {
        write(&mut out, b"EXIF", &[&orientation::write(turn)])?;
    }
    if let Some(at) = extended {
        let promised = out.get(at)? & (ALPHA | MOTION);
        let flags = promised | if profile { PROFILE } else { 0 } | if turn.is_some() { EXIF } else { 0 };
        out.get_mut(at..at + 4)?.copy_from_slice(&[flags, 0, 0, 0]);
    }
    let size = u32::try_from(out.len() - 8).ok()?;
    out.get_mut(4..8)?.copy_from_slice(&size.to_le_bytes());
    picture.then_some(out)
}

/// A frame with the chunks of its picture.
fn frame(data: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(data);
    let mut out = reader.take(FRAME_HEAD)?.to_vec();
    while !reader.rest.is_empty() {
        let (name, data) = chunk(&mut reader)?;
        if matches!(name, b"ALPH" | b"VP8 " | b"VP8L") {
            write(&mut out, name, &[data])?;
        }
    }
    Some(out)
}

/// A chunk's name and data, past its padding.
fn chunk<'b>(reader: &mut Reader<'b>) -> Option<(&'b [u8; 4], &'b [u8])> {
    let name = reader.take(4)?.try_into().ok()?;
    let length = usize::try_from(u32::from_le_bytes(reader.array()?)).ok()?;
    let data = reader.take(length)?;
    // Some writers leave the padding of the last one out.
    if length % 2 == 1 && !reader.rest.is_empty() {
        reader.byte()?;
    }
    Some((name, data))
}

fn write(out: &mut Vec<u8>, name: &[u8; 4], data: &[&[u8]]) -> Option<()> {
    let length = data.iter().map(|part| part.len()).sum::<usize>();
    out.extend_from_slice(name);
    out.extend(u32::try_from(length).ok()?.to_le_bytes());
    data.iter().for_each(|part| out.extend_from_slice(part));
    out.extend((length % 2 == 1).then_some(0));
    Some(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod tests {
    use super::*;

    fn webp(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = b"RIFF\0\0\0\0WEBP".to_vec();
        for (name, data) in chunks {
            write(&mut bytes, name, &[data]).unwrap();
        }
        let size = u32::try_from(bytes.len() - 8).unwrap();
        bytes[4..8].copy_from_slice(&size.to_le_bytes());
        bytes
    }

    fn frame(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        [&[7; FRAME_HEAD], &webp(chunks)[12..]].concat()
    }

    /// A picture that tells all it can.
    pub fn talkative() -> Vec<u8> {
        let moving = frame(&[(b"ALPH", b"a"), (b"VP8 ", b"one"), (b"note", b"CANARY")]);
        let exif = [b"Exif\0\0", &orientation::write(3)[..], b"CANARY"].concat();
        let mut bytes = webp(&[
            (b"VP8X", b"\xff\xff\xff\xff\x01\0\0\x01\0\0"),
            (b"ICCP", b"profile"),
            (b"ANIM", b"\0\0\0\0\0\0"),
            (b"ANMF", &moving),
            (b"EXIF", &exif),
            (b"XMP ", b"CANARY"),
            (b"note", b"CANARY"),
        ]);
        bytes.extend(b"CANARY");
        bytes
    }

    #[test]
    fn the_picture_its_colours_and_its_motion_stay() {
        let left = webp(&[
            (b"VP8X", b"\x3a\0\0\0\x01\0\0\x01\0\0"),
            (b"ICCP", b"profile"),
            (b"ANIM", b"\0\0\0\0\0\0"),
            (b"ANMF", &frame(&[(b"ALPH", b"a"), (b"VP8 ", b"one")])),
            (b"EXIF", &orientation::write(3)),
        ]);
        assert_eq!(strip(&talkative()), Some(left));
    }

    #[test]
    fn a_simple_picture_stays_as_it_is_and_what_follows_it_goes() {
        let simple = webp(&[(b"VP8L", b"pixels!")]);
        assert_eq!(strip(&simple).as_ref(), Some(&simple));
        let more = webp(&[(b"VP8L", b"pixels!"), (b"EXIF", b"x"), (b"VP8 ", b"second")]);
        assert_eq!(strip(&more), Some(simple));
    }

    #[test]
    fn what_has_no_picture_or_a_wrong_length_is_refused() {
        assert_eq!(strip(&webp(&[])), None);
        assert_eq!(strip(&webp(&[(b"EXIF", b"x")])), None);
        assert_eq!(strip(&webp(&[(b"VP8X", b"0123456789"), (b"ANMF", b"short")])), None);
        let mut long = webp(&[(b"VP8 ", b"pixels")]);
        long[4] = 0xff;
        assert_eq!(strip(&long), None);
    }
}
