//! Dealers' systems receive links and unlinks as signed events (RFC 8417, RFC 8935). A
//! system that was down gets all events later, in order and with the same `jti`s.

use std::time::Duration;

use common_id::accounts::dealer::Dealer;
use common_id::dealer_links::events;
use serde_json::{Value, json};

use crate::support::browser::Phone;
use crate::support::dealers;
use crate::support::provider::{DEALER, Provider};
use crate::support::receiver::{Answer, Receiver, verified};
use crate::support::relying_party::RelyingParty;
use crate::support::steps::{self, PASSWORD, Person};

const LINKED: &str = "https://id.toyota.jp/events/dealer-linked";
const UNLINKED: &str = "https://id.toyota.jp/events/dealer-unlinked";

const EMAIL: &str = "hanako@example.jp";

/// Longer than any interval between two attempts.
const A_WHILE: Duration = Duration::from_secs(10 * 60);

struct Stage {
    provider: Provider,
    service: RelyingParty,
    system: RelyingParty,
    phone: Phone,
    person: Person,
}

/// A dealer whose system receives events at `url`, and a person who may link it.
async fn stage(url: &str) -> Stage {
    let provider = Provider::start_with(|config| {
        config.events.timeout = Duration::from_millis(500);
    })
    .await;
    on_stage(provider, url).await
}

async fn on_stage(provider: Provider, url: &str) -> Stage {
    let service = provider.service().await;
    let delivery = json!({"event_delivery": {"endpoint_url": url}});
    let system = dealers::system(&provider, "dealer", delivery).await;
    let (phone, person) = dealers::member(&provider, EMAIL).await;
    Stage {
        provider,
        service,
        system,
        phone,
        person,
    }
}

impl Stage {
    async fn link(&mut self) {
        dealers::link(&mut self.phone, &self.service, DEALER, &self.person).await;
    }

    async fn unlink(&mut self) {
        dealers::unlink(&mut self.phone, &self.provider).await;
    }

    /// Sends the events that are due, until none is.
    async fn push(&self) {
        let app = &self.provider.app;
        while app.outbox.push_due(&app.keys).await.unwrap() > 0 {}
    }

    async fn push_later(&self) {
        self.provider.advance(A_WHILE);
        self.push().await;
    }
}

fn event<'a>(claims: &'a Value, kind: &str) -> &'a Value {
    let events = claims["events"].as_object().unwrap();
    assert_eq!(events.len(), 1, "{claims}");
    events
        .get(kind)
        .unwrap_or_else(|| panic!("no {kind}: {claims}"))
}

#[tokio::test]
async fn a_link_and_its_end_are_told_in_signed_tokens() {
    let receiver = Receiver::start([]).await;
    let mut stage = stage(&receiver.url()).await;
    stage.link().await;
    let linked_at = stage.provider.app.clock.now().0;
    let listed = dealers::list(&stage.provider, &stage.system).await;
    stage.push().await;
    stage.provider.advance(Duration::from_secs(60));
    stage.unlink().await;
    stage.push().await;

    let taken = receiver.taken();
    assert_eq!(taken.len(), 2);
    for pushed in &taken {
        assert_eq!(pushed.header("content-type"), "application/secevent+jwt");
        assert_eq!(pushed.header("accept"), "application/json");
        assert_eq!(pushed.header("authorization"), "");
    }
    let issuer = stage.provider.issuer();
    let sub = listed["customers"][0]["sub"].clone();
    let first = verified(&stage.provider, &taken[0].token).await;
    assert_eq!(first["iss"], issuer);
    assert_eq!(first["aud"], "dealer");
    assert_eq!(
        (&first["iat"], &first["toe"]),
        (&json!(linked_at), &json!(linked_at))
    );
    let sub_id = json!({"format": "iss_sub", "iss": issuer, "sub": sub});
    assert_eq!(first["sub_id"], sub_id);
    assert_eq!((first.get("sub"), first.get("exp")), (None, None));
    let told = json!({
        "dealer_code": DEALER,
        "linked_at": linked_at,
        "notice_version": listed["customers"][0]["notice_version"],
        "client_id": "service",
    });
    assert_eq!(*event(&first, LINKED), told);

    let second = verified(&stage.provider, &taken[1].token).await;
    assert_eq!(second["sub_id"], sub_id);
    assert_ne!(second["jti"], first["jti"]);
    let told = json!({
        "dealer_code": DEALER,
        "unlinked_at": linked_at + 60,
        "reason": "person_unlinked",
    });
    assert_eq!(*event(&second, UNLINKED), told);
    assert_eq!(second["toe"], linked_at + 60);
}

