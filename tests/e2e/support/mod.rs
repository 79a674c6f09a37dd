//! The stage: a backend, privet, a visitor, each over sockets of its own.
//!
//! Invariant: every test has its own ports, and leaves nothing running.

mod backend;
pub mod chat;
mod program;
mod stage;
pub mod visitor;
pub mod wire;

pub use backend::{Backend, Received};
pub use program::Program;
pub use stage::{Privet, Stage};
pub use visitor::{Frames, Visitor, request};
pub use wire::Answer;
