//! A new password, and the end of what began with the old one.

use common_id::store::accounts::password::NewPassword;
use common_id::store::session_clients::Farewell;
use std::time::Duration;

use super::example::{NOW, at, message, registered, session};
use super::grants::family;
use crate::support::database::on_both;

#[tokio::test]
async fn a_new_password_ends_sessions_and_grants_but_the_session_that_sets_it() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        registered(&store, "taro").await;
        let sessions = store.sessions();
        for (hash, whose) in [("old", "hanako"), ("his", "taro")] {
            sessions
                .begin(hash, &session(whose), None, NOW)
                .await
                .unwrap();
        }
        for (id, whose) in [("hers", "hanako"), ("kept", "taro")] {
            let begun = store.grants().begin(&family(whose, id)).await.unwrap();
            assert!(begun);
        }
        let goes_on = session("hanako");
        let new = NewPassword {
            account_id: &hanako.id,
            old_hash: Some("hash-of-hanako"),
            new_hash: "new",
            email_is_proven: true,
            session: ("new", &goes_on),
            revoked_until: at(600),
            farewell: Farewell::SILENT,
        };
        let accounts = store.accounts();
        assert!(
            accounts
                .set_password(&new, &[message(0)], NOW)
                .await
                .unwrap()
        );
        for (hash, there) in [("old", false), ("new", true), ("his", true)] {
            let found = sessions.find(hash, "toyota", NOW, at(-1)).await.unwrap();
            assert_eq!(found.is_some(), there, "{hash}");
        }
        for (id, there) in [("hers", false), ("kept", true)] {
            let found = store.grants().find(id, NOW).await.unwrap();
            assert_eq!(found.is_some(), there, "{id}");
            let revoked = store.grants().is_revoked([id, "token"]).await.unwrap();
            assert_eq!(revoked, !there, "{id}");
        }
        let found = accounts.credentials(&hanako.id).await.unwrap().unwrap();
        assert_eq!(found.password_hash.as_deref(), Some("new"));
        let lease = Duration::from_secs(60);
        assert_eq!(store.outbox().claim(NOW, 9, lease).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn of_two_new_passwords_at_once_the_first_counts_and_the_second_changes_nothing() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let goes_on = session("hanako");
        let new = |hash: &'static str| NewPassword {
            account_id: &hanako.id,
            old_hash: Some("hash-of-hanako"),
            new_hash: hash,
            email_is_proven: false,
            session: (hash, &goes_on),
            revoked_until: at(600),
            farewell: Farewell::SILENT,
        };
        let accounts = store.accounts();
        assert!(
            accounts
                .set_password(&new("first"), &[], NOW)
                .await
                .unwrap()
        );
        assert!(
            !accounts
                .set_password(&new("second"), &[message(0)], NOW)
                .await
                .unwrap()
        );
        let found = accounts.credentials(&hanako.id).await.unwrap().unwrap();
        assert_eq!(found.password_hash.as_deref(), Some("first"));
        let second = store.sessions().find("second", "toyota", NOW, at(-1)).await;
        assert!(second.unwrap().is_none());
    })
    .await;
}
