//! Accounts: created once, found by their login IDs.

use common_id::accounts::account::{Account, AccountStatus};
use common_id::store::Store;
use common_id::store::accounts::registration::{Created, NewAccount};

use super::example::{
    NOW, account, at, client_id, consent, email_key, message, new_account, registered, revoked,
    session,
};
use crate::support::database::on_both;

async fn consents_of(store: &Store, account: &Account) -> usize {
    store.consents().of(&account.id).await.unwrap().len()
}

#[tokio::test]
async fn an_account_comes_back_as_it_went_in() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let accounts = store.accounts();
        assert_eq!(
            accounts.by_id(&account.id).await.unwrap(),
            Some(account.clone())
        );
        assert_eq!(accounts.by_id("nobody").await.unwrap(), None);
        for found in [
            accounts.credentials(&account.id).await.unwrap(),
            accounts.by_email_key(&email_key("hanako")).await.unwrap(),
        ] {
            let found = found.unwrap();
            assert_eq!(found.account, account);
            assert_eq!(found.password_hash.as_deref(), Some("hash-of-hanako"));
        }
    })
    .await;
}

#[tokio::test]
async fn everything_that_comes_with_an_account_is_written_with_it() {
    on_both(async |store| {
        let new = NewAccount {
            session: Some(("hash".into(), session("hanako"))),
            messages: vec![message(0)],
            ..new_account("hanako")
        };
        assert_eq!(store.accounts().create(&new).await.unwrap(), Created::New);
        assert_eq!(
            store.consents().of(&new.account.id).await.unwrap(),
            new.consents
        );
        let found = store.sessions().find("hash", "toyota", NOW, at(-1)).await;
        assert_eq!(found.unwrap().unwrap().1, new.account);
        let lease = std::time::Duration::from_secs(60);
        let messages = store.outbox().claim(NOW, 9, lease).await.unwrap();
        assert_eq!(messages.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn an_account_whose_consent_cannot_be_written_is_not_made() {
    on_both(async |store| {
        let new = NewAccount {
            consents: vec![consent("hanako", "terms"), consent("hanako", "terms")],
            session: Some(("hash".into(), session("hanako"))),
            ..new_account("hanako")
        };
        assert!(store.accounts().create(&new).await.is_err());
        assert_eq!(store.accounts().by_id(&new.account.id).await.unwrap(), None);
        assert!(
            !store
                .accounts()
                .email_is_registered(&email_key("hanako"))
                .await
                .unwrap()
        );
    })
    .await;
}

#[tokio::test]
async fn a_registration_sent_again_makes_no_second_account_and_begins_its_session() {
    on_both(async |store| {
        let first = registered(&store, "hanako").await;
        let mut again = NewAccount {
            session: Some(("hash".into(), session("hanako"))),
            messages: vec![message(0)],
            ..new_account("hanako")
        };
        again.account.id = "another-id".into();
        let session_of = &mut again.session.as_mut().unwrap().1;
        session_of.account_id = "another-id".into();
        let created = store.accounts().create(&again).await.unwrap();
        assert_eq!(created, Created::Again(first.id.clone()));
        let found = store.sessions().find("hash", "toyota", NOW, at(-1)).await;
        assert_eq!(found.unwrap().unwrap().1, first);
        assert_eq!(consents_of(&store, &first).await, 1);
        let lease = std::time::Duration::from_secs(60);
        assert!(
            store
                .outbox()
                .claim(NOW, 9, lease)
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_registrations_of_one_address_at_once_one_makes_the_account() {
    on_both(async |store| {
        let registrations: Vec<_> = (0..8)
            .map(|number| {
                let store = store.clone();
                let mut new = new_account(&format!("hanako-{number}"));
                new.account.email = "Hanako@example.jp".into();
                tokio::spawn(async move { store.accounts().create(&new).await.unwrap() })
            })
            .collect();
        let mut made = 0;
        for registration in registrations {
            match registration.await.unwrap() {
                Created::New => made += 1,
                other => assert_eq!(other, Created::EmailTaken),
            }
        }
        assert_eq!(made, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_button_pressed_many_times_at_once_makes_one_account() {
    on_both(async |store| {
        let presses: Vec<_> = (0..8)
            .map(|number| {
                let store = store.clone();
                let mut new = new_account("hanako");
                new.account.id = format!("id-{number}");
                new.consents.clear();
                new.session = Some((format!("hash-{number}"), session("hanako")));
                if let Some((_, session)) = &mut new.session {
                    session.account_id = format!("id-{number}");
                }
                tokio::spawn(async move { (number, store.accounts().create(&new).await.unwrap()) })
            })
            .collect();
        let mut owners = Vec::new();
        for press in presses {
            owners.push(match press.await.unwrap() {
                (number, Created::New) => format!("id-{number}"),
                (_, Created::Again(id)) => id,
                (_, Created::EmailTaken) => panic!("it is the same registration"),
            });
        }
        assert!(owners.iter().all(|owner| *owner == owners[0]));
        for number in 0..8 {
            let hash = format!("hash-{number}");
            let found = store.sessions().find(&hash, "toyota", NOW, at(-1)).await;
            assert_eq!(found.unwrap().unwrap().1.id, owners[0]);
        }
    })
    .await;
}

#[tokio::test]
async fn an_address_is_taken_whatever_the_case_of_its_letters() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let mut other = new_account("other");
        other.account.email = "HANAKO@EXAMPLE.jp".into();
        other.session = Some(("hash".into(), session("other")));
        let created = store.accounts().create(&other).await.unwrap();
        assert_eq!(created, Created::EmailTaken);
        assert_eq!(
            store.accounts().by_id(&other.account.id).await.unwrap(),
            None
        );
        let registered = store
            .accounts()
            .email_is_registered(&email_key("hanako"))
            .await;
        assert!(registered.unwrap());
        assert!(
            !store
                .accounts()
                .email_is_registered(&email_key("other"))
                .await
                .unwrap()
        );
    })
    .await;
}

fn with_phone_login(name: &str) -> NewAccount {
    let mut new = new_account(name);
    new.account.mobile_phone_verified = true;
    new.account.phone_login = true;
    new
}

#[tokio::test]
async fn a_number_logs_in_only_whoever_proved_it_and_switched_it_on() {
    on_both(async |store| {
        let accounts = store.accounts();
        let phone = "+819012345678";
        registered(&store, "hanako").await;
        assert_eq!(accounts.by_login_phone(phone).await.unwrap(), None);
        let taro = with_phone_login("taro");
        accounts.create(&taro).await.unwrap();
        let found = accounts.by_login_phone(phone).await.unwrap().unwrap();
        assert_eq!(found.account, taro.account);
        // No other account may log in with the number, though several may have it.
        assert!(accounts.create(&with_phone_login("jiro")).await.is_err());
        registered(&store, "jiro").await;
    })
    .await;
}

#[tokio::test]
async fn an_unproven_number_cannot_be_stored_as_a_login() {
    on_both(async |store| {
        let mut new = with_phone_login("hanako");
        new.account.mobile_phone_verified = false;
        assert!(store.accounts().create(&new).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_logs_nobody_in_and_keeps_its_address() {
    on_both(async |store| {
        let mut new = with_phone_login("hanako");
        new.account.status = AccountStatus::Closed;
        new.session = Some(("hash".into(), session("hanako")));
        let accounts = store.accounts();
        accounts.create(&new).await.unwrap();
        let id = &new.account.id;
        let key = email_key("hanako");
        assert_eq!(accounts.by_email_key(&key).await.unwrap(), None);
        assert_eq!(
            accounts.by_login_phone("+819012345678").await.unwrap(),
            None
        );
        assert_eq!(accounts.credentials(id).await.unwrap(), None);
        assert_eq!(
            accounts
                .claims_source((id, &client_id("any")), NOW, ["g", "t"])
                .await
                .unwrap(),
            None
        );
        let found = store.sessions().find("hash", "toyota", NOW, at(-1)).await;
        assert_eq!(found.unwrap(), None);
        assert!(accounts.email_is_registered(&key).await.unwrap());
        assert_eq!(accounts.by_id(id).await.unwrap(), Some(new.account.clone()));
    })
    .await;
}

#[tokio::test]
async fn claims_are_not_given_for_a_revoked_grant_or_token() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let accounts = store.accounts();
        store
            .grants()
            .revoke(&["bad"], at(60), (NOW, revoked()))
            .await
            .unwrap();
        for (ids, there) in [
            (["g", "t"], true),
            (["bad", "t"], false),
            (["g", "bad"], false),
        ] {
            let found = accounts
                .claims_source((&account.id, &client_id("any")), NOW, ids)
                .await
                .unwrap();
            assert_eq!(found, there.then(|| account.clone()), "{ids:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_password_changes_only_from_what_it_was() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let accounts = store.accounts();
        let set = async |old: &str, new: &str| {
            accounts
                .set_password_hash(&account.id, old, new, at(1))
                .await
                .unwrap()
        };
        assert!(!set("something else", "new").await);
        assert!(set("hash-of-hanako", "new").await);
        assert!(!set("hash-of-hanako", "newer").await);
        let credentials = accounts.credentials(&account.id).await.unwrap().unwrap();
        assert_eq!(credentials.password_hash.as_deref(), Some("new"));
        assert!(!format!("{credentials:?}").contains("new\""));
    })
    .await;
}

#[tokio::test]
async fn terms_are_agreed_to_once_for_each_version() {
    on_both(async |store| {
        let account = registered(&store, "hanako").await;
        let accounts = store.accounts();
        let given = consent("hanako", "terms-2027");
        assert!(
            accounts
                .agree_to_terms(&account.id, "2027", &given, at(9))
                .await
                .unwrap()
        );
        let twice = consent("hanako", "terms-2027-again");
        assert!(
            !accounts
                .agree_to_terms(&account.id, "2027", &twice, at(10))
                .await
                .unwrap()
        );
        let agreed = accounts.by_id(&account.id).await.unwrap().unwrap();
        assert_eq!(agreed.terms_version.as_deref(), Some("2027"));
        assert_eq!((agreed.updated_at, agreed.version), (at(9), 2));
        assert_eq!(consents_of(&store, &account).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_name_with_a_zero_byte_is_nobody_s() {
    on_both(async |store| {
        let accounts = store.accounts();
        assert_eq!(accounts.by_id("a\0").await.unwrap(), None);
        assert_eq!(accounts.by_email_key("a\0@example.jp").await.unwrap(), None);
        assert_eq!(accounts.by_login_phone("+81\0").await.unwrap(), None);
        assert!(
            !accounts
                .email_is_registered("a\0@example.jp")
                .await
                .unwrap()
        );
        let client = super::example::client_id("a\0");
        assert_eq!(store.clients().get(&client).await.unwrap(), None);
        assert_eq!(store.dealers().get("2\0").await.unwrap(), None);
        assert_eq!(store.grants().find("g\0", NOW).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_is_new_is_not_printed() {
    let new = new_account("hanako");
    assert!(!format!("{new:?}").contains("hash-of-hanako"));
    assert_eq!(new.account, account("hanako"));
}
