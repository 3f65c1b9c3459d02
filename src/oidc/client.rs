//! A registered client (relying party). Its fields have the names of OpenID Connect Dynamic
//! Client Registration 1.0 §2. This module describes the client; the code that handles each
//! request decides what the client may do.

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

/// The `client_id` of our own account pages. It is reserved: no client may be registered
/// under it, and it is not in the client registry.
pub const RESERVED: &str = "common-id";

/// A client's public identifier (`client_id`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientId(pub String);

impl std::fmt::Display for ClientId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

crate::wire_words! {
    /// How a client authenticates at the token endpoint (OpenID Connect Core §9).
    pub enum TokenEndpointAuthMethod {
        /// HTTP Basic authentication with the client secret.
        ClientSecretBasic = "client_secret_basic",
        /// The client secret in the request body.
        ClientSecretPost = "client_secret_post",
        /// A JWT signed with the client secret (RFC 7523).
        ClientSecretJwt = "client_secret_jwt",
        /// A JWT signed with the client's private key (RFC 7523).
        PrivateKeyJwt = "private_key_jwt",
        /// No authentication: a public client.
        None = "none",
    }
}

crate::wire_words! {
    /// A value of `grant_type`.
    pub enum GrantType {
        /// RFC 6749 §4.1.
        AuthorizationCode = "authorization_code",
        /// RFC 6749 §4.2: the authorization endpoint returns the tokens. The token endpoint
        /// never accepts this value.
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
    /// Which `sub` a client receives for an account (OpenID Connect Core §8).
    pub enum SubjectType {
        /// The same `sub` for every client.
        Public = "public",
        /// A different `sub` for each sector.
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
    /// The algorithms with which a client may sign its assertions (RFC 7518 §3.1, RFC
    /// 8037).
    pub enum AssertionAlgorithm {
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        Rs256 = "RS256",
        /// ECDSA on P-256 with SHA-256.
        Es256 = "ES256",
        /// RSASSA-PSS with SHA-256.
        Ps256 = "PS256",
        /// Ed25519.
        EdDsa = "EdDSA",
        /// HMAC with SHA-256, keyed with the client secret.
        Hs256 = "HS256",
    }
}

impl AssertionAlgorithm {
    /// Returns the client authentication method that uses this algorithm.
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
    /// Whom a client's assertions may name as their audience.
    #[derive(Default)]
    pub enum AssertionAudience {
        /// The issuer or the token endpoint (OpenID Connect Core §9), and at the pushed
        /// authorization request endpoint also that (RFC 9126 §2).
        #[default]
        Endpoint = "endpoint",
        /// The issuer alone (RFC 7523bis, FAPI 2.0).
        Issuer = "issuer",
    }
}

crate::wire_words! {
    /// Whether a client belongs to us or to another company. Decides whether the user is
    /// asked to consent to its scopes.
    pub enum Party {
        /// Ours: covered by the terms, so there is no scope consent.
        First = "first",
        /// Another company's: the user is asked for consent.
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
        /// On the user's own device.
        Native = "native",
    }
}

/// A registered client. The client secret is not part of it: the store keeps its hash.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// The client's public identifier.
    pub client_id: ClientId,
    /// Name shown to users, by language tag. The key `""` holds the name without a tag.
    pub client_name: BTreeMap<String, String>,
    /// Names of the brands (as configured) under which the client is served.
    pub brands: Vec<String>,
    /// Whether the client is ours or another company's.
    pub party: Party,
    /// URIs to which responses may be sent; compared as strings (RFC 9700 §2.1).
    #[serde(default)]
    pub redirect_uris: Vec<String>,
    /// URIs to which a user may be sent after logout (RP-Initiated Logout §3.1).
    #[serde(default)]
    pub post_logout_redirect_uris: Vec<String>,
    /// How the client authenticates at the token endpoint.
    pub token_endpoint_auth_method: TokenEndpointAuthMethod,
    /// The only algorithm accepted for its assertions. If `None`, every algorithm of its
    /// authentication method is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_endpoint_auth_signing_alg: Option<AssertionAlgorithm>,
    /// Whom its assertions may name as their audience.
    #[serde(default, skip_serializing_if = "is_default")]
    pub assertion_audience: AssertionAudience,
    /// Its public keys as a JWK Set, to verify its signatures and to encrypt for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks: Option<serde_json::Value>,
    /// The grants it may use.
    pub grant_types: Vec<GrantType>,
    /// The response types it may use.
    pub response_types: Vec<ResponseType>,
    /// The scope values it may request.
    pub scope: Scope,
    /// Whether it receives public or pairwise subjects.
    pub subject_type: SubjectType,
    /// Whether it may receive public subjects although another company runs it: with them,
    /// companies can tell that they serve the same person.
    #[serde(default, skip_serializing_if = "is_default")]
    pub may_have_public_subjects: bool,
    /// The algorithm with which its ID tokens are signed.
    pub id_token_signed_response_alg: SigningAlgorithm,
    /// RFC 9396 §10: the types of `authorization_details` it may use.
    #[serde(default)]
    pub authorization_details_types: Vec<String>,
    /// Whether only pushed authorization requests are accepted from it (RFC 9126 §6).
    #[serde(default)]
    pub require_pushed_authorization_requests: bool,
    /// Whether it may send authorization requests with neither PKCE nor a nonce. RFC 9700
    /// §2.1.1 advises against this; it is for old confidential clients and for
    /// certification.
    #[serde(default)]
    pub may_omit_pkce: bool,
    /// The company that runs it; named as the recipient in the consent records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub legal: Option<LegalPerson>,
    /// Whether it may push claims that prefill a registration form.
    #[serde(default)]
    pub may_prefill: bool,
    /// The claims it needs before it can serve a user (⑫).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_claims: Option<RequiredClaims>,
    /// Values of `aud` in its access tokens, in addition to the issuer (RFC 9068 §2.2).
    #[serde(default)]
    pub audience: Vec<String>,
    /// `default_max_age` in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_max_age: Option<u64>,
    /// The dealer that this client acts for, by its code in the dealer directory. The
    /// client may list only the accounts that are linked to that dealer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dealer_code: Option<String>,
    /// Where the client is notified when an account is linked to that dealer or unlinked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_delivery: Option<EventDelivery>,
    /// Its home page, shown to users, by language.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub client_uri: Localized<Url>,
    /// Its privacy policy, by language.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub policy_uri: Localized<Url>,
    /// Its terms of service, by language.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub tos_uri: Localized<Url>,
    /// Where its logo is published, by language. Users are shown the copy that we fetched.
    #[serde(default, skip_serializing_if = "Localized::is_empty")]
    pub logo_uri: Localized<Url>,
    /// Whether it runs on a server or on the user's own device.
    #[serde(default)]
    pub application_type: ApplicationType,
    /// People responsible for the client, as e-mail addresses or the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<String>,
    /// Where it publishes its public keys; an alternative to `jwks`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_uri: Option<Url>,
    /// Document that lists the redirect URIs of all the clients that share its pairwise
    /// subjects (OpenID Connect Core §8.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sector_identifier_uri: Option<Url>,
    /// URI at which another party can start a login at the client (OpenID Connect Core §4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initiate_login_uri: Option<Url>,
    /// URIs from which its request objects may be fetched; compared as strings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub request_uris: Vec<String>,
    /// The only algorithm accepted for its request objects. If `None`, every supported
    /// algorithm is accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_signing_alg: Option<SigningAlgorithm>,
    /// Whether all its requests are signed request objects. Parameters outside the request
    /// object are then ignored (RFC 9101 §10.5).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_signed_request_object: bool,
    /// Key management algorithm (`alg`) with which it encrypts request objects for us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_alg: Option<KeyManagementAlgorithm>,
    /// Content encryption algorithm (`enc`) of those request objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_object_encryption_enc: Option<ContentEncryption>,
    /// Key management algorithm (`alg`) with which its ID tokens are encrypted; `None`
    /// means that they are not encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_alg: Option<KeyManagementAlgorithm>,
    /// Content encryption algorithm (`enc`) of its ID tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token_encrypted_response_enc: Option<ContentEncryption>,
    /// The algorithm with which its UserInfo responses are signed; `None` means plain JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_signed_response_alg: Option<SigningAlgorithm>,
    /// Key management algorithm (`alg`) with which its UserInfo responses are encrypted;
    /// `None` means that they are not encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_alg: Option<KeyManagementAlgorithm>,
    /// Content encryption algorithm (`enc`) of its UserInfo responses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_encrypted_response_enc: Option<ContentEncryption>,
    /// Authentication contexts that apply when a request does not name any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub default_acr_values: Vec<String>,
    /// Whether the client requires `auth_time`. Our ID tokens always contain it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_auth_time: bool,
    /// Where it receives logout tokens (Back-Channel Logout §2.2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backchannel_logout_uri: Option<Url>,
    /// Whether its logout tokens must contain the session (`sid`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backchannel_logout_session_required: bool,
    /// Page that the user's browser loads in a frame at logout (Front-Channel Logout §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontchannel_logout_uri: Option<Url>,
    /// Whether the issuer and the session (`iss`, `sid`) must be added to that URI.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frontchannel_logout_session_required: bool,
    /// Identifies the client software (RFC 7591 §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_id: Option<String>,
    /// Version of the client software (RFC 7591 §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_version: Option<String>,
    /// The software statement presented at registration, unchanged (RFC 7591 §2.3).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub software_statement: Option<String>,
}

/// Whether a member has its default value and so need not be written.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Where a client receives security event tokens (RFC 8935). A header that it may require
/// with them is a secret and not part of this type: the store keeps it sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDelivery {
    /// URL to which the tokens are posted.
    pub endpoint_url: Url,
}

