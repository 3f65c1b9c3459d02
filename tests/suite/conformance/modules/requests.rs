//! Requests that must be understood, or refused, whatever they look like.

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use url::{Url, form_urlencoded};

use crate::conformance::run::Run;
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
    // `go` verifies it, and that it has a `kid`.
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

pub(crate) async fn ensure_registered_redirect_uri(mut run: Run<'_>) {
    let other = format!("{CALLBACK}/other");
    let request = run.ask("openid").with("redirect_uri", other);
    let page = run.error_page(&request).await;
    // By these words the suite knows the page.
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
