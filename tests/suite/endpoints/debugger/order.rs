//! A rule shown as passed was checked before the one that failed: the tests repair requests
//! that break every rule, one rule at a time, and each time the next rule fails.

use std::time::Duration;

use common_id::oidc::client::SigningAlgorithm;
use common_id::store::accounts::closing::Closing;
use common_id::store::session_clients::Farewell;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};

use super::{broken, debugged, newest, newest_of_strangers};
use crate::support::browser::Phone;
use crate::support::client_key::ClientKey;
use crate::support::provider::{CALLBACK, Provider, SECRET};
use crate::support::relying_party::{RelyingParty, basic};
use crate::support::steps::{self, Person};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How many rules of a request are repaired.
#[derive(Default)]
struct Mended {
    rules: usize,
}

impl Mended {
    /// Checks that the request failed at the rule of that name, the next one.
    #[track_caller]
    fn up_to(&mut self, name: &str, request: &Value) {
        assert_eq!(broken(request).0, name, "{request:#}");
        let rules = request["rules"].as_array().unwrap();
        let at = rules.iter().position(|rule| rule["verdict"] == "failed");
        assert_eq!(at, Some(self.rules), "{request:#}");
        self.rules += 1;
    }
}

/// Sends a form with these credentials.
async fn post(party: &RelyingParty, endpoint: &str, proof: Option<String>, form: &[(&str, &str)]) {
    let mut headers = HeaderMap::new();
    if let Some(proof) = proof {
        headers.insert(AUTHORIZATION, proof.parse().unwrap());
    }
    party.post_as(endpoint, headers, form).await;
}

async fn fresh_code(service: &RelyingParty, person: &Person) -> (String, String) {
    let pending = service.ask("openid offline_access");
    let answer = steps::answer(&mut Phone::new(), service, &pending, person).await;
    (service.code_of(&answer, &pending), pending.verifier)
}

/// Breaks the rules of client authentication by secret, one after the other.
async fn authentication(provider: &Provider, service: &RelyingParty, endpoint: &str) -> Mended {
    let mut mended = Mended::default();
    let both = [("x", "1"), ("x", "2"), ("client_secret", "x")];
    post(service, endpoint, Some(basic("service", "wrong")), &both).await;
    mended.up_to("parameters", &newest(provider, service).await);
    let two = [("client_id", "service"), ("client_secret", "x")];
    post(service, endpoint, Some(basic("service", "wrong")), &two).await;
    mended.up_to("credentials", &newest(provider, service).await);
    let stranger = [("client_id", "stranger"), ("client_secret", "wrong")];
    post(service, endpoint, None, &stranger).await;
    mended.up_to("client_id", &newest_of_strangers(provider, service).await);
    let wrong = [("client_id", "service"), ("client_secret", "wrong")];
    post(service, endpoint, None, &wrong).await;
    let method = "token_endpoint_auth_method";
    mended.up_to(method, &newest(provider, service).await);
    post(
        service,
        endpoint,
        Some(basic("service", "wrong")),
        &[("x", "1")],
    )
    .await;
    mended.up_to("client_secret", &newest(provider, service).await);
    mended
}

#[tokio::test]
async fn of_an_exchange_of_a_code() {
    let provider = debugged().await;
    let service = provider.service().await;
    provider.register("other", json!({})).await;
    let other = provider.party("other").await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut mended = authentication(&provider, &service, "token_endpoint").await;

    service.token(&[("grant_type", "password")]).await;
    mended.up_to("grant_type", &newest(&provider, &service).await);
    service
        .token(&[("grant_type", "authorization_code"), ("redirect_uri", "x")])
        .await;
    mended.up_to("the grant's parameters", &newest(&provider, &service).await);
    let wrong = "w".repeat(43);
    let exchange = async |party: &RelyingParty, code: &str, uri: &str, verifier: &str| {
        let grant = ("grant_type", "authorization_code");
        let form = [
            grant,
            ("code", code),
            ("redirect_uri", uri),
            ("code_verifier", verifier),
        ];
        party.token(&form).await;
        newest(&provider, party).await
    };
    mended.up_to("code", &exchange(&service, "x", "x", &wrong).await);
    let (used, _) = fresh_code(&service, &person).await;
    exchange(&service, &used, "x", &wrong).await;
    mended.up_to("code: once", &exchange(&other, &used, "x", &wrong).await);
    let (code, _) = fresh_code(&service, &person).await;
    mended.up_to("code: client", &exchange(&other, &code, "x", &wrong).await);
    let (code, _) = fresh_code(&service, &person).await;
    mended.up_to(
        "redirect_uri",
        &exchange(&service, &code, "x", &wrong).await,
    );
    let (code, _) = fresh_code(&service, &person).await;
    mended.up_to(
        "code_verifier",
        &exchange(&service, &code, CALLBACK, &wrong).await,
    );
    let (code, verifier) = fresh_code(&service, &person).await;
    close(&provider, &person).await;
    let last = exchange(&service, &code, CALLBACK, &verifier).await;
    mended.up_to("the account", &last);
    // Only two concurrent exchanges can break the last rule.
    assert_eq!(last["rules"].as_array().unwrap().len(), mended.rules + 1);
}

