//! How a mail leaves: to a relay by SMTP, or nowhere but the demo's outbox page.
//! What it says is in `mail::message`; when it is tried again, in `outbox`.

pub mod message;
pub mod smtp;

use crate::clock::Timestamp;
use crate::config::{MailSettings, MailTransport};
use crate::fault::Fault;
use message::Written;
use smtp::Smtp;

/// A way for mail.
#[derive(Clone, Debug)]
pub enum Mailer {
    /// Kept readable for the demo's outbox page.
    Outbox,
    /// Handed to a relay.
    Smtp(Smtp),
}

/// A message that did not leave. Says nothing of whom it was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// It may leave later.
    ForNow(String),
    /// It never will: nobody has that address.
    ForEver(String),
}

impl Mailer {
    /// Opens the way that is configured; connects at the first mail.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn open(settings: &MailSettings) -> Result<Self, Fault> {
        match &settings.transport {
            MailTransport::Outbox => Ok(Self::Outbox),
            MailTransport::Smtp(relay) => Smtp::open(relay).map(Self::Smtp),
        }
    }

    /// Whether what was sent is kept to be looked at.
    #[must_use]
    pub const fn keeps(&self) -> bool {
        matches!(self, Self::Outbox)
    }

    /// Sends a mail of that name, written at that time.
    ///
    /// # Errors
    /// If it did not leave.
    pub async fn send(&self, id: &str, mail: &Written, at: Timestamp) -> Result<(), Undelivered> {
        match self {
            Self::Outbox => Ok(()),
            Self::Smtp(smtp) => smtp.send(id, mail, at).await,
        }
    }
}
