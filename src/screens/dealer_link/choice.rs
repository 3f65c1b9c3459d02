//! The choice of the dealer to link, if the client named none: dealers by prefecture, the
//! user's own prefecture first. If there are many, the list can be limited to one
//! prefecture.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::name_in;
use crate::accounts::dealer::Dealer;
use crate::accounts::field_errors::FieldErrors;
use crate::accounts::postal_address::{PREFECTURES, Prefecture};
use crate::http::refusal::PageRefusal;
use crate::interaction::proceed::proceed;
use crate::interaction::visit::Visit;
use crate::locale::Locale;
use crate::oidc::steps::Step;
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// Up to this number of dealers, no choice of a prefecture is offered.
const FEW: usize = 5;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct DealerChoice {
    /// The prefectures with dealers; empty if there are few dealers.
    pub prefectures: Vec<PrefectureWithDealers>,
    /// The dealers, by prefecture.
    pub groups: Vec<PrefectureDealers>,
    /// The code of the chosen dealer.
    pub chosen: String,
}

/// A prefecture to which the list can be limited.
#[derive(Clone, Debug, Serialize)]
pub struct PrefectureWithDealers {
    /// The Japanese name, which the form sends.
    pub name: String,
    /// The name in the language of the page.
    pub label: String,
    /// The number of its dealers.
    pub count: usize,
    /// Whether the list is limited to it.
    pub is_chosen: bool,
}

/// The dealers of one prefecture.
#[derive(Clone, Debug, Serialize)]
pub struct PrefectureDealers {
    /// The prefecture, in the language of the page.
    pub prefecture: String,
    /// Its dealers.
    pub dealers: Vec<NamedDealer>,
}

/// A dealer to choose.
#[derive(Clone, Debug, Serialize)]
pub struct NamedDealer {
    /// The dealer's code.
    pub code: String,
    /// The dealer's name.
    pub name: String,
}

impl Page for DealerChoice {
    const TEMPLATE: &'static str = "dealer_link/choice.html";
    const SCREEN: &'static str = "dealer-choice";
}

/// `GET …/dealer-choice`
///
/// # Errors
/// `Fault` if the database or short-lived state is unreachable, or the page cannot be
/// rendered.
pub async fn get(mut visit: Visit) -> Result<Response, PageRefusal> {
    if visit.step() != Step::ChooseDealer {
        return proceed(visit).await;
    }
    show(
        &mut visit,
        StatusCode::OK,
        &Chosen::default(),
        FieldErrors::none(),
    )
}

/// `POST …/dealer-choice`
///
/// # Errors
/// `form-expired` if the form does not carry this browser's token; `Elsewhere` if another
/// browser changed the interaction first; `Fault` if the database or short-lived state is
/// unreachable.
pub async fn post(mut visit: Visit, form: Form) -> Result<Response, PageRefusal> {
    visit.check_form(form.token())?;
    let (Step::ChooseDealer, Some(live)) = (visit.step(), &visit.session) else {
        return proceed(visit).await;
    };
    let account_id = live.account.id.clone();
    if form.action() == "not_now" {
        visit
            .save(|interaction| interaction.progress.decline_dealer_choice(&account_id))
            .await?;
        return proceed(visit).await;
    }
    let (code, prefecture) = (form.get("dealer"), form.get("prefecture"));
    let chosen = Chosen { code, prefecture };
    if form.action() == "filter" {
        return show(&mut visit, StatusCode::OK, &chosen, FieldErrors::none());
    }
    let wrong = match visit.app.dealers.get(code) {
        _ if code.is_empty() => Some("dealer-missing"),
        Some(dealer) if may_be_linked(&dealer, &visit) => None,
        _ => Some("dealer-unknown"),
    };
    if let Some(wrong) = wrong {
        let errors = FieldErrors::one("dealer", wrong);
        return show(&mut visit, page::FILLED_IN_WRONGLY, &chosen, errors);
    }
    visit
        .save(|interaction| interaction.progress.choose_dealer(&account_id, code))
        .await?;
    proceed(visit).await
}

fn may_be_linked(dealer: &Dealer, visit: &Visit) -> bool {
    dealer.open && dealer.brands.contains(&visit.brand.name)
}

/// The dealer and the prefecture that the form names, each possibly empty.
#[derive(Clone, Copy, Debug, Default)]
struct Chosen<'f> {
    code: &'f str,
    prefecture: &'f str,
}

