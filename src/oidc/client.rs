//! A registered relying party, by the names of OpenID Connect Dynamic Client
//! Registration 1.0 §2. What a client may do is decided where it asks.

pub mod at_rest;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use url::Url;

use super::encryption::{ContentEncryption, Encryption, KeyManagementAlgorithm};
use super::localized::{self, Localized};
use super::required_claims::RequiredClaims;
use super::response_mode::ResponseMode;
pub use super::response_type::ResponseType;
use super::scope::Scope;
use crate::accounts::consent::LegalPerson;

/// The `client_id` that no client may be registered under: our own pages', which
/// are in no register.
pub const RESERVED: &str = "common-id";

/// A client's public name (`client_id`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(pub String);

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

crate::wire_words! {
    /// How a client proves itself at the token endpoint (OpenID Connect Core §9).
    pub enum TokenEndpointAuthMethod {
        /// HTTP Basic with the client's secret.
        ClientSecretBasic = "client_secret_basic",
        /// The secret in the request's body.
        ClientSecretPost = "client_secret_post",
        /// A JWT signed with the client's secret (RFC 7523).
        ClientSecretJwt = "client_secret_jwt",
        /// A JWT signed with the client's private key (RFC 7523).
        PrivateKeyJwt = "private_key_jwt",
        /// No proof: a public client.
        None = "none",
    }
}

crate::wire_words! {
    /// A value of `grant_type`.
    pub enum GrantType {
        /// RFC 6749 §4.1.
        AuthorizationCode = "authorization_code",
        /// RFC 6749 §4.2: tokens from the authorization endpoint itself; never at the token endpoint.
        Implicit = "implicit",
        /// RFC 6749 §6.
        RefreshToken = "refresh_token",
        /// RFC 6749 §4.4.
        ClientCredentials = "client_credentials",
        /// RFC 8628 §3.4.
        DeviceCode = "urn:ietf:params:oauth:grant-type:device_code",
    }
}

crate::wire_words! {
    /// Who sees which `sub` (OpenID Connect Core §8).
    pub enum SubjectType {
        /// The same `sub` for every client.
        Public = "public",
        /// A `sub` of its own for each sector.
        Pairwise = "pairwise",
    }
}

crate::wire_words! {
    /// The algorithms we sign with (RFC 7518 §3.1, RFC 8037).
    pub enum SigningAlgorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 = "RS256",
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// Ed25519.
        EdDsa = "EdDSA",
    }
}

crate::wire_words! {
    /// The algorithms by which a client signs its assertions (RFC 7518 §3.1, RFC 8037).
    pub enum AssertionAlgorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 = "RS256",
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// Ed25519.
        EdDsa = "EdDSA",
        /// HMAC with SHA-256, with the client's secret.
        Hs256 = "HS256",
    }
}

impl AssertionAlgorithm {
    /// The method of the clients that use it.
    #[must_use]
    pub const fn method(self) -> TokenEndpointAuthMethod {
        match self {
            Self::Hs256 => TokenEndpointAuthMethod::ClientSecretJwt,
            Self::Rs256 | Self::Es256 | Self::Ps256 | Self::EdDsa => {
                TokenEndpointAuthMethod::PrivateKeyJwt
            }
        }
    }
}

crate::wire_words! {
    /// Whose service a client is; decides whether scopes are consented to.
    pub enum Party {
        /// Ours: covered by the terms, no scope consent.
        First = "first",
        /// Another company's: asks the person for consent.
        Third = "third",
    }
}

crate::wire_words! {
    /// Where a client runs (Dynamic Client Registration §2).
    #[derive(Default)]
    pub enum ApplicationType {
        /// On a server.
        #[default]
        Web = "web",
        /// On the person's own device.
        Native = "native",
    }
}

