//! What an element of a list looks like: its text with a hole for each value that is no container.
//!
//! A recording says the same few sentences ten thousand times, and a batch or a list of products one, with other
//! values in it. Knows what stands between values; does not know what a value means. Invariant: what fits a form is
//! valid JSON, escapes apart, and differs from the element the form was made of in its values and in the length of
//! its lists of rows, and in nothing else.

use std::ops::Range;

use super::border::Border;
use super::lexer::Lexer;
use super::row::Row;

/// Elements with more values have no form.
const MOST_HOLES: usize = 128;

/// An element's text with holes in it.
pub struct Form<'i> {
    holes: Vec<Hole<'i>>,
    /// What stands behind the last of them.
    tail: Border<'i>,
}

struct Hole<'i> {
    /// What stands between it and the one before.
    border: Border<'i>,
    /// Here stands a list of rows, and they look like this.
    row: Option<Row<'i>>,
}

/// What stands in a hole, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filling {
    pub start: usize,
    pub end: usize,
    pub kind: Filled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filled {
    /// A short number, `true`, `false` or `null`.
    Figure,
    /// Another number, or a string.
    Other,
    /// All rows of a list.
    Rows,
}

/// A place in all elements of a form, by how many holes stand before it and how far behind the last of these.
#[derive(Clone, Copy)]
pub struct Spot {
    holes: usize,
    offset: usize,
}

impl Spot {
    /// The same place as this one of an element that starts at a place and is filled like this; none inside a hole.
    pub fn of(place: usize, start: usize, fillings: &[Filling]) -> Option<Self> {
        let holes = fillings.partition_point(|filling| filling.start < place);
        let offset = place.checked_sub(end(start, fillings, holes))?;
        Some(Self { holes, offset })
    }

    /// Where it is in another element.
    pub fn at(self, start: usize, fillings: &[Filling]) -> usize {
        end(start, fillings, self.holes) + self.offset
    }
}

/// Where the last of so many holes ends in an element that starts at a place.
fn end(start: usize, fillings: &[Filling], holes: usize) -> usize {
    holes.checked_sub(1).map_or(start, |last| fillings[last].end)
}

impl<'i> Form<'i> {
    /// The form of an element that was read already and is valid; what fills it is put on a list.
    pub fn of(lexer: &Lexer<'i>, span: Range<usize>, fillings: &mut Vec<Filling>) -> Option<Self> {
        let bytes = lexer.input.as_bytes();
        let (mut at, mut border, mut holes) = (span.start, span.start, Vec::new());
        while at < span.end {
            let (filling, row) = match bytes.get(at)? {
                b'{' | b'}' | b']' | b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => {
                    at += 1;
                    continue;
                }
                b'[' => {
                    at += 1;
                    let Some((row, end)) = rows(lexer, at) else { continue };
                    (Filling { start: at, end, kind: Filled::Rows }, Some(row))
                }
                _ => (lexer.filling(at)?, None),
            };
            at = filling.end;
            let text = &lexer.input[filling.start..at];
            if text.starts_with('"') && lexer.input[at..].trim_ascii_start().starts_with(':') {
                // A name; what one with escapes says is not told by its text.
                if text.contains('\\') {
                    return None;
                }
                continue;
            }
            if holes.len() == MOST_HOLES {
                return None;
            }
            holes.push(Hole { border: Border::new(&lexer.input[border..filling.start]), row });
            fillings.push(filling);
            border = at;
        }
        Some(Self { holes, tail: Border::new(&lexer.input[border..span.end]) })
    }

    /// Where the element ends that starts here, if it fits; what fills it is put on a list.
    pub fn fit(&self, lexer: &Lexer<'_>, fillings: &mut Vec<Filling>) -> Option<usize> {
        let mut at = lexer.at;
        for hole in &self.holes {
            let start = hole.border.end(lexer.input, at)?;
            let filling = match &hole.row {
                None => lexer.filling(start)?,
                Some(row) => Filling { start, end: row.rest(lexer, start)?, kind: Filled::Rows },
            };
            fillings.push(filling);
            at = filling.end;
        }
        self.tail.end(lexer.input, at)
    }

