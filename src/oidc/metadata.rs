//! The discovery document of an issuer (OpenID Connect Discovery 1.0 §3, RFC 8414 §2). Its
//! lists come from the enums with which requests are read, so that it announces exactly
//! what is supported.

use serde::Serialize;

use super::authentication_context::AuthenticationContext;
use super::authorization_details::TYPES;
use super::claims;
use super::client::{
    AssertionAlgorithm, GrantType, ResponseType, SigningAlgorithm, SubjectType,
    TokenEndpointAuthMethod,
};
use super::display::Display;
use super::encryption::{ContentEncryption, KeyManagementAlgorithm};
use super::name_script::NameScript;
use super::pkce::CodeChallengeMethod;
use super::prompt::Prompt;
use super::response_mode::ResponseMode;
use super::scope::STANDARD;
use crate::locale::Locale;

/// Paths of the endpoints, relative to the issuer.
pub mod endpoint {
    /// RFC 6749 §3.1.
    pub const AUTHORIZATION: &str = "/authorize";
    /// RFC 6749 §3.2.
    pub const TOKEN: &str = "/token";
    /// OpenID Connect Core §5.3.
    pub const USERINFO: &str = "/userinfo";
    /// RFC 7517 §5.
    pub const JWKS: &str = "/jwks";
    /// RFC 9126.
    pub const PUSHED_AUTHORIZATION_REQUEST: &str = "/par";
    /// RFC 7662.
    pub const INTROSPECTION: &str = "/introspect";
    /// RFC 7009.
    pub const REVOCATION: &str = "/revoke";
    /// OpenID Connect RP-Initiated Logout 1.0.
    pub const END_SESSION: &str = "/logout";
    /// OpenID Connect Session Management 1.0 §3.3.
    pub const CHECK_SESSION: &str = "/check_session";
    /// RFC 8628 §3.1.
    pub const DEVICE_AUTHORIZATION: &str = "/device_authorization";
    /// OpenID Connect Dynamic Client Registration §3.
    pub const REGISTRATION: &str = "/register";
}

/// The discovery document, for both OpenID Connect and OAuth 2.0.
#[derive(Clone, Debug, Serialize)]
pub struct Metadata {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    pushed_authorization_request_endpoint: String,
    introspection_endpoint: String,
    revocation_endpoint: String,
    end_session_endpoint: String,
    check_session_iframe: String,
    device_authorization_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    registration_endpoint: Option<String>,
    scopes_supported: &'static [&'static str],
    response_types_supported: &'static [ResponseType],
    response_modes_supported: &'static [ResponseMode],
    grant_types_supported: &'static [GrantType],
    subject_types_supported: &'static [SubjectType],
    acr_values_supported: &'static [AuthenticationContext],
    id_token_signing_alg_values_supported: &'static [SigningAlgorithm],
    id_token_encryption_alg_values_supported: &'static [KeyManagementAlgorithm],
    id_token_encryption_enc_values_supported: &'static [ContentEncryption],
    userinfo_signing_alg_values_supported: &'static [SigningAlgorithm],
    userinfo_encryption_alg_values_supported: &'static [KeyManagementAlgorithm],
    userinfo_encryption_enc_values_supported: &'static [ContentEncryption],
    token_endpoint_auth_methods_supported: &'static [TokenEndpointAuthMethod],
    token_endpoint_auth_signing_alg_values_supported: &'static [AssertionAlgorithm],
    introspection_endpoint_auth_methods_supported: Vec<TokenEndpointAuthMethod>,
    introspection_endpoint_auth_signing_alg_values_supported: &'static [AssertionAlgorithm],
    revocation_endpoint_auth_methods_supported: &'static [TokenEndpointAuthMethod],
    revocation_endpoint_auth_signing_alg_values_supported: &'static [AssertionAlgorithm],
    code_challenge_methods_supported: &'static [CodeChallengeMethod],
    prompt_values_supported: &'static [Prompt],
    display_values_supported: &'static [Display],
    claim_types_supported: [&'static str; 1],
    claims_supported: Vec<&'static str>,
    ui_locales_supported: Vec<&'static str>,
    claims_locales_supported: &'static [NameScript],
    authorization_details_types_supported: &'static [&'static str],
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    require_request_uri_registration: bool,
    request_object_signing_alg_values_supported: &'static [SigningAlgorithm],
    request_object_encryption_alg_values_supported: &'static [KeyManagementAlgorithm],
    request_object_encryption_enc_values_supported: &'static [ContentEncryption],
    require_signed_request_object: bool,
    require_pushed_authorization_requests: bool,
    authorization_response_iss_parameter_supported: bool,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
    frontchannel_logout_supported: bool,
    frontchannel_logout_session_supported: bool,
}

