//! `oidcc-dynamic-certification-test-plan` and
//! `oidcc-3rdparty-init-login-certification-test-plan`: clients that register themselves
//! and authenticate by `private_key_jwt`, one test for each module. Modules that this plan
//! shares with others are tested here with such clients.

use std::sync::Arc;
use std::time::Duration;

use common_id::oidc::client::{GrantType, ResponseType, SigningAlgorithm, SubjectType};
use reqwest::Method;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::modules::{requests, tokens};
use super::run::{Mode, Run, Stage};
use crate::support::browser::{Landed, Page, Phone};
use crate::support::client_key::ClientKey;
use crate::support::keyring::verified;
use crate::support::provider::CALLBACK;
use crate::support::publisher::Publisher;
use crate::support::registrar::{Registered, open_provider_with, register, send, try_register};
use crate::support::relying_party::{RelyingParty, Reply};

/// A provider with open registration for every response type, and the developer's server.
struct Suite {
    stage: Stage,
    publisher: Publisher,
    key: Arc<ClientKey>,
}

impl Suite {
    async fn new() -> Self {
        let provider = open_provider_with(|config| {
            let policy = &mut config.dynamic_registration.policy;
            policy.response_types = ResponseType::ALL.to_vec();
            policy.grant_types.push(GrantType::Implicit);
            policy.subject_types = SubjectType::ALL.to_vec();
            policy.may_omit_pkce = true;
        })
        .await;
        Self {
            stage: Stage::at(provider).await,
            publisher: Publisher::start().await,
            key: Arc::new(ClientKey::new("first", SigningAlgorithm::Rs256)),
        }
    }

    /// Returns the metadata of the plan's client, with `changes` laid over it.
    fn metadata(&self, response_type: ResponseType, changes: Value) -> Value {
        let mut metadata = json!({
            "client_name": "The suite",
            "redirect_uris": [CALLBACK],
            "response_types": [response_type],
            "grant_types": response_type.grant_types(),
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": self.key.jwks(),
        });
        let members = metadata.as_object_mut().unwrap();
        members.extend(changes.as_object().unwrap().clone());
        members.retain(|_, value| !value.is_null());
        metadata
    }

    async fn register(&self, response_type: ResponseType, changes: Value) -> Registered {
        let metadata = self.metadata(response_type, changes);
        register(&self.stage.provider, metadata).await
    }

    /// Sends a registration that must be refused.
    async fn refused(&self, response_type: ResponseType, changes: Value) -> (u16, String) {
        let metadata = self.metadata(response_type, changes);
        let reply = try_register(&self.stage.provider, &metadata, None).await;
        reply.refused()
    }

    /// Registers a client, and returns a run in a new browser.
    async fn run(&self, response_type: ResponseType, changes: Value) -> Run<'_> {
        let registered = self.register(response_type, changes).await;
        Run {
            party: self.party(&registered).await,
            stage: &self.stage,
            phone: Phone::new(),
            response_type,
            mode: Mode::Default,
        }
    }

    async fn party(&self, registered: &Registered) -> RelyingParty {
        let provider = &self.stage.provider;
        let id = registered.text("client_id");
        let clock = &provider.app.clock;
        RelyingParty::discover(&provider.issuer(), id, None, CALLBACK, clock)
            .await
            .proving_by(&self.key)
    }
}

/// The response types with a token request.
fn with_code() -> impl Iterator<Item = ResponseType> {
    let all = ResponseType::ALL.iter().copied();
    all.filter(|response_type| response_type.gives_code())
}

/// Returns the parameters of a response, from query or fragment.
fn parameters(answer: &Url) -> Vec<(String, String)> {
    let text = answer.fragment().or(answer.query()).unwrap_or_default();
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

#[tokio::test]
async fn oidcc_server() {
    let suite = Suite::new().await;
    for &response_type in ResponseType::ALL {
        requests::server(suite.run(response_type, json!({})).await).await;
    }
}

#[tokio::test]
async fn oidcc_idtoken_rs256() {
    let suite = Suite::new().await;
    for &response_type in ResponseType::ALL {
        let changes = json!({"id_token_signed_response_alg": "RS256"});
        let mut run = suite.run(response_type, changes).await;
        // The run checks `alg` and `kid` of every ID token.
        run.go(&run.ask("openid")).await;
    }
}

/// The suite skips this if `none` is not listed; a client that requests it is refused.
#[tokio::test]
async fn oidcc_idtoken_unsigned() {
    let suite = Suite::new().await;
    for &response_type in ResponseType::ALL {
        let changes = json!({"id_token_signed_response_alg": "none"});
        let refused = suite.refused(response_type, changes).await;
        assert_eq!(refused, (400, "invalid_client_metadata".to_owned()));
    }
    let run = suite.run(ResponseType::Code, json!({})).await;
    let listed = &run.party.metadata["id_token_signing_alg_values_supported"];
    assert!(!listed.as_array().unwrap().contains(&json!("none")));
}

#[tokio::test]
async fn oidcc_userinfo_rs256() {
    let suite = Suite::new().await;
    for &response_type in ResponseType::ALL {
        let changes = json!({"userinfo_signed_response_alg": "RS256"});
        let mut run = suite.run(response_type, changes).await;
        let outcome = run.go(&run.ask("openid")).await;
        let gives_none = response_type == ResponseType::IdToken;
        assert_eq!(outcome.access_tokens.is_empty(), gives_none);
        for token in &outcome.access_tokens {
            let reply = run.party.userinfo(token).await;
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.header("content-type"), "application/jwt");
            let (header, claims) = verified(&run.party, &reply.body).await;
            assert_eq!(header["alg"], "RS256");
            assert_eq!(claims["iss"], run.party.endpoint("issuer"));
            assert_eq!(claims["aud"], run.party.client_id.as_str());
            assert_eq!(claims.get("nonce"), None);
        }
    }
}

