//! Texts of words alone.
//!
//! Knows bytes and the few before each; does not know what is looked for. Invariant: in a text that is quiet there is
//! nothing that a detector, the needle of an address with digits, or another reading of the text could find.

/// Words of base64 are no shorter.
const LONG: usize = 12;

/// What a byte may be part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Something that is looked for.
    Loud,
    /// A word of base64, if it is long.
    Letter,
    /// What ends the name of a scheme.
    Space,
    /// Nothing.
    Mark,
}

const CLASSES: [Class; 256] = {
    let (mut classes, mut byte) = ([Class::Mark; 256], 0);
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'$'..=b'(' | b'-'..=b'@' | b'[' | b'\\' | b'{' | b'|' | 0..b' ' | 0x7f.. => Class::Loud,
            b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'+' => Class::Letter,
            b' ' => Class::Space,
            _ => Class::Mark,
        };
        byte += 1;
    }
    classes
};

/// Whether nothing stands in a text but words, and none that could be anything else.
pub fn is_quiet(text: &str) -> bool {
    let mut rest = text.as_bytes();
    loop {
        let length = rest.iter().position(|byte| class(*byte) != Class::Letter).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(length);
        let Some((mark, others)) = behind.split_first() else { return length < LONG };
        let loud = match class(*mark) {
            Class::Loud => true,
            Class::Space => length >= LONG || ends_as_a_scheme(word),
            Class::Letter | Class::Mark => length >= LONG,
        };
        if loud {
            return false;
        }
        rest = others;
    }
}

const fn class(byte: u8) -> Class {
    CLASSES[byte as usize]
}

/// Whether a word ends as `bearer` and `basic` do, or as a mix of both, in any case.
fn ends_as_a_scheme(word: &[u8]) -> bool {
    let small = |byte: &u8| byte.to_ascii_lowercase();
    word.last_chunk().is_some_and(|[first, second, third, last]: &[u8; 4]| {
        matches!(small(last), b'r' | b'c')
            && matches!(small(third), b'e' | b'i')
            && matches!(small(second), b'r' | b's')
            && small(first) == b'a'
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::privacy::detect;
    use crate::privacy::glance::*;
    use crate::privacy::wrapping;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]
        #[test]
        fn in_a_quiet_text_there_is_nothing_to_find(pieces in super::super::tests::pieces()) {
            if is_quiet(&pieces) {
                let glance = Glance::of(&pieces);
                let loud = DIGIT | AT | PERCENT | ESCAPE | EQUALS | COLON | SLASH | DASH | DOT | OPENING | BRACKET | BYTE;
                prop_assert!(!glance.any(loud) && !wrapping::may_hold_tokens(&glance), "{}", pieces);
                prop_assert!(detect::find(&pieces).is_empty() && !detect::holds_secret(&pieces), "{}", pieces);
            }
        }
    }

    #[test]
    fn plain_words_are_quiet() {
        for words in [
            "",
            "the price of the red shoes",
            "Footer, header!",
            "\u{5f}a_b+c",
            "after other basics",
            "abcdefghijk lm",
        ] {
            assert!(is_quiet(words), "{words}");
        }
        for words in [
            "internationalization",
            "Bearer ",
            "see basic ",
            "LASER ",
            "caf\u{e9}",
            "a.b",
            "7",
            "a\t",
            "abcdefghijkl",
        ] {
            assert!(!is_quiet(words), "{words}");
        }
    }
}
