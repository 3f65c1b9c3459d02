mod declared;

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::*;

const EXAMPLE: &str = include_str!("../../docs/common-id.example.toml");

/// The example file, with its key file at the test's path.
fn example(edit: impl Fn(String) -> String) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("sealing.key");
    std::fs::write(&key, "key").unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let text = EXAMPLE.replace("/etc/common-id/sealing.key", key.to_str().unwrap());
    (folder, edit(text))
}

fn line_of(text: &str, needle: &str) -> usize {
    1 + text.lines().position(|line| line.contains(needle)).unwrap()
}

fn check(text: &str) -> Result<(), String> {
    Config::parse("common-id.toml", text, [])
        .and_then(|config| config.check())
        .map_err(|problems| problems.to_string())
}

fn variable(name: &str, value: &str) -> (OsString, OsString) {
    (name.into(), value.into())
}

#[test]
fn the_example_is_accepted() {
    let (_folder, text) = example(|text| text);
    assert_eq!(check(&text), Ok(()));
}

#[test]
fn an_unknown_setting_is_told_by_its_line() {
    let (_folder, text) = example(|text| text.replace("[limits]", "[limits]\nbody = 3"));
    let line = line_of(&text, "body = 3");
    let expected = format!("common-id.toml:{line}: limits.body: there is no such setting");
    assert_eq!(check(&text), Err(expected));
}

#[test]
fn an_unknown_table_is_told_even_when_it_is_empty() {
    let (_folder, text) = example(|text| text + "\n[metrics]\n");
    let line = line_of(&text, "[metrics]");
    let expected = format!("common-id.toml:{line}: metrics: there is no such setting");
    assert_eq!(check(&text), Err(expected));
}

#[test]
fn a_wrong_value_is_told_by_its_line_and_all_of_them_at_once() {
    let (_folder, text) = example(|text| {
        text.replace("# code_lifetime = \"60s\"", "code_lifetime = \"soon\"")
            .replace("# connections = 16", "connections = \"many\"")
            .replace("format = \"json\"", "format = \"xml\"")
    });
    let said = check(&text).unwrap_err();
    for needle in [
        "code_lifetime = \"soon\"",
        "connections = \"many\"",
        "format = \"xml\"",
    ] {
        let line = line_of(&text, needle);
        assert!(said.contains(&format!("common-id.toml:{line}: ")), "{said}");
    }
    assert_eq!(said.lines().count(), 3);
}

#[test]
fn broken_toml_is_told_by_its_line() {
    let (_folder, text) = example(|text| text.replace("listen = \"127.0.0.1:8080\"", "listen = "));
    let line = line_of(&text, "listen = ");
    let said = check(&text).unwrap_err();
    assert!(
        said.starts_with(&format!("common-id.toml:{line}: ")),
        "{said}"
    );
}

#[test]
fn a_missing_setting_is_told_by_its_table() {
    let (_folder, text) = example(|text| text.replace("mail_from = \"no-reply@id.lexus.jp\"", ""));
    let line = line_of(&text, "[brands.lexus]");
    let expected = format!("common-id.toml:{line}: brands.lexus.mail_from: is missing");
    assert_eq!(check(&text), Err(expected));
}

