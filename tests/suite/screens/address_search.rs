//! 住所を検索 (address search): from a postal code to the address, on every page that has one.

use common_id::accounts::account::Account;
use reqwest::StatusCode;
use serde_json::json;

use crate::support::browser::{Page, Phone};
use crate::support::provider::Provider;
use crate::support::steps::{self, PASSWORD};

const EMAIL: &str = "hanako@example.jp";

/// A phone at ⑦.
async fn at_details(provider: &Provider) -> (Phone, Page) {
    provider.register("registrar", json!({})).await;
    let registrar = provider.party("registrar").await;
    let mut phone = Phone::new();
    let request = registrar.ask("openid").with("prompt", "create");
    let landed = phone.open(registrar.url(&request)).await;
    let email = steps::agree_to_terms(&mut phone, landed).await;
    let code = steps::send_code(&mut phone, &email, EMAIL).await;
    let details = steps::enter_code(&mut phone, provider, &code, EMAIL)
        .await
        .screen("registration-details");
    (phone, details)
}

fn json_of(page: &Page) -> serde_json::Value {
    serde_json::from_str(&page.body).unwrap()
}

fn address(page: &Page) -> [String; 2] {
    ["prefecture", "city"].map(|field| page.value(field).unwrap_or_default())
}

#[tokio::test]
async fn while_registering_the_code_fills_in_what_is_empty_and_nothing_typed_is_lost() {
    let provider = Provider::start().await;
    let (mut phone, page) = at_details(&provider).await;
    let fields = [
        ("new_password", PASSWORD),
        ("family_name", "山田"),
        ("postal_code", "４６０－０００８"),
        ("block", "3-4-5"),
    ];
    let page = phone
        .press(&page, "find_address", &fields)
        .await
        .screen("registration-details");
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(address(&page), ["愛知県", "名古屋市中区栄"]);
    assert_eq!(page.value("family_name").as_deref(), Some("山田"));
    assert_eq!(page.value("block").as_deref(), Some("3-4-5"));
    assert!(page.words().contains("郵便番号から住所を入力しました"));
    assert!(
        page.words().contains("設定済みです"),
        "the password is kept"
    );
    let page = phone.press(&page, "next", &[]).await;
    let page = page.screen("registration-confirmation");
    assert!(page.words().contains("愛知県 名古屋市中区栄 3-4-5"));
}

#[tokio::test]
async fn a_password_that_will_not_do_is_said_when_the_address_is_searched() {
    let provider = Provider::start().await;
    let (mut phone, page) = at_details(&provider).await;
    let fields = [("new_password", "short"), ("postal_code", "4600008")];
    let page = phone
        .press(&page, "find_address", &fields)
        .await
        .screen("registration-details");
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(page.errors(), ["password-too-short"]);
    assert_eq!(address(&page), ["愛知県", "名古屋市中区栄"]);
}

#[tokio::test]
async fn a_code_of_two_prefectures_gives_a_list_to_choose_from() {
    let provider = Provider::start().await;
    let (mut phone, page) = at_details(&provider).await;
    let page = phone
        .press(&page, "find_address", &[("postal_code", "498-0000")])
        .await
        .screen("registration-details");
    assert_eq!(address(&page), ["", ""]);
    assert_eq!(page.value("found_address").as_deref(), Some("愛知県弥富市"));
    let chosen = [("found_address", "三重県桑名郡木曽岬町")];
    let page = phone
        .press(&page, "take_address", &chosen)
        .await
        .screen("registration-details");
    assert_eq!(address(&page), ["三重県", "桑名郡木曽岬町"]);
    assert!(!page.has_button("take_address"));
}

#[tokio::test]
async fn what_was_typed_is_not_written_over_but_may_be_exchanged() {
    let provider = Provider::start().await;
    let (mut phone, page) = at_details(&provider).await;
    let fields = [
        ("postal_code", "4600008"),
        ("prefecture", "長野県"),
        ("city", "長野市"),
    ];
    let page = phone
        .press(&page, "find_address", &fields)
        .await
        .screen("registration-details");
    assert_eq!(address(&page), ["長野県", "長野市"]);
    assert!(page.words().contains("郵便番号の住所と異なります"));
    let page = phone.press(&page, "take_address", &[]).await.page();
    assert_eq!(address(&page), ["愛知県", "名古屋市中区栄"]);
}

