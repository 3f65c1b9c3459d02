//! Replaces ⑩ for a person who is too young to consent alone: a parent or guardian has to
//! ask the dealer in person. Links that were made before the age was known have ended.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::present_name;
use crate::accounts::dealer_directory::present;
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct GuardianNeeded {
    /// The age from which a person can consent alone.
    pub age: u8,
    /// The names of the requested dealers.
    pub dealers: Vec<String>,
    /// Whether a link ended in this interaction.
    pub ended: bool,
}

impl Page for GuardianNeeded {
    const TEMPLATE: &'static str = "dealer_link/guardian.html";
    const SCREEN: &'static str = "dealer-link-guardian";
}

/// `GET …/dealer-link/guardian`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let (Step::GuardianNeeded, Some(live)) = (visit.step(), &visit.session) else {
        return proceed(visit).await;
    };
    let progress = &visit.interaction.progress;
    let ended = &progress.ended_for_guardian;
    let page = GuardianNeeded {
        age: visit.app.config.dealer_links.guardian_below,
        dealers: dealers(&visit),
        ended: ended
            .iter()
            .any(|ended| ended.account_id == live.account.id),
    };
    let shell = page::shell(&mut visit, "dealer-link/guardian")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/dealer-link/guardian`: continues without a link.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    if let (Step::GuardianNeeded, Some(live)) = (visit.step(), &visit.session) {
        let account_id = live.account.id.clone();
        visit
            .save(|interaction| interaction.progress.acknowledge_guardian(&account_id))
            .await?;
    }
    proceed(visit).await
}

/// Returns the names of the requested dealers, each once, with successors in their place.
fn dealers(visit: &Visit) -> Vec<String> {
    let directory = visit.app.dealers.directory();
    let mut codes: Vec<&str> = Vec::new();
    for code in visit.interaction.request.dealers_asked() {
        let code = present(&directory, code);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    let name = |code: &str| present_name(&visit.app, visit.locale, code);
    codes.into_iter().map(name).collect()
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let name = || stage.of("長野トヨタ自動車株式会社");
        for (screen, ended) in [
            ("dealer-link-guardian", false),
            ("dealer-link-guardian-ended", true),
        ] {
            let page = GuardianNeeded {
                age: 16,
                dealers: vec![name()],
                ended,
            };
            stage.show(screen, stage.shell(), &page);
        }
    }
}
