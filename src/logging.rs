//! What privet says while it runs: one line an event, as text or as JSON, on standard error.
//!
//! Knows no request and no settings. Invariant: a line carries only the fields of [`FIELDS`], whatever an event
//! holds; what other crates say is heard from `warn` on, and a panic is told by its place, never by its message.

use std::fmt;
use std::io::{self, Write};

use clap::ValueEnum;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// The fields a log line may carry besides time, level, target and message; all others are left out.
pub const FIELDS: &[(&str, &str)] = &[
    ("category", "a category's name"),
    ("connections", "a count of connections"),
    ("error", "what failed, in privet's or the system's words"),
    ("file", "a file named in the settings"),
    ("from_vendor", "a count of messages"),
    ("from_visitor", "a count of messages"),
    ("listener", "a listener's address, from the settings"),
    ("location", "a place in privet's source"),
    ("landlock", "what the sandbox denies by Landlock"),
    ("milliseconds", "a duration"),
    ("note", "a remark on the settings"),
    ("outcome", "how an exchange ended: passed, preflight, refused, failed"),
    ("policy", "a policy's name"),
    ("problem", "a problem in the settings"),
    ("reason", "why a request was refused, in fixed words"),
    ("route", "a route's name, from the settings"),
    ("routes", "a count of routes"),
    ("sandbox", "whether the process is confined"),
    ("seccomp", "whether system calls are confined"),
    ("signal", "a signal's name"),
    ("status", "an HTTP status"),
    ("tls", "how a listener speaks TLS"),
    ("treated", "a count of values that were changed or removed"),
    ("unmapped", "a count of fields no map names"),
    ("upstream", "an upstream, from the settings"),
    ("user", "the number of the user privet runs as"),
    ("vendor", "a vendor's name, from the settings"),
    ("version", "privet's version"),
    ("workers", "a count of threads"),
];

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    #[default]
    Text,
    Json,
}

#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    #[error("PRIVET_LOG_FORMAT: unknown format \"{0}\"; use text or json")]
    Format(String),
    #[error("PRIVET_LOG: unknown level \"{0}\"; use off, error, warn, info, debug or trace")]
    Level(String),
    #[error("logging was started before")]
    Started(#[from] TryInitError),
}

/// Begins to log, once in a process: `format`, else `PRIVET_LOG_FORMAT`, else text; from the level of `PRIVET_LOG` on.
pub fn start(format: Option<Format>) -> Result<(), LoggingError> {
    let format = match (format, std::env::var("PRIVET_LOG_FORMAT")) {
        (Some(format), _) => format,
        (None, Ok(word)) => Format::from_str(&word, false).map_err(|_| LoggingError::Format(word))?,
        (None, Err(_)) => Format::default(),
    };
    let level = match std::env::var("PRIVET_LOG") {
        Ok(word) => word.parse().map_err(|_| LoggingError::Level(word))?,
        Err(_) => LevelFilter::INFO,
    };
    let lines = Lines { format, output: io::stderr };
    tracing_subscriber::registry().with(lines.with_filter(heard(level))).try_init()?;
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, "panicked");
    }));
    Ok(())
}

/// privet from `level` on, everyone else from `warn` on at most: their finer lines show headers and addresses.
fn heard(level: LevelFilter) -> Targets {
    Targets::new().with_target("privet", level).with_default(level.min(LevelFilter::WARN))
}

struct Lines<W> {
    format: Format,
    output: W,
}

impl<S: Subscriber, W> Layer<S> for Lines<W>
where
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        let line = match self.format {
            Format::Text => text(event, &told),
            Format::Json => json(event, told),
        };
        // A closed standard error must not end the proxy.
        let _ = self.output.make_writer().write_all(line.as_bytes());
    }
}

/// The allowed fields of one event.
#[derive(Default)]
struct Told {
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Told {
    fn tell(&mut self, field: &Field, value: impl Into<Value>) {
        let (name, value) = (field.name(), value.into());
        match value {
            Value::String(text) if name == "message" => self.message = text,
            value if FIELDS.iter().any(|(allowed, _)| *allowed == name) => self.fields.push((name, value)),
            _ => {}
        }
    }
}

impl Visit for Told {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.tell(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.tell(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.tell(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.tell(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.tell(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.tell(field, value);
    }
}

fn text(event: &Event<'_>, told: &Told) -> String {
    let metadata = event.metadata();
    let mut line = format!("{} {:>5} ", now(), metadata.level().as_str());
    if !is_ours(metadata.target()) {
        line.push_str(metadata.target());
        line.push_str(": ");
    }
    line.extend(told.message.chars().map(|c| if c.is_control() { ' ' } else { c }));
    for (name, value) in &told.fields {
        line.push(' ');
        line.push_str(name);
        line.push('=');
        match value {
            Value::String(text) if is_word(text) => line.push_str(text),
            value => line.push_str(&value.to_string()),
        }
    }
    line.push('\n');
    line
}

fn json(event: &Event<'_>, told: Told) -> String {
    let metadata = event.metadata();
    let mut object = Map::new();
    object.insert("time".into(), now().into());
    object.insert("level".into(), metadata.level().as_str().to_ascii_lowercase().into());
    object.insert("target".into(), metadata.target().into());
    object.insert("message".into(), told.message.into());
    object.extend(told.fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
    format!("{}\n", Value::Object(object))
}

/// RFC 3339, in UTC.
fn now() -> String {
    let mut time = String::new();
    // Writing to a string does not fail.
    let _ = SystemTime.format_time(&mut Writer::new(&mut time));
    time
}

fn is_ours(target: &str) -> bool {
    target == "privet" || target.starts_with("privet::")
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '=')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Arc, Mutex};

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
        let lines = Lines { format, output: move || writer.clone() };
        let subscriber = tracing_subscriber::registry().with(lines.with_filter(heard(level)));
        tracing::subscriber::with_default(subscriber, say);
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
        let time = now();
        assert_eq!((time.len(), &time[10..11], &time[26..]), (27, "T", "Z"), "{time}");
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
