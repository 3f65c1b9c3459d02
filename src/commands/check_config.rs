//! `common-id check-config`: checks whether `serve` would accept a configuration.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, print};
use crate::config::Config;

/// The arguments of `check-config`.
#[derive(Clone, Debug, Args)]
pub(super) struct Arguments {
    /// Configuration file
    #[arg(value_name = "FILE", required_unless_present = "config")]
    file: Option<PathBuf>,
    /// Configuration file, as the other commands take it
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    config: Option<PathBuf>,
}

/// Prints `ok`, or fails with every problem and its line.
///
/// # Errors
/// `Configuration` if the configuration is wrong or unsafe.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let file = arguments.file.as_ref().or(arguments.config.as_ref());
    Config::load(file.map(PathBuf::as_path))?.check()?;
    print("ok")
}
