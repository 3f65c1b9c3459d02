//! 退会 in the store: all of it or nothing.

use common_id::accounts::account::AccountStatus;
use common_id::store::accounts::closing::Closing;
use common_id::store::accounts::registration::{Created, NewAccount};

use super::example::{NOW, at, consent, email_key, new_account, registered, session};
use super::grants::grant;
use crate::support::database::on_both;

fn closing<'a>(account_id: &'a str, dealer_links: u64) -> Closing<'a> {
    Closing {
        account_id,
        dealer_links,
        scope_grants: 0,
        withdrawals: &[],
        revoked_until: at(600),
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
        store.grants().begin(&grant("hanako", "g")).await.unwrap();
        let withdrawn = [consent("hanako", "withdrawn")];
        let closing = Closing {
            withdrawals: &withdrawn,
            ..closing(&hanako.id, 0)
        };
        let accounts = store.accounts();
        assert!(accounts.close(&closing, &[], NOW).await.unwrap());
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
