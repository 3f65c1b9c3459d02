//! The checks of an authorization request whose redirect URI is proven, in the order of the
//! specifications. Each check reads its own parameters; the first failure is redirected to
//! the client. Unknown parameters are ignored (RFC 6749 §3.1).

use super::{Asked, AuthorizationRequest, Channel, Check, HintedBy, RawAuthorizationRequest, Run};
use super::{claims_parameter, prefill};
use crate::oidc::authentication_context::AuthenticationContext;
use crate::oidc::authorization_details::CustomerNumbers;
use crate::oidc::client::{GrantType, Party};
use crate::oidc::display::Display;
use crate::oidc::name_script::NameScript;
use crate::oidc::pkce::{self, CodeChallengeMethod};
use crate::oidc::prompt::Prompt;
use crate::oidc::response_mode::ResponseMode;
use crate::oidc::response_type::{ResponseType, default_mode};
use crate::oidc::rule::rule;
use crate::oidc::scope::Scope;
use crate::oidc::{Error, ErrorCode, authorization_details, claims};

/// The longest `state`, `nonce` or `scope`, in bytes: they are repeated in URLs and tokens.
pub(super) const LONGEST: usize = 4096;
/// The longest `login_hint`, in bytes: an e-mail address has 254 at most.
const LONGEST_HINT: usize = 512;
/// The longest space-separated list, in bytes.
const LONGEST_LIST: usize = 1024;
/// The longest JSON parameter, in bytes.
const LONGEST_JSON: usize = 16 * 1024;

type Checked = Result<(), Error>;

/// Every check, in order.
pub const CHECKS: &[Check] = &[
    named(
        "response_mode",
        "Multiple Response Types §2.1, §3, §5",
        "response_mode is one the client may use, and no query for tokens",
        response_mode,
    ),
    named(
        "response_type",
        "RFC 6749 §3.1.1",
        "response_type is one we know and the client registered",
        response_type,
    ),
    named(
        "request, request_uri, registration",
        "OpenID Connect Core §3.1.2.6",
        "nothing is sent that we do not support",
        not_supported,
    ),
    named(
        "require_pushed_authorization_requests",
        "RFC 9126 §6",
        "the request is pushed, where the client must",
        pushed,
    ),
    named(
        "grant_types",
        "RFC 7591 §2.1",
        "the client registered the grants behind response_type",
        grant_types,
    ),
    named(
        "scope",
        "RFC 6749 §3.3, OpenID Connect Core §3.1.2.1",
        "scope holds something the client may ask, and openid for an ID token",
        scope,
    ),
    named(
        "nonce",
        "OpenID Connect Core §3.2.2.1, §3.3.2.11",
        "nonce is there where the ID token comes through the browser",
        nonce,
    ),
    named(
        "display",
        "OpenID Connect Core §3.1.2.1",
        "display is one of the words for it",
        display,
    ),
    named(
        "prompt",
        "OpenID Connect Core §3.1.2.1",
        "prompt holds words for it, and none alone",
        prompt,
    ),
    named(
        "offline_access",
        "OpenID Connect Core §11",
        "offline_access is kept only where it may be",
        offline_access,
    ),
    named(
        "max_age",
        "OpenID Connect Core §3.1.2.1",
        "max_age is a whole number of seconds",
        max_age,
    ),
    named(
        "ui_locales",
        "OpenID Connect Core §3.1.2.1",
        "ui_locales is not too long",
        ui_locales,
    ),
    named(
        "claims",
        "OpenID Connect Core §5.5",
        "claims is JSON as the specification has it, and can be met",
        claims_parameter,
    ),
    named(
        "claims_locales",
        "OpenID Connect Core §5.2",
        "claims_locales is not too long",
        claims_locales,
    ),
    named(
        "id_token_hint",
        "OpenID Connect Core §3.1.2.1",
        "id_token_hint is an ID token that this client got from us",
        id_token_hint,
    ),
    named(
        "login_hint",
        "OpenID Connect Core §3.1.2.1",
        "login_hint is not too long",
        login_hint,
    ),
    named(
        "acr_values",
        "OpenID Connect Core §3.1.2.1",
        "acr_values is not too long",
        acr_values,
    ),
    named(
        "code_challenge",
        "RFC 7636 §4.3, RFC 9700 §2.1.1",
        "code_challenge is there where the client must use PKCE, and S256",
        code_challenge,
    ),
    named(
        "authorization_details",
        "RFC 9396 §5",
        "authorization_details is lawful, and of types the client registered",
        details,
    ),
    named(
        prefill::PARAMETER,
        "RFC 9126 §1",
        "prefill is pushed, by a client that may, and is lawful",
        prefilled,
    ),
];

