//! STOMP frames (1.0 to 1.2): a command, headers, a body.
//!
//! Knows the headers of the protocol; all others are treated as request headers of their name, else as any field.
//! Invariants: a login or passcode is what it is whatever the frame says of it, and a body's stated length is
//! the length of the body that leaves.

use std::borrow::Cow;

use super::{Content, inside};
use crate::privacy::action::Action;
use crate::privacy::category::Category;
use crate::privacy::refusal::{Format, Refusal};
use crate::privacy::scrub::{Fate, Place, Scrub};

const COMMANDS: [&str; 15] = [
    "CONNECT",
    "STOMP",
    "SEND",
    "SUBSCRIBE",
    "UNSUBSCRIBE",
    "ACK",
    "NACK",
    "BEGIN",
    "COMMIT",
    "ABORT",
    "DISCONNECT",
    "CONNECTED",
    "MESSAGE",
    "RECEIPT",
    "ERROR",
];
/// Headers with numbers and words of the protocol.
const PROTOCOL: [&str; 5] = ["accept-version", "version", "heart-beat", "ack", "content-type"];
/// Headers that name things of the vendor, and might name a person.
const NAMES: [&str; 7] =
    ["destination", "host", "id", "message-id", "receipt", "subscription", "transaction"];

/// Line ends between frames, which keep a connection alive.
const BEATS: [char; 2] = ['\r', '\n'];

pub fn is_framed(text: &str) -> bool {
    text.split_once('\n').is_some_and(|(line, _)| COMMANDS.contains(&line.trim_end_matches('\r')))
        && text.contains('\0')
}

/// Frames one after another, with the line ends that keep a connection alive between them.
pub fn scrub(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let beats = rest.len() - rest.trim_start_matches(BEATS).len();
        out.push_str(&rest[..beats]);
        rest = &rest[beats..];
        if rest.is_empty() {
            break;
        }
        let (frame, after) = Frame::read(rest)?;
        frame.scrub(scrub, &mut out)?;
        rest = after;
    }
    Ok((out != text).then_some(out))
}

/// The same frames with other texts in their headers and bodies. What is no frame to its end is one text.
pub fn change(text: &str, part: &mut dyn FnMut(&str) -> Option<String>) -> Option<String> {
    let (mut out, mut rest, mut frames) = (String::with_capacity(text.len()), text, Vec::new());
    while !rest.trim_start_matches(BEATS).is_empty() {
        let (beats, from) = rest.split_at(rest.len() - rest.trim_start_matches(BEATS).len());
        let Ok((frame, after)) = Frame::read(from) else { return part(text) };
        frames.push((beats, frame));
        rest = after;
    }
    for (beats, frame) in frames {
        out.push_str(beats);
        frame.change(part, &mut out);
    }
    out.push_str(rest);
    (out != text).then_some(out)
}

/// What frames hold: the headers that are not the protocol's own, and the bodies.
pub fn contents(text: &str) -> Result<Vec<Content<'_>>, Refusal> {
    let mut contents = Vec::new();
    let mut rest = text.trim_start_matches(BEATS);
    while !rest.is_empty() {
        let (frame, after) = Frame::read(rest)?;
        for (_, (name, value)) in &frame.headers {
            let name = name.to_ascii_lowercase();
            let own = [&PROTOCOL[..], &NAMES, &["content-length", "login", "passcode"]].concat();
            if !own.contains(&&*name) {
                contents.push(Content::Header(name, frame.plain(value)));
            }
        }
        contents.push(Content::Text(Cow::Borrowed(frame.body)));
        rest = after.trim_start_matches(BEATS);
    }
    Ok(contents)
}

/// One frame, taken apart.
struct Frame<'t> {
    /// The first line, with its end.
    command: &'t str,
    /// Each line with its end; the name and the value in it.
    headers: Vec<(&'t str, (&'t str, &'t str))>,
    /// The empty line that ends the head.
    end: &'t str,
    body: &'t str,
}