/// A registered client. Its secret is not here: the store keeps the hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// The public name.
    pub client_id: ClientId,
    /// The name people read, by language tag; `""` is the one without a tag.
    pub client_name: BTreeMap<String, String>,
    /// The brands (by name, as configured) that serve it.
    pub brands: Vec<String>,
    /// Ours or another company's.
    pub party: Party,
    /// Where responses may go: compared as strings (RFC 9700 §2.1).
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// Where a person may go after logging out (RP-Initiated Logout §3.1).
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// How it proves itself.
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// The one algorithm its assertions are signed with; any of its method, if unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<AssertionAlgorithm>,
    /// Its public keys as a JWK Set: to verify what it signs, and to encrypt to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<serde_json::Value>,
    /// The grants it may use.
    pub grant_types: Vec<GrantType>,
    /// The response types it may use.
    pub response_types: Vec<ResponseType>,
    /// The most it may ask.
    pub scope: Scope,
    /// Which `sub` it sees.
    pub subject_type: SubjectType,
    /// The algorithm of its ID tokens.
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// RFC 9396 §10: the types of `authorization_details` it may use.
    #[serde(default)]
    pub authorization_details_types: Vec<String>,
    /// RFC 9126 §6: whether only pushed requests are taken.
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    /// Whether it may come with neither PKCE nor a nonce. RFC 9700 §2.1.1 advises
    /// against it; for old confidential clients, and for certification.
    #[serde(default)]
    pub may_omit_pkce: bool,
    /// Who runs it: the recipient in the records of what people consent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal: Option<LegalPerson>,
    /// Whether it may push claims as prefill of a registration.
    #[serde(default)]
    pub may_prefill: bool,
    /// What it needs to know of a person before it can serve them (⑫).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_claims: Option<RequiredClaims>,
    /// `aud` of its access tokens besides the issuer (RFC 9068 §2.2).
    #[serde(default)]
    pub audience: Vec<String>,
    /// `default_max_age` in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u64>,
    /// The dealer it speaks for, by the directory's code: it may list those who
    /// linked that dealer, and nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dealer_code: Option<String>,
    /// Where it is told who linked that dealer and who ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_delivery: Option<EventDelivery>,
    /// Its home page, shown to people, by language.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub client_uri: Localized<Url>,
    /// Link to its privacy policy.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub policy_uri: Localized<Url>,
    /// Link to its terms of service.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub tos_uri: Localized<Url>,
    /// Where its logo is. People are shown the one we fetched from there.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub logo_uri: Localized<Url>,
    /// Whether it runs on a server or on the person's own device.
    #[serde(default)]
    pub application_type: ApplicationType,
    /// Whom to write to about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Where it publishes its public keys, instead of `jwks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<Url>,
    /// Names the hosts that share its pairwise subjects (OpenID Connect Core §8.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<Url>,
    /// Where a login may be begun at it from elsewhere (Core §4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<Url>,
    /// Where its request objects may be fetched from, compared as strings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    /// The one algorithm its request objects are signed with; any we know, if unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<SigningAlgorithm>,
    /// Whether it signs all its requests, so that whatever is beside counts for
    /// nothing (RFC 9101 §10.5).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_signed_request_object: bool,
    /// How its request objects are encrypted to us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_alg: Option<KeyManagementAlgorithm>,
    /// By which cipher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_enc: Option<ContentEncryption>,
    /// How its ID tokens are encrypted to it; not at all, if unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_alg: Option<KeyManagementAlgorithm>,
    /// By which cipher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_enc: Option<ContentEncryption>,
    /// The algorithm of its UserInfo responses; plain JSON, if unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// How they are encrypted to it; not at all, if unsaid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_alg: Option<KeyManagementAlgorithm>,
    /// By which cipher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_enc: Option<ContentEncryption>,
    /// The contexts asked for where a request names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    /// Whether it counts on `auth_time`, which our ID tokens always have.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_auth_time: bool,
    /// Where it is told of logouts (Back-Channel Logout §2.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<Url>,
    /// Whether it must be told which session.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backchannel_logout_session_required: bool,
    /// What the logged-out browser loads in a frame (Front-Channel Logout §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<Url>,
    /// Whether it must be told issuer and session there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frontchannel_logout_session_required: bool,
    /// RFC 7591 §2: what software it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Of which version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// Who vouched for what of it, as it was brought (RFC 7591 §2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<String>,
}

/// Where a client takes security event tokens (RFC 8935). The header that it may
/// want with them is a secret, and not here: the store keeps it sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDelivery {
    /// Where they are posted.
    pub endpoint_url: Url,
}

