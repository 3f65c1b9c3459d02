//! Documents that a newer version wrote are read, used, changed and written again without
//! losing members that this version does not have
//! (`docs/decisions/0019-stored-documents-from-the-future.md`).

use std::time::Duration;

use common_id::accounts::consent::{Consent, ConsentKind, ConsentRecord, LegalPerson};
use common_id::accounts::dealer::Dealer;
use common_id::locale::Locale;
use common_id::oidc::authorization_details::AuthorizationDetail;
use common_id::oidc::client::{Client, SigningAlgorithm};
use common_id::store::Store;
use common_id::store::accounts::import::ImportedAccount;
use common_id::store::accounts::profile::Updated;
use common_id::store::clients::logos::Logos;
use common_id::store::clients::registration::{NewClient, SecretChange};
use common_id::store::dealers::Imported;
use common_id::store::keys::{KeyState, SigningKeyRow};
use common_id::store::outbox::{Channel, NewMessage};
use serde_json::{Value, json};

use super::example::{
    NOW, at, client_id, consent, dealer, import, message, new_account, registered,
};
use super::grants::family;
use crate::support::database::{Database, every_kind};
use crate::support::source;

/// A document in the database.
struct Document<'a> {
    database: &'a Database,
    table: &'static str,
    column: &'static str,
    key: &'static str,
    id: String,
}

impl Document<'_> {
    async fn read(&self) -> Value {
        let (table, column, key, id) = (self.table, self.column, self.key, &self.id);
        let sql = format!("SELECT {column} FROM {table} WHERE {key} = '{id}'");
        serde_json::from_str(&self.database.text(&sql).await).unwrap()
    }

    async fn write(&self, document: &Value) {
        let (table, column, key, id) = (self.table, self.column, self.key, &self.id);
        let document = document.to_string().replace('\'', "''");
        let sql = format!("UPDATE {table} SET {column} = '{document}' WHERE {key} = '{id}'");
        self.database.run(&sql).await;
    }

    /// Adds a member that no version has yet to the objects at these places.
    async fn comes_from_the_future(&self, places: &[&str]) -> Value {
        let mut document = self.read().await;
        for place in places {
            let object = document.pointer_mut(place).unwrap();
            let object = object.as_object_mut().unwrap();
            object.insert("of_tomorrow".to_owned(), json!({"is": ["kept", place]}));
        }
        self.write(&document).await;
        document
    }
}

fn client_document<'a>(database: &'a Database, id: &str) -> Document<'a> {
    Document {
        database,
        table: "clients",
        column: "document",
        key: "client_id",
        id: id.to_owned(),
    }
}

fn dealer_document<'a>(database: &'a Database, code: &str) -> Document<'a> {
    Document {
        database,
        table: "dealers",
        column: "document",
        key: "code",
        id: code.to_owned(),
    }
}

fn profile_document<'a>(database: &'a Database, account_id: &str) -> Document<'a> {
    Document {
        database,
        table: "accounts",
        column: "profile",
        key: "id",
        id: account_id.to_owned(),
    }
}

/// A client whose document contains an object of every kind.
fn client(name: &str) -> Client {
    serde_json::from_value(json!({
        "client_id": name,
        "client_name": {"": "Maintenance"},
        "brands": ["toyota"],
        "party": "first",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code", "client_credentials"],
        "response_types": ["code"],
        "scope": "openid",
        "subject_type": "pairwise",
        "id_token_signed_response_alg": "ES256",
        "dealer_code": "20100",
        "legal": {"name": "a", "address": "b", "representative": "c"},
        "required_claims": {"version": "1", "claims": ["address"]},
        "event_delivery": {"endpoint_url": "https://dealer.example/events"},
    }))
    .unwrap()
}

const IN_A_CLIENT: [&str; 4] = ["", "/legal", "/required_claims", "/event_delivery"];