#[tokio::test]
async fn a_system_that_is_down_learns_later_of_everything_once_and_in_order() {
    let answers = [
        Answer::Status(500),
        Answer::Silence,
        Answer::Status(200),
        Answer::Status(401),
        Answer::Err("invalid_key"),
        Answer::Err("authentication_failed"),
        Answer::Status(400),
    ];
    let failures = answers.len();
    let receiver = Receiver::start(answers).await;
    let mut stage = stage(&receiver.url()).await;
    stage.link().await;
    stage.unlink().await;
    for _ in 0..failures {
        assert!(receiver.taken().is_empty());
        stage.push_later().await;
    }
    stage.push_later().await;
    let attempts = receiver.attempts();
    let first = attempts[0].jti();
    let tries = attempts.iter().take_while(|pushed| pushed.jti() == first);
    assert_eq!(tries.count(), failures + 1, "the unlink waits for its link");
    let taken = receiver.taken();
    assert_eq!(taken.len(), 2);
    event(&taken[0].claims(), LINKED);
    event(&taken[1].claims(), UNLINKED);
    assert_eq!(
        attempts[0].claims(),
        taken[0].claims(),
        "the same to the letter"
    );
    assert_eq!(
        stage.provider.count("outbox WHERE queue IS NOT NULL").await,
        0
    );
}

#[tokio::test]
async fn what_a_node_left_behind_another_delivers() {
    let receiver = Receiver::start([Answer::Status(503)]).await;
    let mut stage = stage(&receiver.url()).await;
    stage.link().await;
    stage.push().await;
    let restarted = stage.provider.restarted().await;
    stage.provider.advance(A_WHILE);
    restarted.outbox.push_due(&restarted.keys).await.unwrap();
    let (attempts, taken) = (receiver.attempts(), receiver.taken());
    assert_eq!((attempts.len(), taken.len()), (2, 1));
    assert_eq!(attempts[0].jti(), taken[0].jti());
    verified(&stage.provider, &taken[0].token).await;
}

#[tokio::test]
async fn an_event_that_waited_for_days_is_signed_with_a_key_of_today() {
    let receiver = Receiver::start([Answer::Status(500)]).await;
    let mut stage = stage(&receiver.url()).await;
    stage.link().await;
    stage.push().await;
    for _ in 0..2 {
        stage.provider.app.keys.rotate(None).await.unwrap();
        stage.provider.advance(Duration::from_secs(24 * 60 * 60));
    }
    stage.provider.app.keys.reload().await.unwrap();
    stage.push().await;
    let taken = receiver.taken();
    assert_eq!(receiver.attempts()[0].jti(), taken[0].jti());
    verified(&stage.provider, &taken[0].token).await;
}

#[tokio::test]
async fn a_dead_dealer_holds_up_neither_mails_nor_other_systems() {
    let dead = Receiver::start(vec![Answer::Status(500); 9]).await;
    let mut stage = stage(&dead.url()).await;
    let alive = Receiver::start([]).await;
    let delivery = json!({"event_delivery": {"endpoint_url": alive.url()}});
    dealers::system(&stage.provider, "another", delivery).await;
    for _ in 0..3 {
        stage.link().await;
        stage.unlink().await;
    }
    stage.push().await;
    assert_eq!((dead.attempts().len(), alive.taken().len()), (1, 6));
    // The mails of the person's registration are delivered here.
    assert!(!stage.provider.mails_to(EMAIL).await.is_empty());
    assert_eq!(
        stage.provider.count("outbox WHERE queue = 'dealer'").await,
        6
    );
    let names = alive.taken();
    assert!(
        names
            .iter()
            .all(|pushed| pushed.claims()["aud"] == "another")
    );
}

