//! Finds settings that are unsafe in production. The demo may use them; `serve` and
//! `check-config` refuse them, each with its line.

use std::path::Path;
use std::time::Duration;

use super::document::Problem;
use super::reader::origin_of;
use super::{Config, MailTransport, PasswordHashing, SmsTransport, SmtpTls};
use crate::tls;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Memory in KiB and passes; each pair is sufficient with one lane: OWASP Password Storage
/// Cheat Sheet, argon2id.
const OWASP_MINIMA: [(u32, u32); 5] = [
    (47_104, 1),
    (19_456, 2),
    (12_288, 3),
    (9_216, 4),
    (7_168, 5),
];

type Finding = (String, String);
type Check = fn(&Config) -> Vec<Finding>;

/// Every check, in the order of the configuration's sections.
const CHECKS: &[Check] = &[
    sealing_key_is_private,
    issuers_are_https,
    certificates_can_be_shown,
    database_and_ephemeral_fit,
    lifetimes_are_sane,
    limits_are_not_zero,
    password_hashes_are_costly,
    mail_leaves_protected,
    sms_leave_protected,
    authorities_are_there,
    statements_can_be_verified,
    no_debugger_in_production,
];

/// Returns every unsafe setting.
pub(super) fn unsafe_settings(config: &Config) -> Vec<Problem> {
    let findings = CHECKS.iter().flat_map(|check| check(config));
    let mut problems: Vec<_> = findings
        .map(|(setting, message)| Problem {
            origin: origin_of(&config.written, &setting),
            setting,
            message,
        })
        .collect();
    problems.sort();
    problems
}

fn finding(setting: &str, message: impl Into<String>) -> Vec<Finding> {
    vec![(setting.to_owned(), message.into())]
}

fn sealing_key_is_private(config: &Config) -> Vec<Finding> {
    let file = &config.sealing_key_file;
    wrong_key_file(file).map_or_else(Vec::new, |wrong| {
        finding("sealing_key_file", format!("{}: {wrong}", file.display()))
    })
}

#[cfg(unix)]
fn wrong_key_file(file: &Path) -> Option<String> {
    use std::os::unix::fs::PermissionsExt as _;
    match std::fs::metadata(file) {
        Err(error) => Some(error.to_string()),
        Ok(meta) if !meta.is_file() => Some("is not a file".to_owned()),
        Ok(meta) if meta.permissions().mode() & 0o077 != 0 => {
            Some("others than its owner can read it: chmod 600".to_owned())
        }
        Ok(_) => None,
    }
}

#[cfg(not(unix))]
fn wrong_key_file(file: &Path) -> Option<String> {
    std::fs::metadata(file).err().map(|error| error.to_string())
}

fn issuers_are_https(config: &Config) -> Vec<Finding> {
    let brands = config.brands.iter();
    brands
        .filter(|brand| !brand.issuer.starts_with("https://"))
        .map(|brand| {
            let message = "must begin with https://: passwords and tokens would travel in clear";
            (format!("brands.{}.issuer", brand.name), message.to_owned())
        })
        .collect()
}

/// If only some hosts have a certificate, the others would be served another brand's
/// certificate.
fn certificates_can_be_shown(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for files in &config.tls {
        let key = &files.key_file;
        if let Some(wrong) = tls::wrong_files(files, &config.certificate_hosts(files)) {
            findings.push((wrong.setting(files), wrong.to_string()));
        } else if let Some(wrong) = wrong_key_file(key) {
            let message = format!("{}: {wrong}", key.display());
            findings.push((files.setting("key_file"), message));
        }
    }
    let general = config.tls.iter().any(|files| files.brand.is_none());
    let own = |name: &str| {
        let mut certificates = config.tls.iter();
        certificates.any(|files| files.brand.as_deref() == Some(name))
    };
    if !config.tls.is_empty() && !general {
        let without = config.brands.iter().filter(|brand| !own(&brand.name));
        findings.extend(without.map(|brand| {
            let setting = format!("brands.{}.tls.certificate_file", brand.name);
            let message = "is missing: there is a certificate for other brands, but none for this";
            (setting, message.to_owned())
        }));
    }
    findings
}

fn database_and_ephemeral_fit(config: &Config) -> Vec<Finding> {
    let memory = config.ephemeral.url.expose() == "memory:";
    let postgres = config.database.url.expose().starts_with("postgres");
    if memory && postgres {
        return finding(
            "ephemeral.url",
            "memory: is this process' own, but PostgreSQL is for several nodes: a code issued by \
             one would be unknown to the next, and could be spent twice; name a redis://",
        );
    }
    if config.database.connections == 0 {
        return finding("database.connections", "must be at least 1");
    }
    Vec::new()
}

