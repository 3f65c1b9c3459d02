//! Authorization requests, and the responses to them.

use common_id::oidc::authorization_request::{
    self, AuthorizationRequest, Channel, HintedBy, RawAuthorizationRequest, Refused, RequestContext,
};
use common_id::oidc::authorization_response::{AuthorizationResponse, Delivery, Given};
use common_id::oidc::client::{Client, GrantType, ResponseType};
use common_id::oidc::response_mode::ResponseMode;
use common_id::oidc::{pkce, redirect_uri};
use url::{Url, form_urlencoded};

use super::{DEALERS, form};
use crate::clients::CLIENTS;
use crate::{ISSUER, choose, judge_error, text};

/// `CLIENT CHANNEL QUERY`: an authorization request.
pub(super) fn authorization_request_of(data: &[u8]) {
    let Some((client, data)) = choose(data, CLIENTS.len()) else {
        return;
    };
    let Some((channel, query)) = choose(data, 3) else {
        return;
    };
    let channel = [Channel::Browser, Channel::Pushed, Channel::Device][channel];
    let client = &CLIENTS[client];
    match form(query) {
        Ok(parameters) => judge_request(&RawAuthorizationRequest(parameters), client, channel),
        Err(malformed) => {
            let raw = RawAuthorizationRequest(malformed.intact);
            let refused = authorization_request::refuse(&raw, client, malformed.error);
            judge_refusal(&refused, &raw, client);
        }
    }
}

pub(super) fn judge_request(raw: &RawAuthorizationRequest, client: &Client, channel: Channel) {
    let context = RequestContext {
        channel,
        id_token_hint: &HintedBy::Nothing,
        dealer_exists: &|code| DEALERS.contains(&code),
    };
    let checked = authorization_request::check(raw, client, context);
    let known = authorization_request::check(&raw.clone().known(), client, context);
    // A parameter that has no meaning changes nothing, except that it may have to be refused.
    if raw.get("request_uri").is_none() {
        assert_eq!(checked.as_ref().ok(), known.as_ref().ok());
    }
    match checked {
        Ok(request) => {
            judge_accepted(&request, raw, client, channel);
            judge_response(&request);
        }
        Err(refused) => {
            if channel == Channel::Device {
                assert!(matches!(refused, Refused::Show(_)));
            }
            judge_refusal(&refused, raw, client);
        }
    }
}

fn judge_accepted(
    request: &AuthorizationRequest,
    raw: &RawAuthorizationRequest,
    client: &Client,
    channel: Channel,
) {
    assert_eq!(request.client_id, client.client_id);
    if channel == Channel::Device {
        assert_eq!(request.redirect_uri, "");
        assert!(client.grant_types.contains(&GrantType::DeviceCode));
    } else {
        judge_redirect_uri(&request.redirect_uri, client);
        if let Some(given) = raw.get("redirect_uri") {
            assert_eq!(request.redirect_uri, given);
        }
        assert_eq!(
            request.redirect_uri_given,
            raw.get("redirect_uri").is_some()
        );
        assert!(client.response_types.contains(&request.response_type));
        assert_eq!(
            ResponseType::of(raw.get("response_type").unwrap_or("")),
            Some(request.response_type)
        );
        if request.response_type.gives_tokens() {
            assert_ne!(
                request.response_mode,
                ResponseMode::Query,
                "a token in a query"
            );
        }
        if request.response_type.gives_id_token() {
            assert!(request.nonce.is_some());
        }
        if request.response_type.gives_code() && client.is_public() {
            assert!(
                request.code_challenge.is_some(),
                "a public client without PKCE"
            );
        }
    }
    // A device has no browser to which the state would return.
    let state = raw.get("state").filter(|_| channel != Channel::Device);
    assert_eq!(request.state.as_deref(), state);
    assert_eq!(request.nonce.as_deref(), raw.get("nonce"));
    assert!(
        client.scope.covers(&request.scope) && !request.scope.is_empty()
            || raw.get("scope") == Some("offline_access")
    );
    if let Some(challenge) = &request.code_challenge {
        assert!(pkce::is_challenge(challenge));
        assert_eq!(raw.get("code_challenge"), Some(challenge.as_str()));
    }
    if !request.prefill.is_empty() {
        assert!(client.may_prefill && channel == Channel::Pushed);
    }
    for code in request.dealers_asked() {
        assert!(DEALERS.contains(&code));
    }
    // It travels sealed, and is stored.
    let stored = serde_json::to_vec(request).expect("serializes");
    let read: AuthorizationRequest = serde_json::from_slice(&stored).expect("reads back");
    assert_eq!(serde_json::to_vec(&read).expect("serializes"), stored);
}

