//! What a page asks a browser for, in the JSON that §5.1.8 and §5.1.9 give it.

use serde::Serialize;

use super::Passkey;
use super::public_key::ALGORITHMS;

/// How long a browser may wait for its user, in milliseconds: five minutes, as
/// §15.1 has it where the user is verified.
const TIMEOUT: u32 = 300_000;

/// The one type of credential there is.
const PUBLIC_KEY: &str = "public-key";

/// Asks for a new passkey.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreationOptions {
    rp: RelyingParty,
    user: User,
    challenge: String,
    pub_key_cred_params: Vec<Parameters>,
    timeout: u32,
    exclude_credentials: Vec<Descriptor>,
    authenticator_selection: Selection,
    attestation: &'static str,
}

/// Asks for a passkey that is there. Whose is not said: a visitor learns nothing
/// of who has an account.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    challenge: String,
    rp_id: String,
    timeout: u32,
    allow_credentials: Vec<Descriptor>,
    user_verification: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct RelyingParty {
    id: String,
    name: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    name: String,
    display_name: String,
}

#[derive(Clone, Debug, Serialize)]
struct Parameters {
    r#type: &'static str,
    alg: i64,
}

#[derive(Clone, Debug, Serialize)]
struct Descriptor {
    r#type: &'static str,
    id: String,
    transports: Vec<String>,
}

/// A passkey is found without a name (`residentKey`) and stands for a password
/// and more (`userVerification`).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    resident_key: &'static str,
    require_resident_key: bool,
    user_verification: &'static str,
}

/// Who is to have a new passkey.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// The name by which authenticators know them.
    pub user_handle: &'a str,
    /// What they log in with, to be shown by their own device alone.
    pub login_id: &'a str,
    /// The passkeys they have: no authenticator makes a second one.
    pub has: &'a [Passkey],
}

impl CreationOptions {
    /// For a new passkey of `holder` at the host `rp_id`, which people read as `rp_name`.
    #[must_use]
    pub fn new(challenge: String, (rp_id, rp_name): (&str, &str), holder: &Holder<'_>) -> Self {
        let here = holder.has.iter().filter(|passkey| passkey.rp_id == rp_id);
        Self {
            rp: RelyingParty {
                id: rp_id.to_owned(),
                name: rp_name.to_owned(),
            },
            user: User {
                id: holder.user_handle.to_owned(),
                name: holder.login_id.to_owned(),
                display_name: holder.login_id.to_owned(),
            },
            challenge,
            pub_key_cred_params: ALGORITHMS
                .map(|alg| Parameters {
                    r#type: PUBLIC_KEY,
                    alg,
                })
                .to_vec(),
            timeout: TIMEOUT,
            exclude_credentials: here
                .map(|passkey| Descriptor {
                    r#type: PUBLIC_KEY,
                    id: passkey.credential_id.clone(),
                    transports: passkey.transports.clone(),
                })
                .collect(),
            authenticator_selection: Selection {
                resident_key: "required",
                require_resident_key: true,
                user_verification: "required",
            },
            attestation: "none",
        }
    }
}

impl RequestOptions {
    /// For any passkey of the host `rp_id`.
    #[must_use]
    pub fn new(challenge: String, rp_id: &str) -> Self {
        Self {
            challenge,
            rp_id: rp_id.to_owned(),
            timeout: TIMEOUT,
            allow_credentials: Vec::new(),
            user_verification: "required",
        }
    }
}
