//! Registered clients.

use std::collections::BTreeMap;

use common_id::oidc::client::Client;
use common_id::store::Store;
use common_id::store::clients::logos::{Logos, Picture};
use common_id::store::clients::registration::{NewClient, SecretChange};
use common_id::store::clients::{SecretAtRest, StoredClient};

use super::example::{at, client_id, consent, registered};
use super::grants::family;
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
        let a = StoredClient::of(client("a"), None);
        let b = StoredClient::of(client("b"), Some("hash".into()));
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
        store.grants().begin(&family("hanako", "g")).await.unwrap();
        let scope = "openid".parse().unwrap();
        let given = consent("hanako", "scope");
        let consents = store.consents();
        consents
            .grant_scope(&account.id, &id, &scope, &given)
            .await
            .unwrap();
        let before = client_changes(&store).await;
        assert!(store.clients().remove(&id, at(600)).await.unwrap());
        assert_eq!(client_changes(&store).await, before + 1);
        assert!(!store.clients().remove(&id, at(600)).await.unwrap());
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
        sealed_secret: Some("do-not-print".into()),
        ..StoredClient::of(client("a"), Some("do-not-print".into()))
    };
    assert!(!format!("{stored:?}").contains("do-not-print"));
}

/// A client's registration by itself.
fn new<'a>(client: &'a Client, logos: &'a Logos, let_in_by: Option<&'a str>) -> NewClient<'a> {
    NewClient {
        client,
        secret: None,
        token_hash: "token",
        let_in_by,
        logos,
    }
}

fn at_rest(hash: &str, sealed: Option<&str>) -> SecretAtRest {
    SecretAtRest {
        hash: hash.to_owned(),
        sealed: sealed.map(str::to_owned),
    }
}

fn picture(bytes: &[u8]) -> Logos {
    let picture = Picture {
        media_type: "image/png",
        bytes: bytes.to_vec(),
    };
    Logos {
        names: BTreeMap::from([("ja".to_owned(), "p".to_owned())]),
        pictures: BTreeMap::from([("p".to_owned(), picture)]),
    }
}

