//! No response time reveals whether a login ID has an account. This counts instead of
//! measuring: known and unknown IDs cause the same statements. The only other slow step is
//! password hashing: it is so slow here that one hash more would exceed any noise.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use common_id::config::Config;
use common_id::secret::Secret;
use serde_json::json;

use crate::support::browser::{Form, Page, Phone};
use crate::support::provider::Provider;
use crate::support::relying_party::RelyingParty;
use crate::support::{steps, work};

const MAILBOXES: [&str; 2] = ["known@example.jp", "never@example.jp"];
const NOT_ENABLED: &str = "090-1234-5678";
const ENABLED: &str = "080-1111-2222";
const NUMBERS: [&str; 3] = [NOT_ENABLED, ENABLED, "070-9999-0000"];

/// A form that takes a login ID, or a code that was sent to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    RegistrationAddress,
    RegistrationCode,
    Login,
    RecoveryRequest,
    RecoveryCode,
}

/// Every form, with the IDs it accepts.
const WAYS: [(Way, &[&str]); 8] = [
    (Way::RegistrationAddress, &MAILBOXES),
    (Way::RegistrationCode, &MAILBOXES),
    (Way::Login, &MAILBOXES),
    (Way::RecoveryRequest, &MAILBOXES),
    (Way::RecoveryCode, &MAILBOXES),
    (Way::Login, &NUMBERS),
    (Way::RecoveryRequest, &NUMBERS),
    (Way::RecoveryCode, &NUMBERS),
];

/// Switches off deliberate delays, and waiting times between attempts.
fn at_once(config: &mut Config) {
    config.login.wrong_answer_after = Duration::ZERO;
    config.login.wrong_per_account_and_ip = 1_000;
    config.login.wrong_per_account = 1_000;
    config.login.wrong_per_ip = 10_000;
    let registration = &mut config.registration;
    registration.codes_per_address_hour = 1_000;
    registration.codes_per_address_day = 1_000;
    registration.codes_per_ip_hour = 10_000;
    registration.wrong_per_address_hour = 1_000;
    registration.wrong_codes_per_ip_hour = 1_000;
    registration.wrong_recovery_codes_per_ip_day = 1_000;
}

struct Stage {
    provider: Provider,
    service: RelyingParty,
}

impl Stage {
    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let provider = Provider::start_with(change).await;
        steps::person(&provider, MAILBOXES[0]).await;
        steps::person(&provider, "enabled@example.jp").await;
        provider
            .change_account("enabled@example.jp", |account| {
                account.mobile_phone = Some("+818011112222".to_owned());
                account.mobile_phone_verified = true;
                account.phone_login = true;
            })
            .await;
        provider.register("service", json!({})).await;
        let service = provider.party("service").await;
        Self { provider, service }
    }

    /// Returns a phone about to send the form with the ID, or with a wrong code for it.
    async fn ready(&self, way: Way, id: &str) -> (Phone, Form) {
        let mut phone = Phone::new();
        match way {
            Way::RegistrationAddress => {
                let page = self.at_email(&mut phone).await;
                (phone, page.form("send_code").filled(&[("email", id)]))
            }
            Way::RegistrationCode => {
                let page = self.at_email(&mut phone).await;
                let page = steps::send_code(&mut phone, &page, id).await;
                (phone, self.wrong_code(&page, id).await)
            }
            Way::Login => {
                let page = self.at_login(&mut phone).await;
                let fields = [("login_id", id), ("password", "Wrong-Secret1")];
                (phone, page.form("login").filled(&fields))
            }
            Way::RecoveryRequest => {
                let page = self.at_recovery(&mut phone).await;
                (phone, page.form("send_code").filled(&[("login_id", id)]))
            }
            Way::RecoveryCode => {
                let page = self.at_recovery(&mut phone).await;
                let fields = [("login_id", id)];
                let page = phone.press(&page, "send_code", &fields).await;
                let page = page.screen("recovery-code");
                (phone, self.wrong_code(&page, id).await)
            }
        }
    }

    async fn at_email(&self, phone: &mut Phone) -> Page {
        let request = self.service.ask("openid").with("prompt", "create");
        let landed = phone.open(self.service.url(&request)).await;
        steps::agree_to_terms(phone, landed).await
    }

    async fn at_login(&self, phone: &mut Phone) -> Page {
        let request = self.service.ask("openid");
        let landed = phone.open(self.service.url(&request)).await;
        landed.screen("login")
    }

    async fn at_recovery(&self, phone: &mut Phone) -> Page {
        let url = self.at_login(phone).await.link("/recovery");
        phone.open(url).await.screen("recovery")
    }

    async fn wrong_code(&self, page: &Page, id: &str) -> Form {
        let right = if MAILBOXES.contains(&id) {
            self.provider.code_for(id).await
        } else {
            // Some of the numbers get no code.
            String::new()
        };
        let codes = match page.screen().as_str() {
            "recovery-code" => ["00000000", "00000001"],
            _ => ["000000", "000001"],
        };
        let wrong = codes.into_iter().find(|code| *code != right);
        page.form("next").filled(&[("code", wrong.unwrap())])
    }
}

