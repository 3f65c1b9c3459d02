//! The ledger: one chain, which reveals every change.

use common_id::accounts::consent::{Consent, ConsentAction, ConsentKind};
use common_id::accounts::ledger::{Head, Wrong};
use common_id::ledger::{self, Verified};
use common_id::seal::ledger_key::LedgerKey;
use common_id::store::Store;
use common_id::store::accounts::registration::{Created, NewAccount};
use common_id::store::ledger::Wanted;
use sqlx::{Connection as _, Executor as _, PgConnection, SqliteConnection};

use super::example::{at, consent, new_account, registered};
use crate::support::database::{Database, every_kind, ledger_key, on_both};

/// An attacker with access to the database only first removes the triggers.
const WITHOUT_TRIGGERS: [&str; 2] = [
    "DROP TRIGGER consents_stay_as_written; DROP TRIGGER consents_keep_their_place;
     DROP TRIGGER consents_are_kept;",
    "ALTER TABLE consents DISABLE TRIGGER USER;",
];

/// Writes to the database directly.
pub(crate) async fn write(database: &Database, sql: &str) -> Result<(), sqlx::Error> {
    let sql = sqlx::AssertSqlSafe(sql);
    if database.url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(&database.url).await?;
        connection.execute(sql).await?;
    } else {
        let mut connection = PgConnection::connect(&database.url).await?;
        connection.execute(sql).await?;
    }
    Ok(())
}

async fn tamper(database: &Database, sql: &str) {
    let [sqlite, postgres] = WITHOUT_TRIGGERS;
    let first = if database.url.starts_with("sqlite:") {
        sqlite
    } else {
        postgres
    };
    let sql = format!("{first} {sql}");
    write(database, &sql).await.unwrap();
}

async fn verify(store: &Store, noted: Option<&Head>) -> Result<Verified, Wrong> {
    ledger::verify(store, &ledger_key(), noted).await.unwrap()
}

async fn head(store: &Store) -> Head {
    verify(store, None).await.unwrap().head
}

/// A database of each kind with five records in its ledger.
async fn five_records() -> Vec<(Database, Store)> {
    let mut all = Vec::new();
    for database in every_kind().await {
        let store = database.open().await;
        registered(&store, "hanako").await;
        for number in 2..=5 {
            let given = consent("hanako", &number.to_string());
            store.consents().record(&given).await.unwrap();
        }
        all.push((database, store));
    }
    all
}

/// An account with these consents, written in one transaction.
async fn with_consents(store: &Store, name: &str, consents: Vec<Consent>) {
    let new = NewAccount {
        consents,
        ..new_account(name)
    };
    assert_eq!(store.accounts().create(&new).await.unwrap(), Created::New);
}

#[tokio::test]
async fn every_record_has_its_place_in_the_order_of_writing() {
    for (_database, store) in five_records().await {
        // Its own time is earlier than that of the records before it.
        let earlier = Consent {
            at: at(-100),
            ..consent("hanako", "earlier")
        };
        store.consents().record(&earlier).await.unwrap();
        let all = store.ledger().part(&Wanted::default(), 0).await.unwrap();
        let places: Vec<_> = all.iter().map(|one| one.place.clone().unwrap()).collect();
        let numbers: Vec<_> = places.iter().map(|place| place.sequence).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
        assert_eq!(all[5].record.id, earlier.id);
        for pair in places.windows(2) {
            assert_eq!(pair[1].previous, pair[0].hash);
        }
        let verified = verify(&store, None).await.unwrap();
        assert_eq!((verified.head.sequence, verified.taken_in), (6, 0));
        assert_eq!(verified.head.hash, places[5].hash);
    }
}

#[tokio::test]
async fn an_empty_ledger_is_in_order() {
    on_both(async |store| assert_eq!(head(&store).await, Head::default())).await;
}

#[tokio::test]
async fn whatever_is_done_to_the_database_shows() {
    let copy = "INSERT INTO consents (id, account_id, kind, action, target, wording_version, wording_hash,
            locale, brand, recorded_at, record, sequence, previous, hash, origin)
        SELECT 'forged', account_id, kind, action, target, wording_version, wording_hash, locale, brand,
            recorded_at, record,";
    let after = format!("{copy} 6, hash, hash, 'written' FROM consents WHERE sequence = 5");
    let outside = format!("{copy} NULL, NULL, NULL, NULL FROM consents WHERE sequence = 5");
    for (sql, wrong) in [
        (
            "UPDATE consents SET action = 'withdrawn' WHERE sequence = 2",
            Wrong::Changed(2),
        ),
        (
            "UPDATE consents SET client_id = NULL WHERE sequence = 5",
            Wrong::Changed(5),
        ),
        (
            "UPDATE consents SET hash = previous WHERE sequence = 1",
            Wrong::Changed(1),
        ),
        (
            "UPDATE consents SET previous = hash WHERE sequence = 3",
            Wrong::Unlinked(3),
        ),
        (
            "UPDATE consents SET origin = 'taken_in' WHERE sequence = 4",
            Wrong::Changed(4),
        ),
        ("DELETE FROM consents WHERE sequence = 3", Wrong::Missing(3)),
        ("DELETE FROM consents WHERE sequence = 5", Wrong::Missing(5)),
        ("DELETE FROM consents", Wrong::Missing(1)),
        (
            "UPDATE ledger_head SET hash = 'other'",
            Wrong::AnotherHead(5),
        ),
        (&after, Wrong::AfterTheEnd(6)),
        (&outside, Wrong::Outside(1)),
    ] {
        for (database, store) in five_records().await {
            tamper(&database, sql).await;
            assert_eq!(verify(&store, None).await, Err(wrong.clone()), "{sql}");
        }
    }
}

