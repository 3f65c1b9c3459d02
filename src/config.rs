//! The operator's configuration: a TOML file, overridden by environment variables. Reading
//! is strict: an unknown or wrong setting is refused with its line, and `check` finds
//! settings that are too unsafe for production.

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
    /// The proxies whose forwarding header is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// The header in which those proxies name the address that a request came from.
    pub proxy_header: ProxyHeader,
    /// The certificates, if this process terminates TLS; none if a proxy does.
    pub tls: Vec<CertificateFiles>,
    /// The file with the keys that seal secrets at rest.
    pub sealing_key_file: PathBuf,
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

/// One brand as configured; `brand.rs` turns it into a `Brand`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrandSettings {
    /// Name of the brand, such as `toyota`.
    pub name: String,
    /// The issuer: `https://` and a host, nothing more.
    pub issuer: String,
    /// The displayed name, by language tag.
    pub display_name: BTreeMap<String, String>,
    /// The sender address of its mails.
    pub mail_from: String,
    /// The folder with its terms, if not the built-in ones.
    pub terms_dir: Option<PathBuf>,
    /// When the newest terms start to apply to users who agreed to older ones; at once if
    /// not set.
    pub terms_in_force_from: Option<Timestamp>,
    /// The language for a user who requests none that is supported.
    pub default_locale: Locale,
}

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

/// Lifetimes of codes and tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// Lifetime of an authorization code.
    pub code_lifetime: Duration,
    /// Lifetime of an access token.
    pub access_token_lifetime: Duration,
    /// Lifetime of an ID token.
    pub id_token_lifetime: Duration,
    /// Lifetime of a refresh token family.
    pub refresh_token_lifetime: Duration,
    /// How long a rotated refresh token may be presented again.
    pub refresh_grace: Duration,
    /// The signing algorithm of access tokens.
    pub access_token_alg: SigningAlgorithm,
}

/// Lifetimes of browser sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSettings {
    /// Maximum lifetime from login, however active the session is.
    pub absolute_lifetime: Duration,
    /// Lifetime from the last activity.
    pub idle_lifetime: Duration,
    /// How long after a login a user may change what protects the account (password,
    /// address, phone login) without logging in again.
    pub sensitive_after: Duration,
    /// How long a code that was entered after the password counts as second factor.
    pub second_factor_lifetime: Duration,
}

/// Pending authorization requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InteractionSettings {
    /// Lifetime from the last action.
    pub lifetime: Duration,
}

/// Registration and its verification codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistrationSettings {
    /// The rule for new passwords.
    pub password_policy: PasswordPolicy,
    /// How long a code is valid.
    pub code_lifetime: Duration,
    /// Minimum time between two codes to one address.
    pub resend_wait: Duration,
    /// Maximum number of codes to one address in an hour.
    pub codes_per_address_hour: u64,
    /// Maximum number of codes to one address in a day.
    pub codes_per_address_day: u64,
    /// Maximum number of codes in one interaction.
    pub codes_per_interaction: u64,
    /// Maximum number of codes requested from one IP address in an hour.
    pub codes_per_ip_hour: u64,
    /// Maximum number of codes that a brand mails in an hour, to all addresses together.
    pub mails_per_brand_hour: u64,
    /// Maximum number of codes that a brand sends by SMS in an hour, to all numbers
    /// together.
    pub sms_per_brand_hour: u64,
    /// How long the data entered in an unfinished registration is kept after the
    /// registration expires, for the same browser and mailbox.
    pub draft_lifetime: Duration,
    /// Maximum number of wrong attempts at one code.
    pub wrong_per_code: u32,
    /// Maximum number of wrong attempts at the codes of one address in an hour.
    pub wrong_per_address_hour: u64,
    /// Domains whose addresses are refused as login IDs.
    pub refused_email_domains: RefusedDomains,
}

/// Links with dealers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DealerLinkSettings {
    /// Age in years below which a user, if the age is known, cannot link a dealer without a
    /// parent or guardian.
    pub guardian_below: u8,
}

/// Throttling of logins: never a permanent lock (ASVS 6.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginSettings {
    /// The window in which wrong attempts are counted.
    pub window: Duration,
    /// Maximum number of wrong attempts at one account from one IP address.
    pub wrong_per_account_and_ip: u64,
    /// Maximum number of wrong attempts at one account from all IP addresses.
    pub wrong_per_account: u64,
    /// Maximum number of wrong attempts from one IP address.
    pub wrong_per_ip: u64,
    /// Minimum time until a wrong login is answered. Checking an imported hash of another
    /// scheme takes a different time until it is renewed, which would reveal that the
    /// account exists.
    pub wrong_answer_after: Duration,
    /// Whether a forgotten password asks for the birthdate besides the code.
    pub recovery_asks_birthdate: bool,
}

/// Changes of an account by its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// How long the owner of the old mailbox may undo a change of address.
    pub email_undo_lifetime: Duration,
    /// Minimum time between two changes of a birthdate.
    pub birthdate_change_wait: Duration,
}

/// Logins of devices that cannot show a login page (RFC 8628).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceSettings {
    /// How long the device code and the user code are valid.
    pub code_lifetime: Duration,
    /// Minimum time between two polls of a device.
    pub interval: Duration,
    /// The window in which wrong user codes are counted.
    pub window: Duration,
    /// Maximum number of wrong user codes entered in one browser.
    pub wrong_per_browser: u64,
    /// Maximum number of wrong user codes entered from one IP address.
    pub wrong_per_ip: u64,
    /// Maximum number of codes issued to devices of public clients at one IP address in an
    /// hour.
    pub requests_per_ip_hour: u64,
}

