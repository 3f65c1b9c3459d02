//! Whole HTTP requests: the header parsers by themselves, and the answer of the whole
//! router.

mod browser;
mod headers;

use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use common_id::routes;
use serde_json::Value;
use tower::ServiceExt as _;
use url::Url;

use self::browser::with_the_browsers;
use self::headers::judge_headers;
use crate::clients::CLIENTS;
use crate::node::{NODE, RUNTIME};
use crate::text;

/// What a page must not repeat unescaped.
const MARK: &str = "<zq";

/// The longest body of a response, in bytes.
const LONGEST: usize = 512 * 1024;

/// `METHOD TARGET ⏎ HEADERS ⏎⏎ BODY`: a request of HTTP/1.1. `{interaction}`, `{form}` and
/// `{browser}` stand for what only a browser has that began a login.
pub fn run(data: &[u8]) {
    let (head, body) = split(data, b"\n\n");
    let head = with_the_browsers(head);
    let (first, lines) = split(&head, b"\n");
    let headers = headers_of(lines);
    judge_headers(&headers, body);
    let first = text(first);
    let (method, target) = first.split_once(' ').unwrap_or(("GET", &first));
    let (Ok(method), Ok(uri)) = (Method::from_bytes(method.as_bytes()), target.parse::<Uri>())
    else {
        return;
    };
    let sent = [&head, body].concat();
    let body = with_the_browsers(body);
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    let host = HeaderValue::from_static("id.toyota.localhost:8080");
    request.headers_mut().entry(header::HOST).or_insert(host);
    NODE.clock.advance(Duration::from_secs(1));
    RUNTIME.block_on(judge(request, &sent));
}

fn split<'d>(data: &'d [u8], at: &[u8]) -> (&'d [u8], &'d [u8]) {
    match data.windows(at.len()).position(|window| window == at) {
        Some(place) => (&data[..place], &data[place + at.len()..]),
        None => (data, &[]),
    }
}

fn headers_of(lines: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines.split(|b| *b == b'\n') {
        let (name, value) = split(line, b": ");
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            headers.append(name, value);
        }
    }
    headers
}

static ROUTER: LazyLock<Router> = LazyLock::new(|| routes::router(NODE.clone()));

async fn judge(request: Request<Body>, sent: &[u8]) {
    let method = request.method().clone();
    let response = ROUTER.clone().oneshot(request).await;
    let Ok(response) = response;
    let (head, body) = response.into_parts();
    let body = to_bytes(body, LONGEST)
        .await
        .expect("a body that is not too long");
    // A failure of ours is never the answer to what anybody can send.
    assert_ne!(
        head.status,
        StatusCode::INTERNAL_SERVER_ERROR,
        "{}",
        text(&body)
    );
    assert_eq!(
        head.headers.get("x-content-type-options"),
        Some(&HeaderValue::from_static("nosniff"))
    );
    let kind = head
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    assert!(
        !kind.is_empty() || body.is_empty() || head.status == StatusCode::METHOD_NOT_ALLOWED,
        "a body without a type"
    );
    if kind.starts_with("text/html") {
        assert!(head.headers.contains_key("content-security-policy"));
        assert!(
            !text(&body).contains(MARK),
            "a page repeats what was sent, unescaped: {}",
            text(sent)
        );
    }
    if kind.starts_with("application/json") && method != Method::HEAD {
        let told: Value = serde_json::from_slice(&body).expect("JSON");
        if let Some(description) = told.get("error_description").and_then(Value::as_str) {
            assert!(
                head.status.is_client_error() || head.status == StatusCode::SERVICE_UNAVAILABLE
            );
            let lawful = |c: char| matches!(c, ' '..='~') && c != '"' && c != '\\';
            assert!(description.chars().all(lawful), "{description}");
        }
    }
    for cookie in head.headers.get_all(header::SET_COOKIE) {
        let cookie = cookie.to_str().expect("ASCII");
        assert!(
            cookie.contains("Path=/") && cookie.contains("SameSite=Lax"),
            "{cookie}"
        );
        assert!(
            cookie.contains("HttpOnly") || cookie.starts_with("browser-state="),
            "{cookie}"
        );
    }
    if let Some(location) = head.headers.get(header::LOCATION) {
        judge_location(location.to_str().expect("ASCII"));
    }
}

/// A redirect leads to a page of ours or to what a client registered.
fn judge_location(location: &str) {
    if location.starts_with('/') {
        assert!(
            !location.starts_with("//") && !location.starts_with("/\\"),
            "{location}"
        );
        return;
    }
    let url = Url::parse(location).unwrap_or_else(|error| panic!("{location}: {error}"));
    let hosts = ["id.toyota.localhost", "id.lexus.localhost"];
    if url.port() == Some(8080) && url.host_str().is_some_and(|host| hosts.contains(&host)) {
        return;
    }
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
    let registered = |uri: &String| location.starts_with(uri.as_str());
    let of_clients = CLIENTS.iter().flat_map(|client| {
        client
            .redirect_uris
            .iter()
            .chain(&client.post_logout_redirect_uris)
    });
    assert!(
        of_clients.into_iter().any(registered) || (loopback && url.path() == "/callback"),
        "{location}"
    );
}
