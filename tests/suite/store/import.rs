//! Importing another system's accounts.

use common_id::accounts::account::{Account, AccountStatus};
use common_id::accounts::consent::Consent;
use common_id::accounts::email_address::EmailAddress;
use common_id::store::Store;
use common_id::store::accounts::closing::Closing;
use common_id::store::accounts::email::NewEmail;
use common_id::store::accounts::import::{ImportOutcome, ImportedAccount};
use common_id::store::accounts::phone_login::PhoneLogin;
use common_id::store::accounts::profile::Updated;
use common_id::store::session_clients::Farewell;

use super::example::{NOW, account, at, consent, email_key, registered};
use crate::support::database::on_both;

fn imported(name: &str) -> ImportedAccount {
    ImportedAccount {
        external_id: format!("tos-{name}"),
        account: Account {
            id: format!("imported-{name}"),
            terms_version: None,
            ..account(name)
        },
        password_hash: Some(format!("$2b$10$hash-of-{name}")),
    }
}

async fn import(store: &Store, batch: &[ImportedAccount]) -> ImportOutcome {
    store.accounts().import(batch).await.unwrap()
}

async fn password_of(store: &Store, name: &str) -> Option<String> {
    let found = store
        .accounts()
        .by_email_key(&email_key(name))
        .await
        .unwrap();
    found.unwrap().password_hash
}

fn counts(inserted: u64, updated: u64, unchanged: u64) -> ImportOutcome {
    ImportOutcome {
        inserted,
        updated,
        unchanged,
        conflicts: Vec::new(),
        proven: Vec::new(),
    }
}

#[tokio::test]
async fn an_import_run_again_changes_nothing() {
    on_both(async |store| {
        let batch: Vec<_> = (0..1203).map(|n| imported(&format!("p{n}"))).collect();
        assert_eq!(import(&store, &batch).await, counts(1203, 0, 0));
        assert_eq!(import(&store, &batch).await, counts(0, 0, 1203));
        assert_eq!(import(&store, &[]).await, counts(0, 0, 0));
        let found = store
            .accounts()
            .by_email_key(&email_key("p1202"))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.account, batch[1202].account);
        assert_eq!(found.password_hash, batch[1202].password_hash);
    })
    .await;
}

#[tokio::test]
async fn login_ids_that_their_owner_changed_here_stay() {
    on_both(async |store| {
        import(&store, &[imported("hanako")]).await;
        let accounts = store.accounts();
        let found = accounts.by_email_key(&email_key("hanako")).await.unwrap();
        let account = found.unwrap().account;
        let email = EmailAddress::read("new@example.jp").unwrap();
        let new = NewEmail {
            account: &account,
            email: &email,
            undo_hash: "u",
            undo_until: at(9),
        };
        accounts.set_email(&new, &[], NOW).await.unwrap();
        let login = PhoneLogin {
            account_id: &account.id,
            number: "+818011112222",
            in_place_of: "+819012345678",
            taken_from: None,
        };
        accounts
            .switch_phone_login_on(&login, &[], NOW)
            .await
            .unwrap();
        let mut changed = imported("hanako");
        changed.account.profile.family_name = Some("鈴木".into());
        assert_eq!(import(&store, &[changed]).await, counts(0, 1, 0));
        let found = accounts.by_login_phone("+818011112222").await.unwrap();
        let found = found.unwrap().account;
        assert_eq!(found.email, "new@example.jp");
        assert_eq!(found.profile.family_name.as_deref(), Some("鈴木"));
    })
    .await;
}

