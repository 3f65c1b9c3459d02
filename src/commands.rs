//! The command line: the arguments of each command and the code that it calls. Commands
//! decide nothing about how their task is done. A command prints its results on stdout;
//! logs and failures go to stderr. The exit code is 0 if the command succeeded, 2 if the
//! command line or the configuration is wrong, and 1 for any other failure.

mod accounts;
mod check_config;
mod clients;
mod database;
mod dealers;
#[cfg(feature = "demo")]
mod demo;
mod events;
mod failure;
mod input;
mod keys;
mod ledger;
mod log;
mod migrate;
mod serve;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

use crate::clock::{Clock, Timestamp};
use crate::random::Random;
use crate::security_events::{self, Actor, Origin};

use failure::Failure;

/// One account for every Toyota and Lexus service: an OpenID Provider.
///
/// Without a command, the demo is started.
#[derive(Debug, Parser)]
#[command(name = "common-id", version, args_conflicts_with_subcommands = true)]
#[cfg_attr(not(feature = "demo"), command(subcommand_required = true))]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[cfg(feature = "demo")]
    #[command(flatten)]
    demo: demo::Arguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the demo on this machine: both brands, nine services, an outbox and a debugger
    #[cfg(feature = "demo")]
    Demo(demo::Arguments),
    /// Serve in production
    Serve(serve::Arguments),
    /// Apply the missing database migrations
    Migrate(migrate::Arguments),
    /// Report what is wrong or unsafe in a configuration
    CheckConfig(check_config::Arguments),
    /// Rotate or list the keys that sign tokens
    #[command(subcommand)]
    Keys(keys::Command),
    /// Register relying parties
    #[command(subcommand)]
    Clients(clients::Command),
    /// Import accounts from another system
    #[command(subcommand)]
    Accounts(accounts::Command),
    /// Import and show dealers
    #[command(subcommand)]
    Dealers(dealers::Command),
    /// Verify or export the consent ledger
    #[command(subcommand)]
    Ledger(ledger::Command),
    /// Export the audit trail
    #[command(subcommand)]
    Events(events::Command),
}

/// Runs the command of the command line.
#[must_use]
pub fn run() -> ExitCode {
    let matches = CommandLine::command().get_matches();
    let words = words(&matches);
    let line = CommandLine::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match obey(line, words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

/// Returns the words of the command without its arguments, e.g. `clients add`.
fn words(matches: &ArgMatches) -> String {
    match matches.subcommand() {
        None => String::new(),
        Some((word, rest)) => format!("{word} {}", words(rest)).trim_end().to_owned(),
    }
}

fn obey(line: CommandLine, words: String) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let serves = match &line.command {
        None | Some(Command::Serve(_)) => true,
        #[cfg(feature = "demo")]
        Some(Command::Demo(_)) => true,
        Some(_) => false,
    };
    runtime.block_on(async {
        if serves {
            return run_command(line).await;
        }
        let origin = Origin::new(Actor::Operator, Clock::System, Random::System);
        let origin = Arc::new(origin.running(words));
        security_events::scope(origin, run_command(line)).await
    })
}

async fn run_command(line: CommandLine) -> Result<(), Failure> {
    match line.command {
        #[cfg(feature = "demo")]
        None => demo::run(line.demo).await,
        #[cfg(not(feature = "demo"))]
        None => Ok(()),
        #[cfg(feature = "demo")]
        Some(Command::Demo(arguments)) => demo::run(arguments).await,
        Some(Command::Serve(arguments)) => serve::run(arguments).await,
        Some(Command::Migrate(arguments)) => migrate::run(arguments).await,
        Some(Command::CheckConfig(arguments)) => check_config::run(&arguments),
        Some(Command::Keys(command)) => keys::run(command).await,
        Some(Command::Clients(command)) => clients::run(command).await,
        Some(Command::Accounts(command)) => accounts::run(command).await,
        Some(Command::Dealers(command)) => dealers::run(command).await,
        Some(Command::Ledger(command)) => ledger::run(command).await,
        Some(Command::Events(command)) => events::run(command).await,
    }
}

/// Formats a time for people and machines alike (RFC 3339).
fn moment(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp(at.0)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| at.to_string())
}

/// Parses a day and returns the time at which it begins in Japan.
fn day(text: &str) -> Result<Timestamp, String> {
    Date::parse(text, format_description!("[year]-[month]-[day]"))
        .map(Timestamp::of_day_in_japan)
        .map_err(|_| "must be a day, as 2026-11-23".to_owned())
}

/// Prints a result. Unlike `println!`, it does not panic if stdout is closed.
fn print(text: impl std::fmt::Display) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
