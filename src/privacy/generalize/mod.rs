//! The coarser form of each category that has one.
//!
//! Each file takes a value as text and gives back what may be said of it; `None` is what it cannot read, and
//! the caller removes that. Does not know where a value stood. Invariant: a coarser form is its own coarser
//! form, so to scrub twice is to scrub once.

pub mod address;
pub mod language;
pub mod referrer;
pub mod screen;
pub mod time;
pub mod url;
pub mod user_agent;
