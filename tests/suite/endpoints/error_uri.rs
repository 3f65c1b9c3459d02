//! `error_uri`: every error response has the address of the page that explains the error,
//! at the issuer that answers, and that page exists.

use common_id::oidc::ErrorCode;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::json;

use crate::support::browser::{Phone, http_client};
use crate::support::devices::Navi;
use crate::support::provider::Provider;
use crate::support::registrar::{metadata, open_provider, try_register};
use crate::support::relying_party::{Reply, basic};

/// Opens the address in a browser, and checks that the page names the code.
async fn leads_to_the_page_of(code: &str, uri: &str) {
    let page = Phone::english().open(uri).await.screen("error-code");
    assert_eq!(page.status, 200, "{uri}");
    let title = format!("Error code {code}");
    assert!(page.words().contains(&title), "{uri}: {}", page.words());
}

async fn is_told(provider: &Provider, reply: &Reply, status: u16, code: &str) {
    assert_eq!(reply.refused(), (status, code.to_owned()));
    let uri = reply.text("error_uri");
    assert_eq!(uri, provider.url(&format!("/errors/{code}")));
    leads_to_the_page_of(code, &uri).await;
}

#[tokio::test]
async fn the_answer_to_an_authorization_request_has_it_however_it_travels() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let uri = provider.url("/errors/login_required");
    for mode in ["query", "fragment"] {
        let request = service.ask("openid").with("prompt", "none");
        let request = request.with("response_mode", mode);
        let url = Phone::new().open(service.url(&request)).await.away();
        let answer = service.answer_of(&url, &request);
        assert_eq!(answer["error_uri"], uri, "{mode}");
    }
    let request = service.ask("openid").with("prompt", "none");
    let request = request.with("response_mode", "form_post");
    let page = Phone::new().open(service.url(&request)).await.page();
    assert_eq!(page.value("error_uri").as_deref(), Some(uri.as_str()));
    leads_to_the_page_of("login_required", &uri).await;
}

#[tokio::test]
async fn every_endpoint_that_answers_json_has_it() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let reply = service.token(&[("grant_type", "password")]).await;
    is_told(&provider, &reply, 400, "unsupported_grant_type").await;
    let pushed = service.ask("openid").with("display", "vr");
    let reply = service.push_raw(&pushed).await;
    is_told(&provider, &reply, 400, "invalid_request").await;
    for endpoint in ["introspection_endpoint", "revocation_endpoint"] {
        let reply = service.post(endpoint, &[]).await;
        is_told(&provider, &reply, 400, "invalid_request").await;
    }
    let mut headers = HeaderMap::new();
    headers.insert("authorization", basic("service", "wrong").parse().unwrap());
    let wrong = service.post_as("token_endpoint", headers, &[]).await;
    is_told(&provider, &wrong, 401, "invalid_client").await;
    let navi = Navi::of(&provider).await;
    let reply = navi.ask(&[("scope", "\"")]).await;
    is_told(&provider, &reply, 400, "invalid_scope").await;
    let device = navi.begin("openid").await;
    let reply = navi.poll(&device).await;
    is_told(&provider, &reply, 400, "authorization_pending").await;
    let reply = try_register(&provider, &metadata(json!({})), None).await;
    is_told(&provider, &reply, 403, "access_denied").await;
}

#[tokio::test]
async fn a_registration_that_is_refused_has_it() {
    let provider = open_provider().await;
    let unlawful = metadata(json!({"redirect_uris": ["http://rp.example/"]}));
    let reply = try_register(&provider, &unlawful, None).await;
    is_told(&provider, &reply, 400, "invalid_redirect_uri").await;
}

#[tokio::test]
async fn a_bearer_challenge_has_it_in_its_header_too() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let reply = service.userinfo("nonsense").await;
    is_told(&provider, &reply, 401, "invalid_token").await;
    let uri = provider.url("/errors/invalid_token");
    let challenge = reply.header("www-authenticate");
    assert!(
        challenge.ends_with(&format!(", error_uri=\"{uri}\"")),
        "{challenge}"
    );
}

#[tokio::test]
async fn what_is_no_form_is_told_it_too() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let mut headers = HeaderMap::new();
    headers.insert("content-type", "application/json".parse().unwrap());
    let endpoint = service.endpoint("token_endpoint");
    let body = Some(b"{}".to_vec());
    let reply = service.send(Method::POST, &endpoint, headers, body).await;
    is_told(&provider, &reply, 415, "invalid_request").await;
}

#[tokio::test]
async fn each_brand_names_its_own_pages() {
    let provider = Provider::start().await;
    provider.register("service", json!({})).await;
    for brand in ["toyota", "lexus"] {
        let service = provider.party_at(brand, "service").await;
        let reply = service.userinfo("nonsense").await;
        let page = format!("{}/errors/invalid_token", provider.issuer_of(brand));
        assert_eq!(reply.text("error_uri"), page);
        leads_to_the_page_of("invalid_token", &page).await;
    }
}

#[tokio::test]
async fn every_code_has_its_page() {
    let provider = Provider::start().await;
    for code in ErrorCode::ALL {
        let uri = code.uri(&provider.issuer());
        leads_to_the_page_of(code.as_str(), &uri).await;
    }
    let unknown = provider.url("/errors/unheard_of");
    let answer = http_client().get(unknown).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(answer.headers()["cache-control"], "no-store");
}
