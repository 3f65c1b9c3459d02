//! The types of `openidconnect`, extended by what this provider adds: metadata for logout
//! and `iss`, and the members of a token response besides tokens. It only defines types.

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreClaimName, CoreClaimType, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalProviderMetadata, EmptyAdditionalClaims, EndSessionUrl, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, ExtraTokenFields, IdToken, IdTokenClaims, IdTokenFields,
    StandardErrorResponse, StandardTokenResponse,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The metadata we use beyond OpenID Connect Discovery §3.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct MoreMetadata {
    /// RP-Initiated Logout §2.1.
    pub(crate) end_session_endpoint: Option<EndSessionUrl>,
    /// RFC 9126 §5.
    pub(crate) pushed_authorization_request_endpoint: Option<String>,
    /// RFC 8414 §2.
    pub(crate) revocation_endpoint: Option<String>,
    /// RFC 8414 §2.
    pub(crate) introspection_endpoint: Option<String>,
    /// RFC 8628 §4.
    pub(crate) device_authorization_endpoint: Option<String>,
    /// RFC 9207 §3.
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}
impl AdditionalProviderMetadata for MoreMetadata {}

/// The members of a token response besides the tokens (RFC 9396 §7).
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Granted {
    #[serde(default)]
    pub(crate) authorization_details: Vec<Value>,
}
impl ExtraTokenFields for Granted {}

pub(crate) type Metadata = openidconnect::ProviderMetadata<
    MoreMetadata,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;
pub(crate) type OurIdToken = IdToken<
    EmptyAdditionalClaims,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
pub(crate) type OurIdTokenClaims = IdTokenClaims<EmptyAdditionalClaims, CoreGenderClaim>;
pub(crate) type Tokens = StandardTokenResponse<
    IdTokenFields<
        EmptyAdditionalClaims,
        Granted,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
pub(crate) type Client = openidconnect::Client<
    EmptyAdditionalClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
