//! `privet`: reads the settings, opens the doors, serves until it is told to stop.
//!
//! Knows every floor by its door; does none of their work. Invariant: nothing is served before everything is in
//! hand, and why it could not start is told in words and by the exit code.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;

use super::output::complain;
use super::sandbox::{self, Sandbox, SandboxError};
use crate::config::{self, Route, Settings, Tls};
use crate::downstream::{Server, StartError};
use crate::logging::{self, Format, Log, LoggingError};
use crate::metrics::Metrics;
use crate::proxy::{Proxy, Shared};

/// EX_OSERR of sysexits: a socket or a thread was not to be had.
const NO_RESOURCE: u8 = 71;
/// EX_CONFIG of sysexits: the settings, or a certificate they name, cannot be used.
const BAD_SETTINGS: u8 = 78;

/// Why privet does not serve.
#[derive(Debug, thiserror::Error)]
enum RunError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(transparent)]
    Log(#[from] LoggingError),
}

/// Runs the proxy in the foreground: 0 after a drain, 78 for unusable settings, 71 if the system refuses.
pub fn run(config: &Path, format: Option<Format>) -> ExitCode {
    sandbox::prepare();
    let log = match logging::start(format) {
        Ok(log) => log,
        Err(error) => return failed(BAD_SETTINGS, error),
    };
    let settings = match config::load(config) {
        Ok(settings) => settings,
        Err(problems) => return failed(BAD_SETTINGS, problems),
    };
    // Who made the provider before is of no importance: there is only this one.
    let _ = aws_lc_rs::default_provider().install_default();
    match serve(config, settings, &log) {
        Ok(()) => {
            tracing::info!("stopped");
            ExitCode::SUCCESS
        }
        Err(
            error
            @ (RunError::Start(StartError::Tls { .. } | StartError::Unwanted(_)) | RunError::Sandbox(_)),
        ) => failed(BAD_SETTINGS, error),
        Err(error) => failed(NO_RESOURCE, error),
    }
}

fn serve(config: &Path, settings: Settings, log: &Log) -> Result<(), RunError> {
    let metrics = Arc::new(Metrics::new().with_lost_lines(log.lost()));
    let server = Server::bind(&settings, metrics.clone())?;
    introduce(&settings, &server);
    // The sockets are open, and no thread has been started.
    let sandbox = Sandbox::enter(&settings, config)?;
    log.gather()?;
    let shared = Shared::new(settings, metrics);
    let ended = server.serve(&shared, || Arc::new(Proxy::new(shared.clone())), || again(config, &sandbox));
    shared.wipe();
    Ok(ended?)
}

/// The settings as they are now, or every problem: also what the process can no longer reach.
fn again(config: &Path, sandbox: &Sandbox) -> Result<Settings, Vec<String>> {
    let new = config::load(config).map_err(|found| {
        let told = found.problems.iter().map(ToString::to_string);
        told.map(|problem| sandbox.explain(problem)).collect::<Vec<_>>()
    })?;
    let objections = sandbox.objections(&new, config);
    if objections.is_empty() { Ok(new) } else { Err(objections) }
}

/// One line for each listener and each route.
fn introduce(settings: &Settings, server: &Server) {
    tracing::info!(version = env!("CARGO_PKG_VERSION"), workers = settings.server.workers, "privet starts");
    for (listener, address) in settings.listeners.iter().zip(server.addresses()) {
        let tls = match &listener.tls {
            Tls::Off => "off",
            Tls::Certificates(_) => "certificates",
            Tls::SelfSigned { .. } => "self-signed",
        };
        tracing::info!(listener = %address, tls, "listening");
    }
    if let Some(address) = server.admin_address() {
        tracing::info!(listener = %address, "listening for operators");
    }
    for route in &settings.routes {
        let vendor = route.vendor.as_deref().unwrap_or("none");
        tracing::info!(
            route = &*route.name,
            upstream = upstream(route),
            vendor,
            policy = &*route.policy_name,
            "route"
        );
    }
    for note in &settings.notes {
        tracing::warn!(note, "worth knowing");
    }
}

/// Scheme, hosts and ports.
fn upstream(route: &Route) -> String {
    format!("{}://{}", route.upstream.scheme, route.addresses())
}

fn failed(code: u8, error: impl Display) -> ExitCode {
    complain(error);
    ExitCode::from(code)
}
