//! A miniature OpenID Provider on a loopback port: enough to log one person in,
//! strict about what a relying party owes it, and able to misbehave.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::extract::State;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use relying_parties::{RelyingPartyConfig, relying_parties};
use serde_json::{Value, json};
use url::Url;

/// What the provider does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mischief {
    Nothing,
    WrongNonce,
    WrongIssuer,
    WrongAudience,
    Expired,
    ForgedSignature,
    WrongAccessTokenHash,
    AnotherPersonsUserinfo,
    NoIdToken,
    RefusesCodes,
    RefusesRefreshTokens,
    RefreshesAnotherPerson,
}

pub(crate) struct FakeProvider {
    pub(crate) issuer: String,
    port: u16,
    state: Arc<Mutex<Inner>>,
}

struct Inner {
    issuer: String,
    key: Key,
    mischief: Mischief,
    userinfo: Value,
    /// Requests by the code each was answered with.
    codes: BTreeMap<String, BTreeMap<String, String>>,
    /// The request behind the one refresh token that is good, and how often it was used.
    refresh: Option<(BTreeMap<String, String>, usize)>,
    discoveries: usize,
}

struct Key {
    kid: String,
    pair: EcdsaKeyPair,
}

impl Key {
    fn new(kid: &str) -> Self {
        Self {
            kid: kid.to_owned(),
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap(),
        }
    }

    fn jwk(&self) -> Value {
        let point = &self.pair.public_key().as_ref()[1..];
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": URL_SAFE_NO_PAD.encode(&point[..32]), "y": URL_SAFE_NO_PAD.encode(&point[32..]),
        })
    }

    fn sign(&self, claims: &Value) -> String {
        let der = self.pair.to_pkcs8v1().unwrap();
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(der.as_ref())).unwrap()
    }
}

pub(crate) const PERSON: &str = "長野 花子";
/// The clients that have no secret.
const PUBLIC: [&str; 3] = ["my-route", "toyota-share", "maintenance-app"];
const ACCESS_TOKEN: &str = "an access token";

impl FakeProvider {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        // The name that only RFC 6761 resolves: this proves our resolver, too.
        let issuer = format!("http://id.toyota.localhost:{port}");
        let state = Arc::new(Mutex::new(Inner {
            issuer: issuer.clone(),
            key: Key::new("first"),
            mischief: Mischief::Nothing,
            userinfo: json!({"sub": "248289761001", "name": PERSON, "email": "hanako@example.jp"}),
            codes: BTreeMap::new(),
            refresh: None,
            discoveries: 0,
        }));
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            issuer,
            port,
            state,
        }
    }

    /// The relying party `key` of this provider.
    pub(crate) fn party(&self, key: &str) -> RelyingPartyConfig {
        relying_parties(&self.issuer, self.port, |id| format!("secret/of {id}"))
            .into_iter()
            .find(|party| party.key == key)
            .unwrap()
    }

    pub(crate) fn misbehave(&self, mischief: Mischief) {
        self.lock().mischief = mischief;
    }

    pub(crate) fn set_userinfo(&self, claims: Value) {
        self.lock().userinfo = claims;
    }

    pub(crate) fn rotate_key(&self) {
        self.lock().key = Key::new("second");
    }

    pub(crate) fn discoveries(&self) -> usize {
        self.lock().discoveries
    }

    /// The person logs in: where the browser goes back to, from its path on.
    pub(crate) fn authorize(&self, request: &Url) -> String {
        let parameters: BTreeMap<_, _> = request.query_pairs().into_owned().collect();
        let code = format!("code {}", parameters["state"]);
        let back = answer(&self.issuer, &parameters, &[("code", &code)]);
        self.lock().codes.insert(code, parameters);
        back
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The provider answers with an error instead.
    pub(crate) fn refuse(&self, request: &Url, error: &str) -> String {
        let parameters = request.query_pairs().into_owned().collect();
        answer(&self.issuer, &parameters, &[("error", error)])
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap()
    }
}

fn answer(issuer: &str, request: &BTreeMap<String, String>, outcome: &[(&str, &str)]) -> String {
    let mut back = Url::parse(&request["redirect_uri"]).unwrap();
    back.query_pairs_mut()
        .extend_pairs(outcome)
        .append_pair("state", &request["state"])
        .append_pair("iss", issuer);
    format!("{}?{}", back.path(), back.query().unwrap())
}

type Shared = State<Arc<Mutex<Inner>>>;

