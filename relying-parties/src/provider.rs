//! All requests to the provider: discovery, the login's authorization request, the token
//! request, UserInfo, and logout. It is public OpenID Connect through the `openidconnect`
//! crate, and every token is verified here.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreErrorResponseType, CoreJsonWebKey, CoreJsonWebKeySet,
    CoreUserInfoClaims,
};
use openidconnect::{
    AccessToken, AsyncHttpClient as _, AuthenticationContextClass, AuthorizationCode,
    ClaimsVerificationError, ClientId, ClientSecret, CsrfToken, IssuerUrl, LanguageTag,
    LogoutRequest, Nonce, NonceVerifier, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier,
    PostLogoutRedirectUrl, RedirectUrl, RefreshToken, RequestTokenError, Scope,
    SignatureVerificationError, StandardErrorResponse, SubjectIdentifier, TokenResponse,
};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;

use crate::failure::{Failure, with_causes};
use crate::http_client::HttpClient;
use crate::id_token::verify;
use crate::linked_dealers::dealer_codes;
use crate::locale::Locale;
use crate::logout_token::claim;
use crate::openid_client::{Client, Metadata, OurIdToken, Tokens};
use crate::relying_party::RelyingPartyConfig;
use crate::routes::CannotStart;

/// Offset of Japan's time zone from UTC, in seconds.
const JAPAN: u64 = 9 * 60 * 60;

/// How long metadata and keys are cached.
const BELIEVED_FOR: Duration = Duration::from_secs(60 * 60);

/// The provider, as one relying party uses it.
pub(crate) struct Provider {
    issuer: IssuerUrl,
    pub(crate) client_id: ClientId,
    client_secret: Option<ClientSecret>,
    redirect_uri: RedirectUrl,
    post_logout_redirect_uri: PostLogoutRedirectUrl,
    scopes: Vec<Scope>,
    authorization_details: Option<String>,
    claims: Option<String>,
    pub(crate) http: HttpClient,
    discovered: Mutex<Option<Arc<Discovered>>>,
}

pub(crate) struct Discovered {
    pub(crate) metadata: Metadata,
    pub(crate) client: Client,
    at: Instant,
}

/// A login that has begun: the URL for the browser, and the secrets that recognize its
/// response.
pub(crate) struct Begun {
    pub(crate) url: Url,
    pub(crate) state: String,
    pub(crate) secrets: LoginSecrets,
}

/// Secrets that only this login's callback may use.
pub(crate) struct LoginSecrets {
    /// The issuer that the browser was sent to.
    pub(crate) issuer: String,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// A person who logged in. The tokens stay on the server.
pub(crate) struct Person {
    pub(crate) subject: String,
    pub(crate) name: Option<String>,
    pub(crate) dealer_codes: Vec<String>,
    pub(crate) phone_number: Option<String>,
    /// The e-mail address, if the provider says that it is verified.
    pub(crate) verified_email: Option<String>,
    /// Age in years, if the birthdate is known.
    pub(crate) age: Option<i32>,
    /// The issuer at which they logged in.
    pub(crate) issuer: String,
    /// The token for requests to our own API.
    pub(crate) access_token: AccessToken,
    pub(crate) refresh_token: Option<RefreshToken>,
    pub(crate) id_token: OurIdToken,
    /// The session at the provider (`sid`), which a logout token names.
    pub(crate) sid: Option<String>,
}

/// Requirements for a login (OpenID Connect Core §3.1.2.1); may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Demand {
    /// Authentication contexts wanted, the most wanted first.
    pub(crate) acr_values: Vec<String>,
    /// Greatest age of the authentication, in seconds.
    pub(crate) max_age: Option<u64>,
}

impl Provider {
    /// Checks the configuration. Sends no request to the provider, which may start later
    /// than we do, in this very process.
    pub(crate) fn new(config: &RelyingPartyConfig) -> Result<Self, CannotStart> {
        Self::at(&config.issuer, config)
    }