/// Builds the document of an issuer (without a trailing slash).
#[must_use]
pub fn metadata(issuer: &str) -> Metadata {
    let at = |path: &str| format!("{issuer}{path}");
    Metadata {
        issuer: issuer.to_owned(),
        authorization_endpoint: at(endpoint::AUTHORIZATION),
        token_endpoint: at(endpoint::TOKEN),
        userinfo_endpoint: at(endpoint::USERINFO),
        jwks_uri: at(endpoint::JWKS),
        pushed_authorization_request_endpoint: at(endpoint::PUSHED_AUTHORIZATION_REQUEST),
        introspection_endpoint: at(endpoint::INTROSPECTION),
        revocation_endpoint: at(endpoint::REVOCATION),
        end_session_endpoint: at(endpoint::END_SESSION),
        check_session_iframe: at(endpoint::CHECK_SESSION),
        device_authorization_endpoint: at(endpoint::DEVICE_AUTHORIZATION),
        registration_endpoint: None,
        scopes_supported: &STANDARD,
        response_types_supported: ResponseType::ALL,
        response_modes_supported: ResponseMode::ALL,
        grant_types_supported: GrantType::ALL,
        subject_types_supported: SubjectType::ALL,
        acr_values_supported: AuthenticationContext::ALL,
        id_token_signing_alg_values_supported: SigningAlgorithm::ALL,
        id_token_encryption_alg_values_supported: KeyManagementAlgorithm::ALL,
        id_token_encryption_enc_values_supported: ContentEncryption::ALL,
        userinfo_signing_alg_values_supported: SigningAlgorithm::ALL,
        userinfo_encryption_alg_values_supported: KeyManagementAlgorithm::ALL,
        userinfo_encryption_enc_values_supported: ContentEncryption::ALL,
        token_endpoint_auth_methods_supported: TokenEndpointAuthMethod::ALL,
        token_endpoint_auth_signing_alg_values_supported: AssertionAlgorithm::ALL,
        introspection_endpoint_auth_methods_supported: with_proof(),
        introspection_endpoint_auth_signing_alg_values_supported: AssertionAlgorithm::ALL,
        revocation_endpoint_auth_methods_supported: TokenEndpointAuthMethod::ALL,
        revocation_endpoint_auth_signing_alg_values_supported: AssertionAlgorithm::ALL,
        code_challenge_methods_supported: CodeChallengeMethod::ALL,
        prompt_values_supported: Prompt::ALL,
        display_values_supported: Display::ALL,
        claim_types_supported: ["normal"],
        claims_supported: claims::supported().collect(),
        ui_locales_supported: Locale::ALL.iter().map(|locale| locale.tag()).collect(),
        claims_locales_supported: NameScript::ALL,
        authorization_details_types_supported: &TYPES,
        claims_parameter_supported: true,
        request_parameter_supported: true,
        request_uri_parameter_supported: true,
        require_request_uri_registration: true,
        request_object_signing_alg_values_supported: SigningAlgorithm::ALL,
        request_object_encryption_alg_values_supported: KeyManagementAlgorithm::ALL,
        request_object_encryption_enc_values_supported: ContentEncryption::ALL,
        require_signed_request_object: false,
        require_pushed_authorization_requests: false,
        authorization_response_iss_parameter_supported: true,
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
        frontchannel_logout_supported: true,
        frontchannel_logout_session_supported: true,
    }
}

