//! The authorization endpoint (OpenID Connect Core §3.1.2): checks the request, and
//! redirects the browser to the first step that is owed, or back to the client at once.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use url::form_urlencoded;

use super::pushed_authorization_request;
use crate::app::{App, SharedApp};
use crate::http::parameters::FormBody;
use crate::http::refusal::{PageRefusal, ProtocolRefusal};
use crate::http::request_brand::RequestBrand;
use crate::interaction::answer;
use crate::interaction::arrival::{Arrival, Visitor, locale_of};
use crate::interaction::lawful_request::lawful_request;
use crate::interaction::request_object;
use crate::interaction::sign_on::set_out;
use crate::locale::Locale;
use crate::oidc::authorization_request::{
    Channel, RawAuthorizationRequest, Refused, Requester, refuse,
};
use crate::oidc::client::{Client, ClientId};
use crate::oidc::request_object::only_one;
use crate::oidc::rule::{self, Breaks as _, Under as _};
use crate::oidc::{Error, ErrorCode, parameters};
use crate::store::clients::StoredClient;

/// `GET /authorize`
///
/// # Errors
/// An error page if the client or its redirect URI is not proven.
pub async fn get(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    visitor: Visitor,
    uri: Uri,
    headers: axum::http::HeaderMap,
) -> Result<Response, PageRefusal> {
    let locale = || locale_of(&brand, &headers, None, None);
    let raw = match parameters::parse(uri.query().unwrap_or_default().as_bytes()) {
        Ok(parameters) => RawAuthorizationRequest(parameters),
        Err(malformed) => {
            let intact = RawAuthorizationRequest(malformed.intact);
            let client = client_of(&app, &brand, &intact).await?;
            let error = malformed.error.breaks(rule::PARAMETERS);
            let refused = refuse(&intact, &client.client, error);
            return turn_down(&app, &brand, locale(), refused);
        }
    };
    let client = client_of(&app, &brand, &raw).await?;
    let pushed_as = raw
        .get("request_uri")
        .and_then(pushed_authorization_request::reference_of)
        .map(str::to_owned);
    let whole = match &pushed_as {
        Some(reference) => pushed(&app, &brand, &client.client, (&raw, reference)).await?,
        None => request_object::unfold(&app, &brand, &client.client, &raw, Channel::Browser).await,
    };
    let raw = match whole {
        Ok(whole) => whole,
        // The parameters beside the object may still prove where the error can be sent.
        Err(error) => {
            let refused = refuse(&raw, &client.client, error);
            return turn_down(&app, &brand, locale(), refused);
        }
    };
    let requester = Requester::Browser { pushed_as };
    match lawful_request(&app, &brand, &client.client, &raw, requester) {
        Ok(request) => {
            let arrival = Arrival {
                client,
                request,
                raw,
            };
            set_out(visitor, arrival).await
        }
        Err(refused) => turn_down(&app, &brand, locale(), refused),
    }
}

/// Answers a request that only names a pushed request.
async fn pushed(
    app: &App,
    brand: &RequestBrand,
    client: &Client,
    (raw, reference): (&RawAuthorizationRequest, &str),
) -> Result<Result<RawAuthorizationRequest, Error>, PageRefusal> {
    if let Err(error) = only_one(raw).under(rule::OBJECT) {
        return Ok(Err(error));
    }
    let found =
        pushed_authorization_request::read(app, &brand.issuer, &client.client_id, reference)
            .await?;
    found.map(Ok).ok_or_else(unknown_request_uri)
}

fn turn_down(
    app: &App,
    brand: &RequestBrand,
    locale: Locale,
    refused: Refused,
) -> Result<Response, PageRefusal> {
    match refused {
        Refused::Show(error) => Err(error.into()),
        Refused::Redirect(redirect) => answer::refuse_redirect(app, brand, locale, &redirect),
    }
}

/// `POST /authorize`: the same request by form (OpenID Connect Core §3.1.2.1). A form from
/// another site lacks our SameSite=Lax cookies, so the browser is redirected to the GET.
///
/// # Errors
/// An error page if the form cannot be read.
pub async fn post(form: Result<FormBody, ProtocolRefusal>) -> Result<Response, PageRefusal> {
    let form = form.map_err(PageRefusal::from_form)?;
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&form.0)
        .finish();
    let location = HeaderValue::try_from(format!("/authorize?{query}"))
        .map_err(|_| Error::invalid_request("the parameters cannot be put in a URL"))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

fn unknown_request_uri() -> PageRefusal {
    Error::new(
        ErrorCode::InvalidRequestUri,
        "the request_uri is unknown, was answered already, or has expired: push the request again",
    )
    .breaks(rule::PUSHED)
    .into()
}

async fn client_of(
    app: &SharedApp,
    brand: &RequestBrand,
    raw: &RawAuthorizationRequest,
) -> Result<Arc<StoredClient>, PageRefusal> {
    let Some(id) = raw.get("client_id") else {
        let missing = Error::invalid_request("client_id is missing");
        return Err(missing.breaks(rule::CLIENT).into());
    };
    let client = app
        .clients
        .get(&app.store, &ClientId(id.to_owned()))
        .await?;
    client
        .filter(|stored| stored.client.brands.contains(&brand.name))
        .ok_or_else(|| {
            Error::new(
                ErrorCode::UnauthorizedClient,
                "client_id names no client registered with this issuer",
            )
            .breaks(rule::CLIENT)
            .into()
        })
}