async fn discovery(State(state): Shared) -> Json<Value> {
    let mut provider = state.lock().unwrap();
    provider.discoveries += 1;
    let issuer = &provider.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "end_session_endpoint": format!("{issuer}/logout"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(State(state): Shared) -> Json<Value> {
    Json(json!({"keys": [state.lock().unwrap().key.jwk()]}))
}

async fn token(State(state): Shared, headers: HeaderMap, body: String) -> Response {
    let mut provider = state.lock().unwrap();
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    if form["grant_type"] == "refresh_token" {
        return refresh(&mut provider, &form);
    }
    let request = provider.codes.remove(&form["code"]);
    let Some(request) = request.filter(|_| provider.mischief != Mischief::RefusesCodes) else {
        let error = json!({"error": "invalid_grant", "error_description": "no such code"});
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, form["code_verifier"].as_bytes()));
    assert_eq!(request["code_challenge_method"], "S256");
    assert_eq!(request["code_challenge"], challenge);
    assert_eq!(request["redirect_uri"], form["redirect_uri"]);
    let client = &request["client_id"];
    if PUBLIC.contains(&client.as_str()) {
        assert_eq!(form["client_id"], *client);
        assert!(!headers.contains_key(AUTHORIZATION));
    } else {
        let basic = STANDARD.encode(format!("{client}:secret%2Fof+{client}"));
        assert_eq!(headers[AUTHORIZATION], format!("Basic {basic}"));
    }
    let mut answer = tokens(&provider, &request);
    if request["scope"].contains("offline_access") {
        answer["refresh_token"] = json!("refresh 0");
        provider.refresh = Some((request, 0));
    }
    Json(answer).into_response()
}

fn refresh(provider: &mut Inner, form: &BTreeMap<String, String>) -> Response {
    let known = provider.refresh.take().filter(|(_, used)| {
        form["refresh_token"] == format!("refresh {used}")
            && provider.mischief != Mischief::RefusesRefreshTokens
    });
    let Some((mut request, used)) = known else {
        let error = json!({"error": "invalid_grant", "error_description": "no such token"});
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    };
    request.remove("nonce");
    let mut answer = tokens(provider, &request);
    answer["refresh_token"] = json!(format!("refresh {}", used + 1));
    provider.refresh = Some((request, used + 1));
    Json(answer).into_response()
}

fn tokens(provider: &Inner, request: &BTreeMap<String, String>) -> Value {
    let mut claims = honest_claims(provider, request);
    match provider.mischief {
        Mischief::WrongNonce => claims["nonce"] = json!("another"),
        Mischief::WrongIssuer => claims["iss"] = json!("http://evil.localhost"),
        Mischief::WrongAudience => claims["aud"] = json!("another"),
        Mischief::RefreshesAnotherPerson if request.get("nonce").is_none() => {
            claims["sub"] = json!("another");
        }
        Mischief::Expired => claims["exp"] = json!(now() - 600),
        Mischief::WrongAccessTokenHash => claims["at_hash"] = json!(half_hash("another token")),
        _ => {}
    }
    let id_token = match provider.mischief {
        Mischief::ForgedSignature => Key::new(&provider.key.kid).sign(&claims),
        _ => provider.key.sign(&claims),
    };
    let mut tokens = json!({
        "access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 300, "id_token": id_token,
        "authorization_details": [{"type": "dealer_link", "identifier": "20100"}],
    });
    if provider.mischief == Mischief::NoIdToken {
        tokens.as_object_mut().unwrap().remove("id_token");
    }
    tokens
}

fn honest_claims(provider: &Inner, request: &BTreeMap<String, String>) -> Value {
    json!({
        "iss": provider.issuer, "aud": request["client_id"], "sub": "248289761001",
        "nonce": request.get("nonce"), "iat": now(), "exp": now() + 300,
        "at_hash": half_hash(ACCESS_TOKEN),
    })
}

async fn userinfo(State(state): Shared, headers: HeaderMap) -> Json<Value> {
    assert_eq!(headers[AUTHORIZATION], format!("Bearer {ACCESS_TOKEN}"));
    let provider = state.lock().unwrap();
    let mut claims = provider.userinfo.clone();
    if provider.mischief == Mischief::AnotherPersonsUserinfo {
        claims["sub"] = json!("another");
    }
    Json(claims)
}

/// OpenID Connect Core §3.1.3.6.
fn half_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&digest(&SHA256, token.as_bytes()).as_ref()[..16])
}

#[expect(
    clippy::disallowed_methods,
    reason = "tokens must be valid by the relying party's own clock"
)]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs()
}
