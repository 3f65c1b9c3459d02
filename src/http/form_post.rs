//! An authorization response as a form that submits itself (OAuth 2.0 Form Post Response
//! Mode 1.0), or by its button where scripts are off.

use axum::http::StatusCode;
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;

use super::request_brand::RequestBrand;
use crate::app::App;
use crate::fault::Fault;
use crate::locale::Locale;
use crate::pages::{Page, Pages, Shell};

/// The page with its form.
#[derive(Clone, Debug, Serialize)]
pub struct FormPost {
    /// The client's redirect URI.
    pub action_url: String,
    /// The parameters of the response.
    pub parameters: Vec<Parameter>,
}

/// A parameter.
#[derive(Clone, Debug, Serialize)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl Page for FormPost {
    const TEMPLATE: &'static str = "form_post.html";
    const SCREEN: &'static str = "form-post";
}

/// Renders the page that posts `fields` to `action`.
///
/// # Errors
/// `Fault` if the template cannot be rendered.
pub fn page(
    app: &App,
    brand: &RequestBrand,
    locale: Locale,
    action: String,
    fields: Vec<(&'static str, String)>,
) -> Result<Response, Fault> {
    let parameters = fields
        .into_iter()
        .map(|(name, value)| Parameter {
            name: name.to_owned(),
            value,
        })
        .collect();
    let shell = Shell::new(&brand.name, brand.display_name(locale), locale);
    let html = app.pages.render(
        &shell,
        &FormPost {
            action_url: action,
            parameters,
        },
    )?;
    // The only page with an inline script: exactly this script may run.
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src {}; base-uri 'none'; frame-ancestors 'none'",
        Pages::form_post_script_source()
    );
    Ok((
        StatusCode::OK,
        [(CONTENT_SECURITY_POLICY, policy)],
        Html(html),
    )
        .into_response())
}
