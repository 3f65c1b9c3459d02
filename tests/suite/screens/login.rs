//! ⑪: e-mail address or mobile number, and a password.

use std::time::Duration;

use crate::support::browser::{Landed, Page, Phone};
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::steps::{self, PASSWORD, Person};

async fn stage() -> (Provider, RelyingParty, Person) {
    let provider = Provider::start().await;
    let service = provider.service().await;
    let person = steps::person(&provider, "Hanako@Example.jp").await;
    (provider, service, person)
}

async fn begin(phone: &mut Phone, service: &RelyingParty) -> Page {
    phone
        .open(service.url(&service.ask("openid")))
        .await
        .screen("login")
}

async fn try_with(phone: &mut Phone, page: &Page, login_id: &str, password: &str) -> Landed {
    let fields = [("login_id", login_id), ("password", password)];
    phone.press(page, "login", &fields).await
}

#[tokio::test]
async fn the_address_may_be_typed_as_people_type_addresses() {
    let (_provider, service, _person) = stage().await;
    for typed in [
        "Hanako@Example.jp",
        "hanako@example.jp",
        " HANAKO@EXAMPLE.JP ",
        "hanako＠example．jp",
    ] {
        let mut phone = Phone::new();
        let page = begin(&mut phone, &service).await;
        try_with(&mut phone, &page, typed, PASSWORD).await.away();
    }
}

