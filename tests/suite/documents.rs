//! The documents refer to things that exist: every relative link, path, decision and module
//! that a document names, and every `docs/` path that a source file names.

mod screens;
mod security;

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::source;

/// Folders that are not part of the source: built, installed or written by a run.
const NOT_OURS: &[&str] = &[
    "target",
    "node_modules",
    "artefacts",
    "artifacts",
    "corpus",
    "data",
    ".git",
];

/// The kinds of files that name documents.
const SOURCES: &[&str] = &["rs", "toml", "mjs", "js", "html", "sql", "sh", "py", "ftl"];

/// The folders whose files a document may name in backticks.
const ROOMS: &[&str] = &[
    "benches/",
    "conformance/",
    "docs/",
    "findings/",
    "fuzz/",
    "locales/",
    "migrations/",
    "relying-parties/",
    "src/",
    "templates/",
    "tests/",
];

/// Paths that a run writes.
const WRITTEN: &[&str] = &["fuzz/corpus/", "tests/browser/artefacts/"];

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for document in documents() {
        let text = read(&document);
        for link in links(&text) {
            seen += 1;
            if let Err(why) = follow(&document, &link) {
                wrong.push(format!("{}: {link}: {why}", shown(&document)));
            }
        }
    }
    assert!(seen > 40, "only {seen} links were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_path_that_a_document_names_exists() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for document in documents() {
        for span in spans(&read(&document)) {
            let is_path = ROOMS.iter().any(|room| span.starts_with(room))
                && span.chars().all(is_of_a_path)
                && !WRITTEN.contains(&span.as_str());
            if !is_path {
                continue;
            }
            seen += 1;
            if !source::root().join(&span).exists() {
                wrong.push(format!("{}: {span}", shown(&document)));
            }
        }
    }
    assert!(seen > 40, "only {seen} paths were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_that_a_document_names_exists() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for document in documents() {
        for span in spans(&read(&document)) {
            let Some((room, rest)) = span.split_once("::") else {
                continue;
            };
            let Ok(code) = fs::read_to_string(source::root().join(format!("src/{room}.rs"))) else {
                continue;
            };
            seen += 1;
            let part = rest.split("::").next().unwrap_or_default();
            let module = source::root().join(format!("src/{room}/{part}.rs"));
            if !module.exists() && !code.contains(part) {
                wrong.push(format!("{}: {span}", shown(&document)));
            }
        }
    }
    assert!(seen > 10, "only {seen} modules are named");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_document_that_a_source_file_names_exists() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    // This file names documents that do not exist.
    let others = |file: &PathBuf| !file.ends_with("tests/suite/documents.rs");
    for file in tree(SOURCES).into_iter().filter(others) {
        for path in paths_below(&read(&file), "docs/") {
            seen += 1;
            if !source::root().join(&path).exists() {
                wrong.push(format!("{}: {path}", shown(&file)));
            }
        }
    }
    assert!(seen > 15, "only {seen} documents are named");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_decision_that_a_document_names_by_number_exists() {
    let known: Vec<String> = source::files(&source::root().join("docs/decisions"), "md")
        .iter()
        .map(|path| path.file_name().unwrap().to_string_lossy()[..4].to_owned())
        .collect();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for document in documents() {
        for number in decisions(&read(&document)) {
            seen += 1;
            if !known.contains(&number) {
                wrong.push(format!("{}: {number}", shown(&document)));
            }
        }
    }
    assert!(seen > 10, "only {seen} decisions are named");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_of_documents_finds_links_paths_and_decisions() {
    let text = "[a](b.md#c) ![d](e.svg) [f](https://g)\n```\n[no](link.md)\n```\nas decision 0009 says (0001)";
    assert_eq!(links(text), ["b.md#c", "e.svg"]);
    assert_eq!(decisions(text), ["0009", "0001"]);
    assert_eq!(
        paths_below("see `docs/a.md`, ../docs/b.md and docs/c.", "docs/"),
        ["docs/a.md", "docs/b.md", "docs/c"]
    );
    assert_eq!(anchor("A `dealer`'s list, twice"), "a-dealers-list-twice");
    assert!(follow(&source::root().join("README.md"), "docs/no-such.md").is_err());
    assert!(follow(&source::root().join("README.md"), "docs/README.md#no").is_err());
}

/// Every document of the tree.
fn documents() -> Vec<PathBuf> {
    tree(&["md"])
}

/// Every file of the tree whose name ends in one of `extensions`.
fn tree(extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![source::root()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let ends = |extension: &&str| path.extension().is_some_and(|found| found == *extension);
            if path.is_dir() && !NOT_OURS.contains(&name.as_str()) {
                open.push(path);
            } else if path.is_file() && extensions.iter().any(ends) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the path below the root.
fn shown(path: &Path) -> String {
    let inside = path.strip_prefix(source::root()).unwrap_or(path);
    inside.display().to_string()
}

/// Returns the text without fenced blocks.
fn prose(markdown: &str) -> String {
    markdown.split("```").step_by(2).collect()
}

/// The targets of relative links.
fn links(markdown: &str) -> Vec<String> {
    prose(markdown)
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .map(|(target, _)| target.to_owned())
        .filter(|target| !target.contains(':'))
        .collect()
}

/// Checks that a link of that document has a target, and its heading exists.
fn follow(document: &Path, link: &str) -> Result<(), &'static str> {
    let (path, heading) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => document.to_owned(),
        path => document.parent().unwrap().join(path),
    };
    if !target.exists() {
        return Err("there is no such file");
    }
    let is_heading = |line: &str| line.starts_with('#') && anchor(line) == heading;
    if !heading.is_empty() && !prose(&read(&target)).lines().any(is_heading) {
        return Err("there is no such heading");
    }
    Ok(())
}

/// Returns the anchor of a heading, as viewers of Markdown files build it.
fn anchor(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .replace(' ', "-")
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .collect()
}

/// The text between backticks.
fn spans(markdown: &str) -> Vec<String> {
    prose(markdown)
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The paths in `text` that begin with `room`.
fn paths_below(text: &str, room: &str) -> Vec<String> {
    text.match_indices(room)
        .filter(|(at, _)| begins_a_path(&text[..*at]))
        .map(|(at, _)| {
            let path = text[at..].chars().take_while(|c| is_of_a_path(*c));
            let path: String = path.collect();
            path.trim_end_matches('.').to_owned()
        })
        .collect()
}

/// Whether a path can begin after that text: not within a word, nor within a URL.
fn begins_a_path(before: &str) -> bool {
    before.ends_with("../") || !before.ends_with(|c: char| c == '/' || c.is_alphanumeric())
}

const fn is_of_a_path(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_')
}

/// The numbers of decisions: `decision 0009`, or `(0009)`.
fn decisions(markdown: &str) -> Vec<String> {
    let text = prose(markdown).replace("ecision ", "(").replace('[', "(");
    text.split('(')
        .skip(1)
        .filter_map(|rest| rest.get(..4))
        .filter(|number| number.starts_with("00") && number.bytes().all(|b| b.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}
