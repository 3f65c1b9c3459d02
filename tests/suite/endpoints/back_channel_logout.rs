//! Back-channel logout (OpenID Connect Back-Channel Logout 1.0): every client that got
//! tokens in a login is notified when the login ends, for any reason, and no other is.

use std::time::Duration;

use jsonwebtoken::Algorithm;
use serde_json::{Value, json};
use url::Url;

use crate::support::both_brands;
use crate::support::browser::Phone;
use crate::support::provider::Provider;
use crate::support::receiver::{Answer, Pushed, Receiver, verified_as};
use crate::support::relying_party::{RelyingParty, jwt_part};
use crate::support::steps::{self, PASSWORD, Person};

const EMAIL: &str = "hanako@example.jp";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Longer than any interval between two attempts.
const A_WHILE: Duration = Duration::from_secs(10 * 60);

/// A service that wants logout tokens, and a person who may log in.
struct Stage {
    provider: Provider,
    receiver: Receiver,
    service: RelyingParty,
    person: Person,
}

impl Stage {
    async fn new() -> Self {
        Self::on(Provider::start().await, []).await
    }

    async fn on(provider: Provider, answers: impl IntoIterator<Item = Answer>) -> Self {
        let receiver = Receiver::start(answers).await;
        provider.register("service", wants(&receiver)).await;
        Self {
            service: provider.party("service").await,
            person: steps::person(&provider, EMAIL).await,
            provider,
            receiver,
        }
    }

    /// A phone on which the person logged in to the service, and the ID token's claims.
    async fn logged_in(&self) -> (Phone, Value) {
        let mut phone = Phone::new();
        let claims = self.at(&mut phone, &self.service).await;
        (phone, claims)
    }

    async fn at(&self, phone: &mut Phone, party: &RelyingParty) -> Value {
        let request = party.ask("openid");
        let tokens = steps::tokens(phone, party, request, &self.person).await;
        jwt_part(&tokens.id_token, 1)
    }

    /// Returns the `sid` of every logout token that the service has by now, in order.
    async fn told(&self) -> Vec<Value> {
        self.provider.push().await;
        let taken = self.receiver.taken();
        taken
            .iter()
            .map(|one| one.claims()["sid"].clone())
            .collect()
    }
}

fn wants(receiver: &Receiver) -> Value {
    json!({
        "backchannel_logout_uri": receiver.logout_url(),
        "backchannel_logout_session_required": true,
    })
}

/// Presses "log out" on the page of a brand.
async fn log_out(phone: &mut Phone, party: &RelyingParty) {
    let url = party.endpoint("end_session_endpoint");
    let page = phone.open(url).await.screen("logout");
    phone.press(&page, "logout", &[]).await.screen("logged-out");
}

#[tokio::test]
async fn every_service_of_a_login_is_told_by_a_token_of_its_own() {
    let stage = both_brands::Stage::new().await;
    let provider = &stage.provider;
    let receivers = [
        Receiver::start([]).await,
        Receiver::start([]).await,
        Receiver::start([]).await,
    ];
    let [service, partner, other] = &receivers;
    provider.register("service", wants(service)).await;
    let mut pairwise = wants(partner);
    pairwise["subject_type"] = json!("pairwise");
    pairwise["id_token_signed_response_alg"] = json!("ES256");
    provider.register("partner", pairwise).await;
    provider.register("other", wants(other)).await;
    provider.register("silent", json!({})).await;
    let (mut phone, at_toyota) = stage.at_toyota().await;
    let at_lexus = stage.signed_on(&mut phone, &stage.lexus).await;
    let partner_party = provider.party("partner").await;
    let request = partner_party.ask("openid");
    let answer = phone.open(partner_party.url(&request)).await.away();
    let code = partner_party.code_of(&answer, &request);
    let reply = partner_party.exchange_raw(&code, &request.verifier).await;
    let at_partner = jwt_part(&reply.text("id_token"), 1);
    stage
        .signed_on(&mut phone, &provider.party("silent").await)
        .await;
    // Not notified: clients without a login of this session, and another phone's.
    stage.at_toyota().await;

    provider.advance(Duration::from_secs(100));
    log_out(&mut phone, &stage.toyota).await;
    provider.push().await;
    assert_eq!(other.attempts().len(), 0);
    assert_eq!((service.taken().len(), partner.taken().len()), (2, 1));
    let mut told = service.taken();
    told.sort_by_key(|pushed| pushed.claims()["iss"] != at_toyota["iss"]);
    for (pushed, id_token, algorithm) in [
        (&told[0], &at_toyota, Algorithm::RS256),
        (&told[1], &at_lexus, Algorithm::RS256),
        (&partner.taken()[0], &at_partner, Algorithm::ES256),
    ] {
        let claims = verified_as(provider, &pushed.token, ("logout+jwt", algorithm)).await;
        for name in ["iss", "aud", "sub", "sid"] {
            assert_eq!(claims[name], id_token[name], "{name}");
        }
        assert_eq!(claims["events"], json!({ EVENT: {} }));
        let now = provider.app.clock.now().0;
        assert_eq!(claims["iat"], now);
        assert_eq!(claims["exp"], now + 120);
        assert!(claims["jti"].as_str().unwrap().len() >= 22);
        assert_eq!(claims.as_object().unwrap().len(), 8, "no nonce: {claims}");
        let content = pushed.header("content-type");
        assert_eq!(content, "application/x-www-form-urlencoded");
    }
    assert_ne!(at_partner["sub"], at_toyota["sub"]);
    // A pairwise client cannot recognise the session by its name either.
    assert_ne!(at_partner["sid"], at_toyota["sid"]);
    assert_ne!(told[0].jti(), told[1].jti());
}

