//! Passkeys on the account pages and on ⑨: added, named and removed, only by their owner
//! and only after a recent login.

use std::time::Duration;

use serde_json::json;

use crate::support::authenticator::{BACKED_UP, BACKUP_ELIGIBLE, PRESENT};
use crate::support::browser::{Form, Page, Phone};
use crate::support::passkeys::{self, answer, at_passkeys, authenticator, options};
use crate::support::provider::Provider;
use crate::support::steps::{self, Person};

const EMAIL: &str = "hanako@example.jp";
const TARO: &str = "taro@example.jp";

async fn stage() -> Provider {
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    provider
}

/// Opens the page of the only passkey.
async fn at_the_one(phone: &mut Phone, page: &Page) -> Page {
    phone
        .open(page.link("passkey_id="))
        .await
        .screen("account-passkey")
}

/// Whether a login by the passkey succeeds.
async fn lets_in(
    provider: &Provider,
    device: &crate::support::authenticator::Authenticator,
) -> bool {
    let mut phone = Phone::new();
    let landed = phone.open(provider.url("/account")).await;
    let page = passkeys::log_in(&mut phone, landed, device).await.page();
    page.screen() == "account"
}

#[tokio::test]
async fn a_passkey_is_added_named_used_and_removed_and_its_owner_told() {
    let provider = stage().await;
    let (mut phone, page) = at_passkeys(&provider, "toyota", EMAIL).await;
    assert!(page.words().contains("登録されているパスキーはありません"));
    let mut device = authenticator(&provider, "toyota");
    device.flags |= BACKUP_ELIGIBLE | BACKED_UP;
    let page = passkeys::add(&mut phone, &page, &mut device)
        .await
        .screen("account-passkeys");
    for text in [
        "パスキーを登録しました",
        "名前のないパスキー",
        "使えるサイト id.toyota.localhost",
        "登録した日時 2026-11-22 22:00",
        "まだログインに使われていません",
        "心当たりのない端末",
    ] {
        assert!(page.words().contains(text), "{text}: {}", page.words());
    }
    let one = at_the_one(&mut phone, &page).await;
    for (typed, error) in [
        (" ", "passkey-label-missing"),
        (&"あ".repeat(41), "passkey-label-too-long"),
    ] {
        let refused = phone.press(&one, "save", &[("label", typed)]).await;
        let refused = refused.screen("account-passkey");
        assert_eq!(
            (refused.status.as_u16(), refused.errors()),
            (422, vec![error.to_owned()])
        );
        assert_eq!(refused.value("label").as_deref(), Some(typed));
    }
    let page = phone
        .press(&one, "save", &[("label", "仕事の<iPhone>")])
        .await
        .screen("account-passkeys");
    assert!(page.words().contains("名前を変更しました"));
    assert!(page.words().contains("仕事の<iPhone>"));
    provider.advance(Duration::from_secs(60));
    assert!(lets_in(&provider, &device).await);
    let page = phone.open(provider.url("/account/passkeys")).await.page();
    assert!(page.words().contains("最後に使った日時 2026-11-22 22:01"));
    let one = at_the_one(&mut phone, &page).await;
    let page = phone
        .press(&one, "remove", &[])
        .await
        .screen("account-passkeys");
    assert!(page.words().contains("パスキーを削除しました"));
    assert!(page.words().contains("登録されているパスキーはありません"));
    assert!(!lets_in(&provider, &device).await);
    let told: Vec<String> = provider
        .mails_to(EMAIL)
        .await
        .into_iter()
        .map(|mail| mail.subject)
        .filter(|subject| subject.contains("パスキー"))
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("登録") && told[1].contains("削除"));
}

#[tokio::test]
async fn a_new_passkey_is_called_after_the_device_it_was_made_on() {
    let provider = stage().await;
    let mut phone = Phone::called("Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0 Mobile");
    let landed = phone.open(provider.url("/account/passkeys")).await;
    let page = steps::log_in_strongly(&provider, &mut phone, landed, EMAIL)
        .await
        .page();
    let mut device = authenticator(&provider, "toyota");
    let page = passkeys::add(&mut phone, &page, &mut device).await.page();
    assert!(page.words().contains("Android · Chrome"));
}

