//! `dealers`: the dealer directory.

use common_id::sha256::sha256_hex;
use serde_json::{Value, json};

use super::program::{Ended, Folder};

fn dealer(code: &str) -> Value {
    let section = json!({"lead": "…", "items": ["…"]});
    json!({
        "code": code,
        "legal": {"name": "長野トヨタ自動車株式会社", "address": "長野県長野市", "representative": "代表取締役社長"},
        "name_en": "Nagano Toyota",
        "brands": ["toyota"],
        "prefecture": "長野県",
        "open": true,
        "notice": {
            "version": "2020-06-01",
            "text": {"ja": {"services": [], "to_toyota": section, "to_dealer": section}},
        },
    })
}

fn import(folder: &Folder, dealers: &Value) -> Ended {
    folder.write("dealers.json", &dealers.to_string());
    folder.run(&["dealers", "import", "dealers.json"])
}

fn listed(folder: &Folder) -> String {
    folder.run(&["dealers", "list"]).done()
}

#[test]
fn dealers_are_added_and_changed() {
    let folder = Folder::with_demo_database();
    import(&folder, &json!([dealer("20100"), dealer("20200")])).done();
    let mut closed = dealer("20200");
    closed["open"] = json!(false);
    import(&folder, &json!([closed])).done();
    assert_eq!(
        listed(&folder),
        "20100  open    長野トヨタ自動車株式会社  notice 2020-06-01\n\
         20200  closed  長野トヨタ自動車株式会社  notice 2020-06-01\n"
    );
}

#[test]
fn one_bad_dealer_keeps_all_of_them_out() {
    let folder = Folder::with_demo_database();
    let mut foreign = dealer("20200");
    foreign["brands"] = json!(["daihatsu"]);
    let told = import(&folder, &json!([dealer("20100"), foreign, dealer("20100")])).failed(1);
    assert!(
        told.contains("dealer 2 (20200): brands") && told.contains("twice"),
        "{told}"
    );
    assert_eq!(listed(&folder), "");
    let told = import(&folder, &json!([{"code": "20100"}])).failed(1);
    assert!(told.contains("dealers.json"), "{told}");
}

#[test]
fn a_notice_does_not_change_behind_those_who_agreed_to_it() {
    let folder = Folder::with_demo_database();
    import(&folder, &json!([dealer("20100")])).done();
    let mut changed = dealer("20100");
    changed["notice"]["text"]["ja"]["to_dealer"]["items"] = json!(["everything"]);
    let told = import(&folder, &json!([changed])).failed(1);
    assert!(told.contains("notice.version"), "{told}");
    changed["notice"]["version"] = json!("2020-07-01");
    import(&folder, &json!([changed])).done();
    assert!(listed(&folder).contains("notice 2020-07-01"));
}

#[test]
fn a_version_s_text_stays_even_after_others_came() {
    let folder = Folder::with_demo_database();
    import(&folder, &json!([dealer("20100")])).done();
    let mut second = dealer("20100");
    second["notice"]["version"] = json!("2020-07-01");
    import(&folder, &json!([second])).done();
    let mut changed = dealer("20100");
    changed["notice"]["text"]["ja"]["to_dealer"]["lead"] = json!("anything");
    let told = import(&folder, &json!([changed, dealer("20200")])).failed(1);
    assert!(
        told.contains("dealer 20100: notice.version") && told.contains("nothing is imported"),
        "{told}"
    );
    assert_eq!(listed(&folder).lines().count(), 1);
}

#[test]
fn every_version_of_a_notice_can_be_shown_with_the_hash_of_its_text() {
    let folder = Folder::with_demo_database();
    import(&folder, &json!([dealer("20100")])).done();
    let mut second = dealer("20100");
    second["notice"]["version"] = json!("2020-07-01");
    second["notice"]["text"]["ja"]["to_dealer"]["lead"] = json!("もっと");
    import(&folder, &json!([second])).done();
    let present = folder.run(&["dealers", "notice", "20100"]).done();
    assert!(
        present.contains("2020-07-01") && present.contains("もっと"),
        "{present}"
    );
    let first = folder
        .run(&["dealers", "notice", "20100", "2020-06-01"])
        .done();
    assert!(!first.contains("もっと"), "{first}");
    let text = first.split("\n----\n").nth(1).unwrap();
    assert!(first.contains(&sha256_hex(text.as_bytes())), "{first}");
    let told = folder
        .run(&["dealers", "notice", "20100", "1999-01-01"])
        .failed(2);
    assert!(told.contains("2020-06-01, 2020-07-01"), "{told}");
    let told = folder.run(&["dealers", "notice", "99999"]).failed(2);
    assert!(told.contains("99999"), "{told}");
}

#[test]
fn a_dealer_is_closed_for_its_successor_and_not_opened_again() {
    let folder = Folder::with_demo_database();
    import(&folder, &json!([dealer("20100"), dealer("20200")])).done();
    let mut closed = dealer("20200");
    closed["open"] = json!(false);
    closed["successor"] = json!("20100");
    import(&folder, &json!([closed])).done();
    assert!(
        listed(&folder)
            .contains("20200  closed  長野トヨタ自動車株式会社  notice 2020-06-01  see 20100")
    );
    let told = import(&folder, &json!([dealer("20200")])).failed(1);
    assert!(told.contains("dealer 20200: successor"), "{told}");
    closed["successor"] = json!("99999");
    closed["code"] = json!("20300");
    let told = import(&folder, &json!([closed])).failed(1);
    assert!(told.contains("no dealer of the directory"), "{told}");
}
