//! Ends an interaction: gives the client what it asked for, or sends it an error. What may
//! be granted is decided in `oidc::steps`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};

use super::service_use::record_use;
use super::visit::Visit;
use super::{device_answer, front_channel};
use crate::app::App;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::http::form_post;
use crate::http::recording::note_answer;
use crate::http::refusal::{PageRefusal, ProtocolRefusal, Refusal};
use crate::http::request_brand::RequestBrand;
use crate::locale::Locale;
use crate::oidc::authentication_context::Wanted;
use crate::oidc::authorization_request::{Refused, RefusedRedirect, Requester, refused};
use crate::oidc::authorization_response::{AuthorizationResponse, Delivery};
use crate::oidc::grant::{Access, Authentication, Grant};
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::{Error, ErrorCode};
use crate::sessions::browser::LiveSession;
use crate::sessions::browser_state::session_state_for;
use crate::sessions::second_factor;

/// Gives the requester what it asked for.
///
/// # Errors
/// `Fault` if short-lived state is unreachable or signing fails; an error page if a device
/// no longer waits.
pub async fn grant(visit: Visit, access: Access) -> Result<Response, PageRefusal> {
    let Some(live) = visit.session.clone() else {
        return Err(Fault::because("an answer was to be given for nobody").into());
    };
    match visit.interaction.request.requester.clone() {
        Requester::Browser { pushed_as } => to_browser(visit, access, live, pushed_as).await,
        Requester::Device(device) => {
            let grant = grant_by(&visit, access, &live);
            device_answer::approve(visit, &device, grant).await
        }
        Requester::OwnPage(url) => Ok(visit.dress(Redirect::to(&url).into_response())),
    }
}

/// Answers the client through the browser: with an authorization code, tokens, or both.
async fn to_browser(
    visit: Visit,
    access: Access,
    live: LiveSession,
    pushed_as: Option<String>,
) -> Result<Response, PageRefusal> {
    record_use(&visit.app, &visit.client.client, &live.account.id).await?;
    let now = visit.app.clock.now();
    let clients = &visit.app.clients;
    clients
        .note_use(&visit.app.store, &visit.client, now)
        .await?;
    let grant = grant_by(&visit, access, &live);
    let given = match front_channel::give(&visit, grant, live.account).await {
        Ok(given) => given,
        Err(ProtocolRefusal::Client(error)) => {
            // RFC 6749 §4.1.2.1 has no code of its own for this failure.
            let error = Error::new(ErrorCode::ServerError, error.description);
            return refuse(visit, error).await;
        }
        Err(refusal) => return Err(PageRefusal::from_form(refusal)),
    };
    if let Some(reference) = pushed_as {
        let pushed = Key::PushedRequest(&reference);
        visit.app.ephemeral.remove(pushed).await?;
    }
    let request = &visit.interaction.request;
    let answer = AuthorizationResponse::success(request, &visit.brand.issuer, given)
        .with_session_state(session_state(&visit));
    let mut response = send(&visit.app, &visit.brand, visit.locale, answer.deliver())?;
    let (asker, address) = (&request.client_id, &request.redirect_uri);
    note_answer(&visit.app, &mut response, asker, address);
    Ok(visit.dress(response))
}

/// The grant that answers the request.
fn grant_by(visit: &Visit, access: Access, live: &LiveSession) -> Grant {
    let request = &visit.interaction.request;
    let belongs_to_session = request.requester.is_in_the_browser();
    let attained = second_factor::attained(&visit.app, live);
    let told = Wanted::told(Wanted::by(request).as_ref(), attained.context);
    Grant {
        id: visit.app.random.id(),
        client_id: request.client_id.clone(),
        issuer: visit.brand.issuer.clone(),
        account_id: live.account.id.clone(),
        sid: belongs_to_session.then(|| live.session.sid.clone()),
        access,
        authentication: Authentication {
            auth_time: live.session.auth_time,
            acr: told.to_string(),
            amr: attained.amr,
        },
        nonce: request.nonce.clone(),
    }
}

/// Refuses what the requester asked for.
///
/// # Errors
/// `Fault` if the response cannot be written or short-lived state is unreachable; an error
/// page if no redirect URI is proven.
pub async fn refuse(visit: Visit, error: Error) -> Result<Response, PageRefusal> {
    match visit.interaction.request.requester.clone() {
        Requester::Browser { .. } | Requester::OwnPage(_) => refuse_by_browser(visit, error),
        Requester::Device(device) => device_answer::deny(visit, &device, &error).await,
    }
}

fn refuse_by_browser(visit: Visit, error: Error) -> Result<Response, PageRefusal> {
    let request = &visit.interaction.request;
    match refused(request, error.breaks(rule::PERSON)) {
        Refused::Redirect(redirect) => {
            let answer = AuthorizationResponse::error(&redirect, &visit.brand.issuer)
                .with_session_state(session_state(&visit));
            let mut response =
                refused_by(&visit.app, &visit.brand, visit.locale, (answer, &redirect))?;
            let (asker, address) = (&request.client_id, &request.redirect_uri);
            note_answer(&visit.app, &mut response, asker, address);
            Ok(visit.dress(response))
        }
        Refused::Show(error) => Err(error.into()),
    }
}

fn session_state(visit: &Visit) -> Option<String> {
    let request = &visit.interaction.request;
    session_state_for(&visit.app, &visit.brand, request, visit.session.as_ref())
}

/// Sends an error to a proven redirect URI.
///
/// # Errors
/// `Fault` if the response cannot be written.
pub fn refuse_redirect(
    app: &App,
    brand: &RequestBrand,
    locale: Locale,
    redirect: &RefusedRedirect,
) -> Result<Response, PageRefusal> {
    let answer = AuthorizationResponse::error(redirect, &brand.issuer);
    refused_by(app, brand, locale, (answer, redirect))
}

fn refused_by(
    app: &App,
    brand: &RequestBrand,
    locale: Locale,
    (answer, redirect): (AuthorizationResponse, &RefusedRedirect),
) -> Result<Response, PageRefusal> {
    let mut response = send(app, brand, locale, answer.deliver())?;
    response
        .extensions_mut()
        .insert(Refusal::from(&redirect.error));
    Ok(response)
}

fn send(
    app: &App,
    brand: &RequestBrand,
    locale: Locale,
    delivery: Delivery,
) -> Result<Response, PageRefusal> {
    match delivery {
        // RFC 9700 §4.12: 303, so that no browser repeats a form's body to the client.
        Delivery::Location(url) => {
            let location = HeaderValue::try_from(url)
                .map_err(|_| Fault::because("a redirect URI is not a header value"))?;
            Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
        }
        Delivery::Form { action, fields } => {
            Ok(form_post::page(app, brand, locale, action, fields)?)
        }
    }
}