#[tokio::test]
async fn a_logout_that_a_service_asks_for_is_told_to_all_in_one_click() {
    let stage = Stage::new().await;
    let other = Receiver::start([]).await;
    stage.provider.register("other", wants(&other)).await;
    let other_party = stage.provider.party("other").await;
    let (mut phone, _) = stage.logged_in().await;
    let request = other_party.ask("openid");
    let tokens = steps::tokens(&mut phone, &other_party, request, &stage.person).await;
    let mut url = Url::parse(&other_party.endpoint("end_session_endpoint")).unwrap();
    url.query_pairs_mut()
        .append_pair("id_token_hint", &tokens.id_token)
        .append_pair(
            "post_logout_redirect_uri",
            "https://service.example/goodbye",
        );
    phone.open(url).await.away();
    let sid = jwt_part(&tokens.id_token, 1)["sid"].clone();
    assert_eq!(stage.told().await, std::slice::from_ref(&sid));
    assert_eq!(other.taken()[0].claims()["sid"], sid, "who asked, too");
}

#[tokio::test]
async fn a_service_is_told_whichever_way_the_person_ends_the_login() {
    let stage = Stage::new().await;
    let provider = &stage.provider;
    let (mut here, kept) = stage.logged_in().await;
    let mut expected = Vec::new();

    // One other device, then all others.
    for action in ["end", "end_others"] {
        let (_, there) = stage.logged_in().await;
        let page = here.open(provider.url("/account/sessions")).await;
        let page = page.screen("account-sessions");
        let ended = here.press(&page, action, &[]).await;
        ended.screen("account-sessions");
        expected.push(there["sid"].clone());
        assert_eq!(stage.told().await, expected, "{action}");
    }

    // Another person in the same browser.
    let taro = steps::person(provider, "taro@example.jp").await;
    let (mut shared, before) = stage.logged_in().await;
    let request = stage.service.ask("openid").with("prompt", "login");
    let his = steps::tokens(&mut shared, &stage.service, request, &taro).await;
    expected.push(before["sid"].clone());
    assert_eq!(stage.told().await, expected, "another person");
    // The same person once more, who continues the same login.
    let request = stage.service.ask("openid").with("prompt", "login");
    let again = steps::tokens(&mut shared, &stage.service, request, &taro).await;
    let sid_of = |token: &str| jwt_part(token, 1)["sid"].clone();
    assert_eq!(sid_of(&again.id_token), sid_of(&his.id_token));
    assert_eq!(stage.told().await, expected, "the same person");

    // A new password ends every other session.
    let (_, there) = stage.logged_in().await;
    let page = here.open(provider.url("/account/password")).await;
    let page = steps::log_in_strongly(provider, &mut here, page, EMAIL).await;
    let page = page.screen("account-password");
    let fields = [("password", PASSWORD), ("new_password", "Qx-harbour4")];
    here.press(&page, "save", &fields).await.screen("account");
    expected.push(there["sid"].clone());
    assert_eq!(stage.told().await, expected, "a new password");

    // Closing the account ends this session, too.
    let page = here.open(provider.url("/account/leave")).await;
    let page = page.screen("account-leave");
    let fields = [("password", "Qx-harbour4"), ("confirm", "yes")];
    here.press(&page, "leave", &fields)
        .await
        .screen("logged-out");
    expected.push(kept["sid"].clone());
    assert_eq!(stage.told().await, expected, "left");
}

