//! What becomes of a visitor's no: whether a vendor hears of a request at all, and what the page gets instead.
//!
//! Knows routes, links and cookies; does not know sockets or a person. Invariants: who said no, or has not yet said
//! the yes a route asks for, is answered here and no connection to the vendor is opened; privet's own cookies hold a
//! word, never an id, and are written on an act of choosing only.

mod click;
mod consider;
pub mod instead;
mod keep;
pub mod link;
mod state;
mod tracking;
mod verdict;

use http::HeaderMap;

use crate::config::Route;

pub use crate::privacy::choice::{Choice, Effect, Signal, Standing};
pub use consider::{Next, admitted, consider, mark};
pub use keep::cookie;
pub use link::is_of_site;
pub use state::answer as state;
pub use tracking::{gpc, status};
pub use verdict::Withheld;

/// Where the visitor behind these headers stands with a route.
pub fn read(headers: &HeaderMap, route: &Route) -> Standing {
    route.choice.standing(headers, None)
}
