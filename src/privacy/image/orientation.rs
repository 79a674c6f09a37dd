//! Which way up a picture is: the one thing EXIF says that a picture needs.
//!
//! Knows TIFF's first directory (TIFF 6.0 §2, Exif 2.32 §4.6), as far as the orientation. Invariant: what is written
//! says the orientation and nothing else.

/// The tag of `Orientation`, of type SHORT and count 1.
const TAG: u16 = 0x0112;
const SHORT: u16 = 3;

/// The orientation that a block of EXIF says, where it is not the ordinary one.
pub fn read(tiff: &[u8]) -> Option<u8> {
    type Words = (fn([u8; 2]) -> u16, fn([u8; 4]) -> u32);
    let (word, long): Words = match tiff.get(..2)? {
        b"II" => (u16::from_le_bytes, u32::from_le_bytes),
        b"MM" => (u16::from_be_bytes, u32::from_be_bytes),
        _ => return None,
    };
    let short = |at: usize| Some(word(tiff.get(at..at.checked_add(2)?)?.try_into().ok()?));
    let directory = usize::try_from(long(tiff.get(4..8)?.try_into().ok()?)).ok()?;
    let entries = usize::from(short(directory)?);
    for entry in 0..entries {
        let at = directory.checked_add(2 + entry * 12)?;
        if short(at)? == TAG && short(at.checked_add(2)?)? == SHORT {
            let orientation = short(at.checked_add(8)?)?;
            return u8::try_from(orientation).ok().filter(|value| (2..=8).contains(value));
        }
    }
    None
}

/// A block of EXIF that says an orientation alone.
pub const fn write(orientation: u8) -> [u8; 26] {
    [
        b'M',
        b'M',
        0,
        42,
        0,
        0,
        0,
        8, // big-endian; the directory follows
        0,
        1,
        0x01,
        0x12,
        0,
        3,
        0,
        0,
        0,
        1,
        0,
        orientation,
        0,
        0, // one entry
        0,
        0,
        0,
        0, // no further directory
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back_and_the_ordinary_one_is_not_worth_a_word() {
        for orientation in 2..=8 {
            assert_eq!(read(&write(orientation)), Some(orientation));
        }
        for odd in [0, 1, 9, 255] {
            assert_eq!(read(&write(odd)), None);
        }
    }

    #[test]
    fn both_byte_orders_are_read_and_nonsense_is_not() {
        let little =
            b"II*\0\x08\0\0\0\x02\0\x0f\x01\x02\0\x04\0\0\0Cam\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        assert_eq!(read(little), Some(6));
        for nonsense in
            [&b""[..], b"II", b"MM\0*\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"XX\0*\0\0\0\x08"]
        {
            assert_eq!(read(nonsense), None);
        }
    }
}
