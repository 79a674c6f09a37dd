//! Names to what they mean, asked with names that a peer made up.
//!
//! Most names that are asked for mean nothing, and are told by their ends and their length. Does not know whose names
//! they are. Invariant: it answers as a map does. The names it holds are those of the settings and of the maps: a peer
//! chooses only what is asked, and no question takes longer than these names make it.

use std::num::NonZeroU32;

/// Names, and a way to each that is short.
#[derive(Clone, Debug)]
pub struct Table<V> {
    entries: Vec<Entry<V>>,
    /// For each slot the first entry; as many as a power of two, or none.
    slots: Vec<Option<Place>>,
}

#[derive(Clone, Debug)]
struct Entry<V> {
    name: Box<[u8]>,
    value: V,
    /// The next one whose name has the same slot.
    next: Option<Place>,
}

/// An entry's, counted from one.
type Place = NonZeroU32;

/// So many slots for each name: most have none.
const ROOM: usize = 4;

impl<V> Default for Table<V> {
    fn default() -> Self {
        Self { entries: Vec::new(), slots: Vec::new() }
    }
}

impl<V> Table<V> {
    /// What a name means; the first time it is given.
    pub fn entry(&mut self, name: &[u8], value: V) -> &mut V {
        let index = self.find(name).unwrap_or_else(|| {
            self.entries.push(Entry { name: name.into(), value, next: None });
            if self.slots.len() < self.entries.len() * ROOM {
                self.slots = vec![None; (self.entries.len() * ROOM).next_power_of_two()];
                (0..self.entries.len()).for_each(|index| self.link(index));
            } else {
                self.link(self.entries.len() - 1);
            }
            self.entries.len() - 1
        });
        &mut self.entries[index].value
    }

    pub fn get(&self, name: &[u8]) -> Option<&V> {
        self.find(name).map(|index| &self.entries[index].value)
    }

    /// The same of a name that is two in a row.
    pub fn get_joined(&self, [head, tail]: [&[u8]; 2]) -> Option<&V> {
        let at = |index: usize| head.get(index).or_else(|| tail.get(index - head.len())).copied();
        let is = |name: &[u8]| name.strip_prefix(head) == Some(tail);
        self.find_by(slot(head.len() + tail.len(), at), is).map(|index| &self.entries[index].value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &V)> {
        self.entries.iter().map(|entry| (&*entry.name, &entry.value))
    }

    fn find(&self, name: &[u8]) -> Option<usize> {
        self.find_by(slot_of(name), |entry| entry == name)
    }

    fn find_by(&self, slot: usize, is: impl Fn(&[u8]) -> bool) -> Option<usize> {
        let mut place = *self.slots.get(slot & self.slots.len().wrapping_sub(1))?;
        while let Some(at) = place {
            let index = at.get() as usize - 1;
            let entry = &self.entries[index];
            if is(&entry.name) {
                return Some(index);
            }
            place = entry.next;
        }
        None
    }

    /// Makes an entry the first of its slot.
    fn link(&mut self, index: usize) {
        let slot = slot_of(&self.entries[index].name) & self.slots.len().wrapping_sub(1);
        let place = u32::try_from(index + 1).ok().and_then(Place::new);
        self.entries[index].next = std::mem::replace(&mut self.slots[slot], place);
    }
}

/// The same for names that begin, end and measure alike; its low bits tell the slot.
fn slot(length: usize, at: impl Fn(usize) -> Option<u8>) -> usize {
    let at = |index: usize| at(index).map_or(0, usize::from);
    at(0) + 37 * at(length / 2) + 11 * at(length.wrapping_sub(1)) + 171 * length
}

fn slot_of(name: &[u8]) -> usize {
    slot(name.len(), |index| name.get(index).copied())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_answers_as_a_map_does(names in prop::collection::vec("[a-c]{0,4}", 0..40), asked in "[a-c]{0,4}") {
            let (mut table, mut map) = (Table::default(), HashMap::new());
            for (index, name) in names.iter().enumerate() {
                table.entry(name.as_bytes(), index);
                map.entry(name).or_insert(index);
            }
            prop_assert_eq!(table.get(asked.as_bytes()), map.get(&asked));
            for joint in 0..=asked.len() {
                let (head, tail) = asked.as_bytes().split_at(joint);
                prop_assert_eq!(table.get_joined([head, tail]), map.get(&asked));
            }
            prop_assert_eq!(table.iter().count(), map.len());
        }
    }
}
