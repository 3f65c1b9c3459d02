//! `kill -9` of the real binary during registration and code exchange: what was answered
//! stays true, and what was not answered can be done again.

use common_id::clock::Clock;
use common_id::sha256::sha256_hex;
use common_id::store::Store;
use serde_json::json;

use crate::support::browser::{Landed, Page, Phone};
use crate::support::process::{Process, pause};
use crate::support::provider::{CALLBACK, SECRET, client};
use crate::support::relying_party::RelyingParty;
use crate::support::servers::Backend;
use crate::support::steps::{self, PASSWORD, Person};

/// A relying party, registered in the database of a running demo.
async fn service(process: &Process) -> RelyingParty {
    let store = Store::open(&process.database_url(), 1).await.unwrap();
    let hash = sha256_hex(SECRET.as_bytes());
    store
        .clients()
        .put(&client("service", json!({})), Some(&hash))
        .await
        .unwrap();
    store.close().await;
    RelyingParty::discover(
        &process.issuer(),
        "service",
        Some(SECRET),
        CALLBACK,
        &Clock::System,
    )
    .await
}

/// ④ to ⑧ on a running demo.
async fn up_to_confirmation(
    process: &Process,
    phone: &mut Phone,
    landed: Landed,
    person: &Person,
) -> Page {
    let page = steps::agree_to_terms(phone, landed).await;
    let page = steps::send_code(phone, &page, &person.email).await;
    let code = process.code_for(&person.email).await;
    let page = phone
        .press(&page, "next", &[("code", &code)])
        .await
        .screen("registration-details");
    steps::enter_details(phone, &page, person).await
}

async fn begin(phone: &mut Phone, service: &RelyingParty) -> Landed {
    let request = service
        .ask("openid offline_access")
        .with("prompt", "create");
    phone.open(service.url(&request)).await
}

/// Whether the person can log in.
async fn can_log_in(service: &RelyingParty, person: &Person) -> bool {
    let mut phone = Phone::new();
    let request = service.ask("openid");
    let page = phone.open(service.url(&request)).await.screen("login");
    let fields = [("login_id", person.email.as_str()), ("password", PASSWORD)];
    matches!(phone.press(&page, "login", &fields).await, Landed::Away(_))
}

async fn registration_goes_on_after_a_kill(backend: Backend) {
    let mut process = Process::start(backend).await;
    let service = service(&process).await;
    let mut phone = Phone::new();
    let person = Person::new("hanako@example.jp");
    let landed = begin(&mut phone, &service).await;
    let confirmation = up_to_confirmation(&process, &mut phone, landed, &person).await;
    process.kill();
    process.restart().await;
    let landed = phone.press(&confirmation, "register", &[]).await;
    match process.backend() {
        // The input is in Redis: the next button works as if nothing had happened.
        Backend::Cluster => {
            landed.screen("registration-complete");
        }
        // The input was in the process: the URL identifies the request, which begins again.
        Backend::Embedded => {
            let page = landed.screen("terms");
            assert!(
                !can_log_in(&service, &person).await,
                "no account was answered, none is there"
            );
            let person = Person::new("hanako.again@example.jp");
            let confirmation =
                up_to_confirmation(&process, &mut phone, Landed::On(page), &person).await;
            phone
                .press(&confirmation, "register", &[])
                .await
                .screen("registration-complete");
            assert!(can_log_in(&service, &person).await);
        }
    }
}

/// Kills the process a moment after ⑧'s button was pressed.
async fn an_answered_registration_stays(backend: Backend) {
    let mut process = Process::start(backend).await;
    let service = service(&process).await;
    for (number, delay) in [0, 2, 5, 10, 20, 60].into_iter().enumerate() {
        let mut phone = Phone::new();
        let person = Person::new(&format!("person{number}@example.jp"));
        let landed = begin(&mut phone, &service).await;
        let confirmation = up_to_confirmation(&process, &mut phone, landed, &person).await;
        let (mut presser, page) = (phone.clone(), confirmation.clone());
        let pressed = tokio::spawn(async move { presser.try_press(&page, "register").await });
        pause(delay).await;
        process.kill();
        let answered = pressed
            .await
            .unwrap()
            .is_some_and(|answer| answer.status == 303);
        process.restart().await;
        let has_account = can_log_in(&service, &person).await;
        assert!(
            has_account || !answered,
            "answered after {delay} ms, and lost"
        );
        // A second press succeeds, whether the first one had an effect or not.
        let page = phone.press(&confirmation, "register", &[]).await.page();
        assert!(
            page.status.is_success(),
            "{delay} ms: {} {}",
            page.status,
            page.words()
        );
    }
}

/// Kills the process a moment after a code was sent to the token endpoint.
async fn an_answered_exchange_stays(backend: Backend) {
    let mut process = Process::start(backend).await;
    let service = service(&process).await;
    let mut phone = Phone::new();
    let person = Person::new("hanako@example.jp");
    let landed = begin(&mut phone, &service).await;
    let page = up_to_confirmation(&process, &mut phone, landed, &person).await;
    let page = phone
        .press(&page, "register", &[])
        .await
        .screen("registration-complete");
    phone.press(&page, "next", &[]).await.away();
    let mut answered = 0;
    for delay in [0, 1, 2, 4, 8, 16, 100] {
        let request = service.ask("openid offline_access");
        let url = phone.open(service.url(&request)).await.away();
        let code = service.code_of(&url, &request);
        let (asker, sent, verifier) = (service.clone(), code.clone(), request.verifier.clone());
        let exchange = tokio::spawn(async move { asker.try_exchange(&sent, &verifier).await });
        pause(delay).await;
        process.kill();
        let reply = exchange.await.unwrap();
        process.restart().await;
        match reply.filter(|reply| reply.status == 200) {
            Some(reply) => {
                answered += 1;
                assert_eq!(
                    service.userinfo(&reply.text("access_token")).await.status,
                    200,
                    "{delay} ms"
                );
                assert_eq!(
                    service.refresh(&reply.text("refresh_token")).await.status,
                    200,
                    "{delay} ms"
                );
            }
            None => {
                // There was no answer: the code is still valid or is not, but no retry is a
                // server error.
                let retry = service.exchange_raw(&code, &request.verifier).await;
                assert!(
                    matches!(retry.status.as_u16(), 200 | 400),
                    "{delay} ms: {}",
                    retry.status
                );
            }
        }
    }
    assert!(
        answered > 0,
        "no exchange was answered before the kill: nothing was proven"
    );
}

#[tokio::test]
async fn a_registration_goes_on_after_a_kill_on_sqlite() {
    registration_goes_on_after_a_kill(Backend::Embedded).await;
}

#[tokio::test]
async fn a_registration_goes_on_after_a_kill_on_postgresql_and_redis() {
    registration_goes_on_after_a_kill(Backend::Cluster).await;
}

#[tokio::test]
async fn an_answered_registration_survives_a_kill_on_sqlite() {
    an_answered_registration_stays(Backend::Embedded).await;
}

#[tokio::test]
async fn an_answered_registration_survives_a_kill_on_postgresql_and_redis() {
    an_answered_registration_stays(Backend::Cluster).await;
}

#[tokio::test]
async fn an_answered_exchange_survives_a_kill_on_sqlite() {
    an_answered_exchange_stays(Backend::Embedded).await;
}

#[tokio::test]
async fn an_answered_exchange_survives_a_kill_on_postgresql_and_redis() {
    an_answered_exchange_stays(Backend::Cluster).await;
}
