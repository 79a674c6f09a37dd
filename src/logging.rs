//! What privet says while it runs: one line an event, as text or as JSON, on standard error.
//!
//! Knows no request and no settings. Invariant: a line carries only the fields of [`FIELDS`], whatever an event
//! holds; what other crates say is heard from `warn` on, and a panic is told by its place, never by its message.

mod event;
mod line;
mod outlet;

use std::io;

use clap::ValueEnum;
use prometheus_client::metrics::counter::Counter;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

use event::Lines;
use outlet::Outlet;

pub use event::info;
pub use line::{Field, Line};

/// The fields a log line may carry besides time, level, target and message; all others are left out.
pub const FIELDS: &[(&str, &str)] = &[
    ("category", "a category's name"),
    ("connections", "a count of connections"),
    ("error", "what failed, in privet's or the system's words"),
    ("file", "a file named in the settings"),
    ("from_vendor", "a count of messages"),
    ("from_visitor", "a count of messages"),
    ("landlock", "what the sandbox denies by Landlock"),
    ("lines", "a count of log lines"),
    ("listener", "a listener's address, from the settings"),
    ("location", "a place in privet's source"),
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
    #[error("cannot start a thread for the log: {0}")]
    Thread(#[from] io::Error),
}

/// The log for as long as it is held: what was said before it is let go is written.
#[must_use]
pub struct Log(Outlet);

impl Log {
    /// From here on a thread writes the lines, so that nobody waits for it. What is given up by a thread (the
    /// sandbox) must be given up before.
    pub fn gather(&self) -> Result<(), LoggingError> {
        Ok(self.0.gather(|lines| tracing::warn!(lines, "log lines left out"))?)
    }

    /// Lines that were left out, because nobody reads them fast enough.
    pub fn lost(&self) -> Counter {
        self.0.lost()
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        self.0.flush();
    }
}

/// Begins to log, once in a process: `format`, else `PRIVET_LOG_FORMAT`, else text; from the level of `PRIVET_LOG` on.
pub fn start(format: Option<Format>) -> Result<Log, LoggingError> {
    let format = match (format, std::env::var("PRIVET_LOG_FORMAT")) {
        (Some(format), _) => format,
        (None, Ok(word)) => Format::from_str(&word, false).map_err(|_| LoggingError::Format(word))?,
        (None, Err(_)) => Format::default(),
    };
    let level = match std::env::var("PRIVET_LOG") {
        Ok(word) => word.parse().map_err(|_| LoggingError::Level(word))?,
        Err(_) => LevelFilter::INFO,
    };
    let outlet = Outlet::new(io::stderr());
    let output = outlet.clone();
    let lines = Lines::new(format, move |line| output.say(line));
    lines.heard_from(level).try_init()?;
    let last_words = outlet.clone();
    std::panic::set_hook(Box::new(move |panic| {
        let location = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(location, "panicked");
        last_words.flush();
    }));
    Ok(Log(outlet))
}
