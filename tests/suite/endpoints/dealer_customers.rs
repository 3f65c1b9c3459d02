//! `/dealer/customers`: a dealer's own system gets the people who linked that dealer, with
//! the data they consented to and no more.

use serde_json::json;

use crate::support::dealers::{self, A_DAY, SCOPE};
use crate::support::provider::{DEALER, Provider, START};
use crate::support::relying_party::Reply;
use crate::support::steps;

const OTHER: &str = "20200";

/// Adds another dealer to the provider's directory.
async fn with_another_dealer(provider: &Provider) {
    let mut dealer = provider.app.dealers.get(DEALER).unwrap().as_ref().clone();
    dealer.code = OTHER.to_owned();
    provider.import_dealers(&[dealer]).await;
}

fn subs(reply: &Reply) -> Vec<String> {
    let body = reply.json();
    let customers = body["customers"].as_array().unwrap().iter();
    customers
        .map(|customer| customer["sub"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_dealer_sees_who_linked_it_and_what_they_use_since() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let system = dealers::system(&provider, "dealer", json!({})).await;
    let (mut phone, person) = dealers::member(&provider, "hanako@example.jp").await;
    steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    provider.advance(A_DAY);
    dealers::link(&mut phone, &service, DEALER, &person).await;
    let linked_at = provider.app.clock.now();
    provider.advance(2 * A_DAY);
    let app = provider.native_app().await;
    steps::tokens(&mut phone, &app, app.ask("openid"), &person).await;
    provider.advance(A_DAY);
    steps::tokens(&mut phone, &app, app.ask("openid"), &person).await;

    let token = dealers::token(&system).await;
    let reply = dealers::ask(&provider, &system, &token, "").await;
    assert_eq!(reply.header("cache-control"), "no-store");
    let body = reply.json();
    assert_eq!(body["dealer_code"], DEALER);
    assert_eq!(body.get("next_cursor"), None);
    let [customer] = body["customers"].as_array().unwrap().as_slice() else {
        panic!("{body}");
    };
    assert_eq!(customer["linked_at"], linked_at.0);
    assert_eq!(customer["client_id"], "service");
    let notice = provider
        .app
        .dealers
        .get(DEALER)
        .unwrap()
        .notice
        .version
        .clone();
    assert_eq!(customer["notice_version"], notice);
    let used = |client: &str, first: &str, last: &str| {
        json!({
            "client_id": client,
            "client_name": "テストのサービス",
            "first_used_on": first,
            "last_used_on": last,
        })
    };
    // The tests begin on 2026-11-22 at nine in the evening, in Japan.
    assert_eq!(START.0, 1_795_348_800);
    let expected = [
        used("app", "2026-11-25", "2026-11-26"),
        used("service", "2026-11-23", "2026-11-23"),
    ];
    assert_eq!(customer["services"], json!(expected));
    for unconsented in ["hanako", "example.jp", "山田", "090", "箱清水"] {
        assert!(!reply.body.contains(unconsented), "{unconsented}: {body}");
    }
    let account = provider
        .app
        .store
        .accounts()
        .by_email_key("hanako@example.jp")
        .await
        .unwrap()
        .unwrap()
        .account;
    assert!(!reply.body.contains(&account.id), "{body}");
}

#[tokio::test]
async fn two_dealers_know_one_person_by_two_names_and_see_only_their_own() {
    let provider = Provider::start().await;
    with_another_dealer(&provider).await;
    let service = provider.service().await;
    let first = dealers::system(&provider, "first", json!({})).await;
    let second = dealers::system(&provider, "second", json!({"dealer_code": OTHER})).await;
    let (mut phone, hanako) = dealers::member(&provider, "hanako@example.jp").await;
    dealers::link(&mut phone, &service, DEALER, &hanako).await;
    let seen = dealers::list(&provider, &second).await;
    assert_eq!(seen["customers"], json!([]));
    dealers::link(&mut phone, &service, OTHER, &hanako).await;
    let sub = |body: serde_json::Value| body["customers"][0]["sub"].as_str().unwrap().to_owned();
    let by_first = sub(dealers::list(&provider, &first).await);
    let by_second = sub(dealers::list(&provider, &second).await);
    assert_ne!(by_first, by_second);
    assert_eq!(sub(dealers::list(&provider, &first).await), by_first);
}

#[tokio::test]
async fn a_long_list_comes_in_pages_without_gap_or_repeat() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let system = dealers::system(&provider, "dealer", json!({})).await;
    for name in ["a", "b", "c"] {
        let email = format!("{name}@example.jp");
        let (mut phone, person) = dealers::member(&provider, &email).await;
        dealers::link(&mut phone, &service, DEALER, &person).await;
    }
    let token = dealers::token(&system).await;
    let all = subs(&dealers::ask(&provider, &system, &token, "").await);
    assert_eq!(all.len(), 3);
    let page = dealers::ask(&provider, &system, &token, "?limit=2").await;
    assert_eq!(subs(&page), all[..2]);
    let cursor = page.text("next_cursor");
    let query = format!("?limit=2&cursor={cursor}");
    let rest = dealers::ask(&provider, &system, &token, &query).await;
    assert_eq!(subs(&rest), all[2..]);
    assert_eq!(rest.json().get("next_cursor"), None);

    let other = dealers::system(&provider, "other", json!({})).await;
    let others = dealers::token(&other).await;
    for (token, query) in [
        (&others, query.as_str()),
        (&token, "?cursor=x"),
        (&token, "?limit=0"),
        (&token, "?limit=-1"),
        (&token, "?limit=many"),
    ] {
        let reply = dealers::ask(&provider, &system, token, query).await;
        assert_eq!(
            reply.refused(),
            (400, "invalid_request".to_owned()),
            "{query}"
        );
    }
}

#[tokio::test]
async fn only_a_dealers_own_token_lists_customers() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let system = dealers::system(
        &provider,
        "dealer",
        json!({"scope": "dealer.customers other"}),
    )
    .await;
    let (mut phone, person) = dealers::member(&provider, "hanako@example.jp").await;
    let tokens = steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;

    let bare = system
        .send(
            reqwest::Method::GET,
            &provider.url("/dealer/customers"),
            Default::default(),
            None,
        )
        .await;
    assert_eq!(bare.status, 401);
    assert_eq!(
        bare.header("www-authenticate"),
        "Bearer realm=\"Common ID\""
    );

    let form = [("grant_type", "client_credentials"), ("scope", "other")];
    let narrow = system.token(&form).await.text("access_token");
    for token in [&tokens.access_token, &narrow] {
        let reply = dealers::ask(&provider, &system, token, "").await;
        assert_eq!(reply.refused(), (403, "insufficient_scope".to_owned()));
        assert!(
            reply
                .header("www-authenticate")
                .contains("insufficient_scope")
        );
    }
    let reply = dealers::ask(&provider, &system, "nonsense", "").await;
    assert_eq!(reply.refused(), (401, "invalid_token".to_owned()));

    let good = dealers::token(&system).await;
    system.revoke(&good).await;
    let reply = dealers::ask(&provider, &system, &good, "").await;
    assert_eq!(reply.refused(), (401, "invalid_token".to_owned()));

    let machine = provider.machine().await;
    let form = [("grant_type", "client_credentials"), ("scope", SCOPE)];
    let refused = machine.token(&form).await.refused();
    assert_eq!(refused, (400, "invalid_scope".to_owned()));
}

