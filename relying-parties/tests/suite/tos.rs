//! The old site: its own login, the choice, the hand-over and the end.

use axum::http::{Request, StatusCode};
use url::Url;

use crate::browser::{Browser, Page};
use crate::fake_provider::{FakeProvider, Mischief, PERSON};

const MEMBER: &str = "03101200200010";
const PASSWORD: &str = "Owner-0310";

async fn log_in(browser: &mut Browser, user_id: &str, password: &str) -> Page {
    let form = format!("user_id={user_id}&password={password}&remember=yes&action=login");
    browser.send_form("/login", &form).await
}

async fn at_top(provider: &FakeProvider) -> Browser {
    let mut browser = Browser::at(provider.party("tos"));
    let page = log_in(&mut browser, MEMBER, PASSWORD).await;
    assert_eq!(page.location().path(), "/");
    browser
}

/// Opens ③; `outcome` is the provider's answer to the request who is logged in.
async fn choice(browser: &mut Browser, outcome: impl Fn(&Url) -> String) -> Page {
    let there = browser.get("/migration").await.location();
    let back = browser.get(&outcome(&there)).await.location();
    assert_eq!(back.path(), "/migration");
    let page = browser.get(&from_the_path(&back)).await;
    assert_eq!(page.screen(), "tos-choice");
    page
}

fn from_the_path(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// Presses a button of ③, and returns the callback's response.
async fn hand_over(browser: &mut Browser, provider: &FakeProvider, action: &str) -> Page {
    let form = format!("action={action}");
    let there = browser.send_form("/migration", &form).await.location();
    let back = provider.authorize_pushed(&there);
    browser.get(&back).await
}

#[tokio::test]
async fn a_member_is_greeted_and_sees_the_notice() {
    let provider = FakeProvider::start().await;
    let mut browser = at_top(&provider).await;
    let page = browser.get("/").await;
    assert_eq!(page.texts(".greeting strong"), ["オンプレU-T-1"]);
    assert_eq!(page.texts(".banner a"), ["詳細はこちら"]);
}

#[tokio::test]
async fn a_wrong_pair_is_refused_in_one_way_and_locks_after_five() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("tos"));
    for (user_id, password) in [
        (MEMBER, "owner-0310"),
        ("03109999999999", PASSWORD),
        ("", ""),
    ] {
        let page = log_in(&mut browser, user_id, password).await;
        assert!(
            page.body.contains(&format!("value=\"{user_id}\"")),
            "input is kept"
        );
        assert_eq!(
            (page.status, page.error()),
            (StatusCode::UNAUTHORIZED, "wrong".to_owned())
        );
    }
    for _ in 0..4 {
        log_in(&mut browser, MEMBER, "no").await;
    }
    let page = log_in(&mut browser, MEMBER, PASSWORD).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(page.error(), "too_many");
}

#[tokio::test]
async fn guesses_from_one_address_end_with_a_wait_whatever_ids_they_name() {
    let provider = FakeProvider::start().await;
    let mut guesser = Browser::at(provider.party("tos"));
    let mut owner = guesser.another();
    guesser.moves_to([192, 0, 2, 1]);
    owner.moves_to([192, 0, 2, 2]);
    for id in 0..50 {
        let page = log_in(&mut guesser, &format!("031099999999{id:02}"), "no").await;
        assert_eq!(page.error(), "wrong");
    }
    let page = log_in(&mut guesser, MEMBER, PASSWORD).await;
    assert_eq!(page.error(), "too_many");
    let page = log_in(&mut owner, MEMBER, PASSWORD).await;
    assert_eq!(page.location().path(), "/", "elsewhere nobody waits");
}

#[tokio::test]
async fn a_remembered_id_is_no_login() {
    let provider = FakeProvider::start().await;
    let mut browser = at_top(&provider).await;
    browser.post("/logout").await;
    let page = browser.get("/").await;
    assert!(page.body.contains(&format!("value=\"{MEMBER}\"")));
    assert_eq!(browser.get("/migration").await.location().path(), "/");
}