async fn close(provider: &Provider, person: &Person) {
    let account = provider.account(&person.email).await;
    let now = provider.app.clock.now();
    let closing = Closing {
        account_id: &account.id,
        dealer_links: 0,
        scope_grants: 0,
        withdrawals: &[],
        revoked_until: now.after(Duration::from_secs(600)),
        erase_at: now,
        farewell: Farewell::SILENT,
    };
    let accounts = provider.app.store.accounts();
    assert!(accounts.close(&closing, &[], now).await.unwrap());
}

#[tokio::test]
async fn of_a_refresh() {
    let provider = debugged().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut mended = authentication(&provider, &service, "token_endpoint").await;
    let (code, verifier) = fresh_code(&service, &person).await;
    let reply = service.exchange_raw(&code, &verifier).await;
    let token = reply.text("refresh_token");
    service.refresh(&token).await;
    // Longer than the grace period in which a lost response is repeated.
    provider.advance(Duration::from_secs(120));

    service.token(&[("grant_type", "password")]).await;
    mended.up_to("grant_type", &newest(&provider, &service).await);
    let refresh = async |form: &[(&str, &str)]| {
        service
            .token(&[&[("grant_type", "refresh_token")], form].concat())
            .await;
        newest(&provider, &service).await
    };
    mended.up_to(
        "the grant's parameters",
        &refresh(&[("scope", "phone")]).await,
    );
    let unknown = [("refresh_token", "x"), ("scope", "phone")];
    mended.up_to("refresh_token", &refresh(&unknown).await);
    let wide = [("refresh_token", token.as_str()), ("scope", "phone")];
    mended.up_to("scope", &refresh(&wide).await);
    let last = refresh(&[("refresh_token", &token)]).await;
    mended.up_to("refresh_token: once", &last);
    // The remaining rules need two concurrent requests, or an account that ends without its
    // grants.
    assert_eq!(last["rules"].as_array().unwrap().len(), mended.rules + 2);
}

#[tokio::test]
async fn of_who_signs_its_assertions() {
    let provider = debugged().await;
    let key = ClientKey::new("k", SigningAlgorithm::Es256);
    let signing = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks()});
    provider.register("service", signing).await;
    let service = provider.party("service").await;
    let mut mended = Mended { rules: 4 };
    let revoke = async |assertion: &str| {
        let form = [
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", assertion),
        ];
        service
            .post_as("revocation_endpoint", HeaderMap::new(), &form)
            .await;
        newest(&provider, &service).await
    };
    let now = provider.app.clock.now().0;
    let claims = |aud: &str| json!({"iss": "service", "sub": "service", "aud": aud, "jti": "j", "exp": now + 60});
    let another = ClientKey::new("k", SigningAlgorithm::Es256);
    let forged = another.sign(&claims("x"));
    mended.up_to("client_assertion: signature", &revoke(&forged).await);
    let misled = key.sign(&claims("x"));
    mended.up_to("client_assertion: claims", &revoke(&misled).await);
    let good = key.sign(&claims(&provider.issuer()));
    assert_eq!(broken(&revoke(&good).await).0, "token");
    mended.up_to("client_assertion: jti", &revoke(&good).await);
}

