//! Changing a wrong birthdate: its owner gives password and code, can do it rarely, and
//! gets a mail about it.

use std::time::Duration;

use common_id::accounts::account::Account;
use serde_json::json;

use crate::support::browser::{Landed, Page, Phone};
use crate::support::provider::Provider;
use crate::support::steps::{self, Person};

const EMAIL: &str = "hanako@example.jp";
const PLACE: &str = "/account/birthdate";
const WRONG: &str = "1995-12-25";
const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);
const CHANGED: &str = "生年月日変更のお知らせ";

struct Stage {
    provider: Provider,
    person: Person,
    phone: Phone,
}

impl Stage {
    async fn set() -> Self {
        Self::on(Provider::start().await).await
    }

    async fn on(provider: Provider) -> Self {
        let person = steps::person(&provider, EMAIL).await;
        provider.let_short_lived_state_expire().await;
        let wrong = |account: &mut Account| account.profile.birthdate = Some(WRONG.to_owned());
        provider.change_account(EMAIL, wrong).await;
        Self {
            provider,
            person,
            phone: Phone::new(),
        }
    }

    async fn open(&mut self, path: &str) -> Landed {
        let url = self.provider.url(path);
        self.phone.open(url).await
    }

    /// Gives password and code, if the pages ask for them.
    async fn step_up(&mut self, landed: Landed) -> Landed {
        let landed = match &landed {
            Landed::On(page) if page.screen() == "login" => {
                steps::log_in(&mut self.phone, landed, EMAIL).await
            }
            _ => landed,
        };
        let mut page = landed.screen("login-code");
        if page.has_button("send_code") {
            page = self.phone.press(&page, "send_code", &[]).await.page();
        }
        steps::enter_code(&mut self.phone, &self.provider, &page, EMAIL).await
    }

    /// Returns the form, after the authentication that it requires.
    async fn form(&mut self) -> Page {
        let landed = self.open(PLACE).await;
        let landed = self.step_up(landed).await;
        landed.screen("account-birthdate")
    }

    async fn confirmation(&mut self, page: &Page, day: &str) -> Page {
        let fields = [("birthdate_day", day)];
        let landed = self.phone.press(page, "next", &fields).await;
        landed.screen("account-birthdate-confirmation")
    }

    async fn stored(&self) -> String {
        let account = self.provider.account(EMAIL).await;
        account.profile.birthdate.unwrap()
    }

    /// Returns the mails about a change.
    async fn news(&self) -> Vec<String> {
        let mails = self.provider.mails_to(EMAIL).await;
        let news = mails
            .into_iter()
            .filter(|mail| mail.subject.contains(CHANGED));
        news.map(|mail| mail.text).collect()
    }
}

#[tokio::test]
async fn its_owner_changes_it_and_services_are_told_the_new_one() {
    let mut stage = Stage::set().await;
    let landed = stage.open("/account/profile").await;
    let profile = steps::log_in(&mut stage.phone, landed, EMAIL).await;
    let link = profile.screen("account-profile").link(PLACE);
    let landed = stage.phone.open(&link).await;
    let page = stage.step_up(landed).await.screen("account-birthdate");
    assert!(page.words().contains("30日間は変更できません"));
    assert_eq!(page.value("birthdate_year").as_deref(), Some("1995"));
    let confirmation = stage.confirmation(&page, "24").await;
    let words = confirmation.words();
    assert!(words.contains("1995年12月25日") && words.contains("1995年12月24日"));
    assert!(!words.contains("保護者"), "{words}");
    assert_eq!(stage.stored().await, WRONG, "nothing is saved yet");
    // "Back" leads to the form with the input.
    let back = stage.phone.press(&confirmation, "back", &[]).await;
    let back = back.screen("account-birthdate");
    assert_eq!(back.value("birthdate_day").as_deref(), Some("24"));
    let confirmation = stage.confirmation(&back, "24").await;
    let saved = stage.phone.press(&confirmation, "save", &[]).await;
    let saved = saved.screen("account-profile");
    assert!(saved.words().contains("生年月日を変更しました"));
    assert!(saved.words().contains("1995年12月24日"));

    let news = stage.news().await;
    let [news] = news.as_slice() else {
        panic!("{} mails", news.len());
    };
    assert!(
        news.contains(EMAIL) && news.contains("お客様窓口"),
        "{news}"
    );
    assert!(!news.contains("1995"), "not which date it is: {news}");
    let service = stage.provider.service().await;
    let request = service.ask("openid profile");
    let tokens = steps::tokens(&mut stage.phone, &service, request, &stage.person).await;
    let claims = service.userinfo(&tokens.access_token).await.json();
    assert_eq!(claims["birthdate"], "1995-12-24");
}

