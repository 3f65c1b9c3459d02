//! How mail and SMS are sent: through a relay and a gateway, or, in the demo, kept unsent.

use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

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

pub(super) fn mail(from: &mut Reader<'_>) -> MailSettings {
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

pub(super) fn sms(from: &mut Reader<'_>) -> SmsSettings {
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
