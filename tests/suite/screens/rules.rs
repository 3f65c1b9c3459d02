//! Rules of `docs/screens.md` that hold for every page, or that no other file tests.

use std::time::Duration;

use serde_json::json;

use crate::support::browser::{Landed, Page, Phone, cookie_parts, http_client};
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::steps::{self, PASSWORD, Person};

const EMAIL: &str = "hanako@example.jp";

async fn stage() -> (Provider, RelyingParty, Phone) {
    let provider = Provider::start().await;
    let service = provider.service().await;
    (provider, service, Phone::new())
}

async fn begin(phone: &mut Phone, service: &RelyingParty) -> Landed {
    let request = service.ask("openid").with("prompt", "create");
    phone.open(service.url(&request)).await
}

async fn at_code(phone: &mut Phone, service: &RelyingParty) -> Page {
    let landed = begin(phone, service).await;
    let page = steps::agree_to_terms(phone, landed).await;
    steps::send_code(phone, &page, EMAIL).await
}

#[tokio::test]
async fn after_twenty_wrong_codes_an_interaction_rests_for_an_hour_and_no_other_does() {
    let (provider, service, mut phone) = stage().await;
    let mut page = at_code(&mut phone, &service).await;
    for round in 0..4 {
        if round > 0 {
            provider.advance(Duration::from_secs(61));
            page = phone.press(&page, "resend_code", &[]).await.page();
        }
        let right = provider.code_for(EMAIL).await;
        let wrong = if right.starts_with('0') {
            "100000"
        } else {
            "000000"
        };
        for _ in 0..5 {
            page = phone.press(&page, "next", &[("code", wrong)]).await.page();
        }
        assert_eq!(page.errors(), ["code-too-many"]);
    }
    let right = provider.code_for(EMAIL).await;
    let typed = [("code", right.as_str())];
    let refused = phone.press(&page, "next", &typed).await.page();
    assert_eq!(refused.status.as_u16(), 429);
    assert_eq!(refused.errors(), ["code-cooling-down"]);
    // Strangers' guesses are no reason to refuse the owner in their own interaction.
    let mut other = Phone::new();
    let there = at_code(&mut other, &service).await;
    let code = provider.code_for(EMAIL).await;
    let there = other.press(&there, "next", &[("code", &code)]).await;
    there.screen("registration-details");
}

#[tokio::test]
async fn a_mailbox_proven_more_than_an_hour_ago_is_proven_anew() {
    let (provider, service, mut phone) = stage().await;
    let code = at_code(&mut phone, &service).await;
    let details = steps::enter_code(&mut phone, &provider, &code, EMAIL).await;
    let details = details.screen("registration-details");
    let person = Person::new(EMAIL);
    provider.advance(Duration::from_secs(31 * 60));
    let page = steps::enter_details(&mut phone, &details, &person).await;
    provider.advance(Duration::from_secs(30 * 60));
    let page = phone.press(&page, "register", &[]).await;
    let page = page.screen("registration-email");
    assert_eq!(page.errors(), ["email-proof-expired"]);
    assert_eq!(provider.count("accounts").await, 0);
    // The input is still there once the mailbox is proven again.
    let code = steps::send_code(&mut phone, &page, EMAIL).await;
    let page = steps::enter_code(&mut phone, &provider, &code, EMAIL).await;
    let page = page.screen("registration-confirmation");
    let page = phone.press(&page, "register", &[]).await;
    page.screen("registration-complete");
}

#[tokio::test]
async fn over_https_browsers_are_told_to_stay_there_and_cookies_are_locked_to_the_host() {
    let provider = Provider::start_with(|config| {
        for brand in &mut config.brands {
            brand.issuer = brand.issuer.replacen("http://", "https://", 1);
        }
    })
    .await;
    let url = provider.url("/account");
    let answer = http_client().get(&url).send().await.unwrap();
    let kept = answer.headers()["strict-transport-security"].to_str();
    assert_eq!(
        kept.unwrap(),
        "max-age=63072000; includeSubDomains; preload"
    );
    let url = provider.url("/recovery");
    let answer = http_client().get(&url).send().await.unwrap();
    let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
    assert!(!cookies.is_empty());
    for cookie in cookies {
        let (name, _, attributes) = cookie_parts(cookie);
        assert!(name.starts_with("__Host-"), "{name}");
        assert!(attributes.iter().any(|found| found == "Secure"), "{name}");
    }
}

#[tokio::test]
async fn a_form_sent_by_another_site_is_refused_whatever_it_holds() {
    let (provider, service, mut phone) = stage().await;
    let person = steps::person(&provider, EMAIL).await;
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    let page = landed.screen("login");
    let fields = [("login_id", person.email.as_str()), ("password", PASSWORD)];
    let form = page.form("login").filled(&fields);
    let refused = phone.submit_from_elsewhere(form).await;
    assert_eq!(refused.status.as_u16(), 403);
    assert_eq!(refused.errors(), ["form-expired"]);
    phone.press(&page, "login", &fields).await.away();
}

