//! Changing the e-mail address, and undoing it: of many changes the owner's undo wins.

use common_id::accounts::account::Account;
use common_id::accounts::email_address::EmailAddress;
use common_id::store::Store;
use common_id::store::accounts::closing::Closing;
use common_id::store::accounts::email::{EmailSet, EmailUndone, NewEmail, UndoTimes};
use common_id::store::session_clients::Farewell;

use super::example::{NOW, at, message, registered, session};
use super::grants::family;
use crate::support::database::on_both;

/// Changes an account's current address; the undo code's hash is `undo`.
async fn set(store: &Store, id: &str, email: &str, undo: &str) -> EmailSet {
    let account = read(store, id).await;
    set_on(store, &account, email, undo).await
}

async fn set_on(store: &Store, account: &Account, email: &str, undo: &str) -> EmailSet {
    let email = EmailAddress::read(email).unwrap();
    let new = NewEmail {
        account,
        email: &email,
        undo_hash: undo,
        undo_until: at(100),
    };
    let accounts = store.accounts();
    accounts.set_email(&new, &[], at(5)).await.unwrap()
}

async fn undo(store: &Store, undo: &str) -> Option<EmailUndone> {
    let accounts = store.accounts();
    let found = accounts.email_undo(undo, at(6)).await.unwrap()?;
    let times = UndoTimes {
        now: at(6),
        revoked_until: at(60),
    };
    let undone = accounts
        .undo_email((undo, &found), &[], times, Farewell::SILENT)
        .await;
    Some(undone.unwrap())
}

async fn read(store: &Store, id: &str) -> Account {
    store.accounts().by_id(id).await.unwrap().unwrap()
}

async fn email(store: &Store, id: &str) -> String {
    read(store, id).await.email
}

#[tokio::test]
async fn a_new_address_is_the_one_that_is_found_and_nothing_else_changes() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let done = set(&store, &hanako.id, "New@Example.jp", "u").await;
        assert_eq!(done, EmailSet::Done);
        let expected = Account {
            email: "New@Example.jp".into(),
            email_verified: true,
            updated_at: at(5),
            version: hanako.version + 1,
            ..hanako
        };
        let accounts = store.accounts();
        let found = accounts.by_email_key("new@example.jp").await.unwrap();
        let found = found.unwrap();
        assert_eq!(found.account, expected);
        assert_eq!(found.password_hash.as_deref(), Some("hash-of-hanako"));
        let old = accounts.email_is_registered("hanako@example.jp").await;
        assert!(!old.unwrap(), "free for somebody else");
    })
    .await;
}

#[tokio::test]
async fn an_address_is_one_accounts_and_an_old_reading_changes_nothing() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        registered(&store, "taro").await;
        let taken = set(&store, &hanako.id, "TARO@example.jp", "u").await;
        assert_eq!(taken, EmailSet::Taken);
        assert_eq!(
            set(&store, &hanako.id, "b@example.jp", "u").await,
            EmailSet::Done
        );
        let stale = set_on(&store, &hanako, "c@example.jp", "v").await;
        assert_eq!(stale, EmailSet::Conflict);
        assert_eq!(email(&store, &hanako.id).await, "b@example.jp");
        assert_eq!(undo(&store, "v").await, None);
    })
    .await;
}

#[tokio::test]
async fn of_many_who_take_one_address_at_once_one_has_it() {
    on_both(async |store| {
        let mut at_once = tokio::task::JoinSet::new();
        for name in ["a", "b", "c"] {
            let account = registered(&store, name).await;
            let store = store.clone();
            at_once.spawn(async move {
                let undo = format!("undo-of-{}", account.id);
                set_on(&store, &account, "wanted@example.jp", &undo).await
            });
        }
        let outcomes = at_once.join_all().await;
        let won = outcomes
            .iter()
            .filter(|one| **one == EmailSet::Done)
            .count();
        let lost = outcomes.iter().filter(|one| **one == EmailSet::Taken);
        assert_eq!((won, lost.count()), (1, 2));
    })
    .await;
}