#[tokio::test]
async fn oidcc_ensure_redirect_uri_in_authorization_request() {
    let suite = Suite::new().await;
    for &response_type in ResponseType::ALL {
        let both = [CALLBACK.to_owned(), format!("{CALLBACK}/second")];
        let changes = json!({"redirect_uris": both});
        let mut run = suite.run(response_type, changes).await;
        let request = run.ask("openid").without("redirect_uri");
        let page = run.error_page(&request).await;
        assert!(page.words().contains("redirect_uri"), "{}", page.words());
    }
}

#[tokio::test]
async fn oidcc_redirect_uri_query_ok() {
    let suite = Suite::new().await;
    for &response_type in ResponseType::ALL {
        let with_query = format!("{CALLBACK}?bar=foo");
        let changes = json!({"redirect_uris": [with_query]});
        let mut run = suite.run(response_type, changes).await;
        let request = run.ask("openid").with("redirect_uri", &*with_query);
        let landed = run.phone.open(run.party.url(&request)).await;
        let answer = run.through_the_pages(landed).await.away();
        let kept = ("bar".to_owned(), "foo".to_owned());
        assert!(answer.query_pairs().into_owned().any(|pair| pair == kept));
        let parameters = parameters(&answer);
        let Some((_, code)) = parameters.iter().find(|(name, _)| name == "code") else {
            assert!(parameters.iter().any(|(name, _)| name == "id_token"));
            continue;
        };
        let exchange = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &with_query),
        ];
        let reply = run.party.token(&exchange).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
    }
}

/// Sends another redirect URI than the registered one; the error is shown on a page.
async fn is_told_on_a_page(registered: &str, asked: &str) {
    let suite = Suite::new().await;
    for &response_type in ResponseType::ALL {
        let changes = json!({"redirect_uris": [registered]});
        let mut run = suite.run(response_type, changes).await;
        let request = run.ask("openid").with("redirect_uri", asked);
        let page = run.error_page(&request).await;
        assert!(page.words().contains("redirect_uri"), "{}", page.words());
    }
}

#[tokio::test]
async fn oidcc_redirect_uri_query_mismatch() {
    let registered = format!("{CALLBACK}?bar=foo");
    is_told_on_a_page(&registered, &format!("{CALLBACK}?bar=foobar")).await;
}

#[tokio::test]
async fn oidcc_redirect_uri_query_added() {
    is_told_on_a_page(CALLBACK, &format!("{CALLBACK}?foo=bar")).await;
}

#[tokio::test]
async fn oidcc_redirect_uri_regfrag() {
    let suite = Suite::new().await;
    let changes = json!({"redirect_uris": [format!("{CALLBACK}#foobar")]});
    let refused = suite.refused(ResponseType::Code, changes).await;
    assert_eq!(refused, (400, "invalid_redirect_uri".to_owned()));
}

/// Returns the login page of a client with this registration.
async fn login_page(suite: &Suite, changes: Value) -> Page {
    let mut run = suite.run(ResponseType::Code, changes).await;
    let request = run.ask("openid");
    let landed = run.phone.open(run.party.url(&request)).await;
    let Landed::On(page) = landed else {
        panic!("nobody is asked to log in");
    };
    assert_eq!(page.screen(), "login");
    run.finish(Landed::On(page.clone()), &request).await;
    page
}

