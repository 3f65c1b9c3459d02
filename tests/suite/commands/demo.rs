//! `common-id` without arguments: the demo.

use std::net::TcpListener;

use super::program::Folder;
use crate::support::process::free_port;

#[test]
fn the_demo_serves_both_brands_and_says_where_to_click() {
    let folder = Folder::new();
    let port = free_port();
    let mut demo = folder.serve(&["--port", &port.to_string()], port);
    for brand in ["toyota", "lexus"] {
        let host = format!("id.{brand}.localhost");
        let discovery = demo.get(&host, "/.well-known/openid-configuration");
        let issuer = format!("\"issuer\":\"http://{host}:{port}\"");
        assert!(discovery.contains(&issuer), "{discovery}");
    }
    let page = demo.get("maintenance.localhost", "/");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let printed = demo.printed_until("Ctrl-C");
    for host in [
        "tos",
        "maintenance",
        "mytoyota",
        "toyota-jp",
        "my-route",
        "toyota-share",
        "navi",
        "t-connect",
        "outbox",
        "id.lexus",
        "id.toyota",
    ] {
        let url = format!("  http://{host}.localhost:{port}");
        let told = printed.iter().any(|line| line.starts_with(&url));
        assert!(told, "{host}: {printed:?}");
    }
    let page = demo.get("id.toyota.localhost", "/debugger");
    assert!(page.starts_with("HTTP/1.1 401"), "{page}");
    let key = printed
        .iter()
        .find_map(|line| line.split_once(" debugger "));
    assert_eq!(
        key.map(|(_, key)| key.trim().len()),
        Some(43),
        "{printed:?}"
    );
    let ended = demo.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_demo_started_again_has_the_same_keys() {
    let folder = Folder::new();
    let keys = || {
        let port = free_port();
        let arguments = ["demo", "--port", &port.to_string(), "--data", "elsewhere"];
        let demo = folder.serve(&arguments, port);
        let answer = demo.get("id.toyota.localhost", "/jwks");
        demo.terminate();
        answer.split("\r\n\r\n").nth(1).unwrap().to_owned()
    };
    assert_eq!(keys(), keys());
    assert!(folder.path("elsewhere/common-id.db").exists());
}

#[test]
fn a_port_in_use_is_told_in_a_sentence_and_nothing_is_touched() {
    let folder = Folder::new();
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let told = folder.run(&["--port", &port]).failed(1);
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.contains(&format!("127.0.0.1:{port}")) && told.contains("--port"));
    assert!(!folder.path("data").exists() && !folder.path("keys").exists());
}

#[test]
fn a_variable_that_names_no_setting_is_refused() {
    let folder = Folder::new();
    let mut command = folder.command(&["demo"]);
    command.env("COMMON_ID__TOKENS__CODE_LIFETIM", "60s");
    let told = super::program::Ended::from(command.output().unwrap()).failed(2);
    assert!(told.contains("COMMON_ID__TOKENS__CODE_LIFETIM"), "{told}");
}

#[test]
fn what_is_no_command_and_no_port_is_refused() {
    let folder = Folder::new();
    for arguments in [&["frobnicate"][..], &["--port", "0"], &["--port", "http"]] {
        folder.run(arguments).failed(2);
    }
    assert!(folder.run(&["--version"]).done().starts_with("common-id "));
}
