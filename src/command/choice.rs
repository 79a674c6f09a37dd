//! The settings and the route that a command was asked about, or why there are none.
//!
//! Invariant: whoever gets an exit code from here has been told why.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use super::USAGE;
use super::output::complain;
use crate::config::{self, Route, Settings};

/// The settings, if they have no problem.
pub fn settings(config: &Path) -> Result<Settings, ExitCode> {
    config::load(config).map_err(|problems| {
        complain(problems);
        ExitCode::from(USAGE)
    })
}

/// The route of a name.
pub fn route<'s>(settings: &'s Settings, name: &str) -> Result<&'s Arc<Route>, ExitCode> {
    settings.routes.iter().find(|route| *route.name == *name).ok_or_else(|| {
        let known: Vec<&str> = settings.routes.iter().map(|route| &*route.name).collect();
        complain(format_args!("no route is called \"{name}\"; there is {}", known.join(", ")));
        ExitCode::from(USAGE)
    })
}
