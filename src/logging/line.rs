//! How a line of the log is spelled, as text or as JSON.
//!
//! Knows the fields that may be told; does not know who tells them, nor where a line goes. Invariant: a line is one
//! line, whatever it tells.

use std::cell::RefCell;
use std::fmt::Display;
use std::io::{self, Write};
use std::time;

use tracing::Level;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use super::{FIELDS, Format};

/// The length of a date and a time up to the second.
const DATE: usize = "2026-01-01T00:00:00".len();

/// One of [`FIELDS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field(usize);

impl Field {
    /// For a constant: a field that may not be told does not compile.
    pub const fn of(name: &str) -> Self {
        match Self::named(name) {
            Some(field) => field,
            None => panic!("the field is not on the list"),
        }
    }

    pub(super) const fn named(name: &str) -> Option<Self> {
        let mut field = 0;
        while field < FIELDS.len() {
            if is_same(FIELDS[field].0.as_bytes(), name.as_bytes()) {
                return Some(Self(field));
            }
            field += 1;
        }
        None
    }
}

/// How all lines are spelled.
pub struct Spelling {
    format: Format,
    /// Of each of [`FIELDS`], what stands before its value.
    names: Vec<String>,
}

impl Spelling {
    pub fn new(format: Format) -> Self {
        let spelled = |name: &str| match format {
            Format::Text => format!(" {name}="),
            Format::Json => format!(",\"{name}\":"),
        };
        Self { format, names: FIELDS.iter().map(|(name, _)| spelled(name)).collect() }
    }
}

/// A line that has been begun.
pub struct Line<'s> {
    spelling: &'s Spelling,
    text: Vec<u8>,
}

impl<'s> Line<'s> {
    /// In room that another line left.
    pub(super) fn begin(
        spelling: &'s Spelling,
        room: Vec<u8>,
        level: Level,
        target: &str,
        message: &str,
    ) -> Self {
        let mut text = room;
        text.clear();
        // Writing to memory does not fail.
        let _ = match spelling.format {
            Format::Text => begin_text(&mut text, level, target, message),
            Format::Json => begin_json(&mut text, level, target, message),
        };
        Self { spelling, text }
    }

    pub fn word(&mut self, field: Field, value: &str) {
        let is_plain = self.spelling.format == Format::Text && is_word(value);
        let line = self.after(field);
        if is_plain {
            line.extend_from_slice(value.as_bytes());
        } else {
            // Writing to memory does not fail.
            let _ = quoted(line, value);
        }
    }

    pub fn count(&mut self, field: Field, value: u64) {
        decimal(self.after(field), value, 1);
    }

    /// What is spelled alike in both formats.
    pub(super) fn plain(&mut self, field: Field, value: impl Display) {
        // Writing to memory does not fail.
        let _ = write!(self.after(field), "{value}");
    }

    pub(super) fn end(mut self) -> Vec<u8> {
        self.text.extend_from_slice(match self.spelling.format {
            Format::Text => b"\n",
            Format::Json => b"}\n",
        });
        self.text
    }

    fn after(&mut self, Field(number): Field) -> &mut Vec<u8> {
        self.text.extend_from_slice(self.spelling.names[number].as_bytes());
        &mut self.text
    }
}

fn begin_text(line: &mut Vec<u8>, level: Level, target: &str, message: &str) -> io::Result<()> {
    let level = level.as_str();
    now(line);
    line.extend_from_slice(&b"      "[level.len().min(5)..]);
    line.extend_from_slice(level.as_bytes());
    line.push(b' ');
    if !is_ours(target) {
        write!(line, "{target}: ")?;
    }
    if message.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_control()) {
        line.extend_from_slice(message.as_bytes());
    } else {
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        line.extend(message.chars().map(plain).collect::<String>().into_bytes());
    }
    Ok(())
}

fn begin_json(line: &mut Vec<u8>, level: Level, target: &str, message: &str) -> io::Result<()> {
    line.extend_from_slice(b"{\"time\":\"");
    now(line);
    line.extend_from_slice(b"\",\"level\":\"");
    line.extend(level.as_str().bytes().map(|letter| letter.to_ascii_lowercase()));
    line.extend_from_slice(b"\",\"target\":");
    quoted(line, target)?;
    line.extend_from_slice(b",\"message\":");
    quoted(line, message)
}

/// A JSON string.
fn quoted(line: &mut Vec<u8>, text: &str) -> io::Result<()> {
    Ok(serde_json::to_writer(line, text)?)
}

/// The time as in RFC 3339, in UTC. What is said within a second has its date in common.
fn now(line: &mut Vec<u8>) {
    thread_local! {
        static SECOND: RefCell<(u64, String)> = const { RefCell::new((0, String::new())) };
    }
    let clock = || time::SystemTime::now().duration_since(time::UNIX_EPOCH).unwrap_or_default();
    let since = clock();
    SECOND.with_borrow_mut(|(second, date)| {
        if *second == since.as_secs() {
            line.extend_from_slice(date.as_bytes());
            line.push(b'.');
            decimal(line, since.subsec_micros().into(), 6);
            line.push(b'Z');
            return;
        }
        date.clear();
        // Writing to a string does not fail.
        let _ = SystemTime.format_time(&mut Writer::new(date));
        line.extend_from_slice(date.as_bytes());
        date.truncate(DATE);
        // Unless a second ended meanwhile.
        *second = if clock().as_secs() == since.as_secs() { since.as_secs() } else { 0 };
    });
}

/// A number, with noughts before it where it has fewer digits.
fn decimal(line: &mut Vec<u8>, mut number: u64, at_least: usize) {
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    while number > 0 {
        first -= 1;
        digits[first] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    line.extend_from_slice(&digits[first.min(digits.len() - at_least)..]);
}

fn is_ours(target: &str) -> bool {
    target == "privet" || target.starts_with("privet::")
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'=')
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_fields_is_in_order_and_all_of_it_is_told() {
        assert!(FIELDS.is_sorted());
        assert!(FIELDS.iter().enumerate().all(|(place, (name, _))| Field::named(name) == Some(Field(place))));
        for name in ["", "visitor", "Route", "zone", "statu", "status2", "{"] {
            assert_eq!(Field::named(name), None, "{name}");
        }
    }

    #[test]
    fn the_time_is_rfc_3339_in_utc() {
        for _ in 0..3 {
            let mut line = Vec::new();
            now(&mut line);
            let time = String::from_utf8(line).unwrap();
            assert_eq!(
                (time.len(), &time[10..11], &time[19..20], &time[26..]),
                (27, "T", ".", "Z"),
                "{time}"
            );
        }
    }

    #[test]
    fn a_number_has_the_digits_it_needs_and_those_it_is_asked_for() {
        for (number, at_least, written) in
            [(0, 1, "0"), (907, 1, "907"), (42, 6, "000042"), (1_234_567, 6, "1234567")]
        {
            let mut line = Vec::new();
            decimal(&mut line, number, at_least);
            assert_eq!(String::from_utf8(line).unwrap(), written);
        }
        let mut line = Vec::new();
        decimal(&mut line, u64::MAX, 1);
        assert_eq!(String::from_utf8(line).unwrap(), u64::MAX.to_string());
    }
}
