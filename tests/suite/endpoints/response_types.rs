//! `/authorize` with response types other than `code` (OpenID Connect Core §3.2, §3.3):
//! what is issued, how it is transported, and when it ends.

use std::collections::BTreeMap;

use common_id::oidc::client::{GrantType, ResponseType};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::support::browser::Phone;
use crate::support::provider::{CALLBACK, Provider};
use crate::support::relying_party::{RelyingParty, jwt_part};
use crate::support::steps;

/// Registers a first-party client that may use every response type.
async fn hybrid(provider: &Provider, changes: Value) -> RelyingParty {
    let grants = [
        GrantType::AuthorizationCode,
        GrantType::Implicit,
        GrantType::RefreshToken,
    ];
    let mut registration = json!({"grant_types": grants, "response_types": ResponseType::ALL});
    let members = registration.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    provider.register("hybrid", registration).await;
    provider.party("hybrid").await
}

fn in_fragment(answer: &Url) -> BTreeMap<String, String> {
    assert!(answer.as_str().starts_with(CALLBACK), "{answer}");
    assert_eq!(answer.query(), None);
    let fragment = answer.fragment().expect("a fragment");
    form_urlencoded::parse(fragment.as_bytes())
        .into_owned()
        .collect()
}

#[tokio::test]
async fn an_access_token_from_the_authorization_endpoint_is_as_good_as_any_other() {
    let provider = Provider::start().await;
    let party = hybrid(&provider, json!({})).await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let request = party
        .ask("openid email offline_access")
        .with("response_type", "id_token token");
    let answer = steps::answer(&mut phone, &party, &request, &person).await;
    let given = in_fragment(&answer);
    // `offline_access` is not granted, because this flow issues no refresh token.
    assert_eq!(given["scope"], "email openid");
    assert_eq!(given.get("refresh_token"), None);
    let token = &given["access_token"];
    assert_eq!(party.userinfo(token).await.text("email"), person.email);
    let told = party.introspect(token).await.json();
    assert_eq!(
        (&told["active"], &told["scope"]),
        (&json!(true), &json!("email openid"))
    );
    assert_eq!(
        jwt_part(token, 1)["sub"],
        jwt_part(&given["id_token"], 1)["sub"]
    );
    assert_eq!(party.revoke(token).await.status, 200);
    assert_eq!(party.userinfo(token).await.status, 401);
    assert_eq!(
        party.introspect(token).await.json(),
        json!({"active": false})
    );
}

