//! The authentication ceremony (§7.2): whether an assertion proves possession of a passkey.

use aws_lc_rs::digest;
use serde::Deserialize;

use super::authenticator_data::AuthenticatorData;
use super::client_data::{self, Ceremony};
use super::public_key::PublicKey;
use super::refused::Refused;
use super::registration::decode;
use super::{Expected, Passkey};

/// An assertion as the browser sent it, not yet checked.
#[derive(Debug)]
pub struct Assertion {
    /// The ID of the credential that signed it.
    pub credential_id: String,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
    user_handle: Option<String>,
}

/// The values of a passkey that change with each use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// The signature counter.
    pub sign_count: u32,
    /// Whether the passkey is copied to other devices.
    pub backed_up: bool,
}

/// `AuthenticationResponseJSON` (§5.1), with the members that are read.
#[derive(Deserialize)]
struct Response {
    id: String,
    r#type: String,
    response: AssertionResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssertionResponse {
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    authenticator_data: String,
    signature: String,
    user_handle: Option<String>,
}

impl Assertion {
    /// Reads an assertion.
    ///
    /// # Errors
    /// `Unreadable` if the text is not an assertion.
    pub fn read(json: &str) -> Result<Self, Refused> {
        let read: Response = serde_json::from_str(json).map_err(|_| Refused::Unreadable)?;
        if read.r#type != "public-key" {
            return Err(Refused::Unreadable);
        }
        let response = read.response;
        Ok(Self {
            credential_id: read.id,
            client_data: decode(&response.client_data_json)?,
            authenticator_data: decode(&response.authenticator_data)?,
            signature: decode(&response.signature)?,
            user_handle: response.user_handle,
        })
    }

    /// Checks the assertion against the stored passkey with its credential ID.
    ///
    /// # Errors
    /// The first check that failed.
    pub fn check(&self, passkey: &Passkey, expected: &Expected<'_>) -> Result<Used, Refused> {
        // Step 6: the request named no user, so the authenticator must send the user
        // handle.
        if self.user_handle.as_deref() != Some(&passkey.user_handle) {
            return Err(Refused::UserHandle);
        }
        if passkey.rp_id != expected.rp_id {
            return Err(Refused::RelyingParty);
        }
        client_data::check(&self.client_data, Ceremony::Authentication, expected)?;
        let said = AuthenticatorData::read(&self.authenticator_data).ok_or(Refused::Unreadable)?;
        said.check(expected.rp_id)?;
        if said.is_backup_eligible() != passkey.backup_eligible {
            return Err(Refused::Backup);
        }
        let key = decode(&passkey.public_key).map_err(|_| Refused::PublicKey)?;
        let key = PublicKey::read(&key).ok_or(Refused::PublicKey)?;
        let hash = digest::digest(&digest::SHA256, &self.client_data);
        let signed = [&self.authenticator_data, hash.as_ref()].concat();
        if !key.verifies(&signed, &self.signature) {
            return Err(Refused::Signature);
        }
        // Step 22: an authenticator that counts must have counted up.
        if (said.sign_count, passkey.sign_count) != (0, 0) && said.sign_count <= passkey.sign_count
        {
            return Err(Refused::Counter);
        }
        Ok(Used {
            sign_count: said.sign_count,
            backed_up: said.is_backed_up(),
        })
    }
}
