//! Passkeys (Web Authentication Level 3): what we keep of one, and whether what a
//! browser brings back is what we asked its authenticator for. Attestation is not
//! asked for and never believed: a passkey proves that the same key is there again,
//! and that it was unlocked by its owner, not who built it.

pub mod authentication;
mod authenticator_data;
mod cbor;
mod client_data;
pub mod options;
pub mod public_key;
pub mod refused;
pub mod registration;

use crate::clock::Timestamp;

/// How many an account may have.
pub const MOST: usize = 20;

/// How many characters its name may have.
const LONGEST_LABEL: usize = 40;

/// A passkey as stored. What is binary is base64url, as browsers send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Our own name for it: 128 random bits, which let nobody in.
    pub id: String,
    /// Whose it is.
    pub account_id: String,
    /// The host it was made on, and is good for (§4, Relying Party Identifier).
    pub rp_id: String,
    /// The authenticator's name for it.
    pub credential_id: String,
    /// The name by which authenticators know its owner (§14.6.1): random, nobody's address.
    pub user_handle: String,
    /// The public key, as a `COSE_Key` (RFC 9052 §7).
    pub public_key: String,
    /// How often it signed when it was seen last; nothing but zero where it does not count.
    pub sign_count: u32,
    /// Whether it may be copied to other devices, which never changes (§6.1.3).
    pub backup_eligible: bool,
    /// Whether it is.
    pub backed_up: bool,
    /// How browsers reach it.
    pub transports: Vec<String>,
    /// What its owner calls it; empty if nothing is known.
    pub label: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last let its owner in.
    pub last_used_at: Option<Timestamp>,
}

/// What a ceremony is bound to, on our side.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The challenge we gave, as base64url.
    pub challenge: &'a str,
    /// The host.
    pub rp_id: &'a str,
    /// The origin of our pages there.
    pub origin: &'a str,
}

/// Reads the name a person gives a passkey.
///
/// # Errors
/// With the code of what is wrong.
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
