//! `dealers`: the directory.

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
