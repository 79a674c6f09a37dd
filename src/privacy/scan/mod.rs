//! Where in a text something stands that has to be looked at.
//!
//! `block` finds the ends of strings, sixty-four bytes at a time; `quiet` tells whether there is anything to look at
//! in one. Does not know JSON, nor what is looked for. Invariant: of each byte one bit is kept, and nothing else.

mod block;
mod quiet;

use block::{BLOCK, stops};
pub use quiet::is_quiet;

/// Where a text's quotes, backslashes and control characters are: bit *i* is for byte *i* of a block.
#[derive(Debug)]
pub struct Index(Vec<u64>);

impl Index {
    pub fn of(text: &str) -> Self {
        let (blocks, rest) = text.as_bytes().as_chunks::<BLOCK>();
        let mut bits = Vec::with_capacity(blocks.len() + 1);
        bits.extend(blocks.iter().map(stops));
        // Past the end stand control characters, so that a search always ends.
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        bits.push(stops(&last));
        Self(bits)
    }

    /// The first quote, backslash or control character from a place on; the text's end, or a place past it, if there
    /// is none.
    #[inline]
    pub fn stop(&self, from: usize) -> usize {
        let (mut block, bit) = (from / BLOCK, from % BLOCK);
        let mut stops = self.0.get(block).map_or(1, |stops| stops >> bit << bit);
        while stops == 0 {
            block += 1;
            stops = self.0.get(block).copied().unwrap_or(1);
        }
        block * BLOCK + stops.trailing_zeros() as usize
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::block::is_stop;
    use super::*;

    /// What may be looked for, put together by chance.
    pub(super) fn pieces() -> impl Strategy<Value = String> {
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
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    /// The same at all places in a block.
    fn text() -> impl Strategy<Value = String> {
        (0..70_usize, pieces()).prop_map(|(indent, pieces)| " ".repeat(indent) + &pieces)
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
        fn a_block_is_read_as_its_bytes_are(text in text(), any in any::<String>()) {
            for text in [text, any] {
                let index = Index::of(&text);
                for (at, byte) in text.bytes().enumerate() {
                    prop_assert_eq!(index.0[at / BLOCK] >> (at % BLOCK) & 1 == 1, is_stop(byte), "{} of {}", at, text);
                }
            }
        }
    }
}
