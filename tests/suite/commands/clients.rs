//! `clients`: registering relying parties.

use serde_json::{Value, json};
use sqlx::{Connection as _, Row as _, SqliteConnection};

use super::program::{Ended, Folder};
use crate::support::process::free_port;

fn my_app() -> Value {
    json!({
        "client_id": "my-app",
        "client_name": "マイアプリ",
        "redirect_uris": ["http://localhost:3000/callback"],
    })
}

fn add(folder: &Folder, metadata: &Value, more: &[&str]) -> Ended {
    folder.write("client.json", &metadata.to_string());
    folder.run(&[&["clients", "add", "client.json"], more].concat())
}

fn json_of(printed: String) -> Value {
    serde_json::from_str(&printed).unwrap()
}

#[test]
fn a_client_gets_a_secret_that_is_seen_once() {
    let folder = Folder::with_demo_database();
    let answer = json_of(add(&folder, &my_app(), &[]).done());
    let secret = answer["client_secret"].as_str().unwrap();
    assert_eq!((secret.len(), &answer["client_id"]), (43, &json!("my-app")));
    let shown = folder.run(&["clients", "show", "my-app"]).done();
    assert!(
        !shown.contains(secret) && !shown.contains("secret_hash"),
        "{shown}"
    );
    let shown = json_of(shown);
    assert_eq!(shown["party"], "third");
    assert_eq!(shown["brands"], json!(["lexus", "toyota"]));
    let listed = folder.run(&["clients", "list", "--data", "data"]).done();
    assert_eq!(listed, "my-app  third  client_secret_basic  マイアプリ\n");
}

#[test]
fn a_client_is_told_by_standard_input_and_named_by_us() {
    let folder = Folder::with_demo_database();
    let metadata = json!({
        "client_name": "App",
        "token_endpoint_auth_method": "none",
        "application_type": "native",
        "redirect_uris": ["com.example.app:/cb"],
    });
    let printed = folder
        .feed(&["clients", "add", "-"], &metadata.to_string())
        .done();
    let answer = json_of(printed);
    assert!(
        answer.get("client_secret").is_none(),
        "a public client has no secret"
    );
    let id = answer["client_id"].as_str().unwrap();
    assert_eq!(id.len(), 22);
    let told = folder.run(&["clients", "rotate-secret", id]).failed(1);
    assert!(told.contains("none"), "{told}");
}

#[test]
fn an_unlawful_client_is_told_everything_and_not_registered() {
    let folder = Folder::with_demo_database();
    let mut metadata = my_app();
    metadata["redirect_uris"] = json!(["http://rp.example/cb", "https://rp.example/#x"]);
    metadata["brands"] = json!(["daihatsu"]);
    let told = add(&folder, &metadata, &[]).failed(1);
    for wrong in [
        "http://rp.example/cb: ",
        "https://rp.example/#x: ",
        "daihatsu",
    ] {
        assert!(told.contains(wrong), "{told}");
    }
    assert_eq!(folder.run(&["clients", "list"]).done(), "");
    let told = folder.feed(&["clients", "add", "-"], "{").failed(1);
    assert!(told.contains("JSON"), "{told}");
}

#[test]
fn a_client_is_replaced_only_when_asked_and_keeps_its_secret() {
    let folder = Folder::with_demo_database();
    add(&folder, &my_app(), &[]).done();
    let told = add(&folder, &my_app(), &[]).failed(1);
    assert!(told.contains("--replace"), "{told}");

    let mut changed = my_app();
    changed["scope"] = json!("openid email");
    let answer = json_of(add(&folder, &changed, &["--replace"]).done());
    assert_eq!(answer, json!({"client_id": "my-app"}));
    let shown = json_of(folder.run(&["clients", "show", "my-app"]).done());
    assert_eq!(shown["scope"], "email openid");

    // A client that no longer needs a secret loses it, and gets a new one when it needs one
    // again.
    changed["token_endpoint_auth_method"] = json!("none");
    add(&folder, &changed, &["--replace"]).done();
    let again = json_of(add(&folder, &my_app(), &["--replace"]).done());
    assert!(again["client_secret"].is_string());
}