#[tokio::test]
async fn a_head_noted_elsewhere_shows_what_was_cut_off_or_written_anew() {
    for (database, store) in five_records().await {
        let noted = head(&store).await;
        assert!(verify(&store, Some(&noted)).await.is_ok());
        assert!(verify(&store, Some(&Head::default())).await.is_ok());
        // The whole database as it was before: the chain by itself is valid.
        let before = "DELETE FROM consents WHERE sequence = 5;
            UPDATE ledger_head SET sequence = 4, hash = (SELECT hash FROM consents WHERE sequence = 4)";
        tamper(&database, before).await;
        assert_eq!(head(&store).await.sequence, 4);
        let cut_off = verify(&store, Some(&noted)).await;
        assert_eq!(cut_off, Err(Wrong::CutOff(5)));
        // We then write other records ourselves.
        for what in ["other", "others"] {
            let given = consent("hanako", what);
            store.consents().record(&given).await.unwrap();
        }
        assert_eq!(head(&store).await.sequence, 6);
        let anew = verify(&store, Some(&noted)).await;
        assert_eq!(anew, Err(Wrong::NotAsNoted(5)));
    }
}

#[tokio::test]
async fn whoever_lacks_the_key_cannot_write_the_chain_anew() {
    for (_database, store) in five_records().await {
        let other = LedgerKey::new(b"another key");
        let read = ledger::verify(&store, &other, None).await.unwrap();
        assert_eq!(read, Err(Wrong::Changed(1)));
    }
}

