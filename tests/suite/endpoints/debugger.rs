//! The debugger: off unless it is switched on; then it shows a client's last requests, rule
//! by rule, without secrets, and only with credentials.

mod order;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common_id::config::DebuggerSettings;
use common_id::oidc::client::SigningAlgorithm;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap};
use serde_json::{Value, json};

use crate::support::browser::Phone;
use crate::support::client_key::ClientKey;
use crate::support::provider::{CALLBACK, Provider, SECRET};
use crate::support::relying_party::{RelyingParty, Reply, basic};
use crate::support::steps;

/// The operator's key.
const KEY: &str = "an operator's key of 32 characters and more";

/// Starts a provider with the debugger on.
pub(super) async fn debugged() -> Provider {
    Provider::start_with(|config| {
        config.debugger = DebuggerSettings {
            enabled: true,
            key: Some(KEY.to_owned().into()),
            requests: 50,
            ..DebuggerSettings::default()
        };
    })
    .await
}

/// Returns the operator's credentials as HTTP Basic of a person, not of a client.
fn operator() -> String {
    format!("Basic {}", STANDARD.encode(format!("operator:{KEY}")))
}

async fn look(party: &RelyingParty, url: &str, credentials: &str, accept: &str) -> Reply {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, credentials.parse().unwrap());
    headers.insert(ACCEPT, accept.parse().unwrap());
    party.send(Method::GET, url, headers, None).await
}

/// Returns a page of the debugger as JSON.
async fn seen(provider: &Provider, party: &RelyingParty, path: &str) -> Value {
    let reply = look(party, &provider.url(path), &operator(), "application/json").await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    reply.json()
}

/// Returns the newest request of a client.
pub(super) async fn newest(provider: &Provider, party: &RelyingParty) -> Value {
    let path = format!("/debugger/{}", party.client_id);
    seen(provider, party, &path).await["requests"][0].clone()
}

/// Returns the newest request without a known client.
async fn newest_of_strangers(provider: &Provider, party: &RelyingParty) -> Value {
    seen(provider, party, "/debugger").await["requests_of_no_known_client"][0].clone()
}

/// Returns the rule that a request broke, and its section; checks that all rules before it
/// were passed and none after it was reached.
#[track_caller]
pub(super) fn broken(request: &Value) -> (String, String) {
    let rules = request["rules"].as_array().unwrap();
    let verdict = |rule: &Value| rule["verdict"].as_str().unwrap().to_owned();
    let at = rules.iter().position(|rule| verdict(rule) == "failed");
    let at = at.unwrap_or_else(|| panic!("nothing failed: {request:#}"));
    let (passed, rest) = rules.split_at(at);
    assert!(
        passed.iter().all(|rule| verdict(rule) == "passed"),
        "{request:#}"
    );
    assert!(
        rest[1..].iter().all(|rule| verdict(rule) == "not reached"),
        "{request:#}"
    );
    let text = |member: &str| rules[at][member].as_str().unwrap().to_owned();
    (text("name"), text("section"))
}

#[track_caller]
fn all_passed(request: &Value) {
    let rules = request["rules"].as_array().unwrap();
    assert!(rules.len() > 1, "{request:#}");
    assert!(
        rules.iter().all(|rule| rule["verdict"] == "passed"),
        "{request:#}"
    );
}

#[tokio::test]
async fn unless_it_is_switched_on_there_is_none() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    service.token(&[("grant_type", "refresh_token")]).await;
    for path in ["/debugger", "/debugger/service", "/debugger/requests/1"] {
        let reply = look(
            &service,
            &provider.url(path),
            &operator(),
            "application/json",
        )
        .await;
        assert_eq!(reply.status, 404, "{path}");
    }
    assert!(provider.app.debugger.is_none());
}

