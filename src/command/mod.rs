//! What an operator can ask for, one file a command.
//!
//! Knows arguments and exit codes (sysexits); does not know how anything is done. Invariant: every command says
//! what it found on standard output and what went wrong on standard error.

mod check;
mod choice;
mod demo;
mod explain;
mod healthcheck;
mod output;
mod report;
mod run;
mod sandbox;
mod scrub;
mod selftest;
mod snippet;
mod suggest;

use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::logging::Format;

/// EX_USAGE of sysexits.
const USAGE: u8 = 64;

/// The hedge between a website's visitors and third-party vendors: the conversation passes, the person does not.
#[derive(Debug, Parser)]
#[command(name = "privet", version, disable_help_subcommand = true)]
struct Cli {
    /// The settings file
    #[arg(long, short, global = true, default_value = "proxy.toml", value_name = "FILE")]
    config: PathBuf,
    /// Output for programs
    #[arg(long, global = true)]
    json: bool,
    /// How log lines are written
    #[arg(long, global = true, value_name = "FORMAT", value_enum)]
    log_format: Option<Format>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything at home: a page, a pretend vendor, privet between them
    Demo(demo::Options),
    /// Read the settings and tell every problem
    Check,
    /// Show what leaves on a route, place by place
    Explain {
        /// A route's name; all of them without it
        route: Option<String>,
        /// What the site's pages embed instead, and the policy that keeps the vendor's hosts out
        #[arg(long)]
        snippet: bool,
    },
    /// Take one raw HTTP request from standard input and print what would leave
    Scrub {
        /// The route it would take
        #[arg(long)]
        route: String,
        /// The visitor's address
        #[arg(long, default_value = "203.0.113.7", value_name = "ADDRESS")]
        visitor: IpAddr,
    },
    /// Write what leaves, to whom and how, for the record of processing
    Report {
        /// A route's name; all of them without it
        route: Option<String>,
        /// How it is written
        #[arg(long, value_enum, default_value_t)]
        format: report::Form,
    },
    /// Send marked requests of a made-up visitor into a sink and tell what would have leaked
    Selftest {
        /// A route's name; all of them without it
        route: Option<String>,
    },
    /// Propose rules for what visitors send and no rule names, from a HAR file or observe = true
    Suggest(suggest::Options),
    /// Ask a running privet whether it is ready (for containers)
    Healthcheck,
}

/// Reads the arguments and does what they say.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => {
            // Help and version are no mistakes; a closed pipe is the reader's choice.
            let _ = told.print();
            return if told.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
        }
    };
    match cli.command {
        None => run::run(&cli.config, cli.log_format),
        Some(Command::Demo(options)) => demo::run(&options, cli.log_format),
        Some(Command::Check) => check::run(&cli.config, cli.json),
        Some(Command::Explain { route, snippet }) => {
            explain::run(&cli.config, route.as_deref(), snippet, cli.json).unwrap_or_else(|code| code)
        }
        Some(Command::Scrub { route, visitor }) => {
            scrub::run(&cli.config, &route, visitor, cli.json).unwrap_or_else(|code| code)
        }
        Some(Command::Report { route, format }) => {
            let form = if cli.json { report::Form::Json } else { format };
            report::run(&cli.config, route.as_deref(), form).unwrap_or_else(|code| code)
        }
        Some(Command::Selftest { route }) => {
            selftest::run(&cli.config, route.as_deref(), cli.json).unwrap_or_else(|code| code)
        }
        Some(Command::Suggest(options)) => {
            suggest::run(&cli.config, &options, cli.json).unwrap_or_else(|code| code)
        }
        Some(Command::Healthcheck) => healthcheck::run(&cli.config),
    }
}