#[tokio::test]
async fn what_changed_there_changes_here_and_the_sub_stays() {
    on_both(async |store| {
        import(&store, &[imported("hanako")]).await;
        let mut changed = imported("hanako");
        changed.account.id = "a new id each time".into();
        changed.account.email = "hanako@new.example.jp".into();
        changed.account.profile.given_name = Some("花子".into());
        changed.account.updated_at = at(50);
        changed.password_hash = Some("other".into());
        assert_eq!(import(&store, &[changed.clone()]).await, counts(0, 1, 0));
        let accounts = store.accounts();
        assert_eq!(
            accounts.by_email_key(&email_key("hanako")).await.unwrap(),
            None
        );
        let found = accounts
            .by_email_key("hanako@new.example.jp")
            .await
            .unwrap()
            .unwrap();
        assert_eq!(found.account.id, imported("hanako").account.id);
        assert_eq!(found.account.profile, changed.account.profile);
        assert_eq!(
            (found.account.updated_at, found.account.version),
            (at(50), 2)
        );
        assert_eq!(found.password_hash.as_deref(), Some("other"));
        assert_eq!(import(&store, &[changed]).await, counts(0, 0, 1));
    })
    .await;
}

#[tokio::test]
async fn what_the_person_did_here_is_not_undone() {
    on_both(async |store| {
        import(&store, &[imported("hanako")]).await;
        let id = imported("hanako").account.id;
        let accounts = store.accounts();
        let old = password_of(&store, "hanako").await.unwrap();
        assert!(
            accounts
                .set_password_hash(&id, &old, "renewed", at(5))
                .await
                .unwrap()
        );
        let given = Consent {
            account_id: id.clone(),
            ..consent("hanako", "terms")
        };
        assert!(
            accounts
                .agree_to_terms(&id, "2027", &given, at(6))
                .await
                .unwrap()
        );
        let mut again = imported("hanako");
        again.password_hash = Some("changed there".into());
        again.account.email_verified = false;
        again.account.status = AccountStatus::Closed;
        again.account.profile.given_name = Some("花子".into());
        assert_eq!(import(&store, &[again]).await, counts(0, 1, 0));
        let found = accounts.credentials(&id).await.unwrap().unwrap();
        assert_eq!(found.password_hash.as_deref(), Some("renewed"));
        assert_eq!(found.account.terms_version.as_deref(), Some("2027"));
        assert!(found.account.email_verified);
    })
    .await;
}