#[tokio::test]
async fn a_wrong_password_is_a_4xx_and_the_password_is_never_echoed() {
    let (_provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let page = begin(&mut phone, &service).await;
    for wrong in [
        "Wrong-Secret1",
        "",
        "sunny-day7",
        "Sunny-day7 ",
        "Ｓunny-day7",
    ] {
        let answer = try_with(&mut phone, &page, &person.email, wrong)
            .await
            .screen("login");
        assert!(
            answer.status.is_client_error(),
            "{wrong}: {}",
            answer.status
        );
        assert!(!answer.errors().is_empty(), "{wrong}");
        assert_eq!(
            answer.value("login_id").as_deref(),
            Some(person.email.as_str()),
            "input is kept"
        );
        assert!(answer.value("password").unwrap_or_default().is_empty());
        if !wrong.is_empty() {
            assert!(!answer.body.contains(wrong), "{wrong} is echoed");
        }
    }
    try_with(&mut phone, &page, &person.email, PASSWORD)
        .await
        .away();
}

#[tokio::test]
async fn a_mobile_number_is_no_login_until_its_owner_switched_it_on() {
    let (_provider, service, _person) = stage().await;
    let mut phone = Phone::new();
    let page = begin(&mut phone, &service).await;
    let wrong = try_with(&mut phone, &page, "nobody@example.jp", PASSWORD)
        .await
        .screen("login");
    let by_number = try_with(&mut phone, &page, "09012345678", PASSWORD)
        .await
        .screen("login");
    assert_eq!(by_number.errors(), wrong.errors());
}

#[tokio::test]
async fn every_login_begins_a_session_of_its_own() {
    let (provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let page = begin(&mut phone, &service).await;
    try_with(&mut phone, &page, &person.email, PASSWORD)
        .await
        .away();
    let first = phone.cookie(&page.url, "session").unwrap().to_owned();
    let old = phone.clone();
    provider.advance(Duration::from_secs(5));
    let request = service.ask("openid").with("prompt", "login");
    let landed = phone.open(service.url(&request)).await;
    steps::log_in(&mut phone, landed, &person.email)
        .await
        .away();
    assert_ne!(phone.cookie(&page.url, "session").unwrap(), first);
    // ASVS 7.2.4: the replaced session is invalid.
    let mut old = old;
    let request = service.ask("openid").with("prompt", "none");
    let url = old.open(service.url(&request)).await.away();
    assert_eq!(service.error_of(&url, &request), "login_required");
}

#[tokio::test]
async fn a_planted_session_cookie_is_not_taken_over() {
    let (_provider, service, person) = stage().await;
    let mut attacker = Phone::new();
    begin(&mut attacker, &service).await;
    // The victim continues with cookies that the attacker has.
    let mut victim = attacker.clone();
    let page = begin(&mut victim, &service).await;
    try_with(&mut victim, &page, &person.email, PASSWORD)
        .await
        .away();
    let request = service.ask("openid").with("prompt", "none");
    let url = attacker.open(service.url(&request)).await.away();
    assert_eq!(service.error_of(&url, &request), "login_required");
}

#[tokio::test]
async fn a_form_without_its_token_or_of_another_browser_is_refused() {
    let (_provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let page = begin(&mut phone, &service).await;
    let fields = [("login_id", person.email.as_str()), ("password", PASSWORD)];
    let mut bare = page.form("login").filled(&fields);
    bare.fields.retain(|(name, _)| name != "form_token");
    let answer = phone.submit(bare).await;
    assert_eq!(
        (answer.status.is_client_error(), answer.redirect()),
        (true, None)
    );
    let mut other = Phone::new();
    let answer = other.press_once(&page, "login", &fields).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    assert!(
        phone.cookie(&page.url, "session").is_none()
            && other.cookie(&page.url, "session").is_none()
    );
}

#[tokio::test]
async fn many_wrong_tries_slow_down_but_never_lock_for_good() {
    let (provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let page = begin(&mut phone, &service).await;
    let mut last = page.clone();
    for number in 0..40 {
        last = try_with(
            &mut phone,
            &page,
            &person.email,
            &format!("Wrong-Secret{number}"),
        )
        .await
        .page();
        if last.status == 429 {
            break;
        }
    }
    assert_eq!(last.status, 429, "guessing is slowed down");
    let refused = try_with(&mut phone, &page, &person.email, PASSWORD)
        .await
        .page();
    assert_eq!(
        refused.status, 429,
        "the right password is not told from a wrong one meanwhile"
    );
    provider.advance(Duration::from_secs(3600));
    if crate::support::servers::Backend::of_this_run() == crate::support::servers::Backend::Embedded
    {
        // Redis counts by its own clock, which no test can move.
        let page = begin(&mut phone, &service).await;
        try_with(&mut phone, &page, &person.email, PASSWORD)
            .await
            .away();
    }
}

#[tokio::test]
async fn too_long_or_odd_input_is_refused_like_any_other() {
    let (_provider, service, _person) = stage().await;
    let mut phone = Phone::new();
    let page = begin(&mut phone, &service).await;
    for login_id in [
        "x".repeat(10_000),
        "a\0b@example.jp".to_owned(),
        "' OR ''='".to_owned(),
        "\u{202e}".to_owned(),
    ] {
        let answer = try_with(&mut phone, &page, &login_id, &"p".repeat(10_000))
            .await
            .page();
        assert!(
            answer.status.is_client_error(),
            "{login_id:.20}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn back_after_a_login_leads_on_to_the_service() {
    let (_provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let request = service.ask("openid");
    let page = phone.open(service.url(&request)).await.screen("login");
    let url = try_with(&mut phone, &page, &person.email, PASSWORD)
        .await
        .away();
    // The browser shows the old page again; the test reloads it, and sends its form again.
    let reloaded = phone.open(&page.url).await;
    match reloaded {
        Landed::Away(again) => assert!(again.as_str().starts_with("https://service.example/")),
        Landed::On(page) => assert!(page.status.is_success() || page.status.is_client_error()),
    }
    service.exchange(&url, &request).await;
}

#[tokio::test]
async fn a_session_ends_when_it_was_idle_or_old() {
    let (provider, service, person) = stage().await;
    let day = Duration::from_secs(86_400);
    let silent = async |phone: &mut Phone| {
        let request = service.ask("openid").with("prompt", "none");
        let url = phone.open(service.url(&request)).await.away();
        service.answer_of(&url, &request).contains_key("code")
    };
    let mut idle = Phone::new();
    let page = begin(&mut idle, &service).await;
    try_with(&mut idle, &page, &person.email, PASSWORD)
        .await
        .away();
    let mut busy = Phone::new();
    let page = begin(&mut busy, &service).await;
    try_with(&mut busy, &page, &person.email, PASSWORD)
        .await
        .away();
    for _ in 0..6 {
        provider.advance(2 * day);
        assert!(silent(&mut busy).await);
    }
    assert!(
        !silent(&mut idle).await,
        "three days without a sign of life"
    );
    provider.advance(2 * day + Duration::from_secs(1));
    assert!(!silent(&mut busy).await, "fourteen days, whatever happened");
}

/// The slowest hash that is still accepted: it takes most of a second.
const SLOW: &str =
    "$argon2id$v=19$m=65536,t=16,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

#[tokio::test]
async fn who_is_told_to_come_back_later_has_not_used_up_an_attempt() {
    let provider = Provider::start_with(|config| {
        config.passwords.queue = 1;
        config.login.wrong_per_account_and_ip = 1;
    })
    .await;
    let service = provider.service().await;
    let person = steps::person(&provider, "Hanako@Example.jp").await;
    let mut phone = Phone::new();
    let page = begin(&mut phone, &service).await;

    let passwords = &provider.app.passwords;
    let occupied: Vec<_> = (0..2)
        .map(|_| {
            let passwords = passwords.clone();
            tokio::spawn(async move {
                let ask = || passwords.verify("x".to_owned().into(), Some(SLOW.to_owned()));
                while ask().await.is_err() {
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    while passwords.admit().is_ok() {
        tokio::task::yield_now().await;
    }
    let answer = try_with(&mut phone, &page, &person.email, PASSWORD)
        .await
        .page();
    assert_eq!(answer.status.as_u16(), 503);
    assert!(answer.headers.contains_key("retry-after"));

    for one in occupied {
        one.await.unwrap();
    }
    try_with(&mut phone, &page, &person.email, PASSWORD)
        .await
        .away();
}

#[tokio::test]
async fn a_password_typed_full_width_is_wrong_and_said_to_be_full_width() {
    let (_provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let page = begin(&mut phone, &service).await;
    for email in [person.email.as_str(), "nobody@example.jp"] {
        let page = try_with(&mut phone, &page, email, "Ｓｕｎｎｙ-day7")
            .await
            .screen("login");
        assert_eq!(page.errors(), ["login-failed"]);
        assert!(page.words().contains("英数字が全角になっています"));
    }
}

#[tokio::test]
async fn a_wrong_password_in_capitals_alone_is_said_to_be_so_whoever_it_is() {
    let (_provider, service, person) = stage().await;
    let mut phone = Phone::new();
    let page = begin(&mut phone, &service).await;
    for email in [person.email.as_str(), "nobody@example.jp"] {
        let page = try_with(&mut phone, &page, email, "SUNNY-DAY7").await;
        let page = page.screen("login");
        assert_eq!(page.errors(), ["login-failed"]);
        assert!(page.words().contains("Caps Lock"), "{email}");
    }
}

#[tokio::test]
async fn of_two_browsers_with_one_link_each_is_let_in_by_itself() {
    let (_provider, service, person) = stage().await;
    let mut first = Phone::new();
    let page = begin(&mut first, &service).await;
    let mut second = Phone::new();
    let same = second.open(&page.url).await.screen("login");
    let (one, other) = tokio::join!(
        try_with(&mut first, &page, &person.email, PASSWORD),
        try_with(&mut second, &same, &person.email, PASSWORD),
    );
    assert_ne!(one.away(), other.away(), "each has a code of its own");
}
