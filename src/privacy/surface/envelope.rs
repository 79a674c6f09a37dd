//! Sentry envelopes: a line of JSON, then items of a header line and a payload, some of them with its length
//! (develop.sentry.dev/sdk/data-model/envelopes).
//!
//! Knows where items begin and end; payloads are read by what they are. Invariant: a length that was told is told
//! right, and what is cut short is refused.

use super::super::action::Action;
use super::super::category::Category;
use super::super::refusal::{Format, Refusal};
use super::super::scrub::Scrub;
use super::label::Label;
use super::{body, json};

const INVALID: Refusal = Refusal::Invalid(Format::Envelope);

/// More items than any script sends.
const MOST_ITEMS: usize = 1000;

/// Types of items, as a header spells them.
const RECORDING: &str = r#""replay_recording""#;
const ATTACHMENT: &str = r#""attachment""#;

/// Whether bytes that call themselves text begin as an envelope does: two lines of JSON, the second of a type.
pub fn is_envelope(bytes: &[u8]) -> bool {
    let mut lines = bytes.splitn(3, |byte| *byte == b'\n');
    let mut line = || lines.next().and_then(|line| std::str::from_utf8(line).ok());
    let (Some(head), Some(item)) = (line(), line()) else { return false };
    json::looks_like_document(head)
        && json::member(item, "type").is_some_and(|kind| item[kind].starts_with('"'))
        && ["event_id", "sent_at", "dsn", "sdk", "trace"]
            .iter()
            .any(|name| json::member(head, name).is_some())
}

/// Rewrites an envelope; `None` when it may leave as it came.
pub fn scrub(scrub: &mut Scrub<'_>, bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let (head, mut rest) = line(bytes)?;
    let new_head = json::scrub(scrub, head)?;
    let mut changed = new_head.is_some();
    let mut out = new_head.unwrap_or_else(|| head.to_owned()).into_bytes();
    for items in 0.. {
        let items_end = out.len();
        // Items may be set apart by empty lines, and the last may end without one.
        let start = rest.iter().take_while(|byte| **byte == b'\n').count();
        out.extend_from_slice(&rest[..start]);
        rest = &rest[start..];
        if rest.is_empty() {
            break;
        }
        if items == MOST_ITEMS || start == 0 {
            return Err(INVALID);
        }
        let (header, after) = line(rest)?;
        let after = after.strip_prefix(b"\n").unwrap_or(after);
        let (payload, after) = payload(header, after)?;
        rest = after;
        let new = if is(header, RECORDING) { recording(scrub, payload) } else { unlabelled(scrub, payload) };
        if new.is_err() && is(header, ATTACHMENT) {
            scrub.tally.add(Category::Unmapped, &Action::Remove);
            out.truncate(items_end);
            changed = true;
            continue;
        }
        let new = new?;
        let new_header = json::scrub(scrub, header)?;
        changed |= new.is_some() || new_header.is_some();
        let payload = new.as_deref().unwrap_or(payload);
        out.extend_from_slice(measured(new_header.as_deref().unwrap_or(header), payload.len()).as_bytes());
        out.push(b'\n');
        out.extend_from_slice(payload);
    }
    Ok(changed.then_some(out))
}

/// What an envelope holds, in order: its head, then of each item the header and the payload.
pub fn pieces(bytes: &[u8]) -> Result<Vec<&[u8]>, Refusal> {
    let (head, mut rest) = line(bytes)?;
    let mut pieces = vec![head.as_bytes()];
    loop {
        rest = rest.trim_ascii_start();
        if rest.is_empty() {
            return Ok(pieces);
        }
        if pieces.len() > 2 * MOST_ITEMS {
            return Err(INVALID);
        }
        let (header, after) = line(rest)?;
        let (payload, after) = payload(header, after.strip_prefix(b"\n").unwrap_or(after))?;
        pieces.push(header.as_bytes());
        match payload.iter().position(|byte| is(header, RECORDING) && *byte == b'\n') {
            Some(end) => pieces.extend([&payload[..end], &payload[end + 1..]]),
            None => pieces.push(payload),
        }
        rest = after;
    }
}

/// What stands in an envelope has no label, and may be compressed by itself.
fn unlabelled(scrub: &mut Scrub<'_>, bytes: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    body::content(scrub, &Label::parse("text/plain"), bytes)
}

fn is(header: &str, kind: &str) -> bool {
    json::member(header, "type").is_some_and(|span| &header[span] == kind)
}

/// A recording: a line of JSON that numbers it, then its events, compressed or not.
fn recording(scrub: &mut Scrub<'_>, payload: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let (number, events) = line(payload)?;
    let events = events.strip_prefix(b"\n").ok_or(INVALID)?;
    let new_number = json::scrub(scrub, number)?;
    let new_events = unlabelled(scrub, events)?;
    if new_number.is_none() && new_events.is_none() {
        return Ok(None);
    }
    let number = new_number.as_deref().unwrap_or(number);
    Ok(Some([number.as_bytes(), b"\n", new_events.as_deref().unwrap_or(events)].concat()))
}

/// A line of text, and what follows from its end on.
fn line(bytes: &[u8]) -> Result<(&str, &[u8]), Refusal> {
    let (line, rest) = bytes.split_at(memchr::memchr(b'\n', bytes).unwrap_or(bytes.len()));
    std::str::from_utf8(line).map(|line| (line, rest)).map_err(|_| INVALID)
}

