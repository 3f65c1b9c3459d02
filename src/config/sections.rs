//! Builds a `Config` from a `Document`: defines every setting's name, kind and default.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use time::macros::format_description;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::document::{Document, Problem};
use super::reader::{self, Reader};
use super::{
    AccountSettings, BrandSettings, Config, DatabaseSettings, DealerLinkSettings, DebuggerSettings,
    DeviceSettings, DynamicRegistrationSettings, EphemeralSettings, EventSettings,
    InteractionSettings, LogFormat, LogSettings, LoginSettings, LogoutSettings, MailDomainSettings,
    MailSettings, MailTransport, OutgoingSettings, PasswordHashing, ProxyHeader,
    RegistrationAccess, RegistrationSettings, RequestLimits, SessionSettings, SmsGateway,
    SmsSettings, SmsTransport, SmtpRelay, SmtpTls, SoftwareStatementIssuer, TokenSettings,
};
use crate::accounts::consent::LegalPerson;
use crate::accounts::email_address::EmailAddress;
use crate::accounts::password::PasswordPolicy;
use crate::accounts::refused_domains::RefusedDomains;
use crate::clock::Timestamp;
use crate::locale::Locale;
use crate::oidc::client::{GrantType, ResponseType, SigningAlgorithm, TokenEndpointAuthMethod};
use crate::oidc::dynamic_registration::Policy;
use crate::oidc::scope::{STANDARD, Scope};
use crate::secret::Secret;
use crate::terms;
use crate::tls::CertificateFiles;

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads all settings.
pub(super) fn read(file: &str, document: Document) -> Result<Config, Vec<Problem>> {
    let mut from = Reader::new(&document);
    let loopback = SocketAddr::from(([127, 0, 0, 1], 8080));
    let (listen, trusted_proxies, proxy_header, sealing_key_file) = (
        from.or("listen", reader::word, loopback),
        from.or("trusted_proxies", reader::words, Vec::new()),
        from.or("proxy_header", reader::word, ProxyHeader::XForwardedFor),
        from.required("sealing_key_file", reader::path),
    );
    let operator = operator(&mut from);
    let brands = brands(&mut from, &document);
    let tls = certificates(&mut from, &brands);
    let (database, ephemeral) = (database(&mut from), ephemeral(&mut from));
    let (tokens, sessions) = (tokens(&mut from), sessions(&mut from));
    let interactions = InteractionSettings {
        lifetime: from.or("interactions.lifetime", reader::duration, 60 * MINUTE),
    };
    let (registration, login) = (registration(&mut from), login(&mut from));
    let dealer_links = DealerLinkSettings {
        guardian_below: from.or("dealer_links.guardian_below", reader::number, 16),
    };
    let account = AccountSettings {
        email_undo_lifetime: from.or("account.email_undo_lifetime", reader::duration, 7 * DAY),
        birthdate_change_wait: from.or("account.birthdate_change_wait", reader::duration, 30 * DAY),
    };
    let device = device(&mut from);
    let passwords = passwords(&mut from);
    let (mail, sms) = (mail(&mut from), sms(&mut from));
    let events = EventSettings {
        timeout: from.or("events.timeout", reader::duration, 10 * SECOND),
        give_up_after: from.or("events.give_up_after", reader::duration, 14 * DAY),
    };
    let outgoing = outgoing(&mut from);
    let dynamic_registration = dynamic_registration(&mut from, &document, &brands);
    let logout = LogoutSettings {
        give_up_after: from.or("logout.give_up_after", reader::duration, DAY),
    };
    let debugger = debugger(&mut from);
    let (limits, log) = (limits(&mut from), log(&mut from));
    let problems = from.finish();
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Config {
        listen,
        trusted_proxies,
        proxy_header,
        tls,
        sealing_key_file,
        operator,
        brands,
        database,
        ephemeral,
        tokens,
        sessions,
        interactions,
        registration,
        dealer_links,
        login,
        account,
        device,
        passwords,
        mail,
        sms,
        events,
        outgoing,
        dynamic_registration,
        logout,
        debugger,
        limits,
        log,
        written: document,
        file: file.to_owned(),
    })
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

