//! The front page of a brand's host, for people who come without a service: it says what
//! the ID is, and leads to the login, to a new ID and to a forgotten password. Whoever is
//! logged in is sent to the account pages.

use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use serde::Serialize;

use crate::app::SharedApp;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::interaction::arrival::{Visitor, language_of};
use crate::interaction::own_client::OwnPage;
use crate::interaction::own_pages::{self, Login};
use crate::pages::{Page, Shell};
use crate::sessions::browser;
use crate::sessions::second_factor;

/// The path of the page.
pub const PLACE: &str = "/";

/// What the page shows: nothing but its words.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Front {}

impl Page for Front {
    const TEMPLATE: &'static str = "front.html";
    const SCREEN: &'static str = "front";
}

/// `GET /`
///
/// # Errors
/// `Fault` if the database is unreachable or the page cannot be rendered.
pub async fn get(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let live = browser::session_of(&app, &brand, &headers).await?;
    if live.is_some_and(|live| !second_factor::is_owed(&live)) {
        return Ok(Redirect::to(OwnPage::Home.as_str()).into_response());
    }
    let locale = language_of(&brand, &uri, &headers);
    let shell = Shell::new(&brand.name, brand.display_name(locale), locale).at(PLACE);
    let page = Html(app.pages.render(&shell, &Front {})?);
    Ok(([(header::CACHE_CONTROL, "no-store")], page).into_response())
}

/// `GET /registration`: a new ID for a person who comes without a service. It ends on the
/// account pages.
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable.
pub async fn register(
    State(app): State<SharedApp>,
    visitor: Visitor,
) -> Result<Response, PageRefusal> {
    let home = OwnPage::Home.as_str();
    let arrival = own_pages::arrival(&app, visitor.brand(), home, Login::NewAccount)?;
    visitor.begin(arrival).await?.see_other("")
}

/// `GET /.well-known/change-password`: where password managers send people
/// (W3C, A Well-Known URL for Changing Passwords).
pub async fn change_password() -> Redirect {
    Redirect::to(OwnPage::Password.as_str())
}

/// `GET /robots.txt`: nothing here is for search engines (RFC 9309).
pub async fn robots() -> &'static str {
    "User-agent: *\nDisallow: /\n"
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        stage.show("front", stage.shell(), &Front {});
    }
}
