//! The registration, ④ to ⑨.

use std::time::Duration;

use common_id::config::{MailTransport, SmtpRelay, SmtpTls};

use crate::support::browser::{Landed, Page, Phone};
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::steps::{self, PASSWORD, Person};

async fn stage() -> (Provider, RelyingParty, Phone) {
    let provider = Provider::start().await;
    let service = provider.service().await;
    (provider, service, Phone::new())
}

async fn begin(phone: &mut Phone, service: &RelyingParty) -> Landed {
    let request = service.ask("openid").with("prompt", "create");
    phone.open(service.url(&request)).await
}

async fn up_to_code(phone: &mut Phone, service: &RelyingParty, email: &str) -> Page {
    let landed = begin(phone, service).await;
    let page = steps::agree_to_terms(phone, landed).await;
    steps::send_code(phone, &page, email).await
}

async fn up_to_details(
    phone: &mut Phone,
    provider: &Provider,
    service: &RelyingParty,
    email: &str,
) -> Page {
    let page = up_to_code(phone, service, email).await;
    steps::enter_code(phone, provider, &page, email)
        .await
        .screen("registration-details")
}

#[tokio::test]
async fn whoever_registers_is_known_by_what_they_typed() {
    let (provider, service, mut phone) = stage().await;
    let person = Person::new("mytoYota.20180626@example.jp");
    let request = service
        .ask("openid profile email phone address")
        .with("prompt", "create");
    let landed = phone.open(service.url(&request)).await;
    let url = steps::register(&mut phone, &provider, landed, &person)
        .await
        .away();
    let tokens = service.exchange(&url, &request).await;
    let claims = service.userinfo(&tokens.access_token).await.json();
    assert_eq!(claims["email"], "mytoYota.20180626@example.jp");
    assert_eq!(claims["family_name"], "山田");
    assert_eq!(claims["phone_number"], "+819012345678");
}

#[tokio::test]
async fn mail_comes_from_the_brand_with_a_code_and_no_link() {
    let (provider, service, mut phone) = stage().await;
    up_to_code(&mut phone, &service, "hanako@example.jp").await;
    let mails = provider.mails_to("hanako@example.jp").await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].from.contains("id.toyota.jp"), "{}", mails[0].from);
    assert!(
        !mails[0].text.contains("http"),
        "carriers reject mail with URLs: {}",
        mails[0].text
    );

    provider.register("service", serde_json::json!({})).await;
    let lexus = provider.party_at("lexus", "service").await;
    up_to_code(&mut Phone::english(), &lexus, "taro@example.jp").await;
    let mails = provider.mails_to("taro@example.jp").await;
    assert!(mails[0].from.contains("id.lexus.jp"), "{}", mails[0].from);
    assert!(mails[0].text.is_ascii(), "English: {}", mails[0].text);
}

#[tokio::test]
async fn terms_must_be_agreed_to() {
    let (_provider, service, mut phone) = stage().await;
    let page = begin(&mut phone, &service).await.screen("terms");
    let again = phone.press(&page, "next", &[]).await.page();
    assert_eq!(again.screen(), "terms");
    assert!(again.status.is_client_error());
    assert!(!again.errors().is_empty());
}

#[tokio::test]
async fn an_address_that_is_none_is_explained_and_kept() {
    let (_provider, service, mut phone) = stage().await;
    let landed = begin(&mut phone, &service).await;
    let page = steps::agree_to_terms(&mut phone, landed).await;
    for typed in [
        "",
        "hanako",
        "hanako@",
        "@example.jp",
        "a b@example.jp",
        "山田@example.jp",
        "a@b@c.jp",
        "x@-.jp",
    ] {
        let again = phone
            .press(&page, "send_code", &[("email", typed)])
            .await
            .page();
        assert_eq!(again.screen(), "registration-email", "{typed}");
        assert!(again.status.is_client_error(), "{typed}");
        assert_eq!(
            again.value("email").as_deref(),
            Some(typed),
            "input is kept"
        );
    }
    // Japanese mobile carriers once gave out addresses that no RFC allows.
    steps::send_code(&mut phone, &page, "a..b.@docomo.ne.jp").await;
}

