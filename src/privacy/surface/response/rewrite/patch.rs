//! Named changes to a vendor's script, written as data: a text found, another put in its place.
//!
//! Does not know why; the vendor's file says. Invariants: only the very bytes are found, and only where the patch says
//! it applies; what is held back is what may still become one.

use std::sync::Arc;

use super::automaton::{Automaton, Case, State};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    pub name: Box<str>,
    /// The vendor's host, with at most one `*`; any, if it is `None`.
    pub host: Option<Box<str>>,
    /// The path there; each `*` is anything.
    pub path: Box<str>,
    pub find: Box<str>,
    pub replace: Box<str>,
}

/// All patches of a vendor.
#[derive(Debug)]
pub struct Patches {
    list: Vec<Patch>,
    automaton: Automaton,
}

/// One text being patched.
#[derive(Debug)]
pub struct Patcher {
    patches: Arc<Patches>,
    applies: Vec<bool>,
    held: Vec<u8>,
    state: State,
    counts: Vec<u64>,
}

impl Patch {
    /// Whether it is meant for what stands here.
    pub fn applies(&self, host: &str, path: &str) -> bool {
        let fits = |pattern: &str| fits(&pattern.to_ascii_lowercase(), &host.to_ascii_lowercase());
        self.host.as_deref().is_none_or(fits) && self::fits(&self.path, path)
    }
}

impl Patches {
    pub fn new(list: Vec<Patch>) -> Self {
        let automaton = Automaton::new(list.iter().map(|patch| patch.find.as_bytes()), Case::Matters);
        Self { list, automaton }
    }

    pub fn list(&self) -> &[Patch] {
        &self.list
    }
}

impl Patcher {
    /// `None`: no patch applies.
    pub fn new(patches: &Arc<Patches>, host: &str, path: &str) -> Option<Self> {
        let applies: Vec<bool> = patches.list.iter().map(|patch| patch.applies(host, path)).collect();
        applies.contains(&true).then(|| Self {
            patches: Arc::clone(patches),
            held: Vec::new(),
            state: State::default(),
            counts: vec![0; applies.len()],
            applies,
        })
    }

    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let automaton = &self.patches.automaton;
        for byte in bytes {
            self.held.push(*byte);
            self.state = automaton.step(self.state, *byte);
            if !self.state.is_end() {
                continue;
            }
            let mut found = automaton.ends(self.state).iter().map(|number| *number as usize);
            if let Some(number) = found.find(|number| self.applies[*number]) {
                let patch = &self.patches.list[number];
                out.extend_from_slice(&self.held[..self.held.len() - patch.find.len()]);
                out.extend_from_slice(patch.replace.as_bytes());
                self.held.clear();
                self.state = State::default();
                self.counts[number] += 1;
            }
        }
        let settled = self.held.len() - automaton.depth(self.state).min(self.held.len());
        out.extend(self.held.drain(..settled));
    }

    /// What is still held, and how often each patch was put in.
    pub fn finish(self) -> (Vec<u8>, Vec<u64>) {
        (self.held, self.counts)
    }
}

/// Whether a text is of a pattern, in which each `*` is anything.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(last)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn patch(find: &str, replace: &str) -> Patch {
        let (name, path) = ("own-host".into(), "/static/*.js".into());
        Patch {
            name,
            host: Some("*.vendor.example".into()),
            path,
            find: find.into(),
            replace: replace.into(),
        }
    }

    #[test]
    fn a_patch_applies_where_it_says() {
        let one = patch("a", "b");
        for (host, path, applies) in [
            ("cdn.vendor.example", "/static/x/y.js", true),
            ("CDN.Vendor.example", "/static/.js", true),
            ("cdn.vendor.example", "/static/x.css", false),
            ("cdn.vendor.example", "/other/x.js", false),
            ("vendor.example", "/static/x.js", false),
            ("cdn.vendor.example.evil.example", "/static/x.js", false),
        ] {
            assert_eq!(one.applies(host, path), applies, "{host}{path}");
        }
        assert!(Patch { host: None, path: "*".into(), ..one }.applies("any.example", "/"));
    }

    #[test]
    fn only_the_very_bytes_are_found_however_they_were_cut() {
        let list = vec![patch("host.endsWith(\".vendor.com\")", "true"), patch("aab", "c")];
        let patches = Arc::new(Patches::new(list));
        let text = b"if(host.endsWith(\".vendor.com\")&&HOST.endsWith(\".vendor.com\"))aaab(aa";
        for cut in 0..text.len() {
            let mut patcher = Patcher::new(&patches, "cdn.vendor.example", "/static/x.js").unwrap();
            let mut out = Vec::new();
            patcher.push(&text[..cut], &mut out);
            patcher.push(&text[cut..], &mut out);
            let (held, counts) = patcher.finish();
            out.extend(held);
            assert_eq!(counts, [1, 1]);
            assert_eq!(out, b"if(true&&HOST.endsWith(\".vendor.com\"))ac(aa");
        }
        assert!(Patcher::new(&patches, "cdn.vendor.example", "/x.css").is_none());
    }
}