#[tokio::test]
async fn everything_known_is_pushed_and_nothing_of_it_stands_in_a_url() {
    let provider = FakeProvider::start().await;
    let mut browser = at_top(&provider).await;
    for (action, prompt) in [("new", "create"), ("existing", "login")] {
        let form = format!("action={action}");
        let there = browser.send_form("/migration", &form).await.location();
        let names: Vec<_> = there
            .query_pairs()
            .map(|(name, _)| name.into_owned())
            .collect();
        assert_eq!(names, ["client_id", "request_uri"]);
        let pushed = provider.pushed(&there);
        assert_eq!(pushed["prompt"], prompt);
        assert!(pushed["prefill"].contains("mytoYota.20180626@gmail.com"));
        assert!(pushed["authorization_details"].contains("20100"));
        assert_eq!(pushed["code_challenge_method"], "S256");
    }
}

#[tokio::test]
async fn a_member_who_comes_back_has_moved_and_finds_it_so_ever_after() {
    let provider = FakeProvider::start().await;
    let mut browser = at_top(&provider).await;
    let page = hand_over(&mut browser, &provider, "new").await;
    assert_eq!(page.location().path(), "/migration/complete");
    let page = browser.get("/migration/complete").await;
    assert_eq!(page.texts(".stores a"), ["Google Play", "App Store"]);
    assert_eq!(
        browser.get("/migration").await.location().path(),
        "/migration/complete"
    );
    let top = browser.get("/").await;
    assert_eq!(top.texts(".banner h2").len(), 1, "no notice any more");
}

#[tokio::test]
async fn who_never_went_on_is_reminded_at_the_next_login_until_they_do() {
    let provider = FakeProvider::start().await;
    let mut browser = at_top(&provider).await;
    hand_over(&mut browser, &provider, "new").await;
    browser.post("/logout").await;
    log_in(&mut browser, MEMBER, PASSWORD).await;
    let top = browser.get("/").await;
    let reminder = ["整備手帳サービスをまだご利用になっていません"];
    assert_eq!(top.texts(".reminder h2"), reminder);
    // A link that does not exist changes nothing.
    let nowhere = browser.get("/migration/onward/elsewhere").await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/").await.texts(".reminder h2"), reminder);
    let there = browser.get("/migration/onward/web").await.location();
    assert!(
        there
            .host_str()
            .is_some_and(|host| host.starts_with("maintenance."))
    );
    assert_eq!(there.path(), "/login");
    let top = browser.get("/").await;
    assert_eq!(top.texts(".banner h2"), ["共通IDへの移行が完了しています"]);
    assert!(top.texts(".reminder h2").is_empty());
    // ⑯ can be opened again.
    let again = browser.get("/migration/complete").await;
    assert_eq!(again.status, StatusCode::OK);
}

#[tokio::test]
async fn the_app_s_shops_are_ways_on_as_well() {
    let provider = FakeProvider::start().await;
    for (way, host) in [
        ("google-play", "play.google.com"),
        ("app-store", "apps.apple.com"),
    ] {
        let mut browser = at_top(&provider).await;
        hand_over(&mut browser, &provider, "new").await;
        let there = browser.get(&format!("/migration/onward/{way}")).await;
        assert_eq!(there.location().host_str(), Some(host));
        assert!(browser.get("/").await.texts(".reminder h2").is_empty());
    }
}

