//! `/logout` (OpenID Connect RP-Initiated Logout 1.0): a person is logged out if they
//! confirm it, or if a relying party proves that it means them.

use url::Url;

use crate::support::browser::Phone;
use crate::support::provider::Provider;
use crate::support::relying_party::{RelyingParty, Tokens, jwt_part};
use crate::support::steps::{self, Person};

const GOODBYE: &str = "https://service.example/goodbye";

struct Stage {
    provider: Provider,
    service: RelyingParty,
    person: Person,
    phone: Phone,
    tokens: Tokens,
}

impl Stage {
    async fn new() -> Self {
        let provider = Provider::start().await;
        let service = provider.service().await;
        let person = steps::person(&provider, "hanako@example.jp").await;
        let mut phone = Phone::new();
        let request = service.ask("openid offline_access");
        let tokens = steps::tokens(&mut phone, &service, request, &person).await;
        Self {
            provider,
            service,
            person,
            phone,
            tokens,
        }
    }

    fn url(&self, parameters: &[(&str, &str)]) -> Url {
        let mut url = Url::parse(&self.service.endpoint("end_session_endpoint")).unwrap();
        url.query_pairs_mut().extend_pairs(parameters);
        url
    }

    async fn is_logged_in(&mut self) -> bool {
        let request = self.service.ask("openid").with("prompt", "none");
        let url = self.phone.open(self.service.url(&request)).await.away();
        self.service.answer_of(&url, &request).contains_key("code")
    }
}

#[tokio::test]
async fn with_a_hint_of_the_person_logged_in_no_question_is_asked() {
    let mut stage = Stage::new().await;
    let hint = stage.tokens.id_token.clone();
    let url = stage.url(&[
        ("id_token_hint", &hint),
        ("post_logout_redirect_uri", GOODBYE),
        ("state", "s t/1"),
    ]);
    let url = stage.phone.open(&url).await.away();
    assert!(url.as_str().starts_with(GOODBYE), "{url}");
    assert!(
        url.query_pairs()
            .any(|(name, value)| name == "state" && value == "s t/1"),
        "{url}"
    );
    assert!(!stage.is_logged_in().await);
}

/// Relying parties keep the ID token that they got last.
#[tokio::test]
async fn an_id_token_of_a_refresh_is_as_good_a_hint() {
    let mut stage = Stage::new().await;
    let refreshed = async |stage: &Stage, token: &str| {
        let reply = stage.service.refresh(token).await;
        let [id_token, next] = ["id_token", "refresh_token"].map(|name| reply.text(name));
        (id_token, next)
    };
    let token = stage.tokens.refresh_token.clone().unwrap();
    let (first, token) = refreshed(&stage, &token).await;
    let (hint, token) = refreshed(&stage, &token).await;
    let sid = |token: &str| jwt_part(token, 1)["sid"].as_str().map(str::to_owned);
    assert!(sid(&stage.tokens.id_token).is_some());
    assert_eq!(sid(&first), sid(&stage.tokens.id_token));
    assert_eq!(sid(&hint), sid(&stage.tokens.id_token));
    let url = stage.url(&[("id_token_hint", &hint)]);
    stage.phone.open(&url).await.screen("logged-out");
    assert!(!stage.is_logged_in().await);
    // A grant with `offline_access` outlives the login, and its ID tokens still name that
    // login.
    let (after, _) = refreshed(&stage, &token).await;
    assert_eq!(sid(&after), sid(&hint));
}

#[tokio::test]
async fn without_a_hint_the_person_is_asked() {
    let mut stage = Stage::new().await;
    let page = stage.phone.open(&stage.url(&[])).await.screen("logout");
    assert!(stage.is_logged_in().await, "asking alone logs nobody out");
    stage
        .phone
        .press(&page, "logout", &[])
        .await
        .screen("logged-out");
    assert!(!stage.is_logged_in().await);
}

#[tokio::test]
async fn a_person_may_stay() {
    let mut stage = Stage::new().await;
    let page = stage.phone.open(&stage.url(&[])).await.screen("logout");
    stage.phone.press(&page, "stay", &[]).await;
    assert!(stage.is_logged_in().await);
}

#[tokio::test]
async fn nobody_is_sent_to_an_address_that_is_not_registered() {
    let mut stage = Stage::new().await;
    let hint = stage.tokens.id_token.clone();
    for uri in [
        "https://evil.example/",
        "https://service.example/goodbye/x",
        "javascript:alert(1)",
    ] {
        let url = stage.url(&[("id_token_hint", &hint), ("post_logout_redirect_uri", uri)]);
        let page = stage.phone.fetch(&url).await;
        if let Some(target) = page.redirect() {
            assert!(
                target.host_str().unwrap().ends_with(".localhost"),
                "{uri}: {target}"
            );
        }
        assert!(!page.body.contains("evil.example"), "{uri}");
    }
    // Without a hint or a client, no redirect URI can be verified.
    let url = stage.url(&[("post_logout_redirect_uri", GOODBYE)]);
    let page = stage.phone.fetch(&url).await;
    assert!(
        page.redirect()
            .is_none_or(|target| target.host_str() != Some("service.example"))
    );
}

#[tokio::test]
async fn a_hint_of_someone_else_logs_nobody_out_unasked() {
    let mut stage = Stage::new().await;
    let other = steps::person(&stage.provider, "taro@example.jp").await;
    let request = stage.service.ask("openid");
    let theirs = steps::tokens(&mut Phone::new(), &stage.service, request, &other)
        .await
        .id_token;
    for hint in [
        theirs.as_str(),
        "no.token.atall",
        &stage.tokens.access_token.clone(),
    ] {
        stage
            .phone
            .open(&stage.url(&[("id_token_hint", hint)]))
            .await;
        assert!(stage.is_logged_in().await, "{hint}");
    }
}

#[tokio::test]
async fn another_site_cannot_press_the_button() {
    let mut stage = Stage::new().await;
    let page = stage.phone.open(&stage.url(&[])).await.screen("logout");
    let mut forged = page.form("logout");
    forged.fields.retain(|(name, _)| name != "form_token");
    let answer = stage.phone.submit(forged).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    assert!(stage.is_logged_in().await);
}

#[tokio::test]
async fn logging_out_twice_or_without_a_session_is_no_error() {
    let mut stage = Stage::new().await;
    let mut stranger = Phone::new();
    let page = stranger.open(&stage.url(&[])).await.page();
    assert!(page.status.is_success(), "{}", page.status);
    let page = stage.phone.open(&stage.url(&[])).await.screen("logout");
    stage.phone.press(&page, "logout", &[]).await;
    let again = stage.phone.press(&page, "logout", &[]).await.page();
    assert!(!again.status.is_server_error());
}

#[tokio::test]
async fn logging_out_ends_the_cookie_for_everyone_who_copied_it() {
    let mut stage = Stage::new().await;
    let mut thief = stage.phone.clone();
    let page = stage.phone.open(&stage.url(&[])).await.screen("logout");
    stage.phone.press(&page, "logout", &[]).await;
    let request = stage.service.ask("openid").with("prompt", "none");
    let url = thief.open(stage.service.url(&request)).await.away();
    assert_eq!(stage.service.error_of(&url, &request), "login_required");
    assert_eq!(stage.person.email, "hanako@example.jp");
}
