//! The client credentials grant: a token for the client itself.

use crate::support::provider::Provider;
use crate::support::relying_party::jwt_part;

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test]
async fn a_machine_gets_a_token_of_its_own() {
    let provider = Provider::start().await;
    let machine = provider.machine().await;
    let reply = machine.token(&[GRANT]).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("cache-control"), "no-store");
    let body = reply.json();
    assert_eq!(body["token_type"], "Bearer");
    for absent in ["refresh_token", "id_token"] {
        assert_eq!(body.get(absent), None, "{absent}");
    }
    let token = reply.text("access_token");
    // RFC 9068 §2
    assert_eq!(jwt_part(&token, 0)["typ"], "at+jwt");
    let claims = jwt_part(&token, 1);
    assert_eq!(claims["iss"], provider.issuer());
    assert_eq!(claims["sub"], "machine");
    assert_eq!(claims["client_id"], "machine");
    for claim in ["exp", "iat", "jti", "aud"] {
        assert!(!claims[claim].is_null(), "{claim}");
    }
}

#[tokio::test]
async fn a_machine_is_no_person() {
    let provider = Provider::start().await;
    let machine = provider.machine().await;
    let token = machine.token(&[GRANT]).await.text("access_token");
    let reply = machine.userinfo(&token).await;
    assert!(
        matches!(reply.status.as_u16(), 401 | 403),
        "{}",
        reply.status
    );
}

#[tokio::test]
async fn only_a_client_registered_for_it_may() {
    let provider = Provider::start().await;
    let (service, app) = (provider.service().await, provider.native_app().await);
    for party in [service, app] {
        let reply = party.token(&[GRANT]).await;
        assert_eq!(
            reply.refused(),
            (400, "unauthorized_client".to_owned()),
            "{}",
            party.client_id
        );
    }
}

#[tokio::test]
async fn no_more_scope_than_registered() {
    let provider = Provider::start().await;
    let machine = provider.machine().await;
    let reply = machine.token(&[GRANT, ("scope", "admin")]).await;
    assert_eq!(reply.refused(), (400, "invalid_scope".to_owned()));
}

#[tokio::test]
async fn what_is_no_grant_is_refused() {
    let provider = Provider::start().await;
    let machine = provider.machine().await;
    for (parameters, error) in [
        (vec![], "invalid_request"),
        (vec![("grant_type", "")], "invalid_request"),
        (
            vec![
                ("grant_type", "password"),
                ("username", "x"),
                ("password", "y"),
            ],
            "unsupported_grant_type",
        ),
        (vec![("grant_type", "implicit")], "unsupported_grant_type"),
        (
            vec![(
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            )],
            "unsupported_grant_type",
        ),
        // The grant type exists, but this client may not use it.
        (
            vec![("grant_type", "urn:ietf:params:oauth:grant-type:device_code")],
            "unauthorized_client",
        ),
    ] {
        let reply = machine.token(&parameters).await;
        assert_eq!(reply.refused(), (400, error.to_owned()), "{parameters:?}");
    }
}
