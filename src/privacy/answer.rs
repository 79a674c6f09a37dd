//! What a vendor says: answers, pieces of answers and messages, on their way to the visitor.
//!
//! Knows the doors of the surfaces; does not know how bytes arrive. Invariants: only what a rule names is treated, and
//! what holds this visitor's address; everything else passes byte for byte. A route without rules for answers has
//! nothing to ask for here.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;

use super::framing::Framing;
use super::message::Message;
use super::policy::{Policy, Undecodable};
use super::pseudonym::Pseudonyms;
use super::refusal::Refusal;
use super::scrub::Scrub;
use super::surface::plain;
use super::surface::response::{self, Changes, Cut, Echo, Home, Names, Origin};
use super::tally::Tally;
use super::visitor::Visitor;

/// Whom an answer goes to.
#[derive(Clone, Copy, Debug)]
pub struct Homeward<'a> {
    pub visitor: &'a Visitor,
    pub pseudonyms: &'a Pseudonyms,
    pub home: Home<'a>,
    /// What is looked for in every text, whether or not a rule speaks of it.
    pub names: Option<&'a Arc<Names>>,
}

/// What comes home of something the vendor said, and what was done to it.
#[derive(Debug)]
pub struct Returned<T> {
    pub left: Left<T>,
    pub tally: Tally,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left<T> {
    AsItCame,
    Changed(T),
    /// It could not be read, and the route says to go on without.
    Nothing,
}

impl Policy {
    /// Whether a rule speaks of what the vendor's documents say.
    pub fn reads_answers(&self) -> bool {
        self.back().is_some()
    }

    /// Treats a whole body under these headers, and the vendor's names in it.
    pub fn scrub_answer(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        homeward: Homeward<'_>,
    ) -> Result<Returned<Bytes>, Refusal> {
        let returned = self.read(body.len(), homeward, |scrub| {
            Ok(response::scrub_content(scrub, headers, body)?.map(Bytes::from))
        })?;
        if self.reads_answers() {
            return Ok(returned);
        }
        Ok(returned.then(|_| {
            let (new, changes) = self.named(homeward, body)?;
            Some((new.into(), changes))
        }))
    }

    /// Treats one event, or one line.
    pub fn scrub_piece(
        &self,
        cut: Cut,
        piece: &[u8],
        homeward: Homeward<'_>,
    ) -> Result<Returned<Bytes>, Refusal> {
        let returned = self.read(piece.len(), homeward, |scrub| {
            Ok(response::scrub_piece(scrub, cut, piece)?.map(Bytes::from))
        })?;
        Ok(returned.then(|new: Option<&Bytes>| {
            let (new, changes) = self.named(homeward, new.map_or(piece, |new| new))?;
            Some((new.into(), changes))
        }))
    }

    /// Treats one message on a socket.
    pub fn scrub_returning(
        &self,
        message: &Message,
        homeward: Homeward<'_>,
    ) -> Result<Returned<Message>, Refusal> {
        let returned = self.read(message.len(), homeward, |scrub| match message {
            Message::Text(text) => Ok(self::text(scrub, text)?.map(Message::Text)),
            Message::Binary(bytes) => Ok(binary(scrub, bytes)?.map(|new| Message::Binary(new.into()))),
        })?;
        Ok(returned.then(|new| match new.unwrap_or(message) {
            Message::Text(text) => {
                let (new, changes) = self.named(homeward, text.as_bytes())?;
                Some((Message::Text(String::from_utf8(new).ok()?), changes))
            }
            Message::Binary(bytes) => {
                let (new, changes) = self.named(homeward, bytes)?;
                Some((Message::Binary(new.into()), changes))
            }
        }))
    }

    /// This visitor's address, and what stands for it in a text that comes home; `None`: it may be told.
    pub fn echo(&self, visitor: &Visitor, pseudonyms: &Pseudonyms) -> Option<Echo> {
        Echo::of(&mut Scrub::new(self.compiled(), visitor, pseudonyms, 0))
    }

