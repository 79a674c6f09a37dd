//! The walk over a text: names found, and the visitor's side written in their place.
//!
//! Knows streams; whose a name is, `host` decides. Invariants: what is decided of a place depends on the text around
//! it, never on how it was cut; a link is never made less secure.

use std::sync::Arc;

use super::super::home::Home;
use super::automaton::{Automaton, State};
use super::calls::Unreachable;
use super::host::{Found, Verdict, label_start};
use super::spelling::{behind, like};
use super::{Names, What};

/// Schemes that are not secure, and those to write instead for a visitor who came over TLS.
pub const SCHEMES: [(&str, &str); 2] = [("http", "https"), ("ws", "wss")];
/// How a scheme's end is written: the colon and the slashes.
const WRITTEN: [(&str, &str); 12] = [
    (":", "/"),
    (":", "\\/"),
    (":", "\\\\/"),
    (":", "\\\\\\/"),
    (":", "\\u002f"),
    (":", "\\\\u002f"),
    (":", "\\x2f"),
    (":", "&#x2f;"),
    (":", "&#47;"),
    ("\\u003a", "\\u002f"),
    ("%3a", "%2f"),
    ("%253a", "%252f"),
];
/// What is kept of what went on: the longest that may stand before a name and be looked at.
const CONTEXT: usize = 256;

/// How a scheme and its slashes may be written.
pub fn schemes(scheme: &str) -> impl Iterator<Item = String> {
    WRITTEN.iter().map(move |(colon, slash)| format!("{scheme}{colon}{slash}{slash}"))
}

#[derive(Debug)]
pub struct Rewriter {
    names: Arc<Names>,
    authority: Box<str>,
    secure: bool,
    /// What went on and is still looked at, what is held back, and what is yet to be looked at.
    text: Vec<u8>,
    /// Where what is held back begins.
    done: usize,
    /// Where what is yet to be looked at begins.
    at: usize,
    state: State,
    /// Something ended at `at` and needs more of the text to be known; where it began.
    awaited: Option<usize>,
    /// The last scheme that is not secure: where it stands, and the other.
    scheme: Option<(usize, usize, &'static str)>,
    pub routed: u64,
    pub unreachable: u64,
}

impl Rewriter {
    pub fn new(names: &Arc<Names>, home: &Home<'_>) -> Self {
        Self {
            names: Arc::clone(names),
            authority: home.authority.into(),
            secure: home.secure,
            text: Vec::new(),
            done: 0,
            at: 0,
            state: State::default(),
            awaited: None,
            scheme: None,
            routed: 0,
            unreachable: 0,
        }
    }

    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.text.extend_from_slice(bytes);
        self.walk(false, out);
        self.settle(self.unsettled(), out);
    }

    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.walk(true, out);
        self.settle(self.text.len(), out);
    }

    fn walk(&mut self, ended: bool, out: &mut Vec<u8>) {
        let names = Arc::clone(&self.names);
        loop {
            if self.awaited.is_some() || self.state.is_end() {
                self.awaited = self.decide(&names, ended, out);
                if self.awaited.is_some() {
                    return;
                }
            }
            if self.state.is_beginning() {
                self.at += names.automaton.idle(&self.text[self.at..]);
            }
            let Some(byte) = self.text.get(self.at) else { return };
            self.state = names.automaton.step(self.state, *byte);
            self.at += 1;
            while !self.state.is_end() && !self.state.is_beginning() {
                let Some(byte) = self.text.get(self.at) else { return };
                self.state = names.automaton.step(self.state, *byte);
                self.at += 1;
            }
        }
    }

    /// What ended here: written anew if it is to be, or, if more of the text is needed, where it began.
    fn decide(&mut self, names: &Names, ended: bool, out: &mut Vec<u8>) -> Option<usize> {
        for number in names.automaton.ends(self.state) {
            match names.what[*number as usize] {
                What::Scheme { length, secure } => {
                    let start = self.at - length;
                    // `news://` ends in a scheme, and is another.
                    let is_whole =
                        !behind(&self.text[..start]).is_some_and(|(sign, _)| sign.is_ascii_alphanumeric());
                    self.scheme = is_whole.then_some((start, self.at, secure)).or(self.scheme);
                }
                What::Call { length, word } => {
                    match word.read(&self.text, self.at - length, self.at, ended) {
                        Verdict::Found(Unreachable { start, end, new }) => {
                            self.write(start, end, new.as_bytes(), out);
                            self.unreachable += 1;
                            return None;
                        }
                        Verdict::Unknown { from } => return Some(from),
                        Verdict::Not => {}
                    }
                }
                What::Host(host) => match names.hosts[host].read(&names.mounts, &self.text, self.at, ended) {
                    Verdict::Found(found) if found.start >= self.done => {
                        self.route(&found, out);
                        return None;
                    }
                    Verdict::Unknown { from } => return Some(self.with_scheme(from)),
                    Verdict::Found(_) | Verdict::Not => {}
                },
            }
        }
        self.state = Automaton::passed(self.state);
        None
    }

    /// Writes the visitor's side for a name.
    fn route(&mut self, found: &Found<'_>, out: &mut Vec<u8>) {
        let home = Home { authority: &self.authority, secure: self.secure, mounts: &[] };
        let Some(authority) = home.authority(&found.mount, found.has_port && !found.is_link) else { return };
        let (start, mut new) = match self.scheme {
            Some((start, end, secure)) if end == found.start && self.secure => {
                let word = self.text[start..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
                (start, [secure.as_bytes(), &self.text[start + word..end]].concat())
            }
            _ => (found.start, Vec::new()),
        };
        let place = if found.mount.keep_path { "" } else { found.mount.place.trim_end_matches('/') };
        like(&found.slash, &authority, &mut new);
        like(&found.slash, place, &mut new);
        self.write(start, found.end, &new, out);
        self.routed += 1;
    }

    /// Puts something in the place of what stands between `start` and `end`, and goes on behind it.
    fn write(&mut self, start: usize, end: usize, new: &[u8], out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text[self.done..start]);
        out.extend_from_slice(new);
        (self.done, self.at) = (end, end);
        (self.state, self.scheme) = (State::default(), None);
    }

    /// Lets go of what is before `from`, but for what is still looked back at.
    fn settle(&mut self, from: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.text[self.done..from]);
        self.done = from;
        let gone = from.saturating_sub(CONTEXT);
        self.text.drain(..gone);
        self.done -= gone;
        self.at -= gone;
        self.awaited = self.awaited.map(|at| at - gone);
        self.scheme =
            self.scheme.and_then(|(start, end, secure)| Some((start.checked_sub(gone)?, end - gone, secure)));
    }

    /// Where what may still be changed begins.
    fn unsettled(&self) -> usize {
        let begun = self.begun();
        let begun = if self.names.any_pattern { label_start(&self.text, begun) } else { begun };
        let from = self.awaited.map_or(begun, |awaited| awaited.min(begun));
        self.with_scheme(from).max(self.done)
    }

    /// Where the text begins that the walk stands in; within a word none does.
    fn begun(&self) -> usize {
        let begun = self.at - self.names.automaton.depth(self.state).min(self.at);
        let goes_on = behind(&self.text[..begun]).is_some_and(|(sign, _)| sign.is_ascii_alphanumeric());
        let is_word = self.text[begun..self.at].iter().all(u8::is_ascii_alphanumeric);
        if goes_on && is_word { self.at } else { begun }
    }

    /// The same with the scheme that stands before it.
    fn with_scheme(&self, from: usize) -> usize {
        match self.scheme {
            Some((start, end, _)) if end == from => start,
            _ => from,
        }
    }
}
