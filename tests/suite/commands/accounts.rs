//! `accounts import`.

use common_id::clock::Timestamp;
use common_id::store::Store;
use serde_json::json;

use super::program::{Ended, Folder};

const HASH: &str = "$2b$05$abcdefghijklmnopqrstuuq.ox6v90nBDsgiTORVzWIu0zbviNBs.";
const OTHER: &str = "$2b$05$zzzzzzzzzzzzzzzzzzzzzuq.ox6v90nBDsgiTORVzWIu0zbviNBs.";

fn line(number: u32, hash: &str) -> String {
    json!({
        "external_id": format!("tos-{number}"),
        "email": format!("member{number}@example.jp"),
        "email_verified": true,
        "family_name": "豊田",
        "family_name#ja-Kana-JP": "トヨダ",
        "password_hash": hash,
    })
    .to_string()
}

fn import(folder: &Folder, lines: &[String]) -> Ended {
    folder.write("members.ndjson", &lines.join("\n"));
    folder.run(&["accounts", "import", "members.ndjson"])
}

/// Returns the stored password hash of a member.
async fn hash_of(folder: &Folder, number: u32) -> Option<String> {
    let store = Store::open(&folder.demo_database(), 1).await.unwrap();
    let key = format!("member{number}@example.jp");
    let found = store.accounts().by_email_key(&key).await.unwrap();
    store.close().await;
    found.unwrap().password_hash
}

#[test]
fn people_are_brought_over_once_however_often_it_is_run() {
    let folder = Folder::with_demo_database();
    let lines: Vec<_> = (0..1203).map(|number| line(number, HASH)).collect();
    let summary = import(&folder, &lines).done();
    assert_eq!(summary, "1203 new, 0 changed, 0 unchanged, 0 refused\n");
    let summary = import(&folder, &lines).done();
    assert_eq!(summary, "0 new, 0 changed, 1203 unchanged, 0 refused\n");

    let mut changed = lines;
    changed[7] = changed[7].replace("豊田", "豐田");
    let text = changed.join("\n");
    let summary = folder.feed(&["accounts", "import", "-"], &text).done();
    assert_eq!(summary, "0 new, 1 changed, 1202 unchanged, 0 refused\n");
}

#[tokio::test]
async fn a_password_changed_here_is_never_overwritten() {
    let folder = Folder::with_demo_database();
    import(&folder, &[line(1, HASH), line(2, HASH)]).done();
    let store = Store::open(&folder.demo_database(), 1).await.unwrap();
    let member = store.accounts().by_email_key("member1@example.jp").await;
    let id = member.unwrap().unwrap().account.id;
    let now = Timestamp(1_700_000_000);
    let set = store
        .accounts()
        .set_password_hash(&id, HASH, "mine", now)
        .await;
    assert!(set.unwrap());
    store.close().await;

    let summary = import(&folder, &[line(1, OTHER), line(2, OTHER)]).done();
    assert_eq!(summary, "0 new, 1 changed, 1 unchanged, 0 refused\n");
    assert_eq!(hash_of(&folder, 1).await.as_deref(), Some("mine"));
    assert_eq!(hash_of(&folder, 2).await.as_deref(), Some(OTHER));
}

#[test]
fn a_bad_line_is_told_by_its_number_and_the_good_ones_come_in() {
    let folder = Folder::with_demo_database();
    let lines = [
        line(1, HASH),
        "ひみつ".to_owned(),
        line(2, HASH).replace("true", "\"ひみつ\""),
        String::new(),
        line(3, "ひみつ"),
        // Another system's account of a person who has one already.
        line(1, HASH).replace("tos-1", "other-1"),
        line(4, HASH),
    ];
    let ended = import(&folder, &lines);
    assert_eq!(ended.out, "2 new, 0 changed, 0 unchanged, 4 refused\n");
    let told = ended.failed(1);
    for place in [
        "line 2: ",
        "line 3: email_verified: ",
        "line 5: password_hash: ",
    ] {
        assert!(told.contains(place), "{place}\n{told}");
    }
    // Of two accounts with the same address, one was imported.
    assert!(
        told.contains("line 6: its e-mail") || told.contains("line 1: its e-mail"),
        "{told}"
    );
    assert!(
        !told.contains("ひみつ") && !told.contains("example.jp"),
        "{told}"
    );
}

#[test]
fn the_brand_is_one_of_the_configuration_s() {
    let folder = Folder::with_demo_database();
    folder.write("members.ndjson", &line(1, HASH));
    let command = ["accounts", "import", "members.ndjson", "--brand"];
    let told = folder
        .run(&[&command[..], &["daihatsu"]].concat())
        .failed(2);
    assert!(told.contains("daihatsu"), "{told}");
    folder.run(&[&command[..], &["lexus"]].concat()).done();
}

#[test]
fn a_file_that_is_not_there_is_told_by_its_name() {
    let folder = Folder::with_demo_database();
    let told = folder
        .run(&["accounts", "import", "nowhere.ndjson"])
        .failed(2);
    assert!(told.contains("nowhere.ndjson"), "{told}");
}