#[test]
fn each_unsafe_setting_is_refused_by_its_line() {
    for (safe, harmful, why) in [
        (
            "issuer = \"https://id.toyota.jp\"",
            "issuer = \"http://id.toyota.jp\"",
            "https",
        ),
        (
            "issuer = \"https://id.toyota.jp\"",
            "issuer = \"https://id.toyota.jp/\"",
            "trailing",
        ),
        (
            "issuer = \"https://id.toyota.jp\"",
            "issuer = \"https://id.toyota.jp/op\"",
            "path",
        ),
        (
            "issuer = \"https://id.toyota.jp\"",
            "issuer = \"https://id.toyota.jp?a=b\"",
            "query",
        ),
        (
            "issuer = \"https://id.toyota.jp\"",
            "issuer = \"https://ID.toyota.jp\"",
            "https://id.toyota.jp",
        ),
        (
            "issuer = \"https://id.toyota.jp\"",
            "issuer = \"https://id.lexus.jp\"",
            "already",
        ),
        ("transport = \"smtp\"", "transport = \"outbox\"", "demo"),
        ("transport = \"http\"", "transport = \"outbox\"", "demo"),
        (
            "url = \"https://sms.example.jp",
            "url = \"http://sms.example.jp",
            "https",
        ),
        ("tls = \"starttls\"", "tls = \"none\"", "clear"),
        (
            "url = \"rediss://redis.internal/\"",
            "url = \"memory:\"",
            "nodes",
        ),
        (
            "# code_lifetime = \"60s\"",
            "code_lifetime = \"0s\"",
            "between",
        ),
        (
            "# refresh_token_lifetime = \"30d\"",
            "refresh_token_lifetime = \"4000d\"",
            "between",
        ),
        ("# memory_kib = 19456", "memory_kib = 8192", "OWASP"),
        ("# wrong_per_code = 5", "wrong_per_code = 0", "between"),
        (
            "mail_from = \"no-reply@id.toyota.jp\"",
            "mail_from = \"no-reply\"",
            "e-mail",
        ),
        ("# timeout = \"5s\"", "timeout = \"0s\"", "between"),
        ("# ca_file = ", "ca_file = ", "No such file"),
        (
            "# allow_hosts = []",
            "allow_hosts = [\"https://a\"]",
            "as it stands in an address",
        ),
    ] {
        let (_folder, text) = example(|text| {
            assert!(text.contains(safe), "{safe}");
            text.replacen(safe, harmful, 1)
        });
        let said = check(&text).unwrap_err();
        // If two brands have one host, the second one is reported.
        let line = match why {
            "already" => line_of(&text, "issuer = \"https://id.lexus.jp\""),
            _ => line_of(&text, harmful),
        };
        let found = said.contains(&format!("common-id.toml:{line}: "));
        assert!(
            (found || why == "already") && said.contains(why),
            "{harmful}: {said}"
        );
    }
}

