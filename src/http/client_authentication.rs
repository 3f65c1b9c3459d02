//! Client authentication (OpenID Connect Core §9, RFC 6749 §2.3) as an extractor: the
//! endpoints that clients call take an [`AuthenticatedRequest`]. A client uses the one
//! method it registered; an unknown client and a wrong proof get the same answer. What the
//! client may do is decided by the endpoints.

mod assertion;
mod credentials;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};

use self::credentials::{Credentials, Proof};
use super::parameters::FormBody;
use super::refusal::ProtocolRefusal;
use super::request_brand::RequestBrand;
use crate::app::{App, SharedApp};
use crate::brand::Brand;
use crate::clients::secret;
use crate::oidc::client::{Client, TokenEndpointAuthMethod};
use crate::oidc::rule::{self, Breaks as _, Rule, Under as _};
use crate::oidc::{Error, ErrorCode};
use crate::security_events::{self, Event, EventKind, Reason};
use crate::store::clients::StoredClient;

pub use self::credentials::{BasicCredentials, claimed, http_basic};

/// A client that authenticated by the method it registered: only this module makes one.
/// A public client (method `none`) is only identified by its `client_id`.
#[derive(Clone, Debug)]
pub struct AuthenticatedClient {
    stored: Arc<StoredClient>,
    method: TokenEndpointAuthMethod,
}

impl AuthenticatedClient {
    /// The method by which it authenticated.
    #[must_use]
    pub const fn method(&self) -> TokenEndpointAuthMethod {
        self.method
    }

    /// Whether it proved itself, so that nobody else can have sent the request.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.method != TokenEndpointAuthMethod::None
    }
}

impl Deref for AuthenticatedClient {
    type Target = Client;
    fn deref(&self) -> &Client {
        &self.stored.client
    }
}

/// A form that an authenticated client sent.
pub struct AuthenticatedRequest {
    /// The brand whose endpoint was called.
    pub brand: RequestBrand,
    /// The client.
    pub client: AuthenticatedClient,
    /// The parameters of the form, without the client's credentials.
    pub parameters: BTreeMap<String, String>,
}

impl FromRequest<SharedApp> for AuthenticatedRequest {
    type Rejection = Response;

    async fn from_request(request: Request, app: &SharedApp) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let brand = RequestBrand::from_request_parts(&mut parts, app)
            .await
            .map_err(|unknown| unknown.into_response())?;
        let (headers, endpoint) = (parts.headers.clone(), parts.uri.path().to_owned());
        let request = Request::from_parts(parts, body);
        Self::read(app, (brand, &endpoint), &headers, request)
            .await
            .map_err(ProtocolRefusal::into_response)
    }
}

impl AuthenticatedRequest {
    async fn read(
        app: &App,
        (brand, endpoint): (RequestBrand, &str),
        headers: &HeaderMap,
        request: Request,
    ) -> Result<Self, ProtocolRefusal> {
        let FormBody(mut parameters) = FormBody::from_request(request, &()).await?;
        // A client certificate (RFC 8705) is to be read here, beside the other credentials:
        // from the request's extensions, where our own TLS acceptor leaves it, or from the
        // header `Client-Cert` of a trusted proxy (RFC 9440). `AuthenticatedClient` then
        // holds it also for a client that authenticates otherwise, since tokens may be bound to it.
        let credentials = Credentials::read(headers, &parameters).under(rule::CREDENTIALS)?;
        let client = authenticate(app, (&brand, endpoint), credentials).await?;
        credentials::strip(&mut parameters);
        Ok(Self {
            brand,
            client,
            parameters,
        })
    }
}

/// Authenticates the client, and notes that it is in use.
///
/// # Errors
/// `invalid_client` if it did not prove itself; a fault if it cannot be read.
async fn authenticate(
    app: &App,
    place: (&Brand, &str),
    credentials: Credentials,
) -> Result<AuthenticatedClient, ProtocolRefusal> {
    let challenge = matches!(credentials.proof, Proof::Basic(_));
    let outcome = prove(app, place, credentials).await?;
    if let Ok(client) = &outcome {
        security_events::act_for(&client.client_id.0);
        if client.is_proven() {
            let event = Event::new(EventKind::ClientAuthenticated);
            security_events::note(event.with("method", client.method));
        }
        let now = app.clock.now();
        app.clients
            .note_use(&app.store, &client.stored, now)
            .await?;
    }
    outcome.map_err(|error| {
        // RFC 6749 §5.2: a client that tried by the Authorization header is challenged.
        if challenge {
            ProtocolRefusal::Challenge(error)
        } else {
            ProtocolRefusal::Client(error)
        }
    })
}

/// The client that the credentials prove; otherwise the `invalid_client` it is told.
async fn prove(
    app: &App,
    (brand, endpoint): (&Brand, &str),
    credentials: Credentials,
) -> Result<Result<AuthenticatedClient, Error>, ProtocolRefusal> {
    let Some(stored) = app.clients.get(&app.store, &credentials.client_id).await? else {
        // What the caller sent as its name is recorded nowhere.
        let kind = EventKind::ClientAuthenticated;
        security_events::note(Event::failed(kind, Reason::UnknownClient));
        return Ok(Err(unproven(rule::CLIENT)));
    };
    let client_id = stored.client.client_id.clone();
    let proven = prove_registered(app, (brand, endpoint), stored, credentials).await?;
    if proven.is_err() {
        let event = Event::failed(EventKind::ClientAuthenticated, Reason::InvalidClient);
        security_events::note(event.client(&client_id.0));
    }
    Ok(proven)
}

async fn prove_registered(
    app: &App,
    (brand, endpoint): (&Brand, &str),
    stored: Arc<StoredClient>,
    credentials: Credentials,
) -> Result<Result<AuthenticatedClient, Error>, ProtocolRefusal> {
    if !stored.client.brands.contains(&brand.name) {
        return Ok(Err(unproven(rule::CLIENT)));
    }
    let method = stored.client.token_endpoint_auth_method;
    if !credentials.proof.is_by(method) {
        return Ok(Err(unproven(rule::AUTH_METHOD)));
    }
    let proven = match &credentials.proof {
        Proof::Basic(given) | Proof::Post(given) if secret::is_secret_of(&stored, given) => Ok(()),
        Proof::Basic(_) | Proof::Post(_) => Err(unproven(rule::SECRET)),
        Proof::Assertion(assertion) => {
            assertion::prove(app, (brand, endpoint), &stored, assertion).await?
        }
        Proof::Nothing => Ok(()),
    };
    Ok(proven.map(|()| AuthenticatedClient { stored, method }))
}

/// The one error for a client that is unknown or not proven: only the debugger tells by
/// which rule.
fn unproven(rule: &'static Rule) -> Error {
    let error = "the client is unknown to this issuer or did not authenticate as registered";
    Error::new(ErrorCode::InvalidClient, error).breaks(rule)
}
