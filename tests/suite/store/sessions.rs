//! Browser sessions.

use common_id::accounts::browser_session::BrowserSession;
use common_id::accounts::factors::Strength;
use common_id::clock::Timestamp;
use common_id::store::Store;
use common_id::store::accounts::closing::Closing;
use common_id::store::session_clients::Farewell;
use common_id::store::sessions::{Held, LogOutTimes, Replaced, Sids};

use super::example::{NOW, at, registered, session};
use crate::support::database::on_both;

fn replaced(secret_hash: &str) -> Replaced<'_> {
    Replaced {
        secret_hash,
        farewell: Farewell::SILENT,
    }
}

async fn find(store: &Store, secret_hash: &str, now: Timestamp) -> Option<BrowserSession> {
    let found = store
        .sessions()
        .find(secret_hash, "toyota", now, at(-100))
        .await;
    found.unwrap().map(|(session, _)| session)
}

#[tokio::test]
async fn a_session_is_found_with_its_account() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let session = session("hanako");
        let sessions = store.sessions();
        sessions.begin("hash", &session, None, NOW).await.unwrap();
        let found = sessions.find("hash", "toyota", NOW, at(-1)).await.unwrap();
        assert_eq!(found, Some((session, account)));
        assert_eq!(find(&store, "other", NOW).await, None);
        assert_eq!(find(&store, "zero\0byte", NOW).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_session_holds_under_its_brand_until_it_ends_or_was_not_seen_for_long() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let sessions = store.sessions();
        sessions
            .begin("hash", &session("hanako"), None, NOW)
            .await
            .unwrap();
        for (brand, now, seen_after, there) in [
            ("toyota", 3599, -1, true),
            ("toyota", 3600, -1, false),
            ("toyota", 1, 0, false),
            ("lexus", 1, -1, false),
        ] {
            let found = sessions.find("hash", brand, at(now), at(seen_after)).await;
            assert_eq!(
                found.unwrap().is_some(),
                there,
                "{brand} {now} {seen_after}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_seen_again_holds_longer_and_never_shorter() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let sessions = store.sessions();
        sessions
            .begin("hash", &session("hanako"), None, NOW)
            .await
            .unwrap();
        sessions.touch("sid-of-hanako", at(60)).await.unwrap();
        sessions.touch("sid-of-hanako", at(30)).await.unwrap();
        sessions.touch("sid-of-taro", at(90)).await.unwrap();
        assert_eq!(find(&store, "hash", at(60)).await.unwrap().seen_at, at(60));
    })
    .await;
}

#[tokio::test]
async fn an_authentication_replaces_the_session_before_it_and_may_keep_its_sid() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let sessions = store.sessions();
        sessions
            .begin("old", &session("hanako"), None, NOW)
            .await
            .unwrap();
        let fresh = BrowserSession {
            auth_time: at(5),
            amr: "pwd otp mfa".into(),
            second_factor_at: Some(at(5)),
            strength: Some(Strength::App),
            ..session("hanako")
        };
        sessions
            .begin("new", &fresh, Some(replaced("old")), at(5))
            .await
            .unwrap();
        assert_eq!(find(&store, "old", at(5)).await, None);
        assert_eq!(find(&store, "new", at(5)).await, Some(fresh.clone()));
        // A second tab that authenticated at the same time.
        sessions
            .begin("newer", &fresh, Some(replaced("old")), at(5))
            .await
            .unwrap();
        assert!(find(&store, "newer", at(5)).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_session_that_cannot_begin_leaves_the_one_it_would_replace() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let sessions = store.sessions();
        sessions
            .begin("old", &session("hanako"), None, NOW)
            .await
            .unwrap();
        let nobody = sessions
            .begin("new", &session("nobody"), Some(replaced("old")), NOW)
            .await;
        assert!(nobody.is_err());
        assert!(find(&store, "old", NOW).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn sessions_end_one_by_one() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        registered(&store, "taro").await;
        let sessions = store.sessions();
        for (secret_hash, name) in [("h1", "hanako"), ("h2", "hanako"), ("t", "taro")] {
            sessions
                .begin(secret_hash, &session(name), None, NOW)
                .await
                .unwrap();
        }
        sessions.end(replaced("h1")).await.unwrap();
        assert!(find(&store, "h1", NOW).await.is_none());
        assert!(find(&store, "h2", NOW).await.is_some());
        assert!(find(&store, "t", NOW).await.is_some());
    })
    .await;
}

const AT_TOYOTA: Held<'_> = Held {
    secret_hash: "t",
    brand: "toyota",
};

const AT_LEXUS: Held<'_> = Held {
    secret_hash: "l",
    brand: "lexus",
};

