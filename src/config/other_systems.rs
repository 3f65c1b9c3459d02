//! The settings for outgoing requests to other systems, and for incoming requests: events,
//! logout notices, limits, and the log.

use std::path::PathBuf;
use std::time::Duration;

use tracing_subscriber::EnvFilter;
use url::Url;

use super::declared::settings;
use super::document::Value;
use super::units::{DAY, HOUR, MINUTE, SECOND};
use super::{AllowedHost, reader};

settings! {
    /// How events are sent to other systems; each client registers its endpoint.
    #[derive(Copy)]
    pub struct EventSettings in "events" of config {
        /// The time limit of one delivery.
        timeout: Duration = reader::duration, 10 * SECOND;
        /// A system that was down for longer reads what it missed from the list of customers.
        give_up_after: Duration = reader::duration, 14 * DAY;
    }
}

settings! {
    /// Requests to URLs that clients name.
    pub struct OutgoingSettings in "outgoing" of config {
        /// The time limit of one request.
        timeout: Duration = reader::duration, 5 * SECOND,
            within SECOND => config.limits.request_timeout;
        /// Hosts (or "*.internal") that may be reached although they are not on the public
        /// internet.
        allow_hosts: Vec<AllowedHost> = reader::words, Vec::new();
        /// Certificate authorities to trust besides the system's; default: none.
        ca_file: Option<PathBuf> => optional by reader::path;
        /// The proxy to the public internet; default: none, also if the environment names one.
        proxy: Option<Url> => optional by reader::word;
    }
}

settings! {
    /// How clients are notified that a login ended.
    #[derive(Copy)]
    pub struct LogoutSettings in "logout" of config {
        /// Notices to a client that was down for longer are dropped.
        give_up_after: Duration = reader::duration, DAY,
            within MINUTE => 14 * DAY;
    }
}

settings! {
    /// Limits on a single request.
    pub struct RequestLimits in "limits" of config {
        /// The largest body of a request.
        body_bytes: usize = reader::number, 64 * 1024, within 1 => 16 * 1024 * 1024;
        /// The time limit of one request.
        request_timeout: Duration = reader::duration, 30 * SECOND,
            within SECOND => 10 * MINUTE;
        /// The time in which the first request of a connection must arrive.
        header_timeout: Duration = reader::duration, 15 * SECOND,
            within SECOND => 10 * MINUTE;
        /// A connection is closed if no byte went either way for so long; longer than proxies keep
        /// idle connections.
        idle_timeout: Duration = reader::duration, 75 * SECOND,
            within config.limits.request_timeout => HOUR;
        /// Connections from one IP address; those of trusted_proxies are not counted.
        connections_per_ip: u64 = reader::number, 200, within 1 => 1_000_000;
        /// What callers at one IP address who do not authenticate can have kept in an hour, in KiB:
        /// pushed requests, requests of devices, and logins and registrations begun.
        kept_kib_per_ip_hour: u64 = reader::number, 8 * 1024, within 64 => 16 * 1024 * 1024;
        /// What one person who is logged in can have kept in an hour, in KiB, before it counts as a
        /// stranger's.
        kept_kib_per_account_hour: u64 = reader::number, 8 * 1024, within 64 => 16 * 1024 * 1024;
        /// What one client that authenticates can have kept within two minutes, in KiB.
        kept_kib_per_client: u64 = reader::number, 16 * 1024, within 64 => 16 * 1024 * 1024;
        /// The client assertions of one client that are remembered at a time, each until it expires:
        /// so many authentications are possible in two minutes, fewer if assertions last longer.
        assertions_per_client: u64 = reader::number, 10_000, within 100 => 1_000_000;
        /// The largest logo of a client; login and consent pages load it.
        logo_bytes: usize = reader::number, 16 * 1024, within 1 => 1024 * 1024;
        /// The time for the requests under way at SIGTERM.
        shutdown_grace: Duration = reader::duration, 20 * SECOND,
            within SECOND => 10 * MINUTE;
    }
}

crate::wire_words! {
    /// The format of a log line.
    pub enum LogFormat {
        /// Text for people.
        Text = "text",
        /// JSON for machines.
        Json = "json",
    }
}

/// The default log filter. A Java client sends `user_canceled` whenever it closes a
/// connection, and rustls logs a warning each time.
const LOG_FILTER: &str = "info,rustls::common_state=error";

settings! {
    /// The log.
    pub struct LogSettings in "log" of config {
        /// The format of a line: text or json.
        format: LogFormat = reader::word, LogFormat::Text;
        /// The filter of log lines; clients in Java end connections in a way that makes rustls
        /// warn.
        filter: String = log_filter, LOG_FILTER.to_owned();
    }
}

fn log_filter(value: &Value) -> Result<String, String> {
    let filter = reader::text(value)?;
    EnvFilter::try_new(&filter).map_err(|error| error.to_string())?;
    Ok(filter)
}
