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
        "the parameters are a form's: UTF-8, and none comes twice";
    JSON_BODY = "body", "RFC 7591 §3.1", "the body is one JSON object and says so";
    CLIENT = "client_id", "RFC 6749 §2.2", "client_id names a client registered with this issuer";

    CREDENTIALS = "credentials", "RFC 6749 §2.3, RFC 7521 §4.2",
        "the client names itself, and proves it by one method";
    AUTH_METHOD = "token_endpoint_auth_method", "OpenID Connect Core §9",
        "the client authenticates by the method it registered";
    SECRET = "client_secret", "RFC 6749 §2.3.1", "the secret is the client's";
    ASSERTION_SIGNATURE = "client_assertion: signature", "RFC 7523 §3",
        "the assertion is signed with the client's key by an algorithm it registered";
    ASSERTION_CLAIMS = "client_assertion: claims", "RFC 7523 §3",
        "iss and sub are the client, aud is the issuer, exp is ahead, jti is there";
    ASSERTION_ONCE = "client_assertion: jti", "RFC 7523 §3", "the assertion was not used before";

    NO_PUSHED_URI = "request_uri", "RFC 9126 §2.1", "no request_uri is pushed";
    PUSHED = "request_uri", "RFC 9126 §2.2, §4",
        "request_uri is one the client was given, in time, and not answered yet";
    OBJECT = "request, request_uri", "RFC 9101 §5, OpenID Connect Core §6",
        "one request object at most, where the client may put it; there, if it must sign";
    OBJECT_SIGNATURE = "request: signature", "RFC 9101 §6.2",
        "the request object is signed with a key of the client by an algorithm it registered";
    OBJECT_CLAIMS = "request: claims", "RFC 9101 §4, §6.3",
        "the request object is from the client, to the issuer, in time, and agrees with what is beside it";
    STATE = "state", "RFC 6749 Appendix A.5", "state is printable ASCII, and not too long";
    REDIRECT_URI = "redirect_uri", "RFC 9700 §2.1, OpenID Connect Core §3.1.2.1",
        "redirect_uri is one the client registered, to the letter";
    SILENT = "prompt=none", "OpenID Connect Core §3.1.2.6",
        "with prompt=none, there is nothing to show the person";
    PERSON = "the person", "OpenID Connect Core §3.1.2.3, §3.1.2.4",
        "the person logs in as strongly as asked, and agrees";
    DEVICE_LIMIT = "requests of devices", "RFC 8628 §5.2",
        "not too many devices of public clients begin at one address";

    GRANT_TYPE = "grant_type", "RFC 6749 §5.2", "grant_type is one we know and the client registered";
    GRANT_PARAMETERS = "the grant's parameters", "RFC 6749 §4.1.3, §6, RFC 7636 §4.1, RFC 8628 §3.4",
        "what the grant needs is there, and well-formed";
    CODE = "code", "RFC 6749 §4.1.2", "the code is known, and has not expired";
    CODE_ONCE = "code: once", "RFC 6749 §4.1.2, RFC 9700 §2.1.1", "the code was not used before";
    CODE_CLIENT = "code: client", "RFC 6749 §4.1.3",
        "the code was issued to this client, by this issuer, and a moment ago";
    CODE_REDIRECT_URI = "redirect_uri", "RFC 6749 §4.1.3",
        "redirect_uri is that of the authorization request";
    CODE_VERIFIER = "code_verifier", "RFC 7636 §4.6, RFC 9700 §4.8.2",
        "code_verifier is what code_challenge was made of, if there was one";
    REFRESH_TOKEN = "refresh_token", "RFC 6749 §6",
        "the refresh token is this client's, has not expired, and was not revoked";
    REFRESH_SCOPE = "scope", "RFC 6749 §6", "scope is what was granted, or a part of it";
    REFRESH_ONCE = "refresh_token: once", "RFC 9700 §4.14.2",
        "the refresh token was not replaced by a newer one";
    OWN_SCOPE = "scope", "RFC 6749 §4.4.2, §3.3", "scope is what the client may have for itself";
    DEVICE_CODE = "device_code", "RFC 8628 §3.4",
        "the device_code is known, this client's, and was not used before";
    DEVICE_DECISION = "the person", "RFC 8628 §3.5",
        "the person allowed the device, in time; and it does not ask too often";
    ACCOUNT = "the account", "RFC 6749 §5.2",
        "the account stands, and its owner has not ended what was granted";
    STANDS = "the grant", "RFC 6749 §4.1.2", "nothing revoked it at this very moment";

    TOKEN_SENT = "access token", "RFC 6750 §2", "the access token is sent, in one place";
    TOKEN_GOOD = "access token: signature", "RFC 9068 §4, RFC 6750 §3.1",
        "the access token was issued here, and has not expired";
    TOKEN_SCOPE = "access token: scope", "OpenID Connect Core §5.3, RFC 6750 §3.1",
        "the access token speaks for a person and has the scope openid";
    TOKEN_STANDS = "access token: revocation", "RFC 6750 §3.1, RFC 7009 §2",
        "it was not revoked, its client is registered, the account stands";
    TOKEN_PARAMETER = "token", "RFC 7662 §2.1, RFC 7009 §2.1", "token is there";
    CONFIDENTIAL = "who asks", "RFC 7662 §2.1", "a public client does not introspect";

    HINT = "id_token_hint", "RP-Initiated Logout 1.0 §2",
        "id_token_hint is an ID token of ours, and of the client_id beside it";
    LOGOUT_URI = "post_logout_redirect_uri", "RP-Initiated Logout 1.0 §2, §3",
        "post_logout_redirect_uri is one the client registered";

    REGISTRATION_OPEN = "registration", "RFC 7591 §3", "clients register themselves here";
    INITIAL_TOKEN = "initial access token", "RFC 7591 §3",
        "where one is wanted, it is good, and lets one more in";
    REGISTRATION_LIMIT = "registrations", "RFC 7591 §5", "not too many come from one address";
    REGISTRATION_TOKEN = "registration access token", "RFC 7592 §2",
        "the token is that of this registration";
    STATEMENT = "software_statement", "RFC 7591 §2.3",
        "the statement is signed by whom the operator trusts to vouch";
    METADATA = "metadata", "RFC 7591 §2, OpenID Connect Dynamic Client Registration §2",
        "the metadata is lawful, and within what clients may have here";
}