fn brands(from: &mut Reader<'_>, document: &Document) -> Vec<BrandSettings> {
    let names = document.names_under("brands");
    if names.is_empty() {
        from.refuse("brands", "at least one [brands.<name>] is needed");
    }
    let brands: Vec<_> = names.into_iter().map(|name| brand(from, name)).collect();
    for (index, brand) in brands.iter().enumerate() {
        let earlier = brands.iter().take(index);
        if let Some(other) = earlier
            .rev()
            .find(|other| other.issuer == brand.issuer && !brand.issuer.is_empty())
        {
            let message = format!("brand {} has this host already", other.name);
            from.refuse(&format!("brands.{}.issuer", brand.name), message);
        }
    }
    brands
}

fn brand(from: &mut Reader<'_>, name: String) -> BrandSettings {
    let table = format!("brands.{name}");
    if !name
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    {
        from.refuse(&table, "a brand's name is made of a–z and 0–9");
    }
    let mut display_name = BTreeMap::new();
    for locale in Locale::ALL {
        let setting = format!("{table}.display_name.{}", locale.tag());
        let text = from.required(&setting, reader::text);
        display_name.insert(locale.tag().to_owned(), text);
    }
    let mail_from = from.required(&format!("{table}.mail_from"), reader::text);
    if !mail_from.is_empty() && EmailAddress::read(&mail_from).is_err() {
        from.refuse(&format!("{table}.mail_from"), "is not an e-mail address");
    }
    let issuer_setting = format!("{table}.issuer");
    let issuer = from.required(&issuer_setting, reader::text);
    if let Some(wrong) = (!issuer.is_empty())
        .then(|| wrong_issuer(&issuer))
        .flatten()
    {
        from.refuse(&issuer_setting, wrong);
    }
    let terms_setting = format!("{table}.terms_dir");
    let terms_dir = from.optional(&terms_setting, reader::path);
    let in_force_setting = format!("{table}.terms_in_force_from");
    let terms_in_force_from = from.optional(&in_force_setting, day);
    let settings = BrandSettings {
        terms_in_force_from,
        issuer,
        display_name,
        mail_from,
        terms_dir,
        default_locale: from.or(&format!("{table}.default_locale"), locale, Locale::Ja),
        name,
    };
    if let Err(wrong) = terms::of_brand(&settings.name, settings.terms_dir.as_deref()) {
        let setting = settings
            .terms_dir
            .as_ref()
            .map_or(&table, |_| &terms_setting);
        from.refuse(setting, wrong);
    }
    settings
}

/// Reads the general certificate and the brands' own certificates.
fn certificates(from: &mut Reader<'_>, brands: &[BrandSettings]) -> Vec<CertificateFiles> {
    let mut certificates = Vec::new();
    let own = brands.iter().map(|brand| Some(brand.name.clone()));
    for brand in std::iter::once(None).chain(own) {
        let mut files = CertificateFiles {
            brand,
            ..CertificateFiles::default()
        };
        let (certificate, key) = (files.setting("certificate_file"), files.setting("key_file"));
        match (
            from.optional(&certificate, reader::path),
            from.optional(&key, reader::path),
        ) {
            (None, None) => continue,
            (Some(_), None) => from.refuse(&key, "is missing: a certificate needs its key"),
            (None, Some(_)) => from.refuse(&certificate, "is missing: a key is of a certificate"),
            (Some(certificate_file), Some(key_file)) => {
                (files.certificate_file, files.key_file) = (certificate_file, key_file);
                certificates.push(files);
            }
        }
    }
    certificates
}

/// Returns what is wrong with an issuer. Every client compares an issuer as a string
/// (OpenID Connect Core §3.1.3.7), so only one spelling is accepted: scheme and host.
fn wrong_issuer(issuer: &str) -> Option<String> {
    let Ok(url) = Url::parse(issuer) else {
        return Some("must be a URL like https://id.example.jp".to_owned());
    };
    if !matches!(url.scheme(), "https" | "http") {
        return Some("must begin with https://".to_owned());
    }
    let plain = url.origin().ascii_serialization();
    (issuer != plain).then(|| {
        format!("must be scheme and host only, without path, query or trailing slash: {plain}")
    })
}

