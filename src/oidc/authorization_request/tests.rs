use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::oidc::ErrorCode;
use crate::oidc::claims;
use crate::oidc::client::{GrantType, Party, TokenEndpointAuthMethod, sample};
use crate::oidc::name_script::NameScript;

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The parameters of a valid request with these changes. An empty value removes one.
fn raw(changes: &[(&str, &str)]) -> RawAuthorizationRequest {
    let mut parameters: BTreeMap<String, String> = [
        ("client_id", "maintenance"),
        ("redirect_uri", "https://rp.example/cb"),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "s"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    for &(name, value) in changes {
        parameters.insert(name.to_owned(), value.to_owned());
    }
    parameters.retain(|_, value| !value.is_empty());
    RawAuthorizationRequest(parameters)
}

fn context(channel: Channel) -> RequestContext<'static> {
    RequestContext {
        channel,
        id_token_hint: &HintedBy::Nothing,
        dealer_exists: &|code| code == "20100",
    }
}

fn check_of(changes: &[(&str, &str)], client: &Client) -> Result<AuthorizationRequest, Refused> {
    check(&raw(changes), client, context(Channel::Browser))
}

fn lawful(changes: &[(&str, &str)]) -> AuthorizationRequest {
    check_of(changes, &sample()).unwrap()
}

/// The error that is shown as a page.
fn shown(changes: &[(&str, &str)], client: &Client) -> Error {
    match check_of(changes, client).unwrap_err() {
        Refused::Show(error) => error,
        Refused::Redirect(refused) => panic!("redirected: {}", refused.error),
    }
}

/// The error that is sent to the client.
fn redirected(changes: &[(&str, &str)], client: &Client) -> RefusedRedirect {
    match check_of(changes, client).unwrap_err() {
        Refused::Redirect(refused) => *refused,
        Refused::Show(error) => panic!("shown: {error}"),
    }
}

fn native() -> Client {
    Client {
        token_endpoint_auth_method: TokenEndpointAuthMethod::None,
        redirect_uris: vec!["http://127.0.0.1/cb".to_owned()],
        ..sample()
    }
}

#[test]
fn a_lawful_request_says_what_it_asks() {
    let request = lawful(&[
        ("nonce", "n"),
        ("prompt", "login consent login"),
        ("max_age", "300"),
        ("login_hint", "a@example.jp"),
        ("ui_locales", "en ja"),
        ("acr_values", "1 2"),
        ("display", "popup"),
        ("response_mode", "form_post"),
        (
            "claims",
            r#"{"userinfo":{"email":null,"shoe_size":null},"id_token":{"auth_time":{"essential":true}}}"#,
        ),
        (
            "authorization_details",
            r#"[{"type":"dealer_link","identifier":"20100"}]"#,
        ),
        ("unheard_of", "ignored"),
    ]);
    assert_eq!(
        serde_json::to_value(request).unwrap(),
        json!({
            "client_id": "maintenance", "redirect_uri": "https://rp.example/cb", "redirect_uri_given": true,
            "response_type": "code", "response_mode": "form_post", "scope": "openid profile", "state": "s", "nonce": "n",
            "code_challenge": CHALLENGE, "prompt": ["login", "consent"], "max_age": 300,
            "login_hint": "a@example.jp", "hinted_subject": null, "ui_locales": "en ja",
            "claims": {"userinfo": {"email": null}, "id_token": {"auth_time": {"essential": true}}},
            "acr_values": ["1", "2"],
            "authorization_details": [{"type": "dealer_link", "identifier": "20100"}], "prefill": {},
        })
    );
}

#[test]
fn until_the_destination_is_proven_every_error_is_a_page() {
    let bad = ("response_type", "nonsense");
    for change in [
        ("client_id", ""),
        ("client_id", "other"),
        ("redirect_uri", ""),
        ("redirect_uri", "https://evil.example/cb"),
        ("redirect_uri", "https://rp.example/cb?x=1"),
        ("redirect_uri", "https://rp.example/cb#x"),
        ("state", "a\r\nb"),
        ("state", "ü"),
        ("state", &"s".repeat(4097)),
    ] {
        let error = shown(&[change, bad], &sample());
        assert_eq!(error.code, ErrorCode::InvalidRequest, "{change:?}");
    }
}

