//! The rules for requests, each with the section of its specification. The code that
//! refuses a request adds the rule to its error. Tools that show a request rule by rule
//! (`crate::debugger`) use that and decide nothing again. `rulebook.rs` lists the rules of
//! each endpoint in order.

use serde::Serialize;

use super::Error;

/// A rule for requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// The subject of the rule: a parameter, or a short name.
    pub name: &'static str,
    /// What the rule requires.
    pub says: &'static str,
    /// The section of the specification.
    pub section: &'static str,
}

/// An error that can name the rule that was broken.
pub trait Breaks {
    /// Returns the error with this rule, unless it already names one.
    #[must_use]
    fn breaks(self, rule: &'static Rule) -> Self;
}

impl Breaks for Error {
    fn breaks(mut self, rule: &'static Rule) -> Self {
        self.rule.get_or_insert(rule);
        self
    }
}

/// A result that was computed to check a rule: an error means that the rule is broken.
pub trait Under {
    /// Returns the result; an error names this rule, unless it already names one.
    #[must_use]
    fn under(self, rule: &'static Rule) -> Self;
}

impl<T, E: Breaks> Under for Result<T, E> {
    fn under(self, rule: &'static Rule) -> Self {
        self.map_err(|error| error.breaks(rule))
    }
}

/// Builds a rule in one line.
pub(in crate::oidc) const fn rule(
    name: &'static str,
    section: &'static str,
    says: &'static str,
) -> Rule {
    Rule {
        name,
        says,
        section,
    }
}

macro_rules! rules {
    ($($name:ident = $word:literal, $section:literal, $says:literal;)+) => {
        $(#[doc = $says] pub const $name: &Rule = &rule($word, $section, $says);)+
        /// Every rule except the checks of an authorization request.
        pub const ALL: &[&Rule] = &[$($name,)+];
    };
}

rules! {
    PARAMETERS = "parameters", "RFC 6749 §3.1, §3.2, Appendix B",
        "the parameters are form-encoded UTF-8, and none is repeated";
    JSON_BODY = "body", "RFC 7591 §3.1", "the body is one JSON object, sent with Content-Type: application/json";
    CLIENT = "client_id", "RFC 6749 §2.2", "client_id is that of a client registered with this issuer";

    CREDENTIALS = "credentials", "RFC 6749 §2.3, RFC 7521 §4.2",
        "the client sends its client_id, and its credentials by one method only";
    AUTH_METHOD = "token_endpoint_auth_method", "OpenID Connect Core §9",
        "the client uses the authentication method that it registered";
    SECRET = "client_secret", "RFC 6749 §2.3.1", "the client secret is correct";
    ASSERTION_SIGNATURE = "client_assertion: signature", "RFC 7523 §3",
        "the assertion is signed with the client's key by an algorithm it registered";
    ASSERTION_CLAIMS = "client_assertion: claims", "RFC 7523 §3",
        "iss and sub are the client_id, aud is the issuer, exp is in the future, jti is present";
    ASSERTION_ONCE = "client_assertion: jti", "RFC 7523 §3", "the assertion was not used before";
    ASSERTION_LIMIT = "client assertions", "RFC 7523 §3",
        "not too many assertions of the client are in use at a time";

    NO_PUSHED_URI = "request_uri", "RFC 9126 §2.1", "the pushed request contains no request_uri";
    PUSHED = "request_uri", "RFC 9126 §2.2, §4",
        "request_uri was issued to this client, has not expired, and was not used before";
    OBJECT = "request, request_uri", "RFC 9101 §5, OpenID Connect Core §6",
        "at most one request object, passed as the client may pass it; present, if the client must sign its requests";
    OBJECT_SIGNATURE = "request: signature", "RFC 9101 §6.2",
        "the request object is signed with a key of the client by an algorithm it registered";
    OBJECT_CLAIMS = "request: claims", "RFC 9101 §4, §6.3",
        "iss is the client, aud is the issuer, the object has not expired, and it agrees with the parameters outside it";
    STATE = "state", "RFC 6749 Appendix A.5", "state is printable ASCII and not too long";
    REDIRECT_URI = "redirect_uri", "RFC 9700 §2.1, OpenID Connect Core §3.1.2.1",
        "redirect_uri equals a registered one, character by character";
    SILENT = "prompt=none", "OpenID Connect Core §3.1.2.6",
        "with prompt=none, no page has to be shown to the user";
    PERSON = "the person", "OpenID Connect Core §3.1.2.3, §3.1.2.4",
        "the user authenticates as the request demands, and consents";
    PUSH_LIMIT = "pushed requests", "RFC 9126 §2.3",
        "one client, or one IP address for public clients, does not push too much";
    DEVICE_LIMIT = "requests of devices", "RFC 8628 §5.2",
        "one IP address does not request too many device codes for public clients";

    GRANT_TYPE = "grant_type", "RFC 6749 §5.2", "grant_type is supported, and registered for the client";
    GRANT_PARAMETERS = "the grant's parameters", "RFC 6749 §4.1.3, §6, RFC 7636 §4.1, RFC 8628 §3.4",
        "the parameters that the grant requires are present and well-formed";
    CODE = "code", "RFC 6749 §4.1.2", "the authorization code exists and has not expired";
    CODE_ONCE = "code: once", "RFC 6749 §4.1.2, RFC 9700 §2.1.1", "the authorization code was not redeemed before";
    CODE_CLIENT = "code: client", "RFC 6749 §4.1.3",
        "the authorization code was issued to this client by this issuer, within its lifetime";
    CODE_REDIRECT_URI = "redirect_uri", "RFC 6749 §4.1.3",
        "redirect_uri equals that of the authorization request";
    CODE_VERIFIER = "code_verifier", "RFC 7636 §4.6, RFC 9700 §4.8.2",
        "code_verifier matches the code_challenge, if there was one";
    REFRESH_TOKEN = "refresh_token", "RFC 6749 §6",
        "the refresh token is this client's, has not expired, and was not revoked";
    REFRESH_SCOPE = "scope", "RFC 6749 §6", "scope contains only what was granted";
    REFRESH_ONCE = "refresh_token: once", "RFC 9700 §4.14.2",
        "the refresh token was not replaced by a newer one";
    OWN_SCOPE = "scope", "RFC 6749 §4.4.2, §3.3", "scope contains only what the client may have for itself";
    DEVICE_CODE = "device_code", "RFC 8628 §3.4",
        "device_code was issued to this client and was not redeemed before";
    DEVICE_DECISION = "the person", "RFC 8628 §3.5",
        "the user approved the device before the code expired, and the device polls no faster than its interval";
    ACCOUNT = "the account", "RFC 6749 §5.2",
        "the account exists, and the user has not revoked the grant";
    STANDS = "the grant", "RFC 6749 §4.1.2", "the grant was not revoked while the request was being answered";

    TOKEN_SENT = "access token", "RFC 6750 §2", "the access token is sent, and in one way only";
    TOKEN_GOOD = "access token: signature", "RFC 9068 §4, RFC 6750 §3.1",
        "the access token was issued here, and has not expired";
    TOKEN_SCOPE = "access token: scope", "OpenID Connect Core §5.3, RFC 6750 §3.1",
        "the access token was granted by a user and has the scope openid";
    TOKEN_STANDS = "access token: revocation", "RFC 6750 §3.1, RFC 7009 §2",
        "the token was not revoked; its client and its account exist";
    TOKEN_PARAMETER = "token", "RFC 7662 §2.1, RFC 7009 §2.1", "token is present";
    CONFIDENTIAL = "the client", "RFC 7662 §2.1", "the client is confidential: a public client may not introspect";

    HINT = "id_token_hint", "RP-Initiated Logout 1.0 §2",
        "id_token_hint is an ID token that we issued to the client named by client_id";
    LOGOUT_URI = "post_logout_redirect_uri", "RP-Initiated Logout 1.0 §2, §3",
        "post_logout_redirect_uri is registered for the client";

    REGISTRATION_OPEN = "registration", "RFC 7591 §3", "clients may register themselves at this issuer";
    INITIAL_TOKEN = "initial access token", "RFC 7591 §3",
        "where an initial access token is required, it is valid and not used up";
    REGISTRATION_LIMIT = "registrations", "RFC 7591 §5", "one IP address does not register or change too many clients";
    REGISTRATION_TOKEN = "registration access token", "RFC 7592 §2",
        "the registration access token belongs to this client";
    STATEMENT = "software_statement", "RFC 7591 §2.3",
        "the software statement is signed by an issuer that the operator trusts";
    METADATA = "metadata", "RFC 7591 §2, OpenID Connect Dynamic Client Registration §2",
        "the metadata is valid, and within the operator's policy";
}
