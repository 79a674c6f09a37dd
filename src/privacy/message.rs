//! What a visitor says on a socket: its handshake and its messages, one by one.
//!
//! Knows that a message is a text in some framing, or is refused; does not know frames of WebSocket. Invariants:
//! what is sealed here has been looked at whole, and binary that is no readable text is never among it.

use std::fmt;

use bytes::Bytes;
use http::Request;
use http::header::{HeaderMap, HeaderValue, SEC_WEBSOCKET_PROTOCOL};

use super::crowd::{Look, Shown};
use super::framing::Framing;
use super::policy::{Policy, Treated, Undecodable};
use super::pseudonym::Pseudonyms;
use super::refusal::{Format, Refusal};
use super::scrub::Scrub;
use super::scrubbed::Scrubbed;
use super::surface::label::Label;
use super::surface::{body, plain};
use super::tally::Tally;
use super::visitor::Visitor;

/// One whole message, whatever frames it came in.
#[derive(Clone, PartialEq, Eq)]
pub enum Message {
    Text(String),
    Binary(Bytes),
}

/// A message fit to leave, and what was done to it.
#[derive(Debug)]
pub struct TreatedMessage {
    /// `None`: it could not be read, and the route says to go on without.
    pub message: Option<Scrubbed<Message>>,
    pub tally: Tally,
    /// Browser, screen and language, as far as they leave in a coarser form.
    pub look: Look,
}

impl Shown for TreatedMessage {
    fn look(&self) -> &Look {
        &self.look
    }
}

/// Subprotocols that are in use: any other word could be a token, which some scripts put here for want of a header.
const SUBPROTOCOLS: [&str; 27] = [
    "actioncable-unsupported",
    "actioncable-v1-json",
    "binary",
    "chat",
    "graphql-transport-ws",
    "graphql-ws",
    "json",
    "mqtt",
    "mqttv3.1",
    "ocpp1.6",
    "ocpp2.0",
    "ocpp2.0.1",
    "ocpp2.1",
    "phoenix",
    "sip",
    "soap",
    "stomp",
    "superchat",
    "v10.stomp",
    "v11.stomp",
    "v12.stomp",
    "wamp",
    "wamp.2.json",
    "wamp.2.json.batched",
    "wamp.2.msgpack",
    "xmpp",
    "xmpp-framing",
];

impl Policy {
    /// Takes the person out of the request that asks for a socket; of the subprotocols offered, those that are
    /// known words leave, unless a rule of the route says more.
    pub fn scrub_handshake(
        &self,
        request: Request<Bytes>,
        visitor: &Visitor,
        pseudonyms: &Pseudonyms,
    ) -> Result<Treated, Refusal> {
        let offered = known_subprotocols(request.headers());
        let treated = self.scrub_request(request, visitor, pseudonyms)?;
        let mut request = treated.request.into_inner();
        if let Some(offered) = offered
            && !request.headers().contains_key(SEC_WEBSOCKET_PROTOCOL)
        {
            request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, offered);
        }
        Ok(Treated { request: Scrubbed::seal(request), ..treated })
    }

    /// Takes the person out of one message.
    pub fn scrub_message(
        &self,
        message: Message,
        visitor: &Visitor,
        pseudonyms: &Pseudonyms,
    ) -> Result<TreatedMessage, Refusal> {
        let mut scrub = Scrub::new(self.compiled(), visitor, pseudonyms, message.len());
        scrub.sources = Some(self.sources());
        let message = match read(&mut scrub, &message) {
            Ok(None) => Some(message),
            Ok(Some(new)) => Some(message.with(new)?),
            Err(refusal) => match self.undecodable() {
                Undecodable::Refuse => return Err(refusal),
                Undecodable::Remove => None,
                Undecodable::Keep => Some(message),
            },
        };
        Ok(TreatedMessage { message: message.map(Scrubbed::seal), tally: scrub.tally, look: scrub.look })
    }
}

fn read(scrub: &mut Scrub<'_>, message: &Message) -> Result<Option<Vec<u8>>, Refusal> {
    let new = match message {
        Message::Text(text) => self::text(scrub, text)?,
        Message::Binary(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) if text.is_empty() || Framing::of(text).is_some() => self::text(scrub, text)?,
            // A document, compressed or not; bytes that happen to be letters are not known to be a text.
            _ => return body::content(scrub, &Label::parse("application/octet-stream"), bytes),
        },
    };
    Ok(new.map(String::into_bytes))
}

