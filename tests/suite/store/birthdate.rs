//! A birthdate changed by its owner: rarely, and not over a change the owner has not seen.

use std::time::Duration;

use common_id::accounts::account::Account;
use common_id::store::accounts::profile::Updated;

use super::example::{NOW, account, at, message, registered};
use crate::support::database::on_both;

const WAIT: Duration = Duration::from_secs(100);

fn born(account: &Account, birthdate: &str) -> Account {
    let mut changed = account.clone();
    changed.profile.birthdate = Some(birthdate.to_owned());
    changed
}

#[tokio::test]
async fn it_is_changed_with_what_tells_of_it_and_then_not_for_a_while() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let accounts = store.accounts();
        let changed_at = async || accounts.birthdate_changed_at(&account.id).await.unwrap();
        assert_eq!(changed_at().await, None);
        let first = born(&account, "1995-12-25");
        let saved = accounts
            .change_birthdate(&first, &[message(0)], (at(5), WAIT))
            .await;
        assert_eq!(saved.unwrap(), Updated::Saved);
        assert_eq!(changed_at().await, Some(at(5)));
        let stored = accounts.by_id(&account.id).await.unwrap().unwrap();
        let expected = Account {
            version: first.version + 1,
            updated_at: at(5),
            ..first
        };
        assert_eq!(stored, expected);
        let second = born(&stored, "1996-12-25");
        for (second, now, outcome) in [
            (second.clone(), at(104), Updated::Conflict),
            (born(&account, "1996-12-25"), at(105), Updated::Conflict),
            (second, at(105), Updated::Saved),
        ] {
            let saved = accounts.change_birthdate(&second, &[], (now, WAIT)).await;
            assert_eq!(saved.unwrap(), outcome);
        }
        let lease = Duration::from_secs(60);
        assert_eq!(store.outbox().claim(NOW, 9, lease).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn nobody_s_is_changed_who_is_not_there() {
    on_both(async |store| {
        let accounts = store.accounts();
        let nobody = born(&account("nobody"), "1995-12-25");
        let saved = accounts
            .change_birthdate(&nobody, &[message(0)], (at(5), WAIT))
            .await;
        assert_eq!(saved.unwrap(), Updated::Conflict);
        assert_eq!(accounts.birthdate_changed_at("nobody").await.unwrap(), None);
    })
    .await;
}