impl Metadata {
    /// Adds the registration endpoint, for an issuer at which clients can register
    /// themselves.
    #[must_use]
    pub fn with_registration(mut self) -> Self {
        self.registration_endpoint = Some(format!("{}{}", self.issuer, endpoint::REGISTRATION));
        self
    }
}

/// RFC 7662 §2.1: a client must authenticate to introspect a token.
fn with_proof() -> Vec<TokenEndpointAuthMethod> {
    TokenEndpointAuthMethod::ALL
        .iter()
        .copied()
        .filter(|method| *method != TokenEndpointAuthMethod::None)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document() -> Value {
        serde_json::to_value(metadata("https://id.example")).unwrap()
    }

    #[test]
    fn every_endpoint_is_below_the_issuer() {
        let document = document();
        assert_eq!(document["issuer"], "https://id.example");
        let endpoints: Vec<_> = document
            .as_object()
            .unwrap()
            .iter()
            .filter(|(name, _)| name.ends_with("_endpoint") || *name == "jwks_uri")
            .collect();
        assert_eq!(endpoints.len(), 9);
        for (name, url) in endpoints {
            assert!(
                url.as_str().unwrap().starts_with("https://id.example/"),
                "{name}"
            );
        }
    }

    #[test]
    fn registration_is_announced_where_there_is_one() {
        assert_eq!(document().get("registration_endpoint"), None);
        let open = metadata("https://id.example").with_registration();
        let open = serde_json::to_value(open).unwrap();
        assert_eq!(open["registration_endpoint"], "https://id.example/register");
    }

    #[test]
    fn what_discovery_requires_is_there() {
        let document = document();
        for (member, value) in [
            (
                "response_types_supported",
                json!([
                    "code",
                    "id_token",
                    "id_token token",
                    "code id_token",
                    "code token",
                    "code id_token token"
                ]),
            ),
            ("subject_types_supported", json!(["public", "pairwise"])),
            (
                "id_token_signing_alg_values_supported",
                json!(["RS256", "ES256", "PS256", "EdDSA"]),
            ),
            (
                "userinfo_signing_alg_values_supported",
                json!(["RS256", "ES256", "PS256", "EdDSA"]),
            ),
            ("code_challenge_methods_supported", json!(["S256"])),
            (
                "prompt_values_supported",
                json!(["none", "login", "consent", "select_account", "create"]),
            ),
            (
                "grant_types_supported",
                json!([
                    "authorization_code",
                    "implicit",
                    "refresh_token",
                    "client_credentials",
                    "urn:ietf:params:oauth:grant-type:device_code"
                ]),
            ),
            (
                "authorization_details_types_supported",
                json!(["dealer_link"]),
            ),
            ("request_parameter_supported", json!(true)),
            ("request_uri_parameter_supported", json!(true)),
            ("require_request_uri_registration", json!(true)),
            (
                "request_object_signing_alg_values_supported",
                json!(["RS256", "ES256", "PS256", "EdDSA"]),
            ),
            (
                "introspection_endpoint_auth_methods_supported",
                json!([
                    "client_secret_basic",
                    "client_secret_post",
                    "client_secret_jwt",
                    "private_key_jwt"
                ]),
            ),
            ("ui_locales_supported", json!(["ja", "en"])),
            (
                "claims_locales_supported",
                json!(["ja-Hani-JP", "ja-Kana-JP"]),
            ),
        ] {
            assert_eq!(document[member], value, "{member}");
        }
    }

    #[test]
    fn no_list_is_empty_and_none_offers_unsigned_tokens() {
        for (name, value) in document().as_object().unwrap() {
            if let Some(list) = value.as_array() {
                assert!(!list.is_empty(), "{name}");
                assert!(
                    !name.contains("_alg_") || !list.contains(&json!("none")),
                    "{name}"
                );
            }
        }
    }
}
