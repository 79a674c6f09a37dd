//! What a visitor said about being passed on at all: no or yes, by which signal, and to the site's consent tool.
//!
//! Knows cookies and headers as a browser sends them; does not know what a no is answered with. Invariant: where two
//! signs contradict each other, the no counts.

mod consent;
mod jar;
mod signal;
mod standing;

pub use consent::{Consent, Predicate, Test};
pub use jar::{is_own, values};
pub use signal::{Choice, Effect, Signal};
pub use standing::{CHOICE_COOKIE, Standing, VisitorChoice};
