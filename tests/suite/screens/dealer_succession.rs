//! Dealers that merge, are renamed or close: nobody loses a link or has to consent anew,
//! and services learn the successor's code.

use common_id::accounts::consent::ConsentAction;

use crate::support::linking::{OLD, OLD_NAME, OPTIONAL, REQUIRED, Stage, dealers_in};
use crate::support::provider::DEALER;
use crate::support::relying_party::jwt_part;

const NAME: &str = "長野トヨタ自動車株式会社";
const SERVICES: &str = "/account/services";

#[tokio::test]
async fn a_request_for_a_dealer_that_was_succeeded_links_the_successor() {
    let mut stage = Stage::set().await;
    stage.merge().await;
    let request = stage.ask(&[OLD], REQUIRED);
    let page = stage.open(&request).await.screen("dealer-link");
    let words = page.words();
    assert!(
        words.contains(&format!("{NAME}は、{OLD_NAME}の事業を承継した販売店です。")),
        "{words}"
    );
    let answer = stage.agree(&page).await.away();
    let reply = stage.reply(&answer, &request).await;
    assert_eq!(dealers_in(&reply), [DEALER]);
    let access = jwt_part(reply["access_token"].as_str().unwrap(), 1);
    assert_eq!(dealers_in(&access), [DEALER]);
    for record in stage.records().await {
        assert_eq!(record.target, DEALER);
    }
}

#[tokio::test]
async fn a_link_goes_over_without_a_page_and_without_a_record() {
    let mut stage = Stage::set().await;
    stage.link(OLD).await;
    let before = stage.records().await;
    stage.merge().await;
    for code in [OLD, DEALER] {
        let request = stage.ask(&[code], REQUIRED);
        let answer = stage.open(&request).await.away();
        let reply = stage.reply(&answer, &request).await;
        assert_eq!(dealers_in(&reply), [DEALER], "asked for {code}");
    }
    assert_eq!(stage.records().await, before);
}

#[tokio::test]
async fn a_code_from_before_the_merger_and_a_refresh_after_it_name_the_successor() {
    let mut stage = Stage::set().await;
    stage.link(OLD).await;
    let (early, late) = (stage.ask(&[OLD], REQUIRED), stage.ask(&[OLD], REQUIRED));
    let answer = stage.open(&early).await.away();
    let reply = stage.reply(&answer, &early).await;
    assert_eq!(dealers_in(&reply), [OLD]);
    let refresh_token = reply["refresh_token"].as_str().unwrap().to_owned();
    let answer = stage.open(&late).await.away();
    stage.merge().await;
    let reply = stage.reply(&answer, &late).await;
    assert_eq!(dealers_in(&reply), [DEALER]);
    let refreshed = stage.service.refresh(&refresh_token).await.json();
    assert_eq!(dealers_in(&refreshed), [DEALER]);
    let access = jwt_part(refreshed["access_token"].as_str().unwrap(), 1);
    assert_eq!(dealers_in(&access), [DEALER]);
}

#[tokio::test]
async fn undoing_a_link_that_went_over_withdraws_the_consents_as_they_were_given() {
    let mut stage = Stage::set().await;
    stage.link(OLD).await;
    let given = stage.records().await;
    stage.merge().await;
    let url = stage.provider.url(SERVICES);
    let page = stage.phone.open(url).await.screen("account-services");
    let words = page.words();
    assert!(words.contains(NAME), "{words}");
    assert!(words.contains(&format!("{OLD_NAME}から承継")), "{words}");
    stage
        .phone
        .press(&page, "unlink", &[])
        .await
        .screen("account-services");
    assert_eq!(stage.provider.count("dealer_links").await, 0);
    let records = stage.records().await;
    let withdrawn = records
        .iter()
        .filter(|r| r.action == ConsentAction::Withdrawn);
    let withdrawn: Vec<_> = withdrawn.collect();
    assert_eq!((given.len(), withdrawn.len()), (2, 2));
    for record in withdrawn {
        assert_eq!(record.target, OLD);
        let successor = record.record.succeeded_by.as_ref().unwrap();
        assert_eq!((&*successor.code, &*successor.legal.name), (DEALER, NAME));
        let of_kind = given
            .iter()
            .find(|given| given.kind == record.kind)
            .unwrap();
        assert_eq!(record.wording_hash, of_kind.wording_hash);
        assert_eq!(record.record.recipient, of_kind.record.recipient);
    }
}

#[tokio::test]
async fn a_page_from_before_the_merger_still_undoes_the_link() {
    let mut stage = Stage::set().await;
    stage.link(OLD).await;
    let url = stage.provider.url(SERVICES);
    let page = stage.phone.open(url).await.screen("account-services");
    stage.merge().await;
    stage
        .phone
        .press(&page, "unlink", &[])
        .await
        .screen("account-services");
    assert_eq!(stage.provider.count("dealer_links").await, 0);
    assert_eq!(stage.records().await.len(), 4);
}

