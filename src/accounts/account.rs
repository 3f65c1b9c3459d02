//! A person's account. Its `id` is the public `sub` and never changes; its e-mail address
//! may change. How it is stored is left to `store::accounts`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::profile::Profile;
use super::recovered::Recovered;
use super::second_factor::Enrolled;
use crate::clock::Timestamp;
use crate::locale::Locale;

/// How long the owner of a closed account may come back.
pub const MAY_COME_BACK: Duration = Duration::from_secs(14 * 24 * 60 * 60);

crate::wire_words! {
    /// Whether an account may be used.
    pub enum AccountStatus {
        /// The account is in use.
        Active = "active",
        /// The person closed the account, or support did: no login, no claims.
        Closed = "closed",
    }
}

/// An account as stored, without its password hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// 128 random bits as base64url: the public `sub`.
    pub id: String,
    /// The e-mail address as it was typed; verified when the account was created.
    pub email: String,
    /// Whether the address was verified by a code.
    pub email_verified: bool,
    /// The mobile number, in E.164.
    pub mobile_phone: Option<String>,
    /// Whether the mobile number was verified by a code sent by SMS.
    pub mobile_phone_verified: bool,
    /// Whether the mobile number is a login ID. Only a verified number can be one, and only
    /// of one account.
    pub phone_login: bool,
    /// What the last recovery of the password proved.
    #[serde(default)]
    pub recovered: Recovered,
    /// When the owner last set another password; none if it is the first.
    #[serde(default)]
    pub password_set_at: Option<Timestamp>,
    /// What the owner set up for a second step of a login.
    #[serde(default)]
    pub enrolled: Enrolled,
    /// The personal data that the user gave.
    pub profile: Profile,
    /// The brand under which the account was registered.
    pub brand: String,
    /// The language of the mails sent to the user.
    pub locale: Locale,
    /// Whether the account may be used.
    pub status: AccountStatus,
    /// The version of the terms that the user agreed to last.
    pub terms_version: Option<String>,
    /// When the account was created.
    pub created_at: Timestamp,
    /// When the account last changed (`updated_at` claim).
    pub updated_at: Timestamp,
    /// Counts the changes, for optimistic locking.
    pub version: i64,
}

/// Returns an active account, for tests to vary.
#[cfg(test)]
pub(crate) fn sample() -> Account {
    Account {
        id: "who".to_owned(),
        email: "hanako@example.jp".to_owned(),
        email_verified: true,
        mobile_phone: None,
        mobile_phone_verified: false,
        phone_login: false,
        recovered: Recovered::default(),
        password_set_at: None,
        enrolled: Enrolled::default(),
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
