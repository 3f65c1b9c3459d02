//! Client authentication: basic, post, private_key_jwt, none. Every failure looks the same
//! from outside.

use std::time::Duration;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::header::{self, HeaderMap};
use serde_json::{Value, json};

use crate::support::provider::{Provider, SECRET};
use crate::support::publisher::Publisher;
use crate::support::relying_party::{RelyingParty, Reply, basic};

const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn machine(provider: &Provider, method: &str, jwks: Option<Value>) -> RelyingParty {
    let mut changes = json!({
        "token_endpoint_auth_method": method,
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
    });
    if let Some(jwks) = jwks {
        changes["jwks"] = jwks;
    }
    provider.register("machine", changes).await;
    provider.party("machine").await
}

fn authorization(value: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, value.parse().unwrap());
    headers
}

async fn ask(party: &RelyingParty, headers: HeaderMap, more: &[(&str, &str)]) -> Reply {
    let mut parameters = vec![("grant_type", "client_credentials")];
    parameters.extend_from_slice(more);
    party.post_as("token_endpoint", headers, &parameters).await
}

#[tokio::test]
async fn a_client_registered_for_basic_proves_itself_by_basic() {
    let provider = Provider::start().await;
    let party = machine(&provider, "client_secret_basic", None).await;
    let right = basic("machine", SECRET);
    assert_eq!(ask(&party, authorization(&right), &[]).await.status, 200);
    // RFC 9110 §11.1: the scheme is not case-sensitive.
    let shouted = right.replacen("Basic", "BASIC", 1);
    assert_eq!(ask(&party, authorization(&shouted), &[]).await.status, 200);
}

#[tokio::test]
async fn a_client_registered_for_post_proves_itself_in_the_body() {
    let provider = Provider::start().await;
    let party = machine(&provider, "client_secret_post", None).await;
    let proof = [("client_id", "machine"), ("client_secret", SECRET)];
    assert_eq!(ask(&party, HeaderMap::new(), &proof).await.status, 200);
}

