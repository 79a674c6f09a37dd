//! What an element of a list looks like: its text with a hole for each value that is no container.
//!
//! A recording says the same few sentences ten thousand times, and a batch or a list of products one, with other values in it. Knows what stands
//! between values; does not know what a value means. Invariant: what fits a form is valid JSON, escapes apart, and differs from the
//! element the form was made of in its values and in the length of its lists of rows, and in nothing else.

use std::ops::Range;

use super::lexer::Lexer;
use super::row::Row;

/// Elements with more values have no form.
const MOST_HOLES: usize = 128;

/// An element's text with holes in it.
pub struct Form<'i> {
    holes: Vec<Hole<'i>>,
    /// What stands behind the last of them.
    tail: &'i str,
}

struct Hole<'i> {
    /// What stands between it and the one before.
    border: &'i str,
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
    /// A string of which the index says that it is quiet.
    Words,
    /// A number or a string that is neither.
    Other,
    /// All rows of a list.
    Rows,
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
            holes.push(Hole { border: &lexer.input[border..filling.start], row });
            fillings.push(filling);
            border = at;
        }
        Some(Self { holes, tail: &lexer.input[border..span.end] })
    }

    /// Where the element ends that starts here, if it fits; what fills it is put on a list.
    pub fn fit(&self, lexer: &Lexer<'_>, fillings: &mut Vec<Filling>) -> Option<usize> {
        let mut at = lexer.at;
        for hole in &self.holes {
            let start = lexer.value_of(at, hole.border)?;
            let filling = match &hole.row {
                None => lexer.filling(start)?,
                Some(row) => Filling { start, end: row.rest(lexer, start)?, kind: Filled::Rows },
            };
            fillings.push(filling);
            at = filling.end;
        }
        lexer.value_of(at, self.tail)
    }

    /// The names of the members whose values fill it, as they are spelled; elements of lists have none.
    pub fn names(&self) -> impl Iterator<Item = Option<&'i str>> {
        self.holes.iter().map(|hole| {
            let name = hole.border.trim_ascii_end().strip_suffix(':')?.trim_ascii_end().strip_suffix('"')?;
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