#[tokio::test]
async fn the_database_itself_refuses_to_change_a_record_or_to_remove_one() {
    for (database, store) in five_records().await {
        for sql in [
            "UPDATE consents SET target = 'x' WHERE sequence = 2",
            "UPDATE consents SET record = '{}'",
            "UPDATE consents SET sequence = 9 WHERE sequence = 5",
            "UPDATE consents SET hash = NULL",
            "DELETE FROM consents WHERE sequence = 5",
            "DELETE FROM consents",
        ] {
            let refused = write(&database, sql).await.unwrap_err();
            assert!(
                refused.to_string().contains("a consent"),
                "{sql}: {refused}"
            );
        }
        if database.url.starts_with("postgres") {
            let all = write(&database, "TRUNCATE consents CASCADE").await;
            assert!(all.unwrap_err().to_string().contains("a consent"));
        }
        assert_eq!(head(&store).await.sequence, 5);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_two_nodes_write_at_once_is_one_chain() {
    for database in every_kind().await {
        let nodes = [database.open().await, database.open().await];
        let writers: Vec<_> = (0..24)
            .map(|number| {
                let store = nodes[number % 2].clone();
                tokio::spawn(async move {
                    let name = format!("p{number}");
                    let both = vec![consent(&name, "terms"), consent(&name, "more")];
                    with_consents(&store, &name, both).await;
                })
            })
            .collect();
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(head(&nodes[0]).await.sequence, 48);
    }
}

#[tokio::test]
async fn an_event_that_fails_leaves_no_place_empty() {
    for (_database, store) in five_records().await {
        let again = consent("hanako", "3");
        assert!(store.consents().record(&again).await.is_err());
        let given = consent("hanako", "6");
        store.consents().record(&given).await.unwrap();
        assert_eq!(head(&store).await.sequence, 6);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_older_versions_wrote_is_taken_in_once_in_the_order_of_its_time() {
    for database in every_kind().await {
        let store = database.open().await;
        registered(&store, "hanako").await;
        let mut rows = Vec::new();
        for number in 0..1203 {
            // The later the name, the earlier the time.
            rows.push(format!(
                "('old-{number:04}', 'account-of-hanako', 'terms', 'given', 't', 'v', 'h', 'ja',
                'toyota', {}, '{{}}')",
                5000 - number
            ));
        }
        let sql = format!(
            "INSERT INTO consents (id, account_id, kind, action, target, wording_version,
            wording_hash, locale, brand, recorded_at, record) VALUES {}",
            rows.join(", ")
        );
        write(&database, &sql).await.unwrap();
        assert_eq!(verify(&store, None).await, Err(Wrong::Outside(1203)));
        let mut outside = Vec::new();
        loop {
            let offset = i64::try_from(outside.len()).unwrap();
            let part = store.ledger().outside(offset).await.unwrap();
            if part.is_empty() {
                break;
            }
            assert!(part.len() <= 500, "it is read in parts");
            outside.extend(part.into_iter().map(|record| record.id));
        }
        let oldest_first = (0..1203).rev().map(|number| format!("old-{number:04}"));
        assert!(oldest_first.eq(outside));
        let mut nodes = Vec::new();
        for _ in 0..4 {
            let node = database.open().await;
            nodes.push(tokio::spawn(async move {
                let mut taken_in = 0;
                loop {
                    match node.ledger().take_in_some().await.unwrap() {
                        0 => return taken_in,
                        some => taken_in += some,
                    }
                }
            }));
        }
        let mut taken_in = 0;
        for node in nodes {
            taken_in += node.await.unwrap();
        }
        assert_eq!(taken_in, 1203);
        let verified = verify(&store, None).await.unwrap();
        assert_eq!((verified.head.sequence, verified.taken_in), (1204, 1203));
        let second = store.ledger().part(&Wanted::default(), 1).await.unwrap();
        assert_eq!(second[0].record.id, "old-1202");
        assert_eq!(second.len(), 500, "it is read in parts");
    }
}

#[tokio::test]
async fn without_the_key_no_consent_is_written() {
    for database in every_kind().await {
        let store = Store::open(&database.url, 2).await.unwrap();
        let created = store.accounts().create(&new_account("hanako")).await;
        assert!(created.unwrap_err().to_string().contains("key"));
        let found = store.accounts().by_id("account-of-hanako").await.unwrap();
        assert_eq!(found, None);
    }
}

#[tokio::test]
async fn a_part_of_the_ledger_is_found_by_dealer_and_time() {
    on_both(async |store| {
        let of_dealer = |what: &str, code: &str, kind, action, time| Consent {
            kind,
            action,
            target: code.into(),
            at: at(time),
            ..consent("hanako", what)
        };
        let (given, withdrawn) = (ConsentAction::Given, ConsentAction::Withdrawn);
        let all = vec![
            of_dealer("a", "20100", ConsentKind::DealerToToyota, given, 0),
            of_dealer("b", "20100", ConsentKind::ToyotaToDealer, given, 10),
            of_dealer("c", "20200", ConsentKind::ToyotaToDealer, given, 20),
            of_dealer("d", "20100", ConsentKind::DealerToToyota, withdrawn, 30),
            // A client's ID may look like a dealer's code.
            of_dealer("e", "20100", ConsentKind::Scope, given, 40),
        ];
        with_consents(&store, "hanako", all).await;
        let dealers = |codes: &[&str]| Some(codes.iter().map(|&code| code.to_owned()).collect());
        for (dealers, from, before, found) in [
            (None, None, None, "abcde"),
            (dealers(&["20100"]), None, None, "abd"),
            (dealers(&["20100", "20200"]), None, None, "abcd"),
            (dealers(&["20300"]), None, None, ""),
            (dealers(&[]), None, None, ""),
            (None, Some(at(10)), Some(at(30)), "bc"),
            (dealers(&["20100"]), Some(at(10)), None, "bd"),
            (dealers(&["20100"]), None, Some(at(10)), "a"),
        ] {
            let wanted = Wanted {
                dealers,
                from,
                before,
            };
            let part = store.ledger().part(&wanted, 0).await.unwrap();
            let names: String = part.iter().map(|one| &one.record.id[..1]).collect();
            assert_eq!(names, found, "{wanted:?}");
        }
        let rest = store.ledger().part(&Wanted::default(), 3).await.unwrap();
        assert_eq!(rest.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_person_s_records_are_read_newest_first_a_page_at_a_time() {
    on_both(async |store| {
        let number = |number: i64| Consent {
            at: at(number),
            ..consent("hanako", &number.to_string())
        };
        with_consents(&store, "hanako", (0..5).map(number).collect()).await;
        registered(&store, "taro").await;
        let of = async |limit, offset| {
            let page = store.ledger().of("account-of-hanako", limit, offset).await;
            let ids = page.unwrap().into_iter().map(|one| one.record.id);
            ids.map(|id| id[..1].to_owned()).collect::<String>()
        };
        assert_eq!(of(3, 0).await, "432");
        assert_eq!(of(3, 3).await, "10");
        assert_eq!(of(3, 6).await, "");
    })
    .await;
}
