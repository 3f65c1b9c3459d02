//! ⑩ Read the dealer's notice; link, or not now.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::name_in;
use crate::accounts::dealer::{Dealer, DealerNoticeText};
use crate::accounts::field_errors::FieldErrors;
use crate::fault::Fault;
use crate::http::dealer_linking;
use crate::http::refusal::PageRefusal;
use crate::http::visit::Visit;
use crate::oidc::interaction::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct DealerConsent {
    /// The dealer.
    pub dealer: NoticedDealer,
    /// The login ID of the account to be linked.
    pub email: String,
    /// The notice.
    pub notice: DealerNoticeText,
    /// Its version.
    pub version: String,
    /// Whether links with this dealer can be made now.
    pub may_link: bool,
    /// Whether there is a page to go back to.
    pub may_go_back: bool,
}

/// The dealer whose notice it is.
#[derive(Clone, Debug, Serialize)]
pub struct NoticedDealer {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// Its registered address.
    pub address: String,
}

impl Page for DealerConsent {
    const TEMPLATE: &'static str = "dealer_link/consent.html";
    const SCREEN: &'static str = "dealer-link";
}

/// `GET …/dealer-link`
///
/// # Errors
/// If a store fails, or the dealer has left the directory.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    let Step::DealerLink(code) = visit.step() else {
        return visit.proceed().await;
    };
    let dealer = dealer(&visit, &code)?;
    show(&mut visit, StatusCode::OK, &dealer, FieldErrors::none())
}

/// `POST …/dealer-link`: link, not now, or back.
///
/// # Errors
/// If the form is not this browser's, or a store fails.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let (Step::DealerLink(code), Some(live)) = (visit.step(), &visit.session) else {
        return visit.proceed().await;
    };
    let account_id = live.account.id.clone();
    let dealer = dealer(&visit, &code)?;
    match form.action() {
        "not_now" => {
            visit
                .save(|interaction| interaction.progress.decline_dealer(&account_id, &code))
                .await?;
        }
        "back" if may_go_back(&visit) => {
            visit
                .save(|interaction| interaction.progress.chosen_dealer = None)
                .await?;
        }
        "link" if !dealer.open => {
            let closed = FieldErrors::one("", "dealer-unknown");
            return show(&mut visit, page::FILLED_IN_WRONGLY, &dealer, closed);
        }
        // What was read is what is agreed to: another dealer, or another version
        // of the notice, in another tab or since, is shown again.
        "link"
            if form.get("dealer") != code
                || form.get("notice_version") != dealer.notice.version =>
        {
            let changed = FieldErrors::one("", "notice-changed");
            return show(&mut visit, StatusCode::CONFLICT, &dealer, changed);
        }
        "link" => dealer_linking::agree(&mut visit, &account_id, &dealer).await?,
        _ => return show(&mut visit, StatusCode::OK, &dealer, FieldErrors::none()),
    }
    visit.proceed().await
}

fn dealer(visit: &Visit, code: &str) -> Result<Arc<Dealer>, PageRefusal> {
    let dealer = visit.app.dealers.get(code);
    dealer.ok_or(PageRefusal::Page(
        StatusCode::NOT_FOUND,
        "dealer-unavailable",
    ))
}

/// There is a page to go back to where the person chose the dealer.
fn may_go_back(visit: &Visit) -> bool {
    visit.interaction.progress.chosen_dealer.is_some()
}

fn show(
    visit: &mut Visit,
    status: StatusCode,
    dealer: &Dealer,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let notice = dealer
        .notice
        .text_in(visit.locale)
        .ok_or_else(|| Fault::because(format!("dealer {} has no notice", dealer.code)))?;
    let email = visit
        .session
        .as_ref()
        .map(|live| live.account.email.clone());
    let page = DealerConsent {
        dealer: NoticedDealer {
            code: dealer.code.clone(),
            name: name_in(dealer, visit.locale).to_owned(),
            address: dealer.legal.address.clone(),
        },
        email: email.unwrap_or_default(),
        notice: notice.clone(),
        version: dealer.notice.version.clone(),
        may_link: dealer.open,
        may_go_back: may_go_back(visit),
    };
    let shell = page::shell(visit, "dealer-link")?.errors(errors);
    page::show(visit, status, &shell, &page)
}
