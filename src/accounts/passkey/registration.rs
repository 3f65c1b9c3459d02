//! The registration ceremony (§7.1): a new passkey of someone who is logged in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::Expected;
use super::authenticator_data::AuthenticatorData;
use super::cbor::{self, Item};
use super::client_data::{self, Ceremony};
use super::public_key::PublicKey;
use super::refused::Refused;

/// How many transports are kept, and how long their names may be.
const MOST_TRANSPORTS: usize = 8;
const LONGEST_TRANSPORT: usize = 32;

/// A credential that was made as we asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCredential {
    /// Its name, as base64url.
    pub credential_id: String,
    /// Its public key: a `COSE_Key` as base64url.
    pub public_key: String,
    /// How often it signed.
    pub sign_count: u32,
    /// Whether it may be copied to other devices.
    pub backup_eligible: bool,
    /// Whether it is.
    pub backed_up: bool,
    /// How browsers reach it.
    pub transports: Vec<String>,
}

/// `RegistrationResponseJSON` (§5.1), as far as we look at it.
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

/// Checks what the browser brought back. Whether the credential is new is for
/// whoever keeps them to say.
///
/// # Errors
/// With what is wrong.
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

/// §6.5.4: an attestation object. Its statement has to be there, but nothing is
/// concluded from it (§7.1: with `none` asked for, no attestation is trusted).
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

/// Words only for the browser that reads them again: those that are none are dropped.
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