#[tokio::test]
async fn a_code_may_be_typed_as_people_type_codes() {
    for shape in ["{}", " {} ", "認証番号：{}", "{}\n"] {
        let (provider, service, mut phone) = stage().await;
        let page = up_to_code(&mut phone, &service, "hanako@example.jp").await;
        let code = provider.code_for("hanako@example.jp").await;
        let typed = shape.replace("{}", &code);
        phone
            .press(&page, "next", &[("code", &typed)])
            .await
            .screen("registration-details");
    }
    let (provider, service, mut phone) = stage().await;
    let page = up_to_code(&mut phone, &service, "hanako@example.jp").await;
    let code = provider.code_for("hanako@example.jp").await;
    let wide: String = code
        .chars()
        .map(|digit| char::from_u32(digit as u32 + 0xfee0).unwrap())
        .collect();
    phone
        .press(&page, "next", &[("code", &wide)])
        .await
        .screen("registration-details");
}

#[tokio::test]
async fn five_wrong_codes_make_the_right_one_worthless() {
    let (provider, service, mut phone) = stage().await;
    let page = up_to_code(&mut phone, &service, "hanako@example.jp").await;
    let code = provider.code_for("hanako@example.jp").await;
    for number in 0..5 {
        let wrong = format!(
            "{:06}",
            (code.parse::<u32>().unwrap() + 1 + number) % 1_000_000
        );
        let again = phone.press(&page, "next", &[("code", &wrong)]).await.page();
        assert!(again.status.is_client_error());
    }
    let again = phone.press(&page, "next", &[("code", &code)]).await.page();
    assert_eq!(again.screen(), "registration-code");
    assert!(again.status.is_client_error(), "{}", again.words());
    // A new code is accepted.
    provider.advance(Duration::from_secs(61));
    let again = phone
        .press(&again, "resend_code", &[])
        .await
        .screen("registration-code");
    let fresh = provider.code_for("hanako@example.jp").await;
    assert_ne!(fresh, code);
    phone
        .press(&again, "next", &[("code", &fresh)])
        .await
        .screen("registration-details");
}

#[tokio::test]
async fn a_code_is_good_for_ten_minutes() {
    let (provider, service, mut phone) = stage().await;
    let page = up_to_code(&mut phone, &service, "hanako@example.jp").await;
    let code = provider.code_for("hanako@example.jp").await;
    provider.advance(Duration::from_secs(601));
    let again = phone.press(&page, "next", &[("code", &code)]).await.page();
    assert_eq!(again.screen(), "registration-code");
    assert!(again.status.is_client_error());
}

#[tokio::test]
async fn a_code_sent_again_is_the_same_so_that_late_mails_stay_good() {
    let (provider, service, mut phone) = stage().await;
    let page = up_to_code(&mut phone, &service, "hanako@example.jp").await;
    let first = provider.code_for("hanako@example.jp").await;
    provider.advance(Duration::from_secs(61));
    let page = phone
        .press(&page, "resend_code", &[])
        .await
        .screen("registration-code");
    assert_eq!(provider.mails_to("hanako@example.jp").await.len(), 2);
    assert_eq!(provider.code_for("hanako@example.jp").await, first);
    phone
        .press(&page, "next", &[("code", &first)])
        .await
        .screen("registration-details");
}

#[tokio::test]
async fn codes_are_not_sent_in_floods() {
    let (provider, service, mut phone) = stage().await;
    let mut page = up_to_code(&mut phone, &service, "hanako@example.jp").await;
    page = phone.press(&page, "resend_code", &[]).await.page();
    assert_eq!(
        provider.mails_to("hanako@example.jp").await.len(),
        1,
        "a minute between two"
    );
    for _ in 0..12 {
        provider.advance(Duration::from_secs(61));
        page = phone.press(&page, "resend_code", &[]).await.page();
        assert_eq!(page.screen(), "registration-code");
        // A mail whose code has expired is not delivered.
        provider.all_mails().await;
    }
    assert_eq!(
        provider.mails_to("hanako@example.jp").await.len(),
        5,
        "five in an hour"
    );
    // Beginning anew in another browser does not help.
    let mut other = Phone::new();
    let landed = begin(&mut other, &service).await;
    let page = steps::agree_to_terms(&mut other, landed).await;
    other
        .press(&page, "send_code", &[("email", "HANAKO@example.jp")])
        .await
        .page();
    assert_eq!(provider.all_mails().await.len(), 5);
}

