//! A token request (RFC 6749 §4.1.3, §4.4.2, §6, RFC 8628 §3.4) of an authenticated client,
//! in two stages: the parameters as received, and the valid request. Whether the code or
//! token in it may be redeemed is decided elsewhere.

use std::fmt;

use super::client::{Client, GrantType};
use super::parameters::Parameters;
use super::pkce;
use super::rule::{self, Breaks as _, Under as _};
use super::scope::{STANDARD, Scope};
use super::{Error, ErrorCode};

/// The parameters as received: no name occurs twice and no value is empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct RawTokenRequest(pub Parameters);

impl RawTokenRequest {
    /// Returns the value of a parameter.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// A valid token request.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenRequest {
    /// Redeems an authorization code.
    AuthorizationCode(CodeExchange),
    /// Exchanges a refresh token for new tokens.
    RefreshToken {
        /// The refresh token.
        token: String,
        /// The requested scope; `None` means the scope of the grant.
        scope: Option<Scope>,
    },
    /// Requests a token for the client itself.
    ClientCredentials {
        /// The granted scope: the requested one, or all that the client may have.
        scope: Scope,
    },
    /// A device asks whether its user has decided.
    DeviceCode {
        /// The device code.
        code: String,
    },
}

/// The parameters with which a code is redeemed.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeExchange {
    /// The authorization code.
    pub code: String,
    /// The redirect URI of the authorization request, if it is given.
    pub redirect_uri: Option<String>,
    /// The PKCE code verifier (RFC 7636 §4.1), if it is given.
    pub code_verifier: Option<String>,
}

/// Prints names only: the values may be secrets.
impl fmt::Debug for RawTokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Omits the code and its verifier.
impl fmt::Debug for CodeExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeExchange")
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// Omits the refresh token and the device code.
impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthorizationCode(exchange) => exchange.fmt(f),
            Self::RefreshToken { scope, .. } => f
                .debug_struct("RefreshToken")
                .field("scope", scope)
                .finish_non_exhaustive(),
            Self::ClientCredentials { scope } => f
                .debug_struct("ClientCredentials")
                .field("scope", scope)
                .finish(),
            Self::DeviceCode { .. } => f.debug_struct("DeviceCode").finish_non_exhaustive(),
        }
    }
}

/// Builds a valid request from the parameters of an authenticated client.
///
/// # Errors
/// RFC 6749 §5.2: `invalid_request` if a parameter is missing or malformed,
/// `unsupported_grant_type`, `unauthorized_client` if the client may not use the grant,
/// `invalid_scope` if the scope is malformed or more than the client may have.
pub fn check(raw: &RawTokenRequest, client: &Client) -> Result<TokenRequest, Error> {
    let grant_type = grant_type(raw, client).under(rule::GRANT_TYPE)?;
    of_grant(grant_type, raw, client).under(rule::GRANT_PARAMETERS)
}

fn of_grant(
    grant_type: GrantType,
    raw: &RawTokenRequest,
    client: &Client,
) -> Result<TokenRequest, Error> {
    match grant_type {
        GrantType::AuthorizationCode => code_exchange(raw).map(TokenRequest::AuthorizationCode),
        GrantType::RefreshToken => Ok(TokenRequest::RefreshToken {
            token: required(raw, "refresh_token")?,
            scope: raw.get("scope").map(scope_of).transpose()?,
        }),
        GrantType::ClientCredentials => Ok(TokenRequest::ClientCredentials {
            scope: own_scope(raw, client).under(rule::OWN_SCOPE)?,
        }),
        GrantType::DeviceCode => Ok(TokenRequest::DeviceCode {
            code: required(raw, "device_code")?,
        }),
        GrantType::Implicit => Err(Error::new(
            ErrorCode::UnsupportedGrantType,
            "implicit is no grant of the token endpoint: the authorization endpoint gives its tokens",
        )
        .breaks(rule::GRANT_TYPE)),
    }
}

