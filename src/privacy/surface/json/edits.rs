//! A text with stretches of it exchanged.
//!
//! Knows what is copied; does not know why anything changes. Invariant: what no cut touches is the input, byte for
//! byte, and an unchanged text is not copied at all.

use std::ops::Range;

/// The output so far: the input with stretches of it exchanged.
pub struct Edits<'i> {
    input: &'i str,
    out: String,
    /// How much of the input is in `out`, changed or not; 0 while nothing changed.
    pub copied: usize,
}

/// A state of the output to come back to.
pub struct Mark {
    out: usize,
    copied: usize,
}

impl<'i> Edits<'i> {
    pub const fn new(input: &'i str) -> Self {
        Self { input, out: String::new(), copied: 0 }
    }

    pub const fn mark(&self) -> Mark {
        Mark { out: self.out.len(), copied: self.copied }
    }

    pub fn back_to(&mut self, mark: &Mark) {
        self.out.truncate(mark.out);
        self.copied = mark.copied;
    }

    /// Puts a text in the place of a stretch of the input beyond what is copied.
    pub fn cut(&mut self, span: Range<usize>, new: &str) {
        if self.out.capacity() == 0 {
            self.out.reserve(self.input.len());
        }
        self.out.push_str(&self.input[self.copied..span.start]);
        self.out.push_str(new);
        self.copied = span.end;
    }

    pub fn finish(mut self) -> String {
        self.out.push_str(&self.input[self.copied..]);
        self.out
    }
}
