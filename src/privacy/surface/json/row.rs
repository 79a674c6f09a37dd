//! An object of short numbers and words alone, such as a pointer's place and time, of which a recording has thousands
//! in a row.
//!
//! Knows what stands between the values of one and tells the next by it; does not know what they mean. Invariant:
//! objects that are passed as rows differ from the first in their short numbers and words, and in nothing else.

use super::ahead::behind_short_scalar;
use super::border::Border;
use super::lexer::Lexer;

/// What stands before each value of such an object; behind the last it ends.
pub struct Row<'i>(Vec<Border<'i>>);

impl<'i> Row<'i> {
    /// The object that starts at a place, if it is one and has no spaces.
    pub fn at(lexer: &Lexer<'i>, start: usize) -> Option<Self> {
        let mut lexer = lexer.again(1);
        lexer.at = start;
        let mut borders = Vec::new();
        if lexer.peek().ok()? != b'{' {
            return None;
        }
        let mut border = start;
        lexer.enter().ok()?;
        loop {
            let (_, value) = lexer.plain_key()?;
            borders.push(Border::new(&lexer.input[border..value]));
            border = lexer.short_scalar(value)?;
            lexer.at = border;
            if lexer.separator(b'}').ok()?.is_none() {
                return (lexer.at == border).then_some(Self(borders));
            }
        }
    }

    /// Where the object ends that starts at a place, if it is like this one.
    pub fn end(&self, lexer: &Lexer<'_>, start: usize) -> Option<usize> {
        let mut rest = lexer.input.as_bytes().get(start..)?;
        for border in &self.0 {
            rest = behind_short_scalar(border.behind(rest)?)?;
        }
        (rest.first() == Some(&b'}')).then(|| lexer.input.len() - rest.len() + 1)
    }

    /// Where the list ends of which an element starts at a place, if that one and all that follow are like this one.
    pub fn rest(&self, lexer: &Lexer<'_>, start: usize) -> Option<usize> {
        let mut end = self.end(lexer, start)?;
        while lexer.is(end, b',') {
            end = self.end(lexer, end + 1)?;
        }
        lexer.is(end, b']').then_some(end)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::scan::Index;

    fn lexed<T>(input: &str, look: impl FnOnce(Lexer<'_>) -> T) -> T {
        look(Lexer::new(input, &Index::of(input), 4))
    }

    #[test]
    fn a_row_is_told_by_its_names_and_short_values() {
        let ends = |first: &str, second: &str| {
            let both = format!("{first},{second}");
            let start = first.len() + 1;
            lexed(&both, |lexer| Row::at(&lexer, 0)?.end(&lexer, start).map(|end| end - start))
        };
        let row = r#"{"x":1,"y":-2.5,"on":true}"#;
        for like in [row, r#"{"x":99,"y":null,"on":1e3}"#] {
            assert_eq!(ends(row, like), Some(like.len()), "{like}");
        }
        for other in [
            "{}",
            r#"{"x":1,"y":2}"#,
            r#"{"x":1,"y":2,"on":3,"off":4}"#,
            r#"{"y":1,"x":2,"on":3}"#,
            r#"{"x":1,"y":2,"on":"3"}"#,
            r#"{"x":1,"y":12345678,"on":3}"#,
            r#"{"x":1,"y":[],"on":3}"#,
            r#"{"x":1, "y":2,"on":3}"#,
            r#"{"x":1,"y":02,"on":3}"#,
            r#"["x":1,"y":2,"on":3]"#,
        ] {
            assert_eq!(ends(row, other), None, "{other}");
        }
        for none in ["{}", "[1]", r#"{"a":"b"}"#, r#"{"a":{}}"#, r#"{"\u0061":1}"#, "1"] {
            assert!(lexed(none, |lexer| Row::at(&lexer, 0).is_none()), "{none}");
        }
    }
}
