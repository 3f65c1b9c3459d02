//! What the debugger shows of a request: values that are known to be neither secret nor
//! personal, as they were sent; of everything else only the length. Unknown parameters are
//! blanked.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use crate::oidc::client::Client;
use crate::oidc::parameters::Parameters;
use crate::oidc::redirect_uri;

/// The prefix of the reference to a pushed request; the rest is secret.
const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";

/// How much of one value is shown, in characters.
const LONGEST: usize = 300;

/// Parameters, and members of client metadata, that are shown as sent.
const PLAIN: &[&str] = &[
    "acr_values",
    "application_type",
    "backchannel_logout_uri",
    "claims_locales",
    "client_assertion_type",
    "client_id",
    "client_name",
    "code_challenge",
    "code_challenge_method",
    "default_max_age",
    "display",
    "frontchannel_logout_uri",
    "grant_type",
    "grant_types",
    "id_token_signed_response_alg",
    "jwks_uri",
    "max_age",
    "post_logout_redirect_uris",
    "prompt",
    "redirect_uris",
    "request_object_signing_alg",
    "request_uris",
    "response_mode",
    "response_type",
    "response_types",
    "scope",
    "sector_identifier_uri",
    "subject_type",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "token_type_hint",
    "ui_locales",
];

/// Claims of a JWT that are shown.
const PLAIN_CLAIMS: &[&str] = &["iss", "aud", "exp", "nbf", "iat"];

/// Members of JSON parameters whose values are shown, with everything inside.
const PLAIN_MEMBERS: &[&str] = &["type", "identifier", "acr"];

/// Parameters of a response that are shown.
const PLAIN_ANSWER: &[&str] = &[
    "error",
    "error_description",
    "error_uri",
    "expires_in",
    "iss",
    "scope",
    "token_type",
];

/// Returns the parameters of a request as they may be shown. `client` is the client that
/// sent them, whose registered URIs are known.
#[must_use]
pub fn parameters(sent: &Parameters, client: Option<&Client>) -> BTreeMap<String, String> {
    let shown = Shown { client };
    let line = |(name, value): (&String, &String)| (shortened(name), shown.parameter(name, value));
    sent.iter().map(line).collect()
}

/// Shows what one client sent.
#[derive(Clone, Copy)]
struct Shown<'c> {
    client: Option<&'c Client>,
}

impl Shown<'_> {
    fn parameter(self, name: &str, value: &str) -> String {
        match name {
            _ if PLAIN.contains(&name) => shortened(value),
            "request" | "client_assertion" => self.jwt(value),
            "claims" | "authorization_details" | "prefill" => json(value),
            "redirect_uri" if self.redirects_to(value) => shortened(value),
            "redirect_uri" => self.uri(value, |client| &client.redirect_uris),
            "post_logout_redirect_uri" => {
                self.uri(value, |client| &client.post_logout_redirect_uris)
            }
            "request_uri" => match value.strip_prefix(PUSHED) {
                Some(reference) => format!("{PUSHED}{}", blank(reference)),
                None => self.uri(value, |client| &client.request_uris),
            },
            _ => blank(value),
        }
    }

    fn redirects_to(self, uri: &str) -> bool {
        self.client
            .is_some_and(|client| redirect_uri::is_registered(client, uri))
    }

    /// Returns a URI as it may be shown: as far as it is like one that the client
    /// registered. What a client adds to that may tell of a person.
    fn uri(self, value: &str, registered: impl Fn(&Client) -> &Vec<String>) -> String {
        let own = self.client.map(registered).into_iter().flatten();
        let alike = own.map(|own| {
            let pairs = own.char_indices().zip(value.chars());
            let same = pairs.take_while(|((_, ours), theirs)| ours == theirs);
            let end = same.last().map_or(0, |((at, c), _)| at + c.len_utf8());
            (end, end == own.len() && end == value.len())
        });
        match alike.max() {
            Some((_, true)) => shortened(value),
            Some((end, false)) => {
                let (alike, rest) = value.split_at_checked(end).unwrap_or(("", value));
                format!("{}{}", shortened(alike), blank(rest))
            }
            None => blank(value),
        }
    }

    /// Returns a JWT's header and claims as they may be shown, without the signature.
    fn jwt(self, token: &str) -> String {
        let mut parts = token.split('.');
        let part = |part: Option<&str>| -> Option<Map<String, Value>> {
            let bytes = URL_SAFE_NO_PAD.decode(part?).ok()?;
            serde_json::from_slice(&bytes).ok()
        };
        let Some(header) = part(parts.next()) else {
            return blank(token);
        };
        let header = Value::Object(header.into_iter().filter(is_plain_header).collect());
        let Some(claims) = part(parts.next()) else {
            return format!("{header} {}", blank(token));
        };
        let claims = claims.into_iter().map(|one| self.claim(one));
        format!("{header} {}", Value::Object(claims.collect()))
    }

    fn claim(self, (name, value): (String, Value)) -> (String, Value) {
        let shown = match (&value, name.as_str()) {
            (_, plain) if PLAIN_CLAIMS.contains(&plain) => value,
            // RFC 9101 §4: a request object contains no other, so this value is blanked.
            (Value::String(text), "request") => Value::String(blank(text)),
            (Value::String(text), name) => Value::String(self.parameter(name, text)),
            (other, _) => outline(other),
        };
        (shortened(&name), shown)
    }
}

