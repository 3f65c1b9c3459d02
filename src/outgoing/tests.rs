use std::time::Duration;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;

use super::*;

fn settings(allow_hosts: &[&str]) -> OutgoingSettings {
    OutgoingSettings {
        timeout: Duration::from_secs(20),
        allow_hosts: allow_hosts
            .iter()
            .map(|host| host.parse().unwrap())
            .collect(),
        ca_file: None,
        proxy: None,
    }
}

fn outgoing(allow_hosts: &[&str]) -> Outgoing {
    Outgoing::open(&settings(allow_hosts)).unwrap()
}

/// Starts a server on loopback, and returns its port.
async fn server() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new()
        .route("/keys", get(keys))
        .route("/elsewhere", get(|| async { Redirect::temporary("/keys") }))
        .route("/silence", get(std::future::pending::<Response>))
        .route("/form", post(form));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    port
}

async fn keys(headers: HeaderMap) -> Response {
    assert!(!headers.contains_key("cookie") && !headers.contains_key("referer"));
    let said = [("cache-control", "max-age=60"), ("set-cookie", "a=b")];
    (said, format!("{:?}", headers["accept"])).into_response()
}

async fn form(headers: HeaderMap, body: String) -> Response {
    let expected = ("logout_token=a+b%26", "application/x-www-form-urlencoded");
    let got = (&*body, headers["content-type"].to_str().unwrap());
    let status = if got == expected {
        StatusCode::NO_CONTENT
    } else {
        StatusCode::BAD_REQUEST
    };
    status.into_response()
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

async fn fetched(outgoing: &Outgoing, address: &str) -> Result<Document, Unfetched> {
    outgoing.get(&url(address), "application/json", 100).await
}

#[tokio::test]
async fn a_document_of_a_named_host_is_fetched_with_its_freshness() {
    let (port, outgoing) = (server().await, outgoing(&["*.localhost"]));
    for _ in 0..2 {
        let document = fetched(&outgoing, &format!("http://rp.localhost:{port}/keys"))
            .await
            .unwrap();
        assert_eq!(document.body, br#""application/json""#);
        assert_eq!(document.fresh_for, Duration::from_secs(60));
    }
}

#[tokio::test]
async fn a_form_is_posted() {
    let (port, outgoing) = (server().await, outgoing(&["localhost"]));
    let to = url(&format!("http://localhost:{port}/form"));
    let posted = outgoing.post_form(&to, &[("logout_token", "a b&")]).await;
    assert_eq!(posted, Ok(StatusCode::NO_CONTENT));
}

#[tokio::test]
async fn only_a_whole_short_answer_of_the_very_address_counts() {
    let (port, outgoing) = (server().await, outgoing(&["*.localhost"]));
    let at = |path: &str| format!("http://rp.localhost:{port}{path}");
    assert_eq!(
        fetched(&outgoing, &at("/elsewhere")).await,
        Err(Unfetched::Redirected)
    );
    assert_eq!(
        fetched(&outgoing, &at("/nothing")).await,
        Err(Unfetched::Status(StatusCode::NOT_FOUND))
    );
    let hasty = OutgoingSettings {
        timeout: Duration::from_millis(200),
        ..settings(&["*.localhost"])
    };
    let hasty = Outgoing::open(&hasty).unwrap();
    assert_eq!(
        fetched(&hasty, &at("/silence")).await,
        Err(Unfetched::TooSlow)
    );
    let short = outgoing
        .get(&url(&at("/keys")), "application/json", 17)
        .await;
    assert_eq!(short, Err(Unfetched::TooLong(17)));
}

#[tokio::test]
async fn nothing_of_our_own_network_is_asked_unless_it_is_named() {
    let (port, outgoing) = (server().await, outgoing(&["named.example", "127.0.0.1"]));
    for (address, refused) in [
        ("http://rp.localhost/keys", Unfetched::NotHttps),
        ("http://localhost/keys", Unfetched::NotHttps),
        ("http://named.example/keys", Unfetched::NotHttps),
        ("ftp://127.0.0.1/keys", Unfetched::NotHttps),
        ("https://user@rp.example/", Unfetched::NotHttps),
        ("https://:secret@rp.example/", Unfetched::NotHttps),
        ("data:text/plain,x", Unfetched::NotHttps),
        ("https://127.0.0.2/", Unfetched::NotPublic),
        ("https://0x7f.2/", Unfetched::NotPublic),
        ("https://2130706434/", Unfetched::NotPublic),
        (
            "https://169.254.169.254/latest/meta-data/",
            Unfetched::NotPublic,
        ),
        ("https://[::1]/", Unfetched::NotPublic),
        ("https://[::ffff:10.0.0.1]/", Unfetched::NotPublic),
        ("https://localhost/", Unfetched::Unreached),
        ("https://rp.localhost/", Unfetched::Unreached),
    ] {
        let address = address.replace("localhost", &format!("localhost:{port}"));
        assert_eq!(
            fetched(&outgoing, &address).await,
            Err(refused),
            "{address}"
        );
    }
    let named = format!("http://127.0.0.1:{port}/keys");
    assert!(fetched(&outgoing, &named).await.is_ok());
}

#[tokio::test]
async fn a_name_of_our_own_network_is_told_from_a_certificate_that_is_not_trusted_by_nobody() {
    let port = server().await;
    let address = format!("https://rp.localhost:{port}/keys");
    let (named, unnamed) = (outgoing(&["*.localhost"]), outgoing(&[]));
    let untrusted = fetched(&named, &address).await;
    assert_eq!(untrusted, Err(Unfetched::Unreached));
    assert_eq!(untrusted, fetched(&unnamed, &address).await);
}

#[test]
fn a_file_of_authorities_that_holds_none_is_told_at_the_start() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for ca_file in [
        file.path().to_owned(),
        file.path().with_extension("missing"),
    ] {
        let settings = OutgoingSettings {
            ca_file: Some(ca_file),
            ..settings(&[])
        };
        let said = Outgoing::open(&settings).unwrap_err().to_string();
        assert!(said.starts_with("outgoing.ca_file: "), "{said}");
    }
}

#[test]
fn what_a_developer_is_told_names_no_address() {
    for why in [
        Unfetched::NotPublic,
        Unfetched::Unreached,
        Unfetched::TooSlow,
    ] {
        let said = why.to_string();
        assert!(!said.contains(|c: char| c.is_ascii_digit()), "{said}");
    }
}
