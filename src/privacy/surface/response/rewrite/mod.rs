//! The vendor's host names in what it answers, and what else of a text is not for the visitor's browser as it stands.
//!
//! Knows texts as bytes that stream; does not know media types or how they arrive. Invariants: a text is changed the
//! same however it was cut on its way; what is held back is what may still become something to change; a text without
//! any passes byte for byte.

mod automaton;
mod host;
mod integrity;
mod patch;
mod rewriter;
mod spelling;

use std::sync::Arc;

use automaton::{Automaton, Case};
use host::Host;
use rewriter::{Rewriter, SCHEMES, STUN};

use super::home::Home;
use super::mount::Mount;

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
    /// `stun:` and its like (RFC 7064, RFC 7065).
    Ice,
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
    /// Servers that would have learned the visitor's address (ICE, RFC 8445), made unreachable.
    pub unreachable: u64,
    /// How often each patch was put in, by its number.
    pub patched: Vec<u64>,
}

/// One text on its way to the visitor.
#[derive(Debug)]
pub struct Text {
    patcher: Option<patch::Patcher>,
    rewriter: Rewriter,
    page: Option<integrity::Elements>,
    patched: Vec<u8>,
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
        for scheme in STUN {
            texts.push(scheme.to_owned());
            what.push(What::Ice);
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

    /// A text from this host and path of the vendor's, for this visitor.
    pub fn text(self: &Arc<Self>, home: &Home<'_>, kind: Kind, host: &str, path: &str) -> Text {
        let patcher = self.patches.as_ref().and_then(|patches| patch::Patcher::new(patches, host, path));
        let page = (kind == Kind::Page).then(integrity::Elements::default);
        Text { patcher, rewriter: Rewriter::new(self, home), page, patched: Vec::new() }
    }

    /// The same for a text that is there as a whole; `None`: it may pass as it is.
    pub fn whole(self: &Arc<Self>, mut text: Text, bytes: &[u8]) -> (Option<Vec<u8>>, Changes) {
        let mut out = Vec::with_capacity(bytes.len());
        text.push(bytes, &mut out);
        let changes = text.finish(&mut out);
        ((out != bytes).then_some(out), changes)
    }
}

impl Text {
    /// Takes what came next, and gives what may go on.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match &mut self.patcher {
            None => rewrite(&mut self.page, &mut self.rewriter, bytes, out),
            Some(patcher) => {
                patcher.push(bytes, &mut self.patched);
                rewrite(&mut self.page, &mut self.rewriter, &self.patched, out);
                self.patched.clear();
            }
        }
    }

    /// Nothing more comes.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Changes {
        let mut changes = Changes::default();
        if let Some(patcher) = self.patcher.take() {
            changes.patched = patcher.finish(&mut self.patched);
            rewrite(&mut self.page, &mut self.rewriter, &self.patched, out);
        }
        if let Some(page) = self.page.take() {
            page.finish(&mut self.rewriter, out);
        }
        self.rewriter.finish(out);
        changes.routed = self.rewriter.routed;
        changes.unreachable = self.rewriter.unreachable;
        changes
    }
}

fn rewrite(page: &mut Option<integrity::Elements>, rewriter: &mut Rewriter, bytes: &[u8], out: &mut Vec<u8>) {
    match page {
        None => rewriter.push(bytes, out),
        Some(page) => page.push(rewriter, bytes, out),
    }
}

#[cfg(test)]
mod tests;