/// Returns a redirect target as it may be shown: the address, with the names of its
/// parameters.
#[must_use]
pub fn location(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else {
        return own_page(address);
    };
    let query = url.query().map(answer);
    let fragment = url.fragment().map(answer);
    url.set_query(None);
    url.set_fragment(None);
    let mut shown = url.to_string();
    for (mark, part) in [('?', query), ('#', fragment)] {
        if let Some(part) = part {
            shown.push(mark);
            shown.push_str(&part);
        }
    }
    shown
}

/// Returns the path of one of our own pages, without the interaction's ID.
fn own_page(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let mut segments: Vec<&str> = path.split('/').collect();
    if segments.get(1) == Some(&"interaction")
        && let Some(id) = segments.get_mut(2)
    {
        *id = "…";
    }
    segments.join("/")
}

fn answer(encoded: &str) -> String {
    let pairs = form_urlencoded::parse(encoded.as_bytes());
    let shown = pairs.map(|(name, value)| {
        if PLAIN_ANSWER.contains(&&*name) {
            format!("{name}={}", shortened(&value))
        } else {
            format!("{name}={}", blank(&value))
        }
    });
    shown.collect::<Vec<_>>().join("&")
}

fn is_plain_header((name, _): &(String, Value)) -> bool {
    ["alg", "enc", "kid", "typ", "cty"].contains(&name.as_str())
}

/// Returns a JSON parameter as it may be shown: its members, with the values of few.
fn json(text: &str) -> String {
    serde_json::from_str::<Value>(text).map_or_else(
        |_| blank(text),
        |value| shortened(&outline(&value).to_string()),
    )
}

fn outline(value: &Value) -> Value {
    let member = |(name, value): (&String, &Value)| {
        let shown = if PLAIN_MEMBERS.contains(&name.as_str()) {
            value.clone()
        } else {
            outline(value)
        };
        (name.clone(), shown)
    };
    match value {
        Value::Object(members) => Value::Object(members.iter().map(member).collect()),
        Value::Array(items) => Value::Array(items.iter().map(outline).collect()),
        Value::String(text) => Value::String(blank(text)),
        Value::Number(_) => Value::String("[a number]".to_owned()),
        plain @ (Value::Null | Value::Bool(_)) => plain.clone(),
    }
}

fn blank(value: &str) -> String {
    format!("[{} characters]", value.chars().count())
}

