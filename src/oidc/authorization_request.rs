//! An authorization request (OpenID Connect Core §3.1.2.1), in two stages: the parameters
//! as received, and the valid request once every check has passed. The checks are a table
//! in `authorization_request/checks.rs`; `destination` proves the redirect URI first.

mod checks;
pub mod claims_parameter;
mod destination;
pub mod prefill;
mod requester;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Error;
use super::authorization_details::AuthorizationDetail;
use super::client::{Client, ClientId};
use super::id_token_hint::IdTokenHint;
use super::prompt::Prompt;
use super::response_mode::ResponseMode;
use super::response_type::ResponseType;
use super::rule::{Rule, Under as _};
use super::scope::Scope;
pub use checks::CHECKS;
pub use claims_parameter::{ClaimRequest, ClaimsRequest};
pub use requester::{Channel, Requester};

/// Every parameter that this provider reads: of a pushed request, only these are kept.
const KNOWN: [&str; 23] = [
    "acr_values",
    "authorization_details",
    "claims",
    "claims_locales",
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "display",
    "id_token_hint",
    "login_hint",
    "max_age",
    "nonce",
    prefill::PARAMETER,
    "prompt",
    "redirect_uri",
    "registration",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
    "ui_locales",
];

/// The parameters as received. No name occurs twice (RFC 6749 §3.1) and no value is empty,
/// because a parameter without a value counts as omitted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawAuthorizationRequest(pub BTreeMap<String, String>);

impl RawAuthorizationRequest {
    /// Returns the value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        debug_assert!(KNOWN.contains(&name), "{name} is read, but not in KNOWN");
        self.0.get(name).map(String::as_str)
    }

    /// Returns the parameters that have a meaning here. RFC 6749 §3.1: others are ignored,
    /// so there is no need to keep them.
    #[must_use]
    pub fn known(mut self) -> Self {
        self.0.retain(|name, _| KNOWN.contains(&name.as_str()));
        self
    }
}

/// A valid authorization request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuthorizationRequest {
    /// The client that sent the request.
    pub client_id: ClientId,
    /// Where the response is sent: a registered redirect URI of the client.
    pub redirect_uri: String,
    /// Whether the request contained `redirect_uri`. If it did, the token request must
    /// repeat it.
    pub redirect_uri_given: bool,
    /// What the authorization endpoint returns. A device's request has no such parameter;
    /// it is stored as `code`.
    #[serde(default)]
    pub response_type: ResponseType,
    /// How the response is delivered.
    pub response_mode: ResponseMode,
    /// The requested scope, limited to the scope registered for the client. OpenID Connect
    /// applies only if it contains `openid`.
    pub scope: Scope,
    /// Returned to the client unchanged.
    pub state: Option<String>,
    /// Returned to the client in the ID token.
    pub nonce: Option<String>,
    /// S256 code challenge (RFC 7636 §4.3).
    pub code_challenge: Option<String>,
    /// Which prompts the client requires for the user.
    pub prompt: Vec<Prompt>,
    /// Maximum age of the user's authentication, in seconds.
    pub max_age: Option<u64>,
    /// The login ID that the client expects. It fills in the login form and proves nothing.
    pub login_hint: Option<String>,
    /// The `sub` of the `id_token_hint`, if we issued that token.
    pub hinted_subject: Option<String>,
    /// The languages the client prefers, space-separated.
    pub ui_locales: Option<String>,
    /// The `claims` parameter.
    pub claims: ClaimsRequest,
    /// Requested authentication contexts, in order of preference.
    pub acr_values: Vec<String>,
    /// The dealer links requested (RFC 9396).
    pub authorization_details: Vec<AuthorizationDetail>,
    /// Standard claims that the client pushed (PAR) to fill in a registration form.
    pub prefill: BTreeMap<String, serde_json::Value>,
    /// Who sent the request and receives the response. For a device, `redirect_uri` is
    /// empty.
    #[serde(flatten)]
    pub requester: Requester,
}

impl AuthorizationRequest {
    /// Whether the request contains `prompt`.
    #[must_use]
    pub fn prompts(&self, prompt: Prompt) -> bool {
        self.prompt.contains(&prompt)
    }

    /// Returns the codes of the dealers that the request names.
    pub fn dealers_asked(&self) -> impl Iterator<Item = &str> {
        self.authorization_details
            .iter()
            .filter_map(|detail| match detail {
                AuthorizationDetail::DealerLink { identifier, .. } => identifier.as_deref(),
                AuthorizationDetail::NotUnderstood(_) => None,
            })
    }

