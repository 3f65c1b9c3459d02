//! ⑩ and ⑮: a dealer is linked by the person who agreed, after a recent authentication, and
//! with consent records of both directions.

use std::time::Duration;

use crate::support::browser::{Landed, Phone};
use crate::support::provider::{DEALER, Provider};
use crate::support::relying_party::{Pending, RelyingParty, jwt_part};
use crate::support::steps::{self, Person};

const NAME: &str = "長野トヨタ自動車株式会社";

async fn stage() -> (Provider, RelyingParty, Person) {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    (provider, service, person)
}

fn ask(service: &RelyingParty, optional: &str) -> Pending {
    let details = format!(r#"[{{"type":"dealer_link","identifier":"{DEALER}"{optional}}}]"#);
    service.ask("openid").with("authorization_details", details)
}

const REQUIRED: &str = "";
const OPTIONAL: &str = r#","optional":true"#;

/// Logged in some time ago, so that linking requires the password.
async fn logged_in(provider: &Provider, service: &RelyingParty, person: &Person) -> Phone {
    let mut phone = Phone::new();
    steps::tokens(&mut phone, service, service.ask("openid"), person).await;
    provider.advance(Duration::from_secs(3600));
    phone
}

#[tokio::test]
async fn the_dealer_is_named_from_the_directory_with_both_directions() {
    let (provider, service, person) = stage().await;
    let mut phone = logged_in(&provider, &service, &person).await;
    let page = phone
        .open(service.url(&ask(&service, REQUIRED)))
        .await
        .screen("dealer-link");
    let words = page.words();
    for text in [
        NAME,
        "ご注意1",
        "ご注意2",
        "車両購入履歴や車両整備履歴",
        "カタログ請求",
        "クッキー",
    ] {
        assert!(words.contains(text), "{text}: {words}");
    }
}

#[tokio::test]
async fn a_link_is_made_after_a_fresh_login_and_told_to_the_service() {
    let (provider, service, person) = stage().await;
    let mut phone = logged_in(&provider, &service, &person).await;
    let request = ask(&service, REQUIRED);
    let page = phone
        .open(service.url(&request))
        .await
        .screen("dealer-link");
    let landed = phone.press(&page, "link", &[]).await;
    assert_eq!(
        provider.count("dealer_links").await,
        0,
        "a consent before the login is pending"
    );
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link-complete");
    assert!(page.words().contains(NAME));
    let url = phone.press(&page, "next", &[]).await.away();
    let code = service.code_of(&url, &request);
    let reply = service.exchange_raw(&code, &request.verifier).await.json();
    let granted = &reply["authorization_details"][0];
    assert_eq!(
        (granted["type"].as_str(), granted["identifier"].as_str()),
        (Some("dealer_link"), Some(DEALER))
    );
    let access = jwt_part(reply["access_token"].as_str().unwrap(), 1);
    assert_eq!(access["authorization_details"][0]["identifier"], DEALER);
    assert_eq!(provider.count("dealer_links").await, 1);
    // The consents: terms, dealer → Toyota, Toyota → dealer.
    assert_eq!(provider.count("consents").await, 3);
}

#[tokio::test]
async fn a_login_that_fresh_is_not_asked_for_twice() {
    let (_provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let request = ask(&service, REQUIRED);
    let landed = phone.open(service.url(&request)).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link");
    let page = phone
        .press(&page, "link", &[])
        .await
        .screen("dealer-link-complete");
    phone.press(&page, "next", &[]).await.away();
}

#[tokio::test]
async fn whoever_just_registered_logs_in_before_the_link() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = Person::new("hanako@example.jp");
    let mut phone = Phone::new();
    let request = ask(&service, REQUIRED).with("prompt", "create");
    let landed = phone.open(service.url(&request)).await;
    let page = steps::register(&mut phone, &provider, landed, &person)
        .await
        .screen("dealer-link");
    let landed = phone.press(&page, "link", &[]).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link-complete");
    let url = phone.press(&page, "next", &[]).await.away();
    service.exchange(&url, &request).await;
}

#[tokio::test]
async fn another_person_at_the_login_inherits_no_consent() {
    let (provider, service, person) = stage().await;
    let other = steps::person(&provider, "taro@example.jp").await;
    let mut phone = logged_in(&provider, &service, &person).await;
    let page = phone
        .open(service.url(&ask(&service, REQUIRED)))
        .await
        .screen("dealer-link");
    let landed = phone.press(&page, "link", &[]).await;
    let page = steps::log_in(&mut phone, landed, &other.email)
        .await
        .screen("dealer-link");
    assert_eq!(provider.count("dealer_links").await, 0);
    assert!(page.words().contains("taro@example.jp"), "{}", page.words());
}

#[tokio::test]
async fn declining_is_an_answer_to_this_request_only() {
    let (provider, service, person) = stage().await;
    let mut phone = logged_in(&provider, &service, &person).await;
    let request = ask(&service, REQUIRED);
    let page = phone
        .open(service.url(&request))
        .await
        .screen("dealer-link");
    let url = phone.press(&page, "not_now", &[]).await.away();
    assert_eq!(service.error_of(&url, &request), "access_denied");

    let request = ask(&service, OPTIONAL);
    let page = phone
        .open(service.url(&request))
        .await
        .screen("dealer-link");
    let url = phone.press(&page, "not_now", &[]).await.away();
    let code = service.code_of(&url, &request);
    let reply = service.exchange_raw(&code, &request.verifier).await.json();
    assert!(
        reply["authorization_details"]
            .as_array()
            .is_none_or(Vec::is_empty),
        "{reply}"
    );
    assert_eq!(provider.count("dealer_links").await, 0);
    phone
        .open(service.url(&ask(&service, OPTIONAL)))
        .await
        .screen("dealer-link");
}

#[tokio::test]
async fn a_dealer_linked_before_is_not_asked_for_again() {
    let (provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&ask(&service, REQUIRED))).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link");
    let page = phone
        .press(&page, "link", &[])
        .await
        .screen("dealer-link-complete");
    phone.press(&page, "next", &[]).await.away();
    let consents = provider.count("consents").await;

    let request = ask(&service, REQUIRED);
    let mut landed = phone.open(service.url(&request)).await;
    if let Landed::On(page) = &landed {
        landed = phone.press(page, "next", &[]).await;
    }
    let url = landed.away();
    let code = service.code_of(&url, &request);
    let reply = service.exchange_raw(&code, &request.verifier).await.json();
    assert_eq!(reply["authorization_details"][0]["identifier"], DEALER);
    assert_eq!(
        provider.count("consents").await,
        consents,
        "no second receipt"
    );
}

