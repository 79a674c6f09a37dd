//! What a text could hold, by one look at its bytes.
//!
//! Every detector, every wrapping and the needle has an anchor without which it finds nothing: a certain byte, two
//! bytes in a row, so many digits or numbers, a word so long. Most texts have none of them, so they are asked for
//! first. Does not know what is looked for with what. Invariant: a glance may see an anchor that is none, never the
//! other way round.

use super::run;

/// What something looks for. The lower half are bytes; in the upper half, at the place of a byte that comes first,
/// stands what comes next.
pub type Anchors = u64;

/// Digits, colons and beginnings of numbers are counted in one number, each from its place up.
pub const DIGIT: Anchors = 1;
pub const COLON: Anchors = 1 << 22;
/// What is no digit.
const OTHER: Anchors = 1 << 12;

pub const AT: Anchors = 1 << 1;
pub const PERCENT: Anchors = 1 << 2;
/// `\` or `&`: escapes of scripts and pages, and what parts the pairs of a form.
pub const ESCAPE: Anchors = 1 << 3;
pub const EQUALS: Anchors = 1 << 4;
pub const SLASH: Anchors = 1 << 5;
pub const DASH: Anchors = 1 << 6;
pub const DOT: Anchors = 1 << 7;
pub const SPACE: Anchors = 1 << 8;
/// `{`, `[` or `?`: how a document or a query begins.
pub const OPENING: Anchors = 1 << 9;
/// `(`
pub const BRACKET: Anchors = 1 << 10;
/// A letter of base64, in either alphabet.
pub const LETTER: Anchors = 1 << 11;
/// What compressed bytes have and plain words of ASCII do not: a control character, or a byte of a longer one.
pub const BYTE: Anchors = 1 << 13;
/// A byte of a character that may read as another, in a script with digits, stops and dashes of its own.
const FOLDING: Anchors = 1 << 14;
/// What stands between letters of one word of base64 where its lines end; a script writes `\n`.
const BREAK: Anchors = 1 << 15;
const ALPHABETIC: Anchors = 1 << 16;
const NOUGHT: Anchors = 1 << 17;
const PLUS: Anchors = 1 << 18;
/// The last letter of `bearer` and `basic`.
const SCHEME: Anchors = 1 << 19;
const SMALL_E: Anchors = 1 << 20;

/// A number begins.
const NUMBER: Anchors = after(OTHER);
/// `::`, the gap in an address.
pub const GAP: Anchors = after(COLON);
/// `0x`
pub const HEX: Anchors = after(NOUGHT);
/// `a1`
pub const LETTER_AND_DIGIT: Anchors = after(ALPHABETIC);
/// `+1`
pub const PLUS_AND_DIGIT: Anchors = after(PLUS);
/// A word that ends as the name of a scheme does, and a space.
pub const SCHEME_AND_SPACE: Anchors = after(SCHEME);
/// `ey`, which is `{"` in base64.
pub const EY: Anchors = after(SMALL_E);

const BYTES: Anchors = u32::MAX as Anchors;

const COUNTED: Anchors = DIGIT | COLON | NUMBER;
/// So many bytes at most are counted in one number.
const MOST: usize = 1 << 20;

/// What comes after a byte.
const fn after(byte: Anchors) -> Anchors {
    byte << 32
}

const CLASSES: [Anchors; 256] = classes();

/// So long is what is told of words: none that something looks for is shorter.
pub const LONG_WORD: usize = 12;

/// What was seen.
#[derive(Clone, Copy, Debug)]
pub struct Glance {
    anchors: Anchors,
    /// How many digits of ASCII there are.
    pub digits: usize,
    /// How many runs of them.
    pub numbers: usize,
    pub colons: usize,
    /// Whether as many letters of base64 as [`LONG_WORD`] stand in a row, over ends of lines.
    pub long_word: bool,
    /// Whether a character may read as one of ASCII; see [`super::detect::Folded`].
    pub folds: bool,
}

impl Glance {
    /// Rules nothing out.
    pub const ALL: Self = Self {
        anchors: Anchors::MAX,
        digits: usize::MAX,
        numbers: usize::MAX,
        colons: usize::MAX,
        long_word: true,
        folds: true,
    };

    pub fn of(text: &str) -> Self {
        let mut seen = Self { anchors: 0, digits: 0, numbers: 0, colons: 0, long_word: false, folds: false };
        let mut allowed = after(OTHER) | BYTES;
        for part in text.as_bytes().chunks(MOST) {
            let mut counts = 0;
            for byte in part {
                let class = CLASSES[usize::from(*byte)];
                let met = class & allowed;
                seen.anchors |= met;
                counts += met & COUNTED;
                allowed = after(class) | BYTES;
            }
            seen.digits += (counts % COLON) as usize;
            seen.colons += (counts % NUMBER / COLON) as usize;
            seen.numbers += (counts / NUMBER) as usize;
        }
        // What folds to digits may be one, and stand in a word of any length.
        if seen.any(FOLDING) {
            return Self::ALL;
        }
        let in_word = |byte: u8| CLASSES[usize::from(byte)] & (LETTER | BREAK) != 0;
        seen.long_word = run::next(text.as_bytes(), 0, LONG_WORD, in_word).is_some();
        seen
    }

    /// Whether one of these may stand in the text.
    pub const fn any(&self, anchors: Anchors) -> bool {
        self.anchors & anchors != 0
    }

    /// Whether each of these may stand in the text.
    pub const fn all(&self, anchors: Anchors) -> bool {
        self.anchors & anchors == anchors
    }
}

