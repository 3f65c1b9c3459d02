//! The parsers of headers, each by itself.

use std::net::IpAddr;

use axum::extract::FromRequestParts as _;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Uri, header};
use common_id::config::ProxyHeader;
use common_id::http::client_address::ClientAddress;
use common_id::http::client_authentication::{claimed, http_basic};
use common_id::http::cookies::{self, CookieKind};
use common_id::http::forwarded::forwarded_for;
use common_id::http::request_brand::host_of;
use common_id::locale::Locale;
use common_id::oidc::parameters;
use ipnet::IpNet;

use crate::node::{NODE, RUNTIME};

pub(super) fn judge_headers(headers: &HeaderMap, body: &[u8]) {
    judge_forwarded(headers);
    judge_cookies(headers);
    if let Some(languages) = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        && let Some(locale) = Locale::from_accept_language(languages)
    {
        assert!(languages.to_ascii_lowercase().contains(locale.tag()));
    }
    if let Some(read) = headers.get(header::AUTHORIZATION).and_then(http_basic) {
        assert!(!read.name.contains(':'));
    }
    if let Ok(parameters) = parameters::parse(body)
        && let Some(claimed) = claimed(headers, &parameters)
    {
        let named = parameters
            .get("client_id")
            .is_none_or(|named| *named == claimed.client_id.0);
        assert!(named || claimed.method == "unclear");
    }
    let uri = Uri::from_static("/");
    if let Some(host) = host_of(&uri, headers)
        && let Some(brand) = NODE.brands.by_host(host)
    {
        let host = host.to_ascii_lowercase();
        assert!(
            host == brand.host || host == format!("{}:80", brand.host),
            "{host}"
        );
    }
}

/// What the nearest proxy adds is read last, whatever a client wrote before it.
fn judge_forwarded(headers: &HeaderMap) {
    let added: IpAddr = "203.0.113.9".parse().expect("an address");
    for (header, written) in [
        (ProxyHeader::XForwardedFor, "203.0.113.9"),
        (
            ProxyHeader::Forwarded,
            "for=\"203.0.113.9:4711\";proto=https",
        ),
    ] {
        let before = forwarded_for(headers, header);
        let name = HeaderName::from_bytes(header.as_str().as_bytes()).expect("a name");
        // As a line of its own, and at the end of the last line.
        let mut apart = headers.clone();
        apart.append(&name, HeaderValue::from_static(written));
        let hops = forwarded_for(&apart, header);
        assert_eq!(
            (hops.last(), hops.len()),
            (Some(&Some(added)), before.len() + 1)
        );
        let mut joined = headers.clone();
        let mut lines: Vec<_> = headers.get_all(&name).iter().cloned().collect();
        if let Some(last) = lines.pop() {
            joined.remove(&name);
            for line in lines {
                joined.append(&name, line);
            }
            let line = [last.as_bytes(), b", ", written.as_bytes()].concat();
            joined.append(&name, HeaderValue::from_bytes(&line).expect("a value"));
            let hops = forwarded_for(&joined, header);
            assert_eq!(hops.last(), Some(&Some(added)), "{joined:?}");
        }
    }
    let parts = Request::builder().body(()).expect("a request").into_parts();
    let mut parts = parts.0;
    parts.headers = headers.clone();
    let address = RUNTIME.block_on(ClientAddress::from_request_parts(&mut parts, &NODE));
    let Ok(address) = address;
    let networks = address.networks();
    for (name, addresses) in &networks {
        assert!((1..=16).contains(addresses));
        let inside = match name.parse::<IpNet>() {
            Ok(net) => net.contains(&address.0.to_canonical()) && net.trunc() == net,
            Err(_) => name.parse() == Ok(address.0.to_canonical()),
        };
        assert!(inside, "{address:?} is not in {name}");
    }
    assert_eq!(
        networks.first().map(|(name, _)| name.clone()),
        Some(address.counted_as())
    );
}

/// A cookie of ours is read whatever stands before it.
fn judge_cookies(headers: &HeaderMap) {
    let brand = NODE.brands.by_name("toyota").expect("a brand");
    let kinds = [
        CookieKind::Session,
        CookieKind::Browser,
        CookieKind::Language,
    ];
    for kind in kinds {
        let before = cookies::read(headers, brand, kind);
        let set = cookies::set(brand, kind, "a-value", 60).expect("a header");
        let set = set.to_str().expect("ASCII");
        let pair = set.split(';').next().expect("a pair");
        let mut with = headers.clone();
        let line = match headers.get(header::COOKIE) {
            Some(line) => [line.as_bytes(), b"; ", pair.as_bytes()].concat(),
            None => pair.as_bytes().to_vec(),
        };
        with.insert(
            header::COOKIE,
            HeaderValue::from_bytes(&line).expect("a value"),
        );
        if before.is_none() {
            assert_eq!(
                cookies::read(&with, brand, kind).as_deref(),
                Some("a-value"),
                "{line:?}"
            );
        }
    }
    if let Some(Ok(value)) = headers
        .get(header::COOKIE)
        .map(|value| std::str::from_utf8(value.as_bytes()))
        && let Some(set) = cookies::set(brand, CookieKind::Language, value, 1)
    {
        let breaks = |b: &u8| matches!(b, b'\r' | b'\n');
        assert!(!set.is_empty() && !set.as_bytes().iter().any(breaks));
    }
}
