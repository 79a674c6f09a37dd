//! What can fail, the status it becomes, and the words the visitor sees.
//!
//! The one place where a failure becomes a response. Invariant: the words hold nothing of the request.

use bytes::Bytes;
use http::header::{
    ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER, SEC_WEBSOCKET_VERSION,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{Response, StatusCode, Version};
use http_body_util::{BodyExt, Full};

use super::ResponseBody;
use super::body::Incomplete;
use super::choice::Withheld;
use super::hop::Unacceptable;
use super::keys::NoKey;
use super::rate::TooMany;
use super::router::Unroutable;
use crate::privacy::Refusal;
use crate::privacy::surface::response::Elsewhere;
use crate::upstream::{BoxError, UpstreamError};

/// Why an exchange ended without the upstream's answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Unroutable(#[from] Unroutable),
    #[error(transparent)]
    Unacceptable(#[from] Unacceptable),
    #[error(transparent)]
    TooMany(#[from] TooMany),
    #[error(transparent)]
    Withheld(#[from] Withheld),
    #[error(transparent)]
    Incomplete(#[from] Incomplete),
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    NoKey(#[from] NoKey),
    #[error("upstream: {0}")]
    Upstream(#[from] UpstreamError),
    #[error("upstream: {0}")]
    Elsewhere(#[from] Elsewhere),
    /// An answer that rules are to read, and that cannot be had whole.
    #[error("upstream: answer's {0}")]
    IncompleteAnswer(Incomplete),
    #[error("upstream: answer's {0}")]
    UnreadableAnswer(Refusal),
}

impl Failure {
    /// What became of an answer whose body failed while it was looked through.
    pub fn of_an_answer(error: BoxError) -> Self {
        error.downcast().map_or(Self::IncompleteAnswer(Incomplete::Broken), |failure| *failure)
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::Unroutable(Unroutable::Method) => StatusCode::METHOD_NOT_ALLOWED,
            // A browser that reuses a connection for another name asks again on one of its own.
            Self::Unroutable(Unroutable::UnknownHost | Unroutable::Misdirected) => {
                StatusCode::MISDIRECTED_REQUEST
            }
            Self::Unroutable(Unroutable::UnknownPath) => StatusCode::NOT_FOUND,
            Self::Unroutable(Unroutable::Host | Unroutable::Target) => StatusCode::BAD_REQUEST,
            Self::Unacceptable(Unacceptable::Framing) => StatusCode::BAD_REQUEST,
            Self::Unacceptable(Unacceptable::Expectation) => StatusCode::EXPECTATION_FAILED,
            Self::Unacceptable(Unacceptable::WebSocket) => StatusCode::BAD_REQUEST,
            Self::Unacceptable(Unacceptable::WebSocketVersion) => StatusCode::UPGRADE_REQUIRED,
            Self::Unacceptable(Unacceptable::Origin) => StatusCode::FORBIDDEN,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Withheld(_) => StatusCode::NO_CONTENT,
            Self::Incomplete(Incomplete::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Incomplete(Incomplete::TooSlow) => StatusCode::REQUEST_TIMEOUT,
            Self::Incomplete(Incomplete::Broken) => StatusCode::BAD_REQUEST,
            Self::Incomplete(Incomplete::NoRoom) | Self::IncompleteAnswer(Incomplete::NoRoom) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Refused(Refusal::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Refused(Refusal::UnknownType | Refusal::UnknownEncoding | Refusal::UnknownFile) => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            Self::Refused(_) => StatusCode::BAD_REQUEST,
            Self::NoKey(_) | Self::Upstream(UpstreamError::Exhausted) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Upstream(UpstreamError::Target) => StatusCode::URI_TOO_LONG,
            Self::Upstream(UpstreamError::ConnectTimeout | UpstreamError::AnswerTimeout) => {
                StatusCode::GATEWAY_TIMEOUT
            }
            Self::IncompleteAnswer(Incomplete::TooSlow) => StatusCode::GATEWAY_TIMEOUT,
            Self::Upstream(_)
            | Self::Elsewhere(_)
            | Self::IncompleteAnswer(_)
            | Self::UnreadableAnswer(_) => StatusCode::BAD_GATEWAY,
        }
    }

    /// A short word for the log and a metric's label.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Unroutable(Unroutable::Method) => "method",
            Self::Unroutable(Unroutable::Host) => "host",
            Self::Unroutable(Unroutable::Target) => "target",
            Self::Unroutable(Unroutable::Misdirected) => "misdirected",
            Self::Unroutable(Unroutable::UnknownHost) => "unknown_host",
            Self::Unroutable(Unroutable::UnknownPath) => "unknown_path",
            Self::Unacceptable(Unacceptable::Framing) => "framing",
            Self::Unacceptable(Unacceptable::Expectation) => "expectation",
            Self::Unacceptable(Unacceptable::WebSocket) => "websocket",
            Self::Unacceptable(Unacceptable::WebSocketVersion) => "websocket_version",
            Self::Unacceptable(Unacceptable::Origin) => "origin",
            Self::TooMany(_) => "too_many",
            Self::Withheld(withheld) => withheld.outcome(),
            Self::Incomplete(Incomplete::TooLarge) => "too_large",
            Self::Incomplete(Incomplete::TooSlow) => "too_slow",
            Self::Incomplete(Incomplete::Broken) => "broken_body",
            Self::Incomplete(Incomplete::NoRoom) => "no_room",
            Self::Refused(refusal) => refusal.reason(),
            Self::NoKey(none) => none.reason(),
            Self::Upstream(error) => error.reason(),
            Self::Elsewhere(_) => "upstream_redirect",
            Self::IncompleteAnswer(Incomplete::TooLarge) => "answer_too_large",
            Self::IncompleteAnswer(Incomplete::TooSlow) => "answer_too_slow",
            Self::IncompleteAnswer(Incomplete::Broken) => "answer_broken",
            Self::IncompleteAnswer(Incomplete::NoRoom) => "answer_no_room",
            Self::UnreadableAnswer(refusal) => answer_reason(*refusal),
        }
    }

    /// Whether the upstream is to blame, or the request.
    pub const fn outcome(&self) -> &'static str {
        match self {
            Self::Upstream(_)
            | Self::Elsewhere(_)
            | Self::IncompleteAnswer(_)
            | Self::UnreadableAnswer(_)
            | Self::NoKey(_) => "failed",
            _ => "refused",
        }
    }

    /// Whether the engine let an answer not pass.
    pub const fn is_unread_answer(&self) -> bool {
        matches!(self, Self::IncompleteAnswer(_) | Self::UnreadableAnswer(_))
    }

    /// The response of a failure, to a visitor who speaks a version of HTTP.
    pub fn into_response(self, version: Version) -> Response<ResponseBody> {
        let mut response = Response::new(words(&format!("{self}\n")));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if matches!(self, Self::Unroutable(Unroutable::Method)) {
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"));
        }
        if matches!(self, Self::Unacceptable(Unacceptable::WebSocketVersion)) {
            headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        if let Some(wait) = self.wait() {
            headers.insert(RETRY_AFTER, wait.into());
        }
        if self.ends_connection() && version < Version::HTTP_2 {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    /// For how many seconds it is no use to ask again.
    const fn wait(&self) -> Option<u64> {
        match self {
            Self::TooMany(TooMany { wait }) => Some(wait.as_secs().saturating_add(1)),
            Self::Incomplete(Incomplete::NoRoom) | Self::IncompleteAnswer(Incomplete::NoRoom) => Some(1),
            _ => None,
        }
    }

    /// Whether what follows on the connection may be the rest of something unread.
    const fn ends_connection(&self) -> bool {
        matches!(self, Self::Unroutable(_) | Self::Unacceptable(_) | Self::Incomplete(_))
    }
}

/// The word for what a vendor said and nobody could read.
pub const fn answer_reason(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::TooLarge => "answer_too_large",
        _ => "answer_unreadable",
    }
}

/// A body of privet's own.
pub fn words(text: &str) -> ResponseBody {
    Full::new(Bytes::copy_from_slice(text.as_bytes())).map_err(|never| match never {}).boxed_unsync()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::Format;
    use crate::upstream::Flaw;

    #[test]
    fn each_failure_has_a_status_and_says_which_leg_failed() {
        for (failure, status, said) in [
            (Failure::from(Unroutable::UnknownHost), 421, "no route for this host"),
            (Unroutable::Misdirected.into(), 421, "this connection is for another host"),
            (TooMany { wait: std::time::Duration::ZERO }.into(), 429, "too many requests from here"),
            (Unroutable::UnknownPath.into(), 404, "no route for this path"),
            (Unacceptable::WebSocket.into(), 400, "websocket handshake is malformed"),
            (Unacceptable::WebSocketVersion.into(), 426, "websocket version not supported"),
            (Unacceptable::Origin.into(), 403, "no page of this origin may open a websocket"),
            (Incomplete::TooLarge.into(), 413, "body is too large"),
            (Incomplete::TooSlow.into(), 408, "body came too slowly"),
            (Refusal::Invalid(Format::Json).into(), 400, "body is not valid JSON"),
            (Refusal::UnknownEncoding.into(), 415, "body has a content encoding privet cannot undo"),
            (UpstreamError::Certificate(Flaw::Expired).into(), 502, "upstream: certificate not accepted"),
            (UpstreamError::AnswerTimeout.into(), 504, "upstream: no answer in time"),
            (Elsewhere.into(), 502, "upstream: redirects to a place outside of the route"),
        ] {
            assert_eq!((failure.status().as_u16(), failure.to_string().as_str()), (status, said));
        }
    }

    #[test]
    fn a_connection_that_may_hold_the_rest_of_a_request_is_closed() {
        let closes =
            |failure: Failure, version| failure.into_response(version).headers().contains_key(CONNECTION);
        assert!(closes(Unacceptable::Framing.into(), Version::HTTP_11));
        assert!(!closes(Unacceptable::Framing.into(), Version::HTTP_2));
        assert!(!closes(UpstreamError::Connect.into(), Version::HTTP_11));
    }
}
