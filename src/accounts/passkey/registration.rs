//! The registration ceremony (§7.1): creates a passkey for a user who is logged in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::Expected;
use super::authenticator_data::AuthenticatorData;
use super::cbor::{self, Item};
use super::client_data::{self, Ceremony};
use super::public_key::PublicKey;
use super::refused::Refused;

/// How many transports are kept, and the longest name of one.
const MOST_TRANSPORTS: usize = 8;
const LONGEST_TRANSPORT: usize = 32;

/// A new credential that passed the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCredential {
    /// The credential ID, as base64url.
    pub credential_id: String,
    /// The public key: a `COSE_Key` as base64url.
    pub public_key: String,
    /// The signature counter.
    pub sign_count: u32,
    /// Whether the passkey can be copied to other devices.
    pub backup_eligible: bool,
    /// Whether the passkey is copied to other devices now.
    pub backed_up: bool,
    /// The transports by which browsers reach the authenticator.
    pub transports: Vec<String>,
}

/// `RegistrationResponseJSON` (§5.1), with the members that are read.
#[derive(Deserialize)]
struct Response {
    id: String,
    r#type: String,
    response: AttestationResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AttestationResponse {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    attestation_object: String,
    #[serde(default)]
    transports: Vec<String>,
}

/// Checks the response of the browser. Whether the credential ID is new is left to the
/// store.
///
/// # Errors
/// The first check that failed.
pub fn check(json: &str, expected: &Expected<'_>) -> Result<NewCredential, Refused> {
    let read: Response = serde_json::from_str(json).map_err(|_| Refused::Unreadable)?;
    if read.r#type != "public-key" {
        return Err(Refused::Unreadable);
    }
    let response = read.response;
    let client_data = decode(&response.client_data_json)?;
    client_data::check(&client_data, Ceremony::Registration, expected)?;
    let object = decode(&response.attestation_object)?;
    let data = authenticator_data(&object).ok_or(Refused::Unreadable)?;
    let said = AuthenticatorData::read(data).ok_or(Refused::Unreadable)?;
    said.check(expected.rp_id)?;
    let made = said.attested.as_ref().ok_or(Refused::Unreadable)?;
    let credential_id = URL_SAFE_NO_PAD.encode(made.credential_id);
    if credential_id != read.id {
        return Err(Refused::CredentialId);
    }
    PublicKey::read(made.public_key).ok_or(Refused::PublicKey)?;
    Ok(NewCredential {
        credential_id,
        public_key: URL_SAFE_NO_PAD.encode(made.public_key),
        sign_count: said.sign_count,
        backup_eligible: said.is_backup_eligible(),
        backed_up: said.is_backed_up(),
        transports: lawful(response.transports),
    })
}

/// Returns the authenticator data of an attestation object (§6.5.4). The attestation
/// statement must be present, but is not evaluated (§7.1: `none` was requested, so no
/// attestation is trusted).
fn authenticator_data(object: &[u8]) -> Option<&[u8]> {
    let object = cbor::read_all(object)?;
    let (Item::Text(_), Item::Map(_)) = (
        object.get(&Item::Text("fmt"))?,
        object.get(&Item::Text("attStmt"))?,
    ) else {
        return None;
    };
    match object.get(&Item::Text("authData"))? {
        Item::Bytes(data) => Some(data),
        _ => None,
    }
}

/// Keeps the transports that are words; they are only sent back to the browser.
fn lawful(transports: Vec<String>) -> Vec<String> {
    let is_word = |word: &String| {
        (1..=LONGEST_TRANSPORT).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    };
    let mut words: Vec<String> = transports.into_iter().filter(is_word).collect();
    words.sort();
    words.dedup();
    words.truncate(MOST_TRANSPORTS);
    words
}

pub(super) fn decode(text: &str) -> Result<Vec<u8>, Refused> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Refused::Unreadable)
}
