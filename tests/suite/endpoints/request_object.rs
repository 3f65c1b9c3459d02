//! Request objects (RFC 9101, OpenID Connect Core §6): signed by the client, and passed in
//! the request, by a registered `request_uri`, or pushed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use common_id::config::AllowedHost;
use common_id::keys::jwe::{self, Plain};
use common_id::oidc::client::SigningAlgorithm;
use common_id::oidc::encryption::{ContentEncryption, Encryption, KeyManagementAlgorithm};
use common_id::random::Random;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::browser::Phone;
use crate::support::client_key::ClientKey;
use crate::support::provider::{CALLBACK, Provider};
use crate::support::relying_party::{Pending, RelyingParty};
use crate::support::steps;

/// Registers a client that signs with this key.
async fn signer(provider: &Provider, key: &ClientKey, changes: Value) -> RelyingParty {
    let mut registration = json!({"jwks": key.jwks()});
    let members = registration.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    provider.register("signer", registration).await;
    provider.party("signer").await
}

fn key() -> ClientKey {
    ClientKey::new("one", SigningAlgorithm::Es256)
}

/// Returns the claims of an object with all parameters of the request.
fn claims(party: &RelyingParty, request: &Pending) -> Value {
    let now = party.clock.now().0;
    let mut claims = json!(request.parameters);
    claims["iss"] = json!(party.client_id);
    claims["aud"] = json!(party.endpoint("issuer"));
    claims["iat"] = json!(now);
    claims["exp"] = json!(now + 60);
    claims
}

/// Returns a request with the object, and otherwise only what RFC 6749 requires.
fn handing_over(request: Pending, name: &str, object: impl Into<String>) -> Pending {
    let mut bare = request;
    bare.parameters
        .retain(|name, _| matches!(name.as_str(), "client_id" | "response_type" | "scope"));
    bare.with(name, object)
}

/// Encrypts an object to the provider.
async fn encrypted(party: &RelyingParty, encryption: Encryption, plain: Plain<'_>) -> String {
    let url = party.endpoint("jwks_uri");
    let reply = party.send(Method::GET, &url, HeaderMap::new(), None).await;
    let random = Random::seeded(7);
    let written = jwe::encrypt_to(&reply.json(), encryption, plain, &random);
    written.unwrap().expect("a key of the provider")
}

#[tokio::test]
async fn a_signed_object_may_be_encrypted_to_us() {
    let provider = Provider::start().await;
    let key = key();
    let party = signer(&provider, &key, json!({})).await;
    let request = party.ask("openid").with("prompt", "none");
    let bare = |object: String| request.clone().with("request", object);
    let claims = claims(&party, &request);
    let signed = key.sign(&claims);
    let ciphers = ContentEncryption::ALL.iter().cycle();
    for (&alg, &enc) in KeyManagementAlgorithm::ALL.iter().zip(ciphers) {
        let encryption = Encryption { alg, enc };
        let object = encrypted(&party, encryption, Plain::Jwt(&signed)).await;
        let asked = bare(object);
        let url = Phone::new().open(party.url(&asked)).await.away();
        assert_eq!(party.error_of(&url, &asked), "login_required", "{alg}");
        // Encryption does not prove who created the object.
        let unsigned = claims.to_string();
        let object = encrypted(&party, encryption, Plain::Claims(unsigned.as_bytes())).await;
        let twice = encrypted(&party, encryption, Plain::Jwt(&object)).await;
        for object in [object, twice] {
            let asked = bare(object);
            let url = Phone::new().open(party.url(&asked)).await.away();
            assert_eq!(
                party.error_of(&url, &asked),
                "invalid_request_object",
                "{alg}"
            );
        }
    }
    for list in ["alg", "enc"] {
        let name = format!("request_object_encryption_{list}_values_supported");
        assert_eq!(party.metadata[name].as_array().unwrap().len(), 4);
    }
}

