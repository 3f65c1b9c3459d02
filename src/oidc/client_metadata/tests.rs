use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::accounts::consent::LegalPerson;
use crate::oidc::client::{ApplicationType, ClientId, EventDelivery, ResponseType, sample};

/// The members that the check refuses.
fn wrong(client: &Client) -> Vec<&'static str> {
    check(client)
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|unlawful| unlawful.field)
        .collect()
}

fn native() -> Client {
    Client {
        application_type: ApplicationType::Native,
        token_endpoint_auth_method: TokenEndpointAuthMethod::None,
        grant_types: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        ..sample()
    }
}

fn machine() -> Client {
    Client {
        grant_types: vec![GrantType::ClientCredentials],
        response_types: vec![],
        redirect_uris: vec![],
        scope: "links:read".parse().unwrap(),
        ..sample()
    }
}

fn redirecting(client: Client, uri: &str) -> Client {
    Client {
        redirect_uris: vec![uri.to_owned()],
        ..client
    }
}

/// A device that cannot show a login page.
fn device() -> Client {
    Client {
        token_endpoint_auth_method: TokenEndpointAuthMethod::None,
        grant_types: vec![GrantType::DeviceCode, GrantType::RefreshToken],
        response_types: vec![],
        redirect_uris: vec![],
        ..sample()
    }
}

#[test]
fn web_native_machine_and_device_clients_are_lawful() {
    for client in [sample(), native(), machine(), device()] {
        assert_eq!(check(&client), Ok(()));
    }
}

#[test]
fn redirect_uris_are_https_or_stay_on_this_machine() {
    for uri in [
        "https://rp.example/cb",
        "https://rp.example:8443/cb?x=1",
        "http://localhost:3000/cb",
        "http://maintenance.localhost:8080/callback",
        "http://127.0.0.1/cb",
        "http://[::1]/cb",
    ] {
        assert!(wrong(&redirecting(sample(), uri)).is_empty(), "{uri}");
    }
    for uri in [
        "",
        "/cb",
        "rp.example/cb",
        "//rp.example/cb",
        "http://rp.example/cb",
        "http://localhost.evil.example/cb",
        "http://10.0.0.1/cb",
        "https://rp.example/cb#x",
        "https://rp.example/cb#",
        "https://user@rp.example/cb",
        "https://user:pw@rp.example/cb",
        "https://rp.example/c b",
        "https://rp.example/\tcb",
        "https://日本.example/cb",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://rp.example/cb",
        "com.example.app:/cb",
    ] {
        assert_eq!(
            wrong(&redirecting(sample(), uri)),
            ["redirect_uris"],
            "{uri}"
        );
    }
}

#[test]
fn a_scheme_of_ones_own_is_for_public_clients_and_has_a_dot() {
    assert!(wrong(&redirecting(native(), "com.example.app:/cb")).is_empty());
    for uri in [
        "app:/cb",
        "javascript:alert(1)",
        "intent://x",
        "com.example.app:/cb#x",
    ] {
        assert_eq!(
            wrong(&redirecting(native(), uri)),
            ["redirect_uris"],
            "{uri}"
        );
    }
}

#[test]
fn where_a_person_goes_after_logout_is_as_strict() {
    let client = Client {
        post_logout_redirect_uris: vec!["http://rp.example/bye".to_owned()],
        ..sample()
    };
    assert_eq!(wrong(&client), ["post_logout_redirect_uris"]);
}

#[test]
fn links_in_our_pages_are_of_the_web() {
    let with = |uri: &str| Client {
        policy_uri: uri.parse::<Url>().unwrap().into(),
        ..sample()
    };
    assert!(wrong(&with("https://rp.example/policy")).is_empty());
    for uri in [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://rp.example/",
    ] {
        assert_eq!(wrong(&with(uri)), ["policy_uri"], "{uri}");
    }
}

#[test]
fn names_are_there_and_plain() {
    let named = |name: &str| BTreeMap::from([(String::new(), name.to_owned())]);
    for (client, field) in [
        (
            Client {
                client_id: ClientId(String::new()),
                ..sample()
            },
            "client_id",
        ),
        (
            Client {
                client_id: ClientId("a b".to_owned()),
                ..sample()
            },
            "client_id",
        ),
        (
            Client {
                client_id: ClientId("a:b".to_owned()),
                ..sample()
            },
            "client_id",
        ),
        (
            Client {
                client_id: ClientId("a".repeat(129)),
                ..sample()
            },
            "client_id",
        ),
        (
            Client {
                client_name: BTreeMap::new(),
                ..sample()
            },
            "client_name",
        ),
        (
            Client {
                client_name: named(" "),
                ..sample()
            },
            "client_name",
        ),
        (
            Client {
                client_name: named("a\u{1b}b"),
                ..sample()
            },
            "client_name",
        ),
        (
            Client {
                brands: vec![],
                ..sample()
            },
            "brands",
        ),
    ] {
        assert_eq!(wrong(&client), [field], "{:?}", client.client_id);
    }
}

