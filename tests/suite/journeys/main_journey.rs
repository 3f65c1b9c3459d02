//! The main journey: from a service through registration and dealer link and back, then on
//! to the next service without typing.

use crate::support::browser::{Landed, Phone};
use crate::support::provider::{DEALER, Provider};
use crate::support::relying_party::RelyingParty;
use crate::support::steps::{self, Person};

/// The main job, at one brand of a provider.
pub(crate) async fn walk(provider: &Provider, brand: &str, mut phone: Phone) {
    provider
        .register("maintenance", serde_json::json!({}))
        .await;
    let maintenance = provider.party_at(brand, "maintenance").await;
    let person = Person::new(&format!("hanako.{brand}@example.jp"));
    let details = format!(r#"[{{"type":"dealer_link","identifier":"{DEALER}","optional":true}}]"#);
    let request = maintenance
        .ask("openid profile email")
        .with("authorization_details", details);
    let landed = phone.open(maintenance.url(&request)).await;
    let page = steps::register(&mut phone, provider, landed, &person)
        .await
        .screen("dealer-link");
    assert!(page.words().contains(&person.email));
    let landed = phone.press(&page, "link", &[]).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link-complete");
    let answer = phone.press(&page, "next", &[]).await.away();
    let tokens = maintenance.exchange(&answer, &request).await;
    let claims = maintenance.userinfo(&tokens.access_token).await.json();
    assert_eq!(claims["name"], "山田 花子");

    // Another service: no page, no input, the same person and the same dealer.
    provider.register("mytoyota", serde_json::json!({})).await;
    let mytoyota = provider.party_at(brand, "mytoyota").await;
    let request = mytoyota
        .ask("openid profile")
        .with("authorization_details", r#"[{"type":"dealer_link"}]"#);
    let answer = phone.open(mytoyota.url(&request)).await.away();
    let code = mytoyota.code_of(&answer, &request);
    let reply = mytoyota.exchange_raw(&code, &request.verifier).await.json();
    assert_eq!(reply["authorization_details"][0]["identifier"], DEALER);
}

#[tokio::test]
async fn a_newcomer_registers_links_and_is_signed_on_under_toyota() {
    let provider = Provider::start().await;
    walk(&provider, "toyota", Phone::new()).await;
}

#[tokio::test]
async fn a_newcomer_registers_links_and_is_signed_on_under_lexus_in_english() {
    let provider = Provider::start().await;
    walk(&provider, "lexus", Phone::english()).await;
}

async fn cancel(
    phone: &mut Phone,
    landed: Landed,
    party: &RelyingParty,
    request: &crate::support::relying_party::Pending,
) {
    let page = landed.page();
    let screen = page.screen();
    let url = phone.press(&page, "cancel", &[]).await.away();
    assert_eq!(party.error_of(&url, request), "access_denied", "{screen}");
}

#[tokio::test]
async fn the_way_out_is_open_on_every_screen() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let mut phone = Phone::new();
    let request = service.ask("openid");
    let login = phone.open(service.url(&request)).await;
    cancel(&mut phone.clone(), login.clone(), &service, &request).await;
    let request = service.ask("openid").with("prompt", "create");
    let terms = phone.open(service.url(&request)).await;
    cancel(&mut phone.clone(), terms, &service, &request).await;
    let request = service.ask("openid").with("prompt", "create");
    let terms = phone.open(service.url(&request)).await;
    let email = steps::agree_to_terms(&mut phone, terms).await;
    let code = steps::send_code(&mut phone, &email, "hanako@example.jp").await;
    cancel(&mut phone, Landed::On(code), &service, &request).await;
}