    /// Whether the user with this `sub` satisfies the request: it may name a user by a
    /// genuine `id_token_hint` and by `claims` (OpenID Connect Core §5.5.1).
    #[must_use]
    pub fn expects(&self, subject: &str) -> bool {
        self.hinted_subject.as_deref().is_none_or(|s| s == subject) && self.claims.expects(subject)
    }
}

/// What the checks need besides the parameters and the client.
#[derive(Clone, Copy)]
pub struct RequestContext<'a> {
    /// How the request arrived.
    pub channel: Channel,
    /// Result of verifying the `id_token_hint`.
    pub id_token_hint: &'a HintedBy,
    /// Whether there is a dealer with this code that can be linked.
    pub dealer_exists: &'a dyn Fn(&str) -> bool,
}

/// Result of verifying the signature of an `id_token_hint`, which is done elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HintedBy {
    /// The request has no `id_token_hint`.
    Nothing,
    /// We issued the token.
    Genuine(IdTokenHint),
    /// We did not issue the token.
    Forgery,
}

/// One check of a request. It reads the parameters named in its rule and sets the matching
/// fields of the [`AuthorizationRequest`].
#[derive(Clone, Copy)]
pub struct Check {
    /// The rule that it enforces, in the terms of the specification.
    pub rule: Rule,
    run: Run,
}

type Run = fn(&Asked<'_>, &mut AuthorizationRequest) -> Result<(), Error>;

/// The input of a check.
#[derive(Clone, Copy)]
struct Asked<'a> {
    raw: &'a RawAuthorizationRequest,
    client: &'a Client,
    context: RequestContext<'a>,
}

/// Builds a valid request from the parameters by running every check of [`CHECKS`].
///
/// # Errors
/// The error of the first check that fails: `Refused::Show` until the redirect URI is
/// proven and for a device's request, `Refused::Redirect` otherwise.
pub fn check(
    raw: &RawAuthorizationRequest,
    client: &Client,
    context: RequestContext<'_>,
) -> Result<AuthorizationRequest, Refused> {
    let asked = Asked {
        raw,
        client,
        context,
    };
    let mut request = match context.channel {
        Channel::Device => destination::of_device(raw, client),
        Channel::Browser | Channel::Pushed => destination::of(raw, client),
    }
    .map_err(Refused::Show)?;
    for check in CHECKS {
        let checked = (check.run)(&asked, &mut request).under(&check.rule);
        checked.map_err(|error| match context.channel {
            Channel::Device => Refused::Show(error),
            Channel::Browser | Channel::Pushed => refused(&request, error),
        })?;
    }
    Ok(request)
}

/// Refuses a request because of an `error` found before the checks, for example a repeated
/// parameter. Redirects if the remaining parameters prove the redirect URI, and otherwise
/// shows a page.
#[must_use]
pub fn refuse(raw: &RawAuthorizationRequest, client: &Client, error: Error) -> Refused {
    match destination::of(raw, client) {
        Ok(request) => refused(&request, error),
        Err(_) => Refused::Show(error),
    }
}

/// Refuses a valid request later on, because the user declined or the server failed.
#[must_use]
pub fn refused(request: &AuthorizationRequest, error: Error) -> Refused {
    Refused::Redirect(Box::new(RefusedRedirect {
        redirect_uri: request.redirect_uri.clone(),
        response_mode: request.response_mode,
        state: request.state.clone(),
        error,
    }))
}

/// A refused request, and how the error is delivered. This type ensures that we never
/// redirect to an unproven URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Shown to the user as a page: the client or the redirect URI is not proven.
    Show(Error),
    /// Sent to a registered redirect URI of the client.
    Redirect(Box<RefusedRedirect>),
}

/// An error response for a proven redirect URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedRedirect {
    /// A registered redirect URI of the client.
    pub redirect_uri: String,
    /// How the response is delivered.
    pub response_mode: ResponseMode,
    /// Returned to the client unchanged.
    pub state: Option<String>,
    /// The error.
    pub error: Error,
}

impl Refused {
    /// Returns the error for a response that is neither a page nor a redirect (RFC 9126
    /// §2.3).
    #[must_use]
    pub fn into_error(self) -> Error {
        match self {
            Self::Show(error) => error,
            Self::Redirect(refused) => refused.error,
        }
    }
}

#[cfg(test)]
mod tests;
