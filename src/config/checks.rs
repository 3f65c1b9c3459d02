//! Finds settings that are unsafe in production. The demo may use them; `serve` and
//! `check-config` refuse them, each with its line.

use std::path::Path;

use ipnet::IpNet;

use super::declared::{Table as _, beyond};
use super::document::{Finding, Problem};
use super::reader::origin_of;
use super::units::{DAY, HOUR};
use super::{Config, MailTransport, PasswordHashing, SmsTransport, SmtpTls};
use crate::tls;

/// Memory in KiB and passes; each pair is sufficient with one lane: OWASP Password Storage
/// Cheat Sheet, argon2id.
const OWASP_MINIMA: [(u32, u32); 5] = [
    (47_104, 1),
    (19_456, 2),
    (12_288, 3),
    (9_216, 4),
    (7_168, 5),
];

type Check = fn(&Config) -> Vec<Finding>;

/// Every check, in the order of the configuration's sections.
const CHECKS: &[Check] = &[
    sealing_key_is_private,
    issuers_are_https,
    connections_are_protected,
    proxies_are_few,
    certificates_can_be_shown,
    database_and_ephemeral_fit,
    settings_are_within_bounds,
    password_hashes_are_costly,
    mail_leaves_protected,
    sms_leave_protected,
    authorities_are_there,
    statements_can_be_verified,
    no_debugger_in_production,
    staging_is_staging,
];

/// Returns every unsafe setting.
pub(super) fn unsafe_settings(config: &Config) -> Vec<Problem> {
    let findings = CHECKS.iter().flat_map(|check| check(config));
    let mut problems: Vec<_> = findings
        .map(|Finding { setting, message }| Problem {
            origin: origin_of(&config.written, &setting),
            setting,
            message,
        })
        .collect();
    problems.sort();
    problems
}

fn sealing_key_is_private(config: &Config) -> Vec<Finding> {
    let file = &config.sealing_key_file;
    wrong_key_file(file).map_or_else(Vec::new, |wrong| {
        Finding::only("sealing_key_file", format!("{}: {wrong}", file.display()))
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
            Finding::new(format!("brands.{}.issuer", brand.name), message)
        })
        .collect()
}

/// Others than this machine reach the server by TLS, which it ends itself or a proxy does.
fn connections_are_protected(config: &Config) -> Vec<Finding> {
    let local = config.listen.ip().to_canonical().is_loopback();
    if local || !config.tls.is_empty() || !config.trusted_proxies.is_empty() {
        return Vec::new();
    }
    Finding::only(
        "listen",
        "others than this machine would be answered in clear: give a certificate ([tls]), or name \
         the proxy that ends TLS in trusted_proxies",
    )
}

/// A proxy says whom it forwards for. If everybody is a proxy, everybody says who they are.
fn proxies_are_few(config: &Config) -> Vec<Finding> {
    let is_wide = |net: &IpNet| match net {
        IpNet::V4(net) => net.prefix_len() < 8,
        // fc00::/7 is private as a whole (RFC 4193).
        IpNet::V6(net) => net.prefix_len() < 16 && !net.network().is_unique_local(),
    };
    match config.trusted_proxies.iter().find(|net| is_wide(net)) {
        Some(net) => Finding::only(
            "trusted_proxies",
            format!(
                "{net} is not a proxy but the internet: whoever it includes may claim any address"
            ),
        ),
        None => Vec::new(),
    }
}

/// If only some hosts have a certificate, the others would be served another brand's
/// certificate.
fn certificates_can_be_shown(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    for files in &config.tls {
        let key = &files.key_file;
        if let Some(wrong) = tls::wrong_files(files, &config.certificate_hosts(files)) {
            findings.push(Finding::new(wrong.setting(files), wrong.to_string()));
        } else if let Some(wrong) = wrong_key_file(key) {
            let message = format!("{}: {wrong}", key.display());
            findings.push(Finding::new(files.setting("key_file"), message));
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
            Finding::new(setting, message)
        }));
    }
    findings
}

fn database_and_ephemeral_fit(config: &Config) -> Vec<Finding> {
    let memory = config.ephemeral.url.expose() == "memory:";
    let postgres = config.database.url.expose().starts_with("postgres");
    if memory && postgres {
        return Finding::only(
            "ephemeral.url",
            "memory: is this process' own, but PostgreSQL is for several nodes: a code issued by \
             one would be unknown to the next, and could be spent twice; name a redis://",
        );
    }
    if config.database.connections == 0 {
        return Finding::only("database.connections", "must be at least 1");
    }
    Vec::new()
}

