//! A production configuration: which lines are refused, and what is accepted.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use super::program::{Ended, Folder};

const LAWFUL: &str = r#"listen = "127.0.0.1:PORT"
sealing_key_file = "sealing.key"

[brands.toyota]
issuer = "https://id.toyota.example"
mail_from = "no-reply@id.toyota.example"
[brands.toyota.display_name]
ja = "共通ID"
en = "Common ID"

[database]
url = "sqlite:common-id.db"

[mail]
transport = "smtp"
host = "smtp.example"

[sms]
transport = "http"
url = "https://sms.example/messages"

[log]
format = "json"
"#;

/// A folder with a configuration that `serve` accepts, and its sealing key.
pub(super) fn folder(port: u16) -> Folder {
    let folder = Folder::new();
    folder.write("common-id.toml", &LAWFUL.replace("PORT", &port.to_string()));
    folder.write(
        "sealing.key",
        "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n",
    );
    let owner_alone = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(folder.path("sealing.key"), owner_alone).unwrap();
    folder
}

/// A folder whose configuration has every `old` replaced.
fn folder_with(old: &str, new: &str) -> Folder {
    let folder = folder(8080);
    let text = std::fs::read_to_string(folder.path("common-id.toml")).unwrap();
    assert!(text.contains(old));
    folder.write("common-id.toml", &text.replace(old, new));
    folder
}

#[test]
fn a_lawful_configuration_is_ok() {
    let folder = folder(8080);
    assert_eq!(
        folder.run(&["check-config", "common-id.toml"]).done(),
        "ok\n"
    );
    let flag = ["check-config", "--config", "common-id.toml"];
    assert_eq!(folder.run(&flag).done(), "ok\n");
}

#[test]
fn serve_and_check_config_refuse_the_same_by_its_line() {
    for (old, new, line) in [
        ("listen =", "listn =", 1),
        (
            "sealing_key_file =",
            "security_contact = \"security@example.jp\"\nsealing_key_file =",
            2,
        ),
        ("https://id.", "http://id.", 5),
        ("transport = \"smtp\"", "transport = \"outbox\"", 15),
        ("format = \"json\"", "format = \"jsonn\"", 23),
        ("format = \"json\"", "filter = \"a=b=c\"", 23),
        ("[database]", "[database", 11),
    ] {
        let folder = folder_with(old, new);
        let place = format!("common-id.toml:{line}: ");
        for command in [
            &["check-config", "common-id.toml"][..],
            &["serve", "--config", "common-id.toml"],
        ] {
            let told = folder.run(command).failed(2);
            assert!(told.contains(&place), "{place}\n{told}");
        }
        assert!(!folder.path("common-id.db").exists());
    }
}

#[test]
fn every_problem_is_told_at_once() {
    let mut broken = LAWFUL
        .replace("PORT", "8080")
        .replace("https://id.", "http://id.");
    write!(
        broken,
        "colour = true\n[tokens]\ncode_lifetime = \"soon\"\n"
    )
    .unwrap();
    let folder = folder(8080);
    folder.write("common-id.toml", &broken);
    let told = folder.run(&["check-config", "common-id.toml"]).failed(2);
    assert!(
        told.contains("log.colour") && told.contains("tokens.code_lifetime"),
        "{told}"
    );
}

#[test]
fn a_file_that_is_not_there_is_told_by_its_name() {
    let folder = Folder::new();
    for command in ["serve", "migrate", "check-config"] {
        let told = folder.run(&[command, "--config", "nowhere.toml"]).failed(2);
        assert!(told.contains("nowhere.toml"), "{told}");
    }
}

#[test]
fn a_sealing_key_that_others_can_read_is_refused() {
    let folder = folder(8080);
    let everybody = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(folder.path("sealing.key"), everybody).unwrap();
    let told = folder.run(&["check-config", "common-id.toml"]).failed(2);
    assert!(
        told.contains("common-id.toml:2: sealing_key_file"),
        "{told}"
    );
}

#[test]
fn the_environment_alone_may_be_the_configuration() {
    let folder = folder(8080);
    let run = |arguments: &[&str], issuer: &str| -> Ended {
        let mut command = folder.command(arguments);
        command.envs([
            ("COMMON_ID__SEALING_KEY_FILE", "sealing.key"),
            ("COMMON_ID__DATABASE__URL", "sqlite:own.db"),
            ("COMMON_ID__BRANDS__TOYOTA__ISSUER", issuer),
            (
                "COMMON_ID__BRANDS__TOYOTA__MAIL_FROM",
                "no-reply@id.example",
            ),
            ("COMMON_ID__BRANDS__TOYOTA__DISPLAY_NAME__JA", "共通ID"),
            ("COMMON_ID__BRANDS__TOYOTA__DISPLAY_NAME__EN", "Common ID"),
            ("COMMON_ID__MAIL__TRANSPORT", "smtp"),
            ("COMMON_ID__MAIL__HOST", "smtp.example"),
            ("COMMON_ID__SMS__TRANSPORT", "http"),
            ("COMMON_ID__SMS__URL", "https://sms.example/messages"),
        ]);
        command.output().unwrap().into()
    };
    let safe = "https://id.example";
    run(&["migrate"], safe).done();
    assert!(folder.path("own.db").exists() && !folder.path("data").exists());
    run(&["clients", "list"], safe).done();
    run(&["keys", "rotate", "--algorithm", "EdDSA"], safe).done();
    let told = run(&["serve"], "http://id.example").failed(2);
    let variable = "environment variable COMMON_ID__BRANDS__TOYOTA__ISSUER: ";
    assert!(told.contains(variable), "{told}");
}
