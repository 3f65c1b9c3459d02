//! The transports for mail: SMTP to a relay, or none but the demo's outbox page. The texts
//! are in `mail::message`; when a mail is tried again is decided in `outbox`.

pub mod message;
pub mod smtp;

use crate::clock::Timestamp;
use crate::config::{MailSettings, MailTransport};
use crate::fault::Fault;
use message::Written;
use smtp::Smtp;

/// A transport for mail.
#[derive(Clone, Debug)]
pub enum Mailer {
    /// Mails are kept readable for the demo's outbox page.
    Outbox,
    /// Mails are sent to a relay.
    Smtp(Smtp),
}

/// Why a message was not delivered. Contains nothing about the recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// The message may be delivered later.
    ForNow(String),
    /// The message can never be delivered: the recipient does not exist.
    ForEver(String),
}

impl Mailer {
    /// Opens the configured transport; the first mail connects.
    ///
    /// # Errors
    /// `Fault` if TLS cannot be set up.
    pub fn open(settings: &MailSettings) -> Result<Self, Fault> {
        match &settings.transport {
            MailTransport::Outbox => Ok(Self::Outbox),
            MailTransport::Smtp(relay) => Smtp::open(relay).map(Self::Smtp),
        }
    }

    /// Whether sent mails are kept to be looked at.
    #[must_use]
    pub const fn keeps(&self) -> bool {
        matches!(self, Self::Outbox)
    }

    /// Sends the mail with the ID `id`, written at the time `at`.
    ///
    /// # Errors
    /// As [`Smtp::send`].
    pub async fn send(&self, id: &str, mail: &Written, at: Timestamp) -> Result<(), Undelivered> {
        match self {
            Self::Outbox => Ok(()),
            Self::Smtp(smtp) => smtp.send(id, mail, at).await,
        }
    }
}
