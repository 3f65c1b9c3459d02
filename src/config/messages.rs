//! How mail and SMS are sent: through a relay and a gateway, or, in the demo, kept unsent.

use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

use super::declared::{Table as _, settings};
use super::reader::{self, Reader};
use super::units::{DAY, MILLISECOND, SECOND};
use crate::secret::Secret;

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

settings! {
    /// How mail is sent, as written.
    pub(super) struct MailTable in "mail" of config {
        /// The demo's is "outbox", which keeps mails in the database and sends none.
        transport: String => required by reader::text;
        /// This relay must sign with DKIM.
        host: Option<String> => optional by reader::text;
        /// Required, never skipped; or "tls".
        tls: SmtpTls = reader::word, SmtpTls::Starttls;
        /// 465 with tls = "tls".
        port: u16 = reader::number, if tls == SmtpTls::Tls { 465 } else { 587 };
        /// For SMTP authentication; default: none.
        username: Option<String> => optional by reader::text;
        /// Goes with the username.
        password: Option<Secret> => secret;
        /// The time limit of one delivery.
        timeout: Duration = reader::duration, 30 * SECOND;
        /// A mail that could not be delivered by then is dropped.
        give_up_after: Duration = reader::duration, 3 * DAY;
        /// Ask about (never refuse) a new address whose domain takes no mail by DNS; default: true
        /// with transport = "smtp".
        look_up_domains: Option<bool> => optional by reader::truth;
        /// Default: the system's name servers (/etc/resolv.conf).
        dns_servers: Vec<SocketAddr> = reader::words, Vec::new();
        /// If DNS has not answered by then, nothing is asked.
        look_up_wait as "look_up_wait_ms": Duration = reader::milliseconds, 1_500 * MILLISECOND;
    }
}

settings! {
    /// How SMS are sent, as written.
    pub(super) struct SmsTable in "sms" of config {
        /// The demo's is "outbox", which keeps messages in the database and sends none.
        transport: String => required by reader::text;
        /// Receives {"to","from","text"} by POST.
        url: Option<Url> => optional by reader::word;
        /// The bearer token of these requests; default: none.
        token: Option<Secret> => secret;
        /// The sender that people see.
        sender: String = reader::text, "CommonID".to_owned();
        /// The time limit of one delivery.
        timeout: Duration = reader::duration, 10 * SECOND;
    }
}

pub(super) fn mail(from: &mut Reader<'_>) -> MailSettings {
    let table = MailTable::read(from);
    if table.username.is_some() != table.password.is_some() {
        from.refuse("mail.username", "username and password go together");
    }
    let transport = match table.transport.as_str() {
        "smtp" => {
            if table.host.is_none() {
                from.refuse("mail.host", "is missing");
            }
            MailTransport::Smtp(SmtpRelay {
                host: table.host.unwrap_or_default(),
                port: table.port,
                tls: table.tls,
                username: table.username,
                password: table.password,
                timeout: table.timeout,
            })
        }
        "outbox" | "" => MailTransport::Outbox,
        _ => {
            from.refuse("mail.transport", "must be smtp or outbox");
            MailTransport::Outbox
        }
    };
    // If no mail is sent, addresses need not be real.
    let is_sent = matches!(transport, MailTransport::Smtp(_));
    MailSettings {
        transport,
        give_up_after: table.give_up_after,
        domains: MailDomainSettings {
            look_up: table.look_up_domains.unwrap_or(is_sent),
            servers: table.dns_servers,
            wait: table.look_up_wait,
        },
    }
}

pub(super) fn sms(from: &mut Reader<'_>) -> SmsSettings {
    let table = SmsTable::read(from);
    let transport = match (table.transport.as_str(), table.url) {
        ("http", Some(url)) => SmsTransport::Http(SmsGateway {
            url,
            token: table.token,
            sender: table.sender,
            timeout: table.timeout,
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
