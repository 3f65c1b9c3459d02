//! The operator's configuration: a TOML file, overridden by environment variables. Reading
//! is strict: an unknown or wrong setting is refused with its line, and `check` finds
//! settings that are too unsafe for production.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use url::Url;

use crate::accounts::consent::LegalPerson;
use crate::tls::CertificateFiles;

mod allowed_host;
mod brands;
mod certificates;
mod checks;
mod debugger;
mod declared;
mod demo;
pub mod document;
mod dynamic_registration;
pub mod environment;
mod ledger;
mod lifetimes;
mod messages;
mod other_systems;
mod passwords;
mod people;
mod reader;
mod sections;
mod stores;
mod units;

pub use allowed_host::AllowedHost;
pub use brands::BrandSettings;
pub use debugger::DebuggerSettings;
pub use document::{Document, Origin, Problem, Problems};
pub use dynamic_registration::{
    DynamicRegistrationSettings, RegistrationAccess, SoftwareStatementIssuer,
};
pub use ledger::{LedgerSettings, SecurityEventSettings};
pub use lifetimes::{InteractionSettings, SessionSettings, TokenSettings};
pub use messages::{
    MailDomainSettings, MailSettings, MailTransport, SmsGateway, SmsSettings, SmsTransport,
    SmtpRelay, SmtpTls,
};
pub use other_systems::{
    EventSettings, LogFormat, LogSettings, LogoutSettings, OutgoingSettings, RequestLimits,
};
pub use passwords::PasswordHashing;
pub use people::{
    AccountSettings, DealerLinkSettings, DeviceSettings, LoginSettings, RegistrationSettings,
};
pub use stores::{DatabaseSettings, EphemeralSettings};

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address the server listens on.
    pub listen: SocketAddr,
    /// The proxies whose forwarding header is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which those proxies name the address that a request came from.
    pub proxy_header: ProxyHeader,
    /// The certificates, if this process terminates TLS; none if a proxy does.
    pub tls: Vec<CertificateFiles>,
    /// The file with the keys that seal secrets at rest.
    pub sealing_key_file: PathBuf,
    /// Where to report a vulnerability (RFC 9116).
    pub security_contact: Option<Url>,
    /// The company that operates this server: "Toyota" in the dealer consents.
    pub operator: LegalPerson,
    /// The brands, by name.
    pub brands: Vec<BrandSettings>,
    /// The database.
    pub database: DatabaseSettings,
    /// Where short-lived state is kept.
    pub ephemeral: EphemeralSettings,
    /// Lifetimes of codes and tokens.
    pub tokens: TokenSettings,
    /// Lifetimes of browser sessions.
    pub sessions: SessionSettings,
    /// Pending authorization requests.
    pub interactions: InteractionSettings,
    /// Registration and its verification codes.
    pub registration: RegistrationSettings,
    /// Links with dealers.
    pub dealer_links: DealerLinkSettings,
    /// Throttling of logins.
    pub login: LoginSettings,
    /// Changes of an account by its user.
    pub account: AccountSettings,
    /// Logins of devices that cannot show a login page.
    pub device: DeviceSettings,
    /// The cost of a password hash.
    pub passwords: PasswordHashing,
    /// How mail is sent.
    pub mail: MailSettings,
    /// How SMS are sent.
    pub sms: SmsSettings,
    /// How events are sent to other systems.
    pub events: EventSettings,
    /// Requests to URLs that clients name.
    pub outgoing: OutgoingSettings,
    /// Clients that register themselves.
    pub dynamic_registration: DynamicRegistrationSettings,
    /// How clients are notified that a login ended.
    pub logout: LogoutSettings,
    /// Where the consent ledger is anchored.
    pub ledger: LedgerSettings,
    /// The audit trail.
    pub security_events: SecurityEventSettings,
    /// The debugger for developers; off in production.
    pub debugger: DebuggerSettings,
    /// Limits on a single request.
    pub limits: RequestLimits,
    /// The log.
    pub log: LogSettings,
    /// The settings as written, with their places, so that a problem can be reported with
    /// its line.
    pub written: Document,
    /// The file's name, for error messages.
    pub file: String,
}

crate::wire_words! {
    /// The header in which proxies name the address that a request came from.
    pub enum ProxyHeader {
        /// `Forwarded` (RFC 7239).
        Forwarded = "forwarded",
        /// `X-Forwarded-For`, which most proxies send.
        XForwardedFor = "x-forwarded-for",
    }
}

impl Config {
    /// Reads the file, if one is named, and the process' environment variables, which
    /// override it.
    ///
    /// # Errors
    /// `Problems` with every setting that is unknown, missing or wrong, and its line, or if
    /// the file cannot be read.
    pub fn load(file: Option<&Path>) -> Result<Self, Problems> {
        let name = file.map_or_else(
            || "configuration".to_owned(),
            |file| file.display().to_string(),
        );
        let text = file.map_or(Ok(String::new()), std::fs::read_to_string);
        let text = text.map_err(|error| Problems {
            file: name.clone(),
            list: vec![Problem {
                origin: Origin::Unwritten,
                setting: String::new(),
                message: error.to_string(),
            }],
        })?;
        Self::parse(&name, &text, std::env::vars_os())
    }

    /// Reads `text`, the content of a file called `name`, and `variables`, which override
    /// it.
    ///
    /// # Errors
    /// `Problems` with every setting that is unknown, missing or wrong, and its line.
    pub fn parse(
        name: &str,
        text: &str,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Problems> {
        let problems = |list| Problems {
            file: name.to_owned(),
            list,
        };
        let mut document = Document::parse(text).map_err(problems)?;
        let overlaid = environment::overlay(&mut document, variables);
        if !overlaid.is_empty() {
            return Err(problems(overlaid));
        }
        sections::read(name, &document).map_err(problems)
    }

    /// Returns whether clients may register themselves at the issuer of that brand.
    #[must_use]
    pub fn registers_clients_at(&self, brand: &str) -> bool {
        let settings = &self.dynamic_registration;
        let served = settings.brands.iter().any(|name| name == brand);
        served && settings.access != RegistrationAccess::Closed
    }

    /// Checks that this configuration is safe enough to `serve` with.
    ///
    /// # Errors
    /// `Problems` with every unsafe setting and its line.
    pub fn check(&self) -> Result<(), Problems> {
        let list = checks::unsafe_settings(self);
        if list.is_empty() {
            return Ok(());
        }
        Err(Problems {
            file: self.file.clone(),
            list,
        })
    }
}

#[cfg(test)]
mod tests;
