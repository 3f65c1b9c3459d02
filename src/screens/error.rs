//! The error page: the reason, and what the person can do.

use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;

use crate::app::SharedApp;
use crate::http::refusal::{PageError, PageRefusal, Refusal};
use crate::http::request_brand::{RequestBrand, host_of};
use crate::interaction::arrival::language_of;
use crate::pages::{Page, Shell};
use crate::security_events;
use crate::texts;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorPage {
    /// The explanation, in the language of the page.
    pub explanation: String,
    /// The page whose form was refused, to be opened again.
    pub again_url: Option<String>,
    /// The number by which support finds the request in the log.
    pub request_id: Option<String>,
    /// The part for the client's developer.
    pub developer: Option<ForDeveloper>,
}

/// The part for the client's developer.
#[derive(Clone, Debug, Serialize)]
pub struct ForDeveloper {
    /// The error description.
    pub description: String,
    /// The page that explains the error code and its remedy.
    pub url: String,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "error.html";
    const SCREEN: &'static str = "error";
}

/// The paths to which the forms of our pages are sent.
const SCREENS: [&str; 4] = ["/interaction/", "/account", "/device", "/logout/confirm"];

/// Answers every path that has no route.
pub async fn not_found() -> PageRefusal {
    PageRefusal::Page(StatusCode::NOT_FOUND, "not-found")
}

/// Turns a refusal in a handler's response into the error page.
pub async fn render(State(app): State<SharedApp>, request: Request, next: Next) -> Response {
    let brand = host_of(request.uri(), request.headers())
        .and_then(|host| app.brands.by_host(host))
        .cloned()
        .map(RequestBrand);
    let locale = brand
        .as_ref()
        .map(|brand| language_of(brand, request.uri(), request.headers()));
    // Only a page that can be opened again (`GET`) gets a link to its other language.
    let opened = (request.method() == Method::GET)
        .then(|| request.uri().path_and_query().map(ToString::to_string))
        .flatten();
    let sent_from = (request.method() == Method::POST)
        .then(|| form_page(request.uri()))
        .flatten();
    let mut response = next.run(request).await;
    let (Some(brand), Some(locale), Some(error)) = (
        brand,
        locale,
        response.extensions_mut().remove::<PageError>(),
    ) else {
        return response;
    };
    let request_id = security_events::correlation_id().unwrap_or_else(|| app.random.id());
    if let Some(refusal) = response.extensions_mut().get_mut::<Refusal>() {
        refusal.request_id = Some(request_id.clone());
    }
    let name = brand.display_name(locale);
    let mut shell = Shell::new(&brand.name, name, locale).page_error(error.code);
    if let Some(url) = opened {
        shell = shell.at(url);
    }
    let key = match error.developer {
        Some(_) => "page-error-client".to_owned(),
        None => format!("page-error-{}", error.code),
    };
    let developer = error.developer.map(|error| ForDeveloper {
        url: error.code.uri(&brand.issuer),
        description: error.description.into_owned(),
    });
    let explanation = texts::text(locale, &key, &[]);
    let page = ErrorPage {
        explanation,
        again_url: sent_from,
        request_id: Some(request_id),
        developer,
    };
    match app.pages.render(&shell, &page) {
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

/// Returns the page whose form is sent to `uri`. A screen answers `GET` at the path to
/// which its form is sent; for any other path there is no page, and no link is shown.
fn form_page(uri: &Uri) -> Option<String> {
    let path = uri.path();
    SCREENS.iter().find(|prefix| path.starts_with(**prefix))?;
    let path = path.strip_suffix("/cancel").unwrap_or(path);
    Some(match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_form_leads_back_to_its_page_and_nowhere_else() {
        for (sent_to, page) in [
            (
                "/interaction/a/login?request=b",
                Some("/interaction/a/login?request=b"),
            ),
            (
                "/interaction/a/cancel?request=b",
                Some("/interaction/a?request=b"),
            ),
            ("/account/password", Some("/account/password")),
            ("/authorize?client_id=c", None),
            ("/logout?id_token_hint=t", None),
            ("//elsewhere.example/interaction/a", None),
        ] {
            let uri: Uri = sent_to.parse().unwrap();
            assert_eq!(form_page(&uri).as_deref(), page, "{sent_to}");
        }
    }
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let error = ErrorPage {
            explanation: stage
                .of("ページの有効時間が過ぎました。もう一度開いて、入力し直してください。"),
            again_url: Some(stage.of("/interaction/a/login")),
            request_id: Some(stage.of("Zm9vYmFy")),
            developer: Some(ForDeveloper {
                description: stage.of("redirect_uri is not registered for this client"),
                url: stage.of("https://id.example/errors/invalid_request"),
            }),
        };
        stage.show("error", stage.shell().page_error("form-expired"), &error);
    }
}
