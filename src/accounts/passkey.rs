//! Passkeys (Web Authentication Level 3): what is stored of a passkey, and the checks of
//! what a browser sends back. Attestation is not requested and never relied on: a passkey
//! proves that the same key was used and that its owner unlocked it, not who made the
//! authenticator. Section numbers in this folder refer to that specification.

pub mod authentication;
mod authenticator_data;
mod cbor;
mod client_data;
pub mod options;
pub mod public_key;
pub mod refused;
pub mod registration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// How many passkeys an account may have.
pub const MOST: usize = 20;

/// The longest label, in characters.
const LONGEST_LABEL: usize = 40;

/// A passkey as stored. Binary values are base64url, as browsers send them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Passkey {
    /// Our own identifier: 128 random bits. It cannot be used to log in.
    pub id: String,
    /// The account that the passkey belongs to.
    pub account_id: String,
    /// The host for which it was made and is valid (§4, Relying Party Identifier).
    pub rp_id: String,
    /// The credential ID that the authenticator chose.
    pub credential_id: String,
    /// The user handle, by which authenticators know the account (§14.6.1): random, without
    /// personal data.
    pub user_handle: String,
    /// The public key, as a `COSE_Key` (RFC 9052 §7).
    pub public_key: String,
    /// The signature counter when the passkey was last used; always 0 if the authenticator
    /// does not count.
    pub sign_count: u32,
    /// Whether the passkey can be copied to other devices, which never changes (§6.1.3).
    pub backup_eligible: bool,
    /// Whether the passkey is copied to other devices now.
    pub backed_up: bool,
    /// The transports by which browsers reach the authenticator.
    pub transports: Vec<String>,
    /// The label that the user gave it; may be empty.
    pub label: String,
    /// When the passkey was added.
    pub created_at: Timestamp,
    /// When the user last logged in with it.
    pub last_used_at: Option<Timestamp>,
}

/// The values that the response of a ceremony must contain.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The challenge that was sent to the browser, as base64url.
    pub challenge: &'a str,
    /// The RP ID: the host of the page.
    pub rp_id: &'a str,
    /// The origin of the page.
    pub origin: &'a str,
}

/// Reads the label that a user typed for a passkey.
///
/// # Errors
/// The error code: `passkey-label-missing` or `passkey-label-too-long`.
pub fn read_label(typed: &str) -> Result<String, &'static str> {
    let label: String = typed.chars().filter(|one| !one.is_control()).collect();
    let label = label.trim();
    match label.chars().count() {
        0 => Err("passkey-label-missing"),
        1..=LONGEST_LABEL => Ok(label.to_owned()),
        _ => Err("passkey-label-too-long"),
    }
}

#[cfg(test)]
mod tests;
