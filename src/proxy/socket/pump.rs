//! The two pumps of a socket: the visitor's messages up through the engine, the vendor's down, through it too where a
//! rule speaks of answers.
//!
//! Invariants: nothing of the visitor's reaches the vendor but what the engine sealed and the code of a close; each
//! pump holds one message, so a slow reader slows its writer.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::super::error::answer_reason;
use super::super::homeward::Homeward;
use super::super::rate::Pace;
use super::super::shared::Shared;
use super::end::{End, Side};
use crate::config::Route;
use crate::metrics::Counts;
use crate::privacy::{Left, Message, Policy, Visitor};
use crate::upstream::Outward;
use crate::upstream::leg::{CloseFrame, Deaf, Ear, Frame, Gone, Voice};

/// What both pumps see.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub shared: &'a Shared,
    pub route: &'a Route,
    pub visitor: &'a Visitor,
    pub homeward: &'a Homeward,
    pub counts: &'a Counts,
    /// Silence after which an end is asked whether it is still there, and after which it is not.
    pub idle: Duration,
}

/// From the visitor to the vendor.
pub struct Up<'a> {
    pub scene: Scene<'a>,
    pub voice: &'a Mutex<Voice>,
    pub vendor: &'a Mutex<Outward>,
    pub count: &'a mut u64,
}

impl Up<'_> {
    /// Pumps to the end. What the vendor was about to say when the visitor was at fault is still said.
    pub async fn run(&mut self, ear: &mut Ear) -> End {
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
        let mut pace = Pace::new(self.scene.route.limit.messages);
        loop {
            let heard = ear.hear(self.scene.idle).await;
            if heard.is_ok() && !pace.admits() {
                return End::Hasty;
            }
            let message = match heard {
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
        let Scene { shared, route, visitor, counts, .. } = self.scene;
        let counted = |outcome| counts.message("up", outcome);
        let code = if let Message::Binary(_) = message { CloseCode::Unsupported } else { CloseCode::Policy };
        let pseudonyms = shared.keys.pseudonyms(route).map_err(End::Failed)?;
        shared.observations.message(route, &message, visitor);
        let scrubbed = shared.crowds.scrub(route, Policy::scrub_message, message, visitor, &pseudonyms);
        let treated = scrubbed.map_err(|refusal| {
            counted("refused");
            counts.refusal(refusal.reason());
            End::Refused(refusal, code)
        })?;
        counts.treated(&treated.tally);
        let Some(message) = treated.message else {
            counted("removed");
            return Ok(());
        };
        counted("passed");
        self.vendor.lock().await.say(message).await.map_err(|Gone| End::Gone(Side::Vendor))
    }
}

/// From the vendor to the visitor: as it is, but for what rules name.
pub struct Down<'a> {
    pub scene: Scene<'a>,
    pub voice: &'a Mutex<Voice>,
    pub vendor: &'a Mutex<Outward>,
    pub count: &'a mut u64,
}

impl Down<'_> {
    pub async fn pump(&mut self, ear: &mut Ear) -> End {
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
            let counted = |outcome| self.scene.counts.message("down", outcome);
            let message = match self.treated(message) {
                Ok(Some(message)) => message,
                Ok(None) => {
                    counted("removed");
                    continue;
                }
                Err(end) => {
                    counted("refused");
                    return end;
                }
            };
            counted("passed");
            if self.voice.lock().await.say(message).await.is_err() {
                return End::Gone(Side::Visitor);
            }
        }
    }

    /// A message as the visitor may have it.
    fn treated(&self, message: Frame) -> Result<Option<Frame>, End> {
        let Scene { homeward, counts, .. } = self.scene;
        let said = match &message {
            Frame::Text(text) => Message::Text(text.as_str().to_owned()),
            other => Message::Binary(other.clone().into_data()),
        };
        let returned = homeward.message(&said).map_err(End::Failed)?.map_err(|refusal| {
            counts.refusal(answer_reason(refusal));
            End::Unreadable(refusal)
        })?;
        Ok(match returned.left {
            Left::AsItCame => Some(message),
            Left::Changed(Message::Text(text)) => Some(Frame::text(text)),
            Left::Changed(Message::Binary(bytes)) => Some(Frame::Binary(bytes)),
            Left::Nothing => None,
        })
    }
}
