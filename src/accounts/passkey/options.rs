//! The options that a page passes to the browser, in the JSON form of §5.1.8 and §5.1.9.

use serde::Serialize;

use super::Passkey;
use super::public_key::ALGORITHMS;

/// How long the browser waits for the user, in milliseconds: five minutes, as §15.1
/// recommends with user verification.
const TIMEOUT: u32 = 300_000;

/// The only type of credential.
const PUBLIC_KEY: &str = "public-key";

/// The options for creating a passkey.
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

/// The options for using a passkey. They name no account, so that a visitor does not learn
/// who has an account.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestOptions {
    challenge: String,
    rp_id: String,
    timeout: u32,
    allow_credentials: Vec<Descriptor>,
    user_verification: &'static str,
}

/// The relying party of a new passkey (Web Authentication §5.4.2).
#[derive(Clone, Debug, Serialize)]
pub struct RelyingParty {
    /// The host of the brand.
    pub id: String,
    /// The name that the authenticator shows.
    pub name: String,
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

/// The passkey must be found without a login ID (`residentKey`) and must verify its user
/// (`userVerification`), because it replaces the password and the second factor.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Selection {
    resident_key: &'static str,
    require_resident_key: bool,
    user_verification: &'static str,
}

/// The user for whom a passkey is created.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// The user handle, by which authenticators know the account.
    pub user_handle: &'a str,
    /// The login ID, which only the user's own device shows.
    pub login_id: &'a str,
    /// The existing passkeys; an authenticator that has one creates no second.
    pub has: &'a [Passkey],
}

impl CreationOptions {
    /// Returns the options for a new passkey of `holder` at `rp`.
    #[must_use]
    pub fn new(challenge: String, rp: RelyingParty, holder: &Holder<'_>) -> Self {
        let exclude_credentials = holder
            .has
            .iter()
            .filter(|passkey| passkey.rp_id == rp.id)
            .map(|passkey| Descriptor {
                r#type: PUBLIC_KEY,
                id: passkey.credential_id.clone(),
                transports: passkey.transports.clone(),
            })
            .collect();
        Self {
            rp,
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
            exclude_credentials,
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
    /// Returns the options for using any passkey of the host `rp_id`.
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
