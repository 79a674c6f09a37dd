//! The vendor's host names in what it answers, and what else of a text is not for the visitor's browser as it stands.
//!
//! Knows texts as bytes that stream; does not know media types or how they arrive. Invariants: a text is changed the
//! same however it was cut on its way; what is held back is what may still become something to change; a text without
//! any passes byte for byte.

mod automaton;
mod calls;
mod echo;
mod host;
mod integrity;
mod patch;
mod rewriter;
mod spelling;
mod wide;

use std::sync::Arc;

use automaton::{Automaton, Case};
use calls::Word;
use echo::Echoes;
use host::Host;
use integrity::Elements;
use patch::Patcher;
use rewriter::{Rewriter, SCHEMES};

use super::home::Home;
use super::mount::Mount;
use crate::privacy::framing::lengths;
use crate::privacy::wrapping::charset::Charset;
use wide::Wide;

pub use echo::Echo;
pub use patch::{Patch, Patches};

/// Where the names stand in a route's texts: compiled once for all its answers.
#[derive(Debug)]
pub struct Names {
    mounts: Arc<[Mount]>,
    hosts: Vec<Host>,
    automaton: Automaton,
    what: Vec<What>,
    any_pattern: bool,
    patches: Option<Arc<Patches>>,
}

/// What a text of the automaton is.
#[derive(Clone, Copy, Debug)]
enum What {
    Host(usize),
    /// `http://`, in some spelling; the secure scheme instead.
    Scheme {
        length: usize,
        secure: &'static str,
    },
    /// What may begin something of a call.
    Call {
        length: usize,
        word: Word,
    },
}

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    /// With elements, whose `integrity` speaks of what they name.
    Page,
}

/// What was done to a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Names that became the visitor's side.
    pub routed: u64,
    /// What would have shown the visitor's address in a call (ICE, RFC 8445), made unreachable.
    pub unreachable: u64,
    /// How often the visitor's own address was said.
    pub echoed: u64,
    /// How often each patch was put in, by its number.
    pub patched: Vec<u64>,
}

/// What a text is, and of what of the vendor's.
#[derive(Clone, Copy, Debug)]
pub struct Origin<'a> {
    pub host: &'a str,
    pub path: &'a str,
    pub kind: Kind,
    /// What the label says.
    pub charset: Option<Charset>,
}

impl Origin<'_> {
    /// A message or event, which no patch is for.
    pub const MESSAGE: Self = Self { host: "", path: "", kind: Kind::Text, charset: None };
    /// A body that is there as a whole, whatever it is.
    pub const BODY: Self = Self { kind: Kind::Page, ..Self::MESSAGE };
}

/// So much of a text is walked at once: each stage keeps room for it as long as the text lasts.
const STEP: usize = 8 * 1024;

/// One text on its way to the visitor.
#[derive(Debug)]
pub struct Text {
    wide: Wide,
    echoes: Option<Echoes>,
    patcher: Option<Patcher>,
    page: Option<Elements>,
    rewriter: Rewriter,
}

/// Nothing is looked for, but for what no route lets pass.
impl Default for Names {
    fn default() -> Self {
        Self::new([].into(), Vec::new())
    }
}

impl Names {
    pub fn new(mounts: Arc<[Mount]>, patches: Vec<Patch>) -> Self {
        let hosts = Host::of(&mounts);
        let (mut texts, mut what) = (Vec::new(), Vec::new());
        for (number, host) in hosts.iter().enumerate() {
            texts.push(host.literal().to_owned());
            what.push(What::Host(number));
        }
        for (scheme, secure) in SCHEMES {
            for written in rewriter::schemes(scheme) {
                what.push(What::Scheme { length: written.len(), secure });
                texts.push(written);
            }
        }
        for (text, word) in Word::texts() {
            what.push(What::Call { length: text.len(), word });
            texts.push(text);
        }
        let automaton = Automaton::new(texts.iter().map(String::as_bytes), Case::Ignored);
        let any_pattern = hosts.iter().any(Host::is_pattern);
        let patches = (!patches.is_empty()).then(|| Arc::new(Patches::new(patches)));
        Self { mounts, hosts, automaton, what, any_pattern, patches }
    }

    /// The vendor's patches, in the order of their numbers.
    pub fn patches(&self) -> &[Patch] {
        self.patches.as_deref().map_or(&[], Patches::list)
    }