/// Returns the scope of refreshed tokens: the granted scope or a part of it (RFC 6749 §6).
///
/// # Errors
/// `invalid_scope` if `asked` is empty or contains a value that was not granted.
pub fn narrowed(granted: &Scope, asked: Option<&Scope>) -> Result<Scope, Error> {
    match asked {
        None => Ok(granted.clone()),
        Some(asked) if granted.covers(asked) && !asked.is_empty() => Ok(asked.clone()),
        Some(_) => Err(Error::new(
            ErrorCode::InvalidScope,
            "scope holds a value that was not granted; leave scope out to get all that was",
        )
        .breaks(rule::REFRESH_SCOPE)),
    }
}

fn grant_type(raw: &RawTokenRequest, client: &Client) -> Result<GrantType, Error> {
    let wanted: GrantType = required(raw, "grant_type")?.parse().map_err(|_| {
        Error::new(
            ErrorCode::UnsupportedGrantType,
            "grant_type must be one of grant_types_supported in the discovery document",
        )
    })?;
    // `implicit` is refused later for every client, whether it is registered for it or not.
    if wanted != GrantType::Implicit && !client.grant_types.contains(&wanted) {
        return Err(Error::new(
            ErrorCode::UnauthorizedClient,
            format!("the client is not registered for the grant {wanted}"),
        ));
    }
    // RFC 6749 §4.4: the authentication of the client is the only proof, so it is required.
    if wanted == GrantType::ClientCredentials && client.is_public() {
        return Err(Error::new(
            ErrorCode::UnauthorizedClient,
            "a public client cannot use client_credentials",
        ));
    }
    Ok(wanted)
}

fn code_exchange(raw: &RawTokenRequest) -> Result<CodeExchange, Error> {
    let code_verifier = raw.get("code_verifier");
    if !code_verifier.is_none_or(pkce::is_verifier) {
        return Err(Error::invalid_request(
            "code_verifier must be 43 to 128 letters, digits, or . _ ~ - (RFC 7636 section 4.1)",
        ));
    }
    Ok(CodeExchange {
        code: required(raw, "code")?,
        redirect_uri: raw.get("redirect_uri").map(str::to_owned),
        code_verifier: code_verifier.map(str::to_owned),
    })
}

/// Returns the scope of a client's own token. It contains none of the standard values,
/// because those all concern a user.
fn own_scope(raw: &RawTokenRequest, client: &Client) -> Result<Scope, Error> {
    let own = STANDARD
        .iter()
        .fold(client.scope.clone(), |scope, value| scope.without(value));
    let Some(asked) = raw.get("scope") else {
        return Ok(own);
    };
    let asked = scope_of(asked)?;
    if own.covers(&asked) {
        return Ok(asked);
    }
    Err(Error::new(
        ErrorCode::InvalidScope,
        "scope holds a value that this client may not have for itself",
    ))
}

fn scope_of(list: &str) -> Result<Scope, Error> {
    list.parse().map_err(|_| {
        Error::new(
            ErrorCode::InvalidScope,
            "scope is not a list of values (RFC 6749 section 3.3)",
        )
    })
}