#[tokio::test]
async fn another_address_voids_the_first_one_s_code() {
    let (provider, service, mut phone) = stage().await;
    let page = up_to_code(&mut phone, &service, "first@example.jp").await;
    let first = provider.code_for("first@example.jp").await;
    let email = phone
        .press(&page, "back", &[])
        .await
        .screen("registration-email");
    let page = steps::send_code(&mut phone, &email, "second@example.jp").await;
    let second = provider.code_for("second@example.jp").await;
    if first != second {
        let again = phone.press(&page, "next", &[("code", &first)]).await.page();
        assert_eq!(again.screen(), "registration-code");
    }
    let details = phone
        .press(&page, "next", &[("code", &second)])
        .await
        .screen("registration-details");
    assert!(details.words().contains("second@example.jp"));
}

#[tokio::test]
async fn a_code_is_good_in_the_browser_that_asked_for_it() {
    let (provider, service, mut phone) = stage().await;
    let page = up_to_code(&mut phone, &service, "hanako@example.jp").await;
    let code = provider.code_for("hanako@example.jp").await;
    let mut thief = Phone::new();
    for landed in [
        thief.press(&page, "next", &[("code", &code)]).await,
        thief.open(&page.url).await,
    ] {
        let page = landed.page();
        assert_ne!(page.screen(), "registration-details");
        assert_ne!(page.screen(), "registration-code");
        assert!(
            !page.body.contains("hanako@example.jp"),
            "nothing personal is shown to another browser"
        );
    }
    phone
        .press(&page, "next", &[("code", &code)])
        .await
        .screen("registration-details");
}

#[tokio::test]
async fn nothing_can_be_skipped() {
    let (provider, service, mut phone) = stage().await;
    let terms = begin(&mut phone, &service).await.screen("terms");
    let at = |path: &str| {
        let mut url = terms.url.clone();
        let base = url.path().strip_suffix("/terms").unwrap().to_owned();
        url.set_path(&format!("{base}/{path}"));
        url
    };
    for path in [
        "registration/code",
        "registration/details",
        "registration/confirmation",
        "registration/complete",
        "consent",
        "dealer-link",
        "dealer-link/complete",
    ] {
        let landed = phone.open(at(path)).await;
        let screen = landed.page().screen();
        assert!(
            matches!(screen.as_str(), "terms" | "error"),
            "{path}: {screen}"
        );
    }
    // Nor does posting the form of a later page.
    let mut form = terms.form("next").filled(&[("terms", "agree")]);
    form.action = at("registration/confirmation");
    form.fields
        .push(("action".to_owned(), "register".to_owned()));
    let answer = phone.submit(form).await;
    assert!(
        !answer.body.contains("registration-complete"),
        "{}",
        answer.status
    );
    assert!(provider.all_mails().await.is_empty());
}

#[tokio::test]
async fn passwords_follow_the_policy_that_the_page_states() {
    let (provider, service, mut phone) = stage().await;
    let page = up_to_details(&mut phone, &provider, &service, "hanako1yamada@example.jp").await;
    for weak in [
        "Short-1",
        "onlyletters",
        "1234567890",
        "with space 1",
        "パスワード12345",
        "Passw0rd",
        "Hanako1Yamada",
        &"Aa1".repeat(7),
    ] {
        let again = phone
            .press(&page, "next", &[("new_password", weak)])
            .await
            .page();
        assert_eq!(again.screen(), "registration-details", "{weak}");
        assert!(again.status.is_client_error(), "{weak}");
        assert!(!again.body.contains(weak), "{weak} is echoed");
    }
    phone
        .press(&page, "next", &[("new_password", PASSWORD)])
        .await
        .screen("registration-confirmation");
}

#[tokio::test]
async fn details_are_checked_and_kept_and_the_password_is_not() {
    let (provider, service, mut phone) = stage().await;
    let page = up_to_details(&mut phone, &provider, &service, "hanako@example.jp").await;
    let fields = [
        ("new_password", PASSWORD),
        ("family_name", "髙橋"),
        ("mobile_phone", "123"),
        ("postal_code", "38"),
        ("family_name_kana", "漢字"),
        ("home_phone", "abc"),
    ];
    let again = phone.press(&page, "next", &fields).await.page();
    assert_eq!(again.screen(), "registration-details");
    assert!(again.status.is_client_error());
    assert_eq!(
        again.value("family_name").as_deref(),
        Some("髙橋"),
        "never normalised"
    );
    assert_eq!(again.value("mobile_phone").as_deref(), Some("123"));
    assert!(!again.body.contains(PASSWORD));
    for field in [
        "mobile_phone",
        "postal_code",
        "family_name_kana",
        "home_phone",
    ] {
        assert!(
            again.body.contains(&format!("id=\"{field}-error\"")),
            "{field} is explained"
        );
    }
}

