//! Pieces with a record separator after or between them: SignalR's messages, Engine.IO 4's polled payloads.
//!
//! Invariant: as many separators leave as came.

use std::borrow::Cow;

use super::{Content, inside};
use crate::privacy::refusal::Refusal;
use crate::privacy::scrub::Scrub;

const SEPARATOR: char = '\u{1e}';

/// Whether a text is made of records.
pub fn are_in(text: &str) -> bool {
    memchr::memchr(SEPARATOR as u8, text.as_bytes()).is_some()
}

pub fn scrub(scrub: &mut Scrub<'_>, text: &str) -> Result<Option<String>, Refusal> {
    let mut out = String::with_capacity(text.len());
    let mut changed = false;
    for piece in text.split_inclusive(SEPARATOR) {
        let record = piece.trim_end_matches(SEPARATOR);
        let new = inside(scrub, record)?;
        changed |= new.is_some();
        out.push_str(new.as_deref().unwrap_or(record));
        out.push_str(&piece[record.len()..]);
    }
    Ok(changed.then_some(out))
}

/// The same separators between other records.
pub fn change(text: &str, part: &mut dyn FnMut(&str) -> Option<String>) -> Option<String> {
    let mut changed = false;
    let records = text.split(SEPARATOR).map(|record| {
        let new = part(record);
        changed |= new.is_some();
        new.map_or(Cow::Borrowed(record), Cow::Owned)
    });
    let out = records.collect::<Vec<_>>().join(&SEPARATOR.to_string());
    changed.then_some(out)
}

/// The pieces.
pub fn contents(text: &str) -> Vec<Content<'_>> {
    text.split_terminator(SEPARATOR).map(|record| Content::Text(Cow::Borrowed(record))).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::privacy::fixture::{message, open, parts};

    #[test]
    fn each_record_is_treated_and_none_is_lost() {
        let policy = open(parts("strict", ""));
        for (before, after) in [
            ("{\"protocol\":\"json\",\"version\":1}\u{1e}", "{\"protocol\":\"json\",\"version\":1}\u{1e}"),
            ("{\"ip\":1,\"type\":1}\u{1e}{\"type\":6}\u{1e}", "{\"type\":1}\u{1e}{\"type\":6}\u{1e}"),
            ("42[{\"ip\":1}]\u{1e}2\u{1e}3", "42[{}]\u{1e}2\u{1e}3"),
        ] {
            assert_eq!(message(&policy, before).unwrap(), after, "{before:?}");
        }
    }
}
