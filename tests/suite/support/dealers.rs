//! A dealer's own system, registered with the provider, and people who link the dealer.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};

use super::browser::Phone;
use super::provider::{DEALER, Provider};
use super::relying_party::{RelyingParty, Reply};
use super::steps::{self, Person};

/// The scope for the list of customers.
pub(crate) const SCOPE: &str = "dealer.customers";

/// Registers a dealer's own system, with `changes` over its metadata.
pub(crate) async fn system(provider: &Provider, id: &str, changes: Value) -> RelyingParty {
    let mut metadata = json!({
        "party": "third",
        "subject_type": "pairwise",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
        "post_logout_redirect_uris": [],
        "scope": SCOPE,
        "authorization_details_types": [],
        "dealer_code": DEALER,
    });
    let members = metadata.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    provider.register(id, metadata).await;
    provider.party(id).await
}

/// Gets an access token for the system itself.
pub(crate) async fn token(system: &RelyingParty) -> String {
    let form = [("grant_type", "client_credentials"), ("scope", SCOPE)];
    system.token(&form).await.text("access_token")
}

/// Requests the list of customers with this token and query.
pub(crate) async fn ask(
    provider: &Provider,
    system: &RelyingParty,
    token: &str,
    query: &str,
) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().unwrap());
    let url = provider.url(&format!("/dealer/customers{query}"));
    system.send(Method::GET, &url, headers, None).await
}

/// Returns the list of customers that the system gets now.
pub(crate) async fn list(provider: &Provider, system: &RelyingParty) -> Value {
    ask(provider, system, &token(system).await, "").await.json()
}

/// Registers a new person, and returns the phone on which they stay logged in.
pub(crate) async fn member(provider: &Provider, email: &str) -> (Phone, Person) {
    let person = steps::person(provider, email).await;
    (Phone::new(), person)
}

/// Links the dealer through `service`, which may have pushed more details.
pub(crate) async fn link(phone: &mut Phone, service: &RelyingParty, code: &str, person: &Person) {
    let details = format!(r#"[{{"type":"dealer_link","identifier":"{code}"}}]"#);
    let pending = service
        .ask("openid")
        .with("authorization_details", details)
        .with("prompt", "login");
    let landed = phone.open(service.url(&pending)).await;
    let page = steps::log_in(phone, landed, &person.email)
        .await
        .screen("dealer-link");
    let page = phone
        .press(&page, "link", &[])
        .await
        .screen("dealer-link-complete");
    phone.press(&page, "next", &[]).await.away();
}

/// Ends the person's only link on their account page.
pub(crate) async fn unlink(phone: &mut Phone, provider: &Provider) {
    let page = phone
        .open(provider.url("/account/services"))
        .await
        .screen("account-services");
    phone.press(&page, "unlink", &[]).await;
}

/// A day and a bit.
pub(crate) const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);
