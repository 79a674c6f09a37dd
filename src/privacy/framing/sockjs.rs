//! SockJS from the visitor's side: an array of strings, each a message in a framing of its own.
//!
//! Knows arrays whose strings are STOMP; others are documents that JSON's own surface reads. Invariant: as many
//! messages leave as came.

use super::{inside, stomp};
use crate::privacy::refusal::{Format, Refusal};
use crate::privacy::scrub::Scrub;
use crate::privacy::surface::json;

pub fn is_framed(text: &str) -> bool {
    messages(text).is_some_and(|messages| messages.iter().any(|message| stomp::is_framed(message)))
}

pub fn scrub(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    let messages = messages(text).ok_or(Refusal::Invalid(Format::Json))?;
    let mut changed = false;
    let mut out = Vec::with_capacity(messages.len());
    for message in &messages {
        let new = inside(scrub, message)?;
        changed |= new.is_some();
        out.push(json::quote(new.as_deref().unwrap_or(message)));
    }
    Ok(changed.then(|| format!("[{}]", out.join(","))))
}

fn messages(text: &str) -> Option<Vec<String>> {
    if text.trim_ascii_start().starts_with('[') && text.contains("\\n") {
        serde_json::from_str(text).ok()
    } else {
        None
    }
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
        ] {
            assert_eq!(message(&policy, before).unwrap(), after);
        }
    }
}
