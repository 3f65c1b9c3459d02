//! `migrate` and `serve`.

use std::net::TcpListener;

use serde_json::Value;

use super::configuration;
use crate::support::process::free_port;

const SERVE: [&str; 3] = ["serve", "--config", "common-id.toml"];
const MIGRATE: [&str; 3] = ["migrate", "--config", "common-id.toml"];

#[test]
fn a_database_is_migrated_before_it_is_served() {
    let port = free_port();
    let folder = configuration::folder(port);
    let told = folder.run(&SERVE).failed(1);
    assert!(told.contains("common-id migrate"), "{told}");
    folder.run(&MIGRATE).done();
    folder.run(&MIGRATE).done();

    let server = folder.serve(&SERVE, port);
    let healthy = server.get("id.toyota.example", "/healthz");
    assert!(healthy.starts_with("HTTP/1.1 200"), "{healthy}");
    let ready = server.get("id.toyota.example", "/readyz");
    assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
    let ended = server.terminate();
    assert_eq!((ended.code, &*ended.out), (Some(0), ""), "{ended:?}");
    for line in ended.err.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["message"].is_string() && line["level"].is_string());
    }
    assert!(
        !folder.path("common-id.db-wal").exists(),
        "the log is folded in"
    );
}

#[test]
fn a_port_in_use_is_told_by_the_setting() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let folder = configuration::folder(taken.local_addr().unwrap().port());
    folder.run(&MIGRATE).done();
    let told = folder.run(&SERVE).failed(1);
    assert!(told.contains("`listen`"), "{told}");
}

#[test]
fn a_database_that_cannot_be_reached_is_told_without_its_password() {
    let folder = configuration::folder(free_port());
    let nobody = format!("postgres://common_id:hunter2@127.0.0.1:{}/x", free_port());
    let mut command = folder.command(&MIGRATE);
    command.env("COMMON_ID__DATABASE__URL", nobody);
    let told = super::program::Ended::from(command.output().unwrap()).failed(1);
    assert!(
        told.contains("database") && !told.contains("hunter2"),
        "{told}"
    );
}