#[tokio::test]
async fn every_failure_of_basic_is_the_same_401_with_a_challenge() {
    let provider = Provider::start().await;
    let party = machine(&provider, "client_secret_basic", None).await;
    let mut bodies = Vec::new();
    for value in [
        basic("machine", "wrong"),
        basic("machine", ""),
        basic("nobody", SECRET),
        basic("nobody", "wrong"),
    ] {
        let reply = ask(&party, authorization(&value), &[]).await;
        assert_eq!(
            reply.refused(),
            (401, "invalid_client".to_owned()),
            "{value}"
        );
        assert!(
            reply.header("www-authenticate").starts_with("Basic "),
            "{value}"
        );
        bodies.push(reply.body);
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
}

#[tokio::test]
async fn a_header_that_is_no_basic_is_refused() {
    let provider = Provider::start().await;
    let party = machine(&provider, "client_secret_basic", None).await;
    for value in [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic bWFjaGluZQ==",
        "Bearer x",
        "Digest username=x",
        "Basic //79/w==",
    ] {
        let reply = ask(&party, authorization(value), &[]).await;
        assert!(
            matches!(reply.status.as_u16(), 400 | 401),
            "{value}: {}",
            reply.status
        );
        assert!(
            matches!(reply.error().as_str(), "invalid_client" | "invalid_request"),
            "{value}"
        );
    }
}

#[tokio::test]
async fn a_client_uses_the_one_method_it_registered() {
    let provider = Provider::start().await;
    let party = machine(&provider, "client_secret_basic", None).await;
    let posted = [("client_id", "machine"), ("client_secret", SECRET)];
    let reply = ask(&party, HeaderMap::new(), &posted).await;
    assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
    let reply = ask(&party, HeaderMap::new(), &posted[..1]).await;
    assert_eq!(
        reply.refused(),
        (401, "invalid_client".to_owned()),
        "a secret cannot be left out"
    );

    let party = machine(&provider, "client_secret_post", None).await;
    let reply = ask(&party, authorization(&basic("machine", SECRET)), &[]).await;
    assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn two_methods_at_once_are_refused() {
    let provider = Provider::start().await;
    let party = machine(&provider, "client_secret_basic", None).await;
    let basic = authorization(&basic("machine", SECRET));
    let reply = ask(&party, basic.clone(), &[("client_secret", SECRET)]).await;
    assert_eq!(reply.refused(), (400, "invalid_request".to_owned()));
    let assertion = [("client_assertion", "x"), ("client_assertion_type", BEARER)];
    let reply = ask(&party, basic.clone(), &assertion).await;
    assert_eq!(reply.refused(), (400, "invalid_request".to_owned()));
    let reply = ask(&party, basic, &[("client_id", "another")]).await;
    assert!(
        matches!(reply.error().as_str(), "invalid_client" | "invalid_request"),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn a_request_without_a_client_is_refused() {
    let provider = Provider::start().await;
    let party = machine(&provider, "client_secret_basic", None).await;
    let reply = ask(&party, HeaderMap::new(), &[]).await;
    assert!(
        matches!(reply.error().as_str(), "invalid_client" | "invalid_request"),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn a_client_of_one_brand_is_unknown_to_the_other() {
    let provider = Provider::start().await;
    let changes =
        json!({"brands": ["lexus"], "grant_types": ["client_credentials"], "response_types": []});
    provider.register("machine", changes).await;
    let proof = authorization(&basic("machine", SECRET));
    let lexus = provider.party_at("lexus", "machine").await;
    assert_eq!(ask(&lexus, proof.clone(), &[]).await.status, 200);
    let toyota = provider.party("machine").await;
    let reply = ask(&toyota, proof, &[]).await;
    assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
}

/// A client's key; the provider has its public half.
struct ClientKey {
    encoding: EncodingKey,
    jwks: Value,
    kid: &'static str,
}

impl ClientKey {
    fn new() -> Self {
        Self::named("one")
    }

    fn named(kid: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let document = pair.to_pkcs8v1().unwrap();
        let public = pair.public_key().as_ref();
        let half = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let key = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
            "x": half(&public[1..33]), "y": half(&public[33..65]),
        });
        Self {
            encoding: EncodingKey::from_ec_der(document.as_ref()),
            jwks: json!({"keys": [key]}),
            kid,
        }
    }

    fn sign(&self, claims: &Value) -> String {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.to_owned());
        jsonwebtoken::encode(&header, claims, &self.encoding).unwrap()
    }
}

fn claims(party: &RelyingParty, jti: &str) -> Value {
    let now = party.clock.now().0;
    json!({
        "iss": "machine", "sub": "machine", "aud": party.endpoint("token_endpoint"),
        "jti": jti, "iat": now, "exp": now + 60,
    })
}

async fn assert_by(party: &RelyingParty, assertion: &str) -> Reply {
    let proof = [
        ("client_assertion_type", BEARER),
        ("client_assertion", assertion),
    ];
    ask(party, HeaderMap::new(), &proof).await
}

#[tokio::test]
async fn an_assertion_is_good_once() {
    let provider = Provider::start().await;
    let key = ClientKey::new();
    let party = machine(&provider, "private_key_jwt", Some(key.jwks.clone())).await;
    let assertion = key.sign(&claims(&party, "first"));
    assert_eq!(assert_by(&party, &assertion).await.status, 200);
    let replayed = assert_by(&party, &assertion).await;
    assert_eq!(replayed.refused(), (401, "invalid_client".to_owned()));
    assert_eq!(
        assert_by(&party, &key.sign(&claims(&party, "second")))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn of_many_uses_of_one_assertion_at_once_one_succeeds() {
    let provider = Provider::start().await;
    let key = ClientKey::new();
    let party = machine(&provider, "private_key_jwt", Some(key.jwks.clone())).await;
    let assertion = key.sign(&claims(&party, "raced"));
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (party, assertion) = (party.clone(), assertion.clone());
        racers.spawn(async move { assert_by(&party, &assertion).await.status.as_u16() });
    }
    let statuses = racers.join_all().await;
    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
}

#[tokio::test]
async fn the_audience_may_be_the_issuer_or_the_token_endpoint_and_nothing_else() {
    let provider = Provider::start().await;
    let key = ClientKey::new();
    let party = machine(&provider, "private_key_jwt", Some(key.jwks.clone())).await;
    for (number, audience, status) in [
        (1, json!(party.endpoint("issuer")), 200),
        (2, json!([party.endpoint("issuer")]), 200),
        (3, json!("https://another.example"), 401),
        (4, json!(provider.issuer_of("lexus")), 401),
        (5, json!(["https://another.example"]), 401),
        (6, Value::Null, 401),
        (7, json!([]), 401),
        (
            8,
            json!([party.endpoint("issuer"), "https://another.example"]),
            401,
        ),
        (
            9,
            json!(party.endpoint("pushed_authorization_request_endpoint")),
            401,
        ),
        (10, json!(party.endpoint("introspection_endpoint")), 401),
        (
            11,
            json!([party.endpoint("issuer"), party.endpoint("token_endpoint")]),
            200,
        ),
    ] {
        let mut claims = claims(&party, &format!("aud-{number}"));
        claims["aud"] = audience.clone();
        let reply = assert_by(&party, &key.sign(&claims)).await;
        assert_eq!(reply.status, status, "{audience}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_client_of_a_stricter_profile_names_the_issuer_alone() {
    let provider = Provider::start().await;
    let key = ClientKey::new();
    let changes = json!({
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": key.jwks,
        "assertion_audience": "issuer",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
    });
    provider.register("machine", changes).await;
    let party = provider.party("machine").await;
    for (number, audience, status) in [
        (1, json!(party.endpoint("issuer")), 200),
        (2, json!(party.endpoint("token_endpoint")), 401),
        (
            3,
            json!([party.endpoint("issuer"), party.endpoint("token_endpoint")]),
            401,
        ),
    ] {
        let mut claims = claims(&party, &format!("aud-{number}"));
        claims["aud"] = audience.clone();
        let reply = assert_by(&party, &key.sign(&claims)).await;
        assert_eq!(reply.status, status, "{audience}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_jwt_of_another_type_authenticates_nobody() {
    let provider = Provider::start().await;
    let key = ClientKey::new();
    let party = machine(&provider, "private_key_jwt", Some(key.jwks.clone())).await;
    for (typ, status) in [
        ("JWT", 200),
        ("client-authentication+jwt", 200),
        ("at+jwt", 401),
        ("logout+jwt", 401),
        ("oauth-authz-req+jwt", 401),
    ] {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(key.kid.to_owned());
        header.typ = Some(typ.to_owned());
        let claims = claims(&party, typ);
        let assertion = jsonwebtoken::encode(&header, &claims, &key.encoding).unwrap();
        let reply = assert_by(&party, &assertion).await;
        assert_eq!(reply.status, status, "{typ}: {}", reply.body);
    }
}

#[tokio::test]
async fn an_assertion_that_proves_nothing_is_refused() {
    let provider = Provider::start().await;
    let (key, stolen) = (ClientKey::new(), ClientKey::new());
    let party = machine(&provider, "private_key_jwt", Some(key.jwks.clone())).await;
    let now = party.clock.now().0;
    let with = |name: &str, value: Value| {
        let mut claims = claims(&party, name);
        claims[name] = value;
        key.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = claims(&party, name);
        claims.as_object_mut().unwrap().remove(name);
        key.sign(&claims)
    };
    let signed = key.sign(&claims(&party, "tampered"));
    let (head, tail) = signed.rsplit_once('.').unwrap();
    let body = head.split('.').nth(1).unwrap();
    let unsigned = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
    let by_secret = jsonwebtoken::encode(
        &Header::new(Algorithm::HS256),
        &claims(&party, "hmac"),
        &EncodingKey::from_secret(key.jwks.to_string().as_bytes()),
    )
    .unwrap();
    for (what, assertion) in [
        ("another key", stolen.sign(&claims(&party, "another-key"))),
        ("alg none", unsigned),
        ("alg HS256", by_secret),
        (
            "a cut signature",
            format!("{head}.{}", &tail[..tail.len() - 4]),
        ),
        ("another issuer", with("iss", json!("service"))),
        ("another subject", with("sub", json!("service"))),
        ("expired", with("exp", json!(now - 120))),
        ("not yet valid", with("nbf", json!(now + 600))),
        ("issued in the future", with("iat", json!(now + 600))),
        (
            "valid for ever",
            with("exp", json!(now + 10 * 365 * 86_400)),
        ),
        ("no exp", without("exp")),
        ("no jti", without("jti")),
        ("no aud", without("aud")),
        ("no iss", without("iss")),
        ("no sub", without("sub")),
        ("exp is text", with("exp", json!("tomorrow"))),
        ("empty", String::new()),
        ("dots", "..".to_owned()),
        ("no JWT", "not.a.jwt".to_owned()),
        ("a JWE", "a.b.c.d.e".to_owned()),
    ] {
        let reply = assert_by(&party, &assertion).await;
        assert!(
            matches!(reply.status.as_u16(), 400 | 401),
            "{what}: {} {}",
            reply.status,
            reply.body
        );
        assert!(
            matches!(reply.error().as_str(), "invalid_client" | "invalid_request"),
            "{what}"
        );
    }
}

#[tokio::test]
async fn an_assertion_whose_header_makes_demands_is_refused() {
    let provider = Provider::start().await;
    let key = ClientKey::new();
    let party = machine(&provider, "private_key_jwt", Some(key.jwks.clone())).await;
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some("one".to_owned());
    header.crit = Some(vec!["b64".to_owned()]);
    let assertion = jsonwebtoken::encode(&header, &claims(&party, "crit"), &key.encoding).unwrap();
    let reply = assert_by(&party, &assertion).await;
    // RFC 7515 §4.1.11
    assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn a_replayed_assertion_stays_refused_until_it_has_expired() {
    let provider = Provider::start().await;
    let key = ClientKey::new();
    let party = machine(&provider, "private_key_jwt", Some(key.jwks.clone())).await;
    let assertion = key.sign(&claims(&party, "late"));
    assert_eq!(assert_by(&party, &assertion).await.status, 200);
    for seconds in [30, 29, 5, 60] {
        provider.advance(Duration::from_secs(seconds));
        let reply = assert_by(&party, &assertion).await;
        assert_eq!(
            reply.refused(),
            (401, "invalid_client".to_owned()),
            "after {seconds}"
        );
    }
}

/// Registers a machine client whose keys are published by `publisher`.
async fn published_machine(provider: &Provider, publisher: &Publisher) -> RelyingParty {
    let changes = json!({
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
        "jwks_uri": publisher.url("/jwks"),
    });
    provider.register("machine", changes).await;
    provider.party("machine").await
}

#[tokio::test]
async fn keys_may_be_published_and_changed_at_any_time() {
    let (provider, publisher) = (Provider::start().await, Publisher::start().await);
    let (old, new) = (ClientKey::named("old"), ClientKey::named("new"));
    let party = published_machine(&provider, &publisher).await;
    publisher.publish("/jwks", &old.jwks);
    for jti in ["first", "second"] {
        let assertion = old.sign(&claims(&party, jti));
        assert_eq!(assert_by(&party, &assertion).await.status, 200);
    }
    assert_eq!(publisher.asked(), ["/jwks"]);

    publisher.publish("/jwks", &new.jwks);
    provider.advance(Duration::from_secs(10));
    let assertion = new.sign(&claims(&party, "third"));
    assert_eq!(assert_by(&party, &assertion).await.status, 200);
    assert_eq!(publisher.asked().len(), 2);
    let assertion = old.sign(&claims(&party, "fourth"));
    let reply = assert_by(&party, &assertion).await;
    assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn strangers_cannot_make_us_ask_for_keys_all_the_time() {
    let (provider, publisher) = (Provider::start().await, Publisher::start().await);
    let party = published_machine(&provider, &publisher).await;
    publisher.publish("/jwks", &ClientKey::new().jwks);
    for number in 0..10 {
        let forged = ClientKey::new().sign(&claims(&party, &format!("forged-{number}")));
        let reply = assert_by(&party, &forged).await;
        assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
        provider.advance(Duration::from_secs(1));
    }
    assert!(publisher.asked().len() <= 3, "{:?}", publisher.asked());
}

#[tokio::test]
async fn a_developer_is_told_why_published_keys_are_not_found() {
    let (provider, publisher) = (Provider::start().await, Publisher::start().await);
    let party = published_machine(&provider, &publisher).await;
    let assertion = ClientKey::new().sign(&claims(&party, "first"));
    let reply = assert_by(&party, &assertion).await;
    assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
    let said = reply.json()["error_description"].to_string();
    assert!(said.contains("jwks_uri answered 404"), "{said}");
}
