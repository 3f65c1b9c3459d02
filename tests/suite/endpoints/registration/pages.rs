//! The pages about a client that registered itself: its name, logo and links, on the login
//! page and on the consent page.

use common_id::oidc::client::ClientId;
use serde_json::{Value, json};

use crate::support::browser::{Page, Phone};
use crate::support::provider::Provider;
use crate::support::publisher::Publisher;
use crate::support::registrar::{open_provider, open_provider_with, register};
use crate::support::steps;

/// A picture, as far as the provider checks it.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nand so on";

/// Returns the login page and the consent page of a client with this registration.
async fn pages(provider: &Provider, phone: &mut Phone, changes: Value) -> (Page, Page) {
    let party = register(provider, changes).await.party(provider).await;
    let person = steps::person(provider, "hanako@example.jp").await;
    let landed = phone.open(party.url(&party.ask("openid email"))).await;
    let login = landed.screen("login");
    let landed = phone.open(&login.url).await;
    let consent = steps::log_in(phone, landed, &person.email)
        .await
        .screen("consent");
    (login, consent)
}

/// Returns the address of the page's one picture.
fn logo(page: &Page) -> Option<String> {
    let (_, rest) = page.body.split_once("<img ")?;
    let (_, rest) = rest.split_once("src=\"")?;
    Some(rest.split_once('"')?.0.to_owned())
}

#[tokio::test]
async fn people_see_the_logo_and_find_the_policy_and_the_terms() {
    let (provider, publisher) = (open_provider().await, Publisher::start().await);
    // The server's `Content-Type` does not matter.
    let logo_uri = publisher.publish_bytes("/logo", "text/html", PNG.to_vec());
    let mut phone = Phone::english();
    let changes = json!({
        "client_name#en": "Drive",
        "logo_uri": logo_uri,
        "policy_uri": "https://drive.example/policy",
        "policy_uri#ja": "https://drive.example/ja/policy",
        "tos_uri": "https://drive.example/tos",
    });
    let (login, consent) = pages(&provider, &mut phone, changes).await;
    for page in [&login, &consent] {
        assert!(page.words().contains("Drive"), "{}", page.words());
        assert_eq!(page.link("policy"), "https://drive.example/policy");
        assert_eq!(page.link("tos"), "https://drive.example/tos");
        assert!(
            !page.body.contains(&logo_uri),
            "nobody else is asked for it"
        );
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("img-src 'self';"), "{policy}");
    }
    let place = logo(&login).expect("a logo on the login page");
    assert_eq!(logo(&consent), Some(place.clone()));
    let picture = phone.fetch(provider.url(&place)).await;
    assert_eq!(picture.status, 200);
    assert_eq!(picture.headers["content-type"], "image/png");
    assert_eq!(picture.headers["x-content-type-options"], "nosniff");
    assert!(
        picture.headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
    assert_eq!(publisher.asked(), ["/logo"]);
}

#[tokio::test]
async fn what_is_no_plain_picture_is_not_shown_and_refuses_nobody() {
    let (provider, publisher) = (open_provider().await, Publisher::start().await);
    let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec();
    let svg = publisher.publish_bytes("/logo.svg", "image/svg+xml", svg);
    let huge = [PNG, &vec![0; 200 * 1024]].concat();
    let huge = publisher.publish_bytes("/huge.png", "image/png", huge);
    let missing = publisher.url("/missing.png");
    for logo_uri in [svg, huge, missing, "https://127.0.0.1/logo.png".to_owned()] {
        let registered = register(&provider, json!({"logo_uri": logo_uri})).await;
        assert_eq!(registered.text("logo_uri"), logo_uri);
        let party = registered.party(&provider).await;
        let mut phone = Phone::new();
        let landed = phone.open(party.url(&party.ask("openid"))).await;
        assert_eq!(logo(&landed.screen("login")), None, "{logo_uri}");
    }
}

#[tokio::test]
async fn the_operator_says_how_big_a_logo_may_be() {
    for (logo_bytes, is_shown) in [(16 * 1024, false), (64 * 1024, true)] {
        let provider = open_provider_with(|config| config.limits.logo_bytes = logo_bytes).await;
        let publisher = Publisher::start().await;
        let big = [PNG, &vec![0; 38 * 1024]].concat();
        let logo_uri = publisher.publish_bytes("/big.png", "image/png", big);
        let registered = register(&provider, json!({"logo_uri": logo_uri})).await;
        let party = registered.party(&provider).await;
        let mut phone = Phone::new();
        let landed = phone.open(party.url(&party.ask("openid"))).await;
        assert_eq!(logo(&landed.screen("login")).is_some(), is_shown);
    }
}

#[tokio::test]
async fn each_language_has_its_own_logo() {
    let (provider, publisher) = (open_provider().await, Publisher::start().await);
    let ja = publisher.publish_bytes("/ja", "image/png", [PNG, b"ja"].concat());
    let other = publisher.publish_bytes("/other", "image/jpeg", b"\xff\xd8\xff\xe0".to_vec());
    let changes = json!({"logo_uri#ja-JP": ja, "logo_uri": other});
    let party = register(&provider, changes).await.party(&provider).await;
    for (mut phone, kind) in [
        (Phone::new(), "image/png"),
        (Phone::english(), "image/jpeg"),
    ] {
        let landed = phone.open(party.url(&party.ask("openid"))).await;
        let place = logo(&landed.screen("login")).unwrap();
        let picture = phone.fetch(provider.url(&place)).await;
        assert_eq!(picture.headers["content-type"], kind);
    }
}

#[tokio::test]
async fn a_logo_leaves_with_its_client_and_nobody_guesses_one() {
    let (provider, publisher) = (open_provider().await, Publisher::start().await);
    let logo_uri = publisher.publish_bytes("/logo", "image/png", PNG.to_vec());
    let registered = register(&provider, json!({"logo_uri": logo_uri})).await;
    let party = registered.party(&provider).await;
    let mut phone = Phone::new();
    let landed = phone.open(party.url(&party.ask("openid"))).await;
    let place = logo(&landed.screen("login")).unwrap();
    for other in ["/logo/x/y", "/logo/%00/y", &format!("{place}0")] {
        assert_eq!(
            phone.fetch(provider.url(other)).await.status,
            404,
            "{other}"
        );
    }
    let id = ClientId(registered.text("client_id").to_owned());
    let now = provider.app.clock.now();
    provider.app.store.clients().remove(&id, now).await.unwrap();
    assert_eq!(phone.fetch(provider.url(&place)).await.status, 404);
}

#[tokio::test]
async fn our_own_services_need_no_introduction() {
    let provider = Provider::start().await;
    let ours = json!({
        "policy_uri": "https://service.example/policy",
        "tos_uri": "https://service.example/tos",
    });
    provider.register("service", ours).await;
    let party = provider.party("service").await;
    let mut phone = Phone::new();
    let landed = phone.open(party.url(&party.ask("openid"))).await;
    let page = landed.screen("login");
    assert!(!page.body.contains("service.example/policy"));
    assert_eq!(logo(&page), None);
}
