//! `common-id events`: exports the audit trail as JSON lines, of everybody or of one
//! account.

use std::collections::BTreeMap;
use std::io::Write as _;

use clap::Subcommand;
use serde::Serialize;

use super::database::Database;
use super::{Failure, day, moment};
use crate::clock::Timestamp;
use crate::store::security_events::{Wanted, Written};

/// How many records are read at once.
const AT_ONCE: u32 = 1000;

/// The subcommands of `events`.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Write security events to standard output as JSON lines, in the order in which they were written
    Export {
        /// Only events about this account (its id)
        #[arg(long, value_name = "ID")]
        account: Option<String>,
        /// Only events from this day on (YYYY-MM-DD, in Japan)
        #[arg(long, value_name = "DATE", value_parser = day)]
        from: Option<Timestamp>,
        /// Only events before this day (YYYY-MM-DD, in Japan)
        #[arg(long, value_name = "DATE", value_parser = day)]
        to: Option<Timestamp>,
        /// Only events after the one with this sequence number
        #[arg(long, value_name = "SEQUENCE", default_value_t = 0)]
        after: i64,
        #[command(flatten)]
        database: Database,
    },
}

/// One line of the export.
#[derive(Debug, Serialize)]
struct Line<'a> {
    sequence: i64,
    at: String,
    event: &'a str,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    actor: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    brand: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<&'a str>,
    times: i64,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    detail: &'a BTreeMap<String, String>,
}

/// Runs the command.
///
/// # Errors
/// `Configuration` or `Fault` if the configuration or the database fails.
pub(super) async fn run(command: Command) -> Result<(), Failure> {
    let Command::Export {
        account,
        from,
        to,
        mut after,
        database,
    } = command;
    let store = database.open(&database.configuration()?).await?;
    let wanted = Wanted {
        account_id: account,
        from,
        before: to,
    };
    loop {
        let events = store.security_events();
        let part = events.part(&wanted, after, AT_ONCE).await?;
        let Some(last) = part.last() else { break };
        after = last.sequence;
        write(&part)?;
    }
    store.close().await;
    Ok(())
}

fn write(part: &[Written]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for written in part {
        let line = serde_json::to_string(&line(written)).map_err(crate::fault::Fault::from)?;
        writeln!(out, "{line}")?;
    }
    Ok(out.flush()?)
}

fn line(Written { sequence, record }: &Written) -> Line<'_> {
    Line {
        sequence: *sequence,
        at: moment(record.at),
        event: &record.kind,
        outcome: if record.reason.is_none() {
            "success"
        } else {
            "failure"
        },
        reason: record.reason.as_deref(),
        actor: &record.actor,
        account_id: record.account_id.as_deref(),
        client_id: record.client_id.as_deref(),
        brand: record.brand.as_deref(),
        device: record.device.as_deref(),
        network: record.network.as_deref(),
        correlation_id: record.correlation_id.as_deref(),
        times: record.times,
        detail: &record.detail,
    }
}
