//! `/authorize`: invalid requests are refused with the standard's error codes, and never by
//! a redirect to an unverified address.

use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::json;
use url::{Url, form_urlencoded};

use crate::support::browser::{Landed, Phone};
use crate::support::provider::{CALLBACK, DEALER, Provider};
use crate::support::relying_party::{Pending, RelyingParty};
use crate::support::steps;

/// Returns an authorization URL with a raw query, as no library would write it.
fn raw(party: &RelyingParty, query: &str) -> String {
    format!("{}?{query}", party.endpoint("authorization_endpoint"))
}

/// Returns a valid request as a query.
fn query(pending: &Pending) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(&pending.parameters)
        .finish()
}

#[tokio::test]
async fn a_lawful_request_of_a_stranger_leads_to_the_login_screen() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let mut phone = Phone::new();
    let page = phone
        .open(service.url(&service.ask("openid")))
        .await
        .screen("login");
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn what_is_not_proven_is_never_redirected_to() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    provider
        .register("lexus-only", json!({"brands": ["lexus"]}))
        .await;
    let ask = || service.ask("openid");
    let evil = "https://evil.example/callback";
    for (what, request) in [
        ("no client", ask().without("client_id")),
        ("an unknown client", ask().with("client_id", "nobody")),
        (
            "a client of the other brand",
            ask().with("client_id", "lexus-only"),
        ),
        ("no redirect URI", ask().without("redirect_uri")),
        ("another site", ask().with("redirect_uri", evil)),
        (
            "a longer path",
            ask().with("redirect_uri", format!("{CALLBACK}/x")),
        ),
        (
            "a query",
            ask().with("redirect_uri", format!("{CALLBACK}?x=1")),
        ),
        (
            "a fragment",
            ask().with("redirect_uri", format!("{CALLBACK}#x")),
        ),
        (
            "a port",
            ask().with("redirect_uri", "https://service.example:8443/callback"),
        ),
        (
            "upper case",
            ask().with("redirect_uri", "https://SERVICE.example/callback"),
        ),
        (
            "a detour",
            ask().with("redirect_uri", "https://service.example/x/../callback"),
        ),
        (
            "user info",
            ask().with(
                "redirect_uri",
                "https://service.example@evil.example/callback",
            ),
        ),
        (
            "http",
            ask().with("redirect_uri", "http://service.example/callback"),
        ),
        (
            "javascript",
            ask().with("redirect_uri", "javascript:alert(1)"),
        ),
        ("a bad state", ask().with("state", "a\r\nb")),
    ] {
        for request in [request.with("response_type", "code")] {
            let page = Phone::new().fetch(service.url(&request)).await;
            assert_eq!(page.status, 400, "{what}: {:?}", page.headers);
            assert_eq!(page.redirect(), None, "{what}");
            assert_eq!(page.screen(), "error", "{what}");
            assert!(!page.errors().is_empty(), "{what}: a stable code");
            assert!(!page.words().contains("evil.example"), "{what}: it is told");
            for leads_to in [
                "href=\"https://evil",
                "action=\"https://evil",
                "url=https://evil",
            ] {
                assert!(!page.body.contains(leads_to), "{what}: {leads_to}");
            }
        }
    }
}

