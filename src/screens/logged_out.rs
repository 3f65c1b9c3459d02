//! The person has logged out, or chose to stay.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;

use crate::app::SharedApp;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::http::sign_out::LOGGED_OUT;
use crate::http::visit_arrival::language_of;
use crate::pages::{Page, Shell};
use crate::screens::page;

/// Where a person who stays is sent.
pub const STAYED: &str = "/logged-out?stayed=1";

/// What may just have been done, and the sentence that says so.
const NOTICES: &[(&str, &str)] = &[("left", "logged-out-left")];

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct LoggedOut {
    /// Whether they stayed.
    pub stayed: bool,
    /// Where the client wants them back.
    pub return_url: Option<String>,
    /// The client’s name.
    pub service: Option<String>,
}

impl Page for LoggedOut {
    const TEMPLATE: &'static str = "logged_out.html";
    const SCREEN: &'static str = "logged-out";
}

/// `GET /logged-out`
///
/// # Errors
/// If the page cannot be rendered.
pub async fn show(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let locale = language_of(&brand, &uri, &headers);
    let path = uri
        .path_and_query()
        .map_or(LOGGED_OUT, |path| path.as_str());
    let shell = Shell::new(&brand.name, brand.display_name(locale), locale).at(path);
    let shell = page::told(shell, path, NOTICES);
    let logged_out = LoggedOut {
        stayed: path == STAYED,
        return_url: None,
        service: None,
    };
    Ok(Html(app.pages.render(&shell, &logged_out)?).into_response())
}
