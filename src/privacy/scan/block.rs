//! Which of sixty-four bytes end the plain part of a JSON string.
//!
//! Written without a branch and without a table, so that the compiler compares sixteen bytes and more at a time on
//! any machine. Does not know JSON.

/// The bytes of a block, whose bits make one number.
pub const BLOCK: usize = u64::BITS as usize;

/// The bytes that are quotes, backslashes or control characters: bit *i* for byte *i*.
pub fn stops(block: &[u8; BLOCK]) -> u64 {
    let flags = block.map(|byte| u8::from(is_stop(byte)));
    let eights = flags.as_chunks::<8>().0.iter().zip(0..);
    // The lowest bits of eight bytes are multiplied into one byte.
    let gathered = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    eights.fold(0, |bits, (eight, at)| bits | gathered(eight) << (8 * at))
}

pub const fn is_stop(byte: u8) -> bool {
    (byte < b' ') | (byte == b'"') | (byte == b'\\')
}
