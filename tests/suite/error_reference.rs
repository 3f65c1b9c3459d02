//! `docs/errors.md` and the source agree: the document quotes every description that a
//! client can get, and no other. The parts that differ between requests are `{…}` in both.

use std::collections::BTreeSet;
use std::fs;

use crate::support::source::{self, Token};

/// Functions and closures whose argument is a description.
const TAKE_DESCRIPTION: &[&str] = &["invalid_request", "invalid", "invalid_grant"];

#[test]
fn every_description_is_quoted_in_the_reference() {
    let reference = reference();
    let quoted: BTreeSet<String> = spans(&reference).collect();
    let mut files = source::files(&source::root().join("src"), "rs");
    files.retain(|file| !file.ends_with("tests.rs"));
    let mut seen = 0;
    let mut missing = Vec::new();
    for file in files {
        for description in descriptions(&source::tokens_of(&file)) {
            seen += 1;
            if !quoted.contains(&description) {
                missing.push(format!("{}: {description}", file.display()));
            }
        }
    }
    assert!(seen > 80, "only {seen} descriptions were found");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn whatever_the_reference_quotes_is_in_the_source() {
    let written: BTreeSet<String> = source::files(&source::root().join("src"), "rs")
        .iter()
        .flat_map(|file| source::tokens_of(file))
        .filter_map(|token| match token {
            Token::Text(text) => Some(general(&text)),
            _ => None,
        })
        .collect();
    let reference = reference();
    // An item's descriptions come before its explanation.
    let items = reference.split("\n- `").skip(1);
    let quoted = items.flat_map(|item| {
        let end = item.find("`:").unwrap_or(0);
        spans(&format!("`{}`", &item[..end])).collect::<Vec<_>>()
    });
    let mut seen = 0;
    let mut unknown = Vec::new();
    for description in quoted {
        seen += 1;
        // An error about one of several addresses begins with the address.
        let bare = description.strip_prefix("{}: ").unwrap_or(&description);
        if !written.contains(&description) && !written.contains(bare) {
            unknown.push(description);
        }
    }
    assert!(seen > 150, "only {seen} descriptions are quoted");
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}

fn reference() -> String {
    fs::read_to_string(source::root().join("docs/errors.md")).unwrap()
}

/// Returns the texts between backticks, in their general form.
fn spans(markdown: &str) -> impl Iterator<Item = String> {
    markdown.split('`').skip(1).step_by(2).map(general)
}

/// Returns the descriptions that are literals where an error is created.
fn descriptions(tokens: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let text = match &tokens[at..] {
            [Token::Word(name), Token::Mark('('), rest @ ..]
                if TAKE_DESCRIPTION.contains(&name.as_str()) =>
            {
                literal(rest)
            }
            [
                Token::Word(code),
                Token::Colons,
                Token::Word(_),
                Token::Mark(','),
                rest @ ..,
            ] if code == "ErrorCode" => literal(rest),
            _ => None,
        };
        found.extend(text.map(general));
    }
    found
}

/// Returns the string literal that begins here, or is formatted here.
fn literal(tokens: &[Token]) -> Option<&str> {
    match tokens {
        [Token::Text(text), ..] => Some(text),
        [
            Token::Word(format),
            Token::Mark('!'),
            Token::Mark('('),
            Token::Text(text),
            ..,
        ] if format == "format" => Some(text),
        _ => None,
    }
}

/// Returns the text with `{}` for the parts that differ, and single spaces.
fn general(text: &str) -> String {
    let mut written = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '{' => {
                inside = true;
                written.push(c);
            }
            '}' => {
                inside = false;
                written.push(c);
            }
            _ if inside => {}
            _ => written.push(c),
        }
    }
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}