const IN_A_DEALER: [&str; 6] = [
    "",
    "/legal",
    "/notice",
    "/notice/text/ja",
    "/notice/text/ja/services/0",
    "/notice/text/ja/to_toyota",
];

async fn on_both(test: impl AsyncFn(Store, &Database)) {
    for database in every_kind().await {
        test(database.open().await, &database).await;
    }
}

#[tokio::test]
async fn a_client_is_served_and_keeps_what_is_not_known() {
    on_both(async |store, database| {
        let clients = store.clients();
        clients.put(&client("a"), Some("hash")).await.unwrap();
        let stored = client_document(database, "a");
        let mut expected = stored.comes_from_the_future(&IN_A_CLIENT).await;
        let found = clients.get(&client_id("a")).await.unwrap().unwrap();
        assert_eq!(found.client, client("a"));
        assert!(found.not_understood.is_empty());
        assert_eq!(clients.list().await.unwrap(), [found]);
        assert_eq!(clients.of_dealer("20100").await.unwrap(), [client("a")]);

        // Storing the same registration again is not a change.
        let counter = async || store.changes().counters().await.unwrap()["clients"];
        let before = counter().await;
        clients.put(&client("a"), None).await.unwrap();
        assert_eq!(counter().await, before);
        assert_eq!(stored.read().await, expected);

        let mut changed = client("a");
        changed.may_prefill = true;
        changed.legal = Some(LegalPerson {
            name: "other".into(),
            ..client("a").legal.unwrap()
        });
        clients.put(&changed, None).await.unwrap();
        expected["may_prefill"] = json!(true);
        expected["legal"]["name"] = json!("other");
        assert_eq!(stored.read().await, expected);
        let found = clients.get(&client_id("a")).await.unwrap().unwrap();
        assert_eq!(found.client, changed);
    })
    .await;
}

#[tokio::test]
async fn a_client_that_replaces_its_registration_keeps_what_is_not_known() {
    on_both(async |store, database| {
        let new = NewClient {
            client: &client("a"),
            secret: None,
            token_hash: "token",
            let_in_by: None,
            logos: &Logos::default(),
        };
        assert!(store.clients().register(&new, NOW).await.unwrap());
        let stored = client_document(database, "a");
        let mut expected = stored.comes_from_the_future(&IN_A_CLIENT).await;
        let mut changed = client("a");
        changed.contacts = vec!["a@dealer.example".to_owned()];
        changed.required_claims = None;
        let logos = Logos::default();
        let replaced = store
            .clients()
            .replace(&changed, SecretChange::None, &logos)
            .await;
        assert!(replaced.unwrap());
        expected["contacts"] = json!(["a@dealer.example"]);
        // Removing an object removes its unknown members, too.
        expected.as_object_mut().unwrap().remove("required_claims");
        assert_eq!(stored.read().await, expected);
    })
    .await;
}

#[tokio::test]
async fn a_client_of_unknown_words_is_listed_and_not_served() {
    on_both(async |store, database| {
        let clients = store.clients();
        for name in ["a", "b"] {
            clients.put(&client(name), None).await.unwrap();
        }
        let stored = client_document(database, "a");
        let mut document = stored.read().await;
        document["token_endpoint_auth_method"] = json!("tls_client_auth");
        document["grant_types"] = json!(["authorization_code", "of_tomorrow"]);
        stored.write(&document).await;
        let found = clients.get(&client_id("a")).await.unwrap().unwrap();
        assert_eq!(found.not_understood, ["token_endpoint_auth_method"]);
        assert!(found.check_understood().is_err());
        assert_eq!(clients.list().await.unwrap().len(), 2);
        assert_eq!(clients.of_dealer("20100").await.unwrap().len(), 2);
        let cache = common_id::clients::cache::ClientCache::default();
        assert!(cache.get(&store, &client_id("a")).await.is_err());
        assert!(cache.get(&store, &client_id("b")).await.unwrap().is_some());

        // A new registration replaces the unknown members.
        clients.put(&client("a"), None).await.unwrap();
        let found = clients.get(&client_id("a")).await.unwrap().unwrap();
        assert_eq!(found.client, client("a"));
        assert!(found.check_understood().is_ok());
    })
    .await;
}

