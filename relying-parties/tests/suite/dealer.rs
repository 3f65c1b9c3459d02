//! A dealer's staff page, and the receiver of events behind it (RFC 8935).

use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use crate::browser::{Browser, Page};
use crate::fake_provider::{FakeProvider, now};

const STAFF: &str = "staff@nagano-toyota.example";
const LINKED: &str = "https://id.toyota.jp/events/dealer-linked";
const UNLINKED: &str = "https://id.toyota.jp/events/dealer-unlinked";

struct Stage {
    provider: FakeProvider,
    browser: Browser,
}

impl Stage {
    async fn new() -> Self {
        let provider = FakeProvider::start().await;
        let browser = Browser::at(provider.party("dealer"));
        Self { provider, browser }
    }

    /// Signs in a person with this e-mail address.
    async fn signed_in(email: &str, verified: bool) -> Self {
        let mut stage = Self::new().await;
        stage.provider.set_userinfo(json!({
            "sub": "248289761001",
            "name": "販売 店子",
            "email": email,
            "email_verified": verified,
        }));
        stage.browser.log_in(&stage.provider).await;
        stage
    }

    fn claims(&self, jti: &str, kind: &str, said: &Value) -> Value {
        json!({
            "iss": self.provider.issuer,
            "aud": "dealer-20100",
            "iat": now(),
            "jti": jti,
            "toe": now(),
            "sub_id": {"format": "iss_sub", "iss": self.provider.issuer, "sub": "sub-of-taro"},
            "events": {kind: said},
        })
    }

    async fn push(&mut self, token: String) -> Page {
        let header = "Bearer secret/of dealer-20100 events";
        self.push_with(token, header, "application/secevent+jwt")
            .await
    }

    async fn push_with(&mut self, token: String, header: &str, media_type: &str) -> Page {
        let request = Request::post("/events")
            .header(AUTHORIZATION, header)
            .header(CONTENT_TYPE, media_type);
        self.browser.send_with(request, token).await
    }

    async fn told(&mut self, claims: &Value) -> Page {
        let token = self.provider.signed("secevent+jwt", claims);
        self.push(token).await
    }
}

fn taro() -> Value {
    json!({
        "sub": "sub-of-taro",
        "linked_at": 1_795_348_800,
        "customer_number": "N-0028",
        "services": [{"client_name": "整備手帳", "last_used_on": "2026-11-23"}],
    })
}

fn nobody() -> Value {
    json!({"sub": "sub-of-somebody", "linked_at": 1_795_348_800, "services": []})
}

fn err(page: &Page) -> (StatusCode, String) {
    let body: Value = serde_json::from_str(&page.body).unwrap();
    (page.status, body["err"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn staff_see_everyone_on_every_page_of_the_list() {
    let mut stage = Stage::signed_in(STAFF, true).await;
    stage.provider.list(Some(vec![taro(), nobody()]));
    let page = stage.browser.get("/").await;
    assert_eq!(page.screen(), "staff");
    assert_eq!(page.texts(".customers h2"), ["豊田 太郎", "お客様番号なし"]);
    let first = page.texts(".customers li").remove(0);
    for told in ["プリウス", "2026-11-22", "整備手帳", "連携中"] {
        assert!(first.contains(told), "{told}: {first}");
    }
}

#[tokio::test]
async fn only_a_proven_address_of_the_dealers_list_is_staff() {
    for (email, verified) in [(STAFF, false), ("hanako@example.jp", true)] {
        let mut stage = Stage::signed_in(email, verified).await;
        stage.provider.list(Some(vec![taro()]));
        let page = stage.browser.get("/").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        assert_eq!(page.screen(), "staff-refused");
        assert!(!page.body.contains("豊田"), "{}", page.body);
    }
    let mut stage = Stage::new().await;
    let page = stage.browser.get("/").await;
    assert_eq!(page.screen(), "home");
}

#[tokio::test]
async fn an_event_is_taken_once_and_marks_who_left() {
    let mut stage = Stage::signed_in(STAFF, true).await;
    let number = json!({"customer_number": "N-0028"});
    let linked = stage.claims("one", LINKED, &number);
    assert_eq!(stage.told(&linked).await.status, StatusCode::ACCEPTED);
    let mut unlinked = stage.claims("two", UNLINKED, &number);
    unlinked["events"][UNLINKED]["reason"] = json!("account_closed");
    for _ in 0..2 {
        assert_eq!(stage.told(&unlinked).await.status, StatusCode::ACCEPTED);
    }
    let page = stage.browser.get("/").await;
    assert_eq!(page.texts(".customers h2"), ["豊田 太郎"]);
    assert_eq!(page.texts(".customers .badge"), ["共通ID退会"]);
    assert_eq!(page.texts(".news li").len(), 2);
}

#[tokio::test]
async fn while_the_list_is_down_the_page_says_so_and_shows_what_was_told() {
    let mut stage = Stage::signed_in(STAFF, true).await;
    stage.provider.list(None);
    let number = json!({"customer_number": "N-0028"});
    let linked = stage.claims("one", LINKED, &number);
    stage.told(&linked).await;
    let page = stage.browser.get("/").await;
    assert_eq!(page.texts(".customers .badge"), ["連携中"]);
    assert!(page.texts(".notice")[0].contains("一覧を取得できません"));
}

#[tokio::test]
async fn whatever_is_not_an_event_for_us_is_refused_by_its_code() {
    let mut stage = Stage::new().await;
    let good = stage.claims("one", LINKED, &json!({}));
    let changed = |member: &str, value: Value| {
        let mut claims = good.clone();
        claims[member] = value;
        claims
    };
    let issuer = stage.provider.issuer.clone();
    let sub_id = |format: &str, iss: &str| json!({"format": format, "iss": iss, "sub": "s"});
    for (claims, code) in [
        (
            changed("iss", json!("https://evil.example")),
            "invalid_issuer",
        ),
        (
            changed("sub_id", sub_id("iss_sub", "https://evil.example")),
            "invalid_issuer",
        ),
        (changed("aud", json!("another")), "invalid_audience"),
        (changed("iat", json!(now() + 3600)), "invalid_request"),
        (
            changed("sub_id", sub_id("opaque", &issuer)),
            "invalid_request",
        ),
        (changed("events", json!(7)), "invalid_request"),
    ] {
        let refused = (StatusCode::BAD_REQUEST, code.to_owned());
        assert_eq!(err(&stage.told(&claims).await), refused, "{claims}");
    }
    let token = stage.provider.signed("at+jwt", &good);
    assert_eq!(err(&stage.push(token).await).1, "invalid_request");
    assert_eq!(err(&stage.push("x".to_owned()).await).1, "invalid_request");
    let token = stage.provider.signed("secevent+jwt", &good);
    let refused = stage.push_with(token.clone(), "Bearer x", "application/secevent+jwt");
    assert_eq!(err(&refused.await).1, "authentication_failed");
    let header = "Bearer secret/of dealer-20100 events";
    let refused = stage.push_with(token.clone(), header, "application/json");
    assert_eq!(err(&refused.await).1, "invalid_request");
    let (head, _) = token.rsplit_once('.').unwrap();
    let forged = format!("{head}.{}", "A".repeat(86));
    assert_eq!(err(&stage.push(forged).await).1, "invalid_key");
    assert_eq!(stage.push(token).await.status, StatusCode::ACCEPTED);
}