#[tokio::test]
async fn a_service_that_names_no_dealer_gets_the_one_linked() {
    let (_provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&ask(&service, REQUIRED))).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link");
    let page = phone
        .press(&page, "link", &[])
        .await
        .screen("dealer-link-complete");
    phone.press(&page, "next", &[]).await.away();
    let request = service
        .ask("openid")
        .with("authorization_details", r#"[{"type":"dealer_link"}]"#);
    let url = phone.open(service.url(&request)).await.away();
    let code = service.code_of(&url, &request);
    let reply = service.exchange_raw(&code, &request.verifier).await.json();
    assert_eq!(reply["authorization_details"][0]["identifier"], DEALER);
}

#[tokio::test]
async fn many_presses_make_one_link_and_one_pair_of_records() {
    let (provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&ask(&service, REQUIRED))).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link");
    let before = provider.count("consents").await;
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut phone, page) = (phone.clone(), page.clone());
        racers.spawn(async move { phone.press(&page, "link", &[]).await });
    }
    for landed in racers.join_all().await {
        // A request that found the link made but not yet announced was sent on to the
        // service.
        if let Landed::On(page) = landed {
            let errors = page.errors();
            assert_eq!(page.screen(), "dealer-link-complete", "{errors:?}");
        }
    }
    assert_eq!(provider.count("dealer_links").await, 1);
    assert_eq!(provider.count("consents").await, before + 2);
}

#[tokio::test]
async fn what_the_form_says_of_dealer_and_wording_is_checked() {
    let (provider, service, person) = stage().await;
    let mut phone = logged_in(&provider, &service, &person).await;
    let page = phone
        .open(service.url(&ask(&service, REQUIRED)))
        .await
        .screen("dealer-link");
    for (name, value) in [("dealer", "99999"), ("notice_version", "1999-01-01")] {
        let mut form = page.form("link");
        form.fields.retain(|(known, _)| known != name);
        form.fields.push((name.to_owned(), value.to_owned()));
        let answer = phone.submit(form).await;
        let landed = phone.follow(answer).await;
        let screen = landed.page().screen();
        assert!(
            matches!(screen.as_str(), "dealer-link" | "error"),
            "{name}: {screen}"
        );
    }
    assert_eq!(provider.count("dealer_links").await, 0);
}

#[tokio::test]
async fn without_its_form_token_nothing_is_linked() {
    let (provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&ask(&service, REQUIRED))).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link");
    let mut forged = page.form("link");
    forged.fields.retain(|(name, _)| name != "form_token");
    assert!(phone.submit(forged).await.status.is_client_error());
    assert_eq!(provider.count("dealer_links").await, 0);
}

#[tokio::test]
async fn a_notice_that_changed_before_the_login_is_read_again() {
    let (provider, service, person) = stage().await;
    let mut phone = logged_in(&provider, &service, &person).await;
    let page = phone
        .open(service.url(&ask(&service, REQUIRED)))
        .await
        .screen("dealer-link");
    let landed = phone.press(&page, "link", &[]).await;
    let mut dealer = provider.dealer(DEALER);
    "2026-11-22".clone_into(&mut dealer.notice.version);
    provider.import_dealers(&[dealer]).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link");
    assert_eq!(provider.count("dealer_links").await, 0);
    phone
        .press(&page, "link", &[])
        .await
        .screen("dealer-link-complete");
    assert_eq!(provider.count("dealer_links").await, 1);
}