/// Starts a server that answers every request with `body`; returns its port and a counter
/// of the requests.
async fn place(body: String) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = asked.clone();
    let answer = get(move || {
        counter.fetch_add(1, Ordering::SeqCst);
        let body = body.clone();
        async move { body }
    });
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
    (port, asked)
}

/// Starts a provider that may fetch from this machine.
async fn provider() -> Provider {
    Provider::start_with(|config| {
        config.outgoing.allow_hosts = vec!["127.0.0.1".parse::<AllowedHost>().unwrap()];
    })
    .await
}

#[tokio::test]
async fn an_object_signed_by_the_client_is_the_request() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    for &algorithm in SigningAlgorithm::ALL {
        let key = ClientKey::new("one", algorithm);
        let party = signer(&provider, &key, json!({})).await;
        let request = party.ask("openid email");
        let object = key.sign(&claims(&party, &request));
        let url = party.url(&handing_over(party.ask("openid"), "request", object));
        let mut phone = Phone::new();
        let landed = phone.open(url).await;
        let landed = steps::log_in(&mut phone, landed, &person.email).await;
        // Checks state, nonce and code verifier of the object's request.
        let tokens = party.exchange(&landed.away(), &request).await;
        let userinfo = party.userinfo(&tokens.access_token).await;
        assert_eq!(userinfo.text("email"), person.email, "{algorithm}");
    }
}

#[tokio::test]
async fn what_is_in_the_object_wins_over_what_is_beside_it() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let key = key();
    let party = signer(&provider, &key, json!({})).await;
    let request = party.ask("openid");
    let mut object = claims(&party, &request);
    object.as_object_mut().unwrap().remove("state");
    let beside = handing_over(party.ask("openid"), "request", key.sign(&object))
        .with("redirect_uri", "https://evil.example/")
        .with("nonce", "another")
        // Parameters that the object lacks may be outside it (OpenID Connect Core §6.1).
        .with("state", request.parameters["state"].clone());
    let mut phone = Phone::new();
    let landed = phone.open(party.url(&beside)).await;
    let landed = steps::log_in(&mut phone, landed, &person.email).await;
    party.exchange(&landed.away(), &request).await;
}

#[tokio::test]
async fn a_client_that_signs_all_its_requests_is_asked_nothing_beside() {
    let provider = Provider::start().await;
    let key = key();
    let strict = json!({"require_signed_request_object": true});
    let party = signer(&provider, &key, strict).await;
    let plain = party.ask("openid");
    let url = Phone::new().open(party.url(&plain)).await.away();
    assert_eq!(party.error_of(&url, &plain), "invalid_request");
    let pushed = party.push_raw(&plain).await;
    assert_eq!(pushed.refused(), (400, "invalid_request".to_owned()));

    let object = key.sign(&claims(&party, &plain));
    let request = handing_over(party.ask("openid"), "request", object).with("prompt", "none");
    Phone::new().open(party.url(&request)).await.screen("login");
}

