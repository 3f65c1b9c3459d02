//! Choose the dealer to link, where the client named none.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::name_in;
use crate::accounts::dealer::Dealer;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::postal_address::PREFECTURES;
use crate::http::refusal::PageRefusal;
use crate::http::visit::Visit;
use crate::locale::Locale;
use crate::oidc::interaction::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct DealerChoice {
    /// The dealers, by prefecture.
    pub groups: Vec<PrefectureDealers>,
    /// The code of the one chosen.
    pub chosen: String,
}

/// The dealers of one prefecture.
#[derive(Clone, Debug, Serialize)]
pub struct PrefectureDealers {
    /// The prefecture.
    pub prefecture: String,
    /// Its dealers.
    pub dealers: Vec<NamedDealer>,
}

/// A dealer to choose.
#[derive(Clone, Debug, Serialize)]
pub struct NamedDealer {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: String,
}

impl Page for DealerChoice {
    const TEMPLATE: &'static str = "dealer_link/choice.html";
    const SCREEN: &'static str = "dealer-choice";
}

/// `GET …/dealer-choice`
///
/// # Errors
/// If a store fails.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    if visit.step() != Step::ChooseDealer {
        return visit.proceed().await;
    }
    show(&mut visit, StatusCode::OK, "", FieldErrors::none())
}

/// `POST …/dealer-choice`
///
/// # Errors
/// If the form is not this browser's, or a store fails.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let (Step::ChooseDealer, Some(live)) = (visit.step(), &visit.session) else {
        return visit.proceed().await;
    };
    let account_id = live.account.id.clone();
    if form.action() == "not_now" {
        visit
            .save(|interaction| interaction.progress.decline_dealer_choice(&account_id))
            .await?;
        return visit.proceed().await;
    }
    let code = form.get("dealer");
    let wrong = match visit.app.dealers.get(code) {
        _ if code.is_empty() => Some("dealer-missing"),
        Some(dealer) if may_be_linked(&dealer, &visit) => None,
        _ => Some("dealer-unknown"),
    };
    if let Some(wrong) = wrong {
        let errors = FieldErrors::one("dealer", wrong);
        return show(&mut visit, page::FILLED_IN_WRONGLY, code, errors);
    }
    visit
        .save(|interaction| interaction.progress.choose_dealer(&account_id, code))
        .await?;
    visit.proceed().await
}

fn may_be_linked(dealer: &Dealer, visit: &Visit) -> bool {
    dealer.open && dealer.brands.contains(&visit.brand.name)
}

fn show(
    visit: &mut Visit,
    status: StatusCode,
    chosen: &str,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let page = DealerChoice {
        groups: by_prefecture(visit),
        chosen: chosen.to_owned(),
    };
    let shell = page::shell(visit, "dealer-choice")?.errors(errors);
    page::show(visit, status, &shell, &page)
}

/// The dealers to choose from, in the order of the prefectures' codes: north to south.
fn by_prefecture(visit: &Visit) -> Vec<PrefectureDealers> {
    let mut groups: BTreeMap<usize, PrefectureDealers> = BTreeMap::new();
    for dealer in visit.app.dealers.directory().values() {
        if !may_be_linked(dealer, visit) {
            continue;
        }
        let place = PREFECTURES
            .iter()
            .position(|prefecture| prefecture.name == dealer.prefecture);
        let prefecture = place.and_then(|place| PREFECTURES.get(place));
        let name = match (visit.locale, prefecture) {
            (Locale::En, Some(prefecture)) => prefecture.name_en,
            _ => dealer.prefecture.as_str(),
        };
        let group = groups
            .entry(place.unwrap_or(PREFECTURES.len()))
            .or_insert_with(|| PrefectureDealers {
                prefecture: name.to_owned(),
                dealers: Vec::new(),
            });
        let named = NamedDealer {
            code: dealer.code.clone(),
            name: name_in(dealer, visit.locale).to_owned(),
        };
        group.dealers.push(named);
    }
    groups.into_values().collect()
}