#[tokio::test]
async fn of_an_authorization_request() {
    let provider = debugged().await;
    let service = provider.service().await;
    let mut mended = Mended::default();
    let ask = async |query: &str| {
        let url = format!("{}?{query}", service.endpoint("authorization_endpoint"));
        Phone::new().open(url).await;
        if query.contains("client_id=service") {
            newest(&provider, &service).await
        } else {
            newest_of_strangers(&provider, &service).await
        }
    };
    let bad = "state=%C3%A9&redirect_uri=x&response_mode=x&response_type=x&registration=x";
    mended.up_to(
        "client_id",
        &ask(&format!("client_id=x&a=1&a=1&{bad}")).await,
    );
    let twice = format!("client_id=service&a=1&a=1&request=x&request_uri=y&{bad}");
    mended.up_to("parameters", &ask(&twice).await);
    let two = format!("client_id=service&request=x&request_uri=y&{bad}");
    mended.up_to("request, request_uri", &ask(&two).await);
    mended.up_to("state", &ask(&format!("client_id=service&{bad}")).await);
    let bad = "response_mode=x&response_type=x&registration=x";
    let elsewhere = format!("client_id=service&redirect_uri=x&{bad}");
    mended.up_to("redirect_uri", &ask(&elsewhere).await);

    // From here on, the rules are the entries of the table of checks.
    let mode = service
        .ask("x")
        .with("response_mode", "x")
        .with("response_type", "x");
    Phone::new().open(service.url(&mode)).await;
    mended.up_to("response_mode", &newest(&provider, &service).await);
    let kind = service
        .ask("x")
        .with("response_type", "x")
        .with("registration", "x");
    Phone::new().open(service.url(&kind)).await;
    mended.up_to("response_type", &newest(&provider, &service).await);
    let silent = service.ask("openid").with("prompt", "none");
    Phone::new().open(service.url(&silent)).await;
    let request = newest(&provider, &service).await;
    mended.rules = request["rules"].as_array().unwrap().len() - 2;
    mended.up_to("prompt=none", &request);
    let mut phone = Phone::new();
    let page = phone
        .open(service.url(&service.ask("openid")))
        .await
        .screen("login");
    phone.press(&page, "cancel", &[]).await;
    let request = newest(&provider, &service).await;
    assert_eq!(request["endpoint"], "authorization response");
    assert_eq!(broken(&request).0, "the person");
    assert_eq!(request["error"], "access_denied");
}

#[tokio::test]
async fn of_a_request_object_and_of_a_pushed_request() {
    let provider = debugged().await;
    let key = ClientKey::new("k", SigningAlgorithm::Es256);
    provider
        .register("service", json!({"jwks": key.jwks()}))
        .await;
    let service = provider.party("service").await;
    let endpoint = "pushed_authorization_request_endpoint";
    let mut mended = authentication(&provider, &service, endpoint).await;
    let push = async |form: &[(&str, &str)]| {
        service.post(endpoint, form).await;
        newest(&provider, &service).await
    };
    let object = |issuer: &str, state: &str| {
        key.sign(&json!({"iss": "service", "aud": issuer, "state": state, "redirect_uri": "x"}))
    };
    let (issuer, odd) = (provider.issuer(), "é");
    let forged = ClientKey::new("k", SigningAlgorithm::Es256).sign(&json!({"aud": "x"}));
    let nested = [
        ("request_uri", "https://rp.example/x"),
        ("request", &forged),
    ];
    mended.up_to("request_uri", &push(&nested).await);
    mended.rules += 1;
    mended.up_to("request: signature", &push(&[("request", &forged)]).await);
    let misled = object("x", odd);
    mended.up_to("request: claims", &push(&[("request", &misled)]).await);
    let odd = object(&issuer, odd);
    mended.up_to("state", &push(&[("request", &odd)]).await);
    let elsewhere = object(&issuer, "s");
    mended.up_to("redirect_uri", &push(&[("request", &elsewhere)]).await);

    let unknown = "urn:ietf:params:oauth:request_uri:unknown";
    Phone::new().open(service.url_of(unknown)).await;
    let mut mended = Mended { rules: 3 };
    mended.up_to("request_uri", &newest(&provider, &service).await);
}