#[tokio::test]
async fn a_good_login_has_passed_every_rule() {
    let provider = debugged().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid email offline_access");
    let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
    assert_eq!(service.userinfo(&tokens.access_token).await.status, 200);
    let refreshed = service
        .refresh(tokens.refresh_token.as_ref().unwrap())
        .await;
    assert_eq!(refreshed.status, 200);

    let all = seen(&provider, &service, "/debugger/service").await;
    let all = all["requests"].as_array().unwrap();
    let of = |endpoint: &str| {
        let mut found = all.iter().filter(|one| one["endpoint"] == endpoint);
        found
            .next()
            .unwrap_or_else(|| panic!("no {endpoint}: {all:#?}"))
    };
    for endpoint in ["authorization response", "token", "userinfo"] {
        all_passed(of(endpoint));
    }
    assert_eq!(of("token")["client_authentication"], "client_secret_basic");
    assert_eq!(of("token")["at"], "2026-11-22T13:00:00Z");
    assert_eq!(of("authorization")["advice"], json!([]));
    let answer = of("authorization response")["location"].as_str().unwrap();
    assert!(
        answer.starts_with(&format!("{CALLBACK}?code=[")),
        "{answer}"
    );
    assert_eq!(of("authorization response")["parameters"], json!({}));
    // The page shows nothing about the person while they are at the screens.
    let rules = of("authorization")["rules"].as_array().unwrap();
    let open = rules.iter().filter(|rule| rule["verdict"] == "not reached");
    let open: Vec<_> = open.map(|rule| &rule["name"]).collect();
    assert_eq!(open, ["prompt=none", "the person"]);
}

#[tokio::test]
async fn a_bad_request_shows_the_rule_it_broke_and_its_section() {
    let provider = debugged().await;
    let service = provider.service().await;
    let app = provider.native_app().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let shown = |name: &str, section: &str| (name.to_owned(), section.to_owned());

    let personal = "https://evil.example/?email=hanako@example.jp";
    let elsewhere = service.ask("openid").with("redirect_uri", personal);
    Phone::new().open(service.url(&elsewhere)).await;
    let expected = shown(
        "redirect_uri",
        "RFC 9700 §2.1, OpenID Connect Core §3.1.2.1",
    );
    let request = newest(&provider, &service).await;
    assert_eq!(broken(&request), expected);
    let address = request["parameters"]["redirect_uri"].as_str().unwrap();
    assert!(address.starts_with("https://"), "{address}");
    for blanked in ["evil", "hanako"] {
        assert!(!address.contains(blanked), "{address}");
    }
    assert_eq!(
        (&request["status"], &request["error"]),
        (&json!(400), &json!("invalid_request"))
    );
    let cure = provider.url("/errors/invalid_request");
    assert_eq!(request["error_uri"], cure);

    let bare = app
        .ask("openid")
        .without("code_challenge")
        .without("code_challenge_method");
    Phone::new().open(app.url(&bare)).await;
    let expected = shown("code_challenge", "RFC 7636 §4.3, RFC 9700 §2.1.1");
    let request = newest(&provider, &app).await;
    assert_eq!(broken(&request), expected);
    let advice = request["advice"][0]["section"].as_str().unwrap();
    assert_eq!(advice, "RFC 9700 §2.1.1");

    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, basic("service", "wrong").parse().unwrap());
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    service.post_as("token_endpoint", headers, &refresh).await;
    let expected = shown("client_secret", "RFC 6749 §2.3.1");
    assert_eq!(broken(&newest(&provider, &service).await), expected);

    let pending = service.ask("openid");
    let answer = steps::answer(&mut Phone::new(), &service, &pending, &person).await;
    let code = service.code_of(&answer, &pending);
    service.exchange_raw(&code, &"w".repeat(43)).await;
    let expected = shown("code_verifier", "RFC 7636 §4.6, RFC 9700 §4.8.2");
    assert_eq!(broken(&newest(&provider, &service).await), expected);

    service.exchange_raw(&code, &pending.verifier).await;
    let expected = shown("code: once", "RFC 6749 §4.1.2, RFC 9700 §2.1.1");
    let request = newest(&provider, &service).await;
    assert_eq!(broken(&request), expected);
    let description = "the code was used before; what it gave is revoked";
    assert_eq!(request["error_description"], description);

    let silent = service.ask("openid").with("prompt", "none");
    Phone::new().open(service.url(&silent)).await;
    let expected = shown("prompt=none", "OpenID Connect Core §3.1.2.6");
    assert_eq!(broken(&newest(&provider, &service).await), expected);

    service.userinfo("no-token").await;
    let request = newest_of_strangers(&provider, &service).await;
    let expected = shown("access token: signature", "RFC 9068 §4, RFC 6750 §3.1");
    assert_eq!(broken(&request), expected);
    let url = service.endpoint("userinfo_endpoint");
    service
        .send(Method::GET, &url, HeaderMap::new(), None)
        .await;
    let request = newest_of_strangers(&provider, &service).await;
    assert_eq!(broken(&request), shown("access token", "RFC 6750 §2"));
}

