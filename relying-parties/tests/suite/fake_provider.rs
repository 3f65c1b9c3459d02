//! A miniature OpenID Provider on a loopback port: it can log in one person, checks
//! strictly what a relying party must send, and can be told to misbehave.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use axum::extract::{Query, State};
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
    /// The `acr` is the weaker one, whatever is requested.
    NoStrongLogin,
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
    /// Authorization requests by the code in their response.
    codes: BTreeMap<String, BTreeMap<String, String>>,
    /// The request behind the one valid refresh token, and how often it was refreshed.
    refresh: Option<(BTreeMap<String, String>, usize)>,
    discoveries: usize,
    /// Pushed requests by their `request_uri`.
    pushed: BTreeMap<String, BTreeMap<String, String>>,
    /// The answer to a device that polls: an error, or tokens.
    device: &'static str,
    /// How often the device polled.
    polls: usize,
    /// The `sub` of the person who logs in.
    subject: &'static str,
    /// The audience of T-Connect's access tokens.
    api: String,
    /// The access token issued last.
    access_token: String,
    /// `active` in every introspection response; `None` while the endpoint is down.
    active: Option<bool>,
    /// How often a token was introspected.
    introspections: usize,
    /// The customers of a dealer, one a page; `None` while the list is down.
    customers: Option<Vec<Value>>,
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
        self.sign_as("JWT", claims)
    }

    fn sign_as(&self, kind: &str, claims: &Value) -> String {
        let der = self.pair.to_pkcs8v1().unwrap();
        let mut header = Header::new(Algorithm::ES256);
        header.typ = Some(kind.to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(der.as_ref())).unwrap()
    }
}

/// The `sid` of every login.
pub(crate) const SID: &str = "the login";
pub(crate) const PERSON: &str = "長野 花子";
/// The public clients.
const PUBLIC: [&str; 3] = ["my-route", "toyota-share", "maintenance-app"];
/// Access token of a dealer's own system.
const MACHINE_TOKEN: &str = "a machine's token";
const ACCESS_TOKEN: &str = "an access token";
/// The `acr` of the stronger of the two ways to log in.
pub(crate) const STRONG: &str = "https://id.toyota.jp/acr/password-and-code";

