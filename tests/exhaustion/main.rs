//! Exhaustion: whoever takes all there is of time, memory, descriptors or work gets a bounded share of it, is
//! counted, and the next visitor is served.
//!
//! A module per resource. Each test runs the binary by itself with short limits, and judges by what became of things:
//! who was cut, what was counted, what the process holds.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod bodies;
mod connections;
mod container;
mod floods;
#[path = "../framing/frames.rs"]
#[allow(dead_code)]
mod frames;
mod heads;
mod house;
mod keys;
#[path = "../bombs/makers.rs"]
#[allow(dead_code)]
mod makers;
mod rates;
mod slow;
mod sockets;
#[path = "../e2e/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;
