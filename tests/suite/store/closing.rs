//! 退会 (closing an account) in the store: completely or not at all.

use common_id::accounts::account::AccountStatus;
use common_id::store::accounts::closing::Closing;
use common_id::store::accounts::registration::{Created, NewAccount};
use common_id::store::dealer_links::Linked;
use common_id::store::session_clients::Farewell;

use super::example::{
    NOW, at, client_id, consent, dealer, dealer_link, email_key, import, new_account, registered,
    session,
};
use super::grants::family;
use crate::support::database::on_both;

fn closing<'a>(account_id: &'a str, dealer_links: u64) -> Closing<'a> {
    Closing {
        account_id,
        dealer_links,
        scope_grants: 0,
        withdrawals: &[],
        revoked_until: at(600),
        erase_at: NOW,
        farewell: Farewell::SILENT,
    }
}

#[tokio::test]
async fn a_closed_account_keeps_its_consents_and_nothing_else() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        store
            .sessions()
            .begin("h", &session("hanako"), None, NOW)
            .await
            .unwrap();
        store.grants().begin(&family("hanako", "g")).await.unwrap();
        let withdrawn = [consent("hanako", "withdrawn")];
        let closing = Closing {
            withdrawals: &withdrawn,
            ..closing(&hanako.id, 0)
        };
        let accounts = store.accounts();
        assert!(accounts.close(&closing, &[], NOW).await.unwrap());
        let kept = accounts.by_id(&hanako.id).await.unwrap().unwrap();
        assert_eq!(
            (&kept.email, &kept.profile),
            (&hanako.email, &hanako.profile)
        );
        assert_eq!(accounts.erase_due(NOW).await.unwrap(), 1);
        let closed = accounts.by_id(&hanako.id).await.unwrap().unwrap();
        assert_eq!(closed.status, AccountStatus::Closed);
        assert_eq!((closed.email.as_str(), closed.mobile_phone), ("", None));
        assert_eq!(closed.profile, Default::default());
        assert!(
            accounts
                .by_email_key(&email_key("hanako"))
                .await
                .unwrap()
                .is_none()
        );
        let session = store.sessions().find("h", "toyota", NOW, at(-1)).await;
        assert!(session.unwrap().is_none());
        assert!(store.grants().find("g", NOW).await.unwrap().is_none());
        assert!(store.grants().is_revoked(["g", "t"]).await.unwrap());
        assert_eq!(store.consents().of(&hanako.id).await.unwrap().len(), 2);
        assert!(
            !accounts.close(&closing, &[], NOW).await.unwrap(),
            "only once"
        );
        let mut again = new_account("hanako");
        again.account.id = "another".to_owned();
        again.registration_id = "another".to_owned();
        let again = NewAccount {
            consents: Vec::new(),
            ..again
        };
        assert_eq!(accounts.create(&again).await.unwrap(), Created::New);
    })
    .await;
}

#[tokio::test]
async fn an_account_that_is_linked_otherwise_than_was_read_stays_open() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let accounts = store.accounts();
        assert!(
            !accounts
                .close(&closing(&hanako.id, 1), &[], NOW)
                .await
                .unwrap()
        );
        let open = accounts.by_id(&hanako.id).await.unwrap().unwrap();
        assert_eq!(open, hanako);
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_takes_no_link_and_no_grant_any_more() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        import(&store, &[dealer("20100")]).await;
        let accounts = store.accounts();
        assert!(
            accounts
                .close(&closing(&hanako.id, 0), &[], NOW)
                .await
                .unwrap()
        );
        let (link, consents) = dealer_link("hanako", "20100");
        let links = store.dealer_links();
        let linked = links.link(&hanako.id, &link, &consents, &[]).await.unwrap();
        assert_eq!(linked, Linked::Closed);
        let (partner, scope) = (client_id("partner"), "openid email".parse().unwrap());
        let given = consent("hanako", "partner");
        let grants = store.consents();
        let granted = grants
            .grant_scope(&hanako.id, &partner, &scope, &given)
            .await;
        assert!(!granted.unwrap());
        assert_eq!(links.of(&hanako.id).await.unwrap(), []);
        assert_eq!(store.consents().grants_of(&hanako.id).await.unwrap(), []);
        assert_eq!(store.consents().of(&hanako.id).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_link_and_a_closing_at_once_the_link_does_not_outlive_the_account() {
    on_both(async |store| {
        import(&store, &[dealer("20100")]).await;
        for number in 0..12 {
            let name = format!("p{number}");
            let account = registered(&store, &name).await;
            let (link, consents) = dealer_link(&name, "20100");
            let (linker, id) = (store.clone(), account.id.clone());
            let linking = tokio::spawn(async move {
                linker.dealer_links().link(&id, &link, &consents, &[]).await
            });
            let (closer, id) = (store.clone(), account.id.clone());
            let leaving = tokio::spawn(async move {
                let accounts = closer.accounts();
                accounts.close(&closing(&id, 0), &[], NOW).await
            });
            let linked = linking.await.unwrap().unwrap();
            let closed = leaving.await.unwrap().unwrap();
            assert_eq!(
                (linked, closed),
                if closed {
                    (Linked::Closed, true)
                } else {
                    (Linked::New, false)
                }
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_closed_account_is_opened_again_until_its_time_is_over() {
    on_both(async |store| {
        let hanako = registered(&store, "hanako").await;
        let accounts = store.accounts();
        let closing = Closing {
            erase_at: at(100),
            ..closing(&hanako.id, 0)
        };
        let key = email_key("hanako");
        assert!(!accounts.reopen(&hanako.id, &[], at(1)).await.unwrap());
        assert_eq!(accounts.erased_at(&hanako.id, NOW).await.unwrap(), None);
        let open = accounts.by_email_key_or_closed(&key, NOW).await.unwrap();
        assert_eq!(open.unwrap().account.id, hanako.id);
        assert!(accounts.close(&closing, &[], NOW).await.unwrap());
        assert_eq!(
            accounts.erased_at(&hanako.id, at(99)).await.unwrap(),
            Some(at(100))
        );
        assert_eq!(accounts.erased_at(&hanako.id, at(100)).await.unwrap(), None);
        let found = accounts.by_email_key_or_closed(&key, at(99)).await.unwrap();
        assert_eq!(found.unwrap().account.id, hanako.id);
        assert!(
            accounts
                .by_email_key_or_closed(&key, at(100))
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(accounts.erase_due(at(99)).await.unwrap(), 0);
        assert!(!accounts.reopen(&hanako.id, &[], at(100)).await.unwrap());
        assert!(accounts.reopen(&hanako.id, &[], at(99)).await.unwrap());
        assert!(!accounts.reopen(&hanako.id, &[], at(99)).await.unwrap());
        assert_eq!(accounts.erase_due(at(200)).await.unwrap(), 0);
        let open = accounts.by_id(&hanako.id).await.unwrap().unwrap();
        assert_eq!(
            (open.status, open.email),
            (AccountStatus::Active, hanako.email)
        );
    })
    .await;
}
