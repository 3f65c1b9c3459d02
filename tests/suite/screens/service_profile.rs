//! ⑫⑬⑭: the data that a service requires of a person before it can serve them.

use common_id::accounts::account::Account;
use serde_json::{Value, json};

use crate::support::browser::{Landed, Page, Phone};
use crate::support::provider::Provider;
use crate::support::relying_party::{Pending, RelyingParty};
use crate::support::steps::{self, Person};

const BIRTHDATE: [(&str, &str); 3] = [
    ("birthdate_year", "1995"),
    ("birthdate_month", "12"),
    ("birthdate_day", "25"),
];

struct Stage {
    provider: Provider,
    person: Person,
    service: RelyingParty,
}

impl Stage {
    async fn new() -> Self {
        let provider = Provider::start().await;
        let person = steps::person(&provider, "hanako@example.jp").await;
        let service = provider.service().await;
        Self {
            provider,
            person,
            service,
        }
    }

    fn needing(&self, claim: &str) -> Pending {
        let claims = json!({"userinfo": {claim: {"essential": true}}});
        self.service
            .ask("openid profile phone address")
            .with("claims", claims.to_string())
    }

    /// Returns a phone on ⑫, for a request that requires the birthdate.
    async fn at_edit(&self, request: &Pending) -> (Phone, Page) {
        let mut phone = Phone::new();
        let landed = phone.open(self.service.url(request)).await;
        let page = steps::log_in(&mut phone, landed, &self.person.email)
            .await
            .screen("profile-edit");
        (phone, page)
    }

    async fn claims(&self, landed: Landed, request: &Pending) -> Value {
        let tokens = self.service.exchange(&landed.away(), request).await;
        self.service.userinfo(&tokens.access_token).await.json()
    }
}

/// Goes through ⑬ and ⑭.
async fn save(phone: &mut Phone, confirmation: &Page) -> Landed {
    let complete = phone
        .press(confirmation, "save", &[])
        .await
        .screen("profile-complete");
    phone.press(&complete, "next", &[]).await
}

#[tokio::test]
async fn a_missing_birthdate_is_asked_confirmed_saved_and_told_to_the_service() {
    let stage = Stage::new().await;
    let request = stage.needing("birthdate");
    let (mut phone, page) = stage.at_edit(&request).await;
    assert!(page.value("family_name").is_none(), "only what is needed");
    let confirmation = phone
        .press(&page, "next", &BIRTHDATE)
        .await
        .screen("profile-confirmation");
    assert!(
        confirmation
            .words()
            .contains("西暦1995年12月25日（平成7年）")
    );
    let landed = save(&mut phone, &confirmation).await;
    let claims = stage.claims(landed, &request).await;
    assert_eq!(claims["birthdate"], "1995-12-25");
}

#[tokio::test]
async fn what_was_told_once_is_not_asked_again() {
    let stage = Stage::new().await;
    let request = stage.needing("birthdate");
    let (mut phone, page) = stage.at_edit(&request).await;
    let confirmation = phone.press(&page, "next", &BIRTHDATE).await;
    save(&mut phone, &confirmation.page()).await.away();
    let again = stage.needing("birthdate");
    phone.open(stage.service.url(&again)).await.away();
}

#[tokio::test]
async fn a_day_that_is_none_is_explained_and_what_was_typed_stays() {
    let stage = Stage::new().await;
    let request = stage.needing("birthdate");
    let (mut phone, mut page) = stage.at_edit(&request).await;
    for (year, month, day, error) in [
        ("", "", "", "required-missing"),
        ("1995", "", "25", "birthdate-incomplete"),
        ("1995", "2", "31", "birthdate-no-day"),
        ("1899", "12", "31", "birthdate-too-early"),
        ("2999", "1", "1", "birthdate-future"),
        ("きのう", "1", "1", "birthdate-no-day"),
    ] {
        let fields = [
            ("birthdate_year", year),
            ("birthdate_month", month),
            ("birthdate_day", day),
        ];
        page = phone
            .press(&page, "next", &fields)
            .await
            .screen("profile-edit");
        assert_eq!(page.errors(), [error], "{year}-{month}-{day}");
        assert_eq!(page.value("birthdate_day").unwrap_or_default(), day);
    }
    phone
        .press(&page, "next", &BIRTHDATE)
        .await
        .screen("profile-confirmation");
}

