//! The page that asks a user whether they want to log out (RP-Initiated Logout 1.0 §2).

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use serde::Serialize;

use super::logged_out::STAYED;
use crate::app::SharedApp;
use crate::endpoints::end_session::{CONFIRMATION, decision, end, go};
use crate::http::form_post::Parameter;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::interaction::arrival::language_of;
use crate::pages::{Page, Shell};
use crate::sessions::browser::Browser;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct Logout {
    /// The login ID of the logged-in user.
    pub email: Option<String>,
    /// The client that asks for the logout.
    pub service: Option<String>,
    /// The URL that the form is sent to, if it is not the page's own.
    pub action_url: Option<String>,
    /// The parameters of the client's request, which the form sends again.
    pub parameters: Vec<Parameter>,
}

impl Page for Logout {
    const TEMPLATE: &'static str = "logout.html";
    const SCREEN: &'static str = "logout";
}

/// The name for which the token of the logout form is valid.
const FORM_PLACE: &str = "logout";

/// The fields of the form.
#[derive(Debug, serde::Deserialize)]
pub struct LogoutForm {
    #[serde(default)]
    form_token: String,
    #[serde(default)]
    action: String,
}

/// `GET /logout/confirm`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered.
pub async fn show(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let decided = decision(&app, &brand, uri.query().unwrap_or_default(), &headers).await?;
    let Some(live) = &decided.session else {
        return go(decided.logout.destination());
    };
    let locale = language_of(&brand, &uri, &headers);
    let browser = Browser::of(&app, &brand, &headers);
    let shell = Shell::new(&brand.name, brand.display_name(locale), locale)
        .at(uri
            .path_and_query()
            .map_or(CONFIRMATION, |path| path.as_str()))
        .form_token(browser.form_token(&app, FORM_PLACE));
    let page = Logout {
        email: Some(live.account.email.clone()),
        service: decided
            .client
            .as_ref()
            .map(|stored| stored.client.name_in(locale.tag()).to_owned()),
        action_url: None,
        parameters: Vec::new(),
    };
    let mut response = Html(app.pages.render(&shell, &page)?).into_response();
    if let Some(cookie) = browser.cookie(&brand) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `POST /logout/confirm`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Fault` if the database
/// is unreachable.
pub async fn submit(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
    Form(form): Form<LogoutForm>,
) -> Result<Response, PageRefusal> {
    if !Browser::of(&app, &brand, &headers).owns_form(&app, FORM_PLACE, &form.form_token) {
        return Err(PageRefusal::Page(StatusCode::FORBIDDEN, "form-expired"));
    }
    if form.action == "stay" {
        return Ok(Redirect::to(STAYED).into_response());
    }
    let decided = decision(&app, &brand, uri.query().unwrap_or_default(), &headers).await?;
    end(&app, &brand, &decided).await
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let email = || stage.of("f.enrirtest2019@gmail.com");
        let parameters = vec![Parameter {
            name: stage.of("state"),
            value: stage.of("xyz"),
        }];
        let logout = Logout {
            email: Some(email()),
            service: Some(stage.of("整備手帳")),
            action_url: Some(stage.of("/logout")),
            parameters,
        };
        stage.show("logout", stage.shell(), &logout);
    }
}
