//! A session: a browser in which a user is logged in. The cookie holds a secret; the store
//! keeps only the hash of it. How the session is found and ended is left to `sessions` and
//! `store::sessions`.

use serde::{Deserialize, Serialize};

use super::factors::Strength;
use crate::clock::Timestamp;

/// A session as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserSession {
    /// The session's public identifier: `sid` in ID tokens and logout tokens.
    pub sid: String,
    /// The account that is logged in.
    pub account_id: String,
    /// The brand under which the session exists.
    pub brand: String,
    /// When the session began, with the first login.
    pub begun_at: Timestamp,
    /// The kind of device, in the form that `device_label` returns.
    pub device: String,
    /// When the user last entered the password or used a passkey in this session
    /// (`auth_time`).
    pub auth_time: Timestamp,
    /// The authentication methods (`amr`, RFC 8176), separated by spaces: `pwd` for a
    /// password, `pwd otp mfa` for a password and a code, `pop user mfa` for a passkey.
    pub amr: String,
    /// When the user last entered a code after the password, or used a passkey; `None` if
    /// they did neither.
    pub second_factor_at: Option<Timestamp>,
    /// How strong that second factor was; `None` also where an older version noted it.
    #[serde(default)]
    pub strength: Option<Strength>,
    /// The trusted device by which this login needed no second step.
    #[serde(default)]
    pub trusted_device: Option<String>,
    /// When the session was last used, accurate to some minutes.
    pub seen_at: Timestamp,
    /// When the session ends, even if it is in use.
    pub expires_at: Timestamp,
}
