//! What the operator decides: a TOML file, and environment variables that lie
//! over it. Reading is strict: an unknown or wrong setting is refused with its
//! line, and `check` tells what is too unsafe to serve people with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use crate::accounts::consent::LegalPerson;
use crate::accounts::password::PasswordPolicy;
use crate::accounts::refused_domains::RefusedDomains;
use crate::clock::Timestamp;
use crate::locale::Locale;
use crate::oidc::client::SigningAlgorithm;
use crate::oidc::dynamic_registration::Policy;
use crate::secret::Secret;
use crate::tls::CertificateFiles;

mod allowed_host;
mod certificates;
mod checks;
mod demo;
pub mod document;
pub mod environment;
mod reader;
mod sections;

pub use allowed_host::AllowedHost;
pub use document::{Document, Origin, Problem, Problems};

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

/// One brand as configured; `brand.rs` makes a `Brand` of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandSettings {
    /// `toyota`.
    pub name: String,
    /// The issuer: `https://` and a host, nothing more.
    pub issuer: String,
    /// The name people read, by language tag.
    pub display_name: BTreeMap<String, String>,
    /// The address its mails come from.
    pub mail_from: String,
    /// The folder with its terms, if not the ones built in.
    pub terms_dir: Option<PathBuf>,
    /// From when the newest terms bind those who agreed to older ones; at once, if unsaid.
    pub terms_in_force_from: Option<Timestamp>,
    /// The language of a person who names none that we know.
    pub default_locale: Locale,
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

/// Lifetimes of codes and tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// An authorization code.
    pub code_lifetime: Duration,
    /// An access token.
    pub access_token_lifetime: Duration,
    /// An ID token.
    pub id_token_lifetime: Duration,
    /// A family of refresh tokens.
    pub refresh_token_lifetime: Duration,
    /// How long a rotated refresh token may be retried.
    pub refresh_grace: Duration,
    /// The algorithm of access tokens.
    pub access_token_alg: SigningAlgorithm,
}

/// Lifetimes of browser sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSettings {
    /// From login to its end whatever happens.
    pub absolute_lifetime: Duration,
    /// From when it was last seen.
    pub idle_lifetime: Duration,
    /// How long after a login a person may change what guards the account
    /// (password, address, phone login) without logging in again.
    pub sensitive_after: Duration,
    /// How long a code given after the password counts.
    pub second_factor_lifetime: Duration,
}

/// Pending authorization requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InteractionSettings {
    /// From the last action.
    pub lifetime: Duration,
}

/// Registration and its verification codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationSettings {
    /// The rule for new passwords.
    pub password_policy: PasswordPolicy,
    /// How long a code is good.
    pub code_lifetime: Duration,
    /// The shortest time between two sendings to one address.
    pub resend_wait: Duration,
    /// Codes to one address in an hour.
    pub codes_per_address_hour: u64,
    /// Codes to one address in a day.
    pub codes_per_address_day: u64,
    /// Codes in one interaction.
    pub codes_per_interaction: u64,
    /// Codes asked for from one IP address in an hour.
    pub codes_per_ip_hour: u64,
    /// Codes a brand mails in an hour, to whomever.
    pub mails_per_brand_hour: u64,
    /// Codes a brand sends by SMS in an hour, to whomever.
    pub sms_per_brand_hour: u64,
    /// How long what was typed of a registration outlives it, for the same browser
    /// and mailbox.
    pub draft_lifetime: Duration,
    /// Wrong attempts at one code.
    pub wrong_per_code: u32,
    /// Wrong attempts at one address' codes in an hour.
    pub wrong_per_address_hour: u64,
    /// The domains whose addresses nobody may have as a login ID.
    pub refused_email_domains: RefusedDomains,
}

/// Links with dealers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DealerLinkSettings {
    /// Who is known to be younger, in years, cannot link a dealer without a parent
    /// or guardian.
    pub guardian_below: u8,
}

/// Throttling of logins: never a permanent lock (ASVS 6.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginSettings {
    /// The window in which wrong attempts are counted.
    pub window: Duration,
    /// Wrong attempts at one account from one IP address.
    pub wrong_per_account_and_ip: u64,
    /// Wrong attempts at one account from anywhere.
    pub wrong_per_account: u64,
    /// Wrong attempts from one IP address.
    pub wrong_per_ip: u64,
    /// A wrong login is answered no sooner than this. An imported hash of another
    /// scheme costs other than ours until it is renewed, and would tell by its
    /// time that there is an account.
    pub wrong_answer_after: Duration,
    /// Whether a forgotten password asks for the birthdate besides the code.
    pub recovery_asks_birthdate: bool,
}

/// What people change of their account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// How long whoever has the old mailbox may undo a change of address.
    pub email_undo_lifetime: Duration,
    /// How long a person waits between two changes of a birthdate.
    pub birthdate_change_wait: Duration,
}

