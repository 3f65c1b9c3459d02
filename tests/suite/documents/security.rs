//! `docs/security.md` is right: every test that a requirement names is in the file that is
//! named before it.

use super::screens::{TESTS, is_of_a_test};
use super::{read, spans};
use crate::support::source;

#[test]
fn every_test_that_a_requirement_names_is_in_the_file_before_it() {
    let text = read(&source::root().join("docs/security.md"));
    let requirements = text.split_once("\n## ASVS").unwrap().1;
    let mut seen = 0;
    let mut wrong = Vec::new();
    for row in requirements.lines().filter(|line| line.starts_with("| ")) {
        let proof = row.rsplit(" | ").next().unwrap_or_default();
        let mut code = String::new();
        for name in spans(proof) {
            if !is_of_a_test(&name) {
                code = tests_in(&name).unwrap_or(code);
                continue;
            }
            seen += 1;
            if !code.contains(&format!("fn {name}(")) {
                wrong.push(name);
            }
        }
    }
    assert!(seen > 200, "only {seen} tests are named");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns the code of the test files of that name. `None` if there is none.
fn tests_in(name: &str) -> Option<String> {
    let path = |folder: &&str| source::root().join(folder).join(format!("{name}.rs"));
    let files = TESTS.iter().map(path).filter(|file| file.exists());
    let code: String = files.map(|file| read(&file)).collect();
    (!code.is_empty()).then_some(code)
}
