//! The front page of a brand's host, and the well-known paths beside it.

use crate::support::browser::{Phone, http_client};
use crate::support::provider::Provider;
use crate::support::steps::{self, Person};

const EMAIL: &str = "hanako@example.jp";

#[tokio::test]
async fn the_front_page_says_what_the_id_is_and_leads_on() {
    let provider = Provider::start().await;
    let mut phone = Phone::new();
    let front = phone.open(provider.url("/")).await.screen("front");
    assert!(front.words().contains("ひとつのIDで"), "{}", front.words());
    phone.open(front.link("/account")).await.screen("login");
    phone.open(front.link("/recovery")).await.screen("recovery");
    phone
        .open(front.link("/registration"))
        .await
        .screen("terms");
    let mut english = Phone::english();
    let front = english.open(provider.url("/")).await.screen("front");
    assert!(front.words().contains("One ID"), "{}", front.words());
}

#[tokio::test]
async fn whoever_is_logged_in_comes_to_the_account_pages() {
    let provider = Provider::start().await;
    steps::person(&provider, EMAIL).await;
    let mut phone = Phone::new();
    let login = phone.open(provider.url("/account")).await;
    steps::log_in(&mut phone, login, EMAIL)
        .await
        .screen("account");
    phone.open(provider.url("/")).await.screen("account");
}

#[tokio::test]
async fn a_new_id_without_a_service_ends_on_the_account_pages() {
    let provider = Provider::start().await;
    let mut phone = Phone::new();
    let terms = phone.open(provider.url("/registration")).await;
    let person = Person::new(EMAIL);
    let landed = steps::register(&mut phone, &provider, terms, &person).await;
    landed.screen("account");
}

#[tokio::test]
async fn password_managers_and_search_engines_find_what_they_look_for() {
    let provider = Provider::start().await;
    let http = http_client();
    let get = async |path: &str| http.get(provider.url(path)).send().await.unwrap();
    let change = get("/.well-known/change-password").await;
    assert_eq!(change.status(), 303);
    assert_eq!(change.headers()["location"], "/account/password");
    let robots = get("/robots.txt").await;
    assert_eq!(robots.status(), 200);
    assert_eq!(robots.text().await.unwrap(), "User-agent: *\nDisallow: /\n");
}

#[tokio::test]
async fn an_error_page_leads_on() {
    let provider = Provider::start().await;
    let mut phone = Phone::new();
    let lost = phone.fetch(provider.url("/nowhere")).await;
    assert_eq!(lost.status, 404);
    assert!(lost.body.contains("href=\"/\""), "{}", lost.body);
}

#[tokio::test]
async fn every_page_lets_the_browsers_secret_live_a_day_longer() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let mut phone = Phone::new();
    let request = service.ask("openid");
    let page = phone.open(service.url(&request)).await.screen("login");
    let first = phone.cookie(&page.url, "browser").unwrap().to_owned();
    let again = phone.fetch(page.url.as_str()).await;
    let set = again.headers.get_all("set-cookie").iter();
    let set: Vec<_> = set.map(|cookie| cookie.to_str().unwrap()).collect();
    let renewed = set.iter().find(|cookie| cookie.starts_with("browser="));
    let renewed = renewed.expect("the cookie, renewed");
    assert!(
        renewed.contains(&first) && renewed.contains("Max-Age=86400"),
        "{renewed}"
    );
}
