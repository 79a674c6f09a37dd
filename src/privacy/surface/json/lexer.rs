//! JSON's grammar (RFC 8259), token by token.
//!
//! Knows tokens, and asks the index of the text where a string ends; does not know rules. Invariant: strict about structure, and what it
//! skips it has checked.

use std::borrow::Cow;

use super::form::{Filled, Filling};
use super::spelling::{number_length, short_integer, unescape};
use crate::privacy::refusal::{Format, Refusal};
use crate::privacy::scan::{self, Index};
use crate::privacy::scrub::SHORT_NUMBER;

const INVALID: Refusal = Refusal::Invalid(Format::Json);

/// A place in a document.
pub struct Lexer<'i> {
    pub input: &'i str,
    index: &'i Index,
    pub at: usize,
    /// Containers that may still be entered.
    room: usize,
}

impl<'i> Lexer<'i> {
    /// The beginning of a document, of which this is the index.
    pub const fn new(input: &'i str, index: &'i Index, room: usize) -> Self {
        Self { input, index, at: 0, room }
    }

    /// The same place, to be read once more with so much room.
    pub const fn again(&self, room: usize) -> Self {
        Self { at: self.at, ..Self::new(self.input, self.index, room) }
    }

    /// The next byte, which is part of the document.
    #[inline]
    pub fn peek(&self) -> Result<u8, Refusal> {
        self.input.as_bytes().get(self.at).copied().ok_or(INVALID)
    }

    /// Whether such a byte stands at a place.
    #[inline]
    pub fn is(&self, at: usize, byte: u8) -> bool {
        self.input.as_bytes().get(at) == Some(&byte)
    }

    pub fn space(&mut self) {
        // Scripts send none.
        if self.input.as_bytes().get(self.at).is_some_and(|byte| *byte > b' ') {
            return;
        }
        let rest = &self.input.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    }

    /// Nothing but white space may follow.
    pub fn finish(&mut self) -> Result<(), Refusal> {
        self.space();
        if self.at == self.input.len() { Ok(()) } else { Err(INVALID) }
    }

    /// Enters an object or array, up to its first member or its end.
    pub fn enter(&mut self) -> Result<(), Refusal> {
        self.room = self.room.checked_sub(1).ok_or(Refusal::TooDeep)?;
        self.at += 1;
        self.space();
        Ok(())
    }

    /// Leaves an object or array whose closing byte is next.
    pub const fn leave(&mut self) {
        self.room += 1;
        self.at += 1;
    }

    /// After a member: the place of the comma, with the next member's start reached; `None` at the end.
    #[inline]
    pub fn separator(&mut self, close: u8) -> Result<Option<usize>, Refusal> {
        // Most have no space around them.
        match self.input.as_bytes().get(self.at..) {
            Some([b',', next, ..]) if *next > b' ' && *next != close => {
                self.at += 1;
                Ok(Some(self.at - 1))
            }
            Some([byte, ..]) if *byte == close => Ok(None),
            _ => self.spaced_separator(close),
        }
    }

    fn spaced_separator(&mut self, close: u8) -> Result<Option<usize>, Refusal> {
        self.space();
        match self.peek()? {
            byte if byte == close => Ok(None),
            b',' => {
                let comma = self.at;
                self.at += 1;
                self.space();
                if self.peek()? == close { Err(INVALID) } else { Ok(Some(comma)) }
            }
            _ => Err(INVALID),
        }
    }