#[tokio::test]
async fn one_device_that_is_ended_is_told_and_the_others_are_not() {
    let stage = Stage::new().await;
    stage
        .provider
        .advance(Duration::from_secs(4 * 24 * 60 * 60));
    let (mut here, _) = stage.logged_in().await;
    let (_, there) = stage.logged_in().await;
    let page = here.open(stage.provider.url("/account/sessions")).await;
    let page = page.screen("account-sessions");
    here.press(&page, "end", &[])
        .await
        .screen("account-sessions");
    assert_eq!(stage.told().await, [there["sid"].clone()]);
}

#[tokio::test]
async fn a_recovered_password_tells_of_every_login_before_it() {
    let stage = Stage::new().await;
    let (_, before) = stage.logged_in().await;
    let mut phone = Phone::new();
    let url = stage.service.url(&stage.service.ask("openid"));
    let login = phone.open(url).await.screen("login");
    let start = phone.open(login.link("/recovery")).await.screen("recovery");
    let fields = [("login_id", EMAIL)];
    let code = phone.press(&start, "send_code", &fields).await;
    let code = code.screen("recovery-code");
    let digits = stage.provider.code_for(EMAIL).await;
    let page = phone.press(&code, "next", &[("code", &digits)]).await;
    let page = page.screen("recovery-password");
    let fields = [("new_password", "Qx-harbour4")];
    let done = phone.press(&page, "save", &fields).await;
    done.screen("recovery-complete");
    assert_eq!(stage.told().await, [before["sid"].clone()]);
}

#[tokio::test]
async fn mere_expiry_is_told_to_nobody() {
    let stage = Stage::new().await;
    let (mut phone, _) = stage.logged_in().await;
    stage
        .provider
        .advance(Duration::from_secs(15 * 24 * 60 * 60));
    let url = stage.service.url(&stage.service.ask("openid"));
    phone.open(url).await.screen("login");
    assert!(stage.told().await.is_empty());
}

#[tokio::test]
async fn who_asked_for_no_id_token_and_no_logout_is_not_noted() {
    let stage = Stage::new().await;
    stage.provider.register("silent", json!({})).await;
    let silent = stage.provider.party("silent").await;
    let mut phone = Phone::new();
    stage.at(&mut phone, &silent).await;
    let request = stage.service.ask("email").with("scope", "email");
    steps::answer(&mut phone, &stage.service, &request, &stage.person).await;
    assert_eq!(stage.provider.count("session_clients").await, 0);
    for _ in 0..3 {
        stage.at(&mut phone, &stage.service).await;
    }
    assert_eq!(stage.provider.count("session_clients").await, 1);
    log_out(&mut phone, &stage.service).await;
    assert_eq!(stage.provider.count("session_clients").await, 0);
}

#[tokio::test]
async fn a_service_that_is_down_is_told_later_by_the_same_name() {
    let answers = [
        Answer::Status(503),
        Answer::Status(404),
        Answer::Redirect("http://service.localhost/elsewhere".to_owned()),
    ];
    let failures = answers.len();
    let stage = Stage::on(Provider::start().await, answers).await;
    let (mut phone, claims) = stage.logged_in().await;
    log_out(&mut phone, &stage.service).await;
    stage.provider.push().await;
    for _ in 0..failures {
        assert!(stage.receiver.taken().is_empty());
        stage.provider.advance(A_WHILE);
        stage.provider.push().await;
    }
    let (attempts, taken) = (stage.receiver.attempts(), stage.receiver.taken());
    assert_eq!((attempts.len(), taken.len()), (failures + 1, 1));
    assert_eq!(taken[0].claims()["sid"], claims["sid"]);
    let now = stage.provider.app.clock.now().0;
    assert_eq!(taken[0].claims()["iat"], now, "signed as it leaves");
    assert!(
        attempts
            .iter()
            .all(|attempt| attempt.jti() == taken[0].jti())
    );
    assert_eq!(
        stage.provider.count("outbox WHERE queue IS NOT NULL").await,
        0
    );
}

#[tokio::test]
async fn a_service_that_refuses_is_not_asked_again() {
    let stage = Stage::on(Provider::start().await, [Answer::Status(400)]).await;
    let (mut phone, _) = stage.logged_in().await;
    log_out(&mut phone, &stage.service).await;
    for _ in 0..2 {
        stage.provider.push().await;
        stage.provider.advance(A_WHILE);
    }
    assert_eq!(stage.receiver.attempts().len(), 1);
}