#[tokio::test]
async fn oidcc_registration_logo_uri() {
    let suite = Suite::new().await;
    let picture = b"\x89PNG\r\n\x1a\nand so on".to_vec();
    let logo = suite
        .publisher
        .publish_bytes("/logo.png", "image/png", picture.clone());
    let page = login_page(&suite, json!({"logo_uri": logo})).await;
    let (_, rest) = page.body.split_once("<img ").expect("a picture");
    let (_, rest) = rest.split_once("src=\"").unwrap();
    let place = suite.stage.provider.url(rest.split_once('"').unwrap().0);
    let shown = Phone::new().fetch(place).await;
    assert_eq!(shown.status, 200);
    assert_eq!(shown.headers["content-type"], "image/png");
    assert_eq!(shown.headers["content-length"], picture.len().to_string());
}

#[tokio::test]
async fn oidcc_registration_policy_uri() {
    let suite = Suite::new().await;
    let policy = "https://service.example/policy";
    let page = login_page(&suite, json!({"policy_uri": policy})).await;
    assert_eq!(page.link("policy"), policy);
}

#[tokio::test]
async fn oidcc_registration_tos_uri() {
    let suite = Suite::new().await;
    let terms = "https://service.example/tos";
    let page = login_page(&suite, json!({"tos_uri": terms})).await;
    assert_eq!(page.link("tos"), terms);
}

#[tokio::test]
async fn oidcc_registration_jwks_uri() {
    let suite = Suite::new().await;
    let place = suite.publisher.publish("/jwks", &suite.key.jwks());
    for response_type in with_code() {
        let changes = json!({"jwks": null, "jwks_uri": place});
        let mut run = suite.run(response_type, changes).await;
        run.go(&run.ask("openid")).await;
    }
    assert!(suite.publisher.asked().contains(&"/jwks".to_owned()));
}

#[tokio::test]
async fn oidcc_registration_sector_uri() {
    let suite = Suite::new().await;
    let sector = suite.publisher.publish("/sector", &json!([CALLBACK]));
    for &response_type in ResponseType::ALL {
        let changes = json!({"subject_type": "pairwise", "sector_identifier_uri": sector});
        let mut run = suite.run(response_type, changes).await;
        let listed = &run.party.metadata["subject_types_supported"];
        assert!(listed.as_array().unwrap().contains(&json!("pairwise")));
        run.go(&run.ask("openid")).await;
    }
}

#[tokio::test]
async fn oidcc_registration_sector_bad() {
    let suite = Suite::new().await;
    let others = json!(["https://elsewhere.example/callback"]);
    let sector = suite.publisher.publish("/sector", &others);
    let changes = json!({"subject_type": "pairwise", "sector_identifier_uri": sector});
    let refused = suite.refused(ResponseType::Code, changes).await;
    assert_eq!(refused, (400, "invalid_client_metadata".to_owned()));
}

#[tokio::test]
async fn oidcc_server_rotate_keys() {
    let suite = Suite::new().await;
    let mut run = suite.run(ResponseType::Code, json!({})).await;
    let published = async |run: &Run<'_>| -> Vec<Value> {
        let reply = get(&run.party, &run.party.endpoint("jwks_uri")).await;
        let keys = reply.json()["keys"].as_array().unwrap().clone();
        keys.into_iter().filter(|key| key["use"] == "sig").collect()
    };
    let before = published(&run).await;
    suite.stage.provider.app.keys.rotate(None).await.unwrap();
    let after = published(&run).await;
    let new = after.iter().filter(|key| !before.contains(key)).count();
    assert!(new > 0, "no new key");
    assert!(before.iter().all(|key| after.contains(key)), "one has gone");
    run.go(&run.ask("openid")).await;
}

async fn get(party: &RelyingParty, url: &str) -> Reply {
    party
        .send(Method::GET, url, reqwest::header::HeaderMap::new(), None)
        .await
}

#[tokio::test]
async fn oidcc_refresh_token_rp_key_rotation() {
    let suite = Suite::new().await;
    for response_type in with_code() {
        let path = format!("/jwks/{}", response_type.as_str().replace(' ', "-"));
        let place = suite.publisher.publish(&path, &suite.key.jwks());
        let mut grants = response_type.grant_types().to_vec();
        grants.push(GrantType::RefreshToken);
        let changes = json!({
            "jwks": null, "jwks_uri": place, "grant_types": grants,
            "scope": "openid offline_access",
        });
        let mut run = suite.run(response_type, changes).await;
        let request = run.ask("openid offline_access").with("prompt", "consent");
        let refresh_token = run.go(&request).await.refresh_token();
        let next = Arc::new(ClientKey::new("next", SigningAlgorithm::Rs256));
        suite.publisher.publish(&path, &next.jwks());
        suite.stage.provider.advance(Duration::from_secs(60));
        let party = run.party.clone().proving_by(&next);
        let reply = party.refresh(&refresh_token).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let by_the_old = run.party.refresh(&reply.text("refresh_token")).await;
        let refused = (401, "invalid_client".to_owned());
        assert_eq!(by_the_old.refused(), refused);
    }
}

