//! Devices that cannot show a login page (RFC 8628): the responses to their request and to
//! every poll. The person's pages are in `screens::device`.

use std::time::Duration;

use reqwest::header::HeaderMap;
use serde_json::json;

use crate::support::browser::Phone;
use crate::support::devices::{self, DEVICE_CODE, Navi};
use crate::support::provider::{DEALER, Provider};
use crate::support::relying_party::{basic, jwt_part};
use crate::support::steps;

const EMAIL: &str = "hanako@example.jp";

#[tokio::test]
async fn the_endpoint_and_its_grant_are_in_the_discovery_document() {
    let provider = Provider::start().await;
    let navi = Navi::of(&provider).await;
    let endpoint = navi.party.endpoint("device_authorization_endpoint");
    assert_eq!(endpoint, provider.url("/device_authorization"));
    let grants = navi.party.metadata["grant_types_supported"].clone();
    assert!(grants.as_array().unwrap().contains(&json!(DEVICE_CODE)));
}

#[tokio::test]
async fn a_device_gets_what_rfc_8628_promises() {
    let provider = Provider::start().await;
    let navi = Navi::of(&provider).await;
    let reply = navi.ask(&[("scope", "openid")]).await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("cache-control"), "no-store");
    let body = reply.json();
    let user_code = body["user_code"].as_str().unwrap();
    assert_eq!(user_code.len(), 9);
    let (first, second) = user_code.split_once('-').unwrap();
    let letters = format!("{first}{second}");
    assert!(
        letters.len() == 8 && letters.chars().all(|c| "BCDFGHJKLMNPQRSTVWXZ".contains(c)),
        "{user_code}"
    );
    assert_eq!(body["device_code"].as_str().unwrap().len(), 43);
    assert_eq!(body["verification_uri"], provider.url("/device"));
    let complete = provider.url(&format!("/device?user_code={user_code}"));
    assert_eq!(body["verification_uri_complete"], complete);
    assert_eq!(
        (&body["expires_in"], &body["interval"]),
        (&json!(600), &json!(5))
    );
}

#[tokio::test]
async fn an_approved_device_gets_the_tokens_of_a_code_grant_once() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    let navi = Navi::of(&provider).await;
    let device = navi.begin("openid profile email offline_access").await;
    devices::let_in(&mut Phone::new(), &device, &person).await;
    let reply = navi.poll(&device).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let body = reply.json();
    assert_eq!(body["scope"], "email offline_access openid profile");
    assert_eq!(body["token_type"], "Bearer");
    let claims = jwt_part(&reply.text("id_token"), 1);
    assert_eq!(claims["iss"], provider.issuer());
    assert_eq!(claims["aud"], "navi");
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert!(claims["auth_time"].is_i64() && claims["at_hash"].is_string());
    // The device is not the browser in which it was approved.
    assert_eq!(claims.get("sid"), None);
    assert_eq!(claims.get("nonce"), None);
    let access = reply.text("access_token");
    let userinfo = navi.party.userinfo(&access).await;
    assert_eq!(userinfo.json()["email"], EMAIL);
    assert_eq!(userinfo.json()["sub"], claims["sub"]);
    let refreshed = navi.party.refresh(&reply.text("refresh_token")).await;
    assert_eq!(refreshed.status, 200);

    assert_eq!(
        navi.poll(&device).await.refused(),
        (400, "invalid_grant".to_owned())
    );
    assert_eq!(
        navi.party.userinfo(&access).await.status,
        401,
        "a device code used twice revokes what it gave"
    );
    let refresh = refreshed.text("refresh_token");
    assert_eq!(navi.party.refresh(&refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn of_many_that_fetch_at_once_one_at_most_gets_tokens_and_nothing_it_got_survives() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    let navi = Navi::of(&provider).await;
    let device = navi.begin("openid offline_access").await;
    devices::let_in(&mut Phone::new(), &device, &person).await;
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (navi, device) = (navi.clone(), device.clone());
        racers.spawn(async move { navi.poll(&device).await });
    }
    let replies = racers.join_all().await;
    let given: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
    // There is none if another poll revoked the grant before the first was answered.
    assert!(given.len() <= 1, "{} polls got tokens", given.len());
    for reply in given {
        let (access, refresh) = (reply.text("access_token"), reply.text("refresh_token"));
        let userinfo = navi.party.userinfo(&access).await;
        assert_eq!(userinfo.status, 401, "the others revoked it");
        assert_eq!(navi.party.refresh(&refresh).await.error(), "invalid_grant");
    }
    let late = navi.poll(&device).await;
    assert_eq!(late.refused(), (400, "invalid_grant".to_owned()));
}

