//! One line of the log: what an event says, as text or as JSON.
//!
//! Knows the fields that may be told; does not know where a line goes. Invariant: a line is one line, whatever an event holds.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io::{self, Write};
use std::time;

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::{FIELDS, Format};

/// Where the fields of each initial begin in [`FIELDS`], and the last end: they are asked for at every event.
const BY_INITIAL: [usize; 27] = {
    let (mut begins, mut field) = ([0; 27], 0);
    while field < FIELDS.len() {
        let mut later = (FIELDS[field].0.as_bytes()[0] - b'a') as usize + 1;
        while later < begins.len() {
            begins[later] += 1;
            later += 1;
        }
        field += 1;
    }
    begins
};

/// The length of a date and a time up to the second.
const DATE: usize = "2026-01-01T00:00:00".len();

/// Writes a line for each event that is heard.
pub struct Lines<W> {
    format: Format,
    /// Of each of [`FIELDS`], what stands before its value.
    names: Vec<String>,
    output: W,
}

impl<W> Lines<W>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    pub fn new(format: Format, output: W) -> Self {
        let spelled = |name: &str| match format {
            Format::Text => format!(" {name}="),
            Format::Json => format!(",\"{name}\":"),
        };
        Self { format, names: FIELDS.iter().map(|(name, _)| spelled(name)).collect(), output }
    }

    /// All that is heard is asked of a call's place once, not of each call.
    pub fn heard_from(self, level: LevelFilter) -> impl Subscriber + Send + Sync {
        tracing_subscriber::registry().with(heard(level)).with(self)
    }
}

impl<S: Subscriber, W> Layer<S> for Lines<W>
where
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        thread_local! {
            /// Room that one line leaves to the next.
            static ROOM: Cell<(Vec<u8>, String, Vec<u8>)> =
                const { Cell::new((Vec::new(), String::new(), Vec::new())) };
        }
        let (mut line, message, fields) = ROOM.take();
        let mut told = Told { format: self.format, names: &self.names, message, fields };
        event.record(&mut told);
        let written = match self.format {
            Format::Text => text(&mut line, event, &told),
            Format::Json => json(&mut line, event, &told),
        };
        // A closed standard error must not end the proxy.
        let _ = written.and_then(|()| self.output.make_writer().write_all(&line));
        let Told { mut message, mut fields, .. } = told;
        line.clear();
        message.clear();
        fields.clear();
        ROOM.set((line, message, fields));
    }
}

/// privet from `level` on, everyone else from `warn` on at most: their finer lines show headers and addresses.
fn heard(level: LevelFilter) -> Targets {
    Targets::new().with_target("privet", level).with_default(level.min(LevelFilter::WARN))
}

/// What one event says, its allowed fields as they are written.
struct Told<'l> {
    format: Format,
    names: &'l [String],
    message: String,
    fields: Vec<u8>,
}

impl Told<'_> {
    fn tell(&mut self, field: &Field, write: impl FnOnce(&mut Vec<u8>, Format) -> io::Result<()>) {
        let Some(number) = number(field.name()) else { return };
        self.fields.extend_from_slice(self.names[number].as_bytes());
        // Writing to memory does not fail.
        let _ = write(&mut self.fields, self.format);
    }
}

impl Visit for Told<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing to memory does not fail.
            let _ = fmt::Write::write_fmt(&mut self.message, format_args!("{value:?}"));
        } else {
            self.record_str(field, &format!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        }
        self.tell(field, |line, format| match format {
            Format::Text if is_word(value) => line.write_all(value.as_bytes()),
            _ => quoted(line, value),
        });
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.tell(field, |line, _| {
            decimal(line, value, 1);
            Ok(())
        });
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.tell(field, |line, _| write!(line, "{value}"));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.tell(field, |line, _| Ok(serde_json::to_writer(line, &value)?));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.tell(field, |line, _| write!(line, "{value}"));
    }
}

