//! How an interaction ends: the client is given a code, or is told no.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};

use super::browser_state::session_state_for;
use super::refusal::{PageRefusal, Refusal};
use super::request_brand::RequestBrand;
use super::visit::Visit;
use super::{device_answer, form_post, own_pages, second_factor};
use crate::accounts::day::Day;
use crate::app::App;
use crate::ephemeral::Key;
use crate::fault::Fault;
use crate::locale::Locale;
use crate::oidc::Error;
use crate::oidc::authentication_context::Wanted;
use crate::oidc::authorization_request::{Refused, RefusedRedirect, refused};
use crate::oidc::authorization_response::{AuthorizationResponse, Delivery};
use crate::oidc::client::Client;
use crate::oidc::code_record::{Authenticated, CodeRecord};
use crate::oidc::interaction::Granted;
use crate::oidc::subject;
use crate::seal::sha256_hex;

/// How long a spent code is remembered beyond its life, so that its second use
/// still finds what the first one gave.
pub const CODE_TOMBSTONE: Duration = Duration::from_secs(600);

/// The `sub` that `client` sees for an account.
#[must_use]
pub fn subject_for(app: &App, client: &Client, account_id: &str) -> String {
    subject::subject(client, account_id, &|parts| app.pairwise.mac(parts))
}

/// Answers the client with a code.
///
/// # Errors
/// If short-lived state cannot be reached.
pub async fn grant(visit: Visit, granted: Granted) -> Result<Response, PageRefusal> {
    let Some(live) = visit.session.clone() else {
        return Err(Fault::because("a code was to be given to nobody").into());
    };
    if let Some(device) = visit.interaction.request.device.clone() {
        return device_answer::approve(visit, &device, granted, live).await;
    }
    if own_pages::is_own(&visit.client.client) {
        let page = Redirect::to(&visit.interaction.request.redirect_uri);
        return Ok(visit.dress(page.into_response()));
    }
    record_use(&visit.app, &visit.client.client, &live.account.id).await?;
    let app = visit.app.clone();
    let request = &visit.interaction.request;
    let code = app.random.secret();
    let attained = second_factor::attained(&app, &live);
    let wanted = Wanted::by(request);
    let person = Authenticated {
        account_id: live.account.id,
        sid: live.session.sid,
        auth_time: live.session.auth_time,
        acr: Wanted::told(wanted.as_ref(), attained.context).to_string(),
        amr: attained.amr,
    };
    let record = CodeRecord::new(
        request,
        granted,
        person,
        &visit.brand.issuer,
        app.random.id(),
        app.clock.now(),
    );
    let life = app.config.tokens.code_lifetime;
    app.ephemeral
        .put(
            Key::Code(&sha256_hex(code.as_bytes())),
            &record.to_bytes()?,
            life,
        )
        .await?;
    if let Some(reference) = &visit.interaction.pushed_as {
        app.ephemeral.remove(Key::PushedRequest(reference)).await?;
    }
    let request = &visit.interaction.request;
    let answer = AuthorizationResponse::success(request, &visit.brand.issuer, code)
        .with_session_state(session_state(&visit));
    let response = send(&visit.app, &visit.brand, visit.locale, answer.deliver())?;
    Ok(visit.dress(response))
}

/// Notes that the person uses the service, where a dealer may be told so.
///
/// # Errors
/// If the database fails.
pub async fn record_use(app: &App, client: &Client, account_id: &str) -> Result<(), Fault> {
    let today = Day::of(app.clock.now());
    let uses = app.store.service_uses();
    uses.record(account_id, &client.client_id, today).await
}

/// Tells the client no, by way of the browser.
///
/// # Errors
/// If the answer cannot be written.
pub async fn refuse(visit: Visit, error: Error) -> Result<Response, PageRefusal> {
    if let Some(device) = visit.interaction.request.device.clone() {
        return device_answer::deny(visit, &device, &error).await;
    }
    match refused(&visit.interaction.request, error) {
        Refused::Redirect(redirect) => {
            let answer = AuthorizationResponse::error(&redirect, &visit.brand.issuer)
                .with_session_state(session_state(&visit));
            let response = refused_by(&visit.app, &visit.brand, visit.locale, (answer, &redirect))?;
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