#[tokio::test]
async fn authenticators_know_a_person_by_a_name_of_its_own_and_make_no_second_passkey() {
    let provider = stage().await;
    let (mut phone, page) = at_passkeys(&provider, "toyota", EMAIL).await;
    let first = options(&page, "create").unwrap();
    let handle = first["user"]["id"].as_str().unwrap().to_owned();
    let account = provider.account(EMAIL).await;
    assert_eq!(handle.len(), 22, "128 bits");
    assert_ne!(handle, account.id);
    assert_eq!(first["user"]["name"], EMAIL);
    assert_eq!(first["excludeCredentials"], json!([]));
    assert_eq!(first["attestation"], "none");
    let mut device = authenticator(&provider, "toyota");
    let page = passkeys::add(&mut phone, &page, &mut device).await.page();
    let second = options(&page, "create").unwrap();
    assert_eq!(second["user"]["id"], handle);
    let known = &second["excludeCredentials"][0];
    assert_eq!(known["id"], device.credential_id());
    assert_eq!(known["transports"], json!(["hybrid", "internal"]));
    let mut other = authenticator(&provider, "toyota");
    passkeys::add(&mut phone, &page, &mut other).await.page();
    assert!(lets_in(&provider, &device).await && lets_in(&provider, &other).await);
}

#[tokio::test]
async fn who_logged_in_long_ago_does_so_again_before_anything_is_changed() {
    let provider = stage().await;
    let mut device = authenticator(&provider, "toyota");
    let (mut phone, page) = at_passkeys(&provider, "toyota", EMAIL).await;
    let page = passkeys::add(&mut phone, &page, &mut device).await.page();
    let one = at_the_one(&mut phone, &page).await;
    provider.advance(Duration::from_secs(20 * 60 + 1));
    phone
        .open(provider.url("/account/passkeys"))
        .await
        .screen("login");
    let mut second = authenticator(&provider, "toyota");
    passkeys::add(&mut phone, &page, &mut second)
        .await
        .screen("login");
    phone.press(&one, "remove", &[]).await.screen("login");
    let landed = phone
        .press(&one, "save", &[("label", "x")])
        .await
        .screen("login");
    assert_eq!(provider.count("passkeys").await, 1);
    assert!(lets_in(&provider, &device).await);
    // A login by the passkey itself is a recent login.
    let landed = crate::support::browser::Landed::On(landed);
    passkeys::log_in(&mut phone, landed, &device)
        .await
        .screen("account-passkeys");
}

