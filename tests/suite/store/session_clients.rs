//! The clients of a session: which ones are notified when it ends, and that the end and its
//! notifications are stored in one transaction.

use std::sync::Mutex;

use common_id::accounts::browser_session::BrowserSession;
use common_id::fault::Fault;
use common_id::store::Store;
use common_id::store::accounts::closing::Closing;
use common_id::store::accounts::password::{NewPassword, SetBy};
use common_id::store::outbox::NewMessage;
use common_id::store::session_clients::{Farewell, Participant, Told as ToldTo};
use common_id::store::sessions::{Held, LogOutTimes, Replaced, Sids};
use serde_json::json;

use super::example::{NOW, at, client_id, message, registered, session};
use crate::support::database::on_both;
use crate::support::provider::client;

/// Hanako is logged in twice, Taro once, each session with its own clients.
async fn stage(store: &Store) {
    for name in ["one", "two", "three"] {
        let clients = store.clients();
        clients.put(&client(name, json!({})), None).await.unwrap();
    }
    for name in ["hanako", "taro"] {
        registered(store, name).await;
    }
    for (hash, session) in [
        ("here", here()),
        ("there", at_another_place()),
        ("his", session("taro")),
    ] {
        let sessions = store.sessions();
        sessions.begin(hash, &session, None, NOW).await.unwrap();
    }
    for (hash, session, client) in [
        ("here", here(), "one"),
        ("here", here(), "two"),
        ("there", at_another_place(), "one"),
        ("his", session("taro"), "one"),
    ] {
        assert!(join(store, (hash, &session), client).await);
    }
}

fn here() -> BrowserSession {
    session("hanako")
}

fn at_another_place() -> BrowserSession {
    BrowserSession {
        sid: "elsewhere".into(),
        ..session("hanako")
    }
}

async fn join(store: &Store, live: (&str, &BrowserSession), client: &str) -> bool {
    let sub = format!("{}-at-{client}", live.1.account_id);
    let (id, clients) = (client_id(client), store.session_clients());
    let sid = format!("{}-at-{client}", live.1.sid);
    let told = ToldTo {
        sub: &sub,
        sid: &sid,
    };
    clients.join(live, (&id, told), NOW).await.unwrap()
}