fn required(raw: &RawTokenRequest, name: &str) -> Result<String, Error> {
    raw.get(name)
        .map(str::to_owned)
        .ok_or_else(|| Error::invalid_request(format!("{name} is missing")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::{TokenEndpointAuthMethod, sample};
    use crate::oidc::parameters;

    fn check(body: &str, client: &Client) -> Result<TokenRequest, Error> {
        super::check(
            &RawTokenRequest(parameters::parse(body.as_bytes()).unwrap()),
            client,
        )
    }

    fn machine() -> Client {
        Client {
            scope: "openid profile links:read links:write".parse().unwrap(),
            ..sample()
        }
    }

    #[test]
    fn a_code_exchange_is_read() {
        let verifier = "v".repeat(43);
        let body = format!(
            "grant_type=authorization_code&code=c&redirect_uri=https://rp.example/cb&code_verifier={verifier}&extra=1"
        );
        assert_eq!(
            check(&body, &sample()).unwrap(),
            TokenRequest::AuthorizationCode(CodeExchange {
                code: "c".to_owned(),
                redirect_uri: Some("https://rp.example/cb".to_owned()),
                code_verifier: Some(verifier),
            })
        );
    }

    #[test]
    fn neither_codes_nor_tokens_are_printed() {
        let verifier = "secret".repeat(8);
        for body in [
            format!("grant_type=authorization_code&code=secret&code_verifier={verifier}"),
            "grant_type=refresh_token&refresh_token=secret".to_owned(),
            "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=secret".to_owned(),
        ] {
            let raw = RawTokenRequest(parameters::parse(body.as_bytes()).unwrap());
            let request = super::check(&raw, &sample()).unwrap();
            assert!(!format!("{raw:?} {request:?}").contains("secret"));
        }
    }

    #[test]
    fn a_refresh_is_read() {
        assert_eq!(
            check(
                "grant_type=refresh_token&refresh_token=t&scope=openid+email",
                &sample()
            )
            .unwrap(),
            TokenRequest::RefreshToken {
                token: "t".to_owned(),
                scope: Some("openid email".parse().unwrap()),
            }
        );
    }

    #[test]
    fn a_client_gets_for_itself_what_speaks_of_no_person() {
        for (body, scope) in [
            ("grant_type=client_credentials", "links:read links:write"),
            (
                "grant_type=client_credentials&scope=links:read",
                "links:read",
            ),
        ] {
            let scope = scope.parse().unwrap();
            assert_eq!(
                check(body, &machine()).unwrap(),
                TokenRequest::ClientCredentials { scope }
            );
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_the_words_of_the_rfc() {
        let no_grants = Client {
            grant_types: vec![],
            ..sample()
        };
        let public = Client {
            token_endpoint_auth_method: TokenEndpointAuthMethod::None,
            ..sample()
        };
        for (body, client, code) in [
            ("", &sample(), ErrorCode::InvalidRequest),
            ("grant_type=", &sample(), ErrorCode::InvalidRequest),
            (
                "grant_type=password&username=u&password=p",
                &sample(),
                ErrorCode::UnsupportedGrantType,
            ),
            (
                "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer",
                &sample(),
                ErrorCode::UnsupportedGrantType,
            ),
            (
                "grant_type=authorization_code&code=c",
                &no_grants,
                ErrorCode::UnauthorizedClient,
            ),
            (
                "grant_type=client_credentials",
                &public,
                ErrorCode::UnauthorizedClient,
            ),
            (
                "grant_type=authorization_code",
                &sample(),
                ErrorCode::InvalidRequest,
            ),
            (
                "grant_type=authorization_code&code=c&code_verifier=short",
                &sample(),
                ErrorCode::InvalidRequest,
            ),
            (
                "grant_type=refresh_token",
                &sample(),
                ErrorCode::InvalidRequest,
            ),
            (
                "grant_type=urn:ietf:params:oauth:grant-type:device_code",
                &sample(),
                ErrorCode::InvalidRequest,
            ),
            (
                "grant_type=refresh_token&refresh_token=t&scope=%22",
                &sample(),
                ErrorCode::InvalidScope,
            ),
            (
                "grant_type=client_credentials&scope=openid",
                &machine(),
                ErrorCode::InvalidScope,
            ),
            (
                "grant_type=client_credentials&scope=links:delete",
                &machine(),
                ErrorCode::InvalidScope,
            ),
        ] {
            assert_eq!(check(body, client).unwrap_err().code, code, "{body}");
        }
    }

    #[test]
    fn a_refresh_may_ask_less_but_never_more() {
        let granted: Scope = "openid email".parse().unwrap();
        let less: Scope = "openid".parse().unwrap();
        let more: Scope = "openid phone".parse().unwrap();
        assert_eq!(narrowed(&granted, None).unwrap(), granted);
        assert_eq!(narrowed(&granted, Some(&less)).unwrap(), less);
        assert_eq!(
            narrowed(&granted, Some(&more)).unwrap_err().code,
            ErrorCode::InvalidScope
        );
        assert!(narrowed(&granted, Some(&Scope::default())).is_err());
    }
}
