//! The services a person has allowed, and how the person withdraws that.

use std::time::Duration;

use crate::support::browser::{Landed, Phone};
use crate::support::provider::{DEALER, Provider};
use crate::support::relying_party::RelyingParty;
use crate::support::steps::{self, Person};

const PAGE: &str = "/account/services";

async fn stage() -> (Provider, Person) {
    let provider = Provider::start().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    (provider, person)
}

async fn approved(partner: &RelyingParty, person: &Person, phone: &mut Phone) -> String {
    let request = partner.ask("openid email");
    let landed = phone.open(partner.url(&request)).await;
    let landed = steps::log_in(phone, landed, &person.email).await;
    let page = landed.screen("consent");
    let url = phone.press(&page, "approve", &[]).await.away();
    let code = partner.code_of(&url, &request);
    let tokens = partner.exchange_raw(&code, &request.verifier).await.json();
    tokens["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_comes_without_a_session_logs_in_and_lands_on_the_page() {
    let (provider, person) = stage().await;
    let mut phone = Phone::new();
    let landed = phone.open(provider.url(PAGE)).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("account-services");
    assert!(page.words().contains(&person.email));
}

#[tokio::test]
async fn a_new_person_can_register_from_there() {
    let provider = Provider::start().await;
    let mut phone = Phone::new();
    let page = phone.open(provider.url(PAGE)).await.screen("login");
    assert!(
        !page.has_button("cancel"),
        "there is no service to go back to"
    );
    phone.press(&page, "register", &[]).await.screen("terms");
}

#[tokio::test]
async fn no_relying_party_can_ask_in_the_page_s_name() {
    let (provider, _person) = stage().await;
    let asked = format!(
        "/authorize?client_id=common-id&response_type=code&scope=openid&redirect_uri={}",
        provider.url(PAGE)
    );
    let page = Phone::new()
        .open(provider.url(&asked))
        .await
        .screen("error");
    assert_eq!(page.errors(), ["unauthorized_client"]);
}

#[tokio::test]
async fn a_permission_taken_back_is_asked_for_again_and_its_tokens_are_refused() {
    let (provider, person) = stage().await;
    let partner = provider.partner().await;
    let mut phone = Phone::new();
    let token = approved(&partner, &person, &mut phone).await;
    assert_eq!(partner.userinfo(&token).await.status, 200);
    provider.advance(Duration::from_secs(1));
    let page = phone
        .open(provider.url(PAGE))
        .await
        .screen("account-services");
    assert!(page.words().contains("提携先"), "{}", page.words());
    let page = phone
        .press(&page, "revoke", &[])
        .await
        .screen("account-services");
    assert!(!page.has_button("revoke"));
    assert_eq!(provider.count("scope_grants").await, 0);
    phone
        .open(partner.url(&partner.ask("openid email")))
        .await
        .screen("consent");
    assert_eq!(partner.userinfo(&token).await.status, 401);
}

#[tokio::test]
async fn a_dealer_link_undone_leaves_records_of_its_withdrawal() {
    let (provider, person) = stage().await;
    let service = provider.service().await;
    let mut phone = Phone::new();
    let details = format!(r#"[{{"type":"dealer_link","identifier":"{DEALER}"}}]"#);
    let request = service.ask("openid").with("authorization_details", details);
    let landed = phone.open(service.url(&request)).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link");
    phone
        .press(&page, "link", &[])
        .await
        .screen("dealer-link-complete");
    let before = provider.count("consents").await;
    let page = phone
        .open(provider.url(PAGE))
        .await
        .screen("account-services");
    phone
        .press(&page, "unlink", &[])
        .await
        .screen("account-services");
    assert_eq!(provider.count("dealer_links").await, 0);
    assert_eq!(provider.count("consents").await, before + 2);
}

#[tokio::test]
async fn taking_back_needs_the_form_of_this_browser() {
    let (provider, person) = stage().await;
    let partner = provider.partner().await;
    let mut phone = Phone::new();
    approved(&partner, &person, &mut phone).await;
    let page = phone
        .open(provider.url(PAGE))
        .await
        .screen("account-services");
    let mut forged = page.form("revoke");
    forged.fields.retain(|(name, _)| name != "form_token");
    let answer = phone.submit(forged).await;
    assert!(answer.status.is_client_error());
    let landed: Landed = phone.open(provider.url(PAGE)).await;
    assert!(landed.screen("account-services").has_button("revoke"));
}