impl Client {
    /// A client of that name with the defaults of Dynamic Client Registration §2, which may do nothing yet.
    #[must_use]
    pub fn named(client_id: ClientId) -> Self {
        Self {
            client_id,
            client_name: BTreeMap::new(),
            brands: Vec::new(),
            party: Party::Third,
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            token_endpoint_auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
            token_endpoint_auth_signing_alg: None,
            jwks: None,
            grant_types: Vec::new(),
            response_types: Vec::new(),
            scope: Scope::default(),
            subject_type: SubjectType::Public,
            id_token_signed_response_alg: SigningAlgorithm::Rs256,
            authorization_details_types: Vec::new(),
            require_pushed_authorization_requests: false,
            may_omit_pkce: false,
            may_prefill: false,
            required_claims: None,
            audience: Vec::new(),
            default_max_age: None,
            dealer_code: None,
            event_delivery: None,
            client_uri: Localized::default(),
            policy_uri: Localized::default(),
            tos_uri: Localized::default(),
            logo_uri: Localized::default(),
            legal: None,
            application_type: ApplicationType::Web,
            contacts: Vec::new(),
            jwks_uri: None,
            sector_identifier_uri: None,
            initiate_login_uri: None,
            request_uris: Vec::new(),
            request_object_signing_alg: None,
            require_signed_request_object: false,
            request_object_encryption_alg: None,
            request_object_encryption_enc: None,
            id_token_encrypted_response_alg: None,
            id_token_encrypted_response_enc: None,
            userinfo_signed_response_alg: None,
            userinfo_encrypted_response_alg: None,
            userinfo_encrypted_response_enc: None,
            default_acr_values: Vec::new(),
            require_auth_time: false,
            backchannel_logout_uri: None,
            backchannel_logout_session_required: false,
            frontchannel_logout_uri: None,
            frontchannel_logout_session_required: false,
            software_id: None,
            software_version: None,
            software_statement: None,
        }
    }

    /// How its ID tokens are encrypted, if they are.
    #[must_use]
    pub fn id_token_encryption(&self) -> Option<Encryption> {
        Encryption::registered(
            self.id_token_encrypted_response_alg,
            self.id_token_encrypted_response_enc,
        )
    }

    /// How its UserInfo responses are encrypted, if they are.
    #[must_use]
    pub fn userinfo_encryption(&self) -> Option<Encryption> {
        Encryption::registered(
            self.userinfo_encrypted_response_alg,
            self.userinfo_encrypted_response_enc,
        )
    }

    /// The algorithms its assertions may be signed with.
    pub fn assertion_algorithms(&self) -> impl Iterator<Item = AssertionAlgorithm> {
        let all = AssertionAlgorithm::ALL.iter().copied();
        let only = self.token_endpoint_auth_signing_alg;
        all.filter(move |one| {
            one.method() == self.token_endpoint_auth_method && only.is_none_or(|only| only == *one)
        })
    }

    /// Whether it has no way to keep a secret, and so must use PKCE (RFC 9700 §2.1.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == TokenEndpointAuthMethod::None
    }

    /// The name for a reader of `language`, else the one without a tag.
    #[must_use]
    pub fn name_in(&self, language: &str) -> &str {
        localized::in_language(&self.client_name, language)
            .map_or(self.client_id.0.as_str(), String::as_str)
    }

    /// The response modes open to it: all of them.
    #[must_use]
    pub fn response_modes(&self) -> &'static [ResponseMode] {
        ResponseMode::ALL
    }
}

/// A lawful first-party web client, for tests to vary.
#[cfg(test)]
pub(crate) fn sample() -> Client {
    Client {
        client_name: BTreeMap::from([(String::new(), "整備手帳".to_owned())]),
        brands: vec!["toyota".to_owned()],
        party: Party::First,
        redirect_uris: vec!["https://rp.example/cb".to_owned()],
        post_logout_redirect_uris: vec!["https://rp.example/bye".to_owned()],
        token_endpoint_auth_method: TokenEndpointAuthMethod::ClientSecretBasic,
        grant_types: vec![
            GrantType::AuthorizationCode,
            GrantType::RefreshToken,
            GrantType::ClientCredentials,
            GrantType::DeviceCode,
        ],
        response_types: vec![ResponseType::Code],
        scope: super::scope::STANDARD.join(" ").parse().unwrap_or_default(),
        authorization_details_types: vec!["dealer_link".to_owned()],
        ..Client::named(ClientId("maintenance".to_owned()))
    }
}
