//! Sixty-four bytes told apart into classes.
//!
//! Written without a branch and without a table, so that the compiler compares sixteen bytes and more at a time on any machine. Knows bytes
//! and the few before each; does not know what becomes of a class. Invariant: every byte by which a glance tells that a text has more
//! than words is loud; some that are not may be, to be found quicker.

/// The bytes of a block, whose bits make one number.
pub const BLOCK: usize = u64::BITS as usize;

/// How many bytes before a block decide about its first.
pub const REACH: usize = 4;

/// A block, and the bytes before it.
pub type Window = [u8; REACH + BLOCK];

/// Which bytes of a block are of a class: bit *i* for byte *i*.
#[derive(Clone, Copy)]
pub struct Classes {
    /// Quotes, backslashes and control characters: they end the plain part of a JSON string.
    pub stops: u64,
    /// What is neither a letter of ASCII, a space nor a mark that nobody looks for; and the space behind a word that ends as
    /// `bearer` and `basic` do.
    pub loud: u64,
    /// What else words of base64 are made of.
    pub letters: u64,
}

const STOP: u32 = 0;
const LOUD: u32 = 1;
const LETTER: u32 = 2;

impl Classes {
    pub fn of(window: &Window) -> Self {
        let mut flags = [0; BLOCK];
        for (at, flags) in flags.iter_mut().enumerate() {
            let before = |places: usize| window[at + REACH - places];
            let byte = before(0);
            let loud = is_telling(byte) | is_end_of_scheme(before(4), before(3), before(2), before(1), byte);
            *flags = u8::from(is_stop(byte)) << STOP
                | u8::from(loud) << LOUD
                | u8::from(is_letter(byte)) << LETTER;
        }
        Self { stops: bits(&flags, STOP), loud: bits(&flags, LOUD), letters: bits(&flags, LETTER) }
    }
}

pub const fn is_stop(byte: u8) -> bool {
    (byte < b' ') | (byte == b'"') | (byte == b'\\')
}

/// In ranges: `$%&'(`, `-./0123456789:;<=>?@`, `[\{|`, control characters and bytes of longer ones.
pub const fn is_telling(byte: u8) -> bool {
    within(byte, b'$', b'(')
        | within(byte, b'-', b'@')
        | within(byte & !CASE, b'[', b'\\')
        | (byte < b' ')
        | (byte > b'~')
}

pub const fn is_letter(byte: u8) -> bool {
    within(byte | CASE, b'a', b'z') | (byte == b'_') | (byte == b'+')
}

/// Whether a byte is the space behind `arer`, `asic` or a mix of both, in any case.
const fn is_end_of_scheme(first: u8, second: u8, third: u8, last: u8, byte: u8) -> bool {
    let (first, second, third, last) = (first | CASE, second | CASE, third | CASE, last | CASE);
    (byte == b' ')
        & (first == b'a')
        & ((second == b'r') | (second == b's'))
        & ((third == b'e') | (third == b'i'))
        & ((last == b'r') | (last == b'c'))
}

/// What tells the cases of a letter apart.
const CASE: u8 = 0x20;

const fn within(byte: u8, from: u8, to: u8) -> bool {
    byte.wrapping_sub(from) <= to - from
}

/// The bits of one flag: the lowest of each of eight bytes are multiplied into one byte.
fn bits(flags: &[u8; BLOCK], flag: u32) -> u64 {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let eights = flags.as_chunks::<8>().0.iter().zip(0..);
    eights.fold(0, |bits, (eight, at)| {
        let ones = u64::from_le_bytes(*eight) >> flag & ONES;
        bits | ones.wrapping_mul(GATHER) >> 56 << (8 * at)
    })
}
