//! Consent to another company's scopes: requested once, remembered, never skipped.

use crate::support::browser::{Landed, Phone};
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::steps::{self, Person};

async fn stage() -> (Provider, RelyingParty, Person) {
    let provider = Provider::start().await;
    let partner = provider.partner().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    (provider, partner, person)
}

#[tokio::test]
async fn our_own_services_ask_for_no_consent() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let landed = phone
        .open(service.url(&service.ask("openid profile email")))
        .await;
    steps::log_in(&mut phone, landed, &person.email)
        .await
        .away();
}

#[tokio::test]
async fn another_company_is_named_with_what_it_wants() {
    let (_provider, partner, person) = stage().await;
    let mut phone = Phone::english();
    let landed = phone
        .open(partner.url(&partner.ask("openid email phone")))
        .await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("consent");
    assert!(page.words().contains("Partner"), "{}", page.words());
}

#[tokio::test]
async fn a_consent_is_remembered_until_more_is_wanted_or_it_is_asked_for() {
    let (_provider, partner, person) = stage().await;
    let mut phone = Phone::new();
    let request = partner.ask("openid email");
    let landed = phone.open(partner.url(&request)).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("consent");
    let url = phone.press(&page, "approve", &[]).await.away();
    partner.exchange(&url, &request).await;

    phone
        .open(partner.url(&partner.ask("openid email")))
        .await
        .away();
    phone.open(partner.url(&partner.ask("openid"))).await.away();
    phone
        .open(partner.url(&partner.ask("openid email phone")))
        .await
        .screen("consent");
    let again = partner.ask("openid email").with("prompt", "consent");
    phone.open(partner.url(&again)).await.screen("consent");
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_is_not_remembered() {
    let (_provider, partner, person) = stage().await;
    let mut phone = Phone::new();
    let request = partner.ask("openid email");
    let landed = phone.open(partner.url(&request)).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("consent");
    let url = phone.press(&page, "deny", &[]).await.away();
    assert_eq!(partner.error_of(&url, &request), "access_denied");
    phone
        .open(partner.url(&partner.ask("openid email")))
        .await
        .screen("consent");
}

#[tokio::test]
async fn one_person_s_consent_is_not_another_s() {
    let (provider, partner, person) = stage().await;
    let other = steps::person(&provider, "taro@example.jp").await;
    let mut phone = Phone::new();
    steps::tokens(&mut phone, &partner, partner.ask("openid email"), &person).await;
    let request = partner.ask("openid email").with("prompt", "login");
    let landed = phone.open(partner.url(&request)).await;
    steps::log_in(&mut phone, landed, &other.email)
        .await
        .screen("consent");
}

#[tokio::test]
async fn approving_needs_the_form_of_this_browser() {
    let (_provider, partner, person) = stage().await;
    let mut phone = Phone::new();
    let landed = phone.open(partner.url(&partner.ask("openid email"))).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("consent");
    let mut forged = page.form("approve");
    forged.fields.retain(|(name, _)| name != "form_token");
    let answer = phone.submit(forged).await;
    assert_eq!(
        (answer.status.is_client_error(), answer.redirect()),
        (true, None)
    );
    // Another browser gets the login page, and approves nothing.
    let mut other = Phone::new();
    other.press(&page, "approve", &[]).await.screen("login");
    phone
        .open(partner.url(&partner.ask("openid email")))
        .await
        .screen("consent");
}

#[tokio::test]
async fn a_second_press_gets_the_first_answer() {
    let (_provider, partner, person) = stage().await;
    let mut phone = Phone::new();
    let request = partner.ask("openid email");
    let landed = phone.open(partner.url(&request)).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("consent");
    let first = phone.press(&page, "approve", &[]).await.away();
    let again = phone.press(&page, "approve", &[]).await.away();
    assert!(partner.answer_of(&again, &request).contains_key("code"));
    partner.exchange(&first, &request).await;
}

#[tokio::test]
async fn what_one_person_begins_is_limited_and_shuts_nobody_out() {
    let provider = Provider::start_with(|config| {
        config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
        config.limits.kept_kib_per_account_hour = 64;
        config.limits.kept_kib_per_ip_hour = 64;
    })
    .await;
    let partner = provider.partner().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::behind_proxy("198.51.100.1");
    steps::tokens(&mut phone, &partner, partner.ask("openid"), &person).await;
    // Each is kept from the consent to the end of the interaction's life.
    let mut begun = 0;
    let refused = loop {
        let request = partner.ask("openid").with("prompt", "consent");
        let page = phone.open(partner.url(&request)).await.screen("consent");
        match phone.press(&page, "approve", &[]).await {
            Landed::Away(_) if begun < 200 => begun += 1,
            Landed::Away(_) => panic!("one person may begin any number"),
            Landed::On(page) => break page,
        }
    };
    assert!(begun >= 16, "{begun}");
    assert_eq!(refused.status.as_u16(), 429);
    // What needs nothing kept goes on, and so does the same person elsewhere: the first may
    // have been somebody who stole the password.
    phone.open(partner.url(&partner.ask("openid"))).await.away();
    let mut elsewhere = Phone::behind_proxy("198.51.100.2");
    steps::tokens(&mut elsewhere, &partner, partner.ask("openid"), &person).await;
    let request = partner.ask("openid").with("prompt", "consent");
    let page = elsewhere
        .open(partner.url(&request))
        .await
        .screen("consent");
    elsewhere.press(&page, "approve", &[]).await.away();
}

#[tokio::test]
async fn one_person_agrees_so_often_in_a_day_and_may_always_refuse() {
    let provider = Provider::start_with(|config| config.account.consents_per_day = 10).await;
    let partner = provider.partner().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    steps::tokens(&mut phone, &partner, partner.ask("openid"), &person).await;
    let recorded = provider.count("consents").await;
    let request = partner.ask("openid").with("prompt", "consent");
    for _ in 1..10 {
        let page = phone.open(partner.url(&request)).await.screen("consent");
        phone.press(&page, "approve", &[]).await.away();
    }
    let page = phone.open(partner.url(&request)).await.screen("consent");
    let refused = phone.press(&page, "approve", &[]).await.page();
    assert_eq!(refused.status.as_u16(), 429);
    assert_eq!(provider.count("consents").await, recorded + 9);
    let page = phone.open(partner.url(&request)).await.screen("consent");
    phone.press(&page, "deny", &[]).await.away();
    // What was agreed to before needs no further consent.
    phone.open(partner.url(&partner.ask("openid"))).await.away();
}
