//! Wrappings: what a text is put into before it travels, undone and put back.
//!
//! `reading` takes a layer off a whole text, `token` off a word in it, and `layer` puts it back; `noise` tells what
//! is no layer. Knows one at a time; does not know what the text says. Invariant: what [`Layer::wrap`] gives opens to
//! the same text.

mod base64;
pub mod charset;
pub mod coding;
mod escape;
pub mod flow;
mod hex;
mod layer;
mod noise;
pub mod percent;
mod reading;
mod token;

pub use layer::Layer;
pub use reading::Reading;
pub use token::{is_mere_number, may_hold_tokens, tokens};

/// More layers than any real traffic has; past them a value is refused.
pub const MOST_LAYERS: usize = 16;

#[cfg(test)]
mod tests;