/// Reads a day as its first second in Japan.
fn day(value: &super::document::Value) -> Result<Timestamp, String> {
    let wrong = || "must be a day like \"2027-04-01\"".to_owned();
    let text = reader::text(value)?;
    let date = time::Date::parse(&text, format_description!("[year]-[month]-[day]"));
    date.map(Timestamp::of_day_in_japan).map_err(|_| wrong())
}

fn locale(value: &super::document::Value) -> Result<Locale, String> {
    let tag = reader::text(value)?;
    Locale::ALL
        .into_iter()
        .find(|locale| locale.tag() == tag)
        .ok_or_else(|| "must be ja or en".to_owned())
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

fn tokens(from: &mut Reader<'_>) -> TokenSettings {
    TokenSettings {
        code_lifetime: from.or("tokens.code_lifetime", reader::duration, 60 * SECOND),
        access_token_lifetime: from.or(
            "tokens.access_token_lifetime",
            reader::duration,
            10 * MINUTE,
        ),
        id_token_lifetime: from.or("tokens.id_token_lifetime", reader::duration, 10 * MINUTE),
        refresh_token_lifetime: from.or(
            "tokens.refresh_token_lifetime",
            reader::duration,
            30 * DAY,
        ),
        refresh_grace: from.or("tokens.refresh_grace", reader::duration, 30 * SECOND),
        access_token_alg: from.or(
            "tokens.access_token_alg",
            reader::word,
            SigningAlgorithm::Es256,
        ),
    }
}

fn sessions(from: &mut Reader<'_>) -> SessionSettings {
    SessionSettings {
        absolute_lifetime: from.or("sessions.absolute_lifetime", reader::duration, 14 * DAY),
        idle_lifetime: from.or("sessions.idle_lifetime", reader::duration, 3 * DAY),
        sensitive_after: from.or("sessions.sensitive_after", reader::duration, 10 * MINUTE),
        second_factor_lifetime: from.or(
            "sessions.second_factor_lifetime",
            reader::duration,
            12 * HOUR,
        ),
    }
}

fn registration(from: &mut Reader<'_>) -> RegistrationSettings {
    RegistrationSettings {
        password_policy: from.or(
            "registration.password_policy",
            reader::word,
            PasswordPolicy::Seed2020,
        ),
        code_lifetime: from.or("registration.code_lifetime", reader::duration, 10 * MINUTE),
        resend_wait: from.or("registration.resend_wait", reader::duration, 60 * SECOND),
        codes_per_address_hour: from.or("registration.codes_per_address_hour", reader::number, 5),
        codes_per_address_day: from.or("registration.codes_per_address_day", reader::number, 10),
        codes_per_interaction: from.or("registration.codes_per_interaction", reader::number, 20),
        codes_per_ip_hour: from.or("registration.codes_per_ip_hour", reader::number, 100),
        mails_per_brand_hour: from.or("registration.mails_per_brand_hour", reader::number, 50_000),
        sms_per_brand_hour: from.or("registration.sms_per_brand_hour", reader::number, 5_000),
        draft_lifetime: from.or("registration.draft_lifetime", reader::duration, DAY),
        wrong_per_code: from.or("registration.wrong_per_code", reader::number, 5),
        wrong_per_address_hour: from.or("registration.wrong_per_address_hour", reader::number, 20),
        refused_email_domains: refused_domains(from),
    }
}

fn refused_domains(from: &mut Reader<'_>) -> RefusedDomains {
    let setting = "registration.refused_email_domains_file";
    let Some(file) = from.optional(setting, reader::path) else {
        return RefusedDomains::default();
    };
    let read = std::fs::read_to_string(&file).map_err(|error| error.to_string());
    let list = read.and_then(|text| {
        RefusedDomains::read(&text).map_err(|line| format!("line {line} is no domain"))
    });
    list.unwrap_or_else(|wrong| {
        from.refuse(setting, format!("{}: {wrong}", file.display()));
        RefusedDomains::default()
    })
}

fn login(from: &mut Reader<'_>) -> LoginSettings {
    LoginSettings {
        window: from.or("login.window", reader::duration, 15 * MINUTE),
        wrong_per_account_and_ip: from.or("login.wrong_per_account_and_ip", reader::number, 10),
        wrong_per_account: from.or("login.wrong_per_account", reader::number, 100),
        wrong_per_ip: from.or("login.wrong_per_ip", reader::number, 200),
        recovery_asks_birthdate: from.or("login.recovery_asks_birthdate", reader::truth, false),
        wrong_answer_after: from.or(
            "login.wrong_answer_after_ms",
            reader::milliseconds,
            500 * MILLISECOND,
        ),
    }
}

fn device(from: &mut Reader<'_>) -> DeviceSettings {
    DeviceSettings {
        code_lifetime: from.or("device.code_lifetime", reader::duration, 10 * MINUTE),
        interval: from.or("device.interval", reader::duration, 5 * SECOND),
        window: from.or("device.window", reader::duration, 15 * MINUTE),
        wrong_per_browser: from.or("device.wrong_per_browser", reader::number, 10),
        wrong_per_ip: from.or("device.wrong_per_ip", reader::number, 50),
        requests_per_ip_hour: from.or("device.requests_per_ip_hour", reader::number, 200),
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

fn mail(from: &mut Reader<'_>) -> MailSettings {
    let transport = from.required("mail.transport", reader::text);
    let tls = from.or("mail.tls", reader::word, SmtpTls::Starttls);
    let port = if tls == SmtpTls::Tls { 465 } else { 587 };
    let host = from.optional("mail.host", reader::text);
    let relay = SmtpRelay {
        host: host.clone().unwrap_or_default(),
        port: from.or("mail.port", reader::number, port),
        tls,
        username: from.optional("mail.username", reader::text),
        password: from.secret("mail.password"),
        timeout: from.or("mail.timeout", reader::duration, 30 * SECOND),
    };
    if relay.username.is_some() != relay.password.is_some() {
        from.refuse("mail.username", "username and password go together");
    }
    let transport = match transport.as_str() {
        "smtp" => {
            if host.is_none() {
                from.refuse("mail.host", "is missing");
            }
            MailTransport::Smtp(relay)
        }
        "outbox" | "" => MailTransport::Outbox,
        _ => {
            from.refuse("mail.transport", "must be smtp or outbox");
            MailTransport::Outbox
        }
    };
    let domains = MailDomainSettings {
        // If no mail is sent, addresses need not be real.
        look_up: from.or(
            "mail.look_up_domains",
            reader::truth,
            matches!(transport, MailTransport::Smtp(_)),
        ),
        servers: from.or("mail.dns_servers", reader::words, Vec::new()),
        wait: from.or(
            "mail.look_up_wait_ms",
            reader::milliseconds,
            1_500 * MILLISECOND,
        ),
    };
    MailSettings {
        transport,
        give_up_after: from.or("mail.give_up_after", reader::duration, 3 * DAY),
        domains,
    }
}

fn sms(from: &mut Reader<'_>) -> SmsSettings {
    let transport = from.required("sms.transport", reader::text);
    let (url, token) = (
        from.optional("sms.url", reader::word),
        from.secret("sms.token"),
    );
    let sender = from.or("sms.sender", reader::text, "CommonID".to_owned());
    let timeout = from.or("sms.timeout", reader::duration, 10 * SECOND);
    let transport = match (transport.as_str(), url) {
        ("http", Some(url)) => SmsTransport::Http(SmsGateway {
            url,
            token,
            sender,
            timeout,
        }),
        ("http", None) => {
            from.refuse("sms.url", "is missing");
            SmsTransport::Outbox
        }
        ("outbox" | "", _) => SmsTransport::Outbox,
        _ => {
            from.refuse("sms.transport", "must be http or outbox");
            SmsTransport::Outbox
        }
    };
    SmsSettings { transport }
}

fn outgoing(from: &mut Reader<'_>) -> OutgoingSettings {
    OutgoingSettings {
        timeout: from.or("outgoing.timeout", reader::duration, 5 * SECOND),
        allow_hosts: from.or("outgoing.allow_hosts", reader::words, Vec::new()),
        ca_file: from.optional("outgoing.ca_file", reader::path),
        proxy: from.optional("outgoing.proxy", reader::word),
    }
}

fn dynamic_registration(
    from: &mut Reader<'_>,
    document: &Document,
    brands: &[BrandSettings],
) -> DynamicRegistrationSettings {
    let named = |name: &str| format!("dynamic_registration.{name}");
    let all: Vec<_> = brands.iter().map(|brand| brand.name.clone()).collect();
    let served = from.or(&named("brands"), reader::words, all.clone());
    if let Some(unknown) = served.iter().find(|name| !all.contains(name)) {
        from.refuse(&named("brands"), format!("there is no brand {unknown}"));
    }
    let issuers = document.names_under(&named("software_statement_issuers"));
    let software_statement_issuers = issuers
        .into_iter()
        .map(|name| {
            let table = named(&format!("software_statement_issuers.{name}"));
            SoftwareStatementIssuer {
                issuer: from.required(&format!("{table}.issuer"), reader::text),
                jwks_file: from.required(&format!("{table}.jwks_file"), reader::path),
            }
        })
        .collect();
    DynamicRegistrationSettings {
        access: from.or(&named("access"), reader::word, RegistrationAccess::Closed),
        brands: served,
        policy: policy(from),
        unused_lifetime: from.or(&named("unused_lifetime"), reader::duration, 90 * DAY),
        per_ip_hour: from.or(&named("per_ip_hour"), reader::number, 20),
        software_statement_issuers,
    }
}

/// Reads the metadata that clients which register themselves may have.
fn policy(from: &mut Reader<'_>) -> Policy {
    let named = |name: &str| format!("dynamic_registration.{name}");
    let grants = vec![GrantType::AuthorizationCode, GrantType::RefreshToken];
    let methods = TokenEndpointAuthMethod::ALL.to_vec();
    Policy {
        scope: from.or(&named("scope"), scope, Scope::of(STANDARD)),
        grant_types: from.or(&named("grant_types"), reader::words, grants),
        response_types: from.or(
            &named("response_types"),
            reader::words,
            vec![ResponseType::Code],
        ),
        auth_methods: from.or(&named("auth_methods"), reader::words, methods),
        may_omit_pkce: from.or(&named("may_omit_pkce"), reader::truth, false),
    }
}

/// Reads a scope as clients write it.
fn scope(value: &super::document::Value) -> Result<Scope, String> {
    let text = reader::text(value)?;
    text.parse::<Scope>().map_err(|error| error.to_string())
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

fn limits(from: &mut Reader<'_>) -> RequestLimits {
    RequestLimits {
        body_bytes: from.or("limits.body_bytes", reader::number, 64 * 1024),
        request_timeout: from.or("limits.request_timeout", reader::duration, 30 * SECOND),
        logo_bytes: from.or("limits.logo_bytes", reader::number, 16 * 1024),
        shutdown_grace: from.or("limits.shutdown_grace", reader::duration, 20 * SECOND),
    }
}

/// The default log filter. A Java client sends `user_canceled` whenever it closes a
/// connection, and rustls logs a warning each time.
const LOG_FILTER: &str = "info,rustls::common_state=error";

fn log(from: &mut Reader<'_>) -> LogSettings {
    LogSettings {
        format: from.or("log.format", reader::word, LogFormat::Text),
        filter: from.or("log.filter", log_filter, LOG_FILTER.to_owned()),
    }
}

fn log_filter(value: &super::document::Value) -> Result<String, String> {
    let filter = reader::text(value)?;
    EnvFilter::try_new(&filter).map_err(|error| error.to_string())?;
    Ok(filter)
}