#[test]
fn grants_fit_one_another() {
    let code = GrantType::AuthorizationCode;
    for (client, fields) in [
        (
            Client {
                grant_types: vec![],
                ..machine()
            },
            vec!["grant_types"],
        ),
        (
            Client {
                redirect_uris: vec![],
                ..sample()
            },
            vec!["redirect_uris"],
        ),
        (
            Client {
                response_types: vec![],
                ..sample()
            },
            vec!["response_types"],
        ),
        (
            Client {
                grant_types: vec![GrantType::RefreshToken],
                ..machine()
            },
            vec!["grant_types"],
        ),
        (
            Client {
                response_types: vec![ResponseType::Code],
                ..machine()
            },
            vec!["response_types"],
        ),
        (
            Client {
                grant_types: vec![code, GrantType::ClientCredentials, GrantType::RefreshToken],
                ..native()
            },
            vec!["grant_types"],
        ),
        (
            Client {
                grant_types: vec![code],
                ..sample()
            },
            vec!["scope"],
        ),
        (
            Client {
                scope: Default::default(),
                ..sample()
            },
            vec!["scope"],
        ),
    ] {
        assert_eq!(wrong(&client), fields, "{:?}", client.grant_types);
    }
}

#[test]
fn response_types_and_grants_stand_for_each_other() {
    use GrantType::{AuthorizationCode as Code, Implicit};
    let client = |grant_types: &[GrantType], response_types: &[ResponseType]| Client {
        grant_types: grant_types.to_vec(),
        response_types: response_types.to_vec(),
        scope: "openid".parse().unwrap(),
        ..sample()
    };
    // The table of Dynamic Client Registration §2.
    for (response_type, grants) in [
        (ResponseType::Code, &[Code][..]),
        (ResponseType::IdToken, &[Implicit]),
        (ResponseType::IdTokenToken, &[Implicit]),
        (ResponseType::CodeIdToken, &[Code, Implicit]),
        (ResponseType::CodeToken, &[Code, Implicit]),
        (ResponseType::CodeIdTokenToken, &[Code, Implicit]),
    ] {
        assert!(
            wrong(&client(grants, &[response_type])).is_empty(),
            "{response_type}"
        );
        for other in [&[Code][..], &[Implicit], &[Code, Implicit]] {
            if other != grants {
                let found = wrong(&client(other, &[response_type]));
                assert!(
                    found.contains(&"response_types"),
                    "{response_type} {other:?}"
                );
            }
        }
    }
    assert!(wrong(&client(&[Code, Implicit], ResponseType::ALL)).is_empty());
}

#[test]
fn tokens_are_sent_by_https_to_a_host_that_is_not_this_machine() {
    let implicit = |uri: &str| {
        let client = Client {
            grant_types: vec![GrantType::Implicit],
            response_types: vec![ResponseType::IdToken],
            scope: "openid".parse().unwrap(),
            ..sample()
        };
        redirecting(client, uri)
    };
    assert!(wrong(&implicit("https://rp.example/cb")).is_empty());
    for uri in [
        "http://localhost:3000/cb",
        "http://127.0.0.1/cb",
        "https://localhost/cb",
        "https://rp.localhost/cb",
        "https://[::1]/cb",
    ] {
        assert_eq!(wrong(&implicit(uri)), ["redirect_uris"], "{uri}");
    }
    let nowhere = Client {
        redirect_uris: vec![],
        ..implicit("https://rp.example/cb")
    };
    assert_eq!(wrong(&nowhere), ["redirect_uris"]);
    let refreshing = Client {
        grant_types: vec![GrantType::Implicit, GrantType::RefreshToken],
        ..implicit("https://rp.example/cb")
    };
    assert_eq!(wrong(&refreshing), ["grant_types"]);
}

#[test]
fn what_needs_proof_is_not_for_public_clients() {
    for (client, field) in [
        (
            Client {
                may_omit_pkce: true,
                ..native()
            },
            "may_omit_pkce",
        ),
        (
            Client {
                may_prefill: true,
                ..native()
            },
            "may_prefill",
        ),
        (
            Client {
                require_pushed_authorization_requests: true,
                ..native()
            },
            "require_pushed_authorization_requests",
        ),
        (
            Client {
                may_prefill: true,
                party: Party::Third,
                subject_type: SubjectType::Pairwise,
                ..sample()
            },
            "may_prefill",
        ),
    ] {
        assert_eq!(wrong(&client), [field]);
    }
}