#[tokio::test]
async fn repeated_parameters_and_invalid_utf_8_are_refused() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let lawful = query(&service.ask("openid"));
    for more in [
        "client_id=service",
        "redirect_uri=https%3A%2F%2Fevil.example%2F",
        "scope=openid",
        "state=again",
        "%ff=x",
        "x=%ff",
    ] {
        let answer = Phone::new()
            .fetch(raw(&service, &format!("{lawful}&{more}")))
            .await;
        match answer.redirect() {
            None => assert_eq!(answer.status, 400, "{more}"),
            Some(url) => {
                assert!(url.as_str().starts_with(CALLBACK), "{more}: {url}");
                assert!(
                    url.query().unwrap().contains("error=invalid_request"),
                    "{more}: {url}"
                );
            }
        }
    }
    for twice in ["client_id", "redirect_uri"] {
        let answer = Phone::new()
            .fetch(raw(&service, &format!("{lawful}&{twice}=x")))
            .await;
        assert_eq!(answer.redirect(), None, "{twice}");
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_to_the_client() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let ask = || service.ask("openid");
    let long = "x".repeat(5000);
    for (what, request, error) in [
        (
            "no response type",
            ask().without("response_type"),
            "invalid_request",
        ),
        (
            "token",
            ask().with("response_type", "token"),
            "unsupported_response_type",
        ),
        (
            "id_token",
            ask().with("response_type", "id_token"),
            "unauthorized_client",
        ),
        (
            "hybrid",
            ask().with("response_type", "code id_token"),
            "unauthorized_client",
        ),
        ("no scope", ask().without("scope"), "invalid_scope"),
        (
            "an unknown scope only",
            ask().with("scope", "payments"),
            "invalid_scope",
        ),
        (
            "a scope that is none",
            ask().with("scope", "open\"id"),
            "invalid_scope",
        ),
        (
            "an unknown mode",
            ask().with("response_mode", "web_message"),
            "invalid_request",
        ),
        (
            "an unknown prompt",
            ask().with("prompt", "ask"),
            "invalid_request",
        ),
        (
            "none and login",
            ask().with("prompt", "none login"),
            "invalid_request",
        ),
        (
            "a negative age",
            ask().with("max_age", "-1"),
            "invalid_request",
        ),
        (
            "an age in words",
            ask().with("max_age", "soon"),
            "invalid_request",
        ),
        (
            "an endless age",
            ask().with("max_age", "99999999999999999999999"),
            "invalid_request",
        ),
        (
            "a request object",
            ask().with("request", "e30.e30."),
            "invalid_request_object",
        ),
        (
            "a request's address",
            ask().with("request_uri", "https://service.example/r"),
            "request_uri_not_supported",
        ),
        (
            "a registration",
            ask().with("registration", "{}"),
            "registration_not_supported",
        ),
        (
            "plain PKCE",
            ask().with("code_challenge_method", "plain"),
            "invalid_request",
        ),
        (
            "PKCE of no method",
            ask().without("code_challenge_method"),
            "invalid_request",
        ),
        (
            "a short challenge",
            ask().with("code_challenge", "short"),
            "invalid_request",
        ),
        (
            "a method alone",
            ask().without("code_challenge"),
            "invalid_request",
        ),
        (
            "claims that are no JSON",
            ask().with("claims", "{"),
            "invalid_request",
        ),
        (
            "claims that are a list",
            ask().with("claims", "[]"),
            "invalid_request",
        ),
        (
            "details that are no JSON",
            ask().with("authorization_details", "x"),
            "invalid_authorization_details",
        ),
        (
            "details of an unknown type",
            ask().with("authorization_details", r#"[{"type":"payment"}]"#),
            "invalid_authorization_details",
        ),
        (
            "an unknown dealer",
            ask().with(
                "authorization_details",
                r#"[{"type":"dealer_link","identifier":"1"}]"#,
            ),
            "invalid_authorization_details",
        ),
        (
            "prefill in a URL",
            ask().with("prefill", "{}"),
            "invalid_request",
        ),
        (
            "a hint that is none",
            ask().with("id_token_hint", "x.y.z"),
            "invalid_request",
        ),
        (
            "an unknown display",
            ask().with("display", "hologram"),
            "invalid_request",
        ),
        (
            "a long nonce",
            ask().with("nonce", long.clone()),
            "invalid_request",
        ),
        (
            "a long hint",
            ask().with("login_hint", long.clone()),
            "invalid_request",
        ),
    ] {
        let answer = Phone::new().fetch(service.url(&request)).await;
        let url = answer
            .redirect()
            .unwrap_or_else(|| panic!("{what}: {}", answer.words()));
        assert_eq!(service.error_of(&url, &request), error, "{what}");
        let parameters = service.answer_of(&url, &request);
        assert!(
            parameters.contains_key("error_description"),
            "{what}: {url}"
        );
        assert!(!parameters.contains_key("code"), "{what}");
    }
}

#[tokio::test]
async fn a_refusal_travels_by_the_mode_that_was_asked() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let request = service
        .ask("openid")
        .with("prompt", "none")
        .with("response_mode", "fragment");
    let url = Phone::new().open(service.url(&request)).await.away();
    assert_eq!(url.query(), None);
    assert_eq!(service.error_of(&url, &request), "login_required");

    let request = service
        .ask("openid")
        .with("prompt", "none")
        .with("response_mode", "form_post");
    let page = Phone::new().open(service.url(&request)).await.page();
    assert_eq!(page.status, 200);
    let form = page.form_away().expect("a form to the client");
    assert_eq!(form.action.as_str(), CALLBACK);
    assert_eq!(form.value("error"), Some("login_required"));
    assert_eq!(form.value("iss"), Some(provider.issuer().as_str()));
    assert_eq!(
        form.value("state"),
        request.parameters.get("state").map(String::as_str)
    );
}

#[tokio::test]
async fn a_code_travels_by_form_post_too() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let request = service.ask("openid").with("response_mode", "form_post");
    let landed = phone.open(service.url(&request)).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .page();
    let form = page.form_away().expect("a form to the client");
    assert_eq!(form.action.as_str(), CALLBACK);
    let code = form.value("code").expect("a code");
    let reply = service.exchange_raw(code, &request.verifier).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    // No cache may give the page to anybody else, and no foreign script may run on it.
    assert_eq!(page.headers["cache-control"], "no-store");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[tokio::test]
