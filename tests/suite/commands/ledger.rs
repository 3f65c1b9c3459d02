//! `ledger verify` and `ledger export`.

use common_id::accounts::consent::{Consent, ConsentAction, ConsentKind};
use common_id::accounts::dealer::Dealer;
use common_id::ledger;
use common_id::random::Random;
use common_id::seal::Sealer;
use common_id::store::Store;
use serde_json::Value;
use sqlx::{Connection as _, Executor as _, SqliteConnection};

use super::configuration;
use super::program::{Ended, Folder};
use crate::once::store::example::{at, consent, dealer, import, new_account, registered};
use crate::support::process::free_port;

/// A folder with the records of a person who agreed to the terms, linked two dealers and
/// unlinked one.
async fn folder_with_records() -> Folder {
    let folder = configuration::folder(free_port());
    run(&folder, &["migrate"]).done();
    let store = Store::open(&database(&folder), 2).await.unwrap();
    let sealer = Sealer::load(&folder.path("sealing.key")).unwrap();
    let key = ledger::load_key(&store, &sealer, &Random::System).await;
    store.keep_ledger_with(key.unwrap());
    registered(&store, "hanako").await;
    for (what, code, action, day) in [
        ("a", "20100", ConsentAction::Given, 0),
        ("b", "20200", ConsentAction::Given, 1),
        ("c", "20100", ConsentAction::Withdrawn, 2),
    ] {
        import(&store, &[dealer(code)]).await;
        let record = Consent {
            kind: ConsentKind::ToyotaToDealer,
            action,
            target: code.into(),
            // The days begin as in Japan, from 2027-01-15 on.
            at: at(-17 * 3600 + day * 86_400),
            ..consent("hanako", what)
        };
        store.consents().record(&record).await.unwrap();
    }
    store.close().await;
    folder
}

fn database(folder: &Folder) -> String {
    format!("sqlite:{}", folder.path("common-id.db").display())
}

fn run(folder: &Folder, arguments: &[&str]) -> Ended {
    folder.run(&[arguments, &["--config", "common-id.toml"]].concat())
}

fn verify(folder: &Folder, more: &[&str]) -> Ended {
    run(folder, &[&["ledger", "verify"], more].concat())
}

fn export(folder: &Folder, more: &[&str]) -> Ended {
    run(folder, &[&["ledger", "export"], more].concat())
}

/// Returns the names of the records in a JSON export.
fn names(folder: &Folder, more: &[&str]) -> String {
    let text = export(folder, &[more, &["--format", "json"]].concat()).done();
    let records: Vec<Value> = serde_json::from_str(&text).unwrap();
    let ids = records.iter().map(|one| one["id"].as_str().unwrap());
    ids.map(|id| id.split('-').next().unwrap())
        .collect::<Vec<_>>()
        .join(" ")
}

async fn write(folder: &Folder, sql: &str) {
    let mut connection = SqliteConnection::connect(&database(folder)).await.unwrap();
    let sql = sqlx::AssertSqlSafe(sql);
    connection.execute(sql).await.unwrap();
}

#[tokio::test]
async fn a_ledger_as_it_was_written_is_proven_and_its_head_is_told() {
    let folder = folder_with_records().await;
    let told = verify(&folder, &[]).done();
    let (counted, head) = told.split_once("\nhead ").unwrap();
    assert_eq!(counted, "4 records, none changed and none missing");
    let head = head.trim_end();
    assert!(head.starts_with("4:"), "{head}");
    assert_eq!(verify(&folder, &["--head", head]).done(), told);
    let other = format!("4:{}", "0".repeat(64));
    let wrong = verify(&folder, &["--head", &other]).failed(1);
    assert!(wrong.contains("record 4 is not the one noted"), "{wrong}");
    let later = head.replacen('4', "5", 1);
    let wrong = verify(&folder, &["--head", &later]).failed(1);
    assert!(wrong.contains("record 5 is missing"), "{wrong}");
    verify(&folder, &["--head", "the last one"]).failed(2);
}

#[tokio::test]
async fn the_first_wrong_record_is_named() {
    let folder = folder_with_records().await;
    let sql = "DROP TRIGGER consents_stay_as_written;
        UPDATE consents SET record = replace(record, '氏名', '年収') WHERE sequence >= 3";
    write(&folder, sql).await;
    let wrong = verify(&folder, &[]).failed(1);
    assert!(wrong.contains("record 3 was changed"), "{wrong}");
}

#[tokio::test]
async fn the_ledger_s_key_is_not_made_anew_once_there_are_records() {
    let folder = folder_with_records().await;
    write(&folder, "DELETE FROM secrets WHERE name = 'ledger'").await;
    let wrong = verify(&folder, &[]).failed(1);
    assert!(wrong.contains("key is gone"), "{wrong}");
    let wrong = run(&folder, &["serve"]).failed(1);
    assert!(wrong.contains("key is gone"), "{wrong}");
}