/// The payload a header announces: of a length, or to the end of its line.
fn payload<'b>(header: &str, bytes: &'b [u8]) -> Result<(&'b [u8], &'b [u8]), Refusal> {
    let length = match json::member(header, "length") {
        Some(span) => header[span].parse().map_err(|_| INVALID)?,
        None => memchr::memchr(b'\n', bytes).unwrap_or(bytes.len()),
    };
    bytes.split_at_checked(length).ok_or(INVALID)
}

/// A header with the length its payload has now.
fn measured(header: &str, length: usize) -> String {
    match json::member(header, "length") {
        Some(span) => format!("{}{length}{}", &header[..span.start], &header[span.end..]),
        None => header.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use bytes::Bytes;
    use http::Request;

    use crate::privacy::Refusal;
    use crate::privacy::fixture::{body, open, parts, scrub};
    use crate::privacy::wrapping::coding::Coding;

    fn left(envelope: &str) -> Result<String, Refusal> {
        let policy = open(parts("strict", ""));
        let named = body(&policy, "application/x-sentry-envelope", envelope)?;
        assert_eq!(body(&policy, "text/plain;charset=UTF-8", envelope).unwrap(), named);
        Ok(named)
    }

    const HEAD: &str =
        r#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc","dsn":"https://e12d836b15bb49d7@sentry.io/1"}"#;

    #[test]
    fn items_are_treated_and_their_lengths_are_right() {
        let envelope = format!(
            "{HEAD}\n{{\"type\":\"event\",\"length\":31}}\n{{\"ip\":\"203.0.113.77\",\"a\":\"b\\n\"}}\n\n{{\"type\":\"session\"}}\n{{\"email\":1,\"b\":2}}\n"
        );
        let after = left(&envelope).unwrap();
        let mut lines = after.lines().skip(1);
        assert_eq!(lines.next(), Some(r#"{"type":"event","length":11}"#));
        assert_eq!(lines.next(), Some(r#"{"a":"b\n"}"#));
        assert_eq!(lines.nth(1), Some(r#"{"type":"session"}"#));
        assert_eq!(lines.next(), Some(r#"{"b":2}"#));
    }

    #[test]
    fn a_compressed_recording_is_opened_and_put_back() {
        let policy = open(parts("strict", ""));
        let events = Coding::Zlib.encode(br#"[{"ip":"203.0.113.77","a":1}]"#).unwrap();
        let header = format!(r#"{{"type":"replay_recording","length":{}}}"#, 17 + events.len());
        let before = [HEAD.as_bytes(), b"\n", header.as_bytes(), b"\n{\"segment_id\":0}\n", &events].concat();
        let request = Request::post("/e").header("content-type", "application/x-sentry-envelope");
        let left = scrub(&policy, request.body(Bytes::from(before)).unwrap()).unwrap().request.into_inner();
        let start = left.body().windows(3).position(|bytes| bytes == b"0}\n").unwrap() + 3;
        assert_eq!(Coding::Zlib.decode(&left.body()[start..], 100).unwrap(), br#"[{"a":1}]"#);
    }

    #[test]
    fn an_attachment_that_cannot_be_read_goes_and_the_envelope_stays() {
        const HEAD: &str = r#"{"event_id":"9ec79c33ec9942ab8353589fcb2e04dc"}"#;
        let (event, feedback) = (r#"{"type":"event"}"#, r#"{"type":"feedback"}"#);
        let envelope = |kind: &str| {
            format!(
                "{HEAD}\n{event}\n{{\"b\":1}}\n{{\"type\":\"{kind}\",\"length\":5}}\n\0\u{1}\n\u{2}\u{3}\n{feedback}\n{{\"c\":2}}"
            )
        };
        let left = left(&envelope("attachment")).unwrap();
        assert_eq!(left, format!("{HEAD}\n{event}\n{{\"b\":1}}\n{feedback}\n{{\"c\":2}}"));
        let policy = open(parts("strict", ""));
        let request = Request::post("/e").header("content-type", "application/x-sentry-envelope");
        let request = request.body(Bytes::from(envelope("attachment"))).unwrap();
        assert_eq!(scrub(&policy, request).unwrap().tally.treated(), 1);
        assert!(body(&policy, "application/x-sentry-envelope", &envelope("event")).is_err());
        // One that can be read is treated like everything else.
        let readable = format!(
            "{HEAD}\n{{\"type\":\"attachment\",\"length\":19}}\n{{\"email\":1,\"a\":[2]}}\n{event}\n{{}}"
        );
        let treated = body(&policy, "application/x-sentry-envelope", &readable).unwrap();
        assert_eq!(
            treated,
            format!("{HEAD}\n{{\"type\":\"attachment\",\"length\":9}}\n{{\"a\":[2]}}\n{event}\n{{}}")
        );
    }

    #[test]
    fn what_is_cut_short_is_refused() {
        let envelope = format!("{HEAD}\n{{\"type\":\"event\",\"length\":90}}\n{{\"a\":1}}");
        let policy = open(parts("strict", ""));
        assert!(body(&policy, "application/x-sentry-envelope", &envelope).is_err());
    }
}