#[tokio::test]
async fn a_dealer_keeps_what_is_not_known() {
    on_both(async |store, database| {
        import(&store, &[dealer("20100"), dealer("20200")]).await;
        let stored = dealer_document(database, "20100");
        let mut expected = stored.comes_from_the_future(&IN_A_DEALER).await;
        let dealers = store.dealers();
        assert_eq!(dealers.get("20100").await.unwrap(), Some(dealer("20100")));
        assert_eq!(dealers.list().await.unwrap().len(), 2);
        store.migrate().await.unwrap();

        // The dealer is imported again, and then succeeded by another.
        import(&store, &[dealer("20100")]).await;
        assert_eq!(stored.read().await, expected);
        let succeeded = Dealer {
            open: false,
            successor: Some("20200".into()),
            ..dealer("20100")
        };
        import(&store, &[succeeded]).await;
        expected["open"] = json!(false);
        expected["successor"] = json!("20200");
        assert_eq!(stored.read().await, expected);
    })
    .await;
}

#[tokio::test]
async fn a_new_notice_of_a_dealer_takes_over_nothing_of_the_last_one() {
    on_both(async |store, database| {
        import(&store, &[dealer("20100")]).await;
        let stored = dealer_document(database, "20100");
        stored.comes_from_the_future(&IN_A_DEALER).await;
        let mut changed = dealer("20100");
        changed.notice.version = "2027-01-01".into();
        import(&store, std::slice::from_ref(&changed)).await;
        let written = stored.read().await;
        assert_eq!(written["notice"], json!(changed.notice));
        assert!(written.get("of_tomorrow").is_some());
    })
    .await;
}

#[tokio::test]
async fn a_version_of_a_notice_stays_as_it_was_written() {
    on_both(async |store, database| {
        import(&store, &[dealer("20100")]).await;
        let kept = Document {
            database,
            table: "dealer_notices",
            column: "document",
            key: "dealer_code",
            id: "20100".to_owned(),
        };
        let places = ["", "/text/ja", "/text/ja/services/0", "/text/ja/to_toyota"];
        let expected = kept.comes_from_the_future(&places).await;
        let notices = store.dealers().notices("20100").await.unwrap();
        assert_eq!(notices[0].notice, dealer("20100").notice);
        let told = store.dealers().import(&[dealer("20100")], NOW).await;
        assert_eq!(told.unwrap(), Imported::Done(Vec::new()));
        assert_eq!(kept.read().await, expected);
    })
    .await;
}

#[tokio::test]
async fn a_profile_keeps_what_is_not_known() {
    on_both(async |store, database| {
        let before = registered(&store, "hanako").await;
        let stored = profile_document(database, &before.id);
        let mut expected = stored.comes_from_the_future(&["", "/address"]).await;
        let accounts = store.accounts();
        let mut changed = accounts.by_id(&before.id).await.unwrap().unwrap();
        assert_eq!(changed, before);
        changed.profile.family_name = Some("田中".to_owned());
        changed.profile.address.as_mut().unwrap().city = Some("名古屋市".to_owned());
        let saved = accounts.update_profile(&changed, &[], at(1)).await;
        assert_eq!(saved.unwrap(), Updated::Saved);
        expected["family_name"] = json!("田中");
        expected["address"]["city"] = json!("名古屋市");
        assert_eq!(stored.read().await, expected);

        changed.version += 1;
        changed.profile.birthdate = Some("1995-12-25".to_owned());
        let times = (at(2), Duration::ZERO);
        let saved = accounts.change_birthdate(&changed, &[], times).await;
        assert_eq!(saved.unwrap(), Updated::Saved);
        expected["birthdate"] = json!("1995-12-25");
        assert_eq!(stored.read().await, expected);
    })
    .await;
}

