//! Which module may use which. `oidc` and `accounts` decide and do no IO; every other
//! top-level module uses only the ones below it, so no two can use each other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::support::source::{self, Token};

/// The top-level modules from the bottom up. Each may use those before it.
const FLOORS: &[&str] = &[
    "clock",
    "documents",
    "locale",
    "random",
    "fault",
    "secret",
    "sha256",
    "wire_words",
    "accounts",
    "oidc",
    "tls",
    "texts",
    "terms",
    "config",
    "brand",
    "seal",
    "security_events",
    "ephemeral",
    "store",
    "keys",
    "ledger",
    "passwords",
    "mail",
    "mail_domains",
    "sms",
    "outgoing",
    "event_delivery",
    "outbox",
    "pages",
    "error_reference",
    "debugger",
    "account_import",
    "clients",
    "dealers",
    "app",
    "http",
    "tokens",
    "sessions",
    "one_time_codes",
    "dealer_links",
    "account_changes",
    "interaction",
    "endpoints",
    "screens",
    "health",
    "routes",
    "server",
    "demo",
    "commands",
];

/// What the pure modules may use of this crate: each other, and values without IO.
const PURE: &[&str] = &[
    "oidc",
    "accounts",
    "clock",
    "documents",
    "locale",
    "sha256",
    "wire_words",
];

/// Crates that the pure modules may not use.
const IMPURE_CRATES: &[&str] = &[
    "axum",
    "axum_extra",
    "axum_server",
    "fluent_bundle",
    "hickory_resolver",
    "lettre",
    "moka",
    "redis",
    "reqwest",
    "rustix",
    "sqlx",
    "tera",
    "tokio",
    "tower",
    "tower_http",
    "tracing",
];

/// Crates of one way in, HTTP or the command line, and the only modules that use them.
/// What both ways do, such as registering a client, knows neither. `app` holds a response
/// body that is made once, as bytes.
const WAYS_IN: &[(&[&str], &[&str])] = &[
    (
        &["axum", "axum_extra", "axum_server", "tower", "tower_http"],
        &[
            "app",
            "demo",
            "endpoints",
            "health",
            "http",
            "interaction",
            "routes",
            "screens",
            "server",
            "sessions",
        ],
    ),
    (&["clap"], &["commands", "main"]),
];

/// Modules of the standard library that the pure modules may not use.
const IMPURE_STD: &[&str] = &["env", "fs", "io", "net", "process", "sync", "thread"];

