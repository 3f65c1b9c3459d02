use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::oidc::client::sample;

const ISSUER: &str = "https://id.example";
const NOW: Timestamp = Timestamp(1_700_000_000);
const URI: &str = "https://rp.example/request#hash";

fn raw(parameters: &[(&str, &str)]) -> RawAuthorizationRequest {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    RawAuthorizationRequest(parameters.iter().map(owned).collect())
}

fn by_reference() -> Client {
    Client {
        request_uris: vec![URI.to_owned()],
        ..sample()
    }
}

fn signing() -> Client {
    Client {
        require_signed_request_object: true,
        ..sample()
    }
}

fn merge(
    parameters: &[(&str, &str)],
    object: &Value,
    client: &Client,
    channel: Channel,
) -> Result<BTreeMap<String, String>, Error> {
    let circumstances = Circumstances {
        client,
        issuer: ISSUER,
        channel,
        now: NOW,
    };
    let object = object.as_object().unwrap();
    merged(&raw(parameters), object, circumstances).map(|merged| merged.0)
}

fn by_browser(
    parameters: &[(&str, &str)],
    object: &Value,
) -> Result<BTreeMap<String, String>, Error> {
    merge(parameters, object, &sample(), Channel::Browser)
}

fn header(header: &Value) -> String {
    format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(header.to_string()))
}

#[test]
fn an_object_comes_by_value_or_from_where_the_client_registered_it() {
    let client = by_reference();
    for (parameters, means) in [
        (&[][..], Handed::Nothing),
        (&[("request", "a.b.c")], Handed::ByValue("a.b.c")),
        (&[("request_uri", URI)], Handed::ByReference(URI)),
    ] {
        assert_eq!(handed(&raw(parameters), &client), Ok(means));
    }
}

#[test]
fn what_is_handed_over_otherwise_is_refused() {
    use ErrorCode::{InvalidRequest, InvalidRequestUri, RequestUriNotSupported};
    for (parameters, client, code) in [
        (
            &[("request", "a.b.c"), ("request_uri", URI)][..],
            by_reference(),
            InvalidRequest,
        ),
        (&[("request_uri", URI)], sample(), RequestUriNotSupported),
        (
            &[("request_uri", "https://rp.example/request")],
            by_reference(),
            InvalidRequestUri,
        ),
        (
            &[("request_uri", "https://rp.example/request#other")],
            by_reference(),
            InvalidRequestUri,
        ),
        (
            &[("request_uri", "https://rp.example/request?x#hash")],
            by_reference(),
            InvalidRequestUri,
        ),
        (
            &[("request_uri", "http://127.0.0.1/")],
            by_reference(),
            InvalidRequestUri,
        ),
        (&[("request_uri", "")], by_reference(), InvalidRequestUri),
        (&[], signing(), InvalidRequest),
    ] {
        let error = handed(&raw(parameters), &client).unwrap_err();
        assert_eq!(error.code, code, "{parameters:?}");
    }
}

#[test]
fn an_object_is_verified_by_an_algorithm_the_client_may_use() {
    for &algorithm in SigningAlgorithm::ALL {
        let object = header(&json!({"alg": algorithm, "kid": "k"}));
        assert_eq!(algorithm_of(&object, &sample()), Ok(algorithm));
        let registered = Client {
            request_object_signing_alg: Some(SigningAlgorithm::Es256),
            ..sample()
        };
        let is_its_own = algorithm == SigningAlgorithm::Es256;
        assert_eq!(algorithm_of(&object, &registered).is_ok(), is_its_own);
    }
    for typ in [
        "oauth-authz-req+jwt",
        "JWT",
        "jwt",
        "application/oauth-authz-req+jwt",
    ] {
        let object = header(&json!({"alg": "RS256", "typ": typ}));
        assert!(algorithm_of(&object, &sample()).is_ok(), "{typ}");
    }
}

#[test]
fn no_object_goes_unsigned_and_none_is_taken_for_another_thing() {
    for object in [
        header(&json!({"alg": "none"})),
        header(&json!({"alg": "None"})),
        header(&json!({"alg": "HS256"})),
        header(&json!({"alg": null})),
        header(&json!({})),
        header(&json!([])),
        header(&json!({"alg": "RS256", "typ": "at+jwt"})),
        header(&json!({"alg": "RS256", "typ": "client-authentication+jwt"})),
        String::new(),
        "eyJ".to_owned(),
        "?.?.?".to_owned(),
    ] {
        let error = algorithm_of(&object, &sample()).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequestObject, "{object}");
    }
}

