//! An authorization request (OpenID Connect Core §3.1.2.1), in two stages: the
//! parameters as they came, and what is left once every check has passed. The
//! checks themselves are a table in `authorization_request/checks.rs`.

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
    /// What the authorization endpoint gives; a device's request has none.
    #[serde(default)]
    pub response_type: ResponseType,
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
    /// Who sent it, and gets the answer. If that is a device, `redirect_uri` is empty.
    #[serde(flatten)]
    pub requester: Requester,
}

impl AuthorizationRequest {
    /// Whether the client asks for `prompt`.
    #[must_use]
    pub fn prompts(&self, prompt: Prompt) -> bool {
        self.prompt.contains(&prompt)
    }

    /// The dealers it names.
    pub fn dealers_asked(&self) -> impl Iterator<Item = &str> {
        self.authorization_details
            .iter()
            .filter_map(|detail| match detail {
                AuthorizationDetail::DealerLink { identifier, .. } => identifier.as_deref(),
                AuthorizationDetail::NotUnderstood(_) => None,
            })
    }

    /// Whether a person whose `sub` is this may be the answer: the one named by
    /// a genuine `id_token_hint`, and by `claims` (OpenID Connect Core §5.5.1).
    #[must_use]
    pub fn expects(&self, subject: &str) -> bool {
        self.hinted_subject.as_deref().is_none_or(|s| s == subject) && self.claims.expects(subject)
    }
}

/// What a request is checked against, besides itself and its client.
#[derive(Clone, Copy)]
pub struct RequestContext<'a> {
    /// The way it came.
    pub channel: Channel,
    /// What became of its `id_token_hint`.
    pub id_token_hint: &'a HintedBy,
    /// Whether a dealer of this code can be linked.
    pub dealer_exists: &'a dyn Fn(&str) -> bool,
}

/// What became of an `id_token_hint`, whose signature is verified elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HintedBy {
    /// There was none.
    Nothing,
    /// We issued it.
    Genuine(IdTokenHint),
    /// We did not.
    Forgery,
}

/// One check of a request: it reads the parameters it is named for, and fills
/// in what they lawfully ask.
#[derive(Clone, Copy)]
pub struct Check {
    /// The rule it looks after, named in the specification's words.
    pub rule: Rule,
    run: Run,
}

type Run = fn(&Asked<'_>, &mut AuthorizationRequest) -> Result<(), Error>;

/// What a check reads.
#[derive(Clone, Copy)]
struct Asked<'a> {
    raw: &'a RawAuthorizationRequest,
    client: &'a Client,
    context: RequestContext<'a>,
}

/// Makes a lawful request of the parameters, by every check of [`CHECKS`].
///
/// # Errors
/// The first check that fails; as a redirect once the redirect URI is proven.
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

/// Refuses a request for an `error` found before it could be checked (a
/// repeated parameter, say): as a redirect if what is intact proves the
/// redirect URI, else as a page.
#[must_use]
pub fn refuse(raw: &RawAuthorizationRequest, client: &Client, error: Error) -> Refused {
    match destination::of(raw, client) {
        Ok(request) => refused(&request, error),
        Err(_) => Refused::Show(error),
    }
}

/// Refuses a lawful request at a later time: the person said no, or the server failed.
#[must_use]
pub fn refused(request: &AuthorizationRequest, error: Error) -> Refused {
    Refused::Redirect(Box::new(RefusedRedirect {
        redirect_uri: request.redirect_uri.clone(),
        response_mode: request.response_mode,
        state: request.state.clone(),
        error,
    }))
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

impl Refused {
    /// What was wrong, for an answer that is neither page nor redirect (RFC 9126 §2.3).
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
