//! SockJS: an array of strings, each a message in a framing of its own; a server puts an `a` before it.
//!
//! Knows arrays whose strings are STOMP, and a server's; others are documents that JSON's own surface reads. Invariant:
//! as many messages leave as came.

use std::borrow::Cow;

use super::{Content, inside, stomp};
use crate::privacy::refusal::{Format, Refusal};
use crate::privacy::scrub::Scrub;
use crate::privacy::surface::json;

pub fn is_framed(text: &str) -> bool {
    let (head, messages) = split(text);
    messages
        .is_some_and(|messages| !head.is_empty() || messages.iter().any(|message| stomp::is_framed(message)))
}

pub fn scrub(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    let (head, messages) = split(text);
    let messages = messages.ok_or(Refusal::Invalid(Format::Json))?;
    let new = messages.iter().map(|message| inside(scrub, message)).collect::<Result<Vec<_>, _>>()?;
    Ok(joined(text, head, &messages, &new))
}

/// The same array around other messages.
pub fn change(text: &str, part: &mut dyn FnMut(&str) -> Option<String>) -> Option<String> {
    let (head, messages) = split(text);
    let messages = messages?;
    let new: Vec<_> = messages.iter().map(|message| part(message)).collect();
    joined(text, head, &messages, &new)
}

/// The array with the new messages in the old ones' places; `None`: there are none.
fn joined(text: &str, head: &str, messages: &[String], new: &[Option<String>]) -> Option<String> {
    let quoted = messages.iter().zip(new).map(|(old, new)| json::quote(new.as_ref().unwrap_or(old)));
    // Polled messages end in a line's end.
    let tail = &text[text.trim_ascii_end().len()..];
    let changed = new.iter().any(Option::is_some);
    changed.then(|| format!("{head}[{}]{tail}", quoted.collect::<Vec<_>>().join(",")))
}

/// The messages.
pub fn contents(text: &str) -> Result<Vec<Content<'_>>, Refusal> {
    let messages = split(text).1.ok_or(Refusal::Invalid(Format::Json))?;
    Ok(messages.into_iter().map(|message| Content::Text(Cow::Owned(message))).collect())
}

/// What a server puts before its messages, and the messages.
fn split(text: &str) -> (&str, Option<Vec<String>>) {
    if let Some(after) = text.strip_prefix('a').filter(|after| after.starts_with("[\"")) {
        return ("a", serde_json::from_str(after).ok());
    }
    let may_hold_frames = text.trim_ascii_start().starts_with('[') && text.contains("\\n");
    ("", may_hold_frames.then(|| serde_json::from_str(text).ok()).flatten())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::privacy::fixture::{message, open, parts};

    #[test]
    fn each_string_is_a_message() {
        let policy = open(parts("strict", ""));
        for (before, after) in [
            (r#"["SEND\n\n{\"ip\":1,\"a\":2}\u0000", "\n"]"#, r#"["SEND\n\n{\"a\":2}\u0000","\n"]"#),
            (r#"["{\"ip\":1,\"a\":2}"]"#, r#"["{\"a\":2}"]"#),
            ("a[\"{\\\"ip\\\":1,\\\"a\\\":2}\",\"hello\"]\n", "a[\"{\\\"a\\\":2}\",\"hello\"]\n"),
        ] {
            assert_eq!(message(&policy, before).unwrap(), after);
        }
    }
}