async fn is_at_lexus(store: &Store) -> bool {
    let found = store.sessions().find("l", "lexus", at(60), at(-100)).await;
    found.unwrap().is_some()
}

#[tokio::test]
async fn a_login_goes_on_under_another_brand_as_the_same_login() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let login = BrowserSession {
            amr: "pwd otp mfa".into(),
            second_factor_at: Some(at(5)),
            strength: Some(Strength::App),
            ..session("hanako")
        };
        let sessions = store.sessions();
        sessions.begin("t", &login, None, NOW).await.unwrap();
        let begun = sessions.sign_on(AT_TOYOTA, AT_LEXUS, at(60), at(-1)).await;
        let expected = BrowserSession {
            brand: "lexus".into(),
            seen_at: at(60),
            ..login.clone()
        };
        assert_eq!(begun.unwrap(), Some((expected.clone(), account)));
        let found = sessions.find("l", "lexus", at(60), at(-1)).await.unwrap();
        assert_eq!(found.map(|(session, _)| session), Some(expected));
        assert_eq!(find(&store, "t", at(60)).await, Some(login));
        // A touch of one session counts for both.
        sessions.touch("sid-of-hanako", at(90)).await.unwrap();
        assert_eq!(find(&store, "t", at(90)).await.unwrap().seen_at, at(90));
    })
    .await;
}

#[tokio::test]
async fn a_login_that_does_not_hold_goes_on_nowhere() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let sessions = store.sessions();
        let begin = || async { sessions.begin("t", &session("hanako"), None, NOW).await };
        begin().await.unwrap();
        let elsewhere = Held {
            brand: "lexus",
            ..AT_TOYOTA
        };
        let unknown = Held {
            secret_hash: "u",
            ..AT_TOYOTA
        };
        for (from, now, seen_after) in [
            (unknown, at(1), at(-1)),
            (elsewhere, at(1), at(-1)),
            (AT_TOYOTA, at(3600), at(-1)),
            (AT_TOYOTA, at(1), at(0)),
        ] {
            let begun = sessions.sign_on(from, AT_LEXUS, now, seen_after).await;
            assert_eq!(begun.unwrap(), None, "{from:?} {now} {seen_after}");
        }
        let closing = Closing {
            account_id: "account-of-hanako",
            dealer_links: 0,
            scope_grants: 0,
            withdrawals: &[],
            revoked_until: at(600),
            erase_at: NOW,
            farewell: Farewell::SILENT,
        };
        assert!(store.accounts().close(&closing, &[], NOW).await.unwrap());
        // As if the session had been written while the account was being closed.
        begin().await.unwrap();
        let begun = sessions.sign_on(AT_TOYOTA, AT_LEXUS, at(1), at(-1)).await;
        assert_eq!(begun.unwrap(), None);
        assert!(!is_at_lexus(&store).await);
    })
    .await;
}