    /// A text that is there as a whole, with the vendor's names made the visitor's; `None`: it may pass as it is.
    fn named(&self, homeward: Homeward<'_>, text: &[u8]) -> Option<(Vec<u8>, Changes)> {
        let Homeward { visitor, pseudonyms, home, names } = homeward;
        let names = names.filter(|_| response::is_said_as_text(text))?;
        let echo = Echo::within(&mut Scrub::new(self.compiled(), visitor, pseudonyms, 0), text);
        let (new, changes) = names.whole(&home, Origin::MESSAGE, echo.as_ref(), text);
        Some((new?, changes))
    }

    fn read<T>(
        &self,
        size: usize,
        Homeward { visitor, pseudonyms, home, names }: Homeward<'_>,
        look: impl FnOnce(&mut Scrub<'_>) -> Result<Option<T>, Refusal>,
    ) -> Result<Returned<T>, Refusal> {
        let Some(back) = self.back() else {
            return Ok(Returned { left: Left::AsItCame, tally: Tally::default() });
        };
        let mut scrub = Scrub::new(back, visitor, pseudonyms, size);
        (scrub.home, scrub.names) = (Some(&home), names);
        let left = match look(&mut scrub) {
            Ok(None) => Left::AsItCame,
            Ok(Some(new)) => Left::Changed(new),
            Err(refusal) => match self.undecodable() {
                Undecodable::Refuse => return Err(refusal),
                Undecodable::Remove => Left::Nothing,
                Undecodable::Keep => Left::AsItCame,
            },
        };
        Ok(Returned { left, tally: scrub.tally })
    }
}

impl<T> Returned<T> {
    /// The same, looked at once more: what was made of it so far, if it was changed.
    fn then(mut self, look: impl FnOnce(Option<&T>) -> Option<(T, Changes)>) -> Self {
        let found = match &self.left {
            Left::AsItCame => look(None),
            Left::Changed(new) => look(Some(new)),
            Left::Nothing => None,
        };
        if let Some((new, changes)) = found {
            self.left = Left::Changed(new);
            self.tally.add_changes(&changes);
        }
        self
    }
}

fn text(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    if text.trim_ascii().is_empty() { Ok(None) } else { plain::scrub(scrub, text) }
}

fn binary(scrub: &mut Scrub<'_>, bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    match std::str::from_utf8(bytes) {
        Ok(framed) if Framing::of(framed).is_some() => Ok(text(scrub, framed)?.map(String::into_bytes)),
        _ => response::scrub_binary(scrub, bytes),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::privacy::PolicyParts;
    use crate::privacy::fixture::{self, answer, homeward, parts, policy};

    const RULES: &str = "response-json:/user/city -> location
        response-json:/**/email -> contact
        response-json:/server = route
        response-json:/endpoints = route
        response-json:/lang -> language
        response-json:/1/note -> typed_text";

    fn json(body: &str) -> Result<String, Refusal> {
        let left = answer(&policy("strict", RULES), &[("content-type", "application/json")], body.as_bytes());
        left.map(|body| String::from_utf8(body).unwrap())
    }

    fn message(policy: &Policy, message: Message) -> Result<Option<Message>, Refusal> {
        let returned = homeward(|homeward| policy.scrub_returning(&message, homeward))?;
        Ok(match returned.left {
            Left::AsItCame => Some(message),
            Left::Changed(new) => Some(new),
            Left::Nothing => None,
        })
    }

    fn text(text: &str) -> String {
        match message(&policy("strict", RULES), Message::Text(text.to_owned())) {
            Ok(Some(Message::Text(text))) => text,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_a_rule_names_is_treated_as_its_category_says() {
        for (before, after) in [
            (
                r#"{"user":{"city":"Lyon","id":7},"a":[{"email":"j@example.org"}]}"#,
                r#"{"user":{"id":7},"a":[{}]}"#,
            ),
            (r#"{"lang":"de-CH","x":"de-CH"}"#, r#"{"x":"de-CH"}"#),
            (r#"[0,{"note":"hello you"}]"#, r#"[0,{}]"#),
            (r#"{"s":"{\"user\":{\"city\":\"Lyon\"}}"}"#, r#"{"s":"{\"user\":{}}"}"#),
        ] {
            assert_eq!(json(before).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn what_no_rule_names_passes_byte_for_byte_whatever_it_looks_like() {
        let body = "\u{feff} {\"email2\" : \"jane@example.org\", \"ip\":\"203.0.113.9\",\"userAgent\":1.10,\n\
            \"card\":\"4111 1111 1111 1111\",\"url\":\"https://a.example/?utm_source=x#y\",\"$remote\":\"$remote\",\
            \"jane@example.org\":{},\"events\":[{\"type\":3,\"timestamp\":1,\"data\":{\"source\":5,\"text\":\"typed\"}}],\
            \"q\":\"?ip=1.2.3.4&email=j\",\"l\":[ ]} ";
        assert_eq!(json(body).unwrap(), body);
    }

    #[test]
    fn the_visitors_own_address_is_found_wherever_the_vendor_echoes_it() {
        for (before, after) in [
            (r#"{"ip":"198.51.100.23","a":1}"#, r#"{"a":1}"#),
            (r#"{"say":"hello 198.51.100.23!"}"#, r#"{"say":"hello [address]!"}"#),
            (r#"{"n":3325256727,"l":["::ffff:198.51.100.23"]}"#, r#"{"l":[null]}"#),
            (
                r#"{"server":"wss://eu.vendor.example/s?ip=198.51.100.23"}"#,
                r#"{"server":"wss://shop.example/chat/s?ip=[address]"}"#,
            ),
        ] {
            assert_eq!(json(before).unwrap(), after, "{before}");
        }
        assert_eq!(text("you are 198.51.100.23"), "you are [address]");
        assert_eq!(text("198.51.100.23"), "");
    }

    #[test]
    fn hosts_that_are_handed_out_become_the_routes_place() {
        for (before, after) in [
            (r#"{"server":"eu.vendor.example"}"#, r#"{"server":"shop.example/chat"}"#),
            (
                r#"{"server":"https:\/\/eu.vendor.example\/v1"}"#,
                r#"{"server":"https://shop.example/chat/v1"}"#,
            ),
            (
                r#"{"server":"https%3A%2F%2Feu.vendor.example%2Fv1"}"#,
                r#"{"server":"https%3A%2F%2Fshop.example%2Fchat%2Fv1"}"#,
            ),
            (
                r#"{"endpoints":{"rtm":["wss://eu.vendor.example/rtm","wss://us.vendor.example"],"port":443,"tls":true,"x":null}}"#,
                r#"{"endpoints":{"rtm":["wss://shop.example/chat/rtm","wss://us.vendor.example"],"port":443,"tls":true,"x":null}}"#,
            ),
            (r#"{"other":"eu.vendor.example"}"#, r#"{"other":"eu.vendor.example"}"#),
        ] {
            assert_eq!(json(before).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn what_is_routed_and_what_is_not_is_counted() {
        let body = br#"{"endpoints":["eu.vendor.example","us.vendor.example","cdn.example"]}"#;
        let policy = policy("strict", RULES);
        let returned = homeward(|homeward| policy.scrub_answer(&HeaderMap::new(), body, homeward)).unwrap();
        let counts: Vec<_> = returned.tally.counts().map(|(_, action, count)| (action, count)).collect();
        assert_eq!(counts, [("keep", 2), ("route", 1)]);
    }

    #[test]
    fn messages_are_read_through_their_framings() {
        for (before, after) in [
            (r#"{"user":{"city":"Lyon"}}"#, r#"{"user":{}}"#),
            (r#"42["say",{"note":"x","email":"j","m":1}]"#, r#"42["say",{"m":1}]"#),
            (r#"42/chat,["say",{"note":"x"}]"#, r#"42/chat,["say",{}]"#),
            (
                r#"451-["say",{"note":"x","f":{"_placeholder":true,"num":0}}]"#,
                r#"451-["say",{"f":{"_placeholder":true,"num":0}}]"#,
            ),
            (r#"a["{\"user\":{\"city\":\"Lyon\"}}","o"]"#, r#"a["{\"user\":{}}","o"]"#),
            ("MESSAGE\nid:1\n\n{\"email\":1,\"b\":2}\0", "MESSAGE\nid:1\n\n{\"b\":2}\0"),
            ("{\"type\":1,\"email\":\"j\"}\u{1e}", "{\"type\":1}\u{1e}"),
            ("o", "o"),
            ("2", "2"),
            ("", ""),
            ("hello, jane@example.org", "hello, jane@example.org"),
        ] {
            assert_eq!(text(before), after, "{before}");
        }
    }

    #[test]
    fn binary_messages_are_read_if_they_are_documents_and_pass_if_not() {
        let binary = |bytes: &'static [u8]| Message::Binary(Bytes::from_static(bytes));
        let policy = policy("strict", RULES);
        assert_eq!(message(&policy, binary(b"{\"user\":{\"city\":1}}")), Ok(Some(binary(b"{\"user\":{}}"))));
        for other in [&b"\x89PNG\r\n"[..], b"\x81\xa1a\x01", b"", b"\0\0\0\x18ftyp"] {
            assert_eq!(message(&policy, binary(other)), Ok(Some(binary(other))));
        }
    }

    /// What comes home of a message in which a name of the vendor's stands, with no rule that speaks of answers.
    fn renamed(said: &str) -> (String, String) {
        let policy = policy("strict", "");
        homeward(|homeward| {
            let names = Arc::new(Names::new(homeward.home.mounts.into(), Vec::new()));
            let homeward = Homeward { names: Some(&names), ..homeward };
            let told = |left| match left {
                Left::Changed(new) => new,
                other => panic!("{other:?}"),
            };
            let text = policy.scrub_returning(&Message::Text(said.to_owned()), homeward).unwrap();
            let Message::Text(text) = told(text.left) else { panic!("a text became binary") };
            let body = policy.scrub_answer(&HeaderMap::new(), said.as_bytes(), homeward).unwrap();
            let Left::Changed(body) = body.left else { panic!("the body is as it came") };
            (text, String::from_utf8(body.to_vec()).unwrap())
        })
    }

    #[test]
    fn a_name_or_address_that_changed_changes_the_length_that_is_told_of_it() {
        for (before, after) in [
            ("32:42[\"ä\",\"ws://eu.vendor.example\"]1:2", "33:42[\"ä\",\"wss://shop.example/chat\"]1:2"),
            ("22:4{\"a\":\"198.51.100.23\"}1:3", "18:4{\"a\":\"[address]\"}1:3"),
            (
                "MESSAGE\ncontent-length:33\n\n{\"ä\":\"http://eu.vendor.example\"}\0",
                "MESSAGE\ncontent-length:34\n\n{\"ä\":\"https://shop.example/chat\"}\0",
            ),
            (
                "a[\"MESSAGE\\ncontent-length:26\\n\\n198.51.100.23 is your host\\u0000\"]",
                "a[\"MESSAGE\\ncontent-length:22\\n\\n[address] is your host\\u0000\"]",
            ),
        ] {
            assert_eq!(renamed(before), (after.to_owned(), after.to_owned()), "{before}");
        }
    }

    #[test]
    fn what_says_it_is_a_document_and_is_none_does_not_pass_unless_the_route_says_so() {
        let broken = Message::Text("{\"user\":".to_owned());
        let with = |undecodable| Policy::compile(PolicyParts { undecodable, ..parts("strict", RULES) });
        assert!(message(&with(Undecodable::Refuse), broken.clone()).is_err());
        assert_eq!(message(&with(Undecodable::Remove), broken.clone()), Ok(None));
        assert_eq!(message(&with(Undecodable::Keep), broken.clone()), Ok(Some(broken)));
    }

    #[test]
    fn a_route_without_rules_for_answers_reads_none() {
        let policy = policy("strict", "json:/ip -> address");
        assert!(!policy.reads_answers());
        let body = "{\"ip\":\"198.51.100.23\"";
        assert_eq!(
            answer(&policy, &[("content-type", "application/json")], body.as_bytes()).unwrap(),
            body.as_bytes()
        );
        assert_eq!(fixture::json(&policy, "{\"ip\":1}").unwrap(), "{}");
    }

    #[test]
    fn a_rule_for_answers_says_nothing_of_requests() {
        let policy = fixture::open(parts("strict", "response-json:/a = remove"));
        assert_eq!(fixture::json(&policy, "{\"a\":1}").unwrap(), "{\"a\":1}");
    }
}