impl<'t> Frame<'t> {
    /// Reads one frame and gives what comes after it.
    fn read(text: &'t str) -> Result<(Self, &'t str), Refusal> {
        const MALFORMED: Refusal = Refusal::Invalid(Format::Text);
        let mut lines = text.split_inclusive('\n');
        let command = lines.next().unwrap_or_default();
        if !COMMANDS.contains(&end_cut(command)) {
            return Err(MALFORMED);
        }
        let mut headers = Vec::new();
        let mut at = command.len();
        let end = loop {
            let line = lines.next().ok_or(MALFORMED)?;
            at += line.len();
            if end_cut(line).is_empty() {
                break line;
            }
            headers.push((line, end_cut(line).split_once(':').ok_or(MALFORMED)?));
        };
        let stated =
            headers.iter().find(|(_, (name, _))| *name == "content-length").map(|(_, (_, value))| value);
        let length = match stated {
            Some(length) => length.trim().parse().map_err(|_| MALFORMED)?,
            None => text[at..].find('\0').ok_or(MALFORMED)?,
        };
        let body = at.checked_add(length).and_then(|end| text.get(at..end)).ok_or(MALFORMED)?;
        let rest = text[at + length..].strip_prefix('\0').ok_or(MALFORMED)?;
        Ok((Self { command, headers, end, body }, rest))
    }

    fn scrub(&self, scrub: &mut Scrub<'_>, out: &mut String) -> Result<(), Refusal> {
        let new = inside(scrub, self.body)?;
        let body = new.as_deref().unwrap_or(self.body);
        out.push_str(self.command);
        for (line, (name, value)) in &self.headers {
            match *name {
                "content-length" if new.is_none() => out.push_str(line),
                "content-length" => push(out, line, name, &body.len().to_string()),
                _ => header(scrub, line, name, value, self.is_escaped(), out)?,
            }
        }
        out.push_str(self.end);
        out.push_str(body);
        out.push('\0');
        Ok(())
    }

    fn change(&self, part: &mut dyn FnMut(&str) -> Option<String>, out: &mut String) {
        let new = part(self.body);
        let body = new.as_deref().unwrap_or(self.body);
        out.push_str(self.command);
        for (line, (name, _)) in &self.headers {
            match (*name, &new) {
                ("content-length", Some(_)) => push(out, line, name, &body.len().to_string()),
                ("content-length", None) => out.push_str(line),
                _ => out.push_str(part(line).as_deref().unwrap_or(line)),
            }
        }
        out.push_str(self.end);
        out.push_str(body);
        out.push('\0');
    }

    fn is_escaped(&self) -> bool {
        !matches!(end_cut(self.command), "CONNECT" | "STOMP" | "CONNECTED")
    }

    fn plain(&self, value: &str) -> String {
        if self.is_escaped() { unescape(value) } else { value.to_owned() }
    }
}

fn header(
    scrub: &mut Scrub<'_>,
    line: &str,
    name: &str,
    value: &str,
    escaped: bool,
    out: &mut String,
) -> Result<(), Refusal> {
    let lower = name.to_ascii_lowercase();
    let places = scrub.places();
    let rule = places.header.find(&lower).map(|rank| places.treatment(rank));
    let place = match (rule, lower.as_str()) {
        (Some(rule), _) => Place::Known(rule),
        (None, "passcode") => Place::Known(places.of(Category::Secret)),
        (None, "login") => Place::Known(places.of(Category::AccountId)),
        (None, known) if PROTOCOL.contains(&known) => Place::Known(places.of(Category::Service)),
        (None, known) if NAMES.contains(&known) => Place::Open,
        (None, other) => places.general(other).map_or(scrub.unmapped(), Place::Known),
    };
    let plain = if escaped { unescape(value) } else { value.to_owned() };
    let fate = scrub.value(&plain, place)?;
    let named = fate == Fate::Remove || scrub.name(name)?;
    let left = match &fate {
        Fate::Keep => Some(&plain),
        Fate::Replace(new) => Some(new),
        Fate::Remove => None,
    };
    if left.is_some_and(|left| named && says_address_across(scrub, name, left)) {
        scrub.tally.add(Category::Address, &Action::Remove);
        return Ok(());
    }
    match fate {
        Fate::Keep if named => out.push_str(line),
        Fate::Replace(new) if named => {
            push(out, line, name, &if escaped { escape(&new) } else { one_line(&new) })
        }
        _ => {}
    }
    Ok(())
}

