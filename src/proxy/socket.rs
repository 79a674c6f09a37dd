//! After a granted handshake: two pumps, one message at a time.
//!
//! Knows both legs and the engine's one door for messages; does not know sockets of the visitor's side, nor
//! framings. Invariants: nothing of the visitor's reaches the upstream but what the engine sealed and the code of a
//! close; each direction holds one message, so a slow reader slows its writer; whatever ends a socket, both legs
//! are told why in a code, and one log line is written.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::BoxFuture;
use super::shared::Shared;
use crate::config::Route;
use crate::metrics::Open;
use crate::privacy::{Message, Refusal, Tally, Visitor};
use crate::upstream::leg::{self, CloseFrame, Connection, Deaf, Ear, Frame, Gone, Voice};
use crate::upstream::{Outward, Socket};

/// How long a close may take to be answered.
const CLOSING: Duration = Duration::from_secs(5);
/// How long the other end may take to leave after our last word.
const LINGER: Duration = Duration::from_secs(1);

/// A socket whose upstream is connected and whose visitor is about to be.
pub struct Conversation {
    pub(super) shared: Arc<Shared>,
    pub(super) route: Arc<Route>,
    pub(super) visitor: Visitor,
    pub(super) vendor: Box<Socket>,
    /// Silence after which an end is asked whether it is still there, and after which it is not.
    pub(super) idle: Duration,
    pub(super) open: Open,
}

/// Why a socket ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    /// One side said so, and the other was told.
    Closed(Option<CloseFrame>),
    Refused(Refusal, CloseCode),
    /// No key for pseudonyms could be made.
    Failed,
    Deaf(Side, Deaf),
    Gone(Side),
    Drained,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Visitor,
    Vendor,
}

impl Conversation {
    /// Carries messages until either side leaves or `draining` is ready.
    pub async fn hold(self, connection: Connection, early: Bytes, draining: BoxFuture<'static, ()>) {
        let Self { shared, route, visitor, vendor, idle, open } = self;
        let started = Instant::now();
        let (mut ear, voice) = leg::open(connection, early, Role::Server, route.body_limit, idle).await;
        let Socket { ear: mut vendor_ear, voice: vendor } = *vendor;
        let (voice, vendor) = (Mutex::new(voice), Mutex::new(vendor));
        let scene = Scene { shared: &shared, route: &route, visitor: &visitor, idle };
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

/// What both pumps see.
#[derive(Clone, Copy)]
struct Scene<'a> {
    shared: &'a Shared,
    route: &'a Route,
    visitor: &'a Visitor,
    idle: Duration,
}

/// From the visitor to the vendor.
struct Up<'a> {
    scene: Scene<'a>,
    voice: &'a Mutex<Voice>,
    vendor: &'a Mutex<Outward>,
    count: &'a mut u64,
}

impl Up<'_> {
    /// Pumps to the end. What the vendor was about to say when the visitor was at fault is still said.
    async fn run(&mut self, ear: &mut Ear) -> End {
        let end = self.pump(ear).await;
        if end.is_told() && !matches!(end, End::Closed(_)) {
            let (to_visitor, to_vendor) = end.last_words();
            self.voice.lock().await.resolve(to_visitor);
            let _ = self.vendor.lock().await.close(to_vendor).await;
        }
        end
    }

    async fn pump(&mut self, ear: &mut Ear) -> End {
        let mut is_asked = false;
        loop {
            let message = match ear.hear(self.scene.idle).await {
                Err(Deaf::Silence) if !is_asked => {
                    is_asked = true;
                    if self.voice.lock().await.ping().await.is_err() {
                        return End::Gone(Side::Visitor);
                    }
                    continue;
                }
                Err(deaf) => return End::Deaf(Side::Visitor, deaf),
                Ok(Frame::Text(text)) => Message::Text(text.as_str().to_owned()),
                Ok(Frame::Binary(bytes)) => Message::Binary(bytes),
                Ok(Frame::Ping(payload)) => {
                    // The visitor's own words go back to the visitor alone.
                    if self.voice.lock().await.say(Frame::Pong(payload)).await.is_err() {
                        return End::Gone(Side::Visitor);
                    }
                    is_asked = false;
                    continue;
                }
                Ok(Frame::Close(frame)) => {
                    // A reason is free text that no rule reads.
                    let frame = frame.map(|frame| CloseFrame { reason: "".into(), ..frame });
                    let _ = self.vendor.lock().await.close(frame.clone()).await;
                    return End::Closed(frame);
                }
                Ok(Frame::Pong(_) | Frame::Frame(_)) => {
                    is_asked = false;
                    continue;
                }
            };
            is_asked = false;
            *self.count += 1;
            if let Err(end) = self.pass(message).await {
                return end;
            }
        }
    }

    async fn pass(&self, message: Message) -> Result<(), End> {
        let Scene { shared, route, visitor, .. } = self.scene;
        let counted = |outcome| shared.metrics.message(&route.name, "up", outcome);
        let unsupported = matches!(message, Message::Binary(_));
        let pseudonyms = shared.keys.pseudonyms(route).map_err(|_| End::Failed)?;
        let treated = route.policy.scrub_message(message, visitor, &pseudonyms).map_err(|refusal| {
            counted("refused");
            shared.metrics.refusal(&route.name, refusal.reason());
            let is_unknown = unsupported && refusal == Refusal::UnknownType;
            End::Refused(refusal, if is_unknown { CloseCode::Unsupported } else { CloseCode::Policy })
        })?;
        count(shared, route, &treated.tally);
        let Some(message) = treated.message else {
            counted("removed");
            return Ok(());
        };
        counted("passed");
        self.vendor.lock().await.say(message).await.map_err(|Gone| End::Gone(Side::Vendor))
    }
}

