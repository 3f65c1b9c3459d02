//! A child cannot link a dealer alone: ⑩ is not offered to a person known to be too young,
//! and a link made before the age was known ends with a record of the reason.

use std::time::Duration;

use common_id::accounts::consent::{ConsentAction, WithdrawalReason};
use serde_json::{Value, json};

use crate::support::browser::Page;
use crate::support::dealers;
use crate::support::linking::{OPTIONAL, REQUIRED, Stage, dealers_in};
use crate::support::provider::DEALER;
use crate::support::receiver::{Receiver, verified};
use crate::support::relying_party::Pending;
use crate::support::steps;

/// The sixteenth birthday begins at midnight in Japan, three hours after every test begins.
const BIRTHDAY: &str = "2010-11-23";

const UNLINKED: &str = "https://id.toyota.jp/events/dealer-unlinked";

impl Stage {
    async fn of_a_child(birthdate: &str) -> Self {
        let stage = Self::set().await;
        stage
            .provider
            .change_account(&stage.person.email, |account| {
                account.profile.birthdate = Some(birthdate.to_owned());
            })
            .await;
        stage
    }

    fn needing_birthdate(&self, optional: bool) -> Pending {
        let claims = json!({"userinfo": {"birthdate": {"essential": true}}});
        self.ask(&[DEALER], optional)
            .with("claims", claims.to_string())
    }

    /// Goes through ⑫ and ⑬.
    async fn tell_birthdate(&mut self, page: &Page, year: &str) -> Page {
        let fields = [
            ("birthdate_year", year),
            ("birthdate_month", "12"),
            ("birthdate_day", "25"),
        ];
        let confirmation = self.phone.press(page, "next", &fields).await;
        let confirmation = confirmation.screen("profile-confirmation");
        self.phone.press(&confirmation, "save", &[]).await.page()
    }

    async fn links(&self) -> usize {
        let account = self.provider.account(&self.person.email).await;
        let links = self.provider.app.store.dealer_links();
        links.of(&account.id).await.unwrap().len()
    }
}

#[tokio::test]
async fn a_child_is_not_offered_the_link_and_the_service_is_told_what_a_decline_tells() {
    let mut stage = Stage::of_a_child("2012-04-01").await;
    let request = stage.ask(&[DEALER], REQUIRED);
    let page = stage.open(&request).await.screen("dealer-link-guardian");
    assert!(page.words().contains("16歳未満") && page.words().contains("長野トヨタ"));
    assert!(!page.has_button("link"));
    let refused = stage.phone.press(&page, "next", &[]).await.away();
    let declined = {
        let mut adult = Stage::set().await;
        let request = adult.ask(&[DEALER], REQUIRED);
        let page = adult.open(&request).await.screen("dealer-link");
        adult.phone.press(&page, "not_now", &[]).await.away()
    };
    let told = |answer: &url::Url| {
        let of = |name: &str| {
            let mut pairs = answer.query_pairs();
            pairs.find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
        };
        (of("error"), of("error_description"))
    };
    assert_eq!(told(&refused).0.as_deref(), Some("access_denied"));
    assert_eq!(told(&refused), told(&declined), "the age is not told");
    assert!(stage.records().await.is_empty());
}

#[tokio::test]
async fn where_the_service_can_do_without_the_child_goes_on_without_a_link() {
    let mut stage = Stage::of_a_child("2012-04-01").await;
    let request = stage.ask(&[DEALER], OPTIONAL);
    let page = stage.open(&request).await.screen("dealer-link-guardian");
    // ⑩ opens neither by the page's address nor by its form.
    let address = page
        .url
        .as_str()
        .replace("dealer-link/guardian", "dealer-link");
    let again = stage.phone.open(&address).await;
    let page = again.screen("dealer-link-guardian");
    let answer = stage.phone.press(&page, "next", &[]).await.away();
    let reply = stage.reply(&answer, &request).await;
    assert!(dealers_in(&reply).is_empty());
    assert_eq!(stage.links().await, 0);
}

#[tokio::test]
async fn a_child_that_would_choose_a_dealer_is_told_before_the_choice() {
    let mut stage = Stage::of_a_child("2012-04-01").await;
    let details = json!([{"type": "dealer_link", "optional": true}]).to_string();
    let request = stage.service.ask("openid");
    let request = request.with("authorization_details", details);
    let page = stage.open(&request).await.screen("dealer-link-guardian");
    stage.phone.press(&page, "next", &[]).await.away();
}

#[tokio::test]
async fn from_the_first_moment_of_the_birthday_in_japan_the_link_is_offered() {
    let mut stage = Stage::of_a_child(BIRTHDAY).await;
    let request = stage.ask(&[DEALER], OPTIONAL);
    // An hour has passed since the test began, which is at nine in the evening.
    stage.provider.advance(Duration::from_secs(2 * 3600 - 1));
    let page = stage.open(&request).await.screen("dealer-link-guardian");
    stage.provider.advance(Duration::from_secs(1));
    stage
        .phone
        .open(page.url.as_str())
        .await
        .screen("dealer-link");
}