#[tokio::test]
async fn records_outside_are_shown_and_come_in_only_when_they_are_counted() {
    let folder = configuration::folder(free_port());
    run(&folder, &["migrate"]).done();
    let store = Store::open(&database(&folder), 1).await.unwrap();
    let mut new = new_account("hanako");
    new.consents.clear();
    store.accounts().create(&new).await.unwrap();
    store.close().await;
    let sql = "INSERT INTO consents (id, account_id, kind, action, target, wording_version, wording_hash,
            locale, brand, recorded_at, record)
        VALUES ('old', 'account-of-hanako', 'terms', 'given', 't', 'v', 'h', 'ja', 'toyota', 1, '{}')";
    write(&folder, sql).await;
    for refused in [
        run(&folder, &["serve"]).failed(1),
        verify(&folder, &[]).failed(1),
        export(&folder, &["--format", "csv"]).failed(1),
        run(&folder, &["ledger", "anchor"]).failed(1),
    ] {
        assert!(refused.contains("common-id ledger take-in"), "{refused}");
    }
    // A forged record gets no place by itself.
    let told = run(&folder, &["migrate"]).done();
    assert!(told.starts_with("1 consents stand outside"), "{told}");
    let take_in = |more: &[&str]| run(&folder, &[&["ledger", "take-in"], more].concat());
    let shown = take_in(&[]).done();
    assert!(
        shown.contains("record old") && shown.contains("--records 1"),
        "{shown}"
    );
    let wrong = take_in(&["--records", "2"]).failed(1);
    assert!(wrong.contains("1 records stand outside"), "{wrong}");
    verify(&folder, &[]).failed(1);
    let told = take_in(&["--records", "1"]).done();
    assert_eq!(told, "1 records were taken into the ledger\n");
    assert_eq!(
        run(&folder, &["migrate"]).done(),
        "the database is up to date\n"
    );
    let told = verify(&folder, &[]).done();
    assert!(told.contains("1 of them were taken in"), "{told}");
    assert_eq!(names(&folder, &[]), "old");
}

#[tokio::test]
async fn a_ledger_that_was_cut_off_with_its_head_does_not_reach_its_anchor() {
    let folder = folder_with_records().await;
    let file = folder.path("ledger.anchors");
    let text = std::fs::read_to_string(folder.path("common-id.toml")).unwrap();
    let anchored = format!("{text}\n[ledger]\nanchor_file = \"{}\"\n", file.display());
    folder.write("common-id.toml", &anchored);
    let third = "SELECT hash FROM consents WHERE sequence = 3";
    assert!(!verify(&folder, &[]).done().contains("anchored"));
    let anchor = run(&folder, &["ledger", "anchor"]).done();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), anchor);
    let told = verify(&folder, &[]).done();
    assert!(told.contains("; anchored up to record 4\n"), "{told}");

    let sql = format!(
        "DROP TRIGGER consents_are_kept;
        UPDATE ledger_head SET sequence = 3, hash = ({third});
        DELETE FROM consents WHERE sequence = 4"
    );
    write(&folder, &sql).await;
    let wrong = verify(&folder, &[]).failed(1);
    assert!(wrong.contains("record 4 is missing"), "{wrong}");
    // Nor is the shorter ledger anchored in place of the longer one.
    run(&folder, &["ledger", "anchor"]).failed(1);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), anchor);

    std::fs::write(&file, anchor.replacen('.', ".A", 1)).unwrap();
    let wrong = verify(&folder, &[]).failed(1);
    assert!(wrong.contains("line 1 of"), "{wrong}");
}

#[tokio::test]
async fn a_dealer_s_records_of_some_days_are_exported() {
    let folder = folder_with_records().await;
    assert_eq!(names(&folder, &[]), "terms a b c");
    assert_eq!(names(&folder, &["--dealer", "20100"]), "a c");
    // A period begins with its first day and ends before its last, in Japan's time zone.
    let days = ["--from", "2027-01-16", "--to", "2027-01-17"];
    assert_eq!(names(&folder, &days), "b");
    assert_eq!(
        names(&folder, &["--dealer", "20100", "--to", "2027-01-17"]),
        "a"
    );
    assert_eq!(
        names(&folder, &["--dealer", "20100", "--from", "2027-01-18"]),
        ""
    );
    let none = export(&folder, &["--dealer", "99999", "--format", "csv"]).failed(2);
    assert!(none.contains("no dealer 99999"), "{none}");
    export(&folder, &["--from", "16.1.2027", "--format", "csv"]).failed(2);
    export(&folder, &["--format", "xml"]).failed(2);
}

#[tokio::test]
async fn a_table_names_both_companies_the_person_and_what_was_provided() {
    let folder = folder_with_records().await;
    let table = export(&folder, &["--dealer", "20200", "--format", "csv"]).done();
    let table = table.strip_prefix('\u{feff}').unwrap();
    let rows: Vec<_> = table.split_terminator("\r\n").collect();
    assert_eq!(rows.len(), 2, "{table}");
    for column in [
        "recipient_name",
        "recipient_address",
        "recipient_representative",
        "items",
        "hash",
    ] {
        assert!(rows[0].split(',').any(|name| name == column), "{column}");
    }
    assert!(
        rows[1].starts_with("3,2027-01-16T00:00:00+09:00,given,toyota_to_dealer,20200,"),
        "{table}"
    );
    assert!(
        rows[1].contains("長野トヨタ自動車株式会社,長野県長野市,宇都宮"),
        "{table}"
    );
    assert!(rows[1].contains("氏名 / 住所"), "{table}");
}

#[tokio::test]
async fn the_records_of_a_dealer_that_was_succeeded_are_its_successor_s_too() {
    let folder = folder_with_records().await;
    let succeeded = Dealer {
        open: false,
        successor: Some("20200".into()),
        ..dealer("20100")
    };
    let directory = serde_json::to_string(&[succeeded]).unwrap();
    folder.write("dealers.json", &directory);
    run(&folder, &["dealers", "import", "dealers.json"]).done();
    assert_eq!(names(&folder, &["--dealer", "20200"]), "a b c");
    assert_eq!(names(&folder, &["--dealer", "20100"]), "a c");
}
