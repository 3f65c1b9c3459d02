use proptest::prelude::*;

use super::*;
use crate::oidc::client::{SubjectType, sample};

fn policy() -> Policy {
    Policy {
        scope: "openid profile email offline_access".parse().unwrap(),
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        response_types: vec![ResponseType::Code],
        auth_methods: vec![
            TokenEndpointAuthMethod::ClientSecretBasic,
            TokenEndpointAuthMethod::PrivateKeyJwt,
            TokenEndpointAuthMethod::None,
        ],
        subject_types: vec![SubjectType::Public, SubjectType::Pairwise],
        may_omit_pkce: true,
    }
}

fn registrant() -> Registrant {
    Registrant {
        client_id: ClientId("c".to_owned()),
        brand: "toyota".to_owned(),
        had: None,
    }
}

fn read(said: Value) -> Result<Client, Error> {
    let said: Map<String, Value> = serde_json::from_value(said).unwrap();
    super::read(said, registrant(), &policy())
}

/// The smallest valid registration, with this member added.
fn with(member: &str, value: Value) -> Value {
    let mut said = json!({"redirect_uris": ["https://rp.example/cb"]});
    said[member] = value;
    said
}

#[test]
fn the_least_has_the_defaults_and_is_another_companys() {
    let client = read(json!({"redirect_uris": ["https://rp.example/cb"]})).unwrap();
    let expected = json!({
        "client_id": "c",
        "client_name": "rp.example",
        "redirect_uris": ["https://rp.example/cb"],
        "post_logout_redirect_uris": [],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "scope": "email openid profile",
        "subject_type": "public",
        "id_token_signed_response_alg": "RS256",
        "application_type": "web",
        "require_pushed_authorization_requests": false,
    });
    assert_eq!(Value::Object(told(&client)), expected);
    assert_eq!(client.party, Party::Third);
    assert_eq!(client.brands, ["toyota"]);
    assert!(client.may_omit_pkce);
}

#[test]
fn subjects_are_pairwise_unless_the_operator_allows_public_ones() {
    let pairwise_only = Policy {
        subject_types: vec![SubjectType::Pairwise],
        ..policy()
    };
    let type_of = |said: Value, had| {
        let said: Map<String, Value> = serde_json::from_value(said).unwrap();
        let registrant = Registrant {
            had,
            ..registrant()
        };
        let client = super::read(said, registrant, &pairwise_only).unwrap();
        client.subject_type
    };
    let public = || with("subject_type", json!("public"));
    let omitted = || json!({"redirect_uris": ["https://rp.example/cb"]});
    assert_eq!(type_of(public(), None), SubjectType::Pairwise);
    assert_eq!(type_of(omitted(), None), SubjectType::Pairwise);
    // Its people keep the subjects that they have there.
    let had = Some(SubjectType::Public);
    assert_eq!(type_of(public(), had), SubjectType::Public);
    assert_eq!(
        type_of(public(), Some(SubjectType::Pairwise)),
        SubjectType::Pairwise
    );
}

#[test]
fn all_that_is_registered_is_told_back() {
    let said = json!({
        "client_name": "Drive", "client_name#ja": "ドライブ",
        "logo_uri": "https://rp.example/logo.png", "logo_uri#ja": "https://rp.example/logo.ja.png",
        "client_uri": "https://rp.example/", "client_uri#en": "https://rp.example/en",
        "policy_uri#ja-JP": "https://rp.example/policy",
        "tos_uri": "https://rp.example/tos",
        "redirect_uris": ["https://rp.example/cb", "https://rp2.example/cb?x=1"],
        "post_logout_redirect_uris": ["https://rp.example/bye"],
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"],
        "application_type": "web",
        "contacts": ["admin@rp.example"],
        "jwks_uri": "https://rp.example/jwks",
        "sector_identifier_uri": "https://rp.example/sector",
        "subject_type": "pairwise",
        "id_token_signed_response_alg": "ES256",
        "id_token_encrypted_response_alg": "RSA-OAEP-256",
        "id_token_encrypted_response_enc": "A256GCM",
        "userinfo_signed_response_alg": "RS256",
        "userinfo_encrypted_response_alg": "ECDH-ES",
        "userinfo_encrypted_response_enc": "A128CBC-HS256",
        "request_object_signing_alg": "PS256",
        "request_object_encryption_alg": "ECDH-ES+A256KW",
        "request_object_encryption_enc": "A128GCM",
        "token_endpoint_auth_method": "private_key_jwt",
        "default_max_age": 3600,
        "require_auth_time": true,
        "default_acr_values": ["https://id.toyota.jp/acr/password-and-code"],
        "initiate_login_uri": "https://rp.example/login",
        "request_uris": ["https://rp.example/request#uFmlIZ6wqAmFDWDqcYlFZMhBJXtvuLzmKp4u5BTlk4I"],
        "backchannel_logout_uri": "https://rp.example/back",
        "backchannel_logout_session_required": true,
        "frontchannel_logout_uri": "https://rp.example/front",
        "frontchannel_logout_session_required": true,
        "require_pushed_authorization_requests": true,
        "scope": "email openid",
        "software_id": "drive",
        "software_version": "1.2",
    });
    let client = read(said.clone()).unwrap();
    let mut expected = said;
    expected["client_id"] = json!("c");
    assert_eq!(Value::Object(told(&client)), expected);
    assert_eq!(client.name_in("ja"), "ドライブ");
    assert_eq!(read(expected).unwrap(), client, "and reads as it is told");
}