async fn a_public_client_cannot_go_without_pkce() {
    let provider = Provider::start().await;
    let app = provider.native_app().await;
    let request = app
        .ask("openid")
        .without("code_challenge")
        .without("code_challenge_method");
    let url = Phone::new().open(app.url(&request)).await.away();
    assert_eq!(app.error_of(&url, &request), "invalid_request");
}

#[tokio::test]
async fn an_app_may_wait_on_any_loopback_port() {
    let provider = Provider::start().await;
    let app = provider.native_app().await;
    // RFC 8252 §7.3
    let request = app
        .ask("openid")
        .with("redirect_uri", "http://127.0.0.1:51004/callback");
    Phone::new().open(app.url(&request)).await.screen("login");
    for other in [
        "http://127.0.0.1:51004/other",
        "http://localhost:51004/callback",
        "http://127.0.0.2:51004/callback",
    ] {
        let request = app.ask("openid").with("redirect_uri", other);
        let page = Phone::new().fetch(app.url(&request)).await;
        assert_eq!(
            (page.status.as_u16(), page.redirect()),
            (400, None),
            "{other}"
        );
    }
}

#[tokio::test]
async fn prompt_none_shows_no_page() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let silent = || service.ask("openid").with("prompt", "none");
    let mut phone = Phone::new();
    let request = silent();
    let url = phone.open(service.url(&request)).await.away();
    assert_eq!(service.error_of(&url, &request), "login_required");

    let person = steps::person(&provider, "hanako@example.jp").await;
    steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    let request = silent();
    let url = phone.open(service.url(&request)).await.away();
    service.exchange(&url, &request).await;

    let old = service
        .ask("openid")
        .with("prompt", "none")
        .with("max_age", "0");
    provider.advance(std::time::Duration::from_secs(2));
    let url = phone.open(service.url(&old)).await.away();
    assert_eq!(service.error_of(&url, &old), "login_required");
}

#[tokio::test]
async fn prompt_none_never_consents_for_the_person() {
    let provider = Provider::start().await;
    let (service, partner) = (provider.service().await, provider.partner().await);
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    let request = partner.ask("openid email").with("prompt", "none");
    let url = phone.open(partner.url(&request)).await.away();
    let error = partner.error_of(&url, &request);
    assert!(
        matches!(error.as_str(), "consent_required" | "interaction_required"),
        "{error}"
    );

    let details = format!(r#"[{{"type":"dealer_link","identifier":"{DEALER}"}}]"#);
    let request = service
        .ask("openid")
        .with("prompt", "none")
        .with("authorization_details", details);
    let url = phone.open(service.url(&request)).await.away();
    let error = service.error_of(&url, &request);
    assert!(
        matches!(error.as_str(), "consent_required" | "interaction_required"),
        "{error}"
    );
}

#[tokio::test]
async fn prompt_login_and_max_age_ask_again_and_auth_time_says_when() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let first = steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    provider.advance(std::time::Duration::from_secs(100));
    for (name, value) in [("prompt", "login"), ("max_age", "60")] {
        let request = service.ask("openid").with(name, value);
        let landed = phone.open(service.url(&request)).await;
        let url = steps::log_in(&mut phone, landed, &person.email)
            .await
            .away();
        let tokens = service.exchange(&url, &request).await;
        let auth_time = tokens.claims.auth_time().expect("auth_time").timestamp();
        assert_eq!(auth_time, provider.app.clock.now().0, "{name}");
        assert_eq!(tokens.claims.subject(), first.claims.subject());
        provider.advance(std::time::Duration::from_secs(100));
    }
    let request = service.ask("openid").with("max_age", "3600");
    let url = phone.open(service.url(&request)).await.away();
    let tokens = service.exchange(&url, &request).await;
    assert!(
        tokens.claims.auth_time().is_some(),
        "max_age makes auth_time essential"
    );
}

#[tokio::test]
async fn prompt_create_leads_to_registration_even_with_a_session() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let request = service.ask("openid").with("prompt", "create");
    phone.open(service.url(&request)).await.screen("terms");
    steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    phone
        .open(service.url(&service.ask("openid").with("prompt", "create")))
        .await
        .screen("terms");
}

#[tokio::test]
async fn prompt_select_account_lets_the_person_choose() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    let request = service.ask("openid").with("prompt", "select_account");
    let page = phone
        .open(service.url(&request))
        .await
        .screen("select-account");
    assert!(page.words().contains("hanako@example.jp"));
}

#[tokio::test]
async fn a_hint_fills_in_the_login_but_decides_nothing() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let request = service
        .ask("openid")
        .with("login_hint", "hanako@example.jp\"><script>");
    let page = Phone::new()
        .open(service.url(&request))
        .await
        .screen("login");
    assert!(!page.body.contains("<script>"), "it is escaped");
    let request = service
        .ask("openid")
        .with("login_hint", "hanako@example.jp");
    let page = Phone::new()
        .open(service.url(&request))
        .await
        .screen("login");
    assert_eq!(page.value("login_id").as_deref(), Some("hanako@example.jp"));
}