#[tokio::test]
async fn a_client_that_registers_itself_empties_no_cache_and_can_be_replaced() {
    on_both(async |store| {
        let (clients, id, client) = (store.clients(), client_id("a"), client("a"));
        let logos = picture(b"one");
        let (first, other) = (at_rest("secret", Some("sealed")), at_rest("other", None));
        let new = NewClient {
            secret: Some(&first),
            ..new(&client, &logos, None)
        };
        assert!(clients.register(&new, at(0)).await.unwrap());
        assert_eq!(client_changes(&store).await, 0);
        let stored = clients.get(&id).await.unwrap().unwrap();
        let registered = stored.registered.clone().unwrap();
        assert_eq!((registered.at, registered.is_used), (at(0), false));
        assert_eq!(
            (
                registered.token_hash.as_str(),
                stored.secret_hash.as_deref()
            ),
            ("token", Some("secret"))
        );
        assert_eq!(stored.logos, logos.names);
        let logo = clients.logo(&id, "p").await.unwrap();
        assert_eq!(logo, Some(("image/png".to_owned(), b"one".to_vec())));
        assert!(!format!("{stored:?}").contains("token\""));

        for (secret, left) in [
            (SecretChange::None, Some(&first)),
            (SecretChange::Replaced(&other), Some(&other)),
            (SecretChange::Removed, None),
        ] {
            let mut changed = client.clone();
            changed.software_version = left.map(|left| left.hash.clone());
            assert!(
                clients
                    .replace(&changed, secret, &Logos::default())
                    .await
                    .unwrap()
            );
            let stored = clients.get(&id).await.unwrap().unwrap();
            assert_eq!(stored.client, changed);
            assert_eq!(stored.secret_hash.as_ref(), left.map(|left| &left.hash));
            assert_eq!(
                stored.sealed_secret.as_ref(),
                left.and_then(|left| left.sealed.as_ref())
            );
            assert_eq!(stored.registered.as_ref(), Some(&registered));
            assert_eq!(stored.logos, BTreeMap::new());
        }
        assert_eq!(client_changes(&store).await, 3);
        assert_eq!(clients.logo(&id, "p").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_the_operator_registered_no_client_replaces() {
    on_both(async |store| {
        let clients = store.clients();
        clients.put(&client("a"), Some("hash")).await.unwrap();
        let replaced = clients
            .replace(&client("a"), SecretChange::Removed, &Logos::default())
            .await
            .unwrap();
        assert!(!replaced);
        let stored = clients.get(&client_id("a")).await.unwrap().unwrap();
        assert_eq!(
            (stored.secret_hash.as_deref(), stored.registered),
            (Some("hash"), None)
        );
    })
    .await;
}

#[tokio::test]
async fn an_initial_access_token_is_used_up() {
    on_both(async |store| {
        let (clients, tokens, logos) = (
            store.clients(),
            store.initial_access_tokens(),
            Logos::default(),
        );
        tokens.issue("i", 1, at(0), at(60)).await.unwrap();
        assert!(tokens.is_good("i", at(59)).await.unwrap());
        assert!(!tokens.is_good("i", at(60)).await.unwrap());
        assert!(!tokens.is_good("j", at(0)).await.unwrap());
        for (id, let_in_by, now, got_in) in [
            ("late", "i", 60, false),
            ("stranger", "j", 0, false),
            ("first", "i", 1, true),
            ("second", "i", 1, false),
        ] {
            let client = client(id);
            let done = clients
                .register(&new(&client, &logos, Some(let_in_by)), at(now))
                .await;
            assert_eq!(done.unwrap(), got_in, "{id}");
            let is_there = clients.get(&client_id(id)).await.unwrap().is_some();
            assert_eq!(is_there, got_in, "{id}");
        }
        tokens.issue("k", 1, at(61), at(90)).await.unwrap();
        assert!(!tokens.is_good("i", at(0)).await.unwrap(), "swept");
    })
    .await;
}

#[tokio::test]
async fn registrations_that_nobody_used_are_forgotten() {
    on_both(async |store| {
        let clients = store.clients();
        clients.put(&client("ours"), None).await.unwrap();
        for (id, now) in [("old", 0), ("used", 0), ("young", 10)] {
            let (client, logos) = (client(id), picture(b"x"));
            clients
                .register(&new(&client, &logos, None), at(now))
                .await
                .unwrap();
        }
        clients.note_use(&client_id("used"), at(1)).await.unwrap();
        let used = clients.get(&client_id("used")).await.unwrap().unwrap();
        assert!(used.registered.unwrap().is_used);
        let before = client_changes(&store).await;
        assert_eq!(clients.forget_unused(at(9)).await.unwrap(), 1);
        assert_eq!(clients.forget_unused(at(9)).await.unwrap(), 0);
        assert_eq!(client_changes(&store).await, before + 1);
        let left: Vec<_> = clients.list().await.unwrap();
        let left: Vec<_> = left
            .iter()
            .map(|stored| stored.client.client_id.0.as_str())
            .collect();
        assert_eq!(left, ["ours", "used", "young"]);
        assert_eq!(clients.logo(&client_id("old"), "p").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn the_operator_s_clients_are_read_without_those_that_registered_themselves() {
    on_both(async |store| {
        let clients = store.clients();
        for name in ["b", "a"] {
            clients.put(&client(name), None).await.unwrap();
        }
        let stranger = client("stranger");
        let new = NewClient {
            client: &stranger,
            secret: None,
            token_hash: "token",
            let_in_by: None,
            logos: &Logos::default(),
        };
        assert!(clients.register(&new, at(1)).await.unwrap());
        let of_operator = clients.of_operator().await.unwrap();
        assert_eq!(of_operator, [client("a"), client("b")]);
    })
    .await;
}
