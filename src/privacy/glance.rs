//! What a text could hold, by one look at its bytes.
//!
//! Every detector, every wrapping and the needle has an anchor without which it finds nothing: a certain byte, so many digits, a
//! word so long. Most texts have none of them, so they are asked for first. Does not know what is looked for with what.
//! Invariant: a glance may see an anchor that is none, never the other way round.

/// Bytes that something looks for.
pub type Anchors = u16;

pub const DIGIT: Anchors = 1;
pub const AT: Anchors = 1 << 1;
pub const PERCENT: Anchors = 1 << 2;
/// `\` or `&`: escapes of scripts and pages, and what parts the pairs of a form.
pub const ESCAPE: Anchors = 1 << 3;
pub const EQUALS: Anchors = 1 << 4;
pub const COLON: Anchors = 1 << 5;
pub const SLASH: Anchors = 1 << 6;
pub const DASH: Anchors = 1 << 7;
pub const DOT: Anchors = 1 << 8;
pub const SPACE: Anchors = 1 << 9;
/// `{`, `[` or `?`: how a document or a query begins.
pub const OPENING: Anchors = 1 << 10;
/// `(`
pub const BRACKET: Anchors = 1 << 11;
/// A letter of base64, in either alphabet.
pub const LETTER: Anchors = 1 << 12;
/// What compressed bytes have and plain words of ASCII do not: a control character, or a byte of a longer one.
pub const BYTE: Anchors = 1 << 13;
/// A byte of a character that may read as another, in a script with digits, stops and dashes of its own.
const FOLDING: Anchors = 1 << 14;
/// What stands between letters of one word of base64 where its lines end; a script writes `\n`.
const BREAK: Anchors = 1 << 15;

const CLASSES: [Anchors; 256] = classes();

/// What was seen.
#[derive(Clone, Copy, Debug)]
pub struct Glance {
    anchors: Anchors,
    /// How many digits of ASCII there are.
    pub digits: usize,
    /// The longest run of base64's letters, over ends of lines.
    pub word: usize,
    /// Whether a character may read as one of ASCII; see [`super::detect::Folded`].
    pub folds: bool,
}

impl Glance {
    /// Rules nothing out.
    pub const ALL: Self = Self { anchors: Anchors::MAX, digits: usize::MAX, word: usize::MAX, folds: true };

    pub fn of(text: &str) -> Self {
        let (mut anchors, mut digits, mut word, mut run) = (0, 0, 0, 0);
        for byte in text.as_bytes() {
            let class = CLASSES[usize::from(*byte)];
            anchors |= class;
            digits += usize::from(class & DIGIT);
            run = if class & (LETTER | BREAK) == 0 { 0 } else { run + usize::from(class & LETTER != 0) };
            word = word.max(run);
        }
        // What folds to digits may be one, and stand in a word of any length.
        if anchors & FOLDING == 0 { Self { anchors, digits, word, folds: false } } else { Self::ALL }
    }

    /// Whether one of these bytes may stand in the text.
    pub const fn any(&self, anchors: Anchors) -> bool {
        self.anchors & anchors != 0
    }

    /// Whether each of these bytes may stand in the text.
    pub const fn all(&self, anchors: Anchors) -> bool {
        self.anchors & anchors == anchors
    }
}

const fn classes() -> [Anchors; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let character = byte as u8;
        classes[byte] = match character {
            b'0'..=b'9' => DIGIT | LETTER,
            b'@' => AT,
            b'%' => PERCENT,
            b'\\' => ESCAPE | BREAK,
            b'&' => ESCAPE,
            b'=' => EQUALS,
            b':' => COLON,
            b'/' => SLASH | LETTER,
            b'-' => DASH | LETTER,
            b'.' => DOT,
            b' ' => SPACE,
            b'{' | b'[' | b'?' => OPENING,
            b'(' => BRACKET,
            b'+' | b'_' | b'A'..=b'Z' | b'a'..=b'z' => LETTER,
            b'\t' | b'\n' | b'\r' => BREAK,
            b'\x0c' => BYTE | BREAK,
            0..0x20 | 0x7f => BYTE,
            // Letters of Latin and Cyrillic, most ideographs, and what follows such a first byte: they read as themselves.
            0x80..=0xbf | 0xc3 | 0xd0 | 0xd1 | 0xe4..=0xe9 => BYTE,
            0xc0.. => BYTE | FOLDING,
            _ => 0,
        };
        byte += 1;
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_text_is_seen() {
        let glance = Glance::of("width: 223px; a/b-c");
        assert!(glance.all(DIGIT | COLON | SPACE | SLASH | DASH));
        assert!(!glance.any(AT | PERCENT | ESCAPE | EQUALS | DOT | OPENING | BRACKET | BYTE));
        assert_eq!((glance.digits, glance.word), (3, 5));
        let nothing = Glance::of("");
        assert_eq!((nothing.anchors, nothing.digits, nothing.word), (0, 0, 0));
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