#[tokio::test]
async fn an_id_token_hint_names_the_person_who_must_come_back() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let hanako = steps::person(&provider, "hanako@example.jp").await;
    let taro = steps::person(&provider, "taro@example.jp").await;
    let mut phone = Phone::new();
    let hint = steps::tokens(&mut phone, &service, service.ask("openid"), &hanako)
        .await
        .id_token;
    let mut other = Phone::new();
    steps::tokens(&mut other, &service, service.ask("openid"), &taro).await;

    let request = service
        .ask("openid")
        .with("id_token_hint", hint.clone())
        .with("prompt", "none");
    phone.open(service.url(&request)).await.away();
    let url = other.open(service.url(&request)).await.away();
    assert_eq!(service.error_of(&url, &request), "login_required");

    // It is valid even long after it expired (OpenID Connect Core §3.1.2.1).
    provider.advance(std::time::Duration::from_secs(86_400));
    let request = service.ask("openid").with("id_token_hint", hint);
    let landed = other.open(service.url(&request)).await;
    let landed = steps::log_in(&mut other, landed, &taro.email).await;
    if let Landed::Away(url) = landed {
        assert_eq!(service.error_of(&url, &request), "login_required");
    }
}

#[tokio::test]
async fn an_id_token_is_a_hint_as_long_as_a_session_may_live_though_its_key_was_rotated() {
    const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);
    let provider = Provider::start().await;
    let service = provider.service().await;
    let hanako = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let tokens = steps::tokens(&mut phone, &service, service.ask("openid"), &hanako).await;
    provider.app.keys.rotate(None).await.unwrap();
    for _ in 0..6 {
        // The session is in use, and lives on.
        provider.advance(2 * DAY);
        let request = service.ask("openid").with("prompt", "none");
        phone.open(service.url(&request)).await.away();
    }
    provider.app.keys.reload().await.unwrap();
    let request = service
        .ask("openid")
        .with("id_token_hint", tokens.id_token)
        .with("prompt", "none");
    let answer = phone.open(service.url(&request)).await.away();
    service.exchange(&answer, &request).await;
}

#[tokio::test]
async fn the_request_may_come_by_form_from_another_site() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    let request = service.ask("openid");
    let mut headers = HeaderMap::new();
    headers.insert(
        "content-type",
        "application/x-www-form-urlencoded".parse().unwrap(),
    );
    headers.insert("origin", "https://service.example".parse().unwrap());
    headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    // The POST carries no cookies, because they are `SameSite=Lax`. The response sends the
    // browser on by GET, with them.
    let address = service.endpoint("authorization_endpoint");
    let reply = service
        .send(
            Method::POST,
            &address,
            headers,
            Some(query(&request).into_bytes()),
        )
        .await;
    assert_eq!(reply.status, 303);
    let next = Url::parse(&address)
        .unwrap()
        .join(reply.header("location"))
        .unwrap();
    let url = phone.open(next).await.away();
    service.exchange(&url, &request).await;
}

#[tokio::test]
async fn ui_locales_and_the_browser_choose_the_language() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    for (mut phone, ui_locales, language) in [
        (Phone::new(), None, "ja"),
        (Phone::english(), None, "en"),
        (Phone::new(), Some("en-GB ja"), "en"),
        (Phone::english(), Some("fr ja"), "ja"),
        (Phone::english(), Some("fr"), "en"),
    ] {
        let mut request = service.ask("openid");
        if let Some(tags) = ui_locales {
            request = request.with("ui_locales", tags);
        }
        let page = phone.open(service.url(&request)).await.screen("login");
        assert!(
            page.body.contains(&format!("<html lang=\"{language}\"")),
            "{ui_locales:?}"
        );
    }
}

#[tokio::test]
async fn each_brand_answers_with_its_own_issuer() {
    let provider = Provider::start().await;
    provider.register("service", json!({})).await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut subjects = Vec::new();
    for brand in ["toyota", "lexus"] {
        let service = provider.party_at(brand, "service").await;
        let request = service.ask("openid");
        // `exchange` checks `iss` of the response and of the ID token.
        let tokens = steps::tokens(&mut Phone::new(), &service, request, &person).await;
        subjects.push(tokens.claims.subject().to_string());
    }
    assert_eq!(subjects[0], subjects[1], "one account under both brands");
}

#[tokio::test]
async fn an_abandoned_request_costs_the_database_nothing() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let before = provider.rows().await;
    for _ in 0..20 {
        Phone::new()
            .open(service.url(&service.ask("openid")))
            .await
            .screen("login");
    }
    assert_eq!(provider.rows().await, before);
}
