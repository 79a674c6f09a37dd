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
const LETTER: Anchors = 1 << 12;
/// No text of ASCII has it: a control character or a byte of a longer one.
pub const BYTE: Anchors = 1 << 13;

const CLASSES: [Anchors; 256] = classes();

/// What was seen.
#[derive(Clone, Copy, Debug)]
pub struct Glance {
    anchors: Anchors,
    /// How many digits of ASCII there are.
    pub digits: usize,
    /// The longest run of base64's letters.
    pub word: usize,
}

impl Glance {
    /// Rules nothing out.
    pub const ALL: Self = Self { anchors: Anchors::MAX, digits: usize::MAX, word: usize::MAX };

    pub fn of(text: &str) -> Self {
        let (mut anchors, mut digits, mut word, mut run) = (0, 0, 0, 0);
        for byte in text.as_bytes() {
            let class = CLASSES[usize::from(*byte)];
            anchors |= class;
            digits += usize::from(class & DIGIT);
            run = if class & LETTER == 0 { 0 } else { run + 1 };
            word = word.max(run);
        }
        // What folds to digits may be one, and stand in a word of any length.
        if anchors & BYTE == 0 { Self { anchors, digits, word } } else { Self::ALL }
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
            b'\\' | b'&' => ESCAPE,
            b'=' => EQUALS,
            b':' => COLON,
            b'/' => SLASH | LETTER,
            b'-' => DASH | LETTER,
            b'.' => DOT,
            b' ' => SPACE,
            b'{' | b'[' | b'?' => OPENING,
            b'(' => BRACKET,
            b'+' | b'_' | b'A'..=b'Z' | b'a'..=b'z' => LETTER,
            b'\t' | b'\n' | b'\r' => 0,
            0..0x20 | 0x7f.. => BYTE,
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
    fn what_is_not_ascii_could_be_anything() {
        for text in ["\u{ff12}", "a\u{1}b", "\u{200b}"] {
            assert!(Glance::of(text).all(Anchors::MAX), "{text:?}");
        }
    }
}