#[test]
fn what_only_we_decide_and_what_we_do_not_know_is_ignored() {
    let mut said = with("frobnicate", json!({"deeply": [1]}));
    for (member, value) in [
        ("client_id", json!("common-id")),
        ("client_secret", json!("mine")),
        ("party", json!("first")),
        ("brands", json!(["lexus"])),
        ("may_omit_pkce", json!("yes")),
        ("may_prefill", json!(true)),
        ("dealer_code", json!("20100")),
        ("audience", json!(["https://api.example"])),
        ("authorization_details_types", json!(["dealer_link"])),
        ("required_claims", json!({})),
        ("party#ja", json!("first")),
    ] {
        said[member] = value;
    }
    let least = read(json!({"redirect_uris": ["https://rp.example/cb"]})).unwrap();
    assert_eq!(read(said).unwrap(), least);
}

#[test]
fn nothing_said_is_the_same_as_null() {
    let least = read(with("scope", Value::Null)).unwrap();
    assert_eq!(read(with("logo_uri", Value::Null)).unwrap(), least);
}

#[test]
fn less_is_given_where_less_will_do() {
    let scope = |said| read(said).unwrap().scope.to_string();
    assert_eq!(
        scope(with("scope", json!("openid phone email"))),
        "email openid"
    );
    assert_eq!(
        scope(with("scope", json!("openid offline_access"))),
        "openid"
    );
    let mut refreshing = with(
        "grant_types",
        json!(["authorization_code", "refresh_token"]),
    );
    assert_eq!(
        scope(refreshing.clone()),
        "email offline_access openid profile"
    );
    refreshing["scope"] = json!("openid offline_access");
    assert_eq!(scope(refreshing), "offline_access openid");
    let mut public = with("token_endpoint_auth_method", json!("none"));
    public["redirect_uris"] = json!(["com.example.app:/cb"]);
    public["application_type"] = json!("native");
    assert!(!read(public).unwrap().may_omit_pkce);
}

