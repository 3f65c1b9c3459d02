//! The consent page: a user allows another company's client the scopes it requests, or
//! refuses. Whether consent is needed is decided in `oidc::steps`.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::asking_client::AskingClient;
use super::form::Form;
use super::page;
use crate::accounts::consent;
use crate::accounts::field_errors::FieldErrors;
use crate::http::kept;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::interaction::{answer, dealer_linking};
use crate::locale::Locale;
use crate::oidc::consent_request::consent_request;
use crate::oidc::scope::Scope;
use crate::oidc::steps::Step;
use crate::oidc::{Error, ErrorCode};
use crate::pages::Page;
use crate::texts;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Consent {
    /// The client that requests the scopes.
    pub client: AskingClient,
    /// The login ID of the account.
    pub email: String,
    /// The scopes, in words.
    pub items: Vec<String>,
    /// The scopes as the protocol names them, to be compared when the form is sent.
    pub scope: String,
}

impl Page for Consent {
    const TEMPLATE: &'static str = "consent.html";
    const SCREEN: &'static str = "consent";
}

/// `GET …/consent`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let Step::Consent(scope) = visit.step() else {
        return proceed(visit).await;
    };
    show(&mut visit, StatusCode::OK, &scope, FieldErrors::none())
}

/// `POST …/consent`: allow, or refuse.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let (Step::Consent(scope), Some(live)) = (visit.step(), visit.session.clone()) else {
        return proceed(visit).await;
    };
    if form.action() == "deny" {
        let denied = Error::new(ErrorCode::AccessDenied, "the person did not consent");
        return answer::refuse(visit, denied).await;
    }
    // The user consents to the scopes that the page showed, even if another tab requested
    // others since.
    if form.action() != "approve" || form.get("scope") != scope.to_string() {
        let changed = FieldErrors::one("", "consent-changed");
        return show(&mut visit, StatusCode::CONFLICT, &scope, changed);
    }
    let app = visit.app.clone();
    if !kept::may_consent(&app, &live.account.id).await? {
        let code = "temporarily_unavailable";
        return Err(PageRefusal::Page(StatusCode::TOO_MANY_REQUESTS, code));
    }
    let client = &visit.client.client;
    let context = dealer_linking::consent_context(&visit);
    let shown = items(visit.locale, &scope);
    let request = consent_request(client, &scope, visit.locale.tag());
    let given = consent::scope(&live.account, &request, &shown, &context, app.random.id());
    let consents = app.store.consents();
    let granted = consents
        .grant_scope(&live.account.id, &client.client_id, &scope, &given)
        .await?;
    if !granted {
        visit.lose_session();
        return proceed(visit).await;
    }
    visit
        .save(|interaction| {
            interaction
                .progress
                .consent(&live.account.id, scope.clone())
        })
        .await?;
    proceed(visit).await
}

/// Returns the scopes in words. `openid` discloses nothing but the user's identity.
#[must_use]
pub fn items(locale: Locale, scope: &Scope) -> Vec<String> {
    let in_words = |value: &str| {
        let other = || texts::text(locale, "scope-other", &[("scope", value.to_owned())]);
        texts::find(locale, &format!("scope-{value}"), &[]).unwrap_or_else(other)
    };
    scope.iter().map(in_words).collect()
}

fn show(
    visit: &mut Visit,
    status: StatusCode,
    scope: &Scope,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let email = visit
        .session
        .as_ref()
        .map(|live| live.account.email.clone());
    let page = Consent {
        client: AskingClient::of(visit),
        email: email.unwrap_or_default(),
        items: items(visit.locale, scope),
        scope: scope.to_string(),
    };
    let shell = page::shell(visit, "consent")?.errors(errors);
    page::show(visit, status, &shell, &page)
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("f.enrirtest2019@gmail.com");
        let client = AskingClient::sample(stage);
        let items = ["お名前、フリガナ、生年月日など", "メールアドレス"]
            .map(|item| stage.of(item))
            .to_vec();
        stage.show(
            "consent",
            stage.shell(),
            &Consent {
                client,
                email: email(),
                items,
                scope: stage.of("openid email"),
            },
        );
    }
}