    /// A member's name, decoded, and the colon.
    #[inline]
    pub fn key(&mut self) -> Result<Cow<'i, str>, Refusal> {
        // Most have neither escapes nor spaces.
        if let Some((key, value)) = self.plain_key()
            && self.input.as_bytes().get(value).is_some_and(|byte| *byte > b' ')
        {
            self.at = value;
            return Ok(Cow::Borrowed(key));
        }
        self.spaced_key()
    }

    fn spaced_key(&mut self) -> Result<Cow<'i, str>, Refusal> {
        if self.peek()? != b'"' {
            return Err(INVALID);
        }
        let key = self.string()?;
        self.space();
        if self.peek()? != b':' {
            return Err(INVALID);
        }
        self.at += 1;
        self.space();
        Ok(key)
    }

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
        let rest = self.input.as_bytes().get(start..)?;
        let length = short_integer(rest).or_else(|| other_short_scalar(rest))?;
        (length < SHORT_NUMBER).then_some(start + length)
    }

    /// Where the string ends that starts at a place, if it has neither escapes nor anything but words.
    pub fn quiet_text(&self, start: usize) -> Option<usize> {
        let bytes = self.input.as_bytes();
        let end = (bytes.get(start) == Some(&b'"')).then(|| self.index.stop(start + 1))?;
        let quiet = bytes.get(end) == Some(&b'"') && scan::is_quiet(self.input.get(start + 1..end)?);
        quiet.then_some(end + 1)
    }

    /// A string, decoded. A lone surrogate, as browsers send it when an emoji is cut, reads as U+FFFD.
    pub fn string(&mut self) -> Result<Cow<'i, str>, Refusal> {
        let start = self.at + 1;
        let escaped = self.pass_string()?;
        let raw = &self.input[start..self.at - 1];
        if escaped { unescape(raw).map(Cow::Owned) } else { Ok(Cow::Borrowed(raw)) }
    }

    /// Passes over a string, and tells whether it has escapes, which are not checked.
    pub fn pass_string(&mut self) -> Result<bool, Refusal> {
        let bytes = self.input.as_bytes();
        let mut escaped = false;
        let mut end = self.index.stop(self.at + 1);
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => (escaped, end) = (true, self.index.stop(end + 2)),
                _ => return Err(INVALID),
            }
        }
        self.at = end + 1;
        Ok(escaped)
    }

    pub fn word(&mut self, word: &str) -> Result<(), Refusal> {
        if !self.input[self.at..].starts_with(word) {
            return Err(INVALID);
        }
        self.at += word.len();
        Ok(())
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

    /// A number, as it is spelled.
    pub fn number(&mut self) -> Result<&'i str, Refusal> {
        let rest = &self.input[self.at..];
        let length = number_length(rest.as_bytes()).ok_or(INVALID)?;
        self.at += length;
        Ok(&rest[..length])
    }

    /// Passes over a whole value.
    pub fn skip(&mut self) -> Result<(), Refusal> {
        match self.peek()? {
            b'{' => {
                self.enter()?;
                while self.peek()? != b'}' {
                    self.key()?;
                    self.skip()?;
                    self.separator(b'}')?;
                }
                self.leave();
                Ok(())
            }
            b'[' => {
                self.enter()?;
                while self.peek()? != b']' {
                    self.skip()?;
                    self.separator(b']')?;
                }
                self.leave();
                Ok(())
            }
            b'"' => self.string().map(drop),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number().map(drop),
        }
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

    /// Sets how many containers may still be entered.
    pub const fn set_room(&mut self, room: usize) {
        self.room = room;
    }

    /// Lets so many more containers be entered.
    pub const fn widen(&mut self, levels: usize) {
        self.room += levels;
    }

    /// Takes back what [`Lexer::widen`] gave.
    pub const fn narrow(&mut self, levels: usize) {
        self.room = self.room.saturating_sub(levels);
    }

    /// How many containers may still be entered, to hand on to a document found inside.
    pub const fn room(&self) -> usize {
        self.room
    }
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

/// Where the value of a document's own member stands, if the document is an object that has it.
pub fn member(document: &str, name: &str) -> Option<std::ops::Range<usize>> {
    let index = Index::of(document);
    let mut lexer = Lexer::new(document, &index, 64);
    lexer.space();
    if lexer.peek().ok()? != b'{' {
        return None;
    }
    lexer.enter().ok()?;
    while lexer.peek().ok()? != b'}' {
        let key = lexer.key().ok()?;
        let start = lexer.at;
        lexer.skip().ok()?;
        if key == name {
            return Some(start..lexer.at);
        }
        lexer.separator(b'}').ok()?;
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn skips(input: &str) -> bool {
        let index = Index::of(input);
        let mut lexer = Lexer::new(input, &index, 8);
        lexer.space();
        lexer.skip().and_then(|()| lexer.finish()).is_ok()
    }

    #[test]
    fn it_takes_what_the_grammar_takes_and_nothing_else() {
        for valid in [
            "0",
            "-0.5e+10",
            "[]",
            " { } ",
            "[1,2]",
            "{\"a\":[null,true,false]}",
            "\"\\u00e9\\ud83d\\n\"",
            "1E2",
        ] {
            assert!(skips(valid), "{valid}");
        }
        for invalid in [
            "",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "{\"a\":1,}",
            "nul",
            "\"a",
            "\"\n\"",
            "\"\\x\"",
            "\"\\u12\"",
            "[1 2]",
            "{} {}",
            "'a'",
            "NaN",
            "[",
            "\"\\",
            "\"\\u12\u{e9}\"",
        ] {
            assert!(!skips(invalid), "{invalid}");
        }
    }

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

    #[test]
    fn strings_are_decoded() {
        let input = r#""\u0061\ud83d\ude00\ud83d\/""#;
        let index = Index::of(input);
        let mut lexer = Lexer::new(input, &index, 1);
        assert_eq!(lexer.string().unwrap(), "a\u{1f600}\u{fffd}/");
    }

    #[test]
    fn a_member_is_found_at_the_top_only() {
        let document = r#" {"a":{"b":1}, "\u0062": [2] }"#;
        assert_eq!(member(document, "b").map(|span| &document[span]), Some("[2]"));
        assert_eq!(member("[1]", "b"), None);
        assert_eq!(member("{\"a\":", "a"), None);
    }

    #[test]
    fn nesting_is_bounded() {
        let input = "[[[[[[[[[1]]]]]]]]]";
        let index = Index::of(input);
        let mut lexer = Lexer::new(input, &index, 8);
        assert_eq!(lexer.skip(), Err(Refusal::TooDeep));
    }
}