#[tokio::test]
async fn a_token_of_a_client_that_no_longer_speaks_for_a_dealer_lists_nothing() {
    let provider = Provider::start().await;
    let system = dealers::system(&provider, "dealer", json!({})).await;
    let token = dealers::token(&system).await;
    dealers::system(
        &provider,
        "dealer",
        json!({"dealer_code": null, "scope": ""}),
    )
    .await;
    let reply = dealers::ask(&provider, &system, &token, "").await;
    assert_eq!(reply.refused(), (401, "invalid_token".to_owned()));
}

#[tokio::test]
async fn who_unlinks_is_gone_from_the_list_and_from_the_record_of_use() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let system = dealers::system(&provider, "dealer", json!({})).await;
    let (mut phone, person) = dealers::member(&provider, "hanako@example.jp").await;
    steps::tokens(&mut phone, &service, service.ask("openid"), &person).await;
    assert_eq!(
        provider.count("service_use").await,
        0,
        "nobody may know yet"
    );
    dealers::link(&mut phone, &service, DEALER, &person).await;
    assert_eq!(provider.count("service_use").await, 1);
    dealers::unlink(&mut phone, &provider).await;
    assert_eq!(provider.count("service_use").await, 0);
    let seen = dealers::list(&provider, &system).await;
    assert_eq!(seen["customers"], json!([]));
}

#[tokio::test]
async fn a_customer_number_pushed_with_the_link_comes_back_to_the_dealer() {
    let provider = Provider::start().await;
    provider
        .register("old-site", json!({"may_prefill": true}))
        .await;
    let site = provider.party("old-site").await;
    let system = dealers::system(&provider, "dealer", json!({})).await;
    let (mut phone, person) = dealers::member(&provider, "hanako@example.jp").await;
    let details = |number: &str| {
        format!(
            r#"[{{"type":"dealer_link","identifier":"{DEALER}","customer_number":"{number}"}}]"#
        )
    };
    let pending = site
        .ask("openid")
        .with("authorization_details", details("N-0001"));
    let url = site.push(&pending).await;
    let landed = phone.open(url).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link");
    assert!(page.words().contains("N-0001"), "{}", page.words());
    let page = phone
        .press(&page, "link", &[])
        .await
        .screen("dealer-link-complete");
    let answer = phone.press(&page, "next", &[]).await.away();
    let code = site.code_of(&answer, &pending);
    let seen = dealers::list(&provider, &system).await;
    let early = seen["customers"][0].get("customer_number");
    assert_eq!(early, None, "the code is not redeemed");
    let reply = site.exchange_raw(&code, &pending.verifier).await;
    assert!(
        !reply.body.contains("N-0001"),
        "the dealer's alone: {}",
        reply.body
    );
    let seen = dealers::list(&provider, &system).await;
    assert_eq!(seen["customers"][0]["customer_number"], "N-0001");

    let service = provider.service().await;
    let refused = (400, "invalid_authorization_details".to_owned());
    let other = service
        .ask("openid")
        .with("authorization_details", details("N-0001"));
    assert_eq!(service.push_raw(&other).await.refused(), refused);
    let answer = phone.open(site.url(&pending)).await.away();
    assert_eq!(
        site.error_of(&answer, &pending),
        "invalid_authorization_details"
    );
    let long = site
        .ask("openid")
        .with("authorization_details", details("山"));
    assert_eq!(site.push_raw(&long).await.refused(), refused);
}