#[tokio::test]
async fn a_token_that_cannot_be_read_is_given_up_and_others_follow() {
    let receiver = Receiver::start([Answer::Err("invalid_request")]).await;
    let mut stage = stage(&receiver.url()).await;
    stage.link().await;
    stage.unlink().await;
    stage.push().await;
    let taken = receiver.taken();
    assert_eq!((receiver.attempts().len(), taken.len()), (2, 1));
    event(&taken[0].claims(), UNLINKED);
}

#[tokio::test]
async fn what_nobody_took_for_weeks_is_given_up() {
    let receiver = Receiver::start(vec![Answer::Status(500); 3]).await;
    let mut stage = stage(&receiver.url()).await;
    stage.link().await;
    stage.push().await;
    stage
        .provider
        .advance(Duration::from_secs(13 * 24 * 60 * 60));
    stage.push().await;
    assert_eq!(
        stage.provider.count("outbox WHERE queue IS NOT NULL").await,
        1
    );
    stage
        .provider
        .advance(Duration::from_secs(2 * 24 * 60 * 60));
    stage.push().await;
    assert_eq!(
        stage.provider.count("outbox WHERE queue IS NOT NULL").await,
        0
    );
    stage.push_later().await;
    assert_eq!(receiver.attempts().len(), 3);
}

#[tokio::test]
async fn an_event_goes_to_no_other_place() {
    let elsewhere = Receiver::start([]).await;
    let receiver = Receiver::start([Answer::Redirect(elsewhere.url())]).await;
    let mut stage = stage(&receiver.url()).await;
    stage.link().await;
    stage.push_later().await;
    stage.push_later().await;
    assert!(elsewhere.attempts().is_empty());
    assert_eq!(receiver.taken().len(), 1);
}

#[tokio::test]
async fn whoever_leaves_is_reported_to_each_dealer() {
    let receiver = Receiver::start([]).await;
    let mut stage = stage(&receiver.url()).await;
    stage.link().await;
    stage.push().await;
    let mut phone = Phone::new();
    let landed = phone.open(stage.provider.url("/account/leave")).await;
    let page = steps::log_in_strongly(&stage.provider, &mut phone, landed, EMAIL)
        .await
        .screen("account-leave");
    let fields = [("password", PASSWORD), ("confirm", "yes")];
    phone
        .press(&page, "leave", &fields)
        .await
        .screen("logged-out");
    stage.push().await;
    let taken = receiver.taken();
    let last = taken.last().unwrap().claims();
    assert_eq!(event(&last, UNLINKED)["reason"], "account_closed");
    assert_eq!(last["sub_id"], taken[0].claims()["sub_id"]);
    assert_eq!(stage.provider.count("service_use").await, 0);
}

#[tokio::test]
async fn a_removed_system_is_told_nothing_any_more() {
    let receiver = Receiver::start([Answer::Status(500)]).await;
    let mut stage = stage(&receiver.url()).await;
    stage.link().await;
    stage.push().await;
    let id = common_id::oidc::client::ClientId("dealer".to_owned());
    let app = &stage.provider.app;
    let now = app.clock.now();
    app.store.clients().remove(&id, now).await.unwrap();
    stage.push_later().await;
    assert_eq!(receiver.attempts().len(), 1);
    assert_eq!(
        stage.provider.count("outbox WHERE queue IS NOT NULL").await,
        0
    );
    stage.unlink().await;
    assert_eq!(
        stage.provider.count("outbox WHERE queue IS NOT NULL").await,
        0
    );
}