#[test]
fn every_refusal_has_its_code_and_names_its_member() {
    use ErrorCode::{InvalidClientMetadata, InvalidRedirectUri};
    let pairwise_of_two_hosts = {
        let mut said = with("subject_type", json!("pairwise"));
        said["redirect_uris"] = json!(["https://a.example/", "https://b.example/"]);
        said
    };
    let encrypted_without_keys = with("id_token_encrypted_response_alg", json!("ECDH-ES"));
    let both_kinds_of_keys = {
        let mut said = with("jwks_uri", json!("https://rp.example/jwks"));
        said["jwks"] = json!({"keys": []});
        said
    };
    let metadata = InvalidClientMetadata;
    for (said, code, member) in [
        (json!({}), InvalidRedirectUri, "redirect_uris"),
        (
            with("redirect_uris", json!([])),
            InvalidRedirectUri,
            "redirect_uris",
        ),
        (
            with("redirect_uris", json!("https://rp.example/cb")),
            InvalidRedirectUri,
            "redirect_uris",
        ),
        (
            with("redirect_uris", json!(["https://rp.example/cb#f"])),
            InvalidRedirectUri,
            "redirect_uris",
        ),
        (
            with("redirect_uris", json!(["http://rp.example/cb"])),
            InvalidRedirectUri,
            "redirect_uris",
        ),
        (
            with("redirect_uris", json!(["javascript:alert(1)"])),
            InvalidRedirectUri,
            "redirect_uris",
        ),
        (
            with("redirect_uris", json!(["com.example.app:/cb"])),
            InvalidRedirectUri,
            "redirect_uris",
        ),
        (
            with("redirect_uris", json!(vec!["https://rp.example/"; 101])),
            InvalidRedirectUri,
            "redirect_uris",
        ),
        (
            with("post_logout_redirect_uris", json!(["http://rp.example/"])),
            metadata,
            "post_logout_redirect_uris",
        ),
        (with("client_name", json!("")), metadata, "client_name"),
        (
            with("client_name", json!("a\u{202e}b")),
            metadata,
            "client_name",
        ),
        (
            with("client_name#no tag", json!("a")),
            metadata,
            "client_name",
        ),
        (with("client_name", json!(1)), metadata, "client_name"),
        (
            with("logo_uri", json!("javascript:alert(1)")),
            metadata,
            "logo_uri",
        ),
        (
            with("tos_uri#ja", json!("data:text/html,x")),
            metadata,
            "tos_uri",
        ),
        (
            with("grant_types", json!(["password"])),
            metadata,
            "grant_types",
        ),
        (
            with(
                "grant_types",
                json!(["authorization_code", "client_credentials"]),
            ),
            metadata,
            "grant_types",
        ),
        (with("grant_types", json!([])), metadata, "grant_types"),
        (
            with("response_types", json!([])),
            metadata,
            "response_types",
        ),
        (
            with("response_types", json!(["code", "none"])),
            metadata,
            "response_types",
        ),
        (
            with("token_endpoint_auth_method", json!("client_secret_post")),
            metadata,
            "token_endpoint_auth_method",
        ),
        (
            with("token_endpoint_auth_method", json!("tls_client_auth")),
            metadata,
            "token_endpoint_auth_method",
        ),
        (
            with("token_endpoint_auth_method", json!("private_key_jwt")),
            metadata,
            "jwks",
        ),
        (
            with("jwks", json!({"keys": [{"kty": "oct", "k": "AA"}]})),
            metadata,
            "jwks",
        ),
        (
            with("jwks_uri", json!("http://rp.example/jwks")),
            metadata,
            "jwks_uri",
        ),
        (both_kinds_of_keys, metadata, "jwks_uri"),
        (
            with("application_type", json!("desktop")),
            metadata,
            "application_type",
        ),
        (
            with("subject_type", json!("secret")),
            metadata,
            "subject_type",
        ),
        (pairwise_of_two_hosts, metadata, "subject_type"),
        (
            with("sector_identifier_uri", json!("http://rp.example/s")),
            metadata,
            "sector_identifier_uri",
        ),
        (
            with("id_token_signed_response_alg", json!("none")),
            metadata,
            "id_token_signed_response_alg",
        ),
        (
            with("userinfo_signed_response_alg", json!("none")),
            metadata,
            "userinfo_signed_response_alg",
        ),
        (encrypted_without_keys, metadata, "jwks"),
        (
            with("id_token_encrypted_response_enc", json!("A128GCM")),
            metadata,
            "id_token_encrypted_response_enc",
        ),
        (
            with("userinfo_encrypted_response_enc", json!("A128GCM")),
            metadata,
            "userinfo_encrypted_response_enc",
        ),
        (
            with("request_object_encryption_enc", json!("A128GCM")),
            metadata,
            "request_object_encryption_enc",
        ),
        (
            with("request_object_encryption_alg", json!("RSA1_5")),
            metadata,
            "request_object_encryption_alg",
        ),
        (
            with("default_max_age", json!("1h")),
            metadata,
            "default_max_age",
        ),
        (
            with("default_acr_values", json!(["1"])),
            metadata,
            "default_acr_values",
        ),
        (
            with("initiate_login_uri", json!("http://rp.example/login")),
            metadata,
            "initiate_login_uri",
        ),
        (
            with("initiate_login_uri", json!("http://localhost/login")),
            metadata,
            "initiate_login_uri",
        ),
        (
            with("request_uris", json!(["http://rp.example/r"])),
            metadata,
            "request_uris",
        ),
        (
            with(
                "request_uris",
                json!([format!("https://rp.example/{}", "r".repeat(512))]),
            ),
            metadata,
            "request_uris",
        ),
        (
            with("request_uris", json!(vec!["https://rp.example/r"; 21])),
            metadata,
            "request_uris",
        ),
        (with("contacts", json!(["a\nb"])), metadata, "contacts"),
        (
            with("backchannel_logout_uri", json!("https://rp.example/back#f")),
            metadata,
            "backchannel_logout_uri",
        ),
        (
            with("backchannel_logout_uri", json!("http://rp.example/back")),
            metadata,
            "backchannel_logout_uri",
        ),
        (
            with(
                "frontchannel_logout_uri",
                json!("https://other.example/front"),
            ),
            metadata,
            "frontchannel_logout_uri",
        ),
        (
            with(
                "frontchannel_logout_uri",
                json!("https://rp.example:8443/front"),
            ),
            metadata,
            "frontchannel_logout_uri",
        ),
        (with("scope", json!("phone")), metadata, "scope"),
        (with("scope", json!(["openid"])), metadata, "scope"),
        (with("scope", json!("open\"id")), metadata, "scope"),
    ] {
        let error = read(said.clone()).unwrap_err();
        assert_eq!(error.code, code, "{said} {error}");
        assert!(
            error.description.contains(&format!("{member}: ")),
            "{said} {error}"
        );
    }
}