#[tokio::test]
async fn a_code_used_twice_revokes_what_travelled_beside_it() {
    let provider = Provider::start().await;
    let party = hybrid(&provider, json!({})).await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = party
        .ask("openid offline_access")
        .with("response_type", "code id_token token");
    let answer = steps::answer(&mut Phone::new(), &party, &request, &person).await;
    let given = in_fragment(&answer);
    let tokens = party.exchange_raw(&given["code"], &request.verifier).await;
    let again = party.exchange_raw(&given["code"], &request.verifier).await;
    assert_eq!(again.refused(), (400, "invalid_grant".to_owned()));
    for token in [&given["access_token"], &tokens.text("access_token")] {
        assert_eq!(party.userinfo(token).await.status, 401);
    }
    let refreshed = party.refresh(&tokens.text("refresh_token")).await;
    assert_eq!(refreshed.refused(), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn the_hashes_are_those_of_the_id_tokens_algorithm() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    // The hash is half of a SHA-256, for Ed25519 half of a SHA-512, in base64url.
    for (algorithm, length) in [("RS256", 22), ("ES256", 22), ("PS256", 22), ("EdDSA", 43)] {
        let registration = json!({"id_token_signed_response_alg": algorithm});
        let party = hybrid(&provider, registration).await;
        let request = party
            .ask("openid")
            .with("response_type", "code id_token token");
        let answer = steps::answer(&mut phone, &party, &request, &person).await;
        let claims = jwt_part(&in_fragment(&answer)["id_token"], 1);
        for hash in ["at_hash", "c_hash", "s_hash"] {
            let text = claims[hash].as_str().unwrap();
            assert_eq!(text.len(), length, "{algorithm} {hash}");
        }
        let stateless = party
            .ask("openid")
            .with("response_type", "code id_token")
            .without("state");
        let answer = steps::answer(&mut phone, &party, &stateless, &person).await;
        let claims = jwt_part(&in_fragment(&answer)["id_token"], 1);
        assert_eq!((claims.get("s_hash"), claims.get("at_hash")), (None, None));
    }
}

#[tokio::test]
async fn the_words_of_a_response_type_stand_in_any_order() {
    let provider = Provider::start().await;
    let party = hybrid(&provider, json!({})).await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    for words in ["id_token code", "token id_token code"] {
        let request = party.ask("openid").with("response_type", words);
        let answer = steps::answer(&mut phone, &party, &request, &person).await;
        let given = in_fragment(&answer);
        assert!(given.contains_key("code") && given.contains_key("id_token"));
    }
}

#[tokio::test]
async fn no_token_travels_in_a_query_and_neither_does_the_refusal() {
    let provider = Provider::start().await;
    let party = hybrid(&provider, json!({})).await;
    for &wanted in ResponseType::ALL {
        let request = party
            .ask("openid")
            .with("response_type", wanted.as_str())
            .with("response_mode", "query")
            .with("prompt", "none");
        let answer = Phone::new().open(party.url(&request)).await.away();
        let error = party.error_of(&answer, &request);
        if wanted.gives_tokens() {
            assert_eq!((error.as_str(), answer.query()), ("invalid_request", None));
        } else {
            assert_eq!(
                (error.as_str(), answer.fragment()),
                ("login_required", None)
            );
        }
    }
}

#[tokio::test]
async fn a_pushed_request_may_ask_for_tokens_too() {
    let provider = Provider::start().await;
    let party = hybrid(&provider, json!({})).await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = party.ask("openid").with("response_type", "id_token");
    let url = party.push(&request).await;
    let mut phone = Phone::new();
    let landed = phone.open(&url).await;
    let landed = steps::log_in(&mut phone, landed, &person.email).await;
    let given = in_fragment(&landed.away());
    let nonce = request.parameters.get("nonce").map(String::as_str);
    party.verified_id_token(&given["id_token"], nonce);
    // The request is answered, so it is over.
    let page = phone.fetch(&url).await;
    assert_eq!(page.errors(), ["invalid_request_uri"]);
}

#[tokio::test]
async fn implicit_is_no_grant_of_the_token_endpoint() {
    let provider = Provider::start().await;
    let party = hybrid(&provider, json!({})).await;
    let reply = party.token(&[("grant_type", "implicit")]).await;
    assert_eq!(reply.refused(), (400, "unsupported_grant_type".to_owned()));
}

#[tokio::test]
async fn a_name_is_told_in_the_script_the_client_asks_for() {
    let provider = Provider::start().await;
    let party = hybrid(&provider, json!({})).await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    for (locales, name, tagged) in [
        ("se", "山田 花子", None),
        ("ja-Kana-JP", "ヤマダ ハナコ", None),
        ("ja ja-Kana-JP", "山田 花子", Some("ヤマダ ハナコ")),
    ] {
        let request = party.ask("openid profile").with("claims_locales", locales);
        let tokens = steps::tokens(&mut phone, &party, request, &person).await;
        let told = party.userinfo(&tokens.access_token).await.json();
        let told_tagged = told.get("name#ja-Kana-JP").and_then(Value::as_str);
        assert_eq!(
            (told["name"].as_str(), told_tagged),
            (Some(name), tagged),
            "{locales}"
        );

        let request = party
            .ask("openid profile")
            .with("response_type", "id_token")
            .with("claims_locales", locales);
        let answer = steps::answer(&mut phone, &party, &request, &person).await;
        let told = jwt_part(&in_fragment(&answer)["id_token"], 1);
        assert_eq!(told["name"], name, "{locales}");
    }
}
