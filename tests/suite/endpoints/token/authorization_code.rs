//! The authorization code grant: a code is valid once, for its client, redirect URI and
//! PKCE verifier; a second use revokes the tokens of the first.

use std::time::Duration;

use common_id::ephemeral::Key;
use common_id::oidc::code_record::CodeRecord;
use common_id::security_events::{Event, EventKind};
use common_id::sha256::sha256_hex;
use serde_json::json;

use crate::support::browser::Phone;
use crate::support::provider::{CALLBACK, Provider};
use crate::support::relying_party::{Pending, RelyingParty, jwt_part};
use crate::support::steps::{self, Person};

/// Returns a code for a person who logs in on a new phone.
async fn code(party: &RelyingParty, pending: &Pending, person: &Person) -> String {
    let url = steps::answer(&mut Phone::new(), party, pending, person).await;
    party.code_of(&url, pending)
}

#[tokio::test]
async fn a_code_gives_tokens_that_say_what_the_specifications_want() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid profile email offline_access");
    let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;

    let id_token = jwt_part(&tokens.id_token, 1);
    assert_eq!(jwt_part(&tokens.id_token, 0)["alg"], "RS256");
    assert_eq!(id_token["amr"], json!(["pwd"]));
    for claim in ["auth_time", "at_hash", "nonce", "sid"] {
        assert!(!id_token[claim].is_null(), "{claim}: {id_token}");
    }
    // OpenID Connect Core §5.4: if an access token is issued, the scopes' claims are at
    // UserInfo.
    for claim in ["email", "name", "family_name"] {
        assert_eq!(id_token.get(claim), None, "{claim}");
    }
    let access = jwt_part(&tokens.access_token, 1);
    assert_eq!(jwt_part(&tokens.access_token, 0)["typ"], "at+jwt");
    assert_eq!(access["sub"], id_token["sub"]);
    assert_eq!(access["client_id"], "service");
    assert_ne!(
        access["aud"],
        json!("service"),
        "an access token is for no client to read"
    );
    assert!(tokens.refresh_token.is_some());
    for personal in ["hanako", "山田"] {
        assert!(!access.to_string().contains(personal), "{personal}");
    }
}

#[tokio::test]
async fn each_client_gets_its_algorithm() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    for algorithm in ["RS256", "ES256", "PS256", "EdDSA"] {
        provider
            .register(
                "service",
                json!({"id_token_signed_response_alg": algorithm}),
            )
            .await;
        let service = provider.party("service").await;
        let url = steps::answer(&mut Phone::new(), &service, &service.ask("openid"), &person).await;
        assert!(url.query().unwrap().contains("code="));
        let request = service.ask("openid");
        let code = code(&service, &request, &person).await;
        let id_token = service
            .exchange_raw(&code, &request.verifier)
            .await
            .text("id_token");
        let header = jwt_part(&id_token, 0);
        assert_eq!(header["alg"], algorithm);
        assert!(
            provider.app.keys.verify(&id_token, None).is_some(),
            "{algorithm}"
        );
    }
}

#[tokio::test]
async fn a_code_used_twice_revokes_its_tokens() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid offline_access");
    let code = code(&service, &request, &person).await;
    let first = service.exchange_raw(&code, &request.verifier).await;
    let (access, refresh) = (first.text("access_token"), first.text("refresh_token"));
    assert_eq!(service.userinfo(&access).await.status, 200);

    let again = service.exchange_raw(&code, &request.verifier).await;
    assert_eq!(again.refused(), (400, "invalid_grant".to_owned()));
    assert_eq!(service.userinfo(&access).await.status, 401);
    assert_eq!(service.introspect(&access).await.json()["active"], false);
    assert_eq!(
        service.refresh(&refresh).await.refused(),
        (400, "invalid_grant".to_owned())
    );
}

#[tokio::test]
async fn of_many_exchanges_at_once_one_at_most_succeeds_and_nothing_it_gave_survives() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    for _ in 0..5 {
        let request = service.ask("openid offline_access");
        let code = code(&service, &request, &person).await;
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (service, code, verifier) =
                (service.clone(), code.clone(), request.verifier.clone());
            racers.spawn(async move { service.exchange_raw(&code, &verifier).await });
        }
        let replies = racers.join_all().await;
        let given: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
        // There is none if another exchange revoked the grant before this one began.
        assert!(given.len() <= 1, "{} exchanges succeeded", given.len());
        for reply in given {
            let (access, refresh) = (reply.text("access_token"), reply.text("refresh_token"));
            let status = service.userinfo(&access).await.status;
            assert_eq!(status, 401, "the others revoked it");
            assert_eq!(service.refresh(&refresh).await.error(), "invalid_grant");
        }
    }
}