    /// The same for another issuer.
    pub(crate) fn at(issuer: &str, config: &RelyingPartyConfig) -> Result<Self, CannotStart> {
        let details = &config.authorization_details;
        Ok(Self {
            issuer: IssuerUrl::new(issuer.to_owned())?,
            client_id: ClientId::new(config.client_id.clone()),
            client_secret: config.client_secret.clone().map(ClientSecret::new),
            redirect_uri: RedirectUrl::new(config.redirect_uri())?,
            post_logout_redirect_uri: PostLogoutRedirectUrl::new(
                config.post_logout_redirect_uri(),
            )?,
            // `openidconnect` adds `openid` itself.
            scopes: config
                .scope
                .split(' ')
                .filter(|value| !matches!(*value, "" | "openid"))
                .map(|value| Scope::new(value.to_owned()))
                .collect(),
            claims: config.claims.as_ref().map(Value::to_string),
            authorization_details: (!details.is_empty())
                .then(|| Value::Array(details.clone()).to_string()),
            http: HttpClient::new()?,
            discovered: Mutex::new(None),
        })
    }

    /// Returns the configured issuer identifier.
    pub(crate) fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Whether the provider's metadata promise `iss` in authorization responses (RFC 9207
    /// §3).
    pub(crate) async fn promises_iss(&self) -> Result<bool, Failure> {
        let discovered = self.discovered().await?;
        let more = discovered.metadata.additional_metadata();
        Ok(more.authorization_response_iss_parameter_supported)
    }

    /// Begins a login that must meet `demand`.
    pub(crate) async fn begin(&self, locale: Locale, demand: &Demand) -> Result<Begun, Failure> {
        let discovered = self.discovered().await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut request = discovered
            .client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(self.scopes.iter().cloned())
            .set_pkce_challenge(challenge)
            .add_ui_locale(LanguageTag::new(locale.tag().to_owned()));
        if let Some(claims) = &self.claims {
            request = request.add_extra_param("claims", claims.as_str());
        }
        if let Some(details) = &self.authorization_details {
            request = request.add_extra_param("authorization_details", details.as_str());
        }
        for context in &demand.acr_values {
            request =
                request.add_auth_context_value(AuthenticationContextClass::new(context.clone()));
        }
        if let Some(seconds) = demand.max_age {
            request = request.set_max_age(Duration::from_secs(seconds));
        }
        let (url, state, nonce) = request.url();
        Ok(Begun {
            url,
            state: state.into_secret(),
            secrets: LoginSecrets {
                issuer: self.issuer().to_owned(),
                nonce,
                verifier,
            },
        })
    }