fn text(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    // An empty message or a line end keeps a socket alive.
    if text.trim_ascii().is_empty() { Ok(None) } else { plain::scrub(scrub, text) }
}

fn known_subprotocols(headers: &HeaderMap) -> Option<HeaderValue> {
    let lines = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|line| line.to_str().ok());
    let offered = lines.flat_map(|line| line.split(',')).map(str::trim);
    let known: Vec<_> = offered.filter(|name| SUBPROTOCOLS.binary_search(name).is_ok()).collect();
    HeaderValue::try_from(known.join(", ")).ok().filter(|value| !value.is_empty())
}

impl Message {
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Another content, sent the way this one came.
    fn with(&self, new: Vec<u8>) -> Result<Self, Refusal> {
        Ok(match self {
            Self::Text(_) => Self::Text(String::from_utf8(new).map_err(|_| Refusal::Invalid(Format::Text))?),
            Self::Binary(_) => Self::Binary(new.into()),
        })
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({} bytes)", self.len())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::PolicyParts;
    use crate::privacy::fixture::{self, open, parts, policy};
    use crate::privacy::wrapping::coding::Coding;

    fn treated(policy: &Policy, message: Message) -> Result<Option<Message>, Refusal> {
        let treated = fixture::treat(policy, message)?;
        Ok(treated.message.map(Scrubbed::into_inner))
    }

    #[test]
    fn a_message_is_treated_like_a_body() {
        let policy = open(parts("strict", ""));
        for (before, after) in [
            ("{\"ip\":\"1.2.3.4\",\"a\":1}", "{\"a\":1}"),
            ("{\"topic\":\"room\",\"payload\":{\"email\":\"j\"}}", "{\"topic\":\"room\",\"payload\":{}}"),
            ("[\"1\",\"2\",\"room\",\"say\",{\"ip\":1}]", "[\"1\",\"2\",\"room\",\"say\",{}]"),
            (
                r#"{"command":"message","identifier":"{\"channel\":\"C\"}","data":"{\"ip\":1}"}"#,
                r#"{"command":"message","identifier":"{\"channel\":\"C\"}","data":"{}"}"#,
            ),
            ("hello from 198.51.100.23", "hello from [address]"),
            ("", ""),
            ("\n", "\n"),
        ] {
            assert_eq!(fixture::message(&policy, before).unwrap(), after, "{before}");
        }
        assert!(fixture::message(&policy, "{\"a\":").is_err());
    }

    #[test]
    fn binary_passes_as_a_document_or_not_at_all() {
        let route = open(parts("strict", ""));
        let binary = |bytes: &'static [u8]| Message::Binary(Bytes::from_static(bytes));
        assert_eq!(treated(&route, binary(b"{\"ip\":1}")), Ok(Some(binary(b"{}"))));
        assert_eq!(treated(&route, binary(b"hello")), Err(Refusal::UnknownType));
        assert!(treated(&route, binary(b"\x81\xa1a\x01")).is_err());
        let compress = |text: &str| Message::Binary(Coding::Gzip.encode(text.as_bytes()).unwrap().into());
        assert_eq!(treated(&route, compress("{\"ip\":1,\"a\":2}")), Ok(Some(compress("{\"a\":2}"))));
        let with = |undecodable| Policy::compile(PolicyParts { undecodable, ..parts("strict", "") });
        assert_eq!(treated(&with(Undecodable::Remove), binary(b"\xff")), Ok(None));
        assert_eq!(treated(&with(Undecodable::Keep), binary(b"\xff")), Ok(Some(binary(b"\xff"))));
    }

    #[test]
    fn only_known_subprotocols_are_offered_unless_a_rule_says_more() {
        let offered = |policy: &Policy| {
            let request = Request::get("/s?ip=1.2.3.4&v=1")
                .header("sec-websocket-protocol", "graphql-ws, s3cr3t")
                .header("sec-websocket-protocol", "json")
                .body(Bytes::new());
            let request = fixture::handshake(policy, request.unwrap()).unwrap().request.into_inner();
            let lines = request.headers().get_all("sec-websocket-protocol").iter();
            lines.map(|line| line.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(offered(&policy("strict", "")), ["graphql-ws, json"]);
        assert_eq!(
            offered(&policy("strict", "header:sec-websocket-protocol = keep")),
            ["graphql-ws, s3cr3t", "json"]
        );
        assert!(SUBPROTOCOLS.is_sorted());
    }
}