    /// A text that is there as a whole and no patch is for; lengths that it tells are told anew. `None`: it may pass
    /// as it is.
    pub fn whole(
        self: &Arc<Self>,
        home: &Home<'_>,
        of: Origin<'_>,
        echo: Option<&Echo>,
        text: &[u8],
    ) -> (Option<Vec<u8>>, Changes) {
        let part = |text: &[u8]| self.text(home, of).without(echo.cloned()).whole(text);
        let (new, mut changes) = part(text);
        match std::str::from_utf8(text) {
            Ok(framed) if new.is_some() && lengths::are_told_in(framed) => {
                changes = Changes::default();
                let new = lengths::change(framed, &mut |text| {
                    let (new, of_part) = part(text.as_bytes());
                    changes.add(&of_part);
                    String::from_utf8(new?).ok()
                });
                (new.map(String::into_bytes), changes)
            }
            _ => (new, changes),
        }
    }

    /// A text for this visitor.
    pub fn text(self: &Arc<Self>, home: &Home<'_>, of: Origin<'_>) -> Text {
        let patches = self.patches.as_ref();
        Text {
            wide: Wide::new(of.charset),
            echoes: None,
            patcher: patches.and_then(|patches| Patcher::new(patches, of.host, of.path)),
            page: (of.kind == Kind::Page).then(Elements::default),
            rewriter: Rewriter::new(self, home),
        }
    }
}

impl Changes {
    fn add(&mut self, other: &Self) {
        self.routed += other.routed;
        self.unreachable += other.unreachable;
        self.echoed += other.echoed;
    }
}

impl Text {
    /// The same without the visitor's own address, where there is something to be written for it.
    pub fn without(self, echo: Option<Echo>) -> Self {
        Self { echoes: echo.map(Echoes::of), ..self }
    }

    /// Takes what came next, and gives what may go on.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for step in bytes.chunks(STEP) {
            self.step(step, out);
        }
    }

    fn step(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match self.wide.read(bytes) {
            None => self.unechoed(bytes, out),
            Some(narrow) => {
                let mut new = Vec::with_capacity(narrow.len());
                self.unechoed(&narrow, &mut new);
                self.wide.write(&new, out);
            }
        }
    }

    /// Nothing more comes.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Changes {
        let (mut new, rest) = (Vec::new(), self.wide.rest());
        let echoed = self.echoes.take().map(|mut echoes| {
            let mut held = Vec::new();
            echoes.finish(&mut held);
            self.patched(&held, &mut new);
            echoes.found
        });
        let patched = self.patcher.take().map(|patcher| {
            let (held, counts) = patcher.finish();
            self.rewritten(&held, &mut new);
            counts
        });
        if let Some(page) = self.page.take() {
            page.finish(&mut self.rewriter, &mut new);
        }
        self.rewriter.finish(&mut new);
        self.wide.write(&new, out);
        out.extend_from_slice(&rest);
        let Rewriter { routed, unreachable, .. } = self.rewriter;
        let echoed = echoed.unwrap_or_default();
        Changes { routed, unreachable, echoed, patched: patched.unwrap_or_default() }
    }

    /// The same for a text that is there as a whole; `None`: it may pass as it is.
    pub fn whole(mut self, bytes: &[u8]) -> (Option<Vec<u8>>, Changes) {
        let mut out = Vec::with_capacity(bytes.len());
        self.push(bytes, &mut out);
        let changes = self.finish(&mut out);
        ((out != bytes).then_some(out), changes)
    }

    fn unechoed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match &mut self.echoes {
            None => self.patched(bytes, out),
            Some(echoes) => {
                let mut new = Vec::with_capacity(bytes.len());
                echoes.push(bytes, &mut new);
                self.patched(&new, out);
            }
        }
    }

    fn patched(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match &mut self.patcher {
            None => self.rewritten(bytes, out),
            Some(patcher) => {
                let mut new = Vec::with_capacity(bytes.len());
                patcher.push(bytes, &mut new);
                self.rewritten(&new, out);
            }
        }
    }

    fn rewritten(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match &mut self.page {
            None => self.rewriter.push(bytes, out),
            Some(page) => page.push(&mut self.rewriter, bytes, out),
        }
    }
}

#[cfg(test)]
mod tests;