#[tokio::test]
async fn of_questions_about_tokens() {
    let provider = debugged().await;
    let (service, machine) = (provider.service().await, provider.machine().await);
    let app = provider.native_app().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let (code, verifier) = fresh_code(&service, &person).await;
    let token = service
        .exchange_raw(&code, &verifier)
        .await
        .text("access_token");
    let own = machine
        .token(&[("grant_type", "client_credentials")])
        .await
        .text("access_token");

    let mut mended = Mended { rules: 1 };
    service
        .send(
            Method::GET,
            &service.endpoint("userinfo_endpoint"),
            HeaderMap::new(),
            None,
        )
        .await;
    mended.up_to(
        "access token",
        &newest_of_strangers(&provider, &service).await,
    );
    service.userinfo("x").await;
    mended.up_to(
        "access token: signature",
        &newest_of_strangers(&provider, &service).await,
    );
    machine.userinfo(&own).await;
    mended.up_to("access token: scope", &newest(&provider, &machine).await);
    service.revoke(&token).await;
    service.userinfo(&token).await;
    let last = newest(&provider, &service).await;
    mended.up_to("access token: revocation", &last);
    assert_eq!(last["rules"].as_array().unwrap().len(), mended.rules);

    // A public client has not authenticated, so four rules were passed, not five.
    app.post("introspection_endpoint", &[]).await;
    Mended { rules: 4 }.up_to("the client", &newest(&provider, &app).await);
    service.post("introspection_endpoint", &[]).await;
    Mended { rules: 6 }.up_to("token", &newest(&provider, &service).await);
    let mut mended = authentication(&provider, &service, "revocation_endpoint").await;
    service.post("revocation_endpoint", &[]).await;
    mended.up_to("token", &newest(&provider, &service).await);
}

#[tokio::test]
async fn of_a_logout_and_of_a_device() {
    let provider = debugged().await;
    let service = provider.service().await;
    let logout = async |query: &str| {
        let url = format!("{}?{query}", service.endpoint("end_session_endpoint"));
        Phone::new().open(url).await;
        newest(&provider, &service).await
    };
    let mut mended = Mended::default();
    let forged = "client_id=service&id_token_hint=x&post_logout_redirect_uri=x";
    mended.up_to("id_token_hint", &logout(forged).await);
    let elsewhere = "client_id=service&post_logout_redirect_uri=x";
    mended.up_to("post_logout_redirect_uri", &logout(elsewhere).await);
    mended.up_to("parameters", &logout("client_id=service&a=1&a=1").await);

    let device = json!({"grant_types": ["urn:ietf:params:oauth:grant-type:device_code"]});
    provider.register("device", device).await;
    let device = provider.party("device").await;
    let grant = ("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
    let mut mended = Mended { rules: 7 };
    device.token(&[grant, ("device_code", "x")]).await;
    mended.up_to("device_code", &newest(&provider, &device).await);
    let begun = device
        .post("device_authorization_endpoint", &[("scope", "openid")])
        .await;
    let code = begun.text("device_code");
    device.token(&[grant, ("device_code", &code)]).await;
    let request = newest(&provider, &device).await;
    mended.up_to("the person", &request);
    assert_eq!(request["error"], "authorization_pending");
}

#[tokio::test]
async fn of_a_registration() {
    let provider = debugged().await;
    let service = provider.service().await;
    let register = async |media: &str, body: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", media.parse().unwrap());
        let url = provider.url("/register");
        service
            .send(Method::POST, &url, headers, Some(body.into()))
            .await;
        newest_of_strangers(&provider, &service).await
    };
    let mut mended = Mended::default();
    mended.up_to("body", &register("text/plain", "{}").await);
    mended.up_to("registration", &register("application/json", "{}").await);
    let secret = ("client_secret", SECRET);
    let said = json!({ secret.0: secret.1, "redirect_uris": ["https://rp.example/cb"] });
    let request = register("application/json", &said.to_string()).await;
    assert_eq!(
        request["parameters"]["redirect_uris"],
        r#"["https://rp.example/cb"]"#
    );
    assert!(!request.to_string().contains(SECRET), "{request:#}");
}
