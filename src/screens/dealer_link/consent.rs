//! ⑩ The dealer's notice; the user links the dealer, or not now. Users who are linked
//! already see it again when the notice changed.

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
use crate::oidc::steps::{AccountAndDealer, Step};
use crate::pages::Page;
use crate::screens::form::Form;
use crate::screens::page;

/// What the page shows.
#[derive(Clone, Debug, Serialize)]
pub struct DealerConsent {
    /// The dealer.
    pub dealer: NoticedDealer,
    /// The day of the link, if the user is linked already and asked because the notice
    /// changed.
    pub linked_on: Option<String>,
    /// All dealers of the request, if there are several; each has its own page.
    pub asked: Vec<AskedDealer>,
    /// The dealer's number for this customer, as the client told it.
    pub customer_number: Option<String>,
    /// The login ID of the account to be linked.
    pub email: String,
    /// The notice.
    pub notice: DealerNoticeText,
    /// The version of the notice.
    pub version: String,
    /// Whether the dealer is open to links.
    pub may_link: bool,
    /// Whether the button that leads back is shown.
    pub may_go_back: bool,
}

/// The dealer whose notice is shown.
#[derive(Clone, Debug, Serialize)]
pub struct NoticedDealer {
    /// The dealer's code.
    pub code: String,
    /// The dealer's name.
    pub name: String,
    /// The dealer's registered address.
    pub address: String,
    /// The names of the requested dealers that this one succeeded.
    pub succeeded: Vec<String>,
    /// The brands that the dealer sells, if the page's own brand is not among them.
    pub other_brands: String,
}

/// One of several requested dealers.
#[derive(Clone, Debug, Serialize)]
pub struct AskedDealer {
    /// The dealer's name.
    pub name: String,
    /// The state of its link in this interaction.
    pub state: AskedState,
    /// The day of the link; empty if it is not linked.
    pub linked_on: String,
}

/// The state of one of several requested dealers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AskedState {
    /// The dealer is linked.
    Linked,
    /// The user declined for now.
    Declined,
    /// This page is about the dealer.
    Here,
    /// The dealer's page comes after this one.
    Later,
}

impl Page for DealerConsent {
    const TEMPLATE: &'static str = "dealer_link/consent.html";
    const SCREEN: &'static str = "dealer-link";
}

/// `GET …/dealer-link`
///
/// # Errors
/// `dealer-unavailable` if the dealer is no longer in the directory. `Fault` if the
/// database or short-lived state is unreachable, or the page cannot be rendered.
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
/// `dealer-unavailable` if the dealer is no longer in the directory. `form-expired` if the
/// form does not carry this browser's token; `Elsewhere` if another browser changed the
/// interaction first; `Fault` if the database or short-lived state is unreachable.
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
        // The user consents only to what the page showed. If the dealer or the version of
        // the notice is another, because of another tab or a change, the page is shown
        // again.
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

/// Whether the page before, the choice of a dealer, was used.
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
        customer_number: dealer_linking::number_for(visit, &dealer.code),
        email: live.account.email,
        notice: notice.clone(),
        version: dealer.notice.version.clone(),
        may_link: dealer.open,
        may_go_back: may_go_back(visit),
    };
    let shell = page::shell(visit, "dealer-link")?.errors(errors);
    page::show(visit, status, &shell, &page)
}

/// Returns the names of the requested dealers that this one succeeded.
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

/// Returns the brands that a dealer sells, if the brand of this page is not among them: the
/// notice is then about another brand's services.
fn other_brands(dealer: &Dealer, visit: &Visit) -> String {
    if dealer.brands.contains(&visit.brand.name) {
        return String::new();
    }
    let brands: Vec<String> = dealer.brands.iter().map(|b| b.to_uppercase()).collect();
    brands.join("/")
}

/// Returns all dealers that the request names, if there are several; each is asked about on
/// its own page.
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
        let answer = AccountAndDealer::new(account_id, code);
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

#[cfg(test)]
pub(in crate::screens) mod samples {
    use super::*;
    use crate::accounts::dealer::NoticeSection;
    use crate::screens::sample::Stage;

    pub(in crate::screens) fn show(stage: &Stage<'_>) {
        let name = || stage.of("長野トヨタ自動車株式会社");
        let section = |lead: &str, items: &[&str]| NoticeSection {
            lead: stage.of(lead),
            items: items.iter().map(|item| stage.of(item)).collect(),
        };
        let consent = DealerConsent {
            dealer: NoticedDealer {
                code: stage.of("20100"),
                name: name(),
                address: stage.of("長野県長野市"),
                succeeded: Vec::new(),
                other_brands: String::new(),
            },
            linked_on: None,
            asked: Vec::new(),
            customer_number: Some(stage.of("N-20100-0310")),
            email: stage.of("f.enrirtest2019@gmail.com"),
            notice: DealerNoticeText {
                services: vec![section(
                    "MyTOYOTA（toyota.jpお客様専用ページ）",
                    &[
                        "オンラインで販売店とカンタン商談（販売店オンラインサービス）",
                        "月々払いのお見積りや販売店おすすめプランのご提案",
                    ],
                )],
                to_toyota: section(
                    "当社は、お客様に「販売店オンラインサービス」をより便利にご利用いただけるようにする目的で、トヨタ自動車に下記の情報を提供させていただきます。",
                    &[
                        "氏名、住所、電話番号、Eメールアドレスなど当社で預かりするお客様の基本的な個人情報",
                        "見積書や注文書など当社とのご契約に関する情報",
                        "車両購入履歴や車両整備履歴など当社のお取引に関する情報",
                    ],
                ),
                to_dealer: section(
                    "当社は、お客様に適切なご提案をさせていただく目的で、トヨタ自動車から下記の情報をご取得させていただきます。",
                    &[
                        "お客様がトヨタ自動車関連サイトから実施した「カタログ請求」「試乗予約」「入庫予約」「お問い合わせ」等のご依頼に関する情報",
                        "お客様がTOYOTA/LEXUSの共通IDを通じて利用されているサービスのご利用状況",
                    ],
                ),
            },
            version: stage.of("2020-06-01"),
            may_link: true,
            may_go_back: true,
        };
        let asked = |name: &str, state: AskedState| AskedDealer {
            name: stage.of(name),
            state,
            linked_on: "2026-11-22".to_owned(),
        };
        let of_several = DealerConsent {
            asked: vec![
                asked("愛知中央トヨタ販売株式会社（デモ）", AskedState::Linked),
                asked("レクサス東京中央（デモ）", AskedState::Declined),
                asked("長野トヨタ自動車株式会社", AskedState::Here),
                asked("札幌きたトヨタ自動車株式会社（デモ）", AskedState::Later),
            ],
            ..consent.clone()
        };
        let of_successor = DealerConsent {
            dealer: NoticedDealer {
                succeeded: vec![stage.of("南信トヨペット株式会社（デモ）")],
                other_brands: stage.of("LEXUS"),
                ..consent.dealer.clone()
            },
            ..consent.clone()
        };
        let again = DealerConsent {
            linked_on: Some("2026-11-22".to_owned()),
            ..consent.clone()
        };
        let closed = DealerConsent {
            may_link: false,
            ..consent.clone()
        };
        stage.show("dealer-link", stage.shell(), &consent);
        stage.show("dealer-link-several", stage.shell(), &of_several);
        stage.show("dealer-link-successor", stage.shell(), &of_successor);
        stage.show("dealer-link-again", stage.shell(), &again);
        stage.show("dealer-link-closed", stage.shell(), &closed);
    }
}