#[tokio::test]
async fn a_service_that_is_down_for_too_long_is_given_up() {
    let answers = (0..9).map(|_| Answer::Status(500));
    let provider = Provider::start_with(|config| {
        config.logout.give_up_after = Duration::from_secs(60 * 60);
    })
    .await;
    let stage = Stage::on(provider, answers).await;
    let (mut phone, _) = stage.logged_in().await;
    log_out(&mut phone, &stage.service).await;
    stage.provider.push().await;
    stage.provider.advance(Duration::from_secs(60 * 60));
    for _ in 0..2 {
        stage.provider.push().await;
        stage.provider.advance(A_WHILE);
    }
    assert_eq!(stage.receiver.attempts().len(), 2);
    assert_eq!(
        stage.provider.count("outbox WHERE queue IS NOT NULL").await,
        0
    );
}

#[tokio::test]
async fn one_that_is_down_holds_up_no_other_service_and_no_mail() {
    let stage = Stage::on(Provider::start().await, [Answer::Status(500)]).await;
    let up = Receiver::start([]).await;
    stage.provider.register("up", wants(&up)).await;
    let party = stage.provider.party("up").await;
    let (mut phone, _) = stage.logged_in().await;
    stage.at(&mut phone, &party).await;
    log_out(&mut phone, &party).await;
    stage.provider.push().await;
    assert_eq!((stage.receiver.taken().len(), up.taken().len()), (0, 1));
    stage.provider.app.outbox.deliver_due().await.unwrap();
    assert_eq!(stage.receiver.attempts().len(), 1);
}

#[tokio::test]
async fn a_service_that_was_registered_anew_is_told_as_it_is_now() {
    let stage = Stage::new().await;
    let moved = Receiver::start([]).await;
    let (mut phone, _) = stage.logged_in().await;
    stage.provider.register("service", wants(&moved)).await;
    log_out(&mut phone, &stage.service).await;
    stage.provider.push().await;
    assert_eq!(
        (stage.receiver.attempts().len(), moved.taken().len()),
        (0, 1)
    );
    let (mut phone, _) = stage.logged_in().await;
    stage.provider.register("service", json!({})).await;
    log_out(&mut phone, &stage.service).await;
    stage.provider.push().await;
    assert_eq!(moved.attempts().len(), 1);
}

#[tokio::test]
async fn what_was_granted_for_the_person_s_absence_outlives_the_logout() {
    let stage = Stage::new().await;
    let mut phone = Phone::new();
    let request = stage.service.ask("openid offline_access");
    let tokens = steps::tokens(&mut phone, &stage.service, request, &stage.person).await;
    log_out(&mut phone, &stage.service).await;
    assert_eq!(stage.told().await.len(), 1);
    let refreshed = stage.service.refresh(&tokens.refresh_token.unwrap()).await;
    assert_eq!(refreshed.status, 200);
}

#[tokio::test]
async fn a_logout_at_one_node_is_told_by_the_other() {
    let stage = Stage::on(Provider::two_nodes().await, []).await;
    for count in 1..=2 {
        let (mut phone, claims) = stage.logged_in().await;
        log_out(&mut phone, &stage.service).await;
        let told = stage.told().await;
        assert_eq!((told.len(), told.last()), (count, Some(&claims["sid"])));
        let last: Pushed = stage.receiver.taken().pop().unwrap();
        verified_as(
            &stage.provider,
            &last.token,
            ("logout+jwt", Algorithm::RS256),
        )
        .await;
    }
}

#[tokio::test]
async fn a_login_from_before_an_upgrade_ends_under_the_sid_that_its_service_knows() {
    for asks_again in [false, true] {
        let stage = Stage::new().await;
        let mut registration = wants(&stage.receiver);
        registration["subject_type"] = json!("pairwise");
        stage.provider.register("partner", registration).await;
        let partner = stage.provider.party("partner").await;
        let (mut phone, at_service) = stage.logged_in().await;
        let at_partner = silent(&mut phone, &partner).await;
        assert_ne!(at_partner["sid"], at_service["sid"]);
        // What a node noted that told every client the login's own.
        let older = "UPDATE session_clients SET told_sid = NULL WHERE client_id = $1";
        stage.provider.execute(older, "partner").await;
        if asks_again {
            silent(&mut phone, &partner).await;
        }
        log_out(&mut phone, &stage.service).await;
        let known = if asks_again { &at_partner } else { &at_service };
        let mut told = stage.told().await;
        let mut expected = vec![at_service["sid"].clone(), known["sid"].clone()];
        for sids in [&mut told, &mut expected] {
            sids.sort_by_key(ToString::to_string);
        }
        assert_eq!(told, expected);
    }
}

/// Logs in by the session, and returns the ID token's claims.
async fn silent(phone: &mut Phone, party: &RelyingParty) -> Value {
    let request = party.ask("openid");
    let answer = phone.open(party.url(&request)).await.away();
    let code = party.code_of(&answer, &request);
    let reply = party.exchange_raw(&code, &request.verifier).await;
    jwt_part(&reply.text("id_token"), 1)
}
