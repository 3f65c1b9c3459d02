//! In place of ⑩, for somebody too young to consent alone: a parent or guardian asks
//! the dealer in person. What was agreed to before the age was known has ended.

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
    /// The age from which on a person can consent alone.
    pub age: u8,
    /// The names of the dealers asked for.
    pub dealers: Vec<String>,
    /// Whether a link that was agreed to here has ended.
    pub ended: bool,
}

impl Page for GuardianNeeded {
    const TEMPLATE: &'static str = "dealer_link/guardian.html";
    const SCREEN: &'static str = "dealer-link-guardian";
}

/// `GET …/dealer-link/guardian`
///
/// # Errors
/// If a store fails.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let (Step::GuardianNeeded, Some(live)) = (visit.step(), &visit.session) else {
        return proceed(visit).await;
    };
    let progress = &visit.interaction.progress;
    let ended = &progress.ended_for_guardian;
    let page = GuardianNeeded {
        age: visit.app.config.dealer_links.guardian_below,
        dealers: dealers(&visit),
        ended: ended.iter().any(|(who, _)| *who == live.account.id),
    };
    let shell = page::shell(&mut visit, "dealer-link/guardian")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/dealer-link/guardian`: on without a link.
///
/// # Errors
/// If the form is not this browser's, or a store fails.
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

/// The dealers asked for, each once, as they are called today.
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