#[test]
fn the_protocol_and_the_accounts_are_pure() {
    let mut wrong = Vec::new();
    for room in ["oidc", "accounts"] {
        for (file, module) in modules(room) {
            let tokens = source::tokens_of(&file);
            wrong.extend(
                impurities(&module, &tokens)
                    .into_iter()
                    .map(|what| format!("{}: {what}", file.display())),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn dependencies_point_one_way() {
    let mut wrong = Vec::new();
    for room in rooms() {
        let height = height_of(&room);
        for (file, module) in modules(&room) {
            for used in used_rooms(&module, &source::tokens_of(&file)) {
                if used != room && height_of(&used) > height {
                    wrong.push(format!("{}: `{room}` uses `{used}`", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_what_answers_a_way_in_uses_its_crates() {
    let mut wrong = Vec::new();
    for room in rooms() {
        for (file, _) in modules(&room) {
            // A test may serve what the module fetches.
            if file.components().any(|part| part.as_os_str() == "tests")
                || file.ends_with("tests.rs")
            {
                continue;
            }
            for path in source::paths(&source::tokens_of(&file)) {
                for (crates, users) in WAYS_IN {
                    if crates.contains(&path[0].as_str()) && !users.contains(&room.as_str()) {
                        wrong.push(format!("{}: uses {}", file.display(), path.join("::")));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_pure_room_is_caught_at_io() {
    let module = ["oidc".to_owned(), "token_request".to_owned()];
    for (source, caught) in [
        ("use super::error::Error;", false),
        ("use crate::clock::Timestamp;", false),
        ("use crate::accounts::{account::Account, profile};", false),
        ("use std::collections::BTreeMap;", false),
        ("use crate::{clock, store::Store};", true),
        ("fn f() { crate::http::refuse() }", true),
        ("use super::super::keys;", true),
        ("use sqlx::Row;", true),
        ("use std::{fmt, fs::File};", true),
        ("async fn f() {}", true),
    ] {
        let found = impurities(&module, &source::tokens(source));
        assert_eq!(!found.is_empty(), caught, "{source}: {found:?}");
    }
}

#[test]
fn no_two_rooms_use_each_other() {
    let uses = uses_between_rooms();
    let circles = circles(&uses);
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn every_floor_has_its_room() {
    let rooms = rooms();
    for floor in FLOORS {
        assert!(rooms.iter().any(|room| room == floor), "`{floor}` is gone");
    }
}

#[test]
fn the_architecture_names_every_room_in_the_table_and_in_the_drawing() {
    let read = |file: &str| std::fs::read_to_string(source::root().join(file)).unwrap();
    let (table, drawing) = (read("docs/architecture.md"), read("docs/floors.svg"));
    for room in FLOORS {
        let names = [format!("`src/{room}/"), format!("`src/{room}.rs`")];
        assert!(
            names.iter().any(|name| table.contains(name)),
            "docs/architecture.md says nothing of `{room}`"
        );
        assert!(
            drawing.contains(&format!(">{room}</text>")),
            "docs/floors.svg lacks `{room}`"
        );
    }
}

#[test]
fn a_circle_is_found_however_long_it_is() {
    let uses = |pairs: &[(&str, &str)]| {
        let mut uses = Uses::new();
        for (user, used) in pairs {
            let of_user: &mut BTreeSet<String> = uses.entry((*user).to_owned()).or_default();
            of_user.insert((*used).to_owned());
        }
        uses
    };
    let straight = uses(&[("a", "b"), ("b", "c"), ("a", "c")]);
    assert_eq!(circles(&straight), [""; 0]);
    let round = uses(&[("a", "b"), ("b", "c"), ("c", "a"), ("d", "a")]);
    assert_eq!(
        circles(&round),
        [
            "a uses itself by way of others",
            "b uses itself by way of others",
            "c uses itself by way of others"
        ]
    );
}

#[test]
fn the_order_of_the_floors_is_that_of_the_architecture() {
    for (below, above) in [
        ("oidc", "store"),
        ("store", "http"),
        ("ephemeral", "http"),
        ("app", "http"),
        ("http", "interaction"),
        ("tokens", "interaction"),
        ("sessions", "interaction"),
        ("interaction", "screens"),
        ("http", "endpoints"),
        ("screens", "routes"),
    ] {
        assert!(height_of(below) < height_of(above), "{below} < {above}");
    }
}

/// The modules that each module uses.
type Uses = BTreeMap<String, BTreeSet<String>>;

fn uses_between_rooms() -> Uses {
    let mut uses = Uses::new();
    for room in rooms() {
        let of_room = uses.entry(room.clone()).or_default();
        for (file, module) in modules(&room) {
            let used = used_rooms(&module, &source::tokens_of(&file));
            of_room.extend(used.into_iter().filter(|used| *used != room));
        }
    }
    uses
}

/// Returns the cycles of modules that use each other, each as a sentence.
fn circles(uses: &Uses) -> Vec<String> {
    let reached_from = |room: &String| {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&String> = uses.get(room).into_iter().flatten().collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(uses.get(next).into_iter().flatten());
            }
        }
        reached
    };
    uses.keys()
        .filter(|room| reached_from(room).contains(room))
        .map(|room| format!("{room} uses itself by way of others"))
        .collect()
}

/// Returns what a pure module uses but must not use.
fn impurities(module: &[String], tokens: &[Token]) -> Vec<String> {
    let mut found: Vec<String> = used_rooms(module, tokens)
        .into_iter()
        .filter(|room| !PURE.contains(&room.as_str()))
        .map(|room| format!("uses crate::{room}"))
        .collect();
    for path in source::paths(tokens) {
        let head = path[0].as_str();
        if IMPURE_CRATES.contains(&head)
            || (head == "std" && IMPURE_STD.contains(&path[1].as_str()))
        {
            found.push(format!("uses {}", path.join("::")));
        }
    }
    if tokens.contains(&Token::Word("async".to_owned())) {
        found.push("is async".to_owned());
    }
    found
}

/// Returns the top-level modules of this crate that the module uses.
fn used_rooms(module: &[String], tokens: &[Token]) -> Vec<String> {
    source::paths(tokens)
        .iter()
        .filter_map(|path| room_of(module, path))
        .collect()
}

/// Returns the top-level module to which `path`, written in `module`, refers.
fn room_of(module: &[String], path: &[String]) -> Option<String> {
    if path[0] == "crate" {
        return path.get(1).cloned();
    }
    let up = path
        .iter()
        .take_while(|segment| *segment == "super")
        .count();
    if up == 0 {
        return None;
    }
    let above = module.len().saturating_sub(up);
    module[..above].first().or_else(|| path.get(up)).cloned()
}

/// Returns the position of a top-level module, counted from the bottom.
fn height_of(room: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| *floor == room)
        .unwrap_or_else(|| panic!("say in tests/suite/layers.rs on which floor `{room}` stands"))
}

/// The top-level modules.
fn rooms() -> Vec<String> {
    let mut rooms: Vec<String> = source::files(&source::root().join("src"), "rs")
        .iter()
        .filter_map(|file| module_of(file).into_iter().next())
        .filter(|room| room != "lib" && room != "main")
        .collect();
    rooms.dedup();
    rooms.sort();
    rooms.dedup();
    rooms
}

/// The files of a top-level module, each with its path within the crate.
fn modules(room: &str) -> Vec<(std::path::PathBuf, Vec<String>)> {
    let found: Vec<_> = source::files(&source::root().join("src"), "rs")
        .into_iter()
        .map(|file| {
            let module = module_of(&file);
            (file, module)
        })
        .filter(|(_, module)| module.first().is_some_and(|first| first == room))
        .collect();
    assert!(!found.is_empty(), "`{room}` has no file");
    found
}

/// `src/oidc/error.rs` is `oidc::error`.
fn module_of(file: &Path) -> Vec<String> {
    let inside = file.strip_prefix(source::root().join("src")).unwrap();
    inside
        .with_extension("")
        .iter()
        .map(|segment| segment.to_string_lossy().into_owned())
        .collect()
}