    /// The names of the members whose values fill it, as they are spelled; elements of lists have none.
    pub fn names(&self) -> impl Iterator<Item = Option<&'i str>> {
        self.holes.iter().map(|hole| {
            let name =
                hole.border.text.trim_ascii_end().strip_suffix(':')?.trim_ascii_end().strip_suffix('"')?;
            name.rsplit_once('"').map(|(_, name)| name)
        })
    }

    /// How many holes it has.
    pub const fn size(&self) -> usize {
        self.holes.len()
    }
}

/// The first of the rows that start at a place, and where their list ends.
fn rows<'i>(lexer: &Lexer<'i>, start: usize) -> Option<(Row<'i>, usize)> {
    let row = Row::at(lexer, start)?;
    let end = row.rest(lexer, start)?;
    Some((row, end))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::scan::Index;

    /// What fills the form of the first element in the second, if that fits.
    fn filled<'e>(first: &str, second: &'e str) -> Option<Vec<&'e str>> {
        let both = format!("{first}{second}");
        let index = Index::of(&both);
        let mut lexer = Lexer::new(&both, &index, 8);
        let form = Form::of(&lexer, 0..first.len(), &mut Vec::new())?;
        lexer.at = first.len();
        let mut fillings = Vec::new();
        let end = form.fit(&lexer, &mut fillings)?;
        assert_eq!(end, both.len());
        Some(fillings.iter().map(|it| &second[it.start - first.len()..it.end - first.len()]).collect())
    }

    #[test]
    fn elements_fit_a_form_that_differ_in_values_and_rows() {
        let first = r#"{"a":1,"b":{ "c" : "x","d":[1,"y"],"e":{}},"rows":[{"x":1},{"x":2}]}"#;
        let like = r#"{"a":"\"q","b":{ "c" : null,"d":[1.5e3,-2],"e":{}},"rows":[{"x":3}]}"#;
        assert_eq!(filled(first, first).unwrap(), ["1", "\"x\"", "1", "\"y\"", r#"{"x":1},{"x":2}"#]);
        assert_eq!(filled(first, like).unwrap(), [r#""\"q""#, "null", "1.5e3", "-2", r#"{"x":3}"#]);
        for (from, to) in [
            ("\"a\":1", "\"A\":1"),
            ("\"a\":1", "\"a\":[]"),
            ("\"a\":1", "\"a\":01"),
            ("\"a\":1", "\"a\":1 "),
            ("{ \"c\"", "{\"c\""),
            ("[1,\"y\"]", "[1]"),
            ("{}", "{\"f\":1}"),
            ("{\"x\":2}", "{\"y\":2}"),
            ("{\"x\":2}", "{\"x\":\"2\"}"),
            (",{\"x\":2}", ","),
        ] {
            assert_eq!(filled(first, &first.replacen(from, to, 1)), None, "{to}");
        }
    }

    #[test]
    fn a_name_with_escapes_and_too_many_values_have_no_form() {
        let many = |values: usize| format!("[{}]", vec!["{},1"; values].join(","));
        for (element, has) in
            [(r#"{"\u0061":1}"#.to_owned(), false), (many(MOST_HOLES), true), (many(MOST_HOLES + 1), false)]
        {
            assert_eq!(filled(&element, &element).is_some(), has, "{element}");
        }
    }

    #[test]
    fn the_names_of_values_are_known() {
        let element = r#"{"a":1,"b" : {"c":[2,{"d":"x"}]},"e":{"f" :3},"r":[{"x":1}]}"#;
        let index = Index::of(element);
        let lexer = Lexer::new(element, &index, 8);
        let form = Form::of(&lexer, 0..element.len(), &mut Vec::new()).unwrap();
        assert_eq!(form.names().collect::<Vec<_>>(), [Some("a"), None, Some("d"), Some("f"), None]);
    }
}
