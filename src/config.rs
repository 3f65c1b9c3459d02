//! What the operator decides: a TOML file, and environment variables that lie
//! over it. Reading is strict: an unknown or wrong setting is refused with its
//! line, and `check` tells what is too unsafe to serve people with.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;

use crate::accounts::consent::LegalPerson;
use crate::secret::Secret;
use crate::tls::CertificateFiles;

mod allowed_host;
mod brands;
mod certificates;
mod checks;
mod declared;
mod demo;
pub mod document;
mod dynamic_registration;
pub mod environment;
mod lifetimes;
mod messages;
mod other_systems;
mod people;
mod reader;
mod sections;
mod units;

pub use allowed_host::AllowedHost;
pub use brands::BrandSettings;
pub use document::{Document, Origin, Problem, Problems};
pub use dynamic_registration::{
    DynamicRegistrationSettings, RegistrationAccess, SoftwareStatementIssuer,
};
pub use lifetimes::{InteractionSettings, SessionSettings, TokenSettings};
pub use messages::{
    MailDomainSettings, MailSettings, MailTransport, SmsGateway, SmsSettings, SmsTransport,
    SmtpRelay, SmtpTls,
};
pub use other_systems::{
    EventSettings, LogFormat, LogSettings, LogoutSettings, OutgoingSettings, RequestLimits,
};
pub use people::{
    AccountSettings, DealerLinkSettings, DeviceSettings, LoginSettings, RegistrationSettings,
};

/// The whole configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address the server listens on.
    pub listen: SocketAddr,
    /// The proxies that are believed whom they forward for.
    pub trusted_proxies: Vec<IpNet>,
    /// Where those proxies write whom they forward for.
    pub proxy_header: ProxyHeader,
    /// The certificates, where TLS ends in this process; none where it ends in front of it.
    pub tls: Vec<CertificateFiles>,
    /// The file with the keys that seal secrets at rest.
    pub sealing_key_file: PathBuf,
    /// Who runs this: the Toyota of the dealer consents.
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
    /// What people change of their account.
    pub account: AccountSettings,
    /// Logins of devices that cannot show a login page.
    pub device: DeviceSettings,
    /// The cost of a password hash.
    pub passwords: PasswordHashing,
    /// How mail leaves.
    pub mail: MailSettings,
    /// How SMS leave.
    pub sms: SmsSettings,
    /// How events leave for other systems.
    pub events: EventSettings,
    /// What we ask or tell at the addresses that clients name.
    pub outgoing: OutgoingSettings,
    /// Clients that register themselves.
    pub dynamic_registration: DynamicRegistrationSettings,
    /// How clients are told that a login ended.
    pub logout: LogoutSettings,
    /// What developers may look at; nothing, in production.
    pub debugger: DebuggerSettings,
    /// Bounds on what one request may take.
    pub limits: RequestLimits,
    /// The log.
    pub log: LogSettings,
    /// What was written and where, to tell of an unsafe setting by its line.
    pub written: Document,
    /// The file's name, for messages.
    pub file: String,
}

crate::wire_words! {
    /// Where proxies write whom they forward for.
    pub enum ProxyHeader {
        /// `Forwarded` (RFC 7239).
        Forwarded = "forwarded",
        /// `X-Forwarded-For`, which most proxies write.
        XForwardedFor = "x-forwarded-for",
    }
}

/// The database.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// `sqlite:` and a path, or `postgres://`.
    pub url: Secret,
    /// The most connections held open.
    pub connections: u32,
}

/// Where short-lived state is kept.
#[derive(Clone, Debug)]
pub struct EphemeralSettings {
    /// `memory:` or `redis://`.
    pub url: Secret,
    /// What every Redis key begins with.
    pub prefix: String,
}

/// The cost of a password hash (argon2id), and how many are worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordHashing {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// Threads that hash.
    pub threads: usize,
    /// How many may wait before the rest is told to come back later.
    pub queue: usize,
}

/// The debugger: the last requests of each client, for the demo and staging.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DebuggerSettings {
    /// Whether it is on.
    pub enabled: bool,
    /// Whether this server is one that no real person uses, though others reach it.
    pub staging: bool,
    /// What opens the requests of every client; if unsaid, nothing does.
    pub key: Option<Secret>,
    /// How many requests of each client are kept.
    pub requests: usize,
}

impl Config {
    /// Reads the file, if one is named, and the process' environment over it.
    ///
    /// # Errors
    /// With every setting that is unknown, missing or wrong, and its line.
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

    /// Reads `text`, a file of that `name`, with `variables` over it.
    ///
    /// # Errors
    /// With every setting that is unknown, missing or wrong, and its line.
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

    /// Whether clients may register themselves at the issuer of that brand.
    #[must_use]
    pub fn registers_clients_at(&self, brand: &str) -> bool {
        let settings = &self.dynamic_registration;
        let served = settings.brands.iter().any(|name| name == brand);
        served && settings.access != RegistrationAccess::Closed
    }

    /// What makes this configuration too unsafe to `serve` with.
    ///
    /// # Errors
    /// With every such setting and its line.
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