fn lifetimes_are_sane(config: &Config) -> Vec<Finding> {
    let (tokens, sessions) = (&config.tokens, &config.sessions);
    let (registration, limits) = (&config.registration, &config.limits);
    let second = Duration::from_secs(1);
    // RFC 6749 §4.1.2 recommends ten minutes at most for a code.
    let bounds = [
        (
            "tokens.code_lifetime",
            tokens.code_lifetime,
            5 * second,
            10 * MINUTE,
        ),
        (
            "tokens.access_token_lifetime",
            tokens.access_token_lifetime,
            MINUTE,
            DAY,
        ),
        (
            "tokens.id_token_lifetime",
            tokens.id_token_lifetime,
            MINUTE,
            DAY,
        ),
        (
            "tokens.refresh_token_lifetime",
            tokens.refresh_token_lifetime,
            HOUR,
            400 * DAY,
        ),
        (
            "tokens.refresh_grace",
            tokens.refresh_grace,
            Duration::ZERO,
            5 * MINUTE,
        ),
        (
            "sessions.absolute_lifetime",
            sessions.absolute_lifetime,
            5 * MINUTE,
            400 * DAY,
        ),
        (
            "sessions.idle_lifetime",
            sessions.idle_lifetime,
            5 * MINUTE,
            sessions.absolute_lifetime,
        ),
        (
            "sessions.sensitive_after",
            sessions.sensitive_after,
            MINUTE,
            HOUR,
        ),
        (
            "sessions.second_factor_lifetime",
            sessions.second_factor_lifetime,
            MINUTE,
            sessions.absolute_lifetime,
        ),
        (
            "account.email_undo_lifetime",
            config.account.email_undo_lifetime,
            DAY,
            30 * DAY,
        ),
        (
            "account.birthdate_change_wait",
            config.account.birthdate_change_wait,
            DAY,
            400 * DAY,
        ),
        (
            "interactions.lifetime",
            config.interactions.lifetime,
            5 * MINUTE,
            DAY,
        ),
        (
            "registration.code_lifetime",
            registration.code_lifetime,
            3 * MINUTE,
            HOUR,
        ),
        (
            "registration.resend_wait",
            registration.resend_wait,
            10 * second,
            registration.code_lifetime,
        ),
        (
            "registration.draft_lifetime",
            registration.draft_lifetime,
            config.interactions.lifetime,
            DAY,
        ),
        ("login.window", config.login.window, MINUTE, DAY),
        (
            "device.code_lifetime",
            config.device.code_lifetime,
            MINUTE,
            30 * MINUTE,
        ),
        ("device.interval", config.device.interval, second, MINUTE),
        ("device.window", config.device.window, MINUTE, DAY),
        (
            "mail.give_up_after",
            config.mail.give_up_after,
            HOUR,
            7 * DAY,
        ),
        (
            "dynamic_registration.unused_lifetime",
            config.dynamic_registration.unused_lifetime,
            HOUR,
            400 * DAY,
        ),
        (
            "outgoing.timeout",
            config.outgoing.timeout,
            second,
            limits.request_timeout,
        ),
        (
            "logout.give_up_after",
            config.logout.give_up_after,
            MINUTE,
            14 * DAY,
        ),
        (
            "limits.request_timeout",
            limits.request_timeout,
            second,
            10 * MINUTE,
        ),
        (
            "limits.shutdown_grace",
            limits.shutdown_grace,
            second,
            10 * MINUTE,
        ),
    ];
    bounds
        .into_iter()
        .filter(|(_, value, least, most)| value < least || value > most)
        .map(|(setting, _, least, most)| {
            let (least, most) = (least.as_secs(), most.as_secs());
            let message = format!("must be between {least} and {most} seconds");
            (setting.to_owned(), message)
        })
        .collect()
}

