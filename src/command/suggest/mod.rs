//! `privet suggest`: rules for what a route's visitors send and nobody has named, from shapes or a HAR file.
//!
//! Knows where shapes come from and who is told; `har` reads recordings, `asked` a running privet, `guess` what a
//! place may be, `proposal` what is written of it. Sends nothing but one question to the operator's own privet.
//! Invariant: no value of what it reads is ever printed, also when it cannot be read.

mod asked;
mod guess;
mod har;
mod proposal;
mod seen;
mod written;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::output::{complain, say};
use super::{USAGE, choice};
use crate::config::{Choice, Settings};
use crate::privacy::{Files, Policy, Undecodable};
use crate::proxy::ObservedRoute;
use har::{Har, Scope};
use seen::Seen;

/// EX_DATAERR, EX_NOINPUT and EX_UNAVAILABLE of sysexits.
const NO_SHAPES: u8 = 65;
const NO_INPUT: u8 = 66;
const NO_ANSWER: u8 = 69;

/// Larger recordings are read in parts.
const LARGEST: u64 = 512 << 20;

/// As deep as a route reads by itself.
const DEPTH: usize = 64;

#[derive(Debug, clap::Args)]
pub struct Options {
    /// A HAR file, or what /shapes told; - for standard input. Without it the running privet is asked
    file: Option<PathBuf>,
    /// The route whose rules are written; without it a HAR is judged by well-known names alone
    #[arg(long)]
    route: Option<String>,
    /// Of a HAR, only requests to this host; may be said more than once
    #[arg(long)]
    host: Vec<String>,
}

/// Why nothing can be suggested.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("cannot read {}: {source}", .file.display())]
    Input { file: PathBuf, source: io::Error },
    #[error("the input has more than 512 MiB; cut it in parts")]
    Large,
    #[error("line {0}, column {1}: the input is no JSON, or no HAR")]
    Json(usize, usize),
    #[error("the input is neither a HAR (log, entries) nor shapes (routes)")]
    Neither,
    #[error("none of its {0} requests goes to the route's hosts; name one with --host")]
    Elsewhere(usize),
    #[error("no route is observed; write observe = true in one")]
    Unobserved,
    #[error("several routes are observed; name one with --route")]
    Several,
    #[error("there is no [admin] whom to ask; name a file")]
    NoAdmin,
    #[error("privet does not answer: {0}")]
    Silent(io::Error),
    #[error("what answers knows no shapes; is it a privet of this version?")]
    Other,
}

impl Unusable {
    const fn code(&self) -> u8 {
        match self {
            Self::Input { .. } => NO_INPUT,
            Self::Silent(_) | Self::Other => NO_ANSWER,
            Self::NoAdmin | Self::Several | Self::Unobserved => USAGE,
            Self::Large | Self::Json(..) | Self::Neither | Self::Elsewhere(_) => NO_SHAPES,
        }
    }
}

impl From<Unusable> for ExitCode {
    fn from(unusable: Unusable) -> Self {
        complain(&unusable);
        Self::from(unusable.code())
    }
}

pub fn run(config: &Path, options: &Options, as_json: bool) -> Result<ExitCode, ExitCode> {
    let bytes = match &options.file {
        Some(file) => input(file)?,
        None => asked::shapes(choice::settings(config)?.admin)?,
    };
    let document: Document<'_> =
        serde_json::from_slice(&bytes).map_err(|error| Unusable::Json(error.line(), error.column()))?;
    let (seen, policy) = match (document.log, document.routes) {
        (Some(har), _) => recorded(&har, config, options)?,
        (None, Some(routes)) => observed(&routes, config, options)?,
        (None, None) => return Err(Unusable::Neither.into()),
    };
    let outcome = proposal::propose(&seen, &policy);
    if as_json {
        say(written::program(&seen, &outcome));
    } else {
        say(written::person(&seen, &outcome));
    }
    Ok(ExitCode::SUCCESS)
}

/// Either of the two things that can be read.
#[derive(serde::Deserialize)]
struct Document<'d> {
    #[serde(borrow)]
    log: Option<Har<'d>>,
    routes: Option<Vec<ObservedRoute>>,
}

fn input(file: &Path) -> Result<Vec<u8>, Unusable> {
    let mut bytes = Vec::new();
    let read = match file.to_str() {
        Some("-") => io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes),
        _ => File::open(file).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)),
    };
    match read {
        Err(source) => Err(Unusable::Input { file: file.to_owned(), source }),
        Ok(length) if length as u64 > LARGEST => Err(Unusable::Large),
        Ok(_) => Ok(bytes),
    }
}

/// What a HAR shows of a route, or of whatever it holds.
fn recorded(har: &Har<'_>, config: &Path, options: &Options) -> Result<(Seen, Policy), ExitCode> {
    let hosts: Vec<String> = options.host.iter().map(|host| host.to_ascii_lowercase()).collect();
    let Some(name) = &options.route else {
        let policy = general("strict").ok_or(ExitCode::FAILURE)?;
        return Ok((har.seen(&Scope { hosts, route: None }, &policy, "")?, policy));
    };
    let settings: Settings = choice::settings(config)?;
    let route = choice::route(&settings, name)?;
    let scope = Scope { hosts, route: Some(route) };
    Ok((har.seen(&scope, &route.policy, name)?, route.policy.clone()))
}

/// What a running privet has seen of a route.
fn observed(routes: &[ObservedRoute], config: &Path, options: &Options) -> Result<(Seen, Policy), ExitCode> {
    let named = |observed: &&ObservedRoute| options.route.as_ref().is_none_or(|name| *name == observed.route);
    let mut chosen = routes.iter().filter(named);
    let observed = match (chosen.next(), chosen.next()) {
        (None, _) => return Err(Unusable::Unobserved.into()),
        (Some(_), Some(_)) => return Err(Unusable::Several.into()),
        (Some(observed), None) => observed,
    };
    let settings = choice::settings(config)?;
    let route = choice::route(&settings, &observed.route)?;
    Ok((Seen::observed(observed), route.policy.clone()))
}

/// A policy without a vendor or rules: only well-known names mean anything.
fn general(policy: &str) -> Option<Policy> {
    let choice = Choice {
        policy,
        vendor: None,
        rules: Vec::new(),
        actions: Vec::new(),
        country: None,
        undecodable: Undecodable::Refuse,
        files: Files::Refuse,
        depth: DEPTH,
        body_limit: usize::try_from(LARGEST).unwrap_or(usize::MAX),
        site_origins: Vec::new(),
    };
    Some(Policy::compile(choice.parts()?))
}
