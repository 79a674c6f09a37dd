//! The names that came one after another in the last object, which the next one mostly repeats.
//!
//! A name that is expected is compared, not searched for its end and looked up. Does not know what the names have in common;
//! whoever notes them does. Invariant: it only guesses; who asks compares, and notes what came instead.

/// More names in a row are not remembered.
const MOST: usize = 32;

/// Names in the order they came, and how far the object that is read now has repeated them.
#[derive(Default)]
pub struct Series<'i> {
    names: Vec<&'i str>,
    at: usize,
}

impl<'i> Series<'i> {
    /// An object begins.
    pub const fn begin(&mut self) {
        self.at = 0;
    }

    /// What is known of the names holds no longer.
    pub fn forget(&mut self) {
        self.names.clear();
        self.at = 0;
    }

    /// The name that should come now.
    pub fn expected(&self) -> Option<&'i str> {
        self.names.get(self.at).copied()
    }

    /// The expected name came.
    pub const fn met(&mut self) {
        self.at += 1;
    }

    /// Another name came.
    pub fn note(&mut self, name: &'i str) {
        self.names.truncate(self.at);
        if self.names.len() < MOST {
            self.names.push(name);
        }
        self.at = self.names.len();
    }
}