    /// Finishes a login: exchanges the code, and returns the person.
    pub(crate) async fn finish(
        &self,
        code: String,
        secrets: LoginSecrets,
    ) -> Result<Person, Failure> {
        let discovered = self.discovered().await?;
        let tokens = discovered
            .client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|missing| Failure::Unreachable(with_causes(&missing)))?
            .set_pkce_verifier(secrets.verifier)
            .request_async(&self.http)
            .await
            .map_err(exchange_failure)?;
        self.person(discovered, &tokens, &secrets.nonce).await
    }

    /// Verifies the tokens, and returns the person they belong to.
    pub(crate) async fn person<N: NonceVerifier + Copy>(
        &self,
        discovered: Arc<Discovered>,
        tokens: &Tokens,
        nonce: N,
    ) -> Result<Person, Failure> {
        let id_token = tokens
            .id_token()
            .ok_or_else(|| Failure::Untrusted("there is no ID token".to_owned()))?;
        let discovered = self.with_the_key_of(id_token, nonce, discovered).await?;
        let claims = verify(&discovered.client, id_token, nonce, tokens)
            .map_err(|error| Failure::Untrusted(with_causes(&error)))?;
        let subject = claims.subject();
        let profile = self.user_info(&discovered.client, tokens, subject).await?;
        Ok(Person {
            subject: subject.to_string(),
            name: display_name(&profile),
            dealer_codes: dealer_codes(&tokens.extra_fields().extra_fields().authorization_details),
            verified_email: verified_email(&profile),
            phone_number: profile.phone_number().map(|number| number.to_string()),
            age: profile.birthdate().and_then(|birthdate| {
                let today = claims.issue_time() + Duration::from_secs(JAPAN);
                age_on(birthdate.as_str(), &today.format("%Y-%m-%d").to_string())
            }),
            issuer: self.issuer().to_owned(),
            access_token: tokens.access_token().clone(),
            refresh_token: tokens.refresh_token().cloned(),
            id_token: id_token.clone(),
            sid: claim(&id_token.to_string(), "sid"),
        })
    }

    /// Returns the provider's signing keys, from the cache if possible.
    pub(crate) async fn keys(&self) -> Result<Vec<CoreJsonWebKey>, Failure> {
        let discovered = self.discovered().await?;
        Ok(discovered.metadata.jwks().keys().clone())
    }

    /// Fetches the provider's signing keys anew.
    pub(crate) async fn fresh_keys(&self) -> Result<Vec<CoreJsonWebKey>, Failure> {
        let discovered = self.discovered().await?;
        let fresh = self.with_fresh_keys(&discovered).await?;
        Ok(fresh.metadata.jwks().keys().clone())
    }

    /// Returns the scopes of our requests, separated by spaces.
    pub(crate) fn scope(&self) -> String {
        let scopes = self.scopes.iter().map(|scope| scope.as_str());
        let all: Vec<&str> = std::iter::once("openid").chain(scopes).collect();
        all.join(" ")
    }

    /// Posts a form with our client secret (RFC 6749 §2.3.1, `client_secret_basic`), and
    /// returns status and body.
    pub(crate) async fn post_authenticated(
        &self,
        endpoint: &str,
        form: &[(&str, &str)],
    ) -> Result<(StatusCode, Vec<u8>), Failure> {
        let encoded =
            |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let secret = self
            .client_secret
            .as_ref()
            .map_or("", |secret| secret.secret());
        let pair = format!("{}:{}", encoded(&self.client_id), encoded(secret));
        let request = axum::http::Request::post(endpoint)
            .header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)));
        self.send_form(request, form).await
    }

    /// Posts a form to one of the provider's endpoints, and returns status and body.
    pub(crate) async fn post(
        &self,
        endpoint: &str,
        form: &[(&str, &str)],
    ) -> Result<(StatusCode, Vec<u8>), Failure> {
        self.send_form(axum::http::Request::post(endpoint), form)
            .await
    }

    async fn send_form(
        &self,
        request: axum::http::request::Builder,
        form: &[(&str, &str)],
    ) -> Result<(StatusCode, Vec<u8>), Failure> {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = request
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.into_bytes())
            .map_err(|error| Failure::Unreachable(with_causes(&error)))?;
        let answer = self.http.call(request).await;
        let answer = answer.map_err(|error| Failure::Unreachable(with_causes(&error)))?;
        Ok((answer.status(), answer.into_body()))
    }

    /// Returns the URL that logs a person out at the provider, if the provider has an end
    /// session endpoint (RP-Initiated Logout §2).
    pub(crate) async fn end_session_url(&self, person: &Person) -> Option<Url> {
        let discovered = self.discovered().await.ok()?;
        let endpoint = &discovered
            .metadata
            .additional_metadata()
            .end_session_endpoint;
        let request = LogoutRequest::from(endpoint.clone()?)
            .set_id_token_hint(&person.id_token)
            .set_client_id(self.client_id.clone())
            .set_post_logout_redirect_uri(self.post_logout_redirect_uri.clone());
        Some(request.http_get_url())
    }

    pub(crate) async fn user_info(
        &self,
        client: &Client,
        tokens: &Tokens,
        subject: &SubjectIdentifier,
    ) -> Result<CoreUserInfoClaims, Failure> {
        // `openidconnect` refuses a response about another `sub` (OpenID Connect Core
        // §5.3.2).
        client
            .user_info(tokens.access_token().clone(), Some(subject.clone()))
            .map_err(|missing| Failure::Unreachable(with_causes(&missing)))?
            .request_async(&self.http)
            .await
            .map_err(|error| match error {
                openidconnect::UserInfoError::ClaimsVerification(_) => {
                    Failure::Untrusted(with_causes(&error))
                }
                _ => Failure::Unreachable(with_causes(&error)),
            })
    }

    /// Returns metadata and keys from the cache, or fetches them. Concurrent callers wait
    /// for one fetch.
    pub(crate) async fn discovered(&self) -> Result<Arc<Discovered>, Failure> {
        let mut kept = self.discovered.lock().await;
        if let Some(discovered) = kept.as_ref()
            && discovered.at.elapsed() < BELIEVED_FOR
        {
            return Ok(Arc::clone(discovered));
        }
        let metadata = Metadata::discover_async(self.issuer.clone(), &self.http)
            .await
            .map_err(|error| Failure::Unreachable(with_causes(&error)))?;
        let fresh = Arc::new(self.know(metadata));
        *kept = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// Returns `discovered`, or fetches the keys anew if the ID token's key is not among
    /// them: the provider may have rotated its keys (OpenID Connect Core §10.1.1).
    pub(crate) async fn with_the_key_of<N: NonceVerifier>(
        &self,
        id_token: &OurIdToken,
        nonce: N,
        discovered: Arc<Discovered>,
    ) -> Result<Arc<Discovered>, Failure> {
        let verdict = id_token.claims(&discovered.client.id_token_verifier(), nonce);
        let Err(ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey,
        )) = verdict
        else {
            return Ok(discovered);
        };
        self.with_fresh_keys(&discovered).await
    }

    async fn with_fresh_keys(&self, discovered: &Discovered) -> Result<Arc<Discovered>, Failure> {
        let keys = CoreJsonWebKeySet::fetch_async(discovered.metadata.jwks_uri(), &self.http)
            .await
            .map_err(|error| Failure::Unreachable(with_causes(&error)))?;
        let fresh = Arc::new(self.know(discovered.metadata.clone().set_jwks(keys)));
        *self.discovered.lock().await = Some(Arc::clone(&fresh));
        Ok(fresh)
    }

    fn know(&self, metadata: Metadata) -> Discovered {
        let client = Client::from_provider_metadata(
            metadata.clone(),
            self.client_id.clone(),
            self.client_secret.clone(),
        )
        .set_redirect_uri(self.redirect_uri.clone());
        Discovered {
            metadata,
            client,
            at: Instant::now(),
        }
    }
}