#[tokio::test]
async fn undoing_leaves_nothing_to_get_in_by_but_the_old_mailbox() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        set(&store, &hanako.id, "thief@example.jp", "u").await;
        let sessions = store.sessions();
        sessions
            .begin("s", &session("hanako"), None, NOW)
            .await
            .unwrap();
        store.grants().begin(&family("hanako", "g")).await.unwrap();
        let accounts = store.accounts();
        let found = accounts.email_undo("u", at(6)).await.unwrap().unwrap();
        assert_eq!(
            (found.email.as_str(), found.used),
            ("hanako@Example.JP", false)
        );
        let mails = [message(1)];
        let undone = accounts.undo_email(
            ("u", &found),
            &mails,
            UndoTimes {
                now: at(6),
                revoked_until: at(60),
            },
            Farewell::SILENT,
        );
        assert_eq!(undone.await.unwrap(), EmailUndone::Done);
        let restored = accounts.by_email_key("hanako@example.jp").await.unwrap();
        let restored = restored.unwrap();
        assert_eq!(restored.password_hash, None);
        assert!(!restored.account.phone_login && !restored.account.mobile_phone_verified);
        let session = sessions.find("s", "toyota", NOW, at(-1)).await;
        assert!(session.unwrap().is_none());
        assert!(store.grants().is_revoked(["g", "t"]).await.unwrap());
        let again = accounts.undo_email(
            ("u", &found),
            &mails,
            UndoTimes {
                now: at(7),
                revoked_until: at(60),
            },
            Farewell::SILENT,
        );
        assert_eq!(again.await.unwrap(), EmailUndone::Over);
        let found = accounts.email_undo("u", at(7)).await.unwrap().unwrap();
        assert!(found.used, "known as what was done");
        assert_eq!(accounts.email_undo("u", at(100)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn undoing_a_change_undoes_all_later_ones_and_no_earlier_one() {
    on_both(async |store| {
        let id = registered(&store, "hanako").await.id;
        for (email, undo) in [("b@example.jp", "to-a"), ("c@example.jp", "to-b")] {
            assert_eq!(set(&store, &id, email, undo).await, EmailSet::Done);
        }
        // A thief who controls the mailbox before the last returns to it, which does not
        // help.
        assert_eq!(undo(&store, "to-b").await, Some(EmailUndone::Done));
        assert_eq!(email(&store, &id).await, "b@example.jp");
        set(&store, &id, "d@example.jp", "to-b-again").await;
        assert_eq!(undo(&store, "to-a").await, Some(EmailUndone::Done));
        assert_eq!(email(&store, &id).await, "hanako@Example.JP");
        assert_eq!(undo(&store, "to-b-again").await, None);
        assert_eq!(email(&store, &id).await, "hanako@Example.JP");
    })
    .await;
}

#[tokio::test]
async fn of_two_undone_at_once_the_first_change_is_the_one() {
    on_both(async |store| {
        let id = registered(&store, "hanako").await.id;
        for (email, undo) in [("b@example.jp", "to-a"), ("c@example.jp", "to-b")] {
            set(&store, &id, email, undo).await;
        }
        let (first, second) = tokio::join!(undo(&store, "to-a"), undo(&store, "to-b"));
        assert_eq!(first, Some(EmailUndone::Done), "{second:?}");
        assert_eq!(email(&store, &id).await, "hanako@Example.JP");
    })
    .await;
}

#[tokio::test]
async fn an_old_address_that_is_anothers_by_now_stays_theirs() {
    on_both(async |store| {
        let id = registered(&store, "hanako").await.id;
        set(&store, &id, "b@example.jp", "u").await;
        let other = registered(&store, "taro").await.id;
        set(&store, &other, "hanako@example.jp", "v").await;
        assert_eq!(undo(&store, "u").await, Some(EmailUndone::Taken));
        assert_eq!(email(&store, &id).await, "b@example.jp");
        // The code is still valid once the address is free again.
        set(&store, &other, "elsewhere@example.jp", "w").await;
        assert_eq!(undo(&store, "u").await, Some(EmailUndone::Done));
    })
    .await;
}

#[tokio::test]
async fn an_account_that_is_left_takes_the_way_back_with_it() {
    on_both(async |store| {
        let id = registered(&store, "hanako").await.id;
        set(&store, &id, "b@example.jp", "u").await;
        let accounts = store.accounts();
        let found = accounts.email_undo("u", at(6)).await.unwrap().unwrap();
        let closing = Closing {
            account_id: &id,
            dealer_links: 0,
            scope_grants: 0,
            withdrawals: &[],
            revoked_until: at(60),
            erase_at: NOW,
            farewell: Farewell::SILENT,
        };
        assert!(accounts.close(&closing, &[], at(7)).await.unwrap());
        assert_eq!(undo(&store, "u").await, None);
        let late = accounts.undo_email(
            ("u", &found),
            &[],
            UndoTimes {
                now: at(8),
                revoked_until: at(60),
            },
            Farewell::SILENT,
        );
        assert_eq!(late.await.unwrap(), EmailUndone::Over);
        assert_eq!(email(&store, &id).await, "b@example.jp");
        assert_eq!(accounts.erase_due(at(9)).await.unwrap(), 1);
        assert_eq!(email(&store, &id).await, "");
    })
    .await;
}

#[tokio::test]
async fn expired_ways_back_go_as_new_ones_come() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let accounts = store.accounts();
        for number in 0..40 {
            let email = format!("a{number}@example.jp");
            set(&store, &hanako.id, &email, &format!("old-{number}")).await;
        }
        for number in 0..16 {
            let account = read(&store, &hanako.id).await;
            let email = EmailAddress::read(&format!("b{number}@example.jp")).unwrap();
            let new = NewEmail {
                account: &account,
                email: &email,
                undo_hash: &format!("new-{number}"),
                undo_until: at(900),
            };
            accounts.set_email(&new, &[], at(200)).await.unwrap();
        }
        // Queried with an earlier time, so that expired codes would be found.
        for number in 0..40 {
            let found = accounts.email_undo(&format!("old-{number}"), at(6)).await;
            assert_eq!(found.unwrap(), None);
        }
        let found = accounts.email_undo("new-0", at(200)).await.unwrap();
        assert!(found.is_some());
    })
    .await;
}
