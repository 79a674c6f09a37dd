//! A WebSocket toward the upstream: the handshake, and a voice that says only what is sealed.
//!
//! Knows RFC 6455 §4 from the client's side; offers no extension. Invariant: nothing but a correct 101 makes a
//! socket, so no answer becomes a tunnel around the engine.

use bytes::Bytes;
use http::header::{
    CONNECTION, HeaderMap, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_KEY,
    SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use http::{Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::client::Client;
use super::leg::{self, CloseFrame, Ear, Frame, Gone, Voice};
use super::pool::http1_settings;
use super::resting::Lent;
use super::{Streamed, UpstreamError};
use crate::privacy::{Message, Scrubbed};

/// What comes of asking for a socket.
pub enum Opened {
    /// The head of the 101, and the socket.
    Socket(Response<()>, Box<Socket>),
    /// Any other answer.
    Answer(Response<Streamed>),
}

pub struct Socket {
    pub ear: Ear,
    pub voice: Outward,
}

/// Says what is sealed, and what privet says by itself.
pub struct Outward(Voice);

impl Outward {
    pub async fn say(&mut self, message: Scrubbed<Message>) -> Result<(), Gone> {
        self.0
            .say(match message.into_inner() {
                Message::Text(text) => Frame::text(text),
                Message::Binary(bytes) => Frame::Binary(bytes),
            })
            .await
    }

    pub async fn ping(&mut self) -> Result<(), Gone> {
        self.0.ping().await
    }

    /// Answers the upstream's own ping.
    pub async fn pong(&mut self, payload: Bytes) -> Result<(), Gone> {
        self.0.say(Frame::Pong(payload)).await
    }

    pub async fn close(&mut self, frame: Option<CloseFrame>) -> Result<(), Gone> {
        self.0.close(frame).await
    }

    pub async fn leave(&mut self) {
        self.0.leave().await;
    }
}

impl Client {
    /// Asks for a socket, on a connection of its own; `limit` bounds each message.
    pub async fn open(
        &self,
        request: &Scrubbed<Request<Bytes>>,
        limit: usize,
        deadline: Instant,
    ) -> Result<Opened, UpstreamError> {
        let mut request = self.addressed(request.as_inner())?;
        let key = generate_key();
        ask(request.headers_mut(), &key)?;
        let offered = request.headers().get_all(SEC_WEBSOCKET_PROTOCOL).iter().cloned().collect();
        // Toward an origin server only path and query are said.
        *request.uri_mut() =
            request.uri().path_and_query().cloned().map(Into::into).ok_or(UpstreamError::Target)?;
        let stream = self.sockets.open().await?;
        let (mut send, connection) =
            http1_settings().handshake(stream).await.map_err(|_| UpstreamError::Lost)?;
        // Ends with the answer's body, or when the socket is handed over.
        tokio::spawn(connection.with_upgrades());
        let answer = timeout_at(deadline, send.send_request(request)).await;
        let answer = answer
            .map_err(|_| UpstreamError::AnswerTimeout)?
            .map_err(|error| UpstreamError::of_http(&error))?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            return self.streamed(answer.map(Lent::from)).map(Opened::Answer);
        }
        let switched = timeout_at(deadline, self.switch(answer, &key, offered, limit)).await;
        switched.map_err(|_| UpstreamError::AnswerTimeout)?
    }

    async fn switch(
        &self,
        mut answer: Response<Incoming>,
        key: &str,
        offered: Vec<HeaderValue>,
        limit: usize,
    ) -> Result<Opened, UpstreamError> {
        // HTTP/1.0 knows no switch, whatever its server says.
        if answer.version() != Version::HTTP_11 || !is_correct(answer.headers(), key, &offered) {
            return Err(UpstreamError::Answer);
        }
        let upgraded = hyper::upgrade::on(&mut answer).await.map_err(|_| UpstreamError::Lost)?;
        let connection = Box::new(TokioIo::new(upgraded));
        let (ear, voice) = leg::open(connection, Bytes::new(), Role::Client, limit, self.word_deadline);
        Ok(Opened::Socket(answer.map(drop), Box::new(Socket { ear, voice: Outward(voice) })))
    }
}

/// The client's side of the handshake, whatever a rule kept of the visitor's.
fn ask(headers: &mut HeaderMap, key: &str) -> Result<(), UpstreamError> {
    headers.remove(SEC_WEBSOCKET_EXTENSIONS);
    headers.remove(SEC_WEBSOCKET_ACCEPT);
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    headers.insert(SEC_WEBSOCKET_KEY, HeaderValue::from_str(key).map_err(|_| UpstreamError::Answer)?);
    Ok(())
}

/// RFC 6455 §4.1, what the client must check.
pub fn is_correct(headers: &HeaderMap, key: &str, offered: &[HeaderValue]) -> bool {
    let only = |name| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none()).and_then(|value| value.to_str().ok())
    };
    let offered = |wanted: &str| {
        let lines = offered.iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).any(|name| name.trim() == wanted)
    };
    let words =
        |line: &str, wanted: &str| line.split(',').any(|word| word.trim().eq_ignore_ascii_case(wanted));
    only(&UPGRADE).is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
        && only(&CONNECTION).is_some_and(|value| words(value, "upgrade"))
        && only(&SEC_WEBSOCKET_ACCEPT).is_some_and(|value| value == derive_accept_key(key.as_bytes()))
        && !headers.contains_key(SEC_WEBSOCKET_EXTENSIONS)
        && (!headers.contains_key(SEC_WEBSOCKET_PROTOCOL)
            || only(&SEC_WEBSOCKET_PROTOCOL).is_some_and(offered))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    fn correct(more: &[(&str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("upgrade", "WebSocket"),
            ("connection", "keep-alive, Upgrade"),
            ("sec-websocket-accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ]
        .iter()
        .chain(more)
        {
            let name = http::HeaderName::try_from(*name).unwrap();
            if value.is_empty() {
                headers.remove(name);
            } else if name == SEC_WEBSOCKET_PROTOCOL {
                headers.append(name, value.parse().unwrap());
            } else {
                headers.insert(name, value.parse().unwrap());
            }
        }
        is_correct(&headers, KEY, &[HeaderValue::from_static("graphql-ws, json")])
    }

    #[test]
    fn only_a_correct_switch_is_one() {
        assert!(correct(&[]));
        assert!(correct(&[("sec-websocket-protocol", "json")]));
        for wrong in [
            ("upgrade", "h2c"),
            ("upgrade", ""),
            ("connection", "close"),
            ("connection", ""),
            ("sec-websocket-accept", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            ("sec-websocket-accept", ""),
            ("sec-websocket-extensions", "permessage-deflate"),
            ("sec-websocket-protocol", "other"),
        ] {
            assert!(!correct(&[wrong]), "{wrong:?}");
        }
        assert!(!correct(&[("sec-websocket-protocol", "json"), ("sec-websocket-protocol", "graphql-ws")]));
    }
}