#[test]
fn a_sealing_key_that_others_can_read_is_refused() {
    let (folder, text) = example(|text| text);
    let key = folder.path().join("sealing.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(check(&text).unwrap_err().contains("chmod 600"));
    std::fs::remove_file(&key).unwrap();
    assert!(check(&text).unwrap_err().contains("sealing_key_file"));
}

#[test]
fn the_environment_wins_over_the_file() {
    let (_folder, text) = example(|text| text);
    let variables = [
        variable("COMMON_ID__BRANDS__TOYOTA__ISSUER", "https://id.example.jp"),
        variable("COMMON_ID__DATABASE__CONNECTIONS", "7"),
        variable("COMMON_ID__TRUSTED_PROXIES", "10.0.0.0/8, 192.168.0.0/16"),
        variable("COMMON_ID__TOKENS__CODE_LIFETIME", "30s"),
        variable("COMMON_ID__MAIL__PASSWORD_FILE", ""),
        variable("OTHER", "ignored"),
    ];
    let config = Config::parse("a", &text, variables).unwrap();
    let toyota = config
        .brands
        .iter()
        .find(|brand| brand.name == "toyota")
        .unwrap();
    assert_eq!(toyota.issuer, "https://id.example.jp");
    assert_eq!(config.database.connections, 7);
    assert_eq!(config.trusted_proxies.len(), 2);
    assert_eq!(config.tokens.code_lifetime, Duration::from_secs(30));
}

#[test]
fn a_wrong_variable_is_told_by_its_name() {
    let (_folder, text) = example(|text| text);
    let variables = [variable("COMMON_ID__TOKENS__CODE_LIVETIME", "30s")];
    let said = Config::parse("a", &text, variables)
        .unwrap_err()
        .to_string();
    assert_eq!(
        said,
        "environment variable COMMON_ID__TOKENS__CODE_LIVETIME: tokens.code_livetime: \
         there is no such setting"
    );
}

#[test]
fn a_configuration_may_come_from_the_environment_alone() {
    let variables = [
        variable("COMMON_ID__SEALING_KEY_FILE", "/run/secrets/key"),
        variable("COMMON_ID__BRANDS__TOYOTA__ISSUER", "https://id.toyota.jp"),
        variable(
            "COMMON_ID__BRANDS__TOYOTA__MAIL_FROM",
            "no-reply@id.toyota.jp",
        ),
        variable("COMMON_ID__BRANDS__TOYOTA__DISPLAY_NAME__JA", "共通ID"),
        variable("COMMON_ID__BRANDS__TOYOTA__DISPLAY_NAME__EN", "Common ID"),
        variable("COMMON_ID__DATABASE__URL", "sqlite:/var/lib/common-id.db"),
        variable("COMMON_ID__MAIL__TRANSPORT", "smtp"),
        variable("COMMON_ID__MAIL__HOST", "smtp.internal"),
        variable("COMMON_ID__SMS__TRANSPORT", "http"),
        variable("COMMON_ID__SMS__URL", "https://sms.example.jp/"),
    ];
    let config = Config::parse("environment", "", variables).unwrap();
    assert_eq!(config.brands.len(), 1);
}

#[test]
fn secrets_do_not_show_in_debug_output() {
    let (_folder, text) =
        example(|text| text.replace("from the environment, or use password_file", "hunter2"));
    let config = Config::parse("a", &text, []).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn the_demo_needs_no_file_and_is_never_served() {
    let config = Config::demo(8080, Path::new("data")).unwrap();
    let said = config.check().unwrap_err().to_string();
    assert!(said.contains("brands.toyota.issuer"), "{said}");
    assert!(said.contains("mail.transport"), "{said}");
}

#[test]
fn what_others_reach_is_behind_tls_or_a_proxy() {
    let open =
        |text: String| text.replace("listen = \"127.0.0.1:8080\"", "listen = \"0.0.0.0:8080\"");
    let alone = |text: String| {
        text.lines()
            .filter(|line| !line.starts_with("trusted_proxies"))
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let (_folder, text) = example(open);
    assert_eq!(check(&text), Ok(()), "behind a proxy");
    for listen in [
        "0.0.0.0:8080",
        "[::]:8080",
        "10.0.0.5:8080",
        "[::ffff:10.0.0.5]:8080",
    ] {
        let (_folder, text) = example(|text| alone(text.replace("127.0.0.1:8080", listen)));
        let said = check(&text).unwrap_err();
        assert!(
            said.contains(": listen: others than this machine"),
            "{said}"
        );
    }
    let (_folder, text) = example(alone);
    assert_eq!(check(&text), Ok(()), "this machine alone");
}

#[test]
fn a_proxy_is_not_the_whole_internet() {
    let check_with = |proxies: &str| {
        let (_folder, text) = example(|text| {
            text.replace(
                "[\"127.0.0.1/32\", \"::1/128\"]",
                &format!("[\"{proxies}\"]"),
            )
        });
        check(&text)
    };
    for wide in ["0.0.0.0/0", "128.0.0.0/1", "::/0", "2000::/3"] {
        let said = check_with(wide).unwrap_err();
        assert!(said.contains("trusted_proxies: "), "{wide}: {said}");
    }
    for fine in ["10.0.0.0/8", "fc00::/7", "2001:db8::/32"] {
        assert_eq!(check_with(fine), Ok(()), "{fine}");
    }
}

#[test]
fn the_debugger_is_off_and_never_on_in_production() {
    let (_folder, text) = example(|text| text);
    let config = Config::parse("a", &text, []).unwrap();
    assert!(!config.debugger.enabled);
    assert_eq!(config.debugger.requests, 50);

    let (_folder, text) = example(|text| text.replace("# enabled = false", "enabled = true"));
    let said = check(&text).unwrap_err();
    let line = line_of(&text, "enabled = true");
    assert!(
        said.starts_with(&format!("common-id.toml:{line}: debugger.enabled: ")),
        "{said}"
    );
    let text = text.replace("# staging = false", "staging = true");
    let said = check(&text).unwrap_err();
    assert!(
        said.contains("debugger.staging: is not true of id.toyota.jp"),
        "{said}"
    );
    let text = text
        .replace("https://id.toyota.jp", "https://id.staging.example")
        .replace("https://id.lexus.jp", "https://id2.staging.example");
    assert_eq!(check(&text), Ok(()));
    let off = text.replace("enabled = true", "enabled = false");
    let said = check(&off).unwrap_err();
    assert!(
        said.contains("debugger.staging: has a meaning only"),
        "{said}"
    );
    let many = text.replace("# requests = 50", "requests = 501");
    assert!(check(&many).unwrap_err().contains("debugger.requests"));
}

#[test]
fn a_key_of_the_debugger_that_could_be_guessed_is_refused() {
    let (_folder, text) = example(|text| text);
    let with = |key: &str| Config::parse("a", &text, [variable("COMMON_ID__DEBUGGER__KEY", key)]);
    let said = with(&"k".repeat(31)).unwrap_err().to_string();
    assert!(
        said.contains("debugger.key: must have 32 characters"),
        "{said}"
    );
    assert!(with(&"k".repeat(32)).is_ok());
}