#[tokio::test]
async fn the_confirmation_shows_everything_but_the_password() {
    let (provider, service, mut phone) = stage().await;
    let person = Person::new("hanako@example.jp");
    let landed = begin(&mut phone, &service).await;
    let page = steps::register_up_to_confirmation(&mut phone, &provider, landed, &person).await;
    let words = page.words();
    for shown in [
        "hanako@example.jp",
        "山田",
        "花子",
        "ヤマダ",
        "ハナコ",
        "長野県",
        "長野市",
        "箱清水1-2-3",
        "*****",
    ] {
        assert!(words.contains(shown), "{shown}: {words}");
    }
    assert!(!page.body.contains(PASSWORD));
    // Back to ⑦: the password counts as set and is not shown.
    let details = phone
        .press(&page, "back", &[])
        .await
        .screen("registration-details");
    assert!(!details.body.contains(PASSWORD));
    let page = phone
        .press(&details, "next", &[])
        .await
        .screen("registration-confirmation");
    phone
        .press(&page, "register", &[])
        .await
        .screen("registration-complete");
    let mut other = Phone::new();
    let landed = other.open(service.url(&service.ask("openid"))).await;
    steps::log_in(&mut other, landed, &person.email)
        .await
        .away();
}

#[tokio::test]
async fn a_double_submit_makes_one_account() {
    let (provider, service, mut phone) = stage().await;
    let person = Person::new("hanako@example.jp");
    let landed = begin(&mut phone, &service).await;
    let page = steps::register_up_to_confirmation(&mut phone, &provider, landed, &person).await;
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (mut phone, page) = (phone.clone(), page.clone());
        racers.spawn(async move { phone.press(&page, "register", &[]).await.page().screen() });
    }
    for screen in racers.join_all().await {
        // Each request has its own cookies here: a late one has an account and no session.
        assert!(
            matches!(screen.as_str(), "registration-complete" | "login"),
            "{screen}"
        );
    }
    assert_eq!(provider.count("accounts").await, 1);
    assert_eq!(
        provider.count("consents").await,
        1,
        "one consent to the terms"
    );
}

#[tokio::test]
async fn two_people_cannot_register_one_address() {
    let (provider, service, mut first) = stage().await;
    let mut second = Phone::new();
    let person = Person::new("hanako@example.jp");
    let landed = begin(&mut first, &service).await;
    let one = steps::register_up_to_confirmation(&mut first, &provider, landed, &person).await;
    let landed = begin(&mut second, &service).await;
    let person = Person::new("HANAKO@example.jp");
    provider.advance(Duration::from_secs(61));
    let two = steps::register_up_to_confirmation(&mut second, &provider, landed, &person).await;
    first
        .press(&one, "register", &[])
        .await
        .screen("registration-complete");
    let late = second.press(&two, "register", &[]).await.page();
    assert_ne!(late.screen(), "registration-complete");
    assert!(!late.status.is_server_error(), "{}", late.status);
    assert_eq!(provider.count("accounts").await, 1);
}

#[tokio::test]
async fn whoever_proves_a_known_address_is_told_and_led_to_the_login() {
    let (provider, service, mut phone) = stage().await;
    let person = steps::person(&provider, "hanako@example.jp").await;
    let request = service.ask("openid").with("prompt", "create");
    let landed = phone.open(service.url(&request)).await;
    let page = steps::agree_to_terms(&mut phone, landed).await;
    let page = steps::send_code(&mut phone, &page, &person.email).await;
    let landed = steps::enter_code(&mut phone, &provider, &page, &person.email).await;
    let page = landed.page();
    assert_eq!(
        page.screen(),
        "registration-already-registered",
        "{}",
        page.words()
    );
    let landed = phone.press(&page, "login", &[]).await;
    let url = steps::log_in(&mut phone, landed, &person.email)
        .await
        .away();
    service.exchange(&url, &request).await;
    assert_eq!(provider.count("accounts").await, 1);
}

#[tokio::test]
async fn a_lost_interaction_begins_again_and_still_leads_to_the_service() {
    let (provider, service, mut phone) = stage().await;
    let request = service.ask("openid").with("prompt", "create");
    let landed = phone.open(service.url(&request)).await;
    let page = steps::agree_to_terms(&mut phone, landed).await;
    let page = steps::send_code(&mut phone, &page, "hanako@example.jp").await;
    provider.let_short_lived_state_expire().await;
    // A reload, and a form sent from a page that stayed open all the time.
    let reloaded = phone.open(&page.url).await;
    assert_eq!(reloaded.page().screen(), "terms");
    let landed = phone.press(&page, "next", &[("code", "123456")]).await;
    let person = Person::new("hanako@example.jp");
    let url = steps::register(&mut phone, &provider, landed, &person)
        .await
        .away();
    service.exchange(&url, &request).await;
}

