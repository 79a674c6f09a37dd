//! Framings: what protocols put around their messages on a socket, and around the same in a polled body.
//!
//! Knows where a packet begins and ends; what stands in it is read as any text is. Told by the text alone, since
//! no label says it. Invariants: a framing in which nothing is treated leaves byte for byte as it came, and what
//! was one packet, record or frame leaves as one.

pub mod engine_io;
pub mod lengths;
mod records;
mod sockjs;
mod stomp;

use std::borrow::Cow;

use super::refusal::Refusal;
use super::scrub::Scrub;
use super::surface::plain;

/// A way to frame messages, as it is recognized by a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Engine.IO and Socket.IO: `42["event",{}]`.
    EngineIo,
    /// Engine.IO 3 over long polling: `10:42["event"]2:40`.
    Lengths,
    /// Pieces between record separators: SignalR, and Engine.IO 4 over long polling.
    Records,
    /// STOMP 1.0 to 1.2.
    Stomp,
    /// SockJS: an array of strings, each a message.
    SockJs,
}

impl Framing {
    /// The framing a text is in, if it is in one.
    pub fn of(text: &str) -> Option<Self> {
        if records::are_in(text) {
            Some(Self::Records)
        } else if stomp::is_framed(text) {
            Some(Self::Stomp)
        } else if engine_io::is_packet(text) {
            Some(Self::EngineIo)
        } else if engine_io::is_payload(text) {
            Some(Self::Lengths)
        } else if sockjs::is_framed(text) {
            Some(Self::SockJs)
        } else {
            None
        }
    }

    /// What stands in a text in this framing, one layer down.
    pub fn contents(self, text: &str) -> Result<Vec<Content<'_>>, Refusal> {
        match self {
            Self::EngineIo | Self::Lengths => engine_io::contents(text),
            Self::Records => Ok(records::contents(text)),
            Self::Stomp => stomp::contents(text),
            Self::SockJs => sockjs::contents(text),
        }
    }

    /// Rewrites a text in this framing; `None` when it may leave as it came.
    pub fn scrub(self, scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
        match self {
            Self::EngineIo => engine_io::packet(scrub, text),
            Self::Lengths => engine_io::payload(scrub, text),
            Self::Records => records::scrub(scrub, text),
            Self::Stomp => stomp::scrub(scrub, text),
            Self::SockJs => sockjs::scrub(scrub, text),
        }
    }
}

/// One thing that stands in a framing.
#[derive(Debug, PartialEq, Eq)]
pub enum Content<'t> {
    /// A header of the vendor's or site's own: its name in lower case, its value.
    Header(String, String),
    /// A text, a document, or another framing.
    Text(Cow<'t, str>),
    /// An event's name and its arguments, in one array.
    Event(&'t str),
}

/// What a frame holds, one layer down: a text, a document, or another framing.
fn inside(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    if text.trim_ascii().is_empty() {
        return Ok(None);
    }
    scrub.nested(|scrub| plain::scrub(scrub, text))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::fixture::{message, open, parts, policy};
    use proptest::prelude::*;

    #[test]
    fn a_framing_is_told_by_the_text_and_talk_is_not_taken_for_one() {
        for (text, framing) in [
            ("2", Some(Framing::EngineIo)),
            ("42[\"a\"]", Some(Framing::EngineIo)),
            ("10:42[\"abcd\"]2:40", Some(Framing::Lengths)),
            ("11:42[\"abcd\"]a2:40", None),
            ("12:42[\"abcd\"]", None),
            ("{}\u{1e}", Some(Framing::Records)),
            ("SEND\ndestination:/a\n\nhi\0", Some(Framing::Stomp)),
            ("[\"SEND\\n\\nhi\\u0000\"]", Some(Framing::SockJs)),
            ("[\"a\"]", None),
            ("{\"a\":1}", None),
            ("hello", None),
            ("42 is the answer", None),
            ("4917612345678", None),
            ("12:30 o'clock", None),
            ("SEND help", None),
            ("", None),
        ] {
            assert_eq!(Framing::of(text), framing, "{text}");
        }
    }

    #[test]
    fn documents_in_frames_are_read_by_the_routes_rules() {
        let closed = policy("strict", "json:/0 -> service\njson:/1/text -> message\njson:/type -> service");
        for (before, after) in [
            ("42[\"say\",{\"text\":\"hi\",\"ip\":1}]", "42[\"say\",{\"text\":\"hi\"}]"),
            ("{\"type\":1,\"x\":2}\u{1e}", "{\"type\":1}\u{1e}"),
            (
                "[\"SEND\\n\\n{\\\"type\\\":1,\\\"x\\\":2}\\u0000\"]",
                "[\"SEND\\n\\n{\\\"type\\\":1}\\u0000\"]",
            ),
        ] {
            assert_eq!(message(&closed, before).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn what_stands_in_a_framing_is_what_it_says() {
        let text = |text: &'static str| Content::Text(Cow::Borrowed(text));
        let header = Content::Header("x-k".to_owned(), "a:b".to_owned());
        for (framed, contents) in [
            ("42[\"say\",1]", vec![Content::Event("[\"say\",1]")]),
            ("40/chat,{\"a\":1}", vec![text("{\"a\":1}")]),
            ("10:42[\"abcd\"]2:40", vec![Content::Event("[\"abcd\"]"), text("")]),
            ("{}\u{1e}{\"a\":1}\u{1e}", vec![text("{}"), text("{\"a\":1}")]),
            ("SEND\ndestination:/a\nX-K:a\\cb\n\nhi\0\n", vec![header, text("hi")]),
            ("[\"SEND\\n\\nhi\\u0000\"]", vec![text("SEND\n\nhi\0")]),
        ] {
            assert_eq!(Framing::of(framed).unwrap().contents(framed), Ok(contents), "{framed}");
        }
        assert_eq!(Framing::EngineIo.contents("451-[{}]"), Err(Refusal::UnknownType));
    }

    /// One packet, record or frame of some framing, with nothing in it to treat.
    fn harmless() -> impl Strategy<Value = String> {
        let word = "[a-z]{1,8}";
        prop_oneof![
            word.prop_map(|word| format!("42[\"{word}\" , {{\"n\":1}}]")),
            word.prop_map(|word| format!("42/{word},7[\"{word}\"]")),
            word.prop_map(|word| format!("40/{word},{{}}")),
            Just("2probe".to_owned()),
            word.prop_map(|word| format!("SEND\ndestination:/{word}\ncontent-length:7\n\n{{\"a\":1}}\0\n")),
            (word, word)
                .prop_map(|(one, two)| format!("[\"SEND\\nreceipt:{one}\\n\\n{two}\\u0000\", \"\\n\"]")),
            word.prop_map(|word| format!("{{\"type\": 6, \"a\":\"{word}\"}}")),
        ]
    }

    proptest! {
        #[test]
        fn where_nothing_is_treated_every_byte_stays(packets in prop::collection::vec(harmless(), 1..4)) {
            let policy = open(parts("strict", ""));
            prop_assert_eq!(message(&policy, &packets[0]).unwrap(), packets[0].as_str());
            let joined = packets.join("\u{1e}");
            prop_assert_eq!(message(&policy, &joined).unwrap(), joined);
        }

        #[test]
        fn nothing_cut_or_mangled_panics(text in "[0-9SEND:,\\[\\]\"{}a\\n\u{0}\u{1e}\\\\u]{0,40}") {
            let _ = message(&open(parts("strict", "")), &text);
        }
    }
}