#[tokio::test]
async fn a_login_ends_under_every_brand_and_tells_of_the_person_s_others() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        registered(&store, "taro").await;
        let sessions = store.sessions();
        let login = session("hanako");
        sessions.begin("t", &login, None, NOW).await.unwrap();
        let begun = sessions.sign_on(AT_TOYOTA, AT_LEXUS, at(1), at(-1)).await;
        assert!(begun.unwrap().is_some());
        let other = |sid: &str, brand: &str, expires_at| BrowserSession {
            sid: sid.into(),
            brand: brand.into(),
            expires_at,
            ..session("hanako")
        };
        for (hash, session) in [
            ("same brand", other("two", "toyota", at(3600))),
            ("a brand of this login", other("three", "lexus", at(3600))),
            ("other brand", other("four", "gr", at(3600))),
            ("once more", other("five", "gr", at(3600))),
            ("over", other("six", "scion", at(30))),
            (
                "taro",
                BrowserSession {
                    brand: "hino".into(),
                    ..session("taro")
                },
            ),
        ] {
            sessions.begin(hash, &session, None, NOW).await.unwrap();
        }
        let log_out = async |seen_after| {
            let times = LogOutTimes {
                now: at(60),
                seen_after: at(seen_after),
            };
            let ended = sessions.log_out(&login, times, Farewell::SILENT).await;
            ended.unwrap().elsewhere
        };
        assert_eq!(log_out(-1).await, ["gr"]);
        assert_eq!(find(&store, "t", at(60)).await, None);
        assert!(!is_at_lexus(&store).await);
        assert!(find(&store, "same brand", at(60)).await.is_some());
        assert!(log_out(0).await.is_empty(), "unseen");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_session_outlives_the_login_that_it_goes_on_from() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        for round in 0..30 {
            let sessions = store.sessions();
            let login = session("hanako");
            sessions.begin("t", &login, None, NOW).await.unwrap();
            let (one, other) = (store.clone(), store.clone());
            let sign_on = tokio::spawn(async move {
                let sessions = one.sessions();
                sessions.sign_on(AT_TOYOTA, AT_LEXUS, at(1), at(-1)).await
            });
            let log_out = tokio::spawn(async move {
                let sessions = other.sessions();
                let times = LogOutTimes {
                    now: at(1),
                    seen_after: at(-1),
                };
                let (hanako, silent) = (session("hanako"), Farewell::SILENT);
                sessions.log_out(&hanako, times, silent).await
            });
            sign_on.await.unwrap().unwrap();
            log_out.await.unwrap().unwrap();
            assert!(!is_at_lexus(&store).await, "round {round}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_sessions_of_an_account_are_listed_the_one_seen_last_first() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        registered(&store, "taro").await;
        let sessions = store.sessions();
        let seen = |seconds| BrowserSession {
            seen_at: at(seconds),
            ..session("hanako")
        };
        for (hash, session) in [
            ("earlier", seen(1)),
            ("later", seen(2)),
            ("idle", seen(-100)),
            ("his", session("taro")),
        ] {
            sessions.begin(hash, &session, None, NOW).await.unwrap();
        }
        let of_hanako = sessions.of("account-of-hanako", NOW, at(-100)).await;
        assert_eq!(of_hanako.unwrap(), [seen(2), seen(1)]);
        let ended = sessions.of("account-of-hanako", at(3600), at(-101)).await;
        assert_eq!(ended.unwrap(), []);
    })
    .await;
}

/// Three sessions of one account, two of which share a `sid`, and one of another account.
async fn logged_in_at_several_places(store: &Store) {
    for name in ["hanako", "taro"] {
        registered(store, name).await;
    }
    for (hash, name, sid) in [
        ("here", "hanako", "one"),
        ("other-brand", "hanako", "one"),
        ("there", "hanako", "two"),
        ("his", "taro", "his"),
    ] {
        let session = BrowserSession {
            sid: sid.into(),
            ..session(name)
        };
        store
            .sessions()
            .begin(hash, &session, None, NOW)
            .await
            .unwrap();
    }
}

/// Returns which of these sessions still exist.
async fn left(store: &Store) -> Vec<&'static str> {
    let mut left = Vec::new();
    for hash in ["here", "other-brand", "there", "his"] {
        if find(store, hash, NOW).await.is_some() {
            left.push(hash);
        }
    }
    left
}

#[tokio::test]
async fn one_place_ends_under_every_brand_and_only_its_owner_ends_it() {
    on_both(async |store| {
        logged_in_at_several_places(&store).await;
        let sessions = store.sessions();
        for (account, sid) in [
            ("account-of-taro", "two"),
            ("account-of-hanako", "one"),
            ("account-of-hanako", "one"),
            ("account-of-hanako", "never"),
        ] {
            let ended = sessions.end_logins(account, Sids::Only(sid), Farewell::SILENT);
            ended.await.unwrap();
        }
        assert_eq!(left(&store).await, ["there", "his"]);
    })
    .await;
}

#[tokio::test]
async fn all_other_places_end() {
    on_both(async |store| {
        logged_in_at_several_places(&store).await;
        let sessions = store.sessions();
        for _ in 0..2 {
            let silent = Farewell::SILENT;
            let ended = sessions.end_logins("account-of-hanako", Sids::AllBut("one"), silent);
            ended.await.unwrap();
        }
        assert_eq!(left(&store).await, ["here", "other-brand", "his"]);
    })
    .await;
}

#[tokio::test]
async fn expired_sessions_go_as_new_ones_come() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let sessions = store.sessions();
        for number in 0..100 {
            let hash = format!("old-{number}");
            sessions
                .begin(&hash, &session("hanako"), None, NOW)
                .await
                .unwrap();
        }
        let later = at(3600);
        let long = BrowserSession {
            expires_at: at(7200),
            ..session("hanako")
        };
        for number in 0..16 {
            let hash = format!("new-{number}");
            sessions.begin(&hash, &long, None, later).await.unwrap();
        }
        // Queried with an earlier time, so that expired sessions would be found.
        for number in 0..100 {
            assert!(find(&store, &format!("old-{number}"), NOW).await.is_none());
        }
        for number in 0..16 {
            assert!(
                find(&store, &format!("new-{number}"), later)
                    .await
                    .is_some()
            );
        }
    })
    .await;
}