/// Logins of devices that cannot show a login page (RFC 8628).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceSettings {
    /// How long the codes of one are good.
    pub code_lifetime: Duration,
    /// How long a device waits between two questions.
    pub interval: Duration,
    /// The window in which wrong user codes are counted.
    pub window: Duration,
    /// Wrong user codes typed in one browser.
    pub wrong_per_browser: u64,
    /// Wrong user codes typed at one IP address.
    pub wrong_per_ip: u64,
    /// Codes given to devices of public clients at one IP address in an hour.
    pub requests_per_ip_hour: u64,
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

/// How mail leaves.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// The way.
    pub transport: MailTransport,
    /// When a message that cannot be delivered is given up.
    pub give_up_after: Duration,
    /// The domains that mail is to go to.
    pub domains: MailDomainSettings,
}

/// Whether a new address' domain is looked up, before mail goes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailDomainSettings {
    /// Whether it is.
    pub look_up: bool,
    /// The DNS servers that are asked; if there is none, the system's.
    pub servers: Vec<SocketAddr>,
    /// How long a person waits for it at most.
    pub wait: Duration,
}

/// A way for mail.
#[derive(Clone, Debug)]
pub enum MailTransport {
    /// Kept readable in the database for the demo's outbox page.
    Outbox,
    /// Handed to a relay.
    Smtp(SmtpRelay),
}

/// A mail relay. DKIM is its task.
#[derive(Clone, Debug)]
pub struct SmtpRelay {
    /// Its host name, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// The name we log in with, if we do.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// How long one delivery may take.
    pub timeout: Duration,
}

crate::wire_words! {
    /// How an SMTP connection is protected.
    pub enum SmtpTls {
        /// TLS demanded after `STARTTLS` (RFC 3207).
        Starttls = "starttls",
        /// TLS from the first byte (RFC 8314).
        Tls = "tls",
        /// Not at all: for a relay on a developer's machine, never served with.
        None = "none",
    }
}

/// How SMS leave.
#[derive(Clone, Debug)]
pub struct SmsSettings {
    /// The way.
    pub transport: SmsTransport,
}

/// A way for SMS.
#[derive(Clone, Debug)]
pub enum SmsTransport {
    /// Kept readable in the database for the demo's outbox page.
    Outbox,
    /// Posted to a gateway.
    Http(SmsGateway),
}

/// An HTTP SMS gateway.
#[derive(Clone, Debug)]
pub struct SmsGateway {
    /// Where messages are posted.
    pub url: Url,
    /// The bearer token, if it wants one.
    pub token: Option<Secret>,
    /// The sender that people see.
    pub sender: String,
    /// How long one delivery may take.
    pub timeout: Duration,
}

/// How events leave for other systems: where to, each client registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventSettings {
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How long a system may be down before what it missed is given up.
    pub give_up_after: Duration,
}

/// What we ask or tell at the addresses that clients name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingSettings {
    /// How long one request may take.
    pub timeout: Duration,
    /// The hosts that may be asked though they are not on the public internet.
    pub allow_hosts: Vec<AllowedHost>,
    /// Authorities in PEM that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The proxy to the public internet, if there is no other way.
    pub proxy: Option<Url>,
}

crate::wire_words! {
    /// Who may register a client of their own.
    pub enum RegistrationAccess {
        /// Nobody.
        Closed = "closed",
        /// Who has an initial access token (RFC 7591 §3).
        Token = "token",
        /// Everybody.
        Open = "open",
    }
}

/// Clients that register themselves (OpenID Connect Dynamic Client Registration).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicRegistrationSettings {
    /// Who may.
    pub access: RegistrationAccess,
    /// At the issuers of which brands.
    pub brands: Vec<String>,
    /// What they may have.
    pub policy: Policy,
    /// How long a registration that nobody used stays.
    pub unused_lifetime: Duration,
    /// Registrations from one IP address in an hour; any number, if zero.
    pub per_ip_hour: u64,
    /// Who may vouch for what clients say of themselves.
    pub software_statement_issuers: Vec<SoftwareStatementIssuer>,
}

/// Who may vouch for clients (RFC 7591 §2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftwareStatementIssuer {
    /// `iss` of its statements.
    pub issuer: String,
    /// The file with its public keys, a JWK Set.
    pub jwks_file: PathBuf,
}

/// How clients are told that a login ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogoutSettings {
    /// How long a client may be down before what it missed is given up.
    pub give_up_after: Duration,
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

/// Bounds on what one request may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// The biggest body in bytes.
    pub body_bytes: usize,
    /// The longest answer.
    pub request_timeout: Duration,
    /// The biggest logo of a client, in bytes.
    pub logo_bytes: usize,
    /// How long requests may go on after SIGTERM.
    pub shutdown_grace: Duration,
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// How a line looks.
    pub format: LogFormat,
    /// What is logged, as `tracing`'s filter says it: `info`.
    pub filter: String,
}

crate::wire_words! {
    /// How a log line looks.
    pub enum LogFormat {
        /// For people.
        Text = "text",
        /// For machines.
        Json = "json",
    }
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
        sections::read(name, document).map_err(problems)
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
