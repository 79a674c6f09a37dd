//! What stands at a place of a document, without passing it.
//!
//! Most values and names are short, plain and like others; whoever asks goes on behind them, or reads them token by
//! token. Does not know what they mean. Invariant: what is told of a place is what the grammar reads there, escapes
//! apart.

use std::borrow::Cow;

use super::form::{Filled, Filling};
use super::lexer::Lexer;
use super::spelling::{number_length, short_integer};
use crate::privacy::scan;
use crate::privacy::scrub::SHORT_NUMBER;

impl<'i> Lexer<'i> {
    /// The name of the member that starts here and the place of its value, if neither escapes nor spaces are in the
    /// way; it is not passed.
    #[inline]
    pub fn plain_key(&self) -> Option<(&'i str, usize)> {
        let bytes = self.input.as_bytes();
        let start = (bytes.get(self.at) == Some(&b'"')).then_some(self.at + 1)?;
        let end = self.index.stop(start);
        let follows = bytes.get(end..end + 2) == Some(b"\":");
        follows.then(|| (&self.input[start..end], end + 2))
    }

    /// How the name of a member that starts at a place and whose value stands here is spelled, with its quotes and the
    /// colon, if no space parts them.
    pub fn spelled_plainly(&self, start: usize) -> Option<&'i str> {
        self.input.get(start..self.at).filter(|spelled| spelled.ends_with("\":"))
    }

    /// The place of the value of the member that starts at a place, if its name is spelled like this.
    #[inline]
    pub fn value_of(&self, start: usize, spelled: &str) -> Option<usize> {
        let end = start + spelled.len();
        (self.input.as_bytes().get(start..end) == Some(spelled.as_bytes())).then_some(end)
    }

    /// Where the number of fewer than eight characters, or the word, ends that starts at a place.
    #[inline]
    pub fn short_scalar(&self, start: usize) -> Option<usize> {
        let rest = behind_short_scalar(self.input.as_bytes().get(start..)?)?;
        Some(self.input.len() - rest.len())
    }

    /// Where the string ends that starts at a place, if it has neither escapes nor anything but words.
    pub fn quiet_text(&self, start: usize) -> Option<usize> {
        let bytes = self.input.as_bytes();
        let end = (bytes.get(start) == Some(&b'"')).then(|| self.index.stop(start + 1))?;
        let quiet = bytes.get(end) == Some(&b'"') && scan::is_quiet(self.input.get(start + 1..end)?);
        quiet.then_some(end + 1)
    }

    /// The name of a member that starts at a place, if it is spelled without escapes.
    pub fn spelled(&self, start: usize, key: &str) -> Option<&'i str> {
        self.input.get(start + 1..start + 1 + key.len()).filter(|plain| *plain == key)
    }

    /// The string that stands here, if there is one; it is not passed.
    pub fn text_here(&self) -> Option<Cow<'i, str>> {
        let mut here = self.again(0);
        if here.peek().ok()? == b'"' { here.string().ok() } else { None }
    }

    /// The whole number that stands here, if there is one; it is not passed.
    pub fn number_here(&self) -> Option<u64> {
        let rest = &self.input[self.at..];
        rest[..number_length(rest.as_bytes())?].parse().ok()
    }

    /// Where the value ends that starts at a place and is no container; escapes in it are not checked.
    pub fn scalar(&self, start: usize) -> Option<usize> {
        let rest = self.input.as_bytes().get(start..)?;
        match rest.first()? {
            b'"' => {
                let mut lexer = self.again(0);
                lexer.at = start;
                lexer.pass_string().ok()?;
                Some(lexer.at)
            }
            b'-' | b'0'..=b'9' => number_length(rest).map(|length| start + length),
            _ => self.short_scalar(start),
        }
    }

    /// The value that starts at a place and is no container; escapes in it are not checked.
    #[inline]
    pub fn filling(&self, start: usize) -> Option<Filling> {
        let short = if self.is(start, b'"') { None } else { self.short_scalar(start) };
        Some(match short {
            Some(end) => Filling { start, end, kind: Filled::Figure },
            None => Filling { start, end: self.scalar(start)?, kind: Filled::Other },
        })
    }
}

/// What stands behind the number of fewer than eight characters, or the word, that bytes begin with.
#[inline]
pub fn behind_short_scalar(bytes: &[u8]) -> Option<&[u8]> {
    let length = match short_integer(bytes) {
        Some(length) => length,
        None => other_short_scalar(bytes)?,
    };
    if length < SHORT_NUMBER { bytes.get(length..) } else { None }
}

/// How long the number or word is that bytes begin with.
fn other_short_scalar(bytes: &[u8]) -> Option<usize> {
    Some(match bytes.first()? {
        b'-' | b'0'..=b'9' => number_length(bytes)?,
        b't' if bytes.starts_with(b"true") => 4,
        b'n' if bytes.starts_with(b"null") => 4,
        b'f' if bytes.starts_with(b"false") => 5,
        _ => return None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::privacy::scan::Index;

    proptest! {

        #[test]
        fn an_expected_name_is_read_as_any_name(input in "\"?[ab\\\\]{0,2}\"?:? ?[ab1]?", name in "[ab]{0,2}") {
            let index = Index::of(&input);
            let mut lexer = Lexer::new(&input, &index, 1);
            let plain = lexer.plain_key().filter(|(plain, _)| *plain == name).map(|(_, value)| value);
            prop_assert_eq!(lexer.value_of(0, &format!("\"{name}\":")), plain);
            let spelled = plain.and_then(|value| {
                lexer.at = value;
                lexer.spelled_plainly(0)
            });
            prop_assert_eq!(spelled.map(str::len), plain);
        }

        #[test]
        fn a_short_scalar_is_as_long_as_any(input in "-?[0-9]{0,9}[.eE]?[0-9]?[,}é]{0,8}|(true|false|null|nul)[,}]?") {
            let index = Index::of(&input);
            let mut lexer = Lexer::new(&input, &index, 1);
            let short = lexer.short_scalar(0);
            let length = lexer.skip().ok().map(|()| lexer.at);
            prop_assert_eq!(short, length.filter(|length| *length < SHORT_NUMBER));
        }

        #[test]
        fn a_quiet_text_ends_where_it_does(input in "\"[a-z1\\\\ ]{0,20}\"?,?") {
            let index = Index::of(&input);
            let mut lexer = Lexer::new(&input, &index, 1);
            let quiet = lexer.quiet_text(0);
            prop_assert!(quiet.is_none() || lexer.string().is_ok_and(|text| text == input[1..lexer.at - 1]));
            prop_assert!(quiet.is_none_or(|end| end == lexer.at));
        }
    }
}
