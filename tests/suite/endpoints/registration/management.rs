//! `/register/{client_id}`: clients that read, replace and delete their own registration
//! (RFC 7592).

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::browser::{Phone, http_client};
use crate::support::provider::Provider;
use crate::support::registrar::{
    CALLBACK, Registered, open_provider, open_provider_with, register, send, tries_a_code,
};
use crate::support::steps;
use common_id::config::RegistrationAccess;

/// Returns the body that replaces a registration: the registered metadata, without members
/// that the provider sets, and with `changes`.
fn replacement(registered: &Registered, changes: Value) -> Value {
    let mut said = registered.information.clone();
    let members = said.as_object_mut().unwrap();
    for ours in [
        "registration_access_token",
        "registration_client_uri",
        "client_id_issued_at",
        "client_secret_expires_at",
    ] {
        members.remove(ours);
    }
    members.extend(changes.as_object().unwrap().clone());
    said
}

#[tokio::test]
async fn a_client_reads_its_registration_by_its_token() {
    let provider = open_provider().await;
    let registered = register(&provider, json!({"client_name#en": "Drive"})).await;
    let mut expected = registered.information.clone();
    // Only a hash of the secret is stored, so it is returned once.
    expected.as_object_mut().unwrap().remove("client_secret");
    assert_eq!(registered.read().await, expected);
}

#[tokio::test]
async fn no_other_token_does_and_nobody_learns_which_clients_there_are() {
    let provider = open_provider().await;
    let (own, other) = (
        register(&provider, json!({})).await,
        register(&provider, json!({})).await,
    );
    provider.service().await;
    let others = other.text("registration_access_token");
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        for (path, token) in [
            (own.text("client_id"), others),
            (own.text("client_id"), "guessed"),
            (own.text("client_id"), own.text("client_secret")),
            ("no-such-client", others),
            ("service", others),
            ("no%00such", others),
        ] {
            let url = provider.url(&format!("/register/{path}"));
            let request = http_client()
                .request(method.clone(), url)
                .json(&json!({}))
                .bearer_auth(token);
            let reply = send(request).await;
            let expected = (401, "invalid_token".to_owned());
            assert_eq!(reply.refused(), expected, "{method} {path}");
        }
        let url = own.text("registration_client_uri");
        let without = http_client().request(method.clone(), url).json(&json!({}));
        let reply = send(without).await;
        assert_eq!(reply.status, 401);
        assert!(reply.header("www-authenticate").starts_with("Bearer"));
    }
    own.read().await;
}

#[tokio::test]
async fn a_registration_is_of_one_issuer() {
    let provider = open_provider().await;
    let own = register(&provider, json!({})).await;
    let place = own
        .text("registration_client_uri")
        .replace(&provider.issuer(), &provider.issuer_of("lexus"));
    let token = own.text("registration_access_token");
    let reply = send(http_client().get(place).bearer_auth(token)).await;
    assert_eq!(reply.refused(), (401, "invalid_token".to_owned()));
}

#[tokio::test]
async fn a_replaced_registration_is_what_was_said_last() {
    let provider = open_provider().await;
    let changes = json!({"client_uri": "https://drive.example/", "contacts": ["a@drive.example"]});
    let registered = register(&provider, changes).await;
    let mut said = replacement(
        &registered,
        json!({"client_name": "新しい名前", "client_uri": null}),
    );
    said.as_object_mut().unwrap().remove("contacts");
    let reply = registered.put(&said).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let told = reply.json();
    assert_eq!(told["client_name"], "新しい名前");
    assert_eq!((told.get("client_uri"), told.get("contacts")), (None, None));
    let token = &registered.information["registration_access_token"];
    assert_eq!(told["registration_access_token"], *token);
    assert_eq!(told.get("client_secret"), None, "it stays what it was");
    assert_eq!(registered.read().await, told);

    let party = registered.party(&provider).await;
    assert_eq!(
        tries_a_code(&party).await,
        (400, "invalid_grant".to_owned())
    );
}

