//! Text as a reader sees it, for detectors that only know ASCII.
//!
//! Full-width and mathematical digits, digits of other scripts, ideographic stops and typographic dashes
//! become their ASCII twins; characters of no width vanish. Does not know what is looked for. Invariant: a
//! span of the folded text maps to whole characters of the original that contain all it was made from.

use std::ops::Range;

use unicode_normalization::char::decompose_compatible;

/// A folded text that remembers where each part of it came from.
pub struct Folded {
    text: String,
    /// Where folded and original offsets go on side by side: (folded, original).
    marks: Vec<(usize, usize)>,
}

impl Folded {
    pub fn new(original: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(original.len()), marks: vec![(0, 0)] };
        for (at, char) in original.char_indices() {
            if char.is_ascii() {
                folded.text.push(char);
            } else {
                folded.push(at, char);
            }
        }
        folded
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The part of the original that a span of the folded text was made from.
    pub fn original_span(&self, original: &str, span: &Range<usize>) -> Range<usize> {
        let start = self.original_offset(span.start).min(original.len());
        let end = self.original_offset(span.end).min(original.len());
        original.floor_char_boundary(start)..original.ceil_char_boundary(end)
    }

    /// The same for spans in order that do not overlap: two that one character was made from are the first's.
    pub fn original_spans(
        &self,
        original: &str,
        spans: impl IntoIterator<Item = Range<usize>>,
    ) -> Vec<Range<usize>> {
        let mut taken = 0;
        let apart = |span: Range<usize>| {
            let span = self.original_span(original, &span);
            let apart = span.start.max(taken)..span.end;
            taken = span.end;
            apart
        };
        spans.into_iter().map(apart).collect()
    }

    fn push(&mut self, at: usize, char: char) {
        let before = self.text.len();
        match twin(char) {
            Twin::Itself => self.text.push(char),
            Twin::Nothing => {}
            Twin::Ascii(ascii) => self.text.push(ascii),
            Twin::Decomposed => decompose_compatible(char, |part| self.text.push(part)),
        }
        if self.text.len() != before + char.len_utf8() {
            self.mark(before, at);
            self.mark(self.text.len(), at + char.len_utf8());
        }
    }

    fn mark(&mut self, folded: usize, original: usize) {
        match self.marks.last_mut() {
            // Characters that vanished belong to what stands before them.
            Some(last) if last.0 == folded => last.1 = original,
            _ => self.marks.push((folded, original)),
        }
    }

    fn original_offset(&self, offset: usize) -> usize {
        let next = self.marks.partition_point(|&(folded, _)| folded <= offset);
        let (folded, original) = self.marks[next - 1];
        let plain = original + (offset - folded);
        self.marks.get(next).map_or(plain, |&(_, limit)| plain.min(limit))
    }
}

enum Twin {
    Itself,
    Nothing,
    Ascii(char),
    /// Its compatibility decomposition, which is ASCII throughout.
    Decomposed,
}

fn twin(char: char) -> Twin {
    match char {
        // Zero-width characters, joiners, direction marks, variation selectors and the soft hyphen.
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => {
            Twin::Nothing
        }
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' => Twin::Nothing,
        '\u{3002}' | '\u{ff61}' => Twin::Ascii('.'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Twin::Ascii('-'),
        _ => match digit(char) {
            Some(digit) => Twin::Ascii(digit),
            None if is_ascii_in_disguise(char) => Twin::Decomposed,
            None => Twin::Itself,
        },
    }
}

/// The ASCII twin of a decimal digit of another script. Unicode lays each script's ten digits in a row.
fn digit(char: char) -> Option<char> {
    const ZEROS: [char; 24] = [
        '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}',
        '\u{c66}', '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{1090}',
        '\u{17e0}', '\u{1810}', '\u{1946}', '\u{19d0}', '\u{1b50}', '\u{a8d0}',
    ];
    let next = ZEROS.partition_point(|&zero| zero <= char);
    let zero = *ZEROS.get(next.checked_sub(1)?)?;
    char::from_digit((char as u32) - (zero as u32), 10)
}

fn is_ascii_in_disguise(char: char) -> bool {
    let mut ascii = true;
    decompose_compatible(char, |part| ascii &= part.is_ascii());
    ascii
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_reads_alike_folds_to_ascii() {
        for (original, folded) in [
            ("２０３．０．１１３．７７", "203.0.113.77"),
            ("203。0｡113.77", "203.0.113.77"),
            ("2\u{200b}03\u{feff}.0\u{ad}.113.77", "203.0.113.77"),
            ("𝟐𝟎𝟑.①.⒈", "203.1.1."),
            ("٢٠٣.۰.१", "203.0.1"),
            ("jane＠example.org", "jane@example.org"),
            ("01\u{a0}23\u{202f}45", "01 23 45"),
            ("555\u{2011}010", "555-010"),
            ("é ß 日本 ½", "é ß 日本 ½"),
        ] {
            assert_eq!(Folded::new(original).text(), folded);
        }
    }

    #[test]
    fn a_span_maps_back_to_the_characters_it_came_from() {
        let original = "日本 ２\u{200b}０３! ⑴x";
        let folded = Folded::new(original);
        let at = |part: &str| {
            let start = folded.text().find(part).unwrap_or_default();
            &original[folded.original_span(original, &(start..start + part.len()))]
        };
        assert_eq!(at("203"), "２\u{200b}０３");
        assert_eq!(at("03"), "０３");
        assert_eq!(at("!"), "!");
        assert_eq!(at("1"), "⑴");
        assert_eq!(at("x"), "x");
        assert_eq!(at("日本"), "日本");
    }

    proptest! {
        #[test]
        fn every_span_maps_to_whole_characters_in_order(original in "[a-z0-9.é日２．\u{200b}⑴𝟐]{0,20}") {
            let folded = Folded::new(&original);
            let mut last = 0;
            for (start, part) in folded.text().char_indices() {
                let span = folded.original_span(&original, &(start..start + part.len_utf8()));
                prop_assert!(original.get(span.clone()).is_some());
                prop_assert!(span.start >= last);
                last = span.start;
            }
        }
    }
}
