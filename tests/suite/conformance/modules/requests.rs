//! Unusual requests that must be accepted or refused.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common_id::oidc::client::SigningAlgorithm;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::conformance::run::Run;
use crate::support::client_key::ClientKey;
use crate::support::provider::CALLBACK;

pub(crate) async fn server(mut run: Run<'_>) {
    run.go(&run.ask("openid")).await;
}

pub(crate) async fn response_type_missing(mut run: Run<'_>) {
    let request = run.ask("openid").without("response_type");
    let error = run.error_of(&request).await;
    let errors = ["invalid_request", "unsupported_response_type"];
    assert!(errors.contains(&error.as_str()), "{error}");
}

pub(crate) async fn idtoken_signature(mut run: Run<'_>) {
    // `go` verifies the signature, and that there is a `kid`.
    run.go(&run.ask("openid")).await;
}

pub(crate) async fn ensure_request_without_nonce_succeeds_for_code_flow(mut run: Run<'_>) {
    if run.response_type.gives_id_token() {
        return;
    }
    let outcome = run.go(&run.ask("openid").without("nonce")).await;
    assert_eq!(outcome.id_token.get("nonce"), None);
}

pub(crate) async fn ensure_request_without_nonce_fails(mut run: Run<'_>) {
    if !run.response_type.gives_id_token() {
        return;
    }
    let request = run.ask("openid").without("nonce");
    assert_eq!(run.error_of(&request).await, "invalid_request");
}

pub(crate) async fn alternate_happy_flow(mut run: Run<'_>) {
    let request = run.ask("openid email").with("scope", "email openid");
    let mut url = Url::parse(&run.party.endpoint("authorization_endpoint")).unwrap();
    url.query_pairs_mut()
        .extend_pairs(request.parameters.iter().rev());
    let landed = run.phone.open(url).await;
    run.finish(landed, &request).await;
}

async fn display(mut run: Run<'_>, display: &str) {
    let request = run.ask("openid").with("display", display);
    run.go(&request).await;
}

pub(crate) async fn display_page(run: Run<'_>) {
    display(run, "page").await;
}

pub(crate) async fn display_popup(run: Run<'_>) {
    display(run, "popup").await;
}

pub(crate) async fn ensure_request_with_unknown_parameter_succeeds(mut run: Run<'_>) {
    run.go(&run.ask("openid").with("extra", "foobar")).await;
}

pub(crate) async fn ui_locales(mut run: Run<'_>) {
    run.go(&run.ask("openid").with("ui_locales", "se")).await;
}

/// The suite sends no unsigned objects if they are not listed; a client that sends one all
/// the same gets an error.
pub(crate) async fn unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    mut run: Run<'_>,
) {
    let listed = &run.party.metadata["request_object_signing_alg_values_supported"];
    let listed = listed.as_array().unwrap();
    assert!(listed.contains(&json!("RS256")) && !listed.contains(&json!("none")));
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let request = run.ask("openid");
    let claims = part(json!(request.parameters));
    let object = format!("{}.{claims}.", part(json!({"alg": "none"})));
    let request = request.with("request", object);
    assert_eq!(run.error_of(&request).await, "invalid_request_object");
}

/// The same: the `request_uri` is not registered, and is not fetched.
pub(crate) async fn request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    mut run: Run<'_>,
) {
    let registered = &run.party.metadata["require_request_uri_registration"];
    assert_eq!(registered, true);
    let uri = "https://service.example/request#hash";
    let request = run.ask("openid").with("request_uri", uri);
    assert_eq!(run.error_of(&request).await, "request_uri_not_supported");
}

/// The suite's object is unsigned, and so left out; this one is signed.
pub(crate) async fn ensure_request_object_with_redirect_uri(mut run: Run<'_>) {
    let key = ClientKey::new("one", SigningAlgorithm::Es256);
    let keys = json!({"jwks": key.jwks()});
    run.party = run.stage.party("rp-signed", run.response_type, keys).await;
    let request = run.ask("openid");
    let object = key.sign(&json!(request.parameters));
    let wrong = run
        .ask("openid")
        .with("state", request.parameters["state"].clone())
        .with("redirect_uri", format!("{CALLBACK}/wrong"))
        .with("request", object);
    let landed = run.phone.open(run.party.url(&wrong)).await;
    run.finish(landed, &request).await;
}

pub(crate) async fn ensure_registered_redirect_uri(mut run: Run<'_>) {
    let other = format!("{CALLBACK}/other");
    let request = run.ask("openid").with("redirect_uri", other);
    let page = run.error_page(&request).await;
    // The suite recognizes the page by these words.
    assert!(page.words().contains("redirect_uri"), "{}", page.words());
}

pub(crate) async fn ensure_post_request_succeeds(mut run: Run<'_>) {
    let request = run.ask("openid");
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&request.parameters)
        .finish();
    let mut headers = HeaderMap::new();
    let form = "application/x-www-form-urlencoded".parse().unwrap();
    headers.insert(CONTENT_TYPE, form);
    let url = run.party.endpoint("authorization_endpoint");
    let reply = run
        .party
        .send(Method::POST, &url, headers, Some(body.into_bytes()))
        .await;
    assert_eq!(reply.status, 303);
    let next = Url::parse(&url).unwrap().join(reply.header("location"));
    let landed = run.phone.open(next.unwrap()).await;
    run.finish(landed, &request).await;
}

pub(crate) async fn ensure_request_with_valid_pkce_succeeds(mut run: Run<'_>) {
    let pkce = run.party.ask("openid");
    let challenge = pkce.parameters["code_challenge"].clone();
    let mut request = run
        .ask("openid")
        .with("code_challenge", challenge)
        .with("code_challenge_method", "S256");
    request.verifier = pkce.verifier;
    run.go(&request).await;
}
