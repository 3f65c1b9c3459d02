//! Passkeys in the store: unique credential IDs, increasing counters, deleted with their
//! account.

use common_id::accounts::passkey::authentication::Used;
use common_id::accounts::passkey::{MOST, Passkey};
use common_id::store::Store;
use common_id::store::accounts::closing::Closing;
use common_id::store::passkeys::Added;
use common_id::store::session_clients::Farewell;

use super::example::{NOW, at, message, registered};
use crate::support::database::on_both;

/// A passkey of that person, named by a number.
pub(crate) fn passkey(name: &str, number: usize) -> Passkey {
    Passkey {
        id: format!("passkey-{name}-{number}"),
        account_id: format!("account-of-{name}"),
        rp_id: "id.toyota.jp".into(),
        credential_id: format!("credential-{name}-{number}"),
        user_handle: format!("handle-of-{name}"),
        public_key: "cose".into(),
        sign_count: 0,
        backup_eligible: true,
        backed_up: false,
        transports: vec!["hybrid".into(), "internal".into()],
        label: "iPhone · Safari".into(),
        created_at: NOW,
        last_used_at: None,
    }
}

async fn add(store: &Store, passkey: &Passkey) -> Added {
    let mails = [message(1)];
    store.passkeys().add(passkey, &mails).await.unwrap()
}

async fn of(store: &Store, name: &str) -> Vec<Passkey> {
    let account_id = format!("account-of-{name}");
    store.passkeys().of(&account_id).await.unwrap()
}

async fn mails(store: &Store) -> usize {
    let lease = std::time::Duration::from_secs(60);
    store.outbox().claim(at(9), 9, lease).await.unwrap().len()
}

const fn used(sign_count: u32) -> Used {
    Used {
        sign_count,
        backed_up: true,
    }
}

#[tokio::test]
async fn a_passkey_is_found_as_it_was_added_with_its_account() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        registered(&store, "taro").await;
        let (first, second) = (passkey("hanako", 1), passkey("hanako", 2));
        assert_eq!(add(&store, &first).await, Added::Done);
        assert_eq!(mails(&store).await, 1);
        assert_eq!(
            store.passkeys().add(&second, &[]).await.unwrap(),
            Added::Done
        );
        let found = store
            .passkeys()
            .find("credential-hanako-1", NOW)
            .await
            .unwrap();
        assert_eq!(found, Some((first.clone(), hanako)));
        assert_eq!(of(&store, "hanako").await, [first, second]);
        assert_eq!(of(&store, "taro").await, []);
        for unknown in ["", "nobody's", "passkey-hanako-1", "zero\0byte"] {
            assert_eq!(store.passkeys().find(unknown, NOW).await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn what_somebody_has_is_not_added_again_and_nobody_is_told() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        registered(&store, "taro").await;
        let own = passkey("hanako", 1);
        store.passkeys().add(&own, &[]).await.unwrap();
        let stolen = Passkey {
            credential_id: own.credential_id.clone(),
            ..passkey("taro", 1)
        };
        assert_eq!(add(&store, &stolen).await, Added::Known);
        assert_eq!(of(&store, "taro").await, []);
        assert_eq!(of(&store, "hanako").await, [own]);
        assert_eq!(add(&store, &passkey("nobody", 1)).await, Added::Closed);
        assert_eq!(mails(&store).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_has_no_more_than_it_may_however_many_come_at_once() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let mut at_once = tokio::task::JoinSet::new();
        for number in 0..MOST + 4 {
            let store = store.clone();
            at_once.spawn(async move {
                let new = passkey("hanako", number);
                store.passkeys().add(&new, &[]).await.unwrap()
            });
        }
        let outcomes = at_once.join_all().await;
        let added = outcomes.iter().filter(|one| **one == Added::Done).count();
        assert_eq!(added, MOST, "{outcomes:?}");
        assert_eq!(of(&store, "hanako").await.len(), MOST);
    })
    .await;
}

#[tokio::test]
async fn a_counter_goes_on_and_never_back() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let new = passkey("hanako", 1);
        store.passkeys().add(&new, &[]).await.unwrap();
        for (count, noted) in [
            (0, true),
            (0, true),
            (3, true),
            (3, false),
            (2, false),
            (0, false),
            (u32::MAX, true),
        ] {
            let passkeys = store.passkeys();
            let note = passkeys.note_use(&new.id, used(count), at(7)).await;
            assert_eq!(note.unwrap(), noted, "{count}");
        }
        let stored = &of(&store, "hanako").await[0];
        assert_eq!(stored.sign_count, u32::MAX);
        assert_eq!(stored.last_used_at, Some(at(7)));
        assert!(stored.backed_up);
        let gone = store.passkeys().note_use("gone", used(1), at(7)).await;
        assert!(!gone.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_uses_that_count_the_same_one_is_noted() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let new = passkey("hanako", 1);
        store.passkeys().add(&new, &[]).await.unwrap();
        let mut at_once = tokio::task::JoinSet::new();
        for _ in 0..6 {
            let store = store.clone();
            at_once.spawn(async move {
                let id = "passkey-hanako-1";
                store.passkeys().note_use(id, used(5), NOW).await.unwrap()
            });
        }
        let noted = at_once.join_all().await;
        assert_eq!(noted.iter().filter(|noted| **noted).count(), 1, "{noted:?}");
    })
    .await;
}

#[tokio::test]
async fn only_its_owner_renames_and_removes_a_passkey() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let taro = registered(&store, "taro").await;
        let new = passkey("hanako", 1);
        let passkeys = store.passkeys();
        passkeys.add(&new, &[]).await.unwrap();
        for (who, id, done) in [
            (&taro.id, new.id.as_str(), false),
            (&hanako.id, "gone", false),
            (&hanako.id, "zero\0byte", false),
            (&hanako.id, new.id.as_str(), true),
        ] {
            assert_eq!(passkeys.rename(who, id, "仕事用").await.unwrap(), done);
        }
        assert_eq!(of(&store, "hanako").await[0].label, "仕事用");
        for (who, id, done) in [
            (&taro.id, new.id.as_str(), false),
            (&hanako.id, "zero\0byte", false),
            (&hanako.id, new.id.as_str(), true),
            (&hanako.id, new.id.as_str(), false),
        ] {
            let mail = [message(i64::from(done))];
            assert_eq!(passkeys.remove(who, id, &mail).await.unwrap(), done);
        }
        assert_eq!(of(&store, "hanako").await, []);
        assert_eq!(mails(&store).await, 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_leaves_has_no_passkey_any_more() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        registered(&store, "taro").await;
        for name in ["hanako", "taro"] {
            let new = passkey(name, 1);
            store.passkeys().add(&new, &[]).await.unwrap();
        }
        let closing = Closing {
            account_id: &hanako.id,
            dealer_links: 0,
            scope_grants: 0,
            withdrawals: &[],
            revoked_until: at(600),
            erase_at: NOW,
            farewell: Farewell::SILENT,
        };
        let closed = store.accounts().close(&closing, &[], NOW).await;
        assert!(closed.unwrap());
        // Its owner may come back with it until the account is erased.
        assert_eq!(of(&store, "hanako").await.len(), 1);
        assert_eq!(store.accounts().erase_due(NOW).await.unwrap(), 1);
        assert_eq!(of(&store, "hanako").await, []);
        assert_eq!(of(&store, "taro").await.len(), 1);
        assert_eq!(add(&store, &passkey("hanako", 2)).await, Added::Closed);
    })
    .await;
}
