//! Engine.IO packets (protocols 3 and 4), and Socket.IO's inside them.
//!
//! Knows `type`, `/namespace,`, acknowledgement numbers and the document behind them. Invariant: what does not fit
//! the grammar to its last byte is no packet, so talk that begins with a digit stays talk; a packet that announces
//! binary attachments is refused, because they follow unread.

use std::borrow::Cow;

use super::{Content, inside};
use crate::privacy::policy::Way;
use crate::privacy::refusal::{Format, Refusal};
use crate::privacy::scrub::Scrub;
use crate::privacy::surface::json;

/// Acknowledgements are counted; a longer number is something else.
const LONGEST_NUMBER: usize = 9;

/// The parameter that holds the session the server made up.
pub const SESSION: &str = "sid";

/// Whether a query is one of Engine.IO's, with a session as its servers make them: letters and digits of base64url.
pub fn is_session(query: &str) -> bool {
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    matches!(value("EIO"), Some("3" | "4"))
        && matches!(value("transport"), Some("polling" | "websocket"))
        && value(SESSION).is_some_and(|sid| (16..=32).contains(&sid.len()) && sid.bytes().all(letter))
}

/// The documents that packets hold, and whether each is an event of Socket.IO's, whose positions mean something.
pub fn contents(text: &str) -> Result<Vec<Content<'_>>, Refusal> {
    let packets = if is_packet(text) { Some(vec![text]) } else { packets(text) };
    let packets = packets.ok_or(Refusal::Invalid(Format::Text))?;
    let read = |text| Packet::of(text).filter(|packet| !packet.attachments).ok_or(Refusal::UnknownType);
    packets.into_iter().map(|text| read(text).map(Packet::content)).collect()
}

/// A packet, cut where its document begins.
struct Packet<'t> {
    head: &'t str,
    namespace: &'t str,
    document: &'t str,
    attachments: bool,
}

pub fn is_packet(text: &str) -> bool {
    Packet::of(text).is_some()
}

/// Engine.IO 3 polls with lengths, counted as JavaScript counts.
pub fn is_payload(text: &str) -> bool {
    packets(text).is_some_and(|packets| packets.iter().all(|packet| is_packet(packet)))
}

pub fn packet(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    let packet = Packet::of(text).ok_or(Refusal::Invalid(Format::Text))?;
    if packet.attachments && scrub.policy.way == Way::Out {
        return Err(Refusal::UnknownType);
    }
    if !scrub.name(packet.namespace)? {
        return Err(Refusal::Target);
    }
    let Some(document) = inside(scrub, packet.document)? else { return Ok(None) };
    let new = format!("{}{document}", packet.head);
    // What only looks like a document is read as any text, and may come back as one that no packet holds.
    if is_packet(&new) { Ok(Some(new)) } else { Err(Refusal::Invalid(Format::Json)) }
}

pub fn payload(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    for packet in packets(text).ok_or(Refusal::Invalid(Format::Text))? {
        let new = self::packet(scrub, packet)?;
        changed |= new.is_some();
        push(&mut out, new.as_deref().unwrap_or(packet));
    }
    Ok(changed.then_some(out))
}

/// The same packets with other texts in them.
pub fn change(text: &str, part: &mut dyn FnMut(&str) -> Option<String>) -> Option<String> {
    let (mut out, mut changed) = (String::with_capacity(text.len()), false);
    for packet in packets(text)? {
        let new = part(packet);
        changed |= new.is_some();
        push(&mut out, new.as_deref().unwrap_or(packet));
    }
    changed.then_some(out)
}

/// A packet behind its length, counted as JavaScript counts.
fn push(out: &mut String, packet: &str) {
    out.push_str(&format!("{}:{packet}", packet.encode_utf16().count()));
}