#[tokio::test]
async fn a_move_that_was_rolled_back_may_be_made_anew_to_any_id() {
    let provider = FakeProvider::start().await;
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("tos-rolled-back-{}.json", provider.port()));
    let mut config = provider.party("tos");
    config.keep = Some(file.clone());
    let mut browser = Browser::at(config.clone());
    log_in(&mut browser, MEMBER, PASSWORD).await;
    hand_over(&mut browser, &provider, "new").await;
    // Support removes the member from the file.
    let text = std::fs::read_to_string(&file).unwrap();
    let mut moved: serde_json::Value = serde_json::from_str(&text).unwrap();
    moved.as_object_mut().unwrap().remove(MEMBER).unwrap();
    std::fs::write(&file, moved.to_string()).unwrap();
    let mut after = Browser::at(config);
    log_in(&mut after, MEMBER, PASSWORD).await;
    assert_eq!(after.get("/").await.texts(".banner a"), ["詳細はこちら"]);
    let complete = after.get("/migration/complete").await;
    assert_eq!(complete.location().path(), "/migration");
    provider.log_in_as("another");
    let page = hand_over(&mut after, &provider, "existing").await;
    assert_eq!(page.location().path(), "/migration/complete");
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn nobody_moves_to_an_id_that_is_another_member_s() {
    let provider = FakeProvider::start().await;
    let mut first = at_top(&provider).await;
    hand_over(&mut first, &provider, "new").await;
    let mut second = first.another();
    log_in(&mut second, "03101200200028", "Complete-28").await;
    let page = hand_over(&mut second, &provider, "existing").await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert_eq!(page.error(), "bound_otherwise");
    assert_eq!(
        second.get("/migration/complete").await.location().path(),
        "/migration"
    );
}

#[tokio::test]
async fn who_cancels_keeps_the_choice() {
    let provider = FakeProvider::start().await;
    let mut browser = at_top(&provider).await;
    let there = browser
        .send_form("/migration", "action=new")
        .await
        .location();
    let back = provider.refuse_pushed(&there, "access_denied");
    let page = browser.get(&back).await;
    assert_eq!(page.error(), "access_denied");
    assert_eq!(
        page.texts("button").len(),
        2,
        "both ways stand on that page"
    );
    let page = choice(&mut browser, |there| {
        provider.refuse_pushed(there, "login_required")
    });
    assert_eq!(page.await.texts("button").len(), 2);
}

#[tokio::test]
async fn who_is_logged_in_at_the_provider_is_asked_for_without_a_page_and_without_telling_anything()
{
    let provider = FakeProvider::start().await;
    let mut browser = at_top(&provider).await;
    let there = browser.get("/migration").await.location();
    let pushed = provider.pushed(&there);
    assert_eq!(pushed["prompt"], "none");
    for of_the_member in ["prefill", "authorization_details", "login_hint"] {
        assert!(!pushed.contains_key(of_the_member), "{of_the_member}");
    }
}

#[tokio::test]
async fn who_is_logged_in_at_the_provider_is_greeted_and_may_go_on_or_take_another_id() {
    let provider = FakeProvider::start().await;
    let mut browser = at_top(&provider).await;
    let page = choice(&mut browser, |there| provider.authorize_pushed(there)).await;
    assert_eq!(
        page.texts("button"),
        [
            format!("{PERSON} さんとして続ける").as_str(),
            "別の共通IDでログイン",
            "新たにTOYOTA/LEXUSの共通IDを取得する",
        ]
    );
    // A reload sends no new request to the provider.
    assert_eq!(browser.get("/migration").await.screen(), "tos-choice");
    for (action, prompt, hinted) in [
        ("continue", "login", true),
        ("other", "login select_account", false),
        ("new", "create", false),
    ] {
        let form = format!("action={action}");
        let there = browser.send_form("/migration", &form).await.location();
        let pushed = provider.pushed(&there);
        assert_eq!(pushed["prompt"], prompt);
        assert_eq!(pushed.contains_key("id_token_hint"), hinted, "{action}");
    }
    // The greeting alone binds nobody.
    let page = browser.get("/").await;
    assert_eq!(page.texts(".banner a"), ["詳細はこちら"]);
    let page = hand_over(&mut browser, &provider, "continue").await;
    assert_eq!(page.location().path(), "/migration/complete");
}

