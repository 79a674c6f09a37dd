//! What the fuzz targets share: who is on stage, what leaves, and the laws that hold of it.
//!
//! Knows the engine as a route uses it; each target in `fuzz_targets/` knows one door and the form that is spoken
//! there. Invariant: what leaves is judged by code that the engine does not use.

#[allow(dead_code)] // only the layers it knows and its addresses are asked for
#[path = "../../tests/judge/mod.rs"]
mod judge;

pub mod head;
pub mod laws;
pub mod pack;
pub mod send;
pub mod stage;
mod words;

pub use stage::Stage;
