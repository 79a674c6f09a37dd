//! After a granted handshake: two pumps, one message at a time.
//!
//! Knows both legs and the engine's one door for messages; does not know sockets of the visitor's side, nor
//! framings. Invariant: whatever ends a socket, both legs are told why in a code, and one log line is written.

mod end;
mod farewell;
mod opening;
mod pump;

use std::future::Future;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::BoxFuture;
use super::homeward::Homeward;
use crate::metrics::Open;
use crate::upstream::Socket;
use crate::upstream::leg::{self, Connection, Deaf};
use end::{End, Side};
pub use farewell::farewell;
use pump::{Down, Scene, Up};

/// How long a close may take to be answered.
const CLOSING: Duration = Duration::from_secs(5);
/// How long the other end may take to leave after our last word.
const LINGER: Duration = Duration::from_secs(1);

/// What is spoken on a socket once its handshake is granted.
pub enum Conversation {
    /// With a vendor.
    Carried(Box<Carried>),
    /// With nobody: the visitor said no, and the socket ends as soon as it is open.
    Ended,
}

/// A socket whose upstream is connected and whose visitor is about to be.
pub struct Carried {
    homeward: Homeward,
    vendor: Box<Socket>,
    idle: Duration,
    open: Open,
}

impl Conversation {
    /// Goes on until either side leaves or `draining` is ready.
    pub async fn hold(self, connection: Connection, early: Bytes, draining: BoxFuture<'static, ()>) {
        match self {
            Self::Carried(carried) => carried.hold(connection, early, draining).await,
            Self::Ended => farewell::say(connection, early).await,
        }
    }
}

impl Carried {
    /// Carries messages.
    async fn hold(self, connection: Connection, early: Bytes, draining: BoxFuture<'static, ()>) {
        let Self { homeward, vendor, idle, open } = self;
        let Homeward { shared, counts, route, visitor, .. } = &homeward;
        let started = Instant::now();
        let (mut ear, voice) = leg::open(connection, early, Role::Server, route.body_limit, idle);
        let Socket { ear: mut vendor_ear, voice: vendor } = *vendor;
        let (voice, vendor) = (Mutex::new(voice), Mutex::new(vendor));
        let scene = Scene { shared, route, visitor, homeward: &homeward, counts, idle };
        let (mut from_visitor, mut from_vendor) = (0, 0);
        let end = {
            let mut up = Up { scene, voice: &voice, vendor: &vendor, count: &mut from_visitor };
            let mut down = Down { scene, voice: &voice, vendor: &vendor, count: &mut from_vendor };
            let (up, down) = (pin!(up.run(&mut ear)), pin!(down.pump(&mut vendor_ear)));
            both(up, down, draining).await
        };
        tell(scene, &end, [from_visitor, from_vendor], started);
        drop(open);

        let (mut voice, mut vendor) = (voice.into_inner(), vendor.into_inner());
        let (to_visitor, to_vendor) = end.last_words();
        let visitors = async {
            let _ = voice.close(to_visitor).await;
            voice.leave().await;
            ear.outlast(LINGER).await;
        };
        let vendors = async {
            let _ = vendor.close(to_vendor).await;
            // The one that was asked ends the connection (RFC 6455 §7.1.1).
            vendor_ear.outlast(LINGER).await;
            vendor.leave().await;
        };
        tokio::join!(visitors, vendors);
    }
}

/// Runs both pumps to the first end; where the other side was told of it, that side has its time to finish.
async fn both<U, D>(mut up: Pin<&mut U>, mut down: Pin<&mut D>, draining: BoxFuture<'static, ()>) -> End
where
    U: Future<Output = End>,
    D: Future<Output = End>,
{
    tokio::select! {
        end = &mut up => {
            if end.is_told() {
                let _ = timeout(CLOSING, down).await;
            }
            end
        }
        end = &mut down => {
            if end.is_told() {
                let _ = timeout(CLOSING, up).await;
            }
            end
        }
        () = draining => End::Drained,
    }
}

fn tell(Scene { counts, .. }: Scene<'_>, end: &End, messages: [u64; 2], started: Instant) {
    let (outcome, reason) = end.told();
    if let End::Deaf(Side::Visitor, Deaf::Fault(_)) | End::Hasty = end {
        counts.refusal(reason);
    }
    let [from_visitor, from_vendor] = messages;
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(
        route = counts.route(),
        outcome,
        reason,
        from_visitor,
        from_vendor,
        milliseconds,
        "socket"
    );
}