/// A field's place on the list; only those that have one may be told.
fn number(name: &str) -> Option<usize> {
    let initial = usize::from(name.bytes().next().filter(u8::is_ascii_lowercase)? - b'a');
    let mut alike = BY_INITIAL[initial]..BY_INITIAL[initial + 1];
    alike.find(|number| FIELDS[*number].0 == name)
}

fn text(line: &mut Vec<u8>, event: &Event<'_>, told: &Told) -> io::Result<()> {
    let (metadata, level) = (event.metadata(), event.metadata().level().as_str());
    now(line);
    line.extend_from_slice(&b"      "[level.len().min(5)..]);
    line.extend_from_slice(level.as_bytes());
    line.push(b' ');
    if !is_ours(metadata.target()) {
        write!(line, "{}: ", metadata.target())?;
    }
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    if told.message.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_control()) {
        line.extend_from_slice(told.message.as_bytes());
    } else {
        line.extend(told.message.chars().map(plain).collect::<String>().into_bytes());
    }
    line.extend_from_slice(&told.fields);
    line.push(b'\n');
    Ok(())
}

fn json(line: &mut Vec<u8>, event: &Event<'_>, told: &Told) -> io::Result<()> {
    let metadata = event.metadata();
    let level = metadata.level().as_str().to_ascii_lowercase();
    line.extend_from_slice(b"{\"time\":\"");
    now(line);
    write!(line, "\",\"level\":\"{level}\",\"target\":")?;
    quoted(line, metadata.target())?;
    line.extend_from_slice(b",\"message\":");
    quoted(line, &told.message)?;
    line.extend_from_slice(&told.fields);
    line.extend_from_slice(b"}\n");
    Ok(())
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn said(format: Format, level: LevelFilter, say: impl FnOnce()) -> String {
        let output = Buffer::default();
        let writer = output.clone();
        let lines = Lines::new(format, move || writer.clone());
        tracing::subscriber::with_default(lines.heard_from(level), say);
        let bytes = output.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_field_that_is_not_on_the_list_is_not_written() {
        for format in [Format::Text, Format::Json] {
            let line = said(format, LevelFilter::INFO, || {
                tracing::info!(route = "chat", visitor = "203.0.113.7", status = 200, "exchange");
            });
            assert!(line.contains("chat") && line.contains("200") && line.contains("exchange"), "{line}");
            assert!(!line.contains("203.0.113.7"), "{line}");
        }
    }

    #[test]
    fn the_list_of_fields_is_in_order_and_all_of_it_is_told() {
        assert!(FIELDS.is_sorted());
        assert!(FIELDS.iter().enumerate().all(|(place, (name, _))| number(name) == Some(place)));
        for name in ["", "visitor", "Route", "zone", "statu", "status2", "{"] {
            assert_eq!(number(name), None, "{name}");
        }
    }

    #[test]
    fn a_json_line_is_one_object() {
        let line = said(Format::Json, LevelFilter::INFO, || {
            tracing::warn!(problem = "a \"quoted\"\nword", "bad");
        });
        let object: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(object["problem"], "a \"quoted\"\nword");
        assert_eq!(object["level"], "warn");
        assert_eq!(line.lines().count(), 1);
    }

    #[test]
    fn a_line_of_text_stays_one_line() {
        let line = said(Format::Text, LevelFilter::INFO, || tracing::info!(error = "a\nb", "two\nlines"));
        assert_eq!(line.lines().count(), 1);
        assert!(line.ends_with("two lines error=\"a\\nb\"\n"), "{line}");
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

    #[test]
    fn other_crates_are_heard_from_warn_on_only() {
        let lines = said(Format::Text, LevelFilter::TRACE, || {
            tracing::debug!(target: "h2::codec", "a header");
            tracing::info!(target: "hyper::proto", "an address");
            tracing::warn!(target: "h2::codec", "a warning");
            tracing::trace!(target: "privet::proxy", "ours");
        });
        assert!(!lines.contains("a header") && !lines.contains("an address"), "{lines}");
        assert!(lines.contains("h2::codec: a warning") && lines.contains("TRACE ours"), "{lines}");
    }
}