impl FakeProvider {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        // Only RFC 6761 makes this name resolve, so this tests our resolver, too.
        let issuer = format!("http://id.toyota.localhost:{port}");
        let state = Arc::new(Mutex::new(Inner {
            issuer: issuer.clone(),
            key: Key::new("first"),
            mischief: Mischief::Nothing,
            userinfo: json!({"sub": "248289761001", "name": PERSON, "email": "hanako@example.jp"}),
            codes: BTreeMap::new(),
            refresh: None,
            discoveries: 0,
            pushed: BTreeMap::new(),
            device: "authorization_pending",
            polls: 0,
            subject: "248289761001",
            api: "http://t-connect.localhost/api".to_owned(),
            access_token: ACCESS_TOKEN.to_owned(),
            active: Some(true),
            introspections: 0,
            customers: Some(Vec::new()),
        }));
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/jwks", get(jwks))
            .route("/token", post(token))
            .route("/introspect", post(introspect))
            .route("/par", post(push))
            .route("/userinfo", get(userinfo))
            .route("/dealer/customers", get(customers))
            .route("/device_authorization", post(device_authorization))
            .with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            issuer,
            port,
            state,
        }
    }

    /// Returns the relying party `key`, configured for this provider.
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

    /// Changes the person who logs in from now on.
    pub(crate) fn log_in_as(&self, subject: &'static str) {
        let mut provider = self.lock();
        provider.subject = subject;
        provider.userinfo["sub"] = json!(subject);
    }

    /// Sets the address of T-Connect's API.
    pub(crate) fn api_is(&self, api: &str) {
        api.clone_into(&mut self.lock().api);
    }

    /// Sets the answer to a polling device: an error, or `approved`.
    pub(crate) fn answer_device(&self, answer: &'static str) {
        self.lock().device = answer;
    }

    /// Returns how often the device polled.
    pub(crate) fn polls(&self) -> usize {
        self.lock().polls
    }

    /// Returns an access token for T-Connect's API with these claims changed; `null`
    /// removes one.
    pub(crate) fn access_token(&self, kind: &str, changes: &Value) -> String {
        let provider = self.lock();
        let mut claims = access_claims(&provider, STRONG);
        let claims = claims.as_object_mut().unwrap();
        claims.extend(changes.as_object().unwrap().clone());
        claims.retain(|_, value| !value.is_null());
        provider.key.sign_as(kind, &json!(claims))
    }

    /// Returns the same token, signed with another key under the same `kid`.
    pub(crate) fn forged_access_token(&self) -> String {
        let provider = self.lock();
        let claims = access_claims(&provider, STRONG);
        Key::new(&provider.key.kid).sign_as("at+jwt", &claims)
    }

    /// Signs a token of any type with any claims.
    pub(crate) fn signed(&self, kind: &str, claims: &Value) -> String {
        self.lock().key.sign_as(kind, claims)
    }

    /// Sets the list of a dealer's customers; `None` takes the list down.
    pub(crate) fn list(&self, customers: Option<Vec<Value>>) {
        self.lock().customers = customers;
    }

    /// Sets `active` in introspection responses; `None` takes the endpoint down.
    pub(crate) fn say_active(&self, active: Option<bool>) {
        self.lock().active = active;
    }

    /// Returns how often a token was introspected.
    pub(crate) fn introspections(&self) -> usize {
        self.lock().introspections
    }

    pub(crate) fn rotate_key(&self) {
        self.lock().key = Key::new("second");
    }

    pub(crate) fn discoveries(&self) -> usize {
        self.lock().discoveries
    }

    /// Logs the person in, and returns the callback's path and query.
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

    /// Returns the parameters that were pushed under the request's reference.
    pub(crate) fn pushed(&self, request: &Url) -> BTreeMap<String, String> {
        let pairs: BTreeMap<_, _> = request.query_pairs().into_owned().collect();
        self.lock().pushed[&pairs["request_uri"]].clone()
    }

    /// Logs the person in by a pushed request.
    pub(crate) fn authorize_pushed(&self, request: &Url) -> String {
        let mut url = request.clone();
        url.query_pairs_mut()
            .clear()
            .extend_pairs(self.pushed(request));
        self.authorize(&url)
    }

    /// Answers a pushed request with an error.
    pub(crate) fn refuse_pushed(&self, request: &Url, error: &str) -> String {
        answer(&self.issuer, &self.pushed(request), &[("error", error)])
    }

    /// Answers a request with an error.
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
        "pushed_authorization_request_endpoint": format!("{issuer}/par"),
        "introspection_endpoint": format!("{issuer}/introspect"),
        "jwks_uri": format!("{issuer}/jwks"),
        "device_authorization_endpoint": format!("{issuer}/device_authorization"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn jwks(State(state): Shared) -> Json<Value> {
    Json(json!({"keys": [state.lock().unwrap().key.jwk()]}))
}

/// Lists one customer a page, so that the client has to fetch several pages.
async fn customers(
    State(state): Shared,
    headers: HeaderMap,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    assert_eq!(headers[AUTHORIZATION], format!("Bearer {MACHINE_TOKEN}"));
    let Some(all) = state.lock().unwrap().customers.clone() else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let place: usize = query.get("cursor").map_or(0, |at| at.parse().unwrap());
    let page: Vec<_> = all.get(place).into_iter().collect();
    let mut list = json!({"dealer_code": "20100", "customers": page});
    if place + 1 < all.len() {
        list["next_cursor"] = json!((place + 1).to_string());
    }
    Json(list).into_response()
}

async fn token(State(state): Shared, headers: HeaderMap, body: String) -> Response {
    let mut provider = state.lock().unwrap();
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    if form["grant_type"] == "client_credentials" {
        assert_eq!(form["scope"], "dealer.customers");
        let basic = STANDARD.encode("dealer-20100:secret%2Fof+dealer-20100");
        assert_eq!(headers[AUTHORIZATION], format!("Basic {basic}"));
        return Json(json!({"access_token": MACHINE_TOKEN, "token_type": "Bearer"}))
            .into_response();
    }
    if form["grant_type"] == "refresh_token" {
        return refresh(&mut provider, &form);
    }
    if form["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code" {
        return device(&mut provider, &form);
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
    provider.access_token = match client.as_str() {
        "t-connect" => {
            let asked = request.get("acr_values").map(String::as_str);
            let strong = asked.filter(|_| provider.mischief != Mischief::NoStrongLogin);
            let claims = access_claims(&provider, strong.unwrap_or("weak"));
            provider.key.sign_as("at+jwt", &claims)
        }
        _ => ACCESS_TOKEN.to_owned(),
    };
    let mut answer = tokens(&provider, &request);
    if request["scope"].contains("offline_access") {
        answer["refresh_token"] = json!("refresh 0");
        provider.refresh = Some((request, 0));
    }
    Json(answer).into_response()
}

async fn device_authorization(State(state): Shared, body: String) -> Json<Value> {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    assert_eq!(form["client_id"], "navi");
    let mut provider = state.lock().unwrap();
    provider.device = "authorization_pending";
    let issuer = &provider.issuer;
    Json(json!({
        "device_code": "device code", "user_code": "WDJB-MJHT",
        "verification_uri": format!("{issuer}/device"),
        "verification_uri_complete": format!("{issuer}/device?user_code=WDJB-MJHT"),
        "expires_in": 600, "interval": 0,
    }))
}

fn device(provider: &mut Inner, form: &BTreeMap<String, String>) -> Response {
    assert_eq!(
        (form["device_code"].as_str(), form["client_id"].as_str()),
        ("device code", "navi")
    );
    provider.polls += 1;
    if provider.device != "approved" {
        let error = json!({"error": provider.device, "error_description": "as the test wants it"});
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let request: BTreeMap<String, String> = [("client_id", "navi"), ("scope", "offline_access")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let mut answer = tokens(provider, &request);
    answer["refresh_token"] = json!("refresh 0");
    provider.refresh = Some((request, 0));
    Json(answer).into_response()
}

/// Returns the claims of RFC 9068 §2.2 for a person who has just logged in.
fn access_claims(provider: &Inner, acr: &str) -> Value {
    json!({
        "iss": provider.issuer, "sub": provider.subject, "exp": now() + 300, "iat": now(),
        "aud": [provider.issuer, provider.api], "client_id": "t-connect",
        "scope": "openid profile vehicle.command", "acr": acr, "auth_time": now(), "jti": "j",
    })
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
        "access_token": provider.access_token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token,
        "authorization_details": [{"type": "dealer_link", "identifier": "20100"}],
    });
    if provider.mischief == Mischief::NoIdToken {
        tokens.as_object_mut().unwrap().remove("id_token");
    }
    tokens
}

fn honest_claims(provider: &Inner, request: &BTreeMap<String, String>) -> Value {
    json!({
        "iss": provider.issuer, "aud": request["client_id"], "sub": provider.subject,
        "nonce": request.get("nonce"), "iat": now(), "exp": now() + 300,
        "at_hash": half_hash(&provider.access_token), "sid": SID,
    })
}

async fn push(State(state): Shared, headers: HeaderMap, body: String) -> Response {
    let mut provider = state.lock().unwrap();
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    let client = &form["client_id"];
    let basic = STANDARD.encode(format!("{client}:secret%2Fof+{client}"));
    assert_eq!(headers[AUTHORIZATION], format!("Basic {basic}"));
    let reference = format!(
        "urn:ietf:params:oauth:request_uri:{}",
        provider.pushed.len()
    );
    provider.pushed.insert(reference.clone(), form);
    let pushed = json!({"request_uri": reference, "expires_in": 60});
    (StatusCode::CREATED, Json(pushed)).into_response()
}

/// RFC 7662, for T-Connect's server only.
async fn introspect(State(state): Shared, headers: HeaderMap, body: String) -> Response {
    let mut provider = state.lock().unwrap();
    let basic = STANDARD.encode("t-connect:secret%2Fof+t-connect");
    assert_eq!(headers[AUTHORIZATION], format!("Basic {basic}"));
    assert!(body.starts_with("token="), "{body}");
    provider.introspections += 1;
    match provider.active {
        Some(active) => Json(json!({"active": active})).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn userinfo(State(state): Shared, headers: HeaderMap) -> Json<Value> {
    let provider = state.lock().unwrap();
    let token = &provider.access_token;
    assert_eq!(headers[AUTHORIZATION], format!("Bearer {token}"));
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
pub(crate) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs()
}