#[tokio::test]
async fn neither_an_open_session_nor_the_password_alone_is_enough() {
    let mut stage = Stage::set().await;
    let landed = stage.open("/account").await;
    steps::log_in(&mut stage.phone, landed, EMAIL)
        .await
        .screen("account");
    // The code is required even just after a login, and again later.
    let page = stage.open(PLACE).await.screen("login-code");
    let without = stage.phone.press(&page, "not_now", &[]).await;
    without.screen("account");
    let page = stage.open(PLACE).await;
    let page = stage.step_up(page).await.screen("account-birthdate");
    // Ten minutes later the page requires both again, twenty minutes later its form does.
    stage.provider.advance(11 * MINUTE);
    stage.open(PLACE).await.screen("login");
    let confirmation = stage.confirmation(&page, "24").await;
    stage.provider.advance(10 * MINUTE);
    let late = stage.phone.press(&confirmation, "save", &[]).await;
    late.screen("login");
    // A new password entry is not enough with an earlier code.
    let landed = stage.open(PLACE).await;
    let landed = steps::log_in(&mut stage.phone, landed, EMAIL).await;
    landed.screen("login-code");
    // Nor is a form sent without the page.
    let weak = stage.phone.press(&confirmation, "save", &[]).await;
    weak.screen("login-code");
    assert_eq!(stage.stored().await, WRONG);
    assert!(stage.news().await.is_empty());
}

#[tokio::test]
async fn who_can_be_sent_no_code_is_told_whom_to_ask() {
    let mut stage = Stage::set().await;
    stage.provider.forget_that_mailbox_was_proven(EMAIL).await;
    let landed = stage.open(PLACE).await;
    let page = steps::log_in(&mut stage.phone, landed, EMAIL).await;
    let page = page.screen("error");
    assert_eq!(
        (page.status.as_u16(), page.errors()),
        (403, vec!["no-second-factor".to_owned()])
    );
    assert!(page.words().contains("お客様窓口"));
}

#[tokio::test]
async fn a_date_that_is_none_or_the_same_is_refused_and_stays_as_typed() {
    let mut stage = Stage::set().await;
    let mut page = stage.form().await;
    for (year, month, day, error) in [
        ("1995", "", "24", "birthdate-incomplete"),
        ("1995", "2", "31", "birthdate-no-day"),
        ("1899", "12", "31", "birthdate-too-early"),
        ("2999", "1", "1", "birthdate-future"),
        ("１９９５", "１２", "２５", "birthdate-unchanged"),
    ] {
        let fields = [
            ("birthdate_year", year),
            ("birthdate_month", month),
            ("birthdate_day", day),
        ];
        page = stage.phone.press(&page, "next", &fields).await.page();
        assert_eq!(page.screen(), "account-birthdate");
        assert_eq!(
            (page.status.as_u16(), page.errors()),
            (422, vec![error.to_owned()])
        );
        assert_eq!(page.value("birthdate_day").as_deref(), Some(day));
    }
    // Nor is a day saved that was never shown for confirmation.
    let confirmation = stage.confirmation(&page, "24").await;
    let mut form = confirmation.form("save");
    for (name, value) in &mut form.fields {
        if name == "birthdate_day" {
            "32".clone_into(value);
        }
    }
    assert_eq!(
        stage.phone.submit(form).await.errors(),
        ["birthdate-no-day"]
    );
    assert_eq!(stage.stored().await, WRONG);
}

