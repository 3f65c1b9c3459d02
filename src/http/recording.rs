//! Passes the requests of relying parties and their responses to the debugger: a layer
//! around the router that exists only while the debugger is on. The outcome of a request is
//! read from the response extensions, where the deciding code left it; parameters are
//! blanked before they are kept.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, FromRequestParts as _, MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, LOCATION};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::client_address::ClientAddress;
use super::client_authentication::claimed;
use super::kept;
use super::parameters::{is_form, unreadable};
use super::refusal::Refusal;
use super::request_brand::host_of;
use crate::app::{App, SharedApp};
use crate::debugger::{Heard, shown};
use crate::oidc::ErrorCode;
use crate::oidc::advice::{self, Advice};
use crate::oidc::client::{Client, ClientId};
use crate::oidc::parameters::{self, Parameters};
use crate::oidc::rulebook::{Endpoint, Outcome, Proof, judged, rules};

/// A response extension: the client and the redirect URI that an authorization response
/// went to.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The client.
    pub client_id: ClientId,
    /// Its redirect URI.
    pub redirect_uri: String,
}

/// Adds the extension, if the debugger is on.
pub fn note_answer(app: &App, response: &mut Response, client_id: &ClientId, redirect_uri: &str) {
    if app.debugger.is_some() {
        response.extensions_mut().insert(Answered {
            client_id: client_id.clone(),
            redirect_uri: redirect_uri.to_owned(),
        });
    }
}

/// Runs the request, and passes it to the debugger.
pub async fn record(State(app): State<SharedApp>, request: Request, next: Next) -> Response {
    let Some(debugger) = &app.debugger else {
        return next.run(request).await;
    };
    let asked = Asked::of(&app, &request);
    let Some(asked) = asked else {
        return next.run(request).await;
    };
    let (mut parts, body) = request.into_parts();
    let Ok(address) = ClientAddress::from_request_parts(&mut parts, &app).await;
    let request = Request::from_parts(parts, body);
    let (response, parameters) = match asked.endpoint {
        Some(_) => read_and_run(&asked, request, next).await,
        // A form of a person: what they typed is not shown to developers.
        None => (next.run(request).await, Parameters::new()),
    };
    if let Some(heard) = heard(&app, asked, parameters, Told::of(&response)).await
        && may_keep(&app, address, &heard).await
    {
        debugger.keep(heard);
    }
    response
}

/// Whether there is room for the request. What a client sent that did not authenticate
/// counts like everything else that strangers have kept.
async fn may_keep(app: &App, address: ClientAddress, heard: &Heard) -> bool {
    let is_proven = is_authenticated(heard.endpoint)
        && heard
            .client_authentication
            .is_some_and(|method| method != "none")
        && heard.status != StatusCode::UNAUTHORIZED.as_u16();
    let kib = kept::kib(serde_json::to_vec(heard).map_or(0, |json| json.len()));
    // The debugger is no reason for a request to fail.
    is_proven || kept::may_keep(app, address, kib).await.unwrap_or(false)
}

/// What is known of a request before it is answered.
struct Asked {
    endpoint: Option<Endpoint>,
    issuer: String,
    brand: String,
    method: Method,
    path: String,
    query: String,
    headers: HeaderMap,
}

impl Asked {
    fn of(app: &App, request: &Request) -> Option<Self> {
        let (uri, headers) = (request.uri(), request.headers());
        let brand = app.brands.by_host(host_of(uri, headers)?)?;
        let route = request.extensions().get::<MatchedPath>()?;
        Some(Self {
            endpoint: endpoint(route.as_str(), request.method()),
            issuer: brand.issuer.clone(),
            brand: brand.name.clone(),
            method: request.method().clone(),
            path: uri.path().to_owned(),
            query: uri.query().unwrap_or_default().to_owned(),
            headers: headers.clone(),
        })
    }
}

