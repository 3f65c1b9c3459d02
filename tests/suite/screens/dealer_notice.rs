//! ⑩ in its variants: a changed notice, several dealers at once, a dealer of the other
//! brand.

use std::time::Duration;

use crate::support::browser::{Landed, Phone};
use crate::support::linking::{OLD, OPTIONAL, REQUIRED, Stage, dealers_in};
use crate::support::provider::DEALER;
use crate::support::steps;

const NEW: &str = "2026-12-01";
const SERVICES: &str = "/account/services";

/// Changes the text of the dealer's notice.
async fn notice_changes(stage: &Stage, code: &str, reconsent: bool) {
    stage
        .change(code, |dealer| {
            NEW.clone_into(&mut dealer.notice.version);
            dealer.notice.reconsent = reconsent;
            for text in dealer.notice.text.values_mut() {
                text.to_dealer.items.push("位置情報".to_owned());
            }
        })
        .await;
}

#[tokio::test]
async fn a_changed_notice_is_read_again_and_the_link_stands_on_the_new_consents() {
    let mut stage = Stage::set().await;
    stage.link(DEALER).await;
    let before = stage.records().await;
    notice_changes(&stage, DEALER, true).await;
    let request = stage.ask(&[DEALER], REQUIRED);
    let page = stage.open(&request).await.screen("dealer-link");
    for text in ["ご案内が変更されました", "位置情報", "2026-11-22"] {
        assert!(page.words().contains(text), "{text}: {}", page.words());
    }
    let landed = stage.phone.press(&page, "link", &[]).await;
    assert_eq!(stage.records().await, before, "pending until the login");
    let page = stage
        .log_in_if_asked(landed)
        .await
        .screen("dealer-link-complete");
    let answer = stage.phone.press(&page, "next", &[]).await.away();
    assert_eq!(dealers_in(&stage.reply(&answer, &request).await), [DEALER]);
    let records = stage.records().await;
    assert_eq!((records.len(), &records[..2]), (4, &before[..]));
    assert!(
        records[2..]
            .iter()
            .all(|record| record.wording_version == NEW)
    );
    assert_eq!(stage.provider.count("dealer_links").await, 1);
    let again = stage.ask(&[DEALER], REQUIRED);
    stage.open(&again).await.away();
    // The unlinking then withdraws the consent given last.
    let url = stage.provider.url(SERVICES);
    let page = stage.phone.open(url).await.screen("account-services");
    stage
        .phone
        .press(&page, "unlink", &[])
        .await
        .screen("account-services");
    let records = stage.records().await;
    assert_eq!(records.len(), 6);
    assert!(
        records[4..]
            .iter()
            .all(|record| record.wording_version == NEW)
    );
}

#[tokio::test]
async fn who_declines_a_changed_notice_keeps_the_link_and_the_service_is_told_no() {
    let mut stage = Stage::set().await;
    stage.link(DEALER).await;
    notice_changes(&stage, DEALER, true).await;
    let request = stage.ask(&[DEALER], REQUIRED);
    let page = stage.open(&request).await.screen("dealer-link");
    let answer = stage.phone.press(&page, "not_now", &[]).await.away();
    assert_eq!(stage.service.error_of(&answer, &request), "access_denied");
    let request = stage.ask(&[DEALER], OPTIONAL);
    let page = stage.open(&request).await.screen("dealer-link");
    let answer = stage.phone.press(&page, "not_now", &[]).await.away();
    let reply = stage.reply(&answer, &request).await;
    assert_eq!(dealers_in(&reply), Vec::<&str>::new());
    assert_eq!(stage.provider.count("dealer_links").await, 1);
    assert_eq!(stage.records().await.len(), 2);
}

#[tokio::test]
async fn a_silent_login_learns_of_a_changed_notice_only_where_that_asks_people_again() {
    for reconsent in [true, false] {
        let mut stage = Stage::set().await;
        stage.link(DEALER).await;
        notice_changes(&stage, DEALER, reconsent).await;
        let request = stage.ask(&[DEALER], REQUIRED).with("prompt", "none");
        let request = request.with("scope", "openid");
        let answer = stage.open(&request).await.away();
        if reconsent {
            let error = stage.service.error_of(&answer, &request);
            assert_eq!(error, "consent_required");
        } else {
            assert_eq!(dealers_in(&stage.reply(&answer, &request).await), [DEALER]);
        }
    }
}

