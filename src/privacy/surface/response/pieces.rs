//! Answers that come in pieces and never wait for their end: events (WHATWG HTML §9.2), and documents a line each.
//!
//! Knows where a piece ends; does not know how bytes arrive. Invariants: a piece in which nothing is treated passes
//! byte for byte, however it was cut on its way; what is held is the piece that is not complete.

use bytes::{Bytes, BytesMut};

use super::super::plain;
use crate::privacy::refusal::{Format, Refusal};
use crate::privacy::scrub::{Fate, Place, Scrub};

/// What ends a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// An empty line, behind an event.
    Events,
    /// A line's end, behind a document.
    Lines,
}

/// Cuts a stream into its pieces.
#[derive(Debug)]
pub struct Pieces {
    cut: Cut,
    held: BytesMut,
    /// Where the line begins that is not complete.
    line: usize,
    /// How much of that line was looked at.
    seen: usize,
}

impl Pieces {
    pub fn new(cut: Cut) -> Self {
        Self { cut, held: BytesMut::new(), line: 0, seen: 0 }
    }

    pub const fn cut(&self) -> Cut {
        self.cut
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next piece, if it is complete.
    pub fn complete(&mut self) -> Option<Bytes> {
        while let Some(at) = self.held[self.seen..].iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let at = self.seen + at;
            let end = at + if self.held[at..].starts_with(b"\r\n") { 2 } else { 1 };
            // The `\n` of a `\r\n` that was cut in two. (That of an empty line goes after it as one more.)
            let is_half = self.held[at] == b'\n' && at > 0 && self.held[at - 1] == b'\r';
            let is_complete = match self.cut {
                Cut::Events => at == self.line && !is_half,
                Cut::Lines => self.held[end - 1] == b'\n',
            };
            (self.line, self.seen) = (end, end);
            if is_complete {
                return Some(self.take(end));
            }
        }
        self.seen = self.held.len();
        None
    }

    /// What is left when nothing more comes.
    pub fn rest(&mut self) -> Bytes {
        self.take(self.held.len())
    }

    /// How much is held.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    fn take(&mut self, end: usize) -> Bytes {
        (self.line, self.seen) = (0, 0);
        self.held.split_to(end).freeze()
    }
}

/// Rewrites one piece; `None` when it may pass as it came.
pub fn scrub(scrub: &mut Scrub<'_>, cut: Cut, piece: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let text = std::str::from_utf8(piece).map_err(|_| Refusal::Invalid(Format::Text))?;
    let new = match cut {
        _ if text.trim_ascii().is_empty() => None,
        Cut::Lines => plain::ndjson(scrub, text)?,
        Cut::Events => event(scrub, text)?,
    };
    Ok(new.map(String::into_bytes))
}

/// Rewrites an event: its data as one text, its other lines each.
fn event(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    let lines: Vec<Line<'_>> = lines(text).collect();
    let said: Vec<&str> = lines.iter().filter_map(|line| line.data).collect();
    let data = said.join("\n");
    let new =
        if data.trim_ascii().is_empty() { None } else { scrub.nested(|scrub| plain::scrub(scrub, &data))? };
    let mut out = String::with_capacity(text.len());
    let mut data = new.as_deref();
    for line in lines {
        match (line.data, &new) {
            (None, _) => other(scrub, &line, &mut out)?,
            (Some(_), None) => out.push_str(line.whole),
            // The new data stands where the first of the old stood.
            (Some(_), Some(_)) => {
                for piece in data.take().into_iter().flat_map(|data| data.split('\n')) {
                    out.push_str(line.head());
                    out.push_str(piece);
                    out.push_str(line.end());
                }
            }
        }
    }
    Ok((out != text).then_some(out))
}

/// A line that is no data: a name, a number, a comment.
fn other(scrub: &mut Scrub<'_>, line: &Line<'_>, out: &mut String) -> Result<(), Refusal> {
    match scrub.value(line.text, Place::Open)? {
        Fate::Keep => out.push_str(line.whole),
        Fate::Remove => {}
        Fate::Replace(new) => {
            // What was one line stays one.
            out.extend(new.chars().filter(|character| !matches!(character, '\r' | '\n')));
            out.push_str(line.end());
        }
    }
    Ok(())
}

struct Line<'t> {
    whole: &'t str,
    /// Without its end.
    text: &'t str,
    /// What follows `data:` and a space.
    data: Option<&'t str>,
}

impl<'t> Line<'t> {
    fn read(whole: &'t str) -> Self {
        let text = whole.trim_end_matches(['\r', '\n']);
        let field = text.strip_prefix('\u{feff}').unwrap_or(text);
        let data = match field.strip_prefix("data") {
            Some("") => Some(""),
            Some(rest) => rest.strip_prefix(':').map(|value| value.strip_prefix(' ').unwrap_or(value)),
            None => None,
        };
        Self { whole, text, data }
    }

    /// `data: `, as it was written.
    fn head(&self) -> &'t str {
        let head = &self.text[..self.text.len() - self.data.unwrap_or_default().len()];
        if head.ends_with("data") { "data:" } else { head }
    }

    fn end(&self) -> &'t str {
        &self.whole[self.text.len()..]
    }
}

