//! `GET /errors` and `GET /errors/{code}`: what our error codes mean and how to fix their
//! causes, for the developers of clients. `error_uri` points here.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{Html, IntoResponse as _, Response};
use serde::Serialize;

use super::page::shell_at;
use crate::app::SharedApp;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::oidc::ErrorCode;
use crate::pages::Page;

/// The pages contain nothing personal; an upgrade may change them.
const AN_HOUR: &str = "public, max-age=3600";

/// The headers that choose the language, if the URL does not.
const BY_LANGUAGE: &str = "accept-language, cookie";

/// What the list of all codes shows.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorCodes {
    /// The text that applies to all codes, as our own HTML.
    pub introduction: String,
    /// The codes.
    pub codes: Vec<ListedCode>,
}

/// A code in the list.
#[derive(Clone, Debug, Serialize)]
pub struct ListedCode {
    /// The code.
    pub code: &'static str,
    /// The path of its page.
    pub url: String,
    /// A short explanation, as our own HTML.
    pub summary: String,
}

impl Page for ErrorCodes {
    const TEMPLATE: &'static str = "error_codes.html";
    const SCREEN: &'static str = "error-codes";
}

/// What the page of one code shows.
#[derive(Clone, Debug, Serialize)]
pub struct CodeMeaning {
    /// The code.
    pub code: &'static str,
    /// The explanation, as our own HTML.
    pub html: String,
}

impl Page for CodeMeaning {
    const TEMPLATE: &'static str = "error_codes/code.html";
    const SCREEN: &'static str = "error-code";
}

/// Answers with the list of all codes.
///
/// # Errors
/// `Fault` if the page cannot be rendered.
pub async fn list(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let reference = &app.error_reference;
    let codes = reference.meanings.iter().map(|(code, meaning)| ListedCode {
        code: code.as_str(),
        url: code.uri(""),
        summary: meaning.summary.clone(),
    });
    let page = ErrorCodes {
        introduction: reference.introduction.clone(),
        codes: codes.collect(),
    };
    Ok(shown(&app, &brand, (&uri, &headers), &page)?)
}

/// Answers with the page of one code.
///
/// # Errors
/// 404 if there is no such code; `Fault` if the page cannot be rendered.
pub async fn get(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    Path(code): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, PageRefusal> {
    let code: Option<ErrorCode> = code.parse().ok();
    let found = code.and_then(|code| Some((code, app.error_reference.meanings.get(&code)?)));
    let Some((code, meaning)) = found else {
        return Err(PageRefusal::Page(StatusCode::NOT_FOUND, "not-found"));
    };
    let page = CodeMeaning {
        code: code.as_str(),
        html: meaning.whole.clone(),
    };
    Ok(shown(&app, &brand, (&uri, &headers), &page)?)
}

fn shown<P: Page>(
    app: &SharedApp,
    brand: &RequestBrand,
    (uri, headers): (&Uri, &HeaderMap),
    page: &P,
) -> Result<Response, Fault> {
    let shell = shell_at(brand, uri, headers);
    let html = Html(app.pages.render(&shell, page)?);
    let caching = [
        (header::CACHE_CONTROL, AN_HOUR),
        (header::VARY, BY_LANGUAGE),
    ];
    Ok((caching, html).into_response())
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::error_reference::ErrorReference;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let ErrorReference {
            introduction,
            meanings,
        } = ErrorReference::load().unwrap();
        let codes = meanings.iter().map(|(code, meaning)| ListedCode {
            code: code.as_str(),
            url: code.uri(""),
            summary: meaning.summary.clone(),
        });
        let list = ErrorCodes {
            introduction,
            codes: codes.collect(),
        };
        stage.show("error-codes", stage.shell(), &list);
        for code in [ErrorCode::InvalidRequest, ErrorCode::InvalidClientMetadata] {
            let page = CodeMeaning {
                code: code.as_str(),
                html: meanings[&code].whole.clone(),
            };
            stage.show(&format!("error-code-{code}"), stage.shell(), &page);
        }
    }
}
