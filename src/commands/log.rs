//! The server's log: on stderr, as text or as JSON.

use std::io::{IsTerminal as _, stderr};

use tracing_subscriber::EnvFilter;

use super::Failure;
use crate::config::{LogFormat, LogSettings};

/// Starts the log. `RUST_LOG`, if set, takes precedence over the configured filter.
///
/// # Errors
/// `Asked` if the filter is invalid.
pub(super) fn start(settings: &LogSettings) -> Result<(), Failure> {
    let filter = std::env::var(EnvFilter::DEFAULT_ENV)
        .ok()
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| settings.filter.clone());
    let filter = EnvFilter::try_new(&filter)
        .map_err(|error| Failure::Asked(format!("the log filter {filter:?}: {error}")))?;
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal());
    match settings.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}
