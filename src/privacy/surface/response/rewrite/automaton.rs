//! Many texts, found in one walk over the bytes (Aho and Corasick 1975).
//!
//! Knows bytes, one at a time, so it may be stopped and gone on with anywhere; does not know what the texts mean.
//! Invariants: each byte is looked at once; [`Automaton::depth`] is never less than what may still become a text.

use std::collections::{BTreeMap, VecDeque};

/// Where a walk stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State(u32);

/// At least one text ends here; the rest of a state's number is where its row begins.
const ENDS: u32 = 1 << 31;

#[derive(Debug)]
pub struct Automaton {
    /// Bytes that no text tells apart are one class.
    classes: [u8; 256],
    width: usize,
    /// A row of states for each state, by class.
    next: Vec<u32>,
    depths: Vec<u32>,
    /// The texts that end in each state, the longest first.
    ends: Vec<Vec<u32>>,
}

/// Whether letters of either case are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    Matters,
    Ignored,
}

impl Automaton {
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t [u8]>, case: Case) -> Self {
        let fold = |byte: u8| if case == Case::Ignored { byte.to_ascii_lowercase() } else { byte };
        let mut trie = Trie::default();
        for (text, number) in texts.into_iter().zip(0..) {
            trie.insert(text.iter().map(|byte| fold(*byte)), number);
        }
        let mut classes = [0; 256];
        let used: Vec<u8> =
            (0..=u8::MAX).filter(|byte| trie.nodes.iter().any(|node| node.next.contains_key(byte))).collect();
        for byte in 0..=u8::MAX {
            let at = used.iter().position(|used| *used == fold(byte));
            classes[usize::from(byte)] = at.and_then(|at| u8::try_from(at + 1).ok()).unwrap_or(0);
        }
        trie.compile(classes, &used)
    }

    #[inline]
    pub fn step(&self, state: State, byte: u8) -> State {
        let row = (state.0 & !ENDS) as usize;
        State(self.next[row + usize::from(self.classes[usize::from(byte)])])
    }

    /// How many of these bytes leave the beginning where it is.
    #[inline]
    pub fn idle(&self, bytes: &[u8]) -> usize {
        let stays = |byte: &u8| self.next[usize::from(self.classes[usize::from(*byte)])] == 0;
        bytes.iter().take_while(|byte| stays(byte)).count()
    }

    /// The numbers of the texts that end here, the longest first.
    pub fn ends(&self, state: State) -> &[u32] {
        &self.ends[self.index(state)]
    }

    /// The same state, with what ends here seen.
    pub const fn passed(state: State) -> State {
        State(state.0 & !ENDS)
    }

    /// How many of the last bytes are the beginning of a text, or all of one.
    pub fn depth(&self, state: State) -> usize {
        self.depths[self.index(state)] as usize
    }

    fn index(&self, state: State) -> usize {
        (state.0 & !ENDS) as usize / self.width
    }
}

impl State {
    #[inline]
    pub const fn is_end(self) -> bool {
        self.0 & ENDS != 0
    }

    #[inline]
    pub const fn is_beginning(self) -> bool {
        self.0 == 0
    }
}

/// The texts by their beginnings.
struct Trie {
    nodes: Vec<Node>,
}

#[derive(Default)]
struct Node {
    next: BTreeMap<u8, usize>,
    ends: Vec<u32>,
    depth: u32,
    /// The longest other beginning that the bytes so far end with.
    fallback: usize,
}

impl Default for Trie {
    fn default() -> Self {
        Self { nodes: vec![Node::default()] }
    }
}

impl Trie {
    fn insert(&mut self, text: impl Iterator<Item = u8>, number: u32) {
        let mut at = 0;
        for byte in text {
            let (fresh, depth) = (self.nodes.len(), self.nodes[at].depth + 1);
            let next = *self.nodes[at].next.entry(byte).or_insert(fresh);
            if next == fresh {
                self.nodes.push(Node { depth, ..Node::default() });
            }
            at = next;
        }
        // A text of nothing is found nowhere.
        if at > 0 {
            self.nodes[at].ends.push(number);
        }
    }

    /// Breadth first, so that whatever is fallen back to is complete.
    fn compile(mut self, classes: [u8; 256], used: &[u8]) -> Automaton {
        let width = used.len() + 1;
        let mut table = vec![0; self.nodes.len() * width];
        let mut waiting = VecDeque::from([0]);
        while let Some(at) = waiting.pop_front() {
            let fallback = self.nodes[at].fallback;
            for (class, byte) in (1..).zip(used) {
                let other = if at == 0 { 0 } else { table[fallback * width + class] };
                table[at * width + class] = match self.nodes[at].next.get(byte) {
                    Some(&child) => {
                        self.nodes[child].fallback = other;
                        let longer = self.nodes[other].ends.clone();
                        self.nodes[child].ends.extend(longer);
                        waiting.push_back(child);
                        child
                    }
                    None => other,
                };
            }
        }
        let ends = |node: usize| if self.nodes[node].ends.is_empty() { 0 } else { ENDS };
        let next = table.iter().map(|node| u32::try_from(node * width).unwrap_or(0) | ends(*node));
        Automaton {
            classes,
            width,
            next: next.collect(),
            depths: self.nodes.iter().map(|node| node.depth).collect(),
            ends: self.nodes.iter().map(|node| node.ends.clone()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Where which text ends.
    fn walked(texts: &[&str], text: &str, case: Case) -> Vec<(usize, u32)> {
        let automaton = Automaton::new(texts.iter().map(|text| text.as_bytes()), case);
        let (mut state, mut found) = (State::default(), Vec::new());
        for (at, byte) in text.bytes().enumerate() {
            state = automaton.step(state, byte);
            assert_eq!(state.is_end(), !automaton.ends(state).is_empty());
            found.extend(automaton.ends(state).iter().map(|number| (at + 1, *number)));
        }
        found
    }

    #[test]
    fn texts_within_texts_are_found_the_longest_first() {
        let found = walked(&["he", "she", "hers", ""], "uSHErs", Case::Ignored);
        assert_eq!(found, [(4, 1), (4, 0), (6, 2)]);
        assert_eq!(walked(&["he"], "uSHErs", Case::Matters), []);
    }

    proptest! {
        #[test]
        fn what_a_plain_search_finds_is_found(
            texts in prop::collection::vec("[ab.]{1,5}", 1..6), text in "[abc.]{0,60}"
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut plain = Vec::new();
            for (one, number) in texts.iter().zip(0..) {
                let starts = (0..text.len()).filter(|at| text[*at..].starts_with(one));
                plain.extend(starts.map(|at| (at + one.len(), number)));
            }
            let mut found = walked(&texts, &text, Case::Matters);
            plain.sort_unstable();
            found.sort_unstable();
            prop_assert_eq!(found, plain);
        }

        #[test]
        fn what_may_become_a_text_is_as_deep_as_it_is_long(text in "[ab]{0,30}") {
            let texts = ["abba", "bab", "aa"];
            let automaton = Automaton::new(texts.map(str::as_bytes), Case::Matters);
            let mut state = State::default();
            for end in 1..=text.len() {
                state = automaton.step(state, text.as_bytes()[end - 1]);
                let longest = (0..end).map(|from| &text[from..end]);
                let longest = longest.filter(|tail| texts.iter().any(|one| one.starts_with(tail))).map(str::len);
                prop_assert_eq!(automaton.depth(state), longest.max().unwrap_or(0));
            }
        }
    }
}