/// The endpoint of a route. A form to `/authorize` or `/logout` only redirects to the same
/// endpoint by `GET`, so it is not recorded.
fn endpoint(route: &str, method: &Method) -> Option<Endpoint> {
    Some(match (method.as_str(), route) {
        ("GET", "/authorize") => Endpoint::Authorization,
        ("POST", "/par") => Endpoint::PushedAuthorizationRequest,
        ("POST", "/token") => Endpoint::Token,
        ("GET" | "POST", "/userinfo") => Endpoint::UserInfo,
        ("POST", "/introspect") => Endpoint::Introspection,
        ("POST", "/revoke") => Endpoint::Revocation,
        ("POST", "/device_authorization") => Endpoint::DeviceAuthorization,
        ("GET", "/logout") => Endpoint::EndSession,
        ("POST", "/register") => Endpoint::Registration,
        ("GET" | "PUT" | "DELETE", "/register/{client_id}") => Endpoint::ClientConfiguration,
        _ => return None,
    })
}

/// Runs the request; returns the response and the parameters that were sent.
async fn read_and_run(asked: &Asked, request: Request, next: Next) -> (Response, Parameters) {
    if !matches!(asked.method, Method::POST | Method::PUT) {
        let parameters = read(asked.query.as_bytes());
        return (next.run(request).await, parameters);
    }
    let (parts, body) = request.into_parts();
    let whole = Request::from_parts(parts.clone(), body);
    let body = match Bytes::from_request(whole, &()).await {
        Ok(body) => body,
        Err(rejection) => return (unreadable(rejection).into_response(), Parameters::new()),
    };
    let parameters = if is_form(&parts.headers) {
        read(&body)
    } else {
        members(&body)
    };
    let request = Request::from_parts(parts, Body::from(body));
    (next.run(request).await, parameters)
}

/// The well-formed parameters, whatever is wrong with others.
fn read(encoded: &[u8]) -> Parameters {
    parameters::parse(encoded).unwrap_or_else(|malformed| malformed.intact)
}

/// The members of an object, as text.
fn members(json: &[u8]) -> Parameters {
    let members: Map<String, Value> = serde_json::from_slice(json).unwrap_or_default();
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let members = members.into_iter();
    members.map(|(name, value)| (name, text(value))).collect()
}

/// The outcome that a response tells.
struct Told {
    status: StatusCode,
    location: Option<String>,
    refusal: Option<Refusal>,
    answered: Option<Answered>,
}

impl Told {
    fn of(response: &Response) -> Self {
        let answered = response.extensions().get::<Answered>().cloned();
        let location = match (response.headers().get(LOCATION), &answered) {
            (Some(location), _) => location.to_str().ok().map(shown::location),
            (None, Some(answered)) => Some(format!("{} (form_post)", answered.redirect_uri)),
            (None, None) => None,
        };
        Self {
            status: response.status(),
            location,
            refusal: response.extensions().get::<Refusal>().cloned(),
            answered,
        }
    }

    fn outcome(&self, endpoint: Endpoint) -> Outcome {
        match &self.refusal {
            Some(Refusal {
                rule: Some(rule), ..
            }) => Outcome::Broke(rule),
            Some(_) => Outcome::Failed,
            None if self.status.as_u16() >= 400 => Outcome::Failed,
            None if endpoint == Endpoint::Authorization && self.answered.is_none() => {
                Outcome::Begun
            }
            None => Outcome::Answered,
        }
    }
}

