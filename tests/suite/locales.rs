//! Japanese and English have the same messages: the same keys with the same variables, and
//! a sentence for every error that a form can show.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use common_id::accounts::password::PasswordPolicy;

use crate::support::source::{self, Token};

/// Functions whose second argument is an error code: `errors.add("field", "code")`.
const TAKE_FIELD_AND_CODE: &[&str] = &["add", "one"];

/// Functions whose argument is an error code: `Err("code")`.
const TAKE_CODE: &[&str] = &["Err", "ok_or"];

#[test]
fn both_languages_have_the_same_keys_with_the_same_variables() {
    let [ja, en] = ["ja", "en"].map(catalogue);
    assert!(!ja.is_empty(), "locales/ja holds no message");
    let mut wrong = Vec::new();
    for (key, variables) in &ja {
        match en.get(key) {
            None => wrong.push(format!("{key}: only in Japanese")),
            Some(others) if others != variables => {
                wrong.push(format!(
                    "{key}: {variables:?} in Japanese, {others:?} in English"
                ));
            }
            Some(_) => {}
        }
    }
    wrong.extend(
        en.keys()
            .filter(|key| !ja.contains_key(*key))
            .map(|key| format!("{key}: only in English")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_error_of_a_form_has_its_sentence() {
    let ja = catalogue("ja");
    let mut wrong = Vec::new();
    let mut seen = 0;
    let rooms = ["src/accounts", "src/screens"].map(|room| source::root().join(room));
    for file in rooms.iter().flat_map(|room| source::files(room, "rs")) {
        for code in error_codes(&source::tokens_of(&file)) {
            seen += 1;
            let key = format!("error-{code}");
            if !ja.contains_key(&key) {
                wrong.push(format!("{}: no message {key}", file.display()));
            }
        }
    }
    assert!(seen > 0, "no error code was found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_text_a_template_names_is_there() {
    let ja = catalogue("ja");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in source::files(&source::root().join("templates"), "html") {
        for (key, whole) in keys_named(&fs::read_to_string(&file).unwrap()) {
            seen += 1;
            let there = match whole {
                Named::Whole => ja.contains_key(&key),
                Named::Beginning => ja.keys().any(|known| known.starts_with(&key)),
            };
            if !there {
                wrong.push(format!("{}: no message {key}", file.display()));
            }
        }
    }
    assert!(seen > 0, "no template names a text");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_line_of_advice_on_passwords_is_there() {
    let ja = catalogue("ja");
    for policy in PasswordPolicy::ALL {
        for key in policy.advice().iter().copied().chain(policy.note()) {
            assert!(ja.contains_key(key), "{policy}: no message {key}");
        }
    }
}

#[test]
fn the_reader_of_templates_sees_whole_keys_and_beginnings() {
    let template =
        r#"{{ t(key="next") }} {{ t(key="step-" ~ step) }} {{ errors | get(key="terms") }}"#;
    let expected = [("next", Named::Whole), ("step-", Named::Beginning)];
    let expected = expected.map(|(key, named)| (key.to_owned(), named));
    assert_eq!(keys_named(template), expected);
}

#[test]
fn the_reader_of_catalogues_sees_keys_and_variables() {
    let text = "# a comment\nhello = こんにちは、{ $name }さん\n    二行目 { $count }\n-brand = Common ID\nbye =\n    さようなら\n    .title = { $when }\n";
    let read = messages(text);
    let names = |of: &str| read[of].iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(read.keys().collect::<Vec<_>>(), ["-brand", "bye", "hello"]);
    assert_eq!(names("hello"), ["count", "name"]);
    assert_eq!(names("bye"), ["when"]);
}

#[test]
fn the_reader_of_error_codes_sees_each_way_of_giving_one() {
    let code = r#"errors.add("city", "missing"); FieldErrors::one("code", "wrong-code");
        return Err("not-a-day"); year.ok_or("not-a-year")?; set.add("alone");"#;
    assert_eq!(
        error_codes(&source::tokens(code)),
        ["missing", "wrong-code", "not-a-day", "not-a-year"]
    );
}

/// Returns the codes of field errors in a file of those modules.
fn error_codes(tokens: &[Token]) -> Vec<String> {
    let mut found = Vec::new();
    for window in tokens.windows(5) {
        let [Token::Word(function), Token::Mark('('), rest @ ..] = window else {
            continue;
        };
        let code = match rest {
            [Token::Text(_), Token::Mark(','), Token::Text(code)]
                if TAKE_FIELD_AND_CODE.contains(&function.as_str()) =>
            {
                code
            }
            [Token::Text(code), Token::Mark(')'), _] if TAKE_CODE.contains(&function.as_str()) => {
                code
            }
            _ => continue,
        };
        found.push(code.clone());
    }
    found
}

/// How much of a key a template spells out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// `t(key="next")`
    Whole,
    /// `t(key="step-" ~ step)`
    Beginning,
}

/// Returns the keys that a template names in quotes, as in `{{ t(key="next") }}`.
fn keys_named(template: &str) -> Vec<(String, Named)> {
    template
        .match_indices("t(key=\"")
        // `get(key=…)` does not name a message.
        .filter(|(at, _)| !template[..*at].ends_with(char::is_alphanumeric))
        .filter_map(|(at, begin)| template[at + begin.len()..].split_once('"'))
        .map(|(key, after)| {
            let more = after.trim_start().starts_with('~');
            let named = if more { Named::Beginning } else { Named::Whole };
            (key.to_owned(), named)
        })
        .collect()
}

/// Every message of a language, with the variables it uses.
fn catalogue(language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut all = BTreeMap::new();
    for file in source::files(&source::root().join("locales").join(language), "ftl") {
        for (key, variables) in messages(&fs::read_to_string(&file).unwrap()) {
            let before = all.insert(key.clone(), variables);
            assert!(before.is_none(), "{}: {key} stands twice", file.display());
        }
    }
    all
}

/// The messages of one Fluent file: a key at a line's start, then indented lines.
fn messages(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut current: Option<String> = None;
    for line in text.lines() {
        let starts = line.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-');
        if let Some((key, _)) = line.split_once('=').filter(|_| starts) {
            let key = key.trim().to_owned();
            let before = found.insert(key.clone(), BTreeSet::new());
            assert!(before.is_none(), "{key} stands twice");
            current = Some(key);
        }
        if let Some(variables) = current.as_ref().and_then(|key| found.get_mut(key)) {
            variables.extend(variables_of(line));
        }
    }
    found
}

/// The `$names` in a line.
fn variables_of(line: &str) -> impl Iterator<Item = String> + '_ {
    line.split('$').skip(1).map(|rest| {
        rest.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
            .collect()
    })
}
