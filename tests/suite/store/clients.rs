//! Registered clients.

use common_id::oidc::client::Client;
use common_id::store::Store;
use common_id::store::clients::{SecretAtRest, StoredClient};

use super::example::{client_id, consent, registered};
use super::grants::grant;
use crate::support::database::on_both;

fn client(name: &str) -> Client {
    serde_json::from_value(serde_json::json!({
        "client_id": name,
        "client_name": {"": "Maintenance", "ja": "整備手帳"},
        "brands": ["toyota"],
        "party": "first",
        "redirect_uris": ["https://maintenance.example.jp/callback"],
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid profile",
        "subject_type": "pairwise",
        "id_token_signed_response_alg": "ES256",
    }))
    .unwrap()
}

async fn client_changes(store: &Store) -> i64 {
    store.changes().counters().await.unwrap()["clients"]
}

#[tokio::test]
async fn a_client_comes_back_as_it_went_in() {
    on_both(async |store| {
        let clients = store.clients();
        assert_eq!(clients.get(&client_id("b")).await.unwrap(), None);
        clients.put(&client("b"), Some("hash")).await.unwrap();
        clients.put(&client("a"), None).await.unwrap();
        let a = StoredClient {
            client: client("a"),
            secret_hash: None,
            sealed_secret: None,
        };
        let b = StoredClient {
            client: client("b"),
            secret_hash: Some("hash".into()),
            sealed_secret: None,
        };
        assert_eq!(clients.get(&client_id("b")).await.unwrap(), Some(b.clone()));
        assert_eq!(clients.list().await.unwrap(), [a, b]);
        assert_eq!(client_changes(&store).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_changed_registration_keeps_the_secret_unless_it_brings_one() {
    on_both(async |store| {
        let clients = store.clients();
        clients.put(&client("a"), Some("hash")).await.unwrap();
        let mut changed = client("a");
        changed.may_prefill = true;
        clients.put(&changed, None).await.unwrap();
        let stored = clients.get(&client_id("a")).await.unwrap().unwrap();
        assert!(stored.client.may_prefill);
        assert_eq!(stored.secret_hash.as_deref(), Some("hash"));
        clients.put(&changed, Some("other")).await.unwrap();
        let stored = clients.get(&client_id("a")).await.unwrap().unwrap();
        assert_eq!(stored.secret_hash.as_deref(), Some("other"));
    })
    .await;
}

#[tokio::test]
async fn a_registration_that_says_nothing_new_is_no_change() {
    on_both(async |store| {
        store
            .clients()
            .put(&client("a"), Some("hash"))
            .await
            .unwrap();
        store
            .clients()
            .put(&client("a"), Some("hash"))
            .await
            .unwrap();
        store.clients().put(&client("a"), None).await.unwrap();
        assert_eq!(client_changes(&store).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_secret_can_be_replaced_and_taken_away() {
    on_both(async |store| {
        let clients = store.clients();
        let id = client_id("a");
        let kept = |hash: &str, sealed: Option<&str>| SecretAtRest {
            hash: hash.into(),
            sealed: sealed.map(Into::into),
        };
        let first = kept("other", Some("sealed"));
        assert!(!clients.set_secret(&id, Some(&first)).await.unwrap());
        clients.put(&client("a"), Some("hash")).await.unwrap();
        let before = client_changes(&store).await;
        for secret in [Some(first), Some(kept("third", None)), None] {
            assert!(clients.set_secret(&id, secret.as_ref()).await.unwrap());
            let stored = clients.get(&id).await.unwrap().unwrap();
            let hash = secret.as_ref().map(|secret| secret.hash.clone());
            assert_eq!(stored.secret_hash, hash);
            let sealed = secret.and_then(|secret| secret.sealed);
            assert_eq!(stored.sealed_secret, sealed);
        }
        assert_eq!(client_changes(&store).await, before + 3);
    })
    .await;
}

#[tokio::test]
async fn a_sealed_secret_comes_and_goes_with_the_hash_and_is_sealed_anew_in_its_place() {
    on_both(async |store| {
        let (clients, id) = (store.clients(), client_id("a"));
        let kept = SecretAtRest {
            hash: "hash".into(),
            sealed: Some("old".into()),
        };
        clients.put_with_secret(&client("a"), &kept).await.unwrap();
        clients.put(&client("b"), Some("other")).await.unwrap();
        let all = || async { store.clients().sealed_secrets().await.unwrap() };
        assert_eq!(all().await, [(id.clone(), "old".to_owned())]);
        let mut changed = client("a");
        changed.may_prefill = true;
        clients.put(&changed, None).await.unwrap();
        assert_eq!(all().await.len(), 1, "a registration that brings none");
        clients.reseal_secret(&id, "older", "new").await.unwrap();
        assert_eq!(all().await, [(id.clone(), "old".to_owned())]);
        clients.reseal_secret(&id, "old", "new").await.unwrap();
        assert_eq!(all().await, [(id.clone(), "new".to_owned())]);
        clients.put(&client("a"), Some("another")).await.unwrap();
        assert_eq!(all().await, [], "a secret of which only the hash is kept");
    })
    .await;
}

#[tokio::test]
async fn a_removed_client_takes_its_grants_along_and_leaves_the_consents() {
    on_both(async |store| {
        let id = client_id("maintenance");
        let account = registered(&store, "hanako").await;
        store
            .clients()
            .put(&client("maintenance"), None)
            .await
            .unwrap();
        store.grants().begin(&grant("hanako", "g")).await.unwrap();
        let scope = "openid".parse().unwrap();
        let given = consent("hanako", "scope");
        let consents = store.consents();
        consents
            .grant_scope(&account.id, &id, &scope, &given)
            .await
            .unwrap();
        let before = client_changes(&store).await;
        assert!(store.clients().remove(&id).await.unwrap());
        assert_eq!(client_changes(&store).await, before + 1);
        assert!(!store.clients().remove(&id).await.unwrap());
        assert_eq!(store.clients().get(&id).await.unwrap(), None);
        assert_eq!(
            store.grants().find("g", super::example::NOW).await.unwrap(),
            None
        );
        assert_eq!(
            consents.granted_scope(&account.id, &id).await.unwrap(),
            None
        );
        assert!(consents.of(&account.id).await.unwrap().contains(&given));
    })
    .await;
}

#[tokio::test]
async fn a_secret_hash_is_not_printed() {
    let stored = StoredClient {
        client: client("a"),
        secret_hash: Some("do-not-print".into()),
        sealed_secret: Some("do-not-print".into()),
    };
    assert!(!format!("{stored:?}").contains("do-not-print"));
}
