//! A relying party for the tests: it uses the `openidconnect` crate where a real one would,
//! and plain HTTP for requests that no library would send.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openidconnect::core::{
    CoreClient, CoreIdToken, CoreIdTokenClaims, CoreProviderMetadata, CoreResponseType,
    CoreTokenResponse,
};
use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenResponse as _,
};
use reqwest::header::{self, HeaderMap};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::browser::http_client;
use super::client_key::ClientKey;

/// The assertion type of RFC 7523 §2.2.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A relying party that has read its provider's discovery document.
#[derive(Clone)]
pub(crate) struct RelyingParty {
    /// Its `client_id`.
    pub(crate) client_id: String,
    /// The client secret; `None` for a public client.
    pub(crate) secret: Option<String>,
    /// The redirect URI.
    pub(crate) redirect_uri: String,
    /// The provider's discovery document.
    pub(crate) metadata: Value,
    /// The clock with which it checks ID tokens.
    pub(crate) clock: common_id::clock::Clock,
    client: Client,
    http: reqwest::Client,
    /// The key for client authentication by `private_key_jwt`, instead of a secret.
    key: Option<Arc<ClientKey>>,
}

/// An authorization request under way.
#[derive(Clone)]
pub(crate) struct Pending {
    /// Its parameters.
    pub(crate) parameters: BTreeMap<String, String>,
    state: String,
    nonce: String,
    /// The PKCE verifier.
    pub(crate) verifier: String,
}

impl Pending {
    /// Adds or replaces a parameter.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    /// Removes a parameter.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.parameters.remove(name);
        self
    }
}

/// The tokens for an authorization code, verified.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    /// The access token.
    pub(crate) access_token: String,
    /// The refresh token, if one was issued.
    pub(crate) refresh_token: Option<String>,
    /// The ID token.
    pub(crate) id_token: String,
    /// The ID token's claims, verified.
    pub(crate) claims: CoreIdTokenClaims,
}

/// A response of a protocol endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// Its status.
    pub(crate) status: StatusCode,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: String,
}

impl Reply {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {} {}", self.status, self.body))
    }

    /// Returns the `error` of an error response; fails the test if there is none.
    #[track_caller]
    pub(crate) fn error(&self) -> String {
        let body = self.json();
        let description = body["error_description"].as_str().unwrap_or_default();
        assert!(
            !description.is_empty(),
            "a refusal without a description: {body}"
        );
        let error = body["error"].as_str().unwrap_or_default().to_owned();
        let uri = body["error_uri"].as_str().unwrap_or_default();
        assert!(
            uri.starts_with("http") && uri.ends_with(&format!("/errors/{error}")),
            "a refusal that names no page: {body}"
        );
        let challenge = self.header("www-authenticate");
        // RFC 6750 §3
        if challenge.starts_with("Bearer") {
            let told = format!("error_uri=\"{uri}\"");
            assert!(challenge.contains(&told), "{challenge}");
        }
        error
    }

    /// Returns status and `error` of an error response, to compare both at once.
    #[track_caller]
    pub(crate) fn refused(&self) -> (u16, String) {
        (self.status.as_u16(), self.error())
    }

    /// Returns a string member of the JSON body; fails the test if there is none.
    #[track_caller]
    pub(crate) fn text(&self, member: &str) -> String {
        let body = self.json();
        body[member]
            .as_str()
            .unwrap_or_else(|| panic!("no {member} in {} {body}", self.status))
            .to_owned()
    }

    /// A header's text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