/// From the vendor to the visitor: as it is.
struct Down<'a> {
    scene: Scene<'a>,
    voice: &'a Mutex<Voice>,
    vendor: &'a Mutex<Outward>,
    count: &'a mut u64,
}

impl Down<'_> {
    async fn pump(&mut self, ear: &mut Ear) -> End {
        let mut is_asked = false;
        loop {
            let message = match ear.hear(self.scene.idle).await {
                Err(Deaf::Silence) if !is_asked => {
                    is_asked = true;
                    if self.vendor.lock().await.ping().await.is_err() {
                        return End::Gone(Side::Vendor);
                    }
                    continue;
                }
                Err(deaf) => return End::Deaf(Side::Vendor, deaf),
                Ok(message @ (Frame::Text(_) | Frame::Binary(_))) => message,
                Ok(Frame::Ping(payload)) => {
                    if self.vendor.lock().await.pong(payload).await.is_err() {
                        return End::Gone(Side::Vendor);
                    }
                    is_asked = false;
                    continue;
                }
                Ok(Frame::Close(frame)) => {
                    let _ = self.voice.lock().await.close(frame.clone()).await;
                    return End::Closed(frame);
                }
                Ok(Frame::Pong(_) | Frame::Frame(_)) => {
                    is_asked = false;
                    continue;
                }
            };
            is_asked = false;
            *self.count += 1;
            self.scene.shared.metrics.message(&self.scene.route.name, "down", "passed");
            if self.voice.lock().await.say(message).await.is_err() {
                return End::Gone(Side::Visitor);
            }
        }
    }
}

impl End {
    /// Whether both sides are still there, and the one that did not ask for it is told of the end.
    const fn is_told(&self) -> bool {
        matches!(self, Self::Closed(_) | Self::Refused(..) | Self::Deaf(Side::Visitor, Deaf::Fault(_)))
    }

    /// What the visitor and the vendor are told, if they were told nothing yet.
    fn last_words(&self) -> (Option<CloseFrame>, Option<CloseFrame>) {
        let word = |code| Some(CloseFrame { code, reason: "".into() });
        let both = |code| (word(code), word(code));
        match self {
            Self::Closed(frame) => {
                let code = frame.as_ref().map(|frame| CloseFrame { code: frame.code, reason: "".into() });
                (code.clone(), code)
            }
            Self::Refused(_, code) => both(*code),
            Self::Failed => both(CloseCode::Error),
            Self::Deaf(Side::Visitor, Deaf::Fault(code)) => (word(*code), word(CloseCode::Away)),
            Self::Deaf(Side::Vendor, Deaf::Fault(code)) => (word(CloseCode::Error), word(*code)),
            Self::Deaf(Side::Visitor, _) | Self::Gone(Side::Visitor) | Self::Drained => both(CloseCode::Away),
            Self::Deaf(Side::Vendor, _) | Self::Gone(Side::Vendor) => {
                (word(CloseCode::Error), word(CloseCode::Away))
            }
        }
    }

    /// For the log: how it ended, and why.
    const fn told(&self) -> (&'static str, &'static str) {
        match self {
            Self::Closed(_) => ("closed", ""),
            Self::Refused(refusal, _) => ("refused", refusal.reason()),
            Self::Failed => ("failed", "no_randomness"),
            Self::Deaf(Side::Visitor, Deaf::Fault(_)) => ("refused", "malformed"),
            Self::Deaf(Side::Visitor, Deaf::Silence) => ("cut", "visitor_silent"),
            Self::Deaf(Side::Visitor, Deaf::Lost) | Self::Gone(Side::Visitor) => ("cut", "visitor_lost"),
            Self::Deaf(Side::Vendor, Deaf::Fault(_)) => ("failed", "upstream_answer"),
            Self::Deaf(Side::Vendor, Deaf::Silence) => ("failed", "upstream_silent"),
            Self::Deaf(Side::Vendor, Deaf::Lost) | Self::Gone(Side::Vendor) => ("failed", "upstream_lost"),
            Self::Drained => ("drained", ""),
        }
    }
}

fn count(shared: &Shared, route: &Route, tally: &Tally) {
    for (category, action, count) in tally.counts() {
        shared.metrics.values(&route.name, category, action, count);
    }
    if tally.unmapped() > 0 {
        shared.metrics.unmapped(&route.name, tally.unmapped());
    }
}

fn tell(Scene { shared, route, .. }: Scene<'_>, end: &End, counts: [u64; 2], started: Instant) {
    let (outcome, reason) = end.told();
    if let End::Deaf(Side::Visitor, Deaf::Fault(_)) = end {
        shared.metrics.refusal(&route.name, reason);
    }
    let [from_visitor, from_vendor] = counts;
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(route = &*route.name, outcome, reason, from_visitor, from_vendor, milliseconds, "socket");
}
