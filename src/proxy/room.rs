//! Room for bodies: how many bytes of them are held at once, in all exchanges of all workers.
//!
//! Knows counts; does not know whose bytes they are. Invariants: never more than the limit is held; nobody waits for
//! room, so who sends slowly keeps nobody waiting; what was held is given back however its exchange ends.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The room of a process.
#[derive(Debug)]
pub struct Room {
    size: AtomicUsize,
    taken: AtomicUsize,
}

/// What one exchange holds, until it is dropped.
#[derive(Debug)]
pub struct Held<'a> {
    room: &'a Room,
    bytes: usize,
}

impl Room {
    pub const fn new(size: usize) -> Self {
        Self { size: AtomicUsize::new(size), taken: AtomicUsize::new(0) }
    }

    /// From now on there is so much; what is held beyond it goes when its exchange ends.
    pub fn resize(&self, size: usize) {
        self.size.store(size, Ordering::Relaxed);
    }

    /// Nothing yet.
    pub const fn hold(&self) -> Held<'_> {
        Held { room: self, bytes: 0 }
    }
}

impl Held<'_> {
    /// Takes room for so many bytes more; whether there was any.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let size = self.room.size.load(Ordering::Relaxed);
        let fits = |taken: usize| taken.checked_add(bytes).filter(|taken| *taken <= size);
        let grown = self.room.taken.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok();
        self.bytes += if grown { bytes } else { 0 };
        grown
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.room.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_exchange_holds_another_cannot_until_it_ends() {
        let room = Room::new(10);
        let (mut one, mut other) = (room.hold(), room.hold());
        assert!(one.grow(4) && other.grow(5) && one.grow(1));
        assert!(!other.grow(1) && !one.grow(usize::MAX));
        drop(one);
        assert!(other.grow(5));
        drop(other);
        assert!(room.hold().grow(10));
    }

    #[test]
    fn a_room_that_became_smaller_takes_nothing_in_until_there_is_place() {
        let room = Room::new(10);
        let mut held = room.hold();
        assert!(held.grow(8));
        room.resize(5);
        assert!(!room.hold().grow(1));
        drop(held);
        assert!(room.hold().grow(5));
    }
}
