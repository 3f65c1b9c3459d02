//! `keys rotate` and `keys list`.

use super::configuration;
use super::program::Folder;
use crate::support::process::free_port;

/// Returns the key with that algorithm and state.
fn key(folder: &Folder, algorithm: &str, state: &str) -> Option<String> {
    let list = folder
        .run(&["keys", "list", "--config", "common-id.toml"])
        .done();
    let mut keys = list
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let found = keys.find(|words| words[1] == algorithm && words[2] == state);
    found.map(|words| words[0].to_owned())
}

#[test]
fn a_rotation_lets_the_next_key_sign_and_keeps_the_old_one() {
    let folder = configuration::folder(free_port());
    folder
        .run(&["migrate", "--config", "common-id.toml"])
        .done();
    assert_eq!(key(&folder, "RS256", "current"), None);
    let rotate = ["keys", "rotate", "--config", "common-id.toml"];
    folder.run(&rotate).done();
    let (current, next) = (
        key(&folder, "RS256", "current"),
        key(&folder, "RS256", "next"),
    );
    let other = key(&folder, "ES256", "current");
    let only = [&rotate[..], &["--algorithm", "RS256"]].concat();
    folder.run(&only).done();
    assert_eq!(key(&folder, "RS256", "current"), next);
    assert_ne!(key(&folder, "RS256", "next"), next);
    let list = folder
        .run(&["keys", "list", "--config", "common-id.toml"])
        .done();
    assert!(list.contains(&current.unwrap()), "{list}");
    assert_eq!(key(&folder, "ES256", "current"), other);
}

#[test]
fn keys_that_others_encrypt_to_take_turns_as_well() {
    let folder = configuration::folder(free_port());
    folder
        .run(&["migrate", "--config", "common-id.toml"])
        .done();
    let rotate = ["keys", "rotate", "--config", "common-id.toml"];
    folder.run(&rotate).done();
    let next = key(&folder, "RSA-OAEP-256", "next");
    let other = key(&folder, "ECDH-ES+A256KW", "current");
    let signing = key(&folder, "RS256", "current");
    assert!(next.is_some() && other.is_some());
    let only = [&rotate[..], &["--algorithm", "RSA-OAEP-256"]].concat();
    folder.run(&only).done();
    assert_eq!(key(&folder, "RSA-OAEP-256", "current"), next);
    assert!(key(&folder, "RSA-OAEP-256", "retired").is_some());
    assert_eq!(key(&folder, "ECDH-ES+A256KW", "current"), other);
    assert_eq!(key(&folder, "RS256", "current"), signing);
}

#[test]
fn keys_sealed_by_another_sealing_key_are_not_replaced() {
    let folder = configuration::folder(free_port());
    folder
        .run(&["migrate", "--config", "common-id.toml"])
        .done();
    let rotate = ["keys", "rotate", "--config", "common-id.toml"];
    folder.run(&rotate).done();
    let before = key(&folder, "RS256", "current");
    folder.write(
        "sealing.key",
        "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=\n",
    );
    folder.run(&rotate).failed(1);
    assert_eq!(key(&folder, "RS256", "current"), before);
}

#[test]
fn an_algorithm_we_do_not_sign_with_is_refused() {
    let told = Folder::new()
        .run(&["keys", "rotate", "--algorithm", "HS256"])
        .failed(2);
    assert!(told.contains("RS256"), "{told}");
}
