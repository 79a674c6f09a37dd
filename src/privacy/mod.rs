//! Floor 1, pure: what may leave, and in which form.
//!
//! Knows `http`, `bytes` and codecs; no socket, file, clock, environment or randomness. Time, keys and
//! addresses reach it as arguments. Invariant: the only way to a [`Scrubbed`] value leads through here.

mod action;
mod category;
pub mod detect;
pub mod epoch;
pub mod generalize;
mod needle;
pub mod policies;
mod pseudonym;
mod refusal;
mod rule;
mod scrubbed;
mod visitor;

pub use action::Action;
pub use category::{Category, UnknownCategory};
pub use needle::Needle;
pub use policies::Actions;
pub use pseudonym::Pseudonyms;
pub use refusal::{Format, Refusal};
pub use rule::{Name, Path, Pointer, Rule, Selector, SelectorError, Step};
pub use scrubbed::Scrubbed;
pub use visitor::Visitor;