fn shortened(value: &str) -> String {
    let mut characters = value.chars();
    let mut shown: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oidc::client::ClientId;

    fn shown(name: &str, value: &str) -> String {
        let client = Client {
            redirect_uris: vec!["https://rp.example/cb?a=b".to_owned()],
            request_uris: vec!["https://rp.example/object.jwt".to_owned()],
            ..Client::named(ClientId("rp".to_owned()))
        };
        parameters(
            &BTreeMap::from([(name.to_owned(), value.to_owned())]),
            Some(&client),
        )
        .remove(name)
        .unwrap()
    }

    fn token(header: &str, claims: &str) -> String {
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
        format!("{}.{}.c2lnbmF0dXJl", part(header), part(claims))
    }

    #[test]
    fn what_is_neither_secret_nor_personal_is_shown() {
        for (name, value) in [
            ("scope", "openid email"),
            ("redirect_uri", "https://rp.example/cb?a=b"),
            ("request_uri", "https://rp.example/object.jwt"),
            ("prompt", "none"),
        ] {
            assert_eq!(shown(name, value), value);
        }
    }

    #[test]
    fn of_a_uri_that_is_not_registered_only_what_is_registered_is_shown() {
        for (value, seen) in [
            (
                "https://rp.example/cb?email=hanako@example.jp",
                "https://rp.example/cb?[23 characters]",
            ),
            (
                "https://rp.example/cb?a=b&user=4711",
                "https://rp.example/cb?a=b[10 characters]",
            ),
            (
                "https://rp.example/cb",
                "https://rp.example/cb[0 characters]",
            ),
            ("hanako", "h[5 characters]"),
        ] {
            assert_eq!(shown("redirect_uri", value), seen);
        }
        let nobody = BTreeMap::from([("redirect_uri".to_owned(), "https://a.example".to_owned())]);
        let nobody = parameters(&nobody, None);
        assert_eq!(nobody["redirect_uri"], "[17 characters]");
        assert_eq!(
            shown("post_logout_redirect_uri", "https://rp.example/"),
            "[19 characters]"
        );
    }

    #[test]
    fn secrets_and_what_nobody_knows_are_blanked() {
        for name in [
            "client_secret",
            "code",
            "code_verifier",
            "refresh_token",
            "token",
            "access_token",
            "id_token_hint",
            "device_code",
            "password",
            "username",
            "login_hint",
            "state",
            "nonce",
            "what_nobody_knows",
        ] {
            assert_eq!(shown(name, "SECRET"), "[6 characters]", "{name}");
        }
        let pushed = shown("request_uri", "urn:ietf:params:oauth:request_uri:SECRET");
        assert_eq!(pushed, "urn:ietf:params:oauth:request_uri:[6 characters]");
    }

    #[test]
    fn of_json_the_members_are_shown_and_few_values() {
        let claims = r#"{"id_token":{"sub":{"value":"SECRET"},"acr":{"values":["a"],"essential":true}},"userinfo":{"name":null}}"#;
        let shown_claims = shown("claims", claims);
        assert!(!shown_claims.contains("SECRET"), "{shown_claims}");
        assert!(
            shown_claims.contains(r#""acr":{"essential":true,"values":["a"]}"#),
            "{shown_claims}"
        );
        assert!(shown_claims.contains(r#""name":null"#), "{shown_claims}");
        let prefill = shown("prefill", r#"{"email":"SECRET","phone":81}"#);
        assert_eq!(
            prefill,
            r#"{"email":"[6 characters]","phone":"[a number]"}"#
        );
        assert_eq!(shown("claims", "SECRET"), "[6 characters]");
    }

    #[test]
    fn of_a_jwt_there_is_no_signature_and_nothing_that_is_blanked_elsewhere() {
        let claims = r#"{"iss":"rp","exp":1,"scope":"openid","state":"SECRET","login_hint":"SECRET","max_age":5,"request":"SECRET"}"#;
        let object = shown(
            "request",
            &token(r#"{"alg":"RS256","jwk":"SECRET"}"#, claims),
        );
        assert!(object.starts_with(r#"{"alg":"RS256"} {"#), "{object}");
        assert!(
            object.contains(r#""iss":"rp""#) && object.contains(r#""scope":"openid""#),
            "{object}"
        );
        assert!(
            !object.contains("SECRET") && !object.contains("c2lnbmF0dXJl"),
            "{object}"
        );
        let assertion = shown(
            "client_assertion",
            &token("{}", r#"{"jti":"SECRET","aud":["x"]}"#),
        );
        assert!(
            !assertion.contains("SECRET") && assertion.contains(r#""aud":["x"]"#),
            "{assertion}"
        );
        assert_eq!(shown("request", "SECRET"), "[6 characters]");
        let encrypted = format!(
            "{}.a.b.c.d",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"ECDH-ES","enc":"A256GCM"}"#)
        );
        assert_eq!(
            shown("request", &encrypted),
            format!(
                r#"{{"alg":"ECDH-ES","enc":"A256GCM"}} [{} characters]"#,
                encrypted.len()
            )
        );
    }

    #[test]
    fn of_where_a_browser_is_sent_codes_and_tokens_are_blanked() {
        for (address, expected) in [
            (
                "https://rp.example/cb?code=SECRET&iss=https%3A%2F%2Fid.example",
                "https://rp.example/cb?code=[6 characters]&iss=https://id.example",
            ),
            (
                "com.example.app:/cb#access_token=SECRET&token_type=Bearer",
                "com.example.app:/cb#access_token=[6 characters]&token_type=Bearer",
            ),
            (
                "https://rp.example/cb?error=access_denied&state=SECRET",
                "https://rp.example/cb?error=access_denied&state=[6 characters]",
            ),
            (
                "/interaction/SECRET/login?request=SECRET",
                "/interaction/…/login",
            ),
            ("/logged-out?x=SECRET", "/logged-out"),
        ] {
            assert_eq!(location(address), expected);
        }
    }

    #[test]
    fn nothing_is_shown_at_any_length() {
        let long = "é".repeat(5_000);
        assert_eq!(shown("scope", &long).chars().count(), LONGEST + 1);
        let name = parameters(&BTreeMap::from([(long, String::new())]), None);
        assert_eq!(name.keys().next().unwrap().chars().count(), LONGEST + 1);
    }
}
