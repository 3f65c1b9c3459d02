//! How mail and SMS leave: by a relay and a gateway, or, in the demo, not at all.

use std::net::SocketAddr;
use std::time::Duration;

use url::Url;

use super::reader::{self, Reader};
use super::units::{DAY, MILLISECOND, SECOND};
use crate::secret::Secret;

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
        // Where no mail leaves, no address need be real.
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