#[tokio::test]
async fn many_presses_on_a_changed_notice_make_one_pair_of_records() {
    let mut stage = Stage::set().await;
    stage.link(DEALER).await;
    notice_changes(&stage, DEALER, true).await;
    let mut phone = Phone::new();
    let landed = phone
        .open(stage.service.url(&stage.ask(&[DEALER], REQUIRED)))
        .await;
    let page = steps::log_in(&mut phone, landed, &stage.person.email)
        .await
        .screen("dealer-link");
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut phone, page) = (phone.clone(), page.clone());
        racers.spawn(async move { phone.press(&page, "link", &[]).await });
    }
    for landed in racers.join_all().await {
        if let Landed::On(page) = landed {
            assert_eq!(page.screen(), "dealer-link-complete", "{:?}", page.errors());
        }
    }
    assert_eq!(stage.records().await.len(), 4);
}

#[tokio::test]
async fn a_link_that_went_over_is_asked_again_only_when_the_successors_notice_changes() {
    let mut stage = Stage::set().await;
    stage.link(OLD).await;
    stage.merge().await;
    let request = stage.ask(&[DEALER], REQUIRED);
    stage.open(&request).await.away();
    notice_changes(&stage, DEALER, true).await;
    let request = stage.ask(&[DEALER], REQUIRED);
    let page = stage.open(&request).await.screen("dealer-link");
    stage.agree(&page).await.away();
    let url = stage.provider.url(SERVICES);
    let page = stage.phone.open(url).await.screen("account-services");
    stage
        .phone
        .press(&page, "unlink", &[])
        .await
        .screen("account-services");
    // Two consents for each of the two dealers, and the withdrawals of all four.
    assert_eq!(stage.records().await.len(), 8);
}

#[tokio::test]
async fn several_dealers_are_listed_and_each_is_agreed_to_by_itself() {
    let mut stage = Stage::set().await;
    let request = stage.ask(&[DEALER, OLD, "23100"], OPTIONAL);
    let page = stage.open(&request).await.screen("dealer-link");
    let words = page.words();
    for name in [
        "長野トヨタ自動車株式会社",
        "木曽谷トヨタ株式会社",
        "愛知中央トヨタモビリティ株式会社",
    ] {
        assert!(words.contains(name), "{name}: {words}");
    }
    let page = stage.agree(&page).await.screen("dealer-link");
    assert!(
        page.words().contains("連携済み（2026-11-22）"),
        "{}",
        page.words()
    );
    assert_eq!(stage.records().await.len(), 2);
    let page = stage
        .phone
        .press(&page, "not_now", &[])
        .await
        .screen("dealer-link");
    let words = page.words();
    assert!(words.contains("今は連携しない"), "{words}");
    let answer = stage.agree(&page).await.away();
    let reply = stage.reply(&answer, &request).await;
    assert_eq!(dealers_in(&reply), [DEALER, "23100"]);
    assert_eq!(stage.records().await.len(), 4);
    assert_eq!(stage.provider.count("dealer_links").await, 2);
}

#[tokio::test]
async fn of_several_dealers_one_linked_before_is_shown_with_its_day_and_not_asked_again() {
    let mut stage = Stage::set().await;
    stage.link(DEALER).await;
    stage.provider.advance(Duration::from_secs(86_400));
    let request = stage.ask(&[DEALER, OLD], REQUIRED);
    let page = stage.open(&request).await.screen("dealer-link");
    assert!(
        page.words().contains("連携済み（2026-11-22）"),
        "{}",
        page.words()
    );
    assert_eq!(page.value("dealer").as_deref(), Some(OLD));
    let answer = stage.agree(&page).await.away();
    assert_eq!(
        dealers_in(&stage.reply(&answer, &request).await),
        [DEALER, OLD]
    );
    assert_eq!(stage.records().await.len(), 4);
}

#[tokio::test]
async fn a_dealer_of_the_other_brand_is_named_as_such_and_gives_its_own_notice() {
    let stage = Stage::set().await;
    for (host, code, brand, service) in [
        ("toyota", "13900", "LEXUS", "My LEXUS"),
        ("lexus", "23100", "TOYOTA", "MyTOYOTA"),
    ] {
        let party = stage.provider.party_at(host, "service").await;
        let details = format!(r#"[{{"type":"dealer_link","identifier":"{code}"}}]"#);
        let request = party.ask("openid").with("authorization_details", details);
        let mut phone = Phone::new();
        let landed = phone.open(party.url(&request)).await;
        let page = steps::log_in(&mut phone, landed, &stage.person.email)
            .await
            .screen("dealer-link");
        let words = page.words();
        assert!(words.contains(&format!("{brand}の販売店です")), "{words}");
        assert!(words.contains(service), "{words}");
    }
}