#[tokio::test]
async fn a_link_made_before_the_age_was_known_ends_and_everybody_is_told() {
    let receiver = Receiver::start([]).await;
    let mut stage = Stage::set().await;
    let delivery = json!({"event_delivery": {"endpoint_url": receiver.url()}});
    dealers::system(&stage.provider, "dealer", delivery).await;
    let request = stage.needing_birthdate(OPTIONAL);
    let page = stage.open(&request).await.screen("dealer-link");
    let page = stage.phone.press(&page, "link", &[]).await;
    let page = stage.log_in_if_asked(page).await.screen("profile-edit");
    assert_eq!(stage.links().await, 1, "in force, and ⑮ is still to come");

    let page = stage.tell_birthdate(&page, "2011").await;
    assert_eq!(page.screen(), "dealer-link-guardian");
    assert!(page.words().contains("取り消しました"));
    assert_eq!(stage.links().await, 0);
    let page = stage.phone.press(&page, "next", &[]).await;
    let page = page.screen("profile-complete");
    let answer = stage.phone.press(&page, "next", &[]).await.away();
    let reply = stage.reply(&answer, &request).await;
    assert!(dealers_in(&reply).is_empty());

    let records = stage.records().await;
    let of = |action| records.iter().filter(move |record| record.action == action);
    assert_eq!(of(ConsentAction::Given).count(), 2);
    let withdrawn: Vec<_> = of(ConsentAction::Withdrawn).collect();
    assert_eq!(withdrawn.len(), 2);
    for record in withdrawn {
        let reason = record.record.reason;
        assert_eq!(reason, Some(WithdrawalReason::GuardianNeeded));
    }
    let app = &stage.provider.app;
    while app.outbox.push_due(&app.keys).await.unwrap() > 0 {}
    let taken = receiver.taken();
    assert_eq!(taken.len(), 2, "of the link, and of its end");
    let ended = verified(&stage.provider, &taken[1].token).await;
    let reason = &ended["events"][UNLINKED]["reason"];
    assert_eq!(*reason, Value::from("consent_void"), "{ended}");
    let page = stage.phone.open(stage.provider.url("/account/consents"));
    let page = page.await.screen("account-consents");
    assert!(page.words().contains("保護者の方の同意が必要なため"));
}

#[tokio::test]
async fn an_adult_who_tells_the_birthdate_keeps_the_link() {
    let mut stage = Stage::set().await;
    let request = stage.needing_birthdate(REQUIRED);
    let page = stage.open(&request).await.screen("dealer-link");
    let page = stage.phone.press(&page, "link", &[]).await;
    let page = stage.log_in_if_asked(page).await.screen("profile-edit");
    let page = stage.tell_birthdate(&page, "1995").await;
    assert_eq!(page.screen(), "profile-complete");
    let page = stage.phone.press(&page, "next", &[]).await;
    page.screen("dealer-link-complete");
    assert_eq!(stage.links().await, 1);
}

#[tokio::test]
async fn a_birthdate_told_on_the_members_page_ends_the_links_as_well() {
    let mut stage = Stage::set().await;
    stage.link(DEALER).await;
    let page = stage.phone.open(stage.provider.url("/account/profile"));
    let page = page.await.screen("account-profile");
    let fields = [
        ("birthdate_year", "2012"),
        ("birthdate_month", "2"),
        ("birthdate_day", "29"),
    ];
    let page = stage.phone.press(&page, "save", &fields).await;
    page.screen("account-profile");
    assert_eq!(stage.links().await, 0);
    let records = stage.records().await;
    let last = records.last().unwrap();
    assert_eq!(last.record.reason, Some(WithdrawalReason::GuardianNeeded));
}

#[tokio::test]
async fn a_link_that_outlived_the_news_ends_at_the_next_request_for_a_dealer() {
    let mut stage = Stage::set().await;
    stage.link(DEALER).await;
    let email = stage.person.email.clone();
    let young = |account: &mut common_id::accounts::account::Account| {
        account.profile.birthdate = Some("2012-04-01".to_owned());
    };
    // As an import would set it.
    stage.provider.change_account(&email, young).await;
    let request = stage.ask(&[DEALER], OPTIONAL);
    let page = stage.open(&request).await.screen("dealer-link-guardian");
    assert!(page.words().contains("取り消しました"));
    assert_eq!(stage.links().await, 0);
}

#[tokio::test]
async fn a_birthdate_changed_by_its_owner_ends_the_links_and_says_so_before() {
    let mut stage = Stage::of_a_child("1995-12-25").await;
    stage.link(DEALER).await;
    let landed = stage.phone.open(stage.provider.url("/account/birthdate"));
    let landed = landed.await;
    let code = stage.log_in_if_asked(landed).await.screen("login-code");
    let email = stage.person.email.clone();
    let page = steps::enter_code(&mut stage.phone, &stage.provider, &code, &email).await;
    let page = page.screen("account-birthdate");
    let confirmation = stage
        .phone
        .press(&page, "next", &[("birthdate_year", "2012")]);
    let confirmation = confirmation.await.screen("account-birthdate-confirmation");
    assert!(confirmation.words().contains("保護者の方の同意"));
    assert_eq!(stage.links().await, 1);
    let page = stage.phone.press(&confirmation, "save", &[]).await;
    page.screen("account-profile");
    assert_eq!(stage.links().await, 0);
    let records = stage.records().await;
    let last = records.last().unwrap();
    assert_eq!(last.record.reason, Some(WithdrawalReason::GuardianNeeded));
}