#[tokio::test]
async fn an_object_that_is_not_the_clients_is_refused_and_says_why() {
    let provider = Provider::start().await;
    let (key, other) = (key(), key());
    let party = signer(&provider, &key, json!({})).await;
    let request = party.ask("openid");
    let good = claims(&party, &request);
    let with = |member: &str, value: Value| {
        let mut claims = good.clone();
        claims[member] = value;
        key.sign(&claims)
    };
    let now = party.clock.now().0;
    for (object, why) in [
        (other.sign(&good), "not signed by a registered key"),
        (key.sign_with(&json!({"alg": "none"}), &good), "alg must be"),
        (
            key.sign_with(&json!({"alg": "HS256"}), &good),
            "alg must be",
        ),
        (
            key.sign_with(&json!({"alg": "ES256", "kid": "two"}), &good),
            "not signed by a registered key",
        ),
        (
            key.sign_with(&json!({"alg": "ES256", "typ": "at+jwt"}), &good),
            "typ must be",
        ),
        (with("iss", json!("service")), "iss must be"),
        (with("aud", json!("https://id.example")), "aud must be"),
        (with("exp", json!(now)), "exp is past"),
        (with("nbf", json!(now + 60)), "nbf is in the future"),
        (with("sub", json!("signer")), "sub must not be"),
        (with("client_id", json!("service")), "client_id differs"),
        (
            with("response_type", json!("id_token")),
            "response_type differs",
        ),
        (
            with("request", json!("a.b.c")),
            "request must not stand inside",
        ),
        (
            with("request_uri", json!("urn:x")),
            "request_uri must not stand inside",
        ),
        ("a.b.c.d.e".to_owned(), "not encrypted to a key of ours"),
        ("nonsense".to_owned(), "not a signed JWT"),
    ] {
        // The redirect URI for the error is outside the object.
        let asked = request.clone().with("request", object.as_str());
        let url = Phone::new().open(party.url(&asked)).await.away();
        let answer = party.answer_of(&url, &asked);
        assert_eq!(answer["error"], "invalid_request_object", "{why}");
        let description = &answer["error_description"];
        assert!(description.contains(why), "{why}: {description}");
        // A pushed object is refused all the same.
        let pushed = party.push_raw(&asked).await;
        assert_eq!(
            pushed.refused(),
            (400, "invalid_request_object".to_owned()),
            "{why}"
        );
    }
}

#[tokio::test]
async fn an_object_that_proves_nothing_is_redirected_nowhere() {
    let provider = Provider::start().await;
    let (key, other) = (key(), key());
    let party = signer(&provider, &key, json!({})).await;
    let request = party.ask("openid");
    let mut forged = claims(&party, &request);
    forged["redirect_uri"] = json!("https://evil.example/");
    for object in [
        other.sign(&forged),
        // The object is signed, but for a redirect URI that is not registered.
        key.sign(&forged),
        key.sign_with(&json!({"alg": "none"}), &claims(&party, &request)),
    ] {
        let asked = handing_over(party.ask("openid"), "request", object);
        let page = Phone::new().fetch(party.url(&asked)).await;
        assert_eq!((page.status.as_u16(), page.redirect()), (400, None));
        assert_eq!(page.screen(), "error");
    }
}

#[tokio::test]
async fn an_object_is_signed_by_the_algorithm_its_client_registered() {
    let provider = Provider::start().await;
    let (one, two) = (key(), ClientKey::new("two", SigningAlgorithm::Rs256));
    let registration = json!({
        "jwks": {"keys": [one.jwk(), two.jwk()]},
        "request_object_signing_alg": "RS256",
    });
    let party = signer(&provider, &one, registration).await;
    let request = party.ask("openid");
    let claims = claims(&party, &request);
    let refused = request.clone().with("request", one.sign(&claims));
    let url = Phone::new().open(party.url(&refused)).await.away();
    assert_eq!(party.error_of(&url, &refused), "invalid_request_object");
    let lawful = request.clone().with("request", two.sign(&claims));
    Phone::new().open(party.url(&lawful)).await.screen("login");
}

#[tokio::test]
async fn an_object_is_fetched_from_where_its_client_registered() {
    let provider = provider().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let key = key();
    let party = signer(&provider, &key, json!({})).await;
    let request = party.ask("openid");
    let object = key.sign(&claims(&party, &request));
    let (port, asked) = place(format!("{object}\n")).await;
    let uri = format!("http://127.0.0.1:{port}/object#hash");
    let party = signer(&provider, &key, json!({"request_uris": [uri]})).await;

    let mut phone = Phone::new();
    let lawful = handing_over(party.ask("openid"), "request_uri", uri.as_str());
    let landed = phone.open(party.url(&lawful)).await;
    let landed = steps::log_in(&mut phone, landed, &person.email).await;
    party.exchange(&landed.away(), &request).await;
    // It is fetched once; its content is kept with the interaction.
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    for other in [
        uri.replace("#hash", ""),
        uri.replace("#hash", "#other"),
        uri.replace("object", "objects"),
        uri.replace("127.0.0.1", "localhost"),
    ] {
        let unlawful = party.ask("openid").with("request_uri", other.as_str());
        let url = Phone::new().open(party.url(&unlawful)).await.away();
        assert_eq!(
            party.error_of(&url, &unlawful),
            "invalid_request_uri",
            "{other}"
        );
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1, "nothing else is fetched");
}

