//! A page that could not be shown: why, and what to do.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;

use crate::app::{App, SharedApp};
use crate::fault::Fault;
use crate::http::refusal::{PageError, PageRefusal, Refusal};
use crate::http::request_brand::{RequestBrand, host_of};
use crate::http::visit_arrival::language_of;
use crate::pages::{Page, Shell};
use crate::texts;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage {
    /// What happened, in the person’s language.
    pub explanation: String,
    /// Where to go back to.
    pub return_url: Option<String>,
    /// By which support finds it in the log.
    pub request_id: Option<String>,
    /// What the client’s developer should know.
    pub developer: Option<String>,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";
    const SCREEN: &'static str = "error";
}

/// Whatever no route knows.
pub async fn not_found() -> PageRefusal {
    PageRefusal::Page(StatusCode::NOT_FOUND, "not-found")
}

/// Turns a refusal that a handler answered into the page that shows it.
pub async fn render(State(app): State<SharedApp>, request: Request, next: Next) -> Response {
    let brand = host_of(request.uri(), request.headers())
        .and_then(|host| app.brands.by_host(host))
        .cloned()
        .map(RequestBrand);
    let locale = brand
        .as_ref()
        .map(|brand| language_of(brand, request.uri(), request.headers()));
    // Only what can be opened again can be opened in another language.
    let opened = (request.method() == Method::GET)
        .then(|| request.uri().path_and_query().map(ToString::to_string))
        .flatten();
    let mut response = next.run(request).await;
    let (Some(brand), Some(locale), Some(error)) = (
        brand,
        locale,
        response.extensions_mut().remove::<PageError>(),
    ) else {
        return response;
    };
    let request_id = app.random.id();
    if let Some(refusal) = response.extensions_mut().get_mut::<Refusal>() {
        refusal.request_id = Some(request_id.clone());
    }
    let name = brand.display_name(locale);
    let mut shell = Shell::new(&brand.name, name, locale).page_error(error.code);
    if let Some(url) = opened {
        shell = shell.at(url);
    }
    match page(&app, &shell, error, request_id) {
        Ok(html) => {
            let (mut parts, _) = response.into_parts();
            let body = Html(html).into_response();
            parts.headers.extend(body.headers().clone());
            Response::from_parts(parts, body.into_body())
        }
        Err(fault) => {
            tracing::error!(
                fault = &fault as &dyn std::error::Error,
                "the error page could not be rendered"
            );
            response
        }
    }
}

fn page(app: &App, shell: &Shell, error: PageError, request_id: String) -> Result<String, Fault> {
    let key = match error.developer {
        Some(_) => "page-error-client".to_owned(),
        None => format!("page-error-{}", error.code),
    };
    let context = ErrorPage {
        explanation: texts::text(shell.locale, &key, &[]),
        return_url: None,
        request_id: Some(request_id),
        developer: error.developer,
    };
    app.pages.render(shell, &context)
}
