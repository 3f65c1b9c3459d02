//! A trusted device: a browser in which a login of an account that takes two steps needs
//! only the first, for thirty days. How it is recognised is left to
//! `sessions::trusted_devices`.

use std::time::Duration;

use crate::clock::Timestamp;

/// For how long a device is trusted.
pub const TRUSTED_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A trusted device as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedDevice {
    /// Our own identifier.
    pub id: String,
    /// The account.
    pub account_id: String,
    /// The hash of the secret in the browser's cookie.
    pub secret_hash: String,
    /// The brand on whose host the browser has the cookie.
    pub brand: String,
    /// The kind of device, in the form that `device_label` returns.
    pub device: String,
    /// When it was first trusted.
    pub created_at: Timestamp,
    /// When a login last needed no second step.
    pub last_used_at: Timestamp,
    /// Until when it is trusted.
    pub expires_at: Timestamp,
}
