//! How an interaction ends: the client is given what it asked for, or is told no.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};

use super::own_client::is_own;
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
use crate::oidc::authorization_request::{Refused, RefusedRedirect, refused};
use crate::oidc::authorization_response::{AuthorizationResponse, Delivery};
use crate::oidc::grant::{Access, Authentication, Grant};
use crate::oidc::rule::{self, Breaks as _};
use crate::oidc::{Error, ErrorCode};
use crate::sessions::browser::LiveSession;
use crate::sessions::browser_state::session_state_for;
use crate::sessions::second_factor;

/// Answers the client with what it asked for: a code, tokens, or both.
///
/// # Errors
/// If short-lived state cannot be reached, or signing fails.
pub async fn grant(visit: Visit, access: Access) -> Result<Response, PageRefusal> {
    let Some(live) = visit.session.clone() else {
        return Err(Fault::because("an answer was to be given for nobody").into());
    };
    if let Some(device) = visit.interaction.request.device.clone() {
        let grant = grant_by(&visit, access, &live, None);
        return device_answer::approve(visit, &device, grant).await;
    }
    if is_own(&visit.client.client) {
        let page = Redirect::to(&visit.interaction.request.redirect_uri);
        return Ok(visit.dress(page.into_response()));
    }
    record_use(&visit.app, &visit.client.client, &live.account.id).await?;
    let now = visit.app.clock.now();
    let clients = &visit.app.clients;
    clients
        .note_use(&visit.app.store, &visit.client, now)
        .await?;
    let sid = live.session.sid.clone();
    let grant = grant_by(&visit, access, &live, Some(sid));
    let given = match front_channel::give(&visit, grant, live.account).await {
        Ok(given) => given,
        Err(ProtocolRefusal::Client(error)) => {
            // RFC 6749 §4.1.2.1 has no word of its own for it.
            let error = Error::new(ErrorCode::ServerError, error.description);
            return refuse(visit, error).await;
        }
        Err(refusal) => return Err(PageRefusal::from_form(refusal)),
    };
    if let Some(reference) = &visit.interaction.pushed_as {
        let pushed = Key::PushedRequest(reference);
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

/// The grant by which the request is answered, made in the session `sid` of its client.
fn grant_by(visit: &Visit, access: Access, live: &LiveSession, sid: Option<String>) -> Grant {
    let request = &visit.interaction.request;
    let attained = second_factor::attained(&visit.app, live);
    let told = Wanted::told(Wanted::by(request).as_ref(), attained.context);
    Grant {
        id: visit.app.random.id(),
        client_id: request.client_id.clone(),
        issuer: visit.brand.issuer.clone(),
        account_id: live.account.id.clone(),
        sid,
        access,
        authentication: Authentication {
            auth_time: live.session.auth_time,
            acr: told.to_string(),
            amr: attained.amr,
        },
        nonce: request.nonce.clone(),
    }
}

/// Tells the client no, by way of the browser.
///
/// # Errors
/// If the answer cannot be written.
pub async fn refuse(visit: Visit, error: Error) -> Result<Response, PageRefusal> {
    if let Some(device) = visit.interaction.request.device.clone() {
        return device_answer::deny(visit, &device, &error).await;
    }
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
/// If the answer cannot be written.
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
