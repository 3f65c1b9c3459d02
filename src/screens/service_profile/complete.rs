//! ⑭ The data was saved; the person continues to the client, or to more data that it needs.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::{Asked, Part};
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct ProfileComplete {
    /// The name of the client that needed the data.
    pub service: String,
    /// Which page of how many was saved; the client may need more data.
    pub part: Part,
}

impl Page for ProfileComplete {
    const TEMPLATE: &'static str = "service_profile/complete.html";
    const SCREEN: &'static str = "profile-complete";
}

/// `GET …/profile/complete`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let asked = Asked::of(&visit).filter(|asked| asked.step == Step::ProfileComplete);
    let Some(asked) = asked else {
        return proceed(visit).await;
    };
    let page = ProfileComplete {
        service: page::client_name(&visit),
        part: asked.round.saved(),
    };
    let shell = page::shell(&mut visit, "profile/complete")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/profile/complete`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    if visit.step() == Step::ProfileComplete {
        visit
            .save(|interaction| interaction.progress.acknowledge_profile())
            .await?;
    }
    proceed(visit).await
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        for (name, number, of) in [
            ("profile-complete", 1, 1),
            ("profile-complete-more", 1, 2),
            ("profile-complete-last", 2, 2),
        ] {
            let complete = ProfileComplete {
                service: stage.of("TOYOTA.JP（購入サポート）"),
                part: Part { number, of },
            };
            stage.show(name, stage.shell(), &complete);
        }
    }
}
