//! Makes a `Config` of a `Document`: reads the tables one by one. The settings of each are
//! declared (`declared`); what depends on several of them is beside their declarations.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use url::Url;

#[cfg(test)]
use super::DebuggerSettings;
#[cfg(test)]
use super::brands::{BrandTable, CertificateTable};
#[cfg(test)]
use super::declared::Declared;
use super::declared::{Table as _, settings};
use super::document::{Document, Problem, Value};
#[cfg(test)]
use super::dynamic_registration::{IssuerTable, RegistrationTable};
#[cfg(test)]
use super::messages::{MailTable, SmsTable};
use super::reader::{self, Reader};
#[cfg(test)]
use super::stores::{DatabaseTable, EphemeralTable};
use super::{
    AccountSettings, Config, DealerLinkSettings, DeviceSettings, EventSettings,
    InteractionSettings, LedgerSettings, LogSettings, LoginSettings, LogoutSettings,
    OutgoingSettings, PasswordHashing, ProxyHeader, RegistrationSettings, RequestLimits,
    SecurityEventSettings, SessionSettings, TokenSettings, brands, debugger, dynamic_registration,
    messages, stores,
};
use crate::accounts::consent::LegalPerson;

/// The settings of every table.
#[cfg(test)]
pub(super) const DECLARED: &[&[Declared]] = &[
    General::DECLARED,
    CertificateTable::DECLARED,
    Operator::DECLARED,
    BrandTable::DECLARED,
    DatabaseTable::DECLARED,
    EphemeralTable::DECLARED,
    PasswordHashing::DECLARED,
    MailTable::DECLARED,
    SmsTable::DECLARED,
    RegistrationTable::DECLARED,
    IssuerTable::DECLARED,
    LedgerSettings::DECLARED,
    SecurityEventSettings::DECLARED,
    DebuggerSettings::DECLARED,
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
    let General {
        listen,
        trusted_proxies,
        proxy_header,
        sealing_key_file,
        security_contact,
    } = General::read(from);
    let brands = brands::brands(from, document);
    Config {
        listen,
        trusted_proxies,
        proxy_header,
        sealing_key_file,
        security_contact,
        operator: operator(from),
        tls: brands::certificates(from, &brands),
        database: stores::database(from),
        ephemeral: stores::ephemeral(from),
        tokens: TokenSettings::read(from),
        sessions: SessionSettings::read(from),
        interactions: InteractionSettings::read(from),
        registration: RegistrationSettings::read(from),
        dealer_links: DealerLinkSettings::read(from),
        login: LoginSettings::read(from),
        account: AccountSettings::read(from),
        device: DeviceSettings::read(from),
        passwords: PasswordHashing::read(from),
        mail: messages::mail(from),
        sms: messages::sms(from),
        events: EventSettings::read(from),
        outgoing: OutgoingSettings::read(from),
        dynamic_registration: dynamic_registration::read(from, document, &brands),
        logout: LogoutSettings::read(from),
        ledger: LedgerSettings::read(from),
        security_events: SecurityEventSettings::read(from),
        debugger: debugger::debugger(from),
        limits: RequestLimits::read(from),
        log: LogSettings::read(from),
        brands,
        written: document.clone(),
        file: file.to_owned(),
    }
}

settings! {
    /// Settings outside of all tables.
    struct General in "" of config {
        /// Behind a proxy that ends TLS, or see [tls].
        listen: SocketAddr = reader::word, SocketAddr::from(([127, 0, 0, 1], 8080));
        /// Proxies whose header with the client's address is believed; default: none.
        trusted_proxies: Vec<IpNet> = reader::words, Vec::new();
        /// The header that they write, or "forwarded" (RFC 7239); the other is never read.
        proxy_header: ProxyHeader = reader::word, ProxyHeader::XForwardedFor;
        /// Mode 0600; see keys/README.md.
        sealing_key_file: PathBuf => required by reader::path;
        /// Where to report a vulnerability, named by /.well-known/security.txt: mailto: or https:;
        /// default: no such file.
        security_contact: Option<Url> => optional by contact;
    }
}

fn contact(value: &Value) -> Result<Url, String> {
    let url: Url = reader::word(value)?;
    match url.scheme() {
        "mailto" | "https" => Ok(url),
        _ => Err("must begin with mailto: or https:".to_owned()),
    }
}

settings! {
    /// The details that the law requires of a company that provides or receives personal
    /// data.
    struct Operator in "operator" of config {
        /// The registered name.
        name: String = reader::text, "トヨタ自動車株式会社".to_owned();
        /// The registered address.
        address: String = reader::text, "愛知県豊田市トヨタ町1番地".to_owned();
        /// Better: with the person's name.
        representative: String = reader::text, "代表取締役社長".to_owned();
    }
}

fn operator(from: &mut Reader<'_>) -> LegalPerson {
    let Operator {
        name,
        address,
        representative,
    } = Operator::read(from);
    LegalPerson {
        name,
        address,
        representative,
    }
}
