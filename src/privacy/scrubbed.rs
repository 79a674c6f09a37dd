//! The seal: proof that the engine let a value pass.
//!
//! Invariant: only `privacy/` can make one, and `upstream/` takes nothing else.

/// A value that is fit to leave. Only the privacy engine can make one.
#[derive(Clone, Debug)]
pub struct Scrubbed<T>(T);

impl<T> Scrubbed<T> {
    pub(super) fn seal(value: T) -> Self {
        Self(value)
    }

    pub fn as_inner(&self) -> &T {
        &self.0
    }

    pub fn into_inner(self) -> T {
        self.0
    }
}
