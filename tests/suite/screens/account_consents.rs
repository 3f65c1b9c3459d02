//! The person's list of consents and withdrawals, and its download.

use std::time::Duration;

use common_id::accounts::consent::{self, ConsentContext};
use common_id::accounts::registration::AgreedTerms;
use common_id::locale::Locale;
use reqwest::header;
use serde_json::Value;

use crate::support::browser::{Page, Phone};
use crate::support::provider::{DEALER, Provider};
use crate::support::relying_party::RelyingParty;
use crate::support::steps::{self, Person};

const EMAIL: &str = "hanako@example.jp";
const PAGE: &str = "/account/consents";

async fn stage() -> (Provider, Person) {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    (provider, person)
}

/// Links the dealer, and a minute later ends the link.
async fn link_and_unlink(provider: &Provider, service: &RelyingParty, phone: &mut Phone) {
    let details = format!(r#"[{{"type":"dealer_link","identifier":"{DEALER}"}}]"#);
    let request = service.ask("openid").with("authorization_details", details);
    let landed = phone.open(service.url(&request)).await;
    let page = steps::log_in(phone, landed, EMAIL)
        .await
        .screen("dealer-link");
    let linked = phone.press(&page, "link", &[]).await;
    linked.screen("dealer-link-complete");
    provider.advance(Duration::from_secs(60));
    let services = phone.open(provider.url("/account/services")).await;
    let services = services.screen("account-services");
    phone.press(&services, "unlink", &[]).await;
}

async fn listed(provider: &Provider, phone: &mut Phone) -> Page {
    let landed = phone.open(provider.url(PAGE)).await;
    landed.screen("account-consents")
}

/// Returns a phone that has just logged in.
async fn logged_in(provider: &Provider, mut phone: Phone) -> Phone {
    let landed = phone.open(provider.url(PAGE)).await;
    let landed = steps::log_in(&mut phone, landed, EMAIL).await;
    landed.screen("account-consents");
    phone
}

#[tokio::test]
async fn every_consent_and_withdrawal_is_told_in_plain_words_newest_first() {
    let (provider, _person) = stage().await;
    let service = provider.service().await;
    let mut phone = Phone::new();
    link_and_unlink(&provider, &service, &mut phone).await;
    let words = listed(&provider, &mut phone).await.words();
    let to_toyota = "長野トヨタ自動車株式会社からトヨタ自動車株式会社への情報の提供";
    let to_dealer = "トヨタ自動車株式会社から長野トヨタ自動車株式会社への情報の提供";
    assert_eq!(words.matches(to_toyota).count(), 2, "{words}");
    assert_eq!(words.matches(to_dealer).count(), 2, "{words}");
    let (newer, older) = words.split_once("同意した日時").unwrap();
    assert_eq!(
        newer.matches("取り消した日時 2026-11-22 22:01").count(),
        2,
        "{words}"
    );
    assert!(
        newer.contains("提供の期間 2026-11-22～2026-11-22"),
        "{words}"
    );
    assert!(
        newer.contains("ご利用のサービス 共通IDの会員ページ"),
        "{words}"
    );
    assert!(
        older.contains("提供の期間 2026-11-22～（取り消されるまで）"),
        "{words}"
    );
    assert!(
        older.contains("見積書や注文書など"),
        "what is provided: {words}"
    );
    assert!(older.contains("文面の版"), "{words}");
    let (_, terms) = older.split_once("共通ID利用規約").unwrap();
    assert!(
        terms.contains("同意した日時 2026-11-22 21:00"),
        "the first: {words}"
    );
}

#[tokio::test]
async fn another_company_s_scopes_are_told_in_the_reader_s_language() {
    let (provider, _person) = stage().await;
    let partner = provider.partner().await;
    let mut phone = Phone::english();
    let landed = phone.open(partner.url(&partner.ask("openid email"))).await;
    let page = steps::log_in(&mut phone, landed, EMAIL)
        .await
        .screen("consent");
    phone.press(&page, "approve", &[]).await.away();
    let words = listed(&provider, &mut phone).await.words();
    assert!(words.contains("Information provided to Partner"), "{words}");
    assert!(words.contains("Your e-mail address"), "{words}");
    assert!(words.contains("Service used: Partner"), "{words}");
    assert!(words.contains("until you take it back"), "{words}");
    assert!(
        words.contains("Terms of the TOYOTA/LEXUS Common ID"),
        "{words}"
    );
}

#[tokio::test]
async fn many_records_are_read_a_page_at_a_time() {
    let (provider, person) = stage().await;
    let app = &provider.app;
    let found = app.store.accounts().by_email_key(&person.email).await;
    let account = found.unwrap().unwrap().account;
    let context = ConsentContext {
        at: app.clock.now(),
        locale: Locale::Ja,
        brand: "toyota".into(),
        client_id: None,
        operator: app.config.operator.clone(),
        ip_hash: None,
        user_agent_hash: None,
        auth_time: None,
    };
    for number in 1..=20 {
        let agreed = AgreedTerms {
            version: format!("v{number:02}"),
            hash: "00".into(),
            locale: Locale::Ja,
            at: app.clock.now(),
        };
        let given = consent::terms(&account, &agreed, &context, app.random.id());
        app.store.consents().record(&given).await.unwrap();
    }
    let mut phone = logged_in(&provider, Phone::new()).await;
    let first = listed(&provider, &mut phone).await;
    let words = first.words();
    assert!(words.contains("v20") && words.contains("v11") && !words.contains("v10"));
    assert!(!words.contains("新しい記録"));
    let second = phone
        .open(first.link("page=2"))
        .await
        .screen("account-consents");
    let words = second.words();
    assert!(words.contains("v10") && words.contains("v01") && !words.contains("v11"));
    let third = phone
        .open(second.link("page=3"))
        .await
        .screen("account-consents");
    assert_eq!(
        third.words().matches("文面の版").count(),
        1,
        "the registration's"
    );
    assert!(!third.words().contains("以前の記録"));
    for odd in ["page=0", "page=-1", "page=x", "page=99999999999999999999"] {
        let page = phone.open(provider.url(&format!("{PAGE}?{odd}"))).await;
        assert!(
            page.screen("account-consents").words().contains("v20"),
            "{odd}"
        );
    }
    let far = phone
        .open(provider.url(&format!("{PAGE}?page=4000000000")))
        .await;
    assert!(
        far.screen("account-consents")
            .words()
            .contains("記録はありません")
    );
}

#[tokio::test]
async fn all_records_of_one_s_own_are_taken_away_as_a_file() {
    let (provider, _person) = stage().await;
    let service = provider.service().await;
    steps::person(&provider, "taro@example.jp").await;
    let mut phone = Phone::new();
    link_and_unlink(&provider, &service, &mut phone).await;
    let page = listed(&provider, &mut phone).await;
    let json = phone.fetch(page.link("consents.json")).await;
    let csv = phone.fetch(page.link("consents.csv")).await;
    for (file, kind, name) in [
        (&json, "application/json", "common-id-consents.json"),
        (&csv, "text/csv; charset=utf-8", "common-id-consents.csv"),
    ] {
        assert_eq!(file.status, 200);
        let header = |name| file.headers.get(name).unwrap().to_str().unwrap();
        assert_eq!(header(header::CONTENT_TYPE), kind);
        let disposition = format!("attachment; filename=\"{name}\"");
        assert_eq!(header(header::CONTENT_DISPOSITION), disposition);
        assert_eq!(header(header::CACHE_CONTROL), "no-store");
        assert!(!file.body.contains("taro@"), "another's");
        assert!(!file.body.contains("ip_hash") && !file.body.contains("sequence"));
    }
    let records: Vec<Value> = serde_json::from_str(&json.body).unwrap();
    assert_eq!(records.len(), 5);
    assert_eq!(records[0]["action"], "withdrawn");
    assert_eq!(records[0]["person_email"], EMAIL);
    assert_eq!(records[0]["recorded_at"], "2026-11-22T23:01:00+09:00");
    assert!(
        records[0]["how_obtained"].is_string(),
        "a withdrawal says it, too"
    );
    assert_eq!(records[4]["kind"], "terms");
    assert_eq!(records[4]["hash"].as_str().unwrap().len(), 64);
    assert_eq!(csv.body.matches("\r\n").count(), 6);
}

#[tokio::test]
async fn a_file_takes_a_recent_login_and_whoever_logs_in_comes_back_to_the_page() {
    let (provider, _person) = stage().await;
    let mut phone = logged_in(&provider, Phone::new()).await;
    provider.advance(Duration::from_secs(20 * 60));
    let page = listed(&provider, &mut phone).await;
    for file in ["consents.json", "consents.csv"] {
        let landed = phone.open(page.link(file)).await;
        landed.screen("login");
    }
    let landed = phone.open(page.link("consents.json")).await;
    let landed = steps::log_in(&mut phone, landed, EMAIL).await;
    let page = landed.screen("account-consents");
    let file = phone.fetch(page.link("consents.json")).await;
    assert!(file.body.starts_with('['), "{}", file.body);
    let nobody = Phone::new()
        .open(provider.url("/account/consents.json"))
        .await;
    nobody.screen("login");
}
