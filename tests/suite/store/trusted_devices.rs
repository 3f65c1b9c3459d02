//! Trusted devices in the store: of accounts that want two steps, until they expire.

use common_id::accounts::trusted_device::TrustedDevice;
use common_id::store::Store;
use common_id::store::session_clients::Farewell;
use common_id::store::sessions::Sids;
use common_id::store::trusted_devices::Steps;

use super::example::{NOW, at, message, registered};
use crate::support::database::on_both;

fn device(name: &str, id: &str, secret_hash: &str) -> TrustedDevice {
    TrustedDevice {
        id: id.into(),
        account_id: format!("account-of-{name}"),
        secret_hash: secret_hash.into(),
        brand: "toyota".into(),
        device: "iPhone · Safari".into(),
        created_at: NOW,
        last_used_at: NOW,
        expires_at: at(100),
    }
}

async fn set(store: &Store, id: &str, steps: Steps) -> bool {
    let devices = store.trusted_devices();
    devices
        .set_steps(id, steps, &[message(1)], NOW)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_device_is_trusted_by_an_account_that_wants_two_steps_until_it_expires() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await.id;
        let taro = registered(&store, "taro").await.id;
        let devices = store.trusted_devices();
        let first = device("hanako", "first", "h");
        devices.trust(&first, NOW).await.unwrap();
        assert_eq!(devices.of(&hanako, NOW).await.unwrap(), []);
        assert!(set(&store, &hanako, Steps::Two).await);
        assert!(
            !devices
                .set_steps(&hanako, Steps::Two, &[], NOW)
                .await
                .unwrap()
        );
        devices.trust(&first, NOW).await.unwrap();
        assert_eq!(
            devices.of(&hanako, NOW).await.unwrap(),
            std::slice::from_ref(&first)
        );
        let found = |id, hash, now| devices.recognise(id, hash, now);
        assert_eq!(found(&taro, "h", at(1)).await.unwrap(), None);
        assert_eq!(found(&hanako, "x", at(1)).await.unwrap(), None);
        let id = Some("first".to_owned());
        assert_eq!(found(&hanako, "h", at(99)).await.unwrap(), id);
        assert_eq!(
            devices.of(&hanako, at(99)).await.unwrap()[0].last_used_at,
            at(99)
        );
        assert_eq!(found(&hanako, "h", at(100)).await.unwrap(), None);
        assert_eq!(devices.of(&hanako, at(100)).await.unwrap(), []);
        // The same browser again: it keeps its place in the list.
        let longer = TrustedDevice {
            expires_at: at(200),
            ..device("hanako", "second", "h")
        };
        devices.trust(&longer, at(50)).await.unwrap();
        assert_eq!(found(&hanako, "h", at(150)).await.unwrap(), id);
        assert!(!devices.revoke(&taro, "first").await.unwrap());
        assert!(devices.revoke(&hanako, "first").await.unwrap());
        assert!(!devices.revoke(&hanako, "first").await.unwrap());
        let account = store.accounts().by_id(&hanako).await.unwrap().unwrap();
        assert!(account.enrolled.two_steps);
    })
    .await;
}

#[tokio::test]
async fn trust_ends_with_the_wish_for_two_steps_and_with_all_other_logins() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await.id;
        let devices = store.trusted_devices();
        assert!(set(&store, &hanako, Steps::Two).await);
        devices
            .trust(&device("hanako", "first", "h"), NOW)
            .await
            .unwrap();
        let sessions = store.sessions();
        let one = Sids::Only("sid");
        sessions
            .end_logins(&hanako, one, Farewell::SILENT)
            .await
            .unwrap();
        assert_eq!(devices.of(&hanako, NOW).await.unwrap().len(), 1);
        let others = Sids::AllBut("sid");
        sessions
            .end_logins(&hanako, others, Farewell::SILENT)
            .await
            .unwrap();
        assert_eq!(devices.of(&hanako, NOW).await.unwrap(), []);
        devices
            .trust(&device("hanako", "first", "h"), NOW)
            .await
            .unwrap();
        assert!(
            devices
                .set_steps(&hanako, Steps::One, &[message(2)], NOW)
                .await
                .unwrap()
        );
        assert!(
            !devices
                .set_steps(&hanako, Steps::One, &[message(3)], NOW)
                .await
                .unwrap()
        );
        assert_eq!(devices.of(&hanako, NOW).await.unwrap(), []);
    })
    .await;
}