impl<'t> Packet<'t> {
    fn content(self) -> Content<'t> {
        if self.head.starts_with("42") {
            Content::Event(self.document)
        } else {
            Content::Text(Cow::Borrowed(self.document))
        }
    }

    fn of(text: &'t str) -> Option<Self> {
        let rest = text.get(1..)?;
        let plain = |document| Self { head: &text[..1], namespace: "", document, attachments: false };
        match text.as_bytes()[0] {
            b'1' | b'5' | b'6' if rest.is_empty() => Some(plain("")),
            b'2' | b'3' if rest.is_empty() => Some(plain("")),
            // The one word that the protocol puts here is no visitor's.
            b'2' | b'3' if rest == "probe" => Some(Self { head: text, ..plain("") }),
            b'0' | b'4' if rest.is_empty() || json::looks_like_document(rest) => Some(plain(rest)),
            b'4' => Self::socket_io(text),
            _ => None,
        }
    }

    /// `4`, then `type [attachments "-"] ["/" namespace ","] [number] [document]`.
    fn socket_io(text: &'t str) -> Option<Self> {
        let kind = *text.as_bytes().get(1).filter(|kind| (b'0'..=b'6').contains(kind))?;
        let mut rest = &text[2..];
        let attachments = matches!(kind, b'5' | b'6');
        if attachments {
            let (count, after) = rest.split_once('-')?;
            rest = after;
            number(count).filter(|count| !count.is_empty())?;
        }
        let mut namespace = "";
        if rest.starts_with('/') {
            let end = rest.find(',').unwrap_or(rest.len());
            namespace = &rest[..end];
            let word = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-.".contains(&byte);
            if !namespace.bytes().all(word) {
                return None;
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        let document = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let count = number(&rest[..rest.len() - document.len()])?;
        let fits = if document.is_empty() { count.is_empty() } else { json::looks_like_document(document) };
        let head = &text[..text.len() - document.len()];
        fits.then_some(Self { head, namespace, document, attachments })
    }
}

fn number(text: &str) -> Option<&str> {
    (text.len() <= LONGEST_NUMBER && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

fn packets(mut text: &str) -> Option<Vec<&str>> {
    let mut packets = Vec::new();
    while !text.is_empty() {
        let (length, rest) = text.split_once(':')?;
        let length: usize = number(length)?.parse().ok()?;
        let mut units = 0;
        let end = rest
            .char_indices()
            .map(|(at, character)| (at, character.len_utf16()))
            .chain([(rest.len(), 0)])
            .find_map(|(at, size)| {
                let here = (units >= length).then_some(at);
                units += size;
                here
            })?;
        packets.push(&rest[..end]);
        text = &rest[end..];
    }
    (!packets.is_empty()).then_some(packets)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::privacy::fixture::{message, open, parts, policy};
    use crate::privacy::{Format, Refusal};

    #[test]
    fn a_packets_document_is_treated_and_its_head_stays() {
        let policy = open(parts("strict", ""));
        for (before, after) in [
            (r#"42["message",{"ip":"1.2.3.4","n":1}]"#, r#"42["message",{"n":1}]"#),
            (r#"42/chat,12["message",{"ip":1}]"#, r#"42/chat,12["message",{}]"#),
            (r#"40/admin,{"password":"x","v":1}"#, r#"40/admin,{"v":1}"#),
            (r#"430[{"email":"j@example.org"}]"#, "430[{}]"),
            (r#"4{"ip":1}"#, "4{}"),
            (r#"0{"sid":"a"}"#, r#"0{"sid":"a"}"#),
            (r#"18:42["ä𝄞",{"ip":1}]1:2"#, r#"12:42["ä𝄞",{}]1:2"#),
        ] {
            assert_eq!(message(&policy, before).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn packets_without_a_document_pass_wherever_the_protocol_is_spoken() {
        let closed = policy("strict", "json:/0 -> service");
        for kept in ["1", "2", "3", "2probe", "3probe", "5", "6", "40", "41", "40/chat,", "41/chat,"] {
            assert_eq!(message(&closed, kept).unwrap(), kept);
        }
        assert!(message(&closed, "2jane").is_err());
        assert!(message(&closed, "42").is_ok());
        assert!(message(&closed, "42123456").is_err());
    }

    #[test]
    fn a_packet_that_announces_attachments_is_refused() {
        let policy = open(parts("strict", ""));
        let packet = r#"451-["file",{"_placeholder":true,"num":0}]"#;
        assert_eq!(message(&policy, packet), Err(Refusal::UnknownType));
    }

    #[test]
    fn a_packet_whose_document_is_none_leaves_as_a_packet_or_not_at_all() {
        let policy = open(parts("strict", ""));
        assert_eq!(message(&policy, "42{say 198.51.100.23}").unwrap(), "42{say [address]}");
        let packet = "42{say 198%2E51.100.23}";
        assert_eq!(message(&policy, packet), Err(Refusal::Invalid(Format::Json)));
    }

    #[test]
    fn a_namespace_that_is_an_address_does_not_leave() {
        let policy = open(parts("strict", ""));
        assert_eq!(message(&policy, r#"42/198.51.100.23,["a"]"#), Err(Refusal::Target));
    }
}