#[tokio::test]
async fn whoever_was_linked_with_both_has_one_link_and_takes_back_all_four_consents() {
    let mut stage = Stage::set().await;
    stage.link(DEALER).await;
    stage.link(OLD).await;
    stage.merge().await;
    let request = stage.ask(&[OLD, DEALER], REQUIRED);
    let answer = stage.open(&request).await.away();
    assert_eq!(dealers_in(&stage.reply(&answer, &request).await), [DEALER]);
    let url = stage.provider.url(SERVICES);
    let page = stage.phone.open(url).await.screen("account-services");
    let page = stage
        .phone
        .press(&page, "unlink", &[])
        .await
        .screen("account-services");
    assert!(!page.has_button("unlink"));
    let records = stage.records().await;
    let withdrawn = records
        .iter()
        .filter(|r| r.action == ConsentAction::Withdrawn);
    let mut targets: Vec<_> = withdrawn.map(|record| &*record.target).collect();
    targets.sort_unstable();
    assert_eq!(targets, [DEALER, DEALER, OLD, OLD]);
}

#[tokio::test]
async fn a_merger_between_the_agreement_and_the_login_shows_the_successors_notice() {
    let mut stage = Stage::set().await;
    stage.link(DEALER).await;
    stage.link(OLD).await;
    let url = stage.provider.url(SERVICES);
    let page = stage.phone.open(url).await.screen("account-services");
    // Both links are ended, so that both would be made anew.
    let page = stage
        .phone
        .press(&page, "unlink", &[])
        .await
        .screen("account-services");
    stage
        .phone
        .press(&page, "unlink", &[])
        .await
        .screen("account-services");
    let request = stage.ask(&[OLD], REQUIRED);
    let page = stage.open(&request).await.screen("dealer-link");
    let landed = stage.phone.press(&page, "link", &[]).await;
    stage.merge().await;
    let page = stage.log_in_if_asked(landed).await.screen("dealer-link");
    assert!(page.words().contains(NAME));
    assert_eq!(stage.provider.count("dealer_links").await, 0);
}

#[tokio::test]
async fn a_renamed_dealer_keeps_its_links_and_old_records_keep_its_old_name() {
    let mut stage = Stage::set().await;
    stage.link(OLD).await;
    let before = stage.records().await;
    let new_name = "木曽トヨタモビリティ株式会社";
    stage
        .change(OLD, |dealer| new_name.clone_into(&mut dealer.legal.name))
        .await;
    let url = stage.provider.url(SERVICES);
    let page = stage.phone.open(url).await.screen("account-services");
    assert!(page.words().contains(new_name), "{}", page.words());
    let request = stage.ask(&[OLD], REQUIRED);
    stage.open(&request).await.away();
    assert_eq!(stage.records().await, before);
    let provider = before[0].record.provider.clone().unwrap();
    assert_eq!(provider.name, OLD_NAME);
}

#[tokio::test]
async fn a_dealer_closed_without_a_successor_is_told_to_the_person_and_then_to_the_service() {
    let mut stage = Stage::set().await;
    stage.change(OLD, |dealer| dealer.open = false).await;
    let request = stage.ask(&[OLD], REQUIRED);
    let page = stage.open(&request).await.screen("dealer-link");
    assert!(
        page.words().contains("現在連携できません"),
        "{}",
        page.words()
    );
    assert!(!page.has_button("link"));
    let answer = stage.phone.press(&page, "not_now", &[]).await.away();
    assert_eq!(stage.service.error_of(&answer, &request), "access_denied");

    let request = stage.ask(&[OLD], OPTIONAL);
    let page = stage.open(&request).await.screen("dealer-link");
    let answer = stage.phone.press(&page, "not_now", &[]).await.away();
    let reply = stage.reply(&answer, &request).await;
    assert_eq!(dealers_in(&reply), Vec::<&str>::new());
}

#[tokio::test]
async fn a_dealer_that_closes_between_the_agreement_and_the_login_is_not_linked() {
    let mut stage = Stage::set().await;
    stage.link(DEALER).await;
    let request = stage.ask(&[OLD], REQUIRED);
    let page = stage.open(&request).await.screen("dealer-link");
    let landed = stage.phone.press(&page, "link", &[]).await;
    stage.change(OLD, |dealer| dealer.open = false).await;
    let page = stage.log_in_if_asked(landed).await.screen("dealer-link");
    assert!(!page.has_button("link"));
    assert_eq!(stage.provider.count("dealer_links").await, 1);
}

#[tokio::test]
async fn links_of_a_closed_dealer_stay_until_the_person_undoes_them() {
    let mut stage = Stage::set().await;
    stage.link(OLD).await;
    stage
        .change(OLD, |dealer| {
            dealer.open = false;
            "2026-12-01".clone_into(&mut dealer.notice.version);
        })
        .await;
    let request = stage.ask(&[OLD], REQUIRED);
    let answer = stage.open(&request).await.away();
    assert_eq!(dealers_in(&stage.reply(&answer, &request).await), [OLD]);
    let url = stage.provider.url(SERVICES);
    let page = stage.phone.open(url).await.screen("account-services");
    assert!(
        page.words().contains("新しい連携を受け付けていません"),
        "{}",
        page.words()
    );
    stage
        .phone
        .press(&page, "unlink", &[])
        .await
        .screen("account-services");
    assert_eq!(stage.provider.count("dealer_links").await, 0);
}