#[tokio::test]
async fn the_header_a_system_wants_goes_to_its_own_endpoint_only() {
    let receiver = Receiver::start([]).await;
    let mut stage = stage(&receiver.url()).await;
    let app = &stage.provider.app;
    let id = common_id::oidc::client::ClientId("dealer".to_owned());
    let url = receiver.url().parse().unwrap();
    let sealed = common_id::event_delivery::seal_authorization(
        &app.sealer,
        (&id, &url),
        "Bearer of-the-dealer",
        &app.random,
    )
    .unwrap();
    let clients = app.store.clients();
    clients
        .set_event_authorization(&id, Some(&sealed))
        .await
        .unwrap();
    stage.link().await;
    stage.push().await;
    assert_eq!(
        receiver.taken()[0].header("authorization"),
        "Bearer of-the-dealer"
    );

    let elsewhere = Receiver::start([]).await;
    let delivery = json!({"event_delivery": {"endpoint_url": elsewhere.url()}});
    dealers::system(&stage.provider, "dealer", delivery).await;
    stage.unlink().await;
    stage.push().await;
    assert_eq!(elsewhere.taken()[0].header("authorization"), "");
}

#[tokio::test]
async fn the_page_says_so_when_the_dealer_learns_of_the_link_later() {
    let receiver = Receiver::start([Answer::Status(500)]).await;
    let mut stage = stage(&receiver.url()).await;
    let said = async |stage: &mut Stage| {
        let details = format!(r#"[{{"type":"dealer_link","identifier":"{DEALER}"}}]"#);
        let pending = stage
            .service
            .ask("openid")
            .with("authorization_details", details)
            .with("prompt", "login");
        let landed = stage.phone.open(stage.service.url(&pending)).await;
        let page = steps::log_in(&mut stage.phone, landed, EMAIL).await;
        let page = page.screen("dealer-link");
        let page = stage.phone.press(&page, "link", &[]).await;
        page.screen("dealer-link-complete").words()
    };
    let words = said(&mut stage).await;
    assert!(words.contains("販売店との連携が完了しました"), "{words}");
    stage.unlink().await;
    stage.push().await;
    let words = said(&mut stage).await;
    assert!(words.contains("連携済み（反映まで数分）"), "{words}");
    stage.push_later().await;
    stage.unlink().await;
    let words = said(&mut stage).await;
    assert!(!words.contains("反映まで数分"), "{words}");
    assert_eq!(stage.provider.count("dealer_links").await, 1);
}

#[tokio::test]
async fn a_merger_is_told_to_both_dealers_once_whichever_node_tells_it() {
    let (ending, beginning) = (Receiver::start([]).await, Receiver::start([]).await);
    let mut stage = stage(&ending.url()).await;
    let successor = Dealer {
        code: "99900".to_owned(),
        ..stage.provider.dealer(DEALER)
    };
    stage
        .provider
        .import_dealers(std::slice::from_ref(&successor))
        .await;
    let delivery = json!({
        "dealer_code": "99900",
        "event_delivery": {"endpoint_url": beginning.url()},
    });
    dealers::system(&stage.provider, "successor", delivery).await;
    stage.link().await;
    stage.push().await;
    let merged = Dealer {
        open: false,
        successor: Some(successor.code),
        ..stage.provider.dealer(DEALER)
    };
    stage.provider.advance(Duration::from_secs(60));
    let now = stage.provider.app.clock.now().0;
    stage.provider.import_dealers(&[merged]).await;
    let app = &stage.provider.app;
    let (one, other) = tokio::join!(
        events::tell_of_successions(app),
        events::tell_of_successions(app),
    );
    one.unwrap();
    other.unwrap();
    stage.push().await;

    let [linked, unlinked] = ending.taken().try_into().unwrap();
    let linked = verified(&stage.provider, &linked.token).await;
    let unlinked = verified(&stage.provider, &unlinked.token).await;
    assert_eq!(unlinked["sub_id"], linked["sub_id"]);
    assert_eq!(
        *event(&unlinked, UNLINKED),
        json!({
            "dealer_code": DEALER,
            "unlinked_at": now,
            "reason": "dealer_succeeded",
            "successor": "99900",
        })
    );
    let [begun] = beginning.taken().try_into().unwrap();
    let begun = verified(&stage.provider, &begun.token).await;
    assert_eq!(begun["aud"], "successor");
    assert_eq!((&begun["toe"], &begun["iat"]), (&json!(now), &json!(now)));
    let told = event(&begun, LINKED);
    assert_eq!(told["dealer_code"], "99900");
    assert_eq!(told["linked_at"], event(&linked, LINKED)["linked_at"]);
    assert_eq!(stage.provider.count("succession_news").await, 0);
}