#[test]
fn a_very_long_complaint_is_cut() {
    let uris: Vec<_> = (0..90).map(|n| format!("http://rp{n}.example/")).collect();
    let error = read(with("redirect_uris", json!(uris))).unwrap_err();
    assert!(
        error.description.len() < 1_010,
        "{}",
        error.description.len()
    );
    assert!(error.description.ends_with("..."));
}

/// Generates members with valid, almost valid and completely wrong values.
fn said() -> impl Strategy<Value = Value> {
    let uri = prop::sample::select(vec![
        "https://rp.example/cb",
        "https://rp.example/cb#f",
        "http://rp.example/cb",
        "http://localhost:8080/",
        "http://127.0.0.1/",
        "com.example.app:/cb",
        "javascript:alert(1)",
        "https://user:pw@rp.example/",
        "https://[::1]/",
        "",
    ]);
    let word = prop::sample::select(vec![
        "code",
        "id_token",
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "none",
        "private_key_jwt",
        "client_secret_basic",
        "web",
        "native",
        "pairwise",
        "public",
        "RS256",
        "ECDH-ES",
        "A128GCM",
        "openid",
        "openid offline_access",
        "日本語",
        "a\u{0}b",
    ]);
    let text = prop_oneof![
        uri.prop_map(str::to_owned),
        word.prop_map(str::to_owned),
        "\\PC{0,20}",
    ];
    let scalar = prop_oneof![
        text.prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!({"keys": [{"kty": "EC"}]})),
    ];
    let value = prop_oneof![
        scalar.clone(),
        prop::collection::vec(scalar, 0..4).prop_map(Value::from),
    ];
    let tag = prop::option::of(prop::sample::select(vec!["", "ja", "ja-Kana-JP", "no tag"]));
    let member = (prop::sample::select(MEMBERS.to_vec()), tag).prop_map(|(name, tag)| match tag {
        Some(tag) => format!("{name}#{tag}"),
        None => name.to_owned(),
    });
    prop::collection::hash_map(member, value, 0..8)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

/// Members' names, with any JSON as the value of each.
fn said_deeply() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    let any_json = leaf.prop_recursive(4, 24, 4, |inner| {
        let object = prop::collection::hash_map("\\PC{0,6}", inner.clone(), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Value::from),
            object.prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    let member = prop_oneof![
        prop::sample::select(MEMBERS.to_vec()).prop_map(str::to_owned),
        "\\PC{0,12}",
    ];
    prop::collection::hash_map(member, any_json, 0..6)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn whatever_is_accepted_is_lawful_and_within_the_policy(said in said(), lawful_redirect: bool) {
        let mut said = said;
        if lawful_redirect {
            said["redirect_uris"] = json!(["https://rp.example/cb"]);
        }
        if let Ok(client) = read(said) {
            let policy = policy();
            prop_assert_eq!(client_metadata::check(&client), Ok(()));
            prop_assert_eq!(client.party, Party::Third);
            prop_assert_eq!(&client.brands, &["toyota".to_owned()]);
            prop_assert_eq!(&client.client_id.0, "c");
            prop_assert!(policy.scope.covers(&client.scope));
            prop_assert!(client.grant_types.iter().all(|grant| policy.grant_types.contains(grant)));
            prop_assert!(client.redirect_uris.iter().all(|uri| !uri.contains('#')));
            prop_assert!(!client.redirect_uris.iter().any(|uri| uri.starts_with("javascript:")));
            prop_assert!(client.dealer_code.is_none() && !client.may_prefill);
            prop_assert!(client.subject_type == SubjectType::Public
                || client.sector_identifier_uri.is_some()
                || crate::oidc::subject::hosts(&client).len() <= 1);
            // The returned metadata can be registered again and yields the same client.
            prop_assert_eq!(read(Value::Object(told(&client))), Ok(client));
        }
    }

    #[test]
    fn every_refusal_has_a_code_of_registration_and_a_short_description(said in said_deeply()) {
        if let Err(error) = read(said) {
            let codes = [ErrorCode::InvalidRedirectUri, ErrorCode::InvalidClientMetadata];
            prop_assert!(codes.contains(&error.code), "{error}");
            let length = error.description.len();
            prop_assert!((1..1_010).contains(&length), "{length}");
        }
    }
}

#[test]
fn every_member_is_one_of_a_client() {
    let mut client = serde_json::to_value(sample()).unwrap();
    for member in MEMBERS {
        client[member] = json!({"surely": ["no", "such", "value"]});
        // The value may be wrong for the member (for `jwks` it is not), but the member must be known.
        if let Err(error) = strict::from_value::<Client>(client.clone()) {
            let unknown = error.to_string().contains("unknown field");
            assert!(!unknown, "{member}: {error}");
        }
        client = serde_json::to_value(sample()).unwrap();
    }
}