const fn classes() -> [Anchors; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let character = byte as u8;
        classes[byte] = alone(character) | in_a_word(character) | after(second(character));
        byte += 1;
    }
    classes
}

const fn alone(byte: u8) -> Anchors {
    let what = match byte {
        b'0'..=b'9' => return DIGIT,
        b'@' => AT,
        b'%' => PERCENT,
        b'\\' => ESCAPE | BREAK,
        b'&' => ESCAPE,
        b'=' => EQUALS,
        b':' => COLON,
        b'/' => SLASH,
        b'-' => DASH,
        b'.' => DOT,
        b' ' => SPACE,
        b'{' | b'[' | b'?' => OPENING,
        b'(' => BRACKET,
        b'\t' | b'\n' | b'\r' => BREAK,
        b'\x0c' => BYTE | BREAK,
        0..0x20 | 0x7f => BYTE,
        // Letters of Latin and Cyrillic, most ideographs, and what follows such a first byte: they read as themselves.
        0x80..=0xbf | 0xc3 | 0xd0 | 0xd1 | 0xe4..=0xe9 => BYTE,
        0xc0.. => BYTE | FOLDING,
        _ => 0,
    };
    what | OTHER
}

const fn in_a_word(byte: u8) -> Anchors {
    match byte {
        b'0' => LETTER | NOUGHT,
        b'1'..=b'9' | b'/' | b'-' | b'_' => LETTER,
        b'+' => LETTER | PLUS,
        b'e' => LETTER | ALPHABETIC | SMALL_E,
        b'R' | b'r' | b'C' | b'c' => LETTER | ALPHABETIC | SCHEME,
        b'A'..=b'Z' | b'a'..=b'z' => LETTER | ALPHABETIC,
        _ => 0,
    }
}

/// After which bytes it is told that this one came.
const fn second(byte: u8) -> Anchors {
    match byte {
        b'0'..=b'9' => OTHER | ALPHABETIC | PLUS,
        b':' => COLON,
        b'x' | b'X' => NOUGHT,
        b' ' => SCHEME,
        b'y' => SMALL_E,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_stands_in_a_text_is_seen() {
        let glance = Glance::of("width: 223px; a/b-c");
        assert!(glance.all(DIGIT | COLON | SPACE | SLASH | DASH));
        assert!(!glance.any(AT | PERCENT | ESCAPE | EQUALS | DOT | OPENING | BRACKET | BYTE));
        assert!(!glance.any(GAP | HEX | LETTER_AND_DIGIT | PLUS_AND_DIGIT | SCHEME_AND_SPACE | EY));
        assert_eq!((glance.digits, glance.numbers, glance.colons, glance.long_word), (3, 1, 1, false));
        let nothing = Glance::of("");
        assert_eq!((nothing.anchors, nothing.digits, nothing.numbers, nothing.long_word), (0, 0, 0, false));
    }

    #[test]
    fn two_bytes_in_a_row_are_seen() {
        for (text, pair) in [
            ("a::b", GAP),
            ("10x 0X", HEX),
            ("h1", LETTER_AND_DIGIT),
            ("1+1", PLUS_AND_DIGIT),
            ("bearer of", SCHEME_AND_SPACE),
            ("they", EY),
        ] {
            let every = GAP | HEX | LETTER_AND_DIGIT | PLUS_AND_DIGIT | SCHEME_AND_SPACE | EY;
            let glance = Glance::of(text);
            assert!(glance.any(pair) && !glance.any(every & !pair), "{text}");
        }
    }

    proptest! {
        #[test]
        fn digits_numbers_and_long_words_are_counted(text in "[0-9a-f+/. é-]{0,40}", long in "[a-z0-9+/_-]{0,30}") {
            for text in [text, long] {
                let glance = Glance::of(&text);
                let digit = |byte: &&str| !byte.is_empty();
                let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(digit).count();
                let letter = |c: char| c.is_ascii_alphanumeric() || "+/-_".contains(c);
                let long = text.split(|c| !letter(c)).any(|word| word.len() >= LONG_WORD);
                let digits = text.bytes().filter(u8::is_ascii_digit).count();
                prop_assert_eq!((glance.digits, glance.numbers, glance.long_word), (digits, numbers, long), "{}", text);
            }
        }
    }

    #[test]
    fn a_long_text_is_counted_as_a_short_one() {
        let glance = Glance::of(&"12:".repeat(MOST));
        assert_eq!((glance.digits, glance.numbers, glance.colons), (2 * MOST, MOST, MOST));
        // What comes next may come behind the last that was counted.
        let glance = Glance::of(&format!("{}::1", " ".repeat(MOST - 1)));
        assert!(glance.any(GAP) && glance.digits == 1 && glance.numbers == 1 && glance.colons == 2);
    }

    #[test]
    fn what_reads_as_something_else_could_be_anything() {
        for text in ["\u{ff12}", "\u{e9}\u{2013}", "\u{200b}", "\u{aa}"] {
            assert!(Glance::of(text).all(Anchors::MAX) && Glance::of(text).folds, "{text:?}");
        }
        for text in ["caf\u{e9} 7", "\u{434}\u{430} 7", "\u{65e5}7"] {
            let glance = Glance::of(text);
            assert!(glance.any(BYTE) && !glance.any(AT) && !glance.folds && glance.digits == 1, "{text:?}");
        }
    }

    #[test]
    fn no_character_that_reads_as_another_is_overlooked() {
        for character in ('\u{80}'..=char::MAX).map(String::from) {
            let folded = crate::privacy::detect::Folded::new(&character);
            assert!(folded.text() == character || Glance::of(&character).folds, "{character:?}");
        }
    }
}