#[test]
fn a_redirect_uri_may_be_absent_only_where_openid_is_not_asked_and_there_is_but_one() {
    assert_eq!(
        shown(&[("redirect_uri", "")], &sample()).description,
        "redirect_uri is missing"
    );
    let request = lawful(&[("redirect_uri", ""), ("scope", "profile")]);
    assert_eq!(request.redirect_uri, "https://rp.example/cb");
    assert!(!request.redirect_uri_given);
    let two = Client {
        redirect_uris: vec![
            "https://rp.example/cb".to_owned(),
            "https://rp.example/cb2".to_owned(),
        ],
        ..sample()
    };
    shown(&[("redirect_uri", ""), ("scope", "profile")], &two);
    shown(
        &[("redirect_uri", ""), ("scope", "profile")],
        &Client {
            redirect_uris: vec![],
            ..sample()
        },
    );
}

#[test]
fn a_native_client_listens_on_any_port() {
    let request = check_of(&[("redirect_uri", "http://127.0.0.1:51004/cb")], &native()).unwrap();
    assert_eq!(request.redirect_uri, "http://127.0.0.1:51004/cb");
    shown(&[("redirect_uri", "http://localhost:51004/cb")], &native());
}

#[test]
fn every_other_error_goes_to_the_client_with_its_state() {
    let long = "n".repeat(4097);
    for (change, code) in [
        (("response_mode", "web_message"), ErrorCode::InvalidRequest),
        (("response_type", ""), ErrorCode::InvalidRequest),
        (
            ("response_type", "Code"),
            ErrorCode::UnsupportedResponseType,
        ),
        (("request", "eyJ"), ErrorCode::RequestNotSupported),
        (
            ("request_uri", "https://rp.example/r"),
            ErrorCode::RequestUriNotSupported,
        ),
        (("registration", "{}"), ErrorCode::RegistrationNotSupported),
        (("scope", ""), ErrorCode::InvalidScope),
        (("scope", "unheard_of"), ErrorCode::InvalidScope),
        (("scope", "openid \"x\""), ErrorCode::InvalidScope),
        (("nonce", &long), ErrorCode::InvalidRequest),
        (("display", "hologram"), ErrorCode::InvalidRequest),
        (("prompt", "none login"), ErrorCode::InvalidRequest),
        (("prompt", "create none"), ErrorCode::InvalidRequest),
        (("prompt", "Login"), ErrorCode::InvalidRequest),
        (("prompt", "forever"), ErrorCode::InvalidRequest),
        (("max_age", "-1"), ErrorCode::InvalidRequest),
        (("max_age", "+1"), ErrorCode::InvalidRequest),
        (("max_age", "1.5"), ErrorCode::InvalidRequest),
        (
            ("max_age", "99999999999999999999"),
            ErrorCode::InvalidRequest,
        ),
        (("ui_locales", &long), ErrorCode::InvalidRequest),
        (("login_hint", &long), ErrorCode::InvalidRequest),
        (("acr_values", &long), ErrorCode::InvalidRequest),
        (("claims_locales", &long), ErrorCode::InvalidRequest),
        (("claims", "[]"), ErrorCode::InvalidRequest),
        (
            (
                "claims",
                r#"{"id_token":{"acr":{"essential":true,"values":["2"]}}}"#,
            ),
            ErrorCode::UnmetAuthenticationRequirements,
        ),
        (("code_challenge", ""), ErrorCode::InvalidRequest),
        (("code_challenge", "short"), ErrorCode::InvalidRequest),
        (("code_challenge_method", ""), ErrorCode::InvalidRequest),
        (
            ("code_challenge_method", "plain"),
            ErrorCode::InvalidRequest,
        ),
        (
            ("authorization_details", "[{}]"),
            ErrorCode::InvalidAuthorizationDetails,
        ),
        (
            (
                "authorization_details",
                r#"[{"type":"dealer_link","identifier":"9"}]"#,
            ),
            ErrorCode::InvalidAuthorizationDetails,
        ),
        (
            ("prefill", r#"{"email":"a@example.jp"}"#),
            ErrorCode::InvalidRequest,
        ),
    ] {
        let refused = redirected(&[change], &sample());
        assert_eq!(refused.error.code, code, "{change:?}");
        assert_eq!(refused.state.as_deref(), Some("s"), "{change:?}");
        assert_eq!(refused.redirect_uri, "https://rp.example/cb");
    }
}

#[test]
fn an_error_travels_as_the_response_type_and_mode_say() {
    for (changes, mode) in [
        (&[("response_type", "")][..], ResponseMode::Query),
        (
            &[("response_type", "code id_token")],
            ResponseMode::Fragment,
        ),
        (&[("response_type", "token")], ResponseMode::Fragment),
        (
            &[("response_type", "id_token"), ("response_mode", "query")],
            ResponseMode::Fragment,
        ),
        (
            &[("response_type", "token"), ("response_mode", "form_post")],
            ResponseMode::FormPost,
        ),
        (
            &[("response_type", ""), ("response_mode", "fragment")],
            ResponseMode::Fragment,
        ),
        (&[("response_mode", "nonsense")], ResponseMode::Query),
    ] {
        assert_eq!(
            redirected(changes, &sample()).response_mode,
            mode,
            "{changes:?}"
        );
    }
}

/// A client that may use every response type.
fn hybrid() -> Client {
    Client {
        grant_types: GrantType::ALL.to_vec(),
        response_types: ResponseType::ALL.to_vec(),
        ..sample()
    }
}

#[test]
fn every_response_type_can_be_asked_in_any_order_of_its_words() {
    for &known in ResponseType::ALL {
        let mut words: Vec<&str> = known.as_str().split(' ').collect();
        words.reverse();
        let asked = words.join(" ");
        let changes = [("response_type", asked.as_str()), ("nonce", "n")];
        let request = check_of(&changes, &hybrid()).unwrap();
        assert_eq!(request.response_type, known);
        let fragment = request.response_mode == ResponseMode::Fragment;
        assert_eq!(fragment, known.gives_tokens(), "{known}");
        let by_form = check_of(
            &[changes[0], changes[1], ("response_mode", "form_post")],
            &hybrid(),
        );
        assert_eq!(by_form.unwrap().response_mode, ResponseMode::FormPost);
    }
}

#[test]
fn a_response_type_is_for_clients_registered_for_it_and_its_grants() {
    let wanted = [("response_type", "code id_token"), ("nonce", "n")];
    for (client, code) in [
        (sample(), ErrorCode::UnauthorizedClient),
        (
            Client {
                response_types: vec![ResponseType::IdToken, ResponseType::Code],
                ..hybrid()
            },
            ErrorCode::UnauthorizedClient,
        ),
        (
            Client {
                grant_types: vec![GrantType::AuthorizationCode],
                ..hybrid()
            },
            ErrorCode::UnauthorizedClient,
        ),
        (
            Client {
                grant_types: vec![GrantType::Implicit],
                ..hybrid()
            },
            ErrorCode::UnauthorizedClient,
        ),
    ] {
        assert_eq!(redirected(&wanted, &client).error.code, code);
    }
    assert!(check_of(&wanted, &hybrid()).is_ok());
}

#[test]
fn an_id_token_from_the_authorization_endpoint_needs_a_nonce_and_openid() {
    for &known in ResponseType::ALL {
        let asked = ("response_type", known.as_str());
        let without = check_of(&[asked], &hybrid());
        assert_eq!(without.is_err(), known.gives_id_token(), "{known}");
        let not_openid = check_of(&[asked, ("nonce", "n"), ("scope", "profile")], &hybrid());
        assert_eq!(not_openid.is_err(), known.gives_id_token(), "{known}");
    }
    let refused = redirected(&[("response_type", "code id_token")], &hybrid());
    assert_eq!(refused.error.code, ErrorCode::InvalidRequest);
    assert!(refused.error.description.contains("nonce"));
}

#[test]
fn no_token_travels_in_a_query() {
    for &known in ResponseType::ALL {
        let changes = [
            ("response_type", known.as_str()),
            ("nonce", "n"),
            ("response_mode", "query"),
        ];
        match check_of(&changes, &hybrid()) {
            Ok(_) => assert!(!known.gives_tokens(), "{known}"),
            Err(refused) => assert_eq!(refused.into_error().code, ErrorCode::InvalidRequest),
        }
    }
}

#[test]
fn what_needs_a_code_or_an_access_token_is_not_had_without() {
    let scope = ("scope", "openid offline_access");
    let nonce = ("nonce", "n");
    for &known in ResponseType::ALL {
        let asked = ("response_type", known.as_str());
        let request = check_of(&[asked, scope, nonce], &hybrid()).unwrap();
        let kept = request.scope.contains("offline_access");
        assert_eq!(kept, known.gives_code(), "{known}");
        let claims = ("claims", r#"{"userinfo":{"name":null}}"#);
        let request = check_of(&[asked, nonce, claims], &hybrid());
        assert_eq!(request.is_ok(), known.leads_to_access_token(), "{known}");
        // PKCE protects a code; these response types return none.
        let no_pkce = [("code_challenge", ""), ("code_challenge_method", "")];
        let public = Client {
            token_endpoint_auth_method: TokenEndpointAuthMethod::None,
            ..hybrid()
        };
        let request = check_of(&[asked, nonce, no_pkce[0], no_pkce[1]], &public);
        assert_eq!(request.is_ok(), !known.gives_code(), "{known}");
    }
}

#[test]
fn an_error_found_earlier_finds_its_way_too() {
    let error = || Error::invalid_request("the parameter scope is repeated");
    assert!(matches!(
        refuse(&raw(&[("scope", "")]), &sample(), error()),
        Refused::Redirect(_)
    ));
    assert_eq!(
        refuse(&raw(&[("redirect_uri", "")]), &sample(), error()),
        Refused::Show(error())
    );
}

#[test]
fn a_client_asks_only_what_it_is_registered_for() {
    let no_grant = Client {
        grant_types: vec![GrantType::ClientCredentials],
        ..sample()
    };
    assert_eq!(
        redirected(&[], &no_grant).error.code,
        ErrorCode::UnauthorizedClient
    );
    let no_type = Client {
        response_types: vec![],
        ..sample()
    };
    assert_eq!(
        redirected(&[], &no_type).error.code,
        ErrorCode::UnauthorizedClient
    );
    let no_details = Client {
        authorization_details_types: vec![],
        ..sample()
    };
    let details = ("authorization_details", r#"[{"type":"dealer_link"}]"#);
    assert_eq!(
        redirected(&[details], &no_details).error.code,
        ErrorCode::InvalidAuthorizationDetails
    );
    let email_only = Client {
        scope: "openid email".parse().unwrap(),
        ..sample()
    };
    let request = check_of(
        &[
            ("scope", "openid email phone x"),
            ("claims", r#"{"userinfo":{"name":null,"email":null}}"#),
        ],
        &email_only,
    )
    .unwrap();
    assert_eq!(request.scope.to_string(), "email openid");
    assert_eq!(request.claims.names().collect::<Vec<_>>(), ["email"]);
    let not_openid = Client {
        scope: "profile".parse().unwrap(),
        ..sample()
    };
    assert_eq!(
        redirected(&[], &not_openid).error.code,
        ErrorCode::InvalidScope
    );
}

#[test]
fn a_client_that_must_push_cannot_come_by_the_browser() {
    let pushing = Client {
        require_pushed_authorization_requests: true,
        ..sample()
    };
    assert_eq!(
        redirected(&[], &pushing).error.code,
        ErrorCode::InvalidRequest
    );
    assert!(check(&raw(&[]), &pushing, context(Channel::Pushed)).is_ok());
}

#[test]
fn a_pushed_request_cannot_hold_a_request_uri() {
    let refused = check(
        &raw(&[("request_uri", "urn:x")]),
        &sample(),
        context(Channel::Pushed),
    )
    .unwrap_err();
    assert_eq!(refused.into_error().code, ErrorCode::InvalidRequest);
}

#[test]
fn prefill_is_taken_only_when_pushed_by_a_client_that_may() {
    let trusted = Client {
        may_prefill: true,
        ..sample()
    };
    let asked = raw(&[("prefill", r#"{"email":"a@example.jp"}"#)]);
    let request = check(&asked, &trusted, context(Channel::Pushed)).unwrap();
    assert_eq!(request.prefill["email"], "a@example.jp");
    for (client, channel, code) in [
        (&trusted, Channel::Browser, ErrorCode::InvalidRequest),
        (&sample(), Channel::Pushed, ErrorCode::UnauthorizedClient),
    ] {
        assert_eq!(
            check(&asked, client, context(channel))
                .unwrap_err()
                .into_error()
                .code,
            code
        );
    }
}

#[test]
fn pkce_is_a_duty_of_public_clients_and_of_others_without_a_nonce() {
    let without: &[_] = &[("code_challenge", ""), ("code_challenge_method", "")];
    let with_nonce: &[_] = &[
        ("code_challenge", ""),
        ("code_challenge_method", ""),
        ("nonce", "n"),
    ];
    let not_openid: &[_] = &[
        ("code_challenge", ""),
        ("code_challenge_method", ""),
        ("nonce", "n"),
        ("scope", "profile"),
    ];
    let old = Client {
        may_omit_pkce: true,
        ..sample()
    };
    assert_eq!(lawful(with_nonce).code_challenge, None);
    assert!(check_of(without, &old).is_ok());
    for (changes, client) in [(without, sample()), (not_openid, sample())] {
        assert_eq!(
            redirected(changes, &client).error.code,
            ErrorCode::InvalidRequest
        );
    }
    let uri = ("redirect_uri", "http://127.0.0.1/cb");
    let native = Client {
        may_omit_pkce: true,
        ..native()
    };
    for changes in [without, with_nonce] {
        let changes: Vec<_> = changes.iter().copied().chain([uri]).collect();
        assert_eq!(
            redirected(&changes, &native).error.code,
            ErrorCode::InvalidRequest
        );
    }
}

#[test]
fn offline_access_needs_the_grant_and_the_persons_knowledge() {
    let third = Client {
        party: Party::Third,
        ..sample()
    };
    let no_refresh = Client {
        grant_types: vec![GrantType::AuthorizationCode],
        ..sample()
    };
    let scope = ("scope", "openid offline_access");
    for (changes, client, kept) in [
        (vec![scope], &sample(), true),
        (vec![scope], &third, false),
        (vec![scope, ("prompt", "consent")], &third, true),
        (vec![scope, ("prompt", "consent")], &no_refresh, false),
    ] {
        let request = check_of(&changes, client).unwrap();
        assert_eq!(
            request.scope.contains("offline_access"),
            kept,
            "{changes:?} {:?}",
            client.party
        );
    }
}

#[test]
fn the_clients_default_max_age_holds_where_none_is_asked() {
    let client = Client {
        default_max_age: Some(60),
        ..sample()
    };
    assert_eq!(check_of(&[], &client).unwrap().max_age, Some(60));
    assert_eq!(
        check_of(&[("max_age", "0")], &client).unwrap().max_age,
        Some(0)
    );
    assert_eq!(lawful(&[]).max_age, None);
}

#[test]
fn a_hint_names_the_person_only_if_we_issued_it_to_this_client() {
    let hint = |audience: &str| {
        HintedBy::Genuine(IdTokenHint {
            subject: "p".to_owned(),
            audience: vec![audience.to_owned()],
            sid: None,
        })
    };
    let with = |id_token_hint: &HintedBy| {
        check(
            &raw(&[]),
            &sample(),
            RequestContext {
                id_token_hint,
                ..context(Channel::Browser)
            },
        )
    };
    let request = with(&hint("maintenance")).unwrap();
    assert_eq!(request.hinted_subject.as_deref(), Some("p"));
    assert!(request.expects("p") && !request.expects("q"));
    for refused in [hint("other"), HintedBy::Forgery] {
        assert_eq!(
            with(&refused).unwrap_err().into_error().code,
            ErrorCode::InvalidRequest
        );
    }
}

#[test]
fn a_claims_parameter_may_name_the_person() {
    let request = lawful(&[("claims", r#"{"id_token":{"sub":{"value":"p"}}}"#)]);
    assert!(request.expects("p") && !request.expects("q"));
}

#[test]
fn an_acr_that_can_be_attained_may_be_essential() {
    lawful(&[("claims", r#"{"id_token":{"acr":{"essential":true}}}"#)]);
    lawful(&[("claims", r#"{"id_token":{"acr":{"values":["2"]}}}"#)]);
}

#[test]
fn the_clients_default_acr_values_hold_where_none_are_asked() {
    let client = Client {
        default_acr_values: vec!["1".to_owned(), "2".to_owned()],
        ..sample()
    };
    let asked = |changes: &[_]| check_of(changes, &client).unwrap().acr_values;
    assert_eq!(asked(&[]), ["1", "2"]);
    assert_eq!(asked(&[("acr_values", "2")]), ["2"]);
}

#[test]
fn claims_locales_choose_the_scripts_we_know() {
    let request = lawful(&[("claims_locales", "se ja-Kana-JP ja")]);
    let scripts = [NameScript::Kana, NameScript::AsWritten];
    assert_eq!(request.claims.locales, scripts);
    assert_eq!(
        lawful(&[("claims_locales", "se")]).claims,
        ClaimsRequest::default()
    );
}

#[test]
fn without_openid_nothing_of_openid_connect_applies() {
    let request = lawful(&[
        ("scope", "profile"),
        ("claims_locales", "ja-Kana-JP"),
        ("claims", r#"{"userinfo":{"email":null}}"#),
    ]);
    assert!(request.claims.is_empty());
}

#[test]
fn every_check_has_a_name_of_its_own() {
    let names: std::collections::BTreeSet<_> = CHECKS.iter().map(|check| check.rule.name).collect();
    assert_eq!(names.len(), CHECKS.len());
}

fn parameters() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    let name = prop::sample::select(vec![
        "client_id",
        "redirect_uri",
        "response_type",
        "response_mode",
        "scope",
        "state",
        "nonce",
        "prompt",
        "max_age",
        "code_challenge",
        "code_challenge_method",
        "claims",
        "authorization_details",
        "display",
        "acr_values",
        "request",
    ]);
    let value = prop_oneof![
        "\\PC{1,30}",
        prop::sample::select(vec![
            "openid",
            "profile offline_access",
            "none",
            "code",
            "id_token",
            "token",
            "token id_token",
            "id_token code",
            "code token",
            "token code id_token",
            "query",
            "fragment",
            "form_post",
            r#"{"userinfo":{"email":null,"x":null},"id_token":{"name":{"essential":true}}}"#,
            "{}",
            "[]",
            "S256",
            "plain",
            "0",
            "maintenance",
            CHALLENGE
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec((name, value), 0..6)
}

proptest! {
    #[test]
    fn whatever_comes_is_refused_or_lawful(
        changes in parameters(),
        is_public in any::<bool>(),
        registered in prop::sample::subsequence(ResponseType::ALL, 0..=6),
    ) {
        let changes: Vec<_> = changes.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut client = Client { response_types: registered, ..hybrid() };
        if is_public {
            client.token_endpoint_auth_method = TokenEndpointAuthMethod::None;
        }
        match check_of(&changes, &client) {
            Ok(request) => {
                prop_assert!(client.redirect_uris.contains(&request.redirect_uri));
                prop_assert!(client.scope.covers(&request.scope) && !request.scope.is_empty());
                let wanted = request.response_type;
                prop_assert!(client.response_types.contains(&wanted));
                let is_bound = request.code_challenge.is_some() || (request.nonce.is_some() && !is_public);
                prop_assert!(is_bound || !wanted.gives_code());
                prop_assert!(!wanted.gives_id_token() || (request.nonce.is_some() && request.scope.contains("openid")));
                prop_assert!(!wanted.gives_tokens() || request.response_mode != ResponseMode::Query);
                prop_assert!(wanted.gives_code() || !request.scope.contains("offline_access"));
                prop_assert!(wanted.leads_to_access_token() || request.claims.userinfo.is_empty());
                prop_assert!(request.claims.names().all(|name| claims::within(name, &client.scope)));
                prop_assert!(!request.prompts(Prompt::None) || request.prompt.len() == 1);
                let json = serde_json::to_string(&request).unwrap();
                prop_assert_eq!(serde_json::from_str::<AuthorizationRequest>(&json).unwrap(), request);
            }
            Err(Refused::Redirect(refused)) => {
                prop_assert!(client.redirect_uris.contains(&refused.redirect_uri));
                let asked = raw(&changes);
                prop_assert_eq!(refused.state.as_deref(), asked.get("state"));
                let words = asked.get("response_type").unwrap_or_default();
                let may_be_seen = ResponseType::of(words).is_none_or(|wanted| !wanted.gives_tokens());
                prop_assert!(may_be_seen || refused.response_mode != ResponseMode::Query);
            }
            Err(Refused::Show(_)) => {}
        }
    }
}
