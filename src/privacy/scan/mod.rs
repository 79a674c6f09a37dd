//! Where in a text something stands that has to be looked at, found sixty-four bytes at a time.
//!
//! `block` tells bytes apart. Does not know JSON, nor what is looked for. Invariant: in a stretch that is quiet there is nothing that a
//! detector, the needle of an address with digits, or another reading of the text could find; two bits are kept of each byte, and nothing else.

mod block;

use std::ops::Range;

use block::{BLOCK, Classes, REACH, Window};

/// An index of a text.
#[derive(Debug)]
pub struct Index(Vec<Marks>);

/// Bit *i* is for byte *i* of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Marks {
    /// Bytes that end the plain part of a JSON string.
    stops: u64,
    /// Bytes that may begin, end or be something that is looked for.
    loud: u64,
}

impl Index {
    pub fn of(text: &str) -> Self {
        let (blocks, rest) = text.as_bytes().as_chunks::<BLOCK>();
        let mut marks = Vec::with_capacity(blocks.len() + 1);
        let mut reader = Reader { window: [0; REACH + BLOCK], words: Words::default() };
        marks.extend(blocks.iter().map(|block| reader.read(block)));
        // Past the end stand control characters, so that a search always ends.
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        marks.push(reader.read(&last));
        Self(marks)
    }

    /// The first quote, backslash or control character from a place on; the text's end, or a place past it, if there is none.
    #[inline]
    pub fn stop(&self, from: usize) -> usize {
        let (mut block, bit) = (from / BLOCK, from % BLOCK);
        let mut stops = self.0.get(block).map_or(1, |marks| marks.stops >> bit << bit);
        while stops == 0 {
            block += 1;
            stops = self.0.get(block).map_or(1, |marks| marks.stops);
        }
        block * BLOCK + stops.trailing_zeros() as usize
    }

    /// Whether nothing stands in a stretch but words, and none that could be anything else.
    pub fn is_quiet(&self, span: Range<usize>) -> bool {
        let (first, last) = (span.start / BLOCK, span.end / BLOCK);
        let Some(marks) = self.0.get(first..=last) else { return false };
        let from = u64::MAX << (span.start % BLOCK);
        let to = !(u64::MAX << (span.end % BLOCK));
        match marks {
            [only] => only.loud & from & to == 0,
            [head, middle @ .., tail] => {
                head.loud & from == 0 && tail.loud & to == 0 && middle.iter().all(|marks| marks.loud == 0)
            }
            [] => true,
        }
    }
}

/// Reads block after block.
struct Reader {
    window: Window,
    words: Words,
}

impl Reader {
    fn read(&mut self, block: &[u8; BLOCK]) -> Marks {
        self.window.copy_within(BLOCK.., 0);
        self.window[REACH..].copy_from_slice(block);
        let Classes { stops, loud, letters } = Classes::of(&self.window);
        Marks { stops, loud: loud | self.words.long(letters) }
    }
}

/// The letters of the block before, and where runs of two and four of them end: words reach over a block's end.
#[derive(Default)]
struct Words {
    letters: u64,
    two: u64,
    four: u64,
}

impl Words {
    /// The twelfth letter of each word and all that follow: what is shorter is no base64.
    fn long(&mut self, letters: u64) -> u64 {
        let two = letters & shifted(letters, self.letters, 1);
        let four = two & shifted(two, self.two, 2);
        let eight = four & shifted(four, self.four, 4);
        let twelve = eight & shifted(four, self.four, 8);
        *self = Self { letters, two, four };
        twelve
    }
}

/// Bits so many places further on, with those that come over from the block before.
const fn shifted(bits: u64, before: u64, places: u32) -> u64 {
    bits << places | before >> (u64::BITS - places)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::block::{is_letter, is_stop, is_telling};
    use super::*;
    use crate::privacy::detect;
    use crate::privacy::glance::{Glance, LETTER, SPACE};
    use crate::privacy::wrapping;

    /// Texts with what the index looks for, at all places in a block.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "a",
            "the ",
            "bearer ",
            "BASIC ",
            "arer ",
            "dTp4",
            "abcdefghijk",
            "abcdefghijkl",
            "_+",
            "\"",
            "\\",
            "\u{1}",
            "\n",
            "1",
            "@",
            "é",
            "~",
            "$",
            ", ",
            ";",
            "<",
            ">",
            "!",
            "#",
            "*",
            ")",
            "]",
            "^",
            "`",
            "|",
            "}",
            "\u{7f}",
            " ",
            "\t",
        ]);
        (0..70_usize, prop::collection::vec(piece, 0..60))
            .prop_map(|(indent, pieces)| " ".repeat(indent) + &pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
        #[test]
        fn a_stop_is_found_wherever_it_stands(text in text(), from in 0..200_usize) {
            let from = from.min(text.len());
            let stops = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..b' ');
            let stop = text.as_bytes()[from..].iter().position(stops).map(|at| from + at);
            let found = Index::of(&text).stop(from);
            prop_assert_eq!(Some(found).filter(|at| *at < text.len()), stop);
        }

        #[test]
        fn in_a_quiet_stretch_there_is_nothing_to_find(text in text(), from in 0..200_usize, length in 0..200_usize) {
            let (from, to) = (from.min(text.len()), (from + length).min(text.len()));
            // A string stands between quotes, and a run does not go on behind them.
            let Some(part) = text.get(from..to) else { return Ok(()) };
            let text = format!("{}\"{part}\"{}", &text[..from], &text[to..]);
            if Index::of(&text).is_quiet(from + 1..to + 1) {
                let glance = Glance::of(part);
                prop_assert!(!glance.any(!(LETTER | SPACE)) && !wrapping::may_hold_tokens(&glance), "{}", part);
                prop_assert!(detect::find(part).is_empty() && !detect::holds_secret(part), "{}", part);
            }
        }

        #[test]
        fn a_block_is_read_as_its_bytes_are(text in text(), any in any::<String>()) {
            for text in [text, any] {
                let (bytes, index) = (text.as_bytes(), Index::of(&text));
                for (at, byte) in bytes.iter().enumerate() {
                    let bit = |bits: u64| bits >> (at % BLOCK) & 1 == 1;
                    let marks = index.0[at / BLOCK];
                    let long = bytes[..=at].iter().rev().take(12).take_while(|byte| is_letter(**byte)).count() == 12;
                    let four = bytes[..at].last_chunk::<4>().map(|four| four.map(|byte| byte.to_ascii_lowercase()));
                    let scheme = *byte == b' ' && matches!(four, Some([b'a', b'r' | b's', b'e' | b'i', b'r' | b'c']));
                    prop_assert_eq!(bit(marks.stops), is_stop(*byte), "{} of {}", at, text);
                    prop_assert_eq!(bit(marks.loud), is_telling(*byte) || long || scheme, "{} of {}", at, text);
                }
            }
        }
    }

    #[test]
    fn plain_words_are_quiet() {
        for words in
            ["", "the price of the red shoes", "Footer, header!", "\u{5f}a_b+c", "after other basics"]
        {
            assert!(Index::of(words).is_quiet(0..words.len()), "{words}");
        }
        for words in ["internationalization", "Bearer ", "see basic ", "LASER ", "caf\u{e9}", "a.b", "7"] {
            assert!(!Index::of(words).is_quiet(0..words.len()), "{words}");
        }
    }
}