#[tokio::test]
async fn a_code_that_is_none_or_nobodys_is_said() {
    let provider = Provider::start().await;
    let (mut phone, page) = at_details(&provider).await;
    for code in ["", "460", "郵便番号"] {
        let page = phone
            .press(&page, "find_address", &[("postal_code", code)])
            .await
            .screen("registration-details");
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(page.errors(), ["postal-code-format"], "{code}");
    }
    let page = phone
        .press(&page, "find_address", &[("postal_code", "000-0000")])
        .await
        .page();
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.words().contains("見つかりませんでした"));
}

#[tokio::test]
async fn the_enter_key_presses_the_main_button_still() {
    let provider = Provider::start().await;
    let (mut phone, page) = at_details(&provider).await;
    // The first button of the form has no name; a browser presses it on Enter.
    let first = page.body.find("<button").unwrap();
    assert!(page.body[first..].starts_with("<button class=\"unseen\""));
    let mut form = page.form("next").filled(&[("new_password", PASSWORD)]);
    form.fields.retain(|(name, _)| name != "action");
    let answer = phone.submit(form).await;
    phone
        .follow(answer)
        .await
        .screen("registration-confirmation");
}

#[tokio::test]
async fn a_service_that_needs_the_address_finds_it_too_and_saves_nothing_before() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    let forget = |account: &mut Account| account.profile.address = None;
    provider.change_account(EMAIL, forget).await;
    let service = provider.service().await;
    let claims = json!({"userinfo": {"address": {"essential": true}}});
    let request = service
        .ask("openid address")
        .with("claims", claims.to_string());
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&request)).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("profile-edit");
    let page = phone
        .press(&page, "find_address", &[("postal_code", "4600008")])
        .await
        .screen("profile-edit");
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(address(&page), ["愛知県", "名古屋市中区栄"]);
    assert_eq!(provider.account(EMAIL).await.profile.address, None);
    let page = phone.press(&page, "next", &[("block", "1-2")]).await;
    let words = page.screen("profile-confirmation").words();
    assert!(
        words.contains("〒460-0008 愛知県 名古屋市中区栄 1-2"),
        "{words}"
    );
}

#[tokio::test]
async fn ones_own_page_finds_it_too_and_still_knows_what_another_tab_changed() {
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account/profile")).await;
    let page = steps::log_in(&mut phone, landed, EMAIL)
        .await
        .screen("account-profile");
    let moved = [("postal_code", "4600008"), ("prefecture", ""), ("city", "")];
    let page = phone.press(&page, "find_address", &moved).await;
    let page = page.screen("account-profile");
    assert_eq!(address(&page), ["愛知県", "名古屋市中区栄"]);
    let rename = |account: &mut Account| account.profile.family_name = Some("田中".to_owned());
    provider.change_account(EMAIL, rename).await;
    // Neither a search nor an error makes an older form valid again.
    let page = phone.press(&page, "find_address", &[]).await.page();
    let page = phone.press(&page, "save", &[("mobile_phone", "1")]).await;
    let page = page.screen("account-profile");
    let page = phone
        .press(&page, "save", &[("mobile_phone", "09012345678")])
        .await
        .screen("account-profile");
    assert_eq!(page.errors(), ["profile-changed-elsewhere"]);
    assert!(page.words().contains("ご入力の内容：山田"), "both are seen");
    let saved = provider.account(EMAIL).await.profile;
    assert_eq!(saved.family_name.as_deref(), Some("田中"));
}

#[tokio::test]
async fn the_script_gets_the_same_places_as_json_that_may_be_kept() {
    let provider = Provider::start().await;
    let mut phone = Phone::new();
    let answer = phone.fetch(provider.url("/postal-code/4980000")).await;
    assert_eq!(
        json_of(&answer),
        json!({"addresses": [
            {"prefecture": "愛知県", "city": "弥富市", "town": ""},
            {"prefecture": "三重県", "city": "桑名郡木曽岬町", "town": ""},
        ]})
    );
    assert_eq!(answer.headers["cache-control"], "public, max-age=86400");
    assert!(!answer.headers.contains_key("set-cookie"));
    let nobody = phone.fetch(provider.url("/postal-code/0000000")).await;
    assert_eq!(json_of(&nobody), json!({"addresses": []}));
    let wrong = phone.fetch(provider.url("/postal-code/abc")).await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);
}
