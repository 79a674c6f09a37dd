//! The vendor's side: sockets out, and the only way out.
//!
//! Knows how to reach a route's upstreams, which of them stand, and how to tell what failed; does not know policies
//! or visitors. Invariant: nothing but a [`crate::privacy::Scrubbed`] request or message is sent, to nobody but the
//! upstreams of the settings.

mod address;
mod alarm;
mod client;
mod connect;
mod dial;
mod error;
mod health;
pub mod leg;
mod now;
mod pool;
mod resting;
mod roots;
mod several;
pub mod socket;
mod standing;
mod stream;
mod ways;

pub use alarm::{Alarm, Woken};
pub use error::{BoxError, Flaw, UpstreamError};
pub use health::watch;
pub use roots::{authorities, tls};
pub use several::Upstreams;
pub use socket::{Opened, Outward, Socket};
pub use standing::Standing;
pub use stream::Streamed;
pub use ways::Ways;
