//! The mobile number as a login ID: of one account at a time, also under concurrent
//! requests.

use common_id::accounts::account::Account;
use common_id::store::Store;
use common_id::store::accounts::phone_login::{PhoneLogin, SwitchedOn};

use super::example::{NOW, at, message, registered};
use crate::support::database::on_both;

const NUMBER: &str = "+818011112222";
/// The number of every account of the examples.
const BEFORE: &str = "+819012345678";

fn login<'a>(account_id: &'a str, taken_from: Option<&'a str>) -> PhoneLogin<'a> {
    PhoneLogin {
        account_id,
        number: NUMBER,
        in_place_of: BEFORE,
        taken_from,
    }
}

async fn switch_on(store: &Store, login: PhoneLogin<'_>) -> SwitchedOn {
    let (accounts, mails) = (store.accounts(), [message(1)]);
    let switched = accounts.switch_phone_login_on(&login, &mails, at(5)).await;
    switched.unwrap()
}

async fn read(store: &Store, account: &Account) -> Account {
    let found = store.accounts().by_id(&account.id).await.unwrap();
    found.unwrap()
}

async fn mails(store: &Store) -> usize {
    let lease = std::time::Duration::from_secs(60);
    store.outbox().claim(at(9), 9, lease).await.unwrap().len()
}

#[tokio::test]
async fn a_number_proven_logs_its_owner_in_and_whoever_looks_finds_them() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let done = switch_on(&store, login(&hanako.id, None)).await;
        assert_eq!(done, SwitchedOn::Done);
        let expected = Account {
            mobile_phone: Some(NUMBER.to_owned()),
            mobile_phone_verified: true,
            phone_login: true,
            updated_at: at(5),
            version: hanako.version + 1,
            ..hanako
        };
        let found = store.accounts().by_login_phone(NUMBER).await.unwrap();
        assert_eq!(found.unwrap().account, expected);
        assert_eq!(mails(&store).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_number_proven_anew_is_taken_from_whoever_had_it() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let taro = registered(&store, "taro").await;
        assert_eq!(
            switch_on(&store, login(&hanako.id, None)).await,
            SwitchedOn::Done
        );
        mails(&store).await;
        let late = switch_on(&store, login(&taro.id, None)).await;
        assert_eq!(late, SwitchedOn::TakenMeanwhile);
        assert_eq!(read(&store, &taro).await, taro, "nothing is written");
        let taken = PhoneLogin {
            taken_from: Some(&hanako.id),
            ..login(&taro.id, None)
        };
        let taken = store
            .accounts()
            .switch_phone_login_on(&taken, &[message(2)], at(5))
            .await;
        assert_eq!(taken.unwrap(), SwitchedOn::Done);
        let before = read(&store, &hanako).await;
        assert!(!before.phone_login && !before.mobile_phone_verified);
        assert_eq!(before.mobile_phone.as_deref(), Some(NUMBER), "as told");
        assert!(read(&store, &taro).await.phone_login);
        assert_eq!(mails(&store).await, 1);
        // The number is not taken from an account that no longer has it.
        let again = switch_on(&store, login(&taro.id, Some(&hanako.id))).await;
        assert_eq!(again, SwitchedOn::TakenMeanwhile);
    })
    .await;
}

#[tokio::test]
async fn a_number_that_became_another_meanwhile_is_left_alone() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let stale = PhoneLogin {
            in_place_of: "",
            ..login(&hanako.id, None)
        };
        assert_eq!(switch_on(&store, stale).await, SwitchedOn::Conflict);
        let nobody = switch_on(&store, login("nobody", None)).await;
        assert_eq!(nobody, SwitchedOn::Conflict);
        assert_eq!(read(&store, &hanako).await, hanako);
        assert_eq!(mails(&store).await, 0);
    })
    .await;
}

#[tokio::test]
async fn of_many_who_prove_a_number_at_once_one_has_it() {
    on_both(async |store| {
        let mut accounts = Vec::new();
        for name in ["a", "b", "c", "d"] {
            accounts.push(registered(&store, name).await);
        }
        let mut at_once = tokio::task::JoinSet::new();
        for account in accounts.clone() {
            let store = store.clone();
            at_once.spawn(async move {
                let login = login(&account.id, None);
                let accounts = store.accounts();
                let switched = accounts.switch_phone_login_on(&login, &[], NOW).await;
                switched.unwrap()
            });
        }
        let outcomes = at_once.join_all().await;
        let won = outcomes.iter().filter(|one| **one == SwitchedOn::Done);
        assert_eq!(won.count(), 1, "{outcomes:?}");
        let mut having = 0;
        for account in &accounts {
            having += usize::from(read(&store, account).await.phone_login);
        }
        assert_eq!(having, 1);
    })
    .await;
}

#[tokio::test]
async fn two_who_take_each_others_numbers_do_not_wait_for_ever() {
    on_both(async |store| {
        let other = "+818033334444";
        let hanako = registered(&store, "hanako").await;
        let taro = registered(&store, "taro").await;
        let theirs = |account: &Account, number: &'static str, before, from: &Account| {
            let (store, id, from) = (store.clone(), account.id.clone(), from.id.clone());
            async move {
                let login = PhoneLogin {
                    account_id: &id,
                    number,
                    in_place_of: before,
                    taken_from: (id != from).then_some(from.as_str()),
                };
                let accounts = store.accounts();
                accounts.switch_phone_login_on(&login, &[], NOW).await
            }
        };
        for (account, number) in [(&hanako, NUMBER), (&taro, other)] {
            let done = theirs(account, number, BEFORE, account).await;
            assert_eq!(done.unwrap(), SwitchedOn::Done);
        }
        let (one, two) = tokio::join!(
            theirs(&hanako, other, NUMBER, &taro),
            theirs(&taro, NUMBER, other, &hanako),
        );
        assert!(one.is_ok() && two.is_ok(), "{one:?} {two:?}");
    })
    .await;
}

#[tokio::test]
async fn switched_off_it_stays_proven_and_twice_is_once() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        switch_on(&store, login(&hanako.id, None)).await;
        mails(&store).await;
        let accounts = store.accounts();
        for (number, off) in [(2, true), (3, false)] {
            let mail = [message(number)];
            let done = accounts.switch_phone_login_off(&hanako.id, &mail, at(6));
            assert_eq!(done.await.unwrap(), off);
        }
        let stored = read(&store, &hanako).await;
        assert!(!stored.phone_login && stored.mobile_phone_verified);
        assert_eq!(mails(&store).await, 1);
    })
    .await;
}