async fn heard(app: &App, asked: Asked, parameters: Parameters, told: Told) -> Option<Heard> {
    let endpoint = match (asked.endpoint, &told.answered) {
        (Some(endpoint), _) => endpoint,
        (None, Some(_)) => Endpoint::AuthorizationResponse,
        (None, None) => return None,
    };
    let credentials = if is_authenticated(endpoint) {
        claimed(&asked.headers, &parameters)
    } else {
        None
    };
    let named = match (&told.answered, &credentials) {
        (Some(answered), _) => Some(answered.client_id.clone()),
        (None, Some(claimed)) => Some(claimed.client_id.clone()),
        (None, None) => named(endpoint, &asked, &parameters),
    };
    let client = match named {
        Some(id) => app.clients.get(&app.store, &id).await.ok().flatten(),
        None => None,
    };
    let client = client.filter(|stored| stored.client.brands.contains(&asked.brand));
    let client = client.as_ref().map(|stored| &stored.client);
    let proof = credentials.as_ref().map(|claimed| claimed.proof);
    let rules = rules(endpoint, &parameters, proof.unwrap_or(Proof::Nothing));
    let rules = judged(&rules, told.outcome(endpoint));
    let (error, description, request_id) = match told.refusal {
        // Failures of this provider are told to the operator only.
        Some(refusal) if refusal.ours => (Some(refusal.code), None, refusal.request_id),
        Some(refusal) => (
            Some(refusal.code),
            Some(refusal.description),
            refusal.request_id,
        ),
        None => (None, None, None),
    };
    Some(Heard {
        at: app.clock.now(),
        endpoint,
        method: asked.method.to_string(),
        client_id: client.map(|client| client.client_id.clone()),
        client_authentication: credentials.map(|claimed| claimed.method),
        status: told.status.as_u16(),
        location: told.location,
        error,
        error_description: description.filter(|text| !text.is_empty()),
        error_uri: error.and_then(|code| Some(code.parse::<ErrorCode>().ok()?.uri(&asked.issuer))),
        rules,
        advice: advice_on(endpoint, &parameters, client),
        parameters: shown::parameters(&parameters, client),
        trace_id: trace_id(&asked.headers),
        request_id,
        issuer: asked.issuer,
    })
}

const fn is_authenticated(endpoint: Endpoint) -> bool {
    matches!(
        endpoint,
        Endpoint::PushedAuthorizationRequest
            | Endpoint::Token
            | Endpoint::Introspection
            | Endpoint::Revocation
            | Endpoint::DeviceAuthorization
    )
}

/// The client that a request or its token names. It only files the record, so nothing is
/// verified.
fn named(endpoint: Endpoint, asked: &Asked, parameters: &Parameters) -> Option<ClientId> {
    let parameter = |name: &str| parameters.get(name).cloned();
    let id = match endpoint {
        Endpoint::UserInfo => {
            let header = asked.headers.get(AUTHORIZATION);
            let header = header.and_then(|value| value.to_str().ok()?.split_once(' '));
            let token = header.map(|(_, token)| token.to_owned());
            text_in(&token.or_else(|| parameter("access_token"))?, "client_id")
        }
        Endpoint::EndSession => {
            parameter("client_id").or_else(|| text_in(&parameter("id_token_hint")?, "aud"))
        }
        Endpoint::ClientConfiguration => asked.path.rsplit('/').next().map(str::to_owned),
        Endpoint::Registration => None,
        _ => parameter("client_id"),
    };
    id.map(ClientId)
}

/// A claim of a JWT.
fn text_in(token: &str, claim: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Map<String, Value> = serde_json::from_slice(&claims).ok()?;
    Some(claims.get(claim)?.as_str()?.to_owned())
}

fn advice_on(endpoint: Endpoint, parameters: &Parameters, client: Option<&Client>) -> Vec<Advice> {
    match endpoint {
        Endpoint::Authorization => advice::on_authorization_request(parameters, client),
        Endpoint::PushedAuthorizationRequest => {
            let mut all = advice::on_client_authentication(parameters);
            all.extend(advice::on_authorization_request(parameters, client));
            all
        }
        _ if is_authenticated(endpoint) => advice::on_client_authentication(parameters),
        _ => Vec::new(),
    }
}

/// W3C Trace Context §3.2: `version-trace-parent-flags`.
fn trace_id(headers: &HeaderMap) -> Option<String> {
    let traceparent = headers.get("traceparent")?.to_str().ok()?;
    let id = traceparent.split('-').nth(1)?;
    let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_known_by_its_id() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (header, expected) in [
            (format!("00-{id}-00f067aa0ba902b7-01"), Some(id.to_owned())),
            ("00-<script>-1-01".to_owned(), None),
            (id.to_owned(), None),
        ] {
            let headers =
                HeaderMap::from_iter([("traceparent".parse().unwrap(), header.parse().unwrap())]);
            assert_eq!(trace_id(&headers), expected);
        }
    }
}
