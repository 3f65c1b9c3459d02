//! Tells the operator of connections that were not taken: the cap of an address, or the limit
//! of open files. One log line a minute for each, and no whole address. Handshakes that fail
//! are everyday, and are not logged here.

use std::io::{Error, ErrorKind};
use std::net::SocketAddr;

use rustix::io::Errno;

use crate::clock::{Clock, Seldom};
use crate::http::client_address::ClientAddress;

/// Why a connection was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Address,
    OpenFiles,
    System,
}

/// Logs connections that were not taken.
#[derive(Debug)]
pub(super) struct Refused(Seldom<Cause>);

impl Refused {
    pub(super) fn new(clock: Clock) -> Self {
        Self(Seldom::new(clock))
    }

    /// Logs one, unless the like was logged recently.
    pub(super) fn note(&self, peer: Option<&SocketAddr>, error: &Error) {
        let Some(cause) = cause(peer, error) else {
            return;
        };
        if !self.0.is_due(cause) {
            return;
        }
        let network = peer.map(|peer| ClientAddress(peer.ip()).truncated());
        match cause {
            Cause::Address => tracing::warn!(
                network,
                "connections are refused: one address has limits.connections_per_ip open"
            ),
            Cause::OpenFiles => tracing::error!(
                "connections wait: this process, or the system, has as many files open as it may"
            ),
            Cause::System => tracing::error!(%error, "connections cannot be accepted"),
        }
    }
}

/// The cause, if the operator should know of it.
fn cause(peer: Option<&SocketAddr>, error: &Error) -> Option<Cause> {
    let number = error.raw_os_error().map(Errno::from_raw_os_error);
    match number {
        Some(Errno::MFILE | Errno::NFILE) => Some(Cause::OpenFiles),
        // The peer is known once the system has accepted the connection.
        _ if peer.is_none() => Some(Cause::System),
        None if error.kind() == ErrorKind::ConnectionRefused => Some(Cause::Address),
        _ => None,
    }
}