#[tokio::test]
async fn the_database_does_the_same_for_known_and_unknown() {
    let stage = Stage::with(at_once).await;
    let mut noted = Vec::new();
    for (way, ids) in WAYS {
        // The very first request fetches more, so it is not counted.
        let (mut phone, form) = stage.ready(way, ids[0]).await;
        phone.submit(form).await;
        for id in ids {
            let (mut phone, form) = stage.ready(way, id).await;
            let number = stage.provider.work.begin();
            let answer = phone.submit(form).await;
            stage.provider.work.end();
            noted.push((way, *id, number, answer.status));
        }
    }
    stage.provider.app.store.close().await;
    for (way, ids) in WAYS {
        let of_way = noted
            .iter()
            .filter(|(noted_way, id, ..)| *noted_way == way && ids.contains(id));
        let done: Vec<_> = of_way
            // An SMS costs money, so numbers without an account get none; another test
            // checks the response time.
            .filter(|(_, id, ..)| (way, *id) != (Way::RecoveryRequest, ENABLED))
            .map(|(_, id, number, status)| (*id, *status, work::statements(*number)))
            .collect();
        for (id, status, statements) in &done {
            let (first, first_status, expected) = &done[0];
            assert_eq!(status, first_status, "{way:?}: {first}, {id}");
            assert_eq!(statements, expected, "{way:?}: {first}, {id}");
        }
    }
    let (.., number, _) = noted[0];
    let sends = |statement: &String| statement.contains("INSERT INTO outbox");
    assert!(work::statements(number).iter().any(sends), "it is noted");
}

/// The shortest time of each: other load on the machine only ever adds time.
#[derive(Debug, Default)]
struct Shortest(BTreeMap<(Way, &'static str), Duration>);

impl Shortest {
    fn take(&mut self, of: (Way, &'static str), took: Duration) {
        let shortest = self.0.entry(of).or_insert(took);
        *shortest = (*shortest).min(took);
    }

    /// Returns how far apart the times of one form's IDs are.
    fn spread(&self, way: Way, ids: &[&'static str]) -> Duration {
        let of_way: Vec<_> = ids.iter().map(|id| self.0[&(way, *id)]).collect();
        *of_way.iter().max().unwrap() - *of_way.iter().min().unwrap()
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "timing is what is tested")]
async fn no_password_is_hashed_for_some_ids_and_not_for_others() {
    let stage = Stage::with(|config| {
        at_once(config);
        // So slow that one hash more or less takes longer than everything else.
        config.passwords.memory_kib = 32 * 1024;
        config.passwords.iterations = 4;
    })
    .await;
    let (mut hash, mut shortest) = (Duration::MAX, Shortest::default());
    // A busy machine may need more rounds until each had an undisturbed moment; a
    // superfluous hash shows in every round.
    for round in 1..=40 {
        let begin = Instant::now();
        let password = Secret::from("Wrong-Secret1".to_owned());
        stage.provider.app.passwords.hash(password).await.unwrap();
        hash = hash.min(begin.elapsed());
        for (way, ids) in WAYS {
            for id in ids {
                let (mut phone, form) = stage.ready(way, id).await;
                let begin = Instant::now();
                phone.submit(form).await;
                shortest.take((way, id), begin.elapsed());
            }
        }
        let alike = |(way, ids): &(Way, &[&'static str])| shortest.spread(*way, ids) < hash / 2;
        if round >= 5 && WAYS.iter().all(alike) {
            return;
        }
    }
    panic!("a hash takes {hash:?}, the ways {shortest:#?}");
}
