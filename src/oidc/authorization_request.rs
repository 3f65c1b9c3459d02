//! An authorization request (OpenID Connect Core §3.1.2.1), in two stages: the
//! parameters as they came, and what is left once every check has passed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Error;
use super::authorization_details::AuthorizationDetail;
use super::client::ClientId;
use super::prompt::Prompt;
use super::response_mode::ResponseMode;
use super::scope::Scope;

/// The parameters as they came: no name twice (RFC 6749 §3.1), none empty
/// (a parameter without a value counts as omitted).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawAuthorizationRequest(pub BTreeMap<String, String>);

impl RawAuthorizationRequest {
    /// A parameter's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// A lawful authorization request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// Who asks.
    pub client_id: ClientId,
    /// Where the answer goes: one of the client's own.
    pub redirect_uri: String,
    /// Whether `redirect_uri` stood in the request: then the token request must repeat it.
    pub redirect_uri_given: bool,
    /// How the answer travels.
    pub response_mode: ResponseMode,
    /// What it may see, within what the client may ask; holds `openid` or nothing of OpenID Connect applies.
    pub scope: Scope,
    /// Echoed to the client.
    pub state: Option<String>,
    /// Echoed in the ID token.
    pub nonce: Option<String>,
    /// S256 code challenge (RFC 7636 §4.3).
    pub code_challenge: Option<String>,
    /// What the person is to be asked.
    pub prompt: Vec<Prompt>,
    /// The oldest acceptable authentication, in seconds.
    pub max_age: Option<u64>,
    /// Whom the client expects; prefilled, never trusted.
    pub login_hint: Option<String>,
    /// The `sub` of a genuine `id_token_hint`.
    pub hinted_subject: Option<String>,
    /// The languages the client prefers, space-separated.
    pub ui_locales: Option<String>,
    /// The `claims` parameter.
    pub claims: ClaimsRequest,
    /// Preferred authentication contexts, best first.
    pub acr_values: Vec<String>,
    /// Dealer links asked for.
    pub authorization_details: Vec<AuthorizationDetail>,
    /// Standard claims pushed as suggestions for a registration (only by PAR).
    pub prefill: BTreeMap<String, serde_json::Value>,
}

impl AuthorizationRequest {
    /// Whether the client asks for `prompt`.
    #[must_use]
    pub fn prompts(&self, prompt: Prompt) -> bool {
        self.prompt.contains(&prompt)
    }
}

/// The `claims` parameter (OpenID Connect Core §5.5).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimsRequest {
    /// Claims wanted from the UserInfo endpoint.
    #[serde(default)]
    pub userinfo: BTreeMap<String, Option<ClaimRequest>>,
    /// Claims wanted in the ID token.
    #[serde(default)]
    pub id_token: BTreeMap<String, Option<ClaimRequest>>,
}

/// What is said of one claim wanted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClaimRequest {
    /// Whether the client needs it for its task.
    #[serde(default)]
    pub essential: bool,
    /// The only value wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<serde_json::Value>,
    /// The values wanted, best first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<serde_json::Value>>,
}

/// Why a request was refused, and how the client may hear of it. That an
/// unproven URI is never redirected to is this type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Shown to the person as a page: client or redirect URI are not proven.
    Show(Error),
    /// Sent to the client's own redirect URI.
    Redirect(Box<RefusedRedirect>),
}

/// An error on its way to a proven redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRedirect {
    /// One of the client's own.
    pub redirect_uri: String,
    /// How it travels.
    pub response_mode: ResponseMode,
    /// Echoed to the client.
    pub state: Option<String>,
    /// What was wrong.
    pub error: Error,
}
