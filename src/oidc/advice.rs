//! Suggests improvements to a valid request, for the developer of the client. Advice never
//! refuses a request; the debugger shows it beside the rules.

use serde::Serialize;

use super::client::Client;
use super::parameters::Parameters;
use super::response_type::ResponseType;
use super::scope::Scope;

/// A piece of advice and the section on which it is based.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// What to change, or what was ignored.
    pub says: String,
    /// The section of the specification.
    pub section: &'static str,
}

fn advice(says: impl Into<String>, section: &'static str) -> Advice {
    Advice {
        says: says.into(),
        section,
    }
}

/// Returns advice on an authorization request or a pushed one. A request behind a
/// `request_uri` or in a request object is not visible here, so there is no advice on it.
#[must_use]
pub fn on_authorization_request(asked: &Parameters, client: Option<&Client>) -> Vec<Advice> {
    if ["request", "request_uri"]
        .iter()
        .any(|name| asked.contains_key(*name))
    {
        return Vec::new();
    }
    let lacks = |name: &str| !asked.contains_key(name);
    let response_type = asked
        .get("response_type")
        .and_then(|text| ResponseType::of(text));
    let gives_code = response_type.is_some_and(ResponseType::gives_code);
    let asks_openid = asked
        .get("scope")
        .is_some_and(|scope| scope.split(' ').any(|value| value == "openid"));
    let mut found = Vec::new();
    if lacks("state") {
        found.push(advice(
            "send state, and compare what comes back: it ties the answer to the browser that asked",
            "RFC 6749 §10.12, RFC 9700 §4.7.1",
        ));
    }
    if gives_code && lacks("code_challenge") {
        found.push(advice(
            "use PKCE with S256, whatever kind of client it is",
            "RFC 9700 §2.1.1",
        ));
    }
    if asks_openid && lacks("nonce") {
        found.push(advice(
            "send nonce, and compare it with the ID token's",
            "OpenID Connect Core §3.1.2.1, §3.1.3.7",
        ));
    }
    if response_type.is_some_and(|wanted| wanted != ResponseType::Code) {
        found.push(advice(
            "ask for response_type=code: no token travels through the browser then",
            "RFC 9700 §2.1.2",
        ));
    }
    found.extend(client.and_then(|client| unregistered_scope(asked, client)));
    found
}

fn unregistered_scope(asked: &Parameters, client: &Client) -> Option<Advice> {
    let wanted: Scope = asked.get("scope")?.parse().ok()?;
    let ignored: Vec<&str> = wanted
        .iter()
        .filter(|value| !client.scope.contains(value))
        .collect();
    (!ignored.is_empty()).then(|| {
        let says = format!(
            "of scope was ignored, since the client did not register it: {}",
            ignored.join(" ")
        );
        advice(says, "RFC 6749 §3.3, RFC 7591 §2")
    })
}

/// Returns advice on a request with which a client authenticates.
#[must_use]
pub fn on_client_authentication(asked: &Parameters) -> Vec<Advice> {
    if asked.contains_key("client_secret") {
        vec![advice(
            "send the secret by HTTP Basic (client_secret_basic), or sign (private_key_jwt): in a body it is easily logged",
            "RFC 6749 §2.3.1, RFC 9700 §2.5",
        )]
    } else {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::sample;
    use crate::oidc::parameters;

    fn sections(query: &str) -> Vec<&'static str> {
        let asked = parameters::parse(query.as_bytes()).unwrap();
        let client = Client {
            scope: "openid email".parse().unwrap(),
            ..sample()
        };
        let found = on_authorization_request(&asked, Some(&client));
        found.iter().map(|advice| advice.section).collect()
    }

    #[test]
    fn a_good_request_needs_no_advice() {
        let good = "response_type=code&scope=openid&state=s&nonce=n&code_challenge=c";
        assert!(sections(good).is_empty());
    }

    #[test]
    fn what_could_be_better_is_said() {
        assert_eq!(
            sections("response_type=code&scope=openid"),
            [
                "RFC 6749 §10.12, RFC 9700 §4.7.1",
                "RFC 9700 §2.1.1",
                "OpenID Connect Core §3.1.2.1, §3.1.3.7",
            ]
        );
        assert_eq!(
            sections("response_type=id_token&scope=openid+phone&state=s&nonce=n"),
            ["RFC 9700 §2.1.2", "RFC 6749 §3.3, RFC 7591 §2"]
        );
    }

    #[test]
    fn what_is_not_seen_is_not_judged() {
        assert!(sections("client_id=c&request_uri=urn:x").is_empty());
        assert!(sections("client_id=c&request=x").is_empty());
    }

    #[test]
    fn a_secret_belongs_in_no_body() {
        let asked = |body: &str| parameters::parse(body.as_bytes()).unwrap();
        assert_eq!(on_client_authentication(&asked("client_secret=s")).len(), 1);
        assert!(on_client_authentication(&asked("client_id=c")).is_empty());
    }
}