#[tokio::test]
async fn repeated_unknown_and_endless_fields_are_refused() {
    let (provider, service, mut phone) = stage().await;
    let page = up_to_details(&mut phone, &provider, &service, "hanako@example.jp").await;
    let twice = page.form("next").filled(&[("new_password", PASSWORD)]);
    let mut twice = twice;
    twice
        .fields
        .push(("family_name".to_owned(), "x".to_owned()));
    twice
        .fields
        .push(("family_name".to_owned(), "y".to_owned()));
    let answer = phone.submit(twice).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    let mut prefecture = page
        .form("next")
        .filled(&[("new_password", PASSWORD), ("prefecture", "x")]);
    prefecture
        .fields
        .push(("city".to_owned(), "x".repeat(5000)));
    let answer = phone.submit(prefecture).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    assert!(!answer.errors().is_empty(), "{}", answer.words());
}

#[tokio::test]
async fn what_was_perhaps_meant_is_one_tap_away_and_nobody_must_take_it() {
    let provider = Provider::start().await;
    let (mistyped, meant) = ("hanako@docomo.ne.jo", "hanako@docomo.ne.jp");
    let (mut phone, page) = at_email(&provider).await;
    let asked = steps::send_code(&mut phone, &page, mistyped).await;
    // The Enter key still sends the code.
    let mut form = asked.form("next").filled(&[("code", "")]);
    form.fields.retain(|(name, _)| name != "action");
    let first = asked.body.find("<button").unwrap();
    assert!(asked.body[first..].starts_with("<button class=\"unseen\""));
    assert_eq!(phone.submit(form).await.errors(), ["code-missing"]);
    // One tap on ⑥ sends the code to the suggested address, and the code proves that one.
    let page = phone.press(&asked, "use_suggestion", &[]).await;
    let page = page.screen("registration-code");
    assert!(page.words().contains(meant) && !page.has_button("use_suggestion"));
    steps::enter_code(&mut phone, &provider, &page, meant)
        .await
        .screen("registration-details");
    // One tap on ⑤ after going back; a person who meant what they typed can go on with it.
    let (mut phone, page) = at_email(&provider).await;
    let page = steps::send_code(&mut phone, &page, mistyped).await;
    let page = phone.press(&page, "back", &[]).await;
    let page = page.screen("registration-email");
    assert!(
        page.words()
            .contains("「hanako@docomo.ne.jp」ではありませんか")
    );
    let page = phone.press(&page, "send_code", &[]).await;
    let page = page.screen("registration-code");
    assert!(page.words().contains(mistyped));
    let page = phone.press(&page, "back", &[]).await.page();
    let page = phone.press(&page, "use_suggestion", &[]).await;
    let page = page.screen("registration-code");
    assert!(page.words().contains(meant) && !page.has_button("use_suggestion"));
}

#[tokio::test]
async fn a_suggestion_that_is_no_address_sends_nothing() {
    let provider = Provider::start().await;
    let (mut phone, page) = at_email(&provider).await;
    let page = steps::send_code(&mut phone, &page, "hanako@docomo.ne.jo").await;
    let mut form = page.form("use_suggestion");
    for (name, value) in &mut form.fields {
        if name == "suggestion" {
            "nobody".clone_into(value);
        }
    }
    let answer = phone.submit(form).await;
    phone.follow(answer).await.screen("registration-email");
}

/// A phone at ⑤.
async fn at_email(provider: &Provider) -> (Phone, Page) {
    let service = provider.service().await;
    let mut phone = Phone::new();
    let request = service.ask("openid").with("prompt", "create");
    let landed = phone.open(service.url(&request)).await;
    let page = steps::agree_to_terms(&mut phone, landed).await;
    (phone, page)
}