const fn named(name: &'static str, section: &'static str, says: &'static str, run: Run) -> Check {
    Check {
        rule: rule(name, section, says),
        run,
    }
}

/// Returns a parameter, or `invalid_request` if it is longer than `longest` bytes.
pub(super) fn shorter<'a>(
    raw: &'a RawAuthorizationRequest,
    name: &str,
    longest: usize,
) -> Result<Option<&'a str>, Error> {
    match raw.get(name) {
        Some(value) if value.len() > longest => Err(Error::invalid_request(format!(
            "{name} is longer than {longest} bytes"
        ))),
        value => Ok(value),
    }
}

fn response_mode(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Checked {
    let words = asked.raw.get("response_type").unwrap_or_default();
    match asked.raw.get("response_mode").map(str::parse) {
        None => Ok(()),
        // Multiple Response Types §3, §5: a query is sent to servers and remains in their
        // logs.
        Some(Ok(ResponseMode::Query)) if default_mode(words) != ResponseMode::Query => {
            Err(Error::invalid_request(
                "response_mode=query is not for tokens: use fragment or form_post",
            ))
        }
        Some(Ok(mode)) if asked.client.response_modes().contains(&mode) => Ok(()),
        Some(_) => Err(Error::invalid_request(format!(
            "response_mode must be one of {}",
            list(ResponseMode::ALL)
        ))),
    }
}

fn response_type(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    if asked.context.channel == Channel::Device {
        // RFC 8628 §3.1 does not define this parameter.
        return Ok(());
    }
    let Some(wanted) = asked.raw.get("response_type") else {
        return Err(Error::invalid_request("response_type is missing"));
    };
    let Some(wanted) = ResponseType::of(wanted) else {
        return Err(Error::new(
            ErrorCode::UnsupportedResponseType,
            format!("response_type must be one of {}", list(ResponseType::ALL)),
        ));
    };
    if !asked.client.response_types.contains(&wanted) {
        return Err(Error::new(
            ErrorCode::UnauthorizedClient,
            format!("the client is not registered for response_type {wanted}"),
        ));
    }
    request.response_type = wanted;
    Ok(())
}

// OpenID Connect Core §3.1.2.6.
fn not_supported(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Checked {
    for (name, code) in [
        ("request", ErrorCode::RequestNotSupported),
        ("request_uri", ErrorCode::RequestUriNotSupported),
        ("registration", ErrorCode::RegistrationNotSupported),
    ] {
        if asked.raw.get(name).is_some() {
            return Err(match (name, asked.context.channel) {
                // RFC 9126 §2.1.
                ("request_uri", Channel::Pushed) => {
                    Error::invalid_request("a pushed request cannot hold a request_uri")
                }
                _ => Error::new(code, format!("the parameter {name} is not supported")),
            });
        }
    }
    Ok(())
}

// RFC 9126 §6.
fn pushed(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Checked {
    match asked.context.channel {
        Channel::Browser if asked.client.require_pushed_authorization_requests => {
            Err(Error::invalid_request(
                "the client must push its requests (RFC 9126) and send the request_uri",
            ))
        }
        _ => Ok(()),
    }
}

fn grant_types(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    let needed: &[GrantType] = match asked.context.channel {
        Channel::Device => &[GrantType::DeviceCode],
        Channel::Browser | Channel::Pushed => request.response_type.grant_types(),
    };
    let missing = |grant: &&GrantType| !asked.client.grant_types.contains(grant);
    match needed.iter().find(missing) {
        None => Ok(()),
        Some(grant) => Err(Error::new(
            ErrorCode::UnauthorizedClient,
            format!("the client is not registered for the grant {grant}"),
        )),
    }
}

/// Scope values that are unknown, or that the client may not request, are ignored (OpenID
/// Connect Core §3.1.2.1); the token response names the granted scope. `openid` must not be
/// dropped silently, because the client would wait for an ID token.
fn scope(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    let invalid = |description| Error::new(ErrorCode::InvalidScope, description);
    let Some(wanted) = shorter(asked.raw, "scope", LONGEST)? else {
        return Err(invalid("scope is missing"));
    };
    let wanted: Scope = wanted
        .parse()
        .map_err(|_| invalid("scope is not a list of values (RFC 6749 section 3.3)"))?;
    if request.response_type.gives_id_token() && !wanted.contains("openid") {
        return Err(invalid("an ID token needs the scope openid"));
    }
    if wanted.contains("openid") && !asked.client.scope.contains("openid") {
        return Err(invalid("the client is not registered for the scope openid"));
    }
    request.scope = wanted.intersection(&asked.client.scope);
    if request.scope.is_empty() {
        return Err(invalid(
            "the client is not registered for any value of scope",
        ));
    }
    Ok(())
}

fn nonce(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    request.nonce = shorter(asked.raw, "nonce", LONGEST)?.map(str::to_owned);
    // OpenID Connect Core §3.2.2.1, §3.3.2.11: only the nonce binds this ID token to the
    // request.
    if request.response_type.gives_id_token() && request.nonce.is_none() {
        return Err(Error::invalid_request(format!(
            "nonce is missing: response_type {} needs one",
            request.response_type
        )));
    }
    Ok(())
}

fn display(asked: &Asked<'_>, _: &mut AuthorizationRequest) -> Checked {
    match asked.raw.get("display").map(str::parse::<Display>) {
        Some(Err(_)) => Err(Error::invalid_request(format!(
            "display must be one of {}",
            list(Display::ALL)
        ))),
        _ => Ok(()),
    }
}

fn prompt(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    if asked.context.channel == Channel::Device && asked.client.party == Party::Third {
        // RFC 8628 §5.4: we cannot tell who owns the device, so consent is asked every
        // time.
        request.prompt = vec![Prompt::Consent];
        return Ok(());
    }
    let Some(words) = shorter(asked.raw, "prompt", LONGEST_LIST)? else {
        return Ok(());
    };
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        let prompt: Prompt = word.parse().map_err(|_| {
            Error::invalid_request(format!("prompt must be some of {}", list(Prompt::ALL)))
        })?;
        if !request.prompts(prompt) {
            request.prompt.push(prompt);
        }
    }
    if request.prompts(Prompt::None) && request.prompt.len() > 1 {
        return Err(Error::invalid_request(
            "prompt=none cannot be combined with another value",
        ));
    }
    Ok(())
}

/// `offline_access` leads to a refresh token. It is kept only if the client has the refresh
/// token grant, the response type returns a code, and the user is informed: by
/// `prompt=consent` (OpenID Connect Core §11), or by the terms for a client of ours.
/// Otherwise it is ignored, as §11 requires.
fn offline_access(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    let may_refresh = asked.client.grant_types.contains(&GrantType::RefreshToken);
    let known = asked.client.party == Party::First || request.prompts(Prompt::Consent);
    if !(may_refresh && known && request.response_type.gives_code()) {
        request.scope = request.scope.without("offline_access");
    }
    Ok(())
}

fn max_age(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    request.max_age = match asked.raw.get("max_age") {
        None => asked.client.default_max_age,
        // `parse` alone would accept a sign.
        Some(age) if age.bytes().all(|b| b.is_ascii_digit()) => {
            Some(age.parse().map_err(|_| bad_max_age())?)
        }
        Some(_) => return Err(bad_max_age()),
    };
    Ok(())
}

fn bad_max_age() -> Error {
    Error::invalid_request("max_age is not a whole number of seconds")
}

fn ui_locales(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    request.ui_locales = shorter(asked.raw, "ui_locales", LONGEST_LIST)?.map(str::to_owned);
    Ok(())
}

/// Claims that no scope of the client covers are dropped. The specification allows any
/// claim to be absent, and this parameter must not give the client more than it is
/// registered for.
fn claims_parameter(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    let Some(json) = shorter(asked.raw, "claims", LONGEST_JSON)? else {
        return Ok(());
    };
    let wanted = claims_parameter::parse(json)?;
    if !wanted.userinfo.is_empty() && !request.response_type.leads_to_access_token() {
        // OpenID Connect Core §5.5.
        return Err(Error::invalid_request(format!(
            "claims: userinfo cannot be asked with response_type {}, use id_token",
            request.response_type
        )));
    }
    if !request.scope.contains("openid") {
        return Ok(());
    }
    if let Some(Some(acr)) = wanted.id_token.get("acr")
        && acr.essential
        && !AuthenticationContext::ALL
            .iter()
            .any(|level| acr.allows(level.as_str()))
    {
        // OpenID Connect Core §5.5.1.1: treated as a failed authentication.
        return Err(Error::new(
            ErrorCode::UnmetAuthenticationRequirements,
            "no authentication context that claims asks for can be attained",
        ));
    }
    request.claims = wanted.only(|name| claims::within(name, &asked.client.scope));
    Ok(())
}

// OpenID Connect Core §5.2: locales for which we have no values are not an error.
fn claims_locales(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    let locales = shorter(asked.raw, "claims_locales", LONGEST_LIST)?.unwrap_or_default();
    if request.scope.contains("openid") {
        request.claims.locales = NameScript::of_locales(locales);
    }
    Ok(())
}

fn id_token_hint(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    request.hinted_subject = match asked.context.id_token_hint {
        HintedBy::Nothing => None,
        HintedBy::Genuine(hint) if hint.is_for(&asked.client.client_id) => {
            Some(hint.subject.clone())
        }
        HintedBy::Genuine(_) | HintedBy::Forgery => {
            return Err(Error::invalid_request(
                "id_token_hint is not an ID token that we issued to this client",
            ));
        }
    };
    Ok(())
}

fn login_hint(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    request.login_hint = shorter(asked.raw, "login_hint", LONGEST_HINT)?.map(str::to_owned);
    Ok(())
}

fn acr_values(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    request.acr_values = match shorter(asked.raw, "acr_values", LONGEST_LIST)? {
        Some(values) => values
            .split(' ')
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect(),
        // Dynamic Client Registration §2: the default applies only without `acr_values`; an
        // `acr` in `claims` also takes precedence over it.
        None => asked.client.default_acr_values.clone(),
    };
    Ok(())
}

// RFC 7636 §4.3, RFC 9700 §2.1.1.
fn code_challenge(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    if asked.context.channel == Channel::Device || !request.response_type.gives_code() {
        // The browser carries no code that could be stolen.
        return Ok(());
    }
    let method = asked.raw.get("code_challenge_method");
    let Some(challenge) = asked.raw.get("code_challenge") else {
        return match method {
            Some(_) => Err(Error::invalid_request(
                "code_challenge_method without code_challenge",
            )),
            None => without_pkce(asked, request),
        };
    };
    // RFC 7636 §4.3: without a method, `plain` would apply.
    if method.map(str::parse) != Some(Ok(CodeChallengeMethod::S256)) {
        return Err(Error::invalid_request("code_challenge_method must be S256"));
    }
    if !pkce::is_challenge(challenge) {
        return Err(Error::invalid_request(
            "code_challenge is not a SHA-256 in base64url, 43 characters",
        ));
    }
    request.code_challenge = Some(challenge.to_owned());
    Ok(())
}

fn without_pkce(asked: &Asked<'_>, request: &AuthorizationRequest) -> Checked {
    let nonce_serves = request.nonce.is_some() && request.scope.contains("openid");
    if asked.client.is_public() || !(nonce_serves || asked.client.may_omit_pkce) {
        return Err(Error::invalid_request(
            "code_challenge is missing: the client must use PKCE (RFC 7636) with S256",
        ));
    }
    Ok(())
}

fn details(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    let Some(json) = shorter(asked.raw, "authorization_details", LONGEST_JSON)? else {
        return Ok(());
    };
    let may_tell = asked.context.channel == Channel::Pushed && asked.client.may_prefill;
    request.authorization_details = authorization_details::parse(
        json,
        &asked.client.authorization_details_types,
        asked.context.dealer_exists,
        if may_tell {
            CustomerNumbers::Taken
        } else {
            CustomerNumbers::Refused
        },
    )?;
    Ok(())
}

fn prefilled(asked: &Asked<'_>, request: &mut AuthorizationRequest) -> Checked {
    let Some(json) = shorter(asked.raw, prefill::PARAMETER, LONGEST_JSON)? else {
        return Ok(());
    };
    if asked.context.channel == Channel::Browser {
        return Err(Error::invalid_request(
            "prefill is personal data: it must be pushed (RFC 9126), never in a URL",
        ));
    }
    if !asked.client.may_prefill {
        return Err(Error::new(
            ErrorCode::UnauthorizedClient,
            "the client is not registered to send prefill",
        ));
    }
    request.prefill = prefill::parse(json)?;
    Ok(())
}

fn list<T: std::fmt::Display>(words: &[T]) -> String {
    let words: Vec<String> = words.iter().map(T::to_string).collect();
    words.join(", ")
}