/// RFC 9700 §2.1: compared as strings; RFC 8252 §7.3: but for the port of a loopback URI.
fn judge_redirect_uri(asked: &str, client: &Client) {
    if client.redirect_uris.iter().any(|own| own == asked) {
        return;
    }
    assert!(client.is_public(), "{asked}");
    let url = Url::parse(asked).expect("a URI");
    assert!(
        matches!(url.host_str(), Some("127.0.0.1" | "[::1]")),
        "{asked}"
    );
    assert_eq!(
        (url.username(), url.password(), url.fragment()),
        ("", None, None)
    );
    let without_port = |uri: &str| {
        let url = Url::parse(uri).expect("a URI");
        (
            url.scheme().to_owned(),
            url.host_str().map(str::to_owned),
            url.path().to_owned(),
            url.query().map(str::to_owned),
        )
    };
    let same = |own: &&String| without_port(own) == without_port(asked);
    assert!(client.redirect_uris.iter().any(|own| same(&own)), "{asked}");
}

fn judge_refusal(refused: &Refused, raw: &RawAuthorizationRequest, client: &Client) {
    match refused {
        Refused::Show(error) => judge_error(error),
        Refused::Redirect(redirect) => {
            judge_error(&redirect.error);
            judge_redirect_uri(&redirect.redirect_uri, client);
            if let Some(state) = &redirect.state {
                assert_eq!(raw.get("state"), Some(state.as_str()));
            }
            let response = AuthorizationResponse::error(redirect, ISSUER);
            let code = redirect.error.code.to_string();
            judge_delivery(
                response,
                &redirect.redirect_uri,
                &[("error", &code), ("iss", ISSUER)],
            );
        }
    }
}

fn judge_response(request: &AuthorizationRequest) {
    let given = Given {
        code: Some("a-code".to_owned()),
        ..Given::default()
    };
    let response = AuthorizationResponse::success(request, ISSUER, given);
    let mut expected = vec![("code", "a-code")];
    expected.extend(request.state.as_deref().map(|state| ("state", state)));
    expected.push(("iss", ISSUER));
    judge_delivery(response, &request.redirect_uri, &expected);
}

/// The response goes to the redirect URI, and its parameters arrive as they were.
fn judge_delivery(response: AuthorizationResponse, redirect_uri: &str, expected: &[(&str, &str)]) {
    if redirect_uri.is_empty() {
        return;
    }
    let mode = response.response_mode;
    match response.deliver() {
        Delivery::Location(location) => {
            assert!(
                location.bytes().all(|b| b.is_ascii_graphic()),
                "{location:?}"
            );
            let rest = location
                .strip_prefix(redirect_uri)
                .expect("the redirect URI");
            let encoded = match mode {
                ResponseMode::Fragment => rest.strip_prefix('#'),
                _ => rest.strip_prefix(['?', '&']),
            };
            let encoded = encoded.expect("its parameters");
            let pairs: Vec<_> = form_urlencoded::parse(encoded.as_bytes()).collect();
            for (name, value) in expected {
                let found = pairs.iter().filter(|(known, _)| known == name);
                let found: Vec<_> = found.map(|(_, value)| value.as_ref()).collect();
                assert_eq!(found, [*value], "{name}");
            }
        }
        Delivery::Form { action, fields } => {
            assert_eq!(action, redirect_uri);
            for (name, value) in expected {
                assert!(
                    fields
                        .iter()
                        .any(|(known, told)| known == name && told == value)
                );
            }
        }
    }
}

/// `CLIENT URI`: a redirect URI.
pub(super) fn redirect_uri_of(data: &[u8]) {
    let Some((client, uri)) = choose(data, CLIENTS.len()) else {
        return;
    };
    let client = &CLIENTS[client];
    let uri = text(uri);
    if redirect_uri::is_registered(client, &uri) {
        judge_redirect_uri(&uri, client);
    }
    if redirect_uri::is_loopback(&uri) {
        let is = |host: Option<&str>| matches!(host, Some("127.0.0.1" | "[::1]"));
        assert!(
            Url::parse(&uri).is_ok_and(|url| is(url.host_str())),
            "{uri}"
        );
    }
}