#[tokio::test]
async fn nobody_is_greeted_whom_the_provider_does_not_vouch_for() {
    for answer in [
        "login_required",
        "interaction_required",
        "consent_required",
        "access_denied",
        "server_error",
    ] {
        let provider = FakeProvider::start().await;
        let mut browser = at_top(&provider).await;
        let page = choice(&mut browser, |there| provider.refuse_pushed(there, answer)).await;
        assert_eq!(page.texts("button").len(), 2, "{answer}");
    }
    for mischief in [
        Mischief::ForgedSignature,
        Mischief::WrongNonce,
        Mischief::AnotherPersonsUserinfo,
        Mischief::RefusesCodes,
    ] {
        let provider = FakeProvider::start().await;
        let mut browser = at_top(&provider).await;
        provider.misbehave(mischief);
        let page = choice(&mut browser, |there| provider.authorize_pushed(there)).await;
        assert_eq!(page.texts("button").len(), 2, "{mischief:?}");
    }
}

#[tokio::test]
async fn a_provider_that_is_down_greets_nobody_and_hides_nothing() {
    let mut config = FakeProvider::start().await.party("tos");
    config.issuer = "http://127.0.0.1:9".to_owned();
    let mut browser = Browser::at(config);
    log_in(&mut browser, MEMBER, PASSWORD).await;
    let page = browser.get("/migration").await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.texts("button").len(), 2);
}

#[tokio::test]
async fn the_language_asked_for_outlives_the_question() {
    let provider = FakeProvider::start().await;
    let mut browser = at_top(&provider).await;
    let there = browser.get("/migration?lang=en").await.location();
    let back = browser
        .get(&provider.refuse_pushed(&there, "login_required"))
        .await
        .location();
    let page = browser.get(&from_the_path(&back)).await;
    assert_eq!(page.texts("h2")[0], "If you have no Common ID");
}

#[tokio::test]
async fn an_answer_about_another_browser_s_login_greets_nobody() {
    let provider = FakeProvider::start().await;
    let mut thief = at_top(&provider).await;
    let there = thief.get("/migration").await.location();
    let back = provider.authorize_pushed(&there);
    let mut victim = thief.another();
    log_in(&mut victim, "03101200200028", "Complete-28").await;
    assert_eq!(victim.get(&back).await.error(), "login_expired");
    let page = choice(&mut victim, |there| {
        provider.refuse_pushed(there, "login_required")
    });
    assert_eq!(page.await.texts("button").len(), 2);
}

#[tokio::test]
async fn an_answer_to_another_browser_moves_nobody() {
    let provider = FakeProvider::start().await;
    let mut thief = at_top(&provider).await;
    let there = thief.send_form("/migration", "action=new").await.location();
    let back = provider.authorize_pushed(&there);
    let mut victim = thief.another();
    log_in(&mut victim, "03101200200028", "Complete-28").await;
    assert_eq!(victim.get(&back).await.error(), "login_expired");
}

#[tokio::test]
async fn another_site_can_neither_log_in_nor_move_anybody() {
    let provider = FakeProvider::start().await;
    let mut browser = at_top(&provider).await;
    for path in ["/login", "/migration", "/logout", "/forgotten"] {
        let request = Request::post(path)
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(
            browser.send(request).await.status,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_move_outlives_the_process() {
    let provider = FakeProvider::start().await;
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("tos-{}.json", provider.port()));
    let mut config = provider.party("tos");
    config.keep = Some(file.clone());
    let mut browser = Browser::at(config.clone());
    log_in(&mut browser, MEMBER, PASSWORD).await;
    hand_over(&mut browser, &provider, "new").await;
    let mut restarted = Browser::at(config);
    log_in(&mut restarted, MEMBER, PASSWORD).await;
    let page = restarted.get("/migration").await;
    assert_eq!(page.location().path(), "/migration/complete");
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_not_taken_for_an_empty_one() {
    let provider = FakeProvider::start().await;
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("tos-damaged-{}.json", provider.port()));
    std::fs::write(&file, "{").unwrap();
    let mut config = provider.party("tos");
    config.keep = Some(file.clone());
    assert!(relying_parties::router(config).is_err());
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{");
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn right_passwords_never_lock_anybody_out() {
    let provider = FakeProvider::start().await;
    let mut browser = Browser::at(provider.party("tos"));
    for _ in 0..7 {
        let page = log_in(&mut browser, MEMBER, PASSWORD).await;
        assert_eq!(page.location().path(), "/");
    }
}