impl RelyingParty {
    /// Reads the discovery document of `issuer`, and creates the relying party.
    pub(crate) async fn discover(
        issuer: &str,
        client_id: &str,
        secret: Option<&str>,
        redirect_uri: &str,
        clock: &common_id::clock::Clock,
    ) -> Self {
        let http = http_client();
        let speak = |request| call(http.clone(), request);
        let issuer_url = IssuerUrl::new(issuer.to_owned()).unwrap();
        let metadata = CoreProviderMetadata::discover_async(issuer_url, &speak)
            .await
            .unwrap_or_else(|error| panic!("discovery at {issuer}: {error:?}"));
        let mut client = CoreClient::from_provider_metadata(
            metadata.clone(),
            ClientId::new(client_id.to_owned()),
            secret.map(|secret| ClientSecret::new(secret.to_owned())),
        )
        .set_redirect_uri(RedirectUrl::new(redirect_uri.to_owned()).unwrap());
        if secret.is_some() {
            client = client.set_auth_type(AuthType::BasicAuth);
        }
        let url = format!("{issuer}/.well-known/openid-configuration");
        let document = http.get(url).send().await.unwrap().text().await.unwrap();
        Self {
            client_id: client_id.to_owned(),
            secret: secret.map(str::to_owned),
            redirect_uri: redirect_uri.to_owned(),
            metadata: serde_json::from_str(&document).unwrap(),
            clock: clock.clone(),
            client,
            http,
            key: None,
        }
    }

    /// Authenticates by assertions from now on (OpenID Connect Core §9).
    pub(crate) fn proving_by(mut self, key: &Arc<ClientKey>) -> Self {
        self.key = Some(Arc::clone(key));
        self
    }

    /// Signs a client assertion for one request.
    fn assertion(&self, key: &ClientKey) -> String {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let now = self.clock.now().0;
        let jti = MADE.fetch_add(1, Ordering::Relaxed);
        key.sign(&json!({
            "iss": self.client_id, "sub": self.client_id, "aud": self.endpoint("issuer"),
            "jti": format!("assertion {jti}"), "iat": now, "exp": now + 60,
        }))
    }

    /// Returns an endpoint's address from the discovery document.
    #[track_caller]
    pub(crate) fn endpoint(&self, name: &str) -> String {
        self.metadata[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name} in the discovery document"))
            .to_owned()
    }

