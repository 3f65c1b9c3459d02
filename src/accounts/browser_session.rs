//! A browser in which a person is logged in. The cookie holds a secret; the
//! store knows only its hash.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// A session as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserSession {
    /// The public name, `sid` in ID and logout tokens.
    pub sid: String,
    /// Whose it is.
    pub account_id: String,
    /// The brand under which it lives.
    pub brand: String,
    /// When the person logged in there first.
    pub begun_at: Timestamp,
    /// On what kind of device, as `device_label` says it.
    pub device: String,
    /// When the person last gave their password or a passkey in it (`auth_time`).
    pub auth_time: Timestamp,
    /// How (`amr`, RFC 8176), space-separated: `pwd`, with a code `pwd otp mfa`, by
    /// a passkey `pop user mfa`.
    pub amr: String,
    /// When they gave a code after the password, or a passkey, if they did.
    pub second_factor_at: Option<Timestamp>,
    /// When it was last seen, to within some minutes.
    pub seen_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
}
