//! The exact output of the commands, since scripts read it.

use serde_json::{Value, json};

use super::configuration;
use super::program::Folder;
use crate::support::process::free_port;

fn with_client() -> (Folder, String) {
    let folder = Folder::with_demo_database();
    let metadata = json!({
        "client_id": "my-app",
        "client_name": "マイアプリ",
        "redirect_uris": ["http://localhost:3000/callback"],
    });
    folder.write("client.json", &metadata.to_string());
    let printed = folder.run(&["clients", "add", "client.json"]).done();
    (folder, printed)
}

fn member(printed: &str, name: &str) -> String {
    let answer: Value = serde_json::from_str(printed).unwrap();
    answer[name].as_str().unwrap().to_owned()
}

fn secret_of_my_app(printed: &str) {
    let secret = member(printed, "client_secret");
    let expected =
        format!("{{\n  \"client_id\": \"my-app\",\n  \"client_secret\": \"{secret}\"\n}}\n");
    assert_eq!(printed, expected);
}

#[test]
fn a_secret_is_printed_with_its_client() {
    let (folder, added) = with_client();
    secret_of_my_app(&added);
    secret_of_my_app(&folder.run(&["clients", "rotate-secret", "my-app"]).done());
}

#[test]
fn what_cannot_be_done_with_a_client_is_one_sentence() {
    let (folder, _) = with_client();
    assert_eq!(
        folder.run(&["clients", "add", "client.json"]).failed(1),
        "common-id: the client my-app is registered already: --replace changes it\n"
    );
    let public = json!({
        "client_id": "public",
        "client_name": "App",
        "token_endpoint_auth_method": "none",
        "redirect_uris": ["https://app.example/cb"],
    });
    let printed = folder.feed(&["clients", "add", "-"], &public.to_string());
    assert_eq!(printed.done(), "{\n  \"client_id\": \"public\"\n}\n");
    let rotated = folder.run(&["clients", "rotate-secret", "public"]);
    assert_eq!(
        rotated.failed(1),
        "common-id: the client public has no secret: it proves itself by none\n"
    );
    let dealer = json!({
        "client_name": "dealer",
        "grant_types": ["client_credentials"],
        "scope": "dealer.customers",
        "subject_type": "pairwise",
        "dealer_code": "99999",
    });
    let printed = folder.feed(&["clients", "add", "-"], &dealer.to_string());
    assert_eq!(
        printed.failed(1),
        "common-id: dealer_code: the directory has no dealer 99999; `dealers import` adds it\n"
    );
    let removed = folder.run(&["clients", "remove", "my-app"]).done();
    assert_eq!(removed, "the client my-app is removed\n");
    let again = folder.run(&["clients", "remove", "my-app"]).failed(1);
    assert_eq!(again, "common-id: there is no client my-app\n");
}

#[test]
fn an_initial_token_is_printed_with_its_terms() {
    let folder = Folder::with_demo_database();
    let printed = folder.run(&["clients", "initial-token"]).done();
    let (token, end) = (
        member(&printed, "initial_access_token"),
        member(&printed, "expires_at"),
    );
    assert_eq!(
        printed,
        format!(
            "{{\n  \"expires_at\": \"{end}\",\n  \"initial_access_token\": \"{token}\",\n  \"uses\": 1\n}}\n"
        )
    );
}

#[test]
fn an_import_of_dealers_says_how_many_or_what_is_wrong_with_each() {
    let folder = Folder::with_demo_database();
    let section = json!({"lead": "…", "items": ["…"]});
    let dealer = |code: &str, brand: &str| {
        json!({
            "code": code,
            "legal": {"name": "販売店", "address": "長野県長野市", "representative": "社長"},
            "name_en": "Dealer",
            "brands": [brand],
            "prefecture": "長野県",
            "open": true,
            "notice": {
                "version": "1",
                "text": {"ja": {"services": [], "to_toyota": section, "to_dealer": section}},
            },
        })
    };
    let import = |dealers: Value| {
        folder.write("dealers.json", &dealers.to_string());
        folder.run(&["dealers", "import", "dealers.json"])
    };
    let two = json!([dealer("1", "toyota"), dealer("2", "lexus")]);
    assert_eq!(
        import(two).done(),
        "2 dealers are in the directory as told\n"
    );
    let wrong = json!([dealer("3", "daihatsu"), dealer("3", "toyota")]);
    assert_eq!(
        import(wrong).failed(1),
        "common-id: dealers.json: nothing is imported:\n\
         dealer 1 (3): brands: must be brands of the configuration\n\
         dealer 2 (3): code: stands here twice\n"
    );
    let mut changed = dealer("1", "toyota");
    changed["notice"]["text"]["ja"]["to_dealer"]["items"] = json!(["everything"]);
    assert_eq!(
        import(json!([changed])).failed(1),
        "common-id: dealers.json: nothing is imported:\n\
         dealer 1: notice.version: the notice changed, so the version must too\n"
    );
    let notice = folder.run(&["dealers", "notice", "9"]).failed(2);
    assert_eq!(notice, "common-id: no dealer has the code 9\n");
    let notice = folder.run(&["dealers", "notice", "1", "0"]).failed(2);
    assert_eq!(
        notice,
        "common-id: the notice of 1 never had a version 0; it had 1\n"
    );
}

#[test]
fn refused_accounts_are_told_line_by_line() {
    let folder = Folder::with_demo_database();
    let lines = format!("[]\n{}\n", "x".repeat(70_000));
    let ended = folder.feed(&["accounts", "import", "-"], &lines);
    assert_eq!(ended.out, "0 new, 0 changed, 0 unchanged, 2 refused\n");
    assert_eq!(
        ended.failed(1),
        "line 1: is not a JSON object\n\
         line 2: is too long for an account\n\
         common-id: 2 lines refused\n"
    );
    let brand = ["accounts", "import", "-", "--brand", "daihatsu"];
    assert_eq!(
        folder.run(&brand).failed(2),
        "common-id: there is no brand daihatsu\n"
    );
}

#[test]
fn keys_are_listed_in_columns() {
    let folder = configuration::folder(free_port());
    let run = |arguments: &[&str]| {
        let all = [arguments, &["--config", "common-id.toml"]].concat();
        folder.run(&all).done()
    };
    run(&["migrate"]);
    assert_eq!(
        run(&["keys", "rotate"]),
        "the next key of every algorithm is current now; every node takes it up within a second\n"
    );
    assert_eq!(
        run(&["keys", "rotate", "--algorithm", "ES256"]),
        "the next key of ES256 is current now; every node takes it up within a second\n"
    );
    for line in run(&["keys", "list"]).lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        let &[kid, algorithm, state, "since", moment] = &words[..] else {
            panic!("{line}");
        };
        let expected = format!("{kid}  {algorithm:14}  {state:7}  since {moment}");
        assert_eq!(line, expected);
    }
}
