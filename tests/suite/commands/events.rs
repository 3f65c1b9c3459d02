//! `events export`, and that every command is recorded.

use serde_json::Value;

use super::program::Folder;

fn exported(folder: &Folder, arguments: &[&str]) -> Vec<Value> {
    let printed = folder
        .run(&[&["events", "export"], arguments].concat())
        .done();
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn every_command_and_what_it_changed_is_exported_as_json_lines() {
    let folder = Folder::with_demo_database();
    folder.make_sealing_key();
    folder.write(
        "client.json",
        r#"{"client_id": "my-app", "client_name": "マイアプリ", "redirect_uris": ["http://localhost:3000/callback"]}"#,
    );
    folder.run(&["clients", "add", "client.json"]).done();
    folder
        .run(&["keys", "rotate", "--algorithm", "ES256"])
        .done();
    let events = exported(&folder, &[]);
    let told = |event: &str, command: &str| {
        let found = events
            .iter()
            .find(|line| line["event"] == event && line["detail"]["command"] == command);
        found.unwrap_or_else(|| panic!("{event} of {command}: {events:?}"))
    };
    told("command_run", "clients add");
    let registered = told("client_registered", "clients add");
    assert_eq!(registered["client_id"], "my-app");
    assert_eq!(registered["actor"], "operator");
    assert_eq!(registered["outcome"], "success");
    assert_eq!(registered["at"].as_str().unwrap().len(), 20, "RFC 3339");
    let rotated = told("keys_rotated", "keys rotate");
    assert_eq!(rotated["detail"]["algorithm"], "ES256");
    assert!(rotated.get("account_id").is_none());
    told("command_run", "events export");
    let text = format!("{events:?}");
    assert!(!text.contains("マイアプリ") && !text.contains("client.json"));
}

#[test]
fn the_export_goes_on_where_the_last_one_ended() {
    let folder = Folder::with_demo_database();
    let first = exported(&folder, &[]);
    let last = first.last().unwrap()["sequence"].to_string();
    let next = exported(&folder, &["--after", &last]);
    let commands: Vec<_> = next.iter().map(|line| &line["detail"]["command"]).collect();
    assert_eq!(commands, ["events export"]);
    assert_eq!(
        exported(&folder, &["--account", "nobody"]),
        [] as [Value; 0]
    );
    assert_eq!(exported(&folder, &["--to", "2001-01-01"]), [] as [Value; 0]);
    assert_ne!(
        exported(&folder, &["--from", "2001-01-01"]),
        [] as [Value; 0]
    );
    let told = folder
        .run(&["events", "export", "--from", "yesterday"])
        .failed(2);
    assert!(told.contains("must be a day"), "{told}");
}