#[tokio::test]
async fn full_width_digits_are_taken() {
    let stage = Stage::new().await;
    let request = stage.needing("birthdate");
    let (mut phone, page) = stage.at_edit(&request).await;
    let fields = [
        ("birthdate_year", "１９９５"),
        ("birthdate_month", "０１"),
        ("birthdate_day", "８"),
    ];
    let confirmation = phone.press(&page, "next", &fields).await.page();
    assert!(confirmation.words().contains("平成7年"));
}

#[tokio::test]
async fn the_way_back_from_the_confirmation_keeps_what_was_filled_in() {
    let stage = Stage::new().await;
    let request = stage.needing("birthdate");
    let (mut phone, page) = stage.at_edit(&request).await;
    let confirmation = phone.press(&page, "next", &BIRTHDATE).await.page();
    let page = phone
        .press(&confirmation, "back", &[])
        .await
        .screen("profile-edit");
    assert_eq!(page.value("birthdate_year").as_deref(), Some("1995"));
}

#[tokio::test]
async fn pressed_twice_it_is_saved_once_and_both_go_on() {
    let stage = Stage::new().await;
    let request = stage.needing("birthdate");
    let (mut phone, page) = stage.at_edit(&request).await;
    let confirmation = phone.press(&page, "next", &BIRTHDATE).await.page();
    phone
        .press(&confirmation, "save", &[])
        .await
        .screen("profile-complete");
    let complete = phone
        .press(&confirmation, "save", &[])
        .await
        .screen("profile-complete");
    let claims = stage
        .claims(phone.press(&complete, "next", &[]).await, &request)
        .await;
    assert_eq!(claims["birthdate"], "1995-12-25");
}

#[tokio::test]
async fn whoever_does_not_want_to_tell_goes_back_to_that_service_alone() {
    let stage = Stage::new().await;
    let request = stage.needing("birthdate");
    let (mut phone, page) = stage.at_edit(&request).await;
    let answer = phone.press(&page, "cancel", &[]).await.away();
    assert_eq!(stage.service.error_of(&answer, &request), "access_denied");
    let other = stage.service.ask("openid");
    phone.open(stage.service.url(&other)).await.away();
}

#[tokio::test]
async fn without_a_page_the_service_is_told_that_one_is_needed() {
    let stage = Stage::new().await;
    let (mut phone, _page) = stage.at_edit(&stage.needing("birthdate")).await;
    let request = stage.needing("birthdate").with("prompt", "none");
    let answer = phone.open(stage.service.url(&request)).await.away();
    assert_eq!(
        stage.service.error_of(&answer, &request),
        "interaction_required"
    );
}

#[tokio::test]
async fn a_change_in_another_tab_meanwhile_is_shown_and_not_written_over() {
    let stage = Stage::new().await;
    let (first, second) = (stage.needing("birthdate"), stage.needing("birthdate"));
    let (mut phone, page) = stage.at_edit(&first).await;
    let late = phone.press(&page, "next", &BIRTHDATE).await.page();
    let page = phone
        .open(stage.service.url(&second))
        .await
        .screen("profile-edit");
    let earlier = [
        ("birthdate_year", "1996"),
        ("birthdate_month", "1"),
        ("birthdate_day", "2"),
    ];
    let confirmation = phone.press(&page, "next", &earlier).await.page();
    let claims = stage
        .claims(save(&mut phone, &confirmation).await, &second)
        .await;
    assert_eq!(claims["birthdate"], "1996-01-02");
    // The late request finds the data complete by now, and continues.
    let claims = stage
        .claims(phone.press(&late, "save", &[]).await, &first)
        .await;
    assert_eq!(claims["birthdate"], "1996-01-02");
}