/// The cost of a password hash (argon2id), and the capacity for hashing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordHashing {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
    /// Number of hashing threads.
    pub threads: usize,
    /// Maximum number of waiting hashes; further requests are answered with 503.
    pub queue: usize,
}

/// How mail is sent.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// How a message is sent.
    pub transport: MailTransport,
    /// When an undeliverable message is given up.
    pub give_up_after: Duration,
    /// The check of recipient domains.
    pub domains: MailDomainSettings,
}

/// The DNS look-up of a new address' domain before mail is sent to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailDomainSettings {
    /// Whether domains are looked up.
    pub look_up: bool,
    /// The DNS servers to ask; the system's if empty.
    pub servers: Vec<SocketAddr>,
    /// Maximum time that a user waits for the look-up.
    pub wait: Duration,
}

/// How a mail is sent.
#[derive(Clone, Debug)]
pub enum MailTransport {
    /// Kept readable in the database for the demo's outbox page.
    Outbox,
    /// Handed to a relay.
    Smtp(SmtpRelay),
}

/// A mail relay. DKIM signing is its task.
#[derive(Clone, Debug)]
pub struct SmtpRelay {
    /// Its host name, which its certificate must contain.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// The user name for SMTP authentication, if used.
    pub username: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// Timeout of one delivery.
    pub timeout: Duration,
}

crate::wire_words! {
    /// How an SMTP connection is protected.
    pub enum SmtpTls {
        /// TLS, required after `STARTTLS` (RFC 3207).
        Starttls = "starttls",
        /// TLS from the first byte (RFC 8314).
        Tls = "tls",
        /// No protection: for a relay on a developer's machine; `serve` refuses it.
        None = "none",
    }
}

/// How SMS are sent.
#[derive(Clone, Debug)]
pub struct SmsSettings {
    /// How a message is sent.
    pub transport: SmsTransport,
}

/// How an SMS is sent.
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
    /// The URL to which messages are posted.
    pub url: Url,
    /// The bearer token, if the gateway requires one.
    pub token: Option<Secret>,
    /// The sender that recipients see.
    pub sender: String,
    /// Timeout of one delivery.
    pub timeout: Duration,
}

/// How events are sent to other systems; each client registers its endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventSettings {
    /// Timeout of one attempt.
    pub timeout: Duration,
    /// How long a system may be unreachable before the events for it are given up.
    pub give_up_after: Duration,
}

/// Requests to URLs that clients name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingSettings {
    /// Timeout of one request.
    pub timeout: Duration,
    /// The hosts that may be requested although they are not on the public internet.
    pub allow_hosts: Vec<AllowedHost>,
    /// A PEM file with certificate authorities that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// The proxy to the public internet, if one is needed.
    pub proxy: Option<Url>,
}

crate::wire_words! {
    /// Who may register a client dynamically.
    pub enum RegistrationAccess {
        /// Nobody.
        Closed = "closed",
        /// Holders of an initial access token (RFC 7591 §3).
        Token = "token",
        /// Everybody.
        Open = "open",
    }
}

/// Clients that register themselves (OpenID Connect Dynamic Client Registration).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicRegistrationSettings {
    /// Who may register.
    pub access: RegistrationAccess,
    /// The brands at whose issuers clients may register.
    pub brands: Vec<String>,
    /// The metadata that these clients may have.
    pub policy: Policy,
    /// How long an unused registration is kept.
    pub unused_lifetime: Duration,
    /// Maximum number of registrations from one IP address in an hour; unlimited if zero.
    pub per_ip_hour: u64,
    /// The issuers whose software statements are accepted.
    pub software_statement_issuers: Vec<SoftwareStatementIssuer>,
}

/// An issuer of software statements (RFC 7591 §2.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoftwareStatementIssuer {
    /// The `iss` of its statements.
    pub issuer: String,
    /// The file with its public keys, a JWK Set.
    pub jwks_file: PathBuf,
}

/// How clients are notified that a login ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogoutSettings {
    /// How long a client may be unreachable before its logout messages are given up.
    pub give_up_after: Duration,
}

/// The debugger, which shows the last requests of each client, for the demo and staging.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DebuggerSettings {
    /// Whether it is on.
    pub enabled: bool,
    /// Whether this is a staging server: reachable by others, but used by no real person.
    pub staging: bool,
    /// The key that gives access to the requests of every client; no such access if not
    /// set.
    pub key: Option<Secret>,
    /// Number of requests kept per client.
    pub requests: usize,
}

/// Limits on a single request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLimits {
    /// Maximum size of a request body in bytes.
    pub body_bytes: usize,
    /// Maximum time until a response.
    pub request_timeout: Duration,
    /// Maximum size of a client's logo in bytes.
    pub logo_bytes: usize,
    /// How long running requests may continue after SIGTERM.
    pub shutdown_grace: Duration,
}

/// The log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// The format of a log line.
    pub format: LogFormat,
    /// What is logged, in the syntax of `tracing`'s filter, such as `info`.
    pub filter: String,
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
        sections::read(name, document).map_err(problems)
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