#[tokio::test]
async fn a_code_is_good_for_a_short_time() {
    let provider = Provider::start_with(|config| {
        config.ephemeral.url = "memory:".to_owned().into();
    })
    .await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid");
    let code = code(&service, &request, &person).await;
    provider.advance(Duration::from_secs(61));
    let reply = service.exchange_raw(&code, &request.verifier).await;
    assert_eq!(reply.refused(), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn a_code_is_good_for_nobody_else() {
    let provider = Provider::start().await;
    let (service, app) = (provider.service().await, provider.native_app().await);
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid");
    let stolen = code(&service, &request, &person).await;
    let reply = app
        .token(&[
            ("grant_type", "authorization_code"),
            ("code", &stolen),
            ("redirect_uri", CALLBACK),
            ("code_verifier", &request.verifier),
        ])
        .await;
    assert_eq!(reply.refused(), (400, "invalid_grant".to_owned()));

    let request = service.ask("openid");
    let taken_to_lexus = code(&service, &request, &person).await;
    let lexus = provider.party_at("lexus", "service").await;
    let reply = lexus.exchange_raw(&taken_to_lexus, &request.verifier).await;
    assert_eq!(reply.refused(), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn verifier_and_redirect_uri_must_be_the_request_s() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let other = service.ask("openid").verifier;
    for (what, redirect_uri, verifier, errors) in [
        (
            "another verifier",
            Some(CALLBACK),
            Some(other.as_str()),
            ["invalid_grant", "invalid_grant"],
        ),
        (
            "a short verifier",
            Some(CALLBACK),
            Some("short"),
            ["invalid_grant", "invalid_request"],
        ),
        (
            "no verifier",
            Some(CALLBACK),
            None,
            ["invalid_grant", "invalid_request"],
        ),
        (
            "another place",
            Some("https://service.example/other"),
            Some(""),
            ["invalid_grant", "invalid_request"],
        ),
        (
            "no place",
            None,
            Some(""),
            ["invalid_grant", "invalid_request"],
        ),
    ] {
        let request = service.ask("openid");
        let code = code(&service, &request, &person).await;
        let mut parameters = vec![
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
        ];
        parameters.extend(redirect_uri.map(|uri| ("redirect_uri", uri)));
        let own = verifier.map(|text| {
            if text.is_empty() {
                request.verifier.as_str()
            } else {
                text
            }
        });
        parameters.extend(own.map(|text| ("code_verifier", text)));
        let reply = service.token(&parameters).await;
        let (status, error) = reply.refused();
        assert_eq!(status, 400, "{what}");
        assert!(errors.contains(&error.as_str()), "{what}: {error}");
    }
}

#[tokio::test]
async fn a_downgrade_is_noticed() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    // A confidential client that uses a nonce may go without PKCE; a verifier for
    // a code that has no challenge is an attack (RFC 9700 §2.1.1).
    let request = service
        .ask("openid")
        .without("code_challenge")
        .without("code_challenge_method");
    let code = code(&service, &request, &person).await;
    let reply = service.exchange_raw(&code, &request.verifier).await;
    let error = reply.refused();
    assert!(
        matches!(error.1.as_str(), "invalid_grant" | "invalid_request"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_missing_code_is_told() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let reply = service
        .token(&[
            ("grant_type", "authorization_code"),
            ("redirect_uri", CALLBACK),
        ])
        .await;
    assert_eq!(reply.refused(), (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let tokens = steps::tokens(&mut Phone::new(), &service, service.ask("openid"), &person).await;
    assert_eq!(tokens.refresh_token, None);
}

#[tokio::test]
async fn a_pairwise_client_sees_another_subject() {
    let provider = Provider::start().await;
    let (service, partner) = (provider.service().await, provider.partner().await);
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let public = steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    let first = steps::tokens(&mut phone, &partner, partner.ask("openid"), &person).await;
    let again = steps::tokens(&mut Phone::new(), &partner, partner.ask("openid"), &person).await;
    assert_ne!(public.claims.subject(), first.claims.subject());
    assert_eq!(first.claims.subject(), again.claims.subject());
    let public = public.claims.subject().to_string();
    assert!(
        !jwt_part(&first.access_token, 1)
            .to_string()
            .contains(&public)
    );
    assert!(
        !partner
            .userinfo(&first.access_token)
            .await
            .body
            .contains(&public)
    );
}

#[tokio::test]
async fn a_code_revoked_while_it_is_exchanged_gives_nothing() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid offline_access");
    let code = code(&service, &request, &person).await;
    // The state that a second use of the code leaves, between the first use's redemption
    // and its grant.
    let name = sha256_hex(code.as_bytes());
    let record = provider.app.ephemeral.get(Key::Code(&name)).await.unwrap();
    let record = CodeRecord::from_bytes(&record.unwrap()).unwrap();
    let now = provider.app.clock.now();
    let (grants, until) = (
        provider.app.store.grants(),
        now.after(Duration::from_secs(60)),
    );
    let revoked = Event::new(EventKind::TokenRevoked);
    grants
        .revoke(&[&record.grant.id], until, (now, revoked))
        .await
        .unwrap();

    let reply = service.exchange_raw(&code, &request.verifier).await;
    assert_eq!(reply.refused(), (400, "invalid_grant".to_owned()));
}
