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
mod failure;
mod input;
mod keys;
mod ledger;
mod log;
mod migrate;
mod serve;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clock::Timestamp;

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
}

/// Runs the command of the command line.
#[must_use]
pub fn run() -> ExitCode {
    let line = CommandLine::parse();
    match obey(line) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}

fn obey(line: CommandLine) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
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
        }
    })
}

/// Formats a time for people and machines alike (RFC 3339).
fn moment(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp(at.0)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| at.to_string())
}

/// Prints a result. Unlike `println!`, it does not panic if stdout is closed.
fn print(text: impl std::fmt::Display) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}
