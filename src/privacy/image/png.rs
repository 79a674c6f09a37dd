//! PNG (third edition) and APNG: the chunks that make the picture, its colours and its motion.
//!
//! Knows names, order and lengths of chunks; does not inflate one. Invariant: a chunk that is not on the list does
//! not leave, and one that must be understood refuses the image.

use super::orientation;
use super::reader::Reader;

const SIGNATURE: usize = 8;

/// The name that every colour profile gets: its own may be a person's screen.
const PROFILE: &[u8] = b"icc";

pub fn strip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(bytes);
    let mut out = reader.take(SIGNATURE)?.to_vec();
    let (mut pixels, mut first) = (false, true);
    loop {
        let whole = reader.rest;
        let length = usize::try_from(u32::from_be_bytes(reader.array()?)).ok()?;
        let name: [u8; 4] = reader.array()?;
        let data = reader.take(length)?;
        let _checksum: [u8; 4] = reader.array()?;
        let chunk = whole.get(..length.checked_add(12)?)?;
        if first != (&name == b"IHDR") || !name.iter().all(u8::is_ascii_alphabetic) {
            return None;
        }
        first = false;
        pixels |= &name == b"IDAT";
        match (&name, length) {
            (b"IEND", 0) => {
                out.extend_from_slice(chunk);
                return pixels.then_some(out);
            }
            (b"iCCP", _) => {
                let end = data.iter().take(80).position(|byte| *byte == 0)?;
                write(&mut out, name, &[PROFILE, data.get(end..)?])?;
            }
            (b"eXIf", _) => {
                if let Some(turn) = orientation::read(data) {
                    write(&mut out, name, &[&orientation::write(turn)])?;
                }
            }
            _ if is_picture(&name, length) => out.extend_from_slice(chunk),
            // A small first letter: a picture is right without it (§5.4).
            _ if name[0].is_ascii_lowercase() => {}
            _ => return None,
        }
    }
}

/// Chunks of the picture, each of the length it may have.
const fn is_picture(name: &[u8; 4], length: usize) -> bool {
    match name {
        b"IHDR" => length == 13,
        b"PLTE" => length <= 768,
        b"IDAT" => true,
        b"tRNS" => length <= 256,
        b"gAMA" | b"cICP" => length == 4,
        b"cHRM" => length == 32,
        b"sRGB" => length == 1,
        b"bKGD" => length <= 6,
        b"pHYs" => length == 9,
        b"sBIT" => length <= 4,
        b"acTL" => length == 8,
        b"fcTL" => length == 26,
        b"fdAT" => length >= 4,
        _ => false,
    }
}

fn write(out: &mut Vec<u8>, name: [u8; 4], data: &[&[u8]]) -> Option<()> {
    let length = u32::try_from(data.iter().map(|part| part.len()).sum::<usize>()).ok()?;
    out.extend(length.to_be_bytes());
    let start = out.len();
    out.extend(name);
    data.iter().for_each(|part| out.extend_from_slice(part));
    let checksum = checksum(out.get(start..)?);
    out.extend(checksum.to_be_bytes());
    Some(())
}

/// CRC-32 over a chunk's name and data (annex D).
fn checksum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = table();
    !bytes.iter().fold(!0, |sum: u32, byte| TABLE[usize::from(sum as u8 ^ byte)] ^ (sum >> 8))
}

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut sum = index as u32;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub mod tests {
    use super::*;

    const HEAD: (&[u8; 4], &[u8]) = (b"IHDR", b"\0\0\0\x01\0\0\0\x01\x08\0\0\0\0");
    const PIXELS: (&[u8; 4], &[u8]) = (b"IDAT", b"\x78\x9cpixels");
    const END: (&[u8; 4], &[u8]) = (b"IEND", b"");

    fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
        for (name, data) in chunks {
            write(&mut bytes, **name, &[data]).unwrap();
        }
        bytes
    }

    /// A picture that tells all it can.
    pub fn talkative() -> Vec<u8> {
        let exif = [&orientation::write(8)[..], b"CANARY"].concat();
        let mut bytes = png(&[
            HEAD,
            (b"iCCP", b"CANARY's screen\0\0profile"),
            (b"gAMA", b"\0\x01\x02\x03"),
            (b"bKGD", b"CANARY!"),
            (b"tEXt", b"Author\0CANARY"),
            (b"zTXt", b"Author\0CANARY"),
            (b"iTXt", b"XML:com.adobe.xmp\0CANARY"),
            (b"eXIf", &exif),
            (b"tIME", b"CANARY!"),
            (b"prVt", b"CANARY"),
            PIXELS,
            (b"fcTL", &[0; 26]),
            (b"fdAT", b"\0\0\0\x01pixels"),
            (b"tEXt", b"Comment\0CANARY"),
            END,
        ]);
        bytes.extend(b"CANARY");
        bytes
    }

    #[test]
    fn the_picture_its_colours_and_its_motion_stay() {
        let left = png(&[
            HEAD,
            (b"iCCP", b"icc\0\0profile"),
            (b"gAMA", b"\0\x01\x02\x03"),
            (b"eXIf", &orientation::write(8)),
            PIXELS,
            (b"fcTL", &[0; 26]),
            (b"fdAT", b"\0\0\0\x01pixels"),
            END,
        ]);
        assert_eq!(strip(&talkative()), Some(left));
    }

    #[test]
    fn a_chunk_that_must_be_understood_and_is_not_refuses_the_image() {
        for chunks in [
            &[PIXELS, END][..],
            &[HEAD, END],
            &[HEAD, (b"CgBI", b"\0"), PIXELS, END],
            &[HEAD, (b"ID\0T", b""), PIXELS, END],
            &[HEAD, HEAD, PIXELS, END],
            &[HEAD, PIXELS, (b"IEND", b"x")],
            &[HEAD, (b"iCCP", b"no end"), PIXELS, END],
        ] {
            assert_eq!(strip(&png(chunks)), None);
        }
    }

    #[test]
    fn the_checksum_is_the_one_of_the_standard() {
        assert_eq!(checksum(b"IEND"), 0xae42_6082);
    }
}
