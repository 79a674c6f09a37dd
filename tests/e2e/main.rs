//! privet as its visitors and its vendors meet it: the real server on port 0, over real sockets.
//!
//! A module per promise. `support` is the stage: a backend that remembers every byte, privet, and a visitor
//! who says too much.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod alike;
mod answers;
mod caching;
mod canary;
mod choice;
mod country;
mod drain;
mod failures;
mod faults;
mod framing;
mod handover;
#[path = "../judge/mod.rs"]
mod judge;
mod leak;
mod limits;
mod load;
mod mounting;
mod observe;
mod pages;
mod process;
mod promises;
mod pseudonyms;
mod rare;
mod recorded;
mod reload;
mod response;
mod rewriting;
mod rfc6455;
mod route;
#[allow(dead_code)] // the stage of other suites, too
mod support;
mod websocket;
