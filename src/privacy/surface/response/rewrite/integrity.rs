//! Elements with links, and what of them no longer holds: `integrity` (Subresource Integrity §3.1), which speaks of the
//! vendor's bytes where the link became the visitor's side; `rel`, where it has a browser call another server at once.
//!
//! Knows where a `script` or `link` element begins and ends, in a page or written by a script in one; does not know
//! which links change. Invariants: an element in which none changed keeps its bytes, unless it calls elsewhere; what is
//! held is one element.

use super::rewriter::Rewriter;

/// A longer element is passed on as it comes.
const LONGEST: usize = 8 * 1024;
const NAMES: [&[u8]; 2] = [b"<script", b"<link"];
/// Browsers follow these before they ask a Content-Security-Policy (HTML §4.6.7).
const AT_ONCE: [&[u8]; 2] = [b"preconnect", b"dns-prefetch"];

/// The elements of a page, one by one.
#[derive(Debug, Default)]
pub struct Elements {
    /// What may become an element, or is one that has not ended.
    held: Vec<u8>,
    quote: Option<u8>,
}

impl Elements {
    pub fn push(&mut self, rewriter: &mut Rewriter, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.held.is_empty() {
                let start = memchr::memchr(b'<', rest).unwrap_or(rest.len());
                rewriter.push(&rest[..start], out);
                rest = &rest[start..];
            }
            while let Some((byte, after)) = rest.split_first() {
                rest = after;
                if self.take(*byte) {
                    // `<<script`: what ends one may begin another.
                    let begins = *byte == b'<' && self.held.len() > 1;
                    self.held.truncate(self.held.len() - usize::from(begins));
                    self.element(rewriter, out);
                    if !begins {
                        break;
                    }
                    self.held.push(b'<');
                }
            }
        }
    }

    pub fn finish(self, rewriter: &mut Rewriter, out: &mut Vec<u8>) {
        rewriter.push(&self.held, out);
    }

    /// Takes one byte more; whether what is held goes on now.
    fn take(&mut self, byte: u8) -> bool {
        self.held.push(byte);
        if !is_open(&self.held) || self.held.len() == LONGEST {
            return true;
        }
        match self.quote {
            Some(quote) if quote == byte => self.quote = None,
            None if matches!(byte, b'"' | b'\'') => self.quote = Some(byte),
            None => return byte == b'>',
            Some(_) => {}
        }
        false
    }

    /// What is held, without its `integrity` if a link in it changed, and without its `rel` if it calls elsewhere.
    fn element(&mut self, rewriter: &mut Rewriter, out: &mut Vec<u8>) {
        let (before, mut element) = (rewriter.routed, Vec::new());
        rewriter.push(&self.held, &mut element);
        if rewriter.routed > before {
            remove(&mut element, b"integrity", |_| true);
        } else {
            let calls = |value: &[u8]| AT_ONCE.iter().any(|word| position(value, word).is_some());
            rewriter.unreachable += remove(&mut element, b"rel", calls);
        }
        out.append(&mut element);
        self.held.clear();
        self.quote = None;
    }
}

/// Whether a text is an element with links, or may become one.
fn is_open(text: &[u8]) -> bool {
    NAMES.iter().any(|name| {
        let both = text.len().min(name.len());
        let follows =
            text.get(name.len()).is_none_or(|byte| byte.is_ascii_whitespace() || b"/>\\".contains(byte));
        text[..both].eq_ignore_ascii_case(&name[..both]) && follows
    })
}

/// Takes an attribute of such a value out, and the space before it; how often.
fn remove(element: &mut Vec<u8>, attribute: &[u8], is_such: impl Fn(&[u8]) -> bool) -> u64 {
    let (mut from, mut removed) = (0, 0);
    while let Some(at) = position(&element[from..], attribute).map(|at| from + at) {
        from = at + attribute.len();
        let begins = at > 0 && (element[at - 1].is_ascii_whitespace() || b"\"'/".contains(&element[at - 1]));
        let ends = value(&element[from..]).filter(|length| begins && is_such(&element[from..from + length]));
        if let Some(length) = ends {
            removed += 1;
            let start = if element[at - 1].is_ascii_whitespace() { at - 1 } else { at };
            element.drain(start..from + length);
            from = start;
        }
    }
    removed
}

fn position(text: &[u8], word: &[u8]) -> Option<usize> {
    text.windows(word.len()).position(|window| window.eq_ignore_ascii_case(word))
}

/// How long `="…"` is: in quotes, which a script writes as `\"`, or without.
fn value(text: &[u8]) -> Option<usize> {
    let spaces = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let equals = spaces(text);
    let mut start = equals + 1;
    text.get(equals).filter(|byte| **byte == b'=')?;
    start += spaces(&text[start..]);
    start += text[start..].iter().take_while(|byte| **byte == b'\\').count();
    let end = match text.get(start)? {
        quote @ (b'"' | b'\'') => text[start + 1..].iter().position(|byte| byte == quote)? + 1,
        _ => {
            text[start..].iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))?
        }
    };
    let closes = usize::from(matches!(text[start], b'"' | b'\''));
    Some(start + end + closes)
}
