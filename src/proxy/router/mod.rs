//! Host and path → route.
//!
//! Knows how a request says where it goes, in every version of HTTP; does not know what a route does.
//! Invariants: a request that names its host in two ways, or a path that two readers could walk to two places,
//! finds no route; the bytes of a path that passes are the visitor's own.

mod find;
mod said;
#[cfg(test)]
mod tests;
mod unroutable;

pub use find::{Found, find, is_for, is_misdirected, target_on};
pub use said::{authority_of, host, path};
pub use unroutable::Unroutable;