#[tokio::test]
async fn an_error_page_has_a_stable_code_a_number_for_support_and_both_languages() {
    let (_provider, service, mut phone) = stage().await;
    let url = service.url(&service.ask("openid").with("client_id", "nobody"));
    let mut numbers = Vec::new();
    for (phone, words) in [
        (&mut phone, "ページを表示できませんでした"),
        (&mut Phone::english(), "We could not show this page"),
    ] {
        let page = phone.open(&url).await.screen("error");
        assert_eq!(page.errors().len(), 1);
        assert!(page.words().contains(words), "{}", page.words());
        let codes: Vec<_> = page.body.split("<code>").skip(1).collect();
        let number = codes.last().unwrap().split('<').next().unwrap();
        assert!(number.len() >= 16, "{number}");
        numbers.push(number.to_owned());
    }
    assert_ne!(numbers[0], numbers[1]);
}

#[tokio::test]
async fn with_prompt_login_another_person_may_log_in_and_is_the_one_who_is_told_of() {
    let (provider, service, mut phone) = stage().await;
    let hanako = steps::person(&provider, EMAIL).await;
    let taro = steps::person(&provider, "taro@example.jp").await;
    let ask = || service.ask("openid");
    let first = steps::tokens(&mut phone, &service, ask(), &hanako).await;
    let request = ask().with("prompt", "login");
    let page = phone.open(service.url(&request)).await.screen("login");
    // The logged-in person's address is filled in, and may be changed.
    assert_eq!(page.value("login_id").as_deref(), Some(EMAIL));
    let landed = steps::log_in(&mut phone, Landed::On(page), &taro.email).await;
    let tokens = service.exchange(&landed.away(), &request).await;
    assert_ne!(tokens.claims.subject(), first.claims.subject());
    // The first person is logged out here: the session now belongs to the other one.
    let again = ask();
    let answer = phone.open(service.url(&again)).await.away();
    let now = service.exchange(&answer, &again).await;
    assert_eq!(now.claims.subject(), tokens.claims.subject());
}

#[tokio::test]
async fn who_is_to_log_in_and_to_choose_finds_no_id_filled_in_but_the_one_hinted_at() {
    let (provider, service, mut phone) = stage().await;
    let hanako = steps::person(&provider, EMAIL).await;
    let taro = steps::person(&provider, "taro@example.jp").await;
    let ask = || service.ask("openid");
    let first = steps::tokens(&mut phone, &service, ask(), &hanako).await;
    let request = ask().with("prompt", "login select_account");
    let page = phone.open(service.url(&request)).await.screen("login");
    assert_eq!(page.value("login_id").as_deref(), Some(""));
    let hinting = request.with("login_hint", taro.email.as_str());
    let page = phone.open(service.url(&hinting)).await.screen("login");
    assert_eq!(page.value("login_id").as_deref(), Some(&*taro.email));
    // Typing in an ID counts as the choice of an account.
    let landed = steps::log_in(&mut phone, Landed::On(page), &taro.email).await;
    let tokens = service.exchange(&landed.away(), &hinting).await;
    assert_ne!(tokens.claims.subject(), first.claims.subject());
}

#[tokio::test]
async fn what_a_service_pushed_stands_beside_what_the_account_has() {
    let (provider, _service, mut phone) = stage().await;
    let person = steps::person(&provider, EMAIL).await;
    provider.register("tos", json!({"may_prefill": true})).await;
    let site = provider.party("tos").await;
    let claims = json!({"userinfo": {
        "birthdate": {"essential": true}, "address": {"essential": true},
    }});
    let prefill = json!({"address": {"locality": "名古屋市中区豊田"}, "birthdate": "1995-12-25"});
    let request = site
        .ask("openid profile address")
        .with("claims", claims.to_string())
        .with("prefill", prefill.to_string());
    let landed = phone.open(site.push(&request).await).await;
    let page = steps::log_in(&mut phone, landed, &person.email).await;
    let page = page.screen("profile-edit");
    assert_eq!(page.value("city").as_deref(), Some("長野市"), "ours stays");
    assert!(page.words().contains("名古屋市中区豊田"), "theirs is shown");
    assert_eq!(page.value("birthdate_year").as_deref(), Some("1995"));
}

#[tokio::test]
async fn a_number_that_logs_somebody_else_in_is_taken_as_a_contact() {
    let (provider, service, mut phone) = stage().await;
    let taro = steps::person(&provider, "taro@example.jp").await;
    provider
        .change_account(&taro.email, |account| {
            account.mobile_phone_verified = true;
            account.phone_login = true;
        })
        .await;
    let landed = begin(&mut phone, &service).await;
    let person = Person::new(EMAIL);
    steps::register(&mut phone, &provider, landed, &person)
        .await
        .away();
    let hanako = provider.account(EMAIL).await;
    assert_eq!(
        hanako.mobile_phone,
        provider.account(&taro.email).await.mobile_phone
    );
    assert!(!hanako.phone_login);
}

#[tokio::test]
async fn an_interaction_nobody_can_open_any_more_leads_to_a_page_with_a_way_on() {
    let (provider, _service, mut phone) = stage().await;
    let page = phone
        .open(provider.url("/interaction/abcdefghijklmnopqrstuv/login?request=forged"))
        .await
        .page();
    assert!(page.status.is_client_error());
    assert_eq!(page.screen(), "error");
}
