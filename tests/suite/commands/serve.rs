//! `migrate` and `serve`.

use std::net::{TcpListener, TcpStream};
use std::process::Command;

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

#[test]
fn the_operator_is_told_that_no_more_files_can_be_opened_and_serving_goes_on() {
    let port = free_port();
    let folder = configuration::folder(port);
    folder.run(&MIGRATE).done();
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""])
        .arg(env!("CARGO_BIN_EXE_common-id"));
    let server = folder.serve_by(command, &SERVE, port);
    let open: Vec<_> = (0..80)
        .map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap())
        .collect();
    std::thread::sleep(std::time::Duration::from_secs(1));
    drop(open);
    let healthy = server.get("id.toyota.example", "/healthz");
    assert!(healthy.starts_with("HTTP/1.1 200"), "{healthy}");
    let err = server.terminate().err;
    let told = err.lines().filter(|line| line.contains("files open"));
    assert_eq!(told.count(), 1, "{err}");
}
