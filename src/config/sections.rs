//! Makes a `Config` of a `Document`: reads the tables one by one, and those settings that
//! depend on one another. Those that do not are declared (`declared`).

use std::net::SocketAddr;

#[cfg(test)]
use super::declared::Declared;
use super::document::{Document, Problem};
use super::reader::{self, Reader};
use super::{
    AccountSettings, Config, DatabaseSettings, DealerLinkSettings, DebuggerSettings,
    DeviceSettings, EphemeralSettings, EventSettings, InteractionSettings, LogSettings,
    LoginSettings, LogoutSettings, OutgoingSettings, PasswordHashing, ProxyHeader,
    RegistrationSettings, RequestLimits, SessionSettings, TokenSettings, brands,
    dynamic_registration, messages,
};
use crate::accounts::consent::LegalPerson;
use crate::secret::Secret;

/// The tables whose settings are declared.
#[cfg(test)]
pub(super) const DECLARED: &[&[Declared]] = &[
    TokenSettings::DECLARED,
    SessionSettings::DECLARED,
    InteractionSettings::DECLARED,
    RegistrationSettings::DECLARED,
    DealerLinkSettings::DECLARED,
    LoginSettings::DECLARED,
    AccountSettings::DECLARED,
    DeviceSettings::DECLARED,
    EventSettings::DECLARED,
    OutgoingSettings::DECLARED,
    LogoutSettings::DECLARED,
    RequestLimits::DECLARED,
    LogSettings::DECLARED,
];

/// Reads all settings.
pub(super) fn read(file: &str, document: &Document) -> Result<Config, Vec<Problem>> {
    let mut from = Reader::new(document);
    let config = every_setting(&mut from, document, file);
    let problems = from.finish();
    if problems.is_empty() {
        Ok(config)
    } else {
        Err(problems)
    }
}

/// Asks for every setting there is. If one is wrong, another value stands in for it.
pub(super) fn every_setting(from: &mut Reader<'_>, document: &Document, file: &str) -> Config {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 8080));
    let brands = brands::brands(from, document);
    Config {
        listen: from.or("listen", reader::word, loopback),
        trusted_proxies: from.or("trusted_proxies", reader::words, Vec::new()),
        proxy_header: from.or("proxy_header", reader::word, ProxyHeader::XForwardedFor),
        sealing_key_file: from.required("sealing_key_file", reader::path),
        operator: operator(from),
        tls: brands::certificates(from, &brands),
        database: database(from),
        ephemeral: ephemeral(from),
        tokens: TokenSettings::read(from),
        sessions: SessionSettings::read(from),
        interactions: InteractionSettings::read(from),
        registration: RegistrationSettings::read(from),
        dealer_links: DealerLinkSettings::read(from),
        login: LoginSettings::read(from),
        account: AccountSettings::read(from),
        device: DeviceSettings::read(from),
        passwords: passwords(from),
        mail: messages::mail(from),
        sms: messages::sms(from),
        events: EventSettings::read(from),
        outgoing: OutgoingSettings::read(from),
        dynamic_registration: dynamic_registration::read(from, document, &brands),
        logout: LogoutSettings::read(from),
        debugger: debugger(from),
        limits: RequestLimits::read(from),
        log: LogSettings::read(from),
        brands,
        written: document.clone(),
        file: file.to_owned(),
    }
}

/// Reads the details that the law requires of a company that provides or receives personal
/// data.
fn operator(from: &mut Reader<'_>) -> LegalPerson {
    let mut or = |name, default: &str| from.or(name, reader::text, default.to_owned());
    LegalPerson {
        name: or("operator.name", "トヨタ自動車株式会社"),
        address: or("operator.address", "愛知県豊田市トヨタ町1番地"),
        representative: or("operator.representative", "代表取締役社長"),
    }
}

fn database(from: &mut Reader<'_>) -> DatabaseSettings {
    let url = from.secret("database.url");
    let text = url.as_ref().map_or("", Secret::expose);
    match &url {
        None => from.refuse("database.url", "is missing: sqlite:FILE or postgres://…"),
        Some(_)
            if ["sqlite:", "postgres://", "postgresql://"]
                .iter()
                .any(|s| text.starts_with(s)) => {}
        Some(_) => from.refuse("database.url", "must begin with sqlite: or postgres://"),
    }
    // An embedded database answers within the time it takes to wake its thread, so more
    // connections would only take more memory.
    let connections = if text.starts_with("sqlite:") { 4 } else { 16 };
    DatabaseSettings {
        connections: from.or("database.connections", reader::number, connections),
        url: url.unwrap_or_default(),
    }
}

fn ephemeral(from: &mut Reader<'_>) -> EphemeralSettings {
    let url = from.secret("ephemeral.url");
    let url = url.unwrap_or_else(|| Secret::from("memory:".to_owned()));
    let known = url.expose() == "memory:"
        || ["redis://", "rediss://"]
            .iter()
            .any(|s| url.expose().starts_with(s));
    if !known {
        from.refuse(
            "ephemeral.url",
            "must be memory: or begin with redis:// or rediss://",
        );
    }
    EphemeralSettings {
        url,
        prefix: from.or("ephemeral.prefix", reader::text, "common-id".to_owned()),
    }
}

fn passwords(from: &mut Reader<'_>) -> PasswordHashing {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads: usize = from.or("passwords.threads", reader::number, cores);
    // A hash takes some 20 ms: a queue of 64 per thread keeps the wait under two seconds.
    let queue = threads.saturating_mul(64);
    PasswordHashing {
        memory_kib: from.or("passwords.memory_kib", reader::number, 19_456),
        iterations: from.or("passwords.iterations", reader::number, 2),
        parallelism: from.or("passwords.parallelism", reader::number, 1),
        threads,
        queue: from.or("passwords.queue", reader::number, queue),
    }
}

fn debugger(from: &mut Reader<'_>) -> DebuggerSettings {
    let settings = DebuggerSettings {
        enabled: from.or("debugger.enabled", reader::truth, false),
        staging: from.or("debugger.staging", reader::truth, false),
        key: from.secret("debugger.key"),
        requests: from.or("debugger.requests", reader::number, 50),
    };
    let short = |key: &Secret| key.expose().len() < 32;
    if settings.key.as_ref().is_some_and(short) {
        from.refuse("debugger.key", "must have 32 characters at least");
    }
    settings
}
