//! Where state is kept: the database, and the store of short-lived state.

use super::declared::{Table as _, settings};
use super::reader::{self, Reader};
use crate::secret::Secret;

/// The database.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite:` and a path, or `postgres://`.
    pub url: Secret,
    /// Maximum number of open connections.
    pub connections: u32,
}

/// Where short-lived state is kept.
#[derive(Clone, Debug)]
pub struct EphemeralSettings {
    /// `memory:` or `redis://`.
    pub url: Secret,
    /// Prefix of every Redis key.
    pub prefix: String,
}

settings! {
    /// The database as written.
    pub(super) struct DatabaseTable in "database" of config {
        /// Or "sqlite:/var/lib/common-id/common-id.db".
        url: Option<Secret> => secret;
        /// The most open connections; default: 4 on SQLite.
        connections: u32 = reader::number, connections_to(url.as_ref());
    }
}

settings! {
    /// Where short-lived state is kept, as written.
    pub(super) struct EphemeralTable in "ephemeral" of config {
        /// Or "memory:", only for a single node on SQLite.
        url: Option<Secret> => secret;
        /// The beginning of every key in Redis.
        prefix: String = reader::text, "common-id".to_owned();
    }
}

/// Returns the default number of connections. An embedded database answers within the time
/// that it takes to wake its thread, so more connections would only take more memory.
fn connections_to(url: Option<&Secret>) -> u32 {
    let embedded = |url: &Secret| url.expose().starts_with("sqlite:");
    if url.is_some_and(embedded) { 4 } else { 16 }
}

pub(super) fn database(from: &mut Reader<'_>) -> DatabaseSettings {
    let DatabaseTable { url, connections } = DatabaseTable::read(from);
    match &url {
        None => from.refuse("database.url", "is missing: sqlite:FILE or postgres://…"),
        Some(url) if begins_with(url, &["sqlite:", "postgres://", "postgresql://"]) => {}
        Some(_) => from.refuse("database.url", "must begin with sqlite: or postgres://"),
    }
    DatabaseSettings {
        url: url.unwrap_or_default(),
        connections,
    }
}

pub(super) fn ephemeral(from: &mut Reader<'_>) -> EphemeralSettings {
    let EphemeralTable { url, prefix } = EphemeralTable::read(from);
    let url = url.unwrap_or_else(|| Secret::from("memory:".to_owned()));
    if url.expose() != "memory:" && !begins_with(&url, &["redis://", "rediss://"]) {
        let message = "must be memory: or begin with redis:// or rediss://";
        from.refuse("ephemeral.url", message);
    }
    EphemeralSettings { url, prefix }
}

fn begins_with(url: &Secret, schemes: &[&str]) -> bool {
    schemes
        .iter()
        .any(|scheme| url.expose().starts_with(scheme))
}