/// The clients that were notified, sorted by name.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl Told {
    fn note(&self, gone: &[Participant]) -> Result<Vec<NewMessage>, Fault> {
        let mut told = self.0.lock().unwrap();
        told.extend(gone.iter().map(|participant| {
            let Participant {
                sid,
                told_sid,
                sub,
                brand,
                client,
            } = participant;
            assert_eq!(*told_sid, format!("{sid}-at-{}", client.client_id));
            format!("{} {sid} {sub} {brand}", client.client_id)
        }));
        told.sort();
        Ok(Vec::new())
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

const HERE: [&str; 2] = [
    "one sid-of-hanako account-of-hanako-at-one toyota",
    "two sid-of-hanako account-of-hanako-at-two toyota",
];
const THERE: &str = "one elsewhere account-of-hanako-at-one toyota";

#[tokio::test]
async fn a_logout_tells_every_client_of_that_login_once_and_nobody_else() {
    on_both(async |store| {
        stage(&store).await;
        let told = Told::default();
        let note = |gone: &[Participant]| told.note(gone);
        for expected in [&HERE[..], &[]] {
            let times = LogOutTimes {
                now: at(1),
                seen_after: at(-1),
            };
            let sessions = store.sessions();
            let ended = sessions.log_out(&here(), times, Farewell(&note)).await;
            assert_eq!(ended.unwrap().participants.len(), expected.len());
            assert_eq!(told.take(), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_client_that_comes_again_is_noted_once_and_by_the_name_it_was_told_last() {
    on_both(async |store| {
        stage(&store).await;
        let (id, clients) = (client_id("one"), store.session_clients());
        let told = ToldTo {
            sub: "other",
            sid: "sid-of-hanako-at-one",
        };
        for _ in 0..2 {
            let joined = clients.join(("here", &here()), (&id, told), NOW).await;
            assert!(joined.unwrap());
        }
        let told = Told::default();
        let note = |gone: &[Participant]| told.note(gone);
        let sessions = store.sessions();
        let ended = sessions.end_logins(
            "account-of-hanako",
            Sids::Only("sid-of-hanako"),
            Farewell(&note),
        );
        ended.await.unwrap();
        assert_eq!(told.take(), ["one sid-of-hanako other toyota", HERE[1]]);
    })
    .await;
}

#[tokio::test]
async fn nobody_joins_a_session_that_ended() {
    on_both(async |store| {
        stage(&store).await;
        let times = LogOutTimes {
            now: at(1),
            seen_after: at(-1),
        };
        let sessions = store.sessions();
        let ended = sessions.log_out(&here(), times, Farewell::SILENT).await;
        ended.unwrap();
        assert!(!join(&store, ("here", &here()), "one").await);
        assert!(!join(&store, ("never", &here()), "one").await);
    })
    .await;
}

#[tokio::test]
async fn every_end_by_decision_tells_those_whose_login_ended() {
    on_both(async |store| {
        stage(&store).await;
        let told = Told::default();
        let note = |gone: &[Participant]| told.note(gone);
        let farewell = Farewell(&note);
        let (sessions, hanako) = (store.sessions(), "account-of-hanako");
        let others = sessions.end_logins(hanako, Sids::AllBut("sid-of-hanako"), farewell);
        others.await.unwrap();
        assert_eq!(told.take(), [THERE]);

        let again = at_another_place();
        sessions.begin("there", &again, None, NOW).await.unwrap();
        join(&store, ("there", &again), "one").await;
        let goes_on = here();
        let new = NewPassword {
            account_id: hanako,
            old_hash: Some("hash-of-hanako"),
            new_hash: "new",
            by: SetBy::OldPassword,
            session: Some(("renewed", &goes_on)),
            revoked_until: at(60),
            farewell,
        };
        let set = store.accounts().set_password(&new, &[], NOW).await;
        assert!(set.unwrap());
        assert_eq!(
            told.take(),
            [THERE],
            "but not those of the one that goes on"
        );

        let closing = Closing {
            account_id: hanako,
            dealer_links: 0,
            scope_grants: 0,
            withdrawals: &[],
            revoked_until: at(60),
            erase_at: NOW,
            farewell,
        };
        let closed = store.accounts().close(&closing, &[], NOW).await;
        assert!(closed.unwrap());
        assert_eq!(told.take(), HERE);
    })
    .await;
}

#[tokio::test]
async fn another_person_in_the_same_browser_ends_the_login_but_the_same_one_does_not() {
    on_both(async |store| {
        stage(&store).await;
        let told = Told::default();
        let note = |gone: &[Participant]| told.note(gone);
        let replaced = |secret_hash| {
            Some(Replaced {
                secret_hash,
                farewell: Farewell(&note),
            })
        };
        let sessions = store.sessions();
        // Hanako enters her password once more.
        let begun = sessions
            .begin("again", &here(), replaced("here"), at(1))
            .await;
        begun.unwrap();
        assert!(told.take().is_empty());
        // Under the other brand she has a session with the same `sid`.
        let (from, to) = (
            Held {
                secret_hash: "again",
                brand: "toyota",
            },
            Held {
                secret_hash: "lexus",
                brand: "lexus",
            },
        );
        let signed_on = sessions.sign_on(from, to, at(2), at(-1)).await.unwrap();
        assert!(signed_on.is_some());
        let taro = session("taro");
        let begun = sessions
            .begin("taro", &taro, replaced("again"), at(3))
            .await;
        begun.unwrap();
        assert!(told.take().is_empty(), "the login goes on under the other");
        let begun = sessions
            .begin("taro-too", &taro, replaced("lexus"), at(4))
            .await;
        begun.unwrap();
        assert_eq!(told.take(), HERE);
        sessions.end(replaced("there").unwrap()).await.unwrap();
        assert_eq!(told.take(), [THERE]);
    })
    .await;
}

#[tokio::test]
async fn what_is_told_is_put_in_with_the_end_or_nothing_happens() {
    on_both(async |store| {
        stage(&store).await;
        let sessions = store.sessions();
        let times = LogOutTimes {
            now: at(1),
            seen_after: at(-1),
        };
        let fails = |_: &[Participant]| Err(Fault::because("no"));
        let refused = sessions.log_out(&here(), times, Farewell(&fails)).await;
        assert!(refused.is_err());
        let found = sessions.find("here", "toyota", at(1), at(-1)).await;
        assert!(found.unwrap().is_some(), "still logged in");
        let tells = |gone: &[Participant]| Ok((0..).map(message).take(gone.len()).collect());
        let ended = sessions.log_out(&here(), times, Farewell(&tells)).await;
        assert_eq!(ended.unwrap().participants.len(), 2);
        let lease = std::time::Duration::from_secs(60);
        let claimed = store.outbox().claim(at(1), 9, lease).await.unwrap();
        assert_eq!(claimed.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_was_removed_is_told_nothing() {
    on_both(async |store| {
        stage(&store).await;
        store
            .clients()
            .remove(&client_id("one"), NOW)
            .await
            .unwrap();
        let told = Told::default();
        let note = |gone: &[Participant]| told.note(gone);
        let times = LogOutTimes {
            now: at(1),
            seen_after: at(-1),
        };
        let sessions = store.sessions();
        let ended = sessions.log_out(&here(), times, Farewell(&note)).await;
        ended.unwrap();
        assert_eq!(told.take(), [HERE[1]]);
    })
    .await;
}

#[tokio::test]
async fn expiry_tells_nobody_and_leaves_nothing_behind() {
    on_both(async |store| {
        stage(&store).await;
        let sessions = store.sessions();
        // Taro's session was renewed, and goes on.
        let renewed = BrowserSession {
            expires_at: at(9000),
            ..session("taro")
        };
        sessions
            .begin("renewed", &renewed, None, NOW)
            .await
            .unwrap();
        let later = at(4000);
        for round in 0..64 {
            let session = BrowserSession {
                sid: format!("later-{round}"),
                expires_at: at(9000),
                ..session("hanako")
            };
            let hash = format!("later-{round}");
            sessions.begin(&hash, &session, None, later).await.unwrap();
            let (id, clients) = (client_id("two"), store.session_clients());
            let sid = format!("{}-at-two", session.sid);
            let told = ToldTo {
                sub: "s",
                sid: &sid,
            };
            let joined = clients.join((&hash, &session), (&id, told), later).await;
            assert!(joined.unwrap());
        }
        let told = Told::default();
        let note = |gone: &[Participant]| told.note(gone);
        let times = LogOutTimes {
            now: later,
            seen_after: at(-1),
        };
        let ended = sessions.log_out(&here(), times, Farewell(&note)).await;
        ended.unwrap();
        assert!(told.take().is_empty(), "swept with the login");
        let ended = sessions
            .log_out(&session("taro"), times, Farewell(&note))
            .await;
        ended.unwrap();
        assert_eq!(
            told.take(),
            ["one sid-of-taro account-of-taro-at-one toyota"]
        );
    })
    .await;
}