#[tokio::test]
async fn an_import_leaves_what_is_not_known() {
    on_both(async |store, database| {
        let imported = |family_name: &str| {
            let mut account = new_account("hanako").account;
            account.profile.family_name = Some(family_name.to_owned());
            ImportedAccount {
                external_id: "1".to_owned(),
                account,
                password_hash: None,
            }
        };
        let accounts = store.accounts();
        accounts.import(&[imported("田中")]).await.unwrap();
        let stored = profile_document(database, &new_account("hanako").account.id);
        let mut expected = stored.comes_from_the_future(&["", "/address"]).await;
        let again = accounts.import(&[imported("田中")]).await.unwrap();
        assert_eq!(again.unchanged, 1);
        let changed = accounts.import(&[imported("鈴木")]).await.unwrap();
        assert_eq!(changed.updated, 1);
        expected["family_name"] = json!("鈴木");
        assert_eq!(stored.read().await, expected);
    })
    .await;
}

#[tokio::test]
async fn a_grant_keeps_the_details_that_are_not_understood() {
    on_both(async |store, database| {
        registered(&store, "hanako").await;
        let grants = store.grants();
        grants.begin(&family("hanako", "g")).await.unwrap();
        let stored = Document {
            database,
            table: "grants",
            column: "authorization_details",
            key: "id",
            id: "g".to_owned(),
        };
        let details = json!([
            {"type": "dealer_link", "identifier": "20100"},
            {"type": "dealer_link", "identifier": "20200", "actions": ["read"]},
            {"type": "payment", "amount": {"JPY": 1}},
        ]);
        stored.write(&details).await;
        let found = grants.find("g", at(1)).await.unwrap().unwrap();
        let found = found.grant.access;
        let [understood, others @ ..] = &found.authorization_details[..] else {
            panic!("{found:?}");
        };
        assert_eq!(*understood, AuthorizationDetail::linked("20100"));
        let not_understood =
            |detail: &AuthorizationDetail| matches!(detail, AuthorizationDetail::NotUnderstood(_));
        assert!(others.len() == 2 && others.iter().all(not_understood));

        // Unknown members stay with their object: those of a code move to the grant it
        // begins.
        let mut other = family("hanako", "h");
        other.grant.access = found;
        grants.begin(&other).await.unwrap();
        let of_other = Document {
            id: "h".to_owned(),
            ..stored
        };
        assert_eq!(of_other.read().await, details);
    })
    .await;
}

#[tokio::test]
async fn an_account_keeps_a_language_that_is_not_known() {
    on_both(async |store, database| {
        let before = registered(&store, "hanako").await;
        database.run("UPDATE accounts SET locale = 'zh'").await;
        let accounts = store.accounts();
        let mut read = accounts.by_id(&before.id).await.unwrap().unwrap();
        assert_eq!(read.locale, Locale::Ja);
        read.mobile_phone = None;
        let language = "SELECT locale FROM accounts";
        let saved = accounts.update_profile(&read, &[], at(1)).await;
        assert_eq!(saved.unwrap(), Updated::Saved);
        assert_eq!(database.text(language).await, "zh");
        read.version += 1;
        read.locale = Locale::En;
        let saved = accounts.update_profile(&read, &[], at(2)).await;
        assert_eq!(saved.unwrap(), Updated::Saved);
        assert_eq!(database.text(language).await, "en");
    })
    .await;
}