#[tokio::test]
async fn a_line_that_contradicts_what_was_proven_here_is_refused_whole() {
    on_both(async |store| {
        import(&store, &[imported("hanako")]).await;
        let id = imported("hanako").account.id;
        let accounts = store.accounts();
        let given = Consent {
            account_id: id.clone(),
            ..consent("hanako", "terms")
        };
        let agreed = accounts.agree_to_terms(&id, "2027", &given, at(6)).await;
        assert!(agreed.unwrap());
        let before = accounts.credentials(&id).await.unwrap();
        let mut elsewhere = imported("hanako");
        elsewhere.account.email = "thief@example.jp".into();
        let mut number = imported("hanako");
        number.account.mobile_phone = Some("+818011112222".into());
        number.account.mobile_phone_verified = true;
        number.account.phone_login = true;
        for line in [elsewhere, number] {
            let outcome = import(&store, &[line]).await;
            assert_eq!(outcome.proven, ["tos-hanako"]);
            assert_eq!((outcome.updated, outcome.unchanged), (0, 0));
        }
        assert_eq!(accounts.credentials(&id).await.unwrap(), before);
        assert_eq!(import(&store, &[imported("hanako")]).await, counts(0, 0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_profile_that_its_owner_changed_here_stays() {
    on_both(async |store| {
        import(&store, &[imported("hanako")]).await;
        let id = imported("hanako").account.id;
        let accounts = store.accounts();
        let mut account = accounts.by_id(&id).await.unwrap().unwrap();
        account.profile.family_name = Some("佐藤".into());
        account.mobile_phone = Some("+818011112222".into());
        account.mobile_phone_verified = false;
        let saved = accounts.update_profile(&account, &[], at(5)).await;
        assert_eq!(saved.unwrap(), Updated::Saved);
        let mut changed = imported("hanako");
        changed.account.profile.family_name = Some("鈴木".into());
        changed.account.mobile_phone_verified = true;
        assert_eq!(import(&store, &[changed]).await, counts(0, 0, 1));
        let found = accounts.by_id(&id).await.unwrap().unwrap();
        assert_eq!(found.profile, account.profile);
        assert_eq!(found.mobile_phone, account.mobile_phone);
        assert!(!found.mobile_phone_verified, "their number was verified");
    })
    .await;
}

#[tokio::test]
async fn an_import_without_a_password_leaves_the_one_that_is_there() {
    on_both(async |store| {
        import(&store, &[imported("hanako")]).await;
        let without = ImportedAccount {
            password_hash: None,
            ..imported("hanako")
        };
        assert_eq!(import(&store, &[without]).await, counts(0, 0, 1));
        assert!(password_of(&store, "hanako").await.is_some());
    })
    .await;
}

#[tokio::test]
async fn an_address_of_another_account_is_a_conflict_and_nothing_else_is_lost() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let mut twin = imported("twin");
        twin.account.email = "P1@example.jp".into();
        let batch = [imported("p1"), imported("hanako"), twin, imported("p2")];
        let outcome = import(&store, &batch).await;
        assert_eq!((outcome.inserted, outcome.updated), (2, 0));
        assert_eq!(outcome.conflicts, ["tos-hanako", "tos-twin"]);
        assert_eq!(
            password_of(&store, "hanako").await.as_deref(),
            Some("hash-of-hanako")
        );
        let mut moved = imported("p2");
        moved.account.email = "p1@example.jp".into();
        let outcome = import(&store, &[moved]).await;
        assert_eq!(outcome.conflicts, ["tos-p2"]);
        assert!(password_of(&store, "p2").await.is_some());
    })
    .await;
}

#[tokio::test]
async fn an_account_that_was_there_first_in_the_end_is_a_conflict() {
    on_both(async |store| {
        registered(&store, "hanako").await;
        let mut late = imported("late");
        late.account.id = account("hanako").id;
        let outcome = import(&store, &[late, imported("p1")]).await;
        assert_eq!(outcome.inserted, 1);
        assert_eq!(outcome.conflicts, ["tos-late"]);
    })
    .await;
}

#[tokio::test]
async fn a_login_number_of_another_account_is_a_conflict() {
    on_both(async |store| {
        let with_login = |name: &str| {
            let mut imported = imported(name);
            imported.account.mobile_phone_verified = true;
            imported.account.phone_login = true;
            imported
        };
        let outcome = import(
            &store,
            &[with_login("p1"), with_login("p2"), imported("p3")],
        )
        .await;
        assert_eq!(outcome.inserted, 2);
        assert_eq!(outcome.conflicts, ["tos-p2"]);
        let found = store
            .accounts()
            .by_login_phone("+819012345678")
            .await
            .unwrap();
        assert_eq!(found.unwrap().account.id, imported("p1").account.id);
        assert_eq!(import(&store, &[with_login("p1")]).await, counts(0, 0, 1));
    })
    .await;
}

#[tokio::test]
async fn of_two_with_one_external_id_the_last_counts() {
    on_both(async |store| {
        let mut last = imported("hanako");
        last.account.email = "last@example.jp".into();
        assert_eq!(
            import(&store, &[imported("hanako"), last]).await,
            counts(1, 0, 0)
        );
        assert!(password_of(&store, "last").await.is_some());
    })
    .await;
}

#[tokio::test]
async fn an_import_does_not_bring_back_who_has_left() {
    on_both(async |store| {
        let accounts = store.accounts();
        import(&store, &[imported("hanako")]).await;
        let closing = Closing {
            account_id: "imported-hanako",
            dealer_links: 0,
            scope_grants: 0,
            withdrawals: &[],
            revoked_until: at(600),
            erase_at: NOW,
            farewell: Farewell::SILENT,
        };
        assert!(accounts.close(&closing, &[], NOW).await.unwrap());
        let closed = accounts.by_id("imported-hanako").await.unwrap();
        assert_eq!(
            import(&store, &[imported("hanako")]).await,
            counts(0, 0, 1),
            "known, and left alone"
        );
        assert_eq!(accounts.by_id("imported-hanako").await.unwrap(), closed);
        let found = accounts.by_email_key(&email_key("hanako")).await.unwrap();
        assert!(found.is_none(), "nor does the address log in");
    })
    .await;
}
