//! ⑮ The dealer was linked.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct DealerLinked {
    /// The dealer’s name.
    pub dealer_name: String,
    /// The day of the link.
    pub linked_on: Option<String>,
    /// Whether the event to the dealer is delayed by some minutes.
    pub delayed: bool,
}

impl Page for DealerLinked {
    const TEMPLATE: &'static str = "dealer_link/complete.html";
    const SCREEN: &'static str = "dealer-link-complete";
}

/// `GET …/dealer-link/complete`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let (Step::DealerLinkComplete(code), Some(live)) = (visit.step(), &visit.session) else {
        return proceed(visit).await;
    };
    let links = visit.app.store.dealer_links().of(&live.account.id).await?;
    let link = links.into_iter().find(|link| link.dealer_code == code);
    let page = DealerLinked {
        dealer_name: super::dealer_name(&visit.app, visit.locale, &code),
        linked_on: link.map(|link| page::day(link.linked_at)),
        delayed: visit.app.store.outbox().is_stuck(&code).await?,
    };
    let shell = page::shell(&mut visit, "dealer-link/complete")?;
    page::show(&visit, StatusCode::OK, &shell, &page)
}

/// `POST …/dealer-link/complete`: continues to the client.
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    if let (Step::DealerLinkComplete(code), Some(live)) = (visit.step(), &visit.session) {
        let account_id = live.account.id.clone();
        visit
            .save(|interaction| {
                interaction
                    .progress
                    .acknowledge_dealer_link(&account_id, &code)
            })
            .await?;
    }
    proceed(visit).await
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let name = || stage.of("長野トヨタ自動車株式会社");
        let linked = DealerLinked {
            dealer_name: name(),
            linked_on: Some("2026-11-22".to_owned()),
            delayed: false,
        };
        stage.show("dealer-link-complete", stage.shell(), &linked.clone());
        let delayed = DealerLinked {
            delayed: true,
            ..linked
        };
        stage.show("dealer-link-complete-delayed", stage.shell(), &delayed);
    }
}
