//! JSON's grammar (RFC 8259), token by token.
//!
//! Knows tokens, and asks the index of the text where a string ends; `ahead` tells what stands at a place without
//! passing it. Does not know rules. Invariant: strict about structure, and what it skips it has checked.

use std::borrow::Cow;

use super::spelling::{number_length, unescape};
use crate::privacy::refusal::{Format, Refusal};
use crate::privacy::scan::Index;

const INVALID: Refusal = Refusal::Invalid(Format::Json);

/// A place in a document.
pub struct Lexer<'i> {
    pub input: &'i str,
    pub(super) index: &'i Index,
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
