//! Framing: what two readers could read in two ways is refused before it is routed, and what reaches the vendor is
//! exactly one well-formed request, or nothing.
//!
//! Cases are data, each with the section or the CVE it stands for.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod conformance;
mod frames;
mod http1;
mod http2;
mod names;
mod received;
#[path = "../e2e/support/mod.rs"]
#[allow(dead_code, unused_imports)]
mod support;