#[tokio::test]
async fn what_is_not_the_clients_to_say_replaces_nothing() {
    let provider = open_provider().await;
    let registered = register(&provider, json!({})).await;
    let before = registered.read().await;
    for (changes, code) in [
        (json!({"client_id": "another"}), "invalid_client_metadata"),
        (json!({"client_id": null}), "invalid_client_metadata"),
        (
            json!({"client_secret": "my own"}),
            "invalid_client_metadata",
        ),
        (
            json!({"registration_access_token": "x"}),
            "invalid_client_metadata",
        ),
        (
            json!({"registration_client_uri": "x"}),
            "invalid_client_metadata",
        ),
        (json!({"client_id_issued_at": 1}), "invalid_client_metadata"),
        (
            json!({"client_secret_expires_at": 0}),
            "invalid_client_metadata",
        ),
        (
            json!({"tos_uri": "javascript:alert(1)"}),
            "invalid_client_metadata",
        ),
        (
            json!({"redirect_uris": [format!("{CALLBACK}#f")]}),
            "invalid_redirect_uri",
        ),
    ] {
        let reply = registered
            .put(&replacement(&registered, changes.clone()))
            .await;
        assert_eq!(reply.refused(), (400, code.to_owned()), "{changes}");
    }
    assert_eq!(registered.read().await, before);
}

#[tokio::test]
async fn a_secret_comes_and_goes_with_the_method_that_needs_it() {
    let provider = open_provider().await;
    let public = json!({"token_endpoint_auth_method": "none"});
    let registered = register(&provider, public.clone()).await;
    let confidential = json!({"token_endpoint_auth_method": "client_secret_post"});
    let told = registered
        .put(&replacement(&registered, confidential))
        .await
        .json();
    assert_eq!(told["client_secret"].as_str().unwrap().len(), 43);
    assert_eq!(told["client_secret_expires_at"], 0);
    let reply = registered.put(&replacement(&registered, public)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let id = common_id::oidc::client::ClientId(registered.text("client_id").to_owned());
    let stored = provider.app.store.clients().get(&id).await.unwrap();
    assert_eq!(stored.unwrap().secret_hash, None);
}

#[tokio::test]
async fn an_ended_registration_takes_its_grants_and_tokens_along() {
    let provider = open_provider().await;
    let changes = json!({"grant_types": ["authorization_code", "refresh_token"]});
    let registered = register(&provider, changes).await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let party = registered.party(&provider).await;
    let mut phone = Phone::new();
    let request = party
        .ask("openid email offline_access")
        .with("prompt", "consent");
    let landed = phone.open(party.url(&request)).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("consent");
    let answer = phone.press(&page, "approve", &[]).await.away();
    let tokens = party.exchange(&answer, &request).await;
    assert_eq!(party.userinfo(&tokens.access_token).await.status, 200);
    let refresh_token = tokens.refresh_token.unwrap();

    let reply = send(registered.manage(Method::DELETE)).await;
    assert_eq!((reply.status.as_u16(), reply.body.as_str()), (204, ""));
    let refreshed = party.refresh(&refresh_token).await;
    assert_eq!(refreshed.refused(), (401, "invalid_client".to_owned()));
    assert_eq!(party.userinfo(&tokens.access_token).await.status, 401);
    for method in [Method::GET, Method::DELETE] {
        let reply = send(registered.manage(method)).await;
        assert_eq!(reply.refused(), (401, "invalid_token".to_owned()));
    }
    let page = phone.open(party.url(&party.ask("openid"))).await.page();
    assert_eq!(page.screen(), "error");
    assert_eq!(provider.count("grants").await, 0);
    assert_eq!(provider.count("scope_grants").await, 0);
}

#[tokio::test]
async fn who_registered_before_it_was_closed_may_read_and_leave_but_not_change() {
    let provider = Provider::start_with(|config| {
        config.dynamic_registration.access = RegistrationAccess::Open;
    })
    .await;
    let registered = register(&provider, json!({})).await;
    // The same data with the default configuration.
    let closed = provider.restarted().await;
    let router = common_id::routes::router(closed);
    let id = registered.text("client_id").to_owned();
    let token = registered.text("registration_access_token").to_owned();
    let host = provider.issuer().replace("http://", "");
    let at_closed = async |method: Method, body: Value| {
        let request = axum::http::Request::builder()
            .method(method.as_str())
            .uri(format!("/register/{id}"))
            .header("host", &host)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body.to_string()))
            .unwrap();
        let answer = tower::ServiceExt::oneshot(router.clone(), request).await;
        answer.unwrap().status().as_u16()
    };
    assert_eq!(at_closed(Method::GET, json!({})).await, 200);
    let said = replacement(&registered, json!({}));
    assert_eq!(at_closed(Method::PUT, said).await, 403);
    assert_eq!(at_closed(Method::DELETE, json!({})).await, 204);
}