#[tokio::test]
async fn a_customer_number_pushed_for_a_dealer_that_is_linked_already_is_added_once() {
    let provider = Provider::start().await;
    provider
        .register("old-site", json!({"may_prefill": true}))
        .await;
    let site = provider.party("old-site").await;
    let service = provider.service().await;
    let system = dealers::system(&provider, "dealer", json!({})).await;
    let (mut phone, person) = dealers::member(&provider, "hanako@example.jp").await;
    dealers::link(&mut phone, &service, DEALER, &person).await;
    let seen = dealers::list(&provider, &system).await;
    assert_eq!(seen["customers"][0].get("customer_number"), None);
    for number in ["N-0001", "N-0002"] {
        let details = format!(
            r#"[{{"type":"dealer_link","identifier":"{DEALER}","customer_number":"{number}"}}]"#
        );
        let pending = site.ask("openid").with("authorization_details", details);
        let url = site.push(&pending).await;
        let answer = phone.open(url).await.away();
        site.exchange(&answer, &pending).await;
        let seen = dealers::list(&provider, &system).await;
        assert_eq!(
            seen["customers"][0]["customer_number"], "N-0001",
            "{number}"
        );
    }
}

fn pushed(number: &str, code: &str) -> serde_json::Value {
    json!({"type": "dealer_link", "identifier": code, "customer_number": number})
}

#[tokio::test]
async fn a_number_that_its_client_does_not_take_in_never_comes_to_the_link() {
    let provider = Provider::start().await;
    provider
        .register("old-site", json!({"may_prefill": true}))
        .await;
    let site = provider.party("old-site").await;
    let service = provider.service().await;
    let system = dealers::system(&provider, "dealer", json!({})).await;
    let (mut victim, person) = dealers::member(&provider, "hanako@example.jp").await;
    dealers::link(&mut victim, &service, DEALER, &person).await;
    // The attacker's request, opened by the victim: the site refuses the answer, which is
    // of no login of that browser.
    let details = json!([pushed("N-ATTACKER", DEALER)]).to_string();
    let pending = site.ask("openid").with("authorization_details", details);
    let answer = victim.open(site.push(&pending).await).await.away();
    let number = || async {
        let seen = dealers::list(&provider, &system).await;
        seen["customers"][0].get("customer_number").cloned()
    };
    assert_eq!(number().await, None);
    // Nor does another client bring it in with the code.
    let code = site.code_of(&answer, &pending);
    let reply = service.exchange_raw(&code, &pending.verifier).await;
    assert_eq!(reply.status, 400, "{}", reply.body);
    assert_eq!(number().await, None);
}

#[tokio::test]
async fn another_customer_of_the_client_is_refused_before_a_dealer_is_linked() {
    let provider = Provider::start().await;
    provider
        .register("old-site", json!({"may_prefill": true}))
        .await;
    let site = provider.party("old-site").await;
    with_another_dealer(&provider).await;
    let (mut phone, person) = dealers::member(&provider, "hanako@example.jp").await;
    let ask = |details: serde_json::Value| {
        site.ask("openid")
            .with("authorization_details", details.to_string())
    };
    let first = ask(json!([pushed("N-FIRST", DEALER)]));
    let landed = phone.open(site.push(&first).await).await;
    let page = steps::log_in(&mut phone, landed, &person.email)
        .await
        .screen("dealer-link");
    let page = phone.press(&page, "link", &[]).await;
    let page = page.screen("dealer-link-complete");
    let answer = phone.press(&page, "next", &[]).await.away();
    site.exchange(&answer, &first).await;

    let second = ask(json!([pushed("N-SECOND", OTHER)]));
    let answer = phone.open(site.push(&second).await).await.away();
    let error = site.error_of(&answer, &second);
    assert_eq!(error, "invalid_authorization_details");
    assert_eq!(provider.count("dealer_links").await, 1);
    // The same customer, who has come to have another dealer, is asked.
    let both = json!([pushed("N-FIRST", DEALER), pushed("N-OTHER", OTHER)]);
    let third = ask(both);
    phone
        .open(site.push(&third).await)
        .await
        .screen("dealer-link");
}