#[tokio::test]
async fn a_change_elsewhere_of_something_else_is_shown_before_anything_is_saved() {
    let stage = Stage::new().await;
    stage
        .provider
        .register(
            "support",
            json!({
                "scope": "openid profile address",
                "required_claims": {"version": "2026-11", "claims": ["name", "birthdate"]},
            }),
        )
        .await;
    let support = stage.provider.party("support").await;
    let (needy, other) = (support.ask("openid"), support.ask("openid"));
    let mut phone = Phone::new();
    let landed = phone.open(support.url(&needy)).await;
    let page = steps::log_in(&mut phone, landed, &stage.person.email)
        .await
        .screen("profile-edit");
    assert_eq!(page.value("family_name").as_deref(), Some("山田"));
    let mut changed = BIRTHDATE.to_vec();
    changed.push(("family_name", "鈴木"));
    let late = phone.press(&page, "next", &changed).await.page();
    // Meanwhile the name is changed on another device; the birthdate is still missing.
    let rename = |account: &mut Account| account.profile.family_name = Some("田中".to_owned());
    stage
        .provider
        .change_account(&stage.person.email, rename)
        .await;
    let page = phone.press(&late, "save", &[]).await.screen("profile-edit");
    assert_eq!(page.errors(), ["profile-changed-elsewhere"]);
    assert_eq!(page.value("family_name").as_deref(), Some("田中"));
    assert!(page.words().contains("ご入力の内容：鈴木"), "both are seen");
    assert_eq!(page.value("birthdate_year").as_deref(), Some("1995"));
    let confirmation = phone.press(&page, "next", &[]).await.page();
    save(&mut phone, &confirmation).await.away();
    phone.open(support.url(&other)).await.away();
}

#[tokio::test]
async fn a_list_that_grows_asks_for_what_is_new() {
    let stage = Stage::new().await;
    let registered = |claims: &[&str], version: &str| {
        json!({
            "scope": "openid profile phone address",
            "required_claims": {"version": version, "claims": claims},
        })
    };
    let changes = registered(&["name"], "1");
    stage.provider.register("support", changes).await;
    let support = stage.provider.party("support").await;
    let mut phone = Phone::new();
    let request = support.ask("openid profile");
    steps::answer(&mut phone, &support, &request, &stage.person).await;
    let changes = registered(&["name", "birthdate"], "2");
    stage.provider.register("support", changes).await;
    let support = stage.provider.party("support").await;
    let request = support.ask("openid profile");
    let page = phone
        .open(support.url(&request))
        .await
        .screen("profile-edit");
    assert_eq!(page.value("given_name").as_deref(), Some("花子"));
}

#[tokio::test]
async fn a_form_of_another_browser_saves_nothing() {
    let stage = Stage::new().await;
    let request = stage.needing("birthdate");
    let (mut phone, page) = stage.at_edit(&request).await;
    let mut form = page.form("next").filled(&BIRTHDATE);
    form.fields.retain(|(name, _)| name != "form_token");
    let refused = phone.submit(form).await;
    assert_eq!(refused.errors(), ["form-expired"]);
}

#[tokio::test]
async fn a_birthdate_that_is_settled_cannot_be_slipped_in_anew() {
    let stage = Stage::new().await;
    let first = stage.needing("birthdate");
    let (mut phone, page) = stage.at_edit(&first).await;
    let confirmation = phone.press(&page, "next", &BIRTHDATE).await.page();
    save(&mut phone, &confirmation).await.away();
    let claims = json!({"userinfo": {
        "birthdate": {"essential": true},
        "phone_number": {"essential": true},
        "address": {"essential": true},
    }});
    let forget = |account: &mut Account| account.profile.address = None;
    stage
        .provider
        .change_account(&stage.person.email, forget)
        .await;
    let request = stage
        .service
        .ask("openid profile phone address")
        .with("claims", claims.to_string());
    let page = phone
        .open(stage.service.url(&request))
        .await
        .screen("profile-edit");
    assert!(page.value("birthdate_year").is_none());
    assert!(page.words().contains("西暦1995年12月25日"));
    let mut form = page.form("next").filled(&[
        ("prefecture", "愛知県"),
        ("city", "名古屋市中区"),
        ("block", "栄1-1"),
    ]);
    for name in ["birthdate_year", "birthdate_month", "birthdate_day"] {
        form.fields.push((name.to_owned(), "2010".to_owned()));
    }
    let confirmation = phone.submit(form).await;
    let confirmation = phone
        .follow(confirmation)
        .await
        .screen("profile-confirmation");
    let claims = stage
        .claims(save(&mut phone, &confirmation).await, &request)
        .await;
    assert_eq!(claims["birthdate"], "1995-12-25");
    assert_eq!(claims["address"]["region"], "愛知県");
}

/// Registers a service with these required claims.
async fn needy(stage: &Stage, claims: &[&str], version: &str) -> RelyingParty {
    let changes = json!({
        "scope": "openid profile phone address",
        "required_claims": {"version": version, "claims": claims},
    });
    stage.provider.register("support", changes).await;
    stage.provider.party("support").await
}

