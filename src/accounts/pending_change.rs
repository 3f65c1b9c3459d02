//! A change of what protects an account that waits: it was asked for in a weaker login than
//! the account's strongest (`factors`), and takes effect when it is due, unless its owner
//! cancels it before.

use serde::{Deserialize, Serialize};

use super::passkey::Passkey;
use crate::clock::Timestamp;
use crate::locale::Locale;

crate::wire_words! {
    /// What is to change; of each kind, one change of an account can wait.
    pub enum ChangeKind {
        /// The e-mail address.
        Email = "email",
        /// A mobile number becomes a login ID.
        PhoneLoginOn = "phone-login-on",
        /// The mobile number ceases to be a login ID.
        PhoneLoginOff = "phone-login-off",
        /// A passkey is added.
        PasskeyAdded = "passkey-added",
        /// A passkey is removed.
        PasskeyRemoved = "passkey-removed",
        /// The password.
        Password = "password",
        /// The account is closed.
        Leaving = "leaving",
    }
}

/// A change, with all that is needed to carry it out later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Change {
    /// The e-mail address changes.
    Email {
        /// The new address, which was verified.
        email: String,
        /// The address before, in lower case.
        in_place_of: String,
    },
    /// A mobile number becomes a login ID.
    PhoneLoginOn {
        /// The number in E.164, which was verified.
        number: String,
        /// The account's number before; empty if it had none.
        in_place_of: String,
    },
    /// The mobile number ceases to be a login ID.
    PhoneLoginOff,
    /// A passkey is added.
    PasskeyAdded {
        /// The passkey.
        passkey: Box<Passkey>,
    },
    /// A passkey is removed.
    PasskeyRemoved {
        /// Our own identifier of it.
        passkey_id: String,
    },
    /// The password changes.
    Password(NewHash),
    /// The account is closed.
    Leaving(Leaving),
    /// A change that a newer version stored, and carries out.
    #[serde(other)]
    Unknown,
}

/// A new password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewHash {
    /// Its hash.
    pub new: String,
    /// The hash that it replaces.
    pub old: String,
}

impl std::fmt::Debug for NewHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewHash(..)")
    }
}

/// The circumstances in which a person asked to close the account, for the records of the
/// consents that end with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaving {
    /// The language of the page.
    pub locale: Locale,
    /// Keyed hash of the IP address.
    pub ip_hash: Option<String>,
    /// Keyed hash of the `User-Agent` header.
    pub user_agent_hash: Option<String>,
    /// When the person had last authenticated.
    pub auth_time: Option<Timestamp>,
}

impl Change {
    /// Returns the kind; `None` for a change that only a newer version knows.
    #[must_use]
    pub const fn kind(&self) -> Option<ChangeKind> {
        match self {
            Self::Email { .. } => Some(ChangeKind::Email),
            Self::PhoneLoginOn { .. } => Some(ChangeKind::PhoneLoginOn),
            Self::PhoneLoginOff => Some(ChangeKind::PhoneLoginOff),
            Self::PasskeyAdded { .. } => Some(ChangeKind::PasskeyAdded),
            Self::PasskeyRemoved { .. } => Some(ChangeKind::PasskeyRemoved),
            Self::Password(_) => Some(ChangeKind::Password),
            Self::Leaving(_) => Some(ChangeKind::Leaving),
            Self::Unknown => None,
        }
    }
}

/// A change that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingChange {
    /// 128 random bits.
    pub id: String,
    /// The account.
    pub account_id: String,
    /// The brand under which it was asked for, by name.
    pub brand: String,
    /// What is to change.
    pub change: Change,
    /// When it was asked for.
    pub requested_at: Timestamp,
    /// When it takes effect.
    pub due_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_stored_under_its_kind_and_one_of_a_newer_version_is_left_alone() {
        let passkey = |transports: &[&str]| Passkey {
            id: "id".to_owned(),
            account_id: "who".to_owned(),
            rp_id: "id.toyota.jp".to_owned(),
            credential_id: "c".to_owned(),
            user_handle: "u".to_owned(),
            public_key: "k".to_owned(),
            sign_count: 0,
            backup_eligible: true,
            backed_up: false,
            transports: transports.iter().map(|&one| one.to_owned()).collect(),
            label: "iPhone".to_owned(),
            created_at: Timestamp(1),
            last_used_at: None,
        };
        let leaving = Leaving {
            locale: Locale::En,
            ip_hash: None,
            user_agent_hash: Some("ua".to_owned()),
            auth_time: Some(Timestamp(7)),
        };
        let hash = NewHash {
            new: "new".to_owned(),
            old: "old".to_owned(),
        };
        for change in [
            Change::PhoneLoginOff,
            Change::PasskeyAdded {
                passkey: Box::new(passkey(&["internal"])),
            },
            Change::Leaving(leaving),
            Change::Password(hash),
        ] {
            let stored = serde_json::to_value(&change).unwrap();
            assert_eq!(stored["kind"], change.kind().unwrap().as_str());
            assert_eq!(serde_json::from_value::<Change>(stored).unwrap(), change);
        }
        let newer = r#"{"kind": "hardware-token", "serial": 7}"#;
        let read: Change = serde_json::from_str(newer).unwrap();
        assert_eq!((read.kind(), read), (None, Change::Unknown));
    }
}
