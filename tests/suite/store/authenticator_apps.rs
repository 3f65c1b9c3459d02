//! Authenticator apps in the store: one of an account, each time step used once, ended with
//! the account and with an undone change of its address.

use common_id::accounts::second_factor::Enrolled;
use common_id::store::Store;
use common_id::store::accounts::closing::Closing;
use common_id::store::authenticator_apps::{NewApp, StoredApp};
use common_id::store::session_clients::Farewell;

use super::example::{NOW, at, message, registered};
use crate::support::database::on_both;

const fn new<'a>(account_id: &'a str, sealed: &'a str) -> NewApp<'a> {
    NewApp {
        account_id,
        sealed,
        step: 100,
    }
}

async fn mails(store: &Store) -> usize {
    let lease = std::time::Duration::from_secs(60);
    store.outbox().claim(at(9), 9, lease).await.unwrap().len()
}

#[tokio::test]
async fn an_account_has_one_app_and_its_owner_is_told() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let taro = registered(&store, "taro").await;
        let apps = store.authenticator_apps();
        assert_eq!(apps.of(&hanako.id).await.unwrap(), None);
        let mail = [message(1)];
        assert!(
            apps.add(&new(&hanako.id, "first"), &mail, NOW)
                .await
                .unwrap()
        );
        assert_eq!(mails(&store).await, 1);
        let mail = [message(2)];
        assert!(
            !apps
                .add(&new(&hanako.id, "second"), &mail, NOW)
                .await
                .unwrap()
        );
        assert!(!apps.add(&new("nobody", "third"), &mail, NOW).await.unwrap());
        assert!(!apps.remove(&taro.id, &mail).await.unwrap());
        assert_eq!(mails(&store).await, 0);
        let stored = StoredApp {
            sealed: "first".into(),
            added_at: NOW,
        };
        assert_eq!(apps.of(&hanako.id).await.unwrap(), Some(stored));
        let account = store.accounts().by_id(&hanako.id).await.unwrap().unwrap();
        let enrolled = Enrolled {
            app: true,
            app_added_at: Some(NOW),
            ..Enrolled::default()
        };
        assert_eq!(
            (account.enrolled, account.version),
            (enrolled, hanako.version)
        );
        assert!(apps.remove(&hanako.id, &mail).await.unwrap());
        assert_eq!(mails(&store).await, 1);
        let account = store.accounts().by_id(&hanako.id).await.unwrap().unwrap();
        assert_eq!(account.enrolled, Enrolled::default());
    })
    .await;
}

#[tokio::test]
async fn of_the_steps_of_an_app_each_is_used_once_and_in_order() {
    on_both(async |store| {
        let id = &registered(&store, "hanako").await.id;
        let apps = store.authenticator_apps();
        apps.add(&new(id, "first"), &[], NOW).await.unwrap();
        for (sealed, step, used) in [
            ("first", 100, false),
            ("other", 101, false),
            ("first", 101, true),
            ("first", 101, false),
            ("first", 99, false),
            ("first", 103, true),
            ("first", 102, false),
        ] {
            assert_eq!(
                apps.use_step(id, sealed, step).await.unwrap(),
                used,
                "{step}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_codes_of_one_step_at_once_one_is_accepted() {
    on_both(async |store| {
        let id = registered(&store, "hanako").await.id;
        let apps = store.authenticator_apps();
        apps.add(&new(&id, "first"), &[], NOW).await.unwrap();
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (store, id) = (store.clone(), id.clone());
            racers.spawn(async move {
                let apps = store.authenticator_apps();
                apps.use_step(&id, "first", 101).await.unwrap()
            });
        }
        let used = racers.join_all().await;
        assert_eq!(used.into_iter().filter(|used| *used).count(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_secret_is_sealed_anew_only_in_place_of_the_one_that_was_read() {
    on_both(async |store| {
        let id = registered(&store, "hanako").await.id;
        registered(&store, "taro").await;
        let apps = store.authenticator_apps();
        apps.add(&new(&id, "first"), &[], NOW).await.unwrap();
        apps.reseal(&id, "other", "third").await.unwrap();
        apps.reseal(&id, "first", "second").await.unwrap();
        let sealed = apps.sealed_secrets().await.unwrap();
        assert_eq!(sealed, [(id.clone(), "second".to_owned())]);
        assert!(!apps.use_step(&id, "first", 101).await.unwrap());
        assert!(apps.use_step(&id, "second", 101).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn an_app_ends_with_its_account() {
    on_both(async |store| {
        let id = registered(&store, "hanako").await.id;
        let apps = store.authenticator_apps();
        apps.add(&new(&id, "first"), &[], NOW).await.unwrap();
        let closing = Closing {
            account_id: &id,
            dealer_links: 0,
            scope_grants: 0,
            withdrawals: &[],
            revoked_until: at(600),
            erase_at: NOW,
            farewell: Farewell::SILENT,
        };
        assert!(store.accounts().close(&closing, &[], NOW).await.unwrap());
        // Its owner, who comes back, gives its code as at every login.
        assert!(apps.of(&id).await.unwrap().is_some());
        assert!(apps.use_step(&id, "first", i64::MAX).await.unwrap());
        assert_eq!(store.accounts().erase_due(NOW).await.unwrap(), 1);
        assert_eq!(apps.of(&id).await.unwrap(), None);
        assert_eq!(apps.sealed_secrets().await.unwrap(), []);
        assert!(!apps.add(&new(&id, "again"), &[], NOW).await.unwrap());
    })
    .await;
}