/// Whether the colon between name and value is one of the visitor's address, which neither says alone.
fn says_address_across(scrub: &Scrub<'_>, name: &str, value: &str) -> bool {
    let needle = scrub.visitor.needle();
    needle.find(&format!("{name}:{value}")).is_some() && needle.find(value).is_none()
}

/// A header with another value and the line end it came with.
fn push(out: &mut String, line: &str, name: &str, value: &str) {
    out.push_str(name);
    out.push(':');
    out.push_str(value);
    out.push_str(&line[end_cut(line).len()..]);
}

fn end_cut(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match (character, characters.clone().next()) {
            ('\\', Some(escape @ ('n' | 'r' | 'c' | '\\'))) => {
                characters.next();
                out.push(match escape {
                    'n' => '\n',
                    'r' => '\r',
                    'c' => ':',
                    _ => '\\',
                });
            }
            _ => out.push(character),
        }
    }
    out
}

fn escape(value: &str) -> String {
    value.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r").replace(':', "\\c")
}

/// A handshake's headers know no escapes.
fn one_line(value: &str) -> String {
    value.replace(['\n', '\r', '\0'], " ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::privacy::fixture::{message, open, parts, policy};

    #[test]
    fn an_address_that_a_name_and_a_value_say_together_does_not_leave() {
        let frame = |lines: &str| format!("SEND\ndestination:/a\n{lines}\n\0");
        let policy = open(parts("strict", ""));
        for line in ["x::ffff:c633:6417\n", "0:0:0:0:0:ffff:c633:6417\n", "x:\\cffff\\cc633\\c6417\n"] {
            assert_eq!(message(&policy, &frame(line)).unwrap(), frame(""), "{line}");
        }
        for line in ["x::ffff:c633:6418\n", "x:y\n"] {
            assert_eq!(message(&policy, &frame(line)).unwrap(), frame(line), "{line}");
        }
    }

    #[test]
    fn credentials_do_not_leave_and_the_handshake_does() {
        let before = "CONNECT\naccept-version:1.1,1.0\nhost:chat.example\nlogin:jane\npasscode:hunter2\nheart-beat:10000,10000\nX-Who:jane\n\n\0";
        let after = "CONNECT\naccept-version:1.1,1.0\nhost:chat.example\nheart-beat:10000,10000\n\n\0";
        assert_eq!(message(&policy("strict", "json:/a -> service"), before).unwrap(), after);
    }

    #[test]
    fn a_body_is_treated_and_its_length_told_anew() {
        let policy = open(parts("strict", ""));
        let before = "SEND\r\ndestination:/app/say\r\ncontent-length:20\r\n\r\n{\"ip\":1,\"text\":\"ä\"}\0\r\n\nSEND\n\nfrom 198.51.100.23\0";
        let after = "SEND\r\ndestination:/app/say\r\ncontent-length:13\r\n\r\n{\"text\":\"ä\"}\0\r\n\nSEND\n\nfrom [address]\0";
        assert_eq!(message(&policy, before).unwrap(), after);
    }

    #[test]
    fn a_header_is_read_under_its_escapes() {
        let policy = open(parts("strict", ""));
        let before = "SUBSCRIBE\nid:0\ndestination:/user/jane@example.org\\cx\n\n\0";
        assert_eq!(
            message(&policy, before).unwrap(),
            "SUBSCRIBE\nid:0\ndestination:/user/[contact]\\cx\n\n\0"
        );
    }

    #[test]
    fn a_frame_that_is_not_whole_is_refused() {
        let policy = open(parts("strict", ""));
        for broken in [
            "SEND\nx\n\n\0",
            "SEND\n\nhi\0x",
            "SEND\ncontent-length:9\n\nhi\0",
            "SEND\ncontent-length:18446744073709551615\n\nhi\0",
            "SEND\na:b\0",
        ] {
            assert!(message(&policy, broken).is_err(), "{broken:?}");
        }
    }
}
