//! Malformed requests to every endpoint: bodies that are too long or of the wrong type,
//! repeated parameters, invalid UTF-8. The response is a 4xx, and nothing is lost.

use reqwest::Method;
use reqwest::header::{self, HeaderMap, HeaderValue};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::browser::Phone;
use crate::support::provider::{Provider, SECRET};
use crate::support::relying_party::{RelyingParty, Reply, basic};
use crate::support::steps;

const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

/// The endpoints that accept forms only.
const ENDPOINTS: [&str; 4] = [
    "token_endpoint",
    "pushed_authorization_request_endpoint",
    "introspection_endpoint",
    "revocation_endpoint",
];

async fn post(service: &RelyingParty, endpoint: &str, media: Option<&str>, body: &[u8]) -> Reply {
    let mut headers = HeaderMap::new();
    let proof = basic(&service.client_id, SECRET).parse().unwrap();
    headers.insert(header::AUTHORIZATION, proof);
    if let Some(media) = media {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(media).unwrap());
    }
    let address = service.endpoint(endpoint);
    service
        .send(Method::POST, &address, headers, Some(body.to_vec()))
        .await
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let body = format!("token={}", "x".repeat(200_000));
    for endpoint in ENDPOINTS {
        let reply = post(&service, endpoint, FORM, body.as_bytes()).await;
        assert_eq!(reply.status, 413, "{endpoint}");
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_is_refused() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    for endpoint in ENDPOINTS {
        for media in [
            Some("application/json"),
            Some("multipart/form-data; boundary=x"),
            Some("text/plain"),
            None,
        ] {
            let reply = post(
                &service,
                endpoint,
                media,
                br#"{"grant_type":"client_credentials"}"#,
            )
            .await;
            assert_eq!(reply.status, 415, "{endpoint} {media:?}");
        }
    }
}

#[tokio::test]
async fn a_form_may_name_its_charset() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let media = Some("Application/X-WWW-Form-Urlencoded; charset=UTF-8");
    let reply = post(&service, "introspection_endpoint", media, b"token=x").await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_repeated_parameter_is_refused() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    for (endpoint, body) in [
        (
            "token_endpoint",
            "grant_type=refresh_token&grant_type=refresh_token&refresh_token=x",
        ),
        ("introspection_endpoint", "token=x&token=y"),
        ("revocation_endpoint", "token=x&token=x"),
        (
            "pushed_authorization_request_endpoint",
            "response_type=code&scope=openid&scope=email",
        ),
    ] {
        let reply = post(&service, endpoint, FORM, body.as_bytes()).await;
        assert_eq!(
            reply.refused(),
            (400, "invalid_request".to_owned()),
            "{endpoint}"
        );
    }
}

#[tokio::test]
async fn invalid_utf_8_is_refused() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    for endpoint in ENDPOINTS {
        for body in [b"token=%ff%fe".as_slice(), b"token=\xff\xfe", b"%c3%28=x"] {
            let reply = post(&service, endpoint, FORM, body).await;
            assert_eq!(
                reply.refused(),
                (400, "invalid_request".to_owned()),
                "{endpoint} {body:?}"
            );
        }
    }
}

#[tokio::test]
async fn other_methods_are_refused() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    for endpoint in ENDPOINTS {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let address = service.endpoint(endpoint);
            let reply = service
                .send(method.clone(), &address, HeaderMap::new(), None)
                .await;
            assert_eq!(reply.status, 405, "{method} {endpoint}");
        }
    }
}

#[tokio::test]
async fn odd_text_is_only_text() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let verifier = "verifier-of-forty-three-characters-or-more-012";
    for text in ["' OR 1=1 --", "\u{202e}", "🚗", "../../etc/passwd", "%00"] {
        let reply = service.refresh(text).await;
        assert_eq!(
            reply.refused(),
            (400, "invalid_grant".to_owned()),
            "{text:?}"
        );
        let reply = service.exchange_raw(text, verifier).await;
        assert_eq!(
            reply.refused(),
            (400, "invalid_grant".to_owned()),
            "{text:?}"
        );
        let reply = service.introspect(text).await;
        assert_eq!(reply.body, r#"{"active":false}"#, "{text:?}");
        assert_eq!(service.revoke(text).await.status, 200, "{text:?}");
    }
}