fn limits_are_not_zero(config: &Config) -> Vec<Finding> {
    let (registration, login) = (&config.registration, &config.login);
    let limits = [
        (
            "registration.codes_per_address_hour",
            registration.codes_per_address_hour,
            100,
        ),
        (
            "registration.codes_per_address_day",
            registration.codes_per_address_day,
            1_000,
        ),
        (
            "registration.codes_per_interaction",
            registration.codes_per_interaction,
            1_000,
        ),
        (
            "registration.codes_per_ip_hour",
            registration.codes_per_ip_hour,
            1_000_000,
        ),
        (
            "registration.mails_per_brand_hour",
            registration.mails_per_brand_hour,
            10_000_000,
        ),
        (
            "registration.sms_per_brand_hour",
            registration.sms_per_brand_hour,
            1_000_000,
        ),
        // Codes have six digits: with five tries at each of a hundred codes, the
        // chance of guessing one is already 1 in 2,000.
        (
            "registration.wrong_per_code",
            registration.wrong_per_code.into(),
            10,
        ),
        (
            "registration.wrong_per_address_hour",
            registration.wrong_per_address_hour,
            100,
        ),
        (
            "login.wrong_per_account_and_ip",
            login.wrong_per_account_and_ip,
            100,
        ),
        ("login.wrong_per_account", login.wrong_per_account, 10_000),
        ("login.wrong_per_ip", login.wrong_per_ip, 1_000_000),
        (
            "device.wrong_per_browser",
            config.device.wrong_per_browser,
            100,
        ),
        ("device.wrong_per_ip", config.device.wrong_per_ip, 10_000),
        (
            "device.requests_per_ip_hour",
            config.device.requests_per_ip_hour,
            1_000_000,
        ),
        (
            "limits.body_bytes",
            config.limits.body_bytes as u64,
            16 * 1024 * 1024,
        ),
        ("debugger.requests", config.debugger.requests as u64, 500),
        (
            "limits.logo_bytes",
            config.limits.logo_bytes as u64,
            1024 * 1024,
        ),
    ];
    limits
        .into_iter()
        .filter(|(_, value, most)| *value == 0 || value > most)
        .map(|(setting, _, most)| (setting.to_owned(), format!("must be between 1 and {most}")))
        .collect()
}

fn password_hashes_are_costly(config: &Config) -> Vec<Finding> {
    let PasswordHashing {
        memory_kib,
        iterations,
        parallelism,
        threads,
        queue,
    } = config.passwords;
    let enough = OWASP_MINIMA
        .iter()
        .any(|(memory, passes)| memory_kib >= *memory && iterations >= *passes);
    let mut findings = Vec::new();
    if !enough || parallelism == 0 {
        findings.extend(finding(
            "passwords.memory_kib",
            "with these iterations is below OWASP's minimum for argon2id (19456 KiB, 2 iterations)",
        ));
    }
    if memory_kib > 1_048_576 || iterations > 20 || parallelism > 16 {
        findings.extend(finding(
            "passwords.memory_kib",
            "makes one login cost more than a server can bear (at most 1 GiB, 20 iterations, 16 lanes)",
        ));
    }
    if threads == 0 || threads > 1_024 {
        findings.extend(finding("passwords.threads", "must be between 1 and 1024"));
    }
    if queue == 0 || queue > threads.saturating_mul(1_000) {
        findings.extend(finding(
            "passwords.queue",
            "must be between 1 and a thousand for each thread: people would wait for minutes",
        ));
    }
    findings
}

fn mail_leaves_protected(config: &Config) -> Vec<Finding> {
    match &config.mail.transport {
        MailTransport::Outbox => finding(
            "mail.transport",
            "outbox keeps mails readable and sends none: it is the demo's; use smtp",
        ),
        MailTransport::Smtp(relay) if relay.tls == SmtpTls::None => finding(
            "mail.tls",
            "codes would travel in clear: use starttls or tls",
        ),
        MailTransport::Smtp(_) => Vec::new(),
    }
}

fn sms_leave_protected(config: &Config) -> Vec<Finding> {
    match &config.sms.transport {
        SmsTransport::Outbox => finding(
            "sms.transport",
            "outbox keeps messages readable and sends none: it is the demo's; use http",
        ),
        SmsTransport::Http(gateway) if gateway.url.scheme() != "https" => finding(
            "sms.url",
            "must begin with https://: codes would travel in clear",
        ),
        SmsTransport::Http(_) => Vec::new(),
    }
}

fn authorities_are_there(config: &Config) -> Vec<Finding> {
    let Some(file) = &config.outgoing.ca_file else {
        return Vec::new();
    };
    match std::fs::read(file) {
        Ok(_) => Vec::new(),
        Err(error) => finding("outgoing.ca_file", format!("{}: {error}", file.display())),
    }
}

fn statements_can_be_verified(config: &Config) -> Vec<Finding> {
    let issuers = &config.dynamic_registration.software_statement_issuers;
    let unreadable = issuers.iter().filter_map(|issuer| {
        let error = std::fs::read(&issuer.jwks_file).err()?;
        let message = format!("{}: {error}", issuer.jwks_file.display());
        Some((
            "dynamic_registration.software_statement_issuers".to_owned(),
            message,
        ))
    });
    unreadable.collect()
}

fn no_debugger_in_production(config: &Config) -> Vec<Finding> {
    let debugger = &config.debugger;
    if !debugger.enabled || debugger.staging {
        return Vec::new();
    }
    finding(
        "debugger.enabled",
        "shows what clients ask and are answered: it is for the demo and for staging; where this \
         server is one that no real person uses, say debugger.staging = true",
    )
}
