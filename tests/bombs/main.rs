//! Bombs: what is small outside and large, deep or many inside ends in a clear status, and in bounded memory.
//!
//! A module per kind. Each test runs the binary by itself, so that the peak of its memory is that test's own.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod codings;
mod crowd;
mod deep;
mod hostile;
mod large;
mod makers;
mod many;
mod nested;
mod range;
mod sockets;
#[path = "../e2e/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;