#[tokio::test]
async fn a_nul_byte_is_refused_before_it_reaches_a_database() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    for text in ["\0", "a\0b"] {
        for reply in [
            service.refresh(text).await,
            service.exchange_raw(text, text).await,
            service.introspect(text).await,
            service.revoke(text).await,
            service.post("token_endpoint", &[(text, "x")]).await,
        ] {
            assert_eq!(
                reply.refused(),
                (400, "invalid_request".to_owned()),
                "{text:?}"
            );
        }
    }
}

#[tokio::test]
async fn refusals_are_json_that_nobody_caches() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let reply = service.token(&[("grant_type", "password")]).await;
    assert_eq!(reply.refused(), (400, "unsupported_grant_type".to_owned()));
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("cache-control"), "no-store");
}

#[tokio::test]
async fn apps_in_a_browser_may_ask_from_their_own_origin() {
    let provider = Provider::start().await;
    let app = provider.native_app().await;
    for endpoint in ["token_endpoint", "userinfo_endpoint", "revocation_endpoint"] {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("origin", "https://spa.example"),
            ("access-control-request-method", "POST"),
            (
                "access-control-request-headers",
                "authorization,content-type",
            ),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let address = app.endpoint(endpoint);
        let reply = app.send(Method::OPTIONS, &address, headers, None).await;
        assert!(reply.status.is_success(), "{endpoint}: {}", reply.status);
        assert_eq!(
            reply.header("access-control-allow-origin"),
            "*",
            "{endpoint}"
        );
        assert_eq!(
            reply.header("access-control-allow-credentials"),
            "",
            "{endpoint}"
        );
    }
}

#[tokio::test]
async fn what_people_see_is_no_other_origin_s_to_read() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    for path in [
        "/authorize",
        "/logout",
        "/account/services",
        "/par",
        "/introspect",
    ] {
        let mut headers = HeaderMap::new();
        headers.insert(header::ORIGIN, "https://evil.example".parse().unwrap());
        let reply = service
            .send(Method::GET, &provider.url(path), headers, None)
            .await;
        assert_eq!(reply.header("access-control-allow-origin"), "", "{path}");
    }
}

#[tokio::test]
async fn the_node_says_whether_it_lives_and_is_ready() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    for path in ["/healthz", "/readyz"] {
        let reply = service
            .send(Method::GET, &provider.url(path), HeaderMap::new(), None)
            .await;
        assert_eq!(reply.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_head_of_a_page_spends_nothing_and_ends_nothing() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let mut phone = Phone::new();
    let request = service.ask("openid");
    let tokens = steps::tokens(&mut phone, &service, request, &person).await;
    let request = service.ask("openid");
    let url = service.push(&request).await;
    let logout = format!(
        "{}?id_token_hint={}",
        service.endpoint("end_session_endpoint"),
        tokens.id_token
    );
    for url in [url.as_str(), &logout] {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::COOKIE,
            phone.cookies(&url.parse().unwrap()).unwrap(),
        );
        let reply = service.send(Method::HEAD, url, headers, None).await;
        assert_eq!(reply.status, 405, "{url}");
        assert_eq!(reply.header("allow"), "GET");
        for absent in ["location", "set-cookie"] {
            assert!(!reply.headers.contains_key(absent), "{url}: {absent}");
        }
    }
    // Still logged in, and the request still waits.
    let answer = phone.open(&url).await.away();
    service.exchange(&answer, &request).await;
}

#[tokio::test]
async fn a_request_that_names_its_host_twice_is_refused() {
    let provider = Provider::start().await;
    let address = url::Url::parse(&provider.url("/healthz")).unwrap();
    let host = address.host_str().unwrap();
    let port = address.port().unwrap();
    for (second, status) in [("", "200"), ("Host: evil.example\r\n", "400")] {
        let text = format!(
            "GET /healthz HTTP/1.1\r\nHost: {host}:{port}\r\n{second}Connection: close\r\n\r\n"
        );
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(
            answer.contains("\r\nx-content-type-options: nosniff\r\n"),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn no_page_links_to_another_host_that_the_path_names() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let url = format!("{}//evil.example/x", provider.issuer());
    let reply = service
        .send(Method::GET, &url, HeaderMap::new(), None)
        .await;
    assert_eq!(reply.status, 404);
    assert!(!reply.body.contains("evil.example"), "{}", reply.body);
}

#[tokio::test]
async fn answers_in_json_say_that_they_are_what_their_type_says() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    for path in [
        "/.well-known/openid-configuration",
        "/jwks",
        "/userinfo",
        "/healthz",
    ] {
        let url = provider.url(path);
        let reply = service
            .send(Method::GET, &url, HeaderMap::new(), None)
            .await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
    }
    let reply = service.token(&[]).await;
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
}