fn settings_are_within_bounds(config: &Config) -> Vec<Finding> {
    let mut findings = [
        config.tokens.out_of_bounds(config),
        config.sessions.out_of_bounds(config),
        config.interactions.out_of_bounds(config),
        config.registration.out_of_bounds(config),
        config.dealer_links.out_of_bounds(config),
        config.login.out_of_bounds(config),
        config.account.out_of_bounds(config),
        config.device.out_of_bounds(config),
        config.events.out_of_bounds(config),
        config.outgoing.out_of_bounds(config),
        config.logout.out_of_bounds(config),
        config.ledger.out_of_bounds(config),
        config.debugger.out_of_bounds(config),
        config.limits.out_of_bounds(config),
        config.log.out_of_bounds(config),
    ]
    .concat();
    let (mail, registration) = (&config.mail, &config.dynamic_registration);
    let others = [
        beyond("mail", "give_up_after", mail.give_up_after, HOUR..=7 * DAY),
        beyond(
            "dynamic_registration",
            "unused_lifetime",
            registration.unused_lifetime,
            HOUR..=400 * DAY,
        ),
    ];
    findings.extend(others.into_iter().flatten());
    findings
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
        findings.push(Finding::new(
            "passwords.memory_kib",
            "with these iterations is below OWASP's minimum for argon2id (19456 KiB, 2 iterations)",
        ));
    }
    if memory_kib > 1_048_576 || iterations > 20 || parallelism > 16 {
        findings.push(Finding::new(
            "passwords.memory_kib",
            "makes one login cost more than a server can bear (at most 1 GiB, 20 iterations, 16 lanes)",
        ));
    }
    if threads == 0 || threads > 1_024 {
        findings.push(Finding::new(
            "passwords.threads",
            "must be between 1 and 1024",
        ));
    }
    if queue == 0 || queue > threads.saturating_mul(1_000) {
        findings.push(Finding::new(
            "passwords.queue",
            "must be between 1 and a thousand for each thread: people would wait for minutes",
        ));
    }
    findings
}

fn mail_leaves_protected(config: &Config) -> Vec<Finding> {
    match &config.mail.transport {
        MailTransport::Outbox => Finding::only(
            "mail.transport",
            "outbox keeps mails readable and sends none: it is the demo's; use smtp",
        ),
        MailTransport::Smtp(relay) if relay.tls == SmtpTls::None => Finding::only(
            "mail.tls",
            "codes would travel in clear: use starttls or tls",
        ),
        MailTransport::Smtp(_) => Vec::new(),
    }
}

fn sms_leave_protected(config: &Config) -> Vec<Finding> {
    match &config.sms.transport {
        SmsTransport::Outbox => Finding::only(
            "sms.transport",
            "outbox keeps messages readable and sends none: it is the demo's; use http",
        ),
        SmsTransport::Http(gateway) if gateway.url.scheme() != "https" => Finding::only(
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
        Err(error) => Finding::only("outgoing.ca_file", format!("{}: {error}", file.display())),
    }
}

fn statements_can_be_verified(config: &Config) -> Vec<Finding> {
    let issuers = &config.dynamic_registration.software_statement_issuers;
    let unreadable = issuers.iter().filter_map(|issuer| {
        let error = std::fs::read(&issuer.jwks_file).err()?;
        let message = format!("{}: {error}", issuer.jwks_file.display());
        let setting = "dynamic_registration.software_statement_issuers";
        Some(Finding::new(setting, message))
    });
    unreadable.collect()
}

fn no_debugger_in_production(config: &Config) -> Vec<Finding> {
    let debugger = &config.debugger;
    if !debugger.enabled || debugger.staging {
        return Vec::new();
    }
    Finding::only(
        "debugger.enabled",
        "shows what clients ask and are answered: it is for the demo and for staging; where this \
         server is one that no real person uses, say debugger.staging = true",
    )
}

/// The hosts that real people use.
const PRODUCTION: [&str; 2] = ["https://id.toyota.jp", "https://id.lexus.jp"];

/// `debugger.staging` says that no real person uses this server.
fn staging_is_staging(config: &Config) -> Vec<Finding> {
    let debugger = &config.debugger;
    if !debugger.staging {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    if !debugger.enabled {
        wrong.push("has a meaning only with debugger.enabled = true");
    }
    if config
        .brands
        .iter()
        .any(|brand| PRODUCTION.contains(&brand.issuer.as_str()))
    {
        wrong.push("is not true of id.toyota.jp and id.lexus.jp, which real people use");
    }
    let findings = wrong.into_iter();
    findings
        .map(|message| Finding::new("debugger.staging", message))
        .collect()
}
