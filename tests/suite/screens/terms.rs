//! ④ again: terms that changed after a person had agreed.

use std::time::Duration;

use common_id::accounts::consent::{self, ConsentContext};
use common_id::accounts::registration::AgreedTerms;
use common_id::locale::Locale;
use reqwest::StatusCode;

use crate::support::browser::Phone;
use crate::support::provider::{Provider, START};
use crate::support::relying_party::RelyingParty;
use crate::support::steps::{self, Person};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A person who agreed to the old terms, and the time from which the new ones apply.
async fn stage(in_force_after: Option<Duration>) -> (Provider, RelyingParty, Person) {
    let from = in_force_after.map(|wait| START.after(wait));
    let provider = Provider::start_with(|config| {
        for brand in &mut config.brands {
            brand.terms_in_force_from = from;
        }
    })
    .await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let account = provider.account(&person.email).await;
    let terms = AgreedTerms {
        version: "2019-01-01".to_owned(),
        hash: "of the old text".to_owned(),
        locale: Locale::Ja,
        at: START,
    };
    let context = ConsentContext {
        at: START,
        locale: Locale::Ja,
        brand: "toyota".to_owned(),
        client_id: None,
        operator: provider.app.config.operator.clone(),
        ip_hash: None,
        user_agent_hash: None,
        auth_time: None,
    };
    let given = consent::terms(&account, &terms, &context, "of-old".to_owned());
    let accounts = provider.app.store.accounts();
    accounts
        .agree_to_terms(&account.id, &terms.version, &given, START)
        .await
        .unwrap();
    let service = provider.service().await;
    (provider, service, person)
}

#[tokio::test]
async fn terms_that_hold_at_once_are_agreed_to_before_anything_else() {
    let (provider, service, person) = stage(None).await;
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    let landed = steps::log_in(&mut phone, landed, &person.email).await;
    let page = landed.screen("terms");
    assert!(page.words().contains("利用規約が変更されました"));
    assert!(!page.has_button("later"));
    // Neither the button nor the box can be left out.
    let mut form = page.form("next");
    form.fields.retain(|(name, _)| name != "action");
    form.fields.push(("action".to_owned(), "later".to_owned()));
    let refused = phone.submit(form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.errors(), ["terms-missing"]);
    phone
        .press(&page, "next", &[("terms", "agree")])
        .await
        .away();
    let agreed = provider.account(&person.email).await.terms_version;
    assert_ne!(agreed.as_deref(), Some("2019-01-01"));
}

#[tokio::test]
async fn until_the_new_terms_hold_a_person_may_go_on_with_the_old_ones() {
    let (provider, service, person) = stage(Some(10 * DAY)).await;
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    let landed = steps::log_in(&mut phone, landed, &person.email).await;
    let page = landed.screen("terms");
    assert!(
        page.words().contains("2026-12-02から適用されます"),
        "{}",
        page.words()
    );
    phone.press(&page, "later", &[]).await.away();
    // Nothing was agreed to, and single sign-on to the next service does not ask.
    let agreed = provider.account(&person.email).await.terms_version;
    assert_eq!(agreed.as_deref(), Some("2019-01-01"));
    phone.open(service.url(&service.ask("openid"))).await.away();
    let text = phone.open(provider.url("/terms")).await;
    let text = text.screen("terms-text");
    assert!(text.words().contains("2026-12-02から適用されます"));
    // From that day on there is no "later", on no page that is still open either.
    provider.advance(10 * DAY);
    let mut late = Phone::new();
    let landed = late.open(service.url(&service.ask("openid"))).await;
    let landed = steps::log_in(&mut late, landed, &person.email).await;
    let page = landed.screen("terms");
    assert!(!page.has_button("later"));
}

#[tokio::test]
async fn who_agrees_before_the_day_is_not_asked_again() {
    let (provider, service, person) = stage(Some(10 * DAY)).await;
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    let landed = steps::log_in(&mut phone, landed, &person.email).await;
    let page = landed.screen("terms");
    phone
        .press(&page, "next", &[("terms", "agree")])
        .await
        .away();
    provider.advance(11 * DAY);
    let mut later = Phone::new();
    let landed = later.open(service.url(&service.ask("openid"))).await;
    steps::log_in(&mut later, landed, &person.email)
        .await
        .away();
}

#[tokio::test]
async fn later_pressed_too_late_agrees_to_nothing() {
    let (provider, service, person) = stage(Some(Duration::from_secs(3600 + 600))).await;
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    let landed = steps::log_in(&mut phone, landed, &person.email).await;
    let page = landed.screen("terms");
    provider.advance(Duration::from_secs(600));
    let refused = phone.press(&page, "later", &[]).await.page();
    assert_eq!(refused.screen(), "terms");
    assert_eq!(refused.errors(), ["terms-missing"]);
    let agreed = provider.account(&person.email).await.terms_version;
    assert_eq!(agreed.as_deref(), Some("2019-01-01"));
}