#[tokio::test]
async fn what_was_not_asked_for_here_and_now_is_not_added() {
    let provider = stage().await;
    let (mut phone, page) = at_passkeys(&provider, "toyota", EMAIL).await;
    let asked = options(&page, "create").unwrap();
    type Wrong = fn(&mut crate::support::authenticator::Authenticator);
    const WRONG: [(&str, Wrong); 5] = [
        ("another site", |device| {
            device.origin = "https://evil.example".to_owned()
        }),
        ("another relying party", |device| {
            device.rp_id = Some("evil.example".to_owned())
        }),
        ("it was not unlocked", |device| device.flags = PRESENT),
        ("the other ceremony", |device| {
            device.said = json!({"type": "webauthn.get"})
        }),
        ("no key", |device| device.cose_key = vec![0xa0]),
    ];
    for (what, wrong) in WRONG {
        let page = phone.open(provider.url("/account/passkeys")).await.page();
        let mut device = authenticator(&provider, "toyota");
        wrong(&mut device);
        let credential = device.create(&options(&page, "create").unwrap());
        let refused = phone
            .submit(answer(&page, "add_passkey", &credential))
            .await;
        assert_eq!(refused.status, 422, "{what}");
        assert_eq!(refused.errors(), ["passkey-not-added"], "{what}");
    }
    let mut device = authenticator(&provider, "toyota");
    let credential = device.create(&asked);
    let good = answer(&page, "add_passkey", &credential);
    // Another challenge of the provider: the one of ⑪.
    let mut other = Phone::new();
    let login = other.open(provider.url("/account")).await.screen("login");
    let challenge = login.value("passkey_challenge").unwrap();
    let mut mixed = device.clone();
    let credential = mixed.create(&json!({
        "challenge": challenge, "rp": asked["rp"], "user": asked["user"],
    }));
    let mut sent = answer(&page, "add_passkey", &credential);
    sent.fields.retain(|(name, _)| name != "passkey_challenge");
    sent.fields
        .push(("passkey_challenge".to_owned(), challenge));
    assert_eq!(phone.submit(sent).await.errors(), ["passkey-not-added"]);
    // A wrong answer spends no challenge.
    let mut elsewhere = authenticator(&provider, "toyota");
    elsewhere.origin = "https://evil.example".to_owned();
    let wrong = elsewhere.create(&asked);
    let refused = phone.submit(answer(&page, "add_passkey", &wrong)).await;
    assert_eq!(refused.errors(), ["passkey-not-added"]);
    assert_eq!(provider.count("passkeys").await, 0);
    assert_eq!(phone.submit(good.clone()).await.status, 303);
    assert_eq!(
        phone.submit(good).await.errors(),
        ["passkey-not-added"],
        "twice"
    );
    let page = phone.open(provider.url("/account/passkeys")).await.page();
    let known = device.create(&options(&page, "create").unwrap());
    let refused = phone.submit(answer(&page, "add_passkey", &known)).await;
    assert_eq!(refused.errors(), ["passkey-known"]);
    assert_eq!(provider.count("passkeys").await, 1);
}

#[tokio::test]
async fn nobody_touches_what_is_anothers_and_no_form_of_another_browser_is_taken() {
    let provider = stage().await;
    let device = {
        let (mut phone, page) = at_passkeys(&provider, "toyota", EMAIL).await;
        let mut device = authenticator(&provider, "toyota");
        passkeys::add(&mut phone, &page, &mut device).await.page();
        device
    };
    steps::person(&provider, TARO).await;
    let (mut hers, page) = at_passkeys(&provider, "toyota", EMAIL).await;
    let one = at_the_one(&mut hers, &page).await;
    let id = one.value("passkey_id").unwrap();
    let (mut his, page) = at_passkeys(&provider, "toyota", TARO).await;
    let token = page.value("form_token").unwrap();
    let url = provider.url(&format!("/account/passkeys?passkey_id={id}"));
    his.open(url).await.screen("account-passkeys");
    for action in ["save", "remove"] {
        let with_his_token = |form: Form| -> Form {
            let mut form = form;
            form.fields.retain(|(name, _)| name != "form_token");
            form.fields.push(("form_token".to_owned(), token.clone()));
            form
        };
        let answered = his.submit(with_his_token(one.form(action))).await;
        assert_eq!(answered.status, 303);
        let stolen = his.submit(one.form(action)).await;
        assert_eq!(stolen.errors(), ["form-expired"]);
    }
    let page = hers.open(provider.url("/account/passkeys")).await.page();
    assert!(page.words().contains("名前のないパスキー"));
    assert!(lets_in(&provider, &device).await);
}

#[tokio::test]
async fn a_list_that_is_full_takes_no_more() {
    let provider = stage().await;
    let (mut phone, mut page) = at_passkeys(&provider, "toyota", EMAIL).await;
    let mut last = page.clone();
    for _ in 0..common_id::accounts::passkey::MOST {
        last = page;
        let mut device = authenticator(&provider, "toyota");
        page = passkeys::add(&mut phone, &last, &mut device).await.page();
    }
    assert!(options(&page, "create").is_none());
    assert!(page.words().contains("これ以上は登録できません"));
    // Options that were issued before another tab added the last passkey.
    let (mut other, _) = at_passkeys(&provider, "toyota", EMAIL).await;
    drop(last);
    let landed = other.open(provider.url("/account/passkeys")).await.page();
    assert!(!landed.has_button("add_passkey"));
}

