//! Recovery codes in the store: replaced together, each spent once, counted in the account.

use common_id::store::Store;
use common_id::store::recovery_codes::HashedCode;

use super::example::{at, message, registered};
use crate::support::database::on_both;

fn code(number: u8, hash: &str) -> HashedCode {
    HashedCode {
        number,
        hash: hash.to_owned(),
    }
}

async fn left(store: &Store, id: &str) -> u32 {
    let account = store.accounts().by_id(id).await.unwrap().unwrap();
    account.enrolled.recovery_codes
}

async fn mails(store: &Store) -> usize {
    let lease = std::time::Duration::from_secs(60);
    store.outbox().claim(at(9), 9, lease).await.unwrap().len()
}

#[tokio::test]
async fn codes_are_replaced_together_and_each_is_spent_once() {
    on_both(async |store| {
        let id = registered(&store, "hanako").await.id;
        let other = registered(&store, "taro").await.id;
        let codes = store.recovery_codes();
        let first = [code(0, "a"), code(1, "b")];
        assert!(codes.replace(&id, &first, &[message(1)]).await.unwrap());
        assert_eq!((left(&store, &id).await, mails(&store).await), (2, 1));
        assert_eq!(codes.hash_of(&id, 1).await.unwrap(), Some("b".to_owned()));
        assert_eq!(codes.hash_of(&id, 2).await.unwrap(), None);
        assert_eq!(codes.hash_of(&other, 1).await.unwrap(), None);
        let mail = [message(2)];
        for (id, code) in [
            (&other, code(1, "b")),
            (&id, code(1, "a")),
            (&id, code(2, "b")),
        ] {
            assert!(!codes.spend(id, &code, &mail).await.unwrap());
        }
        assert!(codes.spend(&id, &code(1, "b"), &mail).await.unwrap());
        assert!(
            !codes
                .spend(&id, &code(1, "b"), &[message(3)])
                .await
                .unwrap()
        );
        assert_eq!((left(&store, &id).await, mails(&store).await), (1, 1));
        let second = [code(0, "c")];
        assert!(codes.replace(&id, &second, &[]).await.unwrap());
        assert!(!codes.spend(&id, &code(0, "a"), &[]).await.unwrap());
        assert_eq!(left(&store, &id).await, 1);
        assert!(!codes.replace("nobody", &second, &[]).await.unwrap());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_one_code_typed_many_times_at_once_one_is_accepted() {
    on_both(async |store| {
        let id = registered(&store, "hanako").await.id;
        let codes = store.recovery_codes();
        codes.replace(&id, &[code(0, "a")], &[]).await.unwrap();
        let mut racers = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let (store, id) = (store.clone(), id.clone());
            racers.spawn(async move {
                let codes = store.recovery_codes();
                codes.spend(&id, &code(0, "a"), &[]).await.unwrap()
            });
        }
        let spent = racers.join_all().await;
        assert_eq!(spent.into_iter().filter(|spent| *spent).count(), 1);
        assert_eq!(left(&store, &id).await, 0);
    })
    .await;
}