#[tokio::test]
async fn who_is_no_client_is_nobody_we_know() {
    let provider = debugged().await;
    let service = provider.service().await;
    let mut stranger = service.clone();
    stranger.client_id = "stranger".to_owned();
    stranger.refresh("x").await;
    let request = newest_of_strangers(&provider, &service).await;
    let expected = ("client_id".to_owned(), "RFC 6749 §2.2".to_owned());
    assert_eq!(broken(&request), expected);
    assert_eq!(request["client_id"], Value::Null);
    assert_eq!(
        seen(&provider, &service, "/debugger").await["clients"],
        json!([])
    );
    let url = provider.url("/debugger/stranger");
    let reply = look(&service, &url, &operator(), "application/json").await;
    assert_eq!(reply.status, 404);
}

#[tokio::test]
async fn nothing_that_is_secret_or_personal_is_shown() {
    let provider = debugged().await;
    let key = ClientKey::new("k", SigningAlgorithm::Es256);
    let service = provider.service().await;
    let signing = json!({
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": key.jwks(),
        "may_prefill": true,
    });
    provider.register("signing", signing).await;
    let signing = provider.party("signing").await;
    let by_body = json!({"token_endpoint_auth_method": "client_secret_post"});
    provider.register("by-body", by_body).await;
    let by_body = provider.party("by-body").await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut secrets: Vec<String> = vec![SECRET.to_owned(), steps::PASSWORD.to_owned()];
    secrets.extend(["hanako", "山田", "花子"].map(str::to_owned));

    let request = service
        .ask("openid email offline_access")
        .with("login_hint", "hanako@example.jp");
    secrets.extend([
        request.parameters["state"].clone(),
        request.parameters["nonce"].clone(),
    ]);
    secrets.push(request.verifier.clone());
    let answer = steps::answer(&mut Phone::new(), &service, &request, &person).await;
    let code = service.code_of(&answer, &request);
    let reply = service.exchange_raw(&code, &request.verifier).await;
    let (access, refresh) = (reply.text("access_token"), reply.text("refresh_token"));
    let id_token = reply.text("id_token");
    service.userinfo(&access).await;
    service.introspect(&access).await;
    service.revoke(&refresh).await;
    service.refresh(&refresh).await;
    let mut logout = service.endpoint("end_session_endpoint");
    logout.push_str(&format!("?id_token_hint={id_token}"));
    Phone::new().open(&logout).await;
    secrets.extend([code, access, refresh, id_token]);

    let with_secret = [
        ("client_id", "by-body"),
        ("client_secret", SECRET),
        ("grant_type", "x"),
    ];
    by_body
        .post_as("token_endpoint", HeaderMap::new(), &with_secret)
        .await;

    let (now, issuer) = (provider.app.clock.now().0, provider.issuer());
    let assertion = key.sign(&json!({
        "iss": "signing", "sub": "signing", "aud": issuer, "jti": "secret-jti", "exp": now + 60,
    }));
    let object = key.sign(&json!({
        "iss": "signing", "aud": issuer, "client_id": "signing", "response_type": "code",
        "redirect_uri": CALLBACK, "scope": "openid", "state": "secret-state",
        "nonce": "secret-nonce", "login_hint": "hanako@example.jp",
        "prefill": {"email": "hanako@example.jp", "family_name": "山田"},
        "claims": {"id_token": {"sub": {"value": "secret-subject"}}},
    }));
    let jwt = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let pushed = [
        ("client_assertion_type", jwt),
        ("client_assertion", assertion.as_str()),
        ("request", object.as_str()),
    ];
    let endpoint = "pushed_authorization_request_endpoint";
    let reply = signing.post_as(endpoint, HeaderMap::new(), &pushed).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    let request_uri = reply.text("request_uri");
    Phone::new().open(signing.url_of(&request_uri)).await;
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    secrets.extend([signature(&assertion), signature(&object)]);
    secrets.push(request_uri.rsplit(':').next().unwrap().to_owned());
    secrets.extend(
        [
            "secret-jti",
            "secret-state",
            "secret-nonce",
            "secret-subject",
        ]
        .map(str::to_owned),
    );

    let mut pages = vec!["/debugger".to_owned()];
    pages.extend(["service", "signing", "by-body"].map(|id| format!("/debugger/{id}")));
    let count = 40;
    pages.extend((1..count).map(|number| format!("/debugger/requests/{number}")));
    let mut found = 0;
    for page in &pages {
        for accept in ["text/html", "application/json"] {
            let reply = look(&service, &provider.url(page), &operator(), accept).await;
            found += usize::from(reply.status == 200);
            for secret in &secrets {
                assert!(
                    !reply.body.contains(secret),
                    "{page} shows {secret}: {}",
                    reply.body
                );
            }
        }
    }
    assert!(found > 20, "{found}");
    let pushed = seen(&provider, &signing, "/debugger/signing").await;
    let pushed = pushed["requests"].as_array().unwrap().iter();
    let pushed = pushed
        .clone()
        .find(|one| one["endpoint"] == "pushed authorization request");
    let pushed = pushed.unwrap();
    all_passed(pushed);
    let shown = pushed["parameters"]["request"].as_str().unwrap();
    assert!(shown.contains(r#""scope":"openid""#), "{shown}");
}

#[tokio::test]
async fn the_fifty_first_request_pushes_out_the_first() {
    let provider = debugged().await;
    let service = provider.service().await;
    for number in 0..51 {
        let hint = format!("hint-{number}");
        service
            .post(
                "revocation_endpoint",
                &[("token", "x"), ("token_type_hint", &hint)],
            )
            .await;
    }
    let all = seen(&provider, &service, "/debugger/service").await;
    let all = all["requests"].as_array().unwrap();
    assert_eq!(all.len(), 50);
    assert_eq!(all[0]["parameters"]["token_type_hint"], "hint-50");
    assert_eq!(all[49]["parameters"]["token_type_hint"], "hint-1");
}

#[tokio::test]
async fn only_who_proves_it_sees_and_a_client_only_itself() {
    let provider = debugged().await;
    let service = provider.service().await;
    provider.register("other", json!({})).await;
    let other = provider.party("other").await;
    other.refresh("x").await;
    service.refresh("x").await;
    let paths = [
        "/debugger",
        "/debugger/service",
        "/debugger/nobody",
        "/debugger/requests/1",
    ];
    for path in paths {
        let url = provider.url(path);
        let bare = service
            .send(Method::GET, &url, HeaderMap::new(), None)
            .await;
        assert_eq!(bare.status, 401, "{path}");
        assert!(
            bare.header("www-authenticate").starts_with("Basic "),
            "{path}"
        );
        for wrong in [
            basic("service", "wrong"),
            basic("nobody", SECRET),
            basic("operator", &KEY[1..]),
            "Bearer x".to_owned(),
            "Basic !".to_owned(),
        ] {
            let reply = look(&service, &url, &wrong, "text/html").await;
            assert_eq!(reply.status, 401, "{path} {wrong}");
            assert!(!reply.body.contains("other"), "{path}: {}", reply.body);
        }
    }
    let own = basic("service", SECRET);
    let look = |path: &'static str| {
        let (url, own, service) = (provider.url(path), own.clone(), service.clone());
        async move { look(&service, &url, &own, "application/json").await }
    };
    let list = look("/debugger").await.json();
    assert_eq!(list["clients"].as_array().unwrap().len(), 1, "{list}");
    assert_eq!(list["clients"][0]["client_id"], "service");
    assert_eq!(list["requests_of_no_known_client"], json!([]));
    assert_eq!(
        look("/debugger/service").await.json()["requests"][0]["number"],
        2
    );
    assert_eq!(look("/debugger/requests/2").await.status, 200);
    // Requests of another client, of no client, and requests that do not exist look alike.
    for path in [
        "/debugger/other",
        "/debugger/nobody",
        "/debugger/requests/1",
        "/debugger/requests/9",
    ] {
        assert_eq!(look(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_public_client_has_no_secret_to_see_itself_by() {
    let provider = debugged().await;
    let app = provider.native_app().await;
    app.refresh("x").await;
    for password in ["", "app"] {
        let credentials = basic("app", password);
        let reply = look(
            &app,
            &provider.url("/debugger/app"),
            &credentials,
            "text/html",
        )
        .await;
        assert_eq!(reply.status, 401);
    }
}

#[tokio::test]
async fn the_pages_say_what_the_json_says() {
    let provider = debugged().await;
    let service = provider.service().await;
    service.refresh("x").await;
    let page = async |path: &str| {
        let reply = look(&service, &provider.url(path), &operator(), "text/html,*/*").await;
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        assert!(
            reply
                .header("content-security-policy")
                .contains("default-src 'none'"),
            "{path}"
        );
        reply.body
    };
    assert!(
        page("/debugger?lang=en")
            .await
            .contains("href=\"/debugger/service\"")
    );
    let list = page("/debugger/service?lang=ja").await;
    assert!(
        list.contains("/debugger/requests/1") && list.contains("token → 400 invalid_grant"),
        "{list}"
    );
    let one = page("/debugger/requests/1?lang=en").await;
    assert!(
        one.contains("✗ Failed") && one.contains("RFC 6749 §6"),
        "{one}"
    );
}
