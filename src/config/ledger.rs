//! The settings for the anchors of the consent ledger, and for the audit trail.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::declared::settings;
use super::document::Value;
use super::reader;
use super::units::{DAY, HOUR};
use crate::accounts::email_address::EmailAddress;

settings! {
    /// Where the ledger's head is anchored outside of the database.
    pub struct LedgerSettings in "ledger" of config {
        /// Appended to, on a disk that whoever can write to the database cannot; default: none.
        anchor_file: Option<PathBuf> => optional by reader::path;
        /// The mailbox of an auditor; default: none.
        anchor_mail_to: Option<String> => optional by mailbox;
        /// Receives each anchor by POST, as application/jwt; default: none.
        anchor_url: Option<Url> => optional by reader::word;
        /// How often the head is anchored.
        anchor_every: Duration = reader::duration, DAY, within HOUR => 7 * DAY;
    }
}

settings! {
    /// The audit trail.
    pub struct SecurityEventSettings in "security_events" of config {
        /// For how long a security event is kept, such as a login or a new passkey.
        kept_for: Duration = reader::duration, 400 * DAY, within 30 * DAY => 3660 * DAY;
        /// For how long a failure is kept, such as a wrong password.
        failures_kept_for: Duration = reader::duration, 90 * DAY, within 7 * DAY => 3660 * DAY;
    }
}

impl LedgerSettings {
    /// Whether the head is anchored nowhere.
    #[must_use]
    pub const fn is_off(&self) -> bool {
        self.anchor_file.is_none() && self.anchor_mail_to.is_none() && self.anchor_url.is_none()
    }
}

fn mailbox(value: &Value) -> Result<String, String> {
    let text = reader::text(value)?;
    match EmailAddress::read(&text) {
        Ok(address) => Ok(address.typed().to_owned()),
        Err(_) => Err("must be an e-mail address".to_owned()),
    }
}