impl Client {
    /// Builds a client with this `client_id` and the defaults of Dynamic Client
    /// Registration §2. It has no permissions yet.
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
            assertion_audience: AssertionAudience::default(),
            jwks: None,
            grant_types: Vec::new(),
            response_types: Vec::new(),
            scope: Scope::default(),
            subject_type: SubjectType::Public,
            may_have_public_subjects: false,
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

    /// Returns how its ID tokens are encrypted; `None` if they are not.
    #[must_use]
    pub fn id_token_encryption(&self) -> Option<Encryption> {
        Encryption::registered(
            self.id_token_encrypted_response_alg,
            self.id_token_encrypted_response_enc,
        )
    }

    /// Returns how its UserInfo responses are encrypted; `None` if they are not.
    #[must_use]
    pub fn userinfo_encryption(&self) -> Option<Encryption> {
        Encryption::registered(
            self.userinfo_encrypted_response_alg,
            self.userinfo_encrypted_response_enc,
        )
    }

    /// Returns the algorithms with which its assertions may be signed.
    pub fn assertion_algorithms(&self) -> impl Iterator<Item = AssertionAlgorithm> {
        let all = AssertionAlgorithm::ALL.iter().copied();
        let only = self.token_endpoint_auth_signing_alg;
        all.filter(move |one| {
            one.method() == self.token_endpoint_auth_method && only.is_none_or(|only| only == *one)
        })
    }

    /// Whether it cannot keep a secret, and so must use PKCE (RFC 9700 §2.1.1).
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.token_endpoint_auth_method == TokenEndpointAuthMethod::None
    }

    /// Returns the name for a reader of `language`, or else the name without a tag.
    #[must_use]
    pub fn name_in(&self, language: &str) -> &str {
        localized::in_language(&self.client_name, language)
            .map_or(self.client_id.0.as_str(), String::as_str)
    }

    /// Returns the response modes the client may use: all of them.
    #[must_use]
    pub fn response_modes(&self) -> &'static [ResponseMode] {
        ResponseMode::ALL
    }
}

/// A valid first-party web client that tests can change.
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