#[tokio::test]
async fn it_is_changed_once_in_thirty_days_however_often_it_is_pressed() {
    let mut stage = Stage::set().await;
    let page = stage.form().await;
    let confirmation = stage.confirmation(&page, "24").await;
    let another = stage.confirmation(&page, "23").await;
    for _ in 0..2 {
        let saved = stage.phone.press(&confirmation, "save", &[]).await;
        let saved = saved.screen("account-profile");
        assert!(saved.words().contains("生年月日を変更しました"));
    }
    assert_eq!(stage.news().await.len(), 1);
    let refused = stage.phone.press(&another, "save", &[]).await.page();
    assert_eq!(refused.screen(), "account-birthdate");
    assert_eq!(refused.status.as_u16(), 429);
    assert_eq!(refused.errors(), ["birthdate-changed-lately"]);
    assert!(!refused.has_button("next"));
    let page = stage.open(PLACE).await.screen("account-birthdate");
    assert!(
        page.words().contains("次に変更できるのは"),
        "{}",
        page.words()
    );
    assert!(page.value("birthdate_year").is_none());
    assert_eq!(stage.stored().await, "1995-12-24");

    stage.provider.advance(30 * DAY);
    let page = stage.form().await;
    let confirmation = stage.confirmation(&page, "23").await;
    let saved = stage.phone.press(&confirmation, "save", &[]).await;
    saved.screen("account-profile");
    assert_eq!(stage.stored().await, "1995-12-23");
}

#[tokio::test]
async fn what_changed_elsewhere_meanwhile_is_not_written_over() {
    let mut stage = Stage::set().await;
    let page = stage.form().await;
    let confirmation = stage.confirmation(&page, "24").await;
    let rename = |account: &mut Account| account.profile.family_name = Some("田中".to_owned());
    stage.provider.change_account(EMAIL, rename).await;
    let page = stage.phone.press(&confirmation, "save", &[]).await.page();
    assert_eq!(
        (page.status.as_u16(), page.errors()),
        (409, vec!["profile-changed-elsewhere".to_owned()])
    );
    assert_eq!(page.value("birthdate_day").as_deref(), Some("24"));
    assert_eq!(stage.stored().await, WRONG);
    let confirmation = stage.confirmation(&page, "24").await;
    let saved = stage.phone.press(&confirmation, "save", &[]).await;
    saved.screen("account-profile");
    let account = stage.provider.account(EMAIL).await;
    assert_eq!(account.profile.family_name.as_deref(), Some("田中"));
    assert_eq!(account.profile.birthdate.as_deref(), Some("1995-12-24"));
}

#[tokio::test]
async fn who_told_none_yet_tells_it_on_the_page_of_their_information() {
    let mut stage = Stage::set().await;
    let page = stage.form().await;
    let forget = |account: &mut Account| account.profile.birthdate = None;
    stage.provider.change_account(EMAIL, forget).await;
    stage.open(PLACE).await.screen("account-profile");
    let fields = [("birthdate_day", "24")];
    let landed = stage.phone.press(&page, "next", &fields).await;
    landed.screen("account-profile");
    assert_eq!(stage.provider.account(EMAIL).await.profile.birthdate, None);
}

#[tokio::test]
async fn a_form_of_another_browser_changes_nothing() {
    let mut stage = Stage::set().await;
    let page = stage.form().await;
    let confirmation = stage.confirmation(&page, "24").await;
    stage.phone = Phone::new();
    stage.form().await;
    let refused = stage.phone.press(&confirmation, "save", &[]).await.page();
    assert_eq!(refused.errors(), ["form-expired"]);
    assert_eq!(stage.stored().await, WRONG);
}