#[tokio::test]
async fn two_nodes_behave_like_one() {
    let provider = Provider::two_nodes_with(|config| {
        config.dynamic_registration.access = RegistrationAccess::Open;
        config.dynamic_registration.per_ip_hour = 0;
    })
    .await;
    let registered = register(&provider, json!({})).await;
    let party = registered.party(&provider).await;
    // Consecutive requests go to different nodes.
    for _ in 0..4 {
        assert_eq!(
            tries_a_code(&party).await,
            (400, "invalid_grant".to_owned())
        );
    }
    for name in ["一", "二", "三"] {
        let said = replacement(&registered, json!({"client_name": name}));
        assert_eq!(registered.put(&said).await.status, 200);
        assert_eq!(registered.read().await["client_name"], name);
    }
    assert_eq!(send(registered.manage(Method::DELETE)).await.status, 204);
    let gone = send(registered.manage(Method::GET)).await;
    assert_eq!(gone.status, 401);
    // Each node does this every second.
    for node in &provider.nodes {
        node.take_changes(&mut BTreeMap::new()).await.unwrap();
    }
    for _ in 0..2 {
        assert_eq!(
            tries_a_code(&party).await,
            (401, "invalid_client".to_owned())
        );
    }
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_neither_told_nor_lost() {
    let provider = open_provider().await;
    let registered = register(&provider, json!({})).await;
    let sql = r#"UPDATE clients SET document =
        replace(document, '{"client_id":', '{"of_tomorrow":{"is":1},"client_id":')
        WHERE client_id = $1"#;
    provider.execute(sql, registered.text("client_id")).await;
    let of_tomorrow = "clients WHERE document LIKE '%of_tomorrow%'";
    assert_eq!(provider.count(of_tomorrow).await, 1);
    let mut expected = registered.information.clone();
    expected.as_object_mut().unwrap().remove("client_secret");
    assert_eq!(registered.read().await, expected);

    let said = replacement(&registered, json!({"client_name": "新しい名前"}));
    let reply = registered.put(&said).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    expected["client_name"] = json!("新しい名前");
    assert_eq!(reply.json(), expected);
    assert_eq!(registered.read().await, expected);
    assert_eq!(provider.count(of_tomorrow).await, 1);
    let party = registered.party(&provider).await;
    assert_eq!(
        tries_a_code(&party).await,
        (400, "invalid_grant".to_owned())
    );
}

#[tokio::test]
async fn a_client_that_proves_itself_as_only_a_newer_version_knows_gets_nothing() {
    let provider = open_provider().await;
    let registered = register(&provider, json!({})).await;
    let party = registered.party(&provider).await;
    let sql = r#"UPDATE clients SET document =
        replace(document, '"client_secret_basic"', '"tls_client_auth"')
        WHERE client_id = $1"#;
    provider.execute(sql, registered.text("client_id")).await;
    let mut phone = Phone::new();
    let page = phone.open(party.url(&party.ask("openid"))).await;
    assert_eq!(page.page().status, 500);
    let (status, code) = tries_a_code(&party).await;
    assert_eq!((status, code.as_str()), (500, "server_error"));
    let reply = send(registered.manage(Method::GET)).await;
    assert_eq!(reply.status, 500, "{}", reply.body);
    // Other clients are still served.
    register(&provider, json!({})).await.read().await;
}

#[tokio::test]
async fn one_address_changes_so_many_registrations_in_an_hour() {
    let provider = open_provider_with(|config| config.dynamic_registration.per_ip_hour = 2).await;
    let registered = register(&provider, json!({})).await;
    for status in [200, 200, 503] {
        let reply = registered.put(&replacement(&registered, json!({}))).await;
        assert_eq!(reply.status, status, "{}", reply.body);
    }
    // A request without its token counts for nothing, and reading is always possible.
    registered.read().await;
    register(&provider, json!({})).await;
    provider.let_short_lived_state_expire().await;
    let reply = registered.put(&replacement(&registered, json!({}))).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
}
