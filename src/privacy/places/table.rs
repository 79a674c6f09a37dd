//! Names to what they mean, asked with names that a peer made up.
//!
//! Most names that are asked for mean nothing, and are told by their ends and their length. Does not know whose names
//! they are. Invariant: it answers as a map does; the map hashes with a key, so no peer can make it slow.

use std::collections::HashMap;

/// A map that says no quickly.
#[derive(Clone, Debug)]
pub struct Table<V> {
    entries: HashMap<Box<[u8]>, V>,
    /// A bit for each name's [`slot`].
    slots: [u64; SLOTS / 64],
}

const SLOTS: usize = 1024;

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self { entries: HashMap::new(), slots: [0; SLOTS / 64] }
    }
}

impl<V> Table<V> {
    /// What a name means; the first time it is given.
    pub fn entry(&mut self, name: &[u8], value: V) -> &mut V {
        let slot = slot(name);
        self.slots[slot / 64] |= 1 << (slot % 64);
        self.entries.entry(name.into()).or_insert(value)
    }

    pub fn get(&self, name: &[u8]) -> Option<&V> {
        let slot = slot(name);
        if self.slots[slot / 64] >> (slot % 64) & 1 == 0 {
            return None;
        }
        self.entries.get(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &V)> {
        self.entries.iter().map(|(name, value)| (&**name, value))
    }
}

/// The same for names that begin, end and measure alike.
fn slot(name: &[u8]) -> usize {
    let at = |index: usize| name.get(index).copied().map_or(0, usize::from);
    let (first, middle, last) = (at(0), at(name.len() / 2), at(name.len().wrapping_sub(1)));
    (first + 37 * middle + 11 * last + 171 * name.len()) % SLOTS
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_answers_as_a_map_does(names in prop::collection::vec("[a-c]{0,4}", 0..20), asked in "[a-c]{0,4}") {
            let (mut table, mut map) = (Table::default(), HashMap::new());
            for (index, name) in names.iter().enumerate() {
                table.entry(name.as_bytes(), index);
                map.entry(name).or_insert(index);
            }
            prop_assert_eq!(table.get(asked.as_bytes()), map.get(&asked));
            prop_assert_eq!(table.iter().count(), map.len());
        }
    }
}