fn show(
    visit: &mut Visit,
    status: StatusCode,
    chosen: &Chosen<'_>,
    errors: FieldErrors,
) -> Result<Response, PageRefusal> {
    let all = by_prefecture(visit);
    let page = DealerChoice {
        prefectures: prefectures(&all, chosen.prefecture, visit.locale),
        groups: groups(&all, chosen.prefecture, visit),
        chosen: chosen.code.to_owned(),
    };
    let shell = page::shell(visit, "dealer-choice")?.errors(errors);
    page::show(visit, status, &shell, &page)
}

type ByPrefecture = BTreeMap<usize, Vec<Arc<Dealer>>>;

/// Returns the dealers to choose from, by the order of the prefectures' codes: north to
/// south.
fn by_prefecture(visit: &Visit) -> ByPrefecture {
    let mut all = ByPrefecture::new();
    for dealer in visit.app.dealers.directory().values() {
        if may_be_linked(dealer, visit) {
            let is_there = |prefecture: &Prefecture| prefecture.name == dealer.prefecture;
            let place = PREFECTURES.iter().position(is_there);
            let group = all.entry(place.unwrap_or(PREFECTURES.len())).or_default();
            group.push(Arc::clone(dealer));
        }
    }
    all
}

fn prefectures(all: &ByPrefecture, chosen: &str, locale: Locale) -> Vec<PrefectureWithDealers> {
    if all.values().map(Vec::len).sum::<usize>() <= FEW {
        return Vec::new();
    }
    let prefecture = |dealers: &Vec<Arc<Dealer>>| {
        let name = &dealers.first()?.prefecture;
        Some(PrefectureWithDealers {
            label: label(name, locale).to_owned(),
            count: dealers.len(),
            is_chosen: name == chosen,
            name: name.clone(),
        })
    };
    all.values().filter_map(prefecture).collect()
}

/// Returns only the chosen prefecture, if it has dealers; otherwise all, the user's own
/// first.
fn groups(all: &ByPrefecture, chosen: &str, visit: &Visit) -> Vec<PrefectureDealers> {
    let group = |dealers: &Vec<Arc<Dealer>>| {
        let prefecture = &dealers.first()?.prefecture;
        let named = |dealer: &Arc<Dealer>| NamedDealer {
            code: dealer.code.clone(),
            name: name_in(dealer, visit.locale).to_owned(),
        };
        let group = PrefectureDealers {
            prefecture: label(prefecture, visit.locale).to_owned(),
            dealers: dealers.iter().map(named).collect(),
        };
        Some((prefecture.clone(), group))
    };
    let groups: Vec<_> = all.values().filter_map(group).collect();
    let alone = groups.iter().find(|(prefecture, _)| prefecture == chosen);
    if let Some((_, alone)) = alone {
        return vec![alone.clone()];
    }
    let own = own_prefecture(visit).unwrap_or_default();
    let (own, others): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(name, _)| *name == own);
    own.into_iter()
        .chain(others)
        .map(|(_, group)| group)
        .collect()
}

/// Returns the prefecture of the user's address, if it is known.
fn own_prefecture(visit: &Visit) -> Option<String> {
    let profile = &visit.session.as_ref()?.account.profile;
    profile.address.as_ref()?.prefecture.clone()
}

/// Returns a prefecture's name in a language.
fn label(name: &str, locale: Locale) -> &str {
    let known = PREFECTURES
        .iter()
        .find(|prefecture| prefecture.name == name);
    match (locale, known) {
        (Locale::En, Some(prefecture)) => prefecture.name_en,
        _ => name,
    }
}

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let name = || stage.of("長野トヨタ自動車株式会社");
        let dealer = NamedDealer {
            code: stage.of("20100"),
            name: name(),
        };
        let group = PrefectureDealers {
            prefecture: stage.of("長野県"),
            dealers: vec![dealer],
        };
        let prefecture = |name: &str, count| PrefectureWithDealers {
            name: stage.of(name),
            label: stage.of(name),
            count,
            is_chosen: false,
        };
        let choice = DealerChoice {
            prefectures: vec![prefecture("北海道", 12), prefecture("長野県", 1)],
            groups: vec![group],
            chosen: String::new(),
        };
        let missing = FieldErrors::one("dealer", "dealer-missing");
        stage.show("dealer-choice", stage.shell(), &choice.clone());
        stage.show(
            "dealer-choice-error",
            stage.shell().errors(missing),
            &choice,
        );
        stage.show(
            "dealer-choice-none",
            stage.shell(),
            &DealerChoice {
                prefectures: Vec::new(),
                groups: Vec::new(),
                chosen: String::new(),
            },
        );
    }
}