#[test]
fn what_is_inside_wins_and_what_is_beside_fills_in() {
    let beside = [
        ("client_id", "maintenance"),
        ("response_type", "code"),
        ("request", "a.b.c"),
        ("redirect_uri", "https://evil.example/"),
        ("state", "beside"),
    ];
    let inside = json!({
        "iss": "maintenance", "aud": ISSUER, "exp": NOW.0 + 60, "jti": "1",
        "client_id": "maintenance", "redirect_uri": "https://rp.example/cb", "scope": "openid",
        "max_age": 300, "claims": {"id_token": {"acr": null}}, "nonce": null, "login_hint": "",
    });
    let merged = by_browser(&beside, &inside).unwrap();
    let expected = raw(&[
        ("client_id", "maintenance"),
        ("response_type", "code"),
        ("redirect_uri", "https://rp.example/cb"),
        ("state", "beside"),
        ("scope", "openid"),
        ("max_age", "300"),
        ("claims", r#"{"id_token":{"acr":null}}"#),
    ]);
    assert_eq!(merged, expected.0);
}

#[test]
fn where_all_must_be_signed_what_is_beside_counts_for_nothing() {
    let beside = [
        ("client_id", "maintenance"),
        ("state", "beside"),
        ("request", "a.b.c"),
        ("prompt", "none"),
    ];
    let inside = json!({"scope": "openid"});
    let only = raw(&[("client_id", "maintenance"), ("scope", "openid")]).0;
    for (client, channel) in [(signing(), Channel::Browser), (sample(), Channel::Pushed)] {
        assert_eq!(merge(&beside, &inside, &client, channel), Ok(only.clone()));
    }
}

#[test]
fn an_object_is_from_the_client_for_us_and_for_now() {
    for lawful in [
        json!({}),
        json!({"iss": "maintenance", "aud": ISSUER}),
        json!({"aud": ["https://other.example", ISSUER]}),
        json!({"exp": NOW.0 + 1, "nbf": NOW.0, "iat": NOW.0 + 30}),
        json!({"exp": NOW.0 as f64 + 1.5}),
        json!({"sub": "a person"}),
    ] {
        assert!(by_browser(&[], &lawful).is_ok(), "{lawful}");
    }
    for unlawful in [
        json!({"iss": "other"}),
        json!({"iss": null}),
        json!({"sub": "maintenance"}),
        json!({"aud": "https://other.example"}),
        json!({"aud": "https://id.example/"}),
        json!({"aud": "https://id.example/authorize"}),
        json!({"aud": []}),
        json!({"aud": null}),
        json!({"exp": NOW.0}),
        json!({"exp": "later"}),
        json!({"exp": null}),
        json!({"nbf": NOW.0 + 31}),
        json!({"iat": NOW.0 + 31}),
        json!({"iat": {}}),
        json!({"request": "a.b.c"}),
        json!({"request_uri": URI}),
        json!({"state": "a\0b"}),
    ] {
        let error = by_browser(&[], &unlawful).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequestObject, "{unlawful}");
        assert!(error.description.starts_with("the request object: "));
    }
}

#[test]
fn client_and_response_type_are_the_same_in_both() {
    let beside = [
        ("client_id", "maintenance"),
        ("response_type", "code id_token"),
    ];
    for (inside, agrees) in [
        (json!({"client_id": "maintenance"}), true),
        (json!({"response_type": "id_token code"}), true),
        (json!({"response_type": "code"}), false),
        (json!({"client_id": "other"}), false),
        (json!({"client_id": 7}), false),
    ] {
        assert_eq!(by_browser(&beside, &inside).is_ok(), agrees, "{inside}");
    }
    // Two unsupported response types do not count as equal for that reason.
    let unknown = [("response_type", "x")];
    assert!(by_browser(&unknown, &json!({"response_type": "y"})).is_err());
}

#[test]
fn an_object_holds_no_more_than_a_query_may() {
    let many: Map<String, Value> = (0..=parameters::MOST)
        .map(|n| (format!("p{n}"), json!(n)))
        .collect();
    assert!(by_browser(&[], &Value::Object(many)).is_err());
}

#[test]
fn five_parts_are_encrypted() {
    assert!(is_encrypted("a.b.c.d.e") && !is_encrypted("a.b.c") && !is_encrypted(""));
}

proptest! {
    #[test]
    fn whatever_stands_in_an_object_is_refused_or_lawful(
        members in prop::collection::btree_map(name(), value(), 0..8),
        beside in prop::collection::btree_map(name(), "[ -~]{1,12}", 0..6),
        header in "\\PC{0,40}",
        pushed in any::<bool>(),
    ) {
        let _ = algorithm_of(&header, &sample());
        let object = Value::Object(members.clone().into_iter().collect());
        let beside: Vec<(&str, &str)> = beside.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let _ = handed(&raw(&beside), &by_reference());
        let channel = if pushed { Channel::Pushed } else { Channel::Browser };
        if let Ok(merged) = merge(&beside, &object, &sample(), channel) {
            prop_assert!(!merged.contains_key("request") && !merged.contains_key("request_uri"));
            prop_assert!(merged.values().all(|value| !value.is_empty()));
            for (name, value) in &merged {
                let inside = members.get(name).filter(|_| !OF_THE_JWT.contains(&name.as_str()));
                match inside {
                    Some(Value::String(text)) if !text.is_empty() => prop_assert_eq!(text, value),
                    Some(Value::Null | Value::String(_)) | None => {
                        prop_assert!(!pushed || name == "client_id");
                        prop_assert!(beside.contains(&(name.as_str(), value.as_str())));
                    }
                    Some(other) => prop_assert_eq!(&other.to_string(), value),
                }
            }
            for name in ["iss", "aud"] {
                let lawful = [None, Some(json!("maintenance")), Some(json!(ISSUER))];
                prop_assert!(lawful.contains(&members.get(name).cloned()), "{name}");
            }
        }
    }
}

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "client_id",
        "redirect_uri",
        "response_type",
        "state",
        "scope",
        "max_age",
        "claims",
        "request",
        "request_uri",
        "x",
    ])
    .prop_map(str::to_owned)
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            json!("maintenance"),
            json!(ISSUER),
            json!([]),
            json!({"a": [1]})
        ]),
    ]
}