#[tokio::test]
async fn until_the_person_decides_the_device_is_told_to_wait_and_to_slow_down() {
    let provider = Provider::start().await;
    let navi = Navi::of(&provider).await;
    let device = navi.begin("openid").await;
    let pending = (400, "authorization_pending".to_owned());
    let slow_down = (400, "slow_down".to_owned());
    assert_eq!(navi.poll(&device).await.refused(), pending);
    assert_eq!(navi.poll(&device).await.refused(), slow_down);
    provider.advance(Duration::from_secs(8));
    assert_eq!(navi.poll(&device).await.refused(), slow_down);
    provider.advance(Duration::from_secs(7));
    assert_eq!(navi.poll(&device).await.refused(), pending);
}

#[tokio::test]
async fn a_device_whose_time_is_over_is_told_so() {
    let provider = Provider::start().await;
    let navi = Navi::of(&provider).await;
    let device = navi.begin("openid").await;
    provider.advance(Duration::from_secs(600));
    let expired = (400, "expired_token".to_owned());
    assert_eq!(navi.poll(&device).await.refused(), expired);
    let page = devices::type_code(&mut Phone::new(), &device)
        .await
        .screen("device-code");
    assert_eq!(page.errors(), ["user-code-unknown"]);
    assert_eq!(provider.count("grants").await, 0);
}

#[tokio::test]
async fn a_device_that_was_refused_is_told_so() {
    let provider = Provider::start().await;
    let navi = Navi::of(&provider).await;
    let device = navi.begin("openid").await;
    let mut phone = Phone::new();
    let page = devices::type_code(&mut phone, &device)
        .await
        .screen("device-confirmation");
    phone
        .press(&page, "deny", &[])
        .await
        .screen("device-denied");
    for _ in 0..2 {
        let denied = (400, "access_denied".to_owned());
        assert_eq!(navi.poll(&device).await.refused(), denied);
    }
}

#[tokio::test]
async fn whoever_may_not_ask_is_refused_in_the_words_of_the_rfc() {
    let provider = Provider::start().await;
    let navi = Navi::of(&provider).await;
    let service = provider.service().await;
    for (parameters, error) in [
        (vec![], "invalid_scope"),
        (vec![("scope", "\"")], "invalid_scope"),
        (vec![("scope", "unknown")], "invalid_scope"),
        (
            vec![("scope", "openid"), ("max_age", "soon")],
            "invalid_request",
        ),
        (
            vec![("scope", "openid"), ("claims", "[]")],
            "invalid_request",
        ),
        (
            vec![("scope", "openid"), ("authorization_details", "[{}]")],
            "invalid_authorization_details",
        ),
    ] {
        let reply = navi.ask(&parameters).await;
        assert_eq!(reply.refused(), (400, error.to_owned()), "{parameters:?}");
    }
    let reply = service
        .post("device_authorization_endpoint", &[("scope", "openid")])
        .await;
    assert_eq!(reply.refused(), (400, "unauthorized_client".to_owned()));
    let reply = service
        .token(&[("grant_type", DEVICE_CODE), ("device_code", "x")])
        .await;
    assert_eq!(reply.refused(), (400, "unauthorized_client".to_owned()));
}