#[tokio::test]
async fn a_mistyped_domain_is_asked_about_and_a_carrier_s_filter_is_named() {
    let provider = Provider::start().await;
    let service = provider.service().await;
    for (address, said) in [
        (
            "hanako@docomo.ne.jo",
            "「hanako@docomo.ne.jp」ではありませんか",
        ),
        ("hanako@docomo.ne.jp", "NTTドコモの迷惑メール対策"),
    ] {
        let mut phone = Phone::new();
        let request = service.ask("openid").with("prompt", "create");
        let landed = phone.open(service.url(&request)).await;
        let page = steps::agree_to_terms(&mut phone, landed).await;
        let page = steps::send_code(&mut phone, &page, address).await;
        assert!(page.words().contains(said), "{}", page.words());
    }
}

/// Enters an address on ⑤ as a new person, at either brand, and returns the next page.
async fn ask_for_a_code(party: &RelyingParty, email: &str) -> Page {
    let mut phone = Phone::new();
    let landed = begin(&mut phone, party).await;
    let page = steps::agree_to_terms(&mut phone, landed).await;
    phone
        .press(&page, "send_code", &[("email", email)])
        .await
        .page()
}

#[tokio::test]
async fn codes_go_out_so_often_and_no_more_from_one_place_or_by_one_brand() {
    type Narrow = fn(&mut common_id::config::RegistrationSettings);
    let cases: [(Narrow, bool); 2] = [
        (|settings| settings.codes_per_ip_hour = 2, false),
        (|settings| settings.mails_per_brand_hour = 2, true),
    ];
    for (narrow, other_brand_goes_on) in cases {
        let provider = Provider::start_with(|config| narrow(&mut config.registration)).await;
        let service = provider.service().await;
        let lexus = provider.party_at("lexus", "service").await;
        for email in ["one@example.jp", "two@example.jp"] {
            let page = ask_for_a_code(&service, email).await;
            assert_eq!(page.screen(), "registration-code");
        }
        let refused = ask_for_a_code(&service, "three@example.jp").await;
        assert_eq!(refused.status, 429);
        assert_eq!(refused.errors(), ["email-too-many"]);
        assert_eq!(refused.value("email").as_deref(), Some("three@example.jp"));
        assert!(provider.mails_to("three@example.jp").await.is_empty());
        let there = ask_for_a_code(&lexus, "four@example.jp").await;
        assert_eq!(
            there.screen() == "registration-code",
            other_brand_goes_on,
            "{}",
            there.words()
        );
        provider.let_short_lived_state_expire().await;
        let page = ask_for_a_code(&service, "three@example.jp").await;
        assert_eq!(page.screen(), "registration-code", "an hour later");
    }
}

#[tokio::test]
async fn a_code_sent_twice_at_once_proves_once_and_both_go_on() {
    let (provider, service, mut phone) = stage().await;
    for round in 0..8 {
        let email = format!("hanako{round}@example.jp");
        let page = up_to_code(&mut phone, &service, &email).await;
        let code = provider.code_for(&email).await;
        let mut same = phone.clone();
        let typed = [("code", code.as_str())];
        let (one, other) = tokio::join!(
            phone.press_once(&page, "next", &typed),
            same.press_once(&page, "next", &typed),
        );
        assert_eq!((one.status.as_u16(), other.status.as_u16()), (303, 303));
        assert_eq!(one.redirect(), other.redirect());
    }
}

#[tokio::test]
async fn while_no_mail_leaves_the_page_says_so_and_whose_mailbox_it_is_does_not_matter() {
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = nobody.local_addr().unwrap().port();
    drop(nobody);
    let provider = Provider::start_with(|config| {
        config.mail.transport = MailTransport::Smtp(SmtpRelay {
            host: "127.0.0.1".to_owned(),
            port,
            tls: SmtpTls::None,
            username: None,
            password: None,
            timeout: Duration::from_secs(5),
        });
    })
    .await;
    let service = provider.service().await;
    let mut phone = Phone::new();
    let page = up_to_code(&mut phone, &service, "hanako@example.jp").await;
    assert!(!page.words().contains("時間がかかって"));
    for _ in 0..2 {
        provider.app.outbox.deliver_due().await.unwrap();
        provider.advance(Duration::from_secs(10));
    }
    let page = phone.open(&page.url).await.screen("registration-code");
    assert!(
        page.words()
            .contains("ただいま認証番号の送信に時間がかかっています")
    );
    provider.advance(Duration::from_secs(60));
    let page = phone.press(&page, "resend_code", &[]).await.page();
    assert!(page.words().contains("再送を受け付けました"));
    let other = up_to_code(&mut Phone::new(), &service, "taro@example.jp").await;
    assert!(other.words().contains("時間がかかって"));
}
