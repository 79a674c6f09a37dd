//! Session recordings in rrweb's form, as PostHog, Mixpanel, Amplitude, Sentry, Datadog and others carry them.
//!
//! `outline` finds the events of a document (`survey` reads it, `alike` what looks like something that was read),
//! `part` says what stands where in one, `attribute` what an element's attributes hold, `value` treats one text. Does
//! not walk documents: `json` does, with these in step. Invariant: an event stays an event; of what stood in it as
//! text, only its length class leaves, unless the policy keeps it or the site marked it.

mod alike;
mod attribute;
mod css;
mod event;
mod holder;
mod outline;
mod part;
mod survey;
mod value;

pub use outline::{Outline, Told};
pub use part::Part;
pub use value::{Spelling, holds_events, is_figure, keeps_words, scalar};

/// How many levels a recorded page may nest beyond what other documents may: two for each element.
pub const DEEPER: usize = 256;

#[cfg(test)]
mod tests;
