//! The settings of the debugger, which shows the last requests of each client.

use super::declared::{Table as _, settings};
use super::reader::{self, Reader};
use crate::secret::Secret;

/// The least length of the key, in bytes: nobody guesses as much.
const LEAST_KEY: usize = 32;

settings! {
    /// The debugger, which shows the last requests of each client, for the demo and staging.
    #[derive(Default)]
    pub struct DebuggerSettings in "debugger" of config {
        /// If true, `serve` requires the next setting to be true.
        enabled: bool = reader::truth, false;
        /// True: this server is reachable for others, but no real person uses it.
        staging: bool = reader::truth, false;
        /// Holds the password that shows all clients' requests, 32 characters at least;
        /// default: none.
        key: Option<Secret> => secret;
        /// Kept for each client, in memory only, so each node shows its own.
        requests: usize = reader::number, 50, within 1 => 500;
    }
}

pub(super) fn debugger(from: &mut Reader<'_>) -> DebuggerSettings {
    let settings = DebuggerSettings::read(from);
    let short = |key: &Secret| key.expose().len() < LEAST_KEY;
    if settings.key.as_ref().is_some_and(short) {
        from.refuse("debugger.key", "must have 32 characters at least");
    }
    settings
}