#[tokio::test]
async fn a_confidential_client_must_prove_itself() {
    let provider = Provider::start().await;
    let confidential = json!({
        "grant_types": [DEVICE_CODE],
        "response_types": [],
        "redirect_uris": [],
        "scope": "openid",
    });
    provider.register("box", confidential).await;
    let party = provider.party("box").await;
    let endpoint = "device_authorization_endpoint";
    let right = party.post(endpoint, &[("scope", "openid")]).await;
    assert_eq!(right.status, 200, "{}", right.body);
    let named = [("scope", "openid"), ("client_id", "box")];
    let reply = party.post_as(endpoint, HeaderMap::new(), &named).await;
    assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
    let mut headers = HeaderMap::new();
    headers.insert("authorization", basic("box", "wrong").parse().unwrap());
    let reply = party
        .post_as(endpoint, headers, &[("scope", "openid")])
        .await;
    assert_eq!(reply.refused(), (401, "invalid_client".to_owned()));
}

#[tokio::test]
async fn another_client_can_neither_fetch_what_was_approved_nor_spend_it() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    let navi = Navi::of(&provider).await;
    let thief = Navi::named(&provider, "thief").await;
    let device = navi.begin("openid").await;
    devices::let_in(&mut Phone::new(), &device, &person).await;
    let refused = (400, "invalid_grant".to_owned());
    assert_eq!(thief.poll(&device).await.refused(), refused);
    let reply = navi.poll(&device).await;
    assert_eq!(reply.status, 200);
    assert_eq!(thief.poll(&device).await.refused(), refused);
    let access = reply.text("access_token");
    assert_eq!(navi.party.userinfo(&access).await.status, 200);
}

#[tokio::test]
async fn what_is_no_device_code_is_refused() {
    let provider = Provider::start().await;
    let navi = Navi::of(&provider).await;
    let device = navi.begin("openid").await;
    for code in [device.user_code.as_str(), "x", "#"] {
        let reply = navi
            .party
            .token(&[("grant_type", DEVICE_CODE), ("device_code", code)])
            .await;
        assert_eq!(reply.error(), "invalid_grant", "{code}");
    }
    let reply = navi.party.token(&[("grant_type", DEVICE_CODE)]).await;
    assert_eq!(reply.refused(), (400, "invalid_request".to_owned()));
}

#[tokio::test]
async fn the_code_of_one_brand_is_unknown_to_the_other() {
    let provider = Provider::start().await;
    let navi = Navi::of(&provider).await;
    let device = navi.begin("openid").await;
    let lexus = provider.party_at("lexus", "navi").await;
    let reply = lexus
        .token(&[
            ("grant_type", DEVICE_CODE),
            ("device_code", &device.device_code),
        ])
        .await;
    assert_eq!(reply.error(), "invalid_grant");
    let mut phone = Phone::new();
    let url = format!("{}/device", provider.issuer_of("lexus"));
    let page = phone.open(url).await.screen("device-code");
    let code = [("user_code", device.user_code.as_str())];
    let page = phone.press(&page, "next", &code).await.page();
    assert_eq!(page.errors(), ["user-code-unknown"]);
}

#[tokio::test]
async fn devices_of_public_clients_at_one_address_are_limited() {
    let provider = Provider::start_with(|config| config.device.requests_per_ip_hour = 3).await;
    let navi = Navi::of(&provider).await;
    for _ in 0..3 {
        assert_eq!(navi.ask(&[("scope", "openid")]).await.status, 200);
    }
    let reply = navi.ask(&[("scope", "openid")]).await;
    assert_eq!(reply.refused(), (503, "temporarily_unavailable".to_owned()));
}

#[tokio::test]
async fn a_device_may_ask_for_a_dealer_link_and_is_told_which_was_made() {
    let provider = Provider::start().await;
    let person = steps::person(&provider, EMAIL).await;
    let navi = Navi::of(&provider).await;
    let details = format!(r#"[{{"type":"dealer_link","identifier":"{DEALER}"}}]"#);
    let device = navi
        .begin_with(&[("scope", "openid"), ("authorization_details", &details)])
        .await;
    let mut phone = Phone::new();
    let page = devices::type_code(&mut phone, &device)
        .await
        .screen("device-confirmation");
    let landed = phone.press(&page, "approve", &[]).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link");
    let page = phone
        .press(&page, "link", &[])
        .await
        .screen("dealer-link-complete");
    phone
        .press(&page, "next", &[])
        .await
        .screen("device-complete");
    let body = navi.poll(&device).await.json();
    assert_eq!(body["authorization_details"][0]["identifier"], DEALER);
}
