//! A new password, and the end of what began with the old one.

use common_id::accounts::recovered::{CodeChannel, Recovered};
use common_id::store::accounts::password::{NewPassword, SetBy};
use common_id::store::accounts::phone_login::{PhoneLogin, SwitchedOn};
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
            by: SetBy::Code(CodeChannel::Mailbox),
            session: Some(("new", &goes_on)),
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
            by: SetBy::OldPassword,
            session: Some((hash, &goes_on)),
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

#[tokio::test]
async fn a_recovery_ends_what_its_channel_did_not_prove_until_another_factor_is_used() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let number = hanako.mobile_phone.as_deref().unwrap();
        let login = PhoneLogin {
            account_id: &hanako.id,
            number,
            in_place_of: number,
            taken_from: None,
        };
        let accounts = store.accounts();
        let switched = accounts.switch_phone_login_on(&login, &[], NOW).await;
        assert_eq!(switched.unwrap(), SwitchedOn::Done);
        let goes_on = session("hanako");
        let new = |old, hash, channel| NewPassword {
            account_id: &hanako.id,
            old_hash: Some(old),
            new_hash: hash,
            by: SetBy::Code(channel),
            session: Some((hash, &goes_on)),
            revoked_until: at(600),
            farewell: Farewell::SILENT,
        };
        let read = async || accounts.by_id(&hanako.id).await.unwrap().unwrap();
        let by_sms = new("hash-of-hanako", "by-sms", CodeChannel::Phone);
        assert!(accounts.set_password(&by_sms, &[], NOW).await.unwrap());
        let account = read().await;
        assert_eq!(account.recovered.by, Some(CodeChannel::Phone));
        assert!(account.phone_login && account.mobile_phone_verified);
        let by_mail = new("by-sms", "by-mail", CodeChannel::Mailbox);
        assert!(accounts.set_password(&by_mail, &[], NOW).await.unwrap());
        let account = read().await;
        assert_eq!(account.recovered.by, Some(CodeChannel::Mailbox));
        assert!(account.recovered.phone_to_confirm);
        assert!(!account.phone_login && !account.mobile_phone_verified);
        // Another number confirms nothing, but is another factor.
        let other = Some("+818011112222");
        accounts
            .use_other_factor(&hanako.id, other, NOW)
            .await
            .unwrap();
        let account = read().await;
        assert_eq!(account.recovered.by, None);
        assert!(account.recovered.phone_to_confirm && !account.mobile_phone_verified);
        let own = Some(number);
        accounts
            .use_other_factor(&hanako.id, own, NOW)
            .await
            .unwrap();
        let account = read().await;
        assert_eq!(account.recovered, Recovered::default());
        assert!(account.mobile_phone_verified && !account.phone_login);
    })
    .await;
}