/// Returns a phone on ⑫ of a person without name and address.
async fn at_first_page(stage: &Stage, service: &RelyingParty) -> (Phone, Page) {
    let forget = |account: &mut Account| {
        account.profile.family_name = None;
        account.profile.address = None;
    };
    stage
        .provider
        .change_account(&stage.person.email, forget)
        .await;
    let mut phone = Phone::new();
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    let page = steps::log_in(&mut phone, landed, &stage.person.email)
        .await
        .screen("profile-edit");
    (phone, page)
}

const ADDRESS: [(&str, &str); 3] = [
    ("prefecture", "愛知県"),
    ("city", "名古屋市中区"),
    ("block", "栄1-1"),
];

/// Goes through ⑫ and ⑬; returns ⑭ and the page after it.
async fn tell(phone: &mut Phone, page: &Page, fields: &[(&str, &str)]) -> (Page, Landed) {
    let confirmation = phone.press(page, "next", fields).await;
    let confirmation = confirmation.screen("profile-confirmation");
    let complete = phone.press(&confirmation, "save", &[]).await;
    let complete = complete.screen("profile-complete");
    let landed = phone.press(&complete, "next", &[]).await;
    (complete, landed)
}

#[tokio::test]
async fn much_that_is_missing_is_asked_for_page_by_page_with_a_word_of_how_far() {
    let stage = Stage::new().await;
    let service = needy(&stage, &["name", "birthdate", "address"], "1").await;
    let (mut phone, page) = at_first_page(&stage, &service).await;
    assert!(page.words().contains("ご登録 1 / 2"));
    assert!(page.value("family_name").is_some() && page.value("city").is_none());
    let mut fields = BIRTHDATE.to_vec();
    fields.push(("family_name", "山田"));
    let (complete, landed) = tell(&mut phone, &page, &fields).await;
    assert!(
        complete
            .words()
            .contains("引き続き、ご利用されるサービスに必要な情報")
    );
    let page = landed.screen("profile-edit");
    assert!(page.words().contains("ご登録 2 / 2"));
    assert!(page.value("family_name").is_none() && page.value("city").is_some());
    let (complete, landed) = tell(&mut phone, &page, &ADDRESS).await;
    assert!(!complete.words().contains("引き続き"));
    landed.away();
    let saved = stage.provider.account(&stage.person.email).await.profile;
    assert_eq!(saved.birthdate.as_deref(), Some("1995-12-25"));
    assert_eq!(saved.address.unwrap().city.as_deref(), Some("名古屋市中区"));
    phone.open(service.url(&service.ask("openid"))).await.away();
}

#[tokio::test]
async fn who_stops_midway_has_saved_the_first_page_and_is_asked_for_the_second_alone() {
    let stage = Stage::new().await;
    let service = needy(&stage, &["name", "address"], "1").await;
    let (mut phone, page) = at_first_page(&stage, &service).await;
    let (_, landed) = tell(&mut phone, &page, &[("family_name", "山田")]).await;
    let page = landed.screen("profile-edit");
    phone.press(&page, "cancel", &[]).await.away();
    let landed = phone.open(service.url(&service.ask("openid"))).await;
    let page = landed.screen("profile-edit");
    assert!(!page.words().contains("ご登録 "), "it is the only page now");
    assert_eq!(
        page.value("family_name").as_deref(),
        Some("山田"),
        "to be confirmed"
    );
    assert!(page.value("city").is_some());
}

#[tokio::test]
async fn a_list_that_grows_between_two_pages_is_asked_for_to_its_end() {
    let stage = Stage::new().await;
    let service = needy(&stage, &["name", "address"], "1").await;
    let (mut phone, page) = at_first_page(&stage, &service).await;
    let confirmation = phone.press(&page, "next", &[("family_name", "山田")]).await;
    // While ⑬ is shown, the service begins to require the birthdate, too.
    let confirmation = confirmation.screen("profile-confirmation");
    needy(&stage, &["name", "address", "birthdate"], "2").await;
    let page = phone.press(&confirmation, "save", &[]).await;
    let page = page.screen("profile-edit");
    assert_eq!(page.value("family_name").as_deref(), Some("山田"), "kept");
    let (_, landed) = tell(&mut phone, &page, &BIRTHDATE).await;
    let page = landed.screen("profile-edit");
    let (_, landed) = tell(&mut phone, &page, &ADDRESS).await;
    landed.away();
}