/// Returns a phone on ⑨, of a new person.
async fn at_complete(provider: &Provider, mut phone: Phone, brand: &str) -> (Phone, Page) {
    let person = Person::new(EMAIL);
    provider.register("service", json!({})).await;
    let service = provider.party_at(brand, "service").await;
    let request = service.ask("openid").with("prompt", "create");
    let landed = phone.open(service.url(&request)).await;
    let page = steps::register_up_to_confirmation(&mut phone, provider, landed, &person).await;
    let page = phone
        .press(&page, "register", &[])
        .await
        .screen("registration-complete");
    (phone, page)
}

#[tokio::test]
async fn a_passkey_is_offered_on_9_and_whoever_takes_it_stays_there_until_they_go_on() {
    let provider = Provider::start().await;
    let (mut phone, page) = at_complete(&provider, Phone::new(), "toyota").await;
    let mut device = authenticator(&provider, "toyota");
    device.flags = PRESENT;
    let refused = passkeys::add(&mut phone, &page, &mut device)
        .await
        .screen("registration-complete");
    assert_eq!(refused.errors(), ["passkey-not-added"]);
    let mut device = authenticator(&provider, "toyota");
    let page = passkeys::add(&mut phone, &refused, &mut device)
        .await
        .screen("registration-complete");
    assert!(page.words().contains("パスキーを登録しました"));
    assert!(!page.has_button("add_passkey"), "once is enough");
    phone.press(&page, "next", &[]).await.away();
    assert!(lets_in(&provider, &device).await);
    let told = provider.mails_to(EMAIL).await;
    assert!(
        told.iter()
            .any(|mail| mail.subject.contains("パスキー登録"))
    );
}

#[tokio::test]
async fn whoever_wants_no_passkey_goes_on_and_who_comes_back_late_is_offered_none() {
    let provider = Provider::start().await;
    let (mut phone, page) = at_complete(&provider, Phone::english(), "lexus").await;
    assert!(page.words().contains("Log in with a passkey next time"));
    let asked = options(&page, "create").unwrap();
    assert_eq!(asked["rp"]["id"], "id.lexus.localhost");
    provider.advance(Duration::from_secs(10 * 60 + 1));
    let late = phone.open(page.url.as_str()).await.page();
    assert!(!late.has_button("add_passkey"));
    provider.advance(Duration::from_secs(10 * 60));
    let mut device = authenticator(&provider, "lexus");
    passkeys::add(&mut phone, &page, &mut device)
        .await
        .screen("registration-complete");
    assert_eq!(provider.count("passkeys").await, 0);
    phone.press(&late, "next", &[]).await.away();
    let page = phone.open(page.url.as_str()).await;
    page.away();
}

#[tokio::test]
async fn an_address_that_is_restored_takes_every_passkey_with_it() {
    let provider = stage().await;
    let (mut phone, page) = at_passkeys(&provider, "toyota", EMAIL).await;
    let mut device = authenticator(&provider, "toyota");
    passkeys::add(&mut phone, &page, &mut device).await.page();
    let page = phone.open(provider.url("/account/email")).await.page();
    let page = phone
        .press(&page, "send_code", &[("email", "thief@example.net")])
        .await
        .screen("account-email-code");
    let code = provider.code_for("thief@example.net").await;
    phone
        .press(&page, "next", &[("code", &code)])
        .await
        .screen("account-email");
    assert!(lets_in(&provider, &device).await);
    let mails = provider.mails_to(EMAIL).await;
    let is_code = |word: &&str| word.len() == 19 && word.matches('-').count() == 3;
    let undo = mails.iter().rev().find_map(|mail| {
        let mut words = mail.text.split(['：', '\n']).map(str::trim);
        words.find(is_code)
    });
    let mut phone = Phone::new();
    let page = phone.open(provider.url("/email-undo")).await.page();
    phone
        .press(&page, "undo", &[("undo_code", undo.unwrap())])
        .await
        .screen("email-undo");
    assert!(!lets_in(&provider, &device).await);
}