#[tokio::test]
async fn oidcc_refresh_token() {
    let suite = Suite::new().await;
    for response_type in with_code() {
        let mut grants = response_type.grant_types().to_vec();
        grants.push(GrantType::RefreshToken);
        let changes = json!({"grant_types": grants, "scope": "openid offline_access"});
        tokens::refresh_token(suite.run(response_type, changes).await).await;
    }
}

#[tokio::test]
async fn oidcc_ensure_client_assertion_with_iss_aud_succeeds() {
    let suite = Suite::new().await;
    for response_type in with_code() {
        // The audience of these clients' assertions is always the issuer.
        let mut run = suite.run(response_type, json!({})).await;
        run.go(&run.ask("openid")).await;
    }
}

/// By reference, signed by `RS256`, with a registered `request_uri`.
#[tokio::test]
async fn oidcc_request_uri_signed_rs256() {
    let suite = Suite::new().await;
    for &response_type in ResponseType::ALL {
        let place = suite.publisher.url("/request");
        let changes = json!({
            "request_uris": [place], "request_object_signing_alg": "RS256",
        });
        let mut run = suite.run(response_type, changes).await;
        let listed = &run.party.metadata["request_object_signing_alg_values_supported"];
        assert!(listed.as_array().unwrap().contains(&json!("RS256")));
        assert_eq!(run.party.metadata["request_uri_parameter_supported"], true);
        let request = run.ask("openid");
        let mut claims = json!(request.parameters);
        claims["iss"] = json!(run.party.client_id);
        claims["aud"] = json!(run.party.endpoint("issuer"));
        let object = suite.key.sign(&claims).into_bytes();
        let media_type = "application/oauth-authz-req+jwt";
        suite
            .publisher
            .publish_bytes("/request", media_type, object);
        // OpenID Connect Core §6.2: the parameters that OAuth 2.0 requires are outside the
        // object.
        let mut url = Url::parse(&run.party.endpoint("authorization_endpoint")).unwrap();
        url.query_pairs_mut()
            .append_pair("client_id", &run.party.client_id)
            .append_pair("response_type", response_type.as_str())
            .append_pair("scope", "openid")
            .append_pair("request_uri", &place);
        let landed = run.phone.open(url).await;
        run.finish(landed, &request).await;
    }
}

/// The suite skips this if `none` is not listed; a client that sends one is refused.
#[tokio::test]
async fn oidcc_request_uri_unsigned() {
    let suite = Suite::new().await;
    let place = suite.publisher.url("/request");
    let registered = json!({"request_uris": [place]});
    let mut run = suite.run(ResponseType::Code, registered).await;
    let request = run.ask("openid");
    let unsigned = ClientKey::new("none", SigningAlgorithm::Es256)
        .sign_with(&json!({"alg": "none"}), &json!(request.parameters));
    let (object, _) = unsigned.rsplit_once('.').unwrap();
    let object = format!("{object}.").into_bytes();
    suite
        .publisher
        .publish_bytes("/request", "application/jwt", object);
    let request = request.with("request_uri", place);
    assert_eq!(run.error_of(&request).await, "invalid_request_object");
    let unsigned = json!({"request_object_signing_alg": "none"});
    let refused = suite.refused(ResponseType::Code, unsigned).await;
    assert_eq!(refused, (400, "invalid_client_metadata".to_owned()));
}

/// The redirect URI in the object takes precedence.
#[tokio::test]
async fn oidcc_ensure_request_object_with_redirect_uri() {
    let suite = Suite::new().await;
    for &response_type in ResponseType::ALL {
        let mut run = suite.run(response_type, json!({})).await;
        let request = run.ask("openid");
        let object = suite.key.sign(&json!(request.parameters));
        let mut wrong = request.clone().with("request", object);
        wrong = wrong.with("redirect_uri", format!("{CALLBACK}/wrong"));
        let landed = run.phone.open(run.party.url(&wrong)).await;
        run.finish(landed, &request).await;
    }
}

#[tokio::test]
async fn oidcc_3rd_party_init_login() {
    let suite = Suite::new().await;
    let begin = "https://service.example/login";
    for &response_type in ResponseType::ALL {
        let changes = json!({"initiate_login_uri": begin});
        let registered = suite.register(response_type, changes).await;
        assert_eq!(registered.text("initiate_login_uri"), begin);
        let reply = send(registered.manage(Method::GET)).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.text("initiate_login_uri"), begin);
    }
}

#[tokio::test]
async fn oidcc_3rd_party_init_login_nohttps() {
    let suite = Suite::new().await;
    for &response_type in ResponseType::ALL {
        let changes = json!({"initiate_login_uri": "http://service.example/login"});
        let refused = suite.refused(response_type, changes).await;
        assert_eq!(refused, (400, "invalid_client_metadata".to_owned()));
    }
}