pub(crate) fn exchange_failure<E: std::error::Error>(
    error: RequestTokenError<E, StandardErrorResponse<CoreErrorResponseType>>,
) -> Failure {
    match error {
        RequestTokenError::ServerResponse(answer) => Failure::Refused(answer.to_string()),
        other => Failure::Unreachable(with_causes(&other)),
    }
}

/// Returns the whole years between two days of the form `YYYY-MM-DD`.
fn age_on(birthdate: &str, today: &str) -> Option<i32> {
    let parts = |day: &str| {
        Some((
            day.get(..4)?.parse::<i32>().ok()?,
            day.get(5..10)?.to_owned(),
        ))
    };
    let ((born, on), (year, now)) = (parts(birthdate)?, parts(today)?);
    // OpenID Connect Core §5.1: the year 0000 means that the year is withheld.
    (born > 0).then(|| year - born - i32::from(now < on))
}

/// Returns the name to show for a person: their name, or else their e-mail address.
pub(crate) fn display_name(profile: &CoreUserInfoClaims) -> Option<String> {
    let whole = profile
        .name()
        .and_then(|name| name.get(None))
        .map(|name| name.to_string());
    let part = |claim: Option<&str>| claim.unwrap_or_default().to_owned();
    let family = part(
        profile
            .family_name()
            .and_then(|n| n.get(None))
            .map(|n| n.as_str()),
    );
    let given = part(
        profile
            .given_name()
            .and_then(|n| n.get(None))
            .map(|n| n.as_str()),
    );
    let joined = format!("{family} {given}").trim().to_owned();
    let email = profile.email().map(|email| email.to_string());
    [whole, Some(joined), email]
        .into_iter()
        .flatten()
        .find(|name| !name.trim().is_empty())
}

/// Returns the e-mail address if it is verified; no other may be relied on (OpenID Connect
/// Core §5.7).
pub(crate) fn verified_email(profile: &CoreUserInfoClaims) -> Option<String> {
    let verified = profile.email_verified() == Some(true);
    profile
        .email()
        .filter(|_| verified)
        .map(|email| email.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_counted_on_the_birthday_itself() {
        assert_eq!(age_on("1995-12-25", "2026-12-24"), Some(30));
        assert_eq!(age_on("1995-12-25", "2026-12-25"), Some(31));
        assert_eq!(age_on("0000-12-25", "2026-12-25"), None);
        assert_eq!(age_on("1995", "2026-12-25"), None);
    }
}