#[tokio::test]
async fn who_comes_from_a_service_goes_back_to_it_and_nothing_typed_is_lost() {
    let mut stage = Stage::set().await;
    let forget = |account: &mut Account| account.profile.address = None;
    stage.provider.change_account(EMAIL, forget).await;
    let service = stage.provider.service().await;
    let claims = json!({"userinfo": {
        "birthdate": {"essential": true},
        "address": {"essential": true},
    }});
    let request = service
        .ask("openid profile address")
        .with("claims", claims.to_string());
    let landed = stage.phone.open(service.url(&request)).await;
    let page = steps::log_in(&mut stage.phone, landed, EMAIL).await;
    let page = page.screen("profile-edit");
    assert!(page.words().contains("1995年12月25日"));
    let typed = [
        ("postal_code", "380-0801"),
        ("prefecture", "長野県"),
        ("city", "長野市"),
        ("block", "箱清水1-2-3"),
    ];
    let landed = stage.phone.press(&page, "change_birthdate", &typed).await;
    let page = stage.step_up(landed).await.screen("account-birthdate");
    // The return link works without a change, too.
    let back = stage.phone.open(page.link("/interaction/")).await;
    let back = back.screen("profile-edit");
    assert_eq!(back.value("city").as_deref(), Some("長野市"));

    let confirmation = stage.confirmation(&page, "24").await;
    let landed = stage.phone.press(&confirmation, "save", &[]).await;
    let page = landed.screen("profile-edit");
    assert!(page.words().contains("1995年12月24日"));
    assert_eq!(page.value("block").as_deref(), Some("箱清水1-2-3"));
    // Pressing the button twice leads back as well.
    let landed = stage.phone.press(&confirmation, "save", &[]).await;
    landed.screen("profile-edit");
    let confirmation = stage.phone.press(&page, "next", &[]).await;
    let confirmation = confirmation.screen("profile-confirmation");
    let complete = stage.phone.press(&confirmation, "save", &[]).await;
    let complete = complete.screen("profile-complete");
    let answer = stage.phone.press(&complete, "next", &[]).await.away();
    let tokens = service.exchange(&answer, &request).await;
    let claims = service.userinfo(&tokens.access_token).await.json();
    assert_eq!(claims["birthdate"], "1995-12-24");
    assert_eq!(claims["address"]["locality"], "長野市");
    // The service has its answer, so the return link is gone.
    let page = stage.open(PLACE).await.screen("account-birthdate");
    assert!(!page.body.contains("/interaction/"));
}

#[tokio::test]
async fn a_forgotten_password_asks_for_the_new_one_from_then_on() {
    let provider = Provider::start_with(|config| config.login.recovery_asks_birthdate = true);
    let mut stage = Stage::on(provider.await).await;
    let page = stage.form().await;
    let confirmation = stage.confirmation(&page, "24").await;
    stage.phone.press(&confirmation, "save", &[]).await.page();
    stage.provider.let_short_lived_state_expire().await;
    stage.phone = Phone::new();
    let page = stage.open("/recovery").await.screen("recovery");
    let landed = stage
        .phone
        .press(&page, "send_code", &[("login_id", EMAIL)]);
    let page = landed.await.screen("recovery-code");
    let landed = steps::enter_code(&mut stage.phone, &stage.provider, &page, EMAIL).await;
    let mut page = landed.screen("recovery-password");
    for (day, screen) in [("25", "recovery-password"), ("24", "recovery-complete")] {
        let fields = [
            ("new_password", "Qx-harbour4"),
            ("birthdate_year", "1995"),
            ("birthdate_month", "12"),
            ("birthdate_day", day),
        ];
        page = stage
            .phone
            .press(&page, "save", &fields)
            .await
            .screen(screen);
    }
}