#[test]
fn a_client_that_is_replaced_keeps_the_subjects_it_knows() {
    let folder = Folder::with_demo_database();
    let mut third = my_app();
    third["party"] = json!("third");
    third["subject_type"] = json!("public");
    third["may_have_public_subjects"] = json!(true);
    add(&folder, &third, &[]).done();
    third.as_object_mut().unwrap().remove("subject_type");
    add(&folder, &third, &["--replace"]).done();
    let shown = || json_of(folder.run(&["clients", "show", "my-app"]).done());
    assert_eq!(shown()["subject_type"], "public");
    third["subject_type"] = json!("pairwise");
    add(&folder, &third, &["--replace"]).done();
    assert_eq!(shown()["subject_type"], "pairwise");
}

#[test]
fn a_secret_is_rotated_and_a_client_removed() {
    let folder = Folder::with_demo_database();
    let first = json_of(add(&folder, &my_app(), &[]).done());
    let second = json_of(folder.run(&["clients", "rotate-secret", "my-app"]).done());
    assert_ne!(first["client_secret"], second["client_secret"]);
    folder.run(&["clients", "remove", "my-app"]).done();
    for command in ["remove", "show", "rotate-secret"] {
        let told = folder.run(&["clients", command, "my-app"]).failed(1);
        assert!(told.contains("no client my-app"), "{told}");
    }
}

#[test]
fn a_client_that_signs_with_its_secret_gets_one_that_is_kept() {
    let folder = Folder::with_demo_database();
    let first = json_of(add(&folder, &my_app(), &[]).done());
    folder.make_sealing_key();
    let mut signs = my_app();
    signs["token_endpoint_auth_method"] = json!("client_secret_jwt");
    let second = json_of(add(&folder, &signs, &["--replace"]).done());
    assert!(second["client_secret"].is_string(), "the first is hashed");
    assert_ne!(first["client_secret"], second["client_secret"]);
    let kept = json_of(add(&folder, &signs, &["--replace"]).done());
    assert_eq!(kept, json!({"client_id": "my-app"}));
    let third = json_of(folder.run(&["clients", "rotate-secret", "my-app"]).done());
    assert_ne!(second["client_secret"], third["client_secret"]);
    let back = json_of(add(&folder, &my_app(), &["--replace"]).done());
    assert_eq!(back, json!({"client_id": "my-app"}), "its hash is known");

    signs["token_endpoint_auth_signing_alg"] = json!("RS256");
    let told = add(&folder, &signs, &["--replace"]).failed(1);
    assert!(told.contains("token_endpoint_auth_signing_alg: "), "{told}");
}

#[test]
fn a_folder_without_a_database_is_not_made_one() {
    let folder = Folder::new();
    let told = folder
        .run(&["clients", "list", "--data", "nowhere"])
        .failed(2);
    assert!(told.contains("nowhere"), "{told}");
    assert!(!folder.path("nowhere").exists());
    folder
        .run(&["clients", "list", "--data", "x", "--config", "y"])
        .failed(2);
}

