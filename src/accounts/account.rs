//! One person's common ID. Its `id` is the public `sub` and never changes; its
//! e-mail address may.

use serde::{Deserialize, Serialize};

use super::profile::Profile;
use crate::clock::Timestamp;
use crate::locale::Locale;

crate::wire_words! {
    /// Whether an account may be used.
    pub enum AccountStatus {
        /// In use.
        Active = "active",
        /// Left, or shut by support: no login, no claims.
        Closed = "closed",
    }
}

/// An account as stored, without its password hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// 128 random bits as base64url: the public `sub`.
    pub id: String,
    /// The e-mail address as it was typed; proven when the account was made.
    pub email: String,
    /// When the address was proven.
    pub email_verified: bool,
    /// Mobile number, E.164.
    pub mobile_phone: Option<String>,
    /// Whether its owner proved it by SMS.
    pub mobile_phone_verified: bool,
    /// Whether it may be used to log in (only proven, and by one account only).
    pub phone_login: bool,
    /// What the person told of themselves.
    pub profile: Profile,
    /// The brand it was registered under.
    pub brand: String,
    /// The language its mails are written in.
    pub locale: Locale,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// The version of the terms agreed to last.
    pub terms_version: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed (`updated_at` claim).
    pub updated_at: Timestamp,
    /// Counts changes, for optimistic locking.
    pub version: i64,
}

/// An account in use, for tests to vary.
#[cfg(test)]
pub(crate) fn sample() -> Account {
    Account {
        id: "who".to_owned(),
        email: "hanako@example.jp".to_owned(),
        email_verified: true,
        mobile_phone: None,
        mobile_phone_verified: false,
        phone_login: false,
        profile: Profile {
            family_name: Some("豊田".to_owned()),
            given_name: Some("花子".to_owned()),
            ..Profile::default()
        },
        brand: "toyota".to_owned(),
        locale: Locale::Ja,
        status: AccountStatus::Active,
        terms_version: Some("1".to_owned()),
        created_at: Timestamp(1_795_000_000),
        updated_at: Timestamp(1_795_000_000),
        version: 1,
    }
}
