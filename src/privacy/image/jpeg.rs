//! JPEG (ITU T.81, JFIF, Exif): the tables and scans that make the picture, and colour.
//!
//! Knows markers; does not know what the entropy-coded data says. Invariant: of application segments only JFIF
//! without its thumbnail, Adobe's colour transform, the colour profile and the orientation are left, and nothing
//! after the end.

use super::orientation;
use super::reader::Reader;

const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const EXIF: &[u8] = b"Exif\0\0";
const PROFILE: &[u8] = b"ICC_PROFILE\0";
const JFIF: &[u8] = b"JFIF\0";

/// Of `APP14`, what Adobe defined: the name, a version, flags and the colour transform.
const ADOBE_LENGTH: usize = 12;

pub fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(bytes);
    let mut out = reader.array::<2>()?.to_vec();
    let (mut frame, mut scan, mut turned, mut jfif) = (false, false, false, false);
    loop {
        let marker = marker(&mut reader)?;
        if marker == END {
            out.extend([0xff, END]);
            return (frame && scan).then_some(out);
        }
        let length = usize::from(u16::from_be_bytes(reader.array()?)).checked_sub(2)?;
        let payload = reader.take(length)?;
        match marker {
            0xe0 if payload.starts_with(JFIF) && !jfif => {
                jfif = true;
                // The last two bytes are a thumbnail's width and height.
                let density = payload.get(..12)?;
                segment(&mut out, marker, &[density, &[0, 0]])?;
            }
            0xe1 if payload.starts_with(EXIF) && !turned => {
                if let Some(turn) = orientation::read(payload.get(EXIF.len()..)?) {
                    turned = true;
                    segment(&mut out, marker, &[EXIF, &orientation::write(turn)])?;
                }
            }
            0xe2 if payload.starts_with(PROFILE) => segment(&mut out, marker, &[payload])?,
            0xee if payload.starts_with(b"Adobe") => {
                segment(&mut out, marker, &[payload.get(..ADOBE_LENGTH)?])?;
            }
            // Frames and tables.
            0xc0..=0xc7 | 0xc9..=0xcf | 0xdb..=0xdf => {
                frame |= !matches!(marker, 0xc4 | 0xcc | 0xdb..=0xdf);
                segment(&mut out, marker, &[payload])?;
            }
            SCAN => {
                scan = true;
                segment(&mut out, marker, &[payload])?;
                out.extend_from_slice(entropy(&mut reader)?);
            }
            // Other application data, comments, and what was reserved and never defined.
            0xe0..=0xfe => {}
            _ => return None,
        }
    }
}

/// The next marker, past its fill bytes.
fn marker(reader: &mut Reader<'_>) -> Option<u8> {
    if reader.byte()? != 0xff {
        return None;
    }
    loop {
        match reader.byte()? {
            0xff => {}
            marker => return Some(marker),
        }
    }
}

/// Entropy-coded data: up to a marker that is no restart and no escaped `0xff`.
fn entropy<'b>(reader: &mut Reader<'b>) -> Option<&'b [u8]> {
    let bytes = reader.rest;
    let end =
        memchr::memchr_iter(0xff, bytes).find(|at| !matches!(bytes.get(at + 1), Some(0x00 | 0xd0..=0xd7)))?;
    reader.take(end)
}

fn segment(out: &mut Vec<u8>, marker: u8, payload: &[&[u8]]) -> Option<()> {
    let length = u16::try_from(payload.iter().map(|part| part.len()).sum::<usize>() + 2).ok()?;
    out.extend([0xff, marker]);
    out.extend(length.to_be_bytes());
    payload.iter().for_each(|part| out.extend_from_slice(part));
    Some(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod tests {
    use super::*;

    fn jpeg(segments: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = b"\xff\xd8".to_vec();
        for (marker, payload) in segments {
            segment(&mut bytes, *marker, &[payload]).unwrap();
            if *marker == SCAN {
                bytes.extend(b"\x12\xff\x00\x34\xff\xd0\x56");
            }
        }
        bytes.extend([0xff, END]);
        bytes
    }

    const ADOBE: &[u8] = b"Adobe\0\x64\0\0\0\0\x01";
    const PLAIN: &[u8] = b"JFIF\0\x01\x02\x01\0\x48\0\x48\0\0";
    const FRAME: (u8, &[u8]) = (0xc0, b"\x08\0\x01\0\x01\x01\x01\x11\0");
    const SCANS: [(u8, &[u8]); 2] = [(SCAN, b"\x01\x01\0\0\x3f\0"), (SCAN, b"\x01\x02\0\0\x3f\0")];

    /// A photograph that tells all it can, turned some way.
    pub fn talkative(turn: u8) -> Vec<u8> {
        let exif = [EXIF, &orientation::write(turn)[..], b"GPS CANARY \xff\xd8\xff thumbnail"].concat();
        let mut bytes = jpeg(&[
            (0xe0, b"JFIF\0\x01\x02\x01\0\x48\0\x48\x01\x01CANARY"),
            (0xe0, b"JFXX\0\x10CANARY"),
            (0xe1, &exif),
            (0xe1, b"http://ns.adobe.com/xap/1.0/\0CANARY"),
            (0xe2, b"ICC_PROFILE\0\x01\x01profile"),
            (0xe2, b"MPF\0CANARY"),
            (0xed, b"Photoshop 3.0\0CANARY"),
            (0xee, b"Adobe\0\x64\0\0\0\0\x01CANARY"),
            (0xf0, b"CANARY"),
            (0xfe, b"CANARY"),
            (0xdb, b"\0table"),
            FRAME,
            (0xc4, b"\0table"),
            SCANS[0],
            (0xfe, b"CANARY"),
            SCANS[1],
        ]);
        bytes.extend(b"\xff\xd8\xff second picture CANARY");
        bytes
    }

    #[test]
    fn the_picture_stays_byte_for_byte_and_which_way_up_it_is() {
        let left = |exif: &[u8]| {
            let mut segments = vec![(0xe0, PLAIN)];
            segments.extend((!exif.is_empty()).then_some((0xe1, exif)));
            segments.extend([(0xe2, &b"ICC_PROFILE\0\x01\x01profile"[..]), (0xee, ADOBE)]);
            segments.extend([(0xdb, &b"\0table"[..]), FRAME, (0xc4, b"\0table"), SCANS[0], SCANS[1]]);
            jpeg(&segments)
        };
        let turned = [EXIF, &orientation::write(6)[..]].concat();
        assert_eq!(strip(&talkative(6)), Some(left(&turned)));
        assert_eq!(strip(&talkative(1)), Some(left(&[])));
    }

    #[test]
    fn fill_bytes_before_a_marker_are_no_part_of_the_picture() {
        let plain = jpeg(&[FRAME, SCANS[0]]);
        let mut filled = b"\xff\xd8".to_vec();
        filled.extend([0xff, 0xff]);
        filled.extend_from_slice(&plain[2..]);
        assert_eq!(strip(&filled), Some(plain));
    }

    #[test]
    fn what_is_no_whole_picture_is_refused() {
        assert_eq!(strip(&jpeg(&[])), None);
        assert_eq!(strip(&jpeg(&[FRAME])), None);
        assert_eq!(strip(&jpeg(&[SCANS[0]])), None);
        assert_eq!(strip(b"\xff\xd8\xff\xe1\0\x01"), None);
        assert_eq!(strip(b"\xff\xd8\xff\xe1\xff\xff"), None);
        assert_eq!(strip(b"\xff\xd8\xff\xd8"), None);
    }
}