#[test]
fn a_running_demo_takes_up_a_client_at_once() {
    let folder = Folder::new();
    let port = free_port();
    let demo = folder.serve(&["--port", &port.to_string()], port);
    let path = "/authorize?client_id=my-app&response_type=code&scope=openid&nonce=n\
        &redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcallback\
        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256";
    let unknown = demo.get("id.toyota.localhost", path);
    assert!(unknown.starts_with("HTTP/1.1 400"), "{unknown}");
    add(&folder, &my_app(), &["--data", "data"]).done();
    // Nodes poll for changes every second.
    for _ in 0..50 {
        if demo
            .get("id.toyota.localhost", path)
            .starts_with("HTTP/1.1 303")
        {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    panic!("{}", demo.get("id.toyota.localhost", path));
}

#[test]
fn a_token_that_lets_clients_register_is_seen_once() {
    let folder = Folder::with_demo_database();
    let arguments = ["clients", "initial-token", "--uses", "2", "--days", "7"];
    let answer = json_of(folder.run(&arguments).done());
    let token = answer["initial_access_token"].as_str().unwrap();
    assert_eq!((token.len(), &answer["uses"]), (43, &json!(2)));
    for file in ["data/common-id.db", "data/common-id.db-wal"] {
        let bytes = std::fs::read(folder.path(file)).unwrap_or_default();
        let found = bytes.windows(43).any(|window| window == token.as_bytes());
        assert!(!found, "{file}");
    }
    let none = ["clients", "initial-token", "--uses", "0"];
    assert!(folder.run(&none).failed(2).contains("--uses"));
}

#[test]
fn what_a_client_says_of_a_sector_is_asked_for() {
    let folder = Folder::with_demo_database();
    let mut metadata = my_app();
    metadata["sector_identifier_uri"] = json!("https://127.0.0.1/sector");
    let said = add(&folder, &metadata, &[]).failed(1);
    assert!(said.contains("sector_identifier_uri: "), "{said}");
}

/// Changes the stored document of `my-app`, as no command of this version does, and returns
/// what is stored then.
async fn stored(folder: &Folder, change: Option<[&str; 2]>) -> Value {
    let mut connection = SqliteConnection::connect(&folder.demo_database())
        .await
        .unwrap();
    if let Some([from, to]) = change {
        let sql = "UPDATE clients SET document = replace(document, $1, $2)";
        let change = sqlx::query(sql).bind(from).bind(to);
        change.execute(&mut connection).await.unwrap();
    }
    let sql = "SELECT document FROM clients WHERE client_id = 'my-app'";
    let row = sqlx::query(sql).fetch_one(&mut connection).await.unwrap();
    serde_json::from_str(row.get(0)).unwrap()
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_not_shown_and_survives_a_replacement() {
    let folder = Folder::with_demo_database();
    add(&folder, &my_app(), &[]).done();
    let before = folder.run(&["clients", "show", "my-app"]).done();
    let change = [r#"{"client_id":"#, r#"{"of_tomorrow":[1],"client_id":"#];
    let mut expected = stored(&folder, Some(change)).await;
    assert_eq!(expected["of_tomorrow"], json!([1]));
    assert_eq!(folder.run(&["clients", "show", "my-app"]).done(), before);
    let mut changed = my_app();
    changed["scope"] = json!("openid email");
    add(&folder, &changed, &["--replace"]).done();
    expected["scope"] = json!("email openid");
    assert_eq!(stored(&folder, None).await, expected);

    // An unknown member in a file is still refused.
    changed["of_tomorrow"] = json!([1]);
    let told = add(&folder, &changed, &["--replace"]).failed(1);
    let refusal = "unknown field `of_tomorrow`, expected one of `client_id`, `client_name`, ";
    assert!(told.contains(refusal), "{told}");
}

#[tokio::test]
async fn a_client_in_words_of_a_newer_version_is_listed_and_can_be_replaced() {
    let folder = Folder::with_demo_database();
    add(&folder, &my_app(), &[]).done();
    let change = [r#""client_secret_basic""#, r#""tls_client_auth""#];
    stored(&folder, Some(change)).await;
    let listed = folder.run(&["clients", "list"]).done();
    assert_eq!(listed, "my-app  third  (of a newer version)  マイアプリ\n");
    let shown = json_of(folder.run(&["clients", "show", "my-app"]).done());
    assert_eq!(shown["token_endpoint_auth_method"], "(of a newer version)");
    let told = folder
        .run(&["clients", "rotate-secret", "my-app"])
        .failed(1);
    assert!(told.contains("token_endpoint_auth_method"), "{told}");
    add(&folder, &my_app(), &["--replace"]).done();
    let listed = folder.run(&["clients", "list"]).done();
    assert_eq!(listed, "my-app  third  client_secret_basic  マイアプリ\n");
}
