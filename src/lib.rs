//! privet, the hedge between a website's visitors and third-party vendors: the conversation passes, the person does
//! not.
//!
//! ```text
//! floor 6  command/     front door: run, demo, check, explain, scrub, healthcheck
//!       5  downstream/  the visitor's side: sockets in, TLS, drain
//!       4  proxy/       one exchange, start to end
//!       3  upstream/    the vendor's side: sockets out, the only way out
//!       2  config/      proxy.toml and the vendors' maps, read once
//!       1  privacy/     pure: what may leave, and in which form
//! ```
//!
//! Imports run down the floors, never up. Two invariants hold the house together: nothing reaches an
//! upstream but a `privacy::Scrubbed` value, which only floor 1 can make; and no visitor's value reaches
//! a log, a metric, an error or a file.

pub mod command;
pub mod config;
pub mod downstream;
pub mod logging;
pub mod metrics;
pub mod privacy;
pub mod proxy;
pub mod upstream;
