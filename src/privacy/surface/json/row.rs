//! An object of short numbers and words alone, such as a pointer's place and time, of which a recording has thousands in a row.
//!
//! Knows the names of one and tells the next by them; does not know what they mean. Invariant: objects that are passed
//! as rows differ from the first in their short numbers and words, and in nothing else.

use super::lexer::Lexer;

/// The names of such an object as they are spelled, in order.
pub struct Row<'i>(Vec<&'i str>);

impl<'i> Row<'i> {
    /// The names of the object that starts at a place, if it is one.
    pub fn at(lexer: &Lexer<'i>, start: usize) -> Option<Self> {
        let mut lexer = lexer.again(1);
        lexer.at = start;
        let mut names = Vec::new();
        if lexer.peek().ok()? != b'{' {
            return None;
        }
        lexer.enter().ok()?;
        loop {
            let (name, value) = lexer.plain_key()?;
            names.push(&lexer.input[value - name.len() - 3..value]);
            lexer.at = lexer.short_scalar(value)?;
            if lexer.separator(b'}').ok()?.is_none() {
                return Some(Self(names));
            }
        }
    }

    /// Where the object ends that starts here, if it is like this one and has no spaces.
    pub fn end(&self, lexer: &Lexer<'_>) -> Option<usize> {
        let bytes = lexer.input.as_bytes();
        let (last, others) = self.0.split_last()?;
        let mut at = lexer.at + 1;
        let member = |at: usize, name: &str| lexer.short_scalar(lexer.value_of(at, name)?);
        if bytes.get(lexer.at) != Some(&b'{') {
            return None;
        }
        for name in others {
            at = member(at, name).filter(|end| bytes.get(*end) == Some(&b','))? + 1;
        }
        member(at, last).filter(|end| bytes.get(*end) == Some(&b'}')).map(|end| end + 1)
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
            lexed(&both, |mut lexer| {
                let row = Row::at(&lexer, 0)?;
                lexer.at = first.len() + 1;
                row.end(&lexer).map(|end| end - lexer.at)
            })
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
