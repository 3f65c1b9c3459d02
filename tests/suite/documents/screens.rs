//! `docs/screens.md` is right: its legend names the screens' files, templates, titles and
//! paths, and its rules name files and tests that exist.

use super::{read, spans, tree};
use crate::support::source;

/// Folders of the test files that a table names without folder and extension.
pub(super) const TESTS: &[&str] = &["tests/suite", "src", "relying-parties/tests/suite"];

#[test]
fn the_legend_names_the_file_the_template_and_the_title_of_every_screen() {
    let legend = read(&source::root().join("docs/screens.md"));
    let titles = read(&source::root().join("locales/ja/pages.ftl"));
    let mut screens = String::new();
    for row in legend.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, screen, title, _, file, template, ..] = cells.as_slice() else {
            continue;
        };
        if !('①'..='⑯').any(|number| **screen == number.to_string()) {
            continue;
        }
        screens.push_str(screen);
        let at = |cell: &str| read(&source::root().join(cell.trim_matches('`')));
        let (code, page) = (at(file), at(template));
        assert!(code.contains(screen), "{file} does not name {screen}");
        // A demo service's page contains its own title; our titles are in the message
        // catalogue.
        assert!(page.contains(title) || titles.contains(title), "{title}");
        let name = template.trim_matches('`');
        if let Some(name) = name.strip_prefix("templates/") {
            assert!(code.contains(&format!("\"{name}\"")), "{file}: {name}");
        }
    }
    assert_eq!(screens, "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯");
}

#[test]
fn every_file_that_the_rules_of_the_screens_name_exists() {
    let text = read(&source::root().join("docs/screens.md"));
    let mut seen = 0;
    let mut wrong = Vec::new();
    for row in rules(&text) {
        let proof = row.rsplit(" | ").next().unwrap_or_default();
        for name in spans(proof).into_iter().filter(|span| !is_of_a_test(span)) {
            seen += 1;
            let is_there = match name.strip_suffix(".mjs") {
                Some(_) => source::root().join("tests/browser").join(&name).exists(),
                None => TESTS.iter().any(|folder| {
                    let file = source::root().join(folder).join(format!("{name}.rs"));
                    file.exists()
                }),
            };
            if !is_there {
                wrong.push(name);
            }
        }
    }
    assert!(seen > 60, "only {seen} files are named");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_test_that_the_rules_of_the_screens_name_exists() {
    let legend = read(&source::root().join("docs/screens.md"));
    let code: String = tree(&["rs"]).iter().map(|file| read(file)).collect();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for row in rules(&legend) {
        let proof = row.rsplit(" | ").next().unwrap_or_default();
        for name in spans(proof).into_iter().filter(|span| is_of_a_test(span)) {
            seen += 1;
            if !code.contains(&format!("fn {}", name.trim_end_matches('…'))) {
                wrong.push(name);
            }
        }
    }
    assert!(seen > 30, "only {seen} tests are named");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the rows of the rules.
fn rules(text: &str) -> impl Iterator<Item = &str> {
    let rules = text.split_once("\n## Rules").unwrap().1;
    let rules = rules.split("\n## ").next().unwrap_or_default();
    rules.lines().filter(|line| line.starts_with("| "))
}

/// Whether a name in a table is the name of a test: a sentence, or the beginning of one.
pub(super) fn is_of_a_test(span: &str) -> bool {
    let of_a_name = |c: char| c.is_ascii_lowercase() || matches!(c, '0'..='9' | '_' | '…');
    span.chars().all(of_a_name) && (span.ends_with('…') || span.matches('_').count() > 2)
}
