//! Changes that a person makes to their profile, and which of two concurrent ones wins.

use common_id::accounts::account::Account;
use common_id::store::accounts::profile::Updated;

use super::example::{NOW, account, at, message, registered};
use crate::support::database::on_both;

#[tokio::test]
async fn a_change_is_saved_with_what_tells_of_it() {
    on_both(async |store| {
        let mut changed = registered(&store, "hanako").await;
        changed.profile.birthdate = Some("1995-12-25".to_owned());
        changed.mobile_phone = None;
        let accounts = store.accounts();
        let saved = accounts
            .update_profile(&changed, &[message(0)], at(5))
            .await;
        assert_eq!(saved.unwrap(), Updated::Saved);
        let stored = accounts.by_id(&changed.id).await.unwrap().unwrap();
        let expected = Account {
            version: changed.version + 1,
            updated_at: at(5),
            ..changed
        };
        assert_eq!(stored, expected);
        let lease = std::time::Duration::from_secs(60);
        assert_eq!(store.outbox().claim(NOW, 9, lease).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_second_of_two_changes_writes_over_nothing() {
    on_both(async |store| {
        let read = registered(&store, "hanako").await;
        let accounts = store.accounts();
        let (mut first, mut second) = (read.clone(), read);
        first.profile.family_name = Some("田中".to_owned());
        second.profile.family_name = Some("鈴木".to_owned());
        let saved = accounts.update_profile(&first, &[], at(1)).await.unwrap();
        assert_eq!(saved, Updated::Saved);
        let late = accounts
            .update_profile(&second, &[message(0)], at(2))
            .await
            .unwrap();
        assert_eq!(late, Updated::Conflict);
        let stored = accounts.by_id(&first.id).await.unwrap().unwrap();
        assert_eq!(stored.profile, first.profile);
        let lease = std::time::Duration::from_secs(60);
        assert_eq!(
            store.outbox().claim(at(9), 9, lease).await.unwrap().len(),
            0
        );
    })
    .await;
}

#[tokio::test]
async fn nobody_is_changed_who_is_not_there() {
    on_both(async |store| {
        let saved = store
            .accounts()
            .update_profile(&account("nobody"), &[], NOW)
            .await;
        assert_eq!(saved.unwrap(), Updated::Conflict);
    })
    .await;
}
