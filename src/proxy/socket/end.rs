//! Why a socket ended, the codes that say so, and the words for the log.
//!
//! Invariant: a reason is a fixed word; the text of a close is the vendor's or none.

use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::super::error::answer_reason;
use super::super::keys::NoKey;
use crate::privacy::Refusal;
use crate::upstream::leg::{CloseFrame, Deaf};

/// Why a socket ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// One side said so, and the other was told.
    Closed(Option<CloseFrame>),
    Refused(Refusal, CloseCode),
    /// The vendor said what rules are to read, and it cannot be read.
    Unreadable(Refusal),
    /// The visitor said more in a while than the route allows.
    Hasty,
    /// There is no key for pseudonyms.
    Failed(NoKey),
    Deaf(Side, Deaf),
    Gone(Side),
    Drained,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Visitor,
    Vendor,
}

impl End {
    /// Whether both sides are still there, and the one that did not ask for it is told of the end.
    pub const fn is_told(&self) -> bool {
        matches!(
            self,
            Self::Closed(_) | Self::Refused(..) | Self::Hasty | Self::Deaf(Side::Visitor, Deaf::Fault(_))
        )
    }

    /// What the visitor and the vendor are told, if they were told nothing yet.
    pub fn last_words(&self) -> (Option<CloseFrame>, Option<CloseFrame>) {
        let word = |code| Some(CloseFrame { code, reason: "".into() });
        let both = |code| (word(code), word(code));
        match self {
            Self::Closed(frame) => {
                let code = frame.as_ref().map(|frame| CloseFrame { code: frame.code, reason: "".into() });
                (code.clone(), code)
            }
            Self::Refused(_, code) => both(*code),
            Self::Hasty => (word(CloseCode::Policy), word(CloseCode::Away)),
            Self::Failed(_) => both(CloseCode::Error),
            Self::Unreadable(_) => (word(CloseCode::Error), word(CloseCode::Policy)),
            Self::Deaf(Side::Visitor, Deaf::Fault(code)) => (word(*code), word(CloseCode::Away)),
            Self::Deaf(Side::Vendor, Deaf::Fault(code)) => (word(CloseCode::Error), word(*code)),
            Self::Deaf(Side::Visitor, _) | Self::Gone(Side::Visitor) | Self::Drained => both(CloseCode::Away),
            Self::Deaf(Side::Vendor, _) | Self::Gone(Side::Vendor) => {
                (word(CloseCode::Error), word(CloseCode::Away))
            }
        }
    }

    /// For the log: how it ended, and why.
    pub const fn told(&self) -> (&'static str, &'static str) {
        match self {
            Self::Closed(_) => ("closed", ""),
            Self::Refused(refusal, _) => ("refused", refusal.reason()),
            Self::Hasty => ("refused", "too_many"),
            Self::Unreadable(refusal) => ("failed", answer_reason(*refusal)),
            Self::Failed(none) => ("failed", none.reason()),
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
