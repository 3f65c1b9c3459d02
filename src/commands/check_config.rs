//! `common-id check-config`: checks whether `serve` would accept a configuration.

use std::path::PathBuf;

use clap::Args;

use super::{Failure, print};
use crate::config::Config;

/// What `check-config` takes.
#[derive(Clone, Debug, Args)]
pub(super) struct Arguments {
    /// The configuration
    #[arg(value_name = "FILE", required_unless_present = "config")]
    file: Option<PathBuf>,
    /// The configuration, named as for the other commands
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