#[tokio::test]
async fn consents_of_unknown_kinds_stay_in_the_ledger_and_hide_no_others() {
    on_both(async |store, database| {
        let account = registered(&store, "hanako").await;
        let later = Consent {
            at: at(9),
            ..consent("hanako", "later")
        };
        store.consents().record(&later).await.unwrap();
        let columns = "account_id, action, target, wording_version, wording_hash, locale, brand,
            client_id, record";
        let sql = format!(
            "INSERT INTO consents (id, kind, recorded_at, {columns})
            SELECT 'of-tomorrow', 'of_tomorrow', recorded_at - 1, {columns} FROM consents
            WHERE id = 'later-of-hanako'"
        );
        database.run(&sql).await;
        let all = store.consents().of(&account.id).await.unwrap();
        assert_eq!(all.len(), 2);
        let latest = store.consents().latest_of(&account.id, 2, 0).await.unwrap();
        assert_eq!((latest.len(), &latest[0]), (2, &later));
        for kind in ConsentKind::ALL {
            let of_kind = Consent {
                id: format!("of-{kind}"),
                kind: *kind,
                ..later.clone()
            };
            store.consents().record(&of_kind).await.unwrap();
        }
        let all = store.consents().of(&account.id).await.unwrap();
        assert_eq!(all.len(), 2 + ConsentKind::ALL.len());
    })
    .await;
}

#[test]
fn a_reason_that_is_not_known_is_none() {
    let record: ConsentRecord =
        serde_json::from_value(json!({"basis": "x", "reason": "of_tomorrow"})).unwrap();
    assert_eq!((record.basis.as_str(), record.reason), ("x", None));
}

#[tokio::test]
async fn a_message_by_an_unknown_channel_waits_for_a_node_that_knows_it() {
    on_both(async |store, database| {
        let outbox = store.outbox();
        outbox.put_all(&[message(0), message(1)]).await.unwrap();
        let sql = "UPDATE outbox SET channel = 'of_tomorrow' WHERE attempts = 0 AND id IN
            (SELECT id FROM outbox ORDER BY id LIMIT 1)";
        database.run(sql).await;
        let lease = Duration::from_secs(60);
        let claimed = outbox.claim(at(9), 9, lease).await.unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(claimed[0].id, message(1).id);
        for (number, channel) in (2..).zip(Channel::ALL.iter().copied()) {
            let queue = match channel {
                Channel::Email | Channel::Sms => None,
                Channel::Event | Channel::Logout => Some(format!("queue-{channel}")),
            };
            let known = NewMessage {
                channel,
                queue,
                ..message(number)
            };
            outbox.put_all(&[known]).await.unwrap();
        }
        let people = outbox.claim(at(99), 9, lease).await.unwrap();
        let queues = outbox.claim_in_turn(at(99), 9, lease).await.unwrap();
        // Includes the message claimed before, whose lease has expired.
        assert_eq!((people.len(), queues.len()), (3, 2));
    })
    .await;
}

#[tokio::test]
async fn a_key_of_an_unknown_algorithm_is_left_to_newer_nodes() {
    on_both(async |store, database| {
        let rows = store.signing_keys();
        let key = |kid: &str, algorithm| SigningKeyRow {
            kid: kid.to_owned(),
            algorithm,
            state: KeyState::Current,
            sealed_private: "sealed".to_owned(),
            public_jwk: "{}".to_owned(),
            created_at: NOW,
            changed_at: NOW,
        };
        let keys = [
            key("a", SigningAlgorithm::Rs256),
            key("b", SigningAlgorithm::Es256),
        ];
        rows.insert_missing(&keys).await.unwrap();
        database
            .run("UPDATE signing_keys SET algorithm = 'ML-DSA-65' WHERE kid = 'a'")
            .await;
        assert_eq!(rows.list().await.unwrap(), [keys[1].clone()]);
    })
    .await;
}

/// What is written may come back with more members. So a type that forbids unknown members
/// may be read, but never written: `documents::strict` reads input strictly.
#[test]
fn no_type_that_is_written_forbids_unknown_members() {
    let mut wrong = Vec::new();
    for file in source::files(&source::root().join("src"), "rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        let code: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect();
        for (number, line) in code.iter().enumerate() {
            if !line.contains("deny_unknown_fields") {
                continue;
            }
            let derive = code[..number]
                .iter()
                .rev()
                .find(|line| line.contains("derive("));
            if derive.is_none_or(|derive| derive.contains("Serialize")) {
                wrong.push(format!("{}: {line}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