#[test]
fn details_audience_and_sector_are_checked() {
    for (client, field) in [
        (
            Client {
                authorization_details_types: vec!["payment".to_owned()],
                ..sample()
            },
            "authorization_details_types",
        ),
        (
            Client {
                audience: vec!["a b".to_owned()],
                ..sample()
            },
            "audience",
        ),
        (
            Client {
                subject_type: SubjectType::Pairwise,
                redirect_uris: vec![
                    "https://a.example/cb".to_owned(),
                    "https://b.example/cb".to_owned(),
                ],
                ..sample()
            },
            "subject_type",
        ),
    ] {
        assert_eq!(wrong(&client), [field]);
    }
}

#[test]
fn private_key_jwt_needs_lawful_public_keys() {
    let with = |jwks: Option<serde_json::Value>| Client {
        token_endpoint_auth_method: TokenEndpointAuthMethod::PrivateKeyJwt,
        jwks,
        ..sample()
    };
    let coordinate = "A".repeat(43);
    let ec = |kid: &str| json!({"kty": "EC", "crv": "P-256", "x": coordinate, "y": coordinate, "kid": kid});
    let rsa = |n: usize| json!({"kty": "RSA", "n": "A".repeat(n), "e": "AQAB"});
    for keys in [
        json!([ec("1")]),
        json!([ec("1"), ec("2")]),
        json!([rsa(342)]),
        json!([{"kty": "OKP", "crv": "Ed25519", "x": coordinate}]),
    ] {
        assert!(
            wrong(&with(Some(json!({ "keys": keys })))).is_empty(),
            "{keys}"
        );
    }
    for keys in [
        json!([]),
        json!("x"),
        json!(["x"]),
        json!([{}]),
        json!([ec("1"), ec("1")]),
        json!([ec("1"), rsa(342)]),
        json!([rsa(171)]),
        json!([{"kty": "oct", "k": "AAAA"}]),
        json!([{"kty": "EC", "crv": "P-256", "x": coordinate, "y": coordinate, "d": coordinate}]),
        json!([{"kty": "EC", "crv": "P-256", "x": "AAAA", "y": coordinate}]),
        json!([{"kty": "EC", "crv": "secp256k1", "x": coordinate, "y": coordinate}]),
    ] {
        assert_eq!(
            wrong(&with(Some(json!({ "keys": keys })))),
            ["jwks"],
            "{keys}"
        );
    }
    assert_eq!(wrong(&with(None)), ["jwks"]);
    assert_eq!(wrong(&with(Some(json!([])))), ["jwks"]);
}

#[test]
fn keys_for_signatures_and_for_encryption_may_be_in_one_set() {
    use crate::oidc::client::AssertionAlgorithm;
    use crate::oidc::encryption::KeyManagementAlgorithm::{EcdhEs, EcdhEsA256Kw, RsaOaep256};
    let coordinate = "A".repeat(43);
    let signs = json!({"kty": "OKP", "crv": "Ed25519", "x": coordinate, "kid": "sig"});
    let p384 = "A".repeat(64);
    let keys = json!({"keys": [
        signs,
        {"kty": "EC", "crv": "P-384", "x": p384, "y": p384, "kid": "enc", "use": "enc"},
        {"kty": "OKP", "crv": "X25519", "x": coordinate, "kid": "montgomery"},
    ]});
    let client = |jwks: &serde_json::Value| Client {
        token_endpoint_auth_method: TokenEndpointAuthMethod::PrivateKeyJwt,
        jwks: Some(jwks.clone()),
        id_token_encrypted_response_alg: Some(EcdhEs),
        userinfo_encrypted_response_alg: Some(EcdhEsA256Kw),
        token_endpoint_auth_signing_alg: Some(AssertionAlgorithm::EdDsa),
        ..sample()
    };
    assert_eq!(check(&client(&keys)), Ok(()));
    let only_signs = json!({"keys": [signs]});
    assert_eq!(
        wrong(&client(&only_signs)),
        [
            "id_token_encrypted_response_alg",
            "userinfo_encrypted_response_alg"
        ]
    );
    let only_opens = json!({"keys": [keys["keys"][1]]});
    assert_eq!(wrong(&client(&only_opens)), ["jwks"]);
    let by_rsa = Client {
        userinfo_encrypted_response_alg: Some(RsaOaep256),
        ..client(&keys)
    };
    assert_eq!(wrong(&by_rsa), ["userinfo_encrypted_response_alg"]);
    let by_secret = Client {
        token_endpoint_auth_signing_alg: Some(AssertionAlgorithm::Hs256),
        ..client(&keys)
    };
    assert_eq!(wrong(&by_secret), ["token_endpoint_auth_signing_alg"]);
}

