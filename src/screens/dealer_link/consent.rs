//! ⑩ Read the dealer's notice; link, or not now. Read again by those who are
//! linked, when the notice changed.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::{dealer_name, name_in};
use crate::accounts::dealer::{Dealer, DealerNoticeText};
use crate::accounts::dealer_directory::present;
use crate::accounts::field_errors::FieldErrors;
use crate::fault::Fault;
use crate::http::refusal::PageRefusal;
use crate::interaction::dealer_linking;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::oidc::steps::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct DealerConsent {
    /// The dealer.
    pub dealer: NoticedDealer,
    /// The day it was linked, of someone who is asked again for a changed notice.
    pub linked_on: Option<String>,
    /// The dealers asked for, one after the other, if there are several.
    pub asked: Vec<AskedDealer>,
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
    /// The names of the dealers asked for that it succeeded.
    pub succeeded: Vec<String>,
    /// The brands it sells, where the page's own is not among them.
    pub other_brands: String,
}

/// One of several dealers asked for.
#[derive(Clone, Debug, Serialize)]
pub struct AskedDealer {
    /// Its name.
    pub name: String,
    /// How far it came.
    pub state: AskedState,
    /// The day it was linked, if it is.
    pub linked_on: String,
}

/// How far one of several dealers came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedState {
    /// It is linked.
    Linked,
    /// Not now.
    Declined,
    /// This page is about it.
    Here,
    /// Its page comes after this one.
    Later,
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
        return proceed(visit).await;
    };
    let dealer = dealer(&visit, &code)?;
    show(&mut visit, StatusCode::OK, &dealer, FieldErrors::none()).await
}

/// `POST …/dealer-link`: link, not now, or back.
///
/// # Errors
/// If the form is not this browser's, or a store fails.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let (Step::DealerLink(code), Some(live)) = (visit.step(), &visit.session) else {
        return proceed(visit).await;
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
            return show(&mut visit, page::FILLED_IN_WRONGLY, &dealer, closed).await;
        }
        // What was read is what is agreed to: another dealer, or another version
        // of the notice, in another tab or since, is shown again.
        "link"
            if form.get("dealer") != code
                || form.get("notice_version") != dealer.notice.version =>
        {
            let changed = FieldErrors::one("", "notice-changed");
            return show(&mut visit, StatusCode::CONFLICT, &dealer, changed).await;
        }
        "link" => dealer_linking::agree(&mut visit, &account_id, &dealer).await?,
        _ => return show(&mut visit, StatusCode::OK, &dealer, FieldErrors::none()).await,
    }
    proceed(visit).await
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

async fn show(
    visit: &mut Visit,
    status: StatusCode,
    dealer: &Dealer,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let notice = dealer
        .notice
        .text_in(visit.locale)
        .ok_or_else(|| Fault::because(format!("dealer {} has no notice", dealer.code)))?;
    let Some(live) = visit.session.clone() else {
        return Err(Fault::because("a dealer's notice was to be shown to nobody").into());
    };
    let links = visit.app.store.dealer_links().of(&live.account.id).await?;
    let linked_on = |code: &str| {
        let link = links.iter().find(|link| link.dealer_code == code)?;
        Some(page::day(link.linked_at))
    };
    let page = DealerConsent {
        dealer: NoticedDealer {
            code: dealer.code.clone(),
            name: name_in(dealer, visit.locale).to_owned(),
            address: dealer.legal.address.clone(),
            succeeded: succeeded_by(dealer, visit),
            other_brands: other_brands(dealer, visit),
        },
        linked_on: linked_on(&dealer.code),
        asked: asked(visit, &live.account.id, &dealer.code, &linked_on),
        email: live.account.email,
        notice: notice.clone(),
        version: dealer.notice.version.clone(),
        may_link: dealer.open,
        may_go_back: may_go_back(visit),
    };
    let shell = page::shell(visit, "dealer-link")?.errors(errors);
    page::show(visit, status, &shell, &page)
}

/// The names of the dealers asked for that this one succeeded.
fn succeeded_by(dealer: &Dealer, visit: &Visit) -> Vec<String> {
    let directory = visit.app.dealers.directory();
    let request = &visit.interaction.request;
    request
        .dealers_asked()
        .filter(|code| *code != dealer.code && present(&directory, code) == dealer.code)
        .filter_map(|code| directory.get(code))
        .map(|predecessor| name_in(predecessor, visit.locale).to_owned())
        .collect()
}

/// The brands a dealer sells, if the one of this page is not among them: its
/// notice then tells of another brand's services.
fn other_brands(dealer: &Dealer, visit: &Visit) -> String {
    if dealer.brands.contains(&visit.brand.name) {
        return String::new();
    }
    let brands: Vec<String> = dealer.brands.iter().map(|b| b.to_uppercase()).collect();
    brands.join("/")
}

/// Every dealer that the request names, if there are several: each is asked for
/// on a page of its own.
fn asked(
    visit: &Visit,
    account_id: &str,
    here: &str,
    linked_on: &dyn Fn(&str) -> Option<String>,
) -> Vec<AskedDealer> {
    let directory = visit.app.dealers.directory();
    let progress = &visit.interaction.progress;
    let mut codes: Vec<&str> = Vec::new();
    for code in visit.interaction.request.dealers_asked() {
        let code = present(&directory, code);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    if codes.len() < 2 {
        return Vec::new();
    }
    let one = |code: &str| {
        let answer = (account_id.to_owned(), code.to_owned());
        let linked_on = linked_on(code);
        let state = match &linked_on {
            _ if code == here => AskedState::Here,
            _ if progress.declined_dealers.contains(&answer) => AskedState::Declined,
            Some(_) => AskedState::Linked,
            None => AskedState::Later,
        };
        AskedDealer {
            name: dealer_name(&visit.app, visit.locale, code),
            state,
            linked_on: linked_on.unwrap_or_default(),
        }
    };
    codes.into_iter().map(one).collect()
}