    /// Creates an authorization request for `scope`, with state, nonce and PKCE.
    pub(crate) fn ask(&self, scope: &str) -> Pending {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = self
            .client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .set_pkce_challenge(challenge);
        for scope in scope.split(' ').filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.to_owned()));
        }
        let (url, state, nonce) = request.url();
        Pending {
            parameters: url.query_pairs().into_owned().collect(),
            state: state.into_secret(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        }
    }

    /// Returns the authorization URL of the request.
    pub(crate) fn url(&self, pending: &Pending) -> Url {
        let mut url = Url::parse(&self.endpoint("authorization_endpoint")).unwrap();
        url.query_pairs_mut().extend_pairs(&pending.parameters);
        url
    }

    /// Pushes the request (RFC 9126), and returns its authorization URL.
    pub(crate) async fn push(&self, pending: &Pending) -> Url {
        let reply = self.push_raw(pending).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.body);
        self.url_of(&reply.text("request_uri"))
    }

    /// Returns the authorization URL of a pushed request.
    pub(crate) fn url_of(&self, request_uri: &str) -> Url {
        let mut url = Url::parse(&self.endpoint("authorization_endpoint")).unwrap();
        url.query_pairs_mut()
            .append_pair("client_id", &self.client_id)
            .append_pair("request_uri", request_uri);
        url
    }

    /// Pushes the request, and returns any reply.
    pub(crate) async fn push_raw(&self, pending: &Pending) -> Reply {
        let parameters: Vec<(&str, &str)> = pairs(&pending.parameters);
        self.post("pushed_authorization_request_endpoint", &parameters)
            .await
    }

    /// Checks the authorization response as RFC 6749, RFC 9207 and OpenID Connect Core
    /// require of a relying party, and exchanges its code.
    pub(crate) async fn exchange(&self, answer: &Url, pending: &Pending) -> Tokens {
        let code = self.code_of(answer, pending);
        let speak = |request| call(self.http.clone(), request);
        let response = self
            .client
            .exchange_code(AuthorizationCode::new(code))
            .unwrap()
            .set_pkce_verifier(PkceCodeVerifier::new(pending.verifier.clone()))
            .request_async(&speak)
            .await
            .unwrap_or_else(|error| panic!("the exchange failed: {error:?}"));
        self.verified(&response, pending)
    }

    /// Returns the code of an authorization response to this request.
    #[track_caller]
    pub(crate) fn code_of(&self, answer: &Url, pending: &Pending) -> String {
        let parameters = self.answer_of(answer, pending);
        parameters
            .get("code")
            .unwrap_or_else(|| panic!("no code in {answer}"))
            .clone()
    }

    /// Returns the error of an authorization response to this request.
    #[track_caller]
    pub(crate) fn error_of(&self, answer: &Url, pending: &Pending) -> String {
        let parameters = self.answer_of(answer, pending);
        let error = parameters.get("error");
        error
            .unwrap_or_else(|| panic!("no error in {answer}"))
            .clone()
    }

    /// Checks state and issuer of an authorization response, and returns its parameters.
    #[track_caller]
    pub(crate) fn answer_of(&self, answer: &Url, pending: &Pending) -> BTreeMap<String, String> {
        assert!(
            answer.as_str().starts_with(&self.redirect_uri),
            "{answer} is not this relying party's"
        );
        let text = answer.fragment().or(answer.query()).unwrap_or_default();
        let pairs: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .collect();
        let parameters: BTreeMap<String, String> = pairs.iter().cloned().collect();
        assert_eq!(pairs.len(), parameters.len(), "repeated in {answer}");
        if let Some(sent) = pending.parameters.get("state") {
            assert_eq!(sent, &pending.state);
            assert_eq!(parameters.get("state"), Some(sent), "in {answer}");
        }
        // RFC 9207 §2.4
        let issuer = self.endpoint("issuer");
        assert_eq!(parameters.get("iss"), Some(&issuer), "in {answer}");
        let page = |error: &String| format!("{issuer}/errors/{error}");
        assert_eq!(
            parameters.get("error_uri"),
            parameters.get("error").map(page).as_ref(),
            "in {answer}"
        );
        parameters
    }

    fn verified(&self, response: &CoreTokenResponse, pending: &Pending) -> Tokens {
        let id_token = response.id_token().expect("an ID token");
        let has_nonce = pending.parameters.contains_key("nonce");
        let nonce = has_nonce.then_some(pending.nonce.as_str());
        Tokens {
            access_token: response.access_token().secret().clone(),
            refresh_token: response.refresh_token().map(|token| token.secret().clone()),
            id_token: id_token.to_string(),
            claims: self.claims_of(id_token, nonce),
        }
    }

    #[track_caller]
    fn claims_of(&self, id_token: &CoreIdToken, nonce: Option<&str>) -> CoreIdTokenClaims {
        let now = self.clock.clone();
        let verifier = self.client.id_token_verifier().set_time_fn(move || {
            let seconds = u64::try_from(now.now().0).unwrap();
            (std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).into()
        });
        let same = |given: Option<&Nonce>| {
            if given.map(|nonce| nonce.secret().as_str()) == nonce {
                Ok(())
            } else {
                Err("another nonce".to_owned())
            }
        };
        match id_token.claims(&verifier, same) {
            Ok(claims) => claims.clone(),
            Err(error) => panic!("the ID token is not valid: {error:?}"),
        }
    }

    /// Verifies an ID token from either endpoint, and returns its claims.
    #[track_caller]
    pub(crate) fn verified_id_token(&self, token: &str, nonce: Option<&str>) -> Value {
        let id_token: CoreIdToken = token.parse().expect("an ID token");
        self.claims_of(&id_token, nonce);
        jwt_part(token, 1)
    }

    /// Exchanges a code, and returns any reply.
    pub(crate) async fn exchange_raw(&self, code: &str, verifier: &str) -> Reply {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri),
            ("code_verifier", verifier),
        ])
        .await
    }

    /// Exchanges a code; returns `None` if the server dies before it answers.
    pub(crate) async fn try_exchange(&self, code: &str, verifier: &str) -> Option<Reply> {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", &self.redirect_uri)
            .append_pair("code_verifier", verifier)
            .finish();
        let mut headers = HeaderMap::new();
        let form = "application/x-www-form-urlencoded".parse().unwrap();
        headers.insert(header::CONTENT_TYPE, form);
        let proof = basic(&self.client_id, self.secret.as_deref().unwrap_or_default());
        headers.insert(header::AUTHORIZATION, proof.parse().unwrap());
        let url = self.endpoint("token_endpoint");
        self.try_send(Method::POST, &url, headers, Some(body.into()))
            .await
            .ok()
    }

    /// Redeems a refresh token, and returns any reply.
    pub(crate) async fn refresh(&self, refresh_token: &str) -> Reply {
        self.token(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ])
        .await
    }

    /// Sends a request to the token endpoint.
    pub(crate) async fn token(&self, parameters: &[(&str, &str)]) -> Reply {
        self.post("token_endpoint", parameters).await
    }

    /// Introspects an access token.
    pub(crate) async fn introspect(&self, token: &str) -> Reply {
        self.post("introspection_endpoint", &[("token", token)])
            .await
    }

    /// Revokes a token.
    pub(crate) async fn revoke(&self, token: &str) -> Reply {
        self.post("revocation_endpoint", &[("token", token)]).await
    }

    /// Requests the person's claims from UserInfo.
    pub(crate) async fn userinfo(&self, access_token: &str) -> Reply {
        let mut headers = HeaderMap::new();
        let value = format!("Bearer {access_token}").parse().unwrap();
        headers.insert(header::AUTHORIZATION, value);
        self.send(
            Method::GET,
            &self.endpoint("userinfo_endpoint"),
            headers,
            None,
        )
        .await
    }

    /// Posts a form to an endpoint with the registered client authentication: an assertion,
    /// Basic with the secret, or `client_id` alone for a public client.
    pub(crate) async fn post(&self, endpoint: &str, parameters: &[(&str, &str)]) -> Reply {
        let assertion = self.key.as_deref().map(|key| self.assertion(key));
        let mut parameters = parameters.to_vec();
        let mut headers = HeaderMap::new();
        match (&assertion, &self.secret) {
            (Some(assertion), _) => {
                parameters.push(("client_assertion_type", JWT_BEARER));
                parameters.push(("client_assertion", assertion));
            }
            (None, Some(secret)) => {
                let value = basic(&self.client_id, secret).parse().unwrap();
                headers.insert(header::AUTHORIZATION, value);
            }
            (None, None) if !parameters.iter().any(|(name, _)| *name == "client_id") => {
                parameters.push(("client_id", &self.client_id));
            }
            (None, None) => {}
        }
        self.post_as(endpoint, headers, &parameters).await
    }

    /// Posts a form to an endpoint with exactly these headers.
    pub(crate) async fn post_as(
        &self,
        endpoint: &str,
        mut headers: HeaderMap,
        parameters: &[(&str, &str)],
    ) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(parameters)
            .finish();
        headers
            .entry(header::CONTENT_TYPE)
            .or_insert("application/x-www-form-urlencoded".parse().unwrap());
        self.send(
            Method::POST,
            &self.endpoint(endpoint),
            headers,
            Some(body.into()),
        )
        .await
    }

    /// Sends one request unchanged.
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> Reply {
        let reply = self.try_send(method, url, headers, body).await;
        reply.unwrap_or_else(|error| panic!("{url}: {error:?}"))
    }

    async fn try_send(
        &self,
        method: Method,
        url: &str,
        headers: HeaderMap,
        body: Option<Vec<u8>>,
    ) -> reqwest::Result<Reply> {
        let mut request = self.http.request(method, url).headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request.send().await?;
        Ok(Reply {
            status: answer.status(),
            headers: answer.headers().clone(),
            body: answer.text().await?,
        })
    }
}

/// The value of an `Authorization: Basic` header (RFC 6749 §2.3.1).
pub(crate) fn basic(client_id: &str, secret: &str) -> String {
    let half =
        |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let pair = format!("{}:{}", half(client_id), half(secret));
    format!("Basic {}", STANDARD.encode(pair))
}

/// Decodes one part of a JWT without verifying it: 0 is the header, 1 the claims.
#[track_caller]
pub(crate) fn jwt_part(token: &str, part: usize) -> Value {
    let text = token.split('.').nth(part).expect("a JWT");
    let bytes = URL_SAFE_NO_PAD.decode(text).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

/// A map as borrowed pairs.
pub(crate) fn pairs(map: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    map.iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

async fn call(http: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, reqwest::Error> {
    let answer = http.execute(request.try_into()?).await?;
    let mut response = HttpResponse::new(Vec::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    *response.body_mut() = answer.bytes().await?.to_vec();
    Ok(response)
}
