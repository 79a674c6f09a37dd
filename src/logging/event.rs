//! Who says a line: an event, or whoever says one so often that the way through an event is too long.
//!
//! Knows what is heard; does not know how a line is spelled, nor where it goes. Invariant: both ways end in the same
//! line, and are heard from the same level on.

use std::cell::Cell;
use std::fmt::{self, Write};

use tracing::field::Visit;
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Subscriber, dispatcher, field};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

use super::Format;
use super::line::{Field, Line, Spelling};

type Output = Box<dyn Fn(&[u8]) + Send + Sync>;

/// Says a line of the level `info`, as an event of this target and message does.
pub fn info(target: &str, message: &str, tell: impl Fn(&mut Line<'_>)) {
    if tracing::event_enabled!(Level::INFO) {
        dispatcher::get_default(|subscriber| {
            if let Some(lines) = subscriber.downcast_ref::<Lines>() {
                lines.say(Level::INFO, target, message, &tell);
            }
        });
    }
}

/// Writes a line for each event that is heard.
pub struct Lines {
    spelling: Spelling,
    output: Output,
}

impl Lines {
    pub fn new(format: Format, output: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        Self { spelling: Spelling::new(format), output: Box::new(output) }
    }

    /// All that is heard is asked of a call's place once, not of each call.
    pub fn heard_from(self, level: LevelFilter) -> impl Subscriber + Send + Sync {
        tracing_subscriber::registry().with(heard(level)).with(self)
    }

    fn say(&self, level: Level, target: &str, message: &str, tell: impl Fn(&mut Line<'_>)) {
        thread_local! {
            /// Room that one line leaves to the next.
            static ROOM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
        }
        let mut line = Line::begin(&self.spelling, ROOM.take(), level, target, message);
        tell(&mut line);
        let line = line.end();
        (self.output)(&line);
        ROOM.set(line);
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let (metadata, mut message) = (event.metadata(), Message::default());
        event.record(&mut message);
        let tell = |line: &mut Line<'_>| event.record(&mut Told(line));
        self.say(*metadata.level(), metadata.target(), &message.0, tell);
    }
}

/// privet from `level` on, everyone else from `warn` on at most: their finer lines show headers and addresses.
fn heard(level: LevelFilter) -> Targets {
    Targets::new().with_target("privet", level).with_default(level.min(LevelFilter::WARN))
}

/// The words of an event.
#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            // Writing to memory does not fail.
            let _ = write!(self.0, "{value:?}");
        }
    }

    fn record_str(&mut self, field: &field::Field, value: &str) {
        if field.name() == "message" {
            self.0.push_str(value);
        }
    }
}

/// The fields of an event, of which those on the list are told.
struct Told<'t, 'l>(&'t mut Line<'l>);

impl Told<'_, '_> {
    fn tell(&mut self, field: &field::Field, tell: impl FnOnce(&mut Line<'_>, Field)) {
        if let Some(field) = Field::named(field.name()) {
            tell(self.0, field);
        }
    }
}

impl Visit for Told<'_, '_> {
    fn record_debug(&mut self, field: &field::Field, value: &dyn fmt::Debug) {
        self.tell(field, |line, field| line.word(field, &format!("{value:?}")));
    }

    fn record_str(&mut self, field: &field::Field, value: &str) {
        self.tell(field, |line, field| line.word(field, value));
    }

    fn record_u64(&mut self, field: &field::Field, value: u64) {
        self.tell(field, |line, field| line.count(field, value));
    }

    fn record_i64(&mut self, field: &field::Field, value: i64) {
        self.tell(field, |line, field| line.plain(field, value));
    }

    fn record_f64(&mut self, field: &field::Field, value: f64) {
        // No number in JSON is infinite, or none.
        let value = serde_json::Value::from(value);
        self.tell(field, |line, field| line.plain(field, value));
    }

    fn record_bool(&mut self, field: &field::Field, value: bool) {
        self.tell(field, |line, field| line.plain(field, value));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::Value;

    use super::*;

    const ROUTE: Field = Field::of("route");
    const STATUS: Field = Field::of("status");
    const REASON: Field = Field::of("reason");

    fn said(format: Format, level: LevelFilter, say: impl FnOnce()) -> String {
        let output = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&output);
        let lines = Lines::new(format, move |line| written.lock().unwrap().extend_from_slice(line));
        tracing::subscriber::with_default(lines.heard_from(level), say);
        let bytes = output.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_line_that_is_said_often_is_the_event_s_own() {
        let without_digits = |line: String| {
            assert_eq!(line.lines().count(), 1, "{line}");
            line.replace(|c: char| c.is_ascii_digit(), "")
        };
        for format in [Format::Text, Format::Json] {
            for route in ["chat", "a \"b\"\nc", ""] {
                let event = said(format, LevelFilter::INFO, || {
                    tracing::info!(route, status = 200_u16, reason = "x=y", "exchange");
                });
                let often = said(format, LevelFilter::INFO, || {
                    info(module_path!(), "exchange", |line| {
                        line.word(ROUTE, route);
                        line.count(STATUS, 200);
                        line.word(REASON, "x=y");
                    });
                });
                assert!(event.contains("200") && often.contains("200"));
                assert_eq!(without_digits(often), without_digits(event));
            }
        }
    }

    #[test]
    fn a_line_that_is_said_often_is_heard_from_the_same_level_on() {
        for (level, lines) in [(LevelFilter::WARN, 0), (LevelFilter::INFO, 1), (LevelFilter::OFF, 0)] {
            let line = said(Format::Text, level, || info(module_path!(), "exchange", |_| {}));
            assert_eq!(line.lines().count(), lines, "{level}");
        }
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