/// A text's lines with their ends: `\n`, `\r\n` or `\r`.
fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = match rest.find(['\r', '\n']) {
            Some(at) if rest[at..].starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
            None => rest.len(),
        };
        let (line, after) = rest.split_at(end);
        rest = after;
        (!line.is_empty()).then_some(line)
    })
    .map(Line::read)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::fixture::{homeward, policy};
    use crate::privacy::{Left, Refusal};
    use proptest::prelude::*;

    /// What comes home of a stream that arrives in these chunks.
    fn arrived<'c>(cut: Cut, chunks: impl IntoIterator<Item = &'c [u8]>) -> Result<String, Refusal> {
        let policy = policy("strict", "response-json:/ip = remove\nresponse-json:/host = route");
        let (mut pieces, mut out) = (Pieces::new(cut), Vec::new());
        let mut treat = |piece: Bytes| -> Result<(), Refusal> {
            match homeward(|homeward| policy.scrub_piece(cut, &piece, homeward))?.left {
                Left::AsItCame => out.extend_from_slice(&piece),
                Left::Changed(new) => out.extend_from_slice(&new),
                Left::Nothing => {}
            }
            Ok(())
        };
        for chunk in chunks {
            pieces.push(chunk);
            while let Some(piece) = pieces.complete() {
                treat(piece)?;
            }
        }
        treat(pieces.rest())?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn events(stream: &str) -> String {
        arrived(Cut::Events, [stream.as_bytes()]).unwrap()
    }

    #[test]
    fn each_events_data_is_treated_and_the_rest_of_it_stays() {
        for (before, after) in [
            ("data: {\"ip\":1,\"a\":2}\n\n", "data: {\"a\":2}\n\n"),
            ("id: 7\nevent: m\ndata:{\"ip\":1}\nretry: 10\n\n", "id: 7\nevent: m\ndata:{}\nretry: 10\n\n"),
            ("data: {\"ip\":1,\r\ndata: \"a\":2}\r\n\r\n", "data: {\"a\":2}\r\n\r\n"),
            (
                "data: {\"host\":\"wss://eu.vendor.example/s\"}\r\r",
                "data: {\"host\":\"wss://shop.example/chat/s\"}\r\r",
            ),
            ("\u{feff}data: {\"ip\":1}\n\n", "\u{feff}data: {}\n\n"),
            (": from 198.51.100.23\n\n", ": from [address]\n\n"),
            ("data: you are 198.51.100.23\n\n", "data: you are [address]\n\n"),
            ("data: 42[{\"a\":1}]\n\n", "data: 42[{\"a\":1}]\n\n"),
            (":\n\ndata\n\ndata: x\ndata\ndata:\n\n\n\n", ":\n\ndata\n\ndata: x\ndata\ndata:\n\n\n\n"),
            ("data: {\"ip\":1}", "data: {}"),
            ("data: {\"a\":[1,\ndata:2],\"ip\":1}\n\n", "data: {\"a\":[1,\ndata: 2]}\n\n"),
        ] {
            assert_eq!(events(before), after, "{before:?}");
        }
    }

    #[test]
    fn lines_are_documents_each() {
        let before = "{\"ip\":1}\r\n{\"a\":1}\n\n{\"ip\":2}";
        assert_eq!(arrived(Cut::Lines, [before.as_bytes()]).unwrap(), "{}\r\n{\"a\":1}\n\n{}");
        assert!(arrived(Cut::Lines, [&b"{\"a\":1}\nhello\n"[..]]).is_err());
    }

    #[test]
    fn an_event_goes_on_with_its_empty_line_and_does_not_wait_for_more() {
        let mut pieces = Pieces::new(Cut::Events);
        pieces.push(b"data: a\n");
        assert_eq!(pieces.complete(), None);
        pieces.push(b"\ndata: b\r\n\r");
        assert_eq!(pieces.complete().unwrap(), "data: a\n\n");
        assert_eq!(pieces.complete().unwrap(), "data: b\r\n\r");
        assert_eq!((pieces.complete(), pieces.held()), (None, 0));
    }

    #[test]
    fn an_event_that_cannot_be_read_does_not_pass() {
        for broken in [&b"data: {\"ip\":1\n\n"[..], b"data: \xff\n\n"] {
            assert!(arrived(Cut::Events, [broken]).is_err());
        }
    }

    proptest! {
        #[test]
        fn cut_anywhere_the_same_comes_home(end in "\n|\r\n|\r", at in prop::collection::vec(0_usize..90, 0..6)) {
            let lines = ["data: {\"ip\":1,", "data: \"a\":2}", "", "id: 1", "data: x", "", ": y", "", ""];
            let stream = lines.join(&end);
            let mut cuts: Vec<usize> = at.into_iter().filter(|at| *at < stream.len()).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let chunks = cuts.windows(2).map(|pair| &stream.as_bytes()[pair[0]..pair[1]]);
            prop_assert_eq!(arrived(Cut::Events, chunks).unwrap(), events(&stream));
        }
    }
}
