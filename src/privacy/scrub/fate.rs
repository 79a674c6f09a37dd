//! What becomes of a value.
//!
//! Does not know why. Invariant: a fate that is changed stays of its kind.

use crate::privacy::refusal::Refusal;

/// What becomes of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    Keep,
    Remove,
    Replace(String),
}

impl Fate {
    /// The same fate with another text, if there is one.
    pub fn try_map(self, change: impl FnOnce(String) -> Result<String, Refusal>) -> Result<Self, Refusal> {
        match self {
            Self::Replace(new) => change(new).map(Self::Replace),
            other => Ok(other),
        }
    }

    /// The same fate with another text.
    pub fn map(self, change: impl FnOnce(String) -> String) -> Self {
        match self {
            Self::Replace(new) => Self::Replace(change(new)),
            other => other,
        }
    }
}
