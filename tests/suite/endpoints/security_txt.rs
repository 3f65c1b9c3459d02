//! `/.well-known/security.txt` (RFC 9116): where to report a vulnerability.

use std::time::Duration;

use crate::support::browser::http_client;
use crate::support::provider::Provider;

const PATH: &str = "/.well-known/security.txt";

#[tokio::test]
async fn each_brand_says_where_to_report_a_vulnerability() {
    let provider = Provider::start_with(|config| {
        config.security_contact = Some("mailto:security@example.jp".parse().unwrap());
    })
    .await;
    let mut before = String::new();
    for brand in ["toyota", "lexus"] {
        let url = format!("{}{PATH}", provider.issuer_of(brand));
        let answer = http_client().get(&url).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let headers = answer.headers().clone();
        assert_eq!(headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let text = answer.text().await.unwrap();
        let lines: Vec<_> = text.lines().collect();
        let [contact, expires, languages, canonical] = lines[..] else {
            panic!("{text}");
        };
        assert_eq!(contact, "Contact: mailto:security@example.jp");
        assert!(expires.starts_with("Expires: 20") && expires.ends_with('Z'));
        assert_eq!(languages, "Preferred-Languages: ja, en");
        assert_eq!(canonical, format!("Canonical: {url}"));
        before = expires.to_owned();
    }
    // The day moves on with the clock: the file never expires by being forgotten.
    provider.advance(Duration::from_secs(24 * 60 * 60));
    let answer = http_client().get(provider.url(PATH)).send().await.unwrap();
    let text = answer.text().await.unwrap();
    assert!(!text.contains(&before), "{text}");
}

#[tokio::test]
async fn without_a_contact_there_is_no_file() {
    let provider = Provider::start().await;
    let answer = http_client().get(provider.url(PATH)).send().await.unwrap();
    assert_eq!(answer.status(), 404);
}
