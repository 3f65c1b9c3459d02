//! `GET /terms`: the full text of the terms of use, to be read and printed.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Html;
use serde::Serialize;

use super::page;
use crate::app::SharedApp;
use crate::http::refusal::PageRefusal;
use crate::http::request_brand::RequestBrand;
use crate::pages::Page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct TermsText {
    /// The version in force.
    pub version: String,
    /// The day from which the terms apply to everybody, if it is in the future.
    pub in_force_from: Option<String>,
    /// The text, as the operator's own HTML.
    pub html: String,
    /// The language of the text.
    pub text_language: &'static str,
}

impl Page for TermsText {
    const TEMPLATE: &'static str = "terms.html";
    const SCREEN: &'static str = "terms-text";
}

/// Answers with the terms of the brand.
///
/// # Errors
/// `Fault` if the page cannot be rendered.
pub async fn get(
    State(app): State<SharedApp>,
    brand: RequestBrand,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Html<String>, PageRefusal> {
    let shell = page::shell_at(&brand, &uri, &headers);
    let locale = shell.locale;
    let terms = TermsText {
        version: brand.terms.version.clone(),
        in_force_from: brand
            .terms
            .in_force_from
            .filter(|from| app.clock.now() < *from)
            .map(page::day),
        html: brand.terms.text(locale).html.clone(),
        text_language: brand.terms.shown_in(locale).tag(),
    };
    Ok(Html(app.pages.render(&shell, &terms)?))
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let text = std::fs::read_to_string(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/templates/terms/toyota.ja.html"
        ))
        .unwrap_or_default();
        stage.show(
            "terms-text",
            stage.shell(),
            &TermsText {
                version: stage.of("2026-11-01"),
                in_force_from: Some("2027-04-01".to_owned()),
                html: text,
                text_language: "ja",
            },
        );
    }
}