#[tokio::test]
async fn what_cannot_be_fetched_or_is_no_object_is_refused() {
    let provider = provider().await;
    let key = key();
    let (port, _) = place("<html>not found</html>".to_owned()).await;
    let (long, _) = place("x".repeat(70_000)).await;
    let closed = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let nobody = closed.local_addr().unwrap().port();
    drop(closed);
    for (port, error) in [
        (port, "invalid_request_object"),
        (long, "invalid_request_uri"),
        (nobody, "invalid_request_uri"),
    ] {
        let uri = format!("http://127.0.0.1:{port}/");
        let party = signer(&provider, &key, json!({"request_uris": [uri]})).await;
        let request = party.ask("openid").with("request_uri", uri.as_str());
        let url = Phone::new().open(party.url(&request)).await.away();
        assert_eq!(party.error_of(&url, &request), error, "{uri}");
    }
    // The operator allowed no host, so nothing is fetched from this machine.
    let strict = Provider::start().await;
    let uri = format!("http://127.0.0.1:{port}/");
    let party = signer(&strict, &key, json!({"request_uris": [uri]})).await;
    let request = party.ask("openid").with("request_uri", uri);
    let url = Phone::new().open(party.url(&request)).await.away();
    assert_eq!(party.error_of(&url, &request), "invalid_request_uri");
}

#[tokio::test]
async fn a_request_names_one_object_and_one_that_its_client_has() {
    let provider = Provider::start().await;
    let key = key();
    let party = signer(&provider, &key, json!({})).await;
    let request = party.ask("openid");
    let object = key.sign(&claims(&party, &request));
    let both = request
        .clone()
        .with("request", object.as_str())
        .with("request_uri", "https://rp.example/r");
    let url = Phone::new().open(party.url(&both)).await.away();
    assert_eq!(party.error_of(&url, &both), "invalid_request");
    let unregistered = party
        .ask("openid")
        .with("request_uri", "https://rp.example/r");
    let url = Phone::new().open(party.url(&unregistered)).await.away();
    assert_eq!(
        party.error_of(&url, &unregistered),
        "request_uri_not_supported"
    );
    // Nor is an object accepted beside the `request_uri` of a pushed request.
    let mut url = party.push(&request).await;
    url.query_pairs_mut().append_pair("request", &object);
    let answer = Phone::new().open(url).await.away();
    assert!(answer.as_str().starts_with(CALLBACK));
    assert!(answer.query().unwrap().contains("error=invalid_request&"));
}

#[tokio::test]
async fn a_pushed_object_is_the_whole_request() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let key = key();
    let party = signer(&provider, &key, json!({})).await;
    let request = party.ask("openid");
    let object = key.sign(&claims(&party, &request));
    // RFC 9126 §3: parameters outside the object are ignored.
    let pushed = handing_over(party.ask("openid email"), "request", object)
        .with("redirect_uri", "https://evil.example/")
        .with("prompt", "none");
    let url = party.push(&pushed).await;
    let mut phone = Phone::new();
    let landed = phone.open(url).await;
    let landed = steps::log_in(&mut phone, landed, &person.email).await;
    let answer = landed.away();
    assert!(answer.as_str().starts_with(CALLBACK));
    let tokens = party.exchange(&answer, &request).await;
    let userinfo = party.userinfo(&tokens.access_token).await.json();
    assert_eq!(userinfo.get("email"), None);
}
