//! The conformance suite's requirements for signed UserInfo responses, ID tokens by RS256,
//! and client authentication by an assertion. A test has the name of the module whose
//! requirement it checks.

use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::support::browser::Phone;
use crate::support::keyring::{Keyring, verified};
use crate::support::provider::{Provider, SECRET};
use crate::support::relying_party::{Pending, RelyingParty, Reply};
use crate::support::steps;

const BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How the client of a run authenticates.
#[derive(Clone, Copy)]
enum Auth {
    PrivateKeyJwt,
    ClientSecretJwt,
}

impl Auth {
    async fn registration(self) -> Value {
        match self {
            Self::PrivateKeyJwt => json!({
                "token_endpoint_auth_method": "private_key_jwt",
                "jwks": Keyring::shared().await.jwks(),
            }),
            Self::ClientSecretJwt => json!({"token_endpoint_auth_method": "client_secret_jwt"}),
        }
    }

    async fn assertion(self, party: &RelyingParty, jti: &str, audience: &str) -> String {
        let now = party.clock.now().0;
        let claims = json!({
            "iss": party.client_id, "sub": party.client_id, "aud": audience,
            "jti": jti, "iat": now, "exp": now + 60,
        });
        match self {
            Self::PrivateKeyJwt => Keyring::shared().await.sign("RS256", &claims),
            Self::ClientSecretJwt => {
                let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
                jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap()
            }
        }
    }

    /// Sends a token request with an assertion for that audience.
    async fn token(
        self,
        party: &RelyingParty,
        (jti, audience): (&str, &str),
        parameters: &[(&str, &str)],
    ) -> Reply {
        let assertion = self.assertion(party, jti, audience).await;
        let mut parameters = parameters.to_vec();
        parameters.push(("client_assertion_type", BEARER));
        parameters.push(("client_assertion", &assertion));
        party
            .post_as("token_endpoint", HeaderMap::new(), &parameters)
            .await
    }
}

async fn code(party: &RelyingParty, provider: &Provider, request: &Pending) -> String {
    let person = steps::person(provider, "hanako@example.jp").await;
    let answer = steps::answer(&mut Phone::new(), party, request, &person).await;
    party.code_of(&answer, request)
}

/// Runs the whole flow of a client with this authentication, its assertions for `audience`.
async fn flow(auth: Auth, audience: &str) {
    let provider = Provider::start().await;
    provider
        .register("service", auth.registration().await)
        .await;
    let party = provider.party("service").await;
    let audience = party.endpoint(audience);
    let request = party.ask("openid offline_access").with("prompt", "consent");
    let code = code(&party, &provider, &request).await;
    let exchange = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", &party.redirect_uri),
        ("code_verifier", &request.verifier),
    ];
    let reply = auth.token(&party, ("code", &audience), &exchange).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let (_, claims) = verified(&party, &reply.text("id_token")).await;
    assert_eq!(claims["nonce"], request.parameters["nonce"]);
    let refresh_token = reply.text("refresh_token");
    let refresh = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.as_str()),
    ];
    let reply = auth.token(&party, ("refresh", &audience), &refresh).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let userinfo = party.userinfo(&reply.text("access_token")).await.json();
    assert_eq!(userinfo["sub"], claims["sub"]);
}

#[tokio::test]
async fn oidcc_server_with_private_key_jwt() {
    flow(Auth::PrivateKeyJwt, "token_endpoint").await;
}

#[tokio::test]
async fn oidcc_server_with_client_secret_jwt() {
    flow(Auth::ClientSecretJwt, "token_endpoint").await;
}

#[tokio::test]
async fn oidcc_ensure_client_assertion_with_iss_aud_succeeds() {
    for auth in [Auth::PrivateKeyJwt, Auth::ClientSecretJwt] {
        flow(auth, "issuer").await;
    }
}

#[tokio::test]
async fn oidcc_idtoken_rs256() {
    let provider = Provider::start().await;
    let changes = json!({"id_token_signed_response_alg": "RS256"});
    provider.register("service", changes).await;
    let party = provider.party("service").await;
    let request = party.ask("openid");
    let code = code(&party, &provider, &request).await;
    let reply = party.exchange_raw(&code, &request.verifier).await;
    let (header, _) = verified(&party, &reply.text("id_token")).await;
    assert_eq!(header["alg"], "RS256");
    assert!(header["kid"].is_string());
}

#[tokio::test]
async fn oidcc_userinfo_rs256() {
    let provider = Provider::start().await;
    let changes = json!({"userinfo_signed_response_alg": "RS256"});
    provider.register("service", changes).await;
    let party = provider.party("service").await;
    let supported = &party.metadata["userinfo_signing_alg_values_supported"];
    assert!(supported.as_array().unwrap().contains(&json!("RS256")));
    let request = party.ask("openid");
    let code = code(&party, &provider, &request).await;
    let reply = party.exchange_raw(&code, &request.verifier).await;
    let (_, id_token) = verified(&party, &reply.text("id_token")).await;
    let userinfo = party.userinfo(&reply.text("access_token")).await;
    assert_eq!(userinfo.status, 200);
    assert_eq!(userinfo.header("content-type"), "application/jwt");
    let (header, claims) = verified(&party, &userinfo.body).await;
    assert_eq!(header["alg"], "RS256");
    assert_eq!(claims["iss"], party.endpoint("issuer"));
    assert_eq!(claims["aud"], "service");
    assert_eq!(claims["sub"], id_token["sub"]);
    assert_eq!(claims.get("nonce"), None);
}