proptest! {
    #[test]
    fn a_lawful_redirect_uri_is_a_header_value_and_keeps_its_host(uri in "(https?|com\\.x|javascript)://?[ -~あ]{0,30}") {
        let client = redirecting(native(), &uri);
        if check(&client).is_ok() {
            prop_assert!(uri.bytes().all(|b| b.is_ascii_graphic()));
            let url = url::Url::parse(&uri).unwrap();
            prop_assert!(url.fragment().is_none() && url.username().is_empty());
        }
    }
}

#[test]
fn a_device_needs_a_scope_to_ask_for() {
    let client = Client {
        scope: super::super::scope::Scope::default(),
        ..device()
    };
    assert_eq!(wrong(&client), ["scope"]);
}

#[test]
fn a_company_is_told_whole_or_not_at_all() {
    let legal = |name: &str, representative: &str| Client {
        legal: Some(LegalPerson {
            name: name.into(),
            address: "東京都港区".into(),
            representative: representative.into(),
        }),
        ..sample()
    };
    assert_eq!(check(&legal("株式会社", "代表取締役")), Ok(()));
    assert_eq!(wrong(&legal("株式会社", " ")), ["legal"]);
    assert_eq!(wrong(&legal("", "代表取締役")), ["legal"]);
}

/// A client that is a dealer's own system.
fn dealer() -> Client {
    Client {
        party: Party::Third,
        subject_type: SubjectType::Pairwise,
        scope: "dealer.customers".parse().unwrap(),
        dealer_code: Some("20100".to_owned()),
        event_delivery: delivery("https://dealer.example/events"),
        ..machine()
    }
}

fn delivery(url: &str) -> Option<EventDelivery> {
    Some(EventDelivery {
        endpoint_url: url.parse().unwrap(),
    })
}

#[test]
fn a_dealers_system_is_another_companys_machine() {
    for url in [
        "https://dealer.example/events?x=1",
        "http://dealer.localhost:8080/events",
        "http://127.0.0.1:3000/",
    ] {
        let client = Client {
            event_delivery: delivery(url),
            ..dealer()
        };
        assert_eq!(check(&client), Ok(()), "{url}");
    }
    for (client, field) in [
        (
            Client {
                party: Party::First,
                ..dealer()
            },
            "dealer_code",
        ),
        (
            Client {
                subject_type: SubjectType::Public,
                ..dealer()
            },
            "dealer_code",
        ),
        (
            Client {
                dealer_code: Some("2 0".to_owned()),
                ..dealer()
            },
            "dealer_code",
        ),
        (
            Client {
                grant_types: vec![GrantType::AuthorizationCode],
                response_types: vec![ResponseType::Code],
                redirect_uris: vec!["https://dealer.example/cb".to_owned()],
                ..dealer()
            },
            "dealer_code",
        ),
        (
            Client {
                dealer_code: None,
                event_delivery: None,
                ..dealer()
            },
            "scope",
        ),
        (
            Client {
                dealer_code: None,
                scope: Default::default(),
                ..dealer()
            },
            "event_delivery",
        ),
    ] {
        assert_eq!(wrong(&client), [field], "{client:?}");
    }
}

#[test]
fn events_go_to_a_plain_place_of_the_web() {
    for url in [
        "http://dealer.example/events",
        "ftp://dealer.example/events",
        "http://localhost.evil.example/",
        "https://user@dealer.example/",
        "https://dealer.example/#x",
    ] {
        let client = Client {
            event_delivery: delivery(url),
            ..dealer()
        };
        assert_eq!(wrong(&client), ["event_delivery"], "{url}");
    }
}

#[test]
fn keys_are_registered_by_value_or_by_reference() {
    let with = |jwks_uri: &str| Client {
        token_endpoint_auth_method: TokenEndpointAuthMethod::PrivateKeyJwt,
        jwks_uri: Some(jwks_uri.parse().unwrap()),
        ..sample()
    };
    for uri in [
        "https://rp.example/jwks.json?v=1",
        "http://rp.localhost:8080/jwks",
    ] {
        assert_eq!(check(&with(uri)), Ok(()), "{uri}");
    }
    for uri in [
        "http://rp.example/jwks",
        "https://rp.example/jwks#one",
        "https://user@rp.example/jwks",
        "data:application/json,{}",
    ] {
        assert_eq!(wrong(&with(uri)), ["jwks_uri"], "{uri}");
    }
    let both = Client {
        jwks: Some(json!({"keys": []})),
        ..with("https://rp.example/jwks")
    };
    assert_eq!(wrong(&both), ["jwks_uri"]);
}
